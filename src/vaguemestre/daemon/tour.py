"""The deposits of one body are controlled in the order in which they were received.

The sequence of its bordereaux (IdBord) and their running totals (MtCumulAnnuel) are made in that
order, whichever of several workers and processes has a deposit in hand. A worker keeps the place
of its deposit in the line by a lock, which dies with it, until the control has ended; the next one
waits for that lock. Nobody waits for a deposit that nobody has in hand, so that all can go on: one
that failed waits for its next try alone, and one that is due again (its process was killed, or
stopped) is taken first, for the others go back behind it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from vaguemestre.engine.run import ArretDemande
from vaguemestre.engine.verrous import Verrous
from vaguemestre.ports import Journal
from vaguemestre.store.executions import SqlExecutions
from vaguemestre.workflows.depots import CONTROLER
from vaguemestre.workflows.maison import DepotPris

DEPOT = "depot"
_PREMIER_REGARD, _DERNIER_REGARD = 0.001, 0.05
"""Seconds between two looks, growing, at one that was taken and does not keep its place: its worker
is about to, or has just failed, or is dead."""


class Tour:
    """The lines of all bodies."""

    def __init__(self, executions: SqlExecutions, journal: Journal, verrous: Verrous) -> None:
        self._executions = executions
        self._journal = journal
        self._verrous = verrous

    @contextmanager
    def place(self, depot: DepotPris) -> Iterator[Callable[[], None]]:
        """The place of a deposit that is in hand; gives what waits for those before it.

        Raises, when it waits:
            ArretDemande: one that came before is due again.
        """
        with self._verrous.pour(_cle(depot.identifiant)):
            yield partial(self._attendre, depot)

    def _attendre(self, depot: DepotPris) -> None:
        regard = _PREMIER_REGARD
        vu = None
        while (devant := self._devant(depot)) is not None:
            if devant == vu:
                time.sleep(regard)
                regard = min(regard * 2, _DERNIER_REGARD)
            vu = devant
            with self._verrous.pour(_cle(devant)):
                pass
        if self._executions.devancee(depot.identifiant):
            raise ArretDemande(f"{depot.identifiant} laisse passer un dépôt plus ancien")

    def _devant(self, depot: DepotPris) -> str | None:
        """The last one before this one, of its body, in hand and not controlled yet.

        It waits in its turn for those before it.
        """
        for identifiant, dossier in self._executions.en_main(DEPOT, depot.identifiant):
            if (
                Path(dossier).parents[1].name == depot.collectivite
                and self._journal.recall(identifiant, CONTROLER) is None
            ):
                return identifiant
        return None


def _cle(depot: str) -> str:
    return f"tour {depot}"
