"""What `sign` makes: accepted by four implementations, valid against the schema."""

from __future__ import annotations

import subprocess
from base64 import b64decode
from decimal import Decimal
from pathlib import Path

import pytest
import xmlsec
from lxml import etree

from tests.outils import outil
from tests.partage import DONNEES, donnees
from tests.unit.signature.fabrique import (
    CERTS,
    QUAND,
    cent_vingt,
    cle,
    complet,
    confiance,
    depense,
    domaine_depense,
    domaine_recette,
    pes,
    pj,
    recette,
)
from vaguemestre.signature.preparation import BordereauASigner
from vaguemestre.signature.seconde import verifier_avec_signxml
from vaguemestre.signature.verification import verifier
from vaguemestre.signature.xades import ElementSigne, OptionsSignature, PesSigne, a_signer, signer

DS = "{http://www.w3.org/2000/09/xmldsig#}"
SCHEMA = Path(__file__).resolve().parents[3] / "schemas" / "5.30" / "PES_Aller.xsd"

FICHIERS = {
    "depense": pes(domaine_depense(depense())),
    "recette": pes(domaine_recette(recette())),
    "complet": complet(),
    "utf8_marque": b"\xef\xbb\xbf" + pes(domaine_depense(depense()), pj(), encodage="UTF-8"),
    "sans_declaration": pes(domaine_recette(recette()), encodage="UTF-8").split(b"\n", 1)[1],
    "fins_de_ligne": complet().replace(b"><", b">\r\n<"),
    "commentaires": complet()
    .replace(b"<Piece>", b"<!-- <Bordereau> --><Piece>")
    .replace(b"<PES_PJ>", b"<?vgm <Fichier> ?><PES_PJ>"),
    "chevrons": pes(domaine_depense(depense().replace("Papeterie", "a > b")), pj(mime="a>b/c")),
    "base64_en_lignes": pes(domaine_depense(depense()), pj("SDRz\r\nSUFB\rQUFB\nQUE=\n" * 3000)),
    "texte_libre": pes(domaine_depense(depense()), pj("é &amp; &#233; > fin\r\n")),
    "apostrophes": complet().replace(b'InfoDematerialisee V="0"', b"InfoDematerialisee  V = '0' "),
    "espaces_de_noms": pes(
        domaine_depense(depense()),
        racine='<n:PES_Aller\n xmlns:n="http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller"'
        ' xmlns:xad="http://uri.etsi.org/01903/v1.2.2#" xmlns:ds="urn:autre">',
    ),
}
TOUS = pytest.mark.parametrize("nom", FICHIERS)
MODES = pytest.mark.parametrize("mode", ["bordereau", "globale"])
XADES = pytest.mark.parametrize("xades", ["1.1.1", "1.2.2"])


def _signer(octets: bytes, dossier: Path, **options: object) -> PesSigne:
    source = dossier / "source.xml"
    source.write_bytes(octets)
    return signer(
        source,
        dossier / "signe.xml",
        cle(),
        OptionsSignature(**options),  # type: ignore[arg-type]
        QUAND,
        cent_vingt,
    )


@TOUS
@MODES
@XADES
def test_trois_implementations_l_acceptent(nom: str, mode: str, xades: str, tmp_path: Path) -> None:
    signe = _signer(FICHIERS[nom], tmp_path, mode=mode, xades=xades, role="Maire d'Été")
    resultat = verifier(signe.chemin, confiance(), QUAND)
    assert resultat.verdict == "valide", [a.message for a in resultat.toutes]
    assert {s.role for s in resultat.signatures} == {"Maire d'Été"}
    assert {s.date for s in resultat.signatures} == {"2026-11-21T10:00:00Z"}
    assert [s.id for s in resultat.signatures] == [s.id for s in signe.signatures]
    seconds = verifier_avec_signxml(signe.chemin)
    assert [avis.motif for avis in seconds] == [""] * len(signe.signatures)
    assert _xmlsec(signe.chemin) == len(signe.signatures)


def _xmlsec(path: Path) -> int:
    """How many signatures the third implementation accepts."""
    analyseur = etree.XMLParser(huge_tree=True, resolve_entities=False, no_network=True)
    racine = etree.parse(path, analyseur).getroot()
    xmlsec.tree.add_ids(racine, ["Id"])
    acceptees = 0
    for signature in racine.iter(f"{DS}Signature"):
        contexte = xmlsec.SignatureContext()
        der = b64decode(signature.findtext(f".//{DS}X509Certificate") or "")
        certificat = xmlsec.KeyFormat.CERT_DER
        contexte.key = xmlsec.Key.from_memory(der, certificat)
        contexte.verify(signature)
        acceptees += 1
    return acceptees


@pytest.mark.outil
@TOUS
@MODES
def test_la_verification_de_reference_passe(nom: str, mode: str, tmp_path: Path) -> None:
    for commande in ("xmlsec1", "xmllint", "openssl"):
        outil(commande)
    script = DONNEES.parent / "prototypes" / "verify_all.sh"
    if not script.exists():
        pytest.skip("données de référence absentes : shared/prototypes/verify_all.sh")
    signe = _signer(FICHIERS[nom], tmp_path, mode=mode)
    fini = subprocess.run(
        [
            "bash",
            script,
            signe.chemin,
            CERTS / "racine.pem",
            CERTS / "emettrice.pem",
            CERTS / "revoquees.crl.pem",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert fini.returncode == 0, fini.stdout
    assert fini.stdout.count("crl-ok") == len(signe.signatures)


@pytest.mark.outil
@MODES
@XADES
def test_le_jdk_accepte_et_lit_le_meme_emetteur(mode: str, xades: str, tmp_path: Path) -> None:
    java = outil("java")
    programme = DONNEES.parent / "prototypes" / "VerifyPes.java"
    if not programme.exists():
        pytest.skip("données de référence absentes : shared/prototypes/VerifyPes.java")
    signe = _signer(complet(), tmp_path, mode=mode, xades=xades)
    fini = subprocess.run(
        [java, programme, signe.chemin], capture_output=True, text=True, check=False
    )
    assert fini.returncode == 0, fini.stdout + fini.stderr
    assert fini.stdout.count("issuerNameRFC2253=true") == len(signe.signatures)


@MODES
@XADES
def test_le_fichier_signe_est_valide_contre_le_schema(
    mode: str, xades: str, tmp_path: Path
) -> None:
    if not SCHEMA.exists():
        pytest.skip("le schéma 5.30 n'est pas livré ici")
    schema = etree.XMLSchema(etree.parse(SCHEMA))
    for octets in (FICHIERS["complet"], FICHIERS["recette"], FICHIERS["fins_de_ligne"]):
        signe = _signer(octets, tmp_path, mode=mode, xades=xades)
        arbre = etree.parse(signe.chemin)
        assert schema.validate(arbre), schema.error_log


@MODES
def test_le_schema_officiel_l_accepte_aussi(mode: str, tmp_path: Path) -> None:
    xsd = donnees("pes-xsd/schemas_pes_v5.30_rebuilt/PES_V2/Rev0/PES_Aller.xsd")
    schema = etree.XMLSchema(etree.parse(xsd))
    signe = _signer(complet(), tmp_path, mode=mode)
    assert schema.validate(etree.parse(signe.chemin)), schema.error_log


def test_ce_que_sign_annonce(tmp_path: Path) -> None:
    signe = _signer(complet(), tmp_path)
    assert signe.signatures == (
        ElementSigne("BORD12", "depense", 12),
        ElementSigne("BORD13", "depense", 13),
        ElementSigne("BORD12_2", "recette", 12),
    )
    octets = signe.chemin.read_bytes()
    assert signe.empreinte.taille == len(octets)
    assert b'Id="BORD12_SIG_1"' in octets
    assert b'Id="BORD12_SIG_1_SP"' in octets
    assert b'Id="BORD12_SIG_1_SV"' in octets
    assert octets.count(b"<MtCumulAnnuel") == 3
    assert octets.count(b'<InfoDematerialisee V="1"/>') == 2


def test_l_echantillon_v01_se_signe_avec_son_cumul(tmp_path: Path) -> None:
    source = donnees("pes-samples/V01_depense_1mandat_1pj.xml")
    demandes: list[BordereauASigner] = []

    def cumul(bordereau: BordereauASigner) -> Decimal | None:
        demandes.append(bordereau)
        return Decimal("120.00")

    vers = tmp_path / "signe.xml"
    signer(source, vers, cle(), OptionsSignature(), QUAND, cumul)
    assert verifier(vers, confiance(), QUAND).verdict == "valide"
    assert b'<NbrPce V="1"/><MtCumulAnnuel V="120.00"/><MtBordHT' in vers.read_bytes()
    assert [(d.domaine, d.exercice, d.type, d.numero) for d in demandes] == [
        ("depense", 2026, "01", 12)
    ]
    assert (demandes[0].montant_ht, demandes[0].montant_tva) == (Decimal("100.00"), Decimal(20))


def test_le_cumul_present_n_est_ni_demande_ni_touche(tmp_path: Path) -> None:
    source = tmp_path / "source.xml"
    source.write_bytes(pes(domaine_depense(depense(cumul="999.99"))))

    def cumul(bordereau: BordereauASigner) -> Decimal | None:
        raise AssertionError(bordereau)

    vers = tmp_path / "signe.xml"
    signer(source, vers, cle(), OptionsSignature(), QUAND, cumul)
    assert b'<MtCumulAnnuel V="999.99"/>' in vers.read_bytes()


def test_un_role_ormc_n_a_pas_besoin_de_cumul(tmp_path: Path) -> None:
    source = tmp_path / "source.xml"
    source.write_bytes(pes(domaine_recette(recette(type_="06"))))
    vers = tmp_path / "signe.xml"
    signer(source, vers, cle(), OptionsSignature(), QUAND, lambda _: None)
    assert b"MtCumulAnnuel" not in vers.read_bytes()
    assert verifier(vers, confiance(), QUAND).verdict == "valide"


def test_le_drapeau_absent_est_ajoute_apres_idver(tmp_path: Path) -> None:
    signe = _signer(pes(domaine_depense(depense(), demat="")), tmp_path)
    attendu = b'<IdVer V="2"/><InfoDematerialisee V="1"/></EnTeteDepense>'
    assert attendu in signe.chemin.read_bytes()


def test_les_identifiants_deja_pris_sont_evites(tmp_path: Path) -> None:
    octets = pes(
        domaine_depense(depense(12) + depense(13, id_="BORD12") + depense(14, id_="PES1"))
    ).replace(b"<EnTetePES>", b'<EnTetePES Id="BORD12_SIG_1_SP">')
    par_bordereau = _signer(octets, tmp_path)
    assert [s.id for s in par_bordereau.signatures] == ["BORD12_2", "BORD12", "PES1"]
    assert b'Id="BORD12_SIG_2"' in par_bordereau.chemin.read_bytes()
    globale = _signer(octets, tmp_path, mode="globale")
    assert [s.id for s in globale.signatures] == ["PES1_2"]


def test_deux_signatures_du_meme_fichier_sont_egales(tmp_path: Path) -> None:
    premiere = _signer(complet(), tmp_path).chemin.read_bytes()
    assert _signer(complet(), tmp_path).chemin.read_bytes() == premiere


def test_a_signer(tmp_path: Path) -> None:
    source = tmp_path / "s.xml"
    source.write_bytes(complet())
    assert a_signer(source)
    source.write_bytes(pes(pj()))
    assert not a_signer(source)
    assert not a_signer(_signer(complet(), tmp_path).chemin)
