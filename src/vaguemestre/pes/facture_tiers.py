"""Tables of those who stand on a PES_Facture: issuer, debtor, addressee, centres (pes.md §5.8).

In the order of the XSD 5.30; blocks that pes.md folds are written out here.
"""

from __future__ import annotations

from vaguemestre.domain.asap import (
    AdresseFacture,
    Emetteur,
    PaiementTelephone,
    Signataire,
    TiersFacture,
)
from vaguemestre.domain.comptable import CompteBancaire
from vaguemestre.formats.balise import balise, exige, groupe, sans_place
from vaguemestre.formats.bloc import Bloc, objet, sur_place
from vaguemestre.formats.codecs import Alnum, Chiffres, Date, code
from vaguemestre.pes.communs import (
    BIC,
    CATEGORIES,
    IBAN,
    NATURES_IDENTIFIANT,
    NATURES_JURIDIQUES,
    RIB,
    VRAI_FAUX,
    numero,
    texte,
)

_TYP_TIERS = code("01 02 03 04 05 06 07 10 11 12 13 14 15 20 21 22 23 24 25 26 30")

# fmt: off
ADRESSE = Bloc[AdresseFacture](
    "Adresse", AdresseFacture,
    balise("TypAdr", code("0 1 2"), lambda a: a.type, "type", requis=True),
    balise("Adr1", texte(38), lambda a: a.adr1, "adr1"),
    balise("Adr2", texte(38), lambda a: a.adr2, "adr2"),
    balise("Adr3", texte(38), lambda a: a.adr3, "adr3"),
    balise("CP", texte(5), lambda a: a.code_postal, "code_postal", requis=True),
    balise("Ville", texte(38), lambda a: a.ville, "ville", requis=True),
    balise("CodRes", VRAI_FAUX, lambda a: a.non_resident, "non_resident", requis=True),
    balise("CodPays", numero(3), lambda a: a.code_pays, "code_pays"),
)


def _compte(nom: str) -> Bloc[CompteBancaire]:
    """The issuer's is called CptBancaire, the others' CpteBancaire; the name is optional."""
    return Bloc[CompteBancaire](
        nom, CompteBancaire,
        exige("IBAN", lambda c: (c.iban is None) != (c.rib is None),
              "donner soit un IBAN, soit un RIB, et un seul des deux"),
        sur_place(RIB, lambda c: c.rib, "rib"),
        balise("BIC", BIC, lambda c: c.bic, "bic"),
        balise("IBAN", IBAN, lambda c: c.iban, "iban"),
        balise("TitCpte", texte(32), lambda c: c.titulaire or None, "titulaire"),
        sans_place("libelle_banque", lambda c: c.libelle_banque),
        sans_place("date_compte", lambda c: c.date_compte),
    )


_PAIEMENT_TEL = Bloc[PaiementTelephone](
    "PaiementTel", PaiementTelephone,
    balise("ModalitesPaiTel", texte(27), lambda p: p.modalites, "modalites", requis=True),
    balise("NumTel3", texte(20), lambda p: p.telephone, "telephone", requis=True),
    balise("HorairesOuv3", texte(38), lambda p: p.horaires, "horaires", requis=True),
)


def bloc_tiers(nom: str) -> Bloc[TiersFacture]:
    """Tiers, Debiteur or Destinataire: the same members."""
    return Bloc[TiersFacture](
        nom, TiersFacture,
        groupe(
            "InfoTiers",
            balise("IdTiers", Alnum(18), lambda t: t.identifiant, "identifiant"),
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
        ),
        groupe(
            "InfoSupplTiers",
            balise("NumTel2", texte(20), lambda t: t.telephone, "telephone"),
            balise("HorairesOuv2", texte(38), lambda t: t.horaires, "horaires"),
            balise("AdresseMelCFP", texte(60), lambda t: t.courriel, "courriel"),
            objet(_PAIEMENT_TEL, lambda t: t.paiement_telephone, "paiement_telephone"),
            requis=False,
        ),
        objet(ADRESSE, lambda t: t.adresse, "adresse"),
        objet(_compte("CpteBancaire"), lambda t: t.compte, "compte"),
        ref=lambda t: f"tiers {t.nom}",
        a_la_ligne=True,
    )


_SIGNATAIRE = Bloc[Signataire](
    "Signataire", Signataire,
    groupe(
        "Personne",
        balise("Nom", texte(38), lambda s: s.nom, "nom", requis=True),
        balise("Prenom", texte(38), lambda s: s.prenom, "prenom", requis=True),
    ),
    balise("Role", texte(50), lambda s: s.role, "role", requis=True),
)

EMETTEUR = Bloc[Emetteur](
    "Emetteur", Emetteur,
    groupe(
        "InfoTiers",
        balise("IdTiers", Alnum(18), lambda e: e.identifiant, "identifiant"),
        balise("NatIdTiers", NATURES_IDENTIFIANT, lambda e: e.nature_identifiant,
               "nature_identifiant"),
        balise("DteIdTiers", Date(), lambda e: e.date_identifiant, "date_identifiant"),
        balise("RefTiers", texte(30), lambda e: e.reference, "reference"),
        balise("CatTiers", CATEGORIES, lambda e: e.categorie, "categorie", requis=True),
        balise("NatJur", NATURES_JURIDIQUES, lambda e: e.nature_juridique, "nature_juridique",
               requis=True),
        balise("TypTiers", _TYP_TIERS, lambda e: e.type, "type", requis=True),
        balise("Civilite", texte(10), lambda e: e.civilite, "civilite"),
        balise("Nom", texte(38), lambda e: e.nom, "nom", requis=True),
        balise("ComplNom", texte(38), lambda e: e.complement_nom, "complement_nom"),
        balise("Prenom", texte(38), lambda e: e.prenom, "prenom"),
    ),
    objet(ADRESSE, lambda e: e.adresse, "adresse"),
    objet(_compte("CptBancaire"), lambda e: e.compte, "compte"),
    groupe(
        "InfoTVAEmetteur",
        balise("NumTVA", texte(24), lambda e: e.numero_tva, "numero_tva"),
        balise("Service", texte(24), lambda e: e.service, "service"),
        requis=False,
    ),
    groupe(
        "InfoSuppl",
        balise("NumTel", texte(20), lambda e: e.telephone, "telephone"),
        balise("HorairesOuv", texte(38), lambda e: e.horaires, "horaires"),
        balise("CodeTipi", Chiffres(7, 0), lambda e: e.code_tipi, "code_tipi"),
        balise("AdresseMelEmetteur", texte(50), lambda e: e.courriel, "courriel"),
        balise("AdrTipi", texte(200), lambda e: e.adresse_tipi, "adresse_tipi"),
        balise("RefBdf", Alnum(13), lambda e: e.reference_bdf, "reference_bdf"),
        balise("InfoCode2D", texte(64), lambda e: e.code_2d, "code_2d"),
        requis=False,
    ),
    objet(_SIGNATAIRE, lambda e: e.signataire, "signataire"),
    ref=lambda e: "émetteur",
    a_la_ligne=True,
)
# fmt: on
