"""What these tests share: a schema, a way to examine bytes, a register held in memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from vaguemestre.pes.examen import Examen, Reglages, examiner
from vaguemestre.pes.schema import Schemas, charger
from vaguemestre.pes.souvenirs import Souvenirs
from vaguemestre.ports import Memoire

Examinateur = Callable[..., Examen]


Registre = Souvenirs


@pytest.fixture(scope="session")
def schemas() -> Schemas:
    return charger("5.30")


@pytest.fixture
def voir(schemas: Schemas, tmp_path: Path) -> Examinateur:
    """Examine some bytes as a file."""

    def faire(
        octets: bytes, *, memoire: Memoire | None = None, reglages: Reglages | None = None
    ) -> Examen:
        chemin = tmp_path / "flux.xml"
        chemin.write_bytes(octets)
        return examiner(chemin, schemas=schemas, memoire=memoire, reglages=reglages)

    return faire


def regles_de(examen: Examen) -> set[str]:
    return {anomalie.regle for anomalie in examen.anomalies}
