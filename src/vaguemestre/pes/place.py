"""Where a schema error stands, and what libxml2 says of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """One error of libxml2 with its place; `element` is the local name it blames."""

    type: str
    message: str
    element: str
    chemin: str
    ref: str
    ligne: int | None
    colonne: int | None
    valeur: str | None = None
