"""Which flux carry a pièce: read once, read on as it grows, and only what counts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.unit.store.atelier import (
    BUD,
    COL,
    base_neuve,
    inscrit,
    journal_de,
    ouvert,
    poser,
    vers,
)
from vaguemestre.domain.flux import Etat
from vaguemestre.store.envoyees import PiecesEnvoyees
from vaguemestre.store.journal import SqlJournal

ANNEE = (COL, BUD, "depense", 2026)


def envoyer(journal: SqlJournal, flux: str, bordereau: int, *pieces: int) -> None:
    fait = replace(inscrit(flux, bordereau, "1.00", "0"), pieces=pieces)
    poser(journal, flux, "ouvrir", ouvert(flux), fait)


def test_ce_qui_compte_seulement(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:
        journal, envoyees = journal_de(base), PiecesEnvoyees(base)
        assert envoyees.flux(ANNEE, 7) == []
        envoyer(journal, "F1", 1, 7, 8)
        envoyer(journal, "F2", 2, 8, 9)
        assert envoyees.flux(ANNEE, 7, relire=False) == []
        assert [envoyees.flux(ANNEE, n) for n in (7, 8, 9, 10)] == [
            ["F1"],
            ["F1", "F2"],
            ["F2"],
            [],
        ]
        assert envoyees.flux((COL, BUD, "recette", 2026), 7) == []
        assert envoyees.flux((COL, BUD, "depense", 2025), 7) == []
        assert envoyees.flux((COL, "99", "depense", 2026), 7) == []
        # A flux that will never leave does not count, whenever it was read.
        poser(journal, "F1", "finir", *vers("F1", Etat.REJETE))
        assert envoyees.flux(ANNEE, 8) == ["F2"]
        assert PiecesEnvoyees(base).flux(ANNEE, 8) == ["F2"]


def test_lues_en_une_fois_ou_une_a_une(tmp_path: Path) -> None:
    """A register that is there already, then what comes after: the same answers."""
    with base_neuve(tmp_path) as base:
        journal, suivie = journal_de(base), PiecesEnvoyees(base)
        for rang in range(80):
            envoyer(journal, f"F{rang:02d}", rang + 1, rang, 1000)
            assert suivie.flux(ANNEE, rang) == [f"F{rang:02d}"]
        neuve = PiecesEnvoyees(base)
        assert neuve.flux(ANNEE, 1000) == suivie.flux(ANNEE, 1000)
        assert len(neuve.flux(ANNEE, 1000)) == 80
        assert [neuve.flux(ANNEE, rang) for rang in (0, 79, 80)] == [["F00"], ["F79"], []]
