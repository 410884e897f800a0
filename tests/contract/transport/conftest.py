"""One partner per kind; the transports that a test opens are closed after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.contract.transport.partenaires import PARTENAIRES, Partenaire
from vaguemestre.ports import Transport


@pytest.fixture(
    params=[
        pytest.param(nom, marks=pytest.mark.outil if nom == "openssh" else ())
        for nom in PARTENAIRES
    ]
)
def partenaire(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Partenaire]:
    with ExitStack() as pile:
        ouvert: Partenaire = pile.enter_context(PARTENAIRES[request.param](tmp_path / "p"))
        fabrique = ouvert.ouvrir

        def ouvrir(**reglages: bool) -> Transport:
            transport = fabrique(**reglages)
            pile.callback(transport.close)
            return transport

        ouvert.ouvrir = ouvrir
        yield ouvert
