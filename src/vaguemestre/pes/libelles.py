"""What a clerk calls the elements of a PES, and what the common formats are, in French."""

from __future__ import annotations

import re

from vaguemestre.pes.libelles_domaines import COMMUNS, FACTURE, MARCHE

_NUMEROTE = re.compile(r"/(Bordereau|PJ|FactureIndiv|Marche|Concession)\[([0-9]+)\]")
_MOTS = {
    "Bordereau": "bordereau",
    "FactureIndiv": "facture",
    "Marche": "marché",
    "Concession": "concession",
}
_ENTETE = re.compile(r"/EnTetePES(?:/|$)")
_CONTRACTIONS = (
    (" de le ", " du "),
    (" de les ", " des "),
    (" à le ", " au "),
    (" à les ", " aux "),
)

LIBELLES: dict[str, str] = {
    **COMMUNS,
    **FACTURE,
    **MARCHE,
    "PES_Aller": "le fichier PES Aller",
    "Enveloppe": "l'enveloppe",
    "Version": "la version de l'enveloppe",
    "TypFic": "le type de fichier",
    "NomFic": "le nom du fichier",
    "EnTetePES": "l'en-tête du budget",
    "DteStr": "la date de production du fichier",
    "IdPost": "le codique du poste comptable",
    "IdColl": "le SIRET du budget",
    "FinJur": "le FINESS juridique",
    "CodCol": "le code collectivité",
    "CodBud": "le code budget",
    "LibelleColBud": "le libellé du budget",
    "PES_DepenseAller": "le bloc des dépenses",
    "PES_RecetteAller": "le bloc des recettes",
    "PES_PJ": "le bloc des pièces justificatives",
    "IdVer": "la version du bloc",
    "InfoDematerialisee": "l'indicateur de dématérialisation",
    "Bordereau": "le bordereau",
    "BlocBordereau": "l'en-tête du bordereau",
    "Exer": "l'exercice",
    "IdBord": "le numéro de bordereau",
    "DteBordEm": "la date d'émission du bordereau",
    "TypBord": "le type de bordereau",
    "NbrPce": "le nombre de pièces du bordereau",
    "MtCumulAnnuel": "le cumul annuel",
    "MtBordHT": "le total HT du bordereau",
    "MtBordHt": "le total HT du bordereau",
    "MtBordTVA": "le total de TVA du bordereau",
    "DteAsp": "la date de l'avis des sommes à payer",
    "Piece": "la pièce (mandat ou titre)",
    "BlocPiece": "l'en-tête de la pièce",
    "InfoPce": "l'en-tête du mandat",
    "IdPce": "le numéro de la pièce",
    "TypPce": "le type de pièce",
    "NatPce": "la nature de la pièce",
    "Obj": "l'objet du mandat",
    "ObjPce": "l'objet du titre",
    "DteEch": "la date d'échéance",
    "PJRef": "la référence de pièce justificative",
    "Support": "le support de la pièce justificative",
    "IdUnique": "l'identifiant de la pièce justificative",
    "NomPJ": "le nom de la pièce justificative",
    "TypePJ": "le type de la pièce justificative",
    "Description": "la description de la pièce justificative",
    "Fichier": "le contenu de la pièce justificative",
    "PJ": "la pièce justificative",
    "LigneDePiece": "la ligne",
    "BlocLignePiece": "le bloc de la ligne",
    "InfoLignePce": "les informations de la ligne",
    "InfoLignePiece": "les informations de la ligne",
    "IdLigne": "le numéro de ligne",
    "Nature": "le compte par nature",
    "Fonction": "la fonction",
    "Operation": "l'opération",
    "Facture": "le numéro de facture",
    "ModRegl": "le mode de règlement",
    "TVAIntraCom": "l'indicateur de TVA intracommunautaire",
    "TvaIntraCom": "l'indicateur de TVA intracommunautaire",
    "CodProdLoc": "le code produit local",
    "Majo": "l'indicateur de majoration",
    "MtHT": "le montant HT de la ligne",
    "MtTVA": "le montant de TVA de la ligne",
    "TxTva": "le taux de TVA",
    "RattachPiece": "le rattachement à la pièce d'origine",
    "NatPceOrig": "la nature de la pièce d'origine",
    "ExerRat": "l'exercice de la pièce d'origine",
    "IdPceOrig": "le numéro de la pièce d'origine",
    "IdLigneOrig": "le numéro de la ligne d'origine",
    "Tiers": "le tiers",
    "InfoTiers": "l'identité du tiers",
    "IdTiers": "l'identifiant du tiers",
    "NatIdTiers": "la nature de l'identifiant du tiers",
    "CatTiers": "la catégorie du tiers",
    "NatJur": "la nature juridique du tiers",
    "TypTiers": "le type de tiers",
    "Civilite": "la civilité du tiers",
    "Nom": "le nom du tiers",
    "Prenom": "le prénom du tiers",
    "Adresse": "l'adresse",
    "TypAdr": "le type d'adresse",
    "Adr1": "le complément d'adresse",
    "Adr2": "le numéro et la voie",
    "Adr3": "le lieu-dit",
    "CP": "le code postal",
    "Ville": "la ville",
    "CodRes": "l'indicateur de résidence",
    "CodPays": "le code pays",
    "CpteBancaire": "le compte bancaire",
    "BIC": "le BIC",
    "IBAN": "l'IBAN",
    "TitCpte": "le titulaire du compte",
    "RefCompta": "la référence comptable de la pièce justificative",
    "ds:Signature": "la signature électronique",
}

# What is allowed, by element, where the XSD only shows a regular expression.
FORMATS: dict[str, str] = {
    "IdPost": "6 ou 7 chiffres (02A ou 02B pour la Corse)",
    "IdColl": "14 chiffres au plus",
    "CodCol": "3 chiffres, pas 000",
    "CodBud": "un chiffre ou une capitale, puis un chiffre",
    "IBAN": "deux capitales (pays), deux chiffres (clé), puis lettres et chiffres, sans espace",
    "BIC": "8 ou 11 capitales et chiffres",
    "NomPJ": "un nom suivi d'un point et d'une extension de 2 à 4 lettres ou chiffres",
    "IdUnique": "1 à 50 lettres et chiffres, sans tiret ni espace",
    "CP": "5 chiffres",
    "Fonction": "des chiffres seulement, 10 au plus",
    "Operation": "10 caractères au plus, sans espace ; des chiffres seulement dans un mandat",
    "CodProdLoc": "1 à 4 lettres et chiffres",
    "NumeroFacture": "lettres, chiffres, espace, - / _ +",
    "RefUniMdt": "caractères SEPA seulement (sans accent)",
    "LibPrel": "caractères SEPA seulement (sans accent)",
    "Exer": "une année sur 4 chiffres",
    "ExerRat": "une année sur 4 chiffres",
    "Identifiant": "lettres, chiffres, / et _, 20 au plus",
    "Ligne1": "chiffres, capitales sans accent et espaces, 60 au plus",
    "Ligne2": "chiffres, capitales sans accent et espaces, 60 au plus",
    "CodeTipi": "des chiffres seulement, 7 au plus",
    "IdContrat": "l'année de notification (2000 à 2050) puis la référence, 14 caractères au plus",
    "IdPA": "14 chiffres",
    "IdAcheteur": "14 chiffres",
    "SiretPAAccordCadre": "14 chiffres",
    "CodeCPV": "8 chiffres, puis au besoin un tiret et le chiffre de contrôle",
    "CodeCPVSec": "8 chiffres, puis au besoin un tiret et le chiffre de contrôle",
    "MoisAnnee": "MM-AAAA, par exemple 03-2026",
    "NumeroOrdreModification": "deux chiffres, 00 pour le contrat initial",
    "NumeroActe": "deux chiffres, de 01 à 99",
    "NumeroActeSousTraitance": "deux chiffres, de 01 à 99",
    "DureeEnMois": "un nombre de mois de 1 à 999",
    "IdTitulaire": "9 à 100 caractères dans un marché",
    "IdSousTraitant": "9 à 100 caractères",
    "IdConcessionnaire": "9 à 100 caractères",
}


def libelle(element: str) -> str:
    """« le code postal (CP) »; the bare name in quotes when we have no word for it."""
    mot = LIBELLES.get(element)
    return f"{mot} ({element})" if mot else f"« {element} »"


def lieu(chemin: str) -> str:
    """What a clerk calls a place whose numbers are not known (yet), from its XPath."""
    if found := _NUMEROTE.search(chemin):
        nom, rang = found.groups()
        return f"{_MOTS.get(nom, nom)} n° {rang} du fichier"
    if "/Enveloppe" in chemin:
        return "enveloppe"
    return "en-tête" if _ENTETE.search(chemin) else "fichier"


def contracter(phrase: str) -> str:
    """« de le » becomes « du », « à le » « au »: what a name put after a preposition asks for."""
    for longue, courte in _CONTRACTIONS:
        phrase = phrase.replace(longue, courte)
    return phrase
