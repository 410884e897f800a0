"""DOOR. The log and the register as the audit reads them: one frozen view, whatever is written."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from vaguemestre.errors import VaguemestreError
from vaguemestre.ports import EtapeScellee
from vaguemestre.store import tables as t
from vaguemestre.store.application import Application
from vaguemestre.store.connexion import Connexion
from vaguemestre.store.database import Base, brouillon
from vaguemestre.store.faits import lire_faits

_TAILLE = sa.select(sa.func.max(t.entree.c.seq))
_FEUILLES = (
    sa.select(t.entree.c.seq, t.entree.c.feuille)
    .where(t.entree.c.seq >= sa.bindparam("debut"), t.entree.c.seq < sa.bindparam("fin"))
    .order_by(t.entree.c.seq)
)
_NOEUDS = sa.select(t.noeud.c.indice, t.noeud.c.hash).order_by(t.noeud.c.indice)
_NOEUD = sa.select(t.noeud.c.hash).where(t.noeud.c.indice == sa.bindparam("indice"))
_POINTS = sa.select(t.point.c.taille, t.point.c.note).order_by(t.point.c.taille)
_ETAPES = sa.select(
    t.etape.c.seq,
    t.etape.c.run,
    t.etape.c.etape,
    t.etape.c.temps,
    t.etape.c.resultat,
    t.etape.c.faits,
    t.etape.c.sel,
).order_by(t.etape.c.seq)
_DU_FLUX = sa.union(
    sa.select(t.etape.c.seq).where(t.etape.c.run == sa.bindparam("flux")),
    sa.select(t.lien.c.seq).where(t.lien.c.flux == sa.bindparam("flux")),
).order_by("seq")


@contextmanager
def lecture(base: Base) -> Iterator[LectureSql]:
    """A frozen view of the log, of the register, and nothing else."""
    with base.instantane() as connexion:
        yield LectureSql(connexion)


class LectureSql:
    """`ports.LectureJournal` on one read transaction."""

    def __init__(self, connexion: Connexion) -> None:
        self._connexion = connexion
        self._noeuds: dict[int, bytes] = {}

    def taille(self) -> int:
        derniere = self._connexion.valeur(_TAILLE)
        return 0 if derniere is None else int(derniere) + 1

    def feuilles(self, debut: int = 0, fin: int | None = None) -> Iterator[tuple[int, bytes]]:
        bornes = {"debut": debut, "fin": self.taille() if fin is None else fin}
        return self._connexion.flot(_FEUILLES, bornes)

    def feuilles_du_flux(self, flux: str) -> list[int]:
        """Places of the entries that concern a flux, whichever run made them."""
        return [int(ligne.seq) for ligne in self._connexion.tous(_DU_FLUX, {"flux": flux})]

    def noeuds(self) -> Iterator[tuple[int, bytes]]:
        return self._connexion.flot(_NOEUDS)

    def lire_noeuds(self, indices: Sequence[int]) -> Mapping[int, bytes]:
        """Those that are there; read once, for proofs of neighbours share most of their nodes."""
        for indice in set(indices) - self._noeuds.keys():
            if (lu := self._connexion.valeur(_NOEUD, {"indice": indice})) is not None:
                self._noeuds[indice] = lu
        return {indice: self._noeuds[indice] for indice in indices if indice in self._noeuds}

    def points(self) -> Iterator[tuple[int, str]]:
        return self._connexion.flot(_POINTS)

    def etapes(self) -> Iterator[EtapeScellee]:
        return (EtapeScellee(**ligne._asdict()) for ligne in self._connexion.flot(_ETAPES))

    def ecarts_registre(self) -> Iterator[str]:
        """Make the register again from the stored facts, beside, and compare every row."""
        with tempfile.TemporaryDirectory(prefix="vaguemestre-") as dossier:
            copie = brouillon(Path(dossier))
            try:
                yield from self._refaire(copie)
                with copie.instantane() as refait:
                    for table in t.REGISTRE:
                        yield from _comparer(table, self._connexion, refait)
            finally:
                copie.fermer()

    def _refaire(self, copie: Base) -> Iterator[str]:
        with copie.ecrire(durable=False) as tx:
            for etape in self.etapes():
                try:
                    Application(tx, etape.seq, etape.temps).tout(lire_faits(etape.faits), etape.run)
                except VaguemestreError as error:
                    yield f"étape {etape.run} / {etape.etape} : faits inapplicables ({error})"


def _comparer(table: sa.Table, ici: Connexion, refait: Connexion) -> Iterator[str]:
    """Both sides in the order of the primary key; a row is there twice, alone, or different."""
    cle = [colonne.name for colonne in table.primary_key.columns]
    requete = sa.select(table).order_by(*table.primary_key.columns)
    gauche, droite = ici.flot(requete), refait.flot(requete)
    notre, leur = next(gauche, None), next(droite, None)
    while notre is not None or leur is not None:
        a, b = _rang(notre, cle), _rang(leur, cle)
        if notre is not None and (b is None or (a is not None and a < b)):
            yield f"registre {table.name} {_dire(a)} : ligne que le journal ne connaît pas"
            notre = next(gauche, None)
        elif leur is not None and (a is None or (b is not None and b < a)):
            yield f"registre {table.name} {_dire(b)} : ligne disparue"
            leur = next(droite, None)
        else:
            if notre != leur:
                yield f"registre {table.name} {_dire(a)} : {_differences(notre, leur)}"
            notre, leur = next(gauche, None), next(droite, None)


def _rang(ligne: Any, cle: Sequence[str]) -> tuple[Any, ...] | None:
    return None if ligne is None else tuple(getattr(ligne, nom) for nom in cle)


def _dire(cle: tuple[Any, ...] | None) -> str:
    return "/".join(map(str, cle or ()))


def _differences(notre: Any, leur: Any) -> str:
    noms = [nom for nom in notre._fields if getattr(notre, nom) != getattr(leur, nom)]
    return "valeur changée (" + ", ".join(noms) + ")"
