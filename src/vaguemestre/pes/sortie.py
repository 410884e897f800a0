"""A file on its way to the disk: written, fingerprinted, made durable, then given its name.

SHA-256 costs as much as compressing the PJ, SHA-1 half of it. Small files pay one thread; large
ones have two more, which hash and write while the caller compresses (hashlib, isal and write(2)
release the interpreter's lock).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Self

from typing_extensions import override

from vaguemestre.errors import RessourceError
from vaguemestre.ports import Empreinte

# Under this many bytes starting threads costs more than it gives.
SEUIL_PARALLELE = 4 << 20
_TAMPON = 128 * 1024
# Fewer, larger pieces between threads: each passage costs a wake-up and a turn of the lock.
_TAMPON_PARALLELE = 512 * 1024
_EN_VOL = 12  # pieces between the compressing thread and the slowest other: 6 MB at most


class Puits:
    """Takes bytes in order, writes and hashes them in pieces of a useful size: one thread."""

    tampon = _TAMPON

    def __init__(self, descripteur: int) -> None:
        self._fd = descripteur
        self._sha256, self._sha1 = hashlib.sha256(), hashlib.sha1(usedforsecurity=False)
        self._taille = 0
        self._attente: list[bytes] = []
        self._en_attente = 0

    def ecrire(self, octets: bytes) -> None:
        self._attente.append(octets)
        self._taille += len(octets)
        self._en_attente += len(octets)
        if self._en_attente >= self.tampon:
            self._vider()

    def clore(self, durable: bool) -> Empreinte:
        """All written, on the disk where `durable`, and fingerprinted."""
        self._vider()
        if durable:
            os.fsync(self._fd)
        return self._empreinte()

    def abandonner(self) -> None:
        """Stop whatever works for us."""

    def _empreinte(self) -> Empreinte:
        return Empreinte(self._sha256.hexdigest(), self._sha1.hexdigest(), self._taille)

    def _vider(self) -> None:
        bloc = self._attente[0] if len(self._attente) == 1 else b"".join(self._attente)
        self._attente.clear()
        self._en_attente = 0
        self._passer(bloc)

    def _passer(self, bloc: bytes) -> None:
        self._sha256.update(bloc)
        self._poser(bloc)

    def _poser(self, bloc: bytes) -> None:
        reste = memoryview(bloc)
        while reste:
            reste = reste[os.write(self._fd, reste) :]
        self._sha1.update(bloc)


class _Ouvrier:
    """A thread that applies one function to each piece it is given; keeps its first OSError."""

    def __init__(self, nom: str, faire: Callable[[bytes], object]) -> None:
        self._faire = faire
        self._file: SimpleQueue[bytes | None] = SimpleQueue()
        self._places = threading.Semaphore(_EN_VOL)
        self.panne: OSError | None = None
        self._fil = threading.Thread(target=self._travailler, name=nom, daemon=True)
        self._fil.start()

    def donner(self, bloc: bytes) -> None:
        self._places.acquire()
        if self.panne is not None:
            raise self.panne
        self._file.put(bloc)

    def finir(self) -> None:
        self._file.put(None)
        self._fil.join()

    def _travailler(self) -> None:
        while (bloc := self._file.get()) is not None:
            if self.panne is None:
                try:
                    self._faire(bloc)
                except OSError as error:
                    self.panne = error
            self._places.release()


class PuitsParallele(Puits):
    """Two more threads: one hashes SHA-256, one writes and hashes SHA-1."""

    tampon = _TAMPON_PARALLELE

    def __init__(self, descripteur: int) -> None:
        super().__init__(descripteur)
        self._hacheur = _Ouvrier("pes-sha256", self._sha256.update)
        self._ecrivain = _Ouvrier("pes-disque", self._poser)

    @override
    def clore(self, durable: bool) -> Empreinte:
        self._vider()
        self._ecrivain.finir()
        if self._ecrivain.panne is not None:
            raise self._ecrivain.panne
        if durable:
            os.fsync(self._fd)
        self._hacheur.finir()
        return self._empreinte()

    @override
    def abandonner(self) -> None:
        self._hacheur.finir()
        self._ecrivain.finir()

    @override
    def _passer(self, bloc: bytes) -> None:
        self._hacheur.donner(bloc)
        self._ecrivain.donner(bloc)


class FichierNeuf:
    """Context of a file that gets its name only when it is whole.

    `attendu`: about how many bytes will come; `durable`: fsync of the file and of its folder.

    `empreinte` is there once the context ended well; otherwise nothing is left on the disk.
    """

    def __init__(self, vers: Path, attendu: int, *, durable: bool = True) -> None:
        self.vers, self._grand, self._durable = vers, attendu >= SEUIL_PARALLELE, durable
        self._provisoire = vers.with_name(f".{vers.name}.part")
        self._empreinte: Empreinte | None = None

    @property
    def empreinte(self) -> Empreinte:
        if self._empreinte is None:
            raise RessourceError("le fichier n'est pas encore écrit", ref=str(self.vers))
        return self._empreinte

    def __enter__(self) -> Self:
        with _pannes(self.vers):
            drapeaux = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
            self._fd = os.open(self._provisoire, drapeaux, 0o640)
        self._puits = PuitsParallele(self._fd) if self._grand else Puits(self._fd)
        return self

    def ecrire(self, octets: bytes) -> None:
        try:
            self._puits.ecrire(octets)
        except OSError as error:
            raise _panne(self.vers, error) from error

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                with _pannes(self.vers):
                    self._empreinte = self._puits.clore(self._durable)
                    self._provisoire.replace(self.vers)
        finally:
            if self._empreinte is None:
                self._puits.abandonner()
                self._provisoire.unlink(missing_ok=True)
            os.close(self._fd)
        if kind is None and self._durable:
            with _pannes(self.vers):
                _synchroniser_dossier(self.vers.parent)


@contextlib.contextmanager
def _pannes(vers: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _panne(vers, error) from error


def _panne(vers: Path, error: OSError) -> RessourceError:
    """A full disk or a folder that refuses is a resource fault: the engine retries it."""
    return RessourceError(f"impossible d'écrire {vers.name} : {error.strerror}", ref=str(vers))


def _synchroniser_dossier(dossier: Path) -> None:
    descripteur = os.open(dossier, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descripteur)
    finally:
        os.close(descripteur)
