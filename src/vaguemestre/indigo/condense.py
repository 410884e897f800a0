"""Digits two to a byte, as mainframes keep them: packed decimal (COMP-3), and BCD without a sign.

Packed: an odd number of digits then a sign in the last half byte, C or F for plus and D for
minus. BCD: digits only. Both fill with zeros on the left.
"""

from __future__ import annotations

CONDENSES = frozenset({"packed", "bcd"})
_PLUS, _MOINS, _SANS = "C", "D", "F"


def place(longueur: int, usage: str) -> int:
    """How many digits `longueur` bytes hold."""
    return 2 * longueur - (1 if usage == "packed" else 0)


def octets_pour(chiffres: int, usage: str) -> int:
    """How many bytes that many digits take."""
    return (chiffres + (2 if usage == "packed" else 1)) // 2


def emballer(chiffres: str, longueur: int, usage: str, *, signe: int | None = None) -> bytes:
    """The digits on `longueur` bytes; `signe` is 1 or -1, None for a number without a sign.

    The caller has seen to it that the digits fit (`place`).
    """
    texte = chiffres
    if usage == "packed":
        texte += _SANS if signe is None else (_MOINS if signe < 0 else _PLUS)
    return bytes.fromhex(texte.rjust(2 * longueur, "0"))


def deballer(octets: bytes, usage: str) -> tuple[int, str] | None:
    """The sign (1 or -1) and the digits; None where the bytes are no such number."""
    texte = octets.hex().upper()
    signe = 1
    if usage == "packed":
        if texte[-1:] not in {_PLUS, _MOINS, _SANS}:
            return None
        signe = -1 if texte[-1] == _MOINS else 1
        texte = texte[:-1]
    return (signe, texte) if texte.isdecimal() else None
