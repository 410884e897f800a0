"""`indigo diff`: two INDIGO files, record by record and zone by zone.

Records are aligned first, so that one record too many is one difference and not all that follow.
A draft may serve, as long as its zones are placed: bytes are compared, values only shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from vaguemestre.errors import ConfigurationError, ZoneError
from vaguemestre.indigo.dessins import Dessin, Profil
from vaguemestre.indigo.lecture import decouper
from vaguemestre.indigo.zones import Zone, decoder

# Beyond this many records that changed side by side, they are taken two by two, in order.
_ALIGNEMENT_MAX = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Ecart:
    """One difference. Ranks count from 1 and are None where the other file has no such record.

    `zone` is empty for a whole record; `a` and `b` are the raw texts, None on the missing side.
    """

    genre: Literal["zone", "en_moins", "en_trop", "type"]
    rang_a: int | None
    rang_b: int | None
    enregistrement: str
    zone: str = ""
    debut: int = 0
    longueur: int = 0
    a: str | None = None
    b: str | None = None

    def as_json(self) -> dict[str, object]:
        return {
            "genre": self.genre,
            "rang_a": self.rang_a,
            "rang_b": self.rang_b,
            "enregistrement": self.enregistrement,
            "zone": self.zone,
            "debut": self.debut,
            "longueur": self.longueur,
            "a": self.a,
            "b": self.b,
        }


def differences(a: bytes, b: bytes, profil: Profil) -> list[Ecart]:
    """Every difference between two files of one layout, in the order of the records.

    Raises:
        ConfigurationError: a layout whose zones are not placed.
        IllisibleError: a file that is no file of this layout: wrong length, wrong end of line.
    """
    if not profil.longueur or any(not zone.debut for d in profil.dessins for zone in d.zones):
        raise ConfigurationError(
            f"le dessin INDIGO {profil.nom} ne place pas toutes ses zones : rien à comparer"
        )
    records_a, records_b = list(decouper(a, profil)), list(decouper(b, profil))
    return list(_par_blocs(records_a, records_b, profil))


def _par_blocs(
    records_a: Sequence[bytes], records_b: Sequence[bytes], profil: Profil
) -> Iterator[Ecart]:
    blocs = SequenceMatcher(None, records_a, records_b, autojunk=False).get_opcodes()
    for operation, debut_a, fin_a, debut_b, fin_b in blocs:
        if operation != "equal":
            paires = _apparier(records_a[debut_a:fin_a], records_b[debut_b:fin_b])
            for rang_a, rang_b in paires:
                vrai_a = None if rang_a is None else debut_a + rang_a
                vrai_b = None if rang_b is None else debut_b + rang_b
                yield from _comparer(
                    (vrai_a, None if vrai_a is None else records_a[vrai_a]),
                    (vrai_b, None if vrai_b is None else records_b[vrai_b]),
                    profil,
                )


def _apparier(
    bloc_a: Sequence[bytes], bloc_b: Sequence[bytes]
) -> list[tuple[int | None, int | None]]:
    """Records that changed, two by two: the likest together, in order (edit distance)."""
    n, m = len(bloc_a), len(bloc_b)
    if n == m or not n or not m or n * m > _ALIGNEMENT_MAX**2:
        return [
            (rang if rang < n else None, rang if rang < m else None) for rang in range(max(n, m))
        ]
    couts = [[float(i + j) for j in range(m + 1)] for i in range(n + 1)]
    for i in range(n):
        for j in range(m):
            couts[i + 1][j + 1] = min(
                couts[i][j] + 2 * _dissemblance(bloc_a[i], bloc_b[j]),
                couts[i][j + 1] + 1,
                couts[i + 1][j] + 1,
            )
    paires: list[tuple[int | None, int | None]] = []
    i, j = n, m
    while i or j:
        ensemble = (
            i
            and j
            and couts[i][j] == couts[i - 1][j - 1] + 2 * _dissemblance(bloc_a[i - 1], bloc_b[j - 1])
        )
        if ensemble:
            i, j = i - 1, j - 1
            paires.append((i, j))
        elif i and couts[i][j] == couts[i - 1][j] + 1:
            i -= 1
            paires.append((i, None))
        else:
            j -= 1
            paires.append((None, j))
    return paires[::-1]


def _dissemblance(a: bytes, b: bytes) -> float:
    """Share of the bytes that differ; blanks in both count for nothing."""
    utiles = [(x, y) for x, y in zip(a, b, strict=False) if x != y or x != ord(" ")]
    return sum(x != y for x, y in utiles) / len(utiles) if utiles else 0.0


def _comparer(
    cote_a: tuple[int | None, bytes | None],
    cote_b: tuple[int | None, bytes | None],
    profil: Profil,
) -> Iterator[Ecart]:
    (rang_a, octets_a), (rang_b, octets_b) = cote_a, cote_b
    rangs = (None if rang_a is None else rang_a + 1, None if rang_b is None else rang_b + 1)
    present = octets_a if octets_a is not None else octets_b or b""
    dessin = reconnaitre(present, profil)
    nom = "type inconnu" if dessin is None else dessin.id
    texte_a, texte_b = (_texte(octets, profil) for octets in (octets_a, octets_b))
    if octets_a is None or octets_b is None:
        genre: Literal["en_trop", "en_moins"] = "en_trop" if octets_a is None else "en_moins"
        yield Ecart(
            genre=genre, rang_a=rangs[0], rang_b=rangs[1], enregistrement=nom, a=texte_a, b=texte_b
        )
    elif dessin is None or reconnaitre(octets_b, profil) is not dessin:
        yield Ecart(
            genre="type", rang_a=rangs[0], rang_b=rangs[1], enregistrement=nom, a=texte_a, b=texte_b
        )
    else:
        for zone in dessin.zones:
            tranche_a, tranche_b = (o[zone.debut - 1 : zone.fin] for o in (octets_a, octets_b))
            if tranche_a != tranche_b:
                yield Ecart(
                    genre="zone",
                    rang_a=rangs[0],
                    rang_b=rangs[1],
                    enregistrement=nom,
                    zone=zone.nom,
                    debut=zone.debut,
                    longueur=zone.longueur,
                    a=_dire(zone, tranche_a, profil),
                    b=_dire(zone, tranche_b, profil),
                )


def reconnaitre(octets: bytes, profil: Profil) -> Dessin | None:
    """The layout of a record by its mark; None where none fits, or several may."""
    for dessin in profil.dessins:
        marque = dessin.discriminant
        if marque is not None:
            lu = octets[marque.start - 1 : marque.start - 1 + marque.length]
            if lu == marque.value.encode(profil.forme.encodage):
                return dessin
    sans = [dessin for dessin in profil.dessins if dessin.discriminant is None]
    return sans[0] if len(sans) == 1 else None


def _texte(octets: bytes | None, profil: Profil) -> str | None:
    return None if octets is None else octets.decode(profil.forme.encodage, "replace")


def _dire(zone: Zone, octets: bytes, profil: Profil) -> str:
    try:
        return decoder(zone, octets, profil.forme)
    except ZoneError:
        return octets.hex().upper()
