"""The byte map of an XML file says exactly what an XML parser would."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from vaguemestre.errors import IllisibleError
from vaguemestre.formats.plan import elements, encodage, projeter, racine

NOMS = ("Bordereau", "PJ", "Fichier")
TEXTE = st.text(st.sampled_from("ab<>&'\" \n\té€/"), max_size=8)


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """Documents with elements of those names, look-alikes, and sometimes comments and CDATA."""
    root = etree.Element("{urn:x}R", nsmap={"n": "urn:x"})
    for _ in range(draw(st.integers(0, 6))):
        nom = draw(st.sampled_from([*NOMS, "PJRef", "BordereauX", "Autre"]))
        child = etree.SubElement(root, nom)
        if draw(st.booleans()):
            child.set("V", draw(TEXTE))
        if draw(st.booleans()):
            child.text = draw(TEXTE)
            inner = etree.SubElement(child, draw(st.sampled_from(["X", "PJRef"])))
            inner.tail = draw(TEXTE)
    if draw(st.booleans()):
        root.append(etree.Comment(" <Bordereau/> "))
    encodage_voulu = draw(st.sampled_from(["ISO-8859-1", "UTF-8"]))
    ecrit = etree.tostring(root, xml_declaration=True, encoding=encodage_voulu)
    assert isinstance(ecrit, bytes)
    return ecrit


@given(documents())
def test_each_span_is_the_element_that_a_parser_finds(document: bytes) -> None:
    plan = elements(document, NOMS)
    arbre = etree.fromstring(document)
    code = encodage(document)
    for nom in NOMS:
        attendus = arbre.findall(nom)
        assert len(plan[nom]) == len(attendus)
        for span, attendu in zip(plan[nom], attendus, strict=True):
            texte = document[span.debut : span.fin].decode(code)
            relu = etree.fromstring(texte)
            assert etree.tostring(relu, method="c14n") == etree.tostring(
                attendu, method="c14n", with_tail=False
            ).replace(b' xmlns:n="urn:x"', b"")
            assert span.vide == (document[span.contenu - 2 : span.contenu] == b"/>")


def test_cdata_that_looks_like_an_element_is_not_one() -> None:
    document = b"<R><![CDATA[<Bordereau/>]]><Bordereau Id='a>b'>x</Bordereau></R>"
    (seul,) = elements(document, ["Bordereau"])["Bordereau"]
    assert document[seul.debut : seul.fin] == b"<Bordereau Id='a>b'>x</Bordereau>"
    assert document[seul.contenu : seul.fermeture] == b"x"


def plan_et_racine(document: bytes) -> None:
    elements(document, ["Bordereau"])
    racine(document)


@pytest.mark.parametrize(
    "document",
    [
        b'<?xml version="1.0"?><!DOCTYPE R [<!ENTITY a "b">]><R/>',
        "<R/>".encode("utf-16"),
        b"<R><Bordereau></R>",
        b"",
    ],
)
def test_what_is_dangerous_or_broken_is_refused(document: bytes) -> None:
    with pytest.raises(IllisibleError):
        plan_et_racine(document)


def test_the_root_is_found_after_comments_and_with_a_prefix(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(b"<?xml version='1.0'?>\n<!-- n:R --><n:R xmlns:n='urn:x'>\n<a/></n:R>\n")
    with projeter(path) as octets:
        found = racine(octets)
        assert found.nom == "n:R"
        assert octets[found.fermeture : found.fin] == b"</n:R>"


def test_an_empty_file_can_be_mapped(tmp_path: Path) -> None:
    path = tmp_path / "vide"
    path.touch()
    with projeter(path) as octets:
        assert len(octets) == 0
