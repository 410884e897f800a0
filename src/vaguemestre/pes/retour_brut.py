"""What the readers of a PES_Retour fill: pièces as written, and where in the file they stand."""

from __future__ import annotations

from dataclasses import dataclass, field

Bloc = dict[str, str]
"""Leaves by local name: the first of a name wins, without outer blanks, empty ones left out."""


@dataclass(slots=True)
class LigneBrute:
    """A LigneDePiece: the leaves of all its blocks together, and its emargements apart."""

    feuilles: Bloc = field(default_factory=dict)
    emargements: list[Bloc] = field(default_factory=list)


@dataclass(slots=True)
class PieceBrute:
    """A Piece, or a BordereauORMCGlobal (`role`), with the bordereau and domaine it stands in."""

    recette: bool
    bordereau: Bloc
    role: bool = False
    info: Bloc = field(default_factory=dict)
    lignes: list[LigneBrute] = field(default_factory=list)


class Releve:
    """What stands outside the pièces, as far as the file is read.

    `entete` holds the leaves of Parametres and EnTetePES, `domaines` those of the head of each
    domaine met so far, with whether it is a recette.
    """

    def __init__(self) -> None:
        self.entete: Bloc = {}
        self.domaines: list[tuple[bool, Bloc]] = []
        self._recette = False
        self._bordereau: Bloc = {}

    def entrer(self, nom: str) -> tuple[Bloc, PieceBrute | None]:
        """The block of that name opens: where its leaves go, and the pièce that it is.

        Only a BordereauORMCGlobal is a pièce by itself.
        """
        bloc: Bloc = {}
        if nom in {"Parametres", "EnTetePES"}:
            return self.entete, None
        if nom in {"EnTeteDepense", "EnTeteRecette"}:
            self._recette = nom == "EnTeteRecette"
            self.domaines.append((self._recette, bloc))
        elif nom in {"BlocBordereau", "BordereauORMCGlobal"}:
            self._bordereau = bloc
        role = nom == "BordereauORMCGlobal"
        return bloc, PieceBrute(self._recette, bloc, role=True) if role else None

    def piece(self) -> PieceBrute:
        """A pièce opens, in the bordereau met last."""
        return PieceBrute(self._recette, self._bordereau)
