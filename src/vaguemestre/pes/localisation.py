"""Where exactly a schema error stands: line, column, full XPath.

lxml's streaming validation says what is wrong but not where. What the error log gains while one
small chunk of the skeleton is parsed is about a tag of that chunk, mostly found by its name and
value. Only where two tags could be meant a second reading feeds such chunks tag by tag: what the
log gains after one tag is about that tag.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from lxml import etree

from vaguemestre.errors import Anomalie
from vaguemestre.pes.balises import FIN, Balise
from vaguemestre.pes.contenu import Ouvreur
from vaguemestre.pes.faits import REPETABLES, Noeud
from vaguemestre.pes.lecture import Lecture
from vaguemestre.pes.squelette import Doctype, Squelette, Texte

# After that many times `erreurs_max`, more errors teach nothing and only fill the memory.
_FOIS = 20
_NUMEROS = {"IdBord": "bordereau", "IdPce": "mandat", "IdLigne": "ligne", "IdUnique": "PJ"}
# A block larger than this without end is no PES: stops what would fill the memory.
BLOC_MAX = 4_000_000
_CADRES = frozenset({"Bordereau", "Piece", "LigneDePiece", "PJ"})


@dataclass(frozen=True, slots=True)
class Place:
    """One error of libxml2 with its place; `element` is the local name it blames."""

    type: str
    message: str
    xsd: bool
    element: str
    chemin: str
    ref: str
    ligne: int | None
    colonne: int | None
    valeur: str | None = None


class Comptage:
    """Between skeleton and parser: feeds the facts, and gives each new error its place.

    What the log gains while one small chunk is parsed is about a tag of that chunk; mostly one
    tag only can be meant (its name and its value). Where two could be, `fautifs` keeps the number
    of the chunk for a second reading.
    """

    class Demesure(Exception):
        """The file is out of all proportion; reading stops."""

        def __init__(self, anomalie: Anomalie) -> None:
            super().__init__(anomalie.message)
            self.anomalie = anomalie

    def __init__(self, squelette: Squelette, lecture: Lecture, *, erreurs_max: int) -> None:
        self._squelette = squelette
        self._lecture = lecture
        self._maximum = max(erreurs_max, 1)
        self._depuis = 0
        self._bornes = 0
        self._connues = 0
        self.dites = 0
        self.dernier = -1
        self.fautifs: set[int] = set()
        self.places: list[Place] = []
        self.evenements: Any = None

    def read(self, taille: int = -1) -> bytes:
        self.relever()
        if self._lecture.bornes != self._bornes:
            self._bornes, self._depuis = self._lecture.bornes, 0
        elif self._depuis > BLOC_MAX:
            raise self.Demesure(self._demesure())
        octets = self._squelette.read(taille)
        self.dernier += 1
        self._depuis += len(octets)
        self._lecture.feed(octets, section=self._squelette.section)
        return octets

    def relever(self) -> None:
        """Place the errors that the last chunk brought."""
        journal = self.evenements.error_log
        nombre = len(journal)
        if nombre == self._connues:
            return
        if nombre > self._maximum * _FOIS:
            raise self.Demesure(self._trop(nombre))
        nouvelles = [journal[i] for i in range(self._connues, nombre)]
        self._connues = nombre
        self._placer(nouvelles)

    def _placer(self, erreurs: list[Any]) -> None:
        vues = _Vues(self._lecture.flot.derniers())
        for erreur in erreurs:
            if len(self.places) >= self._maximum:
                return
            self.dites += 1
            trouvee = vues.blamer(erreur)
            if trouvee is None:
                self.fautifs.update((self.dernier, self.dernier + 1))
            elif trouvee.nouvelle:
                self.places.append(self._place(erreur, trouvee.balise))

    def _place(self, erreur: Any, balise: Balise) -> Place:
        nom, parent, rang, valeur, noeud, _ = balise
        ligne, colonne, position = self._lecture.flot.place(balise)
        # The skeleton lacks the columns of the base64 that stands before on the same line.
        retraits = [retrait for debut, retrait in self._squelette.retraits if debut <= position]
        nom = _court(nom)
        pas = f"/{nom}[{rang}]" if rang else f"/{nom}"
        return Place(
            type=erreur.type_name,
            message=erreur.message,
            xsd=True,
            element=nom,
            chemin=parent.chemin + pas if parent is not None else "/n:PES_Aller",
            ref=_reference(noeud or parent),
            ligne=ligne,
            colonne=colonne + (retraits[-1] if retraits else 0),
            valeur=valeur if valeur != FIN else None,
        )

    def _trop(self, nombre: int) -> Anomalie:
        return Anomalie(
            "xsd.trop",
            "fichier",
            f"plus de {nombre} erreurs de schéma : la lecture s'arrête là",
            ligne=self._squelette.ligne,
            chemin="/n:PES_Aller",
            conseil="Vérifier la version du protocole dans le logiciel émetteur.",
        )

    def _demesure(self) -> Anomalie:
        return Anomalie(
            "xml.demesure",
            "fichier",
            f"un bloc de plus de {BLOC_MAX} octets ne ressemble à rien d'un PES",
            ligne=self._squelette.ligne,
            chemin="/n:PES_Aller",
            conseil="Vérifier que le bon fichier est déposé.",
        )


_BLAME = re.compile(r"Element '(?:\{[^}]*\})?([^']+)'")
_V = re.compile(r"attribute 'V': (?:\[[^]]*\] The value )?'(.*?)'(?: is| has| must)", re.DOTALL)
_FERMANTES = ("Missing child", "Character content", "Element content")


@dataclass(frozen=True, slots=True)
class _Trouvee:
    """The tag an error is about. `nouvelle`: the first complaint about that value."""

    balise: Balise
    nouvelle: bool


class _Vues:
    """The tags of one chunk, read as far as needed, and which complaints were given to which."""

    def __init__(self, source: Iterator[Balise]) -> None:
        self._source = source
        self._lues: list[Balise] = []
        self._types: set[tuple[int, str]] = set()
        self._sujets: set[tuple[int, str]] = set()

    def _toutes(self) -> Iterator[tuple[int, Balise]]:
        rang = 0
        while True:
            if rang == len(self._lues):
                suivante = next(self._source, None)
                if suivante is None:
                    return
                self._lues.append(suivante)
            yield rang, self._lues[rang]
            rang += 1

    def blamer(self, erreur: Any) -> _Trouvee | None:
        """The tag meant; None where several could be.

        A complaint about a value fits every tag of that name and value alike, so the n-th one is
        about the n-th such tag; one about structure is sure only where the name stands once.
        """
        blame = _BLAME.match(erreur.message)
        if erreur.domain_name != "SCHEMASV" or blame is None:
            return None
        candidates = self._candidates(erreur, blame.group(1))
        sure = " value" in erreur.message or "is required" in erreur.message
        rang = next(candidates, None)
        if rang is None or not (sure or next(candidates, None) is None):
            return None
        self._types.add((rang, erreur.type_name))
        # Several facets of one value (length, then pattern): the first one says enough.
        sujet = (rang, erreur.message.partition(": [facet")[0])
        nouvelle = sujet not in self._sujets
        self._sujets.add(sujet)
        return _Trouvee(self._lues[rang], nouvelle)

    def _candidates(self, erreur: Any, nom: str) -> Iterator[int]:
        valeur = _V.search(erreur.message)
        fermante = any(mot in erreur.message for mot in _FERMANTES)
        sans_valeur = "attribute 'V' is required" in erreur.message
        for rang, (vu, _, _, sienne, _, _) in self._toutes():
            if (
                (vu == nom or vu.endswith(f":{nom}"))
                and (sienne == FIN) == fermante
                and (valeur is None or sienne == valeur.group(1))
                and not (sans_valeur and sienne is not None)
                and (rang, erreur.type_name) not in self._types
            ):
                yield rang


_SOUS = {
    "Bordereau": (("BlocBordereau",), "IdBord"),
    "Piece": (("BlocPiece", "InfoPce"), "IdPce"),
    "LigneDePiece": (("BlocLignePiece", "InfoLignePce", "InfoLignePiece"), "IdLigne"),
    "PJ": ((), "IdUnique"),
}


def _reference(noeud: Noeud | None) -> str:
    """How a clerk calls the place, from the numbers read so far."""
    titre, haut = False, noeud
    while haut is not None:
        titre = titre or haut.nom == "PES_RecetteAller"
        haut = haut.parent
    bas = noeud
    while bas is not None:
        if bas.nom in _SOUS and (not bas.libelle or bas.nom == "Bordereau"):
            _nommer(bas, titre)
        bas = bas.parent
    return noeud.ref if noeud is not None else ""


def _nommer(noeud: Noeud, titre: bool) -> None:
    """Give a bordereau, pièce, ligne or PJ the number that stands in its first block."""
    chemin, champ = _SOUS[noeud.nom]
    dedans: Noeud = noeud
    for nom in chemin:
        dedans = dedans.bloc(nom) or dedans
    numero = dedans.v(champ)
    if numero:
        mot = "titre" if titre and champ == "IdPce" else _NUMEROS[champ]
        noeud.libelle = f"{mot} {numero}"


class _Assez(Exception):
    """The first reading stopped here."""


class _ParBalise:
    """The skeleton again: faulty chunks tag by tag, the others whole."""

    def __init__(self, squelette: Squelette, comptage: Comptage) -> None:
        self._squelette = squelette
        self._fautifs = comptage.fautifs
        self._dernier = comptage.dernier
        self._numero = -1
        self._reste = b""
        self._bloc = b""
        self.suivi: _Suivi | None = None
        self.ligne = self.colonne = 1

    def read(self, taille: int = -1) -> bytes:
        if self.suivi is not None:
            self.suivi.relever()
        if not self._reste:
            self.ligne, self.colonne = self._squelette.ligne, self._squelette.colonne
            self._numero += 1
            if self._numero > self._dernier:
                raise _Assez
            self._reste = self._squelette.read(taille)
            if self._numero not in self._fautifs:
                octets, self._reste = self._reste, b""
                return octets
        fin = self._reste.find(b">") + 1 or len(self._reste)
        octets, self._reste = self._reste[:fin], self._reste[fin:]
        self._situer(octets)
        return octets

    def _situer(self, octets: bytes) -> None:
        """Line and column of the tag in these bytes, then of what follows."""
        avant = octets[: max(octets.rfind(b"<"), 0)]
        self.place = _apres(avant, self.ligne, self.colonne)
        self.ligne, self.colonne = _apres(octets, self.ligne, self.colonne)

    place: tuple[int, int] = (1, 1)


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
        nom = _court(nom)
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
        """Give the nearest bordereau, pièce, ligne or PJ its number, as a clerk says it."""
        mot = self._mot if nom == "IdPce" else _NUMEROS[nom]
        for cadre in reversed(self._pile[:-1]):
            if cadre.nom in _CADRES:
                if (cadre.nom == "PJ") == (nom == "IdUnique"):
                    cadre.ref = f"{mot} {valeur}"
                return

    def fin(self, element: Any) -> None:
        self._clos, self._element = self._pile.pop(), element

    def relever(self) -> None:
        """New entries of the log are about the tag that was just read."""
        journal = self._evenements.error_log
        if len(journal) == self.connues:
            return
        sujets: set[str] = set()
        for erreur in list(journal)[self.connues :]:
            if len(self.places) >= self._maximum:
                return
            self.connues += 1
            # Several facets of one value (length, then pattern): the first one says enough.
            sujet = erreur.message.partition(": [facet")[0]
            if sujet not in sujets:
                self.places.append(self._place(erreur))
            sujets.add(sujet)

    def _place(self, erreur: Any) -> Place:
        pile = [*self._pile, self._clos] if self._clos is not None else self._pile
        element = self._element
        xsd = erreur.domain_name == "SCHEMASV"
        ligne, colonne = self._source.place
        if not xsd and erreur.line:
            ligne = erreur.line
        return Place(
            type=erreur.type_name,
            message=erreur.message,
            xsd=xsd,
            element=pile[-1].nom if pile else "",
            chemin="".join(cadre.pas for cadre in pile) or "/",
            ref=" / ".join(cadre.ref for cadre in pile if cadre.ref),
            ligne=ligne,
            colonne=colonne,
            valeur=element.get("V") if element is not None else None,
        )


def _court(nom: str) -> str:
    espace, _, local = nom.rpartition("}")
    return f"ds:{local}" if espace.endswith("xmldsig#") else local


def localiser(
    fichier: BinaryIO,
    schema: etree.XMLSchema,
    comptage: Comptage,
    textes: list[Texte],
    maximum: int,
) -> tuple[list[Place], int]:
    """Read again: the place of each error, at most `maximum`, and how many were told.

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
    try:
        for quoi, element in evenements:
            if quoi == "start":
                suivi.debut(element)
            else:
                suivi.fin(element)
                element.clear()
            if len(suivi.places) >= maximum:
                break
    except (etree.XMLSyntaxError, Doctype, _Assez):
        pass  # the first reading met it too
    suivi.relever()
    return suivi.places, suivi.connues
