"""Who stands on an invoice: issuer and centres from the configuration, debtor from the titre."""

from __future__ import annotations

from dataclasses import replace

from vaguemestre.config.sections import Asap, CentreAsap, Collectivite
from vaguemestre.domain.asap import (
    ENCAISSEMENT,
    TRESORERIE,
    AdresseFacture,
    Emetteur,
    Signataire,
    TiersFacture,
)
from vaguemestre.domain.comptable import Adresse, CompteBancaire, Tiers
from vaguemestre.intake.lecture import Valeurs

_SIRET = "01"
# Category and nature of the State, for its own centres.
_ETAT = ("20", "07")
_DEBITEUR = "01"
_DESTINATAIRE = "12"
_ETRANGER = "99999"


def emetteur(collectivite: Collectivite, reglage: Asap) -> Emetteur:
    """The body that invoices, as `[collectivite.asap]` describes it."""
    return Emetteur(
        nom=reglage.nom or collectivite.nom,
        categorie=reglage.categorie,
        nature_juridique=reglage.nature_juridique,
        identifiant=collectivite.siret,
        adresse=AdresseFacture(
            adr1=reglage.adresse_1 or None,
            adr2=reglage.adresse_2,
            adr3=reglage.adresse_3 or None,
            code_postal=reglage.code_postal,
            ville=reglage.ville,
        ),
        numero_tva=reglage.numero_tva or None,
        service=reglage.service or None,
        telephone=reglage.telephone or None,
        horaires=reglage.horaires or None,
        code_tipi=reglage.code_tipi or None,
        courriel=reglage.courriel or None,
        adresse_tipi=reglage.adresse_tipi or None,
        reference_bdf=reglage.reference_bdf,
        code_2d=reglage.code_2d or None,
        signataire=Signataire(
            nom=reglage.signataire_nom,
            prenom=reglage.signataire_prenom,
            role=reglage.signataire_role,
        ),
    )


def centres(reglage: Asap) -> tuple[TiersFacture, ...]:
    """The one centre d'encaissement (25) and the one treasury (26) that every ASAP needs."""
    return (
        _centre(reglage.encaissement, ENCAISSEMENT),
        _centre(reglage.tresorerie, TRESORERIE),
    )


def _centre(centre: CentreAsap, type_: str) -> TiersFacture:
    return TiersFacture(
        nom=centre.nom,
        categorie=_ETAT[0],
        nature_juridique=_ETAT[1],
        type=type_,
        complement_nom=centre.complement or None,
        telephone=centre.telephone or None,
        horaires=centre.horaires or None,
        courriel=centre.courriel or None,
        adresse=AdresseFacture(
            adr1=centre.adresse_1 or None,
            adr2=centre.adresse_2 or None,
            adr3=centre.adresse_3 or None,
            code_postal=centre.code_postal,
            ville=centre.ville,
        ),
    )


def debiteur(tiers: Tiers, *, avec_compte: bool) -> TiersFacture:
    """The titre's debtor; its SIRET only, and its account only where a TIP is printed."""
    return TiersFacture(
        nom=tiers.nom,
        categorie=tiers.categorie,
        nature_juridique=tiers.nature_juridique,
        type=tiers.type or _DEBITEUR,
        identifiant=tiers.identifiant if tiers.nature_identifiant == _SIRET else None,
        civilite=tiers.civilite,
        complement_nom=tiers.complement_nom,
        prenom=tiers.prenom,
        adresse=None if tiers.adresse is None else _recopiee(tiers.adresse),
        compte=_sans_libelle(tiers.compte) if avec_compte and tiers.compte is not None else None,
    )


def _recopiee(adresse: Adresse) -> AdresseFacture:
    return AdresseFacture(
        type=adresse.type,
        adr1=adresse.adr1,
        adr2=adresse.adr2,
        adr3=adresse.adr3,
        code_postal=adresse.code_postal,
        ville=adresse.ville,
        non_resident=adresse.non_resident,
        code_pays=adresse.code_pays,
    )


def _sans_libelle(compte: CompteBancaire) -> CompteBancaire:
    """An invoice has no place for the bank's name nor for the date of the account."""
    return replace(compte, libelle_banque=None, date_compte=None)


def destinataire(v: Valeurs, tiers: Tiers) -> TiersFacture | None:
    """Who gets the invoice in the debtor's stead; of the debtor's category."""
    nom = v.texte("destinataire_nom")
    if nom is None:
        return None
    pays = v.entier("destinataire_code_pays")
    return TiersFacture(
        nom=nom,
        categorie=tiers.categorie,
        nature_juridique=tiers.nature_juridique,
        type=_DESTINATAIRE,
        civilite=v.texte("destinataire_civilite"),
        complement_nom=v.texte("destinataire_complement"),
        prenom=v.texte("destinataire_prenom"),
        adresse=AdresseFacture(
            adr1=v.texte("destinataire_adresse_1"),
            adr2=v.texte("destinataire_adresse_2"),
            adr3=v.texte("destinataire_adresse_3"),
            code_postal=v.texte("destinataire_code_postal") or "",
            ville=v.texte("destinataire_ville") or "",
            non_resident=v.texte("destinataire_code_postal") == _ETRANGER,
            code_pays=pays,
        ),
    )
