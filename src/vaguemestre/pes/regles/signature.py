"""Signatures seen from the structure only: there or not, and what they hang on (pes.md §9)."""

from __future__ import annotations

from collections.abc import Iterator

from vaguemestre.pes.faits import FichierFaits
from vaguemestre.pes.regles.base import Constat, F, Regle, regle


@regle("sig.absente", F, "pes.md §5.5, §9.1, §13 ligne 4")
def signature_absente(f: FichierFaits) -> Iterator[Constat]:
    """InfoDematerialisee 1 needs a signature: of the whole flux, or of each bordereau."""
    if f.signatures:
        return
    for domaine in f.domaines:
        nus = [b for b in domaine.bordereaux if not b.signatures]
        if not domaine.dematerialise or not nus:
            continue
        for bordereau in nus:
            yield Constat(
                bordereau.noeud,
                "",
                "le bordereau est annoncé comme dématérialisé et ne porte aucune signature",
                "Faire signer le bordereau (« vaguemestre sign »), ou mettre "
                "InfoDematerialisee à 0 s'il est signé sur papier.",
            )


@regle("sig.interdite", F, "pes.md §5.5, §9.1, §13 ligne 4")
def signature_interdite(f: FichierFaits) -> Iterator[Constat]:
    """InfoDematerialisee 0 (or absent) forbids a signature."""
    for domaine in f.domaines:
        if domaine.dematerialise:
            continue
        signes = [b for b in domaine.bordereaux if b.signatures]
        if signes or f.signatures:
            noeud = domaine.entete if domaine.entete.nom else domaine.noeud
            quoi = f"{len(signes)} bordereau(x) sont signés" if signes else "le flux est signé"
            yield Constat(
                noeud,
                "InfoDematerialisee",
                f"{quoi} mais InfoDematerialisee vaut 0 : la DGFiP rejette tout le fichier",
                "Signer avec « vaguemestre sign », qui met InfoDematerialisee à 1.",
                ref=domaine.nom,
            )


@regle("sig.melee", F, "pes.md §9.1 (l'une ou l'autre)")
def signature_melee(f: FichierFaits) -> Iterator[Constat]:
    """Either one signature per bordereau or one for the whole flux, not both."""
    if f.signatures and any(b.signatures for b in f.bordereaux):
        yield Constat(
            f.racine,
            "",
            "le fichier porte une signature globale et des signatures de bordereau",
            "Repartir du fichier non signé et choisir un seul mode de signature.",
            ref="fichier",
        )


@regle("sig.id.double", F, "pes.md §5.5 (@Id unique dans le fichier)")
def identifiant_double(f: FichierFaits) -> Iterator[Constat]:
    """Bordereau/@Id is unique in the file."""
    vus: set[str] = set()
    for bordereau in f.bordereaux:
        if bordereau.id and bordereau.id in vus:
            yield Constat(
                bordereau.noeud,
                "",
                f"l'identifiant Id=« {bordereau.id} » est porté par deux bordereaux",
                "Donner à chaque bordereau un identifiant différent avant de signer.",
                valeur=bordereau.id,
            )
        if bordereau.id:
            vus.add(bordereau.id)


REGLES: tuple[Regle[FichierFaits], ...] = (
    signature_absente,
    signature_interdite,
    signature_melee,
    identifiant_double,
)
