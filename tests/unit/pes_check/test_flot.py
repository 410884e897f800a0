"""Below the examination: skeleton, content of PJ, moulds. Each equals its slow, plain twin."""

from __future__ import annotations

import base64
import gzip
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.pes_check import fabrique as f
from vaguemestre.pes.contenu import ContenuVu, Ouvreur
from vaguemestre.pes.faits import Noeud
from vaguemestre.pes.moules import Moules
from vaguemestre.pes.squelette import Doctype, Squelette

TEXTE = re.compile(rb"(<Fichier[^>]*>)([^<]*)(</Fichier)")


def ouvrir() -> Ouvreur:
    return Ouvreur(gunzip=True, expansion_max=10_000_000)


def lire(octets: bytes, grain: int = 1536) -> tuple[bytes, list[ContenuVu], Squelette]:
    squelette = Squelette(io.BytesIO(octets), ouvrir, grain=grain)
    morceaux = []
    while morceau := squelette.read():
        morceaux.append(morceau)
    return b"".join(morceaux), squelette.contenus, squelette


@given(
    pjs=st.lists(st.binary(max_size=400), max_size=4),
    grain=st.integers(1, 300),
    avant=st.sampled_from([b"", b"<!-- <Fichier> -->", b"<![CDATA[<Fichier>]]>", b"<?a <!-- ?>"]),
)
def test_skeleton_is_the_file_without_its_base64(
    pjs: list[bytes], grain: int, avant: bytes
) -> None:
    octets = b"<r>" + avant
    octets += b"".join(b"<Fichier M='>'>" + base64.encodebytes(p) + b"</Fichier>" for p in pjs)
    octets += avant + b"</r>"
    sortie, contenus, squelette = lire(octets, grain)
    assert len(contenus) == sum(1 for p in pjs)
    numeros = iter(range(len(pjs)))

    def remplacer(found: re.Match[bytes]) -> bytes:
        numero = next(numeros)
        lignes = b"\n" * found.group(2).count(b"\n")
        texte = b"%08d" % numero if found.group(2).strip() else b""
        return found.group(1) + texte + lignes + found.group(3)

    nu = re.compile(rb"(<Fichier M='>'>)([^<]*)(</Fichier)")
    assert sortie == nu.sub(remplacer, octets)
    assert squelette.ligne == 1 + octets.count(b"\n")
    assert squelette.colonne == len(octets) - octets.rfind(b"\n") if b"\n" in octets else True


@pytest.mark.parametrize("texte", [b"AA&amp;A", b"<x/>", b"<![CDATA[AAAA]]>", b"<!-- a -->AAAA"])
def test_text_that_is_no_plain_base64_is_left_to_the_parser(texte: bytes) -> None:
    octets = b"<r><Fichier>" + texte + b"</Fichier></r>"
    sortie, contenus, _ = lire(octets)
    assert sortie == octets
    assert contenus == []


def test_doctype_stops_the_reading_with_its_line() -> None:
    with pytest.raises(Doctype) as raison:
        lire(b"<?xml version='1.0'?>\n\n<!DOCTYPE a>\n<a/>")
    assert raison.value.ligne == 3


def test_second_reading_gives_the_same_bytes() -> None:
    octets = f.pes(f.pes_pj(*(f.pj(b"%PDF" + bytes([i]) * 70_000) for i in range(5))))
    sortie, _, premier = lire(octets)
    second = Squelette(io.BytesIO(octets), ouvrir, textes=premier.textes)
    assert b"".join(iter(second.read, b"")) == sortie
    assert second.contenus == []


def ouvert(octets: bytes, pas: int = 7) -> ContenuVu:
    ouvreur = Ouvreur(gunzip=True, expansion_max=100_000)
    for debut in range(0, len(octets), pas):
        ouvreur.feed(octets[debut : debut + pas])
    return ouvreur.fin()


@given(octets=st.binary(max_size=3000), pas=st.integers(1, 500))
def test_any_gzip_is_opened_whole(octets: bytes, pas: int) -> None:
    vu = ouvert(base64.encodebytes(gzip.compress(octets)), pas)
    assert (vu.ouvert, vu.taille, vu.base64, vu.gzip) == (True, len(octets), "", "")


@given(octets=st.binary(max_size=300), pas=st.integers(1, 60))
def test_any_base64_is_judged_as_the_standard_library_does(octets: bytes, pas: int) -> None:
    vu = ouvert(octets, pas)
    blancs = octets.translate(None, b" \t\r\n")
    try:
        normal = base64.b64encode(base64.b64decode(blancs, validate=True)) == blancs
    except ValueError:
        normal = False
    assert (vu.base64 == "") == normal


@pytest.mark.parametrize(
    ("octets", "mot"),
    [
        (gzip.compress(f.PDF)[:-3], "coupé"),
        (gzip.compress(f.PDF)[:-8] + bytes(8), "CRC"),
        (gzip.compress(f.PDF) + b"reste", "étrangers"),
        (b"\x1f\x8b\x08\x00" + b"\xff" * 40, "décompresse"),
        (f.PDF, "pas compressé"),
        (gzip.compress(bytes(200_000)), "dépasse"),
    ],
)
def test_bad_gzip_is_named(octets: bytes, mot: str) -> None:
    assert mot in ouvert(base64.b64encode(octets)).gzip


def test_several_gzip_members_are_one_file() -> None:
    vu = ouvert(base64.b64encode(gzip.compress(b"%PDF-1.4 a") + gzip.compress(b"b%%EOF")))
    assert (vu.gzip, vu.taille, vu.nature) == ("", 16, "pdf")


@pytest.mark.parametrize(
    ("octets", "nature", "defaut"),
    [
        (f.PDF, "pdf", ""),
        (f.PDF[:40], "pdf", "%%EOF"),
        (b"<?xml version='1.0'?><a><b/></a>", "xml", ""),
        (b"<?xml version='1.0'?><a><b></a>", "xml", "mal formé"),
        (b"<?xml version='1.0'?><!DOCTYPE a []><a/>", "xml", "DOCTYPE"),
        (b"PK\x03\x04" + bytes(50), "zip", "zip"),
        (b"PK\x05\x06" + bytes(18), "zip", ""),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "png", "PNG"),
        (b"\xff\xd8\xff" + bytes(20) + b"\xff\xd9", "jpg", ""),
        (b"bonjour", "texte", ""),
        (b"\0\1\2", "", ""),
    ],
)
def test_document_is_recognised_and_its_end_checked(
    octets: bytes, nature: str, defaut: str
) -> None:
    vu = ouvert(base64.b64encode(gzip.compress(octets)))
    assert vu.nature == nature
    assert defaut in vu.defaut
    assert bool(vu.defaut) == bool(defaut)


VALEURS = st.text(
    st.characters(min_codepoint=32, max_codepoint=255, exclude_characters='"<&'), max_size=8
)


def plat(noeud: Noeud) -> tuple[object, ...]:
    lignes = {nom: noeud.ligne_de(nom) for nom in noeud.valeurs}
    enfants = tuple(plat(enfant) for enfant in noeud.enfants)
    return noeud.nom, noeud.rang, noeud.ligne, noeud.chemin, noeud.valeurs, lignes, enfants


@given(
    a=st.lists(VALEURS, min_size=4, max_size=4),
    b=st.lists(VALEURS, min_size=4, max_size=4),
    saut=st.sampled_from(["", "\n", "\r\n  ", " "]),
    ordre=st.permutations(['<X V="{}"/>', '<Y V="{}"/>', '<C><X V="{}"/></C>', '<Y V="{}"/>']),
)
def test_mould_gives_what_tag_by_tag_gives(
    a: list[str], b: list[str], saut: str, ordre: list[str]
) -> None:
    modele = f"<L>{saut}" + saut.join(ordre) + f"{saut}</L>"
    haut = Noeud("haut", 1)
    moules = Moules()
    moules.couler(modele.format(*a), haut, 1, 5)
    verse = moules.couler(modele.format(*b), haut, 2, 9)
    construit = Moules().couler(modele.format(*b), haut, 2, 9)
    assert plat(verse) == plat(construit)
