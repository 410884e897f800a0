"""Commands; renders errors and tables, decides nothing.

Each command is a function of a module of this package, imported only when it is called: `check`
starts without the daemon's half of the house. This is one of the two entry points that may catch
anything at all.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError, Group
from cyclopts.exceptions import (
    CoercionError,
    MissingArgumentError,
    UnknownCommandError,
    UnknownOptionError,
)

from vaguemestre import __version__
from vaguemestre.errors import DepotError, DocumentError, VaguemestreError

USAGE = 2
INTERROMPU = 130

_GENRES = {
    "group_commands": "Commandes",
    "group_parameters": "Options",
    "group_arguments": "Arguments",
}


def _app(name: str, help_: str) -> App:
    app = App(
        name=name,
        help=help_,
        help_format="plaintext",
        version=__version__,
        version_flags=["--version"] if name == "vaguemestre" else [],
        group_commands=Group("Commandes"),
        group_parameters=Group("Options"),
        group_arguments=Group("Arguments"),
    )
    app["--help"].help = "Afficher cette aide."
    if name == "vaguemestre":
        app["--version"].help = "Afficher la version."
    return app


def construire() -> App:
    """The whole command tree; nothing heavy is imported."""
    app = _app("vaguemestre", "La passerelle entre les logiciels financiers et l'État.")
    ici = "vaguemestre.cli."
    for name, where in (
        ("init", "installation:init"),
        ("demo", "demonstration:demo"),
        ("run", "service:run"),
        ("check", "verifications:check"),
        ("build", "verifications:build"),
        ("sign", "signatures:sign"),
        ("verify", "signatures:verify"),
        ("ack", "verifications:ack"),
        ("doctor", "installation:doctor"),
        ("help", "pages:aide"),
    ):
        app.command(ici + where, name=name, help=_RESUMES[name])
    for name, commandes in _SOUS_COMMANDES.items():
        sous = _app(name, _RESUMES[name])
        for commande, (where, resume) in commandes.items():
            sous.command(ici + where, name=commande, help=resume)
        app.command(sous)
    return app


_RESUMES = {
    "init": "Créer une configuration commentée, les dossiers et la base.",
    "demo": "La chaîne entière sur des données fictives, avec la DGFiP simulée.",
    "run": "Le démon : dépôts, envois, acquits.",
    "check": "Que dirait Hélios ? Un PES, un dossier de dépôt ou un zip.",
    "build": "Un dépôt devient un PES Aller, non signé.",
    "sign": "Signer les bordereaux d'un PES (XAdES).",
    "verify": "Vérifier chaque signature, avec ses raisons.",
    "ack": "Lire un acquit ou un retour.",
    "doctor": "Tout va bien, ou ce qu'il faut faire.",
    "help": "Les pages d'aide.",
    "indigo": "Le jumeau INDIGO d'un PES.",
    "flux": "Le registre des flux.",
    "audit": "Le journal de preuve.",
    "schemas": "Les schémas PES et leurs dates d'effet.",
}
_SOUS_COMMANDES: dict[str, dict[str, tuple[str, str]]] = {
    "indigo": {
        "convert": ("jumeau:convert", "Convertir un PES en INDIGO."),
        "show": ("jumeau:show", "Montrer un fichier INDIGO zone par zone."),
        "layouts": ("jumeau:layouts", "Lister les dessins et leur statut."),
    },
    "flux": {
        "list": ("registre:lister", "Lister les flux."),
        "show": ("registre:show", "Montrer un flux, ses membres, ses étapes, ses réponses."),
        "replay": ("registre:replay", "Reprendre maintenant un flux en attente."),
        "resolve": ("registre:resolve", "Trancher un flux INCERTAIN."),
        "cancel": ("registre:cancel", "Annuler un flux qui n'est pas parti."),
    },
    "audit": {
        "verify": ("preuve:verify", "Recalculer tout le journal et le coffre, hors ligne."),
        "trace": ("preuve:trace", "La liste légale des fichiers échangés."),
        "proof": ("preuve:proof", "La preuve d'inscription d'une entrée."),
        "checkpoint": ("preuve:checkpoint", "Un point de contrôle signé."),
    },
    "schemas": {
        "list": ("installation:schemas_list", "Lister les schémas et leurs dates d'effet."),
    },
}


def _faute(error: CycloptsError) -> str:
    """A usage error in French; the library's own words are English."""
    match error:
        case UnknownCommandError():
            tokens = " ".join(error.unused_tokens or ())
            return f"commande inconnue : {tokens}"
        case UnknownOptionError():
            return f"option inconnue : {error.token.keyword or error.token.value}"
        case MissingArgumentError():
            nom = error.argument.name if error.argument is not None else ""
            return f"valeur manquante : {nom}"
        case CoercionError():
            valeur = error.token.value if error.token is not None else ""
            return f"valeur refusée : {valeur}"
        case _:
            return f"commande mal formée : {error}"


def _dire(error: VaguemestreError) -> None:
    lieu = f" [{error.ref}]" if error.ref else ""
    print(f"{error.code}{lieu} : {error.message}", file=sys.stderr)  # noqa: T201
    if isinstance(error, DepotError | DocumentError):
        for anomalie in error.anomalies:
            ou = f"{anomalie.fichier} {anomalie.ref}".strip()
            print(f"  - {ou} : {anomalie.message} {anomalie.conseil}".rstrip(), file=sys.stderr)  # noqa: T201
    print(f"  {error.hint}", file=sys.stderr)  # noqa: T201


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code (also used by `python -m vaguemestre`)."""
    tokens = list(sys.argv[1:] if argv is None else argv)
    app = construire()
    try:
        result = app(tokens, exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as error:
        print(f"vaguemestre : {_faute(error)}", file=sys.stderr)  # noqa: T201
        print("  « vaguemestre --help » liste les commandes.", file=sys.stderr)  # noqa: T201
        return USAGE
    except VaguemestreError as error:
        _dire(error)
        return error.exit_code
    except KeyboardInterrupt:
        return INTERROMPU
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return result if isinstance(result, int) else 0


def entree() -> None:
    """Console script."""
    sys.exit(main())
