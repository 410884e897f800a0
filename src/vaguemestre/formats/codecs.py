"""How one value becomes text and back: Texte, Alnum, Chiffres, Numerique, Montant, Date, Code.

Every codec is lossless: `decode(encode(v)) == v`, or `encode` raises a ZoneError that names the
value and the limit it breaks. `decode` reads what partners and editors really write (`+12`,
`12.0`, `true`, blanks around numbers), because the XSD judges a received file; it raises ZoneError
only where the text has no value of that kind at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Generic, Protocol, TypeVar

from vaguemestre.errors import ZoneError

T = TypeVar("T")

JEU = "iso-8859-1"

_CONTROLE = re.compile("[\x00-\x1f\x7f-\x9f]")
_ENTIER = re.compile(r"\s*\+?([0-9]+)(?:\.0*)?\s*")
_DECIMAL = re.compile(r"\s*([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))\s*")
_DATE = re.compile(r"\s*([0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})?\s*")
_ANNEE = re.compile(r"\s*([0-9]{4})(?:Z|[+-][0-9]{2}:[0-9]{2})?\s*")
_ALNUM = re.compile(r"[0-9A-Za-z]*")
_CHIFFRES = re.compile(r"[0-9]*")
_VIDES = frozenset({".", " ", "nc"})
_VRAI_FAUX = {"1": True, "true": True, "0": False, "false": False}


class Codec(Protocol[T]):
    """Lossless, or an error: `decode(encode(v)) == v`."""

    def encode(self, value: T, /) -> str: ...
    def decode(self, text: str, /) -> T: ...


def hors_jeu(texte: str) -> str:
    """The characters of `texte` that ISO-8859-1 lacks, each once, in order; '' when none."""
    if texte.isascii():
        return ""
    return "".join(dict.fromkeys(char for char in texte if ord(char) > 0xFF))


@dataclass(frozen=True, slots=True)
class Texte:
    """Text of `minimum` to `maximum` characters in ISO-8859-1, none of control; never truncated.

    `significatif`: the PES types that refuse « nc », a lone point or space, and all zeros
    (pes.md §1.6, †). `motif`: a pattern the whole text must match, named by `attendu`.
    """

    maximum: int
    minimum: int = 1
    significatif: bool = False
    motif: str = ""
    attendu: str = ""
    _motif: re.Pattern[str] | None = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        if self.motif:
            object.__setattr__(self, "_motif", re.compile(self.motif))

    def encode(self, value: str) -> str:
        _longueur(value, self.minimum, self.maximum)
        if _CONTROLE.search(value):
            raise ZoneError(f"{value!r} contient un caractère de contrôle")
        if not value.isascii() and (intrus := hors_jeu(value)):
            raise ZoneError(f"« {value} » : caractères hors ISO-8859-1 : {' '.join(intrus)}")
        if self.significatif and (value in _VIDES or not value.strip("0")):
            raise ZoneError(f"« {value} » n'est pas une valeur : « nc », « . », « 0 » sont refusés")
        if self._motif is not None and not self._motif.fullmatch(value):
            raise ZoneError(f"« {value} » n'a pas la forme attendue : {self.attendu or self.motif}")
        return value

    def decode(self, text: str) -> str:
        return text


@dataclass(frozen=True, slots=True)
class Alnum:
    """Letters and digits without accent, dash or blank; leading zeros are kept."""

    maximum: int
    minimum: int = 1
    significatif: bool = True

    def encode(self, value: str) -> str:
        _longueur(value, self.minimum, self.maximum)
        if not _ALNUM.fullmatch(value):
            raise ZoneError(f"« {value} » : lettres sans accent et chiffres seulement")
        if self.significatif and (value == "nc" or not value.strip("0")):
            raise ZoneError(f"« {value} » n'est pas une valeur : « nc » et « 0 » sont refusés")
        return value

    def decode(self, text: str) -> str:
        return text


@dataclass(frozen=True, slots=True)
class Chiffres:
    """A code made of digits, kept as text with its leading zeros (account, fonction, SIRET).

    `positif`: the XSD reads it as a number greater than 0.
    """

    maximum: int
    minimum: int = 1
    positif: bool = False

    def encode(self, value: str) -> str:
        _longueur(value, self.minimum, self.maximum)
        if not _CHIFFRES.fullmatch(value):
            raise ZoneError(f"« {value} » : chiffres seulement")
        if self.positif and not value.strip("0"):
            raise ZoneError(f"« {value} » doit être supérieur à 0")
        return value

    def decode(self, text: str) -> str:
        return text


@dataclass(frozen=True, slots=True)
class Numerique:
    """Integer from `minimum` (0 unless told) of at most `chiffres` digits."""

    chiffres: int
    minimum: int = 0

    def encode(self, value: int) -> str:
        text = str(value)
        if value < self.minimum or len(text) > self.chiffres:
            raise ZoneError(
                f"{value} n'est pas un nombre entier d'au moins {self.minimum} "
                f"et de {self.chiffres} chiffres au plus"
            )
        return text

    def decode(self, text: str) -> int:
        found = _ENTIER.fullmatch(text)
        if not found:
            raise ZoneError(f"« {text} » n'est pas un nombre entier")
        return int(found[1])


@dataclass(frozen=True, slots=True)
class Montant:
    """Amount with a decimal point and exactly two decimals, exact to the cent.

    `chiffres` digits in all, as XSD totalDigits counts them: decimals that are zero do not count.
    `minimum`: Decimal("0.01") for « >0 », Decimal(0) for « ≥0 », None where the sign is free.
    An amount in XPF has no cents and is written `1234.00`: the PES amount type is one for all
    currencies, and every sample of it shows two decimals.
    """

    chiffres: int = 14
    minimum: Decimal | None = None
    maximum: Decimal | None = None

    def encode(self, value: Decimal) -> str:
        if not value.is_finite() or value.adjusted() > self.chiffres:
            raise ZoneError(f"{value} dépasse {self.chiffres} chiffres")
        text = f"{value:.2f}" if value else "0.00"
        if Decimal(text) != value:
            raise ZoneError(f"{value} n'est pas exact au centime")
        if self.minimum is not None and value < self.minimum:
            borne = "supérieur à 0" if self.minimum > 0 else "au moins 0"
            raise ZoneError(f"{value} doit être {borne}")
        if self.maximum is not None and value > self.maximum:
            raise ZoneError(f"{value} doit être au plus {self.maximum}")
        if len(text) > self.chiffres and _chiffres(text) > self.chiffres:
            raise ZoneError(f"{value} dépasse {self.chiffres} chiffres")
        return text

    def decode(self, text: str) -> Decimal:
        found = _DECIMAL.fullmatch(text)
        if not found:
            raise ZoneError(f"« {text} » n'est pas un montant")
        return Decimal(found[1])


@dataclass(frozen=True, slots=True)
class Centimes:
    """The same amount in cents without a point, as fixed-width records may want it."""

    chiffres: int

    def encode(self, value: Decimal) -> str:
        text = Montant(self.chiffres + 1, Decimal(0)).encode(value).replace(".", "").lstrip("0")
        if len(text) > self.chiffres:
            raise ZoneError(f"{value} dépasse {self.chiffres} chiffres en centimes")
        return text or "0"

    def decode(self, text: str) -> Decimal:
        return Decimal(Numerique(self.chiffres).decode(text)).scaleb(-2)


@dataclass(frozen=True, slots=True)
class Date:
    """Calendar date; PES writes ISO 8601, INDIGO its own pattern.

    A timezone, which xs:date allows and nobody should send, is read over: the civil date stands.
    `minimum`: the first date the zone accepts.
    """

    pattern: str = "%Y-%m-%d"
    minimum: date = date(1, 1, 1)

    def encode(self, value: date) -> str:
        if value < self.minimum:
            raise ZoneError(f"{value.isoformat()} est avant le {self.minimum.isoformat()}")
        if self.pattern == "%Y-%m-%d":
            return value.isoformat()
        text = value.strftime(self.pattern)
        if self.decode(text) != value:
            raise ZoneError(f"{value.isoformat()} ne peut pas s'écrire « {self.pattern} »")
        return text

    def decode(self, text: str) -> date:
        try:
            if self.pattern != "%Y-%m-%d":
                return datetime.strptime(text, self.pattern).date()  # noqa: DTZ007
            if found := _DATE.fullmatch(text):
                return date.fromisoformat(found[1])
        except ValueError:
            pass
        raise ZoneError(f"« {text} » n'est pas une date")


@dataclass(frozen=True, slots=True)
class Annee:
    """Year of four digits."""

    def encode(self, value: int) -> str:
        if not 1000 <= value <= 9999:
            raise ZoneError(f"{value} n'est pas une année de quatre chiffres")
        return str(value)

    def decode(self, text: str) -> int:
        found = _ANNEE.fullmatch(text)
        if not found:
            raise ZoneError(f"« {text} » n'est pas une année")
        return int(found[1])


@dataclass(frozen=True, slots=True)
class Booleen:
    """Flag written 1 or 0; `true` and `false` are read too."""

    def encode(self, value: bool) -> str:
        return "1" if value else "0"

    def decode(self, text: str) -> bool:
        found = _VRAI_FAUX.get(text.strip())
        if found is None:
            raise ZoneError(f"« {text} » n'est ni 0 ni 1")
        return found


@dataclass(frozen=True, slots=True)
class Code:
    """One of a closed list of the official codes, kept as text."""

    valeurs: frozenset[str]

    def encode(self, value: str) -> str:
        if value not in self.valeurs:
            connus = ", ".join(sorted(self.valeurs))
            raise ZoneError(f"« {value} » n'est pas dans la liste : {connus}")
        return value

    def decode(self, text: str) -> str:
        return text


def code(*valeurs: str) -> Code:
    """`code("01", "02")`, or `code("01 02")`: the list as the specification prints it."""
    return Code(frozenset(each for valeur in valeurs for each in valeur.split()))


@dataclass(frozen=True, slots=True)
class Constante(Generic[T]):
    """A value that the specification fixes: only `valeur` is written."""

    valeur: T
    codec: Codec[T]

    def encode(self, value: T) -> str:
        if value != self.valeur:
            raise ZoneError(f"{value} : seule la valeur {self.valeur} est permise")
        return self.codec.encode(value)

    def decode(self, text: str) -> T:
        return self.codec.decode(text)


def _longueur(value: str, minimum: int, maximum: int) -> None:
    if len(value) > maximum:
        raise ZoneError(
            f"« {value} » a {len(value)} caractères, {maximum} au plus ; rien n'est tronqué"
        )
    if len(value) < minimum:
        borne = "est vide" if not value else f"a {len(value)} caractères, {minimum} au moins"
        raise ZoneError(f"« {value} » {borne}")


def _chiffres(text: str) -> int:
    """Digits of a decimal text as XSD totalDigits counts them."""
    entier, _, fraction = text.lstrip("-").partition(".")
    return len(entier.lstrip("0")) + len(fraction.rstrip("0"))
