"""The simulated Guichet: takes a file away, judges it, leaves the answer.

One folder: `depot/` and `retrait/` are what the SFTP server shows; `recus/` keeps every file that
was taken, `attente/` the answers whose hour has not come, `registre.jsonl` one line per file taken.
The register survives a restart: duplicates are found across lives.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from vaguemestre.errors import Anomalie, IllisibleError
from vaguemestre.simulators.acquits import REBUT, acquit, hors_schema, nom_acquit
from vaguemestre.simulators.lecture import FluxLu, est_xml, lire_flux
from vaguemestre.simulators.regles import Regle, Regles
from vaguemestre.simulators.suites import suites
from vaguemestre.simulators.verdict import Cle, acceptes, juger

Controle = Callable[[Path], Sequence[Anomalie]]


@dataclass(frozen=True, slots=True)
class Reponse:
    """A file for the outbox; `delai` in seconds."""

    nom: str
    contenu: bytes
    delai: float


class Guichet:
    """`controle` is None: only duplicates and the presence of signatures are checked."""

    def __init__(self, racine: Path, regles: Regles, controle: Controle | None = None) -> None:
        self.racine, self.regles, self._controle = racine, regles, controle
        for nom in ("depot", "retrait", "recus", "attente"):
            (racine / nom).mkdir(parents=True, exist_ok=True)
        self._registre = racine / "registre.jsonl"
        self._connus: set[Cle] = set()
        self._contenus: set[str] = set()
        self._positions = 0
        self._rang = 0
        self._relire()

    def _relire(self) -> None:
        if not self._registre.exists():
            return
        for ligne in self._registre.read_text("utf-8").splitlines():
            entree = json.loads(ligne)
            self._rang = max(self._rang, entree["rang"])
            self._positions += entree["pes"]
            self._contenus.add(entree["empreinte"])
            self._connus.update(tuple(cle) for cle in entree["acceptes"])

    def prendre(self, nom: str) -> Path:
        """Take a complete file away from `depot/`; where it lies now."""
        self._rang += 1
        cible = self.racine / "recus" / f"{self._rang:06d}~{nom}"
        (self.racine / "depot" / nom).rename(cible)
        return cible

    def traiter(self, path: Path) -> list[Reponse]:
        """Judge one taken file and write its line in the register; the answers, maybe none."""
        rang, _, nom = path.name.partition("~")
        # Tells two files apart, nothing more: twice as fast as SHA-256 without its instructions.
        contenu = hashlib.blake2b(path.read_bytes(), digest_size=32).hexdigest()
        entree: dict[str, object] = {
            "rang": int(rang),
            "nom": nom,
            "taille": path.stat().st_size,
            "empreinte": contenu,
            "deja_vu": contenu in self._contenus,
            "pes": 0,
            "acceptes": [],
        }
        self._contenus.add(contenu)
        reponses = self._repondre(path, nom, entree) if est_xml(path) else []
        with self._registre.open("a", encoding="utf-8") as registre:
            registre.write(json.dumps(entree, ensure_ascii=False) + "\n")
        return reponses

    def _repondre(self, path: Path, nom: str, entree: dict[str, object]) -> list[Reponse]:
        try:
            flux = lire_flux(path)
        except IllisibleError as error:
            entree["illisible"] = error.message
            return []
        self._positions += 1
        regle = self.regles.choisir(flux, nom, self._positions)
        elements = juger(
            flux,
            self._controle(path) if self._controle else (),
            regle,
            signature=self.regles.signature,
            connus=self._connus if self.regles.doublons else frozenset(),
        )
        nouveaux = acceptes(flux, elements)
        self._connus.update(nouveaux)
        entree |= {
            "pes": 1,
            "nomfic": flux.entete.nomfic,
            "reponse": regle.reponse,
            "acceptes": nouveaux,
        }
        if regle.reponse == "aucun":
            return []
        contenu = acquit(flux.entete, elements, version=self.regles.version)
        instant = datetime.now(UTC)
        suite = suites(flux, elements, regle, instant, self._positions)
        return [
            *self._exemplaires(flux, nom, regle, contenu),
            *(Reponse(n, octets, regle.delai) for n, octets in suite),
        ]

    def _exemplaires(self, flux: FluxLu, nom: str, regle: Regle, contenu: bytes) -> list[Reponse]:
        contenu = {"schema": hors_schema(contenu), "rebut": REBUT}.get(regle.reponse, contenu)
        instant, forme = datetime.now(UTC), self.regles.nom_acquit
        return [
            Reponse(nom_acquit(flux.entete, nom, instant, rang, forme), contenu, regle.delai)
            for rang in range(1, regle.exemplaires + 1)
        ]

    def mettre_en_attente(self, reponse: Reponse) -> tuple[float, Path]:
        """Keep an answer until its hour (seconds since the epoch); where it waits."""
        heure = time.time() + reponse.delai
        cible = self.racine / "attente" / f"{heure:.3f}~{reponse.nom}"
        provisoire = cible.with_name(f".{cible.name}")
        provisoire.write_bytes(reponse.contenu)
        provisoire.rename(cible)
        return heure, cible

    def en_attente(self) -> list[tuple[float, Path]]:
        """Answers that an earlier life left, with their hour."""
        chemins = [p for p in (self.racine / "attente").iterdir() if not p.name.startswith(".")]
        return sorted((float(p.name.partition("~")[0]), p) for p in chemins)

    def rendre(self, attente: Path) -> None:
        """Put an answer into the outbox, whole; a name that is taken already gets a suffix."""
        nom = attente.name.partition("~")[2]
        cible, rang = self.racine / "retrait" / nom, 1
        while cible.exists():
            rang += 1
            tige, point, suffixe = nom.rpartition(".")
            cible = cible.with_name(f"{tige}_{rang}{point}{suffixe}")
        attente.rename(cible)

    def laisses(self) -> list[str]:
        """Complete names that lie in `depot/`, oldest first: an earlier life did not take them."""
        entrees = [e for e in os.scandir(self.racine / "depot") if e.is_file()]
        entrees = [e for e in entrees if not e.name.endswith(".part")]
        return [e.name for e in sorted(entrees, key=lambda e: e.stat().st_mtime)]
