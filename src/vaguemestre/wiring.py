"""Composition root: the only place where doors are chosen."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from threading import Lock

from vaguemestre.archive.coffre import CoffreFichiers
from vaguemestre.audit import cle as cle_du_journal
from vaguemestre.audit.feuille import ScelleurMerkle
from vaguemestre.audit.point import Signataire
from vaguemestre.config.lecture import secret
from vaguemestre.config.sections import Collectivite, Configuration, Partenaire, Signature
from vaguemestre.engine import mort as repetition
from vaguemestre.engine.horloge import (
    HorlogeFixe,
    HorlogeSysteme,
    IdentifiantsAleatoires,
    IdentifiantsGraine,
)
from vaguemestre.engine.verrous import Verrous
from vaguemestre.errors import ConfigurationError
from vaguemestre.formats.donnees import donnees
from vaguemestre.formats.relecture import Relecture
from vaguemestre.indigo.dessins import Profil
from vaguemestre.indigo.dessins import charger as charger_dessin
from vaguemestre.intake.watch import Veilleur
from vaguemestre.pes.schema import Schemas
from vaguemestre.pes.schema import charger as charger_schemas
from vaguemestre.pj.texte import LecteurTexte
from vaguemestre.ports import (
    Clock,
    Coffre,
    Executions,
    Identifiants,
    Journal,
    LectureJournal,
    Signer,
    Transport,
)
from vaguemestre.signature.confiance import Confiance, lire_confiance
from vaguemestre.signature.keys import SignerP12, ouvrir_p12
from vaguemestre.store.database import Base, ouvrir
from vaguemestre.store.executions import SqlExecutions
from vaguemestre.store.journal import SqlJournal
from vaguemestre.store.lecture import LectureSql, lecture
from vaguemestre.store.registre import Registre
from vaguemestre.transport.dossier import DossierTransport
from vaguemestre.transport.seance import Acces
from vaguemestre.transport.sftp import SftpTransport
from vaguemestre.workflows.maison import Guichets, Maison
from vaguemestre.workflows.pieces import Pieces

EXEMPLE_MOT_DE_PASSE = "vaguemestre"


def _sftp_conforms(door: SftpTransport) -> Transport:
    """Type-check only: each door has the shape of its port."""
    return door


def _dossier_conforms(door: DossierTransport) -> Transport:
    return door


def _p12_conforms(door: SignerP12) -> Signer:
    return door


def _coffre_conforms(door: CoffreFichiers) -> Coffre:
    return door


def _journal_conforms(door: SqlJournal) -> Journal:
    return door


def _executions_conforms(door: SqlExecutions) -> Executions:
    return door


def _lecture_conforms(door: LectureSql) -> LectureJournal:
    return door


class Portes:
    """Everything that is open for one configuration; `fermer` closes it."""

    def __init__(
        self, config: Configuration, mourir: Callable[[], None] = repetition.mourir
    ) -> None:
        """`mourir`: what sudden death is, where a rehearsal asks for it."""
        self.config = config
        self._mourir = mourir
        self.base: Base = ouvrir(config.base.url, config.racine)
        self.executions = SqlExecutions(self.base)
        self.horloge = horloge(config)
        self.identifiants = identifiants(config)
        self.veilleur = Veilleur(
            config.chemin(config.depots.racine), config.depots, patience=config.depots.patience
        )
        self.coffre = CoffreFichiers(config.chemin(config.archive.coffre))
        self.journal = SqlJournal(self.base, self.horloge, self.identifiants, ScelleurMerkle())
        self._scribe: Signataire | None = None
        self._transports: dict[str, Transport] = {}
        self._lecteurs = LecteurTexte.selon(config.pj)
        self._ouverture = Lock()
        self.maison = self._maison()

    def fermer(self) -> None:
        self._lecteurs.fermer()
        for transport in self._transports.values():
            transport.close()
        self.base.fermer()
        self.maison.verrous.fermer()

    def scribe(self) -> Signataire:
        """The signer of checkpoints; its key is made at the first call."""
        if self._scribe is None:
            reglages = self.config.journal
            self._scribe = cle_du_journal.signataire(
                reglages.origine, self.config.chemin(reglages.cle), _graine(self.config)
            )
        return self._scribe

    def transport(self, nom: str) -> Transport:
        """The mailbox of a partner, one for all threads.

        Raises:
            ConfigurationError: no such partner, or its settings are wrong.
        """
        with self._ouverture:
            if nom not in self._transports:
                partenaire = self.config.partenaire(nom)
                if partenaire is None:
                    raise ConfigurationError(f"partenaire « {nom} » absent de la configuration")
                self._transports[nom] = ouvrir_transport(self.config, partenaire)
            return self._transports[nom]

    def _etapes(self) -> Journal:
        """Where steps are recorded; with `VAGUEMESTRE_MORT`, dying at the point it names."""
        mort = repetition.lire(os.environ)
        return (
            self.journal
            if mort is None
            else repetition.JournalMortel(self.journal, mort, self._mourir)
        )

    def _maison(self) -> Maison:
        config = self.config
        travail = config.chemin(config.archive.coffre).parent / "travail"
        travail.mkdir(parents=True, exist_ok=True)
        verrous = Verrous(travail / ".verrous")
        return Maison(
            config=config,
            registre=Registre(self.base),
            journal=self._etapes(),
            coffre=self.coffre,
            schemas=schemas(config),
            horloge=self.horloge,
            identifiants=self.identifiants,
            transport=self.transport,
            signataire=Relecture(
                _dossier,
                lambda c: _fichiers(config, c, cle=True),
                lambda c: signataire(config, config.signature_de(c)),
            ),
            confiance=Relecture(
                _dossier,
                lambda c: _fichiers(config, c, cle=False),
                lambda c: confiance(config, config.signature_de(c)),
            ),
            dessin=Relecture(_dossier, lambda _: (), lambda c: dessin(config, c)),
            pointer=lambda: self.journal.point(self.scribe().point),
            vkey=lambda: self.scribe().verificateur.vkey,
            lecture=lambda: lecture(self.base),
            ranger=self.veilleur.finir,
            travail=travail,
            verrous=verrous,
            guichets=Guichets(verrous, travail / "guichets"),
            pieces=Pieces.du_demon(config, lambda _: self._lecteurs),
        )


@contextmanager
def portes(config: Configuration) -> Iterator[Portes]:
    """Open everything, and close it whatever happens."""
    ouvertes = Portes(config)
    try:
        yield ouvertes
    finally:
        ouvertes.fermer()


def _dossier(collectivite: Collectivite) -> str:
    return collectivite.dossier


def _fichiers(config: Configuration, collectivite: Collectivite, *, cle: bool) -> tuple[Path, ...]:
    reglages = config.signature_de(collectivite)
    if cle:
        return () if reglages.p12 is None else (config.chemin(reglages.p12),)
    return tuple(
        config.chemin(f) for f in (*reglages.ancres, *reglages.intermediaires, *reglages.crls)
    )


def preparer(config: Configuration) -> None:
    """The folders, the database and the log's key of a new installation."""
    racine = config.chemin(config.depots.racine)
    for collectivite in config.collectivites:
        for nom in ("depot", "en-cours", "traites", "rejets"):
            (racine / collectivite.dossier / nom).mkdir(parents=True, exist_ok=True)
    for partenaire in config.partenaires:
        if partenaire.type == "dossier" and partenaire.dossier is not None:
            for nom in (partenaire.depot, partenaire.retrait):
                (config.chemin(partenaire.dossier) / nom).mkdir(parents=True, exist_ok=True)
    with portes(config) as ouvertes:
        ouvertes.scribe()


def horloge(config: Configuration) -> Clock:
    fixe = config.acceptation.horloge
    return HorlogeSysteme() if fixe is None else HorlogeFixe(fixe)


def identifiants(config: Configuration) -> Identifiants:
    graine = config.acceptation.graine
    return IdentifiantsAleatoires() if graine is None else IdentifiantsGraine(graine)


def _graine(config: Configuration) -> bytes | None:
    graine = config.acceptation.graine
    return None if graine is None else graine.to_bytes(32, "big")


@lru_cache(maxsize=8)
def _schemas(version: str, dossier: Path | None) -> Schemas:
    return charger_schemas(version, dossier)


def schemas(config: Configuration) -> Schemas:
    return _schemas(config.pes.schema_version, config.chemin(config.pes.schemas))


def dessin(config: Configuration, collectivite: Collectivite) -> Profil | None:
    """The INDIGO layout of a body, or None: it sends no INDIGO."""
    layout = config.indigo_de(collectivite).layout
    if layout is None:
        return None
    chemin = config.chemin(layout)
    return charger_dessin(chemin if chemin.exists() else _dessin_livre(layout))


def _dessin_livre(layout: Path) -> Path:
    from vaguemestre.indigo.dessins import livres

    for livre in livres():
        if livre.stem == layout.stem:
            return livre
    raise ConfigurationError(f"dessin INDIGO introuvable : {layout}")


def signataire(config: Configuration, reglages: Signature) -> Signer | None:
    """The key that signs, or None when none is configured."""
    if reglages.p12 is None:
        return None
    mot_de_passe = secret(reglages.mot_de_passe, config.racine)
    return ouvrir_p12(config.chemin(reglages.p12), mot_de_passe)


def signataire_d_exemple() -> Signer:
    """The sample key, which nobody trusts."""
    return ouvrir_p12(donnees("certs-sample") / "signataire.p12", EXEMPLE_MOT_DE_PASSE)


def confiance(config: Configuration, reglages: Signature) -> Confiance:
    return lire_confiance(reglages, config.chemin)


def ouvrir_transport(config: Configuration, partenaire: Partenaire) -> Transport:
    """The door to a partner.

    Raises:
        ConfigurationError: settings that cannot work together.
    """
    if partenaire.nommage == "passtrans" and partenaire.partie:
        raise ConfigurationError(
            f"partenaire « {partenaire.nom} » : nommage passtrans demande partie = false"
        )
    if partenaire.type == "dossier":
        if partenaire.dossier is None:
            raise ConfigurationError(f"partenaire « {partenaire.nom} » : « dossier » est exigé")
        racine = config.chemin(partenaire.dossier)
        return DossierTransport(
            racine / partenaire.depot,
            racine / partenaire.retrait,
            simulateur=partenaire.simulateur,
            partie=partenaire.partie,
            effacer_retrait=partenaire.effacer_retrait,
        )
    return SftpTransport(
        _acces(config, partenaire),
        depot=partenaire.depot,
        retrait=partenaire.retrait,
        partie=partenaire.partie,
        effacer_retrait=partenaire.effacer_retrait,
        simulateur=partenaire.simulateur,
    )


def _acces(config: Configuration, partenaire: Partenaire) -> Acces:
    if partenaire.hotes_connus is None:
        raise ConfigurationError(
            f"partenaire « {partenaire.nom} » : « hotes_connus » est exigé, un hôte inconnu est"
            " toujours refusé"
        )
    mot_de_passe = secret(partenaire.mot_de_passe, config.racine)
    return Acces(
        hote=partenaire.hote,
        port=partenaire.port,
        utilisateur=partenaire.utilisateur,
        mot_de_passe="" if partenaire.cle is not None else mot_de_passe,
        cle=None if partenaire.cle is None else config.chemin(partenaire.cle),
        phrase=mot_de_passe if partenaire.cle is not None else "",
        hotes_connus=config.chemin(partenaire.hotes_connus),
        delai=partenaire.delai,
    )
