"""The published table of characters, applied to what we build and never to a received file.

A PES is written in ISO-8859-1, which lacks the typographic signs that spreadsheets and word
processors put in (pes.md §1.7). Each replacement is counted and shown to the sender. What the
table does not know stays as it is and becomes a finding at its place.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from vaguemestre.errors import Anomalie, ConfigurationError
from vaguemestre.formats.codecs import hors_jeu

T = TypeVar("T")

# fmt: off
TABLE: Mapping[str, str] = {
    "\u2018": "'",   "\u2019": "'",   "\u201a": "'",   "\u201b": "'",   # quotes, single
    "\u02bc": "'",   "\u2032": "'",                                     # modifier, prime
    "\u201c": '"',   "\u201d": '"',   "\u201e": '"',   "\u2033": '"',   # quotes, double
    "\u2039": "'",   "\u203a": "'",                                     # angle quotes, single
    "\u2010": "-",   "\u2011": "-",   "\u2012": "-",   "\u2013": "-",   # hyphens, dashes
    "\u2014": "-",   "\u2015": "-",   "\u2212": "-",                    # em dash, bar, minus
    "\u2022": "-",   "\u00ad": "",                                      # bullet, soft hyphen
    "\u2026": "...", "\u20ac": "EUR",                                   # ellipsis, euro
    "\u0152": "OE",  "\u0153": "oe",  "\u0178": "Y",                    # French ligature, Y
    "\u00a0": " ",   "\u202f": " ",   "\u2007": " ",   "\u2009": " ",   # spaces
    "\u2002": " ",   "\u2003": " ",   "\u200a": " ",   "\u3000": " ",
    "\u200b": "",    "\u200c": "",    "\u200d": "",    "\u2060": "",    # no width at all
    "\ufeff": "",
    "\ufb01": "fi",  "\ufb02": "fl",  "\ufb00": "ff",                   # ligatures of PDF texts
    "\u2116": "no",  "\u2122": "TM",
}
# fmt: on


def table(surcharge: Mapping[str, str]) -> dict[str, str]:
    """The published table with the settings of `pes.caracteres` over it.

    Raises:
        ConfigurationError: a key that is not one character outside ASCII, or a replacement that
            ISO-8859-1 lacks too.
    """
    for char, remplace in surcharge.items():
        if len(char) != 1 or char.isascii():
            raise ConfigurationError(
                f"pes.caracteres : « {char} » n'est pas un caractère unique hors ASCII"
            )
        if hors_jeu(remplace):
            raise ConfigurationError(
                f"pes.caracteres : « {remplace} » ne s'écrit pas non plus en ISO-8859-1"
            )
    return {**TABLE, **surcharge}


def traduire(texte: str, table: Mapping[str, str] = TABLE) -> tuple[str, Counter[str]]:
    """The text with the table applied, and how often each character was replaced.

    ASCII is never touched.

    Accents typed as two characters (macOS) are composed first; a composed accent counts under
    its two-character form.
    """
    compte: Counter[str] = Counter()
    if texte.isascii():
        return texte, compte
    compose = unicodedata.normalize("NFC", texte)
    if compose != texte:
        compte.update(filter(unicodedata.combining, texte))
        compte.subtract(filter(unicodedata.combining, compose))
        compte = +compte
    compte.update(char for char in compose if char in table)
    if not compte:
        return compose, compte
    return "".join(table.get(char, char) for char in compose), compte


def traduire_objet(objet: T, table: Mapping[str, str] = TABLE) -> tuple[T, Counter[str]]:
    """The same for every text inside a domain value (dataclasses and tuples, to any depth).

    What holds nothing to replace is returned as it is, not copied.
    """
    compte: Counter[str] = Counter()
    return cast(T, _traduire(objet, table, compte)), compte


def _traduire(objet: Any, table: Mapping[str, str], compte: Counter[str]) -> Any:
    if isinstance(objet, str):
        texte, trouve = traduire(objet, table)
        compte.update(trouve)
        return texte
    if isinstance(objet, tuple):
        elements = tuple(_traduire(each, table, compte) for each in objet)
        inchange = all(new is old for new, old in zip(elements, objet, strict=True))
        return objet if inchange else elements
    if is_dataclass(objet) and not isinstance(objet, type):
        changes = {}
        for champ in fields(objet):
            valeur = getattr(objet, champ.name)
            nouvelle = _traduire(valeur, table, compte)
            if nouvelle is not valeur:
                changes[champ.name] = nouvelle
        return replace(objet, **changes) if changes else objet
    return objet


def intrus(texte: str, ref: str, chemin: str = "") -> Iterator[Anomalie]:
    """One finding per character that ISO-8859-1 lacks (after `traduire`), with its position."""
    for char in hors_jeu(texte):
        position = texte.index(char) + 1
        nom = unicodedata.name(char, f"U+{ord(char):04X}")
        yield Anomalie(
            regle="depot.caractere",
            ref=ref,
            message=(
                f"le caractère « {char} » ({nom}), en position {position}, "
                "n'existe pas dans le jeu ISO-8859-1 du PES"
            ),
            chemin=chemin,
            valeur=texte,
            conseil=(
                "Remplacer ce caractère dans le logiciel émetteur, ou lui donner un équivalent "
                "dans pes.caracteres de vaguemestre.toml."
            ),
        )
