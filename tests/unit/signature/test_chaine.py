"""The certificate: anchors, expiry, revocation, and the memory of verdicts."""

from __future__ import annotations

import subprocess
import sys
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.outils import outil
from tests.unit.signature.fabrique import (
    CERTS,
    QUAND,
    cent_vingt,
    cle,
    complet,
    confiance,
)
from vaguemestre.config.sections import Signature
from vaguemestre.errors import ConfigurationError, Gravite
from vaguemestre.signature.chaine import Demande, Etat, juger
from vaguemestre.signature.confiance import Confiance, lire_confiance, lire_ders
from vaguemestre.signature.keys import ouvrir_p12
from vaguemestre.signature.noms import rfc2253
from vaguemestre.signature.verification import Verification, verifier
from vaguemestre.signature.xades import OptionsSignature, signer


def _verifier(
    dossier: Path, qui: str, trust: Confiance, signee: datetime, recue: datetime
) -> Verification:
    source, vers = dossier / "s.xml", dossier / "v.xml"
    source.write_bytes(complet())
    signer(source, vers, cle(qui), OptionsSignature(), signee, cent_vingt)
    return verifier(vers, trust, recue)


def _regles(verification: Verification) -> set[str]:
    return {anomalie.regle for anomalie in verification.toutes}


def test_rien_n_est_de_confiance_par_defaut(tmp_path: Path) -> None:
    verification = _verifier(tmp_path, "signataire", Confiance(), QUAND, QUAND)
    assert verification.verdict == "invalide"
    assert _regles(verification) == {"sig.chaine"}
    assert not verification.revocation_inconnue


def test_une_autre_ancre_ne_suffit_pas(tmp_path: Path) -> None:
    autre = replace(confiance(), ancres=(cle("horodatage").certificat,))
    assert _regles(_verifier(tmp_path, "signataire", autre, QUAND, QUAND)) == {"sig.chaine"}


def test_un_certificat_expire_depuis(tmp_path: Path) -> None:
    signee = datetime(2022, 6, 1, tzinfo=UTC)
    valable = _verifier(tmp_path, "expire", confiance(), signee, signee)
    assert valable.verdict == "valide"
    verification = _verifier(tmp_path, "expire", confiance(), signee, QUAND)
    assert _regles(verification) == {"sig.certificat.expire"}
    assert "à la réception" in verification.signatures[0].anomalies[0].message


def test_un_certificat_revoque(tmp_path: Path) -> None:
    verification = _verifier(tmp_path, "revoque", confiance(), QUAND, QUAND)
    assert _regles(verification) == {"sig.certificat.revoque"}
    avant = datetime(2021, 5, 31, tzinfo=UTC)
    assert _verifier(tmp_path, "revoque", confiance(), avant, avant).verdict == "valide"


def test_sans_liste_de_revocation_le_flux_attend(tmp_path: Path) -> None:
    sans = replace(confiance(), crls=())
    verification = _verifier(tmp_path, "signataire", sans, QUAND, QUAND)
    assert verification.verdict == "invalide"
    assert verification.revocation_inconnue
    assert _regles(verification) == {"sig.revocation.inconnue"}
    souple = _verifier(tmp_path, "signataire", replace(sans, revocation="souple"), QUAND, QUAND)
    assert souple.verdict == "valide"
    assert not souple.revocation_inconnue
    assert {a.gravite for a in souple.toutes} == {Gravite.AVERTISSEMENT}


def test_une_liste_de_revocation_perimee_ne_dit_rien(tmp_path: Path) -> None:
    tard = datetime(2049, 6, 2, tzinfo=UTC)
    signee = datetime(2049, 1, 1, tzinfo=UTC)
    feuille = _verifier(tmp_path, "signataire", confiance(), signee, signee)
    assert feuille.verdict == "valide"
    autorite = Demande(lire_ders(CERTS / "emettrice.pem")[0], (), confiance(), revocation=True)
    assert juger(autorite, tard).etat is Etat.REVOCATION_INCONNUE


def test_un_certificat_expire_sans_liste_n_attend_pas(tmp_path: Path) -> None:
    """Waiting for a list cannot help: the flux is invalid, not held."""
    signee = datetime(2022, 6, 1, tzinfo=UTC)
    sans = replace(confiance(), crls=())
    verification = _verifier(tmp_path, "expire", sans, signee, QUAND)
    assert "sig.certificat.expire" in _regles(verification)
    assert not verification.revocation_inconnue
    perimee = _verifier(tmp_path, "expire", confiance(), signee, datetime(2049, 6, 2, tzinfo=UTC))
    assert not perimee.revocation_inconnue


def test_un_certificat_substitue(tmp_path: Path) -> None:
    """Another certificate in KeyInfo: neither its key nor its digest fit."""
    assert _verifier(tmp_path, "horodatage", confiance(), QUAND, QUAND).verdict == "valide"
    octets = (tmp_path / "v.xml").read_bytes()
    path = tmp_path / "x.xml"
    autre = cle("signataire").certificat
    path.write_bytes(octets.replace(b64encode(cle("horodatage").certificat), b64encode(autre)))
    assert {"sig.valeur", "sig.certificat.empreinte", "sig.certificat.numero"} <= _regles(
        verifier(path, confiance(), QUAND)
    )


@given(st.datetimes(datetime(2019, 12, 30), datetime(2049, 5, 31)), st.booleans())  # noqa: DTZ001
@settings(max_examples=40)
def test_la_memoire_ne_change_aucun_verdict(moment: datetime, revocation: bool) -> None:
    moment = moment.replace(tzinfo=UTC)
    for nom, fin, revoque in (
        ("signataire", datetime(2049, 1, 31, 23, 59, 59, tzinfo=UTC), None),
        ("expire", datetime(2022, 12, 31, 23, 59, 59, tzinfo=UTC), None),
        (
            "revoque",
            datetime(2049, 1, 31, 23, 59, 59, tzinfo=UTC),
            datetime(2021, 6, 1, tzinfo=UTC),
        ),
    ):
        demande = Demande(cle(nom).certificat, (), confiance(), revocation)
        etat = juger(demande, moment).etat
        if moment < datetime(2020, 1, 1, tzinfo=UTC):
            assert etat is Etat.FUTURE
        elif moment > fin:
            assert etat is Etat.EXPIREE
        elif revocation and revoque is not None and moment >= revoque:
            assert etat is Etat.REVOQUEE
        else:
            assert etat is Etat.SURE


def test_a_la_seconde_pres() -> None:
    demande = Demande(cle("expire").certificat, (), confiance(), revocation=True)
    fin = datetime(2022, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert juger(demande, fin).etat is Etat.SURE
    assert juger(demande, fin + timedelta(seconds=1)).etat is Etat.EXPIREE


def test_la_confiance_se_lit_dans_la_configuration(tmp_path: Path) -> None:
    reglage = Signature(
        ancres=(Path("racine.pem"),),
        intermediaires=(Path("emettrice.pem"),),
        crls=(Path("revoquees.crl.pem"),),
    )
    assert lire_confiance(reglage, lambda p: CERTS / p) == confiance()
    der = tmp_path / "racine.der"
    der.write_bytes(confiance().ancres[0])
    assert lire_ders(der) == confiance().ancres
    for octets in (b"", b"rien", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        (tmp_path / "faux.pem").write_bytes(octets)
        with pytest.raises(ConfigurationError):
            lire_ders(tmp_path / "faux.pem")
    with pytest.raises(ConfigurationError, match="illisible"):
        lire_ders(tmp_path / "absent.pem")


def test_l_emetteur_s_ecrit_comme_java() -> None:
    lu = x509.load_der_x509_certificate(cle().certificat)
    hexa = b"signature@exemple.invalid".hex()
    assert rfc2253(lu.issuer.public_bytes()) == (
        f"1.2.840.113549.1.9.1=#1619{hexa},CN=AC Signature d'exemple,"
        "OU=0002 13000495500014,O=Exemples Vaguemestre,C=FR"
    )


@pytest.mark.parametrize(
    ("texte", "ecrit"),
    [
        ("Mairie, ville", r"CN=Mairie\, ville"),
        (' a+b="c"<d>;#e\\ ', r"CN=\ a\+b\=\"c\"\<d\>\;\#e\\\ "),
        ("Été", "CN=Été"),
    ],
)
def test_les_caracteres_reserves_sont_echappes(texte: str, ecrit: str) -> None:
    nom = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, texte)])
    assert rfc2253(nom.public_bytes()) == ecrit


def test_un_nom_a_plusieurs_valeurs() -> None:
    nom = x509.Name(
        [
            x509.RelativeDistinguishedName([x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "FR")]),
            x509.RelativeDistinguishedName(
                [
                    x509.NameAttribute(x509.NameOID.COMMON_NAME, "A"),
                    x509.NameAttribute(x509.NameOID.SERIAL_NUMBER, "1"),
                ]
            ),
        ]
    )
    assert rfc2253(nom.public_bytes()) == "CN=A+2.5.4.5=#130131,C=FR"


@pytest.mark.outil
def test_openssl_juge_les_exemples_comme_nous(tmp_path: Path) -> None:
    openssl = outil("openssl")
    for nom, bon in (("signataire", True), ("expire", False), ("revoque", False)):
        certificat = x509.load_der_x509_certificate(cle(nom).certificat)
        path = tmp_path / f"{nom}.pem"
        path.write_bytes(certificat.public_bytes(Encoding.PEM))
        commande: list[str | Path] = [
            openssl,
            "verify",
            "-crl_check_all",
            "-CRLfile",
            CERTS / "revoquees.crl.pem",
        ]
        commande += ["-CAfile", CERTS / "racine.pem", "-untrusted", CERTS / "emettrice.pem", path]
        fini = subprocess.run(commande, capture_output=True, check=False)
        assert (fini.returncode == 0) is bon, nom


def test_la_pki_d_exemple_se_refait(tmp_path: Path) -> None:
    subprocess.run([sys.executable, CERTS / "refaire.py", tmp_path], check=True)
    faits = {p.name for p in tmp_path.iterdir()}
    assert faits | {"README.md", "description.toml", "refaire.py"} == {
        p.name for p in CERTS.iterdir() if p.is_file()
    }
    signataire = ouvrir_p12(tmp_path / "signataire.p12", "vaguemestre", QUAND)
    assert signataire.certificat != cle().certificat
    assert [len(c) > 0 for c in signataire.chaine] == [True]
    usage = x509.load_der_x509_certificate(signataire.certificat).extensions
    lu = usage.get_extension_for_class(x509.KeyUsage)
    assert (lu.critical, lu.value.content_commitment, lu.value.digital_signature) == (
        True,
        True,
        False,
    )
