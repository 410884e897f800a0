"""A renewed revocation list is read; an unchanged one is not read twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from vaguemestre.formats.relecture import Relecture


def test_read_once_and_again_when_the_file_changes(tmp_path: Path) -> None:
    fichier = tmp_path / "liste.crl"
    fichier.write_text("un")
    lectures: list[str] = []

    def lire(nom: str) -> str:
        lectures.append(nom)
        return fichier.read_text()

    relecture = Relecture(str, lambda _: (fichier,), lire)
    assert (relecture("a"), relecture("a")) == ("un", "un")
    assert lectures == ["a"]
    assert relecture("b") == "un"
    neuf = tmp_path / "neuve"
    neuf.write_text("deux")
    neuf.replace(fichier)
    assert (relecture("a"), relecture("b"), relecture("a")) == ("deux", "deux", "deux")
    assert lectures == ["a", "b", "a", "b"]


def test_a_failure_is_not_remembered(tmp_path: Path) -> None:
    fichier = tmp_path / "liste.crl"
    relecture = Relecture(str, lambda _: (fichier,), lambda _: fichier.read_text())
    with pytest.raises(FileNotFoundError):
        relecture("a")
    fichier.write_text("la voilà", "utf-8")
    assert relecture("a") == "la voilà"
