"""Codes that a layout translates: « 01 » of the PES written « M ».

A place that no value explains may still follow one: the same code gives the same bytes in every
record, and two codes never the same. What a code that was never seen becomes is not known, so such
a table is a guess, and the writer refuses what is not in it.
"""

from __future__ import annotations

from collections.abc import Sequence

from vaguemestre.indigo.alignement import SYNONYMES, Candidat, Grille
from vaguemestre.indigo.choix import Choix
from vaguemestre.indigo.ecritures import ecritures
from vaguemestre.indigo.sources import SOURCES
from vaguemestre.indigo.zones import Valeur

_LARGEUR_MAX, _CODES_MAX = 8, 30
# How many records, on the average, must show each code of a table.
_TEMOINS = 5
_RESERVE = "table de codes : un code jamais vu n'a pas de traduction"


def traduire(grille: Grille, debut: int, longueur: int) -> list[Choix] | None:
    """The zones of a stretch that varies without a reason, when tables explain all of it."""
    if longueur > _LARGEUR_MAX:
        return None
    if (entiere := _zone(grille, debut, longueur)) is not None:
        return [entiere]
    for premiere in range(1, longueur):
        zone = _zone(grille, debut, premiere)
        if zone is None:
            continue
        suite = traduire(grille, debut + premiere, longueur - premiere)
        if suite is not None:
            return [zone, *suite]
    return None


def _zone(grille: Grille, debut: int, longueur: int) -> Choix | None:
    ecrits = [octets[debut : debut + longueur] for octets in grille.genre.octets]
    if len(set(ecrits)) > _CODES_MAX + 1:
        return None
    sources = grille.genre.valeurs
    trouvees = {
        source: table
        for source, valeurs in sources.items()
        if SOURCES[source].nature == "texte"
        and SYNONYMES.get(source) not in sources
        and (table := _table(valeurs, ecrits, grille.base.encodage)) is not None
    }
    if not trouvees:
        return None
    premiere, *autres = sorted(trouvees, key=list(SOURCES).index)
    table = trouvees[premiere]
    candidat = Candidat(
        source=premiere,
        ecriture=next(iter(ecritures(premiere, list(table), grille.base.encodage))),
        bord=debut,
        minimum=longueur,
        maximum=longueur,
        distinctes=len(table),
        pleines=len(table),
    )
    return Choix(
        debut=debut,
        longueur=longueur,
        statut="guessed",
        candidat=candidat,
        distinctes=len(table),
        reste=("codes", "source") if autres else ("codes",),
        rivaux=[*(f"table de {autre}" for autre in autres), _RESERVE],
        table=table,
    )


def _table(
    valeurs: Sequence[Valeur], ecrits: Sequence[bytes], encodage: str
) -> dict[str, str] | None:
    """Code to written code; None where these bytes do not follow these values."""
    paires = set(zip(valeurs, ecrits, strict=True))
    codes = {valeur: ecrit.decode(encodage, "replace").rstrip(" ") for valeur, ecrit in paires}
    pleins = {str(valeur): ecrit for valeur, ecrit in codes.items() if valeur}
    vides = [ecrit for valeur, ecrit in codes.items() if not valeur]
    bijective = len(paires) == len(codes) and len(set(pleins.values())) == len(pleins)
    lisibles = all(
        e.isascii() and e.isprintable() and e and not e.startswith(" ") for e in pleins.values()
    )
    assez = 2 <= len(pleins) <= _CODES_MAX and len(valeurs) >= _TEMOINS * len(pleins)
    if not (bijective and lisibles and assez) or any(vides):
        return None
    return dict(sorted(pleins.items()))
