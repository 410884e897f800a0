"""Cents or units: one power of ten for all the amounts of a file, and whether anything settles it.

A place where only one power fits is a vote. Votes may contradict each other, because zeros or the
sign of a neighbour make a place look like another: the most numerous wins, and is no proof.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vaguemestre.indigo.alignement import Candidat, Grille
from vaguemestre.indigo.choix import PREUVE_VALEURS

Lot = tuple[Grille, Sequence[Candidat]]
_NOTE_ZEROS = (
    "Montants en centièmes ou en unités : les exemples ne tranchent pas, aucun montant n'a de"
    " fraction et des zéros suivent chaque montant."
)
_NOTE_CONTRAIRE = (
    "Montants en centièmes ou en unités : des zones se lisent dans un sens, d'autres dans l'autre ;"
    " le plus fréquent est retenu, et les montants concernés restent supposés."
)


@dataclass(frozen=True, slots=True)
class Unite:
    """`exposant`: 0 units, 2 hundredths, None where there is no amount. `sure`: nothing in the
    files allows the other."""

    exposant: int | None
    sure: bool = True
    notes: tuple[str, ...] = ()

    def admet(self, candidat: Candidat) -> bool:
        """Whether a candidate is written in this unit, or is no amount."""
        return self.exposant is None or candidat.ecriture.exposant in {None, self.exposant}


def trancher(lots: Sequence[Lot]) -> Unite:
    """The unit of a file, from the candidates of all its kinds of record."""
    ensembles = [ensemble for lot in lots for ensemble in _exposants(*lot)]
    if not ensembles:
        return Unite(None)
    communs = frozenset.intersection(*ensembles)
    if len(communs) == 1:
        return Unite(max(communs))
    if communs:
        centimes = any(_centimes_nets(*lot) for lot in lots)
        return Unite(2 if centimes else 0, sure=False, notes=(_NOTE_ZEROS,))
    voix = Counter(max(ensemble) for ensemble in ensembles if len(ensemble) == 1)
    return Unite(max(sorted(voix), key=voix.__getitem__), sure=False, notes=(_NOTE_CONTRAIRE,))


def _exposants(grille: Grille, candidats: Sequence[Candidat]) -> Iterator[frozenset[int]]:
    """For each place where only amounts fit, the powers of ten that would do."""
    par_place: dict[frozenset[int], set[int | None]] = {}
    for c in candidats:
        explique = frozenset(c.empreinte) & grille.variables
        if explique and c.distinctes >= PREUVE_VALEURS:
            par_place.setdefault(explique, set()).add(c.ecriture.exposant)
    for explique, vus in par_place.items():
        if None not in vus and not any(explique < autre for autre in par_place):
            yield frozenset(e for e in vus if e is not None)


def _centimes_nets(grille: Grille, candidats: Sequence[Candidat]) -> bool:
    """Whether some amount ends in two zeros, and what follows is no third one."""
    zero = "0".encode(grille.base.encodage)[0]
    return any(
        c.ecriture.exposant == 2
        and c.ecriture.zone.usage == "display"
        and c.distinctes >= PREUVE_VALEURS
        and (c.bord >= grille.longueur or grille.fixes[c.bord] != zero)
        for c in candidats
        if not c.ecriture.a_gauche
    )
