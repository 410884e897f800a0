"""The schema once, and small originals for PJ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from vaguemestre.domain.comptable import PesAller, PieceJustificative
from vaguemestre.formats.donnees import donnees

Garnir = Callable[[PesAller], PesAller]


@pytest.fixture(scope="session")
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(donnees("schemas") / "5.30" / "PES_Aller.xsd")))


@pytest.fixture(scope="session")
def garnir(tmp_path_factory: pytest.TempPathFactory) -> Garnir:
    """Gives every PJ of a document the same small original."""
    original = tmp_path_factory.mktemp("originaux") / "facture.pdf"
    original.write_bytes(b"%PDF-1.4\n" + bytes(range(256)) * 4 + b"\n%%EOF\n")

    def garnie(pj: PieceJustificative) -> PieceJustificative:
        return replace(pj, chemin=original, taille=original.stat().st_size)

    def garnir(document: PesAller) -> PesAller:
        pjs = tuple(garnie(pj) for pj in document.pieces_justificatives)
        return replace(document, pieces_justificatives=pjs)

    return garnir


@pytest.fixture(scope="session")
def atelier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pes")
