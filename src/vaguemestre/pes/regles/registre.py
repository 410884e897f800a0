"""Rules that only the register settles: what was sent before (pes.md §3, §13 rows 6 and 14).

Known means sent or in flight, never refused. Without a register they are silent, but for a PJ
that is referenced and not in the file: that one is said, as a warning.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from vaguemestre.pes.faits import (
    VIDE,
    BordereauFaits,
    FichierFaits,
    PieceFaits,
    PjFaits,
    ReferencePj,
    entier,
)
from vaguemestre.pes.regles.base import A, B, Confiance, Constat, F, P, Regle, regle
from vaguemestre.ports import Memoire, PieceConnue

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


@regle(
    "registre.bordereau.refuse",
    A,
    "accord local ; pes.md §5.5 (doublon)",
    Confiance.TERRAIN,
)
def bordereau_refuse(f: FichierFaits) -> Iterator[Constat]:
    """A number whose bordereau was refused: Hélios may block it the second time, or may not."""
    for b in f.bordereaux:
        cle = _cle(b)
        if f.memoire is None or cle is None:
            continue
        lieu = (f.cod_col, f.cod_bud, b.domaine.nom, cle[0], b.type, cle[1])
        flux = f.memoire.bordereau_refuse(*lieu)
        if flux is not None and f.memoire.bordereau_connu(*lieu) is None:
            yield Constat(
                b.bloc,
                "IdBord",
                f"un bordereau de ce numéro a été refusé (flux {flux}) ; Hélios peut bloquer le "
                "second",
                "Demander au comptable s'il préfère un nouveau numéro de bordereau.",
            )


@regle("registre.bordereau.sequence", A, "pes.md §5.5 (séquence contrôlée), §13 ligne 6")
def sequence_des_bordereaux(f: FichierFaits) -> Iterator[Constat]:
    """Numbers of one exercice, type and budget follow each other, without hole or going back."""
    derniers: dict[tuple[str, int, str], int | None] = {}
    for b in f.bordereaux:
        cle = _cle(b)
        if f.memoire is None or cle is None:
            continue
        serie = (b.domaine.nom, cle[0], b.type)
        if serie not in derniers:
            derniers[serie] = f.memoire.dernier_bordereau(f.cod_col, f.cod_bud, *serie)
        dernier, numero = derniers[serie], cle[1]
        derniers[serie] = max(numero, dernier or 0)
        if dernier is not None and numero not in (dernier, dernier + 1):
            yield Constat(
                b.bloc,
                "IdBord",
                f"le bordereau {numero} ne suit pas le dernier connu, le {dernier}",
                "Vérifier qu'aucun bordereau ne manque, et qu'ils partent dans l'ordre.",
                attendu=str(dernier + 1),
            )


def _piece(p: PieceFaits) -> PieceConnue | None:
    """What the register knows of the number of this pièce."""
    fichier = p.bordereau.fichier
    if fichier.memoire is None:
        return None
    cle, numero = _cle(p.bordereau), entier(p.info.v("IdPce"))
    if cle is None or numero is None:
        return None
    return fichier.memoire.piece_connue(
        fichier.cod_col, fichier.cod_bud, p.bordereau.domaine.nom, cle[0], numero
    )


@regle("registre.piece", A, "pes.md §7.7 (DtePceRej, DtePcePec ; effet non dit)")
def piece_deja_vue(p: PieceFaits) -> Iterator[Constat]:
    """An IdPce rejected before it was taken in charge may be sent again; taken in charge, not."""
    connue = _piece(p)
    if connue is None or (connue.rejetee_le and not connue.prise_en_charge_le):
        return
    mot = p.bordereau.domaine.mot
    if connue.prise_en_charge_le:
        dit = f"pris en charge le {connue.prise_en_charge_le} : son numéro ne peut plus servir"
        conseil = f"Donner un nouveau numéro au {mot}, ou le retirer s'il a déjà été envoyé."
    else:
        dit = "déjà envoyé et le comptable n'a pas encore répondu"
        conseil = f"Attendre le retour, ou retirer le {mot} s'il a été repris par erreur."
    yield Constat(
        p.info, "IdPce", f"le {mot} {p.info.v('IdPce')} a été {dit} (flux {connue.flux})", conseil
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
                attendu=str(attendu),
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
    """A PJRef 01 names a PJ of this file or one already sent, and not refused."""
    for reference in _inconnues(f):
        if f.memoire is None or f.memoire.pj_connue(f.cod_col, reference.id_unique):
            continue
        yield Constat(
            reference.noeud,
            "IdUnique",
            f"la pièce {reference.id_unique} n'est ni dans le fichier ni déjà envoyée",
            "Joindre la pièce justificative, ou retirer sa référence.",
        )


@regle("registre.pjref.attendue", A, "pes.md §8.5 (déjà envoyée)", Confiance.INFERE)
def reference_en_attente(f: FichierFaits) -> Iterator[Constat]:
    """A PJ that was sent and that no acquit has accepted yet may still be refused."""
    for reference in _inconnues(f):
        flux = _en_attente(f.memoire, f.cod_col, reference.id_unique)
        if flux is not None:
            yield Constat(
                reference.noeud,
                "IdUnique",
                f"la pièce {reference.id_unique} a été envoyée (flux {flux}) et n'est pas encore "
                "acceptée",
                "Attendre son acquit avant d'envoyer ce qui la cite, ou la joindre de nouveau si "
                "elle est refusée.",
            )


def _en_attente(memoire: Memoire | None, cod_col: str, id_unique: str) -> str | None:
    """The flux of a PJ that was sent and not judged."""
    if memoire is None or memoire.pj_acceptee(cod_col, id_unique) is not None:
        return None
    return memoire.pj_connue(cod_col, id_unique)


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
    bordereau_refuse,
    sequence_des_bordereaux,
    cumul_du_registre,
    reference_sans_pj,
    reference_en_attente,
    reference_a_verifier,
)
REGLES_PIECE: tuple[Regle[PieceFaits], ...] = (piece_deja_vue,)
REGLES_PJ: tuple[Regle[PjFaits], ...] = (pj_connue,)
