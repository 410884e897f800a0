"""Tags of a piece of XML text, by regular expression: fast, and only for the facts.

The text comes from the skeleton: no comment, CDATA section or instruction is in it, and whether it
is well formed is for libxml2 to say.
"""

from __future__ import annotations

import re

from vaguemestre.pes.faits import Noeud
from vaguemestre.pes.repetables import REPETABLES

# No possessive quantifier here: Python 3.11.0 to 3.11.3 give wrong groups with them. A look-ahead
# ends the name, and each run of attribute text, so that a hostile tag is still read in linear time.
# A run of plain leaves, `<IdBord V="12"/>`, or another tag: closing mark, name, attributes, « / ».
JETON = re.compile(
    r"""((?:<[A-Za-z_][\w.-]* V="[^"&<\t\r\n]*"/>\s*)+)"""
    r"""|<(/?)([A-Za-z_][\w.:-]*)(?![\w.:-])((?:[^"'<>/]+(?=["'<>/])|"[^"]*"|'[^']*'|/(?!>))*)(/?)>"""
)
FEUILLE = re.compile(r"""<([\w.-]+) V="([^"]*)"/>""")
_ATTRIBUT = re.compile(r"""([^\s=]+)\s*=\s*("[^"]*"|'[^']*')""")
_REFERENCE = re.compile(r"&(?:#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6})|(amp|lt|gt|quot|apos));")
_ENTITES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_BLANCS = str.maketrans("\t\r\n", "   ")

# A tag: name, parent, position among its like (0: not said), value of V, its own facts where it
# is no leaf, offset after it. A closing tag has the value FIN; TEXTE stands for the text after the
# last tag, with the facts of the element that it stands in.
Balise = tuple[str, Noeud | None, int, str | None, Noeud | None, int]
FIN = "\0fin"
TEXTE = "\0texte"


def attributs(texte: str) -> dict[str, str]:
    """The attributes of a tag, values as XML reads them."""
    return {nom: valeur_de(brute[1:-1]) for nom, brute in _ATTRIBUT.findall(texte)}


def valeur_de(brute: str) -> str:
    """An attribute value: white space made plain, references resolved."""
    brute = brute.translate(_BLANCS)
    return _REFERENCE.sub(_resoudre, brute) if "&" in brute else brute


def _resoudre(found: re.Match[str]) -> str:
    decimal, hexa, nom = found.groups()
    if nom:
        return _ENTITES[nom]
    code = int(decimal) if decimal else int(hexa, 16)
    return chr(code) if 0 < code < 0x110000 else found.group()


def detailler(
    texte: str, pile: list[Noeud], ligne: int, noms: frozenset[str] | None = None
) -> list[Balise]:
    """Every tag of the text in document order, leaves one by one; builds the facts on the way.

    Args:
        pile: the open elements, the innermost last; changed.
        ligne: where the text begins.
        noms: of plain leaves, only runs with one of these names are needed one by one.
    """
    vues: list[Balise] = []
    avant, plusieurs = 0, "\n" in texte
    for jeton in JETON.finditer(texte):
        if plusieurs:
            ligne += texte.count("\n", avant, jeton.start())
            avant = jeton.start()
        serie, fermante, nom, _, _ = jeton.groups()
        if serie:
            parent = pile[-1] if pile else None
            if noms is None or any(f"<{voulu} " in serie for voulu in noms):
                _feuilles(serie, parent, ligne, jeton.start(), vues)
            elif parent is not None:
                parent.valeurs = dict(FEUILLE.findall(serie)) | parent.valeurs
        elif not fermante:
            _ouvrir(jeton, nom, pile, ligne, vues)
        elif len(pile) > 1:
            noeud = pile.pop()
            vues.append((noeud.nom, noeud.parent, noeud.rang, FIN, noeud, jeton.end()))
    return vues


def _ouvrir(
    jeton: re.Match[str], nom: str, pile: list[Noeud], ligne: int, vues: list[Balise]
) -> None:
    parent = pile[-1] if pile else None
    autres = attributs(jeton.group(4)) if jeton.group(4) else {}
    valeur = autres.get("V")
    rang = _rang(parent, nom)
    noeud = Noeud(nom, ligne, parent, rang)
    if autres:
        noeud.attributs = autres
    if parent is None:
        noeud.nom = f"n:{nom.rpartition(':')[2]}"
    elif valeur is not None:
        parent.feuille(nom, valeur, ligne)
    else:
        parent.ranger(noeud)
    vues.append((nom, parent, rang, valeur, noeud, jeton.end()))
    if jeton.group(5):
        vues.append((nom, parent, rang, FIN, noeud, jeton.end()))
    else:
        pile.append(noeud)


def _feuilles(serie: str, parent: Noeud | None, ligne: int, debut: int, vues: list[Balise]) -> None:
    plusieurs = "\n" in serie
    for found in FEUILLE.finditer(serie):
        nom, valeur = found.groups()
        rang = _rang(parent, nom)
        if parent is not None:
            sauts = serie.count("\n", 0, found.start()) if plusieurs else 0
            parent.feuille(nom, valeur, ligne + sauts)
        vues.append((nom, parent, rang, valeur, None, debut + found.end()))


def _rang(parent: Noeud | None, nom: str) -> int:
    """Position to show in an XPath step: of what may be repeated, or was, wrongly."""
    rang = parent.suivant(nom) if parent is not None else 0
    return rang if rang > 1 or nom in REPETABLES else 0
