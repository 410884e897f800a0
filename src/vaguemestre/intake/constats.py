"""The findings of one deposit, gathered so that the sender corrects it only once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from vaguemestre.errors import Anomalie, Gravite


@dataclass(slots=True)
class Constats:
    """Where every reader of a deposit writes what it found; nothing is lost or raised."""

    anomalies: list[Anomalie] = field(default_factory=list)
    remplacements: Counter[str] = field(default_factory=Counter)

    def noter(self, anomalie: Anomalie) -> None:
        self.anomalies.append(anomalie)

    def depot(
        self,
        regle: str,
        message: str,
        conseil: str,
        *,
        fichier: str = "",
        valeur: str | None = None,
        gravite: Gravite = Gravite.REJET_FLUX,
    ) -> None:
        """A finding about a file of the deposit, or about the deposit as a whole."""
        self.noter(
            Anomalie(
                regle,
                f"fichier {fichier}" if fichier else "dépôt",
                message,
                gravite,
                valeur=valeur,
                conseil=conseil,
                fichier=fichier,
            )
        )

    @property
    def bloquants(self) -> bool:
        return any(anomalie.bloquante for anomalie in self.anomalies)


def en_avertissement(anomalie: Anomalie) -> Anomalie:
    return replace(anomalie, gravite=Gravite.AVERTISSEMENT)
