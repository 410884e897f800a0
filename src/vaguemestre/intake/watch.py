"""DOOR. When is a deposit complete and still? Claims it, and puts it away when it is done.

A scan of `<racine>/<collectivité>/depot/` is the truth; `watchfiles` only wakes it early, and
may fail without harm. A deposit is taken when nothing of it changed for `calme` seconds between
two scans; the claim is one atomic rename, written down before it is done, so that a kill in the
middle is finished by `reprendre`. What cannot be taken now (disk full, file locked) stays where
it is and is tried again.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import structlog
from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError

from vaguemestre.config.sections import Depots
from vaguemestre.errors import RessourceError
from vaguemestre.intake.guet import (
    Candidat,
    Empreinte,
    Orphelin,
    Pret,
    Reclame,
    Signalement,
    observer,
    rang,
)
from vaguemestre.intake.inventaire import EXTRAIT, RECLAMATION
from vaguemestre.intake.reclamation import contenu_de, lire_fiche, reclame_de, retirer_vide

__all__ = ["Pret", "Reclame", "Signalement", "Veilleur"]

DEPOT, EN_COURS, TRAITES, REJETS = "depot", "en-cours", "traites", "rejets"
Issue = Literal["traites", "rejets"]

_PATIENCE = 60.0
_PATIENCE_ORPHELINS = 600.0
_REPOS = 0.2  # at most five scans a second, however busy the folder is
_journal = structlog.get_logger("vaguemestre.intake")


@dataclass(slots=True)
class _Vue:
    empreinte: Empreinte
    depuis: float


class Veilleur:
    """Watches every `<racine>/<collectivité>/depot/`.

    `patience`: seconds after which something still but never whole (a broken zip, a manifest
    whose files do not come, an empty folder) is handed over, to be refused with its reasons;
    `patience_orphelins`: after which a loose file that belongs to nothing is signalled.
    """

    def __init__(
        self,
        racine: Path,
        reglages: Depots,
        *,
        patience: float = _PATIENCE,
        patience_orphelins: float = _PATIENCE_ORPHELINS,
    ) -> None:
        self._racine = racine
        self._calme = reglages.calme
        self._periode = reglages.periode
        self._patience = max(patience, reglages.calme)
        self._patience_orphelins = patience_orphelins
        self._vues: dict[Path, _Vue] = {}
        self._prochain: float | None = None
        self._signales: dict[Path, str] = {}
        self._nouveaux: list[Signalement] = []
        self._reveil = threading.Event()
        self._surveille: RustNotify | None = None
        self._dossiers: tuple[str, ...] = ()
        self._surveillance = True

    # -- seeing ------------------------------------------------------------------------------

    def balayer(self, maintenant: float) -> list[Pret]:
        """One scan of every folder; the deposits that are whole and still, oldest first (`rang`).

        `maintenant` is any clock that only goes forward, in seconds. Never raises for what lies
        in a folder; see `signalements`.
        """
        prets: list[Pret] = []
        vus: set[Path] = set()
        self._prochain = None
        for collectivite, depot in self._depots():
            try:
                candidats, orphelins = observer(collectivite, depot)
            except OSError as error:
                self._signaler(collectivite, depot, f"dossier illisible : {error.strerror}")
                continue
            self._oublier(depot)
            for candidat in candidats:
                vus.add(candidat.pret.chemin)
                if self._pret(candidat, maintenant):
                    prets.append(candidat.pret)
            for orphelin in orphelins:
                vus.add(orphelin.chemin)
                self._orphelin(orphelin, maintenant)
        for chemin in self._vues.keys() - vus:
            del self._vues[chemin]
            self._signales.pop(chemin, None)
        return sorted(prets, key=rang)

    def delai(self, maintenant: float) -> float:
        """Seconds to the next useful scan: when a deposit may have become still."""
        if self._prochain is None:
            return self._periode
        return min(self._periode, max(self._prochain - maintenant, 0.0))

    def signalements(self) -> list[Signalement]:
        """What should be told since the last call; each cause once."""
        nouveaux, self._nouveaux = self._nouveaux, []
        return nouveaux

    def _depots(self) -> list[tuple[str, Path]]:
        try:
            with os.scandir(self._racine) as entrees:
                noms = sorted(e.name for e in entrees if e.is_dir(follow_symlinks=False))
        except OSError as error:
            self._signaler("", self._racine, f"dossier illisible : {error.strerror}")
            return []
        self._oublier(self._racine)
        depots = [(nom, self._racine / nom / DEPOT) for nom in noms if not nom.startswith(".")]
        return [(nom, depot) for nom, depot in depots if depot.is_dir()]

    def _immobile(self, chemin: Path, empreinte: Empreinte, maintenant: float) -> float:
        """Seconds since this was first seen exactly so."""
        vue = self._vues.get(chemin)
        if vue is None or vue.empreinte != empreinte:
            self._vues[chemin] = vue = _Vue(empreinte, maintenant)
        return maintenant - vue.depuis

    def _pret(self, candidat: Candidat, maintenant: float) -> bool:
        pret = candidat.pret
        immobile = self._immobile(pret.chemin, candidat.empreinte, maintenant)
        if immobile < self._calme:
            self._attendre_jusqu_a(maintenant - immobile + self._calme)
            return False
        obstacle = candidat.verdict()
        if obstacle is None:
            return True
        if immobile < self._patience:
            self._attendre_jusqu_a(maintenant - immobile + self._patience)
            return False
        if obstacle.vivant:
            message = f"dépôt en attente : {obstacle.message}"
            self._signaler(pret.collectivite, pret.chemin, message)
        return not obstacle.vivant

    def _attendre_jusqu_a(self, echeance: float) -> None:
        self._prochain = echeance if self._prochain is None else min(self._prochain, echeance)

    def _orphelin(self, orphelin: Orphelin, maintenant: float) -> None:
        immobile = self._immobile(orphelin.chemin, orphelin.empreinte, maintenant)
        if immobile >= self._patience_orphelins:
            self._signaler(
                orphelin.collectivite,
                orphelin.chemin,
                f"« {orphelin.chemin.name} » attend seul dans le dossier de dépôt : le mettre dans "
                "un dossier ou un zip avec mandats.csv ou titres.csv, ou déposer un manifeste.json "
                "qui le cite",
            )

    def _signaler(self, collectivite: str, chemin: Path, message: str) -> None:
        if self._signales.get(chemin) != message:
            self._signales[chemin] = message
            self._nouveaux.append(Signalement(collectivite, chemin, message))

    def _oublier(self, chemin: Path) -> None:
        self._signales.pop(chemin, None)

    # -- taking ------------------------------------------------------------------------------

    def en_cours(self, collectivite: str, identifiant: str) -> Path:
        """Where a deposit is claimed to."""
        return self._racine / collectivite / EN_COURS / identifiant

    def reclamer(self, pret: Pret, vers: Path) -> Path | None:
        """Claim a deposit into the new folder `vers` by one rename; None: not now, try again.

        What goes with it is moved after the claim; `reprendre` finishes that after a kill.
        """
        fiche = {
            "identifiant": vers.name,
            "collectivite": pret.collectivite,
            "nom": pret.nom,
            "genre": pret.genre,
            "annexes": [annexe.name for annexe in pret.annexes],
        }
        try:
            vers.mkdir(parents=True, exist_ok=True)
            # Only a claim of several renames needs its note to outlive a power cut.
            _ecrire(vers / RECLAMATION, json.dumps(fiche).encode(), durable=bool(pret.annexes))
            pret.chemin.rename(vers / pret.nom)
            self._suivre(pret.annexes, vers)
            _synchroniser(pret.chemin.parent, vers, vers.parent)
        except OSError as error:
            _rendre(pret, vers)
            self._signaler(
                pret.collectivite,
                pret.chemin,
                f"« {pret.nom} » n'a pas pu être pris ({error.strerror}) : "
                "nouvel essai automatique",
            )
            return None
        self._vues.pop(pret.chemin, None)
        self._signales.pop(pret.chemin, None)
        return vers

    def reprendre(self) -> list[Reclame]:
        """Everything claimed and not put away; half-made claims are finished or undone."""
        fiches = sorted(self._racine.glob(f"*/{EN_COURS}/*/{RECLAMATION}"))
        return [r for fiche in fiches if (r := self._reprise(fiche)) is not None]

    def retrouver(self, dossier: Path) -> Reclame | None:
        """One claim, by its folder; None when nothing is claimed there.

        Raises:
            RessourceError: it cannot be read or finished now.
        """
        fiche = dossier / RECLAMATION
        try:
            return self._finir_reclamation(fiche) if fiche.exists() else None
        except OSError as error:
            raise RessourceError(
                f"le dépôt pris dans {dossier} ne se relit pas ({error.strerror})"
            ) from error

    def _reprise(self, fiche: Path) -> Reclame | None:
        """At start: what cannot be finished now is told, and finished at another start."""
        try:
            return self._finir_reclamation(fiche)
        except OSError as error:
            self._signaler(
                fiche.parents[2].name, fiche.parent, f"reprise retardée : {error.strerror}"
            )
            return None

    def _finir_reclamation(self, fiche: Path) -> Reclame | None:
        dossier, contenu = fiche.parent, contenu_de(fiche.read_bytes())
        nom = str(contenu.get("nom", ""))
        principal = dossier / nom
        if not nom or not (principal.exists() or principal.is_symlink()):
            return None if retirer_vide(dossier) else reclame_de(dossier, contenu)
        depot = dossier.parents[1] / DEPOT
        # One that has followed already stays: another may since have come under its name.
        noms = [str(annexe) for annexe in contenu.get("annexes", [])]
        restees = [depot / nom for nom in noms if not os.path.lexists(dossier / nom)]
        if self._suivre(restees, dossier):
            _synchroniser(depot, dossier)
        return reclame_de(dossier, contenu)

    def _suivre(self, annexes: Sequence[Path], vers: Path) -> int:
        """How many were there to be moved."""
        presentes = [a for a in annexes if a.exists() or a.is_symlink()]
        for annexe in presentes:
            annexe.rename(vers / annexe.name)
        return len(presentes)

    # -- putting away ------------------------------------------------------------------------

    def finir(self, dossier: Path, issue: Issue, nom: str) -> Path:
        """Move a claimed folder to `traites/` or `rejets/`, under a name that is free.

        May be called again after a kill: a folder that is already there is found again.

        Raises:
            RessourceError: not now (disk full, folder locked); nothing has moved.
        """
        arrivee = dossier.parents[1] / issue
        try:
            arrivee.mkdir(parents=True, exist_ok=True)
            if not dossier.exists():
                return _deja_fini(arrivee, nom, dossier.name)
            shutil.rmtree(dossier / EXTRAIT, ignore_errors=True)  # the zip itself is kept
            cible = _reserver(arrivee, nom)
            dossier.rename(cible)
            _synchroniser(arrivee, dossier.parent)
        except OSError as error:
            raise RessourceError(f"« {nom} » non rangé dans {issue} ({error.strerror})") from error
        return cible

    # -- waiting -----------------------------------------------------------------------------

    def attendre(self, timeout: float) -> None:
        """Sleep `timeout` seconds, or until something moves in a folder, or `reveiller`."""
        if self._surveillance and self._attendre_evenement(timeout):
            self._reveil.wait(_REPOS)
            return
        self._reveil.wait(timeout)

    def reveiller(self) -> None:
        """End the present and every later `attendre` at once (the daemon is stopping)."""
        self._reveil.set()

    def fermer(self) -> None:
        """Let go of the kernel's watches."""
        if self._surveille is not None:
            self._surveille.close()
            self._surveille = None

    def _attendre_evenement(self, timeout: float) -> bool:
        """True when the wait was done by watchfiles; False when it does not work here."""
        dossiers = tuple(str(depot) for _, depot in self._depots())
        if not dossiers:
            return False
        try:
            if self._surveille is None or self._dossiers != dossiers:
                self.fermer()
                # Permanent, unlike watchfiles.watch(): no event is lost between two waits.
                self._surveille = RustNotify(list(dossiers), False, False, 300, True, True)
                self._dossiers = dossiers
            self._surveille.watch(50, 20, max(int(timeout * 1000), 1), self._reveil)
        except (OSError, RuntimeError, WatchfilesRustInternalError) as error:
            # inotify exhausted, network file system…: the scan alone does the work.
            self._surveillance = False
            self.fermer()
            _journal.warning("depot.surveillance.indisponible", raison=str(error))
            return False
        return True


def _rendre(pret: Pret, vers: Path) -> None:
    """Undo a claim that could not be finished; what cannot be undone, `reprendre` finishes."""
    try:
        for chemin in (*pret.annexes, pret.chemin):
            pris = vers / chemin.name
            if (pris.exists() or pris.is_symlink()) and not chemin.exists():
                pris.rename(chemin)
    except OSError as error:
        _journal.warning("depot.reclamation.inachevee", raison=str(error), dossier=vers.name)
        return
    retirer_vide(vers)


def _reserver(arrivee: Path, nom: str) -> Path:
    """An empty folder of that name, or the first free `nom-2`, `nom-3`…; mkdir is the lock."""
    rang = 1
    while True:
        cible = arrivee / (nom if rang == 1 else f"{nom}-{rang}")
        try:
            cible.mkdir()
        except FileExistsError:
            rang += 1
        else:
            return cible


def _deja_fini(arrivee: Path, nom: str, identifiant: str) -> Path:
    for fiche in arrivee.glob(f"*/{RECLAMATION}"):
        if lire_fiche(fiche).get("identifiant") == identifiant:
            return fiche.parent
    raise RessourceError(f"{identifiant} n'est ni en cours ni dans {arrivee} ({nom})")


def _ecrire(chemin: Path, octets: bytes, *, durable: bool) -> None:
    with chemin.open("wb") as flux:
        flux.write(octets)
        flux.flush()
        if durable:
            os.fsync(flux.fileno())


def _synchroniser(*dossiers: Path) -> None:
    """Make renames durable: fsync of the folders they touched."""
    for dossier in dossiers:
        descripteur = os.open(dossier, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descripteur)
        finally:
            os.close(descripteur)
