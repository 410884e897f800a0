"""Groups of columns to their domain values: Tiers, Adresse, CompteBancaire, Dgp…

A group is built only from a row without faults: its mandatory columns are then there, and the
absent value of a type checker's fear never travels further than this module.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from vaguemestre.domain.comptable import (
    Adresse,
    CompteBancaire,
    Dgp,
    Domaine,
    Liens,
    Majoration,
    Prelevement,
    Rattachement,
    Rib,
    Tiers,
)
from vaguemestre.intake.champs_particuliers import ancien_prelevement, lieu_naissance
from vaguemestre.intake.lecture import Valeurs


def tiers(v: Valeurs, domaine: Domaine) -> Tiers | None:
    """The creditor or debtor of this row; a titre's debtor is 01 (principal) unless said."""
    nom = v.texte("tiers_nom")
    if nom is None:
        return None
    role = v.texte("tiers_type")
    return Tiers(
        nom=nom,
        categorie=v.texte("tiers_categorie") or "",
        nature_juridique=v.texte("tiers_nature_juridique") or "",
        type=role or ("01" if domaine is Domaine.RECETTE else None),
        identifiant=v.texte("tiers_identifiant"),
        nature_identifiant=v.texte("tiers_nature_identifiant"),
        date_identifiant=v.jour("tiers_date_identifiant"),
        reference=v.texte("tiers_reference"),
        civilite=v.texte("tiers_civilite"),
        complement_nom=v.texte("tiers_complement_nom"),
        prenom=v.texte("tiers_prenom"),
        date_naissance=v.jour("tiers_date_naissance"),
        lieu_naissance=lieu_naissance(v) if domaine is Domaine.RECETTE else None,
        adresse=_adresse(v),
        compte=_compte(v),
    )


def _adresse(v: Valeurs) -> Adresse | None:
    voie = v.texte("adresse_2")
    if voie is None:
        return None
    return Adresse(
        adr2=voie,
        code_postal=v.texte("code_postal") or "",
        ville=v.texte("ville") or "",
        type=v.texte("adresse_type") or "1",
        adr1=v.texte("adresse_1"),
        adr3=v.texte("adresse_3"),
        non_resident=v.vrai("non_resident") or False,
        code_pays=v.entier("code_pays"),
        date_adresse=v.jour("date_adresse"),
    )


def _compte(v: Valeurs) -> CompteBancaire | None:
    titulaire = v.texte("titulaire_compte")
    if titulaire is None:
        return None
    return CompteBancaire(
        titulaire=titulaire,
        iban=v.texte("iban"),
        bic=v.texte("bic"),
        rib=_rib(v),
        libelle_banque=v.texte("libelle_banque"),
        date_compte=v.jour("date_compte"),
    )


def _rib(v: Valeurs) -> Rib | None:
    compte = v.texte("rib_compte")
    if compte is None:
        return None
    return Rib(
        code_etablissement=v.texte("rib_code_etablissement") or "",
        code_guichet=v.texte("rib_code_guichet") or "",
        compte=compte,
        cle=v.texte("rib_cle") or "",
        id_pays=v.texte("rib_pays"),
        id_banque=v.texte("rib_banque"),
    )


def dgp(v: Valeurs) -> Dgp | None:
    """The délai global de paiement, all four mandatory fields or nothing."""
    exclu, debut, fin = v.vrai("dgp_exclu"), v.jour("dgp_debut"), v.jour("dgp_fin")
    duree = v.entier("dgp_duree")
    if exclu is None or debut is None or fin is None or duree is None:
        return None
    return Dgp(
        exclu=exclu,
        debut=debut,
        fin=fin,
        duree=duree,
        interet_moratoire=v.texte("dgp_interet_moratoire"),
        taux=v.montant("dgp_taux"),
    )


def rattachement(v: Valeurs) -> Rattachement | None:
    exercice, piece = v.entier("rattachement_exercice"), v.entier("rattachement_piece")
    nature = v.texte("rattachement_nature")
    if exercice is None or piece is None or nature is None:
        return None
    ligne = v.texte("rattachement_ligne")
    return Rattachement(nature=nature, exercice=exercice, piece=piece, ligne=ligne)


def liens(v: Valeurs) -> Liens | None:
    """The references to a convention, marché, loan…; None when there is none at all."""
    noms = ("convention", "marche", "caution", "emprunt", "actif", "regie")
    connus = {nom: v.texte(nom) for nom in noms}
    return Liens(**connus) if any(connus.values()) else None


def majoration(v: Valeurs) -> Majoration | None:
    jour, taux = v.jour("date_majoration"), v.montant("taux_majoration")
    if jour is None or taux is None:
        return None
    return Majoration(date_majoration=jour, taux=taux)


def prelevement(v: Valeurs) -> Prelevement | None:
    jour: date | None = v.jour("prelevement_date")
    montant: Decimal | None = v.montant("prelevement_montant")
    if jour is None or montant is None:
        return None
    return Prelevement(
        nature=v.texte("prelevement_nature") or "",
        periodicite=v.texte("prelevement_periodicite") or "",
        date_prelevement=jour,
        montant=montant,
        sequence=v.texte("prelevement_sequence"),
        date_mandat=v.jour("prelevement_date_mandat"),
        rum=v.texte("prelevement_rum"),
        libelle=v.texte("prelevement_libelle"),
        **ancien_prelevement(v),
    )
