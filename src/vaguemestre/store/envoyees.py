"""DOOR. Which flux carry a mandat or titre of this number: kept in memory, read on as it grows.

The register has the numbers of a bordereau in one text. To index them there would cost every
deposit a row for each pièce; to search them would cost every check a walk through the year. So
each process reads each bordereau once: a check reads what was inscribed since the last one.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

import sqlalchemy as sa

from vaguemestre.store import tables as t
from vaguemestre.store.connexion import Transactions

Annee = tuple[str, str, str, int]
"""CodCol, CodBud, domaine, exercice."""
Cle = dict[str, str | int]
_PIECES_MAX = 2_000_000
# More new flux than that are read in one go.
_UN_PAR_UN = 64
_B = t.bordereau.c
_NOUVEAUX = (
    sa.select(t.flux.c.id, t.flux.c.ordre)
    .where(
        t.flux.c.ordre > sa.bindparam("apres"),
        t.flux.c.cod_col == sa.bindparam("cod_col"),
        t.flux.c.cod_bud == sa.bindparam("cod_bud"),
    )
    .order_by(t.flux.c.ordre)
)
_FIN = sa.select(sa.func.coalesce(sa.func.max(t.flux.c.ordre), -1).label("fin"))
_DE_L_ANNEE = sa.select(_B.flux, _B.pieces).where(
    _B.cod_col == sa.bindparam("cod_col"),
    _B.cod_bud == sa.bindparam("cod_bud"),
    _B.domaine == sa.bindparam("domaine"),
    _B.exercice == sa.bindparam("exercice"),
)
_DU_FLUX = sa.select(_B.flux, _B.pieces).where(
    _B.flux == sa.bindparam("flux"),
    _B.cod_col == sa.bindparam("cod_col"),
    _B.cod_bud == sa.bindparam("cod_bud"),
    _B.domaine == sa.bindparam("domaine"),
    _B.exercice == sa.bindparam("exercice"),
)
_VIVANTS = _DU_FLUX.where(_B.vivant == sa.literal_column("1"))


@dataclass(slots=True)
class _Connues:
    """Pièces of one year; `jusque`: `ordre` of the last flux that was read."""

    jusque: int = -1
    flux: dict[int, tuple[str, ...]] = field(default_factory=dict)


class PiecesEnvoyees:
    """One for each open register; its threads share it."""

    def __init__(self, base: Transactions) -> None:
        self._base = base
        self._verrou = threading.Lock()
        self._annees: OrderedDict[Annee, _Connues] = OrderedDict()

    def flux(self, annee: Annee, numero: int, *, relire: bool = True) -> list[str]:
        """The flux that carry this pièce in a bordereau that counts, oldest first.

        `relire` False: what this year looked like at the last call is good enough.
        """
        cod_col, cod_bud, domaine, exercice = annee
        cle: Cle = {
            "cod_col": cod_col,
            "cod_bud": cod_bud,
            "domaine": domaine,
            "exercice": exercice,
        }
        with self._verrou:
            connues = None if relire else self._annees.get(annee)
            candidats = (connues or self._lire(annee, cle)).flux.get(numero, ())
        # What counts may change with every acquit: only the numbers stay as they are.
        return [flux for flux in candidats if self._compte(cle | {"flux": flux}, numero)]

    def _compte(self, cle: Cle, numero: int) -> bool:
        return any(numero in json.loads(ligne.pieces) for ligne in self._base.tous(_VIVANTS, cle))

    def _lire(self, annee: Annee, cle: Cle) -> _Connues:
        """Called with the lock: what was inscribed since is added."""
        connues = self._annees.get(annee)
        if connues is None:
            connues = self._annees[annee] = _Connues()
            self._alleger()
        self._annees.move_to_end(annee)
        # Read first: whatever is inscribed meanwhile comes after it.
        fin = int(self._base.tous(_FIN)[0].fin)
        ordre = {"apres": connues.jusque, "cod_col": annee[0], "cod_bud": annee[1]}
        nouveaux = {ligne.id: ligne.ordre for ligne in self._base.tous(_NOUVEAUX, ordre)}
        for flux, pieces in self._bordereaux(nouveaux, cle):
            for numero in pieces:
                deja = connues.flux.get(numero, ())
                if flux not in deja:
                    connues.flux[numero] = (*deja, flux)
        connues.jusque = max([fin, *nouveaux.values()])
        return connues

    def _bordereaux(self, nouveaux: dict[str, int], cle: Cle) -> Iterator[tuple[str, list[int]]]:
        if len(nouveaux) <= _UN_PAR_UN:
            lignes = [
                b for flux in nouveaux for b in self._base.tous(_DU_FLUX, cle | {"flux": flux})
            ]
        else:
            lignes = [b for b in self._base.tous(_DE_L_ANNEE, cle) if b.flux in nouveaux]
            lignes.sort(key=lambda b: nouveaux[b.flux])
        for ligne in lignes:
            yield str(ligne.flux), json.loads(ligne.pieces)

    def _alleger(self) -> None:
        """The years that were asked for longest ago are forgotten; they can be read again."""
        while len(self._annees) > 1 and self._nombre() > _PIECES_MAX:
            self._annees.popitem(last=False)

    def _nombre(self) -> int:
        return sum(len(connues.flux) for connues in self._annees.values())
