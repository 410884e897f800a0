"""Where the configuration lies: found without reading it, so that `check` starts at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

NOM = "vaguemestre.toml"
VARIABLE = "VAGUEMESTRE_CONFIG"


def chercher(explicit: Path | None, environ: Mapping[str, str] = os.environ) -> Path | None:
    """`-c FILE`, then `./vaguemestre.toml`, then $VAGUEMESTRE_CONFIG; None when there is none."""
    if explicit is not None:
        return explicit
    here = Path(NOM)
    if here.exists():
        return here
    return Path(environ[VARIABLE]) if environ.get(VARIABLE) else None
