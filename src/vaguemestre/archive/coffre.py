"""DOOR (file system). Write-once store of bytes, addressed by their SHA-256.

`racine/sha256/ab/cdef…`, mode 0444. An object appears under its name whole, on disk, or not at
all: it is written beside, synced, then renamed. Both digests come from the bytes that were
written, in one pass, so a source that changes meanwhile cannot give a false name.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import BinaryIO

from vaguemestre.errors import IntegrityError, RessourceError
from vaguemestre.ports import Empreinte

_MORCEAU = 1 << 20
_HEX = frozenset("0123456789abcdef")
_CREER = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


@dataclass(slots=True)
class _Brouillon:
    """An object that is written but not yet named; `descripteur` is open until it is synced."""

    chemin: str
    descripteur: int
    empreinte: Empreinte | None = None


class CoffreFichiers:
    """`ports.Coffre` on a folder. Safe for several threads and processes.

    Paths are texts inside: `pathlib` costs more than the digests of a small file.
    Received files are copied, never linked: their sender may still hold them open. `lier=True`
    is for files that this program made and nobody writes any more.
    """

    def __init__(self, racine: Path) -> None:
        self._objets = str(racine / "sha256")
        self._brouillons = str(racine / "tmp")
        self._numeros = count()
        self._dossiers: set[str] = set()
        with _fautes(racine):
            Path(self._objets).mkdir(parents=True, exist_ok=True)
            Path(self._brouillons).mkdir(exist_ok=True)

    def ranger(
        self, source: Path, *, lier: bool = False, connue: Empreinte | None = None
    ) -> Empreinte:
        """Put a file in; durable when it returns; again is the same.

        `connue`, with `lier`: the digests that this program took of the very bytes it wrote; they
        are not computed again.

        Raises:
            RessourceError: disk full, source unreadable; nothing half-written stays.
            IntegrityError: another size lies under that digest.
        """
        if lier:
            return self._lier(source, connue)
        return self.ranger_tous([source])[0]

    def ranger_tous(self, sources: Sequence[Path]) -> list[Empreinte]:
        """Put several files in, all written before the first one is waited for."""
        brouillons: list[_Brouillon] = []
        try:
            for source in sources:
                with _fautes(source), source.open("rb", buffering=0) as entree:
                    brouillons.append(self._brouillon())
                    _copier(entree, brouillons[-1])
            return self._nommer(brouillons)
        finally:
            _abandonner(brouillons)

    def ranger_octets(self, contenu: bytes) -> Empreinte:
        brouillons: list[_Brouillon] = []
        try:
            with _fautes(self._brouillons):
                brouillons.append(self._brouillon())
                _ecrire(brouillons[0].descripteur, contenu)
            brouillons[0].empreinte = empreinte(contenu)
            return self._nommer(brouillons)[0]
        finally:
            _abandonner(brouillons)

    def chemin(self, sha256: str) -> Path:
        chemin = Path(self._objets, *_place(sha256))
        if not chemin.is_file():
            raise IntegrityError("objet absent du coffre", ref=sha256)
        return chemin

    def verifier(self, sha256: str) -> None:
        self.mesurer(sha256)

    def mesurer(self, sha256: str) -> int:
        """Recompute an object and give its size in bytes.

        Raises:
            IntegrityError: it is not there, or its bytes are not those of its name.
        """
        chemin = self.chemin(sha256)
        condense = hashlib.sha256()
        taille = 0
        with _fautes(chemin), chemin.open("rb", buffering=0) as entree:
            while morceau := entree.read(_MORCEAU):
                condense.update(morceau)
                taille += len(morceau)
        if condense.hexdigest() != sha256:
            raise IntegrityError("l'objet du coffre a été modifié", ref=sha256)
        return taille

    def contenus(self) -> Iterator[str]:
        """Every SHA-256 in the store, in order."""
        with _fautes(self._objets):
            for dossier in sorted(Path(self._objets).iterdir()):
                for nom in sorted(entree.name for entree in os.scandir(dossier)):
                    yield dossier.name + nom

    def nettoyer(self) -> int:
        """At start, under the daemon's lock: drop what a dead process left half-written."""
        with _fautes(self._brouillons):
            restes = list(Path(self._brouillons).iterdir())
            for reste in restes:
                reste.unlink(missing_ok=True)
            return len(restes)

    def _brouillon(self) -> _Brouillon:
        chemin = f"{self._brouillons}/{os.getpid()}-{next(self._numeros)}"
        return _Brouillon(chemin, os.open(chemin, _CREER, 0o444))

    def _lier(self, source: Path, connue: Empreinte | None) -> Empreinte:
        with _fautes(source), source.open("rb", buffering=0) as entree:
            trouvee = connue or _lire(entree)
            if os.fstat(entree.fileno()).st_size != trouvee.taille:
                raise IntegrityError("le fichier a changé depuis son écriture", ref=str(source))
            dossier, nom = self._adresse(trouvee)
            place = Path(dossier, nom)
            if not _deja(f"{dossier}/{nom}", trouvee):
                os.fsync(entree.fileno())
                self._preparer(dossier)
                try:
                    place.hardlink_to(source)
                except FileExistsError:
                    return trouvee
                except OSError:  # another file system: a copy does as well
                    return self.ranger_tous([source])[0]
                place.chmod(0o444)
                _synchroniser(dossier)
        return trouvee

    def _nommer(self, brouillons: Sequence[_Brouillon]) -> list[Empreinte]:
        """Sync all, name all, sync the folders."""
        neufs: list[tuple[_Brouillon, str, str]] = []
        empreintes: list[Empreinte] = []
        with _fautes(self._objets):
            for brouillon in brouillons:
                if brouillon.empreinte is not None:  # always: it was written just before
                    empreintes.append(brouillon.empreinte)
                    dossier, nom = self._adresse(brouillon.empreinte)
                    if not _deja(f"{dossier}/{nom}", brouillon.empreinte):
                        neufs.append((brouillon, dossier, nom))
            for brouillon, _, _ in neufs:
                os.fsync(brouillon.descripteur)
            for brouillon, dossier, nom in neufs:
                self._preparer(dossier)
                os.rename(brouillon.chemin, f"{dossier}/{nom}")  # noqa: PTH104
            for dossier in {dossier for _, dossier, _ in neufs}:
                _synchroniser(dossier)
        return empreintes

    def _adresse(self, trouvee: Empreinte) -> tuple[str, str]:
        debut, nom = _place(trouvee.sha256)
        return f"{self._objets}/{debut}", nom

    def _preparer(self, dossier: str) -> None:
        if dossier in self._dossiers:
            return
        try:
            os.mkdir(dossier)  # noqa: PTH102
            _synchroniser(self._objets)
        except FileExistsError:
            pass
        self._dossiers.add(dossier)


def empreinte(contenu: bytes) -> Empreinte:
    """Both digests and the size of bytes in memory."""
    sha1 = hashlib.sha1(contenu, usedforsecurity=False).hexdigest()
    return Empreinte(hashlib.sha256(contenu).hexdigest(), sha1, len(contenu))


def empreinte_fichier(chemin: Path) -> Empreinte:
    """Both digests and the size of a file, in one pass.

    Raises:
        RessourceError: it cannot be read.
    """
    with _fautes(chemin), chemin.open("rb", buffering=0) as entree:
        return _lire(entree)


def _place(sha256: str) -> tuple[str, str]:
    if len(sha256) != 64 or not _HEX.issuperset(sha256):
        raise IntegrityError("ce n'est pas une empreinte SHA-256", ref=sha256)
    return sha256[:2], sha256[2:]


def _deja(place: str, attendue: Empreinte) -> bool:
    try:
        taille = os.stat(place).st_size  # noqa: PTH116
    except FileNotFoundError:
        return False
    if taille != attendue.taille:
        raise IntegrityError(
            f"un objet de {taille} octets tient déjà la place d'un de {attendue.taille}",
            ref=attendue.sha256,
        )
    return True


def _lire(entree: BinaryIO) -> Empreinte:
    return _parcourir(entree, None)


def _copier(entree: BinaryIO, brouillon: _Brouillon) -> None:
    brouillon.empreinte = _parcourir(entree, brouillon.descripteur)


def _parcourir(entree: BinaryIO, sortie: int | None) -> Empreinte:
    sha256, sha1 = hashlib.sha256(), hashlib.sha1(usedforsecurity=False)
    taille = 0
    while morceau := entree.read(_MORCEAU):
        sha256.update(morceau)
        sha1.update(morceau)
        taille += len(morceau)
        if sortie is not None:
            _ecrire(sortie, morceau)
    return Empreinte(sha256.hexdigest(), sha1.hexdigest(), taille)


def _ecrire(sortie: int, contenu: bytes) -> None:
    vue = memoryview(contenu)
    while vue:
        vue = vue[os.write(sortie, vue) :]


def _abandonner(brouillons: Sequence[_Brouillon]) -> None:
    """Close all; what was not named goes away."""
    for brouillon in brouillons:
        os.close(brouillon.descripteur)
        with suppress(OSError):
            os.unlink(brouillon.chemin)  # noqa: PTH108


def _synchroniser(dossier: str) -> None:
    descripteur = os.open(dossier, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descripteur)
    finally:
        os.close(descripteur)


@contextmanager
def _fautes(chemin: Path | str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RessourceError(
            f"coffre : {error.strerror or error} ({error.filename or chemin})", ref=str(chemin)
        ) from error
