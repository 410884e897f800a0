"""Columns of `factures`: the invoices behind the titres of a deposit, one row per invoice line.

Source of elements, lengths and codes: PES_Facture, PES V2 5.30 (reference/pes.md §5.8, §6, §8.8).
What is the same on every invoice (issuer, signatory, centres) stands in the configuration.
"""

# ruff: noqa: E501  (tables set by hand, one line each, as in the specification)
from __future__ import annotations

from vaguemestre.intake.colonne import Colonne, Niveau, Sorte

B, P, L = Niveau.BORDEREAU, Niveau.PIECE, Niveau.LIGNE
S = Sorte
C = Colonne
_D, _P, _A = "destinataire", "patient", "acheteur"

# fmt: off
FACTURES = (
    C("budget",         B, S.CODE,   "Code du budget (CodBud) du titre", "EnTetePES/CodBud", "00", taille=2, defaut="le seul budget configuré ; obligatoire s'il y en a plusieurs"),
    C("exercice",       B, S.ENTIER, "Exercice du titre", "RefTitre/Exercice", "2026", taille=4, obligatoire=True),
    C("bordereau",      B, S.ENTIER, "Bordereau du titre, ou rôle de l'article", "RefTitre/NumBordereau", "72", taille=7, obligatoire=True),
    C("nature_facture", B, S.TEXTE,  "Nature de la facture, imprimée en titre", "NatFacture", "Facture d'eau", taille=37, defaut="« Facture » à l'impression"),
    C("commentaire",    B, S.TEXTE,  "Commentaire libre", "CommentaireLibre", "Relevé du 2 octobre", taille=300),
    C("sequence",       B, S.ENTIER, "Numéro de la séquence, pour des émissions périodiques", "NumSequence", "10", taille=4),
    C("titre",          P, S.ENTIER, "Numéro du titre (ou de l'article de rôle), présent dans titres", "RefTitre/NumTitre", "215", taille=8, obligatoire=True),
    C("numero_facture", P, S.TEXTE,  "Numéro de la facture", "NumeroFacture", "T2026-215", taille=50, defaut="celui du titre, sinon exercice-bordereau-titre"),
    C("objet",          P, S.TEXTE,  "Objet de la facture", "Objet", "Cantine octobre", taille=160, defaut="l'objet du titre"),
    C("modalites_reglement", P, S.TEXTE, "Modalités de prélèvement, imprimées au verso", "ModalitesReglement", "Prendre contact avec la mairie", taille=250, defaut="celles de la configuration"),
    C("modalites_contestation", P, S.TEXTE, "Modalités de contestation", "ModalitesContestation", "Tribunal administratif de Nouméa", taille=420, defaut="celles de la configuration"),
    C("conditions",     P, S.TEXTE,  "Conditions générales de facturation", "ConditionsGen", "Voir le règlement du service", taille=250, defaut="celles de la configuration"),
    C("avec_tip",       P, S.BOOLEEN, "Édition avec TIP", "ModeRecouvrement", "0", defaut="ce que dit la configuration"),
    C("talon_1",        P, S.TEXTE,  "Première ligne optique, telle que votre logiciel la calcule", "TalonOptique2Lignes/Ligne1", "0123456789 A", taille=60, groupe="talon", obligatoire=True, defaut="calculée par Hélios"),
    C("talon_2",        P, S.TEXTE,  "Seconde ligne optique", "TalonOptique2Lignes/Ligne2", "9876543210", taille=60, groupe="talon", obligatoire=True),
    C("destinataire_nom", P, S.TEXTE, "Destinataire, s'il n'est pas le débiteur : nom", "Destinataire/InfoTiers/Nom", "AGENCE DU LAGON", taille=38, groupe=_D, obligatoire=True),
    C("destinataire_civilite", P, S.TEXTE, "Destinataire : civilité", "Destinataire/InfoTiers/Civilite", "MME", taille=10, groupe=_D),
    C("destinataire_prenom", P, S.TEXTE, "Destinataire : prénom", "Destinataire/InfoTiers/Prenom", "CLAIRE", taille=38, groupe=_D),
    C("destinataire_complement", P, S.TEXTE, "Destinataire : complément du nom", "Destinataire/InfoTiers/ComplNom", "AGENCE SUD", taille=38, groupe=_D),
    C("destinataire_adresse_1", P, S.TEXTE, "Destinataire : complément de distribution", "Destinataire/Adresse/Adr1", "BATIMENT B", taille=38, groupe=_D),
    C("destinataire_adresse_2", P, S.TEXTE, "Destinataire : numéro et voie", "Destinataire/Adresse/Adr2", "12 RUE DE L'ALMA", taille=38, groupe=_D, obligatoire=True),
    C("destinataire_adresse_3", P, S.TEXTE, "Destinataire : lieu-dit", "Destinataire/Adresse/Adr3", "BP 14", taille=38, groupe=_D),
    C("destinataire_code_postal", P, S.CHIFFRES, "Destinataire : code postal", "Destinataire/Adresse/CP", "98800", taille=5, mini=5, groupe=_D, obligatoire=True),
    C("destinataire_ville", P, S.TEXTE, "Destinataire : ville", "Destinataire/Adresse/Ville", "NOUMEA", taille=38, groupe=_D, obligatoire=True),
    C("destinataire_code_pays", P, S.ENTIER, "Destinataire à l'étranger : code pays INSEE", "Destinataire/Adresse/CodPays", "131", taille=3, groupe=_D),
    C("acheteur_raison_sociale", P, S.TEXTE, "Facture électronique (éditions 09, 10) : raison sociale de l'acheteur", "Acheteur/RSAcheteur", "PAPETERIE DU LAGON", taille=99, groupe=_A, obligatoire=True),
    C("acheteur_siret", P, S.CHIFFRES, "Facture électronique : SIRET de l'acheteur", "Acheteur/IdentifiantSIRET", "73282932000074", taille=14, mini=14, groupe=_A, obligatoire=True),
    C("acheteur_adresse_electronique", P, S.TEXTE, "Facture électronique : adresse de l'acheteur dans l'annuaire", "Acheteur/AdrElectronique", "73282932000074", taille=125, groupe=_A, obligatoire=True),
    C("acheteur_nom",   P, S.TEXTE,  "Facture électronique : appellation commerciale de l'acheteur", "Acheteur/NomAcheteur", "LA PAPETERIE", taille=38, groupe=_A),
    C("acheteur_reference", P, S.TEXTE, "Facture électronique : référence donnée par l'acheteur", "Acheteur/ReferenceAcheteur", "SF01", taille=30, groupe=_A),
    C("acheteur_commande", P, S.TEXTE, "Facture électronique : bon de commande de l'acheteur", "Acheteur/IdBonCommande", "BC-44", taille=20, groupe=_A),
    C("beneficiaire_raison_sociale", P, S.TEXTE, "Rôle électronique (édition 10) : raison sociale du second vendeur", "VendeurBeneficiaire/RSVendeur", "SYNDICAT DES EAUX", taille=99, groupe="beneficiaire", obligatoire=True),
    C("beneficiaire_siret", P, S.CHIFFRES, "Rôle électronique : SIRET du second vendeur", "VendeurBeneficiaire/IdentifiantSIRET", "21200014200012", taille=14, mini=14, groupe="beneficiaire", obligatoire=True),
    C("beneficiaire_nom", P, S.TEXTE, "Rôle électronique : budget du second vendeur", "VendeurBeneficiaire/NomVendeur", "EAU", taille=38, groupe="beneficiaire", obligatoire=True),
    C("beneficiaire_cadre", P, S.CODE, "Rôle électronique : cadre de facturation du second vendeur", "VendeurBeneficiaire/CadreFacturationVendeur", "S1", codes=("B1", "S1"), groupe="beneficiaire", obligatoire=True),
    C("patient_dossier", P, S.ALNUM, "Patient (édition 05) : numéro d'entrée", "DossierPatient/Beneficiaire/NumDossier", "2026001234", taille=20, groupe=_P, obligatoire=True),
    C("patient_numero", P, S.ALNUM,  "Patient : identifiant permanent (IPP)", "DossierPatient/Beneficiaire/NumPatient", "IPP0042", taille=20, groupe=_P),
    C("patient_nom",    P, S.TEXTE,  "Patient : nom", "DossierPatient/Beneficiaire/NomBeneficiaire", "MARTIN", taille=38, groupe=_P, obligatoire=True),
    C("patient_prenom", P, S.TEXTE,  "Patient : prénom", "DossierPatient/Beneficiaire/PrenomBeneficiaire", "CLAIRE", taille=38, groupe=_P),
    C("patient_naissance", P, S.DATE, "Patient : date de naissance", "DossierPatient/Beneficiaire/DteNaissanceBeneficiaire", "04/05/1980", groupe=_P),
    C("patient_nir",    P, S.ALNUM,  "Patient : NIR", "DossierPatient/Beneficiaire/NIRBeneficiaire", "280059880012345", taille=15, groupe=_P),
    C("patient_risque", P, S.ALNUM,  "Patient : code risque", "DossierPatient/Beneficiaire/CodeRisque", "10", taille=2, groupe=_P),
    C("assure_nom",     P, S.TEXTE,  "Patient : nom de l'assuré", "DossierPatient/Assure/NomAssure", "MARTIN", taille=38, groupe="assure", obligatoire=True),
    C("assure_prenom",  P, S.TEXTE,  "Patient : prénom de l'assuré", "DossierPatient/Assure/PrenomAssure", "PAUL", taille=38, groupe="assure"),
    C("assure_nir",     P, S.ALNUM,  "Patient : NIR de l'assuré", "DossierPatient/Assure/NIRAssure", "180059880012312", taille=15, groupe="assure", obligatoire=True),
    C("hopital_nom",    P, S.TEXTE,  "Patient : établissement de soins", "DossierPatient/EtabSoins/NomEtabSoins", "HOPITAL DU LAGON", taille=38, groupe=_P, obligatoire=True),
    C("hopital_finess_juridique", P, S.TEXTE, "Patient : FINESS juridique de l'établissement", "DossierPatient/EtabSoins/FinJurEtabSoins", "980000115", taille=20, groupe=_P, obligatoire=True),
    C("hopital_finess_geographique", P, S.ALNUM, "Patient : FINESS géographique", "DossierPatient/EtabSoins/FinGeoEtabSoins", "980000123", taille=20, groupe=_P, obligatoire=True),
    C("hopital_siret",  P, S.CHIFFRES, "Patient : SIRET de l'établissement", "DossierPatient/EtabSoins/SiretEtabSoins", "21200014200012", taille=14, mini=14, groupe=_P, obligatoire=True),
    C("prise_en_charge_secu", P, S.MONTANT, "Patient : part de la sécurité sociale", "LigneFacturePatient/MtPecSecu", "80,00", groupe=_P),
    C("prise_en_charge_complementaire", P, S.MONTANT, "Patient : part de la complémentaire", "LigneFacturePatient/MtPecCompl", "10,00", groupe=_P),
    C("restant_du",     P, S.MONTANT, "Patient : restant dû", "LigneFacturePatient/MtRestantDu", "20,00", groupe=_P, obligatoire=True),
    C("avance",         P, S.MONTANT, "Patient : avances versées", "LigneFacturePatient/MtAvance", "5,00", groupe="avance", obligatoire=True),
    C("restant_apres_avance", P, S.MONTANT, "Patient : restant dû après avance", "LigneFacturePatient/MtRestantDuApresAvance", "15,00", groupe="avance", obligatoire=True),
    C("commentaire_hopital", P, S.TEXTE, "Patient : commentaire", "LigneFacturePatient/CommentaireHop", "Séjour du 2 au 4", taille=140, groupe=_P),
    C("date",           L, S.DATE,   "Date de la prestation", "LigneFacture/Date", "15/10/2026", groupe="date"),
    C("date_debut",     L, S.DATE,   "Ou début de la prestation", "LigneFacture/DateDebut", "01/10/2026", groupe="periode", obligatoire=True),
    C("date_fin",       L, S.DATE,   "et sa fin", "LigneFacture/DateFin", "31/10/2026", groupe="periode", obligatoire=True),
    C("libelle",        L, S.TEXTE,  "Libellé de la ligne", "LigneFacture/Libelle", "Repas d'octobre", taille=200, obligatoire=True),
    C("quantite",       L, S.QUANTITE, "Quantité, avec prix_unitaire", "LigneFacture/Quantite", "12", groupe="quantite", obligatoire=True),
    C("unite",          L, S.TEXTE,  "Unité de la quantité", "LigneFacture/Unite1", "repas", taille=5, groupe="quantite"),
    C("quantite_2",     L, S.QUANTITE, "Seconde quantité", "LigneFacture/Quantite2", "2", groupe="quantite"),
    C("unite_2",        L, S.TEXTE,  "Unité de la seconde quantité", "LigneFacture/Unite2", "enf.", taille=5, groupe="quantite"),
    C("prix_unitaire",  L, S.MONTANT, "Prix unitaire", "LigneFacture/MtUnitaire", "3,75", groupe="quantite", obligatoire=True),
    C("montant_base",   L, S.MONTANT, "Ou base de calcul, sans quantité", "LigneFacture/MtBase", "45,00", defaut="montant_ht, s'il n'y a ni quantité ni remise"),
    C("montant_remise", L, S.MONTANT, "Ou remise TTC, en positif, sur une ligne à elle", "LigneFacture/MtRemise", "5,00"),
    C("montant_ht",     L, S.MONTANT, "Montant HT de la ligne", "LigneFacture/MtHT", "45,00"),
    C("taux_tva",       L, S.TAUX,   "Taux de TVA", "LigneFacture/TauxTVA", "5,5", defaut="0"),
    C("montant_tva",    L, S.MONTANT, "Montant de TVA", "LigneFacture/MtTVA", "2,48", defaut="0"),
    C("code_tva",       L, S.CODE,   "Facture électronique : S taxée, E exonérée, O autre", "LigneFElectronique/CodeTypeTVA", "S", codes=("S", "E", "O"), defaut="S, ou O sans TVA"),
    C("motif_exoneration", L, S.TEXTE, "Facture électronique : motif de l'exonération (code E)", "LigneFElectronique/MotifExoTVA", "CGI 261-4", taille=30),
    C("vendeur",        L, S.CODE,   "Rôle électronique : 1 vendeur gestionnaire, 2 second vendeur", "LigneFElectronique", "1", codes=("1", "2"), defaut="1"),
)
# fmt: on
