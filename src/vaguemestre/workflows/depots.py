"""drop -> controlled flux: one deposit is received, made into PES files, checked, and filed.

Making and checking are one durable step under the lock of the body: the numbers and the running
totals that a PES promises are inscribed in the very transaction that ends it, so no other deposit
can have promised the same ones in between.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from vaguemestre.archive.lot import emballer
from vaguemestre.config.sections import Collectivite
from vaguemestre.domain.flux import DepotClos, DepotOuvert, EtatDepot
from vaguemestre.engine.run import Resultat, Run
from vaguemestre.errors import ConfigurationError, DocumentError, RessourceError
from vaguemestre.formats.caracteres import table
from vaguemestre.intake.depot import ContexteDepot, DepotLu, lire_depot
from vaguemestre.intake.inventaire import EXTRAIT, RECLAMATION
from vaguemestre.pes.build import PesEcrit
from vaguemestre.ports import Empreinte
from vaguemestre.transport.nommage import nom_pesalr2
from vaguemestre.workflows.candidats import Candidat, Controleur
from vaguemestre.workflows.fabrique import Atelier
from vaguemestre.workflows.maison import DepotPris, Maison, empreinte_json
from vaguemestre.workflows.rapports import ecrire_rapport_de_depot
from vaguemestre.workflows.schemas import avis

Place = AbstractContextManager[Callable[[], None]]
"""A place in the line of a body, and what waits there for those that came before."""
CONTROLER = "controler"


def _personne() -> None:
    """Nobody came before."""


def traiter_depot(
    run: Run, maison: Maison, depot: DepotPris, place: Place | None = None
) -> tuple[str, ...]:
    """The whole way of one deposit; returns its flux, none when it is refused.

    `place` is kept until the control has ended; without it, nobody else is at work.
    """
    with place or nullcontext(_personne) as attendre_son_tour:
        run.step("recevoir", recevoir, maison, depot)
        attendre_son_tour()
        with maison.verrous.pour(f"collectivité {depot.collectivite}"):
            verdict = run.step(CONTROLER, controler, maison, depot)
    run.step("classer", classer, maison, depot, verdict)
    return tuple(str(un["flux"]) for un in _objets(verdict, "fichiers"))


def recevoir(maison: Maison, depot: DepotPris) -> Resultat:
    """Every byte received goes into the coffre before anybody looks at it.

    A file that may not be read is left to the reading of the deposit, which says so.
    """
    noms = [nom for nom in _fichiers(depot.dossier) if os.access(depot.dossier / nom, os.R_OK)]
    objets = []
    if len(noms) == 1:
        seul = depot.dossier / noms[0]
        objets = [empreinte_json(seul.name, maison.coffre.ranger(seul))]
    elif noms:
        objets = [empreinte_json(f"{depot.identifiant}.tar", _emballer(maison, depot, noms))]
    ouvert = DepotOuvert(
        depot=depot.identifiant,
        nom=depot.nom,
        collectivite=depot.collectivite,
        forme=depot.genre,
        dossier=maison.relatif(depot.dossier),
        sha256=str(objets[0]["sha256"]) if len(noms) == 1 else "",
    )
    return Resultat({"objets": objets, "fichiers": noms}, (ouvert,))


def _emballer(maison: Maison, depot: DepotPris, noms: Sequence[str]) -> Empreinte:
    with maison.brouillon(".tar") as vers:
        try:
            empreinte = emballer(depot.dossier, noms, vers)
        except OSError as error:
            raise RessourceError(
                f"le dépôt ne peut pas être mis au coffre : {error.strerror}", ref=depot.identifiant
            ) from error
        return maison.coffre.ranger(vers, lier=True, connue=empreinte)


def controler(maison: Maison, depot: DepotPris) -> Resultat:
    """Read, make, check, inscribe: every problem of the deposit at once, or its flux.

    Raises:
        ConfigurationError: nobody has configured this body.
    """
    collectivite = maison.collectivite(depot.collectivite)
    if collectivite is None:
        raise ConfigurationError(
            f"collectivité « {depot.collectivite} » absente de la configuration"
        )
    scratch = maison.travail / depot.identifiant
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        return _Controle(maison, depot, collectivite, scratch).resultat()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


class _Controle:
    """One deposit in hand."""

    def __init__(
        self, maison: Maison, depot: DepotPris, collectivite: Collectivite, scratch: Path
    ) -> None:
        self._maison = maison
        self._depot = depot
        self._collectivite = collectivite
        self._scratch = scratch
        self._jour = maison.jour()
        self._controleur = Controleur(maison, collectivite, self._jour)

    def resultat(self) -> Resultat:
        lu = lire_depot(self._depot.dossier, self._contexte())
        anomalies = list(lu.anomalies)
        candidats: tuple[Candidat, ...] = ()
        if lu.accepte:
            try:
                candidats = self._controleur.examiner(self._fichiers(lu), lu)
            except DocumentError as error:
                anomalies += error.anomalies
            anomalies += [*self._controleur.anomalies, *self._controleur.cumuls.anomalies]
            anomalies += [
                replace(avertissement, fichier=candidat.chemin.name)
                for avertissement in avis(
                    self._maison.config, self._maison.schemas.version, self._jour
                )
                for candidat in candidats
            ]
        accepte = not any(anomalie.bloquante for anomalie in anomalies)
        inscrits = self._controleur.inscrire(self._depot, candidats) if accepte else ()
        return Resultat(
            {
                "verdict": "accepte" if accepte else "rejete",
                "forme": lu.forme,
                "schema": self._maison.schemas.version,
                "anomalies": [anomalie.as_json() for anomalie in anomalies],
                "remplacements": dict(lu.remplacements),
                "fichiers": [inscrit.as_json() for inscrit in inscrits],
            },
            tuple(fait for inscrit in inscrits for fait in inscrit.faits),
        )

    def _contexte(self) -> ContexteDepot:
        return ContexteDepot(
            collectivite=self._collectivite,
            jour=self._jour,
            limites=self._maison.config.depots,
            caracteres=table(self._maison.config.pes.caracteres),
            travail=self._scratch / "extrait",
        )

    def _fichiers(self, lu: DepotLu) -> Iterator[tuple[Path, PesEcrit | None]]:
        """(path, what we built or None when the sender made it)."""
        atelier = Atelier(
            config=self._maison.config,
            collectivite=self._collectivite,
            jour=self._jour,
            nommer=self._nommer,
            cumuls=self._controleur.cumuls,
            dossier=self._scratch,
        )
        if lu.pes_tout_fait is None:
            connues = self._controleur.pj_connues(pj.id_unique for pj in lu.pjs)
            for _, ecrit in atelier.fabriquer(
                dict(lu.bordereaux), lu.pjs, connues, factures=lu.factures, seules=lu.seules
            ):
                yield ecrit.chemin, ecrit
            return
        yield lu.pes_tout_fait, None
        vu = self._controleur.dernier_vu
        if lu.pjs and vu is not None:
            for _, ecrit in atelier.fabriquer_pj(vu, lu.pjs):
                yield ecrit.chemin, ecrit

    def _nommer(self, siren: str) -> str:
        rang = self._maison.registre.reserver(f"fil {siren} {self._jour:%y%m%d}")
        return nom_pesalr2(siren, self._jour, rang).removesuffix(".xml")


def classer(maison: Maison, depot: DepotPris, verdict: Mapping[str, object]) -> Resultat:
    """The deposit goes to `traites/` or `rejets/`, beside its report."""
    accepte = verdict["verdict"] == "accepte"
    if depot.dossier.exists():
        shutil.rmtree(depot.dossier / EXTRAIT, ignore_errors=True)
        ecrire_rapport_de_depot(maison, depot, verdict, depot.dossier)
    arrivee = maison.ranger(depot.dossier, "traites" if accepte else "rejets", depot.nom)
    etat = EtatDepot.TRAITE if accepte else EtatDepot.REJETE
    clos = DepotClos(depot=depot.identifiant, etat=etat, motif="" if accepte else _motif(verdict))
    return Resultat({"dossier": maison.relatif(arrivee)}, (clos,))


def _motif(verdict: Mapping[str, object]) -> str:
    graves = [a for a in _objets(verdict, "anomalies") if a["gravite"] != "avertissement"]
    return f"{len(graves)} anomalie(s), dont : {graves[0]['message']}" if graves else ""


def _objets(resultat: Mapping[str, object], cle: str) -> list[dict[str, Any]]:
    liste = resultat[cle]
    return liste if isinstance(liste, list) else []


def _fichiers(dossier: Path) -> list[str]:
    """Every regular file that was sent, as a path from the deposit, folder by folder."""
    trouves = sorted(_reguliers(dossier)) if dossier.is_dir() else []
    return ["/".join(parties) for parties in trouves if parties[0] not in (EXTRAIT, RECLAMATION)]


def _reguliers(dossier: Path | str, avant: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The parts of their paths. No link is followed; a folder that is closed to us stays closed."""
    try:
        with os.scandir(dossier) as vues:
            entrees = list(vues)
    except PermissionError:
        return
    for entree in entrees:
        if entree.is_dir(follow_symlinks=False):
            yield from _reguliers(entree.path, (*avant, entree.name))
        elif entree.is_file(follow_symlinks=False):
            yield *avant, entree.name
