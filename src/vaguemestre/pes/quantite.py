"""Quantities of an invoice: at most 6 digits in all, 4 of them after the point, more than 0.

Source: Base_Quantite of the XSD 5.30 (totalDigits 6, fractionDigits 4).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from vaguemestre.errors import ZoneError
from vaguemestre.formats.codecs import Montant

_CHIFFRES = 6
_DECIMALES = 4


@dataclass(frozen=True, slots=True)
class Quantite:
    """Codec of a quantity: written without useless zeros, never rounded."""

    def encode(self, value: Decimal) -> str:
        if not value.is_finite() or value <= 0:
            raise ZoneError(f"{value} doit être supérieur à 0")
        texte = f"{value.normalize():f}"
        entier, _, fraction = texte.partition(".")
        if len(fraction) > _DECIMALES or len(entier.lstrip("0")) + len(fraction) > _CHIFFRES:
            raise ZoneError(f"{value} : 6 chiffres en tout, dont 4 décimales au plus")
        return texte

    def decode(self, text: str) -> Decimal:
        return Montant().decode(text)
