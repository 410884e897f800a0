"""Regular expressions that every Python 3.11 reads alike."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src"
# A possessive quantifier or an atomic group: Python 3.11.0 to 3.11.3 capture wrongly with them.
POSSESSIF = re.compile(r"(?<!\\)(?:[\w\])}*+?][*+?]\+|\(\?>)")


def expressions() -> Iterator[tuple[Path, str]]:
    """Every literal given to `re.compile`."""
    for path in sorted(SOURCE.rglob("*.py")):
        for noeud in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(noeud, ast.Call) and ast.unparse(noeud.func) == "re.compile":
                for argument in ast.walk(noeud.args[0]):
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        yield path, argument.value


def test_no_expression_needs_a_repaired_python() -> None:
    toutes = list(expressions())
    assert len(toutes) > 20
    fautives = [(path.name, texte) for path, texte in toutes if POSSESSIF.search(texte)]
    assert fautives == []


def test_the_detector_detects() -> None:
    assert POSSESSIF.search(r"((?:a)*+b)")
    assert POSSESSIF.search(r"(?>a|b)")
    assert not POSSESSIF.search(r"a\++b")
