"""The second reading: the place of the errors that the first one could not pin to one tag.

The chunks where the error log grew are fed tag by tag: what the log gains after one tag is about
that tag.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, BinaryIO

from lxml import etree

from vaguemestre.pes.contenu import Ouvreur
from vaguemestre.pes.localisation import CADRES, GRAIN_FIN, Comptage, nom_court
from vaguemestre.pes.place import Place
from vaguemestre.pes.repetables import REPETABLES
from vaguemestre.pes.squelette import Doctype, Squelette, Texte

_NUMEROS = frozenset(champ for _, _, champ in CADRES.values())


class _Assez(Exception):
    """Nothing is left to look at."""


class _ParBalise:
    """The skeleton again: faulty chunks tag by tag, the others whole."""

    def __init__(self, squelette: Squelette, comptage: Comptage) -> None:
        self._squelette = squelette
        self._fautifs = comptage.fautifs
        self._dernier = max(comptage.fautifs)
        self._affine = comptage.affine
        self._numero = -1
        self._reste = b""
        self._lu = 0
        self._ligne = self._colonne = 1
        self.place = (1, 1)
        self.suivi: _Suivi | None = None

    def read(self, taille: int = -1) -> bytes:
        if self.suivi is not None:
            self.suivi.relever(placer=self._numero in self._fautifs)
        if not self._reste:
            self._numero += 1
            if self._numero > self._dernier:
                raise _Assez
            if self._numero == self._affine:
                self._squelette.grain = GRAIN_FIN
            self._reste, self._lu = self._squelette.read(taille), 0
            if self._numero not in self._fautifs:
                return self._avancer(len(self._reste))
        return self._avancer(self._reste.find(b">") + 1 or len(self._reste))

    def _avancer(self, fin: int) -> bytes:
        """The next bytes; line and column of the tag in them, then of what follows."""
        octets, self._reste = self._reste[:fin], self._reste[fin:]
        avant = max(octets.rfind(b"<"), 0)
        ligne, colonne = _apres(octets[:avant], self._ligne, self._colonne)
        self.place = ligne, colonne + self._squelette.retrait(self._lu + avant)
        self._ligne, self._colonne = _apres(octets, self._ligne, self._colonne)
        self._lu += len(octets)
        return octets


def _apres(octets: bytes, ligne: int, colonne: int) -> tuple[int, int]:
    lignes = octets.count(b"\n")
    if lignes:
        return ligne + lignes, len(octets) - octets.rfind(b"\n")
    return ligne, colonne + len(octets)


class _Cadre:
    """One open element, with how many children of each name it had so far."""

    __slots__ = ("enfants", "nom", "pas", "ref")

    def __init__(self, nom: str, pas: str) -> None:
        self.nom = nom
        self.pas = pas
        self.enfants: dict[str, int] = {}
        self.ref = ""


class _Suivi:
    """Follows open elements, and pairs each new entry of the error log with one of them."""

    def __init__(self, source: _ParBalise, evenements: Any, maximum: int) -> None:
        self._source = source
        self._evenements = evenements
        self._maximum = maximum
        self._pile: list[_Cadre] = []
        self._clos: _Cadre | None = None
        self._element: Any = None
        self.connues = 0
        self._mot = "mandat"
        self.places: list[Place] = []

    def debut(self, element: Any) -> None:
        nom = element.tag if isinstance(element.tag, str) else ""
        nom = nom_court(nom)
        rang = 1
        if self._pile:
            enfants = self._pile[-1].enfants
            rang = enfants[nom] = enfants.get(nom, 0) + 1
            pas = f"/{nom}[{rang}]" if rang > 1 or nom in REPETABLES else f"/{nom}"
        else:
            pas = "/n:PES_Aller" if nom == "PES_Aller" else f"/{nom}"
        if nom == "PES_RecetteAller":
            self._mot = "titre"
        self._pile.append(_Cadre(nom, pas))
        if nom in _NUMEROS:
            self._numeroter(nom, element.get("V") or "?")
        self._clos, self._element = None, element

    def _numeroter(self, nom: str, valeur: str) -> None:
        """Give the nearest bordereau, pièce, PJ, facture… its number, as a clerk says it."""
        for cadre in reversed(self._pile[:-1]):
            if cadre.nom in CADRES:
                mot, _, champ = CADRES[cadre.nom]
                if champ == nom:
                    cadre.ref = f"{self._mot if nom == 'IdPce' else mot} {valeur}"
                return

    def fin(self, element: Any) -> None:
        self._clos, self._element = self._pile.pop(), element

    def relever(self, *, placer: bool = True) -> None:
        """New entries of the log are about the tag that was just read.

        Args:
            placer: False: it was a whole chunk, whose errors have their place already.
        """
        journal = self._evenements.error_log
        if not placer:
            self.connues = len(journal)
        if len(journal) == self.connues:
            return
        sujets: set[str] = set()
        for erreur in list(journal)[self.connues :]:
            if len(self.places) >= self._maximum:
                return
            self.connues += 1
            if erreur.domain_name != "SCHEMASV":
                continue  # told by the first reading
            # Several facets of one value (length, then pattern): the first one says enough.
            sujet = erreur.message.partition(": [facet")[0]
            if sujet not in sujets:
                self.places.append(self._place(erreur))
            sujets.add(sujet)

    def _place(self, erreur: Any) -> Place:
        pile = [*self._pile, self._clos] if self._clos is not None else self._pile
        element = self._element
        ligne, colonne = self._source.place
        return Place(
            type=erreur.type_name,
            message=erreur.message,
            element=pile[-1].nom if pile else "",
            chemin="".join(cadre.pas for cadre in pile) or "/",
            ref=" / ".join(cadre.ref for cadre in pile if cadre.ref),
            ligne=ligne,
            colonne=colonne,
            valeur=element.get("V") if element is not None else None,
        )


def localiser(
    fichier: BinaryIO,
    schema: etree.XMLSchema,
    comptage: Comptage,
    textes: list[Texte],
    maximum: int,
) -> tuple[list[Place], int]:
    """Read again: the place of each error, at most `maximum`, and how many were told.

    The chunks that left no doubt keep the places that the first reading gave.


    `fichier` stands at its start; `comptage` and `textes` are those of the first reading.
    """
    squelette = Squelette(fichier, lambda: Ouvreur(gunzip=False, expansion_max=0), textes=textes)
    source = _ParBalise(squelette, comptage)
    evenements = etree.iterparse(
        source,
        events=("start", "end"),
        schema=schema,
        huge_tree=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
    )
    suivi = source.suivi = _Suivi(source, evenements, maximum)
    with suppress(etree.XMLSyntaxError, Doctype, _Assez):  # the first reading met it too
        for quoi, element in evenements:
            if quoi == "start":
                suivi.debut(element)
            else:
                suivi.fin(element)
                element.clear()
            if len(suivi.places) >= maximum:
                break
    suivi.relever()
    places = sorted([*comptage.sures, *suivi.places], key=_lieu)
    return places[:maximum], comptage.dites - max(len(places) - maximum, 0)


def _lieu(place: Place) -> tuple[int, int]:
    return place.ligne or 0, place.colonne or 0
