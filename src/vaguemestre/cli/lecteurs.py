"""The readers of PDFs that a command opens; they end with it."""

from __future__ import annotations

import atexit
from typing import TYPE_CHECKING

from vaguemestre.pj.pages import LecteurPdf

if TYPE_CHECKING:
    from vaguemestre.config.sections import Configuration


def ouvrir_lecteurs(config: Configuration | None) -> LecteurPdf:
    """A pool as configured; no process starts before the first PDF."""
    from vaguemestre.pj.texte import LecteurTexte

    lecteurs = LecteurTexte.selon(config.pj if config is not None else None)
    atexit.register(lecteurs.fermer)
    return lecteurs
