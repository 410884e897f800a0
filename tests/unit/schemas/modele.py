"""The project's own PES schema read as data, so that mutants can be made from it.

Only the shapes our own files use are understood; anything else stops the reading with a
ValueError, so that a new
construct in schemas/ cannot be left out of the comparison unseen.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lxml import etree

XS = "{http://www.w3.org/2001/XMLSchema}"
DS = "http://www.w3.org/2000/09/xmldsig#"
ENTREE = "PES_Aller.xsd"
SCHEMAS = Path(__file__).resolve().parents[3] / "schemas"
_IGNORED = {XS + "annotation", XS + "import", XS + "include"}


@dataclass(frozen=True, slots=True)
class Simple:
    """A simple type with the facets of its whole chain; `codes` is empty where it is not a code
    list.
    """

    nom: str
    base: str
    facettes: tuple[tuple[str, str], ...] = ()
    codes: tuple[str, ...] = ()

    def facette(self, nom: str) -> int | None:
        """The last value given for a numeric facet, None where there is none."""
        found = [valeur for cle, valeur in self.facettes if cle == nom]
        return int(found[-1]) if found else None


@dataclass(frozen=True, slots=True)
class Balise:
    """One element of a block: its name, the complex type it has, and its occurrences (`maxi` None:
    unbounded).
    """

    nom: str
    type: str
    mini: int
    maxi: int | None


@dataclass(frozen=True, slots=True)
class Groupe:
    """A sequence or a choice."""

    genre: str
    contenu: tuple[Particule, ...]
    mini: int = 1


@dataclass(frozen=True, slots=True)
class Signature:
    """The place of an optional ds:Signature."""


Particule = Balise | Groupe | Signature


@dataclass(frozen=True, slots=True)
class Modele:
    """Every type of one version: `blocs` by complex type name, `feuilles` (attribute V) by complex
    type name.
    """

    blocs: dict[str, Groupe]
    feuilles: dict[str, Simple]
    racine: Groupe

    def balises(self, groupe: Groupe) -> list[Balise]:
        """Every element a block may hold, in schema order, whatever the choice."""
        found: list[Balise] = []
        for part in groupe.contenu:
            if isinstance(part, Balise):
                found.append(part)
            elif isinstance(part, Groupe):
                found.extend(self.balises(part))
        return found


def lire(version: str) -> Modele:
    """Read PES_Aller.xsd of a version and all it includes.

    Raises ValueError on a construct this reader does not know.
    """
    reader = _Lecteur()
    waiting, seen = [ENTREE], set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        schema = etree.parse(str(SCHEMAS / version / name)).getroot()
        reader.fichier(schema)
        waiting += [node.get("schemaLocation", "") for node in schema.iter(XS + "include")]
    if reader.racine is None:
        raise ValueError(f"pas de racine PES_Aller dans {version}")
    return Modele(reader.blocs, reader.resoudre(), reader.racine)


class _Lecteur:
    def __init__(self) -> None:
        self.blocs: dict[str, Groupe] = {}
        self.simples: dict[str, etree._Element] = {}
        self.valeurs: dict[str, str] = {}
        self.racine: Groupe | None = None

    def fichier(self, schema: etree._Element) -> None:
        for node in schema.iterchildren(tag=etree.Element):
            if node.tag in _IGNORED:
                continue
            if node.tag == XS + "simpleType":
                self.simples[node.get("name", "")] = node
            elif node.tag == XS + "complexType":
                self._complexe(node.get("name", ""), node)
            elif node.tag == XS + "element":
                sequence = node.find(f"{XS}complexType/{XS}sequence")
                assert sequence is not None
                self.racine = _groupe(sequence)
            else:
                raise ValueError(f"construction inconnue : {node.tag}")

    def _complexe(self, nom: str, node: etree._Element) -> None:
        sequence = node.find(XS + "sequence")
        valeur = node.find(XS + "attribute")
        if sequence is not None:
            self.blocs[nom] = _groupe(sequence)
        elif valeur is not None and valeur.get("name") == "V":
            self.valeurs[nom] = valeur.get("type", "")
        elif node.find(XS + "simpleContent") is None:
            raise ValueError(f"type inconnu : {nom}")

    def resoudre(self) -> dict[str, Simple]:
        return {nom: self._simple(type_) for nom, type_ in self.valeurs.items()}

    def _simple(self, nom: str) -> Simple:
        if nom not in self.simples:
            return Simple(nom, nom)
        restriction = self.simples[nom].find(XS + "restriction")
        assert restriction is not None
        parent = self._simple(restriction.get("base", ""))
        own = [(etree.QName(facet).localname, facet.get("value", "")) for facet in restriction]
        codes = tuple(value for name, value in own if name == "enumeration")
        facettes = parent.facettes + tuple(pair for pair in own if pair[0] != "enumeration")
        return Simple(nom, parent.base, facettes, codes)


def _groupe(node: etree._Element) -> Groupe:
    parts: list[Particule] = []
    for child in node.iterchildren(tag=etree.Element):
        if child.tag in (XS + "sequence", XS + "choice"):
            parts.append(_groupe(child))
        elif child.get("ref") == "ds:Signature":
            parts.append(Signature())
        elif child.tag == XS + "element":
            maxi = child.get("maxOccurs", "1")
            limit = None if maxi == "unbounded" else int(maxi)
            parts.append(
                Balise(
                    child.get("name", ""),
                    child.get("type", ""),
                    int(child.get("minOccurs", "1")),
                    limit,
                )
            )
        elif child.tag != XS + "any":
            raise ValueError(f"particule inconnue : {child.tag}")
    return Groupe(etree.QName(node).localname, tuple(parts), int(node.get("minOccurs", "1")))
