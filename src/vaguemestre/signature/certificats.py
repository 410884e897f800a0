"""One X.509 certificate seen by a signature: holder, issuer, usage, validity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa

from vaguemestre.errors import SignatureError
from vaguemestre.signature.noms import nom_commun, rfc2253

BITS_MIN = 2048


@dataclass(frozen=True, slots=True)
class Titulaire:
    """What a certificate says. `cle` is None when it is not RSA; times are aware, UTC."""

    nom: str
    emetteur: str
    numero: int
    cle: rsa.RSAPublicKey | None
    debut: datetime
    fin: datetime
    non_repudiation: bool


@lru_cache(maxsize=256)
def titulaire(certificat: bytes) -> Titulaire:
    """Read a DER certificate.

    Raises:
        ValueError: not a certificate, or one that cannot be understood.
    """
    try:
        return _titulaire(x509.load_der_x509_certificate(certificat))
    except (UnsupportedAlgorithm, x509.DuplicateExtension) as error:
        raise ValueError(str(error)) from error


def _titulaire(lu: x509.Certificate) -> Titulaire:
    cle = lu.public_key()
    return Titulaire(
        nom=nom_commun(lu.subject.public_bytes()),
        emetteur=rfc2253(lu.issuer.public_bytes()),
        numero=lu.serial_number,
        cle=cle if isinstance(cle, rsa.RSAPublicKey) else None,
        debut=lu.not_valid_before_utc,
        fin=lu.not_valid_after_utc,
        non_repudiation=_non_repudiation(lu),
    )


def _non_repudiation(certificat: x509.Certificate) -> bool:
    try:
        usage = certificat.extensions.get_extension_for_class(x509.KeyUsage)
    except x509.ExtensionNotFound:
        return False
    return usage.value.content_commitment


def apte_a_signer(certificat: bytes, quand: datetime | None) -> Titulaire:
    """The holder, when the certificate may sign a bordereau at `quand` (None: whenever).

    Raises:
        SignatureError: not RSA of 2048 bits or more, no contentCommitment (PS 3.3, the DGFiP's
            verifier refuses), not yet or no longer valid.
    """
    try:
        qui = titulaire(certificat)
    except ValueError as error:
        raise SignatureError("le certificat du signataire est illisible") from error
    if qui.cle is None or qui.cle.key_size < BITS_MIN:
        raise SignatureError(f"certificat de {qui.nom} : il faut une clé RSA d'au moins 2048 bits")
    if not qui.non_repudiation:
        raise SignatureError(
            f"certificat de {qui.nom} : il n'a pas vocation à signer "
            "(usage « non-répudiation » absent)"
        )
    if quand is not None and quand > qui.fin:
        raise SignatureError(f"certificat de {qui.nom} : expiré depuis le {qui.fin:%d/%m/%Y}")
    if quand is not None and quand < qui.debut:
        raise SignatureError(f"certificat de {qui.nom} : valable à partir du {qui.debut:%d/%m/%Y}")
    return qui
