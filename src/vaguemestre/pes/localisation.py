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
from typing import Any
from xml.parsers import expat

from vaguemestre.errors import Anomalie
from vaguemestre.pes.balises import FIN, Balise
from vaguemestre.pes.faits import Noeud
from vaguemestre.pes.lecture import Lecture
from vaguemestre.pes.phrases import ENCODAGE, SYNTAXE, mal_forme
from vaguemestre.pes.place import Place
from vaguemestre.pes.squelette import Squelette

# After that many times `erreurs_max`, more errors teach nothing and only fill the memory.
_FOIS = 20
# A block larger than this without end is no PES: stops what would fill the memory.
BLOC_MAX = 2_000_000
_PROFONDEUR_MAX = 200
GRAIN_FIN = 2048


class Comptage:
    """Between skeleton and parser: feeds the facts, and gives each new error its place.

    What the log gains while one small chunk is parsed is about a tag of that chunk; mostly one
    tag only can be meant (its name and its value). Where two could be, `fautifs` keeps the number
    of the chunk for a second reading.
    """

    class Arret(Exception):
        """The file is ill-formed or out of all proportion; reading stops."""

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
        self.affine = -1
        self.fautifs: set[int] = set()
        self.places: list[Place] = []
        self._morceaux: list[int] = []
        self.analyseur: Any = None
        self._xml = expat.ParserCreate(namespace_separator="}")
        self._lus = 0

    def read(self, taille: int = -1) -> bytes:
        self.relever()
        if self._lecture.bornes != self._bornes:
            self._bornes, self._depuis = self._lecture.bornes, 0
        elif self._depuis > BLOC_MAX:
            raise self.Arret(self._demesure(f"un bloc de plus de {BLOC_MAX} octets"))
        octets = self._squelette.read(taille)
        self.dernier += 1
        self._depuis += len(octets)
        self._verifier(octets)
        self._lecture.feed(octets, section=self._squelette.section)
        if self._lecture.flot.profondeur > _PROFONDEUR_MAX:
            raise self.Arret(self._demesure(f"plus de {_PROFONDEUR_MAX} balises imbriquées"))
        if self._lecture.flot.defaut:
            raise self.Arret(self._demesure(self._lecture.flot.defaut))
        return octets

    def _verifier(self, octets: bytes) -> None:
        """libxml2 says nothing of a file that stops being XML once a schema is on: expat does."""
        try:
            self._xml.Parse(octets, not octets)
        except expat.ExpatError as error:
            debut = max(self._xml.ErrorByteIndex - self._lus, 0)
            self._lecture.feed(octets[:debut], section=self._squelette.section)
            raise self.Arret(
                mal_forme(
                    self._code(error.code, octets[debut : debut + 1]),
                    ligne=error.lineno,
                    colonne=error.offset + 1 + self._squelette.retrait(debut),
                    chemin=self._lecture.flot.chemin,
                )
            ) from error
        self._lus += len(octets)

    def _code(self, code: int, octet: bytes) -> int:
        """A byte over 127 that expat cannot place in UTF-8 is another encoding than announced."""
        ailleurs = self._lecture.fichier.encodage == "UTF-8" and octet > b"\x7f"
        return ENCODAGE if code == SYNTAXE and ailleurs else code

    def relever(self) -> None:
        """Place the errors that the last chunk brought."""
        journal = self.analyseur.feed_error_log
        nombre = len(journal)
        if nombre == self._connues:
            return
        if nombre > self._maximum * _FOIS:
            raise self.Arret(self._trop(nombre))
        # From now on small chunks: fewer tags that an error could be about.
        self._squelette.grain = GRAIN_FIN
        if self.affine < 0:
            self.affine = self.dernier + 1
        nouvelles = [journal[i] for i in range(self._connues, nombre)]
        self._connues = nombre
        self._placer(nouvelles)

    def _placer(self, erreurs: list[Any]) -> None:
        blames = (_BLAME.match(erreur.message) for erreur in erreurs)
        noms = frozenset(blame.group(1) for blame in blames if blame is not None)
        vues = _Vues(self._lecture.flot.derniers(noms))
        for erreur in erreurs:
            if len(self.places) >= self._maximum:
                return
            self.dites += 1
            trouvee = vues.blamer(erreur)
            if trouvee is None:
                self.fautifs.update((self.dernier, self.dernier + 1))
            elif trouvee.nouvelle:
                self.places.append(self._place(erreur, trouvee.balise))
                self._morceaux.append(self.dernier)

    @property
    def sures(self) -> list[Place]:
        """The places outside of the chunks that a second reading looks at again."""
        vues = zip(self.places, self._morceaux, strict=True)
        return [place for place, morceau in vues if morceau not in self.fautifs]

    def _place(self, erreur: Any, balise: Balise) -> Place:
        nom, parent, rang, valeur, noeud, _ = balise
        ligne, colonne, position = self._lecture.flot.place(balise)
        nom = nom_court(nom)
        pas = f"/{nom}[{rang}]" if rang else f"/{nom}"
        return Place(
            type=erreur.type_name,
            message=erreur.message,
            element=nom,
            chemin=parent.chemin + pas if parent is not None else "/n:PES_Aller",
            ref=_reference(noeud or parent),
            ligne=ligne,
            colonne=colonne + self._squelette.retrait(position),
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

    def _demesure(self, quoi: str) -> Anomalie:
        return Anomalie(
            "xml.demesure",
            "fichier",
            f"{quoi} : cela ne ressemble à rien d'un PES",
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
    """The tags of one chunk, and which complaints were given to which."""

    def __init__(self, balises: list[Balise]) -> None:
        self._balises = balises
        self._types: set[tuple[int, str]] = set()
        self._sujets: set[tuple[int, str]] = set()

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
        return _Trouvee(self._balises[rang], nouvelle)

    def _candidates(self, erreur: Any, nom: str) -> Iterator[int]:
        message, sorte, suffixe = erreur.message, erreur.type_name, f":{nom}"
        trouvee = _V.search(message)
        valeur = trouvee.group(1) if trouvee is not None else None
        fermante = any(mot in message for mot in _FERMANTES)
        sans_valeur = "attribute 'V' is required" in message
        for rang, (vu, _, _, sienne, _, _) in enumerate(self._balises):
            if (
                (vu == nom or vu.endswith(suffixe))
                and (sienne == FIN) == fermante
                and (valeur is None or sienne == valeur)
                and not (sans_valeur and sienne is not None)
                and (rang, sorte) not in self._types
            ):
                yield rang


# What has a number: how a clerk calls it, its first blocks, the leaf that bears the number.
CADRES: dict[str, tuple[str, tuple[str, ...], str]] = {
    "Bordereau": ("bordereau", ("BlocBordereau",), "IdBord"),
    "Piece": ("mandat", ("BlocPiece", "InfoPce"), "IdPce"),
    "LigneDePiece": ("ligne", ("BlocLignePiece", "InfoLignePce", "InfoLignePiece"), "IdLigne"),
    "PJ": ("PJ", (), "IdUnique"),
    "FactureIndiv": ("facture", (), "NumeroFacture"),
    "Marche": ("marché", ("IdentifiantMarche",), "IdContrat"),
    "Concession": ("concession", ("IdentifiantConcession",), "IdContrat"),
}


def _reference(noeud: Noeud | None) -> str:
    """How a clerk calls the place, from the numbers read so far."""
    titre, haut = False, noeud
    while haut is not None:
        titre = titre or haut.nom == "PES_RecetteAller"
        haut = haut.parent
    bas = noeud
    while bas is not None:
        if bas.nom in CADRES and (not bas.libelle or bas.nom == "Bordereau"):
            _nommer(bas, titre)
        bas = bas.parent
    return noeud.ref if noeud is not None else ""


def _nommer(noeud: Noeud, titre: bool) -> None:
    """Give a bordereau, pièce, PJ, facture… the number that stands in its first block."""
    mot, chemin, champ = CADRES[noeud.nom]
    dedans: Noeud = noeud
    for nom in chemin:
        dedans = dedans.bloc(nom) or dedans
    numero = dedans.v(champ)
    if numero:
        mot = "titre" if titre and champ == "IdPce" else mot
        noeud.libelle = f"{mot} {numero}"


def nom_court(nom: str) -> str:
    espace, _, local = nom.rpartition("}")
    return f"ds:{local}" if espace.endswith("xmldsig#") else local
