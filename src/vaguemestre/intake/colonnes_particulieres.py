"""Columns of what only some bodies send: marchés, HLM, hospitals, SEPA changes, rôles ORMC.

Source of elements, lengths and codes: PES V2 Aller 5.30 (reference/pes.md §5.4 to §5.6).
"""

# ruff: noqa: E501  (tables set by hand, one line each, as in the specification)
from __future__ import annotations

from vaguemestre.intake.colonne import Colonne, Niveau, Sorte, codes

B, P, L, T = Niveau.BORDEREAU, Niveau.PIECE, Niveau.LIGNE, Niveau.TIERS
S = Sorte
C = Colonne
_V = "ventilation"


def _part(nom: str, libelle: str, balise: str, sorte: Sorte = S.MONTANT_SIGNE) -> Colonne:
    """One amount of VentilationMarche."""
    return C(
        f"ventilation_{nom}", L, sorte, libelle, f"VentilationMarche/{balise}", "1000,00", groupe=_V
    )


# fmt: off
COMMUNES = (
    C("ventilation_marche", L, S.TEXTE, "Ventilation d'un marché : numéro du marché (l'emporte sur la colonne marche)", "VentilationMarche/IdMarche", "2026-14", taille=30, groupe=_V, obligatoire=True),
    C("ventilation_tranche", L, S.ENTIER, "Numéro de tranche", "VentilationMarche/NumeroTranche", "1", taille=3, groupe=_V),
    C("ventilation_periode", L, S.ENTIER, "Numéro de période", "VentilationMarche/NumeroPeriode", "2", taille=3, groupe=_V),
    C("ventilation_titulaire", L, S.TEXTE, "Titulaire, pour un sous-traitant présent plusieurs fois dans le marché", "VentilationMarche/IdTitulaire", "73282932000074", taille=80, groupe=_V),
    _part("avance_ht", "Avance HT", "AvanceHT"),
    _part("avance_tva", "TVA de l'avance", "AvanceTVA"),
    _part("acompte_ht", "Acompte HT", "AcompteHT"),
    _part("acompte_tva", "TVA de l'acompte", "AcompteTVA"),
    _part("retenue_ht", "Retenue de garantie HT", "RetenueHT"),
    _part("retenue_tva", "TVA de la retenue, jamais négative", "RetenueTVA", S.MONTANT),
    _part("penalite", "Pénalité", "Penalite"),
    _part("revision_ht", "Révision de prix HT", "RevisionHT"),
    _part("revision_tva", "TVA de la révision", "RevisionTVA"),
    _part("interet_moratoire", "Intérêts moratoires", "InteretMoratoire"),
    _part("divers_ht", "Divers HT", "DiversHT"),
    _part("divers_tva", "TVA des divers", "DiversTVA"),
    _part("avance_recup_ht", "Récupération d'avance HT", "AvanceRecupHT"),
    _part("avance_recup_tva", "TVA de l'avance récupérée", "AvanceRecupTVA"),
    C("tiers_date_identifiant", T, S.DATE, "Date de l'identifiant du tiers", "InfoTiers/DteIdTiers", "01/01/2026", groupe="tiers"),
    C("date_adresse",   T, S.DATE,   "Date de l'adresse", "Adresse/DteAdr", "01/01/2026", groupe="adresse"),
    C("date_compte",    T, S.DATE,   "Date du compte", "CpteBancaire/DteBanc", "01/01/2026", groupe="compte"),
    C("rib_pays",       T, S.ALNUM,  "RIB à l'étranger : pays", "CpteBancaire/IdPayInt", "FR", taille=4, groupe="rib"),
    C("rib_banque",     T, S.ALNUM,  "RIB à l'étranger : banque", "CpteBancaire/IdBancInt", "BDFEFRPP", taille=11, groupe="rib"),
)
MANDATS = (
    C("tva_hlm_recuperee", L, S.BOOLEEN, "HLM (M31) : TVA récupérée", "InfoTVAHLM/RecTVA", "1", groupe="tva_hlm", obligatoire=True),
    C("tva_hlm_residences", L, S.MONTANT, "HLM (M31) : montant HT des résidences", "InfoTVAHLM/MtHtRes", "1000,00", groupe="tva_hlm", obligatoire=True),
    C("operation_specifique", L, S.CODE, "Opération spécifique : sa nature", "OpSpec/CodOpSpec", "01", codes=codes(1, 5), groupe="operation_specifique", obligatoire=True),
    C("operation_specifique_numero", L, S.ALNUM, "Opération spécifique : son numéro", "OpSpec/IdOpSpec", "OP12", taille=15, groupe="operation_specifique", obligatoire=True),
)
TITRES = (
    C("role_date_asp",  B, S.DATE,   "Rôle ORMC : date des avis des sommes à payer", "BlocBordereau/DteAsp", "25/11/2026"),
    C("role_objet",     B, S.TEXTE,  "Rôle ORMC : objet du rôle", "BlocBordereau/Objet", "Eau 2e semestre", taille=160),
    C("impaye_regie",   P, S.BOOLEEN, "Impayé d'une régie", "ImpayeRegie", "0"),
    C("enveloppe_retour", P, S.BOOLEEN, "Joindre une enveloppe retour (édition 06 seulement)", "EnvRetour", "0"),
    C("facturation_debut", P, S.DATE, "Début de la période facturée (M21, M22)", "DebFact", "01/10/2026"),
    C("facturation_fin", P, S.DATE,  "Fin de la période facturée (M21, M22)", "FinFact", "31/10/2026"),
    C("dette",          P, S.ENTIER, "Article de rôle : numéro de dette", "NumDette", "900001", taille=15),
    C("periode",        P, S.CHIFFRES, "Article de rôle : période", "Per", "0", taille=1),
    C("cle1",           P, S.CHIFFRES, "Article de rôle : clé modulo 11, telle que votre logiciel la calcule", "Cle1", "8", taille=1),
    C("cle2",           P, S.ALNUM,  "Article de rôle : clé modulo 23, telle que votre logiciel la calcule", "Cle2", "M", taille=1),
    C("etablissement_finess", L, S.ALNUM, "FINESS géographique", "FinGeo", "980000123", taille=9),
    C("etablissement_code", L, S.ALNUM, "Code de l'établissement géographique", "CodEtGeo", "E01", taille=3),
    C("beneficiaire_siret", L, S.CHIFFRES, "Rôle ORMC : SIRET de la collectivité bénéficiaire", "InfoCollBen/IdCollBen", "21200014200012", taille=14, groupe="beneficiaire", obligatoire=True),
    C("beneficiaire_code", L, S.ALNUM, "Rôle ORMC : code de la collectivité bénéficiaire", "InfoCollBen/CodCollBen", "123", taille=3, groupe="beneficiaire", obligatoire=True),
    C("beneficiaire_budget", L, S.ALNUM, "Rôle ORMC : code du budget bénéficiaire", "InfoCollBen/CodBudBen", "01", taille=2, groupe="beneficiaire"),
    C("assure_debiteur", L, S.CODE,  "Hôpitaux (M21, M22) : le débiteur est l'assuré, 1 oui, 2 non, 3 inconnu", "InfoAssure/CodAssDeb", "1", codes=("1", "2", "3"), groupe="assure", obligatoire=True),
    C("assure_ayant_droit", L, S.CODE, "Hôpitaux : ayant droit, 01 conjoint, 02 enfant, 03 autre", "InfoAssure/CodAyantDroit", "02", codes=codes(1, 3), groupe="assure"),
    _part("retenue_recup_ht", "Restitution de retenue HT", "RetenueRecupHT"),
    _part("retenue_recup_tva", "TVA de la retenue restituée", "RetenueRecupTVA"),
    _part("penalite_regul", "Régularisation de pénalité", "PenaliteRegul"),
    C("prelevement_ancienne_rum", L, S.TEXTE, "SEPA : RUM précédente", "AncienRUM", "RUM0000", taille=35, groupe="prelevement"),
    C("prelevement_ancien_ics", L, S.ALNUM, "SEPA : ICS ou NNE précédent", "AncienICS", "FR00ZZZ123456", taille=13, groupe="prelevement"),
    C("prelevement_ancien_creancier", L, S.TEXTE, "SEPA : créancier précédent", "AncienTiersCreancier", "COMMUNE DU LAGON", taille=70, groupe="prelevement"),
    C("prelevement_ancienne_banque", L, S.BOOLEEN, "SEPA : le débiteur a changé de banque", "AncienneBanque", "0", groupe="prelevement"),
    C("prelevement_ancien_iban", L, S.ALNUM, "SEPA : IBAN précédent", "AncienIBAN", "FR1420041010050500013M02606", taille=34, groupe="prelevement"),
    C("prelevement_autre_titulaire", L, S.BOOLEEN, "SEPA : le titulaire du compte n'est pas le débiteur", "TitCpteDiff", "0", groupe="prelevement"),
    C("naissance_departement", T, S.ALNUM, "Né en France : département", "LieuNaissance/CodeDeptDomCom", "988", taille=3, mini=2, groupe="naissance"),
    C("naissance_code_commune", T, S.CHIFFRES, "Né en France : code INSEE de la commune", "LieuNaissance/CodeCommune", "18", taille=3, mini=2, groupe="naissance"),
    C("naissance_commune", T, S.TEXTE, "Né en France : commune, en capitales sans accent", "LieuNaissance/LibelleCommune", "NOUMEA", taille=70, groupe="naissance"),
    C("naissance_code_pays", T, S.CHIFFRES, "Né à l'étranger : code INSEE du pays", "LieuNaissance/CodePays", "131", taille=3, mini=3, groupe="naissance"),
    C("naissance_pays", T, S.TEXTE,  "Né à l'étranger : pays, en capitales sans accent, si son code n'est pas connu", "LieuNaissance/LibellePays", "BELGIQUE", taille=70, groupe="naissance"),
)
# fmt: on
