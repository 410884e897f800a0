"""Door to private keys: a PKCS#12 file, opened once, kept in memory."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from vaguemestre.errors import SignatureError
from vaguemestre.signature.certificats import apte_a_signer


class SignerP12:
    """A `ports.Signer` over a key in memory: RSA PKCS#1 v1.5 with SHA-256."""

    def __init__(
        self,
        cle: rsa.RSAPrivateKey,
        certificat: x509.Certificate,
        chaine: tuple[x509.Certificate, ...] = (),
    ) -> None:
        self._cle = cle
        self._certificat = certificat.public_bytes(Encoding.DER)
        self._chaine = tuple(autre.public_bytes(Encoding.DER) for autre in chaine)

    @property
    def certificat(self) -> bytes:
        return self._certificat

    @property
    def chaine(self) -> tuple[bytes, ...]:
        return self._chaine

    def sign(self, data: bytes) -> bytes:
        return self._cle.sign(data, padding.PKCS1v15(), hashes.SHA256())


def ouvrir_p12(path: Path, mot_de_passe: str, quand: datetime | None = None) -> SignerP12:
    """Open a PKCS#12 file; with `quand` (aware), the certificate must be valid at that moment.

    Raises:
        SignatureError: unreadable, wrong password, no key, not RSA of 2048 bits or more, a key
            that is not the certificate's, expired, or a certificate that may not sign.
    """
    try:
        octets = path.read_bytes()
    except OSError as error:
        raise SignatureError(f"clé illisible : {path} ({error.strerror})") from error
    try:
        contenu = pkcs12.load_pkcs12(octets, mot_de_passe.encode("utf-8") or None)
    except ValueError as error:
        raise SignatureError(
            f"{path.name} : mot de passe faux, ou fichier qui n'est pas un PKCS#12"
        ) from error
    if contenu.key is None or contenu.cert is None:
        raise SignatureError(f"{path.name} ne contient pas une clé privée avec son certificat")
    if not isinstance(contenu.key, rsa.RSAPrivateKey):
        raise SignatureError(f"{path.name} : la clé n'est pas RSA, Hélios ne l'accepte pas")
    certificat = contenu.cert.certificate
    if contenu.key.public_key() != certificat.public_key():
        raise SignatureError(f"{path.name} : la clé privée n'est pas celle du certificat")
    signataire = SignerP12(
        contenu.key, certificat, tuple(autre.certificate for autre in contenu.additional_certs)
    )
    apte_a_signer(signataire.certificat, quand)
    return signataire
