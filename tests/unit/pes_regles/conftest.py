"""The schema, compiled once for the whole run."""

from __future__ import annotations

import pytest

from vaguemestre.pes.schema import Schemas, charger


@pytest.fixture(scope="session")
def schemas() -> Schemas:
    return charger("5.30")
