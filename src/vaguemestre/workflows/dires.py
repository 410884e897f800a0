"""What the acquits of a flux say of things that the register does not keep: the file itself, its
contracts, its invoices. Read again from the coffre when a re-issue asks.

IdMarche of an acquit is the contract, a dash and its SequenceEnvoi on three digits (official note
of PES_V2_Acquit_Autonome_V2). An invoice has no name there: DomaineAck 12 judges them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from vaguemestre.domain.acquits import Acquit, ElementAcquit, Erreur
from vaguemestre.domain.flux import BordereauJuge, Fait, PjJugee
from vaguemestre.errors import DocumentError
from vaguemestre.pes.acquit import lire_reponse
from vaguemestre.pes.hors_bordereau import ContratSitue
from vaguemestre.store.vues import BordereauVu, PjVue
from vaguemestre.workflows.maison import Maison
from vaguemestre.workflows.reponses import DOUBLE, TARDIF

_PJ, _MARCHE, _FACTURE = "4", "11", "12"


@dataclass(frozen=True, slots=True, kw_only=True)
class Jugement:
    """`accepte` None: nothing was said of it."""

    accepte: bool | None = None
    erreurs: tuple[Erreur, ...] = ()

    @property
    def raison(self) -> str:
        """The words of the acquit, '' where it gives none."""
        return " ; ".join(erreur.libelle or erreur.code for erreur in self.erreurs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dires:
    """`verdict`: accepte, partiel, rejete, '' where no acquit was read. `elements`: the latest
    word on each thing."""

    verdict: str = ""
    elements: tuple[ElementAcquit, ...] = ()

    @property
    def fichier(self) -> Jugement:
        """The verdict on the file itself: header, signature, schema."""
        return _jugement(e for e in self.elements if _du_fichier(e) and not e.accepte)

    @property
    def tout_refuse(self) -> bool:
        """What the acquit does not name has not been taken in."""
        return self.verdict == "rejete" or self.fichier.accepte is False

    @property
    def factures(self) -> Jugement:
        return self._sinon(_jugement(e for e in self.elements if e.code_domaine == _FACTURE))

    def contrat(self, contrat: ContratSitue) -> Jugement:
        """By its name; else what is said of all; else what follows from the whole."""
        siens = [e for e in self.elements if e.id_marche and _nomme(e.id_marche, contrat)]
        tous = (e for e in self.elements if e.code_domaine == _MARCHE and not e.id_marche)
        return self._sinon(_jugement(siens or tous))

    def bordereaux(self, inscrits: Iterable[BordereauVu]) -> list[BordereauVu]:
        """Those of the register; one that no acquit names follows a file accepted as a whole."""
        entier = self.verdict == "accepte"
        return [replace(b, accepte=True) if entier and b.accepte is None else b for b in inscrits]

    def tus(self, inscrits: Iterable[BordereauVu]) -> list[BordereauVu]:
        """Bordereaux of which nobody knows whether the partner has them."""
        if self.verdict != "partiel" or self.tout_refuse:
            return []
        return [b for b in inscrits if b.accepte is None]

    def pjs_tenues(self, vues: Iterable[PjVue]) -> frozenset[str]:
        """PJ that no acquit names, and that came in with a file accepted as a whole."""
        return self.pjs_tues(vues) if self.verdict == "accepte" else frozenset()

    def pjs_tues(self, vues: Iterable[PjVue]) -> frozenset[str]:
        """PJ that no acquit names."""
        return frozenset(pj.id_unique for pj in vues if pj.etat == "inscrite")

    def sous_entendus(
        self, inscrits: Iterable[BordereauVu], pjs: Iterable[PjVue]
    ) -> Iterator[Fait]:
        """What came in with its file, and no acquit names: it goes on counting."""
        if self.verdict != "accepte":
            return
        for b in inscrits:
            if b.accepte is None:
                yield BordereauJuge(
                    flux=b.flux,
                    domaine=b.domaine,
                    exercice=b.exercice,
                    numero=b.numero,
                    accepte=True,
                )
        for pj in pjs:
            if pj.etat == "inscrite":
                yield PjJugee(
                    flux=pj.flux, cod_col=pj.cod_col, id_unique=pj.id_unique, accepte=True
                )

    def _sinon(self, dit: Jugement) -> Jugement:
        if dit.accepte is not None:
            return dit
        if self.tout_refuse:
            return Jugement(accepte=False)
        return Jugement(accepte=True if self.verdict == "accepte" else None)


def dires(maison: Maison, flux: str) -> Dires:
    """Everything that the acquits of this flux say, the latest word on each thing."""
    verdict = ""
    derniers: dict[tuple[object, ...], ElementAcquit] = {}
    for reponse in maison.registre.reponses(flux):
        if reponse.genre == "retour" or reponse.remarque in (DOUBLE, TARDIF):
            continue
        verdict = reponse.etat or verdict
        for element in _elements(maison, reponse.sha256):
            derniers[element.code_domaine, element.exercice, element.ref] = element
    return Dires(verdict=verdict, elements=tuple(derniers.values()))


def _elements(maison: Maison, sha256: str) -> Iterator[ElementAcquit]:
    try:
        lue = lire_reponse(maison.coffre.chemin(sha256), pieces=False)
    except DocumentError:
        return  # kept although nobody can read it: a person gave its verdict
    if isinstance(lue, Acquit):
        yield from lue.elements


def _du_fichier(e: ElementAcquit) -> bool:
    nomme = e.bordereau is not None or e.id_unique is not None or e.id_marche is not None
    return not nomme and e.code_domaine not in (_PJ, _MARCHE, _FACTURE)


def _nomme(id_marche: str, contrat: ContratSitue) -> bool:
    identifiant, tiret, sequence = id_marche.strip().rpartition("-")
    if not tiret:
        return id_marche.strip() == contrat.identifiant
    meme = sequence.isdigit() and int(sequence) == contrat.sequence
    return meme and identifiant.rstrip() == contrat.identifiant


def _jugement(elements: Iterable[ElementAcquit]) -> Jugement:
    lus = tuple(elements)
    if not lus:
        return Jugement()
    return Jugement(
        accepte=all(e.accepte for e in lus),
        erreurs=tuple(erreur for e in lus for erreur in e.erreurs),
    )
