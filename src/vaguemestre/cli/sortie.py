"""What commands print: JSON alone on stdout, or tables for people; progress goes to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from vaguemestre.errors import Anomalie, Gravite, UsageError

_COULEURS = {
    Gravite.REJET_FLUX: "bold red",
    Gravite.REJET_BORDEREAU: "red",
    Gravite.REJET_PJ: "magenta",
    Gravite.AVERTISSEMENT: "yellow",
}
_ORDRE = {gravite: rang for rang, gravite in enumerate(Gravite)}
ETIQUETTES = {
    Gravite.REJET_FLUX: "rejet du flux",
    Gravite.REJET_BORDEREAU: "rejet du bordereau",
    Gravite.REJET_PJ: "rejet de la PJ",
    Gravite.AVERTISSEMENT: "avertissement",
}


def console() -> Console:
    """For people, on stdout."""
    return Console(highlight=False)


def discours() -> Console:
    """For people while a machine reads stdout."""
    return Console(stderr=True, highlight=False)


def ecrire_json(document: object) -> None:
    """One JSON document and nothing else."""
    json.dump(document, sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")


def existants(paths: Iterable[Path]) -> list[Path]:
    """The same paths.

    Raises:
        UsageError: one of them does not exist, or none was given.
    """
    found = list(paths)
    if not found:
        raise UsageError("donner au moins un fichier")
    for path in found:
        if not path.exists():
            raise UsageError(f"fichier introuvable : {path}")
    return found


def tableau(titre: str, colonnes: Sequence[str], lignes: Iterable[Sequence[object]]) -> Table:
    """A table whose cells never wrap identifiers away."""
    table = Table(title=titre, title_justify="left", show_lines=False)
    for colonne in colonnes:
        table.add_column(colonne, overflow="fold")
    for ligne in lignes:
        table.add_row(*("" if cellule is None else str(cellule) for cellule in ligne))
    return table


def dire_anomalies(sortie: Console, anomalies: Sequence[Anomalie]) -> None:
    """Most serious first; each with its place, its value, and what to do."""
    for anomalie in sorted(anomalies, key=lambda a: _ORDRE[a.gravite]):
        style = _COULEURS[anomalie.gravite]
        lieu = " ".join(
            filter(
                None,
                (
                    anomalie.fichier,
                    anomalie.ref,
                    f"ligne {anomalie.ligne}" if anomalie.ligne else "",
                    f"colonne {anomalie.colonne}" if anomalie.colonne else "",
                ),
            )
        )
        sortie.print(
            f"[{style}]{ETIQUETTES[anomalie.gravite]}[/] [dim]{anomalie.regle}[/] ", end=""
        )
        sortie.print(lieu, markup=False)
        sortie.print(f"    {anomalie.message}", markup=False)
        if anomalie.conseil:
            sortie.print(f"    → {anomalie.conseil}", markup=False)
        if anomalie.chemin:
            sortie.print(f"    {anomalie.chemin}", markup=False, style="dim")
