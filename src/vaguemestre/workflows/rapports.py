"""The report beside a deposit: written when it is filed, and again when its flux are settled."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from vaguemestre.errors import Anomalie, Gravite
from vaguemestre.rapport.depot import FluxRapport, RapportDepot, ecrire_rapport
from vaguemestre.store.vues import FluxVu
from vaguemestre.workflows.maison import DepotPris, Maison


def ecrire_rapport_de_depot(
    maison: Maison,
    depot: DepotPris,
    verdict: Mapping[str, Any],
    dossier: Path,
    change: FluxVu | None = None,
) -> None:
    """Write `rapport.json` and `rapport.html` into `dossier`, as far as things went.

    `change`: one of its flux as it is about to stand.
    """
    flux = tuple(
        _flux(maison, change if change is not None and change.id == vu.id else vu)
        for vu in maison.registre.flux_du_depot(depot.identifiant)
    )
    rapport = RapportDepot(
        depot=depot.nom,
        collectivite=depot.collectivite,
        verdict=str(verdict["verdict"]),
        date=maison.horloge.now().isoformat(),
        forme=str(verdict["forme"]),
        flux=flux,
        anomalies=tuple(anomalie(une) for une in verdict["anomalies"]),
        remplacements=verdict["remplacements"],
        totaux={"flux": len(flux), "pièces": sum(un.pieces for un in flux)} if flux else {},
    )
    ecrire_rapport(dossier, rapport)


def actualiser(maison: Maison, flux: FluxVu) -> None:
    """Say in the report of its deposit what becomes of a flux; a folder moved away is let be.

    Written before the step is recorded: a life that ends in between writes it once more.
    """
    controle = maison.journal.recall(flux.depot, "controler")
    classe = maison.journal.recall(flux.depot, "classer")
    vu = maison.registre.depot(flux.depot)
    if controle is None or classe is None or vu is None:
        return
    dossier = maison.config.chemin(Path(str(classe.result["dossier"])))
    if not dossier.is_dir():
        return
    depot = DepotPris(
        identifiant=vu.id,
        nom=vu.nom,
        collectivite=vu.collectivite,
        genre=vu.forme,
        dossier=maison.config.chemin(Path(vu.dossier)),
    )
    with maison.verrous.pour(f"rapport {vu.id}"):
        ecrire_rapport_de_depot(maison, depot, controle.result, dossier, flux)


def anomalie(objet: Mapping[str, Any]) -> Anomalie:
    """A finding read back from the result of a step."""
    return Anomalie(
        regle=objet["regle"],
        ref=objet["ref"],
        message=objet["message"],
        gravite=Gravite(objet["gravite"]),
        ligne=objet["ligne"],
        colonne=objet["colonne"],
        chemin=objet["chemin"],
        valeur=objet["valeur"],
        conseil=objet["conseil"],
        fichier=objet["fichier"],
        attendu=objet.get("attendu", ""),
    )


def _flux(maison: Maison, vu: FluxVu) -> FluxRapport:
    bordereaux = maison.registre.bordereaux(vu.id)
    return FluxRapport(
        flux=vu.id,
        nomfic=vu.nomfic,
        budget=vu.cod_bud,
        etat=vu.etat.value + (f" — {vu.motif}" if vu.motif else ""),
        bordereaux=tuple(f"{b.numero} ({b.domaine}, {b.exercice})" for b in bordereaux),
        pieces=sum(len(b.pieces) for b in bordereaux),
        pj=len(maison.registre.pjs(vu.id)),
        total_ht=str(sum((b.montant_ht for b in bordereaux), Decimal(0))),
    )
