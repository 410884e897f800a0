"""Building the large file against `isal` gzip and `pybase64` alone, on the same bytes."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pybase64
from isal import igzip

from tests.bench import fonds, memoire
from tests.bench.cadre import Faux, Mesure, meilleur, sous_processus
from vaguemestre.archive.coffre import empreinte_fichier
from vaguemestre.pes.build import ecrire

RAPPORT, MEMOIRE = 2.0, 60.0


def mesurer(depot: Path, tours: int) -> list[Mesure]:
    """Time as a ratio, memory in MB over the idle process, of one build in a process of its own."""
    vu = json.loads(sous_processus("construire", str(depot), str(tours)))
    detail = f"{vu['produit']:.3f} s contre {vu['reference']:.3f} s, {vu['taille'] / 1e6:.1f} Mo"
    return [
        Mesure("construire / (isal + pybase64)", vu["rapport"], "×", RAPPORT, detail=detail),
        Mesure("construire : mémoire au-dessus du repos", vu["memoire"], "Mo", MEMOIRE),
    ]


def isole(depot: Path, tours: int) -> dict[str, float]:
    """Build `tours` times, the reference between two builds."""
    repos = memoire.residente()
    document = fonds.document(depot)
    vers = depot.with_name("construit.xml")
    memoire.oublier_le_pic()
    ecrit = ecrire(document, vers)
    pic = memoire.pic() - repos
    if ecrit.empreinte != empreinte_fichier(vers):
        raise Faux("les empreintes rendues ne sont pas celles du fichier écrit")
    chemins = [pj.chemin for pj in document.pieces_justificatives if pj.chemin is not None]
    produit, reference = [], []
    for _ in range(tours):
        vers.unlink()
        debut = time.perf_counter()
        ecrire(document, vers)
        produit.append(time.perf_counter() - debut)
        debut = time.perf_counter()
        for chemin in chemins:
            _seuls(chemin)
        reference.append(time.perf_counter() - debut)
    taille = vers.stat().st_size
    vers.unlink()
    return {
        "produit": meilleur(produit),
        "reference": meilleur(reference),
        "rapport": meilleur(produit) / meilleur(reference),
        "memoire": pic,
        "taille": taille,
    }


def _seuls(chemin: Path) -> bytes:
    """gzip then base64 of one file, at the level of the product, to nowhere."""
    return pybase64.b64encode(igzip.compress(chemin.read_bytes(), 1))


if __name__ == "__main__":
    print(json.dumps(isole(Path(sys.argv[1]), int(sys.argv[2]))))
