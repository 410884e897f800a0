"""A file of 95 MB, valid or wrong in a thousand places, is examined in less than 100 MB."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.pes_build import exemples
from tests.unit.pes_check.fabrique import SIRET
from vaguemestre.domain.comptable import PieceJustificative
from vaguemestre.pes.build import ecrire

RACINE = Path(__file__).resolve().parents[3]
_PLAFOND = 100
_BORDEREAUX, _MANDATS = 20, 60


def _originaux(dossier: Path, nombre: int, taille: int) -> list[PieceJustificative]:
    """PDF that do not compress, all different."""
    hasard = random.Random(2026)  # noqa: S311
    pieces = []
    for rang in range(nombre):
        chemin = dossier / f"P{rang:05d}.pdf"
        chemin.write_bytes(
            b"%PDF-1.4\n" + hasard.randbytes(taille) + b"\nxref\nstartxref\n9\n%%EOF\n"
        )
        piece = exemples.piece(f"P{rang:05d}", chemin, chemin.stat().st_size)
        pieces.append(piece)
    return pieces


@pytest.fixture(scope="module")
def gros(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """95 MB made by our own builder: 20 bordereaux of 60 mandats, each with its PJ."""
    dossier = tmp_path_factory.mktemp("gros")
    pjs = _originaux(dossier, _BORDEREAUX * _MANDATS, 58_000)
    bordereaux = [
        exemples.bordereau(
            b + 1,
            *(
                replace(
                    exemples.mandat(b * _MANDATS + m + 1, f"P{b * _MANDATS + m:05d}"),
                    lignes=(
                        replace(
                            exemples.ligne(), tiers=(exemples.FOURNISSEUR,), mode_reglement="03"
                        ),
                    ),
                )
                for m in range(_MANDATS)
            ),
        )
        for b in range(_BORDEREAUX)
    ]
    fichier = dossier / "gros.xml"
    document = exemples.document(*bordereaux, pjs=tuple(pjs))
    entete = replace(document.entete, id_collectivite=SIRET)
    ecrire(replace(document, entete=entete), fichier, durable=False)
    assert 90_000_000 < fichier.stat().st_size < 100_000_000
    return fichier


def _mesurer(fichier: Path) -> Mapping[str, object]:
    fini = subprocess.run(
        [sys.executable, "-m", "tests.unit.pes_regles._mesure", str(fichier)],
        cwd=RACINE,
        env={**os.environ, "PYTHONPATH": f"{RACINE / 'src'}{os.pathsep}{RACINE}"},
        capture_output=True,
        timeout=120,
        check=True,
    )
    mesure = json.loads(fini.stdout)
    assert isinstance(mesure, dict)
    return mesure


def _fausser(source: Path, vers: Path, bon: bytes, faux: bytes, nombre: int) -> Path:
    """The same file with the first `nombre` places wrong; same length, so nothing moves."""
    assert len(bon) == len(faux)
    octets = source.read_bytes()
    vers.write_bytes(octets.replace(bon, faux, nombre))
    return vers


@pytest.mark.lent
def test_a_valid_file_of_95_mb(gros: Path) -> None:
    vu = _mesurer(gros)
    assert vu["regles"] == {}
    assert vu["verdict"] == "accepte"
    assert vu["pj"] == _BORDEREAUX * _MANDATS
    assert float(str(vu["apres"])) < _PLAFOND, vu


@pytest.mark.lent
def test_a_thousand_schema_errors_in_95_mb(gros: Path, tmp_path: Path) -> None:
    faux = _fausser(gros, tmp_path / "faux.xml", b'<ModRegl V="03"/>', b'<ModRegl V="99"/>', 1000)
    vu = _mesurer(faux)
    assert vu["verdict"] == "rejete"
    assert vu["regles"] == {"xsd.modregl.code": 1000}
    assert vu["places"] == 1000
    assert float(str(vu["apres"])) < _PLAFOND, vu


@pytest.mark.lent
def test_a_thousand_broken_rules_in_95_mb(gros: Path, tmp_path: Path) -> None:
    faux = _fausser(gros, tmp_path / "faux.xml", b"94123456789018", b"94123456789019", 1000)
    vu = _mesurer(faux)
    assert vu["verdict"] == "rejete"
    assert vu["regles"] == {"pes.compte.iban": 1000}
    assert vu["places"] == 1000
    assert float(str(vu["apres"])) < _PLAFOND, vu
