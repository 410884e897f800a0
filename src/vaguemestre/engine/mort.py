"""Rehearsal of sudden death: SIGKILL of this very process at one exact point of the line.

A door for rehearsals and tests, closed unless `VAGUEMESTRE_MORT` is set: whoever wants to know
that nothing is lost, or sent twice, kills the daemon at each step and starts it again.

    VAGUEMESTRE_MORT=F*:signer:avant       the step is done, its result is not recorded
    VAGUEMESTRE_MORT=D*:controler:apres    its result is recorded, nothing else was done

The first part names runs (D… a deposit, F… a flux, R:… an answer; * and ? are jokers), the second
a step as `flux show` lists them. SIGKILL, because it is what cannot be caught: power cut, out of
memory, `kill -9`.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from vaguemestre.errors import ConfigurationError
from vaguemestre.ports import Done, Journal

VARIABLE = "VAGUEMESTRE_MORT"
Moment = Literal["avant", "apres"]


@dataclass(frozen=True, slots=True)
class Mort:
    """Where to die: runs and step (with jokers), before or after the step is recorded."""

    run: str
    etape: str
    moment: str

    def frappe(self, run: str, etape: str, moment: Moment) -> bool:
        """Is it here?"""
        return (
            moment == self.moment and fnmatchcase(run, self.run) and fnmatchcase(etape, self.etape)
        )


def lire(environ: Mapping[str, str]) -> Mort | None:
    """The point that the environment asks for, or None: nobody rehearses.

    Raises:
        ConfigurationError: not `RUN:ETAPE:avant` nor `RUN:ETAPE:apres`.
    """
    texte = environ.get(VARIABLE, "")
    if not texte:
        return None
    parties = texte.rsplit(":", 2)
    if len(parties) != 3 or parties[2] not in ("avant", "apres"):
        raise ConfigurationError(
            f"{VARIABLE} : « {texte} » ne se lit pas, écrire RUN:ETAPE:avant ou RUN:ETAPE:apres"
        )
    return Mort(*parties)


def mourir() -> None:
    """End this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def mourir_avec(autre: int) -> Callable[[], None]:
    """The end of this process and of another one: a power cut spares neither."""

    def ensemble() -> None:
        os.kill(autre, signal.SIGKILL)
        mourir()

    return ensemble


class JournalMortel:
    """`ports.Journal` around another one, that ends the process at one point."""

    def __init__(self, journal: Journal, mort: Mort, mourir: Callable[[], None] = mourir) -> None:
        self._journal, self._mort, self._mourir = journal, mort, mourir

    def recall(self, run: str, step: str) -> Done | None:
        return self._journal.recall(run, step)

    def record(self, run: str, step: str, done: Done) -> None:
        if self._mort.frappe(run, step, "avant"):
            self._mourir()
        self._journal.record(run, step, done)
        if self._mort.frappe(run, step, "apres"):
            self._mourir()
