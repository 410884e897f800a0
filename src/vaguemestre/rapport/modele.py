"""What every format of a report says: the files, their verdicts, their findings, the rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from vaguemestre.errors import Anomalie, Gravite
from vaguemestre.formats.explication import (
    Groupe,
    gravite_en_premier,
    lieu,
    regrouper,
    sans_lieu,
)

MONTREES = 10
"""Places of one group that a page shows; it says how many more there are, and where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegleDite:
    """A rule of the catalogue, for whoever reads a report by program.

    `enonce`: the rule restated; `source`: section of the reference; `confiance`: how sure it is.
    """

    id: str
    gravite: Gravite
    enonce: str
    source: str = ""
    confiance: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FichierVu:
    """One path that was judged. `total_ht` is text, ready to read; `verdict`: accepte, rejete."""

    nom: str
    verdict: str
    schema: str
    anomalies: tuple[Anomalie, ...] = ()
    bordereaux: int = 0
    pieces: int = 0
    pj: int = 0
    total_ht: str = "0"

    @property
    def placees(self) -> tuple[Anomalie, ...]:
        """Its findings, each with the whole path of its file: names alone may be alike."""
        return tuple(replace(a, fichier=self._chemin(a.fichier)) for a in self.anomalies)

    def _chemin(self, fichier: str) -> str:
        if fichier in {"", self.nom, PurePath(self.nom).name}:
            return self.nom
        return str(PurePath(self.nom) / fichier)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rapport:
    """What was found in some files. `version`: of this program; `quand`: ISO, or '' for none.

    Without `quand` a report depends on the files alone: the same files, the same bytes.
    """

    titre: str
    version: str
    fichiers: tuple[FichierVu, ...]
    catalogue: tuple[RegleDite, ...] = ()
    quand: str = ""

    @property
    def verdict(self) -> str:
        refuse = any(fichier.verdict == "rejete" for fichier in self.fichiers)
        return "rejete" if refuse else "accepte"

    @property
    def anomalies(self) -> tuple[Anomalie, ...]:
        """Every finding, most serious first."""
        return gravite_en_premier(a for fichier in self.fichiers for a in fichier.placees)

    def as_json(self) -> dict[str, Any]:
        """The JSON report: `check --json` of each file, and the groups."""
        return {
            "titre": self.titre,
            "version": self.version,
            "date": self.quand,
            "verdict": self.verdict,
            "fichiers": [
                {
                    "file": fichier.nom,
                    "verdict": fichier.verdict,
                    "schema": fichier.schema,
                    "anomalies": [a.as_json() for a in gravite_en_premier(fichier.anomalies)],
                    "bordereaux": fichier.bordereaux,
                    "pieces": fichier.pieces,
                    "pj": fichier.pj,
                    "total_ht": fichier.total_ht,
                }
                for fichier in self.fichiers
            ],
            "groupes": [
                {
                    "regle": groupe.regle,
                    "gravite": groupe.gravite.value,
                    "message": groupe.message,
                    "conseil": groupe.conseil,
                    "nombre": groupe.nombre,
                    "premiers": [lieu(a) for a in groupe.anomalies[:MONTREES]],
                }
                for groupe in regrouper(self.anomalies)
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One place of a group, in words. `message` only where it is not that of the group."""

    ou: str
    chemin: str
    valeur: str | None
    attendu: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explication:
    """A group as a page shows it: `places` are the first ones, `reste` how many more there are."""

    groupe: Groupe
    places: tuple[Place, ...]
    reste: int

    @property
    def valeurs(self) -> bool:
        """Whether a column of values read has something to say."""
        return any(place.valeur is not None for place in self.places)

    @property
    def attendus(self) -> bool:
        """Whether a column of values expected has something to say."""
        return any(place.attendu for place in self.places)


def expliquer(anomalies: Iterable[Anomalie]) -> tuple[Explication, ...]:
    """The groups of a page, most serious first."""
    return tuple(
        Explication(
            groupe=groupe,
            places=tuple(_place(groupe, a) for a in groupe.anomalies[:MONTREES]),
            reste=max(groupe.nombre - MONTREES, 0),
        )
        for groupe in regrouper(anomalies)
    )


def _place(groupe: Groupe, anomalie: Anomalie) -> Place:
    message = sans_lieu(anomalie)
    return Place(
        ou=lieu(anomalie),
        chemin=anomalie.chemin,
        valeur=anomalie.valeur,
        attendu=anomalie.attendu,
        message="" if message == groupe.message else message,
    )
