"""Every way a layout may write a value of one kind: the hypotheses of `indigo learn`.

A writing is a zone without its place. Its *core* is what the value itself puts there, padding
apart: it stands against one edge, and the padding fills the other side.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import partial

from vaguemestre.errors import ZoneError
from vaguemestre.indigo.condense import CONDENSES, octets_pour
from vaguemestre.indigo.sources import SOURCES
from vaguemestre.indigo.zones import Format, Valeur, Zone, ecrire, en_texte

# Wide enough for any value; the true width is what is looked for.
_LARGE = 400
DATES = ("%d%m%Y", "%Y%m%d", "%d%m%y", "%y%m%d", "%d/%m/%Y", "%Y-%m-%d", "%d/%m/%y", "%Y%j", "%y%j")
_CONTROLES = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ecriture:
    """A way to write. `rang` orders equals: the plainest first.

    `exposant`: power of ten of an amount (0 units, 2 hundredths), None for anything else.
    """

    zone: Zone
    exposant: int | None = None
    rang: int = 0
    encodage: str = "iso-8859-1"

    @property
    def a_gauche(self) -> bool:
        """Whether the value stands against the left edge, its padding on the right."""
        return self.zone.cadrage == "left"

    @property
    def plein(self) -> bytes:
        """What pads, one byte; packed digits are padded with zeros."""
        if self.zone.usage in CONDENSES:
            return b"\0"
        return self.zone.remplissage.encode(self.encodage)

    def forme(self, base: Format) -> Format:
        """The format of the file under this hypothesis."""
        if self.exposant is None:
            return base
        return replace(base, decimales=2 if self.exposant else 0, centimes=self.exposant == 2)

    def noyaux(self, base: Format) -> Callable[[Valeur], bytes | None]:
        """What a value itself writes; empty where only padding is; None: it cannot be written.

        The sign that stands apart from the digits (leading) is no part of it.
        """
        forme = self.forme(base)
        if self.zone.type == "X":
            return partial(_texte, forme=forme)
        signe = "separate_field" if self.zone.signe == "leading" else self.zone.signe
        large = replace(self.zone, longueur=self._largeur(), signe=signe)
        return partial(self._noyau, large, forme)

    def _noyau(self, large: Zone, forme: Format, valeur: Valeur) -> bytes | None:
        if large.type != "D" and valeur in (None, "") and large.remplissage != "0":
            return b""
        try:
            octets = ecrire(large, valeur, forme)
        except ZoneError:
            return None
        if large.type == "D":
            return octets
        if self.a_gauche:
            return octets.rstrip(self.plein)
        return octets.lstrip(self.plein) or octets[-1:]

    def signe(self, valeur: Valeur) -> bytes:
        """The leading sign of a value, empty for the other writings."""
        if self.zone.signe != "leading":
            return b""
        negatif = isinstance(valeur, int | Decimal) and valeur < 0
        return ("-" if negatif else "+").encode(self.encodage)

    def _largeur(self) -> int:
        if self.zone.type != "D":
            return _LARGE
        taille = len(date(2026, 12, 31).strftime(self.zone.format_date))
        return octets_pour(taille, self.zone.usage) if self.zone.usage in CONDENSES else taille


def ecritures(source: str, valeurs: Sequence[Valeur], encodage: str) -> Iterator[Ecriture]:
    """The writings to try for a source whose distinct values are given, plainest first."""
    for ecriture in _par_nature(source, valeurs):
        yield replace(ecriture, encodage=encodage)


def _par_nature(source: str, valeurs: Sequence[Valeur]) -> Iterator[Ecriture]:
    nature = SOURCES[source].nature
    if nature == "texte":
        yield from _textes(source)
    elif nature == "date":
        yield from _dates(source)
    elif nature == "entier":
        yield from _nombres(source, "9", (0,))
    elif nature == "taux":
        yield from _nombres(source, "9", (2, 1, 3, 0))
    else:
        yield from _montants(source, valeurs)


def _texte(valeur: Valeur, forme: Format) -> bytes | None:
    if valeur is None or valeur == "":
        return b""
    texte = en_texte(valeur, forme)
    if _CONTROLES.search(texte):
        return None
    try:
        return texte.encode(forme.encodage)
    except UnicodeEncodeError:
        return None


def _textes(source: str) -> Iterator[Ecriture]:
    for rang, (cadrage, plein) in enumerate(
        (("left", " "), ("right", " "), ("right", "0"), ("left", "*"), ("left", "."), ("left", "_"))
    ):
        yield Ecriture(zone=_zone(source, "X", cadrage=cadrage, remplissage=plein), rang=rang)


def _dates(source: str) -> Iterator[Ecriture]:
    rang = 0
    for motif in DATES:
        for plein in (" ", "0"):
            zone = _zone(source, "D", format_date=motif, remplissage=plein)
            yield Ecriture(zone=zone, rang=rang)
            rang += 1
    for motif in DATES:
        if motif.replace("%", "").isalpha():
            for usage in ("packed", "bcd"):
                zone = _zone(source, "D", format_date=motif, usage=usage, cadrage="right")
                yield Ecriture(zone=zone, rang=rang)
                rang += 1


def _nombres(source: str, type_: str, decimales: tuple[int, ...]) -> Iterator[Ecriture]:
    rang = 0
    for chiffres in decimales:
        for cadrage, plein in (("right", "0"), ("right", " "), ("left", " "), ("right", "*")):
            zone = _zone(source, type_, cadrage=cadrage, remplissage=plein, decimales=chiffres)
            yield Ecriture(zone=zone, rang=rang)
            rang += 1
        for usage in ("packed", "bcd"):
            zone = _zone(
                source, type_, cadrage="right", remplissage="0", decimales=chiffres, usage=usage
            )
            yield Ecriture(zone=zone, rang=rang)
            rang += 1


def _montants(source: str, valeurs: Sequence[Valeur]) -> Iterator[Ecriture]:
    nombres = [v for v in valeurs if isinstance(v, int | Decimal)]
    negatifs = any(v < 0 for v in nombres)
    fractions = any(v != int(v) for v in nombres)
    nu = ("S9", "separate_field") if negatifs else ("9", "none")
    rang = 0
    for exposant in (2,) if fractions else (2, 0):
        for type_, signe, cadrage, plein in (
            (*nu, "right", "0"),
            ("S9", "overpunch", "right", "0"),
            ("S9", "trailing", "right", "0"),
            ("S9", "leading", "right", "0"),
            (*nu, "right", " "),
            ("S9", "overpunch", "right", " "),
            ("S9", "trailing", "right", " "),
            ("S9", "leading", "right", " "),
            (*nu, "left", " "),
        ):
            zone = _zone(
                source, type_, signe=signe, cadrage=cadrage, remplissage=plein, montant=True
            )
            yield Ecriture(zone=zone, exposant=exposant, rang=rang)
            rang += 1
        for type_, usage in (("S9", "packed"), ("9", "packed"), ("9", "bcd")):
            if type_ == "S9" or not negatifs:
                zone = _zone(
                    source, type_, cadrage="right", remplissage="0", montant=True, usage=usage
                )
                yield Ecriture(zone=zone, exposant=exposant, rang=rang)
                rang += 1


def _zone(source: str, type_: str, **autres: object) -> Zone:
    return Zone(nom=source, debut=1, longueur=1, type=type_, source=source, **autres)  # type: ignore[arg-type]
