"""Reading what a partner sent, as a stream and safely: no DTD, no network, no tree.

Elements are known by their local name: a partner's file is read even under another namespace.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from lxml import etree

from vaguemestre.errors import IllisibleError
from vaguemestre.formats import plan
from vaguemestre.formats.mal_forme import raison
from vaguemestre.pes.reponse_flux import BORNES, Bornes, morceaux

_DEBUT = 4096
# Encodings in which a DOCTYPE cannot hide from a search of bytes.
_ENCODAGES = frozenset(
    {"UTF-8", "UTF8", "US-ASCII", "ASCII", "ISO-8859-1", "ISO-8859-15", "LATIN1"}
    | {"ISO8859-1", "ISO8859-15", "WINDOWS-1252", "CP1252"}
)


def premiere_balise(path: Path) -> tuple[str, str]:
    """Local name and namespace of the document element, after the safety checks.

    Raises:
        IllisibleError: empty, not XML, beyond reason, a DOCTYPE, an encoding that could hide one.
    """
    with plan.projeter(path) as octets:
        if not octets:
            raise IllisibleError("le fichier est vide")
        encodage = plan.encodage(octets)
        debut = octets[:_DEBUT].removeprefix(b"\xef\xbb\xbf").strip()
        if debut and not debut.startswith(b"<"):
            dit = "".join(c if c.isprintable() else "·" for c in debut[:40].decode("latin-1"))
            raise IllisibleError(f"ce n'est pas du XML : le fichier commence par « {dit} »")
        if encodage not in _ENCODAGES:
            raise IllisibleError(f"encodage « {encodage} » refusé, ISO-8859-1 ou UTF-8 attendu")
    for element in _analyser(path, "start", None, BORNES):
        return _decouper(element)
    raise IllisibleError("aucun élément XML dans le fichier")


def fins(
    path: Path, noms: tuple[str, ...], bornes: Bornes = BORNES
) -> Iterator[tuple[str, etree._Element]]:
    """Local name and element at each closing tag whose local name is in `noms`.

    The caller releases with `oublier` what it has read; the rest stays: `bornes` says how much.

    Raises:
        IllisibleError: the file is not well-formed up to its end, or beyond `bornes`.
    """
    tags = tuple(f"{{*}}{nom}" for nom in noms)
    for element in _analyser(path, "end", tags, bornes):
        yield _decouper(element)[0], element


def oublier(element: etree._Element) -> None:
    """Free a finished element and what stands before it in its parent."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def valeur(element: etree._Element | None, nom: str) -> str | None:
    """@V of the first child of that local name, without outer blanks; None when absent or ''."""
    fils = enfant(element, nom)
    if fils is None:
        return None
    texte = fils.get("V")
    return (texte if texte is not None else fils.text or "").strip() or None


def valeurs(element: etree._Element | None) -> dict[str, str]:
    """@V of every child, by local name, without outer blanks; empty ones are left out.

    The first child of a name wins.
    """
    lues: dict[str, str] = {}
    for fils in () if element is None else element:
        texte = fils.get("V", "").strip()
        if texte:
            lues.setdefault(_decouper(fils)[0], texte)
    return lues


def blocs(element: etree._Element | None) -> dict[str, list[etree._Element]]:
    """Children of an element by local name, in order."""
    trouves: dict[str, list[etree._Element]] = {}
    for fils in () if element is None else element:
        trouves.setdefault(_decouper(fils)[0], []).append(fils)
    return trouves


def enfant(element: etree._Element | None, nom: str) -> etree._Element | None:
    """The first child of that local name, whatever its namespace."""
    return None if element is None else next(iter(enfants(element, nom)), None)


def enfants(element: etree._Element, nom: str) -> Iterator[etree._Element]:
    """Children of that local name, in order, whatever their namespace."""
    return element.iterchildren(f"{{*}}{nom}")


def _decouper(element: etree._Element) -> tuple[str, str]:
    """Local name and namespace; an undeclared prefix, which lxml keeps, is left out."""
    espace, _, nom = str(element.tag).rpartition("}")
    return nom.rpartition(":")[2], espace.removeprefix("{")


def _analyser(
    path: Path, quand: Literal["start", "end"], tags: tuple[str, ...] | None, bornes: Bornes
) -> Iterator[etree._Element]:
    flux = etree.XMLPullParser(
        (quand,),
        tag=tags,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for morceau in morceaux(path, bornes, noms=True):
            flux.feed(morceau)
            yield from _elements(flux)
        flux.close()
    except etree.XMLSyntaxError as error:
        raise IllisibleError(f"XML mal formé : {raison(error)}") from error
    yield from _elements(flux)


def _elements(flux: etree.XMLPullParser) -> Iterator[etree._Element]:
    for _, element in flux.read_events():
        if isinstance(element, etree._Element):  # the stubs know of other events
            yield element
