"""DOOR. The queue of runs (`ports.Executions`): what is due, tried again, or given up.

Only `planifier` waits for the disk. The rest may be lost in a power cut without harm: a run that
was taken is handed back at the next start, and a run done twice finds its steps done.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from vaguemestre.ports import Execution
from vaguemestre.store import tables as t
from vaguemestre.store.connexion import Transactions
from vaguemestre.store.vues import ExecutionVue, heure, moment

_E = t.execution.c
_DUE = (
    sa.select(_E.id, _E.genre, _E.objet, _E.essais)
    .where(_E.etat == sa.literal_column("'due'"), _E.prochain_essai <= sa.bindparam("maintenant"))
    .order_by(_E.prochain_essai, _E.cree_le)
    .limit(1)
)
_PROCHAINE = sa.select(sa.func.min(_E.prochain_essai).label("quand")).where(
    _E.etat == sa.literal_column("'due'")
)
_AJOUTER = sa.insert(t.execution)
_CHANGER = sa.update(t.execution).where(_E.id == sa.bindparam("b_id"))
_LIBERER = sa.update(t.execution).where(_E.etat == sa.bindparam("b_etat"))
_UNE = sa.select(t.execution).where(_E.id == sa.bindparam("id"))
_EN_MAIN = (
    sa.select(_E.id, _E.objet)
    .where(
        _E.etat == sa.literal_column("'en_cours'"),
        _E.genre == sa.bindparam("genre"),
        _E.id < sa.bindparam("avant"),
    )
    .order_by(_E.id.desc())
)
_A = t.execution.alias("avant").c
_DEVANCEE = sa.select(_A.id).where(
    _E.id == sa.bindparam("id"),
    _A.etat == sa.literal_column("'due'"),
    _A.genre == _E.genre,
    _A.erreur == sa.literal_column("''"),
    _A.id < _E.id,
    _A.prochain_essai <= _E.prochain_essai,
    _A.cree_le <= _E.cree_le,
)


class SqlExecutions:
    """Runs wait here. States: due, en_cours, finie, erreur."""

    def __init__(self, base: Transactions) -> None:
        self._base = base

    def planifier(self, id_: str, genre: str, objet: str, quand: datetime) -> bool:
        """Add a run, once: False when it is already there, in whatever state."""
        with self._base.ecrire() as tx:
            if tx.un(_UNE, {"id": id_}) is not None:
                return False
            tx.ecrire(
                _AJOUTER,
                {
                    "id": id_,
                    "genre": genre,
                    "objet": objet,
                    "etat": "due",
                    "essais": 0,
                    "prochain_essai": heure(quand),
                    "erreur": "",
                    "cree_le": heure(quand),
                },
            )
            return True

    def relancer(self, id_: str, quand: datetime) -> bool:
        """Make a finished, failed or waiting run due again; its steps stay done.

        False when it is running now or not known.
        """
        with self._base.ecrire() as tx:
            ligne = tx.un(_UNE, {"id": id_})
            if ligne is None or ligne.etat == "en_cours":
                return False
            self._changer(tx, id_, etat="due", prochain_essai=heure(quand), essais=0, erreur="")
            return True

    def prendre(self, maintenant: datetime) -> Execution | None:
        if self._base.un(_DUE, {"maintenant": heure(maintenant)}) is None:
            return None
        with self._base.ecrire(durable=False) as tx:
            ligne = tx.un(_DUE, {"maintenant": heure(maintenant)})
            if ligne is None:
                return None
            self._changer(tx, ligne.id, etat="en_cours")
            return Execution(*ligne)

    def en_main(self, genre: str, avant: str) -> list[tuple[str, str]]:
        """(id, objet) of the runs of a kind that are in hand and older than `avant`, last first."""
        lignes = self._base.tous(_EN_MAIN, {"genre": genre, "avant": avant})
        return [(ligne.id, ligne.objet) for ligne in lignes]

    def devancee(self, id_: str) -> bool:
        """Is an older run of the same kind, that has not failed, due before this one?

        `prendre` then gives that one first, once this one has been handed back.
        """
        return self._base.un(_DEVANCEE, {"id": id_}) is not None

    def prochaine(self) -> datetime | None:
        quand = self._base.un(_PROCHAINE).quand
        return None if quand is None else moment(quand)

    def finir(self, id_: str) -> None:
        self._poser(id_, etat="finie", erreur="")

    def reporter(self, id_: str, quand: datetime, erreur: str, essais: int) -> None:
        self._poser(id_, etat="due", prochain_essai=heure(quand), erreur=erreur, essais=essais)

    def rendre(self, id_: str) -> None:
        self._poser(id_, etat="due")

    def abandonner(self, id_: str, erreur: str) -> None:
        self._poser(id_, etat="erreur", erreur=erreur)

    def liberer_toutes(self) -> int:
        """At start: what a dead daemon had in hand is due again. How many runs."""
        with self._base.ecrire() as tx:
            return tx.ecrire(_LIBERER, {"b_etat": "en_cours", "etat": "due"})

    def voir(self, id_: str) -> ExecutionVue | None:
        ligne = self._base.un(_UNE, {"id": id_})
        return None if ligne is None else _vue(ligne)

    def lister(self, etat: str, limite: int = 100) -> list[ExecutionVue]:
        """Runs in a state, those to be tried soonest first."""
        requete = (
            sa.select(t.execution)
            .where(_E.etat == etat)
            .order_by(_E.prochain_essai, _E.cree_le)
            .limit(limite)
        )
        return [_vue(ligne) for ligne in self._base.tous(requete)]

    def _poser(self, id_: str, **valeurs: str | int) -> None:
        with self._base.ecrire(durable=False) as tx:
            self._changer(tx, id_, **valeurs)

    @staticmethod
    def _changer(tx: Any, id_: str, **valeurs: str | int) -> None:
        tx.ecrire(_CHANGER, {"b_id": id_} | valeurs)


def _vue(ligne: Any) -> ExecutionVue:
    temps = {nom: moment(getattr(ligne, nom)) for nom in ("prochain_essai", "cree_le")}
    return ExecutionVue(**(ligne._asdict() | temps))
