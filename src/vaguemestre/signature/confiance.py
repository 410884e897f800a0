"""Whom a verification trusts: anchors, intermediates, revocation lists, accepted policies.

Nothing is trusted by default, the samples of `certs-sample` least of all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from asn1crypto import pem
from cryptography import x509

from vaguemestre.config.sections import Signature
from vaguemestre.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Confiance:
    """Certificates and CRLs are DER.

    `revocation`: « exigee » makes an unknown revocation status a reason to hold the flux (AR07
    E2-10), « souple » a warning. `politiques`: accepted policy OIDs, empty = any.
    `sha1_avant`: SHA-1 is accepted in signatures dated before that day (archives), None = never.
    """

    ancres: tuple[bytes, ...] = ()
    intermediaires: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    revocation: Literal["exigee", "souple"] = "exigee"
    politiques: tuple[str, ...] = Signature().politiques_acceptees
    sha1_avant: date | None = None


def lire_confiance(
    reglage: Signature, chemin: Callable[[Path], Path], sha1_avant: date | None = None
) -> Confiance:
    """The trust that `[signature]` describes; `chemin` makes a path of the file absolute.

    Raises:
        ConfigurationError: a file is missing or holds neither PEM nor DER.
    """
    return Confiance(
        ancres=_ders(map(chemin, reglage.ancres)),
        intermediaires=_ders(map(chemin, reglage.intermediaires)),
        crls=_ders(map(chemin, reglage.crls)),
        revocation=reglage.revocation,
        politiques=reglage.politiques_acceptees,
        sha1_avant=sha1_avant,
    )


def _ders(paths: Iterable[Path]) -> tuple[bytes, ...]:
    return tuple(der for path in paths for der in lire_ders(path))


def lire_ders(path: Path) -> tuple[bytes, ...]:
    """Every DER block of a PEM file, or the file itself when it is DER.

    Raises:
        ConfigurationError: unreadable, or neither.
    """
    try:
        octets = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"certificat illisible : {path} ({error.strerror})") from error
    try:
        if not pem.detect(octets):
            return (_verifie(octets),)
        return tuple(_verifie(der) for _, _, der in pem.unarmor(octets, multiple=True))
    except ValueError as error:
        raise ConfigurationError(
            f"{path} ne contient pas des certificats ou listes de révocation, en PEM ou en DER"
        ) from error


def _verifie(der: bytes) -> bytes:
    """The bytes, when they are a certificate or a CRL; ValueError otherwise."""
    try:
        x509.load_der_x509_certificate(der)
    except ValueError:
        x509.load_der_x509_crl(der)
    return der
