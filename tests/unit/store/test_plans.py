"""The cost of a flux does not grow with the register: no hot statement walks through a table.

Times are for `make bench`; what makes them flat is asserted here, on SQLite's own query plans.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest
import sqlalchemy as sa

from tests.unit.store.atelier import base_neuve
from vaguemestre.store import application, executions, journal, memoire, registre, suites, suivi

# Asked by a person, not by a step; and what other statements are made from.
HORS_JEU = {("registre", nom) for nom in ("_COMPTES", "_ETAPE", "_REPONSES", "_A_VOIR")}


def _requetes() -> list[tuple[ModuleType, str]]:
    return [
        (module, nom)
        for module in (application, executions, journal, memoire, registre, suites, suivi)
        for nom, valeur in vars(module).items()
        if isinstance(valeur, sa.Select | sa.CompoundSelect | sa.Update)
        and (module.__name__.rpartition(".")[2], nom) not in HORS_JEU
    ]


@pytest.mark.parametrize(
    ("module", "nom"), [pytest.param(m, nom, id=f"{m.__name__}.{nom}") for m, nom in _requetes()]
)
def test_aucun_parcours_de_table(tmp_path: Path, module: ModuleType, nom: str) -> None:
    requete = getattr(module, nom)
    if isinstance(requete, sa.Update) and not requete.compile().params:
        pytest.fail("une mise à jour sans condition")
    with base_neuve(tmp_path) as base:
        engine = sa.create_engine(f"sqlite:///{base.fichier}", poolclass=sa.NullPool)
        texte = requete.compile(dialect=engine.dialect)
        with engine.connect() as connexion:
            valeurs = tuple(None for _ in texte.positiontup or ())
            plan = connexion.exec_driver_sql(f"EXPLAIN QUERY PLAN {texte}", valeurs).all()
        engine.dispose()
    parcours = [ligne[3] for ligne in plan if ligne[3].startswith("SCAN ")]
    # ORDER BY … LIMIT 1 or min/max on a key walks one step of its index.
    assert [p for p in parcours if "(subquery" not in p and "point" not in p] == []


def test_il_y_a_bien_des_requetes() -> None:
    assert len(_requetes()) > 30
