"""Every way to tamper with a signed PES is seen (reference A7), and what is harmless is not."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.signature.fabrique import (
    QUAND,
    cent_vingt,
    cle,
    complet,
    confiance,
    depense,
    domaine_depense,
    pes,
    pj,
)
from vaguemestre.signature.confiance import Confiance
from vaguemestre.signature.seconde import verifier_avec_signxml
from vaguemestre.signature.verification import Verification, verifier
from vaguemestre.signature.xades import OptionsSignature, signer

Alteration = Callable[[bytes], bytes]
_SIGNATURE = re.compile(rb"<ds:Signature .*?</ds:Signature>", re.DOTALL)


def _signe(dossier: Path, octets: bytes | None = None, **options: object) -> bytes:
    source, vers = dossier / "s.xml", dossier / "v.xml"
    source.write_bytes(complet() if octets is None else octets)
    signer(source, vers, cle(), OptionsSignature(**options), QUAND, cent_vingt)  # type: ignore[arg-type]
    return vers.read_bytes()


def _verifier(octets: bytes, dossier: Path, trust: Confiance | None = None) -> Verification:
    path = dossier / "x.xml"
    path.write_bytes(octets)
    return verifier(path, trust or confiance(), QUAND)


def _regles(verification: Verification) -> set[str]:
    return {anomalie.regle for anomalie in verification.toutes}


def _remplacer(avant: bytes, apres: bytes, nombre: int = 1) -> Alteration:
    def alterer(octets: bytes) -> bytes:
        assert avant in octets
        return octets.replace(avant, apres, nombre)

    return alterer


def _sans_premiere(octets: bytes) -> bytes:
    return _SIGNATURE.sub(b"", octets, count=1)


def _doubler(octets: bytes) -> bytes:
    signature = _SIGNATURE.findall(octets)[0]
    return octets.replace(signature, signature + signature.replace(b"_SIG_1", b"_SIG_9"), 1)


def _deplacer(octets: bytes) -> bytes:
    """The signature of bordereau 12 goes into bordereau 13, which loses its own."""
    une, deux, *_ = _SIGNATURE.findall(octets)
    return octets.replace(une, b"", 1).replace(deux, une, 1)


def _premiere_place(octets: bytes) -> bytes:
    signature = _SIGNATURE.findall(octets)[0]
    nu = octets.replace(signature, b"", 1)
    return nu.replace(b'<Bordereau Id="BORD12">', b'<Bordereau Id="BORD12">' + signature, 1)


def _envelopper(octets: bytes) -> bytes:
    """The classic wrapping: the true bordereau hides in the signature of a false one."""
    vrai = re.search(rb'<Bordereau Id="BORD12">.*?</Bordereau>', octets, re.DOTALL)
    assert vrai
    signature = _SIGNATURE.search(vrai.group())
    assert signature
    nu = vrai.group().replace(signature.group(), b"")
    cache = signature.group().replace(
        b"</ds:Object>", b"</ds:Object><ds:Object>" + nu + b"</ds:Object>"
    )
    faux = nu.replace(b'Id="BORD12"', b'Id="FAUX"').replace(b'V="100.00"', b'V="999.00"')
    return octets.replace(vrai.group(), faux.replace(b"</Bordereau>", cache + b"</Bordereau>"))


def _hors_domaine(octets: bytes) -> bytes:
    """The signed bordereau stands where nobody reads; an unsigned one takes its place."""
    vrai = re.search(rb'<Bordereau Id="BORD13">.*?</Bordereau>', octets, re.DOTALL)
    assert vrai
    return octets.replace(vrai.group(), b"").replace(
        b"<PES_PJ>", b"<Cache>" + vrai.group() + b"</Cache><PES_PJ>"
    )


def _doubles_proprietes(octets: bytes) -> bytes:
    objet = re.search(rb"<ds:Object>.*?</ds:Object>", octets, re.DOTALL)
    assert objet
    faux = objet.group().replace(b"Ordonnateur<", b"Maire<").replace(b"_SP", b"_XX")
    return octets.replace(objet.group(), faux + objet.group(), 1)


CAS: dict[str, tuple[Alteration, set[str]]] = {
    "montant": (_remplacer(b'MtBordHT V="100.00"', b'MtBordHT V="100.01"'), {"sig.empreinte"}),
    "saut de ligne": (_remplacer(b"<Piece>", b"<Piece>\n"), {"sig.empreinte"}),
    "ville": (_remplacer(b"PARIS", b"MARIS"), {"sig.empreinte.proprietes"}),
    "date": (_remplacer(b"T10:00:00Z", b"T09:00:00Z"), {"sig.empreinte.proprietes"}),
    "blanc dans SignedInfo": (_remplacer(b"<ds:SignedInfo>", b"<ds:SignedInfo> "), {"sig.valeur"}),
    "commentaire dans une empreinte": (
        _remplacer(b"<ds:DigestValue>", b"<ds:DigestValue><!-- -->"),
        {"sig.empreinte"},
    ),
    "valeur": (_remplacer(b'_SIG_1_SV">', b'_SIG_1_SV">AAAA'), {"sig.valeur"}),
    "Id double": (
        _remplacer(b'Id="BORD13"', b'Id="BORD12"'),
        {"sig.id.double", "sig.reference"},
    ),
    "Id double ailleurs": (
        _remplacer(b"<EnTetePES>", b'<EnTetePES Id="BORD13">'),
        {"sig.id.double"},
    ),
    "bordereau non signé": (_sans_premiere, {"sig.couverture"}),
    "deux signatures": (_doubler, {"sig.multiple", "sig.empreinte"}),
    "signature déplacée": (_deplacer, {"sig.couverture", "sig.reference"}),
    "signature en tête": (_premiere_place, {"sig.emplacement"}),
    "enveloppement": (_envelopper, {"sig.emplacement", "sig.reference", "sig.structure"}),
    "hors du domaine": (_hors_domaine, {"sig.emplacement"}),
    "deux jeux de propriétés": (_doubles_proprietes, {"sig.structure", "sig.proprietes"}),
    "drapeau à 0": (
        _remplacer(b'<InfoDematerialisee V="1"/>', b'<InfoDematerialisee V="0"/>'),
        {"sig.demat"},
    ),
    "URI vide": (_remplacer(b'URI="#BORD12"', b'URI=""'), {"sig.reference.vide", "sig.valeur"}),
    "sans URI": (_remplacer(b' URI="#BORD12"', b""), {"sig.reference.vide", "sig.valeur"}),
    "sans première référence": (
        lambda octets: re.sub(rb"<ds:Reference URI=.*?</ds:Reference>", b"", octets, count=1),
        {"sig.references", "sig.valeur"},
    ),
    "c14n inclusive": (
        _remplacer(b"/2001/10/xml-exc-c14n#", b"/TR/2001/REC-xml-c14n-20010315", 1),
        {"sig.transformation", "sig.valeur"},
    ),
    "SHA-1": (
        _remplacer(b"xmldsig-more#rsa-sha256", b"xmldsig-more#rsa-md5"),
        {"sig.algorithme"},
    ),
    "sans certificat": (
        lambda octets: re.sub(rb"<ds:X509Certificate>.*?</ds:X509Certificate>", b"", octets),
        {"sig.certificat.absent"},
    ),
    "certificat illisible": (
        lambda octets: re.sub(rb"<ds:X509Certificate>MII", b"<ds:X509Certificate>AII", octets),
        {"sig.certificat.illisible"},
    ),
    "espace de noms 1.3.2": (
        _remplacer(b'01903/v1.1.1#" Target', b'01903/v1.3.2#" Target'),
        {"sig.reference.proprietes"},
    ),
    "SignedInfo double": (
        lambda octets: re.sub(
            rb"(<ds:SignedInfo>.*?</ds:SignedInfo>)", rb"\1\1", octets, count=1, flags=re.DOTALL
        ),
        {"sig.structure"},
    ),
}


@pytest.mark.parametrize("nom", CAS)
def test_chaque_alteration_est_vue(nom: str, tmp_path: Path) -> None:
    alterer, attendues = CAS[nom]
    verification = _verifier(alterer(_signe(tmp_path)), tmp_path)
    assert verification.verdict == "invalide"
    assert attendues <= _regles(verification), _regles(verification)
    assert all(a.message and a.conseil and a.bloquante for a in verification.toutes)


@pytest.mark.parametrize("nom", ["montant", "saut de ligne", "ville", "blanc dans SignedInfo"])
def test_le_second_avis_est_le_meme(nom: str, tmp_path: Path) -> None:
    path = tmp_path / "x.xml"
    path.write_bytes(CAS[nom][0](_signe(tmp_path)))
    avis = verifier_avec_signxml(path)
    assert [a.valide for a in avis].count(False) == 1
    assert all(a.motif for a in avis if not a.valide)


INOFFENSIFS: dict[str, Alteration] = {
    "enveloppe": _remplacer(b"ESSAI_001", b"AUTRE"),
    "commentaire": _remplacer(b"<BlocPiece>", b"<BlocPiece><!-- c -->"),
    "fins de ligne": lambda octets: octets.replace(b"\n", b"\r\n"),
    "UTF-8": lambda octets: octets.decode("latin-1").replace("ISO-8859-1", "UTF-8").encode("utf-8"),
    "guillemets": _remplacer(b'<Exer V="2026"/>', b"<Exer  V='2026' ></Exer>"),
}


@pytest.mark.parametrize("nom", INOFFENSIFS)
def test_ce_qui_ne_change_pas_le_bordereau_ne_rompt_rien(nom: str, tmp_path: Path) -> None:
    verification = _verifier(INOFFENSIFS[nom](_signe(tmp_path)), tmp_path)
    assert verification.verdict == "valide", _regles(verification)


@pytest.mark.parametrize(
    "alterer",
    [
        _remplacer(b"ESSAI_001", b"AUTRE"),
        _remplacer(b"SDRz", b"SDRA"),
        _remplacer(b"application/pdf", b"application/xml"),
        _remplacer(b"</PES_PJ>", b"</PES_PJ>\n"),
        _remplacer(b"<Enveloppe>", b"<Enveloppe><?x y?>"),
    ],
)
def test_une_signature_globale_couvre_tout(alterer: Alteration, tmp_path: Path) -> None:
    octets = _signe(tmp_path, pes(domaine_depense(depense()), pj("SDRz")), mode="globale")
    assert _verifier(octets, tmp_path).verdict == "valide"
    verification = _verifier(alterer(octets), tmp_path)
    assert (verification.verdict, _regles(verification)) == ("invalide", {"sig.empreinte"})


def test_une_signature_egaree(tmp_path: Path) -> None:
    octets = _signe(tmp_path)
    signature = _SIGNATURE.findall(octets)[0]
    egaree = octets.replace(b"</PES_PJ>", signature + b"</PES_PJ>")
    assert "sig.emplacement" in _regles(_verifier(egaree, tmp_path))


def test_non_signe(tmp_path: Path) -> None:
    verification = _verifier(complet(), tmp_path)
    assert verification.verdict == "non_signe"
    assert verification.as_json() == {"verdict": "non_signe", "signatures": [], "anomalies": []}
    leurre = complet().replace(b'Dematerialisee V="0"', b'Dematerialisee V="1"')
    assert _regles(_verifier(leurre, tmp_path)) == {"sig.demat"}


def test_un_autre_document(tmp_path: Path) -> None:
    assert _regles(_verifier(b"<a/>", tmp_path)) == {"sig.racine"}
    signature = _SIGNATURE.findall(_signe(tmp_path))[0]
    verification = _verifier(b'<a Id="BORD12">' + signature + b"</a>", tmp_path)
    assert verification.verdict == "invalide"
    assert {"sig.racine", "sig.empreinte"} <= _regles(verification)


def test_le_json_tient_la_promesse(tmp_path: Path) -> None:
    lu = _verifier(_signe(tmp_path, role="Maire"), tmp_path).as_json()
    assert lu["verdict"] == "valide"
    signatures = lu["signatures"]
    assert isinstance(signatures, list)
    assert [s["element"] for s in signatures] == ["bordereau 12", "bordereau 13", "bordereau 12"]
    assert [s["domaine"] for s in signatures] == ["depense", "depense", "recette"]
    assert signatures[0] | {"domaine": "", "id": ""} == {
        "element": "bordereau 12",
        "domaine": "",
        "id": "",
        "signataire": "ORDONNATEUR Exemple",
        "role": "Maire",
        "date": "2026-11-21T10:00:00Z",
        "anomalies": [],
    }


def test_une_date_future_et_une_politique_inconnue(tmp_path: Path) -> None:
    octets = _signe(tmp_path)
    path = tmp_path / "x.xml"
    path.write_bytes(octets)
    tot = verifier(path, confiance(), QUAND - timedelta(hours=1))
    assert _regles(tot) == {"sig.date.future"}
    stricte = Confiance(
        ancres=confiance().ancres,
        intermediaires=confiance().intermediaires,
        crls=confiance().crls,
        politiques=("urn:oid:1.2.3",),
    )
    assert _regles(_verifier(octets, tmp_path, stricte)) == {"sig.politique"}
