"""`check`, `build`, `ack`: what a file says, without touching anything."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from vaguemestre.cli.installation import EnJson, Fichier
from vaguemestre.cli.sortie import console, dire_anomalies, discours, ecrire_json, existants, tableau
from vaguemestre.config import chercher
from vaguemestre.domain.acquits import Acquit, Retour
from vaguemestre.errors import DocumentError, IllisibleError, UsageError

_MAX_LIGNES = 200


def check(
    *fichiers: Path,
    json: EnJson = False,
    schema: Annotated[str | None, Parameter(help="Version du schéma (5.30, 5.17).")] = None,
    schema_only: Annotated[
        bool, Parameter(negative="", help="Le schéma seul, sans les règles ni les PJ.")
    ] = False,
    config: Fichier = None,
) -> int:
    """Que dirait Hélios ? Ne touche à rien.

    Args:
        fichiers: des PES Aller, des dossiers de dépôt ou des zip.
    """
    from vaguemestre.workflows.verdict import controler_chemin

    chemins = existants(fichiers)
    reglages = chercher(config)
    verdicts = []
    for chemin in chemins:
        verdict = controler_chemin(
            chemin, reglages, schema=schema, schema_seul=schema_only
        )
        verdicts.append(verdict)
        if not json:
            _dire_verdict(verdict)
    if json:
        documents = [verdict.as_json() for verdict in verdicts]
        ecrire_json(documents[0] if len(documents) == 1 else documents)
    bloque = any(verdict.verdict == "rejete" for verdict in verdicts)
    return DocumentError.exit_code if bloque else 0
