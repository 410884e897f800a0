"""The formats of a report, by the ending of the file that is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from vaguemestre.errors import UsageError
from vaguemestre.rapport.ecriture import poser
from vaguemestre.rapport.modele import Rapport


def en_json(rapport: Rapport) -> bytes:
    """The whole report, UTF-8."""
    return (json.dumps(rapport.as_json(), ensure_ascii=False, indent=1) + "\n").encode(
        "utf-8", errors="replace"
    )


# Where each is made: what a format needs is loaded only when it is asked for.
_ICI = "vaguemestre.rapport."
FORMATS: dict[str, tuple[str, str]] = {
    "html": (_ICI + "page", "html"),
    "pdf": (_ICI + "pdf", "en_pdf"),
    "csv": (_ICI + "tableur", "en_csv"),
    "xlsx": (_ICI + "tableur", "en_xlsx"),
    "json": (_ICI + "formats", "en_json"),
    "sarif": (_ICI + "sarif", "en_sarif"),
}


def connu(chemin: Path) -> str:
    """The format of that file.

    Raises:
        UsageError: none is known by that ending; the message lists them.
    """
    fin = chemin.suffix.lower().removeprefix(".")
    if fin not in FORMATS:
        raise UsageError(
            f"pas de rapport « .{fin} » ({chemin}) ; formats : {', '.join(sorted(FORMATS))}"
        )
    return fin


def rendre(rapport: Rapport, format_: str) -> bytes:
    """The bytes of the report in one of FORMATS; the same report, the same bytes."""
    module, nom = FORMATS[format_]
    faire: Callable[[Rapport], bytes] = getattr(import_module(module), nom)
    return faire(rapport)


def ecrire(rapport: Rapport, chemin: Path) -> None:
    """Write the report in the format that the name of the file asks for.

    Raises:
        UsageError: no such format.
        RessourceError: the file cannot be written.
    """
    poser(chemin, rendre(rapport, connu(chemin)))
