"""What these tests share: a schema, a way to examine bytes, a register held in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest

from vaguemestre.pes.examen import Examen, Reglages, examiner
from vaguemestre.pes.schema import Schemas, charger
from vaguemestre.ports import Memoire

Examinateur = Callable[..., Examen]


@dataclass
class Registre:
    """A register that knows what it is told."""

    nomfics: dict[tuple[str, str], str] = field(default_factory=dict)
    bordereaux: dict[tuple[str, str, str, int, str, int], str] = field(default_factory=dict)
    pjs: dict[tuple[str, str], str] = field(default_factory=dict)
    cumuls: dict[tuple[str, str, str, int, str], Decimal] = field(default_factory=dict)

    def nomfic_connu(self, nomfic: str, cod_col: str) -> str | None:
        return self.nomfics.get((nomfic, cod_col))

    def bordereau_connu(
        self, cod_col: str, cod_bud: str, domaine: str, exercice: int, type_: str, numero: int
    ) -> str | None:
        return self.bordereaux.get((cod_col, cod_bud, domaine, exercice, type_, numero))

    def pj_connue(self, cod_col: str, id_unique: str) -> str | None:
        return self.pjs.get((cod_col, id_unique))

    def cumul(
        self, cod_col: str, cod_bud: str, domaine: str, exercice: int, type_: str
    ) -> Decimal | None:
        return self.cumuls.get((cod_col, cod_bud, domaine, exercice, type_))


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
