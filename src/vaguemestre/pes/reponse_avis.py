"""What is odd in an answer: all of it counted, the first of each kind said."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from vaguemestre.errors import Anomalie, Gravite

# After that many findings of one rule, more teach nothing and would only fill the memory.
_AVIS_MAX = 100


@dataclass(slots=True)
class Avis:
    """What is odd, at most a hundred times per rule; the rest is counted. Always warnings: an
    answer is read as far as it goes."""

    anomalies: list[Anomalie] = field(default_factory=list)
    nombres: Counter[str] = field(default_factory=Counter)

    def avertir(
        self, regle: str, ref: str, message: str, valeur: str | None = None, conseil: str = ""
    ) -> None:
        self.nombres[regle] += 1
        if self.nombres[regle] <= _AVIS_MAX:
            self.anomalies.append(
                Anomalie(regle, ref, message, Gravite.AVERTISSEMENT, valeur=valeur, conseil=conseil)
            )

    def tous(self) -> tuple[Anomalie, ...]:
        suites = (
            Anomalie(
                regle,
                "fichier",
                f"{nombre - _AVIS_MAX} autre(s) anomalie(s) de cette sorte, non détaillée(s)",
                Gravite.AVERTISSEMENT,
            )
            for regle, nombre in self.nombres.items()
            if nombre > _AVIS_MAX
        )
        return (*self.anomalies, *suites)
