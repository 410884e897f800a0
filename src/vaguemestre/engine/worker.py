"""Runs what is due, on a few threads of this process; tries again what may succeed later.

The engine reads `transient` and nothing else. A run that fails for good waits for a person and
stops nobody; only evidence that no longer matches (IntegrityError) stops everything.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType

from vaguemestre.config.sections import Moteur
from vaguemestre.engine.run import ArretDemande
from vaguemestre.errors import IntegrityError, VaguemestreError
from vaguemestre.ports import Clock, Execution, Executions

Executer = Callable[[Execution], None]
Signaler = Callable[[Execution, BaseException], None]

_PERIODE = 1.0
"""Longest idle wait, in seconds: another process may have added work."""


class _Issue:
    """How an execution ended. Faults of one run, foreseen or not, stay in that run."""

    def __init__(self) -> None:
        self.faute: BaseException | None = None

    def __enter__(self) -> _Issue:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        self.faute = error
        return isinstance(error, Exception)


def _muet(execution: Execution, faute: BaseException) -> None:
    """Nobody listens."""


def _attendre_sur(condition: threading.Condition) -> Callable[[float], None]:
    def attendre(secondes: float) -> None:
        with condition:
            condition.wait(secondes)

    return attendre


class Ouvriers:
    """The worker pool. `executer` does one run; it must bear being called again.

    `signaler` hears of every fault (for the log). `patienter` waits some seconds when nothing is
    due; by default until `reveiller`, in acceptance mode the fixed clock's `sleep`.
    """

    def __init__(
        self,
        file: Executions,
        executer: Executer,
        horloge: Clock,
        moteur: Moteur,
        *,
        signaler: Signaler = _muet,
        patienter: Callable[[float], None] | None = None,
    ) -> None:
        self._file = file
        self._executer = executer
        self._horloge = horloge
        self._moteur = moteur
        self._signaler = signaler
        self._arret = threading.Event()
        self._travail = threading.Condition()
        self._patienter = patienter or _attendre_sur(self._travail)
        self._fils: list[threading.Thread] = []
        self._fatale: BaseException | None = None

    def arret_demande(self) -> bool:
        """For `Run.arret`: no further step is to be begun."""
        return self._arret.is_set()

    def traiter_un(self) -> bool:
        """Take the run that is due and do it, here and now; False when none is due.

        Raises:
            IntegrityError: evidence no longer matches; the pool is then stopping.
            RessourceError: the queue itself cannot be read or written.
        """
        execution = self._file.prendre(self._horloge.now())
        if execution is None:
            return False
        with _Issue() as issue:
            self._executer(execution)
        self._conclure(execution, issue.faute)
        return True

    def demarrer(self) -> None:
        """Start the threads of `[moteur] ouvriers`."""
        for rang in range(self._moteur.ouvriers):
            fil = threading.Thread(target=self._tourner, name=f"ouvrier-{rang + 1}")
            self._fils.append(fil)
            fil.start()

    def reveiller(self) -> None:
        """Work was added: do not wait for the end of the idle period."""
        with self._travail:
            self._travail.notify_all()

    def arreter(self) -> None:
        """Ask for the end: steps in hand are finished, runs are handed back."""
        self._arret.set()
        self.reveiller()

    def attendre(self, delai: float | None = None) -> bool:
        """Wait for the threads to end; False when they have not after `delai` seconds.

        Raises:
            IntegrityError: what stopped the pool, if that is why.
        """
        for fil in self._fils:
            fil.join(delai)
        if self._fatale is not None:
            raise self._fatale
        return not any(fil.is_alive() for fil in self._fils)

    @property
    def en_marche(self) -> bool:
        """False once the pool is stopping or has stopped."""
        return bool(self._fils) and not self._arret.is_set()

    def _tourner(self) -> None:
        while not self._arret.is_set():
            with _Issue() as issue:
                if self.traiter_un():
                    continue
                self._patienter(self._attente())
            if issue.faute is not None:
                self._panne(issue.faute)

    def _attente(self) -> float:
        prochaine = self._file.prochaine()
        if prochaine is None:
            return _PERIODE
        return min(max((prochaine - self._horloge.now()).total_seconds(), 0.0), _PERIODE)

    def _panne(self, faute: BaseException) -> None:
        """The queue itself fails: wait and try again, unless evidence is at stake or a bug."""
        if isinstance(faute, VaguemestreError) and faute.transient:
            self._patienter(self._moteur.attente)
            return
        self._fatale = self._fatale or faute
        self.arreter()

    def _conclure(self, execution: Execution, faute: BaseException | None) -> None:
        if faute is None:
            self._file.finir(execution.id)
            return
        if isinstance(faute, ArretDemande):
            self._file.rendre(execution.id)
            return
        self._signaler(execution, faute)
        if isinstance(faute, IntegrityError):
            self._file.abandonner(execution.id, texte(faute))
            raise faute
        essais = execution.essais + 1
        if self._a_retenter(faute, essais):
            # The queue counts whole seconds: less than one would be none at all.
            secondes = math.ceil(attente(self._moteur, essais))
            quand = self._horloge.now() + timedelta(seconds=secondes)
            self._file.reporter(execution.id, quand, texte(faute), essais)
        else:
            self._file.abandonner(execution.id, texte(faute))

    def _a_retenter(self, faute: BaseException, essais: int) -> bool:
        if not isinstance(faute, VaguemestreError) or not faute.transient:
            return False
        return self._moteur.essais_max == 0 or essais < self._moteur.essais_max


def attente(moteur: Moteur, essais: int) -> float:
    """Seconds before the next try after `essais` failed ones (from 1): doubling, capped."""
    # 2 ** 64 seconds is past any cap: a bounded exponent keeps the float finite.
    return min(moteur.attente * 2.0 ** min(essais - 1, 64), moteur.attente_max)


def texte(faute: BaseException) -> str:
    """One French line for the queue: code, message, who acts next."""
    if isinstance(faute, VaguemestreError):
        return f"{faute.code} {faute.message} — {faute.hint}"
    nom = type(faute).__name__
    return f"VGM-000 défaut du programme : {nom} : {faute} — {VaguemestreError.hint}"
