"""vaguemestre: the exchange gateway between public finance software and the State.

As a library: `from vaguemestre import check, generate, report` (see `vaguemestre.bibliotheque`).
Nothing is loaded before it is asked for.
"""

from typing import TYPE_CHECKING

__version__ = "0.1.0"
__all__ = [
    "Anomalie",
    "Exemplaire",
    "Gravite",
    "Memoire",
    "Verdict",
    "__version__",
    "check",
    "generate",
    "report",
]

if TYPE_CHECKING:
    from vaguemestre.bibliotheque import (
        Anomalie,
        Exemplaire,
        Gravite,
        Memoire,
        Verdict,
        check,
        generate,
        report,
    )
else:

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from vaguemestre import bibliotheque

        return getattr(bibliotheque, name)
