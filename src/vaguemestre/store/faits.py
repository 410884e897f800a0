"""Facts to JSON and back: the journal stores them, so the register can be made again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import cast, get_args, get_type_hints

from vaguemestre.domain.flux import Etat, EtatDepot, Fait
from vaguemestre.errors import IntegrityError
from vaguemestre.formats.canonique import canonique

_CLASSES: dict[str, type] = {classe.__name__: classe for classe in get_args(Fait)}
_CHAMPS: dict[type, tuple[str, ...]] = {
    classe: tuple(field.name for field in fields(classe)) for classe in _CLASSES.values()
}


def ecrire_faits(faits: Sequence[Fait]) -> str:
    """Canonical JSON: a list of objects, each with its class under `fait`."""
    if not faits:
        return "[]"
    return canonique(
        [
            {
                "fait": type(fait).__name__,
                **{
                    nom: valeur if type(valeur := getattr(fait, nom)) is str else _simple(valeur)
                    for nom in _CHAMPS[type(fait)]
                },
            }
            for fait in faits
        ]
    ).decode("utf-8")


def lire_faits(texte: str) -> tuple[Fait, ...]:
    """The facts that were written.

    Raises:
        IntegrityError: this is not what `ecrire_faits` wrote.
    """
    try:
        return tuple(_fait(dict(objet)) for objet in json.loads(texte))
    except (ValueError, KeyError, TypeError, ArithmeticError) as error:
        raise IntegrityError("les faits enregistrés sont illisibles") from error


def _fait(objet: dict[str, object]) -> Fait:
    classe = _CLASSES[str(objet.pop("fait"))]
    types = _types(classe)
    return cast(Fait, classe(**{nom: _typee(types[nom], lue) for nom, lue in objet.items()}))


@cache
def _types(classe: type) -> dict[str, object]:
    return get_type_hints(classe)


def _simple(valeur: object) -> object:
    if isinstance(valeur, Decimal):
        return str(valeur)
    if isinstance(valeur, Enum):
        return valeur.value
    return valeur


def _typee(attendu: object, lue: object) -> object:
    if lue is None:
        return None
    if attendu is Etat:
        return Etat(lue)
    if attendu is EtatDepot:
        return EtatDepot(lue)
    if isinstance(lue, list):
        return tuple(lue)
    if attendu is Decimal or Decimal in get_args(attendu):
        return Decimal(str(lue))
    return lue
