"""Canonical JSON: one value has one writing, so its digest means something.

Sorted keys, UTF-8, no blanks, no floats: a float has several writings and no exact amount.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import cast

_SIMPLES = frozenset({str, int, bool, type(None)})
_ENCODEUR = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
)


def canonique(valeur: object) -> bytes:
    """The one UTF-8 writing of a JSON value.

    Accepts str, int, bool, None, and dicts (str keys), lists and tuples of them.

    Raises:
        TypeError: a float, bytes, a date or anything else that is not exact JSON.
    """
    _exact(valeur)
    return _ENCODEUR.encode(valeur).encode("utf-8")


def _exact(valeur: object) -> None:
    genre = type(valeur)
    if genre in _SIMPLES:
        return
    if genre is dict:
        for cle, contenu in cast(dict[object, object], valeur).items():
            if type(cle) is not str:
                raise TypeError(f"clé JSON qui n'est pas un texte : {cle!r}")
            if type(contenu) not in _SIMPLES:
                _exact(contenu)
    elif genre is list or genre is tuple:
        for contenu in cast(Sequence[object], valeur):
            if type(contenu) not in _SIMPLES:
                _exact(contenu)
    else:
        raise TypeError(f"valeur sans écriture JSON exacte : {genre.__name__}")
