"""Signing the bordereaux of the large file against copying it."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import memoire
from tests.bench.cadre import Faux, Mesure, meilleur, sous_processus
from tests.bench.fonds import BORDEREAUX
from vaguemestre.signature.proprietes import OptionsSignature
from vaguemestre.signature.xades import PesSigne, signer
from vaguemestre.wiring import signataire_d_exemple

SURCOUT, MEMOIRE = 0.3, 80.0


def mesurer(pes: Path, tours: int, quoi: str) -> list[Mesure]:
    """Seconds over the copy, memory in MB over the idle process; `quoi` names the file."""
    vu = json.loads(sous_processus("signer", str(pes), str(tours)))
    detail = f"{vu['produit']:.3f} s contre {vu['copie']:.3f} s"
    return [
        Mesure(
            f"signer, {quoi} : de plus que la copie", vu["surcout"], "s", SURCOUT, detail=detail
        ),
        Mesure(f"signer, {quoi} : mémoire au-dessus du repos", vu["memoire"], "Mo", MEMOIRE),
    ]


def isole(pes: Path, tours: int) -> dict[str, float]:
    """Sign `tours` times, a durable copy between two signatures."""
    vers, copie = pes.with_name("signe.xml"), pes.with_name("copie.xml")
    signataire = signataire_d_exemple()
    repos = memoire.residente()
    memoire.oublier_le_pic()
    produit, copies, pic = [], [], 0.0
    for tour in range(tours):
        vers.unlink(missing_ok=True)
        debut = time.perf_counter()
        signe = signer(pes, vers, signataire, OptionsSignature(role="Maire"), _quand(), _aucun)
        produit.append(time.perf_counter() - debut)
        if tour == 0:
            pic = memoire.pic() - repos
            _verifier(signe)
        copie.unlink(missing_ok=True)
        debut = time.perf_counter()
        _copier(pes, copie)
        copies.append(time.perf_counter() - debut)
    copie.unlink()
    return {
        "produit": meilleur(produit),
        "copie": meilleur(copies),
        "surcout": meilleur(produit) - meilleur(copies),
        "memoire": pic,
    }


def _quand() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _aucun(_: object) -> None:
    """Every bordereau carries its MtCumulAnnuel."""


def _verifier(signe: PesSigne) -> None:
    if len(signe.signatures) != BORDEREAUX:
        raise Faux(f"{len(signe.signatures)} signatures, {BORDEREAUX} attendues")


def _copier(de: Path, vers: Path) -> None:
    shutil.copyfile(de, vers)
    with vers.open("rb+") as fichier:
        os.fsync(fichier.fileno())


if __name__ == "__main__":
    print(json.dumps(isole(Path(sys.argv[1]), int(sys.argv[2]))))
