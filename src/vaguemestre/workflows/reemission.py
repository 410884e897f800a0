"""settled -> made again without the rejected pièces: a replacement that goes the same way.

A re-issue is a deposit that we make ourselves: one durable step reads the original back from the
coffre, cuts it, checks it, opens the new flux, and links it to the one it stands for. Control,
signature, twin and sending are then those of any flux.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal

from vaguemestre.config.sections import Collectivite
from vaguemestre.domain.comptable import Bordereau, PesAller
from vaguemestre.domain.flux import (
    BordereauInscrit,
    BordereauRemplace,
    DepotClos,
    DepotOuvert,
    Etat,
    EtatChange,
    EtatDepot,
    Fait,
    FluxRemplace,
)
from vaguemestre.engine.run import Resultat
from vaguemestre.errors import (
    Anomalie,
    ConfigurationError,
    DocumentError,
    IntegrityError,
    UsageError,
)
from vaguemestre.pes.examen import examiner
from vaguemestre.pes.read import lire
from vaguemestre.pes.reduction import BordereauReduit, Reduction, reduire
from vaguemestre.pes.sommaire import Sommaire
from vaguemestre.store.vues import BordereauVu, FluxVu
from vaguemestre.transport.nommage import nom_pesalr2
from vaguemestre.workflows import reserves
from vaguemestre.workflows.archives import archiver
from vaguemestre.workflows.candidats import Candidat, Controleur, Inscrit, jumeau_possible
from vaguemestre.workflows.envoi import origine
from vaguemestre.workflows.fabrique import Cumuls
from vaguemestre.workflows.maison import DepotPris, Maison, departs_de
from vaguemestre.workflows.rapports import actualiser
from vaguemestre.workflows.reglages import reglages_de
from vaguemestre.workflows.substitut import Substitut
from vaguemestre.workflows.tri import (
    Cle,
    Reste,
    choisies,
    cible,
    cle_de,
    deja_prises,
    exclusions,
    rejetees,
    trier,
    vise,
)

Numerotation = Literal["meme", "nouveau"]
FORME = "reemission"
_PERMIS = frozenset({Etat.ARCHIVE, Etat.PARTIEL, Etat.REFUSE, Etat.REMPLACE})
_MORTS = frozenset({Etat.REJETE, Etat.ANNULE})
_AUTREMENT = {
    Etat.ACQUITTE: "il est acquitté et va être archivé : recommencer dans un instant",
    Etat.EXPEDIE: "il est parti et attend son acquit",
    Etat.SANS_ACQUIT: "il est parti et rien n'y répondra",
    Etat.INCERTAIN: "trancher d'abord avec « vaguemestre flux resolve »",
    Etat.REJETE: "il n'est jamais parti : corriger, puis redéposer",
    Etat.ANNULE: "il n'est jamais parti : redéposer",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Demande:
    """What a person asks. `exclure` None: what the partner rejected by itself."""

    motif: str
    auteur: str
    exclure: tuple[str, ...] | None = None
    numerotation: Numerotation = "meme"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reemise:
    """The flux that stands for another; `deja`: it was there before this call.

    `exclues` and `prises`: pièces left out, those rejected and those taken in charge already.
    """

    flux: str
    depot: str
    deja: bool
    exclues: tuple[str, ...] = ()
    prises: tuple[str, ...] = ()
    anomalies: tuple[Anomalie, ...] = ()


def reemettre(maison: Maison, ancien: str, demande: Demande) -> Reemise:
    """Make the replacement of a settled flux, once; a second call finds it.

    Raises:
        UsageError: the flux is not settled, the pièces are not in it, or nothing would stay.
        DocumentError: what would leave, Hélios would reject; all anomalies.
        ConfigurationError: its body is no longer configured.
    """
    vu = maison.registre.flux(ancien)
    if vu is None:
        raise UsageError(f"flux inconnu : {ancien} ; « vaguemestre flux list » les liste")
    collectivite = maison.collectivite(vu.collectivite)
    if collectivite is None:
        raise ConfigurationError(f"collectivité « {vu.collectivite} » absente de la configuration")
    if vu.etat in (Etat.PARTIEL, Etat.REFUSE) and not vu.retient:
        archiver(maison, [ancien])
    with ExitStack() as verrous:
        verrous.enter_context(maison.verrous.pour(f"collectivité {vu.collectivite}"))
        verrous.enter_context(maison.verrous.pour(f"flux {ancien}"))
        if (deja := _deja(maison, ancien)) is not None:
            return deja
        vu = maison.registre.flux(ancien) or vu
        if vu.etat not in _PERMIS:
            pourquoi = _AUTREMENT.get(vu.etat, "il n'est pas encore parti : « flux cancel »")
            raise UsageError(f"{ancien} est {vu.etat.value}, il ne se réémet pas : {pourquoi}")
        reemise = _Reemission(maison, collectivite, vu, demande).faire()
    actualiser(maison, maison.registre.flux(ancien) or vu)
    return reemise


def _deja(maison: Maison, ancien: str) -> Reemise | None:
    lien = maison.registre.remplacant(ancien)
    nouveau = None if lien is None else maison.registre.flux(lien.nouveau)
    if nouveau is None or nouveau.etat in _MORTS:
        return None
    return Reemise(flux=nouveau.id, depot=nouveau.depot, deja=True)


class _Reemission:
    """One re-issue in hand, under the locks of its body and of the flux."""

    def __init__(
        self, maison: Maison, collectivite: Collectivite, ancien: FluxVu, demande: Demande
    ) -> None:
        self._maison, self._collectivite = maison, collectivite
        self._ancien, self._demande = ancien, demande
        self._jour: date = maison.jour()
        self._inscrits = maison.registre.bordereaux(ancien.id)
        self._anomalies: list[Anomalie] = []

    def faire(self) -> Reemise:
        source = self._maison.coffre.chemin(str(origine(self._maison, self._ancien)["sha256"]))
        document = lire(source)
        restes = self._trier(document)
        depot = f"D{self._maison.registre.reserver('depot'):08d}"
        run = self._maison.run(depot)
        with self._maison.brouillon(".xml") as vers:
            fait = run.step("controler", self._controler, depot, source, vers, document, restes)
        fichiers = fait["fichiers"]
        if not isinstance(fichiers, list) or len(fichiers) != 1:
            raise IntegrityError("la réémission n'a pas ouvert son flux", ref=depot)
        return Reemise(
            flux=str(fichiers[0]["flux"]),
            depot=depot,
            deja=False,
            exclues=tuple(exclusions(restes)),
            prises=tuple(deja_prises(restes)),
            anomalies=tuple(self._anomalies),
        )

    def _trier(self, document: PesAller) -> tuple[Reste, ...]:
        if not document.bordereaux:
            raise UsageError(f"{self._ancien.id} ne porte aucun bordereau : redéposer ses PJ")
        registre = self._maison.registre
        restitutions = registre.restitutions(self._ancien.id)
        if self._demande.exclure is None:
            erreurs = registre.erreurs(self._ancien.id)
            exclues = rejetees(document.bordereaux, self._inscrits, erreurs, restitutions)
        else:
            exclues = choisies(document.bordereaux, self._demande.exclure)
        return trier(document.bordereaux, self._inscrits, exclues, restitutions)

    def _controler(
        self,
        depot: str,
        source: Path,
        vers: Path,
        document: PesAller,
        restes: tuple[Reste, ...],
    ) -> Resultat:
        remplaces = [b for b in self._inscrits if _reprend(b, restes)]
        memoire = Substitut(
            self._maison.memoire(self._collectivite), remplaces, self._maison.config.pes.cumul_base
        )
        suites = reserves.promesses_rompues(self._maison, self._ancien, memoire, remplaces)
        self._anomalies += suites
        pjs = self._pjs(document, restes, memoire)
        numeros = self._numeros(memoire, restes)
        cumuls: dict[Cle, Decimal | None] = {}
        siren = self._collectivite.siret[:9]
        rang = self._maison.registre.reserver(f"fil {siren} {self._jour:%y%m%d}")
        reduction = Reduction(
            nomfic=nom_pesalr2(siren, self._jour, rang).removesuffix(".xml"),
            jour=self._jour,
            bordereaux=tuple(self._reduits(memoire, restes, numeros, cumuls)),
            pjs=pjs,
        )
        empreinte = reduire(source, vers, reduction)
        sommaire = self._examiner(vers, memoire)
        candidat = Candidat(
            chemin=vers,
            empreinte=self._maison.coffre.ranger(vers, lier=True, connue=empreinte),
            sommaire=sommaire,
            tout_fait=False,
        )
        return self._inscrire(depot, candidat, restes, remplaces, cumuls)

    def _examiner(self, vers: Path, memoire: Substitut) -> Sommaire:
        """What the replacement is; every finding is added to `_anomalies`.

        Raises:
            DocumentError: it would be refused.
        """
        examen = examiner(
            vers,
            schemas=self._maison.schemas,
            memoire=memoire,
            reglages=reglages_de(self._maison.config, self._collectivite),
        )
        # The draft's own name would mean nothing to anybody.
        self._anomalies += [replace(anomalie, fichier="") for anomalie in examen.anomalies]
        self._anomalies += jumeau_possible(self._maison, self._collectivite, vers)
        graves = tuple(anomalie for anomalie in self._anomalies if anomalie.bloquante)
        if graves or examen.sommaire is None:
            raise DocumentError(
                f"la réémission de {self._ancien.id} serait rejetée ; rien n'a été fait",
                ref=self._ancien.id,
                anomalies=graves,
            )
        return examen.sommaire

    def _inscrire(
        self,
        depot: str,
        candidat: Candidat,
        restes: tuple[Reste, ...],
        remplaces: Iterable[BordereauVu],
        cumuls: Mapping[Cle, Decimal | None],
    ) -> Resultat:
        nom = f"réémission de {self._ancien.id}"
        pris = DepotPris(
            identifiant=depot,
            nom=nom,
            collectivite=self._collectivite.dossier,
            genre=FORME,
            dossier=Path(),
        )
        controleur = Controleur(self._maison, self._collectivite, self._jour)
        (inscrit,) = controleur.inscrire(pris, [candidat])
        ouvert = DepotOuvert(
            depot=depot, nom=nom, collectivite=pris.collectivite, forme=FORME, dossier=""
        )
        faits: tuple[Fait, ...] = (
            ouvert,
            *(_avec_cumul(fait, cumuls) for fait in inscrit.faits),
            *self._liens(inscrit.flux, remplaces),
            DepotClos(depot=depot, etat=EtatDepot.TRAITE),
        )
        return Resultat(self._resultat(inscrit, restes), faits)

    def _resultat(self, inscrit: Inscrit, restes: tuple[Reste, ...]) -> dict[str, object]:
        return {
            "verdict": "accepte",
            "forme": FORME,
            "schema": self._maison.schemas.version,
            "anomalies": [anomalie.as_json() for anomalie in self._anomalies],
            "remplacements": {},
            "fichiers": [inscrit.as_json()],
            "reemission": {
                "de": self._ancien.id,
                "exclues": list(exclusions(restes)),
                "prises": list(deja_prises(restes)),
                "motif": self._demande.motif,
                "auteur": self._demande.auteur,
                "numerotation": self._demande.numerotation,
            },
        }

    def _liens(self, nouveau: str, remplaces: Iterable[BordereauVu]) -> Iterator[Fait]:
        ancien, motif = self._ancien.id, self._demande.motif
        yield FluxRemplace(ancien=ancien, nouveau=nouveau, motif=motif)
        yield EtatChange(flux=ancien, etat=Etat.REMPLACE, motif=f"remplacé par {nouveau} : {motif}")
        for b in remplaces:
            if b.accepte is True:
                yield BordereauRemplace(
                    flux=ancien,
                    par=nouveau,
                    domaine=b.domaine,
                    exercice=b.exercice,
                    type=b.type,
                    numero=b.numero,
                )

    # -- what the new file holds -------------------------------------------------------------

    def _reduits(
        self,
        memoire: Substitut,
        restes: Iterable[Reste],
        numeros: Mapping[Cle, int],
        cumuls: dict[Cle, Decimal | None],
    ) -> Iterator[BordereauReduit | None]:
        annee = Cumuls(
            memoire,
            self._collectivite.code,
            self._maison.config.pes.cumul_base,
            frozenset(departs_de(self._collectivite)),
        )
        for reste in restes:
            if not reste.pieces:
                yield None
                continue
            b = _sans(reste)
            serie = (self._ancien.cod_bud, b.domaine.value, b.exercice, b.type)
            cumul = annee.ajouter(serie, b.montant_ht, b.montant_tva)
            numero = numeros[reste.cle]
            cumuls[cle_de(replace(b, numero=numero))] = cumul
            yield BordereauReduit(
                pieces=reste.pieces,
                numero=numero,
                montant_ht=b.montant_ht,
                montant_tva=b.montant_tva,
                cumul=cumul,
            )

    def _numeros(self, memoire: Substitut, restes: Iterable[Reste]) -> dict[Cle, int]:
        """The same number or the next free one. What Hélios makes of a number that it has seen
        is not known for sure: the rule `registre.bordereau.refuse` says so of a refused one."""
        numeros: dict[Cle, int] = {}
        derniers: dict[tuple[str, int, str], int] = {}
        for reste in restes:
            if not reste.pieces:
                continue
            b, serie = reste.bordereau, reste.cle[:3]
            if self._demande.numerotation == "meme":
                numeros[reste.cle] = b.numero
                if reste.accepte:
                    self._anomalies.append(reserves.meme_numero(b))
                continue
            if serie not in derniers:
                code, budget = self._ancien.cod_col, self._ancien.cod_bud
                connu = memoire.dernier_bordereau(code, budget, *serie)
                derniers[serie] = max(connu or 0, b.numero)
            derniers[serie] += 1
            numeros[reste.cle] = derniers[serie]
        return numeros

    def _pjs(
        self, document: PesAller, restes: tuple[Reste, ...], memoire: Substitut
    ) -> frozenset[int]:
        """Blocks that stay: referenced or linked by what stays, and not with the partner yet."""
        gardees = [_sans(reste) for reste in restes if reste.pieces]
        utiles = {ref.id_unique for b in gardees for ref in b.pj_refs}
        presents = {cible(b, p.numero) for b in document.bordereaux for p in b.pieces}
        restants = {cible(b, p.numero) for b in gardees for p in b.pieces}
        etats = {pj.id_unique: pj.etat for pj in self._maison.registre.pjs(self._ancien.id)}
        gardes = set[int]()
        for rang, pj in enumerate(document.pieces_justificatives):
            lie = vise(pj, presents, restants)
            connue = memoire.pj_connue(self._ancien.cod_col, pj.id_unique) is not None
            if (pj.id_unique in utiles or lie) and not connue:
                gardes.add(rang)
            if etats.get(pj.id_unique) == "refusee":
                self._anomalies.append(reserves.pj_refusee(pj, reprise=rang in gardes))
        self._anomalies += reserves.factures_partagees(restes)
        return frozenset(gardes)


def _reprend(inscrit: BordereauVu, restes: Iterable[Reste]) -> bool:
    cle = (inscrit.domaine, inscrit.exercice, inscrit.type, inscrit.numero)
    return any(reste.cle == cle and reste.pieces for reste in restes)


def _sans(reste: Reste) -> Bordereau:
    b = reste.bordereau
    return replace(b, pieces=tuple(p for rang, p in enumerate(b.pieces) if rang in reste.pieces))


def _avec_cumul(fait: Fait, cumuls: Mapping[Cle, Decimal | None]) -> Fait:
    if not isinstance(fait, BordereauInscrit):
        return fait
    return replace(fait, cumul=cumuls[fait.domaine, fait.exercice, fait.type, fait.numero])
