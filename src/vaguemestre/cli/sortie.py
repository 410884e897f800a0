"""What commands print: JSON alone on stdout, or tables for people; progress goes to stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from pathlib import Path

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from typing_extensions import override

from vaguemestre.errors import (
    Anomalie,
    DepotError,
    DocumentError,
    Gravite,
    IllisibleError,
    UsageError,
    VaguemestreError,
)

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


# A pipe has no width of its own: wide enough that a table keeps one line per row for grep.
LARGEUR_SANS_TERMINAL = 160
LARGEUR_DE_LECTURE = 100
_couleurs: ContextVar[bool] = ContextVar("couleurs", default=True)


@contextmanager
def couleurs(permises: bool) -> Iterator[None]:
    """Whether what is printed inside may be coloured; NO_COLOR is respected besides."""
    jeton = _couleurs.set(permises)
    try:
        yield
    finally:
        _couleurs.reset(jeton)


class _Console(Console):
    """A console that lets a broken pipe through: the entry point gives it its exit code."""

    @override
    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def _console(*, stderr: bool, largeur: int) -> Console:
    sortie = _Console(stderr=stderr, highlight=False, no_color=None if _couleurs.get() else True)
    if not sortie.is_terminal and "COLUMNS" not in os.environ:
        sortie.width = largeur
    return sortie


def console() -> Console:
    """For people, on stdout."""
    return _console(stderr=False, largeur=LARGEUR_SANS_TERMINAL)


def discours() -> Console:
    """For people while a machine reads stdout."""
    return _console(stderr=True, largeur=LARGEUR_SANS_TERMINAL)


def page_d_aide() -> Console:
    """For a page of text, on stdout: lines short enough to be read."""
    sortie = _console(stderr=False, largeur=LARGEUR_DE_LECTURE)
    sortie.width = min(sortie.width, LARGEUR_DE_LECTURE)
    return sortie


def jour_et_heure(instant: datetime) -> str:
    """`21/11/2026 22:59` where the reader is; `--json` keeps the exact instant."""
    return f"{instant.astimezone():%d/%m/%Y %H:%M}"


def ecrire_json(document: object) -> None:
    """One JSON document and nothing else."""
    json.dump(document, sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")


class ListeJson:
    """One JSON list on stdout, written as its documents come: none of them is kept."""

    def __init__(self) -> None:
        self._vide = True

    def ajouter(self, document: object) -> None:
        texte = json.dumps(document, ensure_ascii=False, indent=1).replace("\n", "\n ")
        sys.stdout.write(("[\n " if self._vide else ",\n ") + texte)
        self._vide = False

    def finir(self) -> None:
        sys.stdout.write("[]\n" if self._vide else "\n]\n")


def existants(paths: Iterable[Path]) -> list[Path]:
    """The same paths.

    Raises:
        UsageError: one of them does not exist, or is a pipe, a socket or a device.
    """
    found = list(paths)
    for path in found:
        if not path.exists():
            raise UsageError(f"fichier introuvable : {path}")
        if not (path.is_file() or path.is_dir()):
            raise UsageError(f"ni un fichier ni un dossier : {path}")
    return found


def lisible(path: Path) -> Path:
    """The same path.

    Raises:
        IllisibleError: no file is there, or it may not be opened.
    """
    if not path.exists():
        raise IllisibleError("fichier introuvable", ref=str(path))
    if not path.is_file():
        raise IllisibleError("ce n'est pas un fichier", ref=str(path))
    try:
        path.open("rb").close()
    except OSError as error:
        raise IllisibleError(f"lecture refusée : {error.strerror}", ref=str(path)) from error
    return path


def a_ecrire(path: Path) -> Path:
    """The same path, of a file to be written.

    Raises:
        UsageError: its folder does not exist, or it is itself a folder.
    """
    if not path.parent.is_dir():
        raise UsageError(f"le dossier de sortie n'existe pas : {path.parent}")
    if path.is_dir():
        raise UsageError(f"la sortie doit être un fichier, et c'est un dossier : {path}")
    return path


@contextmanager
def attente(quoi: str) -> Iterator[None]:
    """Says on the terminal what takes its time; silent elsewhere, and gone once it is done."""
    sortie = discours()
    if not sortie.is_terminal:
        yield
        return
    with sortie.status(quoi):
        yield


@contextmanager
def progression(quoi: str, total: int) -> Iterator[Callable[[], None]]:
    """Counts on the terminal what is done, of `total`; silent elsewhere, or without a total."""
    sortie = discours()
    if not total or not sortie.is_terminal:
        yield _sans_rien_dire
        return
    with sortie.status(quoi) as etat:
        faits = iter(range(1, total + 1))
        yield lambda: etat.update(f"{quoi} ({next(faits)}/{total})")


def _sans_rien_dire() -> None:
    """Nobody looks."""


def tableau(
    titre: str,
    colonnes: Sequence[str],
    lignes: Iterable[Sequence[object]],
    *,
    entieres: Iterable[str] = (),
) -> Table:
    """A table; the columns of `entieres` are never wrapped (identifiers, names, instants)."""
    table = Table(title=titre, title_justify="left", box=box.SIMPLE_HEAD)
    table.show_edge, table.pad_edge, table.padding = False, False, (0, 1, 0, 0)
    insecables = set(entieres)
    for colonne in colonnes:
        table.add_column(colonne, overflow="fold", no_wrap=colonne in insecables)
    for ligne in lignes:
        table.add_row(*(_cellule(cellule) for cellule in ligne))
    return table


def _cellule(valeur: object) -> Text:
    """Plain text: a bracket in a file name is no colour."""
    if isinstance(valeur, datetime):
        return Text(jour_et_heure(valeur))
    return Text("" if valeur is None else str(valeur))


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
        sortie.print(lieu, markup=False, soft_wrap=not sortie.is_terminal)
        _retrait(sortie, _sans_lieu(anomalie))
        if anomalie.attendu:
            _retrait(sortie, f"attendu : {anomalie.attendu}")
        if anomalie.conseil:
            _retrait(sortie, f"→ {anomalie.conseil}")
        if anomalie.chemin:
            _retrait(sortie, anomalie.chemin, style="dim")


def _sans_lieu(anomalie: Anomalie) -> str:
    """The message without the place that stands before it already."""
    return anomalie.message.removeprefix(f"{anomalie.ref} : ")


def _retrait(sortie: Console, texte: str, style: str = "") -> None:
    if sortie.is_terminal:
        sortie.print(Padding(Text(texte, style), (0, 0, 0, 4), expand=False))
    else:
        # In a pipe one finding is found by grep whole: never cut, nothing after it.
        sortie.print(Text(f"    {texte}", style), soft_wrap=True)


def erreur_json(error: VaguemestreError) -> dict[str, object]:
    """What `--json` prints when the command could not be done."""
    anomalies = error.anomalies if isinstance(error, DepotError | DocumentError) else ()
    return {
        "erreur": {
            "code": error.code,
            "sortie": error.exit_code,
            "message": error.message,
            "ref": error.ref,
            "conseil": error.hint,
            "anomalies": [anomalie.as_json() for anomalie in anomalies],
        }
    }


def dire_erreur(error: VaguemestreError) -> None:
    """An error for people, on stderr: what, where, each finding, who does what next."""
    lieu = f" [{error.ref}]" if error.ref else ""
    print(f"{error.code}{lieu} : {error.message}", file=sys.stderr)  # noqa: T201
    if isinstance(error, DepotError | DocumentError):
        for anomalie in error.anomalies:
            ou = f"{anomalie.fichier} {anomalie.ref}".strip()
            dit = f"  - {ou} : {_sans_lieu(anomalie)} {anomalie.conseil}".rstrip()
            print(dit, file=sys.stderr)  # noqa: T201
    print(f"  {error.hint}", file=sys.stderr)  # noqa: T201
