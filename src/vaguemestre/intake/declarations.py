"""What the sender says of a PJ beside its document: category, origin, waiver, certification.

In a spreadsheet, columns beside `pj`; in a manifest, the keys `pieces` and `derogation`:
`{"fichiers": […], "derogation": {"motif": "…", "auteur": "…"}, "pieces": {"plan.pdf":
{"categorie": "marche_contrat", "origine": "papier", "certification": "certif.pdf"}}}`, where a
piece is named by its file, its NomPJ or its IdUnique. Source: accord local 1.3, 1.4, 2.2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vaguemestre.domain.declaration import DeclarationPj, Derogation
from vaguemestre.intake.constats import Constats
from vaguemestre.intake.inventaire import montrable
from vaguemestre.intake.json_lignes import analyser

TOUTES = "*"
"""Key of what holds for every PJ of the deposit."""
COLONNES = (
    "pj_categorie",
    "pj_origine",
    "pj_certification",
    "pj_derogation",
    "pj_derogation_auteur",
)
ORIGINES = ("native", "convertie", "papier")
_TEXTES = ("categorie", "origine", "libelle", "certification")
_TEXTE_MAX = 250


def des_colonnes(listes: Sequence[Sequence[str | None]]) -> tuple[DeclarationPj, ...]:
    """One declaration a file, from the values of `COLONNES` for each file, in that order."""
    return tuple(
        DeclarationPj(
            categorie=categorie or "",
            origine=origine or "",
            certification=certification or "",
            derogation=Derogation(motif=motif, auteur=auteur) if motif and auteur else None,
        )
        for categorie, origine, certification, motif, auteur in zip(*listes, strict=True)
    )


def du_manifeste(octets: bytes, fichier: str, constats: Constats) -> dict[str, DeclarationPj]:
    """By name of file, NomPJ or IdUnique, `TOUTES` for the whole; findings for what is odd.

    A manifest that is no JSON at all gives {}: whoever reads the list of files says so.
    """
    analyse = analyser(octets, fichier, Constats())
    if analyse is None or not isinstance(analyse[0], dict):
        return {}
    contenu: Mapping[str, Any] = analyse[0]
    declarations: dict[str, DeclarationPj] = {}
    commune = {cle: contenu[cle] for cle in ("origine", "derogation") if cle in contenu}
    if commune:
        _ajouter(declarations, TOUTES, commune, fichier, constats)
    pieces = contenu.get("pieces", {})
    if not isinstance(pieces, dict):
        _refuser("« pieces » associe des noms de fichiers à leurs déclarations", fichier, constats)
        return declarations
    for nom, dite in pieces.items():
        _ajouter(declarations, nom, dite, fichier, constats)
    return declarations


def _ajouter(
    vers: dict[str, DeclarationPj], nom: str, dite: object, fichier: str, constats: Constats
) -> None:
    ou = "le dépôt" if nom == TOUTES else f"« {montrable(nom)} »"
    if not isinstance(dite, dict) or set(dite) - {*_TEXTES, "derogation"}:
        cles = ", ".join((*_TEXTES, "derogation"))
        _refuser(f"pour {ou}, les clés possibles sont {cles}", fichier, constats)
        return
    textes = {cle: dite[cle] for cle in _TEXTES if cle in dite}
    if not all(_texte(valeur) for valeur in textes.values()):
        _refuser(
            f"pour {ou}, chaque valeur est un texte de 1 à {_TEXTE_MAX} caractères",
            fichier,
            constats,
        )
        return
    derogation = dite.get("derogation")
    if derogation is not None and not _complete(derogation):
        _refuser(f"pour {ou}, une dérogation a un motif et un auteur", fichier, constats)
        return
    vers[nom] = DeclarationPj(
        **textes, derogation=None if derogation is None else Derogation(**derogation)
    )


def _complete(derogation: object) -> bool:
    return (
        isinstance(derogation, dict)
        and set(derogation) == {"motif", "auteur"}
        and all(_texte(valeur) for valeur in derogation.values())
    )


def _texte(valeur: object) -> bool:
    return isinstance(valeur, str) and 0 < len(valeur.strip()) <= _TEXTE_MAX


def _refuser(message: str, fichier: str, constats: Constats) -> None:
    constats.depot(
        "depot.manifeste.pieces",
        f"manifeste : {message}",
        "Voir « vaguemestre help pj » : catégories, origine, dérogation, certification.",
        fichier=fichier,
    )
