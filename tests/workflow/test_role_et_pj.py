"""A rôle ORMC and a PJ that goes alone, from the deposit to the acquit, through the whole line."""

from __future__ import annotations

import json
from pathlib import Path

from tests.unit.pes_regles_asap.fabrique import FACTURE, PDF, ROLE, en_csv
from tests.workflow.chaine import JOUR, Chaine
from vaguemestre.domain.flux import Etat
from vaguemestre.simulators.acquits import PJ, Element, acquit
from vaguemestre.simulators.lecture import lire_flux
from vaguemestre.workflows.depots import traiter_depot
from vaguemestre.workflows.maison import DepotPris

# DomaineAck of a rôle (pes.md §10.1).
ROLE_ORMC = 7


def deposer(
    ligne: Chaine, nom: str, collectivite: str = "valombre", **fichiers: str | bytes
) -> list[str]:
    rang = ligne.maison.registre.reserver("depot")
    en_cours = ligne.dossier / "echanges" / collectivite / "en-cours" / f"D{rang:08d}"
    for fichier, contenu in fichiers.items():
        chemin: Path = en_cours / nom / fichier.replace("__", ".")
        chemin.parent.mkdir(parents=True, exist_ok=True)
        chemin.write_bytes(contenu.encode() if isinstance(contenu, str) else contenu)
    pris = DepotPris(
        identifiant=en_cours.name,
        nom=nom,
        collectivite=collectivite,
        genre="dossier",
        dossier=en_cours,
    )
    return list(traiter_depot(ligne.maison.run(en_cours.name), ligne.maison, pris))


def repondre(ligne: Chaine, flux: str) -> None:
    """The partner accepts all that it got."""
    nom = ligne.flux(flux).nom_fil
    chemin = ligne.dossier / f"copie-{nom}"
    chemin.write_bytes(ligne.boite.recus[nom])
    lu = lire_flux(chemin)
    elements = [
        Element(domaine=ROLE_ORMC, accepte=True, bordereau=b.numero, exercice=b.exercice)
        for b in lu.bordereaux
    ]
    elements += [Element(domaine=PJ, accepte=True, id_unique=un) for un in lu.pjs]
    ligne.boite.retrait["a.xml"] = acquit(lu.entete, elements)
    assert ligne.relever() == [flux]


def du_jour(rangee: dict[str, str]) -> dict[str, str]:
    return {**rangee, "exercice": str(JOUR.year), "date_emission": f"{JOUR:%d/%m/%Y}"}


def test_un_role_va_jusqu_a_son_acquit(ligne: Chaine) -> None:
    role = {**du_jour(ROLE), "role_date_asp": f"{JOUR:%d/%m/%Y}"}
    (flux,) = deposer(ligne, "role", titres__csv=en_csv(role))
    ligne.envoyer(flux)
    assert ligne.etat(flux) is Etat.EXPEDIE
    repondre(ligne, flux)
    assert ligne.etat(flux) is Etat.ACQUITTE


def test_un_role_a_son_jumeau_indigo(ligne: Chaine) -> None:
    """A body that also sends INDIGO: the twin of a rôle is made, and both halves leave."""
    role = {**du_jour(ROLE), "role_date_asp": f"{JOUR:%d/%m/%Y}", "montant_ht": "45"}
    (flux,) = deposer(ligne, "role", "lagon", titres__csv=en_csv(role))
    ligne.envoyer(flux)
    assert ligne.etat(flux) is Etat.EXPEDIE
    assert len(ligne.boite.envois) == 2


def test_une_pj_seule_va_jusqu_a_son_acquit(ligne: Chaine) -> None:
    rangee = {"fichier": "bon.pdf", "domaine": "01", "exercice": JOUR.year, "identifiant": "832"}
    (flux,) = deposer(ligne, "pj", pj__json=json.dumps([rangee]), bon__pdf=PDF)
    ligne.envoyer(flux)
    assert ligne.etat(flux) is Etat.EXPEDIE
    repondre(ligne, flux)
    assert ligne.etat(flux) is Etat.ACQUITTE


def test_des_factures_sans_reglage_sont_rejetees_avec_leur_raison(ligne: Chaine) -> None:
    titre = {**du_jour(ROLE), "edition": "07"}
    facture = {**FACTURE, "exercice": str(JOUR.year), "bordereau": "7"}
    flux = deposer(ligne, "factures", titres__csv=en_csv(titre), factures__csv=en_csv(facture))
    assert flux == []
    rejets = ligne.dossier / "echanges" / "valombre" / "rejets"
    textes = [un.read_text("utf-8") for un in rejets.rglob("rapport.json")]
    assert any("depot.facture.reglage" in texte for texte in textes)
