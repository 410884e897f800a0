"""Which tag a schema error is about, and where that tag stands: line, column, full XPath.

lxml's streaming validation says what is wrong but not where. What its log gains while a piece of
the skeleton is parsed is about a tag of that piece, found by its name and value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from vaguemestre.pes.balises import FIN, TEXTE, Balise
from vaguemestre.pes.faits import Noeud
from vaguemestre.pes.flot import Flot
from vaguemestre.pes.place import Place
from vaguemestre.pes.squelette import Squelette

_BLAME = re.compile(r"Element '(?:\{[^}]*\})?([^']+)'")
_V = re.compile(r"attribute 'V': (?:\[[^]]*\] The value )?'(.*?)'(?: is| has| must)", re.DOTALL)
_FERMANTES = ("Missing child",)
# About an element, and found out at what stands in it: a text, a child.
_DEDANS = ("Character content", "Element content")
# Bytes of UTF-8 that begin no character.
_SUITES = bytes(range(0x80, 0xC0))

Morceau = tuple[int, int]
"""Where a piece begins and ends in its chunk, in characters."""


@dataclass(frozen=True, slots=True)
class Trouvee:
    """The tag an error is about. `nouvelle`: the first complaint about that value."""

    balise: Balise
    nouvelle: bool


def borne(octets: bytes, jusque: int, encodage: str) -> int:
    """How many characters of the facts this many bytes of a chunk are."""
    if encodage != "UTF-8" or octets.isascii():
        return jusque
    # A character begun in the chunk before ends in this one.
    entame = octets[:1] in _PREMIERES
    return len(octets[:jusque].translate(None, _SUITES)) + entame


_PREMIERES = frozenset(bytes([octet]) for octet in _SUITES)


class Blames:
    """The tags of the chunk that `flot` read last, and which complaints were given to which."""

    def __init__(self, flot: Flot, erreurs: Iterable[Any]) -> None:
        messages = [erreur.message for erreur in erreurs]
        trouves = map(_BLAME.match, messages)
        noms = frozenset(trouve.group(1) for trouve in trouves if trouve is not None)
        dedans = any(mot in message for message in messages for mot in _DEDANS)
        self._flot = flot
        self._balises = flot.derniers(None if dedans else noms)
        self._types: set[tuple[int, str]] = set()
        self._sujets: set[tuple[int, str]] = set()

    def blamer(self, erreur: Any, morceau: Morceau) -> Trouvee | None:
        """The tag meant among those of the piece; None where several could be.

        A complaint about a value fits every tag of that name and value alike, so the n-th one is
        about the n-th such tag; one about structure is sure only where the name stands once.
        """
        blame = _BLAME.match(erreur.message)
        if erreur.domain_name != "SCHEMASV" or blame is None:
            return None
        candidates = self._candidates(erreur, blame.group(1), morceau)
        sure = " value" in erreur.message or "is required" in erreur.message
        rang = next(candidates, None)
        if rang is None or not (sure or next(candidates, None) is None):
            return None
        return self._trouvee(rang, erreur)

    def blamer_au_mieux(self, erreur: Any, morceau: Morceau) -> Trouvee | None:
        """The same for the smallest of pieces: the tag meant, else the last one; None: no tag."""
        trouvee = self.blamer(erreur, morceau)
        if trouvee is not None or erreur.domain_name != "SCHEMASV":
            return trouvee
        if not self._balises:
            return None
        siens = list(self._rangs(morceau)) or [len(self._balises) - 1]
        proche, blame = self._balises[siens[-1]], _BLAME.match(erreur.message)
        if proche[3] == TEXTE and blame is not None and blame.group(1) != proche[0]:
            # A tag that the facts could not take: all that is known is where it begins.
            return Trouvee((blame.group(1), proche[4], 0, None, None, proche[5]), True)
        return self._trouvee(siens[-1], erreur)

    def _trouvee(self, rang: int, erreur: Any) -> Trouvee:
        self._types.add((rang, erreur.type_name))
        # Several facets of one value (length, then pattern): the first one says enough.
        sujet = (rang, erreur.message.partition(": [facet")[0])
        nouvelle = sujet not in self._sujets
        self._sujets.add(sujet)
        return Trouvee(self._balises[rang], nouvelle)

    def _rangs(self, morceau: Morceau) -> Iterator[int]:
        debut, fin = (borne + self._flot.anciens for borne in morceau)
        return (rang for rang, vue in enumerate(self._balises) if debut < vue[5] <= fin)

    def _candidates(self, erreur: Any, nom: str, morceau: Morceau) -> Iterator[int]:
        message, sorte, suffixe = erreur.message, erreur.type_name, f":{nom}"
        trouvee = _V.search(message)
        valeur = trouvee.group(1) if trouvee is not None else None
        fermante = any(mot in message for mot in _FERMANTES)
        sans_valeur = "attribute 'V' is required" in message
        dedans = any(mot in message for mot in _DEDANS)
        for rang in self._rangs(morceau):
            balise = self._balises[rang]
            vu, sienne = balise[0], balise[3]
            if dedans:
                vu = self._contenant(balise, message)
            elif (
                sienne == TEXTE
                or (sienne == FIN) != fermante
                or (valeur is not None and sienne != valeur)
                or (sans_valeur and sienne is not None)
            ):
                continue
            if (vu == nom or vu.endswith(suffixe)) and (rang, sorte) not in self._types:
                yield rang

    def _contenant(self, balise: Balise, message: str) -> str:
        """The element that this tag, or the text right before it, stands in; else ''."""
        nom, parent, _, valeur, _, _ = balise
        texte = _DEDANS[0] in message
        if texte and not self._flot.apres_texte(balise):
            return ""
        if valeur in (FIN, TEXTE):
            return nom if texte else ""
        return parent.nom if parent is not None else ""

    def placer(self, erreur: Any, balise: Balise, squelette: Squelette) -> Place:
        """Everything there is to say of the place of an error."""
        ligne, colonne, position = self._flot.place(balise)
        colonne += squelette.retrait(position)
        nom, parent, rang, valeur, noeud, _ = balise
        dedans = any(mot in erreur.message for mot in _DEDANS)
        if dedans and valeur not in (FIN, TEXTE) and parent is not None:
            nom, rang, valeur, noeud, parent = parent.nom, parent.rang, FIN, parent, parent.parent
        nom = nom_court(nom)
        pas = f"/{nom}[{rang}]" if rang else f"/{nom}"
        return Place(
            type=erreur.type_name,
            message=erreur.message,
            element=nom.removeprefix("n:"),
            chemin=parent.chemin + pas if parent is not None else "/n:PES_Aller",
            ref=_reference(noeud or parent),
            ligne=ligne,
            colonne=colonne,
            valeur=valeur if valeur not in (FIN, TEXTE) else None,
        )


class Suites:
    """A long text is complained of once for each piece of it: the first time says enough."""

    def __init__(self) -> None:
        self._avant: tuple[str, str] | None = None

    def connue(self, place: Place, balise: Balise) -> bool:
        """Whether this is but more of the text that was placed last."""
        texte = (place.chemin, place.message)
        connue = texte == self._avant
        # The tag that ends the text is told of it, too.
        self._avant = texte if balise[3] == TEXTE else None
        return connue


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
