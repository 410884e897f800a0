"""The team of a daemon hears it, or is ended: nothing waits for a process that does not listen."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from vaguemestre.config.sections import Configuration
from vaguemestre.daemon.equipe import Equipe


def test_un_sourd_ne_retient_personne(tmp_path: Path) -> None:
    """Stopped by the system, it takes no word: the daemon goes on, and its end still reaches it."""
    equipe = Equipe(Configuration(racine=tmp_path), 1, None)
    equipe.completer(time.monotonic())
    (sourd,) = equipe.processus
    os.kill(sourd, signal.SIGSTOP)
    try:
        for _ in range(200_000):  # more than any pipe holds
            equipe.reveiller()
        equipe.arreter()
    finally:
        os.kill(sourd, signal.SIGCONT)
    equipe.attendre()
    assert not list(equipe.processus)


def test_personne_avant_l_heure(tmp_path: Path) -> None:
    """One that dies is replaced, but not at once: what cannot start must not start for ever."""
    equipe = Equipe(Configuration(racine=tmp_path), 1, None)
    equipe.completer(0.0)
    (premier,) = equipe.processus
    os.kill(premier, signal.SIGKILL)
    while not equipe.morts():
        time.sleep(0.01)
    equipe.completer(1.0)
    assert not list(equipe.processus)
    equipe.completer(6.0)
    (second,) = equipe.processus
    assert second != premier
    equipe.arreter()
    os.kill(second, signal.SIGTERM)
    equipe.attendre()
