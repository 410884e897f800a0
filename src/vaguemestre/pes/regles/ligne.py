"""Rules of a ligne: VAT, links to an original, way of payment (pes.md §5.5, §5.6, §7, §13)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from vaguemestre.pes.faits import VIDE, LigneFaits, entier, vrai
from vaguemestre.pes.regles import codes
from vaguemestre.pes.regles.base import A, B, Confiance, Constat, Regle, regle

_SEPA = re.compile(r"[0-9A-Za-z/?:().,\-+' ]*")


@regle("pes.ligne.modregl", B, "pes.md §5.5 (ModRegl), §13 ligne 12", si="ModRegl")
def reglement_et_compte(li: LigneFaits) -> Iterator[Constat]:
    """Dépense: ModRegl 03, 05 need a CpteBancaire; 01, 02, 04, 07, 08, 09, 11 forbid it."""
    mode = li.info.v("ModRegl")
    if not li.depense or mode is None:
        return
    compte = next((t.compte for t in li.tiers if t.compte is not None), None)
    if mode in codes.COMPTE_EXIGE and compte is None:
        yield Constat(
            li.info,
            "ModRegl",
            f"le mode de règlement {mode} exige les coordonnées bancaires du créancier",
            "Renseigner l'IBAN du tiers, ou changer le mode de règlement.",
        )
    elif mode in codes.COMPTE_INTERDIT and compte is not None:
        yield Constat(
            compte,
            "",
            f"le mode de règlement {mode} interdit les coordonnées bancaires du créancier",
            "Retirer le compte bancaire, ou choisir le virement (03).",
            valeur=mode,
        )


@regle("pes.ligne.mttva", B, "pes.md §5.6 (recette : absente ou > 0)", si="MtTVA")
def tva_de_recette(li: LigneFaits) -> Iterator[Constat]:
    """In recette MtTVA is absent or above zero."""
    if not li.depense and li.info.montant("MtTVA") == Decimal(0):
        yield Constat(
            li.info,
            "MtTVA",
            "la TVA de la ligne est nulle ; elle doit être absente ou positive",
            "Retirer la balise MtTVA.",
        )


@regle("pes.ligne.txtva", B, "pes.md §5.6 (TxTva « with MtTVA »)", Confiance.INFERE, si="TxTva")
def taux_sans_tva(li: LigneFaits) -> Iterator[Constat]:
    """TxTva goes with MtTVA."""
    if "TxTva" in li.info.valeurs and "MtTVA" not in li.info.valeurs:
        yield Constat(
            li.info,
            "TxTva",
            "un taux de TVA est donné sans montant de TVA",
            "Renseigner le montant de TVA, ou retirer le taux.",
        )


@regle("pes.ligne.majoration", B, "pes.md §5.6 (Majo)", si="Majo")
def majoration(li: LigneFaits) -> Iterator[Constat]:
    """Majo 1 needs DteMajo, TxMajo and RattachPiece 05; Majo 0 forbids DteMajo and TxMajo."""
    if "Majo" not in li.info.valeurs:
        return
    if not vrai(li.info.v("Majo")):
        for champ in ("DteMajo", "TxMajo"):
            if champ in li.info.valeurs:
                yield Constat(
                    li.info,
                    champ,
                    f"la ligne n'est pas majorée (Majo 0) mais porte {champ}",
                    f"Retirer {champ}, ou mettre Majo à 1.",
                )
        return
    manque = [champ for champ in ("DteMajo", "TxMajo") if champ not in li.info.valeurs]
    rattachement = li.bloc.bloc("RattachPiece") or VIDE
    if rattachement.v("NatPceOrig") != "05":
        manque.append("RattachPiece avec NatPceOrig 05")
    if manque:
        yield Constat(
            li.info,
            "Majo",
            f"la ligne est majorée et il manque : {', '.join(manque)}",
            "Renseigner la date, le taux et la liste de majoration d'origine.",
        )


@regle("pes.ligne.fonction", B, "pes.md §5.5, §5.6 (Fonction), §13 ligne 16", si="Fonction")
def fonction(li: LigneFaits) -> Iterator[Constat]:
    """Fonction: only M14, M52, M57, M71."""
    nomenclature = li.bordereau.fichier.nomenclature
    if nomenclature is None or nomenclature.startswith(codes.AVEC_FONCTION):
        return
    if li.info.v("Fonction"):
        yield Constat(
            li.info,
            "Fonction",
            f"la fonction n'est pas admise pour un budget en {nomenclature}",
            "Retirer la fonction de l'imputation.",
        )


@regle("pes.ligne.operation", B, "pes.md §5.5, §5.6 (Operation), §13 ligne 16", si="Operation")
def operation(li: LigneFaits) -> Iterator[Constat]:
    """Operation: only M14, M4x, M52, M57, M61, M71, M832."""
    nomenclature = li.bordereau.fichier.nomenclature
    if nomenclature is None or nomenclature.startswith(codes.AVEC_OPERATION):
        return
    if li.info.v("Operation"):
        yield Constat(
            li.info,
            "Operation",
            f"l'opération n'est pas admise pour un budget en {nomenclature}",
            "Retirer l'opération de l'imputation.",
        )


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
    if li.depense and permises is None:
        permises = codes.ORIGINE_PERMISE_DEPENSE.get(li.piece.triplet)
    if permises is not None and nature is not None and nature not in permises:
        yield Constat(
            rattachement,
            "NatPceOrig",
            f"l'original d'une pièce {'/'.join(li.piece.triplet)} doit être de nature "
            f"{' ou '.join(sorted(permises))} ; trouvé {nature}",
            "Attention : 01 et 02 sont inversés entre mandats et titres.",
        )


@regle("pes.ligne.rattachement.paiement", B, "pes.md §7.4 (TypPce 05 : 03)", si="RattachPiece")
def original_paye(li: LigneFaits) -> Iterator[Constat]:
    """TypPce 05 (after payment or receipt): the original is a paiement or encaissement, 03."""
    rattachement = li.bloc.bloc("RattachPiece")
    if rattachement is None or li.piece.triplet[1] != "05":
        return
    if rattachement.v("NatPceOrig") not in (None, "03"):
        yield Constat(
            rattachement,
            "NatPceOrig",
            "une pièce émise après paiement se rattache au paiement (nature 03) ; "
            f"trouvé {rattachement.v('NatPceOrig')}",
            "Reprendre le numéro donné par Hélios dans le retour.",
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


@regle(
    "pes.ligne.convention",
    A,
    "pes.md §5.5, §5.6 (IdConv : dit au pré-visa)",
    si="01/06/01 01/10/01 01/10/02",
)
def convention(li: LigneFaits) -> Iterator[Constat]:
    """IdConv is mandatory for dépense 01/06/01 and recette 01/10/01, 01/10/02."""
    exige = {("01", "06", "01")} if li.depense else {("01", "10", "01"), ("01", "10", "02")}
    liens = li.bloc.bloc("LiensIdent") or VIDE
    if li.piece.triplet in exige and not liens.v("IdConv"):
        yield Constat(
            li.bloc,
            "",
            f"une pièce {'/'.join(li.piece.triplet)} porte le numéro de convention (IdConv)",
            "Renseigner le numéro donné par Hélios dans LiensIdent/IdConv.",
        )


@regle(
    "pes.ligne.virement",
    A,
    "pes.md §1.8, §5.5 (LibVir1, LibVir2)",
    Confiance.INFERE,
    si="LibVir1 LibVir2",
)
def libelle_de_virement(li: LigneFaits) -> Iterator[Constat]:
    """Only the SEPA charset is safe in the text that travels to the payee's bank."""
    for champ in ("LibVir1", "LibVir2"):
        libelle = li.info.v(champ)
        if libelle and not _SEPA.fullmatch(libelle):
            yield Constat(
                li.info,
                champ,
                f"le libellé de virement « {libelle} » contient des caractères hors SEPA",
                "N'employer que lettres sans accent, chiffres et / ? : ( ) . , - + '",
            )


@regle(
    "pes.ligne.prelevement", B, "pes.md §5.6 (InfoPrelevementSEPA : IBAN)", si="InfoPrelevementSEPA"
)
def prelevement_sans_iban(li: LigneFaits) -> Iterator[Constat]:
    """A direct debit made by the Trésor (NatPrel 01) needs the debtor's IBAN."""
    prelevement = li.bloc.bloc("InfoPrelevementSEPA")
    if prelevement is None or prelevement.v("NatPrel") != "01":
        return
    if not any(t.compte is not None and t.compte.v("IBAN") for t in li.tiers):
        yield Constat(
            prelevement,
            "NatPrel",
            "un prélèvement par le Trésor exige l'IBAN du débiteur",
            "Renseigner l'IBAN du débiteur.",
        )


@regle("pes.ligne.ancien_ics", B, "pes.md §5.6 (AncienICS)", si="InfoPrelevementSEPA")
def ancien_ics(li: LigneFaits) -> Iterator[Constat]:
    """AncienICS: six digits (NNE) or thirteen characters (ICS)."""
    prelevement = li.bloc.bloc("InfoPrelevementSEPA") or VIDE
    ics = prelevement.v("AncienICS")
    if ics and len(ics) != 13 and not re.fullmatch(r"[0-9]{6}", ics):
        yield Constat(
            prelevement,
            "AncienICS",
            f"« {ics} » n'est ni un NNE (6 chiffres) ni un ICS (13 caractères)",
            "Corriger l'ancien identifiant de créancier.",
        )


@regle(
    "pes.ligne.ancienne_banque",
    A,
    "pes.md §5.6 (AncienneBanque, effet non dit)",
    si="InfoPrelevementSEPA",
)
def ancienne_banque(li: LigneFaits) -> Iterator[Constat]:
    """AncienneBanque excludes AncienIBAN."""
    prelevement = li.bloc.bloc("InfoPrelevementSEPA") or VIDE
    if vrai(prelevement.v("AncienneBanque")) and prelevement.v("AncienIBAN"):
        yield Constat(
            prelevement,
            "AncienIBAN",
            "AncienneBanque et AncienIBAN s'excluent",
            "Ne garder que l'un des deux.",
        )


@regle("pes.ligne.assure", B, "pes.md §5.6 (InfoAssure)", si="InfoAssure")
def assure(li: LigneFaits) -> Iterator[Constat]:
    """InfoAssure: M21 and M22 only."""
    nomenclature, assure_ = li.bordereau.fichier.nomenclature, li.bloc.bloc("InfoAssure")
    if nomenclature is None or assure_ is None or nomenclature.startswith(codes.HOSPITALIERES):
        return
    yield Constat(
        assure_,
        "",
        f"les informations d'assuré sont réservées aux budgets M21 et M22 ({nomenclature})",
        "Retirer le bloc InfoAssure.",
    )


@regle("pes.ligne.retour", A, "pes.md §5.6 (Recouvrement)", si="Recouvrement")
def recouvrement(li: LigneFaits) -> Iterator[Constat]:
    """Recouvrement is not for ordonnateurs."""
    bloc = li.noeud.bloc("Recouvrement")
    if bloc is not None:
        yield Constat(
            bloc,
            "",
            "le bloc Recouvrement n'est pas fait pour un envoi de l'ordonnateur",
            "Retirer le bloc Recouvrement.",
        )


REGLES: tuple[Regle[LigneFaits], ...] = (
    reglement_et_compte,
    tva_de_recette,
    taux_sans_tva,
    majoration,
    fonction,
    operation,
    original_absent,
    nature_de_l_original,
    original_paye,
    exercice_de_l_original,
    ligne_de_l_original,
    convention,
    libelle_de_virement,
    prelevement_sans_iban,
    ancien_ics,
    ancienne_banque,
    assure,
    recouvrement,
)
