"""The library's own words, in French: help pages and usage errors."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, get_args

from cyclopts import CycloptsError
from cyclopts.exceptions import (
    CoercionError,
    MissingArgumentError,
    RepeatArgumentError,
    UnknownCommandError,
    UnknownOptionError,
    UnusedCliTokensError,
)
from cyclopts.help import DefaultFormatter, HelpEntry, HelpPanel
from rich.console import Console, ConsoleOptions
from rich.text import Text
from typing_extensions import override

if TYPE_CHECKING:
    from cyclopts.argument import Argument

MOTS = {
    "COMMAND": "COMMANDE",
    "ARGS": "ARGUMENTS",
    "PATH": "CHEMIN",
    "STR": "TEXTE",
    "INT": "NOMBRE",
    "CHOICE": "CHOIX",
}
_SANS_INTERET = frozenset({"False", "()", ".", ""})


def _mot(anglais: str) -> str:
    """`[ARGS...]` becomes `[ARGUMENTS...]`; what is no word of the library stays."""
    nu = anglais.strip("[].")
    return anglais.replace(nu, MOTS[nu]) if nu in MOTS else anglais


class AideEnFrancais(DefaultFormatter):
    """The library's help pages with French words; the layout stays the library's."""

    @override
    def __call__(self, console: Console, options: ConsoleOptions, panel: HelpPanel) -> None:
        entrees = [self._traduire(entree) for entree in panel.entries]
        super().__call__(console, options, panel.copy(entries=entrees))

    @override
    def render_usage(self, console: Console, options: ConsoleOptions, usage: Any) -> None:
        mots = str(usage).removeprefix("Usage:").split()
        console.print(Text("Usage : " + " ".join(_mot(mot) for mot in mots) + "\n", "bold"))

    def _traduire(self, entree: HelpEntry) -> HelpEntry:
        notes = []
        if entree.choices:
            notes.append("Au choix : " + ", ".join(entree.choices) + ".")
        if entree.default is not None and entree.default not in _SANS_INTERET:
            notes.append(f"(par défaut\u00a0: {entree.default})")
        if entree.required:
            notes.append("(obligatoire)")
        texte = _texte(entree.description)
        return entree.copy(
            description=Text(" ".join(filter(None, (texte, *notes)))),
            metavar=None if entree.metavar is None else " ".join(map(_mot, entree.metavar.split())),
            choices=None,
            default=None,
            required=False,
        )


def _texte(description: Any) -> str:
    return str(getattr(description, "primary_renderable", description) or "")


def faute(error: CycloptsError) -> str:
    """A usage error as one French sentence: what was wrong, and the nearest right word."""
    match error:
        case UnknownCommandError():
            dit = (error.unused_tokens or [""])[0]
            connues = [] if error.app is None else [n for n in error.app if not n.startswith("-")]
            return f"commande inconnue : {dit}{_proche(dit, connues)}"
        case UnknownOptionError():
            dit = error.token.keyword or error.token.value
            connues = [nom for argument in error.argument_collection for nom in argument.names]
            return f"option inconnue : {dit}{_proche(dit, connues)}"
        case MissingArgumentError():
            return f"valeur manquante : {_nom(error.argument)}"
        case CoercionError():
            return _refus(error)
        case RepeatArgumentError():
            return f"option donnée deux fois : {error.token.keyword}"
        case UnusedCliTokensError():
            return f"argument de trop : {' '.join(error.unused_tokens or ())}"
        case _:
            return "commande mal formée"


def _refus(error: CoercionError) -> str:
    ou = (error.token.keyword if error.token is not None else None) or _nom(error.argument)
    dit = "" if error.token is None else error.token.value
    permises = _permises(error)
    suite = f" ; au choix : {', '.join(permises)}" if permises else ""
    return f"valeur refusée pour {ou} : « {dit} »{suite}{_proche(dit, permises)}"


def _permises(error: CoercionError) -> list[str]:
    """The values that a choice may take, as they are typed."""
    choix = getattr(error.target_type, "__members__", None) or get_args(error.target_type)
    if error.argument is not None and isinstance(choix, Mapping):
        return [error.argument.parameter.name_transform(nom) for nom in choix]
    return [str(un) for un in choix if isinstance(un, str)]


def _nom(argument: Argument | None) -> str:
    if argument is None:
        return ""
    nom: str = argument.name
    return nom if argument.field_info.is_keyword_only else nom.lstrip("-").upper()


def _proche(dit: str, connus: Iterable[str]) -> str:
    par_minuscules = {connu.lower(): connu for connu in connus}
    proches = difflib.get_close_matches(dit.lower(), par_minuscules, n=1, cutoff=0.5)
    return f", vouliez-vous dire « {par_minuscules[proches[0]]} » ?" if proches else ""
