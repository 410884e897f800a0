"""Deposits of a rôle, of invoices and of lone PJ: fictitious people and bodies, valid keys."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tests.unit.intake.fabrique import PDF, TITRE, en_csv, poser
from vaguemestre.config.sections import Collectivite, Configuration
from vaguemestre.domain.comptable import PesAller
from vaguemestre.intake.depot import ContexteDepot, DepotLu, lire_depot
from vaguemestre.pes.read import lire
from vaguemestre.workflows.essai_depot import FICTIVE
from vaguemestre.workflows.fabrique import Atelier, Cumuls

JOUR = date(2026, 11, 21)
ROLE: dict[str, str] = {
    **TITRE,
    "type_bordereau": "06",
    "bordereau": "7",
    "role_date_asp": "25/11/2026",
    "role_objet": "Eau, second semestre",
    "dette": "900001",
    "periode": "0",
    "cle1": "8",
    "cle2": "M",
    "nature": "588",
}
FACTURE: dict[str, str] = {
    "exercice": "2026",
    "bordereau": "15",
    "titre": "215",
    "date": "31/10/2026",
    "libelle": "Repas d'octobre",
    "quantite": "12",
    "prix_unitaire": "3,75",
    "montant_ht": "45,00",
}


def collectivite(**changes: object) -> Collectivite:
    return FICTIVE.model_copy(update=changes)


def deposer(dossier: Path, corps: Collectivite = FICTIVE, **fichiers: str | bytes) -> DepotLu:
    """A deposit of these files, read; `__` stands for the dot of a name."""
    depot = dossier / "depot"
    poser(depot, **fichiers)
    contexte = ContexteDepot(collectivite=corps, jour=JOUR, travail=dossier / "extrait")
    return lire_depot(depot, contexte)


def construire(dossier: Path, lu: DepotLu, corps: Collectivite = FICTIVE) -> list[Path]:
    """The PES files that the deposit becomes."""
    rangs = iter(range(1, 100))
    atelier = Atelier(
        config=Configuration(),
        collectivite=corps,
        jour=JOUR,
        nommer=lambda siren: f"PESALR2_{siren}_261121_{next(rangs):03d}",
        cumuls=Cumuls(None, corps.code, "ttc"),
        dossier=dossier,
    )
    ecrits = atelier.fabriquer(
        dict(lu.bordereaux), lu.pjs, frozenset(), factures=lu.factures, seules=lu.seules
    )
    return [ecrit.chemin for _, ecrit in ecrits]


def relire(dossier: Path, **fichiers: str | bytes) -> PesAller:
    """Deposit -> PES -> read back; the deposit must be accepted and make one file."""
    lu = deposer(dossier, FICTIVE, **fichiers)
    assert lu.accepte, [a.message for a in lu.anomalies]
    (chemin,) = construire(dossier, lu)
    return lire(chemin)


__all__ = ["FACTURE", "PDF", "ROLE", "TITRE", "en_csv"]
