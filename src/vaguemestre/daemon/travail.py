"""What a worker of the daemon does with a run: a deposit's way, or a flux's.

The same in the daemon's own process and in each process that helps it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import structlog

from vaguemestre.daemon.tour import DEPOT, Tour
from vaguemestre.domain.flux import Etat, EtatChange
from vaguemestre.engine.run import ArretDemande, Run
from vaguemestre.engine.worker import Ouvriers, texte
from vaguemestre.errors import IntegrityError, RessourceError
from vaguemestre.ports import Done, Execution
from vaguemestre.wiring import Portes
from vaguemestre.workflows.archives import archiver
from vaguemestre.workflows.depots import traiter_depot
from vaguemestre.workflows.envoi import envoyer
from vaguemestre.workflows.maison import DepotPris

FLUX = "flux"
_AVANCE = timedelta(hours=1)
"""By how much a flux goes before the deposits that came with it."""
_journal = structlog.get_logger("vaguemestre")

# A run that failed for good leaves its flux here, visible, until a person acts.
_JUGES = frozenset({Etat.ACQUITTE, Etat.PARTIEL, Etat.REFUSE, Etat.SANS_ACQUIT})
_RETENABLES = frozenset({Etat.DEPOSE, Etat.CONTROLE, Etat.A_SIGNER, Etat.SIGNE, Etat.CONVERTI})


class Travail:
    """The workers of one process. `patienter`: see `Ouvriers`."""

    def __init__(self, portes: Portes, patienter: Callable[[float], None] | None = None) -> None:
        self._portes = portes
        self._tour = Tour(portes.executions, portes.maison.journal, portes.maison.verrous)
        self.ouvriers = Ouvriers(
            portes.executions,
            self._executer,
            portes.horloge,
            portes.config.moteur,
            signaler=self._signaler,
            patienter=patienter,
        )

    def planifier(self, identifiant: str, genre: str, objet: str) -> None:
        """Add a run, once, and have a worker of this process look for it.

        What has begun ends before something new begins: the deposits of one body are controlled
        one after the other (`tour`), and workers that all took deposits would wait for each other.
        """
        portes = self._portes
        quand = portes.horloge.now() - (_AVANCE if genre == FLUX else timedelta(0))
        if portes.executions.planifier(identifiant, genre, objet, quand):
            self.ouvriers.reveiller()

    def _executer(self, execution: Execution) -> None:
        maison = self._portes.maison
        run = Run(execution.id, maison.journal, self.ouvriers.arret_demande)
        # Once this process is dead nobody holds the lock: see `rendre_orphelins`.
        with maison.verrous.pour(cle(execution.id)):
            if execution.genre == DEPOT:
                self._depot(run, Path(execution.objet))
            else:
                self._flux(run, execution.objet)

    def _depot(self, run: Run, dossier: Path) -> None:
        depot = self._retrouver(run.id, dossier)
        place = self._tour.place(depot)
        for flux in traiter_depot(run, self._portes.maison, depot, place):
            self.planifier(flux, FLUX, flux)

    def _retrouver(self, identifiant: str, dossier: Path) -> DepotPris:
        reclame = self._portes.veilleur.retrouver(dossier)
        if reclame is not None:
            return DepotPris(
                identifiant=identifiant,
                nom=reclame.nom,
                collectivite=reclame.collectivite,
                genre=reclame.genre,
                dossier=reclame.dossier,
            )
        vu = self._portes.maison.registre.depot(identifiant)
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
        maison = self._portes.maison
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

    def _signaler(self, execution: Execution, faute: BaseException) -> None:
        if isinstance(faute, ArretDemande):
            return
        dire = _journal.info if getattr(faute, "transient", False) else _journal.error
        dire("run.echec", run=execution.id, essais=execution.essais, erreur=texte(faute))
        if execution.genre == FLUX and not getattr(faute, "transient", False):
            self._retenir(execution.objet, texte(faute))

    def _retenir(self, identifiant: str, motif: str) -> None:
        maison = self._portes.maison
        with maison.verrous.pour(f"flux {identifiant}"):
            flux = maison.registre.flux(identifiant)
            if flux is not None and flux.etat in _RETENABLES:
                # A flux may fail again, for another reason, after a person had it tried again.
                rang = len(maison.registre.historique(identifiant))
                retenu = EtatChange(flux=identifiant, etat=Etat.RETENU, motif=motif)
                maison.journal.record(
                    identifiant, f"echouer.{rang}", Done({"motif": motif}, (retenu,))
                )


def cle(run: str) -> str:
    """The lock that a worker holds while this run is in its hands."""
    return f"travail {run}"


def rendre_orphelins(portes: Portes, suspects: frozenset[str]) -> frozenset[str]:
    """Hand back the runs whose process died; gives those to be looked at once more.

    A run counts as orphan when nobody holds it at two looks in a row: right after it was taken,
    and right before it is ended, a living worker does not hold it yet, or any more.
    """
    libres = frozenset(
        vue.id for vue in portes.executions.lister("en_cours", 100_000) if _libre(portes, vue.id)
    )
    for orphelin in libres & suspects:
        _journal.warning("run.orphelin", run=orphelin)
        portes.executions.rendre(orphelin)
    return libres - suspects


def _libre(portes: Portes, run: str) -> bool:
    try:
        with portes.maison.verrous.pour(cle(run), 0):
            return True
    except RessourceError:
        return False
