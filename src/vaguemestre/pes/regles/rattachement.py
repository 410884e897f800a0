"""Rules of a correction: the original that RattachPiece names (pes.md §7, §13 row 13)."""

from __future__ import annotations

from collections.abc import Iterator

from vaguemestre.pes.faits import LigneFaits, entier
from vaguemestre.pes.regles import codes
from vaguemestre.pes.regles.base import A, B, Confiance, Constat, Regle, regle


@regle(
    "pes.ligne.rattachement.absent",
    B,
    "pes.md §5.5, §7.4, §13 ligne 13",
    si=codes.CORRECTIONS,
)
def original_absent(li: LigneFaits) -> Iterator[Constat]:
    """A correction names its original in RattachPiece."""
    grille = codes.ORIGINE_EXIGEE_DEPENSE if li.depense else codes.ORIGINE_EXIGEE_RECETTE
    if li.piece.triplet in grille and li.bloc.bloc("RattachPiece") is None:
        yield Constat(
            li.bloc,
            "",
            f"une pièce {'/'.join(li.piece.triplet)} corrige une autre pièce : "
            "son numéro manque (RattachPiece)",
            "Renseigner l'exercice, le numéro et la ligne de la pièce corrigée.",
        )


@regle("pes.ligne.rattachement.nature", B, "pes.md §7.4, §7.5, §13 ligne 13", si="RattachPiece")
def nature_de_l_original(li: LigneFaits) -> Iterator[Constat]:
    """NatPceOrig fits the triplet; 01 and 02 are swapped between dépense and recette."""
    rattachement = li.bloc.bloc("RattachPiece")
    if rattachement is None:
        return
    nature = rattachement.v("NatPceOrig")
    grille = codes.ORIGINE_EXIGEE_DEPENSE if li.depense else codes.ORIGINE_EXIGEE_RECETTE
    permises = grille.get(li.piece.triplet)
    if permises is not None and nature is not None and nature not in permises:
        yield Constat(
            rattachement,
            "NatPceOrig",
            f"l'original d'une pièce {'/'.join(li.piece.triplet)} doit être de nature "
            f"{' ou '.join(sorted(permises))} ; trouvé {nature}",
            "Attention : 01 et 02 sont inversés entre mandats et titres.",
            attendu=" ou ".join(sorted(permises)),
        )


@regle(
    "pes.ligne.rattachement.ordinaire",
    A,
    "pes.md §7.4 (01/01/01 : notre lecture)",
    Confiance.INFERE,
    si="RattachPiece",
)
def original_d_un_ordinaire(li: LigneFaits) -> Iterator[Constat]:
    """The original of a mandat 01/01/01 is an ordre de paiement, 05."""
    rattachement = li.bloc.bloc("RattachPiece")
    if rattachement is None or not li.depense:
        return
    nature = rattachement.v("NatPceOrig")
    permises = codes.ORIGINE_PERMISE_DEPENSE.get(li.piece.triplet)
    if permises is not None and nature is not None and nature not in permises:
        yield Constat(
            rattachement,
            "NatPceOrig",
            f"un mandat {'/'.join(li.piece.triplet)} se rattache d'ordinaire à une pièce de nature "
            f"{' ou '.join(sorted(permises))} ; trouvé {nature}",
            "Vérifier la pièce d'origine avec le comptable.",
        )


@regle(
    "pes.ligne.rattachement.paiement_absent",
    A,
    "pes.md §7.4 (émis après paiement)",
    Confiance.INFERE,
    si=codes.TRIPLETS_APRES_PAIEMENT,
)
def paiement_non_nomme(li: LigneFaits) -> Iterator[Constat]:
    """A pièce issued after payment or receipt (TypPce 05) names it in RattachPiece."""
    if li.piece.triplet[1] == codes.APRES_PAIEMENT and li.bloc.bloc("RattachPiece") is None:
        quoi = "le paiement" if li.depense else "l'encaissement"
        yield Constat(
            li.bloc,
            "",
            f"une pièce émise après coup (type 05) ne nomme pas {quoi} qu'elle régularise",
            "Renseigner RattachPiece avec le numéro donné par Hélios dans le retour (nature 03).",
        )


@regle("pes.ligne.rattachement.paiement", B, "pes.md §7.4 (TypPce 05 : 03)", si="RattachPiece")
def original_paye(li: LigneFaits) -> Iterator[Constat]:
    """TypPce 05 (after payment or receipt): the original is a paiement or encaissement, 03."""
    rattachement = li.bloc.bloc("RattachPiece")
    if rattachement is None or li.piece.triplet[1] != codes.APRES_PAIEMENT:
        return
    if rattachement.v("NatPceOrig") not in (None, "03"):
        yield Constat(
            rattachement,
            "NatPceOrig",
            "une pièce émise après paiement se rattache au paiement (nature 03) ; "
            f"trouvé {rattachement.v('NatPceOrig')}",
            "Reprendre le numéro donné par Hélios dans le retour.",
        )


@regle("pes.ligne.rattachement.marche", B, "pes.md §7.4 (TypPce 09 : 03)", si="RattachPiece")
def original_d_un_marche(li: LigneFaits) -> Iterator[Constat]:
    """The original of a mandat sur marché (TypPce 09) is a paiement, 03; for 01/09/01 also 05."""
    rattachement = li.bloc.bloc("RattachPiece")
    if rattachement is None or not li.depense or li.piece.triplet[1] != codes.SUR_MARCHE:
        return
    permises = ("03", "05") if li.piece.triplet == ("01", "09", "01") else ("03",)
    if rattachement.v("NatPceOrig") not in (None, *permises):
        yield Constat(
            rattachement,
            "NatPceOrig",
            f"un mandat {'/'.join(li.piece.triplet)} se rattache à une pièce de nature "
            f"{' ou '.join(permises)} ; trouvé {rattachement.v('NatPceOrig')}",
            "Reprendre le numéro donné par Hélios dans le retour.",
            attendu=" ou ".join(permises),
        )


@regle(
    "pes.ligne.rattachement.encaissement",
    B,
    "XSD NS_Recette 5.30, NatPceOrig (03 avec le seul TypPce 05) ; pes.md §7.4",
    si="RattachPiece",
)
def encaissement_d_un_titre(li: LigneFaits) -> Iterator[Constat]:
    """In recette the original 03 (encaissement) goes with TypPce 05 only."""
    rattachement = li.bloc.bloc("RattachPiece")
    if rattachement is None or li.depense or rattachement.v("NatPceOrig") != "03":
        return
    # A triplet that must name another original is told so by the rule of its nature.
    if li.piece.triplet[1] != codes.APRES_PAIEMENT and (
        li.piece.triplet not in codes.ORIGINE_EXIGEE_RECETTE
    ):
        yield Constat(
            rattachement,
            "NatPceOrig",
            f"un titre {'/'.join(li.piece.triplet)} ne se rattache pas à un encaissement (03), "
            "réservé aux titres émis après encaissement (type 05)",
            "Choisir le type de titre 05, ou corriger la pièce d'origine.",
        )


@regle(
    "pes.ligne.rattachement.exercice",
    B,
    "pes.md §5.5 (ExerRat), §7.4, §13 ligne 13",
    si="RattachPiece",
)
def exercice_de_l_original(li: LigneFaits) -> Iterator[Constat]:
    """02/02/06: same exercice. Dépense 01/02/09: a former one."""
    rattachement = li.bloc.bloc("RattachPiece")
    exercice = entier(li.bordereau.bloc.v("Exer"))
    original = entier(rattachement.v("ExerRat")) if rattachement is not None else None
    if rattachement is None or exercice is None or original is None:
        return
    if li.piece.triplet == codes.ANNULATION_MEME_EXERCICE and original != exercice:
        yield Constat(
            rattachement,
            "ExerRat",
            f"une annulation 02/02/06 vise l'exercice {exercice} ; trouvé {original}",
            "Pour un exercice antérieur, émettre un titre (ou mandat) 01/02/09.",
            attendu=str(exercice),
        )
    elif li.piece.triplet == codes.ANNULATION_EXERCICE_CLOS and original >= exercice:
        yield Constat(
            rattachement,
            "ExerRat",
            f"une annulation 01/02/09 vise un exercice antérieur à {exercice} ; trouvé {original}",
            "Pour le même exercice, émettre une annulation 02/02/06.",
        )


@regle(
    "pes.ligne.rattachement.ligne",
    B,
    "pes.md §5.5, §5.6 (IdLigneOrig), §13 ligne 13",
    si="RattachPiece",
)
def ligne_de_l_original(li: LigneFaits) -> Iterator[Constat]:
    """IdLigneOrig ≥ 1 for 01, 02 (and 05 in dépense); absent or 0 for 03, 04 (05 in recette)."""
    rattachement = li.bloc.bloc("RattachPiece")
    if rattachement is None:
        return
    nature, domaine = rattachement.v("NatPceOrig"), li.bordereau.domaine.nom
    numero = entier(rattachement.v("IdLigneOrig") or "0")
    if nature in codes.LIGNE_EXIGEE[domaine] and numero == 0:
        yield Constat(
            rattachement,
            "IdLigneOrig",
            f"le numéro de la ligne d'origine manque (nature d'original {nature})",
            "Renseigner IdLigneOrig, 1 ou plus.",
        )
    elif nature in codes.LIGNE_INTERDITE[domaine] and numero:
        yield Constat(
            rattachement,
            "IdLigneOrig",
            f"aucune ligne d'origine n'est admise pour la nature d'original {nature}",
            "Retirer IdLigneOrig.",
        )


REGLES: tuple[Regle[LigneFaits], ...] = (
    original_absent,
    nature_de_l_original,
    original_d_un_ordinaire,
    original_paye,
    original_d_un_marche,
    encaissement_d_un_titre,
    paiement_non_nomme,
    exercice_de_l_original,
    ligne_de_l_original,
)
