"""Time and identifiers, for real or fixed: the one module above the doors that asks the system."""

from __future__ import annotations

import hashlib
import secrets
import string
import threading
import time
from datetime import UTC, datetime, timedelta

from vaguemestre.errors import ConfigurationError

_ALPHABET = string.digits + string.ascii_lowercase
_LONGUEUR = 12
_POSSIBLES = len(_ALPHABET) ** _LONGUEUR


class HorlogeSysteme:
    """`ports.Clock` on the machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC).replace(microsecond=0)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class HorlogeFixe:
    """`ports.Clock` of acceptance mode: time passes only when somebody sleeps.

    Two runs that do the same things therefore see the same times, however fast the machine is.
    """

    def __init__(self, depart: datetime) -> None:
        if depart.tzinfo is None:
            raise ConfigurationError(
                "[acceptation] horloge : préciser le fuseau, par exemple 2026-03-02T08:00:00Z"
            )
        self._maintenant = depart.astimezone(UTC).replace(microsecond=0)
        self._reste = 0.0
        self._verrou = threading.Lock()

    def now(self) -> datetime:
        with self._verrou:
            return self._maintenant

    def sleep(self, seconds: float) -> None:
        """Whole seconds pass at once; fractions add up."""
        with self._verrou:
            self._reste += seconds
            entieres = int(self._reste)
            self._reste -= entieres
            self._maintenant += timedelta(seconds=entieres)


class IdentifiantsAleatoires:
    """`ports.Identifiants` nobody can guess."""

    def jeton(self) -> str:
        return _ecrire(secrets.randbelow(_POSSIBLES))


class IdentifiantsGraine:
    """`ports.Identifiants` of acceptance mode: the same seed gives the same sequence."""

    def __init__(self, graine: int) -> None:
        self._graine = graine
        self._rang = 0
        self._verrou = threading.Lock()

    def jeton(self) -> str:
        with self._verrou:
            self._rang += 1
            rang = self._rang
        condense = hashlib.sha256(f"{self._graine}/{rang}".encode()).digest()
        return _ecrire(int.from_bytes(condense) % _POSSIBLES)


def _ecrire(nombre: int) -> str:
    lettres = []
    for _ in range(_LONGUEUR):
        nombre, lettre = divmod(nombre, len(_ALPHABET))
        lettres.append(_ALPHABET[lettre])
    return "".join(lettres)
