"""Answers through the real daemon: a retour is acknowledged where asked for, a held one finds its
body after a restart, and two persons who make a flux again at once make it once."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from tests.e2e.conftest import Scene
from tests.e2e.theatre import SECRETS, Poste, Processus, attendre
from tests.workflow.test_retours import ENTETE, piece, un_retour
from vaguemestre.domain.flux import Etat
from vaguemestre.simulators.exemples import VALOMBRE, siret

RETOUR = {"regles": [{"si": {"bordereau": 101}, "reponse": "accepte", "retour": "pec"}]}
ACCUSER = ("simulateur = true", "simulateur = true\nacquit_retour = true")
PARTIEL = {
    "regles": [
        {"si": {"bordereau": 102}, "reponse": "partiel", "forme": "piece", "fois": 1},
        {"reponse": "accepte"},
    ]
}


def lues(poste: Poste) -> list[dict[str, Any]]:
    sortie, dit = poste.commande("flux", "reponses", "--json")
    assert sortie == 0, dit
    lu: list[dict[str, Any]] = json.loads(dit)
    return lu


def test_l_acquit_d_un_retour(scene: Scene) -> None:
    """A flux of its own: sent, archived, in the trace; nothing answers it."""
    poste, dgfip = scene(RETOUR)
    poste.changer_config(ACCUSER)
    poste.deposer("mandats", 101, nombre=2)
    poste.lancer()

    def accuse() -> bool:
        suite = [vu for vu in poste.flux() if vu.depot.startswith("R:")]
        return [vu.etat for vu in suite] == [Etat.SANS_ACQUIT] and (
            "archiver.0" in poste.etapes(suite[0].id)
        )

    attendre(accuse, quoi="l'acquit du retour")
    (envoye,) = [vu for vu in poste.flux() if vu.depot.startswith("R:")]
    assert b"PES_ACQUIT_RETOUR" in dgfip.recu(envoye.nom_fil)
    poste.attendre_etat("mandats", Etat.ARCHIVE)
    sortie, dit = poste.commande("audit", "trace")
    assert sortie == 0
    assert envoye.id in dit
    sortie, dit = poste.commande("flux", "show", envoye.id)
    assert sortie == 0
    assert "SANS_ACQUIT" in dit
    assert lues(poste) == []
    poste.arreter()
    assert dgfip.jamais_deux_fois()
    assert poste.audit().intact


def test_un_retour_retenu_trouve_sa_place(scene: Scene) -> None:
    """The SIRET of the configuration was wrong; it is mended, the daemon started again."""
    poste, dgfip = scene()
    poste.deposer("mandats", 101, nombre=2)
    poste.lancer()
    poste.attendre_etat("mandats", Etat.ARCHIVE)
    (flux,) = poste.flux("mandats")
    nouveau = siret("98765432")
    contenu = un_retour(piece(101, 1010), entete=replace(ENTETE, id_coll=nouveau))
    coulisse = poste.coulisse("retour.xml")
    coulisse.write_bytes(contenu)
    coulisse.rename(dgfip.racine / "retrait" / "retour.xml")
    attendre(lambda: [r["remarque"] for r in lues(poste)] == ["ambigu"], quoi="le retour retenu")
    sortie, dit = poste.commande("flux", "reponses")
    assert sortie == 0
    assert "corriger dans la configuration le SIRET" in dit
    poste.arreter()
    poste.changer_config((f'siret = "{VALOMBRE.siret}"', f'siret = "{nouveau}"'))
    poste.lancer()
    attendre(lambda: lues(poste) == [], quoi="le retour rendu")
    sortie, dit = poste.commande("flux", "show", flux.id, "--json")
    assert sortie == 0
    premiere, seconde = json.loads(dit)["pieces"]
    assert premiere["retour"]["etat"] == "prise_en_charge"
    assert seconde["retour"] is None
    poste.arreter()
    assert poste.audit().intact


def test_deux_reemissions_a_la_fois(scene: Scene) -> None:
    """Two commands beside a daemon of two processes: one replacement, sent once."""
    poste, dgfip = scene(PARTIEL, processus=2)
    poste.deposer("mandats", 102, nombre=3)
    poste.lancer()
    poste.attendre_etat("mandats", Etat.PARTIEL)
    (ancien,) = poste.flux("mandats")
    demande = ["flux", "reissue", ancien.id, "--motif", "double", "--json", "-c", str(poste.toml)]
    ensemble = [
        Processus("vaguemestre", demande, poste.dossier / f"double-{rang}.log", SECRETS)
        for rang in range(2)
    ]
    assert [un.finir(60) for un in ensemble] == [0, 0], [un.dit() for un in ensemble]
    dits = [json.loads(un.dit()) for un in ensemble]
    assert sorted(dit["deja"] for dit in dits) == [False, True]
    assert len({dit["flux"] for dit in dits}) == 1
    attendre(lambda: poste.flux()[-1].etat is Etat.ARCHIVE, quoi="la réémission acceptée")
    assert [vu.etat for vu in poste.flux()] == [Etat.REMPLACE, Etat.ARCHIVE]
    poste.arreter()
    assert dgfip.jamais_deux_fois()
    assert poste.audit().intact
