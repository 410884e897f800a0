"""A report on disk: whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from vaguemestre.errors import RessourceError


def poser(chemin: Path, octets: bytes) -> None:
    """Write the file; what stood there is replaced once the new one is whole.

    Raises:
        RessourceError: disk full, folder locked or gone; to be tried again.
    """
    provisoire = chemin.with_name(f".{chemin.name}.tmp")
    try:
        with provisoire.open("wb") as flux:
            flux.write(octets)
            flux.flush()
            os.fsync(flux.fileno())
        provisoire.replace(chemin)
    except OSError as error:
        raise RessourceError(
            f"rapport impossible dans {chemin.parent} ({error.strerror})"
        ) from error
