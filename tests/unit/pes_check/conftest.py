"""Fixtures for this folder."""

from tests.unit.pes_check.outillage import schemas, voir

__all__ = ["schemas", "voir"]
