"""`indigo diff`: each difference once, where it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.indigo.exemples import (
    BROUILLON,
    FICTIF,
    bordereau,
    exemple,
    mandat,
    mini,
    modifier,
    pes,
    profil,
)
from vaguemestre.domain.comptable import Domaine, PesAller
from vaguemestre.errors import ConfigurationError, IllisibleError
from vaguemestre.indigo.comparaison import differences
from vaguemestre.indigo.convert import convertir
from vaguemestre.indigo.dessins import charger

DESSIN = charger(FICTIF)


def mandats(envoi: PesAller) -> bytes:
    return convertir(envoi, DESSIN, sequence=1, monnaie="XPF")[0].contenu


def longue(nombre: int) -> PesAller:
    pieces = [mandat(800 + n, str(1000 + 17 * n), nom=f"Tiers {n}") for n in range(nombre)]
    return pes(bordereau(Domaine.DEPENSE, 72, *pieces))


def sans(envoi: PesAller, *rangs: int) -> PesAller:
    premier = envoi.bordereaux[0]
    pieces = tuple(p for n, p in enumerate(premier.pieces) if n not in rangs)
    return replace(envoi, bordereaux=(replace(premier, pieces=pieces),))


def test_equal_files() -> None:
    assert differences(mandats(exemple()), mandats(exemple()), DESSIN) == []


def test_one_zone() -> None:
    (ecart,) = differences(mandats(exemple()), mandats(modifier(exemple(), "777")), DESSIN)
    assert (ecart.genre, ecart.rang_a, ecart.rang_b, ecart.zone) == ("zone", 1, 1, "montant_ht")
    assert (ecart.debut, ecart.longueur) == (80, 15)
    assert (ecart.a, ecart.b) == ("000000000001000", "000000000000777")


def test_a_missing_record_is_one_difference() -> None:
    entier = longue(8)
    (ecart,) = differences(mandats(entier), mandats(sans(entier, 3)), DESSIN)
    assert (ecart.genre, ecart.rang_a, ecart.rang_b) == ("en_moins", 4, None)
    assert ecart.a is not None
    assert "TIERS 3" in ecart.a
    (ecart,) = differences(mandats(sans(entier, 3)), mandats(entier), DESSIN)
    assert (ecart.genre, ecart.rang_a, ecart.rang_b) == ("en_trop", None, 4)


def test_a_missing_record_beside_a_changed_one() -> None:
    entier = longue(8)
    premier = entier.bordereaux[0]
    change = replace(premier.pieces[2], objet="Autre objet")
    autre = replace(
        entier,
        bordereaux=(replace(premier, pieces=(*premier.pieces[:2], change, *premier.pieces[4:])),),
    )
    ecarts = differences(mandats(entier), mandats(autre), DESSIN)
    assert [(e.genre, e.rang_a, e.zone) for e in ecarts] == [
        ("zone", 3, "objet"),
        ("en_moins", 4, ""),
    ]


def test_another_kind_of_record_in_the_same_place(tmp_path: Path) -> None:
    depense, recette = (f.contenu for f in convertir(exemple(), DESSIN, sequence=1, monnaie="XPF"))
    ecarts = differences(depense[:642], recette[:642], DESSIN)
    assert [(e.genre, e.enregistrement) for e in ecarts] == [("type", "MANDAT_LIGNE")]


@settings(max_examples=30)
@given(st.sets(st.integers(0, 9), max_size=6), st.sets(st.integers(0, 9), max_size=6))
def test_what_is_missing_is_named(a: set[int], b: set[int]) -> None:
    """Two subsets of one file: the records of one and not of the other, and nothing else."""
    entier = longue(10)
    ecarts = differences(mandats(sans(entier, *a)), mandats(sans(entier, *b)), DESSIN)
    en_moins = sum(e.genre == "en_moins" for e in ecarts)
    en_trop = sum(e.genre == "en_trop" for e in ecarts)
    assert (len(b - a) - en_moins) == (len(a - b) - en_trop) >= 0
    assert bool(ecarts) == (a != b)


@pytest.mark.parametrize(
    ("abimer", "dit"), [(lambda c: c[:-3], "639 octets"), (lambda c: c + b"\x1a", "1 octets")]
)
def test_a_file_that_is_not_of_the_layout(abimer: Any, dit: str) -> None:
    with pytest.raises(IllisibleError, match=dit):
        differences(mandats(exemple()), abimer(mandats(exemple())), DESSIN)


def test_a_draft_without_places_compares_nothing() -> None:
    with pytest.raises(ConfigurationError, match="ne place pas"):
        differences(b"", b"", charger(BROUILLON))


def test_a_placed_draft_compares(tmp_path: Path) -> None:
    brut = mini()
    brut["status"] = "draft"
    brouillon = profil(tmp_path, brut)
    a, b = (
        convertir(e, brouillon, sequence=1, monnaie="XPF", epreuve=True)[0].contenu
        for e in (sans(longue(2)), sans(longue(2), 1))
    )
    assert [e.genre for e in differences(a, b, brouillon)] == ["en_moins"]
