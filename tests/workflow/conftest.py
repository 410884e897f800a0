"""The chain, on a fresh installation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workflow.chaine import Chaine, chaine


@pytest.fixture
def ligne(tmp_path: Path) -> Iterator[Chaine]:
    with chaine(tmp_path) as prete:
        yield prete
