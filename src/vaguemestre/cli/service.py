"""`run`."""

from __future__ import annotations

import signal
from types import FrameType
from typing import NoReturn

from vaguemestre.cli.installation import Fichier, configuration


def run(*, config: Fichier = None) -> int:
    """Le démon : dépôts, envois, acquits. SIGTERM : fin propre."""
    # Until the daemon listens, nothing is in hand: the end may come at once.
    signal.signal(signal.SIGTERM, _partir)
    reglages = configuration(config)
    from vaguemestre.daemon.annonces import journaliser
    from vaguemestre.daemon.demon import servir

    journaliser()
    servir(reglages)
    return 0


def _partir(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)
