"""The loop: watch, run what is due, poll the answers. SIGTERM ends it between two steps.

This is one of the two entry points that may catch anything at all; what a run raises is caught by
the worker pool, run by run.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import FrameType

import structlog

from vaguemestre.config.sections import Configuration, Partenaire
from vaguemestre.domain.flux import Etat, EtatChange
from vaguemestre.engine.run import ArretDemande, Run
from vaguemestre.engine.worker import Ouvriers, texte
from vaguemestre.errors import IntegrityError, RessourceError, VaguemestreError
from vaguemestre.intake.verrou import Verrou
from vaguemestre.intake.watch import Pret, Reclame
from vaguemestre.ports import Done, Execution
from vaguemestre.wiring import Portes
from vaguemestre.workflows.acquits import relever
from vaguemestre.workflows.archives import a_archiver, archiver
from vaguemestre.workflows.depots import traiter_depot
from vaguemestre.workflows.envoi import envoyer
from vaguemestre.workflows.maison import DepotPris

DEPOT, FLUX = "depot", "flux"
_REPOS = 0.1
"""Seconds between two looks at an empty queue, where no clock may be waited for."""
_journal = structlog.get_logger("vaguemestre")

# A run that failed for good leaves its flux here, visible, until a person acts.
_JUGES = frozenset({Etat.ACQUITTE, Etat.PARTIEL, Etat.REFUSE})
_RETENABLES = frozenset({Etat.DEPOSE, Etat.CONTROLE, Etat.A_SIGNER, Etat.SIGNE, Etat.CONVERTI})


@dataclass(slots=True)
class Demon:
    """One daemon over one configuration.

    `battement`: called at each turn of the main loop with the number of turns; tests and the demo
    use it to look, and may stop the daemon from it.
    """

    portes: Portes
    battement: Callable[[int], None] = lambda _: None
    _arret: threading.Event = field(default_factory=threading.Event)
    _ouvriers: Ouvriers = field(init=False)
    _signales: set[str] = field(default_factory=set)
    _pointe_le: date | None = None
    _pris: dict[str, Reclame] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._ouvriers = Ouvriers(
            self.portes.executions,
            self._executer,
            self.portes.horloge,
            self.portes.config.moteur,
            signaler=self._signaler,
            patienter=self._patienter if self.portes.config.acceptation.horloge else None,
        )

    # -- life --------------------------------------------------------------------------------

    def tourner(self) -> None:
        """Work until `arreter`; a second daemon on the same folder is refused at once.

        Raises:
            VerrouError: another daemon is there. IntegrityError: evidence no longer matches.
        """
        config = self.portes.config
        with Verrou(config.chemin(config.depots.racine)):
            self._reprendre()
            self._ouvriers.demarrer()
            releveurs = [
                threading.Thread(target=self._relever, args=(p,), name=f"acquits-{p.nom}")
                for p in config.partenaires
            ]
            for releveur in releveurs:
                releveur.start()
            try:
                self._boucle()
            finally:
                self.arreter()
                for releveur in releveurs:
                    releveur.join()
                self._ouvriers.attendre()

    def arreter(self, *_: object) -> None:
        """Ask for the end; also a signal handler."""
        self._arret.set()
        self._ouvriers.arreter()
        self.portes.veilleur.reveiller()

    def _boucle(self) -> None:
        tours = 0
        while not self._arret.is_set() and self._ouvriers.en_marche:
            maintenant = time.monotonic()
            for pret in self.portes.veilleur.balayer(maintenant):
                self._reclamer(pret)
            for signalement in self.portes.veilleur.signalements():
                _journal.warning(
                    "depot.signale",
                    collectivite=signalement.collectivite,
                    message=signalement.message,
                )
            tours += 1
            self._pointer()
            self.battement(tours)
            if not self._arret.is_set():
                self.portes.veilleur.attendre(self.portes.veilleur.delai(time.monotonic()))

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
        self._pris[reclame.identifiant] = reclame
        self._planifier(reclame.identifiant, DEPOT, str(reclame.dossier))

    def _planifier(self, identifiant: str, genre: str, objet: str) -> None:
        if self.portes.executions.planifier(identifiant, genre, objet, self.portes.horloge.now()):
            self._ouvriers.reveiller()

    # -- doing -------------------------------------------------------------------------------

    def _executer(self, execution: Execution) -> None:
        journal = self.portes.maison.journal
        run = Run(execution.id, journal, self._ouvriers.arret_demande)
        if execution.genre == DEPOT:
            self._depot(run, Path(execution.objet))
        else:
            self._flux(run, execution.objet)

    def _depot(self, run: Run, dossier: Path) -> None:
        depot = self._retrouver(run.id, dossier)
        for flux in traiter_depot(run, self.portes.maison, depot):
            self._planifier(flux, FLUX, flux)
        self._pris.pop(run.id, None)

    def _retrouver(self, identifiant: str, dossier: Path) -> DepotPris:
        # Memory first: reading every claim again for each of them would cost their square.
        reclame = self._pris.get(identifiant) or next(
            (r for r in self.portes.veilleur.reprendre() if r.identifiant == identifiant), None
        )
        if reclame is not None and reclame.dossier.exists():
            return DepotPris(
                identifiant=identifiant,
                nom=reclame.nom,
                collectivite=reclame.collectivite,
                genre=reclame.genre,
                dossier=reclame.dossier,
            )
        vu = self.portes.maison.registre.depot(identifiant)
        if vu is None:
            raise IntegrityError("ce dépôt n'est plus ni sur le disque ni au registre")
        return DepotPris(
            identifiant=identifiant,
            nom=vu.nom,
            collectivite=vu.collectivite,
            genre=vu.forme,
            dossier=dossier,
        )

    def _flux(self, run: Run, identifiant: str) -> None:
        maison = self.portes.maison
        flux = maison.registre.flux(identifiant)
        if flux is None:
            raise IntegrityError("flux absent du registre", ref=identifiant)
        collectivite = maison.collectivite(flux.collectivite)
        if collectivite is None:
            raise IntegrityError(
                f"collectivité « {flux.collectivite} » retirée de la configuration"
            )
        envoyer(run, maison, flux, collectivite)
        parti = maison.registre.flux(identifiant)
        if parti is not None and parti.etat in _JUGES and parti.recus == parti.membres:
            archiver(maison, [identifiant])

    # -- answers -----------------------------------------------------------------------------

    def _relever(self, partenaire: Partenaire) -> None:
        maison, reste = self.portes.maison, True
        en_main: list[str] = []
        while not self._arret.is_set():
            regles, en_main = en_main, []
            try:
                if reste:
                    self._clore(a_archiver(maison, partenaire.nom))
                    reste = False
                try:
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
        self._ouvriers.reveiller()
        return relance

    def _signaler(self, execution: Execution, faute: BaseException) -> None:
        if isinstance(faute, ArretDemande):
            return
        dire = _journal.info if getattr(faute, "transient", False) else _journal.error
        dire("run.echec", run=execution.id, essais=execution.essais, erreur=texte(faute))
        if execution.genre == FLUX and not getattr(faute, "transient", False):
            self._retenir(execution.objet, texte(faute))

    def _retenir(self, identifiant: str, motif: str) -> None:
        maison = self.portes.maison
        with maison.verrous.pour(f"flux {identifiant}"):
            flux = maison.registre.flux(identifiant)
            if flux is not None and flux.etat in _RETENABLES:
                # A flux may fail again, for another reason, after a person had it tried again.
                rang = len(maison.registre.historique(identifiant))
                retenu = EtatChange(flux=identifiant, etat=Etat.RETENU, motif=motif)
                maison.journal.record(
                    identifiant, f"echouer.{rang}", Done({"motif": motif}, (retenu,))
                )


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
