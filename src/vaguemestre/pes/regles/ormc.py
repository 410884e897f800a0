"""Rules of a rôle (ORMC, TypBord 06, TypPce 15): pes.md §5.6, §6, §7.6.

The official text states these without an effect, and no public vector proves the formula of the
keys: nothing here ever blocks.
"""

from __future__ import annotations

from collections.abc import Iterator

from vaguemestre.pes.cles import LETTRES
from vaguemestre.pes.faits import BordereauFaits, LigneFaits, PieceFaits, entier
from vaguemestre.pes.regles.base import A, B, Confiance, Constat, Regle, regle
from vaguemestre.pes.regles.bordereau import ecart_ht, ecart_tva

_TYPE_BORDEREAU = "06"
_TYPE_PIECE = "15"
_LETTRES = frozenset(LETTRES)
_NON_PROUVEE = (
    "Vérifier la clé dans le logiciel de facturation, ou la formule avec le comptable : "
    "l'exploitant la choisit dans [collectivite.ormc]."
)


def _article(p: PieceFaits) -> bool:
    return not p.bordereau.domaine.depense and p.info.v("TypPce") == _TYPE_PIECE


@regle("pes.ormc.bordereau", A, "pes.md §6 (triplet 06/15/01)", Confiance.INFERE)
def article_dans_un_role(p: PieceFaits) -> Iterator[Constat]:
    """TypPce 15 stands in a bordereau of type 06, which holds nothing else."""
    if p.bordereau.domaine.depense:
        return
    if _article(p) != (p.bordereau.type == _TYPE_BORDEREAU):
        yield Constat(
            p.info,
            "TypPce",
            f"le type de pièce {p.info.v('TypPce')} ne va pas avec un bordereau de type "
            f"{p.bordereau.type}",
            "Un rôle ORMC est un bordereau 06 dont toutes les pièces sont de type 15.",
        )


@regle("pes.ormc.dette", A, "pes.md §5.6 (NumDette, Per), §5.8 (RefORMC)", Confiance.INFERE)
def dette_de_l_article(p: PieceFaits) -> Iterator[Constat]:
    """An article de rôle carries its NumDette and Per, from which Hélios makes the optical line."""
    if not _article(p):
        return
    for champ, mot in (("NumDette", "le numéro de dette"), ("Per", "la période")):
        if not p.info.v(champ):
            yield Constat(
                p.info,
                champ,
                f"{mot} de l'article de rôle manque ({champ})",
                "Renseigner la dette et la période dans le logiciel de facturation.",
            )


@regle("pes.ormc.cles", A, "pes.md §7.6 (Cle1, Cle2), §14", Confiance.TERRAIN, si="Cle1 Cle2")
def forme_des_cles(p: PieceFaits) -> Iterator[Constat]:
    """Cle1 and Cle2 go together; Cle2 is a letter, but I, O, Z; no value is judged here."""
    cle1, cle2 = p.info.v("Cle1"), p.info.v("Cle2")
    if not _article(p):
        return
    if bool(cle1) != bool(cle2):
        champ = "Cle1" if cle1 else "Cle2"
        yield Constat(
            p.info,
            champ,
            "un article de rôle porte ses deux clés (Cle1, Cle2) ou aucune",
            "Demander à l'éditeur du logiciel de facturation de fournir les deux clés.",
        )
    elif cle2 and cle2 not in _LETTRES:
        yield Constat(
            p.info,
            "Cle2",
            f"« {cle2} » n'est pas une clé modulo 23 : une capitale, sauf I, O et Z",
            "Faire vérifier la clé par l'éditeur du logiciel de facturation.",
        )


@regle("pes.ormc.debiteur", A, "pes.md §6 (« every ORMC »)", Confiance.INFERE)
def un_seul_debiteur(p: PieceFaits) -> Iterator[Constat]:
    """An article de rôle has a single debtor, even without an Edition."""
    if _article(p) and p.nb_debiteurs > 1 and not p.info.v("Edition"):
        yield Constat(
            p.info,
            "IdPce",
            f"un article de rôle a un seul débiteur ; celui-ci en porte {p.nb_debiteurs}",
            "Faire un article par débiteur.",
        )


@regle(
    "pes.ormc.beneficiaire",
    A,
    "pes.md §5.6 (InfoCollBen, « ORMC only »)",
    Confiance.INFERE,
)
def beneficiaire(li: LigneFaits) -> Iterator[Constat]:
    """InfoCollBen is for an ORMC only."""
    bloc = li.info.bloc("InfoCollBen") if li.info.enfants else None
    if bloc is not None and not _article(li.piece):
        yield Constat(
            bloc,
            "IdCollBen",
            "une collectivité bénéficiaire ne se donne que dans un rôle ORMC",
            "Retirer InfoCollBen, ou envoyer la pièce dans un rôle.",
        )


@regle("pes.ormc.produit", A, "pes.md §5.8 (RefORMC/CodProdLoc)", Confiance.INFERE, si="06/15/01")
def code_produit(li: LigneFaits) -> Iterator[Constat]:
    """CodProdLoc of a sous-article has two characters at least: the optical line takes them."""
    code = li.info.v("CodProdLoc")
    if _article(li.piece) and code and len(code) < 2:
        yield Constat(
            li.info,
            "CodProdLoc",
            f"le code produit « {code} » d'un sous-article a moins de deux caractères",
            "Employer un code produit local de 2 à 4 caractères.",
        )


def _cles_attendues(li: LigneFaits) -> tuple[str | None, str | None]:
    """(Cle1, Cle2) of the article of this ligne, by the formulas of the body; told once."""
    piece, bordereau = li.piece, li.bordereau
    cles, dette = bordereau.fichier.reglages.cles, entier(piece.info.v("NumDette"))
    periode = piece.info.v("Per")
    if not cles or dette is None or not periode or len(piece.lignes) > 1:
        return None, None
    return cles.calculer(
        cles.elements(
            cod_col=bordereau.fichier.cod_col,
            produit=li.info.v("CodProdLoc") or "",
            role=str(entier(bordereau.bloc.v("IdBord")) or ""),
            exercice=bordereau.bloc.v("Exer") or "",
            periode=periode,
            dette=str(dette),
        )
    )


def _cle_fausse(li: LigneFaits, champ: str, attendue: str | None) -> Iterator[Constat]:
    lue = li.piece.info.v(champ)
    if lue and attendue is not None and lue != attendue:
        yield Constat(
            li.piece.info,
            champ,
            f"la clé {champ} de l'article est {lue} ; la formule choisie donne {attendue}",
            _NON_PROUVEE,
            attendu=attendue,
        )


@regle(
    "pes.ormc.cle1",
    A,
    "pes.md §7.6 (Cle1) ; formule choisie par [collectivite.ormc]",
    Confiance.TERRAIN,
    si="06/15/01",
)
def premiere_cle(li: LigneFaits) -> Iterator[Constat]:
    """Cle1 is that of the formula which the body says its accountant uses; none: not judged."""
    yield from _cle_fausse(li, "Cle1", _cles_attendues(li)[0])


@regle(
    "pes.ormc.cle2",
    A,
    "pes.md §7.6 (Cle2) ; formule choisie par [collectivite.ormc]",
    Confiance.TERRAIN,
    si="06/15/01",
)
def seconde_cle(li: LigneFaits) -> Iterator[Constat]:
    """Cle2 is that of the formula which the body says its accountant uses; none: not judged."""
    yield from _cle_fausse(li, "Cle2", _cles_attendues(li)[1])


@regle("pes.ormc.montant_ht", B, "pes.md §7.1 (énoncé pour l'ORMC), §13 ligne 7")
def total_ht(b: BordereauFaits) -> Iterator[Constat]:
    """MtBordHt of a rôle is the sum of the MtHT of its lignes."""
    if b.role:
        yield from ecart_ht(b)


@regle("pes.ormc.montant_tva", B, "pes.md §7.1 (énoncé pour l'ORMC), §13 ligne 7")
def total_tva(b: BordereauFaits) -> Iterator[Constat]:
    """MtBordTVA of a rôle is the sum of the MtTVA of its lignes."""
    if b.role:
        yield from ecart_tva(b)


REGLES_BORDEREAU: tuple[Regle[BordereauFaits], ...] = (total_ht, total_tva)
REGLES: tuple[Regle[PieceFaits], ...] = (
    article_dans_un_role,
    dette_de_l_article,
    forme_des_cles,
    un_seul_debiteur,
)
REGLES_LIGNE: tuple[Regle[LigneFaits], ...] = (
    beneficiaire,
    code_produit,
    premiere_cle,
    seconde_cle,
)
