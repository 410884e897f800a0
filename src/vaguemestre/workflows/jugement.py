"""The verdict on one path, as `check`, the reports and the library give it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from vaguemestre.errors import Anomalie
from vaguemestre.pj.controle import Bilan


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The verdict on one path: of a PES, or of all the files that a deposit would become.

    Small, and free of the document: thousands of them may wait for their turn to be said.
    `schema` is the version that judged; `total_ht` in the currency of the budget. `fichiers`:
    what `build` wrote. `pdf`: what reading PDFs took, where some were given to a reader.
    """

    fichier: str
    schema: str
    anomalies: tuple[Anomalie, ...] = ()
    bordereaux: int = 0
    pieces: int = 0
    pj: int = 0
    total_ht: Decimal = Decimal(0)
    fichiers: tuple[Path, ...] = ()
    pdf: Bilan | None = None

    @property
    def verdict(self) -> str:
        """« rejete » as soon as one finding is more than a warning, else « accepte »."""
        return "rejete" if any(a.bloquante for a in self.anomalies) else "accepte"

    @property
    def accepte(self) -> bool:
        return self.verdict == "accepte"

    def as_json(self) -> dict[str, object]:
        """INTERFACE, « check --json »."""
        return {
            "file": self.fichier,
            "verdict": self.verdict,
            "schema": self.schema,
            "anomalies": [anomalie.as_json() for anomalie in self.anomalies],
            "bordereaux": self.bordereaux,
            "pieces": self.pieces,
            "pj": self.pj,
            "total_ht": str(self.total_ht),
            **({} if self.pdf is None else {"pdf": self.pdf.as_json()}),
        }
