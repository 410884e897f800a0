"""Which pièces of a settled flux its replacement carries: what was asked, what may be, and why.

Accord local 1.3 (NC-13): a new file without the rejected pièces. What the partner has accepted and
that loses nothing is not sent a second time; what the accountant has taken in charge may not be
(pes.md §7.7).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from vaguemestre.domain.comptable import Bordereau
from vaguemestre.errors import UsageError
from vaguemestre.store.vues import BordereauVu, ErreurVue, RestitutionVue

AUCUNE = "aucune"
_PAYEES = frozenset({"prise_en_charge", "suspendue", "soldee"})
Cle = tuple[str, int, str, int]
Piece = tuple[str, int, str, int, int]
"""Domaine, exercice, TypBord, IdBord, IdPce."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reste:
    """A bordereau of the original: the pièces that stay (places from 0), those that go, why.

    `accepte`: the partner has it; then `prises` are pièces left out because the accountant has
    taken them in charge. No `pieces`: the replacement does not carry it.
    """

    bordereau: Bordereau
    accepte: bool
    pieces: frozenset[int]
    exclues: tuple[int, ...]
    prises: tuple[int, ...] = ()

    @property
    def cle(self) -> Cle:
        return cle_de(self.bordereau)


def sans(reste: Reste) -> Bordereau:
    """The bordereau with nothing but the pièces that stay."""
    b = reste.bordereau
    return replace(b, pieces=tuple(p for rang, p in enumerate(b.pieces) if rang in reste.pieces))


def cle_de(bordereau: Bordereau) -> Cle:
    b = bordereau
    return (b.domaine.value, b.exercice, b.type, b.numero)


def trier(
    bordereaux: Sequence[Bordereau],
    inscrits: Iterable[BordereauVu],
    exclues: frozenset[Piece],
    restitutions: Iterable[RestitutionVue],
) -> tuple[Reste, ...]:
    """Every bordereau of the original with what stays of it.

    Raises:
        UsageError: nothing would stay.
    """
    acceptes = {(b.domaine, b.exercice, b.type, b.numero): b.accepte for b in inscrits}
    prises = {_piece(r) for r in restitutions if r.prise_en_charge_le or r.etat in _PAYEES}
    restes = tuple(
        _reste(b, acceptes.get(cle_de(b)) is True, exclues, frozenset(prises)) for b in bordereaux
    )
    if not any(reste.pieces for reste in restes):
        raise UsageError(_rien(restes))
    return restes


def _reste(
    bordereau: Bordereau, accepte: bool, exclues: frozenset[Piece], prises: frozenset[Piece]
) -> Reste:
    cle = cle_de(bordereau)
    otees = [p.numero for p in bordereau.pieces if (*cle, p.numero) in exclues]
    if accepte and not otees:
        return Reste(bordereau=bordereau, accepte=True, pieces=frozenset(), exclues=())
    deja = [
        p.numero
        for p in bordereau.pieces
        if accepte and p.numero not in otees and (*cle, p.numero) in prises
    ]
    absentes = {*otees, *deja}
    return Reste(
        bordereau=bordereau,
        accepte=accepte,
        pieces=frozenset(
            rang for rang, p in enumerate(bordereau.pieces) if p.numero not in absentes
        ),
        exclues=tuple(otees),
        prises=tuple(deja),
    )


def _rien(restes: Sequence[Reste]) -> str:
    if any(reste.prises for reste in restes):
        return (
            "il ne resterait rien à renvoyer : les autres pièces sont déjà prises en charge par le"
            " comptable ; corriger la pièce rejetée dans le logiciel, puis la redéposer"
        )
    if all(reste.accepte and not reste.exclues for reste in restes):
        return (
            "rien n'est rejeté dans ce flux : nommer avec --exclude les pièces que le comptable"
            " rejette"
        )
    return (
        "il ne resterait rien à renvoyer : toutes les pièces sont exclues ; corriger dans le"
        " logiciel, puis redéposer (« --exclude aucune » renvoie tout, tel quel)"
    )


def rejetees(
    bordereaux: Sequence[Bordereau],
    inscrits: Iterable[BordereauVu],
    erreurs: Iterable[ErreurVue],
    restitutions: Iterable[RestitutionVue],
) -> frozenset[Piece]:
    """What the partner rejects by itself: pièces that the acquit names in a refused bordereau,
    all of one where it names none, and those that the latest retour rejects."""
    refuses = {(b.domaine, b.exercice, b.type, b.numero) for b in inscrits if b.accepte is False}
    erreurs = tuple(erreurs)
    trouvees: set[Piece] = set()
    for bordereau in bordereaux:
        cle = cle_de(bordereau)
        if cle not in refuses:
            continue
        nommees = {e.piece for e in erreurs if e.piece and _vise(e, bordereau)}
        numeros = [p.numero for p in bordereau.pieces]
        visees = nommees & set(numeros) or numeros
        trouvees |= {(*cle, numero) for numero in visees}
    dernieres = {_piece(r): r for r in restitutions}
    return frozenset(trouvees | {cle for cle, r in dernieres.items() if r.etat == "rejetee"})


def _vise(erreur: ErreurVue, bordereau: Bordereau) -> bool:
    return (
        erreur.bordereau == bordereau.numero
        and erreur.exercice == bordereau.exercice
        and erreur.domaine in ("", bordereau.domaine.value)
    )


def _piece(r: RestitutionVue) -> Piece:
    numero = int(r.piece) if r.piece.isdigit() else 0
    return (r.domaine, r.exercice, r.type, r.bordereau, numero)


def choisies(bordereaux: Sequence[Bordereau], textes: Iterable[str]) -> frozenset[Piece]:
    """The pièces that a person names: `832`, `72/832` or `depense/72/832`; `aucune` for none.

    Raises:
        UsageError: one is not in the flux, or could be two.
    """
    demandes = [texte.strip() for texte in textes if texte.strip()]
    if demandes == [AUCUNE]:
        return frozenset()
    toutes = [(*cle_de(b), p.numero) for b in bordereaux for p in b.pieces]
    return frozenset(_designee(demande, toutes) for demande in demandes)


def _designee(demande: str, toutes: Sequence[Piece]) -> Piece:
    morceaux = demande.split("/")
    *devant, numero = morceaux
    trouvees = [piece for piece in toutes if str(piece[4]) == numero and _place(devant, piece)]
    if len(trouvees) == 1:
        return trouvees[0]
    if trouvees:
        noms = ", ".join(nom_de(piece) for piece in trouvees)
        raise UsageError(f"« {demande} » peut être : {noms} ; écrire la pièce en entier")
    connues = ", ".join(dict.fromkeys(nom_de(piece) for piece in toutes[:20]))
    suite = "…" if len(toutes) > 20 else ""
    raise UsageError(f"aucune pièce « {demande} » dans ce flux ; il porte {connues}{suite}")


def _place(devant: Sequence[str], piece: Piece) -> bool:
    if not devant:
        return True
    *domaine, bordereau = devant
    return str(piece[3]) == bordereau and domaine in ([], [piece[0]])


def nom_de(piece: Piece) -> str:
    """`depense/72/832`: how `--exclude` takes it."""
    return f"{piece[0]}/{piece[3]}/{piece[4]}"


def exclusions(restes: Iterable[Reste]) -> Iterator[str]:
    """The names of what was rejected or asked to be left out, in the order of the file."""
    return (nom_de((*reste.cle, numero)) for reste in restes for numero in reste.exclues)


def deja_prises(restes: Iterable[Reste]) -> Iterator[str]:
    """The names of what is left out because it would be paid twice."""
    return (nom_de((*reste.cle, numero)) for reste in restes for numero in reste.prises)


def cible(b: Bordereau, piece: int) -> tuple[str, int, str, str]:
    """What a RefCompta names: Domaine 01 for dépense, 02 for recette (pes.md §8)."""
    return ("01" if b.domaine.value == "depense" else "02", b.exercice, b.type, str(piece))
