"""`audit verify | trace | proof | checkpoint`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from vaguemestre.audit.extraits import preuve, trace_csv, trace_xml
from vaguemestre.audit.extraits import trace as lignes_de_trace
from vaguemestre.audit.verification import verifier
from vaguemestre.cli.installation import EnJson, Fichier, configuration
from vaguemestre.cli.sortie import console, discours, ecrire_json, existants
from vaguemestre.errors import IntegrityError, UsageError
from vaguemestre.store.lecture import LectureSql, lecture
from vaguemestre.wiring import Portes, portes


@contextmanager
def _journal(config: Path | None) -> Iterator[tuple[Portes, LectureSql]]:
    with portes(configuration(config)) as ouvertes, lecture(ouvertes.base) as journal:
        yield ouvertes, journal


def verify(
    *,
    temoin: Annotated[
        tuple[Path, ...], Parameter(help="Un point de contrôle gardé ailleurs ; répétable.")
    ] = (),
    sans_coffre: Annotated[
        bool, Parameter(negative="", help="Ne pas relire les octets du coffre.")
    ] = False,
    json: EnJson = False,
    config: Fichier = None,
) -> int:
    """Recalculer tout le journal et le coffre, hors ligne."""
    notes = [path.read_text("utf-8") for path in existants(temoin)] if temoin else []
    with _journal(config) as (ouvertes, journal):
        rapport = verifier(
            journal,
            ouvertes.scribe().verificateur,
            objet=None if sans_coffre else ouvertes.coffre.mesurer,
            temoins=notes,
        )
    if json:
        ecrire_json(rapport.as_json())
    else:
        mot = "[green]intact[/]" if rapport.intact else "[bold red]ALTÉRÉ[/]"
        console().print(
            f"Journal {mot} : {rapport.entrees} entrées, {rapport.points} point(s) de contrôle,"
            f" {rapport.objets} objets au coffre"
        )
        console().print(f"racine {rapport.racine}", markup=False)
        for ecart in rapport.ecarts:
            console().print(f"  - {ecart}", markup=False)
    return 0 if rapport.intact else IntegrityError.exit_code


def trace(
    *,
    forme: Annotated[
        Literal["csv", "xml"],
        Parameter(name="--format", help="csv (une ligne par fichier) ou xml."),
    ] = "csv",
    config: Fichier = None,
) -> int:
    """La liste légale des fichiers échangés (arrêté du 27 juin 2007, O1-8)."""
    with _journal(config) as (_, journal):
        lignes = lignes_de_trace(journal.feuilles())
        texte = trace_csv(lignes) if forme == "csv" else trace_xml(lignes)
    console().out(texte.rstrip("\n"), highlight=False)
    return 0


def proof(
    flux: str,
    /,
    *,
    sortie: Annotated[
        Path | None, Parameter(name=["--output", "-o"], help="Un dossier pour les preuves.")
    ] = None,
    config: Fichier = None,
) -> int:
    """La preuve d'inscription de chaque étape d'un flux.

    Args:
        flux: le numéro d'un flux ou d'un dépôt, ou celui d'une entrée du journal.
    """
    reglages = configuration(config)
    with portes(reglages) as ouvertes:
        note = ouvertes.journal.point(ouvertes.scribe().point)
        with lecture(ouvertes.base) as journal:
            rangs = [int(flux)] if flux.isdigit() else journal.feuilles_du_flux(flux)
            if not rangs:
                raise UsageError(f"rien au journal pour {flux}")
            for rang in rangs:
                ((_, feuille),) = journal.feuilles(rang, rang + 1)
                _rendre(sortie, rang, feuille, preuve(journal, rang, note).ecrire())
        discours().print(f"clé du journal : {ouvertes.scribe().verificateur.vkey}", markup=False)
    return 0


def _rendre(sortie: Path | None, rang: int, feuille: bytes, texte: str) -> None:
    if sortie is None:
        console().out(texte, highlight=False)
        return
    sortie.mkdir(parents=True, exist_ok=True)
    (sortie / f"{rang}.feuille").write_bytes(feuille)
    (sortie / f"{rang}.tlog-proof").write_text(texte, "utf-8")
    console().print(f"écrit : {sortie / f'{rang}.tlog-proof'}", markup=False)


def checkpoint(*, config: Fichier = None) -> int:
    """Un point de contrôle signé ; en garder une copie ailleurs."""
    with portes(configuration(config)) as ouvertes:
        note = ouvertes.journal.point(ouvertes.scribe().point)
        console().out(note.rstrip("\n"), highlight=False)
        discours().print(f"clé du journal : {ouvertes.scribe().verificateur.vkey}", markup=False)
    return 0
