"""The large file: twenty bordereaux of mandats, PDFs of mixed sizes, 95 MB once written."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from tests.bench.cadre import Faux
from vaguemestre.config.sections import Collectivite
from vaguemestre.domain.comptable import Bordereau, EnTete, Enveloppe, PesAller
from vaguemestre.intake.depot import ContexteDepot, lire_depot
from vaguemestre.pes.build import ecrire
from vaguemestre.simulators.exemples import COLONNES_MANDATS, FOURNISSEURS, VALOMBRE, iban, pdf

BORDEREAUX = 20
MANDATS = 60
MO = 1_000_000
_JOUR = date(2026, 3, 2)
_ECHELLE = (200_000, 2 * MO, 450_000, 10 * MO, 800_000, 300_000, 1_400_000, 250_000, 600_000)
"""Bytes of one PDF after the other: scans of 200 KB to 2 MB, one of 10 MB now and then."""


@dataclass(frozen=True, slots=True)
class Poids:
    """How large the file is to be: its bytes, those of one PJ that alone is heavy, and how many
    mandats each bordereau has."""

    fichier: int
    pj: int = 0
    mandats: int = MANDATS


def deposer(ou: Path, poids: Poids) -> Path:
    """Write the deposit in `ou`."""
    depot = ou / "depot"
    depot.mkdir(parents=True)
    _table(depot, _justificatifs(depot, poids), poids.mandats)
    return depot


def document(depot: Path) -> PesAller:
    """Read the deposit as the product does; totals of the year as the register would give them."""
    collectivite = Collectivite.model_validate(
        {
            "dossier": VALOMBRE.dossier,
            "nom": VALOMBRE.nom,
            "siret": VALOMBRE.siret,
            "code": VALOMBRE.code,
            "poste": VALOMBRE.poste,
            "budget": [{"code": "00", "libelle": "BUDGET PRINCIPAL"}],
        }
    )
    lu = lire_depot(depot, ContexteDepot(collectivite=collectivite, jour=_JOUR))
    if not lu.accepte:
        raise Faux(f"le dépôt de mesure est refusé : {lu.anomalies[0].message}")
    bordereaux = tuple(_cumuler(lu.bordereaux["00"]))
    return PesAller(
        enveloppe=Enveloppe(nom_fichier="PESALR2_213409998_260302_001"),
        entete=EnTete(
            date_production=_JOUR,
            id_poste=VALOMBRE.poste,
            id_collectivite=VALOMBRE.siret,
            code_collectivite=VALOMBRE.code,
            code_budget="00",
            libelle_budget="BUDGET PRINCIPAL",
        ),
        bordereaux=bordereaux,
        pieces_justificatives=lu.pjs,
    )


def pes(depot: Path) -> Path:
    """The unsigned file, beside the deposit."""
    vers = depot.with_name("aller.xml")
    ecrire(document(depot), vers)
    return vers


def _cumuler(bordereaux: tuple[Bordereau, ...]) -> Iterator[Bordereau]:
    total = Decimal(0)
    for bordereau in bordereaux:
        total += bordereau.montant_ht + bordereau.montant_tva
        yield replace(bordereau, cumul_annuel=total)


def _justificatifs(depot: Path, poids: Poids) -> list[str]:
    """PDFs that weigh in all what base64 makes the file's size of; at least one per bordereau."""
    reste = poids.fichier * 3 // 4 - 2 * MO
    tailles = [poids.pj] if poids.pj else []
    reste -= poids.pj
    while reste > 0 or len(tailles) < BORDEREAUX:
        taille = _ECHELLE[len(tailles) % len(_ECHELLE)]
        plafond = max(reste, 30_000) if len(tailles) >= BORDEREAUX else poids.fichier // 40
        tailles.append(min(taille, plafond))
        reste -= tailles[-1]
    noms = []
    for rang, taille in enumerate(tailles):
        noms.append(f"Facture_{rang:04d}.pdf")
        (depot / noms[-1]).write_bytes(pdf([f"Facture {rang}"], poids=taille, graine=rang))
    return noms


def _table(depot: Path, noms: list[str], mandats: int) -> None:
    tampon = io.StringIO()
    table = csv.writer(tampon, delimiter=";", lineterminator="\r\n")
    table.writerow(COLONNES_MANDATS)
    for rang in range(BORDEREAUX * mandats):
        bordereau, numero = rang // mandats + 1, rang + 1
        siens = noms[bordereau - 1 :: BORDEREAUX]
        nom, cle, rue, compte = FOURNISSEURS[rang % len(FOURNISSEURS)]
        champs: list[object] = ["00", 2026, bordereau, "02/03/2026", numero]
        champs += [f"Fournitures {numero}", 1, "60632", "020", f"{100 + rang},00", "20,00", "03"]
        champs += [f"FA{numero:05d}", "01", cle, "50", "03", nom, rue, "34000", "VALOMBRE"]
        champs += [nom[:32], iban(compte), "BDFEFRPPCCT", siens[rang % len(siens)]]
        table.writerow(champs)
    (depot / "mandats.csv").write_bytes(tampon.getvalue().encode("cp1252"))
