"""Many files checked at once by several processes: same verdicts, same order, bounded memory.

A process that dies (no memory left, a defect in a library) takes one file with it, not the
others: that file is tried once more, alone, and then has its fault told.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Protocol

from vaguemestre.errors import VaguemestreError
from vaguemestre.workflows.verdict import Verdict

# One message each way for so many files, or for so many bytes of them.
LOT_FICHIERS, LOT_OCTETS = 16, 4_000_000
# How far the others may run ahead of a slow file: batches, and findings that wait.
AVANCE_LOTS, AVANCE_ANOMALIES = 256, 50_000
# A batch with many findings is sent in parts.
PART_ANOMALIES = 2_000
ESSAIS = 2
# So many deaths without one verdict between them are a defect of ours, not of the files.
MORTS_DE_SUITE = 100
# Seconds that an idle process has to end by itself.
PATIENCE = 2.0


class Examinateur(Protocol):
    """Who checks one file, and says what to tell of a file whose check died twice."""

    def controler_quoi_qu_il_arrive(self, chemin: Path) -> Verdict: ...

    def en_panne(self, chemin: Path, raison: str, conseil: str) -> Verdict: ...


@dataclass(slots=True)
class _Lot:
    """Files handed out together: `verdicts` in their order, None where there is none yet."""

    chemins: tuple[Path, ...]
    verdicts: list[Verdict | None]


@dataclass(slots=True)
class _Tache:
    """Part of a batch that a process has in hand: ranks still unanswered, in order."""

    lot: _Lot
    rangs: deque[int]
    essais: int = 0


@dataclass(slots=True)
class _Poste:
    """A process, the pipe to it, the rank (in its task) of the file it is at."""

    processus: BaseProcess
    tube: Connection
    compteur: Any
    tache: _Tache | None = None
    rendus: int = 0


@dataclass(slots=True)
class _Attente:
    """What was handed out and not yet given back, in input order."""

    lots: deque[_Lot] = field(default_factory=deque)
    reprises: deque[_Tache] = field(default_factory=deque)
    anomalies: int = 0


def effectif(chemins: Sequence[Path]) -> int:
    """How many processes are worth starting: 1 means none beside this one."""
    return max(1, min(os.cpu_count() or 1, len(chemins)))


class Equipe:
    """Processes that check files. A context manager: none of them outlives it."""

    def __init__(self, examinateur: Examinateur, nombre: int) -> None:
        self._examinateur = examinateur
        self._nombre = nombre
        # A process that begins as a copy of this one has nothing to import.
        self._contexte: BaseContext = multiprocessing.get_context(
            "fork" if sys.platform == "linux" else "spawn"
        )
        self._postes: list[_Poste] = []
        self._morts = 0

    def __enter__(self) -> Equipe:
        if self._nombre > 1:
            for _ in range(self._nombre):
                self._engager()
        return self

    def __exit__(self, *_: object) -> None:
        for poste in self._postes:
            poste.tube.close()  # whoever waits for work ends by itself
            poste.processus.join(PATIENCE if poste.tache is None else 0)
            poste.processus.kill()
            poste.processus.join()
            poste.processus.close()
        self._postes.clear()

    def controler(self, chemins: Sequence[Path]) -> Iterator[Verdict]:
        """One verdict a file, in the order of the files, as soon as it is known.

        Raises:
            VaguemestreError: the processes die one after the other, whatever the file.
        """
        if not self._postes:
            yield from map(self._examinateur.controler_quoi_qu_il_arrive, chemins)
            return
        attente = _Attente()
        a_faire = _decouper(chemins)
        while True:
            self._distribuer(attente, a_faire)
            yield from _prets(attente)
            if not attente.lots:
                return
            self._relever(attente)

    def _engager(self) -> None:
        ici, la_bas = self._contexte.Pipe()
        compteur = self._contexte.RawValue("i", 0)
        herites = [poste.tube for poste in self._postes] if self._est_copie else []
        processus = self._contexte.Process(  # type: ignore[attr-defined]
            target=_travailler,
            args=(la_bas, self._examinateur, compteur, [ici, *herites] if self._est_copie else []),
        )
        processus.start()
        la_bas.close()
        self._postes.append(_Poste(processus, ici, compteur))

    @property
    def _est_copie(self) -> bool:
        return self._contexte.get_start_method() == "fork"

    def _distribuer(self, attente: _Attente, a_faire: Iterator[_Lot]) -> None:
        """Give every idle process something to do, unless too much waits to be given back."""
        for poste in list(self._postes):
            if poste.tache is None:
                tache = _suivante(attente, a_faire)
                if tache is None:
                    return
                poste.tache, poste.rendus, poste.compteur.value = tache, 0, 0
                try:
                    poste.tube.send([tache.lot.chemins[rang] for rang in tache.rangs])
                except OSError:
                    self._remplacer(poste, attente)

    def _relever(self, attente: _Attente) -> None:
        """Take what has come back, and notice who died."""
        occupes = {poste.tube: poste for poste in self._postes if poste.tache is not None}
        for tube in wait(list(occupes)):
            poste = occupes[tube]  # type: ignore[index]
            try:
                verdicts = poste.tube.recv()
            except (EOFError, OSError):
                self._remplacer(poste, attente)
                continue
            tache = poste.tache
            assert tache is not None  # noqa: S101 — only those at work are waited for
            for verdict in verdicts:
                tache.lot.verdicts[tache.rangs.popleft()] = verdict
                attente.anomalies += len(verdict.anomalies)
            self._morts = 0
            poste.rendus += len(verdicts)
            if not tache.rangs:
                poste.tache = None

    def _remplacer(self, poste: _Poste, attente: _Attente) -> None:
        """A process died: its file is tried once more, alone, then given up; the rest goes on.

        Raises:
            VaguemestreError: they die one after the other, whatever the file.
        """
        self._morts += 1
        if self._morts > MORTS_DE_SUITE:
            raise VaguemestreError("les programmes de contrôle s'arrêtent l'un après l'autre")
        tache = poste.tache
        coupable = max(poste.compteur.value - poste.rendus, 0)
        self._postes.remove(poste)
        poste.tube.close()
        poste.processus.join()
        poste.processus.close()
        self._engager()
        if tache is None:
            return
        rang = tache.rangs[coupable]
        del tache.rangs[coupable]
        if tache.essais + 1 < ESSAIS:
            attente.reprises.append(_Tache(tache.lot, deque([rang]), tache.essais + 1))
        else:
            tache.lot.verdicts[rang] = self._examinateur.en_panne(
                tache.lot.chemins[rang],
                "le programme qui examinait ce fichier s'est arrêté (mémoire épuisée ou défaut)",
                "Contrôler ce fichier seul ; si cela se répète, le joindre à un signalement.",
            )
        if tache.rangs:
            attente.reprises.append(tache)


def _travailler(
    tube: Connection, examinateur: Examinateur, compteur: Any, herites: Sequence[Connection]
) -> None:
    """What a process does: batches of files in, their verdicts out, until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it decides
    for autre in herites:
        autre.close()
    while True:
        try:
            chemins = tube.recv()
        except (EOFError, OSError):
            return
        part: list[Verdict] = []
        anomalies = 0
        for rang, chemin in enumerate(chemins):
            compteur.value = rang
            part.append(examinateur.controler_quoi_qu_il_arrive(chemin))
            anomalies += len(part[-1].anomalies)
            if anomalies > PART_ANOMALIES:
                tube.send(part)
                part, anomalies = [], 0
        if part:
            tube.send(part)


def _decouper(chemins: Sequence[Path]) -> Iterator[_Lot]:
    """Batches of about the same work: many small files, or one large."""
    lot: list[Path] = []
    octets = 0
    for chemin in chemins:
        lot.append(chemin)
        octets += _taille(chemin)
        if len(lot) >= LOT_FICHIERS or octets >= LOT_OCTETS:
            yield _Lot(tuple(lot), [None] * len(lot))
            lot, octets = [], 0
    if lot:
        yield _Lot(tuple(lot), [None] * len(lot))


def _taille(chemin: Path) -> int:
    """Bytes; a file that went away meanwhile is for its check to tell."""
    try:
        return chemin.stat().st_size
    except OSError:
        return 0


def _suivante(attente: _Attente, a_faire: Iterator[_Lot]) -> _Tache | None:
    if attente.reprises:
        return attente.reprises.popleft()
    trop = len(attente.lots) >= AVANCE_LOTS or attente.anomalies >= AVANCE_ANOMALIES
    if attente.lots and trop:
        return None
    lot = next(a_faire, None)
    if lot is None:
        return None
    attente.lots.append(lot)
    return _Tache(lot, deque(range(len(lot.chemins))))


def _prets(attente: _Attente) -> Iterator[Verdict]:
    """What may be given back: every verdict before the first that is missing."""
    while attente.lots:
        lot = attente.lots[0]
        prets = [verdict for verdict in lot.verdicts if verdict is not None]
        if len(prets) < len(lot.verdicts):
            return
        attente.lots.popleft()
        attente.anomalies -= sum(len(verdict.anomalies) for verdict in prets)
        yield from prets
