"""Corrections that go with the pièce they correct: RattachPiece of what stays names what goes.

Annulling or reducing a mandat that the accountant has rejected annuls nothing: Hélios does not
have it. NatPceOrig 01 and 02 are swapped between dépense and recette (pes.md §7.4, §7.5).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from vaguemestre.domain.comptable import Bordereau, Piece, Rattachement
from vaguemestre.errors import Anomalie, Gravite, UsageError
from vaguemestre.workflows.tri import Piece as Designee
from vaguemestre.workflows.tri import cle_de, nom_de

_MOTS = {"depense": "mandat", "recette": "titre"}
_ORIGINES = {
    ("depense", "01"): "depense",
    ("depense", "02"): "recette",
    ("recette", "01"): "recette",
    ("recette", "02"): "depense",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrainee:
    """A correction and the pièce that it corrects."""

    piece: Designee
    origine: Designee

    @property
    def phrase(self) -> str:
        """`depense/5/900 corrige depense/101/1010`."""
        return f"{nom_de(self.piece)} corrige {nom_de(self.origine)}"

    def deja_acceptee(self) -> Anomalie:
        """The partner has the correction: it cannot be taken back here."""
        return Anomalie(
            "registre.correction.acceptee",
            f"bordereau {self.piece[3]} / {_MOTS[self.piece[0]]} {self.piece[4]}",
            f"{self.phrase}, qui est ôté ; la correction, elle, est déjà acceptée",
            Gravite.AVERTISSEMENT,
            conseil="Prévenir le comptable : cette correction n'a plus d'objet chez lui.",
        )


def entrainees(
    bordereaux: Sequence[Bordereau], exclues: frozenset[Designee]
) -> tuple[Entrainee, ...]:
    """Corrections of what is left out, and corrections of these, not left out themselves."""
    originaux = _originaux(bordereaux)
    parties = dict[Designee, Designee]()
    while nouvelles := {
        piece: origine
        for piece, origine in originaux
        if piece not in exclues and piece not in parties
        if origine in exclues or origine in parties
    }:
        parties |= nouvelles
    return tuple(Entrainee(piece=piece, origine=origine) for piece, origine in parties.items())


def _originaux(bordereaux: Sequence[Bordereau]) -> list[tuple[Designee, Designee]]:
    """Each correction of this file with the pièce of this file that it corrects."""
    par_numero: dict[tuple[str, int, int], list[tuple[Designee, Piece]]] = defaultdict(list)
    for b in bordereaux:
        for p in b.pieces:
            par_numero[b.domaine.value, b.exercice, p.numero].append(((*cle_de(b), p.numero), p))
    return [
        ((*cle_de(b), p.numero), origine)
        for b in bordereaux
        for p in b.pieces
        for lien in _liens(p)
        for origine in _designees(
            par_numero.get((_domaine(b, lien), lien.exercice, lien.piece), ()), p
        )
    ]


def _domaine(correction: Bordereau, lien: Rattachement) -> str:
    return _ORIGINES.get((correction.domaine.value, lien.nature), "")


def _designees(memes: Iterable[tuple[Designee, Piece]], sauf: Piece) -> Iterator[Designee]:
    """Corrections may be numbered apart: of two pièces of one number, the plain one is meant."""
    autres = [(designee, p) for designee, p in memes if p is not sauf]
    simples = [designee for designee, p in autres if not any(_liens(p))]
    return iter(simples or [designee for designee, _ in autres])


def _liens(piece: Piece) -> Iterator[Rattachement]:
    return (ligne.rattachement for ligne in piece.lignes if ligne.rattachement is not None)


def exiger(suites: Sequence[Entrainee]) -> None:
    """A person who names what goes names its corrections too.

    Raises:
        UsageError: some are not named.
    """
    if not suites:
        return
    dites = ", ".join(s.phrase for s in suites)
    noms = ",".join(nom_de(s.piece) for s in suites)
    raise UsageError(
        f"{dites}, qui est ôté : une correction ne part pas sans ce qu'elle corrige ; ajouter"
        f" {noms} à --exclude"
    )
