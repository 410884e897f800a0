"""DOOR. The processes that work beside the daemon's own: started, woken, ended, replaced.

An interpreter does one thing at a time; two of them do twice as much. Each inherits the lock of
the folder, so that no second daemon comes as long as one of them lives, and each dies with the
daemon: its standard input is a pipe that the system closes, whatever the daemon died of.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress

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
            # No buffer: a signal handler may speak while the daemon is speaking.
            bufsize=0,
            pass_fds=self._verrous,
            # Ctrl-C in a terminal is for the daemon, which then ends its team.
            process_group=0,
        )
        _confier(processus, self._mot)
        return processus

    @property
    def processus(self) -> tuple[int, ...]:
        """The numbers of those at work."""
        return tuple(processus.pid for processus in self._processus)

    def reveiller(self) -> None:
        """Work was added."""
        for processus in tuple(self._processus):
            _dire(processus, REVEIL)

    def morts(self) -> bool:
        """Has one ended by itself since the last call? It is said, and forgotten.

        Raises:
            IntegrityError: it met evidence that no longer matches.
        """
        morts = [p for p in self._processus if p.poll() is not None]
        for processus in morts:
            self._processus.remove(processus)
            if processus.stdin is not None:
                processus.stdin.close()
            self._fatale = self._fatale or processus.returncode == IntegrityError.exit_code
            if not self._fin:
                _journal.error("ouvrier.mort", processus=processus.pid, code=processus.returncode)
        if self._fatale:
            raise IntegrityError("un processus ouvrier a vu une preuve qui ne correspond plus")
        return bool(morts)

    def arreter(self) -> None:
        """Ask for the end: steps in hand are finished, runs are handed back."""
        self._fin = True
        for processus in tuple(self._processus):
            if not _dire(processus, FIN):
                processus.terminate()

    def attendre(self) -> None:
        """Wait for all to end.

        Raises:
            IntegrityError: see `morts`.
        """
        for processus in self._processus:
            processus.wait()
        self.morts()


def _confier(processus: subprocess.Popen[bytes], mot: bytes) -> None:
    """The configuration, whole; from then on nothing waits for a process that does not listen."""
    if processus.stdin is None:
        return
    reste = memoryview(mot)
    with suppress(BrokenPipeError):  # one that dies at once is seen by `morts`
        while reste:
            reste = reste[os.write(processus.stdin.fileno(), reste) :]
    os.set_blocking(processus.stdin.fileno(), False)


def _dire(processus: subprocess.Popen[bytes], mot: bytes) -> bool:
    """False when it could not be told: it is dead (`morts` sees that), or has not listened for so
    long that its pipe is full of words."""
    try:
        return processus.stdin is not None and os.write(processus.stdin.fileno(), mot) > 0
    except (BrokenPipeError, BlockingIOError, ValueError):
        return False
