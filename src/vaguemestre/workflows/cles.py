"""Keys of ORMC articles: the setting of a body -> what rules and building know of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vaguemestre.domain.comptable import Bordereau, Domaine, Piece, Titre
from vaguemestre.pes.cles import CLE1, CLE2, Cles

if TYPE_CHECKING:
    from vaguemestre.config.sections import Collectivite

_ROLE = "06"


def cles_de(collectivite: Collectivite) -> Cles:
    """The formulas that the accountant of this body is said to use; '' where unknown."""
    dit = collectivite.ormc
    return Cles(
        cle1=dit.cle1,
        cle2=dit.cle2,
        code_collectivite=dit.code_collectivite,
        code_nature=dit.code_nature,
    )


def poser(bordereau: Bordereau, collectivite: Collectivite) -> Bordereau:
    """The same rôle, whose articles have the keys that the deposit leaves empty.

    A key that the deposit gives is never changed; nothing is made without a chosen formula, nor
    for an article without debt number or period.
    """
    cles = cles_de(collectivite)
    if not cles or bordereau.domaine is not Domaine.RECETTE or bordereau.type != _ROLE:
        return bordereau
    pieces = tuple(_article(bordereau, p, cles, collectivite.code) for p in bordereau.pieces)
    return replace(bordereau, pieces=pieces)


def _article(bordereau: Bordereau, piece: Piece, cles: Cles, cod_col: str) -> Piece:
    article = piece.article if isinstance(piece, Titre) else None
    if not isinstance(piece, Titre) or article is None:
        return piece
    if article.dette is None or article.periode is None:
        return piece
    une, deux = cles.calculer(
        cles.elements(
            cod_col=cod_col,
            produit=piece.lignes[0].code_produit or "",
            role=str(bordereau.numero),
            exercice=str(bordereau.exercice),
            periode=article.periode,
            dette=str(article.dette),
        )
    )
    complet = replace(article, cle1=article.cle1 or une, cle2=article.cle2 or deux)
    return replace(piece, article=complet)


def dire(collectivite: Collectivite) -> str:
    """What `doctor` says of the keys of this body."""
    cles = cles_de(collectivite)
    dits = []
    for nom, choisie, formules in (("Cle1", cles.cle1, CLE1), ("Cle2", cles.cle2, CLE2)):
        formule = formules.get(choisie)
        if formule is None:
            dits.append(f"{nom} : formule inconnue, recopiée du dépôt et jamais jugée")
        else:
            dits.append(f"{nom} : {formule.nom} ({formule.libelle} ; {formule.statut})")
    return " ; ".join(dits)
