"""`generate`: PES files for the test benches of editors."""

from __future__ import annotations

import json as texte_json
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from vaguemestre.cli.options import EnJson
from vaguemestre.cli.sortie import console, ecrire_json
from vaguemestre.errors import UsageError
from vaguemestre.simulators.generateur import engendrer

MANIFESTE = "manifeste.json"


def generate(
    *,
    dossier: Annotated[Path, Parameter(name=["--output", "-o"], help="Le dossier à remplir.")],
    graine: Annotated[int, Parameter(help="La même graine, les mêmes octets.")] = 1,
    nombre: Annotated[int, Parameter(help="Combien de fichiers.")] = 10,
    fautes: Annotated[
        bool, Parameter(negative="", help="Chacun avec une faute, une règle après l'autre.")
    ] = False,
    json: EnJson = False,
) -> int:
    """Des PES d'essai, valides ou fautifs, pour les bancs des éditeurs.

    Tout y est fictif. « manifeste.json » dit de chaque fichier s'il est valide, ou quelle règle
    « vaguemestre check » y trouve enfreinte.
    """
    if nombre < 1:
        raise UsageError("il faut au moins un fichier (--nombre)")
    if dossier.exists() and (not dossier.is_dir() or any(dossier.iterdir())):
        raise UsageError(f"{dossier} existe déjà et n'est pas un dossier vide")
    dossier.mkdir(parents=True, exist_ok=True)
    manifeste = []
    for exemplaire in engendrer(graine, nombre, fautes=fautes):
        (dossier / exemplaire.nom).write_bytes(exemplaire.octets)
        manifeste.append(exemplaire.as_json())
    dit = texte_json.dumps(manifeste, ensure_ascii=False, indent=1) + "\n"
    (dossier / MANIFESTE).write_text(dit, "utf-8", newline="\n")
    if json:
        ecrire_json(manifeste)
    else:
        quoi = "fautif(s)" if fautes else "valide(s)"
        console().print(f"{len(manifeste)} PES {quoi} dans {dossier}, et {MANIFESTE}", markup=False)
    return 0
