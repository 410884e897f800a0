"""`check` of one PES starts at once: what it does not need is not loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.unit.pes_check import fabrique as f

RACINE = Path(__file__).resolve().parents[3]
SONDE = """
import sys
from vaguemestre.cli import main
code = main(["check", sys.argv[1], "--json"])
lourds = ("openpyxl", "pydantic", "sqlalchemy", "jinja2", "fpdf", "paramiko", "cryptography",
          "vaguemestre.config.sections", "vaguemestre.intake", "vaguemestre.simulators")
print(code, *[m for m in lourds if m in sys.modules], file=sys.stderr)
"""


def test_one_pes_needs_neither_configuration_nor_spreadsheets(tmp_path: Path) -> None:
    (tmp_path / "pes.xml").write_bytes(f.pes())
    dit = subprocess.run(
        [sys.executable, "-c", SONDE, str(tmp_path / "pes.xml")],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(RACINE / "src")},
        timeout=60,
    )
    assert dit.stderr.split() == ["0"]
