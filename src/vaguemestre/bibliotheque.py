"""The library: `from vaguemestre import check, generate`.

For editors of finance software, in their own tests and in their continuous integration: the rules
that the gateway itself runs, and files to try one's own export against. Everything here is typed
(`py.typed`); names that stand in official texts are French, as in the whole program.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from vaguemestre import __version__
from vaguemestre.errors import Anomalie, Gravite, UsageError
from vaguemestre.pes.schema import versions
from vaguemestre.ports import Memoire
from vaguemestre.rapport.formats import FORMATS
from vaguemestre.rapport.formats import rendre as _rendre
from vaguemestre.simulators.generateur import Exemplaire, engendrer
from vaguemestre.workflows.explications import composer, vu
from vaguemestre.workflows.pieces import Pieces
from vaguemestre.workflows.verdict import Essai, Verdict

if TYPE_CHECKING:
    from vaguemestre.config.sections import Configuration
    from vaguemestre.pj.pages import LecteurPdf

__all__ = [
    "Anomalie",
    "Exemplaire",
    "Gravite",
    "Memoire",
    "Verdict",
    "check",
    "generate",
    "report",
]

_par_fil = threading.local()


def check(
    source: str | os.PathLike[str] | bytes,
    *,
    schema: str | None = None,
    schema_only: bool = False,
    pdf: bool = True,
    register: Memoire | None = None,
    name: str = "pes.xml",
) -> Verdict:
    """What would Hélios say of this PES Aller? Touches nothing; what is in the file never raises.

    Args:
        source: the path of a PES Aller, of a deposit folder or of a zip; or the bytes of a PES.
        schema: version of the schema (« 5.30 »); None: the latest that we have.
        schema_only: the schema alone, neither rules nor PJ.
        pdf: open the PDFs too (protection, scripts, pages).
        register: what was sent before, for a PES (a deposit is checked without); None: rules
            that need it are silent, or warn.
        name: how findings call a file given as bytes.

    Raises:
        UsageError: no such file, or no such version of the schema.
        ConfigurationError: the installation is damaged.

    >>> check(b"<autre/>").verdict
    'rejete'
    """
    if schema is not None and schema not in (connues := versions()):
        raise UsageError(f"pas de schéma PES {schema} ; versions présentes : {', '.join(connues)}")
    essai = _essai(schema, schema_only, pdf)
    if not isinstance(source, bytes):
        chemin = Path(source)
        if not chemin.exists():
            raise UsageError(f"fichier introuvable : {chemin}")
        return essai.controler(chemin, register)
    with tempfile.TemporaryDirectory(prefix="vaguemestre-") as dossier:
        chemin = Path(dossier) / (Path(name).name or "pes.xml")
        chemin.write_bytes(source)
        return replace(essai.controler(chemin, register), fichier=name)


def generate(seed: int, count: int = 1, *, faults: bool = False) -> Iterator[Exemplaire]:
    """Fictitious PES Aller files for a test bench: the same seed, the same bytes.

    Args:
        seed: any number; file number i depends on it and on i alone.
        count: how many files.
        faults: each with one fault, one rule after the other; else all valid.

    Yields:
        `nom`, `octets`, and for a faulty one `regle` (found by `check`) and `quoi` (in French).
    """
    return engendrer(seed, count, fautes=faults)


def report(*verdicts: Verdict, format: str = "html") -> bytes:
    """A report on some verdicts: html, pdf, csv, xlsx, json or sarif; the same, the same bytes.

    Raises:
        UsageError: no such format.
    """
    if format not in FORMATS:
        raise UsageError(f"pas de rapport « {format} » ; formats : {', '.join(sorted(FORMATS))}")
    return _rendre(composer(map(vu, verdicts), version=__version__), format)


def _essai(schema: str | None, schema_only: bool, pdf: bool) -> Essai:
    """One for each way to check and each thread: its schema is compiled once."""
    connus: dict[tuple[object, ...], Essai] = vars(_par_fil).setdefault("essais", {})
    cle = (schema, schema_only, pdf)
    if cle not in connus:
        pieces = Pieces(None, structure=pdf, texte=False, ouvrir=_ouvrir_lecteurs)
        connus[cle] = Essai(None, schema=schema, schema_seul=schema_only, pieces=pieces)
    return connus[cle]


def _ouvrir_lecteurs(config: Configuration | None) -> LecteurPdf:
    """Those of the command line; called when the first PDF comes."""
    from vaguemestre.cli.lecteurs import ouvrir_lecteurs

    return ouvrir_lecteurs(config)
