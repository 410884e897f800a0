"""One key, one holder: among threads, among processes, and whatever a holder dies of."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from vaguemestre.engine.verrous import PARTAGEABLES, Verrous
from vaguemestre.errors import RessourceError

pytestmark = pytest.mark.skipif(not PARTAGEABLES, reason="pas de verrous partageables ici")
_usine = multiprocessing.get_context("spawn")


def compter(fichier: Path, compte: Path, tours: int) -> None:
    """Read, wait, write: two at a time would lose counts."""
    verrous = Verrous(fichier)
    for _ in range(tours):
        with verrous.pour("compte"), verrous.pour("compte"):
            lu = int(compte.read_text("ascii"))
            time.sleep(0.001)
            compte.write_text(str(lu + 1), "ascii")


def tenir(fichier: Path, cle: str, dire: Connection) -> None:
    with Verrous(fichier).pour(cle):
        dire.send("tenu")
        time.sleep(60)


def test_entre_processus_et_fils(tmp_path: Path) -> None:
    fichier, compte = tmp_path / "verrous", tmp_path / "compte"
    compte.write_text("0", "ascii")
    autres = [_usine.Process(target=compter, args=(fichier, compte, 50)) for _ in range(2)]
    fils = [threading.Thread(target=compter, args=(fichier, compte, 50)) for _ in range(2)]
    for un in (*autres, *fils):
        un.start()
    for un in (*autres, *fils):
        un.join(60)
    assert compte.read_text("ascii") == "200"


def test_un_mort_ne_tient_rien(tmp_path: Path) -> None:
    fichier = tmp_path / "verrous"
    ici, la = _usine.Pipe()
    autre = _usine.Process(target=tenir, args=(fichier, "a", la))
    autre.start()
    assert ici.recv() == "tenu"
    verrous = Verrous(fichier)
    with verrous.pour("b", 0):
        pass
    for patience in (0, 0.05):
        with pytest.raises(RessourceError, match="« a »"), verrous.pour("a", patience):
            raise AssertionError("tenu par deux")
    assert autre.pid is not None
    os.kill(autre.pid, signal.SIGKILL)
    with verrous.pour("a"):
        autre.join(10)
    assert autre.exitcode == -signal.SIGKILL


def test_une_faute_libere(tmp_path: Path) -> None:
    verrous, autres = Verrous(tmp_path / "verrous"), Verrous(tmp_path / "verrous")
    with pytest.raises(KeyError), verrous.pour("a"):
        raise KeyError("a")
    with autres.pour("a", 0), pytest.raises(RessourceError), verrous.pour("a", 0):
        raise AssertionError("tenu par deux")
    verrous.fermer()
    autres.fermer()
