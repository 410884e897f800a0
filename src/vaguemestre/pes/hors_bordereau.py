"""What stands in a PES Aller beside its bordereaux and PJ: invoices and contracts, each in place.

PES_Facture holds one FactureIndiv per debtor, tied to its titre (RefTitre) or article de rôle
(RefORMC); PES_Marche holds Marche and Concession (NS_Facture, NS_Marche; reference/pes.md §5.8).
They are found in the bytes and read one by one: nothing here keeps a whole block.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from vaguemestre.formats.plan import Element, elements
from vaguemestre.pes.faits import entier
from vaguemestre.pes.read import Carte

_LISTES = ("Marches", "Concessions")
_CONTRATS = ("Marche", "Concession")
_IDENTITES = ("IdentifiantMarche", "IdentifiantConcession")


@dataclass(frozen=True, slots=True, kw_only=True)
class FactureSituee:
    """One FactureIndiv. `cible`: exercice, bordereau (or rôle) and titre (or article) that it
    bills, None where it names none; `role`: named by RefORMC; `optique`: it bears the two lines
    of the talon, which the sender computed and whose making is not published."""

    element: Element
    numero: str
    cible: tuple[int, int, int] | None
    role: bool
    optique: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ContratSitue:
    """One marché or concession. `pjs`: the IdUnique of the PJ that it cites."""

    element: Element
    identifiant: str
    sequence: int
    concession: bool
    pjs: tuple[str, ...]

    @property
    def nom(self) -> str:
        """`concession 2026EAU01`: how a clerk calls it."""
        return f"{'concession' if self.concession else 'marché'} {self.identifiant}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HorsBordereau:
    """All of it, in document order. `listes`: the Marches and Concessions around the contracts.

    `repartition`: a RepartitionParNature adds up the invoices; how is said nowhere.
    """

    factures: tuple[FactureSituee, ...]
    contrats: tuple[ContratSitue, ...]
    listes: tuple[Element, ...]
    repartition: bool


def situer(carte: Carte) -> HorsBordereau:
    """Find the invoices and the contracts of a mapped file.

    Raises:
        IllisibleError: one of them is not well formed.
    """
    if not carte.autres:
        return HorsBordereau(factures=(), contrats=(), listes=(), repartition=False)
    noms = ("FactureIndiv", "RepartitionParNature", *_LISTES, *_CONTRATS)
    trouves = {
        nom: [each for each in tous if _dans_un_bloc(carte, each)]
        for nom, tous in elements(carte.octets, noms).items()
    }
    contrats = sorted(
        (each for nom in _CONTRATS for each in trouves[nom]), key=lambda each: each.debut
    )
    return HorsBordereau(
        factures=tuple(_facture(carte, each) for each in trouves["FactureIndiv"]),
        contrats=tuple(_contrat(carte, each) for each in contrats),
        listes=tuple(each for nom in _LISTES for each in trouves[nom]),
        repartition=bool(trouves["RepartitionParNature"]),
    )


def _dans_un_bloc(carte: Carte, element: Element) -> bool:
    return any(bloc.debut < element.debut and element.fin < bloc.fin for bloc in carte.autres)


def _facture(carte: Carte, element: Element) -> FactureSituee:
    lue = carte.element(element)
    titre, article = lue.find("RefTitre"), lue.find("RefORMC")
    return FactureSituee(
        element=element,
        numero=_v(lue, "NumeroFacture"),
        cible=_cible(titre, "NumBordereau", "NumTitre")
        if titre is not None
        else _cible(article, "NumRole", "NumArticle"),
        role=article is not None,
        optique=lue.find("TalonOptique2Lignes") is not None,
    )


def _cible(
    reference: etree._Element | None, bordereau: str, piece: str
) -> tuple[int, int, int] | None:
    if reference is None:
        return None
    exercice, *numeros = (entier(_v(reference, nom)) for nom in ("Exercice", bordereau, piece))
    premier, second = numeros
    if exercice is None or premier is None or second is None:
        return None
    return exercice, premier, second


def _contrat(carte: Carte, element: Element) -> ContratSitue:
    lu = carte.element(element)
    identite = next((un for nom in _IDENTITES if (un := lu.find(nom)) is not None), None)
    return ContratSitue(
        element=element,
        identifiant="" if identite is None else _v(identite, "IdContrat"),
        sequence=0 if identite is None else entier(_v(identite, "SequenceEnvoi")) or 0,
        concession=element.nom == "Concession",
        pjs=tuple(_refs(lu)),
    )


def _refs(contrat: etree._Element) -> Iterator[str]:
    for reference in contrat.iter("PJRef"):
        if identifiant := _v(reference, "IdUnique"):
            yield identifiant


def _v(bloc: etree._Element, nom: str) -> str:
    feuille = bloc.find(nom)
    return "" if feuille is None else str(feuille.get("V", "")).strip()
