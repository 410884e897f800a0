"""Reports made of verdicts: the model that every format is written from."""

from __future__ import annotations

from collections.abc import Iterable

from vaguemestre.pes.regles import TOUTES
from vaguemestre.pes.regles.fiches import fiches
from vaguemestre.rapport.modele import FichierVu, Rapport, RegleDite
from vaguemestre.workflows.verdict import Verdict


def vu(verdict: Verdict) -> FichierVu:
    """One file of a report."""
    return FichierVu(
        nom=verdict.fichier,
        verdict=verdict.verdict,
        schema=verdict.schema,
        anomalies=verdict.anomalies,
        bordereaux=verdict.bordereaux,
        pieces=verdict.pieces,
        pj=verdict.pj,
        total_ht=str(verdict.total_ht),
    )


def composer(
    fichiers: Iterable[FichierVu], *, version: str, titre: str = "", quand: str = ""
) -> Rapport:
    """The report on some files, by that version of the program; without a title, that of the only
    file or of their number."""
    vus = tuple(fichiers)
    if not titre:
        quoi = vus[0].nom if len(vus) == 1 else f"{len(vus)} fichiers"
        titre = f"Contrôle de {quoi}"
    return Rapport(titre=titre, version=version, fichiers=vus, catalogue=catalogue(), quand=quand)


def catalogue() -> tuple[RegleDite, ...]:
    """Every rule of the PES that we know, in the order of its identifiers, as its card says it."""
    cartes = fiches()
    return tuple(
        RegleDite(
            id=regle.id,
            gravite=regle.gravite,
            enonce=cartes[regle.id].enonce,
            source=regle.source,
            confiance=regle.confiance.value,
        )
        for regle in sorted(TOUTES, key=lambda r: r.id)
    )
