"""Rules of a ligne: VAT, imputation, way of payment (pes.md §5.5, §5.6, §13)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from vaguemestre.pes.faits import VIDE, LigneFaits, vrai
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


@regle("pes.ligne.txtva", A, "pes.md §5.6 (TxTva va avec MtTVA)", Confiance.INFERE, si="TxTva")
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
    "pes.ligne.convention",
    A,
    "pes.md §5.5, §5.6 (IdConv : dit au pré-visa ; en recette le schéma dit « rejet »)",
    Confiance.CONTREDIT,
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
    "pes.ligne.prelevement",
    A,
    "pes.md §5.6 (InfoPrelevementSEPA : IBAN, effet non dit)",
    si="InfoPrelevementSEPA",
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
    convention,
    libelle_de_virement,
    prelevement_sans_iban,
    ancien_ics,
    ancienne_banque,
    assure,
    recouvrement,
)
