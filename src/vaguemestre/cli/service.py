"""`run`."""

from __future__ import annotations

import logging
import signal
import sys
from types import FrameType
from typing import NoReturn

import structlog

from vaguemestre.cli.installation import Fichier, configuration


def run(*, config: Fichier = None) -> int:
    """Le démon : dépôts, envois, acquits. SIGTERM : fin propre."""
    # Until the daemon listens, nothing is in hand: the end may come at once.
    signal.signal(signal.SIGTERM, _partir)
    reglages = configuration(config)
    journaliser()
    from vaguemestre.daemon import servir

    servir(reglages)
    return 0


def _partir(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def journaliser() -> None:
    """Events for operators, on stderr; they prove nothing and carry no personal data."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
