"""A register as it is after some years: settled flux, written through the journal's own API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from tests.bench.chantier import ANCIENS, JOUR, MANDATS, corps
from vaguemestre.audit.feuille import ScelleurMerkle
from vaguemestre.config.sections import Configuration
from vaguemestre.domain.flux import (
    BordereauInscrit,
    DepotClos,
    DepotOuvert,
    Etat,
    EtatChange,
    EtatDepot,
    Fait,
    FluxOuvert,
    IntentionPrise,
    MembreInscrit,
    MembreRecu,
    PjInscrite,
)
from vaguemestre.ports import Done
from vaguemestre.store.connexion import Connexion, Parametres
from vaguemestre.store.database import Base
from vaguemestre.store.executions import SqlExecutions
from vaguemestre.store.journal import SqlJournal
from vaguemestre.wiring import portes

_SUITE = (Etat.SIGNE, Etat.CONVERTI, Etat.EXPEDIE, Etat.ACQUITTE, Etat.ARCHIVE)


class _SansAttendre:
    """The database, not waiting for the disk: filling is no measure."""

    def __init__(self, base: Base) -> None:
        self._base = base

    def ecrire(self, *, durable: bool = True) -> AbstractContextManager[Connexion]:
        return self._base.ecrire(durable=False)

    def instantane(self) -> AbstractContextManager[Connexion]:
        return self._base.instantane()

    def tous(self, requete: sa.Executable, parametres: Parametres | None = None) -> list[Any]:
        return self._base.tous(requete, parametres)

    def un(self, requete: sa.Executable, parametres: Parametres | None = None) -> Any:
        return self._base.un(requete, parametres)


def remplir(config: Configuration, nombre: int, collectivites: int) -> None:
    """Add `nombre` archived deposits, each with its flux, bordereau, PJ, runs and log entries."""
    with portes(config) as ouvertes:
        base = _SansAttendre(ouvertes.base)
        horloge = ouvertes.horloge
        journal = SqlJournal(base, horloge, ouvertes.identifiants, ScelleurMerkle())
        executions = SqlExecutions(base)
        for rang in range(nombre):
            depot, flux = f"D9{rang:07d}", f"{ANCIENS}{rang:07d}"
            corps_ = corps(rang % collectivites)
            for run, genre in ((depot, "depot"), (flux, "flux")):
                executions.planifier(run, genre, run, horloge.now())
                executions.finir(run)
            clos = DepotClos(depot=depot, etat=EtatDepot.TRAITE, motif="")
            ouvert = tuple(_ouvrir(depot, flux, rang, corps_))
            journal.record(depot, "recevoir", Done({"objets": []}, ouvert[:1]))
            journal.record(depot, "controler", Done({"fichiers": []}, ouvert[1:]))
            journal.record(depot, "classer", Done({"dossier": ""}, (clos,)))
            journal.record(flux, "expedier.pes", Done({}, tuple(_expedier(flux, rang))))


def _ouvrir(depot: str, flux: str, rang: int, un: dict[str, str]) -> Iterator[Fait]:
    yield DepotOuvert(
        depot=depot,
        nom=depot,
        collectivite=un["dossier"],
        forme="dossier",
        dossier="",
        sha256="",
    )
    nomfic = f"ANCIEN_{rang:07d}"
    yield FluxOuvert(
        flux=flux,
        depot=depot,
        collectivite=un["dossier"],
        cod_col=un["code"],
        cod_bud="00",
        nomfic=nomfic,
        nom_fil=f"{nomfic}.xml",
        partenaire="dgfip",
    )
    premier = 9_000_000 + rang * MANDATS
    yield BordereauInscrit(
        flux=flux,
        cod_col=un["code"],
        cod_bud="00",
        domaine="depense",
        exercice=JOUR.year,
        type="01",
        numero=900_000 + rang,
        pieces=tuple(premier + piece for piece in range(MANDATS)),
        montant_ht=Decimal("1000.00"),
        montant_tva=Decimal("200.00"),
        cumul=Decimal("1200.00"),
    )
    for piece in range(MANDATS):
        nom = f"ANCIENNE_{premier + piece}"
        yield PjInscrite(flux=flux, cod_col=un["code"], id_unique=nom, nom=f"{nom}.pdf")
    yield EtatChange(flux=flux, etat=Etat.CONTROLE)


def _expedier(flux: str, rang: int) -> Iterator[Fait]:
    sha256 = f"{rang:064x}"
    yield MembreInscrit(
        flux=flux, genre="pes", nom=f"{flux}.xml", sha256=sha256, sha1=sha256[:40], taille=1
    )
    yield IntentionPrise(flux=flux, genre="pes")
    yield MembreRecu(flux=flux, genre="pes", mode="renomme")
    for etat in _SUITE:
        yield EtatChange(flux=flux, etat=etat)
