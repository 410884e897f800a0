"""The line of a body: its deposits are controlled as they came, and nobody waits for the absent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.unit.store.atelier import base_neuve, journal_de
from vaguemestre.daemon.tour import DEPOT, Tour
from vaguemestre.engine.run import ArretDemande
from vaguemestre.engine.verrous import Verrous
from vaguemestre.ports import Done, Journal
from vaguemestre.store.executions import SqlExecutions
from vaguemestre.workflows.maison import DepotPris

DEPART = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
PLUS_TARD = DEPART + timedelta(minutes=5)


class Ligne:
    """The queue of one installation, and a worker of another process (locks of its own)."""

    def __init__(self, dossier: Path, file: SqlExecutions, journal: Journal) -> None:
        self.file, self.journal, self._dossier = file, journal, dossier
        self.tour = self.autre_processus()
        self.suivis: list[str] = []

    def autre_processus(self) -> Tour:
        return Tour(self.file, self.journal, Verrous(self._dossier / "verrous"))

    def depot(self, rang: int, collectivite: str = "lagon") -> DepotPris:
        identifiant = f"D{rang:08d}"
        dossier = self._dossier / collectivite / "en-cours" / identifiant
        return DepotPris(
            identifiant=identifiant,
            nom=f"depot-{rang}",
            collectivite=collectivite,
            genre="dossier",
            dossier=dossier,
        )

    def recevoir(
        self, rang: int, collectivite: str = "lagon", quand: datetime = DEPART
    ) -> DepotPris:
        depot = self.depot(rang, collectivite)
        self.file.planifier(depot.identifiant, DEPOT, str(depot.dossier), quand)
        return depot

    def prendre(self, maintenant: datetime = PLUS_TARD) -> str:
        execution = self.file.prendre(maintenant)
        return "" if execution is None else execution.id

    def controler(self, depot: DepotPris, tour: Tour | None = None) -> None:
        """What a worker does with a deposit in hand, as far as the line is concerned."""
        with (tour or self.tour).place(depot) as attendre_son_tour:
            attendre_son_tour()
            self.suivis.append(depot.identifiant)
            self.journal.record(depot.identifiant, "controler", Done({}, ()))


@pytest.fixture
def ligne(tmp_path: Path) -> Iterator[Ligne]:
    with base_neuve(tmp_path) as base:
        yield Ligne(tmp_path, SqlExecutions(base), journal_de(base))


def a_part(quoi: threading.Thread) -> threading.Thread:
    quoi.start()
    return quoi


def test_chacun_attend_celui_d_avant(ligne: Ligne) -> None:
    """Twelve in hand at once, the last of them first: controlled in the order they came."""
    depots = [ligne.recevoir(rang) for rang in range(1, 13)]
    assert [ligne.prendre() for _ in depots] == [depot.identifiant for depot in depots]
    fils = [
        a_part(threading.Thread(target=ligne.controler, args=(depot, ligne.autre_processus())))
        for depot in reversed(depots)
    ]
    for fil in fils:
        fil.join(20)
    assert ligne.suivis == [depot.identifiant for depot in depots]


def test_une_autre_collectivite_n_attend_pas(ligne: Ligne) -> None:
    ligne.recevoir(1)
    autre = ligne.recevoir(2, "valombre")
    assert [ligne.prendre(), ligne.prendre()] == ["D00000001", "D00000002"]
    ligne.controler(autre)
    assert ligne.suivis == [autre.identifiant]


def test_celui_qui_echoue_n_est_pas_attendu(ligne: Ligne) -> None:
    """It is tried again later, or waits for a person: the others go on."""
    for rang in (1, 2):
        ligne.recevoir(rang)
    suivant = ligne.recevoir(3)
    assert [ligne.prendre() for _ in range(3)] == ["D00000001", "D00000002", "D00000003"]
    ligne.file.reporter("D00000001", DEPART, "disque plein", 1)
    ligne.file.abandonner("D00000002", "illisible")
    ligne.controler(suivant)
    assert ligne.suivis == ["D00000003"]


def test_celui_qui_est_rendu_passe_devant(ligne: Ligne) -> None:
    """A stop, or a dead process, hands it back: the next one goes back behind it."""
    premier, second = ligne.recevoir(1), ligne.recevoir(2)
    assert [ligne.prendre(), ligne.prendre()] == ["D00000001", "D00000002"]
    ligne.file.rendre("D00000001")
    with pytest.raises(ArretDemande, match="D00000002 laisse passer"):
        ligne.controler(second)
    ligne.file.rendre("D00000002")
    assert ligne.prendre() == "D00000001"
    ligne.controler(premier)
    ligne.controler(second)
    assert ligne.suivis == ["D00000001", "D00000002"]


def test_un_mort_est_attendu_jusqu_a_ce_qu_on_le_rende(ligne: Ligne) -> None:
    """Taken, and its place not kept: until the daemon hands it back nobody knows its end."""
    ligne.recevoir(1)
    second = ligne.recevoir(2)
    assert [ligne.prendre(), ligne.prendre()] == ["D00000001", "D00000002"]
    refus: list[str] = []

    def essayer() -> None:
        try:
            ligne.controler(second)
        except ArretDemande as arret:
            refus.append(str(arret))

    fil = a_part(threading.Thread(target=essayer))
    fil.join(0.1)
    assert fil.is_alive()
    assert ligne.suivis == []
    ligne.file.rendre("D00000001")
    fil.join(20)
    assert len(refus) == 1


def test_une_horloge_qui_recule_ne_fait_pas_tourner_en_rond(ligne: Ligne) -> None:
    """What would not be taken first is not waited for: handing back would give the same again."""
    ligne.recevoir(1, quand=PLUS_TARD)
    second = ligne.recevoir(2)
    assert ligne.prendre(DEPART) == "D00000002"
    ligne.controler(second)
    assert ligne.suivis == ["D00000002"]


def test_un_depot_deja_controle_n_est_pas_attendu(ligne: Ligne) -> None:
    """It is still in hand, to be put away."""
    premier, second = ligne.recevoir(1), ligne.recevoir(2)
    assert [ligne.prendre(), ligne.prendre()] == ["D00000001", "D00000002"]
    ligne.controler(premier)
    ligne.controler(second)
    assert ligne.suivis == ["D00000001", "D00000002"]
