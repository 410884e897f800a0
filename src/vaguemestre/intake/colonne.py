"""What a column of a deposit's table is: its name, what it describes, how its cells are read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

Genre = Literal["mandats", "titres", "factures", "pj"]
"""The tables of a deposit: pièces, the invoices (ASAP) of its titres, PJ that travel alone."""


class Niveau(Enum):
    """What a column describes; in nested JSON, the object its key stands in."""

    BORDEREAU = "bordereau"
    PIECE = "pièce"
    LIGNE = "ligne"
    TIERS = "tiers"


class Sorte(Enum):
    """How a cell is read."""

    TEXTE = "texte"
    ALNUM = "lettres et chiffres"
    CHIFFRES = "chiffres"
    ENTIER = "nombre entier"
    MONTANT = "montant"
    MONTANT_SIGNE = "montant, négatif admis"
    QUANTITE = "quantité, 6 chiffres dont 4 décimales au plus"
    TAUX = "pourcentage"
    DATE = "date"
    BOOLEEN = "oui ou non"
    CODE = "code"
    NOMS = "liste séparée par |"


@dataclass(frozen=True, slots=True)
class Colonne:
    """One column. `taille` is a maximum in characters or digits, `mini` the least of digits.

    `obligatoire` within `groupe`: as soon as one column of the group is filled ("" = always).
    `defaut` is what an empty cell means, in words.
    """

    nom: str
    niveau: Niveau
    sorte: Sorte
    libelle: str
    pes: str
    exemple: str
    taille: int = 0
    mini: int = 1
    codes: tuple[str, ...] = ()
    groupe: str = ""
    obligatoire: bool = False
    defaut: str = ""


def codes(*bornes: int, largeur: int = 2) -> tuple[str, ...]:
    """`codes(1, 4, 18, 18)`: 01 to 04, then 18."""
    paires = zip(bornes[::2], bornes[1::2], strict=True)
    return tuple(str(n).zfill(largeur) for de, a in paires for n in range(de, a + 1))
