"""The register as a replacement must see it: what it stands for has not been sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from typing_extensions import override

from vaguemestre.ports import Memoire, PieceConnue
from vaguemestre.store.vues import BordereauVu
from vaguemestre.workflows.relais import Relais


@dataclass(frozen=True, slots=True, kw_only=True)
class PjDuFlux:
    """PJ of the flux that is replaced, on which no acquit has spoken: `tenues` came in with their
    file, `perdues` did not, or nobody knows."""

    flux: str = ""
    tenues: frozenset[str] = frozenset()
    perdues: frozenset[str] = frozenset()


class Substitut(Relais):
    """`ports.Memoire` without some bordereaux of one flux; `base` is `pes.cumul_base`."""

    def __init__(
        self,
        memoire: Memoire,
        remplaces: Iterable[BordereauVu],
        base: str,
        pjs: PjDuFlux | None = None,
    ) -> None:
        super().__init__(memoire)
        self._pjs = PjDuFlux() if pjs is None else pjs
        self._comptent = [b for b in remplaces if b.vivant]
        self.base = base

    @override
    def bordereau_connu(
        self, cod_col: str, cod_bud: str, domaine: str, exercice: int, type_: str, numero: int
    ) -> str | None:
        connu = self._memoire.bordereau_connu(cod_col, cod_bud, domaine, exercice, type_, numero)
        partants = {
            b.flux for b in self._serie(cod_bud, domaine, exercice, type_) if b.numero == numero
        }
        return None if connu in partants else connu

    @override
    def pj_connue(self, cod_col: str, id_unique: str) -> str | None:
        connue = self._memoire.pj_connue(cod_col, id_unique)
        perdue = connue == self._pjs.flux and id_unique in self._pjs.perdues
        return None if perdue else connue

    @override
    def pj_acceptee(self, cod_col: str, id_unique: str) -> bool | None:
        if id_unique in self._pjs.tenues:
            return True
        return self._memoire.pj_acceptee(cod_col, id_unique)

    @override
    def piece_connue(
        self, cod_col: str, cod_bud: str, domaine: str, exercice: int, id_pce: int
    ) -> PieceConnue | None:
        connue = self._memoire.piece_connue(cod_col, cod_bud, domaine, exercice, id_pce)
        if connue is None or connue.prise_en_charge_le or connue.rejetee_le:
            return connue
        partants = {
            b.flux
            for b in self._comptent
            if (b.cod_bud, b.domaine, b.exercice) == (cod_bud, domaine, exercice)
            and id_pce in b.pieces
        }
        return None if connue.flux in partants else connue

    @override
    def cumul(
        self, cod_col: str, cod_bud: str, domaine: str, exercice: int, type_: str
    ) -> Decimal | None:
        avant = self._memoire.cumul(cod_col, cod_bud, domaine, exercice, type_)
        if avant is None:
            return None
        return avant - sum(map(self.compte, self._serie(cod_bud, domaine, exercice, type_)))

    def compte(self, b: BordereauVu) -> Decimal:
        """What a bordereau adds to the running total of its year."""
        return b.montant_ht + (b.montant_tva if self.base == "ttc" else Decimal(0))

    def _serie(self, cod_bud: str, domaine: str, exercice: int, type_: str) -> list[BordereauVu]:
        voulue = (cod_bud, domaine, exercice, type_)
        return [b for b in self._comptent if (b.cod_bud, b.domaine, b.exercice, b.type) == voulue]
