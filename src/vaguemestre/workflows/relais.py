"""A register that answers as another one does: what a view of it does not change."""

from __future__ import annotations

from decimal import Decimal

from vaguemestre.ports import Memoire, PieceConnue


class Relais:
    """`ports.Memoire` that asks `_memoire`; a view of the register says what differs."""

    def __init__(self, memoire: Memoire) -> None:
        self._memoire = memoire

    def nomfic_connu(self, nomfic: str, cod_col: str) -> str | None:
        return self._memoire.nomfic_connu(nomfic, cod_col)

    def bordereau_connu(
        self, cod_col: str, cod_bud: str, domaine: str, exercice: int, type_: str, numero: int
    ) -> str | None:
        return self._memoire.bordereau_connu(cod_col, cod_bud, domaine, exercice, type_, numero)

    def pj_connue(self, cod_col: str, id_unique: str) -> str | None:
        return self._memoire.pj_connue(cod_col, id_unique)

    def pj_acceptee(self, cod_col: str, id_unique: str) -> bool | None:
        return self._memoire.pj_acceptee(cod_col, id_unique)

    def dernier_bordereau(
        self, cod_col: str, cod_bud: str, domaine: str, exercice: int, type_: str
    ) -> int | None:
        return self._memoire.dernier_bordereau(cod_col, cod_bud, domaine, exercice, type_)

    def bordereau_refuse(
        self, cod_col: str, cod_bud: str, domaine: str, exercice: int, type_: str, numero: int
    ) -> str | None:
        return self._memoire.bordereau_refuse(cod_col, cod_bud, domaine, exercice, type_, numero)

    def piece_connue(
        self, cod_col: str, cod_bud: str, domaine: str, exercice: int, id_pce: int
    ) -> PieceConnue | None:
        return self._memoire.piece_connue(cod_col, cod_bud, domaine, exercice, id_pce)

    def cumul(
        self, cod_col: str, cod_bud: str, domaine: str, exercice: int, type_: str
    ) -> Decimal | None:
        return self._memoire.cumul(cod_col, cod_bud, domaine, exercice, type_)
