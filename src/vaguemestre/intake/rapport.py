"""`rapport.json` and `rapport.html`: what became of a deposit, for programs and for people.

The page is self-contained (no script, no font, no image from outside), printable, and readable
by a screen reader; everything in it is escaped.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from vaguemestre.errors import Anomalie, RessourceError
from vaguemestre.intake.constats import ORDRE, gravite_en_premier
from vaguemestre.intake.tableau import BORDS

MONTREES = 1000
"""Findings shown on the page; all of them are in rapport.json, and the page says so."""

_LIBELLES = {
    "rejet_flux": "Bloque tout le dépôt",
    "rejet_bordereau": "Bloque le bordereau",
    "rejet_pj": "Bloque la pièce justificative",
    "avertissement": "Avertissement",
}
_NOMS_DE_SIGNES = {
    "\u00a0": "espace insécable",
    "\u202f": "espace fine insécable",
    "\u2009": "espace fine",
    "\u00ad": "tiret conditionnel",
    "\u200b": "espace sans largeur",
    BORDS: BORDS,
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


_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("gabarits")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def ecrire_rapport(dossier: Path, rapport: RapportDepot) -> None:
    """Write both files into the folder, each whole or not at all.

    Raises:
        RessourceError: disk full, folder locked; to be tried again.
    """
    contenu = json.dumps(rapport.as_json(), ensure_ascii=False, indent=1) + "\n"
    try:
        _ecrire(dossier / "rapport.json", contenu)
        _ecrire(dossier / "rapport.html", page(rapport))
    except OSError as error:
        raise RessourceError(f"rapport impossible dans {dossier} ({error.strerror})") from error


def page(rapport: RapportDepot) -> str:
    """The HTML page."""
    anomalies = gravite_en_premier(rapport.anomalies)
    comptes = [
        (_LIBELLES[gravite.value], nombre)
        for gravite in ORDRE
        if (nombre := sum(1 for a in anomalies if a.gravite is gravite))
    ]
    return _PAGES.get_template("rapport.html").render(
        rapport=rapport,
        quand=_lisible(rapport.date),
        anomalies=anomalies[:MONTREES],
        reste=max(len(anomalies) - MONTREES, 0),
        comptes=comptes,
        libelles=_LIBELLES,
        remplacements=[(nommer(s), n) for s, n in sorted(rapport.remplacements.items())],
    )


def _lisible(date: str) -> str:
    """« 21/11/2026 à 22:49 (UTC) »; what is no ISO date stays as it is."""
    try:
        return datetime.fromisoformat(date).astimezone(UTC).strftime("%d/%m/%Y à %H:%M (UTC)")
    except ValueError:
        return date


def nommer(signe: str) -> str:
    """What was replaced, in words where the eye cannot see it."""
    if signe in _NOMS_DE_SIGNES:
        return _NOMS_DE_SIGNES[signe]
    if len(signe) == 1 and (signe.isspace() or not signe.isprintable()):
        return f"caractère U+{ord(signe):04X}"
    return f"« {signe} »"


def _ecrire(chemin: Path, texte: str) -> None:
    provisoire = chemin.with_name(f".{chemin.name}.tmp")
    with provisoire.open("w", encoding="utf-8", errors="replace", newline="\n") as flux:
        flux.write(texte)
        flux.flush()
        os.fsync(flux.fileno())
    provisoire.replace(chemin)
