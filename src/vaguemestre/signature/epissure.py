"""Bytes spliced into a file without touching any other byte.

A `Lecture` gives the bytes of a range; an `Epissure` is a file with some ranges replaced, itself a
`Lecture`. Files are read with `pread`, 64 kB at a time, and not mapped: a mapped page
counts as memory of the process, and a PES may weigh 100 MB.
"""

from __future__ import annotations

import hashlib
import os
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol

from vaguemestre.errors import IllisibleError, RessourceError
from vaguemestre.ports import Empreinte

# Small enough to stay in the processor cache, large enough to make system calls cheap.
TRANCHE = 1 << 16


class Lecture(Protocol):
    """Random access to bytes."""

    @property
    def taille(self) -> int: ...

    def lire(self, debut: int, fin: int) -> bytes:
        """The bytes of `[debut, fin)`, fewer at the end of the file."""
        ...


class FichierLu:
    """A file on disk, open for reading.

    Raises:
        IllisibleError: it cannot be opened or read.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            self._taille = os.fstat(self._fd).st_size
        except OSError as error:
            raise IllisibleError(f"fichier illisible : {path} ({error.strerror})") from error
        self._path = path

    @property
    def taille(self) -> int:
        return self._taille

    def lire(self, debut: int, fin: int) -> bytes:
        try:
            return os.pread(self._fd, max(0, fin - debut), debut)
        except OSError as error:
            raise IllisibleError(f"fichier illisible : {self._path} ({error.strerror})") from error

    def verser(self, debut: int, fin: int, fd: int) -> None:
        """Copy `[debut, fin)` to an open file, inside the kernel.

        Raises:
            OSError: the target refuses (full disk).
        """
        while debut < fin:
            copies = os.sendfile(fd, self._fd, debut, fin - debut)
            if copies == 0:
                raise IllisibleError(f"fichier raccourci pendant la lecture : {self._path}")
            debut += copies

    def __enter__(self) -> FichierLu:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._fd)


@dataclass(frozen=True, slots=True, order=True)
class Retouche:
    """`[debut, fin)` of the source becomes `par`; an insertion when `debut == fin`."""

    debut: int
    fin: int
    par: bytes


class Epissure:
    """The source with retouches applied, from `debut` to `fin` (source offsets).

    Retouches at one same place are inserted in the order given; two that overlap are a
    programming error.
    """

    def __init__(
        self,
        source: FichierLu,
        retouches: Iterable[Retouche],
        debut: int = 0,
        fin: int | None = None,
    ) -> None:
        self._source = source
        self._departs: list[int] = []
        self._pieces: list[tuple[int, bytes | None]] = []
        self._taille = 0
        terme = source.taille if fin is None else fin
        position = debut
        for retouche in sorted(retouches, key=lambda r: (r.debut, r.fin)):
            if retouche.debut < position or retouche.fin > terme:
                raise ValueError("retouches qui se chevauchent")
            self._ajouter(position, None, retouche.debut - position)
            self._ajouter(0, retouche.par, len(retouche.par))
            position = retouche.fin
        self._ajouter(position, None, terme - position)

    def _ajouter(self, depart: int, octets: bytes | None, taille: int) -> None:
        if taille:
            self._departs.append(self._taille)
            self._pieces.append((depart, octets))
            self._taille += taille

    @property
    def taille(self) -> int:
        return self._taille

    def lire(self, debut: int, fin: int) -> bytes:
        fin = min(fin, self._taille)
        if debut >= fin:
            return b""
        rang = bisect_right(self._departs, debut) - 1
        morceaux: list[bytes] = []
        while debut < fin:
            borne = self._departs[rang + 1] if rang + 1 < len(self._departs) else self._taille
            jusque = min(fin, borne)
            decalage = debut - self._departs[rang]
            depart, octets = self._pieces[rang]
            if octets is None:
                lus = self._source.lire(depart + decalage, depart + decalage + jusque - debut)
            else:
                lus = octets[decalage : decalage + jusque - debut]
            morceaux.append(lus)
            debut, rang = jusque, rang + 1
        return morceaux[0] if len(morceaux) == 1 else b"".join(morceaux)

    def tout(self) -> bytes:
        return self.lire(0, self._taille)

    def verser(self, fd: int) -> None:
        """Write every byte to an open file."""
        bornes = [*self._departs[1:], self._taille]
        for depart, borne, (debut, octets) in zip(self._departs, bornes, self._pieces, strict=True):
            if octets is None:
                self._source.verser(debut, debut + borne - depart, fd)
            else:
                _tout_ecrire(fd, octets)


def tranches(lecture: Lecture, debut: int = 0, fin: int | None = None) -> Iterator[bytes]:
    """The bytes of a range, one slice at a time."""
    terme = lecture.taille if fin is None else fin
    for position in range(debut, terme, TRANCHE):
        yield lecture.lire(position, min(position + TRANCHE, terme))


def ecrire(epissure: Epissure, vers: Path) -> None:
    """Write the bytes to `vers`, durable and whole or not at all.

    A temporary file beside it, fsync, rename, fsync of the folder.

    Raises:
        RessourceError: the disk is full or refuses.
    """
    temporaire = vers.with_name(f".{vers.name}.part")
    try:
        try:
            with temporaire.open("wb", buffering=0) as sortie:
                epissure.verser(sortie.fileno())
                os.fsync(sortie.fileno())
            temporaire.replace(vers)
        finally:
            temporaire.unlink(missing_ok=True)
        dossier = os.open(vers.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(dossier)
        finally:
            os.close(dossier)
    except OSError as error:
        raise RessourceError(f"écriture impossible : {vers} ({error.strerror})") from error


def empreinte(path: Path) -> Empreinte:
    """Both digests of a file, in one pass.

    Raises:
        IllisibleError: it cannot be read.
    """
    sha256 = hashlib.sha256()
    # The trace list of the arrêté of 27 June 2007 (O1-8) wants SHA-1; no security rests on it.
    sha1 = hashlib.sha1(usedforsecurity=False)
    with FichierLu(path) as lecture:
        for tranche in tranches(lecture):
            sha256.update(tranche)
            sha1.update(tranche)
        return Empreinte(sha256.hexdigest(), sha1.hexdigest(), lecture.taille)


def _tout_ecrire(fd: int, octets: bytes) -> None:
    reste = memoryview(octets)
    while reste:
        reste = reste[os.write(fd, reste) :]
