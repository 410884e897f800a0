"""What the readers of a PES_Retour fill: pièces as written, and where in the file they stand."""

from __future__ import annotations

from dataclasses import dataclass, field

from vaguemestre.errors import IllisibleError

# Real files have one domaine, or two.
_DOMAINES_MAX = 1_000

BLOC_MAX = 32 << 20
"""Of one pièce: far more octets than that are no retour."""

BALISES_MAX = 500_000
"""Of one pièce: ten thousand lignes have some three hundred thousand."""

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

    `entete` holds the leaves of Parametres and EnTetePES, as far as they stand before the first
    pièce; `domaines` those of the head of each domaine met so far, with whether it is a recette.
    """

    def __init__(self) -> None:
        self.entete: Bloc = {}
        self.domaines: list[tuple[bool, Bloc]] = []
        self._recette = False
        self._bordereau: Bloc = {}
        self._entamees = False

    def entrer(self, nom: str) -> tuple[Bloc, PieceBrute | None]:
        """The block of that name opens: where its leaves go, and the pièce that it is.

        Only a BordereauORMCGlobal is a pièce by itself.

        Raises:
            IllisibleError: more domaines than any retour has.
        """
        bloc: Bloc = {}
        if nom in {"Parametres", "EnTetePES"}:
            return (bloc if self._entamees else self.entete), None
        if nom in {"EnTeteDepense", "EnTeteRecette"}:
            if len(self.domaines) >= _DOMAINES_MAX:
                raise IllisibleError(f"plus de {_DOMAINES_MAX} domaines dans un retour")
            for _, passe in self.domaines[-1:]:  # of a head that is past, only this is asked for
                restitution = passe.get("TypRestit")
                passe.clear()
                passe |= {} if restitution is None else {"TypRestit": restitution}
            self._recette = nom == "EnTeteRecette"
            self.domaines.append((self._recette, bloc))
        elif nom in {"BlocBordereau", "BordereauORMCGlobal"}:
            self._bordereau = bloc
        role = nom == "BordereauORMCGlobal"
        return bloc, PieceBrute(self._recette, bloc, role=True) if role else None

    def piece(self) -> PieceBrute:
        """A pièce opens, in the bordereau met last."""
        self._entamees = True
        return PieceBrute(self._recette, self._bordereau)
