"""Nothing that the reference says is left without an answer: 292 statements, letters or not."""

from __future__ import annotations

import re

import pytest

from tests.partage import DONNEES
from tests.unit.pes_regles.enonces import lire_enonces, stockes
from vaguemestre.pes import regles
from vaguemestre.pes.regles.base import Confiance
from vaguemestre.pes.regles.couverture import marques

PAR_ID = {regle.id: regle for regle in regles.TOUTES}
_DES_SECTIONS = re.compile(r"pes\.md[^;]*§(?:5|6|7|8|9|13)\b")


def test_the_list_is_that_of_the_reference() -> None:
    """Derived again: a statement added, taken away or reworded there fails here."""
    reference = DONNEES.parent / "reference" / "pes.md"
    if not reference.exists():
        pytest.skip("référence absente : shared/reference/pes.md")
    assert {place: dit.empreinte for place, dit in stockes().items()} == lire_enonces(reference)


@pytest.mark.parametrize("place", sorted(stockes()))
def test_each_statement_has_its_answer(place: str) -> None:
    """A rule of the catalogue, or what the schema says, or why nothing is to be checked."""
    reponse = stockes()[place]
    assert reponse.regles or len(reponse.note) > 10
    assert set(reponse.regles) <= set(PAR_ID), set(reponse.regles) - set(PAR_ID)
    if place in marques():
        assert set(marques()[place].regles) <= set(reponse.regles)


def test_an_official_rule_stands_on_a_statement() -> None:
    """What is said to come from §5 to §9 or §13 comes from one of their statements."""
    dites = {id_ for reponse in stockes().values() for id_ in reponse.regles}
    seules = [
        regle.id
        for regle in regles.TOUTES
        if regle.confiance is Confiance.OFFICIEL
        and _DES_SECTIONS.search(regle.source)
        and regle.id not in dites
    ]
    assert seules == []


def test_the_sections_are_whole() -> None:
    """The tables and points that were counted when the list was made, section by section."""
    sections = {place.split(" ")[0].split(".")[0] for place in stockes()}
    assert sections == {"5", "6", "7", "8", "9", "13"}
    assert len(stockes()) == 292
    assert sum(place.startswith("13 ligne") for place in stockes()) == 16
