"""More rules of a ligne: what goes with what, amounts between themselves (pes.md §5.4 to 5.6)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from vaguemestre.pes.faits import VIDE, LigneFaits, vrai
from vaguemestre.pes.regles import codes
from vaguemestre.pes.regles.base import A, B, Confiance, Constat, Regle, regle

_REGIE = "05"
_TRESOR, _ORDONNATEUR = "01", "02"
_ECART_TVA = Decimal(1)


@regle(
    "pes.ligne.fonction.absente",
    A,
    "pes.md §5.5, §5.6 (Fonction : budget voté par fonction, effet non dit)",
)
def fonction_absente(li: LigneFaits) -> Iterator[Constat]:
    """Fonction is mandatory when the budget is voted by function (the local set-up says so)."""
    fichier = li.bordereau.fichier
    if fichier.cod_bud in fichier.reglages.par_fonction and not li.info.v("Fonction"):
        yield Constat(
            li.info,
            "Fonction",
            f"la fonction manque ; le budget {fichier.cod_bud} est voté par fonction",
            "Compléter l'imputation de la ligne.",
        )


@regle("pes.ligne.hlm", A, "pes.md §5.5 (InfoTVAHLM, effet non dit)", si="InfoTVAHLM")
def tva_hlm(li: LigneFaits) -> Iterator[Constat]:
    """InfoTVAHLM: M31 only."""
    nomenclature, bloc = li.bordereau.fichier.nomenclature, li.bloc.bloc("InfoTVAHLM")
    if nomenclature is None or bloc is None or nomenclature.startswith("M31"):
        return
    yield Constat(
        bloc,
        "",
        f"la récupération de TVA des HLM est réservée aux budgets M31 ({nomenclature})",
        "Retirer le bloc InfoTVAHLM.",
    )


@regle("pes.ligne.regie", A, "pes.md §5.5, §5.6 (IdRegie)", Confiance.INFERE, si="LiensIdent")
def regie(li: LigneFaits) -> Iterator[Constat]:
    """IdRegie is for NatPce 05."""
    liens = li.bloc.bloc("LiensIdent") or VIDE
    if liens.v("IdRegie") and li.piece.triplet[2] != _REGIE:
        yield Constat(
            liens,
            "IdRegie",
            f"un numéro de régie est donné et la pièce est de nature {li.piece.triplet[2]}",
            "Retirer le numéro de régie, ou choisir la nature 05 (régie).",
        )


@regle("pes.ligne.mtfactht", A, "pes.md §5.5 (MtFactHT, effet non dit)", si="MtFactHT")
def montant_facture(li: LigneFaits) -> Iterator[Constat]:
    """MtFactHT is given only when it differs from MtHT."""
    facture = li.info.montant("MtFactHT")
    if facture is not None and facture == li.info.montant("MtHT"):
        yield Constat(
            li.info,
            "MtFactHT",
            f"le montant de la facture ({facture}) répète celui de la ligne",
            "Retirer MtFactHT quand il est égal à MtHT.",
        )


@regle(
    "pes.ligne.tva_drapeaux",
    A,
    "pes.md §5.5, §5.6 (TVAIntraCom, TVAImportation), §13 ligne 16",
    Confiance.INFERE,
    si="TVAImportation",
)
def drapeaux_de_tva(li: LigneFaits) -> Iterator[Constat]:
    """A purchase is intra-community or an import, not both."""
    intra = "TVAIntraCom" if li.depense else "TvaIntraCom"
    if vrai(li.info.v("TVAImportation")) and vrai(li.info.v(intra)):
        yield Constat(
            li.info,
            "TVAImportation",
            "la ligne est dite à la fois intracommunautaire et d'importation",
            f"Ne mettre à 1 que l'une des deux balises {intra} et TVAImportation.",
        )


@regle("pes.ligne.tva_taux", A, "pes.md §5.6 (TxTva, MtTVA)", Confiance.INFERE, si="TxTva")
def tva_du_taux(li: LigneFaits) -> Iterator[Constat]:
    """MtTVA is about MtHT × TxTva: a difference of more than 1 is no rounding."""
    taux, ht, tva = (li.info.montant(champ) for champ in ("TxTva", "MtHT", "MtTVA"))
    if taux is None or ht is None or tva is None:
        return
    attendue = ht * taux / 100
    if abs(attendue - tva) > _ECART_TVA:
        yield Constat(
            li.info,
            "MtTVA",
            f"la TVA de la ligne est {tva} ; {ht} à {taux} % donneraient {attendue:.2f}",
            "Vérifier le taux et le montant de TVA.",
            attendu=f"{attendue:.2f}",
        )


@regle("pes.ligne.marche", A, "pes.md §5.4 (IdMarche l'emporte)", si="VentilationMarche")
def marche(li: LigneFaits) -> Iterator[Constat]:
    """VentilationMarche/IdMarche wins over LiensIdent/IdMarche: two different ones mislead."""
    ventilation = li.bloc.bloc("VentilationMarche") or VIDE
    liens = li.bloc.bloc("LiensIdent") or VIDE
    retenu, autre = ventilation.v("IdMarche"), liens.v("IdMarche")
    if retenu and autre and retenu != autre:
        yield Constat(
            liens,
            "IdMarche",
            f"la ligne nomme deux marchés, {autre} et {retenu} ; Hélios retient {retenu}",
            "Ne garder que le marché de la ventilation.",
        )


@regle(
    "pes.ligne.prelevement.nature",
    A,
    "pes.md §5.6 (InfoPrelevement, InfoPrelevementSEPA ; effet non dit)",
    si="InfoPrelevement InfoPrelevementSEPA",
)
def nature_du_prelevement(li: LigneFaits) -> Iterator[Constat]:
    """InfoPrelevement goes with NatPrel 02 (ordonnateur), InfoPrelevementSEPA with 01 (Trésor)."""
    for nom, attendue in (("InfoPrelevement", _ORDONNATEUR), ("InfoPrelevementSEPA", _TRESOR)):
        bloc = li.bloc.bloc(nom)
        if bloc is not None and bloc.v("NatPrel") not in (None, attendue):
            yield Constat(
                bloc,
                "NatPrel",
                f"le bloc {nom} va avec la nature de prélèvement {attendue} ; "
                f"trouvé {bloc.v('NatPrel')}",
                "Accorder le bloc et la nature : 01 prélevé par le Trésor, 02 par l'ordonnateur.",
            )


@regle("pes.ligne.recouvrement.modregl", B, "pes.md §5.6 (ModRegl)", si="Recouvrement")
def recouvrement_et_compte(li: LigneFaits) -> Iterator[Constat]:
    """Recouvrement/ModRegl 03, 05 need a CpteBancaire; 01, 02, 04, 07 forbid it.

    From 08 on the labels of recette are other ones than the text means: nothing is said.
    """
    compte = next((t.compte for t in li.tiers if t.compte is not None), None)
    for bloc in li.noeud.tous("Recouvrement"):
        mode = bloc.v("ModRegl")
        if mode in codes.COMPTE_EXIGE and compte is None:
            yield Constat(
                bloc,
                "ModRegl",
                f"le mode de règlement {mode} exige les coordonnées bancaires du débiteur",
                "Renseigner l'IBAN du débiteur, ou retirer le bloc Recouvrement.",
            )
        elif mode in codes.RECOUVREMENT_INTERDIT and compte is not None:
            yield Constat(
                bloc,
                "ModRegl",
                f"le mode de règlement {mode} interdit les coordonnées bancaires du débiteur",
                "Retirer le compte bancaire, ou le bloc Recouvrement.",
            )


REGLES: tuple[Regle[LigneFaits], ...] = (
    fonction_absente,
    tva_hlm,
    regie,
    montant_facture,
    drapeaux_de_tva,
    tva_du_taux,
    marche,
    nature_du_prelevement,
    recouvrement_et_compte,
)
