"""PES_Retour as a stream of raw pièces: one small part of the file in memory at a time.

A yearly stock weighs 150 MB and holds hundreds of thousands of pièces, so the leaves of a pièce
are read by one regular expression. That is exact for a well-formed file where no comment, CDATA
section or instruction hides a tag; elsewhere expat reads the tags, slower. Elements are known by
their local name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from vaguemestre.errors import IllisibleError
from vaguemestre.formats import plan
from vaguemestre.pes.retour_balises import lire_balises
from vaguemestre.pes.retour_brut import BALISES_MAX, BLOC_MAX, Bloc, LigneBrute, PieceBrute, Releve

_TRANCHE = 1 << 18
# After that many octets without the end of a pièce, another domain is read: nothing to keep.
_SANS_PIECE = 2 << 20

# What the search cannot read: declarations inside, a Piece with a prefix or with attributes. Each
# pattern begins with the bytes it looks for, which is what makes them fast.
_SPECIALES = tuple(
    re.compile(motif) for motif in (rb"<[!?]", rb"<Piece[^>\w]", rb"</Piece[^>]", rb":Piece[\s/>]")
)
_RECOUVREMENT = 16
# A leaf as every producer writes it: a plain value, without outer blanks.
_FEUILLE = re.compile(r'<(\w+) V="(?! )([^"&\t\r\n]+)(?<! )" ?/>')
_OUVRANTE = re.compile(r"<([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*)\s*/?>")
_VALEUR = re.compile(r"\sV\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_LIGNE = re.compile(r"<LigneDePiece\b[^>]*>")
_EMARGEMENT = re.compile(r"<(?:Paiement|Encaissement)Emargement\b[^>]*>")

_REFERENCE = re.compile(r"&(?:#([0-9]+)|#x([0-9a-fA-F]+)|(lt|gt|amp|quot|apos));")
_NOMMEES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}


def lire_pieces(
    path: Path, releve: Releve, bloc_max: int = BLOC_MAX, balises_max: int = BALISES_MAX
) -> Iterator[PieceBrute]:
    """Every pièce of a file that `verifier` or `ecarts` has let through, in document order;
    `releve` is kept up to date.

    Raises:
        IllisibleError: a pièce of more than `bloc_max` octets, or `balises_max` tags.
    """
    with plan.projeter(path) as octets:
        debut, encodage = plan.racine(octets).debut, plan.encodage(octets)
    if _simple(path, debut, min(bloc_max, _SANS_PIECE)):
        return _Recherche(path, releve, encodage, balises_max).pieces()
    return lire_balises(path, releve, bloc_max=bloc_max, balises_max=balises_max)


def _simple(path: Path, debut: int, sans_piece: int) -> bool:
    """Nothing after the prolog needs more than a search, which keeps all until a pièce ends.

    Read in parts: a map would stay in RAM.
    """
    with path.open("rb") as fichier:
        fichier.seek(debut)
        reste, depuis = b"", 0
        while morceau := fichier.read(_TRANCHE):
            reste += morceau
            depuis = 0 if b"</Piece>" in reste else depuis + len(morceau)
            if depuis > sans_piece or any(motif.search(reste) for motif in _SPECIALES):
                return False
            reste = reste[-_RECOUVREMENT:]
    return True


class _Recherche:
    """One file, read by search."""

    def __init__(self, path: Path, releve: Releve, encodage: str, balises_max: int) -> None:
        self._path = path
        self._releve = releve
        self._encodage = encodage
        self._balises_max = balises_max

    def pieces(self) -> Iterator[PieceBrute]:
        reste, vu = b"", 0
        with self._path.open("rb") as fichier:
            while morceau := fichier.read(_TRANCHE):
                reste += morceau
                coupe = reste.rfind(b"</Piece>", vu) + 8
                if coupe >= 8:
                    yield from self._lot(reste[:coupe].decode(self._encodage))
                    reste, vu = reste[coupe:], 0
                else:
                    vu = max(len(reste) - 8, 0)
        yield from self._lot(reste.decode(self._encodage))

    def _lot(self, texte: str) -> Iterator[PieceBrute]:
        """Whole pièces, each with what stands before it; last, what stands after the last one."""
        *segments, queue = texte.split("</Piece>")
        for segment in segments:
            avant, _, corps = segment.partition("<Piece>")
            if len(avant) > 8:
                yield from self._contexte(avant)
            yield self._lire(corps)
        yield from self._contexte(queue)

    def _contexte(self, texte: str) -> Iterator[PieceBrute]:
        """Heads of file, domaine and bordereau: the leaves of a block follow its opening tag."""
        bloc: Bloc = {}
        roles: list[PieceBrute] = []
        for nom, attributs in _OUVRANTE.findall(texte):
            valeur, nom_local = _valeur(attributs), nom.rpartition(":")[2]
            if valeur is None:
                bloc, piece = self._releve.entrer(nom_local)
                if piece is not None:
                    roles.append(piece)
            elif valeur:
                bloc.setdefault(nom_local, valeur)
        yield from roles

    def _lire(self, corps: str) -> PieceBrute:
        if corps.count("<") > self._balises_max:
            raise IllisibleError(f"plus de {self._balises_max} balises dans une pièce")
        tete, *lignes = _LIGNE.split(corps)
        piece = self._releve.piece()
        piece.info = _feuilles(tete)
        for ligne in lignes:
            debut, *emargements = _EMARGEMENT.split(ligne)
            piece.lignes.append(LigneBrute(_feuilles(debut), [_feuilles(e) for e in emargements]))
        return piece


def _feuilles(texte: str) -> Bloc:
    """@V of every leaf, by local name."""
    paires = _FEUILLE.findall(texte)
    if len(paires) != texte.count("="):  # an attribute, or a value, written in another way
        return _toutes_formes(texte)
    paires.reverse()
    return dict(paires)


def _toutes_formes(texte: str) -> Bloc:
    bloc: Bloc = {}
    for nom, attributs in _OUVRANTE.findall(texte):
        valeur = _valeur(attributs)
        if valeur:
            bloc.setdefault(nom.rpartition(":")[2], valeur)
    return bloc


def _valeur(attributs: str) -> str | None:
    """@V among the attributes of a tag, without outer blanks; None when there is none."""
    trouve = _VALEUR.search(attributs)
    if trouve is None:
        return None
    blancs = re.sub(r"[\t\r\n]", " ", trouve[1] or trouve[2] or "")
    return _REFERENCE.sub(_caractere, blancs).strip()


def _caractere(reference: re.Match[str]) -> str:
    decimal, hexa, nom = reference.groups()
    if nom:
        return _NOMMEES[nom]
    return chr(int(decimal) if decimal else int(hexa, 16))
