"""What the register remembers for the rules: sequences, refusals, PJ that wait for an answer."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from tests.unit.store.atelier import (
    BUD,
    COL,
    base_neuve,
    expedier,
    inscrit,
    journal_de,
    pj,
    poser,
    preparer,
    vers,
)
from vaguemestre.domain.flux import BordereauJuge, Etat, PjJugee
from vaguemestre.ports import Memoire
from vaguemestre.store.database import Base
from vaguemestre.store.registre import Registre

BUDGET = (COL, BUD, "depense", 2026, "01")


def _memoire(base: Base, *sauf: str) -> Memoire:
    return Registre(base).memoire(frozenset(sauf), lambda *_: Decimal(0))


def _juger(flux: str, numero: int, *, accepte: bool) -> BordereauJuge:
    return BordereauJuge(
        flux=flux, domaine="depense", exercice=2026, numero=numero, accepte=accepte
    )


def test_the_last_number_is_that_of_what_lives(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:
        journal = journal_de(base)
        assert _memoire(base).dernier_bordereau(*BUDGET) is None
        preparer(journal, "F1", 1, "pes")
        preparer(journal, "F2", 2, "pes")
        poser(journal, "F2", "troisieme", inscrit("F2", 3, "7.00", "0"))
        assert _memoire(base).dernier_bordereau(*BUDGET) == 3
        assert _memoire(base, "F2").dernier_bordereau(*BUDGET) == 1
        assert _memoire(base, "F1", "F2").dernier_bordereau(*BUDGET) is None
        assert _memoire(base).dernier_bordereau(COL, BUD, "recette", 2026, "01") is None
        poser(journal, "F2", "finir", *vers("F2", Etat.REJETE))
        assert _memoire(base).dernier_bordereau(*BUDGET) == 1


def test_the_last_number_is_found_below_a_long_flux(tmp_path: Path) -> None:
    """More numbers of the flux that is being checked than one page of the search holds."""
    with base_neuve(tmp_path) as base:
        journal = journal_de(base)
        preparer(journal, "F1", 1, "pes")
        preparer(journal, "F2", 2, "pes")
        suite = [inscrit("F2", numero, "1.00", "0") for numero in range(3, 203)]
        poser(journal, "F2", "suite", *suite)
        assert _memoire(base, "F2").dernier_bordereau(*BUDGET) == 1
        assert _memoire(base, "F1", "F2").dernier_bordereau(*BUDGET) is None


def test_a_refused_number_is_remembered_and_not_held_as_sent(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:
        journal = journal_de(base)
        preparer(journal, "F1", 1, "pes")
        poser(journal, "F1", "second", inscrit("F1", 2, "7.00", "0"))
        expedier(journal, "F1", "pes")
        assert _memoire(base).bordereau_refuse(*BUDGET, 1) is None
        poser(
            journal,
            "acquits",
            "lire",
            _juger("F1", 1, accepte=False),
            _juger("F1", 2, accepte=True),
            *vers("F1", Etat.PARTIEL),
        )
        memoire = _memoire(base)
        assert memoire.bordereau_refuse(*BUDGET, 1) == "F1"
        assert memoire.bordereau_refuse(*BUDGET, 2) is None
        assert memoire.bordereau_connu(*BUDGET, 1) is None
        assert memoire.dernier_bordereau(*BUDGET) == 2
        assert _memoire(base, "F1").bordereau_refuse(*BUDGET, 1) is None


def test_what_we_rejected_was_never_refused(tmp_path: Path) -> None:
    """It did not leave: nobody at Hélios has seen its number."""
    with base_neuve(tmp_path) as base:
        journal = journal_de(base)
        preparer(journal, "F1", 1, "pes")
        poser(journal, "F1", "finir", *vers("F1", Etat.REJETE))
        assert _memoire(base).bordereau_refuse(*BUDGET, 1) is None


def test_a_pj_waits_then_is_accepted_or_refused(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:
        journal = journal_de(base)
        assert _memoire(base).pj_acceptee(COL, "PJ1") is False
        preparer(journal, "F1", 1, "pes")
        poser(journal, "F1", "seconde", pj("F1", "PJ2"))
        expedier(journal, "F1", "pes")
        assert _memoire(base).pj_acceptee(COL, "PJ1") is None
        assert _memoire(base, "F1").pj_acceptee(COL, "PJ1") is False
        poser(
            journal,
            "acquits",
            "lire",
            PjJugee(flux="F1", cod_col=COL, id_unique="PJ1", accepte=True),
            PjJugee(flux="F1", cod_col=COL, id_unique="PJ2", accepte=False),
            *vers("F1", Etat.PARTIEL),
        )
        assert _memoire(base).pj_acceptee(COL, "PJ1") is True
        assert _memoire(base).pj_acceptee(COL, "PJ2") is False
