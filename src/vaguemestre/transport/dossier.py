"""A partner reached through a folder: a mounted share, or the folder another gateway polls.

Same names, same cases and same proofs as SFTP (`depose.py`); every file is synced to disk before
it is renamed, and the folder after.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from vaguemestre.errors import (
    ExchangeInterruptedError,
    ExchangeRefusedError,
    ExchangeUncertainError,
    RessourceError,
)
from vaguemestre.ports import Colis, Recu
from vaguemestre.transport.depose import (
    BLOC,
    Progres,
    deposer,
    garder_statut,
    progres_initial,
)
from vaguemestre.transport.nommage import attend_retrait, nom_simple

_REFUS = {errno.EACCES, errno.EPERM, errno.EROFS, errno.EISDIR, errno.ENAMETOOLONG}


class DossierTransport:
    """`ports.Transport` over two local folders.

    `partie`: write `NOM.part` and rename; false where the partner reads names at once.
    `effacer_retrait`: `remove` really removes; false where the partner removes by itself.
    `simulateur`: lets an INDIGO layout through that nobody validated.
    """

    def __init__(
        self,
        depot: Path,
        retrait: Path,
        *,
        simulateur: bool = False,
        partie: bool = True,
        effacer_retrait: bool = False,
    ) -> None:
        self._boite = BoiteDossier(depot)
        self._retrait = retrait
        self._simulateur = simulateur
        self._partie = partie
        self._effacer_retrait = effacer_retrait
        self._progres: dict[tuple[str, str], Progres] = {}

    def send(self, colis: Colis, intention: Callable[[], None], deja_tente: bool) -> Recu:
        garder_statut(colis, self._simulateur)
        cle = (colis.nom, colis.empreinte.sha256)
        progres = self._progres.setdefault(cle, progres_initial(deja_tente))
        try:
            recu = deposer(self._boite, colis, intention, progres, partie=self._partie)
        except ExchangeUncertainError:
            # Only a person or the acquit knows more: what they say starts from nothing.
            self._progres.pop(cle, None)
            raise
        self._progres.pop(cle, None)
        return recu

    def names(self) -> frozenset[str]:
        with _fautes(self._retrait):
            entrees = [e for e in os.scandir(self._retrait) if e.is_file(follow_symlinks=False)]
        return frozenset(e.name for e in entrees if attend_retrait(e.name))

    def fetch(self, name: str, vers: Path) -> None:
        with _fautes(self._retrait, name), (self._retrait / nom_simple(name)).open("rb") as source:
            recevoir(iter(lambda: source.read(BLOC), b""), vers)

    def remove(self, name: str) -> None:
        if self._effacer_retrait:
            with _fautes(self._retrait, name):
                (self._retrait / nom_simple(name)).unlink(missing_ok=True)

    def close(self) -> None:
        """Nothing is held open between two calls."""


class BoiteDossier:
    """`depose.Boite` over one local folder."""

    def __init__(self, dossier: Path) -> None:
        self._dossier = dossier

    def taille(self, nom: str) -> int | None:
        with _fautes(self._dossier, nom):
            if not self._dossier.is_dir():
                raise ExchangeInterruptedError(
                    f"le dossier du partenaire est absent : {self._dossier} (partage démonté ?)"
                )
            try:
                return (self._dossier / nom).stat().st_size
            except FileNotFoundError:
                return None

    def lire(self, nom: str) -> Iterator[bytes] | None:
        with _fautes(self._dossier, nom):
            try:
                source = (self._dossier / nom).open("rb")
            except (PermissionError, FileNotFoundError):
                return None
        return self._blocs(source, nom)

    def _blocs(self, source: BinaryIO, nom: str) -> Iterator[bytes]:
        with source, _fautes(self._dossier, nom):
            yield from iter(lambda: source.read(BLOC), b"")

    def ecrire(
        self, nom: str, source: BinaryIO, depuis: int, ecrit: Callable[[], None] | None
    ) -> None:
        with (
            _fautes(self._dossier, nom),
            (self._dossier / nom).open("r+b" if depuis else "wb") as cible,
        ):
            cible.seek(depuis)
            cible.truncate()
            shutil.copyfileobj(source, cible, 1 << 20)
            cible.flush()
            os.fsync(cible.fileno())
            if ecrit is not None:
                ecrit()

    def renommer(self, de: str, vers: str) -> bool:
        with _fautes(self._dossier, vers):
            try:
                (self._dossier / de).rename(self._dossier / vers)
            except FileNotFoundError:
                return False
            synchroniser(self._dossier)
        return True

    def effacer(self, nom: str) -> None:
        with _fautes(self._dossier, nom):
            (self._dossier / nom).unlink(missing_ok=True)


def recevoir(octets: Iterator[bytes], vers: Path) -> None:
    """Write a received file whole and synced, then give it its name; half a file never shows.

    Raises:
        RessourceError: our own disk refuses.
    """
    cache = vers.with_name(f".{vers.name}.recu")
    try:
        with _disque(cache), cache.open("wb") as cible:
            for bloc in octets:
                cible.write(bloc)
            cible.flush()
            os.fsync(cible.fileno())
        with _disque(vers):
            cache.rename(vers)
            synchroniser(vers.parent)
    finally:
        with suppress(OSError):
            cache.unlink(missing_ok=True)


def synchroniser(dossier: Path) -> None:
    """Make a rename durable."""
    descripteur = os.open(dossier, os.O_RDONLY)
    try:
        os.fsync(descripteur)
    finally:
        os.close(descripteur)


@contextmanager
def _disque(chemin: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RessourceError(f"écriture impossible : {chemin} ({error.strerror})") from error


@contextmanager
def _fautes(dossier: Path, nom: str = "") -> Iterator[None]:
    """OSError of the partner's folder, told apart by who acts next."""
    try:
        yield
    except OSError as error:
        quoi = f"{nom} : " if nom else ""
        if error.errno in _REFUS:
            raise ExchangeRefusedError(
                f"{quoi}le dossier {dossier} refuse l'accès ({error.strerror}) ; l'exploitant "
                "vérifie les droits du compte du service",
                ref=nom,
            ) from error
        raise ExchangeInterruptedError(
            f"{quoi}le dossier {dossier} ne répond pas ({error.strerror})", ref=nom
        ) from error
