"""The letters F, B and P of the reference, read again from its text: what must have a rule."""

from __future__ import annotations

import re
from pathlib import Path

_TITRE = re.compile(r"^#{3,4} ([0-9.]+)")
_LETTRE = re.compile(r"\*\*([FBP])\*\*")
_PREMIERE, _DERNIERE = 4, 8
_CONTROLES = "13"


def lire(reference: Path) -> dict[str, str]:
    """Every mark of the tables and prose of §4 to §8, and every row of §13, with its letters.

    Keys: « 5.5 InfoPce/TypPce » for a row of a table, « 6 prose 1 » for a paragraph or point in
    the order of its section, « 13 ligne 7 » for the control list.
    """
    trouvees: dict[str, str] = {}
    section, proses = "", 0
    for ligne in reference.read_text("utf-8").splitlines():
        if (titre := _TITRE.match(ligne)) is not None:
            section, proses = titre[1].rstrip("."), 0
            continue
        cases = [case.strip() for case in re.split(r"(?<!\\)\|", ligne)]
        if section == _CONTROLES:
            if len(cases) > 3 and cases[1].isdigit():
                trouvees[f"13 ligne {cases[1]}"] = _effets(cases[3])
            continue
        lettres = "".join(sorted(set(_LETTRE.findall(ligne))))
        if not lettres or not _PREMIERE <= int(section.partition(".")[0] or 0) <= _DERNIERE:
            continue
        if ligne.startswith("|"):
            trouvees[f"{section} {cases[2]}/{cases[1].replace('&nbsp;', '')}"] = lettres
        else:
            proses += 1
            trouvees[f"{section} prose {proses}"] = lettres
    return trouvees


def _effets(texte: str) -> str:
    return "".join(sorted(set(re.findall(r"[FBP]", texte))))
