"""Optional system tools: a test that needs one says so here, once, for every test."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


def outil(name: str) -> str:
    """Path of a system tool; skips with its reason where it is missing, fails in CI."""
    found = shutil.which(name)
    if found is None:
        absent(f"l'outil {name} n'est pas installé")
    return found


def absent(raison: str) -> NoReturn:
    """Something optional is not there, or does not start: a skip here, a failure in CI."""
    if os.environ.get("CI"):
        pytest.fail(f"en CI, .ci/run doit y pourvoir : {raison}")
    pytest.skip(raison)
