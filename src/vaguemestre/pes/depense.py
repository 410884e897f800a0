"""Tables of PES_DepenseAller (reference/pes.md §5.5), in the order of the XSD 5.30."""

from __future__ import annotations

from decimal import Decimal

from vaguemestre.domain.comptable import Bordereau, Dgp, Liens, Ligne, Mandat, Tiers
from vaguemestre.formats.balise import HorsTable, balise, exige, groupe, sans_place
from vaguemestre.formats.bloc import Bloc, objet, objets
from vaguemestre.formats.codecs import Alnum, Annee, Chiffres, Date, Montant, Numerique, code
from vaguemestre.pes.communs import (
    ADRESSE,
    CATEGORIES,
    COMPTE_BANCAIRE,
    NATURES_IDENTIFIANT,
    NATURES_JURIDIQUES,
    PJ_REF,
    POSITIF,
    POSITIF_OU_NUL,
    VRAI_FAUX,
    id_valable,
    numero,
    rattachement,
    texte,
)
from vaguemestre.pes.particuliers import OPERATION_SPECIFIQUE, TVA_HLM, VENTILATION_DEPENSE

_TX_INT_MOR = Montant(5, Decimal("0.01"), Decimal("99.99"))
_TYP_PCE = code("01 02 03 04 05 06 07 08 09 10 11 12 13")
_NAT_PCE = code("01 02 03 04 05 06 07 08 09 10 11 12 13 14 18")
_MOD_REGL = code("01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20")

# fmt: off
TIERS = Bloc[Tiers](
    "Tiers", Tiers,
    groupe(
        "InfoTiers",
        balise("IdTiers", texte(80, 4), lambda t: t.identifiant, "identifiant"),
        balise("NatIdTiers", NATURES_IDENTIFIANT, lambda t: t.nature_identifiant,
               "nature_identifiant"),
        balise("DteIdTiers", Date(), lambda t: t.date_identifiant, "date_identifiant"),
        balise("RefTiers", texte(30), lambda t: t.reference, "reference"),
        balise("CatTiers", CATEGORIES, lambda t: t.categorie, "categorie", requis=True),
        balise("NatJur", NATURES_JURIDIQUES, lambda t: t.nature_juridique,
               "nature_juridique", requis=True),
        balise("Civilite", texte(10), lambda t: t.civilite, "civilite"),
        balise("Nom", texte(38), lambda t: t.nom, "nom", requis=True),
        balise("ComplNom", texte(38), lambda t: t.complement_nom, "complement_nom"),
        balise("Prenom", texte(38), lambda t: t.prenom, "prenom"),
        sans_place("type", lambda t: t.type),                        # TypTiers: recette only
        sans_place("date_naissance", lambda t: t.date_naissance),    # recette only
        sans_place("lieu_naissance", lambda t: t.lieu_naissance),
    ),
    objet(ADRESSE, lambda t: t.adresse, "adresse"),
    objet(COMPTE_BANCAIRE, lambda t: t.compte, "compte"),
    ref=lambda t: f"tiers {t.nom}",
)

LIENS = Bloc[Liens](
    "LiensIdent", Liens,
    balise("IdConv", texte(25), lambda i: i.convention, "convention"),
    balise("IdMarche", texte(30), lambda i: i.marche, "marche"),
    balise("IdEmpruntOrdo", texte(24), lambda i: i.emprunt, "emprunt"),
    balise("IdActif", texte(25), lambda i: i.actif, "actif"),
    balise("IdRegie", texte(10), lambda i: i.regie, "regie"),
    sans_place("caution", lambda i: i.caution),                      # recette only
)

LIGNE = Bloc[Ligne](
    "LigneDePiece", Ligne,
    groupe(
        "BlocLignePiece",
        groupe(
            "InfoLignePce",                                          # Pce here, Piece in recette
            balise("IdLigne", numero(6), lambda i: i.numero, "numero", requis=True),
            balise("Nature", Chiffres(12, positif=True), lambda i: i.nature, "nature",
                   requis=True),
            balise("Fonction", Chiffres(10), lambda i: i.fonction, "fonction"),
            balise("Operation", Chiffres(10), lambda i: i.operation, "operation"),
            balise("CptAna", Alnum(10), lambda i: i.compte_analytique, "compte_analytique"),
            balise("Facture", texte(20), lambda i: i.facture, "facture"),
            balise("LibVir1", texte(70), lambda i: i.libelle_virement_1, "libelle_virement_1"),
            balise("LibVir2", texte(70), lambda i: i.libelle_virement_2, "libelle_virement_2"),
            balise("ModRegl", _MOD_REGL, lambda i: i.mode_reglement, "mode_reglement"),
            balise("TVAIntraCom", VRAI_FAUX, lambda i: i.tva_intracom, "tva_intracom",
                   requis=True),
            balise("TVAImportation", VRAI_FAUX, lambda i: i.tva_importation, "tva_importation"),
            balise("CpteTiers", Chiffres(12, positif=True), lambda i: i.compte_tiers,
                   "compte_tiers"),
            balise("MtHT", POSITIF_OU_NUL, lambda i: i.montant_ht, "montant_ht", requis=True),
            balise("MtTVA", POSITIF_OU_NUL, lambda i: i.montant_tva, "montant_tva"),
            balise("MtFactHT", POSITIF_OU_NUL, lambda i: i.montant_facture_ht,
                   "montant_facture_ht"),
            objets(PJ_REF, lambda i: i.pj_refs, "pj_refs"),
        ),
        sans_place("objet", lambda i: i.objet),                      # these ten: recette only
        sans_place("code_produit", lambda i: i.code_produit),
        sans_place("taux_tva", lambda i: i.taux_tva),
        sans_place("majoration", lambda i: i.majoration),
        sans_place("montant_non_majorable", lambda i: i.montant_non_majorable),
        sans_place("prelevement", lambda i: i.prelevement),
        sans_place("finess_geographique", lambda i: i.finess_geographique),
        sans_place("code_etablissement_geographique",
                   lambda i: i.code_etablissement_geographique),
        sans_place("beneficiaire", lambda i: i.beneficiaire),
        sans_place("assure", lambda i: i.assure),
        objet(TVA_HLM, lambda i: i.tva_hlm, "tva_hlm"),
        objet(OPERATION_SPECIFIQUE, lambda i: i.operation_specifique, "operation_specifique"),
        objet(rattachement(code("01 02 03 04 05")), lambda i: i.rattachement, "rattachement"),
        objet(LIENS, lambda i: i.liens, "liens"),
        objet(VENTILATION_DEPENSE, lambda i: i.ventilation, "ventilation"),
    ),
    objets(TIERS, lambda i: i.tiers, "tiers", maximum=1),
    ref=lambda i: f"ligne {i.numero}",
    a_la_ligne=True,
)

DGP = Bloc[Dgp](
    "DGP", Dgp,
    balise("Dgp", VRAI_FAUX, lambda d: d.exclu, "exclu", requis=True),       # 1: NOT eligible
    balise("DteDebDgp", Date(), lambda d: d.debut, "debut", requis=True),
    balise("DteFinDgp", Date(), lambda d: d.fin, "fin", requis=True),
    balise("DureeDgp", numero(2), lambda d: d.duree, "duree", requis=True),
    balise("CodIntMor", code("01 02 03"), lambda d: d.interet_moratoire, "interet_moratoire"),
    balise("TxIntMor", _TX_INT_MOR, lambda d: d.taux, "taux"),
)

MANDAT = Bloc[Mandat](
    "Piece", Mandat,
    groupe(
        "BlocPiece",
        groupe(
            "InfoPce",
            balise("CodServ", texte(10), lambda m: m.service, "service"),
            balise("Affect", texte(10), lambda m: m.affectation, "affectation"),
            balise("IdPce", numero(8), lambda m: m.numero, "numero", requis=True),
            balise("TypPce", _TYP_PCE, lambda m: m.type, "type", requis=True),
            balise("NatPce", _NAT_PCE, lambda m: m.nature, "nature", requis=True),
            balise("Obj", texte(100), lambda m: m.objet, "objet"),
            balise("DteEch", Date(), lambda m: m.date_echeance, "date_echeance"),
            objets(PJ_REF, lambda m: m.pj_refs, "pj_refs"),
            balise("PJ", texte(250), lambda m: m.liste_pj, "liste_pj"),
            balise("CarteAchatNiveau1", VRAI_FAUX, lambda m: m.carte_achat, "carte_achat"),
        ),
        objet(DGP, lambda m: m.dgp, "dgp"),
    ),
    objets(LIGNE, lambda m: m.lignes, "lignes", requis=True),
    ref=lambda m: f"mandat {m.numero}",
    a_la_ligne=True,
)


def _mandats(bordereau: Bordereau) -> tuple[Mandat, ...]:
    return tuple(piece for piece in bordereau.pieces if isinstance(piece, Mandat))


BORDEREAU = Bloc[Bordereau](
    "Bordereau", Bordereau,
    groupe(
        "BlocBordereau",
        balise("Exer", Annee(), lambda b: b.exercice, "exercice", requis=True),
        balise("IdBord", numero(7), lambda b: b.numero, "numero", requis=True),
        balise("DteBordEm", Date(), lambda b: b.date_emission, "date_emission", requis=True),
        balise("TypBord", code("01 02 03 04"), lambda b: b.type, "type", requis=True),
        balise("NbrPce", Numerique(5, 1), lambda b: len(b.pieces), requis=True),
        balise("MtCumulAnnuel", POSITIF, lambda b: b.cumul_annuel, "cumul_annuel"),
        balise("MtBordHT", POSITIF_OU_NUL, lambda b: b.montant_ht, requis=True),
        balise("MtBordTVA", POSITIF_OU_NUL, lambda b: b.montant_tva or None),
    ),
    sans_place("date_asp", lambda b: b.date_asp),                    # ORMC: recette only
    sans_place("objet", lambda b: b.objet),
    exige("Piece", lambda b: all(isinstance(piece, Mandat) for piece in b.pieces),
          "un bordereau de mandats ne porte que des mandats"),
    objets(MANDAT, _mandats, "pieces", requis=True),
    HorsTable("Signature", tu=True),                                 # spliced in afterwards
    exige("Id", id_valable, "commence par une lettre ou _, puis lettres, chiffres, . - _"),
    ref=lambda b: b.ref,
    attribut=("Id", lambda b: b.id, "id"),
    a_la_ligne=True,
)
# fmt: on
