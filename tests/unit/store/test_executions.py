"""The queue of runs."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.unit.store.atelier import DEPART, base_neuve
from vaguemestre.ports import Execution
from vaguemestre.store.executions import SqlExecutions

PLUS_TARD = DEPART + timedelta(seconds=60)


def test_une_execution_est_prise_une_fois(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base, base_neuve(tmp_path) as autre:
        ici, la = SqlExecutions(base), SqlExecutions(autre)
        assert ici.planifier("F1", "envoi", "F1", DEPART)
        assert not la.planifier("F1", "envoi", "F1", DEPART)
        assert ici.prendre(DEPART) == Execution("F1", "envoi", "F1")
        assert la.prendre(DEPART) is None
        ici.finir("F1")
        assert la.prendre(PLUS_TARD) is None
        assert not ici.planifier("F1", "envoi", "F1", DEPART)
        vue = la.voir("F1")
        assert vue is not None
        assert vue.etat == "finie"


def test_celle_qui_attend_depuis_le_plus_longtemps(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:
        file = SqlExecutions(base)
        file.planifier("B", "envoi", "B", PLUS_TARD)
        file.planifier("A", "envoi", "A", DEPART)
        assert file.prochaine() == DEPART
        prises = [file.prendre(PLUS_TARD) for _ in range(3)]
        assert [prise and prise.id for prise in prises] == ["A", "B", None]
        assert file.prochaine() is None


def test_reporter_rendre_abandonner_relancer(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:
        file = SqlExecutions(base)
        file.planifier("A", "envoi", "A", DEPART)
        file.prendre(DEPART)
        assert not file.relancer("A", DEPART)
        file.reporter("A", PLUS_TARD, "VGM-510 coupé", 3)
        assert file.prendre(DEPART) is None
        assert file.prendre(PLUS_TARD) == Execution("A", "envoi", "A", 3)
        file.rendre("A")
        assert file.prendre(PLUS_TARD) == Execution("A", "envoi", "A", 3)
        file.abandonner("A", "VGM-520 refusé")
        assert file.prendre(PLUS_TARD) is None
        assert [(vue.id, vue.erreur) for vue in file.lister("erreur")] == [("A", "VGM-520 refusé")]
        assert file.relancer("A", DEPART)
        assert file.prendre(DEPART) == Execution("A", "envoi", "A", 0)
        assert not file.relancer("Z", DEPART)


def test_apres_une_mort_tout_est_rendu(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:
        file = SqlExecutions(base)
        for nom in "AB":
            file.planifier(nom, "envoi", nom, DEPART)
        file.prendre(DEPART)
    with base_neuve(tmp_path) as base:
        file = SqlExecutions(base)
        assert file.liberer_toutes() == 1
        assert {prise.id for _ in "AB" if (prise := file.prendre(DEPART))} == {"A", "B"}
