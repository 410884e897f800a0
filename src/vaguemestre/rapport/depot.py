"""`rapport.json` and `rapport.html`: what became of a deposit, for programs and for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from vaguemestre.errors import Anomalie
from vaguemestre.formats.explication import compter, gravite_en_premier
from vaguemestre.rapport.ecriture import poser
from vaguemestre.rapport.modele import expliquer
from vaguemestre.rapport.page import lisible, rendre

GROUPES_MONTRES = 1000
"""Kinds of findings shown on the page; all findings are in rapport.json, and the page says so."""

_NOMS_DE_SIGNES = {
    "\u00a0": "espace insécable",
    "\u202f": "espace fine insécable",
    "\u2009": "espace fine",
    "\u00ad": "tiret conditionnel",
    "\u200b": "espace sans largeur",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FluxRapport:
    """One flux made of the deposit, as far as it went. Amounts are text, ready to read."""

    flux: str
    nomfic: str
    budget: str
    etat: str = ""
    bordereaux: tuple[str, ...] = ()
    pieces: int = 0
    pj: int = 0
    total_ht: str = "0"


@dataclass(frozen=True, slots=True, kw_only=True)
class RapportDepot:
    """Everything the sender should know. `verdict`: accepte or rejete. `date`: ISO, UTC."""

    depot: str
    collectivite: str
    verdict: str
    date: str
    forme: str = ""
    flux: tuple[FluxRapport, ...] = ()
    anomalies: tuple[Anomalie, ...] = ()
    remplacements: Mapping[str, int] = field(default_factory=dict)
    totaux: Mapping[str, str | int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The content of rapport.json; findings gravest first."""
        return {
            "depot": self.depot,
            "collectivite": self.collectivite,
            "verdict": self.verdict,
            "date": self.date,
            "forme": self.forme,
            "flux": [asdict(flux) for flux in self.flux],
            "anomalies": [a.as_json() for a in gravite_en_premier(self.anomalies)],
            "remplacements": dict(self.remplacements),
            "totaux": dict(self.totaux),
        }


def ecrire_rapport(dossier: Path, rapport: RapportDepot) -> None:
    """Write both files into the folder, each whole or not at all.

    Raises:
        RessourceError: disk full, folder locked; to be tried again.
    """
    contenu = json.dumps(rapport.as_json(), ensure_ascii=False, indent=1) + "\n"
    poser(dossier / "rapport.json", contenu.encode("utf-8", errors="replace"))
    poser(dossier / "rapport.html", page(rapport).encode("utf-8", errors="replace"))


def page(rapport: RapportDepot) -> str:
    """The HTML page."""
    explications = expliquer(rapport.anomalies)
    return rendre(
        "depot.html",
        rapport=rapport,
        quand=lisible(rapport.date),
        explications=explications[:GROUPES_MONTRES],
        reste=sum(e.groupe.nombre for e in explications[GROUPES_MONTRES:]),
        comptes=compter(rapport.anomalies),
        remplacements=[(nommer(s), n) for s, n in sorted(rapport.remplacements.items())],
    )


def nommer(signe: str) -> str:
    """What was replaced, in words where the eye cannot see it."""
    if signe in _NOMS_DE_SIGNES:
        return _NOMS_DE_SIGNES[signe]
    if len(signe) == 1 and (signe.isspace() or not signe.isprintable()):
        return f"caractère U+{ord(signe):04X}"
    # Several letters are already words: what was done to a whole value.
    return signe if len(signe) > 2 else f"« {signe} »"
