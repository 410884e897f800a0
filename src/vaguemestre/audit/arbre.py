"""RFC 6962 / RFC 9162 Merkle tree: append, prove, verify. Pure.

Nodes are numbered in the stored-hash order of Go's `x/mod/sumdb/tlog`: a leaf, then every parent
that it completes; the stored form therefore only ever grows at its end.
Source: RFC 9162 §2.1; reference/archive-and-audit.md §5.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

TAILLE_HASH = 32
RACINE_VIDE = hashlib.sha256(b"").digest()

Lire = Callable[[Sequence[int]], Mapping[int, bytes]]
"""Gives the stored hashes of some indexes, all of them."""


def hash_feuille(donnee: bytes) -> bytes:
    """SHA-256 of 0x00 followed by the leaf."""
    return hashlib.sha256(b"\x00" + donnee).digest()


def hash_noeud(gauche: bytes, droite: bytes) -> bytes:
    """SHA-256 of 0x01 followed by both children."""
    return hashlib.sha256(b"\x01" + gauche + droite).digest()


def indice(niveau: int, rang: int) -> int:
    """Place, in stored order, of node number `rang` (from 0) of level `niveau` (leaves: 0)."""
    dernier = ((rang + 1) << niveau) - 1  # the leaf that completes it
    return nombre_noeuds(dernier) + niveau


def nombre_noeuds(taille: int) -> int:
    """How many hashes are stored for a tree of `taille` leaves."""
    # taille + taille // 2 + taille // 4 + …, by Legendre.
    return 2 * taille - taille.bit_count()


def indices_pics(taille: int) -> tuple[int, ...]:
    """Stored indexes of the complete subtrees that make up the tree, largest first."""
    return tuple(indice(niveau, rang) for niveau, rang in _decoupe(0, taille))


@dataclass(frozen=True, slots=True)
class Frontiere:
    """All that is needed to append: size and the roots of complete subtrees, largest first."""

    taille: int = 0
    pics: tuple[bytes, ...] = ()

    def ajouter(self, feuille: bytes) -> tuple[Frontiere, tuple[bytes, ...]]:
        """The frontier after one more leaf *hash*, and the new nodes in stored order."""
        pics = list(self.pics)
        noeud, noeuds = feuille, [feuille]
        reste = self.taille
        while reste & 1:
            noeud = hash_noeud(pics.pop(), noeud)
            noeuds.append(noeud)
            reste >>= 1
        return Frontiere(self.taille + 1, (*pics, noeud)), tuple(noeuds)

    def racine(self) -> bytes:
        """Root of the whole tree; that of the empty tree is SHA-256 of nothing."""
        return _replier(self.pics) if self.pics else RACINE_VIDE


def racine(feuilles: Iterable[bytes]) -> bytes:
    """Root of a sequence of leaves (their bytes, not their hashes)."""
    frontiere = Frontiere()
    for feuille in feuilles:
        frontiere, _ = frontiere.ajouter(hash_feuille(feuille))
    return frontiere.racine()


def preuve_inclusion(rang: int, taille: int, lire: Lire) -> tuple[bytes, ...]:
    """Audit path of leaf `rang` in the tree of `taille` leaves, leaf side first.

    Raises:
        ValueError: there is no such leaf in that tree.
    """
    if not 0 <= rang < taille:
        raise ValueError(f"pas de feuille {rang} dans un arbre de {taille}")
    return _lire_morceaux(_chemin(rang, taille), lire)


def preuve_coherence(ancienne: int, nouvelle: int, lire: Lire) -> tuple[bytes, ...]:
    """Proof that the tree of `ancienne` leaves is the beginning of that of `nouvelle`.

    Raises:
        ValueError: sizes that cannot be compared; the empty tree proves nothing.
    """
    if not 0 < ancienne <= nouvelle:
        raise ValueError(f"tailles incomparables : {ancienne} et {nouvelle}")
    morceaux: list[tuple[int, int]] = []
    debut, fin, entier = 0, nouvelle, True
    while fin > ancienne:
        milieu = debut + _partage(fin - debut)
        if ancienne <= milieu:
            morceaux.append((milieu, fin))
            fin = milieu
        else:
            morceaux.append((debut, milieu))
            debut, entier = milieu, False
    if not entier:
        morceaux.append((debut, fin))
    return _lire_morceaux(morceaux[::-1], lire)


def inclusion_valide(
    rang: int, taille: int, feuille: bytes, preuve: Sequence[bytes], attendue: bytes
) -> bool:
    """Does the proof lead from the leaf hash to the root? RFC 9162 §2.1.3.2."""
    if not 0 <= rang < taille or not _hashes(feuille, attendue, *preuve):
        return False
    noeud, dernier, calculee = rang, taille - 1, feuille
    for voisin in preuve:
        if dernier == 0:
            return False
        if noeud & 1 or noeud == dernier:
            calculee = hash_noeud(voisin, calculee)
            noeud, dernier = _remonter(noeud, dernier)
        else:
            calculee = hash_noeud(calculee, voisin)
        noeud >>= 1
        dernier >>= 1
    return dernier == 0 and calculee == attendue


def coherence_valide(
    ancienne: int, nouvelle: int, racine1: bytes, racine2: bytes, preuve: Sequence[bytes]
) -> bool:
    """Is the first tree the beginning of the second? RFC 9162 §2.1.4.2.

    A first size of 0 is refused even with an empty proof; equal sizes need an empty proof.
    """
    if not 0 < ancienne <= nouvelle or not racine1 or not racine2:
        return False
    if ancienne == nouvelle:
        return not preuve and racine1 == racine2
    if not preuve or not _hashes(racine1, racine2, *preuve):
        return False
    noeuds = [racine1, *preuve] if ancienne & (ancienne - 1) == 0 else list(preuve)
    noeud, dernier = ancienne - 1, nouvelle - 1
    while noeud & 1:
        noeud >>= 1
        dernier >>= 1
    premier = second = noeuds[0]
    for voisin in noeuds[1:]:
        if dernier == 0:
            return False
        if noeud & 1 or noeud == dernier:
            premier, second = hash_noeud(voisin, premier), hash_noeud(voisin, second)
            noeud, dernier = _remonter(noeud, dernier)
        else:
            second = hash_noeud(second, voisin)
        noeud >>= 1
        dernier >>= 1
    return dernier == 0 and premier == racine1 and second == racine2


def _remonter(noeud: int, dernier: int) -> tuple[int, int]:
    """Climb past the levels where a left node has no right neighbour."""
    while noeud and not noeud & 1:
        noeud >>= 1
        dernier >>= 1
    return noeud, dernier


def _hashes(*valeurs: bytes) -> bool:
    return all(len(valeur) == TAILLE_HASH for valeur in valeurs)


def _partage(largeur: int) -> int:
    """The largest power of two smaller than `largeur` (≥ 2)."""
    return 1 << ((largeur - 1).bit_length() - 1)


def _chemin(rang: int, taille: int) -> list[tuple[int, int]]:
    morceaux: list[tuple[int, int]] = []
    debut, fin = 0, taille
    while fin - debut > 1:
        milieu = debut + _partage(fin - debut)
        if rang < milieu:
            morceaux.append((milieu, fin))
            fin = milieu
        else:
            morceaux.append((debut, milieu))
            debut = milieu
    return morceaux[::-1]


def _decoupe(debut: int, fin: int) -> list[tuple[int, int]]:
    """(level, rank) of the complete subtrees that cover leaves [debut, fin), largest first.

    `debut` is a multiple of every piece, as all splits of RFC 9162 give it.
    """
    morceaux: list[tuple[int, int]] = []
    while debut < fin:
        niveau = (fin - debut).bit_length() - 1
        morceaux.append((niveau, debut >> niveau))
        debut += 1 << niveau
    return morceaux


def _replier(pics: Sequence[bytes]) -> bytes:
    total = pics[-1]
    for pic in pics[-2::-1]:
        total = hash_noeud(pic, total)
    return total


def _lire_morceaux(morceaux: Sequence[tuple[int, int]], lire: Lire) -> tuple[bytes, ...]:
    decoupes = [[indice(n, r) for n, r in _decoupe(*morceau)] for morceau in morceaux]
    lus = lire([place for decoupe in decoupes for place in decoupe])
    return tuple(_replier([lus[place] for place in decoupe]) for decoupe in decoupes)
