"""Where the parts that a signature looks at lie in a PES Aller, as byte offsets.

One strict pass of expat over the markup; no tree. Every `Id` of the file is counted, every
`ds:Signature` is found wherever it hides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.parsers import expat

from lxml import etree

from vaguemestre.errors import IllisibleError
from vaguemestre.formats.mal_forme import raison
from vaguemestre.signature.epissure import Lecture
from vaguemestre.signature.squelette import Alimentation, base64_pur, encodage_de, pieces_opaques

DS = "http://www.w3.org/2000/09/xmldsig#"
ALLER = "http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller"
RACINE = f"{ALLER} PES_Aller"
SIGNATURE = f"{DS} Signature"
DOMAINES = {"PES_DepenseAller": "depense", "PES_RecetteAller": "recette"}
_VOULUS = frozenset(
    {
        SIGNATURE,
        *DOMAINES,
        "EnTeteDepense",
        "EnTeteRecette",
        "IdVer",
        "InfoDematerialisee",
        "Bordereau",
        "BlocBordereau",
        "NbrPce",
    }
)
_BALISE = re.compile(rb"<(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*>")


@dataclass(slots=True)
class Noeud:
    """One element: byte offsets as in `formats.plan.Element`, end exclusive.

    `nom` is `local` or `uri local`; `parent` the nearest remembered ancestor; `profondeur` 0 for
    the root.
    """

    nom: str
    debut: int
    contenu: int
    profondeur: int
    attributs: dict[str, str]
    parent: Noeud | None
    vide: bool
    fermeture: int = 0
    fin: int = 0
    enfants: list[Noeud] = field(default_factory=list)

    @property
    def id(self) -> str | None:
        return self.attributs.get("Id")

    def directs(self, nom: str) -> list[Noeud]:
        """Children proper with this name."""
        return [e for e in self.enfants if e.nom == nom and e.profondeur == self.profondeur + 1]

    def ancetres(self) -> list[Noeud]:
        """From the root down to the parent; for an element whose ancestors are all remembered."""
        trouves: list[Noeud] = []
        noeud = self.parent
        while noeud is not None:
            trouves.append(noeud)
            noeud = noeud.parent
        return trouves[::-1]


@dataclass(slots=True)
class Carte:
    """The map of one file."""

    encodage: str
    racine: Noeud
    identifiants: Counter[str]
    noeuds: list[Noeud]

    @property
    def est_pes(self) -> bool:
        return self.racine.nom == RACINE

    @property
    def domaines(self) -> list[Noeud]:
        return [d for nom in DOMAINES for d in self.racine.directs(nom)]

    @property
    def bordereaux(self) -> list[Noeud]:
        """Every Bordereau at its place, in document order."""
        return [b for domaine in self.domaines for b in domaine.directs("Bordereau")]

    @property
    def signatures(self) -> list[Noeud]:
        """Every ds:Signature of the file, wherever it stands."""
        return [noeud for noeud in self.noeuds if noeud.nom == SIGNATURE]


class _Cartographe:
    def __init__(
        self,
        lecture: Lecture,
        sauter: Callable[[int, int], bool],
        pieces: Callable[[int, int], bool] | None,
    ) -> None:
        self._lecture = lecture
        self._fil = Alimentation(lecture, sauter, pieces)
        self._analyseur = expat.ParserCreate(None, " ")
        self._analyseur.StartElementHandler = self._debut
        self._analyseur.EndElementHandler = self._fin
        self._profondeur = -1
        self._ouverts: list[Noeud] = []
        self.noeuds: list[Noeud] = []
        self.identifiants: Counter[str] = Counter()

    def lire(self) -> None:
        self._fil.nourrir(self._analyseur)

    def _debut(self, nom: str, attributs: dict[str, str]) -> None:
        self._profondeur += 1
        if "Id" in attributs:
            self.identifiants[attributs["Id"]] += 1
        if nom not in _VOULUS and self._profondeur:
            return
        position = self._fil.position(self._analyseur.CurrentByteIndex)
        balise = self._balise(position)
        parent = self._ouverts[-1] if self._ouverts else None
        noeud = Noeud(
            nom,
            position,
            position + len(balise),
            self._profondeur,
            attributs,
            parent,
            balise.endswith(b"/>"),
        )
        if parent is not None:
            parent.enfants.append(noeud)
        self.noeuds.append(noeud)
        self._ouverts.append(noeud)

    def _fin(self, nom: str) -> None:
        if self._ouverts and self._ouverts[-1].profondeur == self._profondeur:
            noeud = self._ouverts.pop()
            if noeud.vide:
                noeud.fermeture = noeud.fin = noeud.contenu
            else:
                noeud.fermeture = self._fil.position(self._analyseur.CurrentByteIndex)
                noeud.fin = noeud.fermeture + len(self._balise(noeud.fermeture))
        self._profondeur -= 1

    def _balise(self, position: int) -> bytes:
        taille = 1024
        while True:
            found = _BALISE.match(self._lecture.lire(position, position + taille))
            if found is not None:
                return found.group()
            if position + taille >= self._lecture.taille:
                raise IllisibleError("une balise n'est pas fermée")
            taille *= 8


def cartographier(lecture: Lecture, *, stricte: bool = True) -> Carte:
    """The map of a document.

    Not `stricte`: neither the text of a `Fichier` nor the pieces of a bordereau are parsed,
    where nothing in them concerns a signature; for a caller who parses each bordereau after.

    Raises:
        IllisibleError: not well-formed XML, a DOCTYPE, an encoding out of the list.
    """
    nom = encodage_de(lecture)

    def sauter(debut: int, fin: int) -> bool:
        return not stricte or base64_pur(lecture, debut, fin)

    def pieces(debut: int, fin: int) -> bool:
        return pieces_opaques(lecture, debut, fin)

    cartographe = _Cartographe(lecture, sauter, None if stricte else pieces)
    cartographe.lire()
    return Carte(nom, cartographe.noeuds[0], cartographe.identifiants, cartographe.noeuds)


def fragment(lecture: Lecture, carte: Carte, noeud: Noeud, octets: bytes) -> etree._Element:
    """`octets`, which stand for `noeud`, parsed in the namespace context of its ancestors.

    Raises:
        IllisibleError: not well formed.
    """
    ancetres = noeud.ancetres()
    balises = [lecture.lire(ancetre.debut, ancetre.contenu) for ancetre in ancetres]
    noms = [re.split(rb"[\s/>]", balise[1:], maxsplit=1)[0] for balise in balises]
    document = b"".join(
        [
            b'<?xml version="1.0" encoding="' + carte.encodage.encode("ascii") + b'"?>',
            *balises,
            octets,
            *(b"</" + nom + b">" for nom in reversed(noms)),
        ]
    )
    analyseur = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True
    )
    try:
        element = etree.fromstring(document, analyseur)
    except etree.XMLSyntaxError as error:
        raise IllisibleError(f"XML mal formé : {raison(error)}") from error
    for _ in ancetres:
        element = element[0]
    return element


def canonique(element: etree._Element, *, commentaires: bool = False) -> bytes:
    """Exclusive canonical form (xml-exc-c14n) of one element."""
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=commentaires)
