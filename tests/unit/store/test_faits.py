"""Every fact survives the way to JSON and back, exactly."""

from __future__ import annotations

from decimal import Decimal
from typing import get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.domain.flux import Fait
from vaguemestre.errors import IntegrityError
from vaguemestre.store.faits import ecrire_faits, lire_faits

_MONTANTS = st.decimals(-(10**12), 10**12, places=2)


def _fait(classe: type) -> st.SearchStrategy[Fait]:
    """Amounts are real ones: no NaN, two decimals."""
    montants = {
        nom: _MONTANTS | st.none() if type(None) in get_args(lu) else _MONTANTS
        for nom, lu in get_type_hints(classe).items()
        if lu is Decimal or Decimal in get_args(lu)
    }
    return st.builds(classe, **montants)


_FAITS = st.one_of([_fait(classe) for classe in get_args(Fait)])


@given(st.lists(_FAITS, max_size=4))
def test_aller_et_retour(faits: list[Fait]) -> None:
    texte = ecrire_faits(faits)
    assert lire_faits(texte) == tuple(faits)
    assert ecrire_faits(lire_faits(texte)) == texte


@pytest.mark.parametrize(
    "texte", ["", "{}x", '[{"fait":"Inconnu"}]', '[{"fait":"EtatChange"}]', "[1]"]
)
def test_faits_illisibles(texte: str) -> None:
    with pytest.raises(IntegrityError, match="illisibles"):
        lire_faits(texte)
