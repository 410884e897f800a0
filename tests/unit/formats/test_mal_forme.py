"""Whatever parser stops, a clerk reads why in French, with the line."""

from __future__ import annotations

from xml.parsers import expat

import pytest
from lxml import etree

from vaguemestre.formats.mal_forme import raison

MAUVAIS = {
    "<a>\n<b></a>": "une balise fermante ne correspond pas à l'ouvrante",
    "<a>\n<b>": "des balises ne sont pas fermées",
    "<a/>\n<b/>": "quelque chose suit la fin du document",
    "<a>\n&amp &</a>": "un caractère n'est pas à sa place",
    '<a>\n<b x="1" x="2"/></a>': "un attribut est donné deux fois",
    "<a>\n&inconnue;</a>": "une entité (&…;) n'est pas définie",
    '<a>\n<b x="1</a>': "un caractère n'est pas à sa place",
    "<a>\n<n:b/></a>": "un préfixe de balise n'est pas déclaré",
    '<a>\n<?xml version="1.0"?></a>': "la déclaration <?xml … ?> n'est pas au début du fichier",
    "<a>\n<![CDATA[ </a>": "une section CDATA n'est pas fermée",
}


def _de_libxml2(octets: bytes) -> str:
    analyseur = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    with pytest.raises(etree.XMLSyntaxError) as faute:
        etree.fromstring(octets, analyseur)
    return raison(faute.value)


def _d_expat(octets: bytes) -> str:
    with pytest.raises(expat.ExpatError) as faute:
        expat.ParserCreate(namespace_separator="}").Parse(octets, True)
    return raison(faute.value)


@pytest.mark.parametrize("texte", MAUVAIS)
def test_both_parsers_are_put_in_the_same_words(texte: str) -> None:
    dites = {_de_libxml2(texte.encode()), _d_expat(texte.encode())}
    assert all(MAUVAIS[texte] in dite for dite in dites), dites
    assert all(dite.startswith("ligne 2 : ") for dite in dites), dites


def test_bytes_of_another_encoding_are_told() -> None:
    assert "encodage annoncé" in _de_libxml2(b'<?xml version="1.0" encoding="UTF-8"?><a>\xe9</a>')


def test_a_code_that_nobody_foresaw_is_given_with_its_place() -> None:
    faute = expat.ExpatError("?")
    faute.code, faute.lineno = 99, 7
    assert raison(faute) == "ligne 7 : la lecture s'arrête là (code 99)"


def test_a_character_that_xml_forbids_is_told() -> None:
    assert "caractère" in _de_libxml2(b"<a>&#1;</a>")
    assert "caractère" in _d_expat(b"<a>&#1;</a>")
