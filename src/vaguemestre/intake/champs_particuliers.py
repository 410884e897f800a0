"""Columns that only some bodies fill in to their domain values: marchés, HLM, hospitals, ORMC.

Most rows have none of them: what is given first is the test that says so, in one operation.
"""

from __future__ import annotations

from typing import Any

from vaguemestre.domain.particularites import (
    ArticleRole,
    Assure,
    CollectiviteBeneficiaire,
    LieuNaissance,
    NaissanceEnFrance,
    NaissanceEtranger,
    OperationSpecifique,
    TvaHlm,
    VentilationMarche,
)
from vaguemestre.intake.colonne import Niveau, Sorte
from vaguemestre.intake.colonnes_particulieres import COMMUNES, MANDATS, TITRES
from vaguemestre.intake.lecture import Valeurs

_VENTILATION = "ventilation_"
_PARTS = tuple(
    c.nom.removeprefix(_VENTILATION)
    for c in (*COMMUNES, *TITRES)
    if c.nom.startswith(_VENTILATION) and c.sorte in (Sorte.MONTANT, Sorte.MONTANT_SIGNE)
)
_LIGNE = frozenset(c.nom for c in (*COMMUNES, *MANDATS, *TITRES) if c.niveau is Niveau.LIGNE)
_NAISSANCE = frozenset(c.nom for c in TITRES if c.groupe == "naissance")
_PIECE = frozenset(c.nom for c in TITRES if c.niveau is Niveau.PIECE)


def de_la_ligne(v: Valeurs) -> dict[str, Any]:
    """Arguments of Ligne that this row fills, beside the usual ones."""
    if _LIGNE.isdisjoint(v.lues):
        return {}
    return {
        "ventilation": _ventilation(v),
        "tva_hlm": _tva_hlm(v),
        "operation_specifique": _operation_specifique(v),
        "finess_geographique": v.texte("etablissement_finess"),
        "code_etablissement_geographique": v.texte("etablissement_code"),
        "beneficiaire": _beneficiaire(v),
        "assure": _assure(v),
    }


def du_titre(v: Valeurs) -> dict[str, Any]:
    """Arguments of Titre that this pièce fills, beside the usual ones."""
    if _PIECE.isdisjoint(v.lues):
        return {}
    return {
        "impaye_regie": v.vrai("impaye_regie"),
        "enveloppe_retour": v.vrai("enveloppe_retour"),
        "debut_facturation": v.jour("facturation_debut"),
        "fin_facturation": v.jour("facturation_fin"),
        "article": _article(v),
    }


def lieu_naissance(v: Valeurs) -> LieuNaissance | None:
    """Where the tiers was born. A commune without its département stays for the PES to refuse."""
    if _NAISSANCE.isdisjoint(v.lues):
        return None
    departement, commune = v.texte("naissance_departement"), v.texte("naissance_commune")
    code = v.texte("naissance_code_commune")
    pays = v.texte("naissance_code_pays"), v.texte("naissance_pays")
    france = etranger = None
    if any((departement, code, commune)):
        france = NaissanceEnFrance(
            departement=departement or "", code_commune=code, commune=commune
        )
    if any(pays):
        etranger = NaissanceEtranger(code_pays=pays[0], pays=pays[1])
    if france is None and etranger is None:
        return None
    return LieuNaissance(france=france, etranger=etranger)


def ancien_prelevement(v: Valeurs) -> dict[str, Any]:
    """Arguments of Prelevement that say what a direct debit was before."""
    return {
        "ancien_rum": v.texte("prelevement_ancienne_rum"),
        "ancien_ics": v.texte("prelevement_ancien_ics"),
        "ancien_creancier": v.texte("prelevement_ancien_creancier"),
        "ancienne_banque": v.vrai("prelevement_ancienne_banque"),
        "ancien_iban": v.texte("prelevement_ancien_iban"),
        "titulaire_different": v.vrai("prelevement_autre_titulaire"),
    }


def _ventilation(v: Valeurs) -> VentilationMarche | None:
    marche = v.texte("ventilation_marche")
    if marche is None:
        return None
    return VentilationMarche(
        marche=marche,
        tranche=v.entier("ventilation_tranche"),
        periode=v.entier("ventilation_periode"),
        titulaire=v.texte("ventilation_titulaire"),
        **{part: v.montant(f"{_VENTILATION}{part}") for part in _PARTS},
    )


def _tva_hlm(v: Valeurs) -> TvaHlm | None:
    recuperee, montant = v.vrai("tva_hlm_recuperee"), v.montant("tva_hlm_residences")
    if recuperee is None or montant is None:
        return None
    return TvaHlm(recuperee=recuperee, montant_ht_residences=montant)


def _operation_specifique(v: Valeurs) -> OperationSpecifique | None:
    code, numero = v.texte("operation_specifique"), v.texte("operation_specifique_numero")
    if code is None or numero is None:
        return None
    return OperationSpecifique(code=code, identifiant=numero)


def _beneficiaire(v: Valeurs) -> CollectiviteBeneficiaire | None:
    siret, code = v.texte("beneficiaire_siret"), v.texte("beneficiaire_code")
    if siret is None or code is None:
        return None
    return CollectiviteBeneficiaire(siret=siret, code=code, budget=v.texte("beneficiaire_budget"))


def _assure(v: Valeurs) -> Assure | None:
    debiteur = v.texte("assure_debiteur")
    if debiteur is None:
        return None
    return Assure(debiteur=debiteur, ayant_droit=v.texte("assure_ayant_droit"))


def _article(v: Valeurs) -> ArticleRole | None:
    article = ArticleRole(
        dette=v.entier("dette"),
        periode=v.texte("periode"),
        cle1=v.texte("cle1"),
        cle2=v.texte("cle2"),
    )
    return None if article == ArticleRole() else article
