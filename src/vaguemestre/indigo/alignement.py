"""Where the values of the PES stand in the records: candidates, each true of every record.

A candidate is a source, a writing, an edge, and every width that the records allow: the least is
that of the longest value seen, the greatest ends where the padding does. A place that one record
contradicts is no candidate.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from vaguemestre.indigo.ecritures import Ecriture, ecritures
from vaguemestre.indigo.structure import Genre
from vaguemestre.indigo.zones import Format, Valeur

# A place is looked for in these few records before all of them are read.
_SONDES = 12
_FILTRE = 250
# A zone that cuts its text has at least this width: shorter, it would be chance.
_COUPE_MIN = 4
# The same value by definition: the first is kept where both are known.
SYNONYMES = {"piece.code_service": "ligne.code_service", "bordereau.signe": "ligne.signe"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidat:
    """`bord`: offset of the edge that the value stands against (first byte, or one past the last).

    `pleines`: how many distinct values reach the far edge at the least width. `coupe`: some text
    is longer than the zone. `rembourre`: padding was seen inside the least width. `variantes`:
    where it was not, the other sides and paddings that the same bytes allow.
    """

    source: str
    ecriture: Ecriture
    bord: int
    minimum: int
    maximum: int
    distinctes: int
    pleines: int
    coupe: bool = False
    rembourre: bool = False
    variantes: tuple[Candidat, ...] = ()

    def place(self, largeur: int) -> tuple[int, int]:
        """First offset, and one past the last."""
        if self.ecriture.a_gauche:
            return self.bord, self.bord + largeur
        return self.bord - largeur, self.bord

    @property
    def empreinte(self) -> range:
        """The bytes that no narrower reading of the zone can do without."""
        return range(*self.place(self.minimum))


@dataclass(slots=True)
class Grille:
    """The records of one kind, by column."""

    genre: Genre
    longueur: int
    base: Format
    fixes: list[int | None] = field(init=False)
    variables: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        self.fixes = [
            colonne[0] if len(set(colonne)) == 1 else None
            for colonne in zip(*self.genre.octets, strict=True)
        ]
        self.variables = frozenset(i for i, octet in enumerate(self.fixes) if octet is None)

    @property
    def codes_constants(self) -> frozenset[str]:
        """The texts that are the same in every record."""
        return frozenset(
            valeurs[0]
            for valeurs in self.genre.valeurs.values()
            if isinstance(valeurs[0], str) and len(set(valeurs)) == 1
        )

    @property
    def visibles(self) -> frozenset[int]:
        """The columns that show the same byte in every record, neither blank nor zero; both ends
        of a record are such."""
        pleins = {None, *" 0".encode(self.base.encodage), 0}
        montrees = (rang for rang, octet in enumerate(self.fixes) if octet not in pleins)
        return frozenset((-1, *montrees, self.longueur))

    @property
    def nombre(self) -> int:
        return len(self.genre.octets)


def candidats(grille: Grille) -> list[Candidat]:
    """Every candidate of a kind of record, for sources that show two values or more, or one of
    at least two significant characters.
    """
    trouves: list[Candidat] = []
    valeurs_par_source = grille.genre.valeurs
    for source, valeurs in valeurs_par_source.items():
        if SYNONYMES.get(source) in valeurs_par_source:
            continue
        distinctes = list(dict.fromkeys(valeurs))
        if distinctes in ([None], [""]):
            continue
        siennes: list[Candidat] = []
        for ecriture in ecritures(source, distinctes, grille.base.encodage):
            siennes += _Recherche(grille, source, ecriture, valeurs, distinctes).candidats()
        trouves += _sans_doubles(siennes)
    return trouves


def _sans_doubles(candidats_: list[Candidat]) -> list[Candidat]:
    """One of those that write the same bytes at the same place: the plainest, with the others."""
    gardes: list[Candidat] = []
    groupes: dict[tuple[object, ...], list[Candidat]] = {}
    for un in sorted(candidats_, key=lambda c: c.ecriture.rang):
        zone = un.ecriture.zone
        if un.rembourre or zone.type == "D" or zone.usage != "display":
            gardes.append(un)
            continue
        cle = (un.place(un.minimum), un.ecriture.exposant, zone.type, zone.signe, zone.decimales)
        groupes.setdefault(cle, []).append(un)
    for premier, *autres in groupes.values():
        larges = tuple(autre for autre in autres if autre.maximum > autre.minimum)
        gardes.append(replace(premier, variantes=larges))
    return gardes


class _Recherche:
    """One source in one writing."""

    def __init__(
        self,
        grille: Grille,
        source: str,
        ecriture: Ecriture,
        valeurs: list[Valeur],
        distinctes: list[Valeur],
    ) -> None:
        self._grille = grille
        self._source = source
        self._ecriture = ecriture
        self._valeurs = valeurs
        self._distinctes = distinctes
        self._noyaux: dict[Valeur, bytes | None] = {}
        self._ecrire = ecriture.noyaux(grille.base)
        self._plein = ecriture.plein
        self._a_gauche = ecriture.a_gauche
        self._type, self._signe = ecriture.zone.type, ecriture.zone.signe

    def candidats(self) -> Iterator[Candidat]:
        sondes = self._sondes()
        if sondes is None:
            return
        for bord in self._bords(sondes):
            if (un := self._etendre(bord)) is not None:
                yield un

    def _noyau(self, valeur: Valeur) -> bytes | None:
        if valeur not in self._noyaux:
            self._noyaux[valeur] = self._ecrire(valeur)
        return self._noyaux[valeur]

    def _sondes(self) -> list[int] | None:
        """Ranks of a few telling records, the longest value first; None: nothing to look for."""
        premiers: dict[Valeur, int] = {}
        for rang, valeur in enumerate(self._valeurs):
            if valeur not in premiers:
                premiers[valeur] = rang
                if len(premiers) > 24:
                    break
        noyaux = [(self._noyau(valeur), rang) for valeur, rang in premiers.items()]
        if any(noyau is None for noyau, _ in noyaux):
            return None
        longs = sorted(noyaux, key=lambda un: -len(un[0] or b""))
        plus_long = longs[0][0] or b""
        if len(self._distinctes) == 1 and (len(plus_long) < 3 or len(plus_long.strip(b"0 \0")) < 2):
            return None
        return [rang for _, rang in longs[:_SONDES]] if longs[0][0] else None

    def _bords(self, sondes: list[int]) -> Iterator[int]:
        """Edges that the probes allow."""
        premiere, *autres = sondes
        record = self._grille.genre.octets[premiere]
        noyau = self._noyau(self._valeurs[premiere]) or b""
        cherche = noyau if not self._coupable else noyau[: min(len(noyau), 3)]
        debut = record.find(cherche)
        while debut >= 0:
            bord = debut if self._a_gauche else debut + len(noyau)
            if bord <= len(record) and all(self._tient(bord, rang) for rang in autres):
                yield bord
            debut = record.find(cherche, debut + 1)

    @property
    def _coupable(self) -> bool:
        """Whether a layout may cut this writing: only a text that begins at its left edge."""
        return self._type == "X" and self._a_gauche

    def _tient(self, bord: int, rang: int) -> bool:
        record = self._grille.genre.octets[rang]
        noyau = self._noyau(self._valeurs[rang])
        if noyau is None:
            return False
        if self._a_gauche:
            essai = noyau[:3] if self._coupable else noyau
            return record.startswith(essai, bord)
        return bord >= len(noyau) and record.endswith(noyau, 0, bord)

    def _etendre(self, bord: int) -> Candidat | None:
        """Read every record at this edge; None as soon as one contradicts."""
        octets, valeurs = self._grille.genre.octets, self._valeurs
        mesure = _Mesure(self, bord, coupable=self._coupable)
        for rang in range(0, len(octets), max(1, len(octets) // _FILTRE)):
            if not mesure.lire(octets[rang], valeurs[rang]):
                return None
        for record, valeur in zip(octets, valeurs, strict=True):
            if not mesure.lire(record, valeur):
                return None
        return mesure.conclure(self._source, self._ecriture)

    def mesurer(self, record: bytes, valeur: Valeur, bord: int) -> tuple[int, int, bool] | None:
        """Width that the value takes, width up to the end of its padding, and whether it is cut."""
        noyau = self._noyaux[valeur] if valeur in self._noyaux else self._noyau(valeur)
        if noyau is None:
            return None
        taille = len(noyau)
        if self._type == "D":
            fin = bord if not self._a_gauche else bord + taille
            return (taille, taille, False) if record[fin - taille : fin] == noyau else None
        if self._a_gauche:
            return self._mesurer_a_gauche(record, noyau, bord)
        if bord < taille or not record.endswith(noyau, 0, bord):
            return None
        avant = record[: bord - taille]
        reste = len(avant) - len(avant.rstrip(self._plein))
        if self._signe != "leading" or not noyau:
            return taille, taille + reste, False
        signe = self._ecriture.signe(valeur)
        if not avant[: len(avant) - reste].endswith(signe):
            return None
        large = taille + reste + 1
        return large, large, False

    def _mesurer_a_gauche(
        self, record: bytes, noyau: bytes, bord: int
    ) -> tuple[int, int, bool] | None:
        taille = len(noyau)
        if record.startswith(noyau, bord):
            apres = record[bord + taille :]
            reste = len(apres) - len(apres.lstrip(self._plein))
            return taille, taille + reste, False
        if not self._coupable:
            return None
        commun = 0
        for a, b in zip(noyau, record[bord:], strict=False):
            if a != b:
                break
            commun += 1
        if not commun:
            return None
        return commun, commun + self._lettre_rognee(record, noyau, bord, commun), True

    def _lettre_rognee(self, record: bytes, noyau: bytes, bord: int, commun: int) -> int:
        """Blanks that stand for a letter of several bytes, cut in the middle and left out."""
        lettre = noyau[: commun + 4].decode(self._grille.base.encodage, "ignore")
        avant = noyau[:commun].decode(self._grille.base.encodage, "ignore")
        taille = len(lettre[len(avant) : len(avant) + 1].encode(self._grille.base.encodage))
        rognure = record[bord + commun : bord + commun + max(0, taille - 1)]
        return len(rognure) - len(rognure.lstrip(self._plein))


class _Mesure:
    """The widths that the records read so far allow."""

    def __init__(self, recherche: _Recherche, bord: int, *, coupable: bool) -> None:
        self._recherche = recherche
        self._bord = bord
        self._minimum = 1
        self._maximum = 1 << 30
        self._coupable = coupable
        self._tailles: dict[Valeur, int] = {}
        self._coupes: dict[Valeur, int] = {}

    def lire(self, record: bytes, valeur: Valeur) -> bool:
        vu = self._recherche.mesurer(record, valeur, self._bord)
        if vu is None:
            return False
        taille, permis, coupe = vu
        if permis < self._maximum:
            self._maximum = permis
        if coupe:
            self._coupes[valeur] = min(taille, self._coupes.get(valeur, taille))
        else:
            self._tailles[valeur] = taille
            if taille > self._minimum:
                self._minimum = taille
        return self._maximum >= 1 and (self._minimum <= self._maximum or self._coupable)

    def conclure(self, source: str, ecriture: Ecriture) -> Candidat | None:
        minimum, maximum = self._minimum, self._maximum
        coupe = bool(self._coupes)
        if coupe:
            # every value longer than the zone must fill it: the zone ends where they all stop
            minimum = maximum
        if minimum > maximum or (coupe and maximum < _COUPE_MIN):
            return None
        pleines = [v for v, t in self._tailles.items() if t >= minimum]
        pleines += [v for v in self._coupes if v not in self._tailles]
        tailles = [*self._tailles.values(), *self._coupes.values()]
        distinctes = {v for v, t in self._tailles.items() if t} | set(self._coupes)
        return Candidat(
            source=source,
            ecriture=ecriture,
            bord=self._bord,
            minimum=minimum,
            maximum=maximum,
            distinctes=len(distinctes),
            pleines=len(pleines),
            coupe=coupe,
            rembourre=min((taille for taille in tailles if taille), default=0) < minimum,
        )
