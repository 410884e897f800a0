"""Every statement of the reference that a rule, the schema or nobody answers, read from its text.

A statement: a row of a table of §5 that says more than a type, a row of the tables of §6 and §7, a
paragraph or point of §6 to §9, a row of the control list of §13.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TITRE = re.compile(r"^#{3,4} ([0-9.]+)")
_STOCKES = Path(__file__).with_name("enonces.json")
_ENTETES = frozenset({"Element", "Code", "Purpose", "#"})
_SECTIONS = frozenset({"5", "6", "7", "8", "9", "13"})


@dataclass(frozen=True, slots=True)
class Reponse:
    """What answers a statement. `empreinte` is that of its words: when they change, so must it.

    `note`: what the schema says of it, or why there is nothing to check.
    """

    empreinte: str
    regles: tuple[str, ...]
    note: str


def stockes() -> dict[str, Reponse]:
    """Our list, by place: « 5.5 InfoPce/TypPce », « 6 prose 8 / 01 », « 13 ligne 7 »."""
    return {
        place: Reponse(empreinte, tuple(regles), note)
        for place, (empreinte, regles, note) in json.loads(_STOCKES.read_text("utf-8")).items()
    }


def lire_enonces(reference: Path) -> dict[str, str]:
    """Place -> digest of its words, derived again from the text of the reference."""
    trouves: dict[str, str] = {}
    for place, texte in _enonces(reference.read_text("utf-8").splitlines()):
        assert place not in trouves, place
        trouves[place] = hashlib.sha256(texte.encode()).hexdigest()[:8]
    return trouves


def _enonces(lignes: list[str]) -> Iterator[tuple[str, str]]:
    section, proses = "", 0
    for ligne in lignes:
        if (titre := _TITRE.match(ligne)) is not None:
            section, proses = titre[1].rstrip("."), 0
        elif section.partition(".")[0] not in _SECTIONS or not ligne.strip():
            continue
        elif not ligne.startswith("|"):
            proses += 1
            yield f"{section} prose {proses}", ligne.strip()
        elif (rangee := _rangee(section, proses, ligne)) is not None:
            yield rangee


def _rangee(section: str, proses: int, ligne: str) -> tuple[str, str] | None:
    """A row of a table, unless it is a heading or says nothing."""
    cases = [case.strip() for case in re.split(r"(?<!\\)\|", ligne)]
    if cases[1] in _ENTETES or set(cases[1]) <= set("-: "):
        return None
    if section.startswith("5."):
        dit = cases[5] if len(cases) > 5 else ""
        place = f"{section} {cases[2]}/{cases[1].replace('&nbsp;', '')}"
        return (place, dit) if dit else None
    if section == "13":
        return f"13 ligne {cases[1]}", ligne
    return f"{section} prose {proses} / {cases[1]}", ligne
