"""The door of rehearsals: closed by default, exact when it is open."""

from __future__ import annotations

import pytest

from tests.contract.journal.memoire import JournalEnMemoire
from vaguemestre.engine.mort import VARIABLE, JournalMortel, Mort, lire
from vaguemestre.errors import ConfigurationError
from vaguemestre.ports import Done


def test_fermee_sans_la_variable() -> None:
    assert lire({}) is None
    assert lire({VARIABLE: ""}) is None


def test_run_etape_moment() -> None:
    assert lire({VARIABLE: "R:dgfip:a.xml:recevoir:avant"}) == Mort(
        "R:dgfip:a.xml", "recevoir", "avant"
    )


@pytest.mark.parametrize("texte", ["signer", "F*:signer", "F*:signer:pendant"])
def test_ce_qui_ne_se_lit_pas(texte: str) -> None:
    with pytest.raises(ConfigurationError, match=VARIABLE):
        lire({VARIABLE: texte})


@pytest.mark.parametrize(("moment", "inscrit"), [("avant", False), ("apres", True)])
def test_a_ce_point_et_a_nul_autre(moment: str, inscrit: bool) -> None:
    dessous = JournalEnMemoire()
    morts: list[bool] = []
    journal = JournalMortel(
        dessous,
        Mort("F*", "signer", moment),
        lambda: morts.append(dessous.recall("F1", "signer") is not None),
    )
    journal.record("D1", "signer", Done({}))
    journal.record("F1", "verifier", Done({}))
    assert morts == []
    journal.record("F1", "signer", Done({"pret": True}))
    assert morts == [inscrit]
    assert journal.recall("F1", "signer") == Done({"pret": True})
