"""Optional system tools: a test that needs one says so here, once, for every test."""

from __future__ import annotations

import os
import shutil

import pytest


def outil(name: str) -> str:
    """Path of a system tool; skips with its reason where it is missing, fails in CI."""
    found = shutil.which(name)
    if found is not None:
        return found
    if os.environ.get("CI"):
        pytest.fail(f"en CI, l'outil {name} doit être installé (.ci/run)")
    pytest.skip(f"l'outil {name} n'est pas installé")
