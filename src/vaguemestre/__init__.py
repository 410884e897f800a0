"""vaguemestre: the exchange gateway between public finance software and the State."""

__version__ = "0.1.0"
