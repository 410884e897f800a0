"""Make the sample PKI again from `description.toml`: new keys, same names and dates.

Usage: `python certs-sample/refaire.py [FOLDER]`; the folder is the script's own by default. The
keys are public samples; nothing may ever trust them.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ICI = Path(__file__).resolve().parent
_OID = {
    "C": NameOID.COUNTRY_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "CN": NameOID.COMMON_NAME,
    "E": NameOID.EMAIL_ADDRESS,
}
_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@dataclass(frozen=True, slots=True)
class Identite:
    """A key with its certificate."""

    cle: rsa.RSAPrivateKey
    certificat: x509.Certificate


def main(vers: Path) -> None:
    """Write every file of the sample PKI into the folder `vers`."""
    plan = tomllib.loads((ICI / "description.toml").read_text("utf-8"))
    racine = _autorite(plan["racine"], None)
    emettrice = _autorite(plan["emettrice"], racine)
    (vers / "racine.pem").write_bytes(racine.certificat.public_bytes(Encoding.PEM))
    (vers / "emettrice.pem").write_bytes(emettrice.certificat.public_bytes(Encoding.PEM))
    revoques: list[tuple[int, datetime]] = []
    for feuille in plan["feuille"]:
        identite = _feuille(feuille, emettrice)
        if "revoque" in feuille:
            revoques.append((identite.certificat.serial_number, feuille["revoque"]))
        (vers / feuille["fichier"]).write_bytes(
            _p12(identite, emettrice.certificat, plan["mot_de_passe"])
        )
    dates = plan["revocation"]
    listes = _crl(emettrice, revoques, dates) + _crl(racine, [], dates)
    (vers / "revoquees.crl.pem").write_bytes(listes)


def _nom(sujet: Sequence[Sequence[str]]) -> x509.Name:
    return x509.Name([x509.NameAttribute(_OID[cle], valeur) for cle, valeur in sujet])


def _usage(voulus: Sequence[str]) -> x509.KeyUsage:
    return x509.KeyUsage(**{usage: usage in voulus for usage in _USAGES})


def _certificat(
    plan: Mapping[str, Any], cle: rsa.RSAPrivateKey, emettrice: Identite | None
) -> x509.CertificateBuilder:
    publique = cle.public_key()
    sujet = _nom(plan["sujet"])
    emetteur = emettrice.certificat.subject if emettrice else sujet
    publique_emetteur = emettrice.cle.public_key() if emettrice else publique
    return (
        x509.CertificateBuilder()
        .subject_name(sujet)
        .issuer_name(emetteur)
        .public_key(publique)
        .serial_number(x509.random_serial_number())
        .not_valid_before(plan["debut"])
        .not_valid_after(plan["fin"])
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(publique), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(publique_emetteur), critical=False
        )
    )


def _autorite(plan: Mapping[str, Any], emettrice: Identite | None) -> Identite:
    cle = rsa.generate_private_key(65537, plan["bits"])
    certificat = (
        _certificat(plan, cle, emettrice)
        .add_extension(x509.BasicConstraints(ca=True, path_length=plan["longueur"]), critical=True)
        .add_extension(_usage(["key_cert_sign", "crl_sign"]), critical=True)
        .sign(emettrice.cle if emettrice else cle, hashes.SHA256())
    )
    return Identite(cle, certificat)


def _feuille(plan: Mapping[str, Any], emettrice: Identite) -> Identite:
    cle = rsa.generate_private_key(65537, 2048)
    certificat = (
        _certificat(plan, cle, emettrice)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(plan["usage"]), critical=True)
    )
    if plan.get("horodatage"):
        certificat = certificat.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True
        )
    return Identite(cle, certificat.sign(emettrice.cle, hashes.SHA256()))


def _p12(identite: Identite, emettrice: x509.Certificate, mot_de_passe: str) -> bytes:
    nom = identite.certificat.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    return pkcs12.serialize_key_and_certificates(
        str(nom).encode(),
        identite.cle,
        identite.certificat,
        [emettrice],
        BestAvailableEncryption(mot_de_passe.encode()),
    )


def _crl(
    autorite: Identite, revoques: Sequence[tuple[int, datetime]], dates: Mapping[str, datetime]
) -> bytes:
    liste = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(autorite.certificat.subject)
        .last_update(dates["publication"])
        .next_update(dates["prochaine"])
        .add_extension(x509.CRLNumber(1), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(autorite.cle.public_key()),
            critical=False,
        )
    )
    for numero, quand in revoques:
        liste = liste.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(numero).revocation_date(quand).build()
        )
    return liste.sign(autorite.cle, hashes.SHA256()).public_bytes(Encoding.PEM)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ICI)
