"""Which PJ of a settled flux leave again with its replacement, and which of their links go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from vaguemestre.domain.comptable import Bordereau, PesAller, RefCompta
from vaguemestre.errors import Anomalie, UsageError
from vaguemestre.pes.asap import TYPE_PJ_FACTURE
from vaguemestre.workflows import reserves
from vaguemestre.workflows.annexes import Annexes
from vaguemestre.workflows.tri import Cle, Reste, cible, sans

_Cible = tuple[str, int, str, str]
_ORMC, _MARCHE = "06", "06"
"""TypBord of a rôle, whose RefCompta names the IdBord; Domaine of a RefCompta to a contract."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PjReprises:
    """`gardees`: places of the blocks that stay; `liens`: the RefCompta that each then loses."""

    gardees: frozenset[int]
    liens: Mapping[int, frozenset[int]]
    anomalies: tuple[Anomalie, ...]


def trier_pjs(
    document: PesAller,
    restes: Sequence[Reste],
    annexes: Annexes,
    connue: Callable[[str], bool],
    etats: Mapping[str, str],
    tues: frozenset[str] = frozenset(),
) -> PjReprises:
    """Those that stay: referenced or linked by what stays, and not with the partner yet.

    A PJ that stays loses its links to what is rejected, which would point at nothing.

    Args:
        connue: is this IdUnique with the partner, or on its way?
        etats: what the acquit said of each IdUnique.
        tues: IdUnique on which an acquit that accepts a part is silent.
    """
    gardes = [sans(reste) for reste in restes if reste.pieces]
    utiles = {ref.id_unique for b in gardes for ref in b.pj_refs} | annexes.pjs
    presents = {*_cibles(document.bordereaux), *map(_contrat, annexes.presents)}
    restants = {*_cibles(gardes), *map(_contrat, annexes.gardes)}
    rejetes = {*_rejetees(restes), *map(_contrat, annexes.rejetes)} - restants
    gardees, liens, anomalies = set[int](), dict[int, frozenset[int]](), list[Anomalie]()
    for rang, pj in enumerate(document.pieces_justificatives):
        cibles = [_cible(reference) for reference in pj.references]
        lie = any(c in restants or c not in presents for c in cibles)
        if (pj.id_unique in utiles or lie) and not connue(pj.id_unique):
            gardees.add(rang)
            if perdus := frozenset(n for n, c in enumerate(cibles) if c in rejetes):
                liens[rang] = perdus
        if etats.get(pj.id_unique) == "refusee":
            anomalies.append(reserves.pj_refusee(pj, reprise=rang in gardees))
        elif rang in gardees and pj.id_unique in tues:
            anomalies.append(reserves.pj_tue(pj))
    return PjReprises(gardees=frozenset(gardees), liens=liens, anomalies=tuple(anomalies))


def exiger_les_numeros(
    document: PesAller, restes: Iterable[Reste], numeros: Mapping[Cle, int]
) -> None:
    """A PJ is never rewritten: what it says of the number of a bordereau must stay true.

    Raises:
        UsageError: a bordereau gets another number, and a PJ names it: invoices (TypePJ 006) by
            their RefTitre, a PJ of a rôle by its RefCompta.
    """
    pjs = document.pieces_justificatives
    liees = {_cible(r): pj.id_unique for pj in pjs for r in pj.references}
    nommees = set[str]()
    for reste in restes:
        b = reste.bordereau
        if not reste.pieces or b.domaine.value != "recette" or numeros[reste.cle] == b.numero:
            continue
        refs = sans(reste).pj_refs
        nommees |= {ref.id_unique for ref in refs if ref.type == TYPE_PJ_FACTURE}
        if _est_un_role(b) and (pj := liees.get(cible(b, b.numero))) is not None:
            nommees.add(pj)
    if nommees:
        raise UsageError(
            f"PJ {', '.join(sorted(nommees))} : elle nomme le bordereau par son numéro, et une PJ"
            " ne se réécrit pas ; garder « --numerotation meme »"
        )


def _cibles(bordereaux: Iterable[Bordereau]) -> Iterator[_Cible]:
    """What a RefCompta names: each pièce, but the rôle itself for an ORMC (pes.md §5.7)."""
    for b in bordereaux:
        if _est_un_role(b):
            yield cible(b, b.numero)
        else:
            yield from (cible(b, piece.numero) for piece in b.pieces)


def _rejetees(restes: Iterable[Reste]) -> Iterator[_Cible]:
    for reste in restes:
        b = reste.bordereau
        if not _est_un_role(b):
            yield from (cible(b, numero) for numero in reste.exclues)
        elif len(reste.exclues) == len(b.pieces):
            yield cible(b, b.numero)


def _est_un_role(b: Bordereau) -> bool:
    return b.domaine.value == "recette" and b.type == _ORMC


def _contrat(identifiant: str) -> _Cible:
    return (_MARCHE, 0, "", identifiant)


def _cible(reference: RefCompta) -> _Cible:
    r = reference
    if r.domaine == _MARCHE:
        return _contrat(r.identifiant or "")
    return (r.domaine, r.exercice, r.type_objet, r.identifiant or "")
