"""Durable steps: done once, remembered, audited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Concatenate, ParamSpec

from vaguemestre.domain.flux import Fait
from vaguemestre.ports import Done, Journal, Json

P = ParamSpec("P")


class ArretDemande(Exception):
    """The run is handed back between two steps: the daemon stops, or it is another's turn.

    No fault.
    """


@dataclass(frozen=True, slots=True)
class Resultat:
    """What a step gives: small JSON to remember, and what it adds to the register."""

    valeur: Json
    faits: tuple[Fait, ...] = ()


def _continuer() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a workflow; safe to start again after any crash.

    `arret` says that the daemon wants to stop: no further step is then begun.
    """

    id: str
    journal: Journal
    arret: Callable[[], bool] = _continuer

    def step(
        self,
        name: str,
        do: Callable[P, Resultat | Json],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Json:
        """The step's JSON: remembered from a previous life of this run, or done now.

        What `do` raises is not remembered: the step will be tried again. A step that ran, but
        whose result was not recorded, runs again: it must bear that.

        Raises:
            ArretDemande: the daemon stops and the step was not yet begun.
        """
        done = self.journal.recall(self.id, name)
        if done is not None:
            return done.result
        if self.arret():
            raise ArretDemande(f"{self.id} / {name}")
        found = do(*args, **kwargs)
        resultat = found if isinstance(found, Resultat) else Resultat(found)
        self.journal.record(self.id, name, Done(resultat.valeur, resultat.faits))
        return resultat.valeur

    def fait(self, name: str) -> bool:
        """Has this step been done already?"""
        return self.journal.recall(self.id, name) is not None


Workflow = Callable[Concatenate[Run, P], None]
"""A job: a function that takes a run first and goes through its steps."""
