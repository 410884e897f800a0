"""A file of 95 MB, valid or with a thousand errors, in less than 100 MB of memory."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.pes_check import fabrique as f

SONDE = """
import sys
from pathlib import Path
from vaguemestre.pes.examen import examiner
from vaguemestre.pes.schema import charger
examen = examiner(Path(sys.argv[1]), schemas=charger("5.30"))
xsd = [a for a in examen.anomalies if a.regle.startswith("xsd.ville")]
print(examen.verdict, len(xsd), len({a.chemin for a in xsd}),
      int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) // 1024)
"""


@pytest.mark.lent
@pytest.mark.parametrize("fautes", [0, 1000])
def test_memory_stays_under_100_mb(fautes: int, tmp_path: Path) -> None:
    chemin = tmp_path / "gros.xml"
    hasard = random.Random(7)  # noqa: S311 - test data
    pdf = (
        b"%PDF-1.4\n" + hasard.randbytes(30_000) + b"\nstartxref\n9\n%%EOF\n" for _ in range(2200)
    )
    f.gros(chemin, pdf, bordereaux=20, mandats=110)
    assert chemin.stat().st_size > 90_000_000
    if fautes:
        octets = chemin.read_bytes()
        chemin.write_bytes(re.sub(b'<Ville V="NOUMEA"/>', b'<Ville V=""/>', octets, count=fautes))
    sortie = subprocess.run(
        [sys.executable, "-c", SONDE, str(chemin)],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": "src"},
        cwd=Path(__file__).resolve().parents[3],
    ).stdout.split()
    assert sortie[0] == ("rejete" if fautes else "accepte")
    assert sortie[1:3] == [str(fautes), str(fautes)]
    assert int(sortie[3]) < 100
