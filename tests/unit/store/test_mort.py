"""SIGKILL at any moment: what was said to be recorded is there, whole, and nothing else is."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.unit.store.atelier import base_neuve, journal_de, signataire_de
from vaguemestre.audit.verification import verifier
from vaguemestre.store.lecture import lecture
from vaguemestre.store.registre import Registre

_PROGRAMME = """
import sys
from pathlib import Path
from tests.unit.store.atelier import base_neuve, expedier, journal_de, preparer
with base_neuve(Path(sys.argv[1])) as base:
    journal, premier = journal_de(base), int(sys.argv[2])
    for numero in range(premier, premier + 100_000):
        preparer(journal, f"F{numero}", numero, "pes")
        expedier(journal, f"F{numero}", "pes")
        print(numero, flush=True)
"""


def _tuer(dossier: Path, premier: int, delai: float) -> list[int]:
    """Let it work for `delai` seconds after its first flux, kill it; the numbers it had said."""
    racine = Path(__file__).resolve().parents[3]
    with subprocess.Popen(
        [sys.executable, "-c", _PROGRAMME, str(dossier), str(premier)],
        env={"PYTHONPATH": f"{racine / 'src'}:{racine}"},
        stdout=subprocess.PIPE,
        text=True,
    ) as processus:
        assert processus.stdout is not None
        dits = [processus.stdout.readline()]
        time.sleep(delai)
        processus.kill()
        dits.extend(processus.stdout.readlines())
    return [int(dit) for dit in dits if dit.endswith("\n")]


@pytest.mark.parametrize("delai", [0.0, 0.013, 0.05])
def test_tue_puis_repris(tmp_path: Path, delai: float) -> None:
    dits = _tuer(tmp_path, 0, delai)
    suite = _tuer(tmp_path, 1_000_000, delai)
    assert dits
    assert suite
    with base_neuve(tmp_path) as base:
        registre = Registre(base)
        for numero in dits + suite:
            vu = registre.flux(f"F{numero}")
            assert vu is not None
            assert vu.etat.value == "EXPEDIE"
        journal_de(base).point(signataire_de().point)
        with lecture(base) as vue:
            rapport = verifier(vue, signataire_de().verificateur)
    assert rapport.ecarts == ()
    assert rapport.entrees >= 6 * len(dits + suite)
