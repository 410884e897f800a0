"""The daemon as the system sees it: one per folder, SIGTERM, and the real command line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.e2e.conftest import Scene
from tests.e2e.theatre import SECRETS, attendre
from vaguemestre.domain.flux import Etat
from vaguemestre.errors import VerrouError

RACINE = Path(__file__).resolve().parents[2]


def test_un_second_demon_sort_aussitot(scene: Scene) -> None:
    poste, _ = scene()
    premier = poste.lancer()
    poste.attendre_pret()
    second = poste.lancer()
    assert second.finir(10) == VerrouError.exit_code
    assert f"processus {premier.pid}" in second.dit()
    assert "VGM-610" in second.dit()
    assert premier.vit
    assert premier.terminer() == 0
    # The lock dies with its holder, however it ends.
    poste.lancer()
    poste.attendre_pret()
    assert poste.vie is not None
    poste.vie.tuer()
    poste.lancer()
    poste.arreter()


def test_sigterm_en_plein_envoi(scene: Scene) -> None:
    """The step in hand is finished, the rest is handed back: exit 0, then it goes on."""
    poste, dgfip = scene({"pannes": {"lenteur": 0.05}})
    for bordereau in range(101, 105):
        poste.deposer(f"b{bordereau}", bordereau, poids=200_000)
    poste.lancer()
    attendre(lambda: list((dgfip.racine / "depot").glob("*.part")))
    debut = time.monotonic()
    poste.arreter()
    assert time.monotonic() - debut < 10
    assert not list((dgfip.racine / "depot").iterdir()), "un envoi en main a été fini"
    assert not {run.id for run in poste.en_attente() if run.essais}
    assert Etat.INCERTAIN not in {vu.etat for vu in poste.flux()}
    poste.lancer()
    assert [vu.etat for vu in poste.regles(4)] == [Etat.ARCHIVE] * 4
    assert dgfip.jamais_deux_fois()
    assert len(dgfip.registre()) == 4
    poste.arreter()
    assert poste.audit().intact


def test_sigterm_au_repos_et_sigint(scene: Scene) -> None:
    poste, _ = scene()
    poste.lancer()
    poste.arreter()
    vie = poste.lancer()
    poste.attendre_pret()
    vie.signaler(signal.SIGINT)
    assert vie.finir(10) == 0


def test_la_vraie_ligne_de_commande(scene: Scene) -> None:
    """`python -m vaguemestre run`, killed while it works, then started again and ended."""
    poste, dgfip = scene()
    poste.deposer("mandats", 101, nombre=3)
    environ = os.environ | SECRETS | {"PYTHONPATH": str(RACINE / "src")}
    argv = [sys.executable, "-m", "vaguemestre", "run", "-c", str(poste.toml)]
    with (poste.dossier / "m.log").open("wb") as journal:
        with subprocess.Popen(argv, env=environ, stderr=journal) as vie:
            attendre(lambda: poste.flux() or vie.poll() is not None)
            vie.kill()
        assert vie.returncode == -signal.SIGKILL
        with subprocess.Popen(argv, env=environ, stderr=journal) as vie:
            poste.regles(1)
            vie.terminate()
        assert vie.returncode == 0
    assert dgfip.jamais_deux_fois()
    assert len(dgfip.registre()) == 1
    assert poste.audit().intact
    code, dit = poste.commande("audit", "verify")
    assert (code, "intact" in dit) == (0, True), dit
