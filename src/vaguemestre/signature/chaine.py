"""Is there a path from a certificate to an anchor, at a date, and is nothing on it revoked?

RFC 5280 as `pyhanko-certvalidator` does it. A verdict can only change where a certificate or a
CRL begins or ends, or something is revoked; so it is remembered per interval between two such
instants, and a signatory who sends twenty bordereaux is judged once.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import lru_cache

from asn1crypto import x509 as asn1
from cryptography import x509
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import (
    ExpiredError,
    InsufficientRevinfoError,
    NotYetValidError,
    PathBuildingError,
    RevokedError,
    ValidationError,
)

from vaguemestre.signature.confiance import Confiance


class Etat(Enum):
    """What became of the search for a path."""

    SURE = "sure"
    INCONNUE = "inconnue"
    EXPIREE = "expirée"
    FUTURE = "pas encore valable"
    REVOQUEE = "révoquée"
    REVOCATION_INCONNUE = "révocation inconnue"
    REFUSEE = "refusée"


@dataclass(frozen=True, slots=True)
class Jugement:
    """The verdict; `detail` is the library's own sentence, for the operator."""

    etat: Etat
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Demande:
    """A certificate (DER), those that came with it, and how to judge them."""

    certificat: bytes
    autres: tuple[bytes, ...]
    confiance: Confiance
    revocation: bool
    sha1: bool = False


def juger(demande: Demande, moment: datetime) -> Jugement:
    """The verdict at `moment` (aware). Not to be called from a running event loop.

    Raises:
        ValueError: a certificate or a CRL of the trust or of the file is not one.
    """
    moment = moment.astimezone(UTC)
    instants = _instants(demande)
    rang = bisect_left(instants, moment)
    if rang < len(instants) and instants[rang] == moment:
        return _juger(demande, moment)
    # Any instant inside the interval has the same verdict: take one that does not depend on us.
    if rang == 0:
        return _memoire(demande, instants[0] - timedelta(seconds=1))
    if rang == len(instants):
        return _memoire(demande, instants[-1] + timedelta(seconds=1))
    return _memoire(demande, instants[rang - 1] + (instants[rang] - instants[rang - 1]) / 2)


@lru_cache(maxsize=256)
def _instants(demande: Demande) -> tuple[datetime, ...]:
    """When a verdict may change, sorted."""
    confiance = demande.confiance
    ders = {demande.certificat, *demande.autres, *confiance.ancres, *confiance.intermediaires}
    certificats = [x509.load_der_x509_certificate(der) for der in ders]
    instants = {c.not_valid_before_utc for c in certificats}
    instants |= {c.not_valid_after_utc for c in certificats}
    for der in confiance.crls:
        liste = x509.load_der_x509_crl(der)
        instants.add(liste.last_update_utc)
        if liste.next_update_utc is not None:
            instants.add(liste.next_update_utc)
        for certificat in certificats:
            revoque = liste.get_revoked_certificate_by_serial_number(certificat.serial_number)
            if revoque is not None:
                instants.add(revoque.revocation_date_utc)
    return tuple(sorted(instants))


@lru_cache(maxsize=1024)
def _memoire(demande: Demande, moment: datetime) -> Jugement:
    return _juger(demande, moment)


def _juger(demande: Demande, moment: datetime) -> Jugement:
    if not demande.confiance.ancres:
        return Jugement(Etat.INCONNUE, "aucune autorité de confiance n'est configurée")
    try:
        _valider(demande, moment)
    except (PathBuildingError, ValidationError) as error:
        return Jugement(_etat(error), str(error))
    except (ValueError, TypeError, LookupError) as error:
        # A certificate of the file that one library reads and the other does not.
        return Jugement(Etat.REFUSEE, str(error))
    return Jugement(Etat.SURE)


def _valider(demande: Demande, moment: datetime) -> None:
    contexte = ValidationContext(
        trust_roots=[asn1.Certificate.load(der) for der in demande.confiance.ancres],
        other_certs=[
            asn1.Certificate.load(der)
            for der in (*demande.confiance.intermediaires, *demande.autres)
        ],
        moment=moment,
        crls=list(demande.confiance.crls),
        revocation_mode="require" if demande.revocation else "none",
        allow_fetching=False,
        # A CRL younger than the moment still tells who had been revoked by then.
        retroactive_revinfo=True,
        weak_hash_algos=set() if demande.sha1 else None,
        time_tolerance=timedelta(0),
    )
    valideur = CertificateValidator(
        asn1.Certificate.load(demande.certificat), validation_context=contexte
    )
    asyncio.run(valideur.async_validate_path())


def _etat(error: Exception) -> Etat:
    if isinstance(error, PathBuildingError):
        return Etat.INCONNUE
    if isinstance(error, ExpiredError):
        return Etat.EXPIREE
    if isinstance(error, NotYetValidError):
        return Etat.FUTURE
    if isinstance(error, RevokedError):
        return Etat.REVOQUEE
    if isinstance(error, InsufficientRevinfoError):
        return Etat.REVOCATION_INCONNUE
    return Etat.REFUSEE
