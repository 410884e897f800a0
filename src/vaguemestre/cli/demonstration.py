"""`demo`: the shipped daemon and the simulated DGFiP, as separate processes, on fictitious data."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import IO, Annotated

from cyclopts import Parameter
from rich.console import Console

from vaguemestre.cli.sortie import console, tableau
from vaguemestre.config.lecture import charger
from vaguemestre.domain.flux import Etat
from vaguemestre.errors import UsageError
from vaguemestre.simulators import scene
from vaguemestre.store.database import ouvrir
from vaguemestre.store.registre import Registre
from vaguemestre.store.vues import FluxVu
from vaguemestre.wiring import EXEMPLE_MOT_DE_PASSE, preparer

DELAI = 25.0
ECHEC = 1


def demo(
    dossier: Path | None = None,
    /,
    *,
    once: Annotated[
        bool, Parameter(negative="", help="Finir seul dès que tout est réglé.")
    ] = False,
    port: Annotated[int, Parameter(help="Port du serveur SFTP simulé ; 0 : un port libre.")] = 0,
) -> int:
    """La chaîne entière sur des données fictives, avec la DGFiP simulée.

    Args:
        dossier: où jouer la démonstration ; par défaut, un dossier temporaire.
    """
    ou = dossier or Path(tempfile.mkdtemp(prefix="vaguemestre-demo-"))
    if ou.exists() and any(ou.iterdir()):
        raise UsageError(f"{ou} n'est pas vide ; donner un dossier neuf")
    ou.mkdir(parents=True, exist_ok=True)
    environ = os.environ | {
        "VAGUEMESTRE_DEMO_P12": EXEMPLE_MOT_DE_PASSE,
        "VAGUEMESTRE_SIMULATEUR_MOT_DE_PASSE": secrets.token_hex(8),
    }
    sortie = console()
    sortie.print(
        f"Démonstration dans {ou.resolve()} : données fictives, clés d'exemple.", markup=False
    )
    scene.regles(ou / "regles.json")
    with _simulateur(ou, port, environ) as annonce:
        config = scene.monter(ou, int(str(annonce["port"])), str(annonce["hotes_connus"]))
        preparer(charger(config, environ))
        sortie.print(f"DGFiP simulée : sftp://127.0.0.1:{annonce['port']}")
        debut = time.monotonic()
        with _demon(ou, config, environ) as demon:
            scene.deposer(ou / "echanges", date.today())  # noqa: DTZ011 — a local calendar day
            sortie.print("Dépôts faits ; le démon travaille…")
            regle = _suivre(Vue(ou, charger(config, environ).base.url), demon, once)
        duree = time.monotonic() - debut
    return _conclure(sortie, ou, regle, duree)


class Vue:
    """What can be seen of the demo from outside: its register and its folders."""

    def __init__(self, ou: Path, url: str) -> None:
        self._ou = ou
        self._base = ouvrir(url, ou)
        self.registre = Registre(self._base)

    def flux(self, attendu: scene.Attendu) -> FluxVu | None:
        """The flux that a sample deposit became."""
        for vu in self.registre.lister(collectivite=attendu.collectivite):
            depot = self.registre.depot(vu.depot)
            if depot is not None and depot.nom == attendu.depot:
                return vu
        return None

    def etat(self, attendu: scene.Attendu) -> str:
        rejet = self._ou / "echanges" / attendu.collectivite / "rejets" / attendu.depot
        if (rejet / "rapport.json").exists():
            return "rejeté par nous"
        vu = self.flux(attendu)
        return vu.etat.value if vu is not None else "en attente"

    def comme_prevu(self, attendu: scene.Attendu) -> bool:
        if attendu.etat is None:
            return self.etat(attendu) == "rejeté par nous"
        vu = self.flux(attendu)
        return vu is not None and vu.etat is attendu.etat and vu.recus == attendu.membres

    def reglee(self, attendu: scene.Attendu) -> bool:
        """Nothing more will happen to it."""
        vu = self.flux(attendu)
        finis = {Etat.ARCHIVE, Etat.PARTIEL, Etat.REFUSE, Etat.REJETE}
        return self.etat(attendu) == "rejeté par nous" or (vu is not None and vu.etat in finis)

    def fermer(self) -> None:
        self._base.fermer()


Bilan = list[tuple[scene.Attendu, str, bool]]


def _suivre(vue: Vue, demon: subprocess.Popen[bytes], once: bool) -> Bilan:
    """Until every sample is settled (or, without `once`, until Ctrl-C)."""
    fin = time.monotonic() + DELAI
    try:
        while demon.poll() is None:
            reglees = all(vue.reglee(attendu) for attendu in scene.ATTENDUS)
            if once and (reglees or time.monotonic() > fin):
                break
            time.sleep(0.2)
    except KeyboardInterrupt:
        pass
    bilan = [(a, vue.etat(a), vue.comme_prevu(a)) for a in scene.ATTENDUS]
    vue.fermer()
    return bilan


def _conclure(sortie: Console, ou: Path, bilan: Bilan, duree: float) -> int:
    sortie.print(
        tableau(
            f"Ce qui s'est passé, en {duree:.1f} s",
            ("", "dépôt", "attendu", "état"),
            (
                ("✔" if bon else "✘", f"{a.collectivite}/{a.depot}", a.recit, etat)
                for a, etat, bon in bilan
            ),
        )
    )
    sortie.print("L'INDIGO est écrit selon un dessin FICTIF, que seul le simulateur accepte.")
    sortie.print(
        f"À regarder : {ou}/echanges/valombre/rejets/mandats-fautifs/rapport.html", markup=False
    )
    sortie.print(f"             vaguemestre flux list -c {ou}/vaguemestre.toml", markup=False)
    sortie.print(f"             vaguemestre audit verify -c {ou}/vaguemestre.toml", markup=False)
    return 0 if all(bon for _, _, bon in bilan) else ECHEC


@contextmanager
def _simulateur(ou: Path, port: int, environ: dict[str, str]) -> Iterator[dict[str, object]]:
    argv = [sys.executable, "-m", "vaguemestre.simulators", "dgfip", "--racine", str(ou / "dgfip")]
    argv += ["--port", str(port), "--regles", str(ou / "regles.json")]
    with (ou / "dgfip.log").open("wb") as journal:
        processus = subprocess.Popen(argv, env=environ, stdout=subprocess.PIPE, stderr=journal)  # noqa: S603
        try:
            yield _annonce(processus.stdout, ou / "dgfip.log")
        finally:
            _finir(processus)


def _annonce(sortie: IO[bytes] | None, journal: Path) -> dict[str, object]:
    ligne = sortie.readline() if sortie is not None else b""
    if not ligne:
        raise UsageError(f"la DGFiP simulée n'a pas démarré : voir {journal}")
    annonce: dict[str, object] = json.loads(ligne)
    return annonce


@contextmanager
def _demon(ou: Path, config: Path, environ: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    argv = [sys.executable, "-m", "vaguemestre", "run", "-c", str(config)]
    with (ou / "demon.log").open("wb") as journal:
        processus = subprocess.Popen(argv, env=environ, stderr=journal)  # noqa: S603
        try:
            yield processus
        finally:
            _finir(processus)


def _finir(processus: subprocess.Popen[bytes]) -> None:
    if processus.poll() is None:
        processus.send_signal(signal.SIGTERM)
        try:
            processus.wait(timeout=20)
        except subprocess.TimeoutExpired:
            processus.kill()
    processus.wait()
    if processus.stdout is not None:
        processus.stdout.close()
