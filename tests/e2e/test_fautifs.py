"""Anything at all in the folder: each thing is reported at its place, and the good one passes."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.e2e import fautifs
from tests.e2e.conftest import Scene
from tests.e2e.theatre import JOUR, Poste, attendre, mandats
from vaguemestre.domain.flux import Etat

IMPATIENT = ("[depots]\n", "[depots]\npatience = 1.0\n")


def regles(poste: Poste, nom: str) -> set[str]:
    return {anomalie["regle"] for anomalie in poste.rejet(nom)["anomalies"]}


def dossier(poste: Poste, nom: str, bordereau: int) -> Path:
    return mandats(poste.coulisse(nom), bordereau)


def deposer_tout(poste: Poste) -> dict[str, str]:
    """Drop them all; the rule that must be named for each."""
    depot = poste.depots()
    attendus = {
        "pas-du-xml.xml": "xml.illisible",
        "vide.xml": "xml.illisible",
        "tronque.xml": "xml.",
        "bombe.xml": "xml.illisible",
        "externe.xml": "xml.illisible",
    }
    poste.poser("pas-du-xml.xml", fautifs.PAS_DU_XML)
    poste.poser("vide.xml", b"")
    poste.poser("tronque.xml", fautifs.TRONQUE)
    poste.poser("bombe.xml", fautifs.BOMBE)
    poste.poser("externe.xml", fautifs.EXTERNE)
    bon = dossier(poste, "pour-les-zips", 201)
    poste.poser("glissant.zip", fautifs.zip_glissant(bon))
    poste.poser("gonfle.zip", fautifs.zip_bombe(bon))
    poste.poser("abime.zip", fautifs.en_zip(fautifs.du_dossier(bon))[:-200])
    attendus |= {"glissant.zip": "depot.zip.chemin", "gonfle.zip": "depot.zip.bombe"}
    attendus |= {"abime.zip": "depot.zip.abime", "rien": "depot.vide"}
    shutil.rmtree(bon)
    (depot / "rien").mkdir()
    sans_pdf = dossier(poste, "faux-pdf", 202)
    fautifs.un_pdf(sans_pdf).write_bytes(b"ceci n'est pas un PDF")
    sans_pdf.rename(depot / "faux-pdf")
    absent = dossier(poste, "pj-absente", 203)
    fautifs.un_pdf(absent).unlink()
    absent.rename(depot / "pj-absente")
    excel = fautifs.remplacer(dossier(poste, "excel", 204), b";34000;", b";1E+15;")
    excel.rename(depot / "excel")
    attendus |= {"faux-pdf": "pj.", "pj-absente": "depot.pj", "excel": "depot."}
    bizarre = fautifs.remplacer(dossier(poste, "-été à l'..école--", 205), b"FR76", b"FR77")
    bizarre.rename(depot / bizarre.name)
    attendus["-été à l'..école--"] = "depot."
    return attendus


def test_chacun_a_sa_place_et_le_bon_passe(scene: Scene) -> None:
    poste, dgfip = scene()
    poste.changer_config(IMPATIENT)
    poste.deposer("aaa-bon", 101)
    attendus = deposer_tout(poste)
    (poste.depots() / "en-transfert.zip.part").write_bytes(b"PK\x03\x04")
    poste.deposer("zzz-bon", 102)
    poste.lancer()
    flux = poste.regles(2)
    assert [vu.etat for vu in flux] == [Etat.ARCHIVE, Etat.ARCHIVE]
    for nom, regle in attendus.items():
        trouvees = regles(poste, nom)
        assert any(une.startswith(regle) for une in trouvees), (nom, trouvees)
    poste.regles(2)
    assert [p.name for p in poste.depots().iterdir()] == ["en-transfert.zip.part"]
    assert not list(poste.dossier.rglob("sorti.txt"))
    assert not (poste.dossier.parent / "sorti.txt").exists()
    assert len(dgfip.registre()) == 2
    # What was refused is kept, as it came.
    rejets = poste.depots().parent / "rejets"
    assert (rejets / "externe.xml" / "externe.xml").read_bytes() == fautifs.EXTERNE
    assert (rejets / "faux-pdf" / "faux-pdf" / "mandats.csv").exists()
    poste.arreter()
    assert poste.audit().intact


def test_un_bordereau_refuse_puis_corrige(scene: Scene) -> None:
    """By us, then by the partner: what was refused never blocks its correction."""
    poste, dgfip = scene({"regles": [{"reponse": "refuse", "fois": 1}]})
    faux = dossier(poste, "mandats", 101)
    fautifs.remplacer(faux, f";{JOUR:%d/%m/%Y};".encode(), b";31/02/2026;")
    faux.rename(poste.depots() / "mandats")
    poste.lancer()
    anomalie = poste.rejet("mandats")["anomalies"][0]
    assert (anomalie["fichier"], anomalie["ligne"]) == ("mandats.csv", 2)
    assert (anomalie["chemin"], anomalie["valeur"]) == ("date_emission", "31/02/2026")
    assert anomalie["conseil"]
    poste.deposer("mandats", 101)
    assert [vu.etat for vu in poste.regles(1)] == [Etat.REFUSE]
    poste.deposer("mandats", 101)
    assert [vu.etat for vu in poste.regles(2)] == [Etat.REFUSE, Etat.ARCHIVE]
    traites = poste.depots().parent / "traites"
    assert sorted(p.name for p in traites.iterdir()) == ["mandats", "mandats-2"]
    assert poste.rapport("traites", "mandats")["flux"][0]["etat"].startswith("REFUSE")
    assert poste.rapport("traites", "mandats-2")["flux"][0]["etat"] == "ARCHIVE"
    assert len(dgfip.registre()) == 2
    poste.arreter()
    assert poste.audit().intact


def test_depose_deux_fois(scene: Scene) -> None:
    """The same bytes and the same bordereau, in flight and after: said, and never done twice."""
    poste, dgfip = scene({"regles": [{"delai": 3.0, "fois": 1}]})
    poste.deposer("premier", 101)
    poste.lancer()
    attendre(lambda: [vu.etat for vu in poste.flux()] == [Etat.EXPEDIE])
    poste.deposer("en-vol", 101)
    assert "registre.bordereau" in regles(poste, "en-vol")
    poste.regles(1)
    poste.deposer("apres", 101)
    rapport = poste.rejet("apres")
    (doublon,) = [a for a in rapport["anomalies"] if a["regle"] == "registre.bordereau"]
    assert "F00000001" in doublon["message"]
    assert len(poste.flux()) == 1
    assert len(dgfip.registre()) == 1


def test_deux_depots_de_meme_nom(scene: Scene) -> None:
    """As a folder and as a zip, at once: both are done, each under a name of its own."""
    poste, dgfip = scene()
    contenu = fautifs.en_zip(fautifs.du_dossier(dossier(poste, "modele", 102)))
    poste.deposer("mandats", 101)
    poste.poser("mandats.zip", contenu)
    poste.lancer()
    poste.regles(2)
    poste.deposer("mandats", 103)
    assert [vu.etat for vu in poste.regles(3)] == [Etat.ARCHIVE] * 3
    traites = poste.depots().parent / "traites"
    assert sorted(p.name for p in traites.iterdir()) == ["mandats", "mandats-2", "mandats.zip"]
    assert dgfip.jamais_deux_fois()


@pytest.mark.skipif(os.geteuid() == 0, reason="l'administrateur lit tout")
def test_un_fichier_illisible(scene: Scene) -> None:
    poste, _ = scene()
    ferme = dossier(poste, "ferme", 101)
    fautifs.un_pdf(ferme).chmod(0)
    ferme.rename(poste.depots() / "ferme")
    poste.deposer("zzz-bon", 102)
    poste.lancer()
    assert [vu.etat for vu in poste.regles(1)] == [Etat.ARCHIVE]
    attendre(lambda: "ferme" in poste.vie.dit() if poste.vie else "")


def test_dossier_d_une_collectivite_inconnue(scene: Scene) -> None:
    """Nobody has configured it: it waits untouched, and it is said."""
    poste, _ = scene()
    ailleurs = poste.dossier / "echanges" / "ailleurs" / "depot"
    ailleurs.mkdir(parents=True)
    dossier(poste, "mandats", 101).rename(ailleurs / "mandats")
    poste.deposer("bon", 102)
    vie = poste.lancer()
    assert [vu.etat for vu in poste.regles(1)] == [Etat.ARCHIVE]
    attendre(lambda: "ailleurs" in vie.dit())
    assert (ailleurs / "mandats" / "mandats.csv").exists()
