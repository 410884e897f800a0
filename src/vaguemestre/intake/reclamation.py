"""The note that a claim leaves in its folder: whose deposit it is, and what goes with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from vaguemestre.intake.guet import Reclame
from vaguemestre.intake.inventaire import RECLAMATION


def lire_fiche(chemin: Path) -> dict[str, Any]:
    """The note at that place; {} when it cannot be read."""
    try:
        return contenu_de(chemin.read_bytes())
    except OSError:
        return {}


def contenu_de(octets: bytes) -> dict[str, Any]:
    """What a claim says; {} for one that a power cut left half-written."""
    try:
        contenu = json.loads(octets)
    except ValueError:
        return {}
    return contenu if isinstance(contenu, dict) else {}


def reclame_de(dossier: Path, fiche: dict[str, Any]) -> Reclame:
    """The claim of a folder whose note says `fiche`."""
    return Reclame(
        collectivite=dossier.parents[1].name,
        identifiant=dossier.name,
        nom=str(fiche.get("nom") or dossier.name),
        genre=str(fiche.get("genre", "")),
        dossier=dossier,
    )


def retirer_vide(dossier: Path) -> bool:
    """Remove a claim that took nothing; False when the folder holds something."""
    try:
        if {entree.name for entree in dossier.iterdir()} <= {RECLAMATION}:
            (dossier / RECLAMATION).unlink(missing_ok=True)
            dossier.rmdir()
            return True
    except OSError:
        return not dossier.exists()
    return False
