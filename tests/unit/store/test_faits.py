"""Every fact survives the way to JSON and back, exactly."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.domain.flux import Fait
from vaguemestre.errors import IntegrityError
from vaguemestre.store.faits import ecrire_faits, lire_faits

_MONTANTS = st.decimals(-(10**12), 10**12, places=2)
_FAITS = st.one_of(
    [
        st.builds(classe, montant_ht=_MONTANTS, montant_tva=_MONTANTS, cumul=_MONTANTS | st.none())
        if classe.__name__ == "BordereauInscrit"
        else st.from_type(classe)
        for classe in get_args(Fait)
    ]
)


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
