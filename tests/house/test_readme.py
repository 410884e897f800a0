"""The README's ten minutes, command by command, as a stranger types them."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from vaguemestre.cli.pages import sommaire
from vaguemestre.simulators.exemples import pdf

RACINE = Path(__file__).resolve().parents[2]
README = (RACINE / "README.md").read_text("utf-8")
ANGLAIS, FRANCAIS = "## Ten minutes to a PES of your own", "## Dix minutes en français"
PATIENCE = 30.0


def section(titre: str) -> str:
    return README.split(titre, 1)[1].split("\n## ", 1)[0]


def commandes(titre: str) -> list[str]:
    """What stands in the shell blocks, one command each, set-up of the machine aside."""
    blocs = re.findall(r"```sh\n(.*?)```", section(titre), re.DOTALL)
    lignes = [ligne.strip() for bloc in blocs for ligne in bloc.splitlines() if ligne.strip()]
    return [
        un for ligne in lignes for un in ligne.split(" && ") if not un.startswith(("make ", ". "))
    ]


def tableau() -> str:
    """The CSV as it is printed."""
    (bloc,) = re.findall(r"```csv\n(.*?)```", section(ANGLAIS), re.DOTALL)
    return "".join(f"{ligne.strip()}\n" for ligne in str(bloc).splitlines())


def taper(commande: str, ou: Path) -> subprocess.CompletedProcess[str]:
    mots = shlex.split(commande)
    if mots[0] == "vaguemestre":
        mots = [sys.executable, "-m", *mots]
    environ = {c: v for c, v in os.environ.items() if not c.startswith("VAGUEMESTRE_")}
    return subprocess.run(
        mots, cwd=ou, env=environ, capture_output=True, text=True, check=False, timeout=60
    )


@contextmanager
def demon(ou: Path) -> Iterator[None]:
    with (ou / "demon.log").open("wb") as journal:
        processus = subprocess.Popen(
            [sys.executable, "-m", "vaguemestre", "run"], cwd=ou, stderr=journal
        )
        try:
            yield
        finally:
            processus.send_signal(signal.SIGTERM)
            code = processus.wait(timeout=30)
    assert code == 0


def patienter(ou: Path, motif: str) -> list[Path]:
    fin = time.monotonic() + PATIENCE
    while time.monotonic() < fin:
        if trouves := list(ou.glob(motif)):
            return trouves
        time.sleep(0.2)
    return []


def test_both_languages_tell_the_same_path() -> None:
    assert commandes(FRANCAIS) == commandes(ANGLAIS)


@pytest.mark.lent
def test_a_stranger_comes_to_a_signed_pes_of_their_own(tmp_path: Path) -> None:
    ou = tmp_path
    for commande in commandes(ANGLAIS):
        if commande.startswith("cd "):
            ou = ou / commande.removeprefix("cd ")
            (ou / "mon-depot").mkdir()
            (ou / "mon-depot" / "mandats.csv").write_text(tableau(), "utf-8")
            (ou / "mon-depot" / "facture.pdf").write_bytes(pdf(["Facture"]))
            continue
        if commande.startswith("cp "):
            with demon(ou):
                assert taper(commande, ou).returncode == 0
                assert patienter(ou, "dgfip/depot/PESALR2_*.xml")
                assert patienter(ou, "echanges/commune/traites/*/rapport.html")
            continue
        fait = taper(commande, ou)
        assert fait.returncode == 0, (commande, fait.stdout, fait.stderr)
    (parti,) = (ou / "dgfip" / "depot").glob("*.xml")
    assert taper(f"vaguemestre verify --strict {parti}", ou).returncode == 0
    assert "EXPEDIE" in taper("vaguemestre flux list", ou).stdout
    assert "EXPEDIE" in taper("vaguemestre flux show F00000001", ou).stdout
    assert taper("vaguemestre audit verify", ou).returncode == 0


def test_every_help_page_it_names_exists() -> None:
    nommees = set(re.findall(r"`(?:vaguemestre )?help (\w+)`", README))
    assert {"depot", "signature", "configuration", "exploitation"} <= nommees
    assert nommees <= sommaire()


def test_every_command_it_names_exists() -> None:
    from vaguemestre.cli import construire

    app = construire()
    for nom in set(re.findall(r"(?:^|`|\s)vaguemestre (?!import )([a-z]+)", README)):
        assert nom in list(app), nom
