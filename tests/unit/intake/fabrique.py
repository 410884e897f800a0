"""Small fictitious deposits for the tests of intake."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import date
from pathlib import Path

from vaguemestre.config.sections import Budget, Collectivite, Depots
from vaguemestre.errors import Anomalie
from vaguemestre.intake.depot import ContexteDepot, DepotLu, lire_depot

SIRET = "21200014200012"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"

MANDAT: dict[str, str] = {
    "exercice": "2026",
    "bordereau": "72",
    "date_emission": "20/11/2026",
    "mandat": "832",
    "objet": "Fournitures de bureau",
    "nature": "60632",
    "montant_ht": "1234,56",
    "montant_tva": "246,91",
    "mode_reglement": "03",
    "tiers_nom": "PAPETERIE DU LAGON",
    "tiers_categorie": "50",
    "tiers_nature_juridique": "03",
    "tiers_identifiant": "73282932000074",
    "tiers_nature_identifiant": "01",
    "adresse_2": "12 RUE DE L'ALMA",
    "code_postal": "98800",
    "ville": "NOUMEA",
    "titulaire_compte": "PAPETERIE DU LAGON",
    "iban": "FR1420041010050500013M02606",
    "pj": "facture.pdf",
    "pj_type": "003",
}
TITRE: dict[str, str] = {
    "exercice": "2026",
    "bordereau": "15",
    "date_emission": "2026-11-20",
    "titre": "215",
    "objet": "Cantine",
    "nature": "7067",
    "code_produit": "CANT",
    "montant_ht": "45.00",
    "tiers_nom": "MARTIN",
    "tiers_prenom": "CLAIRE",
    "tiers_civilite": "MME",
    "tiers_categorie": "01",
    "tiers_nature_juridique": "01",
    "adresse_2": "3 RUE DES LILAS",
    "code_postal": "98800",
    "ville": "NOUMEA",
}


def contexte(
    *,
    budgets: tuple[str, ...] = ("00",),
    monnaie: str = "EUR",
    travail: Path | None = None,
    limites: Depots | None = None,
) -> ContexteDepot:
    collectivite = Collectivite.model_validate(
        {
            "dossier": "lagon",
            "nom": "Commune du Lagon",
            "siret": SIRET,
            "code": "123",
            "poste": "988001",
            "monnaie": monnaie,
            "budget": [Budget(code=code) for code in budgets],
        }
    )
    return ContexteDepot(
        collectivite=collectivite,
        jour=date(2026, 11, 21),
        travail=travail,
        limites=limites or Depots(),
    )


def en_csv(*lignes: dict[str, str], sep: str = ";", colonnes: list[str] | None = None) -> str:
    noms = colonnes or list(dict.fromkeys(nom for ligne in lignes for nom in ligne))
    sortie = io.StringIO()
    ecrivain = csv.writer(sortie, delimiter=sep, lineterminator="\r\n")
    ecrivain.writerow(noms)
    ecrivain.writerows([[ligne.get(nom, "") for nom in noms] for ligne in lignes])
    return sortie.getvalue()


def poser(dossier: Path, **fichiers: str | bytes) -> Path:
    """Files by name, `__` for the dot: `poser(d, mandats__csv="…")`."""
    for nom, contenu in fichiers.items():
        octets = contenu.encode() if isinstance(contenu, str) else contenu
        chemin = dossier / nom.replace("__", ".")
        chemin.parent.mkdir(parents=True, exist_ok=True)
        chemin.write_bytes(octets)
    return dossier


def mandats(dossier: Path, *lignes: dict[str, str], **reglages: object) -> DepotLu:
    """Read a deposit with these rows and facture.pdf."""
    poser(dossier, mandats__csv=en_csv(*lignes), facture__pdf=PDF)
    return lire_depot(dossier, contexte(**reglages))  # type: ignore[arg-type]


def regles(lu: DepotLu) -> list[str]:
    return [anomalie.regle for anomalie in lu.anomalies]


def seule(lu: DepotLu, regle: str) -> Anomalie:
    """The only anomaly of the deposit, which must be of that rule."""
    assert regles(lu) == [regle], [a.message for a in lu.anomalies]
    anomalie = lu.anomalies[0]
    assert anomalie.message
    assert anomalie.conseil
    return anomalie


def en_zip(chemin: Path, fichiers: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(chemin, "w", zipfile.ZIP_DEFLATED) as archive:
        for nom, octets in fichiers.items():
            archive.writestr(nom, octets)
    return chemin


def imbrique(*pieces: dict[str, object]) -> str:
    tete = {"exercice": 2026, "bordereau": 72, "date_emission": "2026-11-20"}
    return json.dumps({"bordereaux": [{**tete, "mandats": list(pieces)}]}, indent=1)
