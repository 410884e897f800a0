"""`python -m vaguemestre.simulators dgfip --racine DIR --port N [--regles FICHIER.json]`.

When the server listens, one JSON line goes to stdout: `{"pret": true, "port": …}`. SIGTERM and
SIGINT stop it cleanly, exit code 0.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
from pathlib import Path

from vaguemestre.errors import VaguemestreError
from vaguemestre.simulators import regles as page_des_regles
from vaguemestre.simulators.guichet import Controle, Guichet
from vaguemestre.simulators.regles import Regles, charger_regles
from vaguemestre.simulators.serveur import Simulateur

VARIABLE = "VAGUEMESTRE_SIMULATEUR_MOT_DE_PASSE"
MOT_DE_PASSE = "repetition"


def arguments() -> argparse.ArgumentParser:
    """The command line; its help holds the page of the rules."""
    analyseur = argparse.ArgumentParser(
        prog="python -m vaguemestre.simulators",
        description="Partenaires simulés, pour répéter sans la DGFiP.",
    )
    choix = analyseur.add_subparsers(dest="partenaire", required=True)
    dgfip = choix.add_parser(
        "dgfip",
        help="serveur SFTP qui prend les PES et rend des acquits",
        description="Serveur SFTP de la DGFiP simulée : dossiers depot/ et retrait/.",
        epilog=page_des_regles.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    dgfip.add_argument("--racine", type=Path, required=True, help="dossier du simulateur")
    dgfip.add_argument("--port", type=int, default=0, help="0 : un port libre (défaut)")
    dgfip.add_argument("--adresse", default="127.0.0.1", help="défaut : cette machine seulement")
    dgfip.add_argument("--regles", type=Path, help="fichier JSON décrit ci-dessous")
    dgfip.add_argument("--utilisateur", default="vaguemestre")
    dgfip.add_argument(
        "--sans-controle", action="store_true", help="ne vérifier ni schéma ni règles"
    )
    return analyseur


def main(argv: list[str] | None = None) -> int:
    """Run one simulator until it is told to stop; the exit code."""
    options = arguments().parse_args(argv)
    logging.getLogger("asyncssh").setLevel(logging.CRITICAL)
    try:
        regles = charger_regles(options.regles)
        controle = None if options.sans_controle else _controle(regles)
        guichet = Guichet(options.racine, regles, controle)
        simulateur = Simulateur(
            guichet,
            utilisateur=options.utilisateur,
            mot_de_passe=os.environ.get(VARIABLE, MOT_DE_PASSE),
            adresse=options.adresse,
        )
        asyncio.run(_servir(simulateur, options.port))
    except VaguemestreError as error:
        sys.stderr.write(f"{error.message}\n{error.hint}\n")
        return error.exit_code
    except OSError as error:
        sys.stderr.write(f"le simulateur ne démarre pas : {error}\n")
        return 1
    return 0


def _controle(regles: Regles) -> Controle | None:
    """The product's checks are loaded only where they are wanted: they cost half a second."""
    if not regles.controle:
        return None
    from vaguemestre.simulators.controle import controle_du_produit

    return controle_du_produit(regles.version_schema, regles.schemas)


async def _servir(simulateur: Simulateur, port: int) -> None:
    fin = asyncio.Event()
    boucle = asyncio.get_running_loop()
    for numero in (signal.SIGTERM, signal.SIGINT):
        boucle.add_signal_handler(numero, fin.set)
    await simulateur.start(port)
    annonce = {
        "pret": True,
        "port": simulateur.port,
        "adresse": simulateur.adresse,
        "utilisateur": simulateur.utilisateur,
        "hotes_connus": str(simulateur.hotes_connus.resolve()),
        "depot": "depot",
        "retrait": "retrait",
    }
    sys.stdout.write(json.dumps(annonce) + "\n")
    sys.stdout.flush()
    await fin.wait()
    await simulateur.stop()


if __name__ == "__main__":
    sys.exit(main())
