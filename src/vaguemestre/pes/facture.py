"""Tables of PES_Facture (reference/pes.md §5.8), in the order of the XSD 5.30.

Left out, because the official text says not to fill them in for an ASAP: DetailTVA, Commentaire,
RepartitionBudget, RepartitionParNature and what Nomenclatures may hold.
"""

from __future__ import annotations

from decimal import Decimal

from vaguemestre.domain.asap import (
    Acheteur,
    AssureSocial,
    DossierElectronique,
    Facturation,
    FactureIndividuelle,
    LigneElectronique,
    LigneFacture,
    LignePatient,
    Patient,
    Prestation,
    Prix,
    RefOrmc,
    RefTitre,
    Talon,
    Total,
    Vendeur,
)
from vaguemestre.formats.balise import HorsTable, balise, exige, groupe, sans_place
from vaguemestre.formats.bloc import Bloc, objet, objets, sur_place
from vaguemestre.formats.codecs import Alnum, Annee, Chiffres, Date, Montant, Texte, code
from vaguemestre.pes.communs import (
    POSITIF,
    POSITIF_OU_NUL,
    TAUX,
    VRAI_FAUX,
    constante,
    numero,
    texte,
)
from vaguemestre.pes.facture_tiers import EMETTEUR, bloc_tiers
from vaguemestre.pes.quantite import Quantite

VERSION_FACTURE = 2
_QUANTITE = Quantite()
_TAUX_OU_NUL = Montant(5, Decimal(0))
_TYPE_FACT = code("01 02 03 04 05 06 07 08 09 10 11 12 13")
_TALON = Texte(60, motif="[0-9A-Z ]*", attendu="chiffres, capitales et espaces")
_CADRE = code("B1 S1")

# fmt: off
_PRESTATION = Bloc[Prestation](
    "", Prestation,
    balise("Date", Date(), lambda p: p.jour, "jour"),
    balise("DateDebut", Date(), lambda p: p.debut, "debut"),
    balise("DateFin", Date(), lambda p: p.fin, "fin"),
)


def _bien_date(prestation: Prestation) -> bool:
    """One day, or both ends of a period."""
    bornes = (prestation.debut is not None, prestation.fin is not None)
    return bornes == ((False, False) if prestation.jour is not None else (True, True))


def _un_seul_prix(prix: Prix) -> bool:
    """Quantity with unit price, or a base, or a rebate: one of the three, whole."""
    quantite = prix.quantite is not None and prix.unitaire is not None
    reste = (prix.quantite, prix.unite, prix.quantite_2, prix.unite_2, prix.unitaire)
    sans = all(champ is None for champ in reste)
    return (quantite or sans) and [quantite, prix.base is not None, prix.remise is not None].count(
        True
    ) == 1


def _prix(premiere: str) -> Bloc[Prix]:
    """Called Quantite on an invoice, Quantite1 on an e-invoice."""
    return Bloc[Prix](
        "", Prix,
        balise(premiere, _QUANTITE, lambda p: p.quantite, "quantite"),
        balise("Unite1", texte(5), lambda p: p.unite, "unite"),
        balise("Quantite2", _QUANTITE, lambda p: p.quantite_2, "quantite_2"),
        balise("Unite2", texte(5), lambda p: p.unite_2, "unite_2"),
        balise("MtUnitaire", POSITIF, lambda p: p.unitaire, "unitaire"),
        balise("MtBase", POSITIF, lambda p: p.base, "base"),
        balise("MtRemise", POSITIF, lambda p: p.remise, "remise"),
    )


_UNE_DATE = "une date, ou le début et la fin de la prestation"
_UN_PRIX = "une quantité et un prix unitaire, ou une base, ou une remise"

_LIGNE = Bloc[LigneFacture](
    "LigneFacture", LigneFacture,
    exige("Date", lambda i: _bien_date(i.prestation), _UNE_DATE),
    sur_place(_PRESTATION, lambda i: i.prestation, "prestation"),
    balise("CodeProduit", texte(24), lambda i: i.code_produit, "code_produit"),
    balise("CodeNature", texte(24), lambda i: i.code_nature, "code_nature"),
    balise("Libelle", texte(200), lambda i: i.libelle, "libelle", requis=True),
    balise("Unite", texte(38), lambda i: i.unite, "unite"),
    exige("Quantite", lambda i: _un_seul_prix(i.prix), _UN_PRIX),
    sur_place(_prix("Quantite"), lambda i: i.prix, "prix"),
    balise("Taux", TAUX, lambda i: i.taux, "taux"),
    balise("MtHT", POSITIF, lambda i: i.montant_ht, "montant_ht", requis=True),
    balise("TauxTVA", _TAUX_OU_NUL, lambda i: i.taux_tva, "taux_tva", requis=True),
    balise("MtTVA", POSITIF_OU_NUL, lambda i: i.montant_tva, "montant_tva", requis=True),
    balise("MtTTC", POSITIF, lambda i: i.montant_ttc, "montant_ttc", requis=True),
    balise("Ordre", numero(3), lambda i: i.ordre, "ordre", requis=True),
    balise("OrdreEdition", numero(3), lambda i: i.ordre_edition, "ordre_edition"),
    HorsTable("Commentaire"),
    ref=lambda i: f"ligne {i.ordre}",
)

_LIGNE_ELECTRONIQUE = Bloc[LigneElectronique](
    "LigneFElectronique", LigneElectronique,
    exige("Date", lambda i: _bien_date(i.prestation), _UNE_DATE),
    sur_place(_PRESTATION, lambda i: i.prestation, "prestation"),
    exige("Quantite1", lambda i: _un_seul_prix(i.prix), _UN_PRIX),
    sur_place(_prix("Quantite1"), lambda i: i.prix, "prix"),
    balise("IdentifiantLigneFacture", numero(3), lambda i: i.numero, "numero", requis=True),
    balise("Libelle", texte(255), lambda i: i.libelle, "libelle", requis=True),
    balise("MtHT", POSITIF, lambda i: i.montant_ht, "montant_ht", requis=True),
    balise("CodeTypeTVA", code("S E O"), lambda i: i.code_tva, "code_tva", requis=True),
    balise("TauxTVA", _TAUX_OU_NUL, lambda i: i.taux_tva, "taux_tva", requis=True),
    balise("MotifExoTVA", texte(30), lambda i: i.motif, "motif"),
    ref=lambda i: f"ligne {i.numero}",
)

_VENDEUR = Bloc[Vendeur](
    "VendeurGestionnaire", Vendeur,
    balise("RSVendeur", texte(99), lambda v: v.raison_sociale, "raison_sociale", requis=True),
    balise("IdentifiantSIRET", texte(14), lambda v: v.siret, "siret", requis=True),
    balise("NomVendeur", texte(38), lambda v: v.nom, "nom", requis=True),
    balise("AdrElectronique", texte(125), lambda v: v.adresse_electronique,
           "adresse_electronique", requis=True),
    balise("CadreFacturationVendeur", _CADRE, lambda v: v.cadre, "cadre", requis=True),
    objets(_LIGNE_ELECTRONIQUE, lambda v: v.lignes, "lignes", requis=True),
)

_BENEFICIAIRE = Bloc[Vendeur](
    "VendeurBeneficiaire", Vendeur,
    balise("RSVendeur", texte(99), lambda v: v.raison_sociale, "raison_sociale", requis=True),
    balise("IdentifiantSIRET", texte(14), lambda v: v.siret, "siret", requis=True),
    balise("NomVendeur", texte(38), lambda v: v.nom, "nom", requis=True),
    sans_place("adresse_electronique", lambda v: v.adresse_electronique),
    balise("CadreFacturationVendeur", _CADRE, lambda v: v.cadre, "cadre", requis=True),
    objets(_LIGNE_ELECTRONIQUE, lambda v: v.lignes, "lignes", requis=True),
)

_ACHETEUR = Bloc[Acheteur](
    "Acheteur", Acheteur,
    balise("RSAcheteur", texte(99), lambda a: a.raison_sociale, "raison_sociale", requis=True),
    balise("IdentifiantSIRET", texte(14), lambda a: a.siret, "siret", requis=True),
    balise("NomAcheteur", texte(38), lambda a: a.nom, "nom"),
    balise("AdrElectronique", texte(125), lambda a: a.adresse_electronique,
           "adresse_electronique", requis=True),
    balise("ReferenceAcheteur", texte(30), lambda a: a.reference, "reference"),
    balise("IdBonCommande", texte(20), lambda a: a.bon_commande, "bon_commande"),
)

_DOSSIER = Bloc[DossierElectronique](
    "DossierFElectronique", DossierElectronique,
    objet(_VENDEUR, lambda d: d.vendeur, "vendeur", requis=True),
    objet(_BENEFICIAIRE, lambda d: d.beneficiaire, "beneficiaire"),
    objet(_ACHETEUR, lambda d: d.acheteur, "acheteur", requis=True),
)

_ASSURE = Bloc[AssureSocial](
    "Assure", AssureSocial,
    balise("NomAssure", texte(38), lambda a: a.nom, "nom", requis=True),
    balise("PrenomAssure", texte(38), lambda a: a.prenom, "prenom"),
    balise("NIRAssure", Alnum(15), lambda a: a.nir, "nir", requis=True),
)

_PATIENT = Bloc[Patient](
    "DossierPatient", Patient,
    groupe(
        "Beneficiaire",
        balise("NumDossier", Alnum(20), lambda p: p.dossier, "dossier", requis=True),
        balise("NumPatient", Alnum(20), lambda p: p.numero, "numero"),
        balise("NomBeneficiaire", texte(38), lambda p: p.nom, "nom", requis=True),
        balise("PrenomBeneficiaire", texte(38), lambda p: p.prenom, "prenom"),
        balise("DteNaissanceBeneficiaire", Date(), lambda p: p.naissance, "naissance"),
        balise("NIRBeneficiaire", Alnum(15), lambda p: p.nir, "nir"),
        balise("CodeRisque", Alnum(2), lambda p: p.risque, "risque"),
    ),
    objet(_ASSURE, lambda p: p.assure, "assure"),
    groupe(
        "EtabSoins",
        balise("NomEtabSoins", texte(38), lambda p: p.etablissement, "etablissement", requis=True),
        balise("FinJurEtabSoins", texte(20), lambda p: p.finess_juridique, "finess_juridique",
               requis=True),
        balise("FinGeoEtabSoins", Alnum(20), lambda p: p.finess_geographique,
               "finess_geographique", requis=True),
        balise("SiretEtabSoins", Chiffres(14, positif=True), lambda p: p.siret, "siret",
               requis=True),
    ),
)

_SEJOUR = Bloc[LignePatient](
    "LigneFacturePatient", LignePatient,
    balise("DateDebut", Date(), lambda i: i.debut, "debut", requis=True),
    balise("DateFin", Date(), lambda i: i.fin, "fin", requis=True),
    balise("LibellePresta", texte(200), lambda i: i.libelle, "libelle", requis=True),
    balise("MtPecSecu", POSITIF_OU_NUL, lambda i: i.prise_en_charge_secu, "prise_en_charge_secu"),
    balise("MtPecCompl", POSITIF_OU_NUL, lambda i: i.prise_en_charge_complementaire,
           "prise_en_charge_complementaire"),
    balise("MtRestantDu", POSITIF_OU_NUL, lambda i: i.restant_du, "restant_du", requis=True),
    exige("MtAvance", lambda i: (i.avance is None) == (i.restant_apres_avance is None),
          "l'avance et le restant dû après avance vont ensemble"),
    balise("MtAvance", POSITIF_OU_NUL, lambda i: i.avance, "avance"),
    balise("MtRestantDuApresAvance", POSITIF_OU_NUL, lambda i: i.restant_apres_avance,
           "restant_apres_avance"),
    balise("CommentaireHop", texte(140), lambda i: i.commentaire, "commentaire"),
)

_TOTAL = Bloc[Total](
    "TotalAPayer", Total,
    balise("MtTotalHT", POSITIF, lambda t: t.ht, "ht", requis=True),
    balise("MtTotalTVA", POSITIF_OU_NUL, lambda t: t.tva, "tva", requis=True),
    balise("MtTotalTTC", POSITIF, lambda t: t.ttc, "ttc", requis=True),
)

_REF_TITRE = Bloc[RefTitre](
    "RefTitre", RefTitre,
    balise("Exercice", Annee(), lambda r: r.exercice, "exercice", requis=True),
    balise("NumBordereau", numero(7), lambda r: r.bordereau, "bordereau", requis=True),
    balise("NumTitre", numero(13), lambda r: r.titre, "titre", requis=True),
    balise("NumLigne", numero(6), lambda r: r.ligne, "ligne", requis=True),
)

_REF_ORMC = Bloc[RefOrmc](
    "RefORMC", RefOrmc,
    balise("Exercice", Annee(), lambda r: r.exercice, "exercice", requis=True),
    balise("NumRole", numero(7), lambda r: r.role, "role", requis=True),
    balise("NumArticle", numero(8), lambda r: r.article, "article", requis=True),
    balise("NumDette", numero(15), lambda r: r.dette, "dette", requis=True),
    balise("Per", Chiffres(1, 0), lambda r: r.periode, "periode", requis=True),
    balise("CodProdLoc", Alnum(2), lambda r: r.code_produit, "code_produit", requis=True),
)

_TALON_2 = Bloc[Talon](
    "TalonOptique2Lignes", Talon,
    balise("Ligne1", _TALON, lambda t: t.ligne1, "ligne1", requis=True),
    balise("Ligne2", _TALON, lambda t: t.ligne2, "ligne2", requis=True),
)

FACTURE = Bloc[FactureIndividuelle](
    "FactureIndiv", FactureIndividuelle,
    balise("DateEmission", Date(), lambda f: f.date_emission, "date_emission", requis=True),
    balise("DateReglement", Date(), lambda f: f.date_reglement, "date_reglement"),
    balise("NumeroFacture", texte(50), lambda f: f.numero, "numero", requis=True),
    objet(bloc_tiers("Debiteur"), lambda f: f.debiteur, "debiteur", requis=True),
    objet(bloc_tiers("Destinataire"), lambda f: f.destinataire, "destinataire"),
    balise("Objet", texte(160), lambda f: f.objet, "objet", requis=True),
    exige("LigneFacture", lambda f: (f.patient is not None) == (f.sejour is not None)
          and (f.patient is None) == bool(f.lignes) == (f.total is not None),
          "des lignes avec leur total, ou un dossier de patient avec son séjour"),
    objets(_LIGNE, lambda f: f.lignes, "lignes"),
    HorsTable("DetailTVA"),
    objet(_TOTAL, lambda f: f.total, "total"),
    objet(_DOSSIER, lambda f: f.electronique, "electronique"),
    objet(_PATIENT, lambda f: f.patient, "patient"),
    objet(_SEJOUR, lambda f: f.sejour, "sejour"),
    exige("RefTitre", lambda f: f.titre is None or f.article is None,
          "un titre ou un article de rôle, pas les deux"),
    objet(_REF_TITRE, lambda f: f.titre, "titre"),
    objet(_REF_ORMC, lambda f: f.article, "article"),
    objet(_TALON_2, lambda f: f.talon, "talon"),
    balise("ModalitesReglement", texte(250), lambda f: f.modalites_reglement,
           "modalites_reglement", requis=True),
    balise("ModalitesContestation", texte(420), lambda f: f.modalites_contestation,
           "modalites_contestation"),
    balise("ModeRecouvrement", VRAI_FAUX, lambda f: f.sans_tip, "sans_tip"),   # 1: without TIP
    balise("TexteGenerateur", texte(160), lambda f: f.texte_generateur, "texte_generateur"),
    balise("ConditionsGen", texte(250), lambda f: f.conditions, "conditions", requis=True),
    HorsTable("RepartitionBudget"),
    ref=lambda f: f.ref,
    a_la_ligne=True,
)

PES_FACTURE = Bloc[Facturation](
    "PES_Facture", Facturation,
    balise("IdVer", constante(VERSION_FACTURE), lambda f: VERSION_FACTURE, requis=True),
    balise("Annee", Annee(), lambda f: f.exercice, "exercice", requis=True),
    balise("NumSequence", numero(4), lambda f: f.sequence, "sequence"),
    balise("TypeFact", _TYPE_FACT, lambda f: f.type, "type"),
    balise("Date", Date(), lambda f: f.date_facture, "date_facture", requis=True),
    balise("NatFacture", texte(37), lambda f: f.nature, "nature"),
    balise("CommentaireLibre", texte(300), lambda f: f.commentaire, "commentaire"),
    objet(EMETTEUR, lambda f: f.emetteur, "emetteur", requis=True),
    objets(bloc_tiers("Tiers"), lambda f: f.tiers, "tiers", maximum=12),
    objets(FACTURE, lambda f: f.factures, "factures", requis=True),
    groupe(
        "Nomenclatures",
        HorsTable("NomenclatureProduit"),
        HorsTable("NomenclatureNature"),
        HorsTable("NomenclatureBudget"),
    ),
    HorsTable("RepartitionParNature"),
    ref=lambda f: "PES_Facture",
    a_la_ligne=True,
)
# fmt: on
