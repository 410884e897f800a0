"""Commands; renders errors and tables, decides nothing.

Each command is a function of a module of this package, imported only when it is called: `check`
starts without the daemon's half of the house. This is one of the two entry points that may catch
anything at all.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

from cyclopts import App, CycloptsError, Group, Parameter

from vaguemestre import __version__
from vaguemestre.cli.francais import AideEnFrancais, faute
from vaguemestre.cli.sortie import couleurs, dire_erreur, ecrire_json, erreur_json, page_d_aide
from vaguemestre.errors import RessourceError, VaguemestreError

USAGE = 2
INTERROMPU = 130
# What a shell says of a program whose reader went away; never 0, the output is not whole.
TUYAU_ROMPU = 141
SANS_COULEUR = "--no-color"


def _app(name: str, help_: str) -> App:
    racine = name == "vaguemestre"
    app = App(
        name=name,
        help=help_,
        help_format="plaintext",
        help_formatter=AideEnFrancais(),
        help_epilogue=_EPILOGUE if racine else "",
        default_parameter=Parameter(negative_iterable=(), negative_none=()),
        version=__version__,
        version_flags=["--version"] if racine else [],
        group_commands=Group("Commandes"),
        group_parameters=Group("Options"),
        group_arguments=Group("Arguments"),
    )
    app["--help"].help = "Afficher cette aide."
    if racine:
        app["--version"].help = "Afficher la version."
    return app


_EPILOGUE = (
    "« vaguemestre COMMANDE --help » décrit une commande ; « vaguemestre help » liste les pages"
    " d'aide. --no-color, ou la variable NO_COLOR : sans couleurs."
)


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
        ("generate", "generation:generate"),
        ("ack", "acquits:ack"),
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
    "generate": "Des PES d'essai, valides ou fautifs, pour les bancs des éditeurs.",
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
        "learn": ("dessins:learn", "Déduire un dessin de fichiers acceptés par le comptable."),
        "diff": ("dessins:diff", "Comparer deux fichiers INDIGO, zone par zone."),
        "valider": ("dessins:valider", "Valider un brouillon sur des fichiers acceptés."),
    },
    "flux": {
        "list": ("registre:lister", "Lister les flux."),
        "show": ("registre:show", "Montrer un flux, ses membres, ses étapes, ses réponses."),
        "replay": ("registre:replay", "Reprendre maintenant un flux en attente."),
        "resolve": ("registre:resolve", "Trancher un flux INCERTAIN."),
        "cancel": ("registre:cancel", "Annuler un flux qui n'est pas parti."),
        "reissue": ("reemission:reissue", "Refaire un flux sans les pièces rejetées."),
        "reponses": ("reponses:lister", "Les réponses qui demandent un regard."),
        "attach": ("reponses:attach", "Attacher à la main une réponse à un flux."),
    },
    "audit": {
        "verify": ("preuve:verify", "Recalculer tout le journal et le coffre, hors ligne."),
        "trace": ("preuve:trace", "La liste légale des fichiers échangés."),
        "proof": ("preuve:proof", "La preuve d'inscription d'une entrée."),
        "checkpoint": ("preuve:checkpoint", "Un point de contrôle signé."),
    },
    "schemas": {
        "list": ("schemas:lister", "Lister les schémas, leur origine et leurs dates d'effet."),
        "add": ("schemas:add", "Ajouter un paquet officiel (dossier ou zip)."),
        "impact": ("schemas:impact", "Ce que l'archive deviendrait sous une autre version."),
    },
}


def _rendre(error: VaguemestreError, *, json: bool) -> int:
    dire_erreur(error)
    if json:
        ecrire_json(erreur_json(error))
    return error.exit_code


def _du_systeme(error: OSError) -> RessourceError:
    """A file or folder that the system refuses; its reason is the system's own word."""
    return RessourceError(
        f"le système refuse : {error.strerror or error}", ref=str(error.filename or "")
    )


def _dire_defaut() -> None:
    print(  # noqa: T201
        f"{VaguemestreError.code} : défaut interne ; joindre ce qui suit au signalement.",
        file=sys.stderr,
    )
    traceback.print_exc()


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code (also used by `python -m vaguemestre`)."""
    tokens = list(sys.argv[1:] if argv is None else argv)
    with couleurs(SANS_COULEUR not in tokens):
        return _executer([token for token in tokens if token != SANS_COULEUR])


def _executer(tokens: list[str]) -> int:
    try:
        result = construire()(
            tokens,
            exit_on_error=False,
            print_error=False,
            result_action="return_value",
            console=page_d_aide(),
        )
        sys.stdout.flush()
    except CycloptsError as error:
        print(f"vaguemestre : {faute(error)}", file=sys.stderr)  # noqa: T201
        commande = " ".join(("vaguemestre", *(error.command_chain or ())))
        print(f"  « {commande} --help » dit comment l'écrire.", file=sys.stderr)  # noqa: T201
        return USAGE
    except VaguemestreError as error:
        return _rendre(error, json="--json" in tokens)
    except KeyboardInterrupt:
        return INTERROMPU
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return TUYAU_ROMPU
    except OSError as error:
        return _rendre(_du_systeme(error), json="--json" in tokens)
    except Exception:  # noqa: BLE001 — entry point: a defect is said, with its trace, and has its code
        _dire_defaut()
        return VaguemestreError.exit_code
    return result if isinstance(result, int) else 0


def entree() -> None:
    """Console script."""
    sys.exit(main())
