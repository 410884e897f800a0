"""The values of the PES that never varied in the accepted files, and that a constant may be.

No zone writes them; each might still be what a constant or an empty stretch of the record stands
for. The writer watches them (`veille`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from vaguemestre.indigo.alignement import SYNONYMES, Grille
from vaguemestre.indigo.choix import Choix
from vaguemestre.indigo.ecritures import ecritures
from vaguemestre.indigo.profil import FigeeJson
from vaguemestre.indigo.sources import SOURCES
from vaguemestre.indigo.zones import Valeur, temoin

# What the record itself settles, or no PES holds.
_JAMAIS = frozenset(
    {"fichier.famille", "fichier.sequence", "fichier.rang", "piece.origine.bordereau"}
    | {"piece.num_piece_tresorerie", "fichier.nombre_enregistrements"}
)


def figees(grille: Grille, zones: Sequence[Choix], marque: range) -> Iterator[FigeeJson]:
    """One for each such value, with the place that could be its own; `zones`: all of the record,
    `marque`: the bytes that say which record it is, and can be nothing else.
    """
    ecrites = {zone.candidat.source for zone in zones if zone.candidat is not None}
    ecrites |= {rival.partition(",")[0] for zone in zones for rival in zone.rivaux}
    sources = grille.genre.valeurs
    for source, valeurs in sources.items():
        if source in ecrites | _JAMAIS or SYNONYMES.get(source) in sources:
            continue
        if len(set(valeurs)) > 1:
            continue
        place = _place(grille, zones, marque, source, valeurs[0])
        if place is not None:
            yield FigeeJson(
                source=source, value=temoin(valeurs[0]), start=place[0] + 1, length=place[1]
            )


def _place(
    grille: Grille, zones: Sequence[Choix], marque: range, source: str, valeur: Valeur
) -> tuple[int, int] | None:
    """Offset and length of what may be this value."""
    pris = {octet for zone in zones for octet in _pris(zone)} | set(marque)
    libres = {i: o for i, o in enumerate(grille.fixes) if o is not None and i not in pris}
    blanc, zero = " 0".encode(grille.base.encodage)
    dit = temoin(valeur)
    if not dit:
        pleins = {blanc} if SOURCES[source].nature == "texte" else {blanc, zero}
        vides = _suites({i: o for i, o in libres.items() if o in pleins}, memes=True)
        longue = max(vides, key=lambda un: len(un[1]), default=None)
        return None if longue is None else (longue[0], len(longue[1]))
    for ecriture in ecritures(source, [valeur], grille.base.encodage):
        noyau = ecriture.noyaux(grille.base)(valeur) or b""
        for debut, octets in _suites(libres, memes=False):
            seul = dit in {"+", "-"} or octets.strip(bytes((blanc, zero, 0))) == noyau
            if (ou := octets.find(noyau)) >= 0 and noyau and (len(noyau) > 1 or seul):
                return debut + ou, len(noyau)
    return None


def _suites(libres: dict[int, int], *, memes: bool) -> Iterator[tuple[int, bytes]]:
    """Columns that follow each other, with their bytes; `memes`: only while the byte is one."""
    for _, suite in groupby(
        enumerate(libres.items()), key=lambda un: (un[1][0] - un[0], memes and un[1][1])
    ):
        colonnes = [colonne for _, colonne in suite]
        yield colonnes[0][0], bytes(octet for _, octet in colonnes)


def _pris(zone: Choix) -> range:
    """The bytes that a source explains: beyond the longest value seen, a zone may have neighbours
    that were always empty."""
    return range(0) if zone.candidat is None else zone.candidat.empreinte
