"""A simulated DGFiP in a thread of the test, with its faults within reach."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from vaguemestre.simulators.guichet import Controle, Guichet
from vaguemestre.simulators.regles import Regles
from vaguemestre.simulators.serveur import Simulateur
from vaguemestre.transport.sftp import Acces


class EnFil:
    """The simulator's loop in its own thread; `arreter` and `demarrer` as a partner would."""

    def __init__(self, racine: Path, regles: Regles, controle: Controle | None = None) -> None:
        self.guichet = Guichet(racine, regles, controle)
        self.simulateur = Simulateur(
            self.guichet, utilisateur="vaguemestre", mot_de_passe="repetition"
        )
        self._boucle = asyncio.new_event_loop()
        self._fil = threading.Thread(target=self._boucle.run_forever)
        self._fil.start()
        self._attendre(self.simulateur.start())

    def _attendre(self, travail: object) -> None:
        asyncio.run_coroutine_threadsafe(travail, self._boucle).result(20)  # type: ignore[arg-type]

    def fermer(self) -> None:
        self._attendre(self.simulateur.stop())
        self._boucle.call_soon_threadsafe(self._boucle.stop)
        self._fil.join()
        self._boucle.close()

    @property
    def acces(self) -> Acces:
        return Acces(
            hote="127.0.0.1",
            port=self.simulateur.port,
            utilisateur="vaguemestre",
            mot_de_passe="repetition",
            hotes_connus=self.simulateur.hotes_connus,
            delai=10,
        )

    def recus(self, nom: str) -> list[bytes]:
        """Every copy of a name that the partner took."""
        dossier = self.guichet.racine / "recus"
        chemins = sorted(p for p in dossier.iterdir() if p.name.partition("~")[2] == nom)
        return [chemin.read_bytes() for chemin in chemins]

    def registre(self) -> list[dict[str, object]]:
        texte = (self.guichet.racine / "registre.jsonl").read_text("utf-8")
        return [json.loads(ligne) for ligne in texte.splitlines()]


@contextmanager
def simulateur(
    racine: Path, regles: Regles | None = None, controle: Controle | None = None
) -> Iterator[EnFil]:
    en_fil = EnFil(racine, regles or Regles(controle=False), controle)
    try:
        yield en_fil
    finally:
        en_fil.fermer()


def patienter(condition: Callable[[], object], secondes: float = 10) -> None:
    """Wait until it is so; fails when it never is."""
    fin = time.monotonic() + secondes
    while not condition():
        assert time.monotonic() < fin, "rien n'est venu à temps"
        time.sleep(0.01)
