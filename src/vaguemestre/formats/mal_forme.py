"""Why a file is no XML, in French: the parsers say it in English.

Codes: `XML_ERROR_*` of expat (expat.h), `XML_ERR_*` of libxml2 (xmlerror.h).
"""

from __future__ import annotations

from xml.parsers.expat import ExpatError

from lxml.etree import XMLSyntaxError

_SYNTAXE = "un caractère n'est pas à sa place (&, <, guillemet ou caractère de contrôle)"
_COUPE = "des balises ne sont pas fermées"
_COUPE_DANS = "le fichier est coupé au milieu d'une balise"
_OCTETS = "des octets ne sont pas dans l'encodage annoncé"
_BALISES = "une balise fermante ne correspond pas à l'ouvrante"
_DEUX_FOIS = "un attribut est donné deux fois"
_APRES = "quelque chose suit la fin du document"
_ENTITE = "une entité (&…;) n'est pas définie"
_CARACTERE = "une référence de caractère (&#…;) désigne un caractère interdit"
_DECLARATION = "la déclaration <?xml … ?> n'est pas au début du fichier"
_ENCODAGE = "l'encodage annoncé n'existe pas"
_CDATA = "une section CDATA n'est pas fermée"
_PREFIXE = "un préfixe de balise n'est pas déclaré"
_VIDE = "il n'y a pas de balise"

EXPAT: dict[int, str] = {
    2: _SYNTAXE,
    3: f"le fichier est coupé : {_COUPE}",
    4: _SYNTAXE,
    5: _COUPE_DANS,
    6: _OCTETS,
    7: _BALISES,
    8: _DEUX_FOIS,
    9: _APRES,
    11: _ENTITE,
    14: _CARACTERE,
    17: _DECLARATION,
    18: _ENCODAGE,
    20: _CDATA,
    27: _PREFIXE,
}
_LIBXML2: dict[int, str] = {
    4: _VIDE,
    5: _APRES,
    6: _CARACTERE,
    7: _CARACTERE,
    8: _CARACTERE,
    9: _SYNTAXE,
    22: _SYNTAXE,
    23: _SYNTAXE,
    26: _ENTITE,
    27: _ENTITE,
    32: _ENCODAGE,
    38: _SYNTAXE,
    39: _SYNTAXE,
    40: _SYNTAXE,
    41: _SYNTAXE,
    42: _DEUX_FOIS,
    63: _CDATA,
    64: _DECLARATION,
    65: _SYNTAXE,
    68: _SYNTAXE,
    73: _COUPE_DANS,
    74: _COUPE_DANS,
    76: _BALISES,
    77: _COUPE,
    81: _OCTETS,
    201: _PREFIXE,
}


def raison(error: XMLSyntaxError | ExpatError) -> str:
    """« ligne 12 : une balise fermante ne correspond pas à l'ouvrante »."""
    codes = EXPAT if isinstance(error, ExpatError) else _LIBXML2
    code = int(getattr(error, "code", 0))
    dite = codes.get(code, f"la lecture s'arrête là (code {code})")
    return f"ligne {error.lineno} : {dite}" if error.lineno else dite
