"""Reports as web pages: self-contained (no script, no font, no image from outside), printable,
readable by a screen reader; everything in them is escaped.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from vaguemestre.formats.explication import LIBELLES, compter
from vaguemestre.rapport.modele import Rapport, expliquer

FICHIERS_MONTRES = 1000
"""Accepted files that a page lists one by one; those with findings are all in the groups."""

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("gabarits")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    auto_reload=False,
)


def rendre(gabarit: str, **valeurs: Any) -> str:
    """A page of this room; every page knows how gravities are called."""
    return _PAGES.get_template(gabarit).render(libelles=LIBELLES, **valeurs)


def html(rapport: Rapport) -> bytes:
    """The page of a report, UTF-8."""
    anomalies = rapport.anomalies
    texte = rendre(
        "controle.html",
        rapport=rapport,
        quand=lisible(rapport.quand),
        explications=expliquer(anomalies),
        comptes=compter(anomalies),
        fichiers=rapport.fichiers[:FICHIERS_MONTRES],
        reste=max(len(rapport.fichiers) - FICHIERS_MONTRES, 0),
    )
    return texte.encode("utf-8", errors="replace")


def lisible(date: str) -> str:
    """« 21/11/2026 à 22:49 (UTC) »; what is no ISO date stays as it is."""
    try:
        return datetime.fromisoformat(date).astimezone(UTC).strftime("%d/%m/%Y à %H:%M (UTC)")
    except ValueError:
        return date
