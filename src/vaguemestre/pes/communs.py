"""Tables shared by PES_DepenseAller and PES_RecetteAller, and the file's first two blocks.

Source: reference/pes.md §4 and §5.1-5.3 (PES V2 Aller 5.30), in the order of the XSD.
"""

from __future__ import annotations

import re
from decimal import Decimal

from vaguemestre.domain.comptable import (
    Adresse,
    Bordereau,
    CompteBancaire,
    EnTete,
    Enveloppe,
    PjRef,
    Prelevement,
    Rattachement,
    Rib,
)
from vaguemestre.formats.balise import HorsTable, balise, exige, groupe
from vaguemestre.formats.bloc import Bloc, sur_place
from vaguemestre.formats.codecs import (
    Alnum,
    Annee,
    Booleen,
    Chiffres,
    Code,
    Codec,
    Constante,
    Date,
    Montant,
    Numerique,
    Texte,
    code,
)

VERSION_ENVELOPPE = 2
VERSION_DOMAINE = 2
VERSION_PJ = 1

POSITIF = Montant(14, Decimal("0.01"))
POSITIF_OU_NUL = Montant(14, Decimal(0))
TAUX = Montant(5, Decimal("0.01"))
VRAI_FAUX = Booleen()

SUPPORTS = code("01 02 03")
TYPES_PJ = code("001 002 003 004 005 006 007 008 009 010 011 012 013 014")
NATURES_IDENTIFIANT = code("01 02 03 04 05 06 07 08 09 10 11 12")
CATEGORIES = code(
    "01 20 21 22 23 24 25 26 27 28 29 50 60 61 62 63 64 65 70 71 72 73 74",
)
NATURES_JURIDIQUES = code("01 02 03 04 05 06 07 08 09 10 11")


def texte(maximum: int, minimum: int = 1) -> Texte:
    """The PES text type marked † in pes.md: no « nc », no lone point or space, not all zeros."""
    return Texte(maximum, minimum, significatif=True)


def numero(chiffres: int) -> Numerique:
    """The PES number type: at least 1."""
    return Numerique(chiffres, 1)


def forme(maximum: int, minimum: int, motif: str, attendu: str) -> Texte:
    """A † text that must also match a pattern, described for a clerk."""
    return Texte(maximum, minimum, significatif=True, motif=motif, attendu=attendu)


def constante(valeur: int) -> Codec[int]:
    return Constante(valeur, numero(2))


_ID_POSTE = forme(7, 6, "02[AB][0-9]{3,4}|[0-9]{6,7}", "6 ou 7 chiffres (02A, 02B pour la Corse)")
_COD_COL = forme(3, 3, "[0-9]{3}", "3 chiffres, zéros compris, autre que 000")
_COD_BUD = Texte(2, 2, motif="[0-9A-Z][0-9]", attendu="un chiffre ou une capitale, puis un chiffre")
BIC = Texte(
    11,
    8,
    motif="[A-Z]{6}[A-Z2-9][A-NP-Z0-9]([A-Z0-9]{3})?",
    attendu="8 ou 11 capitales et chiffres",
)
IBAN = Texte(
    34, 1, motif="[A-Z]{2}[0-9]{2}[a-zA-Z0-9]{1,30}", attendu="pays, clé, compte, sans espace"
)
_NCNAME = re.compile("[A-Za-z_][A-Za-z0-9._-]*")
_SEPA = "[0-9a-zA-Z/?:()., \\-+']*"

# fmt: off
ENVELOPPE = Bloc[Enveloppe](
    "Enveloppe", Enveloppe,
    groupe(
        "Parametres",
        balise("Version", constante(VERSION_ENVELOPPE), lambda e: VERSION_ENVELOPPE, requis=True),
        balise("TypFic", texte(32), lambda e: e.type_fichier, "type_fichier", requis=True),
        balise("NomFic", texte(100), lambda e: e.nom_fichier, "nom_fichier", requis=True),
    ),
    groupe(
        "Emetteur",
        balise("Sigle", texte(32), lambda e: e.editeur, "editeur", requis=True),
        balise("Adresse", texte(38), lambda e: e.logiciel, "logiciel", requis=True),
    ),
    HorsTable("Recepteur"),
    ref=lambda e: "enveloppe",
)

ENTETE = Bloc[EnTete](
    "EnTetePES", EnTete,
    balise("DteStr", Date(), lambda e: e.date_production, "date_production", requis=True),
    balise("IdPost", _ID_POSTE, lambda e: e.id_poste, "id_poste", requis=True),
    balise("LibellePoste", texte(38), lambda e: e.libelle_poste, "libelle_poste"),
    balise("IdColl", Chiffres(14, 0), lambda e: e.id_collectivite, "id_collectivite", requis=True),
    balise("FinJur", Alnum(20, significatif=False), lambda e: e.finess_juridique,
           "finess_juridique"),
    balise("CodCol", _COD_COL, lambda e: e.code_collectivite, "code_collectivite", requis=True),
    balise("CodBud", _COD_BUD, lambda e: e.code_budget, "code_budget", requis=True),
    balise("LibelleColBud", texte(38), lambda e: e.libelle_budget, "libelle_budget"),
    ref=lambda e: "en-tête",
)

ADRESSE = Bloc[Adresse](
    "Adresse", Adresse,
    balise("TypAdr", code("0 1 2"), lambda a: a.type, "type", requis=True),
    balise("Adr1", texte(38), lambda a: a.adr1, "adr1"),
    balise("Adr2", texte(38), lambda a: a.adr2, "adr2", requis=True),
    balise("Adr3", texte(38), lambda a: a.adr3, "adr3"),
    balise("CP", Chiffres(5, 0), lambda a: a.code_postal, "code_postal", requis=True),
    balise("Ville", texte(38), lambda a: a.ville, "ville", requis=True),
    balise("CodRes", VRAI_FAUX, lambda a: a.non_resident, "non_resident", requis=True),
    balise("CodPays", numero(3), lambda a: a.code_pays, "code_pays"),
    balise("DteAdr", Date(), lambda a: a.date_adresse, "date_adresse"),
)

RIB = Bloc[Rib](
    "", Rib,
    balise("IdPayInt", Alnum(4), lambda r: r.id_pays, "id_pays"),
    balise("IdBancInt", Alnum(11), lambda r: r.id_banque, "id_banque"),
    balise("CodeEtab", Alnum(5), lambda r: r.code_etablissement, "code_etablissement", requis=True),
    balise("CodeGuic", Alnum(5, 0, significatif=False), lambda r: r.code_guichet, "code_guichet",
           requis=True),
    balise("IdCpte", texte(11), lambda r: r.compte, "compte", requis=True),
    balise("CleRib", Chiffres(2, 0), lambda r: r.cle, "cle", requis=True),
)

COMPTE_BANCAIRE = Bloc[CompteBancaire](
    "CpteBancaire", CompteBancaire,
    sur_place(RIB, lambda c: c.rib, "rib"),
    exige("IBAN", lambda c: (c.iban is None) != (c.rib is None),
          "donner soit un IBAN, soit un RIB, et un seul des deux"),
    exige("BIC", lambda c: c.bic is None or c.iban is not None, "un BIC ne va qu'avec un IBAN"),
    balise("BIC", BIC, lambda c: c.bic, "bic"),
    balise("IBAN", IBAN, lambda c: c.iban, "iban"),
    balise("LibBanc", texte(24), lambda c: c.libelle_banque, "libelle_banque"),
    balise("TitCpte", texte(32), lambda c: c.titulaire, "titulaire", requis=True),
    balise("DteBanc", Date(), lambda c: c.date_compte, "date_compte"),
)

PJ_REF = Bloc[PjRef](
    "PJRef", PjRef,
    balise("Support", SUPPORTS, lambda p: p.support, "support", requis=True),
    balise("IdUnique", Alnum(50), lambda p: p.id_unique, "id_unique", requis=True),
    balise("NomPJ", texte(100), lambda p: p.nom, "nom"),
    balise("TypePJ", TYPES_PJ, lambda p: p.type, "type"),
)

PRELEVEMENT = Bloc[Prelevement](
    "InfoPrelevement", Prelevement,
    balise("NatPrel", code("01 02"), lambda p: p.nature, "nature", requis=True),
    balise("PerPrel", code("01 02 03 04 05 06 07"), lambda p: p.periodicite, "periodicite",
           requis=True),
    balise("DtePrel", Date(), lambda p: p.date_prelevement, "date_prelevement", requis=True),
    balise("MtPrel", POSITIF, lambda p: p.montant, "montant", requis=True),
)

PRELEVEMENT_SEPA = Bloc[Prelevement](
    "InfoPrelevementSEPA", Prelevement,
    *PRELEVEMENT.membres,
    balise("SequencePres", code("01 02 03 04"), lambda p: p.sequence, "sequence", requis=True),
    balise("DateSignMandat", Date(), lambda p: p.date_mandat, "date_mandat", requis=True),
    balise("RefUniMdt", Texte(35, motif=_SEPA, attendu="jeu SEPA"), lambda p: p.rum, "rum",
           requis=True),
    balise("LibPrel", Texte(140, motif=_SEPA, attendu="jeu SEPA"), lambda p: p.libelle, "libelle"),
    balise("AncienRUM", Texte(35, motif=_SEPA, attendu="jeu SEPA"), lambda p: p.ancien_rum,
           "ancien_rum"),
    balise("AncienICS", Alnum(13), lambda p: p.ancien_ics, "ancien_ics"),
    balise("AncienTiersCreancier", Texte(70, motif=_SEPA, attendu="jeu SEPA"),
           lambda p: p.ancien_creancier, "ancien_creancier"),
    balise("AncienneBanque", VRAI_FAUX, lambda p: p.ancienne_banque, "ancienne_banque"),
    balise("AncienIBAN", IBAN, lambda p: p.ancien_iban, "ancien_iban"),
    balise("TitCpteDiff", VRAI_FAUX, lambda p: p.titulaire_different, "titulaire_different"),
)
# fmt: on


def id_valable(bordereau: Bordereau) -> bool:
    """`Bordereau/@Id` is an xs:ID: it may not start with a digit."""
    return bordereau.id is None or _NCNAME.fullmatch(bordereau.id) is not None


def sepa(prelevement: Prelevement) -> bool:
    """True when the debit is written as InfoPrelevementSEPA: any of its own fields is there."""
    p = prelevement
    propres = (p.sequence, p.date_mandat, p.rum, p.libelle, p.ancien_rum, p.ancien_ics)
    suite = (p.ancien_creancier, p.ancienne_banque, p.ancien_iban, p.titulaire_different)
    return any(champ is not None for champ in (*propres, *suite))


def rattachement(natures: Code) -> Bloc[Rattachement]:
    """RattachPiece; `natures`: the codes differ between dépense and recette."""
    # fmt: off
    return Bloc[Rattachement](
        "RattachPiece", Rattachement,
        balise("NatPceOrig", natures, lambda r: r.nature, "nature", requis=True),
        balise("ExerRat", Annee(), lambda r: r.exercice, "exercice", requis=True),
        balise("IdPceOrig", numero(13), lambda r: r.piece, "piece", requis=True),
        balise("IdLigneOrig", Chiffres(6), lambda r: r.ligne, "ligne"),
    )
    # fmt: on
