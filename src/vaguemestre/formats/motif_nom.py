"""Names agreed with the accountant: `Facture_{numero}_{annee}_{fournisseur}`, compiled and tried.

Accord local 1.5: « Le nom du fichier doit permettre d'identifier d'un point de vue métier le
document (par exemple pour une facture fournisseur : Facture_N°_année_nom fournisseur). Les règles
de nommage […] seront définies de façon contractuelle entre la collectivité et son comptable ».
A pattern without any `{word}` is a regular expression, as the configuration has always had.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from vaguemestre.errors import ConfigurationError

_CASE = re.compile(r"\\\{([a-z_]+)(?::([0-9]{1,2}))?\\\}")
_BRUT = re.compile(r"\{[a-z_]+(?::[0-9]{1,2})?\}")
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{2,4}\Z")
_LIBRE = r"[^\x00-\x1f/\\]{1,80}?"
_SEPARATEUR = "_"
_MOT = re.compile(r"\{([a-z_]+)\}")
# Each one multiplies the ways to read a name.
_LIBRES_MAX = 4


@dataclass(frozen=True, slots=True)
class _Case:
    """One kind of placeholder: what it accepts, and an example of it."""

    motif: str
    exemple: str


# A word that is not listed takes any text: an agreement may name what it likes.
_CASES = {
    "annee": _Case("(?:19|20)[0-9]{2}", "2026"),
    "exercice": _Case("(?:19|20)[0-9]{2}", "2026"),
    "mois": _Case("(?:0[1-9]|1[0-2])", "11"),
    "jour": _Case("(?:0[1-9]|[12][0-9]|3[01])", "20"),
    "date": _Case("(?:19|20)[0-9]{2}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12][0-9]|3[01])", "20261120"),
    "numero": _Case("[0-9A-Za-z][0-9A-Za-z.°-]{0,39}?", "118"),
    "mandat": _Case("[0-9]{1,8}", "832"),
    "titre": _Case("[0-9]{1,8}", "215"),
    "bordereau": _Case("[0-9]{1,7}", "72"),
    "siret": _Case("[0-9]{14}", "73282932000074"),
    "ridet": _Case("[0-9]{6,10}", "0123456001"),
    "fournisseur": _Case(_LIBRE, "PAPETERIE DU LAGON"),
    "objet": _Case(_LIBRE, "Voirie"),
    "libelle": _Case(_LIBRE, "Attestation"),
}


@dataclass(frozen=True, slots=True)
class MotifNom:
    """A compiled pattern. `exemple` is a name that it accepts, '' for a regular expression."""

    motif: str
    exemple: str
    _regex: re.Pattern[str]

    def accepte(self, nom: str) -> bool:
        return self._regex.fullmatch(nom) is not None

    def lire(self, nom: str) -> dict[str, str] | None:
        """The values of the placeholders, by name; None when the name does not fit."""
        trouve = self._regex.fullmatch(nom)
        return None if trouve is None else trouve.groupdict()

    @property
    def attendu(self) -> str:
        """What was expected, for a person."""
        return f"{self.motif} (par exemple {self.exemple})" if self.exemple else self.motif


@cache
def compiler(motif: str) -> MotifNom:
    """Compile a pattern; without an extension of its own it takes any of 2 to 4 characters.

    `{numero}`, `{annee}`, `{mois}`… have their form; `{mot:4}` is exactly four digits; any other
    word takes any text. The same word twice must have the same value twice.

    Raises:
        ConfigurationError: a brace that closes nothing, too many words of free text, or a broken
            regular expression.
    """
    try:
        if not _BRUT.search(motif):
            return MotifNom(motif, "", re.compile(motif))
        if "{" in _BRUT.sub("", motif) or "}" in _BRUT.sub("", motif):
            raise ConfigurationError(
                f"motif de nom « {motif} » : chaque accolade entoure un mot, comme {{annee}}"
            )
        libres = [mot for mot in _MOT.findall(motif) if _case(mot, None).motif == _LIBRE]
        if len(set(libres)) > _LIBRES_MAX:
            raise ConfigurationError(
                f"motif de nom « {motif} » : pas plus de {_LIBRES_MAX} mots à texte libre"
            )
        regex, exemple = _gabarit(motif)
        return MotifNom(motif, exemple, re.compile(regex))
    except re.error as error:
        raise ConfigurationError(f"motif de nom « {motif} » inutilisable : {error}") from error


def _gabarit(motif: str) -> tuple[str, str]:
    """(regular expression, example) of a pattern with placeholders."""
    regex, exemple, position, vues = "", "", 0, set[str]()
    echappe = re.escape(motif)
    for trouve in _CASE.finditer(echappe):
        fixe = echappe[position : trouve.start()]
        nom, chiffres = trouve[1], trouve[2]
        case = _case(nom, chiffres)
        regex += fixe + (f"(?P={nom})" if nom in vues else f"(?P<{nom}>{case.motif})")
        exemple += re.sub(r"\\(.)", r"\1", fixe) + case.exemple
        vues.add(nom)
        position = trouve.end()
    fixe = echappe[position:]
    regex, exemple = regex + fixe, exemple + re.sub(r"\\(.)", r"\1", fixe)
    if not _EXTENSION.search(exemple):
        return regex + r"\.[A-Za-z0-9]{2,4}", exemple + ".pdf"
    return regex, exemple


def _case(nom: str, chiffres: str | None) -> _Case:
    if chiffres is not None:
        return _Case(f"[0-9]{{{chiffres}}}", "1".zfill(int(chiffres)))
    return _CASES.get(nom, _Case(_LIBRE, nom.replace(_SEPARATEUR, " ")))
