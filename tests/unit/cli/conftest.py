"""Each test works in its own empty folder, with no configuration but the one it makes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from vaguemestre.cli import main
from vaguemestre.simulators.exemples import depot_mandats


@dataclass(frozen=True, slots=True)
class Dit:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    def json(self) -> object:
        """The one document of stdout; anything else on it fails the test."""
        return json.loads(self.out)


Appel = Callable[..., Dit]


@pytest.fixture(autouse=True)
def seul(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VAGUEMESTRE_CONFIG", raising=False)
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture
def appeler(capsys: pytest.CaptureFixture[str]) -> Appel:
    def appel(*argv: str | Path) -> Dit:
        capsys.readouterr()
        code = main([str(mot) for mot in argv])
        dit = capsys.readouterr()
        return Dit(code, dit.out, dit.err)

    return appel


@pytest.fixture
def depot(tmp_path: Path) -> Path:
    """A good deposit: bordereau 12, two mandats, two PDF."""
    return depot_mandats(
        tmp_path / "mon-depot", bordereau=12, premier=1, nombre=2, date="15/01/2026"
    )


@pytest.fixture
def pes(depot: Path, tmp_path: Path, appeler: Appel) -> Path:
    """The PES of that deposit, unsigned and without MtCumulAnnuel."""
    fait = tmp_path / "mon.xml"
    assert appeler("build", depot, "-o", fait).code == 0
    return fait
