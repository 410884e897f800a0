"""Classes of pages on raw facts, and page numbers as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.pj.pages import Classe, PageVue, Seuils, classer, suites

S = Seuils()


@pytest.mark.parametrize(
    ("faits", "classe"),
    [
        ({"caracteres": 20, "lettres": 20}, Classe.TEXTE),
        ({"caracteres": 19, "lettres": 19}, Classe.COURT),
        ({"caracteres": 90, "lettres": 79, "image": 0.7}, Classe.SCAN),
        ({"caracteres": 90, "lettres": 80, "image": 0.7}, Classe.TEXTE),
        ({"caracteres": 90, "lettres": 79, "image": 0.69}, Classe.TEXTE),
        ({"caracteres": 900, "lettres": 800, "invisibles": 800, "image": 1}, Classe.SCAN_OCR),
        ({"caracteres": 30, "lettres": 30, "invisibles": 19, "image": 1}, Classe.SCAN),
        ({"image": 0.10}, Classe.VIDE),
        ({"image": 0.11}, Classe.SCAN),
        ({"caracteres": 100, "lettres": 69, "prives": 31}, Classe.ILLISIBLE),
        ({"caracteres": 100, "lettres": 70, "controle": 30}, Classe.TEXTE),
        ({"textes": 3}, Classe.ILLISIBLE),
        ({"traces": 201}, Classe.VECTORIEL),
        ({"traces": 200}, Classe.VIDE),
    ],
)
def test_classe(faits: dict[str, float], classe: Classe) -> None:
    assert classer(PageVue(numero=1, **faits), S) is classe  # type: ignore[arg-type]


def test_les_seuils_sont_des_reglages() -> None:
    page = PageVue(numero=1, caracteres=30, lettres=30, image=0.5)
    assert classer(page, S) is Classe.TEXTE
    assert classer(page, Seuils(image_pleine=0.4)) is Classe.SCAN
    assert classer(page, Seuils(texte_min=31)) is Classe.COURT


def test_accents_perdus() -> None:
    page = PageVue(numero=1, caracteres=1000, lettres=900, controle=5)
    assert not page.accents_perdus(S)
    assert PageVue(numero=1, caracteres=1000, lettres=900, controle=6).accents_perdus(S)
    assert not PageVue(numero=1).accents_perdus(S)


@pytest.mark.parametrize(
    ("numeros", "texte"),
    [([], ""), ([4], "4"), ([1, 2], "1, 2"), ([1, 3, 4, 5, 9, 10], "1, 3 à 5, 9, 10")],
)
def test_suites(numeros: list[int], texte: str) -> None:
    assert suites(numeros) == texte


@given(st.sets(st.integers(1, 60)))
def test_suites_dit_toutes_les_pages(numeros: set[int]) -> None:
    dites: set[int] = set()
    for part in filter(None, suites(sorted(numeros)).split(", ")):
        bornes = [int(borne) for borne in part.split(" à ")]
        dites |= set(range(bornes[0], bornes[-1] + 1))
    assert dites == numeros
