"""Examines one file in a process of its own: prints its verdict, findings and memory as JSON."""

from __future__ import annotations

import json
import resource
import sys
from collections import Counter
from pathlib import Path

from vaguemestre.pes.examen import examiner
from vaguemestre.pes.schema import charger


def plus_haut() -> float:
    """Most memory this process ever held, in MB.

    Where the kernel tells it, `VmHWM`: `ru_maxrss` keeps what the parent held before exec.
    """
    etat = Path("/proc/self/status")
    if etat.exists():
        for ligne in etat.read_text("ascii", "replace").splitlines():
            if ligne.startswith("VmHWM:"):
                return int(ligne.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    schemas = charger("5.30")
    _ = schemas.xmlschema
    avant = plus_haut()
    examen = examiner(Path(sys.argv[1]), schemas=schemas)
    apres = plus_haut()
    places = {(a.chemin, a.ligne) for a in examen.anomalies}
    json.dump(
        {
            "verdict": examen.verdict,
            "regles": dict(Counter(a.regle for a in examen.anomalies)),
            "places": len(places),
            "pj": len(examen.sommaire.pjs) if examen.sommaire else 0,
            "avant": avant,
            "apres": apres,
        },
        sys.stdout,
    )


main()
