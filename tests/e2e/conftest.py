"""Actors of the end-to-end tests; whatever a test does, no process outlives it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.e2e.theatre import Dgfip, Poste


class Scene(Protocol):
    def __call__(
        self, regles: dict[str, Any] | None = None, **poste: Any
    ) -> tuple[Poste, Dgfip]: ...


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Makes an installation and its simulated DGFiP; both are ended after the test."""
    fins: ExitStack = ExitStack()

    def monter(regles: dict[str, Any] | None = None, **poste: Any) -> tuple[Poste, Dgfip]:
        dgfip = Dgfip(tmp_path / "dgfip", regles)
        fins.callback(lambda: dgfip.processus.tuer())
        installe = Poste(tmp_path / "poste", dgfip, **poste)
        fins.callback(_tuer(installe))
        return installe, dgfip

    with fins:
        yield monter


def _tuer(poste: Poste) -> Callable[[], None]:
    def tuer() -> None:
        poste.fermer()
        if poste.vie is not None:
            poste.vie.tuer()

    return tuer
