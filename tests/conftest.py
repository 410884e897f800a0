"""Options of the whole suite."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

# No test asserts a time: neither its own nor, through these two, the one that hypothesis allows.
settings.register_profile(
    "vaguemestre", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("vaguemestre")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the golden files instead of comparing with them; read the diff before commit",
    )
