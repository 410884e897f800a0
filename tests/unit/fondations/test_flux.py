"""The table of states: what it allows, what it refuses, and that nothing is forgotten."""

from __future__ import annotations

import itertools

import pytest

from vaguemestre.domain.flux import TRANSITIONS, VIVANTS, Etat, transition
from vaguemestre.errors import IntegrityError


def test_every_state_has_its_line() -> None:
    assert set(TRANSITIONS) == set(Etat)


@pytest.mark.parametrize(("de", "vers"), [*itertools.product(Etat, Etat)])
def test_a_passage_is_in_the_table_or_raises(de: Etat, vers: Etat) -> None:
    if vers is de or vers in TRANSITIONS[de]:
        assert transition("F1", de, vers) is vers
    else:
        with pytest.raises(IntegrityError, match=f"de {de.value} à {vers.value}"):
            transition("F1", de, vers)


def test_nothing_leaves_before_it_was_controlled() -> None:
    sent = {Etat.EXPEDIE, Etat.INCERTAIN, Etat.ACQUITTE}
    assert not TRANSITIONS[Etat.DEPOSE] & sent
    assert not TRANSITIONS[Etat.CONTROLE] & sent


def test_what_was_refused_never_blocks_its_correction() -> None:
    assert not VIVANTS & {Etat.REJETE, Etat.REFUSE, Etat.ANNULE, Etat.REMPLACE}
    assert {Etat.EXPEDIE, Etat.INCERTAIN, Etat.PARTIEL, Etat.ARCHIVE} <= VIVANTS
