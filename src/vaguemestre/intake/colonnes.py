"""The columns of mandats and titres, one line each: what `help depot` prints, what is read.

One name per datum, the same in a spreadsheet's first row and as a JSON key, close to the PES
element. Source of elements, lengths and codes: PES V2 Aller 5.30 (reference/pes.md §5-6).
"""

# ruff: noqa: E501  (tables set by hand, one line each, as in the specification)
from __future__ import annotations

from dataclasses import replace
from functools import cache

from vaguemestre.intake.colonne import Colonne, Genre, Niveau, Sorte
from vaguemestre.intake.colonne import codes as _codes
from vaguemestre.intake.colonnes_factures import FACTURES
from vaguemestre.intake.colonnes_particulieres import COMMUNES, MANDATS, TITRES
from vaguemestre.intake.colonnes_pj import PJ_SEULES

__all__ = [
    "Colonne",
    "Genre",
    "Niveau",
    "Sorte",
    "colonnes",
    "noms_du_niveau",
    "numero_de",
    "par_nom",
]

B, P, L, T = Niveau.BORDEREAU, Niveau.PIECE, Niveau.LIGNE, Niveau.TIERS
S = Sorte
C = Colonne
_TYPE_PJ = _codes(1, 14, largeur=3)
_CATEGORIE = ("01", *_codes(20, 29), "50", *_codes(60, 65), *_codes(70, 74))

# fmt: off
_DEBUT = (
    C("budget",         B, S.CODE,   "Code du budget (CodBud), parmi ceux de la configuration", "EnTetePES/CodBud", "00", taille=2, defaut="le seul budget configuré ; obligatoire s'il y en a plusieurs"),
    C("exercice",       B, S.ENTIER, "Exercice budgétaire", "BlocBordereau/Exer", "2026", taille=4, obligatoire=True),
    C("bordereau",      B, S.ENTIER, "Numéro du bordereau", "BlocBordereau/IdBord", "72", taille=7, obligatoire=True),
    C("type_bordereau", B, S.CODE,   "01 ordinaire, 02 annulation ou réduction, 03 ordres", "BlocBordereau/TypBord", "01", codes=_codes(1, 3), defaut="01"),
    C("date_emission",  B, S.DATE,   "Date d'émission du bordereau", "BlocBordereau/DteBordEm", "20/11/2026", obligatoire=True),
)
_PIECE = (
    C("type_piece",     P, S.CODE,   "Type de pièce (01 ordinaire, 02 correctif…)", "TypPce", "01", codes=_codes(1, 11, 13, 13), defaut="01"),
    C("nature_piece",   P, S.CODE,   "Nature de pièce (01 fonctionnement, 02 investissement, 05 régie, 06 annulation…)", "NatPce", "01", codes=_codes(1, 14, 18, 18), defaut="01"),
    C("objet",          P, S.TEXTE,  "Objet de la pièce", "Obj", "Fournitures de bureau", taille=100),
    C("service",        P, S.TEXTE,  "Code du service, connu d'Hélios", "CodServ", "DGS", taille=10),
    C("affectation",    P, S.TEXTE,  "Clé libre convenue avec le comptable", "Affect", "A12", taille=10),
    C("pj",             P, S.NOMS,   "Noms des fichiers justificatifs de la pièce", "PJRef", "facture-118.pdf|bon-42.pdf"),
    C("pj_type",        P, S.NOMS,   "Types des justificatifs, dans le même ordre, ou un seul pour tous", "PJRef/TypePJ", "003", codes=_TYPE_PJ),
    C("pj_description", P, S.NOMS,   "Descriptions des justificatifs, dans le même ordre, ou une seule pour tous", "PJ/Description", "Facture 118", taille=250, defaut="le nom du fichier"),
    C("pj_papier",      P, S.NOMS,   "Noms des justificatifs transmis sur papier : cités, non joints", "PJRef (Support 02)", "Plan du lot 3.pdf", taille=100),
    C("pj_disque",      P, S.NOMS,   "Noms des justificatifs transmis sur cd ou dvd : cités, non joints", "PJRef (Support 03)", "DCE.zip", taille=100),
    C("pj_categorie",   P, S.NOMS,   "Catégories de l'accord local, dans le même ordre, ou une seule pour tous (help pj)", "(contrôle)", "facture_depense", taille=40),
    C("pj_origine",     P, S.NOMS,   "Origines : native, convertie ou papier", "(contrôle)", "native", codes=("native", "convertie", "papier")),
    C("pj_certification", P, S.NOMS, "Fichier qui certifie le caractère exécutoire, quand le signataire n'est pas compétent", "PJ", "certification-12.pdf"),
    C("pj_derogation",  P, S.NOMS,   "Motif pour lequel le comptable admet une pièce scannée", "(contrôle)", "Original perdu, accord du comptable", taille=250),
    C("pj_derogation_auteur", P, S.NOMS, "Qui accorde la dérogation", "(contrôle)", "Claire Martin, DAF", taille=100),
    C("pj_deja_transmise", P, S.NOMS, "Identifiants (IdUnique) de justificatifs déjà transmis, à citer sans les renvoyer", "PJRef/IdUnique", "21200014200012D2026AB12", taille=50),
)
_LIGNE = (
    C("ligne",          L, S.ENTIER, "Numéro de la ligne dans la pièce", "IdLigne", "1", taille=6, defaut="le rang de la ligne dans la pièce"),
    C("nature",         L, S.CHIFFRES, "Compte par nature", "Nature", "60632", taille=12, obligatoire=True),
    C("fonction",       L, S.CHIFFRES, "Fonction (M14, M52, M57, M71)", "Fonction", "020", taille=10),
    C("operation",      L, S.ALNUM,  "Opération", "Operation", "101", taille=10),
    C("compte_tiers",   L, S.CHIFFRES, "Compte de tiers", "CpteTiers", "4011", taille=12),
    C("tva_intracom",   L, S.BOOLEEN, "TVA intracommunautaire", "TVAIntraCom", "0", defaut="0 (non)"),
    C("tva_importation", L, S.BOOLEEN, "TVA à l'importation", "TVAImportation", "0"),
    C("montant_ht",     L, S.MONTANT, "Montant HT, ou TTC quand montant_tva est vide", "MtHT", "1234,56", obligatoire=True),
    C("montant_tva",    L, S.MONTANT, "Montant de TVA", "MtTVA", "246,91", defaut="vide ou 0 : pas de TVA"),
    C("convention",     L, S.TEXTE,  "Numéro de convention", "LiensIdent/IdConv", "CV-7", taille=25),
    C("marche",         L, S.TEXTE,  "Numéro de marché", "LiensIdent/IdMarche", "2026-14", taille=30),
    C("emprunt",        L, S.TEXTE,  "Numéro d'emprunt de l'ordonnateur", "LiensIdent/IdEmpruntOrdo", "E-3", taille=24),
    C("actif",          L, S.TEXTE,  "Numéro d'inventaire", "LiensIdent/IdActif", "2026-0007", taille=25),
    C("regie",          L, S.TEXTE,  "Numéro de régie", "LiensIdent/IdRegie", "R1", taille=10),
    C("pj_ligne",       L, S.NOMS,   "Noms des fichiers justificatifs de cette seule ligne", "PJRef (ligne)", "detail.pdf"),
    C("rattachement_nature", L, S.CODE, "Nature de la pièce d'origine (attention : 01 et 02 sont inversés entre mandats et titres)", "RattachPiece/NatPceOrig", "01", codes=_codes(1, 5), groupe="rattachement", obligatoire=True),
    C("rattachement_exercice", L, S.ENTIER, "Exercice de la pièce d'origine", "RattachPiece/ExerRat", "2026", taille=4, groupe="rattachement", obligatoire=True),
    C("rattachement_piece", L, S.ENTIER, "Numéro de la pièce d'origine", "RattachPiece/IdPceOrig", "801", taille=13, groupe="rattachement", obligatoire=True),
    C("rattachement_ligne", L, S.CHIFFRES, "Ligne de la pièce d'origine", "RattachPiece/IdLigneOrig", "1", taille=6, groupe="rattachement"),
)
_TIERS = (
    C("tiers_nom",      T, S.TEXTE,  "Nom ou raison sociale", "InfoTiers/Nom", "PAPETERIE DU LAGON", taille=38, groupe="tiers", obligatoire=True),
    C("tiers_categorie", T, S.CODE,  "Catégorie (01 personne physique, 23 commune, 50 personne morale de droit privé…)", "InfoTiers/CatTiers", "50", codes=_CATEGORIE, groupe="tiers", obligatoire=True),
    C("tiers_nature_juridique", T, S.CODE, "Nature juridique (01 particulier, 03 société, 09 collectivité…)", "InfoTiers/NatJur", "03", codes=_codes(1, 11), groupe="tiers", obligatoire=True),
    C("tiers_type",     T, S.CODE,   "Rôle du tiers (01 débiteur principal…)", "InfoTiers/TypTiers", "01", codes=_codes(1, 7, 10, 15, 20, 26, 30, 30), groupe="tiers"),
    C("tiers_identifiant", T, S.TEXTE, "SIRET, SIREN, RIDET, TAHITI…", "InfoTiers/IdTiers", "73282932000074", taille=80, groupe="tiers"),
    C("tiers_nature_identifiant", T, S.CODE, "01 SIRET, 02 SIREN, 03 FINESS, 04 NIR, 05 TVA, 07 TAHITI, 08 RIDET…", "InfoTiers/NatIdTiers", "01", codes=_codes(1, 12), groupe="tiers"),
    C("tiers_reference", T, S.TEXTE, "Référence du tiers chez vous", "InfoTiers/RefTiers", "F00123", taille=30, groupe="tiers"),
    C("tiers_civilite", T, S.TEXTE,  "Civilité, pour une personne physique seulement", "InfoTiers/Civilite", "MME", taille=10, groupe="tiers"),
    C("tiers_complement_nom", T, S.TEXTE, "Complément du nom", "InfoTiers/ComplNom", "AGENCE SUD", taille=38, groupe="tiers"),
    C("tiers_prenom",   T, S.TEXTE,  "Prénom, pour une personne physique seulement", "InfoTiers/Prenom", "CLAIRE", taille=38, groupe="tiers"),
    C("adresse_type",   T, S.CODE,   "0 non précisée, 1 principale, 2 secondaire", "Adresse/TypAdr", "1", codes=("0", "1", "2"), groupe="adresse", defaut="1"),
    C("adresse_1",      T, S.TEXTE,  "Complément de distribution", "Adresse/Adr1", "BATIMENT B", taille=38, groupe="adresse"),
    C("adresse_2",      T, S.TEXTE,  "Numéro et voie", "Adresse/Adr2", "12 RUE DE L'ALMA", taille=38, groupe="adresse", obligatoire=True),
    C("adresse_3",      T, S.TEXTE,  "Lieu-dit", "Adresse/Adr3", "BP 14", taille=38, groupe="adresse"),
    C("code_postal",    T, S.CHIFFRES, "Code postal, 99999 à l'étranger", "Adresse/CP", "98800", taille=5, mini=5, groupe="adresse", obligatoire=True),
    C("ville",          T, S.TEXTE,  "Ville", "Adresse/Ville", "NOUMEA", taille=38, groupe="adresse", obligatoire=True),
    C("non_resident",   T, S.BOOLEEN, "Le tiers réside à l'étranger", "Adresse/CodRes", "0", groupe="adresse", defaut="0 (résident)"),
    C("code_pays",      T, S.ENTIER, "Code pays INSEE, obligatoire pour un non-résident", "Adresse/CodPays", "100", taille=3, groupe="adresse"),
    C("titulaire_compte", T, S.TEXTE, "Titulaire du compte, comme sur le RIB", "CpteBancaire/TitCpte", "PAPETERIE DU LAGON", taille=32, groupe="compte", obligatoire=True),
    C("iban",           T, S.ALNUM,  "IBAN, avec ou sans espaces", "CpteBancaire/IBAN", "FR1420041010050500013M02606", taille=34, groupe="compte"),
    C("bic",            T, S.ALNUM,  "BIC", "CpteBancaire/BIC", "PSSTFRPPXXX", taille=11, groupe="compte"),
    C("rib_code_etablissement", T, S.ALNUM, "RIB : code établissement (sans IBAN)", "CpteBancaire/CodeEtab", "14889", taille=5, mini=5, groupe="rib", obligatoire=True),
    C("rib_code_guichet", T, S.ALNUM, "RIB : code guichet", "CpteBancaire/CodeGuic", "00081", taille=5, mini=5, groupe="rib", obligatoire=True),
    C("rib_compte",     T, S.ALNUM,  "RIB : numéro de compte", "CpteBancaire/IdCpte", "08767682001", taille=11, mini=11, groupe="rib", obligatoire=True),
    C("rib_cle",        T, S.CHIFFRES, "RIB : clé", "CpteBancaire/CleRib", "56", taille=2, mini=2, groupe="rib", obligatoire=True),
    C("libelle_banque", T, S.TEXTE,  "Nom de la banque", "CpteBancaire/LibBanc", "BANQUE DU LAGON", taille=24, groupe="compte"),
)
_MANDAT = (
    C("mandat",         P, S.ENTIER, "Numéro du mandat", "InfoPce/IdPce", "832", taille=8, obligatoire=True),
    C("date_echeance",  P, S.DATE,   "Date de paiement souhaitée", "InfoPce/DteEch", "15/12/2026"),
    C("liste_pj",       P, S.TEXTE,  "Liste des justificatifs en toutes lettres (papier)", "InfoPce/PJ", "Facture, bon de commande", taille=250),
    C("carte_achat",    P, S.BOOLEEN, "Payé seulement par carte d'achat de niveau 1", "InfoPce/CarteAchatNiveau1", "0"),
    C("dgp_exclu",      P, S.BOOLEEN, "Délai global de paiement : 1 = NON éligible, 0 = éligible (sens du PES)", "DGP/Dgp", "0", groupe="dgp", obligatoire=True),
    C("dgp_debut",      P, S.DATE,   "Début du délai", "DGP/DteDebDgp", "02/11/2026", groupe="dgp", obligatoire=True),
    C("dgp_fin",        P, S.DATE,   "Fin du délai", "DGP/DteFinDgp", "02/12/2026", groupe="dgp", obligatoire=True),
    C("dgp_duree",      P, S.ENTIER, "Durée du délai en jours", "DGP/DureeDgp", "30", taille=2, groupe="dgp", obligatoire=True),
    C("dgp_interet_moratoire", P, S.CODE, "01 taux légal, 02 BCE, 03 autres", "DGP/CodIntMor", "02", codes=_codes(1, 3), groupe="dgp"),
    C("dgp_taux",       P, S.TAUX,   "Taux des intérêts moratoires", "DGP/TxIntMor", "8,5", groupe="dgp"),
    C("facture",        L, S.TEXTE,  "Numéro de la facture", "Facture", "F-2026-118", taille=20),
    C("libelle_virement_1", L, S.TEXTE, "Libellé lu par le bénéficiaire", "LibVir1", "FACTURE F-2026-118", taille=70),
    C("libelle_virement_2", L, S.TEXTE, "Suite du libellé", "LibVir2", "CLIENT 00421", taille=70),
    C("mode_reglement", L, S.CODE,   "Mode de règlement (02 chèque, 03 virement, 08 opération d'ordre, 10 prélèvement…)", "ModRegl", "03", codes=_codes(1, 20)),
    C("montant_facture_ht", L, S.MONTANT, "Montant HT de la facture, s'il diffère de montant_ht", "MtFactHT", "1500,00"),
    C("compte_analytique", L, S.ALNUM, "Compte analytique", "CptAna", "AN12", taille=10),
)
_TITRE = (
    C("titre",          P, S.ENTIER, "Numéro du titre ; de l'article de rôle pour un ORMC", "BlocPiece/IdPce", "215", taille=8, obligatoire=True),
    C("role",           P, S.ENTIER, "Numéro de rôle (01/06/01 seulement)", "IdRol", "3", taille=7),
    C("date_asp",       P, S.DATE,   "Date de l'avis des sommes à payer envoyé par l'ordonnateur", "DteAsp", "25/11/2026"),
    C("edition",        P, S.CODE,   "Édition de l'avis (01 à imprimer, 02 Chorus Pro, 04 sans traitement…)", "Edition", "04", codes=_codes(1, 10)),
    C("numero_facture", P, S.TEXTE,  "Numéro de facture (éditions 02, 03, 08, 09, 10)", "NumeroFacture", "T2026-215", taille=20),
    C("numero_marche",  P, S.TEXTE,  "Numéro de marché du débiteur public", "NumeroMarche", "M-12", taille=50),
    C("numero_engagement", P, S.TEXTE, "Numéro d'engagement du débiteur public", "NumeroEngagement", "EJ-44", taille=50),
    C("code_service",   P, S.TEXTE,  "Code service du débiteur public", "CodeService", "SF01", taille=100),
    C("nom_service",    P, S.TEXTE,  "Nom du service du débiteur public", "NomService", "Service facturier", taille=100),
    C("cadre_facturation", P, S.CODE, "B1 biens, S1 services, B8, S8, M8 plusieurs vendeurs", "CadreFacturation", "S1", codes=("B1", "S1", "B8", "S8", "M8")),
    C("quittance_premiere", P, S.TEXTE, "Régie : première quittance du récapitulatif (ajouté à l'objet)", "ObjPce", "1001", taille=20, groupe="quittance", obligatoire=True),
    C("quittance_derniere", P, S.TEXTE, "Régie : dernière quittance", "ObjPce", "1058", taille=20, groupe="quittance", obligatoire=True),
    C("quittance_nombre", P, S.ENTIER, "Régie : nombre de quittances", "ObjPce", "58", taille=6, groupe="quittance", obligatoire=True),
    C("code_produit",   L, S.ALNUM,  "Code produit local", "CodProdLoc", "CANT", taille=4, obligatoire=True),
    C("objet_ligne",    L, S.TEXTE,  "Objet de la ligne", "ObjLignePce", "Cantine octobre", taille=160),
    C("taux_tva",       L, S.TAUX,   "Taux de TVA, avec montant_tva", "TxTva", "20", groupe="taux_tva"),
    C("date_majoration", L, S.DATE,  "Majoration : date", "DteMajo", "01/12/2026", groupe="majoration", obligatoire=True),
    C("taux_majoration", L, S.TAUX,  "Majoration : taux", "TxMajo", "10", groupe="majoration", obligatoire=True),
    C("montant_non_majorable", L, S.MONTANT, "Part qui ne peut être majorée", "MtNonMajo", "12,00"),
    C("caution",        L, S.TEXTE,  "Numéro de caution", "LiensIdent/IdCaution", "C-9", taille=24),
    C("prelevement_nature", L, S.CODE, "Prélèvement : 01 par le Trésor, 02 par l'ordonnateur", "NatPrel", "01", codes=_codes(1, 2), groupe="prelevement", obligatoire=True),
    C("prelevement_periodicite", L, S.CODE, "01 bimestrielle, 02 mensuelle … 07 unique", "PerPrel", "07", codes=_codes(1, 7), groupe="prelevement", obligatoire=True),
    C("prelevement_date", L, S.DATE, "Date du prélèvement", "DtePrel", "10/12/2026", groupe="prelevement", obligatoire=True),
    C("prelevement_montant", L, S.MONTANT, "Montant prélevé", "MtPrel", "45,00", groupe="prelevement", obligatoire=True),
    C("prelevement_sequence", L, S.CODE, "SEPA : 01 unique, 02 premier, 03 récurrent, 04 dernier", "SequencePres", "01", codes=_codes(1, 4), groupe="prelevement"),
    C("prelevement_date_mandat", L, S.DATE, "SEPA : date de signature du mandat", "DateSignMandat", "03/09/2026", groupe="prelevement"),
    C("prelevement_rum", L, S.TEXTE, "SEPA : référence unique du mandat", "RefUniMdt", "RUM0001", taille=35, groupe="prelevement"),
    C("prelevement_libelle", L, S.TEXTE, "SEPA : libellé", "LibPrel", "CANTINE OCTOBRE", taille=140, groupe="prelevement"),
    C("tiers_date_naissance", T, S.DATE, "Date de naissance, pour une personne physique", "InfoTiers/DteNaissance", "04/05/1980", groupe="tiers"),
)
# fmt: on

# Where the two sides differ in length, codes or duty.
_PROPRES_TITRES: dict[str, Colonne] = {
    c.nom: c
    for c in (
        replace(
            _DEBUT[3],
            codes=("01", "02", "03", "06"),
            libelle="01 ordinaire, 02 annulation ou réduction, 03 ordres, 06 rôle ORMC",
        ),
        replace(_DEBUT[2], libelle="Numéro du bordereau ; celui du rôle pour un ORMC"),
        replace(
            _PIECE[0], codes=_codes(1, 7, 10, 12, 14, 15), defaut="01, ou 15 dans un rôle (06)"
        ),
        replace(_PIECE[1], codes=_codes(1, 11, 18, 18)),
        replace(_PIECE[2], taille=160, pes="ObjPce"),
    )
}
_PROPRES_MANDATS: dict[str, Colonne] = {
    c.nom: c for c in _LIGNE if c.nom == "operation" for c in (replace(c, sorte=Sorte.CHIFFRES),)
}


def _ranger(
    propres: dict[str, Colonne], *parts: tuple[Colonne, ...]
) -> tuple[tuple[Colonne, ...], dict[str, Colonne]]:
    """Bordereau first, then pièce, ligne, tiers, each in the order of the tables."""
    toutes = [propres.get(c.nom, c) for part in parts for c in part]
    rangees = tuple(c for niveau in Niveau for c in toutes if c.niveau is niveau)
    return rangees, {c.nom: c for c in rangees}


_TABLES: dict[Genre, tuple[tuple[Colonne, ...], dict[str, Colonne]]] = {
    "mandats": _ranger(
        _PROPRES_MANDATS, _DEBUT, _MANDAT, _PIECE, _LIGNE, COMMUNES, MANDATS, _TIERS
    ),
    "titres": _ranger(_PROPRES_TITRES, _DEBUT, _TITRE, _PIECE, _LIGNE, COMMUNES, TITRES, _TIERS),
    "factures": _ranger({}, FACTURES),
    "pj": _ranger({}, PJ_SEULES),
}
_NUMEROS: dict[Genre, str] = {
    "mandats": "mandat",
    "titres": "titre",
    "factures": "titre",
    "pj": "fichier",
}


def colonnes(genre: Genre) -> tuple[Colonne, ...]:
    """Every column of a genre, in the order of the documentation."""
    return _TABLES[genre][0]


def par_nom(genre: Genre) -> dict[str, Colonne]:
    return _TABLES[genre][1]


def numero_de(genre: Genre) -> str:
    """The column that numbers the pièce: `mandat`, `titre`; the file of a PJ that goes alone."""
    return _NUMEROS[genre]


@cache
def noms_du_niveau(genre: Genre, niveau: Niveau) -> frozenset[str]:
    return frozenset(c.nom for c in colonnes(genre) if c.niveau is niveau)
