"""The checks of the simulated Guichet: those of the product, with a configuration of its own.

The register is not given: the simulator remembers by itself what it accepted, as a partner does.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vaguemestre.errors import Anomalie, IllisibleError
from vaguemestre.pes.examen import examiner
from vaguemestre.pes.schema import charger
from vaguemestre.simulators.guichet import Controle


def controle_du_produit(version: str, dossier: Path | None = None) -> Controle:
    """Schema `version` (of the outside folder `dossier` where given) and every rule of a file.

    Raises:
        ConfigurationError: there is no such schema.
    """
    schemas = charger(version, dossier)

    def controler(path: Path) -> Sequence[Anomalie]:
        try:
            return tuple(examiner(path, schemas=schemas).anomalies)
        except IllisibleError as error:
            return (Anomalie("xml.illisible", "enveloppe", error.message),)

    return controler
