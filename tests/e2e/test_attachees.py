"""Answers that a person must look at, through the real daemon and the command line: late, doubled,
unknown, ambiguous, schema-breaking, unreadable, too big; each says what it is, and what to do."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from tests.e2e.conftest import Scene
from tests.e2e.test_reponses import ACCUSER, lues
from tests.e2e.theatre import Dgfip, Poste, attendre
from tests.workflow.test_retours import ENTETE, piece, un_retour
from vaguemestre.domain.flux import Etat
from vaguemestre.simulators.acquits import DEPENSE, PJ, Element, acquit
from vaguemestre.simulators.exemples import siret
from vaguemestre.simulators.lecture import lire_flux

MUET: dict[str, Any] = {"regles": [{"reponse": "aucun"}]}
AILLEURS = replace(ENTETE, id_coll=siret("98765432"))


def poser(poste: Poste, dgfip: Dgfip, nom: str, contenu: bytes) -> None:
    """The partner leaves an answer."""
    coulisse = poste.coulisse(nom)
    coulisse.write_bytes(contenu)
    coulisse.rename(dgfip.racine / "retrait" / nom)


def acquit_de(poste: Poste, dgfip: Dgfip, nom_fil: str) -> bytes:
    """What the accountant would answer to this very file."""
    recu = poste.coulisse("recu.xml")
    recu.write_bytes(dgfip.recu(nom_fil))
    lu = lire_flux(recu)
    elements = [
        Element(domaine=DEPENSE, accepte=True, bordereau=b.numero, exercice=b.exercice)
        for b in lu.bordereaux
    ]
    elements += [Element(domaine=PJ, accepte=True, id_unique=un) for un in lu.pjs]
    return acquit(lu.entete, elements)


def remarques(poste: Poste) -> dict[str, str]:
    return {reponse["nom"]: reponse["remarque"] for reponse in lues(poste)}


def attacher(poste: Poste, *argv: str) -> str:
    sortie, dit = poste.commande("flux", "attach", *argv, "--motif", "lu avec le poste")
    assert sortie == 0, dit
    return " ".join(dit.split())


def test_chaque_reponse_dit_ce_qu_elle_est(scene: Scene) -> None:
    poste, dgfip = scene(MUET)
    poste.deposer("mandats", 101, nombre=2)
    poste.lancer()
    poste.attendre_etat("mandats", Etat.EXPEDIE)
    (flux,) = poste.flux("mandats")
    bon = acquit_de(poste, dgfip, flux.nom_fil)
    poser(poste, dgfip, "a-illisible.xml", b"503 Service indisponible")
    poser(poste, dgfip, "b-inconnu.xml", bon.replace(flux.nomfic.encode(), b"AUTRE_LOGICIEL"))
    poser(poste, dgfip, "c-ambigu.xml", un_retour(piece(101, 1010), entete=AILLEURS))
    poser(poste, dgfip, "d-enorme.xml", b"<PES_Retour><a V='" + b"/>" * 100_000 + b"'/>")
    attendre(lambda: len(lues(poste)) == 4, quoi="quatre réponses retenues")
    assert remarques(poste) == {
        "a-illisible.xml": "illisible",
        "b-inconnu.xml": "inconnu",
        "c-ambigu.xml": "ambigu",
        "d-enorme.xml": "illisible",
    }
    sortie, dit = poste.commande("flux", "reponses")
    dit = " ".join(dit.split())
    assert sortie == 0
    for phrase in (
        "acquit que rien n'attend",
        "retour sans destinataire certain",
        "aucune réponse n'en porte",
        "corriger dans la configuration le SIRET",
        "le flux parti sous ce NomFic",
    ):
        assert phrase in dit, phrase
    assert poste.flux("mandats")[0].etat is Etat.EXPEDIE
    # An unknown one is the acquit of this flux after all; an unreadable one needs a verdict.
    assert f"est attachée à {flux.id} : ARCHIVE" in attacher(poste, "b-inconnu.xml", flux.id)
    poste.attendre_etat("mandats", Etat.ARCHIVE)
    # Late, then doubled; schema-breaking counts like another.
    poser(poste, dgfip, "e-tardif.xml", bon)
    poser(poste, dgfip, "f-tardif.xml", bon.replace(b"</ACQUIT>", b"<Inconnu/></ACQUIT>"))
    attendre(lambda: "f-tardif.xml" in remarques(poste), quoi="les tardifs")
    assert remarques(poste)["e-tardif.xml"] == "tardif"
    poser(poste, dgfip, "g-double.xml", bon)
    attendre(lambda: remarques(poste).get("g-double.xml") == "double", quoi="le double")
    sortie, dit = poste.commande("flux", "attach", "g-double.xml", flux.id, "--motif", "essai")
    assert sortie == 2
    assert "est déjà attachée" in dit
    poste.arreter()
    assert poste.audit().intact


def test_un_retour_attache_a_la_main_est_accuse(scene: Scene) -> None:
    """Beside the running daemon: one PES_ACQUIT_RETOUR leaves, is archived, and only one."""
    poste, dgfip = scene()
    poste.changer_config(ACCUSER)
    poste.deposer("mandats", 101, nombre=2)
    poste.lancer()
    poste.attendre_etat("mandats", Etat.ARCHIVE)
    (flux,) = poste.flux("mandats")
    contenu = un_retour(piece(101, 1010), entete=AILLEURS, nomfic="RETOUR_9")
    poser(poste, dgfip, "r.xml", contenu)
    poser(poste, dgfip, "s.xml", contenu)
    attendre(lambda: len(lues(poste)) == 2, quoi="le retour retenu, et son double")
    dit = attacher(poste, "r.xml", flux.id)
    assert "rendue à la collectivité valombre" in dit
    assert "partira au prochain tour du démon" in dit

    def accuse() -> bool:
        vus = [vu for vu in poste.flux() if vu.depot.startswith("A:")]
        return [vu.etat for vu in vus] == [Etat.SANS_ACQUIT] and (
            "archiver.0" in poste.etapes(vus[0].id)
        )

    attendre(accuse, quoi="le PES_ACQUIT_RETOUR")
    (envoye,) = [vu for vu in poste.flux() if vu.depot.startswith("A:")]
    assert b'NomFichierRetour V="RETOUR_9"' in dgfip.recu(envoye.nom_fil)
    assert lues(poste) == []
    sortie, dit = poste.commande("flux", "show", flux.id, "--json")
    assert sortie == 0
    assert json.loads(dit)["pieces"][0]["retour"]["etat"] == "prise_en_charge"
    poste.arreter()
    assert len(dgfip.registre()) == 2
    assert dgfip.jamais_deux_fois()
    assert poste.audit().intact
