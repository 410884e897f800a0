"""DOOR. The processes that work beside the daemon's own: started, woken, ended, replaced.

An interpreter does one thing at a time; two of them do twice as much. Each inherits the lock of
the folder, so that no second daemon comes as long as one of them lives, and each dies with the
daemon: its standard input is a pipe that the system closes, whatever the daemon died of.
"""

from __future__ import annotations

import subprocess
import sys

import structlog

from vaguemestre.config.sections import Configuration
from vaguemestre.errors import IntegrityError

REVEIL, FIN = b"r", b"f"
_REPOS = 5.0
"""Seconds before a dead process is replaced: one that cannot start must not fill the log."""
_journal = structlog.get_logger("vaguemestre")


class Equipe:
    """`nombre` helping processes; `verrou`: the descriptor they inherit."""

    def __init__(self, config: Configuration, nombre: int, verrou: int | None) -> None:
        self._mot = config.model_dump_json(by_alias=True).encode() + b"\n"
        self._nombre = nombre
        self._verrous = () if verrou is None else (verrou,)
        self._processus: list[subprocess.Popen[bytes]] = []
        self._depuis = float("-inf")
        self._fatale = False
        self._fin = False

    def completer(self, maintenant: float) -> None:
        """Start those that are missing. `maintenant`: any clock in seconds that goes forward."""
        manquants = self._nombre - len(self._processus)
        if self._fin or manquants <= 0 or maintenant - self._depuis < _REPOS:
            return
        self._depuis = maintenant
        for _ in range(manquants):
            self._processus.append(self._lancer())

    def _lancer(self) -> subprocess.Popen[bytes]:
        # The daemon's own program with another first module: nothing in it comes from outside.
        processus = subprocess.Popen(
            [sys.executable, "-m", "vaguemestre.daemon.ouvrier"],
            stdin=subprocess.PIPE,
            pass_fds=self._verrous,
            # Ctrl-C in a terminal is for the daemon, which then ends its team.
            process_group=0,
        )
        _dire(processus, self._mot)
        return processus

    def reveiller(self) -> None:
        """Work was added."""
        for processus in self._processus:
            _dire(processus, REVEIL)

    def morts(self) -> bool:
        """Has one ended by itself since the last call? It is said, and forgotten.

        Raises:
            IntegrityError: it met evidence that no longer matches.
        """
        morts = [p for p in self._processus if p.poll() is not None]
        for processus in morts:
            self._processus.remove(processus)
            self._fatale = self._fatale or processus.returncode == IntegrityError.exit_code
            if not self._fin:
                _journal.error("ouvrier.mort", processus=processus.pid, code=processus.returncode)
        if self._fatale:
            raise IntegrityError("un processus ouvrier a vu une preuve qui ne correspond plus")
        return bool(morts)

    def arreter(self) -> None:
        """Ask for the end: steps in hand are finished, runs are handed back."""
        self._fin = True
        for processus in self._processus:
            _dire(processus, FIN)

    def attendre(self) -> None:
        """Wait for all to end.

        Raises:
            IntegrityError: see `morts`.
        """
        for processus in self._processus:
            processus.wait()
        self.morts()


def _dire(processus: subprocess.Popen[bytes], mot: bytes) -> None:
    """One that has just died is seen by `morts`."""
    try:
        if processus.stdin is not None:
            processus.stdin.write(mot)
            processus.stdin.flush()
    except BrokenPipeError:
        return
