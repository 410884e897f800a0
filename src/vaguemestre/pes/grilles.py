"""Closed lists that the protocol speaks of and that were not found, as data that a body completes.

Annexe 2 (TypBord/TypPce/NatPce), annexe 3 (CatTiers/NatJur) and the list of civilités are not
public (pes.md §14). `grilles.json` holds what the prose and the field show, with its status: what
is absent there is a warning and never a rejection, and `[pes.grilles]` adds what the accountant
says is right.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_LIVREES = Path(__file__).with_name("grilles.json")
Combinaison = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grilles:
    """What is known to be admitted. A combination is (« 01 », « 01 », « 02 »).

    `statut` says how sure the shipped lists are: « inféré ».
    """

    depense: frozenset[Combinaison]
    recette: frozenset[Combinaison]
    tiers: frozenset[Combinaison]
    civilites: frozenset[str]
    statut: str

    def completees(
        self,
        *,
        depense: Iterable[str] = (),
        recette: Iterable[str] = (),
        tiers: Iterable[str] = (),
        civilites: Iterable[str] = (),
    ) -> Grilles:
        """The same lists with what a body adds, written « 01/01/05 », « 50/04 », « DR »."""
        return Grilles(
            self.depense | _combinaisons(depense),
            self.recette | _combinaisons(recette),
            self.tiers | _combinaisons(tiers),
            self.civilites | {civilite.upper() for civilite in civilites},
            self.statut,
        )


def _combinaisons(textes: Iterable[str]) -> frozenset[Combinaison]:
    return frozenset(tuple(texte.split("/")) for texte in textes)


@cache
def livrees() -> Grilles:
    """The lists of `grilles.json`."""
    lu = json.loads(_LIVREES.read_text("utf-8"))
    return Grilles(
        _combinaisons(lu["triplets"]["depense"]),
        _combinaisons(lu["triplets"]["recette"]),
        _combinaisons(lu["couples_tiers"]),
        frozenset(lu["civilites"]),
        lu["statut"],
    )
