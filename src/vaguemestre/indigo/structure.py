"""Which record of an accepted INDIGO file stands for which object of its PES.

The order is that of the writer (`convert`): header, then for each bordereau its records, for each
pièce its records, for each ligne its records, trailer. A structure says how many records each
level has; those that give the right number of records for every pair are tried, and the values of
the PES that are found in the records decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

from vaguemestre.domain.comptable import Bordereau, PesAller
from vaguemestre.indigo.decoupage import Decoupage
from vaguemestre.indigo.profil import Decoupe
from vaguemestre.indigo.sources import FAMILLES, SOURCES, Contexte, Fichier, tiers_principal
from vaguemestre.indigo.zones import Valeur

NIVEAUX = ("bordereau", "piece", "ligne")
# The number of an envoi is not in a PES: nothing can be learned of it.
_HORS_PES = frozenset({"fichier.sequence", "fichier.rang", "fichier.nombre_enregistrements"})
_PAR_PORTEE = {
    portee: tuple(
        (nom, source.prendre)
        for nom, source in SOURCES.items()
        if source.portee == portee and nom not in _HORS_PES
    )
    for portee in ("file", *NIVEAUX)
}
_FOIS = tuple(fois for fois in product(range(3), repeat=3) if any(fois))
DECOUPES: tuple[Decoupe, ...] = ("domain", "budget", "bordereau")
Releve = dict[str, Valeur]


@dataclass(frozen=True, slots=True)
class Paire:
    """A PES and the bytes of the INDIGO file that the accountant accepted with it.

    `nom` is said to people; `empreinte_pes`: SHA-256 of the PES file, in hexadecimal digits.
    `nom_indigo`: the name of the INDIGO file, where it is known.
    """

    nom: str
    pes: PesAller
    empreinte_pes: str
    contenu: bytes
    nom_indigo: str = ""


@dataclass(frozen=True, slots=True)
class Etape:
    """One object of the PES, in the order of the writer, with the values known from it on."""

    niveau: str
    famille: str
    releves: tuple[Releve, ...]


@dataclass(frozen=True, slots=True)
class Portion:
    """The bordereaux that one file may hold. `nombres`: family -> (bordereaux, pièces, lignes)."""

    famille: str
    fichier: Releve
    etapes: tuple[Etape, ...]
    nombres: dict[str, tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class Structure:
    """How many records each level of each family has, header and trailer apart."""

    un_fichier_par: Decoupe
    entete: bool
    queue: bool
    fois: dict[str, tuple[int, ...]]

    @property
    def genres(self) -> int:
        return self.entete + self.queue + sum(sum(fois) for fois in self.fois.values())

    def compter(self, portion: Portion) -> int | None:
        """Records of a file, or None where a family of it has no records here."""
        if not portion.nombres.keys() <= self.fois.keys():
            return None
        return (self.entete + self.queue) + sum(
            fois * nombre
            for famille, nombres in portion.nombres.items()
            for fois, nombre in zip(self.fois[famille], nombres, strict=True)
        )

    def derouler(self, portion: Portion) -> Iterator[tuple[Cle, tuple[Releve, ...]]]:
        """The kind of each record in turn, and what is known when it is written."""
        if self.entete:
            yield Cle("", "file", 0), (portion.fichier,)
        for etape in portion.etapes:
            for rang in range(self.fois[etape.famille][NIVEAUX.index(etape.niveau)]):
                yield Cle(etape.famille, etape.niveau, rang), etape.releves
        if self.queue:
            yield Cle("", "file", 1), (portion.fichier,)


@dataclass(frozen=True, slots=True, order=True)
class Cle:
    """A kind of record: family ('' for header and trailer), level, rank among its likes."""

    famille: str
    par: str
    rang: int


@dataclass(slots=True)
class Genre:
    """Every record of one kind: its bytes, its pair (from 1), and the values by source."""

    cle: Cle
    octets: list[bytes] = field(default_factory=list)
    paires: list[int] = field(default_factory=list)
    valeurs: dict[str, list[Valeur]] = field(default_factory=dict)


def portions(pes: PesAller) -> dict[str, list[Portion]]:
    """What one file may hold, by the word of the layout: domain, budget or bordereau."""
    tous = tuple(b for b in pes.bordereaux if b.pieces and all(p.lignes for p in b.pieces))
    familles = {f: tuple(b for b in tous if FAMILLES[b.domaine] == f) for f in FAMILLES.values()}
    par_domaine = [_portion(pes, f, bordereaux) for f, bordereaux in familles.items() if bordereaux]
    found = {"domain": par_domaine}
    if len(par_domaine) > 1:
        found["budget"] = [_portion(pes, "", tous)]
    else:
        found["budget"] = par_domaine
    if len(tous) > len(par_domaine):
        found["bordereau"] = [_portion(pes, FAMILLES[b.domaine], (b,)) for b in tous]
    else:
        found["bordereau"] = par_domaine
    return found


def structures(
    candidats: Sequence[dict[str, list[Portion]]], nombres: Sequence[int]
) -> list[Structure]:
    """Every structure that gives each pair its number of records, the plainest first."""
    trouvees: list[Structure] = []
    vues: set[tuple[int, ...]] = set()
    for un_fichier_par in DECOUPES:
        listes = [portions_[un_fichier_par] for portions_ in candidats]
        signature = tuple(id(portion) for liste in listes for portion in liste)
        if signature in vues:
            continue
        vues.add(signature)
        for entete, queue in product((False, True), repeat=2):
            for fois in _fois(listes, [n - entete - queue for n in nombres]):
                trouvees.append(Structure(un_fichier_par, entete, queue, fois))
    return sorted(trouvees, key=lambda s: s.genres)


def regrouper(
    structure: Structure,
    choisies: Sequence[Portion],
    contenus: Sequence[list[bytes]],
    pas: int = 1,
) -> list[Genre]:
    """The records of all pairs by kind, each with its values; one record of `pas` is kept."""
    genres: dict[Cle, Genre] = {}
    for paire, (portion, records) in enumerate(zip(choisies, contenus, strict=True), 1):
        for rang, (cle, releves) in enumerate(structure.derouler(portion)):
            if pas > 1 and rang % pas and cle in genres:
                continue
            genre = genres.setdefault(cle, Genre(cle))
            genre.octets.append(records[rang])
            genre.paires.append(paire)
            _noter(genre, releves, rang + 1, len(records))
    return [genres[cle] for cle in sorted(genres)]


def decoupages_possibles(
    possibles: Sequence[Decoupage], paires: Sequence[Paire]
) -> Iterator[tuple[Decoupage, list[int]]]:
    """Each way to cut, with the number of records that it gives each file."""
    for decoupage in possibles:
        yield decoupage, [len(paire.contenu) // decoupage.pas for paire in paires]


def _noter(genre: Genre, releves: tuple[Releve, ...], rang: int, total: int) -> None:
    for releve in releves:
        for source, valeur in releve.items():
            genre.valeurs.setdefault(source, []).append(valeur)
    genre.valeurs.setdefault("fichier.rang", []).append(rang)
    genre.valeurs.setdefault("fichier.nombre_enregistrements", []).append(total)


def _fois(
    listes: Sequence[list[Portion]], nombres: Sequence[int]
) -> Iterator[dict[str, tuple[int, ...]]]:
    familles = sorted({f for liste in listes for portion in liste for f in portion.nombres})
    par_famille = [
        [*_fois_de(famille, listes, nombres), *([None] if len(familles) > 1 else [])]
        for famille in familles
    ]
    for choix in product(*par_famille):
        fois = {f: un for f, un in zip(familles, choix, strict=True) if un is not None}
        essai = Structure("domain", False, False, fois)
        if fois and all(
            any(essai.compter(portion) == nombre for portion in liste)
            for liste, nombre in zip(listes, nombres, strict=True)
        ):
            utiles = {
                famille
                for liste, nombre in zip(listes, nombres, strict=True)
                for portion in liste
                if essai.compter(portion) == nombre
                for famille in portion.nombres
            }
            if utiles == fois.keys():
                yield fois


def _fois_de(
    famille: str, listes: Sequence[list[Portion]], nombres: Sequence[int]
) -> list[tuple[int, ...]]:
    """Record counts of one family that suit at least one pair (or part of it, in a mixed file)."""
    bons = []
    for fois in _FOIS:
        for liste, nombre in zip(listes, nombres, strict=True):
            comptes = [
                (sum(k * n for k, n in zip(fois, p.nombres[famille], strict=True)), len(p.nombres))
                for p in liste
                if famille in p.nombres
            ]
            if any(c == nombre if seule == 1 else c < nombre for c, seule in comptes):
                bons.append(fois)
                break
    return bons


def _portion(pes: PesAller, famille: str, bordereaux: tuple[Bordereau, ...]) -> Portion:
    noms = tuple(dict.fromkeys(FAMILLES[b.domaine] for b in bordereaux))
    fichier = Fichier(famille="+".join(noms), sequence=0, bordereaux=bordereaux, enregistrements=0)
    contexte = Contexte(pes, fichier, bordereaux[0])
    tete = _releve(contexte, "file")
    nombres: dict[str, tuple[int, int, int]] = {}
    for nom in noms:
        siens = [b for b in bordereaux if FAMILLES[b.domaine] == nom]
        nombres[nom] = (
            len(siens),
            sum(len(b.pieces) for b in siens),
            sum(len(p.lignes) for b in siens for p in b.pieces),
        )
    return Portion(famille, tete, tuple(_etapes(contexte, bordereaux, tete)), nombres)


def _etapes(contexte: Contexte, bordereaux: tuple[Bordereau, ...], tete: Releve) -> Iterator[Etape]:
    for bordereau in bordereaux:
        famille = FAMILLES[bordereau.domaine]
        contexte.bordereau = bordereau
        du_bordereau = _releve(contexte, "bordereau")
        yield Etape("bordereau", famille, (tete, du_bordereau))
        for piece in bordereau.pieces:
            contexte.piece = piece
            de_la_piece = _releve(contexte, "piece")
            yield Etape("piece", famille, (tete, du_bordereau, de_la_piece))
            for ligne in piece.lignes:
                contexte.ligne = ligne
                contexte.tiers = tiers_principal(ligne)
                de_la_ligne = _releve(contexte, "ligne")
                yield Etape("ligne", famille, (tete, du_bordereau, de_la_piece, de_la_ligne))


def _releve(contexte: Contexte, portee: str) -> Releve:
    return {nom: prendre(contexte) for nom, prendre in _PAR_PORTEE[portee]}
