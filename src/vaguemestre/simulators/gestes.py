"""What a fault is made of: one thing changed, added, taken away or doubled in a valid file."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Callable
from copy import deepcopy

from lxml import etree

from vaguemestre.errors import DocumentError

Racine = etree._Element
Abimer = Callable[[Racine], None]


def _premier(racine: Racine, chemin: str) -> Racine:
    trouve = racine.find(f".//{chemin}")
    if trouve is None:
        raise DocumentError(f"le fichier n'a pas de {chemin}")
    return trouve


def _parent(noeud: Racine) -> Racine:
    parent = noeud.getparent()
    if parent is None:
        raise DocumentError("la racine n'a pas de parent")
    return parent


def mettre(chemin: str, valeur: str) -> Abimer:
    return lambda racine: _premier(racine, chemin).set("V", valeur)


def oter(chemin: str) -> Abimer:
    def faire(racine: Racine) -> None:
        noeud = _premier(racine, chemin)
        _parent(noeud).remove(noeud)

    return faire


def apres(chemin: str, *feuilles: tuple[str, str]) -> Abimer:
    """Leaves added after an element; those that stand there already are replaced."""

    def faire(racine: Racine) -> None:
        noeud = _premier(racine, chemin)
        for nom, valeur in feuilles:
            for ancien in _parent(noeud).findall(nom):
                _parent(noeud).remove(ancien)
            neuf = etree.Element(nom, V=valeur)
            noeud.addnext(neuf)
            noeud = neuf

    return faire


def doubler(chemin: str) -> Abimer:
    def faire(racine: Racine) -> None:
        noeud = _premier(racine, chemin)
        noeud.addnext(deepcopy(noeud))

    return faire


def suite(*gestes: Abimer) -> Abimer:
    def faire(racine: Racine) -> None:
        for geste in gestes:
            geste(racine)

    return faire


def sans_tva(racine: Racine) -> None:
    for nom in ("MtTVA", "MtBordTVA"):
        for noeud in list(racine.iter(nom)):
            _parent(noeud).remove(noeud)


def vider(racine: Racine) -> None:
    for enfant in list(racine)[2:]:
        racine.remove(enfant)


def sans_piece(racine: Racine) -> None:
    bordereau = _premier(racine, "Bordereau")
    for piece in bordereau.findall("Piece"):
        bordereau.remove(piece)


def contenu(octets: bytes, *, comprimer: bool = True) -> Abimer:
    paquet = gzip.compress(octets, mtime=0) if comprimer else octets

    def faire(racine: Racine) -> None:
        _premier(racine, "Fichier").text = base64.b64encode(paquet).decode("ascii")

    return faire


def texte(texte: str) -> Abimer:
    def faire(racine: Racine) -> None:
        _premier(racine, "Fichier").text = texte

    return faire


def mime(valeur: str) -> Abimer:
    return lambda racine: _premier(racine, "Fichier").set("MIMEType", valeur)


def bordereau_jumeau(racine: Racine) -> None:
    """The same number under another type."""
    doubler("Bordereau")(racine)
    mettre("TypBord", "03")(racine)


def rib(cle: str) -> Abimer:
    feuilles = {
        "CodeEtab": "30001",
        "CodeGuic": "00794",
        "IdCpte": "12345678901",
        "CleRib": cle,
    }

    def faire(racine: Racine) -> None:
        compte = _premier(racine, "CpteBancaire")
        for nom in ("BIC", "IBAN"):
            for noeud in compte.findall(nom):
                compte.remove(noeud)
        for rang, (nom, valeur) in enumerate(feuilles.items()):
            compte.insert(rang, etree.Element(nom, V=valeur))

    return faire


def ref_compta(**feuilles: str) -> Abimer:
    def faire(racine: Racine) -> None:
        pj = _premier(racine, "PJ")
        bloc = etree.SubElement(pj, "RefCompta")
        for nom, valeur in feuilles.items():
            etree.SubElement(bloc, nom, V=valeur)

    return faire


def seule_ligne(numero: str) -> Abimer:
    """The first pièce keeps one ligne, with that number."""

    def faire(racine: Racine) -> None:
        lignes = _premier(racine, "Piece").findall("LigneDePiece")
        for autre in lignes[1:]:
            _parent(autre).remove(autre)
        _premier(lignes[0], "IdLigne").set("V", numero)

    return faire


def rattacher(info: str, nature: str, *, ligne: str | None = None) -> Abimer:
    """A RattachPiece after the leaves of a ligne (`info` is their block)."""

    def faire(racine: Racine) -> None:
        bloc = etree.Element("RattachPiece")
        feuilles = {"NatPceOrig": nature, "ExerRat": "2026", "IdPceOrig": "4"}
        for nom, valeur in (feuilles | ({} if ligne is None else {"IdLigneOrig": ligne})).items():
            etree.SubElement(bloc, nom, V=valeur)
        _premier(racine, info).addnext(bloc)

    return faire
