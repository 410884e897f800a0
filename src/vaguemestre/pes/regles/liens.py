"""Rules of a ligne: what it is tied to, and what only hospitals or debits tell (pes.md §5.5, §5.6).

What LiensIdent lacks is told by Hélios at its pre-visa, after the Guichet: warnings.
"""

from __future__ import annotations

from collections.abc import Iterator

from vaguemestre.domain.identifiants import Siret
from vaguemestre.pes.faits import VIDE, LigneFaits, vrai
from vaguemestre.pes.regles import codes
from vaguemestre.pes.regles.base import A, Confiance, Constat, Regle, regle

_INVENTAIRE, _EMPRUNT, _REGIE = "03", "04", "05"
_SUR_MARCHE = "09"


def _triplets(*, type_: str = "", nature: str = "") -> str:
    """Every triplet with that TypPce or that NatPce, as a ligne shows its own to the catalogue."""
    types = [type_] if type_ else [f"{n:02}" for n in range(1, 16)]
    natures = [nature] if nature else [f"{n:02}" for n in range(1, 19)]
    return " ".join(
        f"{b}/{t}/{n}" for b in ("01", "02", "03", "06") for t in types for n in natures
    )


def _manque(li: LigneFaits, champ: str, quoi: str, conseil: str) -> Iterator[Constat]:
    liens = li.bloc.bloc("LiensIdent") or VIDE
    if not liens.v(champ):
        yield Constat(
            li.bloc,
            "",
            f"une pièce {'/'.join(li.piece.triplet)} porte {quoi} ({champ})",
            conseil,
        )


@regle(
    "pes.ligne.lien.marche",
    A,
    "pes.md §5.5 (LiensIdent : dit au pré-visa)",
    si=_triplets(type_=_SUR_MARCHE),
)
def lien_de_marche(li: LigneFaits) -> Iterator[Constat]:
    """A mandat sur marché (TypPce 09) names its marché, there or in VentilationMarche."""
    ventilation = li.bloc.bloc("VentilationMarche") or VIDE
    if li.depense and not ventilation.v("IdMarche"):
        yield from _manque(
            li,
            "IdMarche",
            "le numéro de son marché",
            "Renseigner le numéro du marché, ou choisir un autre type de mandat.",
        )


@regle(
    "pes.ligne.lien.emprunt",
    A,
    "pes.md §5.5, §5.6 (LiensIdent : dit au pré-visa)",
    si=_triplets(nature=_EMPRUNT),
)
def lien_d_emprunt(li: LigneFaits) -> Iterator[Constat]:
    """A pièce of nature 04 (emprunt) names its loan."""
    yield from _manque(
        li,
        "IdEmpruntOrdo",
        "le numéro de son emprunt",
        "Renseigner le numéro d'emprunt de l'ordonnateur dans LiensIdent.",
    )


@regle(
    "pes.ligne.lien.actif",
    A,
    "pes.md §5.5, §5.6 (LiensIdent : dit au pré-visa)",
    si=_triplets(nature=_INVENTAIRE),
)
def lien_d_inventaire(li: LigneFaits) -> Iterator[Constat]:
    """A pièce of nature 03 (inventaire) names what it adds to the assets."""
    yield from _manque(
        li,
        "IdActif",
        "un numéro d'inventaire",
        "Renseigner le numéro d'inventaire dans LiensIdent.",
    )


@regle(
    "pes.ligne.lien.regie",
    A,
    "pes.md §5.5, §5.6 (IdRegie : dit au pré-visa)",
    si=_triplets(nature=_REGIE),
)
def lien_de_regie(li: LigneFaits) -> Iterator[Constat]:
    """A pièce of nature 05 (régie) names its régie."""
    yield from _manque(
        li,
        "IdRegie",
        "le numéro de sa régie",
        "Renseigner le numéro de la régie dans LiensIdent.",
    )


@regle(
    "pes.ligne.finess",
    A,
    "XSD NS_Recette 5.30, FinGeo et CodEtGeo (effet non dit)",
    si="FinGeo CodEtGeo",
)
def finess_geographique(li: LigneFaits) -> Iterator[Constat]:
    """FinGeo and CodEtGeo: M21 and M22 only."""
    nomenclature = li.bordereau.fichier.nomenclature
    if nomenclature is None or nomenclature.startswith(codes.HOSPITALIERES):
        return
    for champ in ("FinGeo", "CodEtGeo"):
        if li.info.v(champ):
            yield Constat(
                li.info,
                champ,
                f"l'établissement de soins est réservé aux budgets M21 et M22 ({nomenclature})",
                f"Retirer {champ}.",
            )


@regle(
    "pes.ligne.marche.retenue",
    A,
    "XSD NS_Recette 5.30, RetenueRecupTVA (effet non dit)",
    si="VentilationMarche",
)
def retenue_recuperee(li: LigneFaits) -> Iterator[Constat]:
    """RetenueRecupTVA may not be negative, though its type lets it."""
    ventilation = li.bloc.bloc("VentilationMarche") or VIDE
    montant = ventilation.montant("RetenueRecupTVA")
    if montant is not None and montant < 0:
        yield Constat(
            ventilation,
            "RetenueRecupTVA",
            f"la TVA de la retenue récupérée est négative ({montant})",
            "Renseigner un montant positif ou nul.",
        )


@regle(
    "pes.ligne.ancien_ics.forme",
    A,
    "XSD NS_Recette 5.30, AncienICS (structure de l'ICS, dont le détail n'est pas dit)",
    Confiance.INFERE,
    si="InfoPrelevementSEPA",
)
def structure_de_l_ics(li: LigneFaits) -> Iterator[Constat]:
    """An ICS of 13 characters: country, two digits, business code, national number, in capitals."""
    prelevement = li.bloc.bloc("InfoPrelevementSEPA") or VIDE
    ics = prelevement.v("AncienICS")
    if ics and len(ics) == 13 and not codes.ICS.fullmatch(ics):
        yield Constat(
            prelevement,
            "AncienICS",
            f"« {ics} » n'a pas la forme d'un ICS (FR, deux chiffres, neuf caractères)",
            "Recopier l'ancien identifiant de créancier SEPA.",
        )


@regle(
    "pes.ormc.beneficiaire.siret",
    A,
    "pes.md §5.6 (IdCollBen : SIRET ; la clé est notre lecture)",
    Confiance.INFERE,
    si="06/15/01",
)
def siret_du_beneficiaire(li: LigneFaits) -> Iterator[Constat]:
    """IdCollBen is the SIRET of the body for which the ligne is collected."""
    bloc = li.info.bloc("InfoCollBen") if li.info.enfants else None
    siret = bloc.v("IdCollBen") if bloc is not None else None
    defaut = Siret.defaut(siret) if siret else None
    if bloc is not None and defaut is not None:
        yield Constat(bloc, "IdCollBen", defaut, "Recopier le SIRET de la collectivité.")


_MAJORATION = "05"


@regle(
    "pes.ligne.rattachement.majoration",
    A,
    "XSD NS_Recette 5.30, NatPceOrig (05 : le seul 01/09/01, type retiré depuis)",
    Confiance.CONTREDIT,
    si="RattachPiece",
)
def liste_de_majoration(li: LigneFaits) -> Iterator[Constat]:
    """In recette the original 05 is a list of increases: the ligne is increased (Majo 1)."""
    rattachement = li.bloc.bloc("RattachPiece") or VIDE
    if li.depense or rattachement.v("NatPceOrig") != _MAJORATION or vrai(li.info.v("Majo")):
        return
    yield Constat(
        rattachement,
        "NatPceOrig",
        "la ligne se rattache à une liste de majoration (05) et n'est pas majorée (Majo 0)",
        "Mettre Majo à 1 avec sa date et son taux, ou corriger la nature de l'original.",
    )


REGLES: tuple[Regle[LigneFaits], ...] = (
    lien_de_marche,
    lien_d_emprunt,
    lien_d_inventaire,
    lien_de_regie,
    finess_geographique,
    retenue_recuperee,
    structure_de_l_ics,
    siret_du_beneficiaire,
    liste_de_majoration,
)
