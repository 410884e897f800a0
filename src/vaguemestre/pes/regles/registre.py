"""Rules that only the register settles: what was sent before (pes.md §3, §13 rows 6 and 14).

Without a register they are silent, but for a PJ that is referenced and not in the file: that
one is said, as a warning.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from vaguemestre.pes.faits import VIDE, BordereauFaits, FichierFaits, PjFaits, ReferencePj, entier
from vaguemestre.pes.regles.base import A, B, Confiance, Constat, F, P, Regle, regle

_ELECTRONIQUE = "01"


@regle("registre.nomfic", F, "pes.md §3 (NomFic + CodCol)", Confiance.TERRAIN)
def nomfic_connu(f: FichierFaits) -> Iterator[Constat]:
    """A second file with the same NomFic and CodCol is refused."""
    parametres = f.enveloppe.bloc("Parametres") or VIDE
    nomfic = parametres.v("NomFic")
    if f.memoire is None or not nomfic:
        return
    flux = f.memoire.nomfic_connu(nomfic, f.cod_col)
    if flux is not None:
        yield Constat(
            parametres,
            "NomFic",
            f"un fichier de ce nom a déjà été envoyé (flux {flux})",
            "Refaire l'export : le logiciel émetteur donnera un nouveau nom.",
        )


def _cle(b: BordereauFaits) -> tuple[int, int] | None:
    exercice, numero = entier(b.bloc.v("Exer")), entier(b.bloc.v("IdBord"))
    return None if exercice is None or numero is None else (exercice, numero)


@regle("registre.bordereau", B, "pes.md §5.5 (déjà connu : doublon), §13 ligne 6")
def bordereau_connu(f: FichierFaits) -> Iterator[Constat]:
    """A bordereau already sent and not refused is a duplicate."""
    for b in f.bordereaux:
        cle = _cle(b)
        if f.memoire is None or cle is None:
            continue
        flux = f.memoire.bordereau_connu(
            f.cod_col, f.cod_bud, b.domaine.nom, cle[0], b.type, cle[1]
        )
        if flux is not None:
            yield Constat(
                b.bloc,
                "IdBord",
                f"ce bordereau a déjà été envoyé (flux {flux})",
                "Retirer le bordereau du fichier, ou le renuméroter s'il est nouveau.",
            )


@regle("registre.cumul", A, "pes.md §7.3", Confiance.INFERE)
def cumul_du_registre(f: FichierFaits) -> Iterator[Constat]:
    """MtCumulAnnuel is the running total of the year that the register keeps, plus this one."""
    courants: dict[tuple[str, int, str], Decimal | None] = {}
    for b in f.bordereaux:
        cle, cumul = _cle(b), b.bloc.montant("MtCumulAnnuel")
        if f.memoire is None or cle is None:
            continue
        serie = (b.domaine.nom, cle[0], b.type)
        if serie not in courants:
            courants[serie] = f.memoire.cumul(f.cod_col, f.cod_bud, *serie)
        avant = courants[serie]
        if avant is None or b.ht is None or b.tva is None:
            courants[serie] = None
            continue
        attendu = avant + b.ht + (b.tva if f.reglages.cumul_base == "ttc" else 0)
        courants[serie] = cumul if cumul is not None else attendu
        if cumul is not None and cumul != attendu:
            yield Constat(
                b.bloc,
                "MtCumulAnnuel",
                f"le cumul annuel annoncé est {cumul} ; d'après le registre il serait {attendu}",
                "Vérifier que tous les bordereaux de l'année sont passés par cette passerelle.",
            )


def _inconnues(f: FichierFaits) -> Iterator[ReferencePj]:
    presentes = {pj.id_unique for pj in f.pjs}
    dites: set[str] = set()
    for reference in f.references:
        if reference.support != _ELECTRONIQUE or reference.id_unique in presentes:
            continue
        if reference.id_unique and reference.id_unique not in dites:
            dites.add(reference.id_unique)
            yield reference


@regle("registre.pjref.absente", F, "pes.md §5.3, §13 ligne 14")
def reference_sans_pj(f: FichierFaits) -> Iterator[Constat]:
    """A PJRef 01 names a PJ of this file or one already sent."""
    for reference in _inconnues(f):
        if f.memoire is None or f.memoire.pj_connue(f.cod_col, reference.id_unique):
            continue
        yield Constat(
            reference.noeud,
            "IdUnique",
            f"la pièce {reference.id_unique} n'est ni dans le fichier ni déjà envoyée",
            "Joindre la pièce justificative, ou retirer sa référence.",
        )


@regle("registre.pjref.inconnue", A, "pes.md §5.3, §13 ligne 14")
def reference_a_verifier(f: FichierFaits) -> Iterator[Constat]:
    """Without a register nobody here knows whether a PJ that is only referenced was sent."""
    if f.memoire is not None:
        return
    for reference in _inconnues(f):
        yield Constat(
            reference.noeud,
            "IdUnique",
            f"la pièce justificative {reference.id_unique} n'est pas dans le fichier",
            "Vérifier qu'elle a déjà été envoyée et acceptée ; sinon la joindre.",
        )


@regle("registre.pj", P, "pes.md §5.7 (IdUnique), §8.2")
def pj_connue(pj: PjFaits) -> Iterator[Constat]:
    """IdUnique is unique for the collectivité over all domains, years and budgets."""
    memoire = pj.fichier.memoire
    if memoire is None or not pj.id_unique:
        return
    flux = memoire.pj_connue(pj.fichier.cod_col, pj.id_unique)
    if flux is not None:
        yield Constat(
            pj.noeud,
            "IdUnique",
            f"une pièce justificative de même identifiant a déjà été envoyée (flux {flux})",
            "Ne garder que la référence (PJRef), ou donner un nouvel identifiant à la pièce.",
        )


REGLES: tuple[Regle[FichierFaits], ...] = (
    nomfic_connu,
    bordereau_connu,
    cumul_du_registre,
    reference_sans_pj,
    reference_a_verifier,
)
REGLES_PJ: tuple[Regle[PjFaits], ...] = (pj_connue,)
