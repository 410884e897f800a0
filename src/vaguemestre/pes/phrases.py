"""Errors of libxml2, said in French to somebody who makes mandats, not XML.

`regle` is `xsd.<element>.<kind>` (`xsd.nbrpce.valeur`) or `xml.<kind>` when the file is no
well-formed XML. Anything that the XSD refuses rejects the whole flux (pes.md, head).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from vaguemestre.errors import Anomalie
from vaguemestre.formats.mal_forme import EXPAT
from vaguemestre.pes.libelles import FORMATS, contracter, libelle, lieu
from vaguemestre.pes.place import Place

_VALEUR = re.compile(r"The value '(.*?)' (?:is|has|must)", re.DOTALL)
_VALEUR_TYPE = re.compile(r": '(.*)' is not a valid value of the ", re.DOTALL)
_TYPE = re.compile(r"type '(?:\{[^}]*\})?([^']+)'\.?\s*$")
_ATTRIBUT = re.compile(r", attribute '(?:\{[^}]*\})?([^']+)':")
_ATTRIBUT_NOMME = re.compile(r"[Tt]he attribute '(?:\{[^}]*\})?([^']+)'")
_ATTENDUS = re.compile(r"Expected is (?:one of )?\( (.*) \)", re.DOTALL)
_ENSEMBLE = re.compile(r"the set \{(.*)\}", re.DOTALL)
_NOMBRES = re.compile(r"'(-?[0-9.]+)'")
# A bound is a number or a date.
_LIMITES = re.compile(r"'(-?[0-9.]+(?:-[0-9]+)*)'")
_SAISIR = "Corriger la valeur dans le logiciel émetteur, puis refaire l'export."
_EXPORT = "Signaler à l'éditeur du logiciel : la structure du fichier n'est pas celle du protocole."

Phrase = tuple[str, str, str]


def traduire(place: Place) -> Anomalie:
    """The finding for one error of libxml2."""
    sorte, message, conseil = _xsd(place)
    element = place.element.rpartition(":")[2].lower() or "fichier"
    return Anomalie(
        regle=f"xsd.{element}.{sorte}",
        ref=place.ref or lieu(place.chemin),
        message=contracter(message),
        ligne=place.ligne,
        colonne=place.colonne,
        chemin=place.chemin,
        valeur=place.valeur,
        conseil=conseil,
        attendu=_attendu(place, sorte),
    )


def _attendu(place: Place, sorte: str) -> str:
    """What the schema wants there, in a few words; '' where its message does not tell."""
    if sorte in _VALEURS_ATTENDUES:
        return _VALEURS_ATTENDUES[sorte]
    if sorte == "code":
        return ", ".join(_codes(place))
    if sorte in {"inattendu", "incomplet"}:
        return " ou ".join(_noms(place)[:6])
    if place.type in _BORNES:
        return f"{_BORNES[place.type]} {(_LIMITES.findall(place.message) or ['?'])[-1]}"
    if sorte == "longueur":
        return f"{_deux_nombres(place)[1]} caractères"
    return FORMATS.get(place.element, "") if sorte in {"format", "valeur"} else ""


def _xsd(place: Place) -> Phrase:
    faire = _SORTES.get(place.type)
    return faire(place) if faire else ("autre", _brut(place), _EXPORT)


def _brut(place: Place) -> str:
    return f"{libelle(place.element)} ne respecte pas le schéma ({place.message.strip()})"


def _valeur(place: Place) -> str:
    found = _VALEUR.search(place.message) or _VALEUR_TYPE.search(place.message)
    valeur = found.group(1) if found else place.valeur or ""
    return valeur if len(valeur) <= 80 else f"{valeur[:77]}..."


def _sujet(place: Place) -> str:
    """The element, or one of its attributes when it is not the plain value `V`."""
    found = _ATTRIBUT.search(place.message)
    if found is None or found.group(1) == "V":
        return libelle(place.element)
    return f"l'attribut {found.group(1)} de {libelle(place.element)}"


def _noms(place: Place) -> list[str]:
    found = _ATTENDUS.search(place.message)
    if found is None:
        return []
    noms = (nom.strip().rpartition("}")[2] for nom in found.group(1).split(", "))
    return [nom for nom in noms if nom and not nom.startswith("##other")]


def _structure(place: Place) -> Phrase:
    attendus = _noms(place)
    liste = " ou ".join(map(libelle, attendus[:6])) + (" ou…" if len(attendus) > 6 else "")
    if "Missing child" in place.message:
        message = f"{libelle(place.element)} est incomplet"
        return "incomplet", f"{message} : il manque {liste}" if liste else message, _EXPORT
    if "xmlns" in place.message or re.search(r"Element '\{[^}]*aller\}", place.message):
        return (
            "espace",
            f"{libelle(place.element)} est dans l'espace de noms du PES ; seule la racine y est",
            "Signaler à l'éditeur du logiciel : seule la racine porte le préfixe (xmlns:n).",
        )
    suite = f" ; à cet endroit, le protocole attend {liste}" if liste else ""
    if place.element in attendus:
        suite = " ; il est répété ou mal placé"
    return "inattendu", f"{libelle(place.element)} n'a pas sa place ici{suite}", _EXPORT


def _codes(place: Place) -> list[str]:
    found = _ENSEMBLE.search(place.message)
    return [code.strip().strip("'") for code in found.group(1).split(", ")] if found else []


def _code(place: Place) -> Phrase:
    codes = _codes(place)
    return (
        "code",
        f"le code « {_valeur(place)} » n'existe pas pour {_sujet(place)}",
        f"Codes admis : {', '.join(codes)}." if codes else _SAISIR,
    )


def _trop_long(place: Place) -> Phrase:
    longueur, maximum = _deux_nombres(place)
    return (
        "longueur",
        f"{_sujet(place)} compte {longueur} caractères ; {maximum} au plus sont admis",
        f"Raccourcir à {maximum} caractères.",
    )


def _trop_court(place: Place) -> Phrase:
    longueur, minimum = _deux_nombres(place)
    if longueur == "0":
        return "vide", f"{_sujet(place)} est vide", "Renseigner la valeur, ou retirer la balise."
    return (
        "longueur",
        f"{_sujet(place)} compte {longueur} caractère(s) ; il en faut au moins {minimum}",
        _format_attendu(place),
    )


def _longueur_exacte(place: Place) -> Phrase:
    longueur, voulue = _deux_nombres(place)
    if longueur == "0":
        return _trop_court(place)
    return (
        "longueur",
        f"{_sujet(place)} compte {longueur} caractère(s) ; il en faut {voulue}",
        _format_attendu(place),
    )


def _deux_nombres(place: Place) -> tuple[str, str]:
    apres = place.message.rpartition("' has a length of ")[2]
    nombres = _NOMBRES.findall("'" + apres if not apres.startswith("'") else apres)
    return (nombres[0], nombres[1]) if len(nombres) > 1 else ("?", "?")


def _format_attendu(place: Place) -> str:
    attendu = FORMATS.get(place.element)
    return f"Forme attendue : {attendu}." if attendu else _SAISIR


def _motif(place: Place) -> Phrase:
    valeur = _valeur(place)
    if not valeur:
        return "vide", f"{_sujet(place)} est vide", "Renseigner la valeur, ou retirer la balise."
    if valeur in {"nc", ".", " "}:
        message = f"« {valeur} » ne renseigne pas {_sujet(place)}"
        return "valeur", message, "Donner la vraie valeur, ou retirer la balise si elle est libre."
    if set(valeur) == {"0"}:
        return "valeur", f"{_sujet(place)} ne peut pas être fait que de zéros", _SAISIR
    motif = place.message.rpartition("the pattern ")[2].strip(" .'")
    attendu = FORMATS.get(place.element) or f"motif {motif}"
    return (
        "format",
        f"« {valeur} » n'a pas la forme voulue pour {_sujet(place)}",
        f"Forme attendue : {attendu}.",
    )


def _borne(mot: str) -> Callable[[Place], Phrase]:
    def faire(place: Place) -> Phrase:
        limite = (_LIMITES.findall(place.message) or ["?"])[-1]
        message = f"{_sujet(place)} vaut {_valeur(place)} ; il doit être {mot} {limite}"
        return "valeur", message, _SAISIR

    return faire


def _chiffres(place: Place) -> Phrase:
    limite = (_NOMBRES.findall(place.message) or ["?"])[-1]
    message = f"{_sujet(place)} ({_valeur(place)}) a plus de {limite} chiffres"
    return "chiffres", message, f"Le protocole admet {limite} chiffres en tout."


def _decimales(place: Place) -> Phrase:
    limite = (_NOMBRES.findall(place.message) or ["?"])[-1]
    message = f"{_sujet(place)} ({_valeur(place)}) a plus de {limite} décimales"
    return "decimales", message, f"Arrondir à {limite} décimales dans le logiciel émetteur."


def _type(place: Place) -> Phrase:
    valeur = _valeur(place)
    found = _TYPE.search(place.message.strip())
    nom = found.group(1) if found else ""
    if not valeur.strip():
        return "vide", f"{_sujet(place)} est vide", "Renseigner la valeur, ou retirer la balise."
    sorte, attendu = _nature(place, nom, valeur)
    return sorte, f"« {valeur} » n'est pas une valeur admise pour {_sujet(place)}", attendu


def _nature(place: Place, nom: str, valeur: str) -> tuple[str, str]:
    """Kind of value expected, guessed from the type, the element and the value."""
    if nom.endswith("ID"):
        return "identifiant", "L'identifiant est unique et commence par une lettre."
    if nom.endswith("date") or place.element.startswith(("Dte", "Date")):
        return "date", "Ecrire la date AAAA-MM-JJ, par exemple 2026-12-31."
    if nom.endswith("boolean"):
        return "booleen", "Valeurs admises : 0 (non) ou 1 (oui)."
    if nom.endswith("gYear"):
        return "annee", "Ecrire l'année sur quatre chiffres."
    if nom.endswith("base64Binary"):
        return "base64", "Joindre de nouveau le document."
    if "," in valeur:
        return "nombre", "Ecrire le montant avec un point décimal et sans séparateur de milliers."
    if place.element in FORMATS:
        return "valeur", f"Forme attendue : {FORMATS[place.element]}."
    if place.element.startswith("Mt"):
        return "nombre", "Un montant s'écrit en chiffres, avec un point et deux décimales au plus."
    return "nombre", "Un nombre est attendu, en chiffres seulement."


def _attribut_manquant(place: Place) -> Phrase:
    found = _ATTRIBUT_NOMME.search(place.message)
    nom = found.group(1) if found else "V"
    if nom == "V":
        return "attribut", f"{libelle(place.element)} n'a pas de valeur (attribut V)", _EXPORT
    return "attribut", f"l'attribut {nom} manque à {libelle(place.element)}", _EXPORT


def _attribut_en_trop(place: Place) -> Phrase:
    found = _ATTRIBUT_NOMME.search(place.message)
    nom = found.group(1) if found else "?"
    return "attribut", f"l'attribut {nom} n'existe pas pour {libelle(place.element)}", _EXPORT


def _contenu(place: Place) -> Phrase:
    return (
        "contenu",
        f"{libelle(place.element)} contient un texte ou un élément qui n'y a pas sa place",
        "La valeur s'écrit dans l'attribut V, rien entre les balises. " + _EXPORT,
    )


def _racine(place: Place) -> Phrase:
    return "racine", f"{libelle(place.element)} n'est pas un document de ce schéma", _EXPORT


_SORTES: dict[str, Callable[[Place], Phrase]] = {
    "SCHEMAV_ELEMENT_CONTENT": _structure,
    "SCHEMAV_CVC_ENUMERATION_VALID": _code,
    "SCHEMAV_CVC_MAXLENGTH_VALID": _trop_long,
    "SCHEMAV_CVC_MINLENGTH_VALID": _trop_court,
    "SCHEMAV_CVC_LENGTH_VALID": _longueur_exacte,
    "SCHEMAV_CVC_PATTERN_VALID": _motif,
    "SCHEMAV_CVC_MININCLUSIVE_VALID": _borne("au moins"),
    "SCHEMAV_CVC_MAXINCLUSIVE_VALID": _borne("au plus"),
    "SCHEMAV_CVC_MINEXCLUSIVE_VALID": _borne("supérieur à"),
    "SCHEMAV_CVC_MAXEXCLUSIVE_VALID": _borne("inférieur à"),
    "SCHEMAV_CVC_TOTALDIGITS_VALID": _chiffres,
    "SCHEMAV_CVC_FRACTIONDIGITS_VALID": _decimales,
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_1": _type,
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_2": _type,
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_3": _type,
    "SCHEMAV_CVC_COMPLEX_TYPE_4": _attribut_manquant,
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": _attribut_en_trop,
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_2": _attribut_en_trop,
    "SCHEMAV_CVC_COMPLEX_TYPE_2_1": _contenu,
    "SCHEMAV_CVC_COMPLEX_TYPE_2_2": _contenu,
    "SCHEMAV_CVC_COMPLEX_TYPE_2_3": _contenu,
    "SCHEMAV_CVC_TYPE_3_1_1": _attribut_en_trop,
    "SCHEMAV_CVC_TYPE_3_1_2": _contenu,
    "SCHEMAV_CVC_ELT_1": _racine,
}

_BORNES = {
    "SCHEMAV_CVC_MAXLENGTH_VALID": "en caractères, au plus",
    "SCHEMAV_CVC_MININCLUSIVE_VALID": "au moins",
    "SCHEMAV_CVC_MAXINCLUSIVE_VALID": "au plus",
    "SCHEMAV_CVC_MINEXCLUSIVE_VALID": "supérieur à",
    "SCHEMAV_CVC_MAXEXCLUSIVE_VALID": "inférieur à",
    "SCHEMAV_CVC_TOTALDIGITS_VALID": "en chiffres, au plus",
    "SCHEMAV_CVC_FRACTIONDIGITS_VALID": "en décimales, au plus",
}
_VALEURS_ATTENDUES = {
    "vide": "une valeur, ou pas de balise",
    "date": "une date AAAA-MM-JJ",
    "booleen": "0 ou 1",
    "annee": "une année sur quatre chiffres",
    "nombre": "un nombre, avec un point décimal",
    "identifiant": "un identifiant unique qui commence par une lettre",
    "base64": "le document encodé en base64",
}

_REFAIRE = "Refaire l'export ; si l'erreur demeure, la signaler à l'éditeur du logiciel."
# Two codes of expat, for whoever knows better which of them it is.
SYNTAXE, ENCODAGE = 4, 6
_XML: dict[int, str] = {
    3: "coupe",
    SYNTAXE: "syntaxe",
    5: "coupe",
    ENCODAGE: "encodage",
    7: "balises",
    8: "attribut",
    9: "fin",
    11: "entite",
    14: "caractere",
    17: "declaration",
    18: "encodage",
    20: "coupe",
    27: "espace",
}


def mal_forme(code: int, *, ligne: int, colonne: int, chemin: str) -> Anomalie:
    """The finding for a file that is no well-formed XML; `code` is that of expat."""
    return Anomalie(
        f"xml.{_XML.get(code, 'mal_forme')}",
        "fichier",
        EXPAT.get(code, "le fichier n'est pas du XML bien formé"),
        ligne=ligne,
        colonne=colonne,
        chemin=chemin,
        conseil=_REFAIRE,
    )
