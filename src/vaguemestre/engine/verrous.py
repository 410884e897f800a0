"""What two works must not do together: one lock per key, among threads and among processes.

Among threads a plain lock; among the processes of one installation a lock on one byte of a shared
file, at the place that the key's digest gives. The system frees it when its holder dies, however
it dies: no lock outlives a kill, none has to be cleaned up.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, RLock

from vaguemestre.errors import RessourceError

# Open-file-description locks: unlike classic POSIX ones they know no deadlock detection, which
# takes two threads of one process for one holder and refuses waits that would end.
_POSER = getattr(fcntl, "F_OFD_SETLK", None)
_ATTENDRE = getattr(fcntl, "F_OFD_SETLKW", None)
PARTAGEABLES = _POSER is not None and _ATTENDRE is not None
"""Can locks be shared between processes on this system?"""

# struct flock of 64-bit Linux: type, whence, start, length, pid.
_FLOCK = struct.Struct("@hhqqi4x")
_PLACES = (1 << 62) - 1
_PREMIER_REGARD, _DERNIER_REGARD = 0.002, 0.05
"""Seconds between two looks at a lock that another process holds, growing from one to the other."""


@dataclass(slots=True)
class _Verrou:
    """One key in this process: who waits or holds (`usagers`), how deep its holder is in."""

    fil: RLock = field(default_factory=RLock)
    usagers: int = 0
    profondeur: int = 0


class Verrous:
    """Locks by key. `fichier`: shared with the other processes; None: this process alone."""

    def __init__(self, fichier: Path | None = None) -> None:
        self._garde = Lock()
        self._verrous: dict[str, _Verrou] = {}
        self._fichier: int | None = None
        if fichier is not None and PARTAGEABLES:
            self._fichier = os.open(fichier, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def fermer(self) -> None:
        """Let go of the shared file; no lock may be held."""
        if self._fichier is not None:
            os.close(self._fichier)
            self._fichier = None

    @contextmanager
    def pour(self, cle: str, patience: float = -1) -> Iterator[None]:
        """Alone with this key; a key that nobody holds or waits for takes no memory.

        The holder may take it again. `patience` in seconds; by default one waits as long as it
        takes.

        Raises:
            RessourceError: the key is still held when patience is at its end.
        """
        with self._garde:
            verrou = self._verrous.setdefault(cle, _Verrou())
            verrou.usagers += 1
        try:
            fin = None if patience < 0 else time.monotonic() + patience
            if not verrou.fil.acquire(timeout=patience):
                raise _tenu(cle)
            try:
                yield from self._entre_processus(cle, verrou, fin)
            finally:
                verrou.fil.release()
        finally:
            with self._garde:
                verrou.usagers -= 1
                if not verrou.usagers:
                    del self._verrous[cle]

    def _entre_processus(self, cle: str, verrou: _Verrou, fin: float | None) -> Iterator[None]:
        if self._fichier is None or verrou.profondeur:
            yield
            return
        place = _place(cle)
        self._prendre(cle, place, fin)
        verrou.profondeur = 1
        try:
            yield
        finally:
            verrou.profondeur = 0
            self._demander(_POSER, fcntl.F_UNLCK, place)

    def _prendre(self, cle: str, place: int, fin: float | None) -> None:
        if fin is None:
            self._demander(_ATTENDRE, fcntl.F_WRLCK, place)
            return
        regard = _PREMIER_REGARD
        while not self._essayer(place):
            reste = fin - time.monotonic()
            if reste <= 0:
                raise _tenu(cle)
            time.sleep(min(regard, reste))
            regard = min(regard * 2, _DERNIER_REGARD)

    def _essayer(self, place: int) -> bool:
        try:
            self._demander(_POSER, fcntl.F_WRLCK, place)
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.EACCES):
                return False
            raise
        return True

    def _demander(self, ordre: int | None, genre: int, place: int) -> None:
        if self._fichier is not None and ordre is not None:
            fcntl.fcntl(self._fichier, ordre, _FLOCK.pack(genre, os.SEEK_SET, place, 1, 0))


def _place(cle: str) -> int:
    """Two keys at one place would only wait for each other, and 2^62 places are many."""
    empreinte = hashlib.blake2b(cle.encode(), digest_size=8).digest()
    return int.from_bytes(empreinte, "big") & _PLACES


def _tenu(cle: str) -> RessourceError:
    return RessourceError(f"un autre travail tient « {cle} »")
