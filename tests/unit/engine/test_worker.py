"""The worker pool: what is tried again, what waits for a person, what stops everything."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.unit.store.atelier import base_neuve, journal_de
from vaguemestre.config.sections import Moteur
from vaguemestre.engine.horloge import HorlogeFixe, HorlogeSysteme
from vaguemestre.engine.run import Run
from vaguemestre.engine.worker import Ouvriers, attente
from vaguemestre.errors import (
    ExchangeInterruptedError,
    ExchangeRefusedError,
    IntegrityError,
    RessourceError,
)
from vaguemestre.ports import Clock, Execution
from vaguemestre.store.database import Base
from vaguemestre.store.executions import SqlExecutions

DEPART = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
MOTEUR = Moteur(ouvriers=2, attente=2.0, attente_max=900.0)


@pytest.fixture
def base(tmp_path: Path) -> Iterator[Base]:
    with base_neuve(tmp_path) as ouverte:
        yield ouverte


@pytest.fixture
def file(base: Base) -> SqlExecutions:
    return SqlExecutions(base)


class _Pannes:
    """Raises the faults it was given, in order, then works."""

    def __init__(self, *fautes: Exception) -> None:
        self.fautes = list(fautes)
        self.vues: list[Execution] = []

    def __call__(self, execution: Execution) -> None:
        self.vues.append(execution)
        if self.fautes:
            raise self.fautes.pop(0)


def _pool(
    file: SqlExecutions,
    executer: Callable[[Execution], None],
    horloge: Clock,
    moteur: Moteur = MOTEUR,
    signalees: list[str] | None = None,
) -> Ouvriers:
    entendues = signalees if signalees is not None else []
    return Ouvriers(
        file,
        executer,
        horloge,
        moteur,
        signaler=lambda execution, faute: entendues.append(f"{execution.id} {faute}"),
    )


def _etat(file: SqlExecutions, id_: str) -> tuple[str, int, datetime]:
    vue = file.voir(id_)
    assert vue is not None
    return vue.etat, vue.essais, vue.prochain_essai


def test_rien_a_faire(file: SqlExecutions) -> None:
    assert not _pool(file, _Pannes(), HorlogeFixe(DEPART)).traiter_un()


def test_fini_du_premier_coup(file: SqlExecutions) -> None:
    file.planifier("F1", "envoi", "objet", DEPART)
    executer = _Pannes()
    pool = _pool(file, executer, HorlogeFixe(DEPART))
    assert pool.traiter_un()
    assert executer.vues == [Execution("F1", "envoi", "objet")]
    assert _etat(file, "F1")[0] == "finie"
    assert not pool.traiter_un()


def test_ce_qui_passera_est_retente_de_plus_en_plus_tard(file: SqlExecutions) -> None:
    file.planifier("F1", "envoi", "F1", DEPART)
    horloge, signalees = HorlogeFixe(DEPART), list[str]()
    fautes = [ExchangeInterruptedError("coupé"), RessourceError("plein"), RessourceError("plein")]
    pool = _pool(file, _Pannes(*fautes), horloge, signalees=signalees)
    for essai, ecart in enumerate((2, 4, 8), start=1):
        assert pool.traiter_un()
        assert _etat(file, "F1") == ("due", essai, horloge.now() + timedelta(seconds=ecart))
        assert not pool.traiter_un()
        horloge.sleep(ecart)
    assert pool.traiter_un()
    assert _etat(file, "F1")[0] == "finie"
    assert signalees == ["F1 coupé", "F1 plein", "F1 plein"]


def test_un_flux_en_panne_ne_retarde_personne(file: SqlExecutions) -> None:
    file.planifier("A", "envoi", "A", DEPART)
    file.planifier("B", "envoi", "B", DEPART)
    pool = _pool(file, _Pannes(ExchangeInterruptedError("coupé")), HorlogeFixe(DEPART))
    assert [pool.traiter_un() for _ in range(3)] == [True, True, False]
    assert {_etat(file, "A")[0], _etat(file, "B")[0]} == {"due", "finie"}


def test_nombre_d_essais_borne(file: SqlExecutions) -> None:
    file.planifier("F1", "envoi", "F1", DEPART)
    horloge = HorlogeFixe(DEPART)
    moteur = Moteur(essais_max=2)
    pool = _pool(file, _Pannes(*[RessourceError("plein")] * 9), horloge, moteur)
    assert pool.traiter_un()
    horloge.sleep(60)
    assert pool.traiter_un()
    horloge.sleep(10_000)
    assert not pool.traiter_un()
    assert _etat(file, "F1")[0] == "erreur"


@pytest.mark.parametrize(
    ("faute", "dit"),
    [
        (ExchangeRefusedError("clé refusée"), "VGM-520 clé refusée"),
        (ZeroDivisionError("oups"), "VGM-000 défaut du programme : ZeroDivisionError : oups"),
    ],
)
def test_ce_qui_ne_passera_pas_attend_une_personne(
    file: SqlExecutions, faute: Exception, dit: str
) -> None:
    file.planifier("F1", "envoi", "F1", DEPART)
    horloge = HorlogeFixe(DEPART)
    pool = _pool(file, _Pannes(faute), horloge)
    assert pool.traiter_un()
    horloge.sleep(100_000)
    assert not pool.traiter_un()
    vue = file.voir("F1")
    assert vue is not None
    assert vue.etat == "erreur"
    assert vue.erreur.startswith(dit)


def test_attente_doublee_et_bornee() -> None:
    assert [attente(MOTEUR, essais) for essais in (1, 2, 3, 9, 10, 10_000)] == [
        2.0,
        4.0,
        8.0,
        512.0,
        900.0,
        900.0,
    ]


def test_les_preuves_perdues_arretent_tout(file: SqlExecutions) -> None:
    for nom in "ABC":
        file.planifier(nom, "envoi", nom, DEPART)
    pool = _pool(file, _Pannes(IntegrityError("feuille changée")), HorlogeSysteme())
    pool.demarrer()
    with pytest.raises(IntegrityError, match="feuille changée"):
        pool.attendre(10)
    assert not pool.en_marche


def test_plusieurs_fils_font_tout_une_fois(file: SqlExecutions) -> None:
    vues: list[str] = []
    fini = threading.Event()

    def executer(execution: Execution) -> None:
        vues.append(execution.id)
        if len(vues) == 40:
            fini.set()

    pool = _pool(file, executer, HorlogeSysteme())
    pool.demarrer()
    for rang in range(40):
        file.planifier(f"F{rang}", "envoi", "", DEPART)
        pool.reveiller()
    assert fini.wait(20)
    pool.arreter()
    assert pool.attendre(10)
    assert sorted(vues) == sorted(f"F{rang}" for rang in range(40))


def test_a_l_arret_l_etape_en_cours_finit_et_le_run_est_rendu(
    base: Base, file: SqlExecutions
) -> None:
    journal = journal_de(base)
    dedans, laisser = threading.Event(), threading.Event()

    def lente() -> dict[str, object]:
        dedans.set()
        assert laisser.wait(10)
        return {"fait": True}

    def executer(execution: Execution) -> None:
        run = Run(execution.id, journal, pool.arret_demande)
        run.step("lente", lente)
        run.step("suivante", dict)

    pool = _pool(file, executer, HorlogeSysteme())
    file.planifier("F1", "envoi", "F1", DEPART)
    pool.demarrer()
    assert dedans.wait(10)
    pool.arreter()
    laisser.set()
    assert pool.attendre(10)
    run = Run("F1", journal)
    assert run.fait("lente")
    assert not run.fait("suivante")
    assert _etat(file, "F1")[:2] == ("due", 0)


class _FileCapricieuse(SqlExecutions):
    """A queue whose database is busy the first times."""

    refus = 2

    def prendre(self, maintenant: datetime) -> Execution | None:
        if self.refus:
            self.refus -= 1
            raise RessourceError("base occupée")
        return super().prendre(maintenant)


def test_la_file_occupee_n_arrete_pas_le_travail(base: Base) -> None:
    file = _FileCapricieuse(base)
    file.planifier("F1", "envoi", "F1", DEPART)
    fini = threading.Event()
    moteur = Moteur(ouvriers=1, attente=0.01)
    pool = _pool(file, lambda _: fini.set(), HorlogeSysteme(), moteur)
    pool.demarrer()
    assert fini.wait(10)
    pool.arreter()
    assert pool.attendre(10)


def test_en_recette_l_attente_fait_avancer_l_horloge(file: SqlExecutions) -> None:
    horloge = HorlogeFixe(DEPART)
    executer = _Pannes(*[ExchangeInterruptedError("coupé")] * 5)
    fini = threading.Event()

    def signaler_fin(execution: Execution) -> None:
        executer(execution)
        fini.set()

    moteur = Moteur(ouvriers=1)
    pool = Ouvriers(file, signaler_fin, horloge, moteur, patienter=horloge.sleep)
    file.planifier("F1", "envoi", "F1", DEPART)
    pool.demarrer()
    assert fini.wait(20)
    pool.arreter()
    assert pool.attendre(10)
    assert [vue.essais for vue in executer.vues] == [0, 1, 2, 3, 4, 5]
    assert horloge.now() >= DEPART + timedelta(seconds=2 + 4 + 8 + 16 + 32)
    assert replace(executer.vues[0], essais=5) == executer.vues[-1]
