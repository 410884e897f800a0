"""A register held in memory: `ports.Memoire` over given facts.

For the examples of the catalogue, and for whoever checks files without a database but knows what
was sent before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from vaguemestre.ports import PieceConnue

Serie = tuple[str, str, str, int, str]
"""CodCol, CodBud, domaine, exercice, TypBord."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Souvenirs:
    """What was sent before; what is not told is not known.

    `nomfics` by NomFic and CodCol; `bordereaux` and `refuses` by series and number, giving the
    flux; `pjs` by CodCol and IdUnique, giving the flux; `attendues`: the IdUnique of those that no
    acquit has answered yet; `pieces` by CodCol, CodBud, domaine,
    exercice and IdPce.
    """

    nomfics: Mapping[tuple[str, str], str] = field(default_factory=dict)
    bordereaux: Mapping[tuple[str, str, str, int, str, int], str] = field(default_factory=dict)
    refuses: Mapping[tuple[str, str, str, int, str, int], str] = field(default_factory=dict)
    pjs: Mapping[tuple[str, str], str] = field(default_factory=dict)
    attendues: frozenset[str] = frozenset()
    cumuls: Mapping[Serie, Decimal] = field(default_factory=dict)
    pieces: Mapping[tuple[str, str, str, int, int], PieceConnue] = field(default_factory=dict)

    @property
    def resume(self) -> str:
        """« déjà connus : bordereau 11, PJ PJ0003 »: what a person must know of it."""
        dits = [
            *(f"fichier {nomfic}" for nomfic, _ in self.nomfics),
            *(f"bordereau {cle[5]}" for cle in self.bordereaux),
            *(f"bordereau {cle[5]} refusé" for cle in self.refuses),
            *(f"PJ {id_}{self._attente(id_)}" for _, id_ in self.pjs),
            *(f"pièce {cle[4]} {_sort(connue)}" for cle, connue in self.pieces.items()),
            *(f"cumul annuel {cumul}" for cumul in self.cumuls.values()),
        ]
        return f"déjà connus : {', '.join(dits)}" if dits else "registre vide"

    def _attente(self, id_unique: str) -> str:
        return " sans réponse" if id_unique in self.attendues else ""

    def nomfic_connu(self, nomfic: str, cod_col: str) -> str | None:
        return self.nomfics.get((nomfic, cod_col))

    def bordereau_connu(
        self, cod_col: str, cod_bud: str, domaine: str, exercice: int, type_: str, numero: int
    ) -> str | None:
        return self.bordereaux.get((cod_col, cod_bud, domaine, exercice, type_, numero))

    def bordereau_refuse(
        self, cod_col: str, cod_bud: str, domaine: str, exercice: int, type_: str, numero: int
    ) -> str | None:
        return self.refuses.get((cod_col, cod_bud, domaine, exercice, type_, numero))

    def dernier_bordereau(
        self, cod_col: str, cod_bud: str, domaine: str, exercice: int, type_: str
    ) -> int | None:
        serie = (cod_col, cod_bud, domaine, exercice, type_)
        return max((cle[5] for cle in self.bordereaux if cle[:5] == serie), default=None)

    def pj_connue(self, cod_col: str, id_unique: str) -> str | None:
        return self.pjs.get((cod_col, id_unique))

    def pj_acceptee(self, cod_col: str, id_unique: str) -> bool | None:
        if (cod_col, id_unique) not in self.pjs:
            return False
        return None if id_unique in self.attendues else True

    def cumul(
        self, cod_col: str, cod_bud: str, domaine: str, exercice: int, type_: str
    ) -> Decimal | None:
        return self.cumuls.get((cod_col, cod_bud, domaine, exercice, type_))

    def piece_connue(
        self, cod_col: str, cod_bud: str, domaine: str, exercice: int, id_pce: int
    ) -> PieceConnue | None:
        return self.pieces.get((cod_col, cod_bud, domaine, exercice, id_pce))


def _sort(connue: PieceConnue) -> str:
    if connue.prise_en_charge_le:
        return "prise en charge"
    return "rejetée" if connue.rejetee_le else "envoyée"
