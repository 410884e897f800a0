"""Findings as a clerk reads them: most serious first, those of one kind together.

Two findings are of one kind when they have the rule, the gravity, the advice and the shape of the
message in common: the message with its numbers and its quoted values left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from vaguemestre.errors import Anomalie, Gravite

ORDRE: tuple[Gravite, ...] = (
    Gravite.REJET_FLUX,
    Gravite.REJET_BORDEREAU,
    Gravite.REJET_PJ,
    Gravite.AVERTISSEMENT,
)
"""Most serious first."""
_RANGS = {gravite: rang for rang, gravite in enumerate(ORDRE)}
LIBELLES = {
    Gravite.REJET_FLUX: "Bloque tout le fichier",
    Gravite.REJET_BORDEREAU: "Bloque le bordereau",
    Gravite.REJET_PJ: "Bloque la pièce justificative",
    Gravite.AVERTISSEMENT: "Avertissement",
}
_VARIABLE = re.compile(r"«[^»]*»|\([^()]*\)|[0-9][0-9.,/-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Groupe:
    """Findings of one kind, in the order of the files. `message` is that of the first."""

    regle: str
    gravite: Gravite
    message: str
    conseil: str
    anomalies: tuple[Anomalie, ...]

    @property
    def nombre(self) -> int:
        return len(self.anomalies)

    @property
    def unanime(self) -> bool:
        """Whether every finding says exactly the same."""
        return all(sans_lieu(anomalie) == self.message for anomalie in self.anomalies)


def gravite_en_premier(anomalies: Iterable[Anomalie]) -> tuple[Anomalie, ...]:
    """Most serious first, then in the order of the file."""
    return tuple(
        sorted(
            anomalies,
            key=lambda a: (_RANGS[a.gravite], a.fichier, a.ligne or 0, a.colonne or 0),
        )
    )


def regrouper(anomalies: Iterable[Anomalie]) -> tuple[Groupe, ...]:
    """Every finding in one group; groups most serious first, then in order of appearance."""
    groupes: dict[tuple[object, ...], list[Anomalie]] = {}
    for anomalie in gravite_en_premier(anomalies):
        cle = (
            _RANGS[anomalie.gravite],
            anomalie.regle,
            _forme(sans_lieu(anomalie)),
            _forme(anomalie.conseil),
        )
        groupes.setdefault(cle, []).append(anomalie)
    return tuple(
        Groupe(
            regle=trouvees[0].regle,
            gravite=trouvees[0].gravite,
            message=sans_lieu(trouvees[0]),
            conseil=trouvees[0].conseil,
            anomalies=tuple(trouvees),
        )
        for trouvees in groupes.values()
    )


def compter(anomalies: Iterable[Anomalie]) -> tuple[tuple[Gravite, int], ...]:
    """How many findings of each gravity, most serious first; gravities without any left out."""
    nombres = dict.fromkeys(ORDRE, 0)
    for anomalie in anomalies:
        nombres[anomalie.gravite] += 1
    return tuple((gravite, nombre) for gravite, nombre in nombres.items() if nombre)


def lieu(anomalie: Anomalie) -> str:
    """Where it is, as a clerk says it: « mandats.csv, mandat 832, ligne 41, colonne 7 »."""
    return ", ".join(
        filter(
            None,
            (
                anomalie.fichier,
                anomalie.ref,
                f"ligne {anomalie.ligne} du fichier" if anomalie.ligne else "",
                f"colonne {anomalie.colonne}" if anomalie.colonne else "",
            ),
        )
    )


def sans_lieu(anomalie: Anomalie) -> str:
    """The message without the place that stands beside it already."""
    return anomalie.message.removeprefix(f"{anomalie.ref} : ")


def _forme(texte: str) -> str:
    return _VARIABLE.sub("…", texte)
