"""The shipped daemon and the simulated DGFiP, as separate processes, fed with small deposits."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import IO

from tests.bench.cadre import Faux
from vaguemestre.config.lecture import charger
from vaguemestre.config.sections import Configuration
from vaguemestre.domain.flux import Etat
from vaguemestre.formats.donnees import donnees
from vaguemestre.simulators.exemples import depot_mandats, siret
from vaguemestre.store.database import ouvrir
from vaguemestre.store.registre import Registre
from vaguemestre.wiring import EXEMPLE_MOT_DE_PASSE, preparer

MANDATS = 10
POIDS_PDF = 30_000
ANCIENS = "F9"
"""Flux that were put in the register before the measure (`remplissage`)."""

JOUR = date.today()  # noqa: DTZ011 — a local calendar day, as an office writes it
_TICS = os.sysconf("SC_CLK_TCK")
_ENVOYES = (Etat.EXPEDIE, Etat.ACQUITTE, Etat.ARCHIVE)
_ECHECS = (Etat.REJETE, Etat.REFUSE, Etat.PARTIEL, Etat.INCERTAIN, Etat.RETENU)


def environ() -> dict[str, str]:
    """The secrets of the sample key and of the simulator."""
    return os.environ | {
        "VAGUEMESTRE_BENCH_P12": EXEMPLE_MOT_DE_PASSE,
        "VAGUEMESTRE_SIMULATEUR_MOT_DE_PASSE": "mesure",
    }


def corps(rang: int) -> dict[str, str]:
    """A fictitious body: folder, SIRET, CodCol."""
    return {
        "dossier": f"commune-{rang}",
        "siret": siret(f"2134{rang:04d}"),
        "code": f"{100 + rang:03d}",
    }


def monter(dossier: Path, port: int, hotes: str, collectivites: int) -> Path:
    """The configuration: everything at its default (FULL, all controls), INDIGO off."""
    certs = donnees("certs-sample")
    texte = f"""
[depots]
calme = 0.5
periode = 0.5

[signature]
p12 = {_toml(certs / "signataire.p12")}
mot_de_passe = "env:VAGUEMESTRE_BENCH_P12"
role = "Maire"
ancres = [{_toml(certs / "racine.pem")}]
intermediaires = [{_toml(certs / "emettrice.pem")}]
crls = [{_toml(certs / "revoquees.crl.pem")}]

[[partenaire]]
nom = "dgfip"
type = "sftp"
hote = "127.0.0.1"
port = {port}
utilisateur = "vaguemestre"
mot_de_passe = "env:VAGUEMESTRE_SIMULATEUR_MOT_DE_PASSE"
hotes_connus = {_toml(Path(hotes))}
simulateur = true
periode_acquits = 1.0
"""
    for rang in range(collectivites):
        un = corps(rang)
        texte += f"""
[[collectivite]]
dossier = "{un["dossier"]}"
nom = "Commune de mesure {rang}"
siret = "{un["siret"]}"
code = "{un["code"]}"
poste = "034011"
partenaire = "dgfip"
[[collectivite.budget]]
code = "00"
libelle = "BUDGET PRINCIPAL"
"""
    chemin = dossier / "vaguemestre.toml"
    chemin.write_text(texte, "utf-8")
    return chemin


def _toml(chemin: Path) -> str:
    return json.dumps(str(chemin))


@dataclass(slots=True)
class Lot:
    """Deposits made aside, to be dropped at once: (where they wait, where they are dropped)."""

    faits: list[tuple[Path, Path]] = field(default_factory=list)

    def deposer(self) -> None:
        for de, vers in self.faits:
            de.rename(vers)


def preparer_lot(ou: Path, premier: int, nombre: int, collectivites: int) -> Lot:
    """One bordereau, ten mandats, ten one-page PDF of 30 KB each; no number twice."""
    lot = Lot()
    for rang in range(premier, premier + nombre):
        un = corps(rang % collectivites)
        nom = f"mandats-{rang:06d}"
        depot = depot_mandats(
            ou / "coulisse" / nom,
            bordereau=rang + 1,
            premier=rang * MANDATS + 1,
            nombre=MANDATS,
            date=f"{JOUR:%d/%m/%Y}",
            exercice=JOUR.year,
            poids=POIDS_PDF - 900,
        )
        lot.faits.append((depot, ou / "echanges" / un["dossier"] / "depot" / nom))
    return lot


def cpu(pid: int) -> float:
    """Seconds of processor (user and system) of a process and of those it started, alive."""
    tics, parents = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            champs = stat.read_text("ascii", "replace").rpartition(") ")[2].split()
            numero = int(stat.parent.name)
            tics[numero], parents[numero] = int(champs[11]) + int(champs[12]), int(champs[1])
    famille = [pid, *(enfant for enfant, parent in parents.items() if parent == pid)]
    return sum(tics[membre] for membre in famille) / _TICS


@dataclass(frozen=True, slots=True)
class Passage:
    """What one lot cost. Seconds; `cpu_*` until the last deposit is archived."""

    nombre: int
    duree: float
    duree_archive: float
    cpu_demon: float
    cpu_simulateur: float

    @property
    def debit(self) -> float:
        """Deposits a second, from the drop to the last EXPEDIE."""
        return self.nombre / self.duree

    @property
    def cpu_par_depot(self) -> float:
        return self.cpu_demon / self.nombre


class Chantier:
    """A running daemon and its partner."""

    def __init__(
        self, ou: Path, config: Configuration, demon: subprocess.Popen[bytes], simulateur: int
    ) -> None:
        self.ou, self.config = ou, config
        self._processus = demon
        self._demon, self._simulateur = demon.pid, simulateur
        self._base = ouvrir(config.base.url, config.racine)
        self.registre = Registre(self._base)

    def fermer(self) -> None:
        self._base.fermer()

    def arreter_demon(self) -> None:
        """The partner stays: for calls that must not meet the daemon."""
        self._processus.send_signal(signal.SIGTERM)
        self._processus.wait(timeout=60)

    def passer(self, lot: Lot, delai: float) -> Passage:
        """Drop a lot and wait until all of it is archived.

        Raises:
            Faux: something was refused, or did not arrive in `delai` seconds.
        """
        avant = self._partis()
        depart = cpu(self._demon), cpu(self._simulateur)
        debut = time.monotonic()
        lot.deposer()
        attendus = avant + len(lot.faits)
        self._attendre(_ENVOYES, attendus, debut + delai)
        parti = time.monotonic()
        self._attendre((Etat.ARCHIVE,), attendus, debut + delai)
        fin = time.monotonic()
        return Passage(
            len(lot.faits),
            parti - debut,
            fin - debut,
            cpu(self._demon) - depart[0],
            cpu(self._simulateur) - depart[1],
        )

    def _partis(self) -> int:
        return sum(self.registre.comptes().get(etat, 0) for etat in _ENVOYES)

    def _attendre(self, etats: Sequence[Etat], nombre: int, fin: float) -> None:
        while True:
            comptes = self.registre.comptes()
            echecs = {etat.value: comptes[etat] for etat in _ECHECS if etat in comptes}
            if echecs:
                raise Faux(f"flux en échec : {echecs} (voir {self.ou}/demon.log)")
            if sum(comptes.get(etat, 0) for etat in etats) >= nombre:
                return
            if time.monotonic() > fin:
                raise Faux(f"{nombre} flux attendus, trouvés : {comptes} (voir {self.ou})")
            time.sleep(0.05)

    def verifier(self) -> None:
        """None lost, none twice: the partner's own register against ours.

        Raises:
            Faux: they differ.
        """
        texte = (self.ou / "dgfip" / "registre.jsonl").read_text("utf-8")
        lignes = [json.loads(ligne) for ligne in texte.splitlines()]
        recus = [str(ligne["nomfic"]) for ligne in lignes]
        tous = self.registre.lister(limite=1_000_000)
        envoyes = [vu.nomfic for vu in tous if not vu.id.startswith(ANCIENS)]
        if len(set(recus)) != len(recus) or any(ligne["deja_vu"] for ligne in lignes):
            raise Faux("le partenaire a reçu deux fois un même fichier")
        if sorted(recus) != sorted(envoyes):
            raise Faux(f"{len(envoyes)} flux envoyés, {len(recus)} reçus par le partenaire")


@contextmanager
def chantier(
    ou: Path, collectivites: int, avant: Callable[[Configuration], None] = lambda _: None
) -> Iterator[Chantier]:
    """Start the simulator, then the daemon, in `ou`; stop both.

    `avant` is called on the prepared installation before the daemon starts.
    """
    secrets = environ()
    with _processus(ou / "dgfip.log", secrets, *_simulateur(ou)) as dgfip:
        annonce = json.loads(_ligne(dgfip.stdout))
        chemin = monter(ou, int(annonce["port"]), str(annonce["hotes_connus"]), collectivites)
        config = charger(chemin, secrets)
        preparer(config)
        avant(config)
        argv = ("vaguemestre", "run", "-c", str(chemin))
        with _processus(ou / "demon.log", secrets, *argv) as demon:
            ouvert = Chantier(ou, config, demon, dgfip.pid)
            try:
                yield ouvert
            finally:
                ouvert.fermer()


def _simulateur(ou: Path) -> tuple[str, ...]:
    return ("vaguemestre.simulators", "dgfip", "--racine", str(ou / "dgfip"), "--port", "0")


def _ligne(sortie: IO[bytes] | None) -> bytes:
    ligne = sortie.readline() if sortie is not None else b""
    if not ligne:
        raise Faux("la DGFiP simulée n'a pas démarré")
    return ligne


@contextmanager
def _processus(
    journal: Path, secrets: dict[str, str], *argv: str
) -> Iterator[subprocess.Popen[bytes]]:
    with journal.open("wb") as erreurs:
        processus = subprocess.Popen(
            [sys.executable, "-m", *argv], env=secrets, stdout=subprocess.PIPE, stderr=erreurs
        )
        try:
            yield processus
        finally:
            processus.send_signal(signal.SIGTERM)
            try:
                processus.wait(timeout=30)
            except subprocess.TimeoutExpired:
                processus.kill()
                processus.wait()
            if processus.stdout is not None:
                processus.stdout.close()
