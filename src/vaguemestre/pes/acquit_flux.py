"""Reading what a partner sent, as a stream and safely: no DTD, no network, no tree.

Elements are known by their local name: a partner's file is read even under another namespace.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from vaguemestre.errors import IllisibleError
from vaguemestre.formats import plan

# 512 MiB; peers receive 150 MiB at most (reference/signature-and-transmission.md, B4).
TAILLE_MAX = 512 << 20
_TRANCHE = 1 << 20
# Encodings in which a DOCTYPE cannot hide from a search of bytes.
_ENCODAGES = frozenset(
    {"UTF-8", "UTF8", "US-ASCII", "ASCII", "ISO-8859-1", "ISO-8859-15", "LATIN1"}
    | {"ISO8859-1", "ISO8859-15", "WINDOWS-1252", "CP1252"}
)


def premiere_balise(path: Path) -> tuple[str, str]:
    """Local name and namespace of the document element, after the safety checks.

    Raises:
        IllisibleError: empty, too big, not XML, a DOCTYPE, an encoding that could hide one.
    """
    taille = path.stat().st_size
    if taille > TAILLE_MAX:
        raise IllisibleError(f"{taille} octets, plus de {TAILLE_MAX} : le fichier n'est pas lu")
    with plan.projeter(path) as octets:
        if not octets:
            raise IllisibleError("le fichier est vide")
        encodage = plan.encodage(octets)
        if encodage not in _ENCODAGES:
            raise IllisibleError(f"encodage « {encodage} » refusé, ISO-8859-1 ou UTF-8 attendu")
    if _contient(path, b"<!DOCTYPE"):
        raise IllisibleError("le fichier porte un DOCTYPE, refusé par sécurité")
    for _, element in _analyser(path, ("start",), None):
        return _decouper(element)
    raise IllisibleError("aucun élément XML dans le fichier")


def _contient(path: Path, quoi: bytes) -> bool:
    """Read in parts: a map of 150 MB would count as memory of this process."""
    reste = b""
    with path.open("rb") as fichier:
        while morceau := fichier.read(_TRANCHE):
            reste += morceau
            if quoi in reste:
                return True
            reste = reste[-len(quoi) :]
    return False


def fins(path: Path, noms: tuple[str, ...]) -> Iterator[tuple[str, etree._Element]]:
    """Local name and element at each closing tag whose local name is in `noms`.

    The caller releases with `oublier` what it has read.

    Raises:
        IllisibleError: the file is not well-formed up to its end.
    """
    tags = tuple(f"{{*}}{nom}" for nom in noms)
    for _, element in _analyser(path, ("end",), tags):
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
    path: Path, events: tuple[str, ...], tags: tuple[str, ...] | None
) -> Iterator[tuple[str, etree._Element]]:
    with path.open("rb") as file:
        flux = etree.iterparse(
            file,
            events=events,
            tag=tags,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=True,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            yield from flux
        except etree.XMLSyntaxError as error:
            raise IllisibleError(f"XML mal formé : {error.msg}") from error
