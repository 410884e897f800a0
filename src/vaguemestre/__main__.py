"""`python -m vaguemestre`."""

from vaguemestre.cli import entree

entree()
