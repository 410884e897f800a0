"""The shared reference data beside the clone: tests compare with it where it is there."""

from __future__ import annotations

from pathlib import Path

import pytest

DONNEES = Path(__file__).resolve().parents[2] / "shared" / "data"


def donnees(relative: str) -> Path:
    """A path of the shared reference data; skips where it is missing."""
    path = DONNEES / relative
    if not path.exists():
        pytest.skip(f"données de référence absentes : shared/data/{relative}")
    return path
