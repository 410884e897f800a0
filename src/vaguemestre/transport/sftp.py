"""SFTP: a pool of sessions (`seance.py`) under the cases of a deposit (`depose.py`).

Sessions are kept open and reused: one connection per thread that is busy at the same moment. A
line that was cut is taken up again at once, a few times, because only this process remembers
whether the rename was asked for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TypeVar

from vaguemestre.errors import ConfigurationError, ExchangeUncertainError
from vaguemestre.ports import Colis, Recu
from vaguemestre.transport.depose import (
    Progres,
    deposer,
    garder_boucle,
    garder_statut,
    progres_initial,
)
from vaguemestre.transport.dossier import recevoir
from vaguemestre.transport.nommage import attend_retrait, nom_simple
from vaguemestre.transport.seance import Acces, CoupureError, Session, ouvrir

__all__ = ["Acces", "SftpTransport"]

_REPRISES = 3
T = TypeVar("T")


class SftpTransport:
    """`ports.Transport` over SFTP; safe to share between threads.

    `depot` and `retrait` are remote folders. `partie`: write `NOM.part` and rename; must be false
    for Passtrans, where the name is the message. `effacer_retrait`: `remove` really removes.
    """

    def __init__(
        self,
        acces: Acces,
        *,
        depot: str = "depot",
        retrait: str = "retrait",
        partie: bool = True,
        effacer_retrait: bool = False,
        simulateur: bool = False,
    ) -> None:
        if simulateur:
            garder_boucle(acces.hote)
        if not acces.hote or not acces.utilisateur:
            raise ConfigurationError("partenaire SFTP : « hote » et « utilisateur » sont exigés")
        if not acces.mot_de_passe and acces.cle is None:
            raise ConfigurationError("partenaire SFTP : « mot_de_passe » ou « cle » est exigé")
        self._acces = acces
        self._depot, self._retrait = depot.rstrip("/"), retrait.rstrip("/")
        self._partie, self._effacer_retrait = partie, effacer_retrait
        self._simulateur = simulateur
        self._libres: list[Session] = []
        self._verrou = threading.Lock()
        self._progres: dict[tuple[str, str], Progres] = {}

    def send(self, colis: Colis, intention: Callable[[], None], deja_tente: bool) -> Recu:
        """See `depose.deposer` for every case and every mode of the receipt."""
        garder_statut(colis, self._simulateur)
        cle = (colis.nom, colis.empreinte.sha256)
        progres = self._progres.setdefault(cle, progres_initial(deja_tente))

        def essai(session: Session) -> Recu:
            boite = _BoiteSftp(session, self._depot)
            return deposer(boite, colis, intention, progres, partie=self._partie)

        try:
            recu = self._avec_reprise(essai)
        except ExchangeUncertainError:
            # Only a person or the acquit knows more: what they say starts from nothing.
            self._progres.pop(cle, None)
            raise
        self._progres.pop(cle, None)
        return recu

    def names(self) -> frozenset[str]:
        """Plain files of the outbox, half-written ones left out."""

        def essai(session: Session) -> frozenset[str]:
            return frozenset(nom for nom in session.fichiers(self._retrait) if attend_retrait(nom))

        return self._avec_reprise(essai)

    def fetch(self, name: str, vers: Path) -> None:
        """The remote file is closed only when ours is durable: some partners remove it then."""
        chemin = _joindre(self._retrait, nom_simple(name))

        def essai(session: Session) -> None:
            with session.lire(chemin) as octets:
                recevoir(octets, vers)

        self._avec_reprise(essai)

    def remove(self, name: str) -> None:
        chemin = _joindre(self._retrait, nom_simple(name))
        if self._effacer_retrait:
            self._avec_reprise(lambda session: session.effacer(chemin))

    def close(self) -> None:
        with self._verrou:
            libres, self._libres = self._libres, []
        for session in libres:
            session.fermer()

    def _avec_reprise(self, essai: Callable[[Session], T]) -> T:
        """Again on a new session when the line was cut: it may have died while it was idle."""
        for _ in range(_REPRISES - 1):
            try:
                with self._session() as session:
                    return essai(session)
            except CoupureError:
                continue
        with self._session() as session:
            return essai(session)

    @contextmanager
    def _session(self) -> Iterator[Session]:
        with self._verrou:
            session = self._libres.pop() if self._libres else None
        session = session or ouvrir(self._acces)
        sain = False
        try:
            yield session
            sain = True
        finally:
            # After any failure replies may still be on their way: the session is not used again.
            if sain:
                with self._verrou:
                    self._libres.append(session)
            else:
                session.fermer()


class _BoiteSftp:
    """`depose.Boite` over one session: the same calls, inside the deposit folder."""

    def __init__(self, session: Session, dossier: str) -> None:
        self._session, self._dossier = session, dossier

    def taille(self, nom: str) -> int | None:
        return self._session.taille(_joindre(self._dossier, nom))

    def lire(self, nom: str) -> Iterator[bytes] | None:
        chemin = _joindre(self._dossier, nom)
        if not self._session.lisible(chemin):
            return None
        return self._octets(chemin)

    def _octets(self, chemin: str) -> Iterator[bytes]:
        with self._session.lire(chemin) as octets:
            yield from octets

    def ecrire(
        self, nom: str, source: BinaryIO, depuis: int, ecrit: Callable[[], None] | None
    ) -> None:
        self._session.ecrire(_joindre(self._dossier, nom), source, depuis, ecrit)

    def renommer(self, de: str, vers: str) -> bool:
        return self._session.renommer(_joindre(self._dossier, de), _joindre(self._dossier, vers))

    def effacer(self, nom: str) -> None:
        self._session.effacer(_joindre(self._dossier, nom))


def _joindre(dossier: str, nom: str) -> str:
    return f"{dossier}/{nom}" if dossier else nom
