"""`--rapport FILE`: the same findings, written in the formats that the names ask for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from vaguemestre import __version__
from vaguemestre.cli.sortie import a_ecrire, discours
from vaguemestre.rapport.formats import connu, ecrire
from vaguemestre.rapport.modele import FichierVu
from vaguemestre.workflows.explications import composer


def verifier_rapports(chemins: Iterable[Path]) -> None:
    """Before anything is checked: each report has a format that we know and a folder.

    Raises:
        UsageError: one of them has not.
    """
    for chemin in chemins:
        connu(a_ecrire(chemin))


def ecrire_rapports(
    fichiers: Sequence[FichierVu], chemins: Sequence[Path], *, titre: str = "", quand: str = ""
) -> None:
    """Write each report, and say so to the person; without a path, nothing.

    Raises:
        RessourceError: one cannot be written.
    """
    if not chemins:
        return
    rapport = composer(fichiers, version=__version__, titre=titre, quand=quand)
    for chemin in chemins:
        ecrire(rapport, chemin)
        discours().print(f"rapport : {chemin}", markup=False)
