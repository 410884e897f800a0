"""The loop: watch, run what is due, poll the answers. SIGTERM ends it between two steps.

This is one of the two entry points that may catch anything at all; what a run raises is caught by
the worker pool, run by run.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from datetime import date
from types import FrameType

import structlog

from vaguemestre.config.sections import Configuration, Partenaire
from vaguemestre.daemon.equipe import Equipe
from vaguemestre.daemon.tour import DEPOT
from vaguemestre.daemon.travail import FLUX, Travail, rendre_orphelins
from vaguemestre.domain.flux import Etat
from vaguemestre.engine.verrous import PARTAGEABLES
from vaguemestre.engine.worker import texte
from vaguemestre.errors import IntegrityError, RessourceError, VaguemestreError
from vaguemestre.intake.verrou import Verrou
from vaguemestre.intake.watch import Pret, Reclame
from vaguemestre.wiring import Portes
from vaguemestre.workflows.adressage import readresser
from vaguemestre.workflows.archives import a_archiver, archiver
from vaguemestre.workflows.releve import relever

_REPOS = 0.1
"""Seconds between two looks at an empty queue, where no clock may be waited for."""
_EQUIPE_MAX = 4
_journal = structlog.get_logger("vaguemestre")


class Demon:
    """One daemon over one configuration, with the processes that help it."""

    def __init__(self, portes: Portes) -> None:
        self.portes = portes
        self._arret = threading.Event()
        self._signales: set[str] = set()
        self._pointe_le: date | None = None
        self._suspects: frozenset[str] = frozenset()
        self._equipe: Equipe | None = None
        fixe = portes.config.acceptation.horloge
        self._travail = Travail(portes, self._patienter if fixe else None)

    # -- life --------------------------------------------------------------------------------

    def tourner(self) -> None:
        """Work until `arreter`; a second daemon on the same folder is refused at once.

        Raises:
            VerrouError: another daemon is there. IntegrityError: evidence no longer matches.
        """
        config = self.portes.config
        with Verrou(config.chemin(config.depots.racine)) as verrou:
            self._reprendre()
            # Before any thread: a process is started from a quiet one.
            self._equipe = Equipe(config, processus(config) - 1, verrou.descripteur)
            self._equipe.completer(time.monotonic())
            self._travail.ouvriers.demarrer()
            releveurs = [
                threading.Thread(target=self._relever, args=(p,), name=f"acquits-{p.nom}")
                for p in config.partenaires
            ]
            for releveur in releveurs:
                releveur.start()
            try:
                self._boucle(self._equipe)
            finally:
                self.arreter()
                for releveur in releveurs:
                    releveur.join()
                try:
                    self._travail.ouvriers.attendre()
                finally:
                    self._equipe.attendre()

    def arreter(self, *_: object) -> None:
        """Ask for the end; also a signal handler."""
        self._arret.set()
        self._travail.ouvriers.arreter()
        if self._equipe is not None:
            self._equipe.arreter()
        self.portes.veilleur.reveiller()

    def _boucle(self, equipe: Equipe) -> None:
        while not self._arret.is_set() and self._travail.ouvriers.en_marche:
            for pret in self.portes.veilleur.balayer(time.monotonic()):
                self._reclamer(pret)
            for signalement in self.portes.veilleur.signalements():
                _journal.warning(
                    "depot.signale",
                    collectivite=signalement.collectivite,
                    message=signalement.message,
                )
            self._pointer()
            self._veiller_sur(equipe)
            if not self._arret.is_set():
                self.portes.veilleur.attendre(self.portes.veilleur.delai(time.monotonic()))

    def _veiller_sur(self, equipe: Equipe) -> None:
        """A process that died leaves its runs to the others, and is replaced."""
        if equipe.morts() or self._suspects:
            self._suspects = rendre_orphelins(self.portes, self._suspects)
            self._reveiller()
        equipe.completer(time.monotonic())

    def _reveiller(self) -> None:
        self._travail.ouvriers.reveiller()
        if self._equipe is not None:
            self._equipe.reveiller()

    def _pointer(self) -> None:
        """A signed checkpoint of the log at start and at each new day."""
        jour = self.portes.horloge.now().date()
        if jour == self._pointe_le:
            return
        try:
            self.portes.maison.pointer()
        except RessourceError as error:
            _journal.warning("journal.point", erreur=texte(error))
        else:
            self._pointe_le = jour

    def _patienter(self, _secondes: float) -> None:
        """With a fixed clock: time passes at once, and only up to the next run that waits."""
        prochaine = self.portes.executions.prochaine()
        if prochaine is None:
            self._arret.wait(_REPOS)
            return
        self.portes.horloge.sleep((prochaine - self.portes.horloge.now()).total_seconds())

    def _reprendre(self) -> None:
        """After a crash: runs in hand are handed back, claims without a run get theirs."""
        self.portes.executions.liberer_toutes()
        for reclame in self.portes.veilleur.reprendre():
            self._planifier_depot(reclame)
        for flux in self.portes.maison.registre.lister(etat=Etat.CONTROLE, limite=100_000):
            self._planifier(flux.id, FLUX, flux.id)
        for flux in self.portes.maison.registre.lister(etat=Etat.CONVERTI, limite=100_000):
            if flux.recus:
                self._relancer(flux.id)

    # -- taking ------------------------------------------------------------------------------

    def _reclamer(self, pret: Pret) -> None:
        if self.portes.config.collectivite(pret.collectivite) is None:
            if pret.collectivite not in self._signales:
                self._signales.add(pret.collectivite)
                _journal.warning("depot.collectivite.inconnue", dossier=pret.collectivite)
            return
        numero = self.portes.maison.registre.reserver("depot")
        identifiant = f"D{numero:08d}"
        vers = self.portes.veilleur.en_cours(pret.collectivite, identifiant)
        dossier = self.portes.veilleur.reclamer(pret, vers)
        if dossier is None:
            return
        self._planifier_depot(
            Reclame(pret.collectivite, identifiant, pret.nom, pret.genre, dossier)
        )

    def _planifier_depot(self, reclame: Reclame) -> None:
        _journal.info("depot.pris", depot=reclame.identifiant, nom=reclame.nom)
        self._planifier(reclame.identifiant, DEPOT, str(reclame.dossier))

    def _planifier(self, identifiant: str, genre: str, objet: str) -> None:
        self._travail.planifier(identifiant, genre, objet)
        if self._equipe is not None:
            self._equipe.reveiller()

    # -- answers -----------------------------------------------------------------------------

    def _relever(self, partenaire: Partenaire) -> None:
        maison, reste = self.portes.maison, True
        # A retour that nobody could place may have found its body in the new configuration.
        places = partenaire is not self.portes.config.partenaires[0]
        en_main: list[str] = []
        while not self._arret.is_set():
            regles, en_main = en_main, []
            try:
                if reste:
                    self._clore(a_archiver(maison, partenaire.nom))
                    reste = False
                try:
                    places = places or readresser(maison, self._arret.is_set, regles)
                    relever(maison, partenaire.nom, self._arret.is_set, regles)
                finally:
                    reste = bool(regles)
                    en_main = self._clore(regles)
                    reste = False
            except VaguemestreError as error:
                _journal.warning("acquits.releve", partenaire=partenaire.nom, erreur=texte(error))
                if isinstance(error, IntegrityError):
                    self.arreter()
            except Exception as error:  # noqa: BLE001 — entry point: one partner never stops the rest
                _journal.exception("acquits.defaut", partenaire=partenaire.nom, erreur=texte(error))
            self._arret.wait(partenaire.periode_acquits)

    def _clore(self, identifiants: list[str]) -> list[str]:
        """Archive what is settled; a settled flux whose other half has not left yet goes on.

        Gives those whose run is still in hand: whether it knows of the answer is not known.
        """
        entiers, en_main = [], []
        for identifiant in dict.fromkeys(identifiants):
            flux = self.portes.maison.registre.flux(identifiant)
            if flux is not None and flux.recus >= flux.membres:
                entiers.append(identifiant)
            elif flux is not None and not self._relancer(identifiant):
                en_main.append(identifiant)
        archiver(self.portes.maison, entiers)
        return en_main

    def _relancer(self, identifiant: str) -> bool:
        relance = self.portes.executions.relancer(identifiant, self.portes.horloge.now())
        self._reveiller()
        return relance


def processus(config: Configuration) -> int:
    """How many processes work: as configured, at most one where they could not agree.

    With a fixed clock and fixed identifiers two runs must give the same bytes, in the same order.
    """
    if config.acceptation.horloge is not None or not PARTAGEABLES:
        return 1
    return config.moteur.processus or min(os.cpu_count() or 1, _EQUIPE_MAX)


def servir(config: Configuration) -> None:
    """`vaguemestre run`: until SIGTERM or Ctrl-C."""
    portes = Portes(config)
    demon = Demon(portes)

    def fin(_signal: int, _frame: FrameType | None) -> None:
        demon.arreter()

    signal.signal(signal.SIGTERM, fin)
    signal.signal(signal.SIGINT, fin)
    try:
        demon.tourner()
    finally:
        portes.fermer()
