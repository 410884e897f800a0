"""The plan of the house is a test: floors, doors, budgets, names."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

RACINE = Path(__file__).resolve().parents[2]
PAQUET = RACINE / "src" / "vaguemestre"
MODULES = sorted(PAQUET.rglob("*.py"))
LIGNES_DU_MODULE = 400
LIGNES_DE_LA_FONCTION = 40
FOURRE_TOUT = {"utils", "util", "helpers", "helper", "common", "misc", "tools"}
Fonction = ast.FunctionDef | ast.AsyncFunctionDef


def nom(module: Path) -> str:
    return str(module.relative_to(PAQUET))


def fonctions(module: Path) -> Iterator[Fonction]:
    for noeud in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(noeud, Fonction):
            yield noeud


def test_no_wall_stands_in_the_wrong_place() -> None:
    fini = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=RACINE,
        env={"PYTHONPATH": str(RACINE / "src"), "PATH": "/usr/bin:/bin", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert fini.returncode == 0, fini.stdout + fini.stderr
    assert "0 broken" in fini.stdout


def test_a_module_holds_in_its_budget() -> None:
    longs = {
        nom(module): lignes
        for module in MODULES
        if (lignes := len(module.read_text("utf-8").splitlines())) > LIGNES_DU_MODULE
    }
    assert longs == {}


def longueur_de(fonction: Fonction) -> int:
    """Lines from `def` to the end, docstring aside."""
    lignes = (fonction.end_lineno or 0) - fonction.lineno + 1
    premiere = fonction.body[0]
    if ast.get_docstring(fonction) is None:
        return lignes
    return lignes - ((premiere.end_lineno or 0) - premiere.lineno + 1)


def test_a_function_holds_in_its_budget() -> None:
    longues = {
        f"{nom(module)}:{fonction.name}": longueur
        for module in MODULES
        for fonction in fonctions(module)
        if (longueur := longueur_de(fonction)) > LIGNES_DE_LA_FONCTION
    }
    assert longues == {}


def test_no_module_is_a_drawer_for_everything() -> None:
    assert not [nom(module) for module in MODULES if module.stem in FOURRE_TOUT]


def test_every_module_says_what_it_is_for() -> None:
    muets = [
        nom(module)
        for module in MODULES
        if module.stat().st_size and not ast.get_docstring(ast.parse(module.read_text("utf-8")))
    ]
    assert muets == []


@pytest.mark.parametrize("mot", ["TO" + "DO", "FIX" + "ME", "raise NotImplemented"])
def test_nothing_is_left_half_done(mot: str) -> None:
    assert not [nom(module) for module in MODULES if mot in module.read_text("utf-8")]


def avale_tout(prise: ast.ExceptHandler) -> bool:
    """Catches anything at all and does not pass it on."""
    attrape = prise.type is None or (
        isinstance(prise.type, ast.Name) and prise.type.id in ("Exception", "BaseException")
    )
    return attrape and not isinstance(prise.body[-1], ast.Raise)


def test_only_the_entry_points_catch_anything() -> None:
    larges = {
        nom(module)
        for module in MODULES
        for noeud in ast.walk(ast.parse(module.read_text("utf-8")))
        if isinstance(noeud, ast.ExceptHandler) and avale_tout(noeud)
    }
    assert larges <= {"daemon/demon.py", "cli/__init__.py"}


def test_an_error_of_a_room_bears_the_code_of_its_class() -> None:
    """Codes are documented from `errors`: no room may bring one that nobody can look up."""
    etrangers = {
        f"{nom(module)}:{noeud.name}"
        for module in MODULES
        if module.name != "errors.py"
        for noeud in ast.walk(ast.parse(module.read_text("utf-8")))
        if isinstance(noeud, ast.ClassDef) and noeud.name.endswith("Error")
        for instruction in noeud.body
        if isinstance(instruction, ast.Assign)
        and any(
            isinstance(c, ast.Name) and c.id in ("code", "exit_code") for c in instruction.targets
        )
    }
    assert etrangers == set()
