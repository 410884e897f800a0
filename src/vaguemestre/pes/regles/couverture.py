"""Which rule answers for which mark of the reference, and what nobody here can see.

`couverture.json` holds our own list: each place that the reference marks F, B or P, and each row
of its control list, with the rules, the schema, another room, or a reason why it stays outside.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_LISTE = Path(__file__).with_name("couverture.json")


@dataclass(frozen=True, slots=True)
class Marque:
    """One mark. `lettres`: F, B, P; `schema`: (sound file, fragment, what the schema refuses).

    `ailleurs`: findings that another room makes; `dehors`: why something stays unseen, or ''.
    """

    lettres: str
    regles: tuple[str, ...] = ()
    schema: tuple[tuple[str, str, str], ...] = ()
    ailleurs: tuple[str, ...] = ()
    dehors: str = ""


@cache
def marques() -> Mapping[str, Marque]:
    """Every mark, by its place: « 5.5 InfoPce/TypPce », « 6 prose 1 », « 13 ligne 7 »."""
    return {
        place: Marque(
            lue["lettres"],
            tuple(lue.get("regles", ())),
            tuple((base, ancien, neuf) for base, ancien, neuf in lue.get("schema", ())),
            tuple(lue.get("ailleurs", ())),
            lue.get("dehors", ""),
        )
        for place, lue in json.loads(_LISTE.read_text("utf-8"))["marques"].items()
    }


@cache
def autres_sources() -> Mapping[str, str]:
    """Blocking rules that stand on something else than a mark: id -> what they stand on."""
    sources: dict[str, str] = json.loads(_LISTE.read_text("utf-8"))["autres_sources"]
    return sources
