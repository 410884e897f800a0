"""Tables of PES_RecetteAller (reference/pes.md §5.6), in the order of the XSD 5.30.

Names differ from dépense in places that look alike: MtBordHt, ObjPce, InfoLignePiece, TvaIntraCom.
"""

from __future__ import annotations

from datetime import date

from vaguemestre.domain.comptable import (
    Bordereau,
    Liens,
    Ligne,
    Majoration,
    Tiers,
    Titre,
)
from vaguemestre.formats.balise import HorsTable, balise, exige, groupe, sans_place
from vaguemestre.formats.bloc import Bloc, objet, objets, sur_place
from vaguemestre.formats.codecs import Alnum, Annee, Chiffres, Date, Numerique, Texte, code
from vaguemestre.pes.communs import (
    ADRESSE,
    CATEGORIES,
    COMPTE_BANCAIRE,
    NATURES_IDENTIFIANT,
    NATURES_JURIDIQUES,
    PJ_REF,
    POSITIF,
    PRELEVEMENT,
    PRELEVEMENT_SEPA,
    TAUX,
    VRAI_FAUX,
    forme,
    id_valable,
    numero,
    rattachement,
    sepa,
    texte,
)
from vaguemestre.pes.particuliers import (
    ARTICLE,
    ASSURE,
    BENEFICIAIRE,
    LIEU_NAISSANCE,
    VENTILATION_RECETTE,
)

_TYP_PCE = code("01 02 03 04 05 06 07 10 11 12 14 15")
_NAT_PCE = code("01 02 03 04 05 06 07 08 09 10 11 18")
_EDITION = code("01 02 03 04 05 06 07 08 09 10")
_TYP_TIERS = code("01 02 03 04 05 06 07 10 11 12 13 14 15 20 21 22 23 24 25 26 30")
_NUMERO_FACTURE = forme(20, 1, "[ \\-/_+0-9a-zA-Z]*", "lettres, chiffres, espace, - / _ +")
_DEPUIS_1900 = Date(minimum=date(1900, 1, 1))

# fmt: off
TIERS = Bloc[Tiers](
    "Tiers", Tiers,
    groupe(
        "InfoTiers",
        balise("IdTiers", texte(80, 4), lambda t: t.identifiant, "identifiant"),
        balise("DteNaissance", Date(), lambda t: t.date_naissance, "date_naissance"),
        balise("NatIdTiers", NATURES_IDENTIFIANT, lambda t: t.nature_identifiant,
               "nature_identifiant"),
        balise("DteIdTiers", Date(), lambda t: t.date_identifiant, "date_identifiant"),
        balise("RefTiers", texte(30), lambda t: t.reference, "reference"),
        balise("CatTiers", CATEGORIES, lambda t: t.categorie, "categorie", requis=True),
        balise("NatJur", NATURES_JURIDIQUES, lambda t: t.nature_juridique,
               "nature_juridique", requis=True),
        balise("TypTiers", _TYP_TIERS, lambda t: t.type, "type", requis=True),
        balise("Civilite", texte(10), lambda t: t.civilite, "civilite"),
        balise("Nom", texte(38), lambda t: t.nom, "nom", requis=True),
        balise("ComplNom", texte(38), lambda t: t.complement_nom, "complement_nom"),
        balise("Prenom", texte(38), lambda t: t.prenom, "prenom"),
        objet(LIEU_NAISSANCE, lambda t: t.lieu_naissance, "lieu_naissance"),
    ),
    objet(ADRESSE, lambda t: t.adresse, "adresse", requis=True),
    objet(COMPTE_BANCAIRE, lambda t: t.compte, "compte"),
    ref=lambda t: f"tiers {t.nom}",
)

LIENS = Bloc[Liens](
    "LiensIdent", Liens,
    balise("IdConv", texte(25), lambda i: i.convention, "convention"),
    balise("IdMarche", texte(30), lambda i: i.marche, "marche"),
    balise("IdCaution", texte(24), lambda i: i.caution, "caution"),
    balise("IdEmpruntOrdo", texte(24), lambda i: i.emprunt, "emprunt"),
    balise("IdActif", texte(25), lambda i: i.actif, "actif"),
    balise("IdRegie", texte(10), lambda i: i.regie, "regie"),
)

MAJORATION = Bloc[Majoration](
    "", Majoration,
    balise("DteMajo", Date(), lambda m: m.date_majoration, "date_majoration"),
    balise("TxMajo", TAUX, lambda m: m.taux, "taux"),
)

LIGNE = Bloc[Ligne](
    "LigneDePiece", Ligne,
    groupe(
        "BlocLignePiece",
        groupe(
            "InfoLignePiece",                                        # Piece here, Pce in dépense
            balise("IdLigne", numero(6), lambda i: i.numero, "numero", requis=True),
            balise("ObjLignePce", texte(160), lambda i: i.objet, "objet"),
            balise("CodProdLoc", Alnum(4), lambda i: i.code_produit, "code_produit",
                   requis=True),
            balise("FinGeo", Alnum(9, 0, significatif=False), lambda i: i.finess_geographique,
                   "finess_geographique"),
            balise("CodEtGeo", Alnum(3), lambda i: i.code_etablissement_geographique,
                   "code_etablissement_geographique"),
            balise("Nature", Chiffres(12, positif=True), lambda i: i.nature, "nature",
                   requis=True),
            balise("Fonction", Chiffres(10), lambda i: i.fonction, "fonction"),
            balise("Operation", Alnum(10), lambda i: i.operation, "operation"),
            balise("TxTva", TAUX, lambda i: i.taux_tva, "taux_tva"),
            balise("Majo", VRAI_FAUX, lambda i: i.majoration is not None, requis=True),
            sur_place(MAJORATION, lambda i: i.majoration, "majoration"),
            balise("CpteTiers", Chiffres(12, positif=True), lambda i: i.compte_tiers,
                   "compte_tiers"),
            balise("TvaIntraCom", VRAI_FAUX, lambda i: i.tva_intracom, "tva_intracom",
                   requis=True),
            balise("TVAImportation", VRAI_FAUX, lambda i: i.tva_importation, "tva_importation"),
            balise("MtHT", POSITIF, lambda i: i.montant_ht, "montant_ht", requis=True),
            balise("MtTVA", POSITIF, lambda i: i.montant_tva, "montant_tva"),
            balise("MtNonMajo", POSITIF, lambda i: i.montant_non_majorable,
                   "montant_non_majorable"),
            objet(BENEFICIAIRE, lambda i: i.beneficiaire, "beneficiaire"),
            objets(PJ_REF, lambda i: i.pj_refs, "pj_refs"),
        ),
        sans_place("compte_analytique", lambda i: i.compte_analytique),  # these eight: dépense only
        sans_place("facture", lambda i: i.facture),
        sans_place("libelle_virement_1", lambda i: i.libelle_virement_1),
        sans_place("libelle_virement_2", lambda i: i.libelle_virement_2),
        sans_place("mode_reglement", lambda i: i.mode_reglement),
        sans_place("montant_facture_ht", lambda i: i.montant_facture_ht),
        sans_place("operation_specifique", lambda i: i.operation_specifique),
        sans_place("tva_hlm", lambda i: i.tva_hlm),
        objet(PRELEVEMENT,
              lambda i: None if not i.prelevement or sepa(i.prelevement) else i.prelevement,
              "prelevement"),
        objet(PRELEVEMENT_SEPA,
              lambda i: i.prelevement if i.prelevement and sepa(i.prelevement) else None,
              "prelevement"),
        objet(ASSURE, lambda i: i.assure, "assure"),
        objet(rattachement(code("01 02 03 05")), lambda i: i.rattachement, "rattachement"),
        objet(LIENS, lambda i: i.liens, "liens"),
        objet(VENTILATION_RECETTE, lambda i: i.ventilation, "ventilation"),
    ),
    objets(TIERS, lambda i: i.tiers, "tiers"),
    HorsTable("Recouvrement"),                                       # not for ordonnateurs
    ref=lambda i: f"ligne {i.numero}",
    a_la_ligne=True,
)

TITRE = Bloc[Titre](
    "Piece", Titre,
    groupe(
        "BlocPiece",
        balise("CodServ", texte(10), lambda t: t.service, "service"),
        balise("Affect", texte(10), lambda t: t.affectation, "affectation"),
        balise("IdPce", numero(8), lambda t: t.numero, "numero", requis=True),
        balise("TypPce", _TYP_PCE, lambda t: t.type, "type", requis=True),
        balise("NatPce", _NAT_PCE, lambda t: t.nature, "nature", requis=True),
        balise("IdRol", numero(7), lambda t: t.role, "role"),
        balise("DteAsp", Date(), lambda t: t.date_asp, "date_asp"),
        balise("Edition", _EDITION, lambda t: t.edition, "edition"),
        balise("ImpayeRegie", VRAI_FAUX, lambda t: t.impaye_regie, "impaye_regie"),
        balise("EnvRetour", VRAI_FAUX, lambda t: t.enveloppe_retour, "enveloppe_retour"),
        balise("ObjPce", texte(160), lambda t: t.objet, "objet"),
        balise("DebFact", Date(), lambda t: t.debut_facturation, "debut_facturation"),
        balise("FinFact", Date(), lambda t: t.fin_facturation, "fin_facturation"),
        sur_place(ARTICLE, lambda t: t.article, "article"),          # ORMC: NumDette to Cle2
        objets(PJ_REF, lambda t: t.pj_refs, "pj_refs"),
        balise("NumeroFacture", _NUMERO_FACTURE, lambda t: t.numero_facture, "numero_facture"),
        balise("NumeroMarche", texte(50), lambda t: t.numero_marche, "numero_marche"),
        balise("NumeroEngagement", texte(50), lambda t: t.numero_engagement, "numero_engagement"),
        balise("CodeService", Texte(100), lambda t: t.code_service, "code_service"),
        balise("NomService", texte(100), lambda t: t.nom_service, "nom_service"),
        balise("CadreFacturation", code("B1 S1 B8 S8 M8"), lambda t: t.cadre_facturation,
               "cadre_facturation"),
    ),
    objets(LIGNE, lambda t: t.lignes, "lignes", requis=True),
    ref=lambda t: f"titre {t.numero}",
    a_la_ligne=True,
)


def _titres(bordereau: Bordereau) -> tuple[Titre, ...]:
    return tuple(piece for piece in bordereau.pieces if isinstance(piece, Titre))


BORDEREAU = Bloc[Bordereau](
    "Bordereau", Bordereau,
    groupe(
        "BlocBordereau",
        balise("Exer", Annee(), lambda b: b.exercice, "exercice", requis=True),
        balise("IdBord", numero(7), lambda b: b.numero, "numero", requis=True),
        balise("DteBordEm", _DEPUIS_1900, lambda b: b.date_emission, "date_emission", requis=True),
        balise("TypBord", code("01 02 03 04 05 06"), lambda b: b.type, "type", requis=True),
        balise("NbrPce", Numerique(5, 1), lambda b: len(b.pieces), requis=True),
        balise("MtCumulAnnuel", POSITIF, lambda b: b.cumul_annuel, "cumul_annuel"),
        balise("MtBordHt", POSITIF, lambda b: b.montant_ht, requis=True),    # small t
        balise("MtBordTVA", POSITIF, lambda b: b.montant_tva or None),
        balise("DteAsp", Date(), lambda b: b.date_asp, "date_asp"),          # ORMC
        balise("Objet", texte(160), lambda b: b.objet, "objet"),             # ORMC
    ),
    exige("Piece", lambda b: all(isinstance(piece, Titre) for piece in b.pieces),
          "un bordereau de titres ne porte que des titres"),
    objets(TITRE, _titres, "pieces", requis=True),
    HorsTable("Signature", tu=True),                                 # spliced in afterwards
    exige("Id", id_valable, "commence par une lettre ou _, puis lettres, chiffres, . - _"),
    ref=lambda b: b.ref,
    attribut=("Id", lambda b: b.id, "id"),
    a_la_ligne=True,
)
# fmt: on
