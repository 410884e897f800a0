"""Processes of the end-to-end tests: the daemon or a command, and the simulated DGFiP.

They are started from one process that has already imported the house (`forkserver`): each is a
process of its own, killed by its own number, but it does not pay two seconds of imports.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from vaguemestre.wiring import EXEMPLE_MOT_DE_PASSE

SECRETS = {
    "VAGUEMESTRE_DEMO_P12": EXEMPLE_MOT_DE_PASSE,
    "VAGUEMESTRE_SIMULATEUR_MOT_DE_PASSE": "repetition",
}

_usine = multiprocessing.get_context("forkserver")
_usine.set_forkserver_preload(["vaguemestre.daemon.demon", "vaguemestre.simulators.controle"])


def attendre(condition: Callable[[], Any], delai: float = 30.0, quoi: str = "") -> Any:
    """Look twenty times a second until it is so, and give what was seen; fails after `delai` s."""
    fin = time.monotonic() + delai
    while not (vu := condition()):
        assert time.monotonic() < fin, f"rien n'est venu en {delai} s : {quoi or condition}"
        time.sleep(0.05)
    return vu


def _vivre(commande: str, argv: list[str], environ: dict[str, str], journal: str) -> None:
    """Body of a process: one command line, its output in a file."""
    sortie = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(sortie, 1)
    os.dup2(sortie, 2)
    os.environ.update(environ)
    if commande == "vaguemestre":
        from vaguemestre import cli

        sys.exit(cli.main(argv))
    from vaguemestre.simulators import __main__ as simulateurs

    sys.exit(simulateurs.main(argv))


class Processus:
    """One running command."""

    def __init__(
        self, commande: str, argv: list[str], journal: Path, environ: Mapping[str, str]
    ) -> None:
        self.journal = journal
        self._processus = _usine.Process(
            target=_vivre, args=(commande, argv, {**SECRETS, **environ}, str(journal))
        )
        self._processus.start()

    @property
    def vit(self) -> bool:
        return self._processus.is_alive()

    @property
    def pid(self) -> int:
        assert self._processus.pid is not None
        return self._processus.pid

    def signaler(self, signal_: signal.Signals) -> None:
        os.kill(self.pid, signal_)

    def finir(self, delai: float = 20.0) -> int:
        """Wait for the end; the exit code, negative for a signal."""
        self._processus.join(delai)
        code = self._processus.exitcode
        assert code is not None, f"encore là après {delai} s : {self.dit()}"
        return code

    def terminer(self) -> int:
        """SIGTERM, then the exit code."""
        if self.vit:
            self.signaler(signal.SIGTERM)
        return self.finir()

    def tuer(self) -> int:
        """SIGKILL."""
        if self.vit:
            self.signaler(signal.SIGKILL)
        return self.finir()

    def dit(self) -> str:
        return self.journal.read_text("utf-8", "replace") if self.journal.exists() else ""


class Dgfip:
    """The simulated DGFiP in its process; a restart keeps its folder, its rules and its port."""

    def __init__(self, dossier: Path, regles: Mapping[str, Any] | None = None) -> None:
        self.racine = dossier
        self._regles = dossier.with_suffix(".json")
        self.port = 0
        self.regler(regles or {})
        self.ouvrir()

    def regler(self, regles: Mapping[str, Any]) -> None:
        """New rules; they hold from the next start on."""
        self._regles.write_text(json.dumps(regles), "utf-8")

    def ouvrir(self) -> None:
        journal = self.racine.with_suffix(".log")
        journal.unlink(missing_ok=True)
        argv = ["dgfip", "--racine", str(self.racine), "--port", str(self.port)]
        self.processus = Processus(
            "simulateur", [*argv, "--regles", str(self._regles)], journal, {}
        )
        attendre(lambda: '"pret"' in self.processus.dit() or not self.processus.vit)
        annonce = json.loads(self.processus.dit().splitlines()[0])
        self.port, self.hotes_connus = int(annonce["port"]), str(annonce["hotes_connus"])

    def fermer(self) -> None:
        assert self.processus.terminer() == 0, self.processus.dit()

    def rouvrir(self, regles: Mapping[str, Any]) -> None:
        """Stop, take other rules, start again on the same port."""
        self.fermer()
        self.regler(regles)
        self.ouvrir()

    def registre(self) -> list[dict[str, Any]]:
        """One entry per file taken."""
        chemin = self.racine / "registre.jsonl"
        lignes = chemin.read_text("utf-8").splitlines() if chemin.exists() else []
        return [json.loads(ligne) for ligne in lignes]

    def noms(self) -> list[str]:
        return [str(entree["nom"]) for entree in self.registre()]

    def recu(self, nom: str) -> bytes:
        """The bytes that were taken under a name."""
        (chemin,) = (self.racine / "recus").glob(f"*~{nom}")
        return chemin.read_bytes()

    def jamais_deux_fois(self) -> bool:
        """Did every content, and every name, come once?"""
        entrees = self.registre()
        contenus = {entree["empreinte"] for entree in entrees}
        noms = {entree["nom"] for entree in entrees}
        return len(entrees) == len(contenus) == len(noms)
