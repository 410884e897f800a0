"""What every Journal promises, asked of each of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.journal.memoire import JournalEnMemoire
from tests.unit.store.atelier import base_neuve, journal_de, ouvert, vers
from vaguemestre.domain.flux import Etat
from vaguemestre.engine.run import ArretDemande, Resultat, Run
from vaguemestre.errors import IntegrityError
from vaguemestre.ports import Done, Journal


@pytest.fixture(params=["memoire", "sql"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    if request.param == "memoire":
        yield JournalEnMemoire()
        return
    with base_neuve(tmp_path) as base:
        yield journal_de(base)


def test_ce_qui_est_fait_est_rappele(journal: Journal) -> None:
    assert journal.recall("F1", "construire") is None
    result = {"nom": "é", "liste": [1, None, True], "fichier": {"taille": 12}}
    journal.record("F1", "construire", Done(result))
    assert journal.recall("F1", "construire") == Done(result)
    assert journal.recall("F1", "signer") is None
    assert journal.recall("F2", "construire") is None


def test_deux_fois_la_meme_chose_est_une_fois(journal: Journal) -> None:
    done = Done({"n": 1}, (ouvert("F1"), *vers("F1", Etat.CONTROLE)))
    journal.record("F1", "ouvrir", done)
    journal.record("F1", "ouvrir", done)
    assert journal.recall("F1", "ouvrir") == Done({"n": 1})


def test_une_autre_chose_est_refusee(journal: Journal) -> None:
    journal.record("F1", "signer", Done({"n": 1}))
    with pytest.raises(IntegrityError, match="autre résultat"):
        journal.record("F1", "signer", Done({"n": 2}))
    assert journal.recall("F1", "signer") == Done({"n": 1})


def test_passage_interdit_ne_change_rien(journal: Journal) -> None:
    journal.record("F1", "ouvrir", Done({}, (ouvert("F1"),)))
    with pytest.raises(IntegrityError, match="passage interdit de CONTROLE à ARCHIVE"):
        journal.record("F1", "saut", Done({}, vers("F1", Etat.CONTROLE, Etat.ARCHIVE)))
    assert journal.recall("F1", "saut") is None
    journal.record("F1", "suite", Done({}, vers("F1", Etat.CONTROLE)))


def test_flux_inconnu(journal: Journal) -> None:
    with pytest.raises(IntegrityError, match="inconnu"):
        journal.record("F9", "controler", Done({}, vers("F9", Etat.CONTROLE)))
    assert journal.recall("F9", "controler") is None


def test_pas_de_nombre_flottant(journal: Journal) -> None:
    with pytest.raises(TypeError, match="float"):
        journal.record("F1", "total", Done({"montant": 12.5}))
    assert journal.recall("F1", "total") is None


def test_un_run_reprend_ou_il_en_etait(journal: Journal) -> None:
    faites: list[str] = []

    def faire(nom: str, *, echoue: bool = False) -> Resultat:
        if echoue:
            raise OSError(nom)
        faites.append(nom)
        return Resultat({"nom": nom})

    premiere = Run("F1", journal)
    assert premiere.step("a", faire, "a") == {"nom": "a"}
    with pytest.raises(OSError, match="b"):
        premiere.step("b", faire, "b", echoue=True)
    seconde = Run("F1", journal)
    assert seconde.fait("a")
    assert not seconde.fait("b")
    assert [seconde.step(nom, faire, nom)["nom"] for nom in "abc"] == ["a", "b", "c"]
    assert faites == ["a", "b", "c"]


def test_a_l_arret_rien_de_neuf_ne_commence(journal: Journal) -> None:
    Run("F1", journal).step("a", dict, n=1)
    arrete = Run("F1", journal, lambda: True)
    assert arrete.step("a", dict, n=2) == {"n": 1}
    with pytest.raises(ArretDemande):
        arrete.step("b", dict, n=2)
    assert journal.recall("F1", "b") is None
