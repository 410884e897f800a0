"""The options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

EnJson = Annotated[bool, Parameter(name="--json", negative="", help="Un document JSON.")]
Rapports = Annotated[
    list[Path] | None,
    Parameter(
        name="--rapport",
        help="Écrire aussi un rapport : .html, .pdf, .csv, .xlsx, .json ou .sarif ; à répéter.",
    ),
]
Fichier = Annotated[
    Path | None, Parameter(name=["--config", "-c"], help="Le fichier vaguemestre.toml.")
]
