"""What holds for every command: help in French, colours, pipes, exit codes of the last resort."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Appel
from vaguemestre.cli import _SOUS_COMMANDES, TUYAU_ROMPU

COMMANDES = [
    ("init",),
    ("demo",),
    ("run",),
    ("check",),
    ("build",),
    ("sign",),
    ("verify",),
    ("ack",),
    ("doctor",),
    ("help",),
    *((groupe,) for groupe in _SOUS_COMMANDES),
    *((groupe, nom) for groupe, noms in _SOUS_COMMANDES.items() for nom in noms),
]
ANGLAIS = re.compile(
    r"\b(Usage:|default|required|choices|COMMAND|ARGS|PATH|STR|INT|FLOAT|CHOICE|Display|Show)\b"
)


@pytest.mark.parametrize("commande", COMMANDES, ids=" ".join)
def test_every_help_page_is_french_and_fits_a_terminal(
    commande: tuple[str, ...], appeler: Appel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    dit = appeler(*commande, "--help")
    assert dit.code == 0
    assert dit.out.startswith("Usage : vaguemestre")
    assert not ANGLAIS.search(dit.out)
    assert max(len(ligne) for ligne in dit.out.splitlines()) <= 80


def test_no_command_shows_the_help(appeler: Appel) -> None:
    dit = appeler()
    assert dit.code == 0
    for nom, *_ in COMMANDES:
        assert f" {nom} " in dit.out


def test_version(appeler: Appel) -> None:
    dit = appeler("--version")
    assert dit.code == 0
    assert re.fullmatch(r"\d+\.\d+\.\d+\s*", dit.out)


@pytest.mark.parametrize(
    ("argv", "dit_"),
    [
        (("chek",), "« check »"),
        (("flux", "lst"), "« list »"),
        (("check", "--jsn", "x"), "« --json »"),
        (("flux", "list", "--etat", "incertan"), "« incertain »"),
        (("flux", "list", "--limite", "x"), "--limite"),
        (("ack", "a", "b"), "de trop : b"),
        (("ack", "--json", "--json", "a"), "deux fois : --json"),
        (("sign", "a"), "valeur manquante : --output"),
        (("verify",), "valeur manquante : FICHIER"),
        (("sign", "a", "-o", "b", "--xades", "9"), "au choix : 1.1.1, 1.2.2"),
    ],
)
def test_wrong_usage_is_said_with_the_right_word(
    argv: tuple[str, ...], dit_: str, appeler: Appel
) -> None:
    dit = appeler(*argv)
    assert dit.code == 2
    assert dit.out == ""
    assert dit_ in dit.err
    assert not ANGLAIS.search(dit.err)


def executer(*argv: str, **environ: str) -> subprocess.CompletedProcess[bytes]:
    base = {cle: v for cle, v in os.environ.items() if cle not in ("NO_COLOR", "COLUMNS")}
    return subprocess.run(
        [sys.executable, "-m", "vaguemestre", *argv],
        capture_output=True,
        check=False,
        env=base | environ,
        timeout=60,
    )


def test_colours_only_where_they_are_wanted() -> None:
    assert b"\x1b[" in executer("help", "etats", FORCE_COLOR="1").stdout
    assert b"\x1b[3" not in executer("--help", FORCE_COLOR="1", NO_COLOR="1").stdout
    assert b"\x1b[3" not in executer("--no-color", "--help", FORCE_COLOR="1").stdout
    assert b"\x1b[" not in executer("--help").stdout


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    lecteur, ecrivain = os.pipe()
    os.close(lecteur)
    with os.fdopen(ecrivain, "wb") as bouche:
        fini = subprocess.run(
            [sys.executable, "-m", "vaguemestre", "help", "depot"],
            stdout=bouche,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    assert fini.returncode == TUYAU_ROMPU
    assert fini.stderr == b""


def test_a_file_the_system_refuses_is_said_without_traceback(
    depot: Path, tmp_path: Path, appeler: Appel
) -> None:
    trop_long = tmp_path / ("x" * 300 + ".xml")
    dit = appeler("build", depot, "-o", trop_long)
    assert dit.code == 60
    assert "Traceback" not in dit.err
    assert "VGM-600" in dit.err
