"""settled -> made again without the rejected pièces: a replacement that goes the same way.

A re-issue is a deposit that we make ourselves: one durable step reads the original back from the
coffre, cuts it, checks it, opens the new flux, and links it to the one it stands for. Control,
signature, twin and sending are then those of any flux.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from vaguemestre.config.sections import Collectivite
from vaguemestre.domain.comptable import PesAller
from vaguemestre.domain.flux import (
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
from vaguemestre.pes.reduction import reduire
from vaguemestre.pes.sommaire import Sommaire
from vaguemestre.store.vues import BordereauVu, FluxVu
from vaguemestre.workflows import reserves
from vaguemestre.workflows.annexes import Marches
from vaguemestre.workflows.archives import archiver
from vaguemestre.workflows.candidats import Candidat, Controleur, Inscrit, jumeau_possible
from vaguemestre.workflows.dires import dires
from vaguemestre.workflows.entraines import Entrainee, entrainees, exiger
from vaguemestre.workflows.envoi import origine
from vaguemestre.workflows.maison import DepotPris, Maison
from vaguemestre.workflows.rapports import actualiser
from vaguemestre.workflows.recomposition import (
    Choix,
    Composition,
    Numerotation,
    Original,
    Recomposition,
    avec_cumul,
    reprend,
)
from vaguemestre.workflows.reglages import reglages_de
from vaguemestre.workflows.substitut import PjDuFlux, Substitut
from vaguemestre.workflows.tri import Piece as Designee
from vaguemestre.workflows.tri import (
    Reste,
    choisies,
    deja_prises,
    exclusions,
    rejetees,
    trier,
)

__all__ = ["Demande", "Marches", "Numerotation", "Reemise", "reemettre"]

FORME = "reemission"
_SUITE = "registre.bordereau.sequence"
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
    """What a person asks. `exclure` None: what the partner rejected by itself; `marches`: send
    the contracts that the partner has not accepted, or none; None leaves it to the acquit."""

    motif: str
    auteur: str
    exclure: tuple[str, ...] | None = None
    numerotation: Numerotation = "meme"
    marches: Marches | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reemise:
    """The flux that stands for another; `deja`: it was there before this call.

    `exclues` and `prises`: pièces left out, those rejected and those taken in charge already;
    `suivies`: corrections among `exclues` that go with what they correct; `otees`: invoices and
    contracts left out, each with its reason. `etat`: of a flux that was there before.
    """

    flux: str
    depot: str
    deja: bool
    exclues: tuple[str, ...] = ()
    prises: tuple[str, ...] = ()
    suivies: tuple[str, ...] = ()
    otees: tuple[str, ...] = ()
    anomalies: tuple[Anomalie, ...] = ()
    etat: Etat | None = None


def reemettre(maison: Maison, ancien: str, demande: Demande) -> Reemise:
    """Make the replacement of a settled flux, once; a second call finds it.

    Raises:
        UsageError: the flux is not settled, the pièces are not in it, nothing would stay, or the
            acquit leaves open what a person must say.
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
    """The last that stands for it: a replacement may have been replaced itself."""
    dernier: FluxVu | None = None
    while (lien := maison.registre.remplacant(dernier.id if dernier else ancien)) is not None:
        nouveau = maison.registre.flux(lien.nouveau)
        if nouveau is None or nouveau.etat in _MORTS:
            break
        dernier = nouveau
    if dernier is None:
        return None
    return Reemise(flux=dernier.id, depot=dernier.depot, deja=True, etat=dernier.etat)


class _Reemission:
    """One re-issue in hand, under the locks of its body and of the flux."""

    def __init__(
        self, maison: Maison, collectivite: Collectivite, ancien: FluxVu, demande: Demande
    ) -> None:
        self._maison, self._collectivite = maison, collectivite
        self._ancien, self._demande = ancien, demande
        self._jour: date = maison.jour()
        self._dires = dires(maison, ancien.id)
        self._tous = maison.registre.bordereaux(ancien.id)
        self._inscrits = self._dires.bordereaux(self._tous)
        self._pjs = maison.registre.pjs(ancien.id)
        self._tenues = self._dires.pjs_tenues(self._pjs)
        self._suivies: tuple[Entrainee, ...] = ()
        self._otees: tuple[str, ...] = ()
        self._anomalies: list[Anomalie] = []

    def faire(self) -> Reemise:
        source = self._maison.coffre.chemin(str(origine(self._maison, self._ancien)["sha256"]))
        document = lire(source)
        restes = self._trier(document)
        depot = f"D{self._maison.registre.reserver('depot'):08d}"
        run = self._maison.run(depot)
        original = Original(
            flux=self._ancien,
            source=source,
            document=document,
            inscrits=self._inscrits,
            dires=self._dires,
        )
        with self._maison.brouillon(".xml") as vers:
            fait = run.step("controler", self._controler, depot, original, vers, restes)
        fichiers = fait["fichiers"]
        if not isinstance(fichiers, list) or len(fichiers) != 1:
            raise IntegrityError("la réémission n'a pas ouvert son flux", ref=depot)
        return Reemise(
            flux=str(fichiers[0]["flux"]),
            depot=depot,
            deja=False,
            exclues=tuple(exclusions(restes)),
            prises=tuple(deja_prises(restes)),
            suivies=tuple(s.phrase for s in self._suivies),
            otees=self._otees,
            anomalies=tuple(self._anomalies),
        )

    def _trier(self, document: PesAller) -> tuple[Reste, ...]:
        if not document.bordereaux:
            raise UsageError(f"{self._ancien.id} ne porte aucun bordereau : redéposer ses PJ")
        restitutions = self._maison.registre.restitutions(self._ancien.id)
        exclues = self._exclues(document)
        if self._demande.exclure is None and not exclues:
            reserves.exiger_un_rejet(self._inscrits, self._dires)
        return trier(document.bordereaux, self._inscrits, exclues, restitutions)

    def _exclues(self, document: PesAller) -> frozenset[Designee]:
        """What is left out: rejected or named, and the corrections of these."""
        registre, ancien = self._maison.registre, self._ancien.id
        if self._demande.exclure is None:
            reserves.exiger_le_sort(self._dires.tus(self._tous))
            exclues = rejetees(
                document.bordereaux,
                self._inscrits,
                registre.erreurs(ancien),
                registre.restitutions(ancien),
            )
        else:
            exclues = choisies(document.bordereaux, self._demande.exclure)
            self._anomalies += map(reserves.sort_inconnu, self._dires.tus(self._tous))
        if self._dires.fichier.accepte is False:
            self._anomalies.append(reserves.fichier_refuse(self._dires.fichier))
        acceptes = {
            (b.domaine, b.exercice, b.type, b.numero) for b in self._inscrits if b.accepte is True
        }
        suites = entrainees(document.bordereaux, exclues)
        self._anomalies += (s.deja_acceptee() for s in suites if s.piece[:4] in acceptes)
        suites = tuple(s for s in suites if s.piece[:4] not in acceptes)
        if self._demande.exclure is not None:
            exiger(suites)
        self._suivies = suites
        return exclues | {s.piece for s in suites}

    def _controler(
        self, depot: str, original: Original, vers: Path, restes: tuple[Reste, ...]
    ) -> Resultat:
        remplaces = [b for b in self._inscrits if reprend(b, restes)]
        memoire = self._memoire(remplaces)
        suites = reserves.promesses_rompues(self._maison, self._ancien, memoire, remplaces)
        self._anomalies += suites
        self._anomalies += reserves.cumuls_a_reprendre(restes, memoire.base)
        composition = Recomposition(
            maison=self._maison,
            collectivite=self._collectivite,
            jour=self._jour,
            original=original,
            restes=restes,
            choix=Choix(
                numerotation=self._demande.numerotation,
                marches=self._demande.marches,
                choisi=self._demande.exclure is not None,
            ),
            memoire=memoire,
        ).composer()
        self._anomalies += composition.anomalies
        self._otees = composition.annexes.otees
        empreinte = reduire(original.source, vers, composition.reduction)
        sommaire = self._examiner(vers, memoire)
        candidat = Candidat(
            chemin=vers,
            empreinte=self._maison.coffre.ranger(vers, lier=True, connue=empreinte),
            sommaire=sommaire,
            tout_fait=False,
        )
        return self._inscrire(depot, candidat, restes, remplaces, composition)

    def _memoire(self, remplaces: Iterable[BordereauVu]) -> Substitut:
        """The register as if what is replaced had not been sent."""
        return Substitut(
            self._maison.memoire(self._collectivite),
            remplaces,
            self._maison.config.pes.cumul_base,
            PjDuFlux(
                flux=self._ancien.id,
                tenues=self._tenues,
                perdues=self._dires.pjs_tues(self._pjs) - self._tenues,
            ),
        )

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
        # The draft's own name would mean nothing to anybody; a number that is kept on purpose is
        # told by the command itself.
        voulu = {_SUITE} if self._demande.numerotation == "meme" else set[str]()
        self._anomalies += [
            replace(anomalie, fichier="")
            for anomalie in examen.anomalies
            if anomalie.regle not in voulu
        ]
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
        composition: Composition,
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
            *(avec_cumul(fait, composition.cumuls) for fait in inscrit.faits),
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
                "suivies": [s.phrase for s in self._suivies],
                "otees": list(self._otees),
                "marches": self._demande.marches,
                "motif": self._demande.motif,
                "auteur": self._demande.auteur,
                "numerotation": self._demande.numerotation,
            },
        }

    def _liens(self, nouveau: str, remplaces: Iterable[BordereauVu]) -> Iterator[Fait]:
        ancien, motif = self._ancien.id, self._demande.motif
        yield from self._dires.sous_entendus(self._tous, self._pjs)
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
