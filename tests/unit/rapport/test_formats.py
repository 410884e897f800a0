"""Every format says everything, runs nothing, loses nothing, and is the same each time."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from typing_extensions import override

from tests.unit.rapport.exemples import PIEGES, anomalie, rapport
from vaguemestre.errors import Anomalie, Gravite, RessourceError, UsageError
from vaguemestre.formats.explication import regrouper
from vaguemestre.rapport.formats import FORMATS, ecrire, rendre
from vaguemestre.rapport.lignes import COLONNES, montrable, sans_formule
from vaguemestre.rapport.modele import MONTREES, Rapport
from vaguemestre.rapport.pdf import imprimable
from vaguemestre.rapport.tableur import CELLULE_MAX


class Lecteur(HTMLParser):
    """Checks that elements close in order; keeps text, headings, captions and scopes."""

    def __init__(self) -> None:
        super().__init__()
        self.ouverts: list[str] = []
        self.vus: list[str] = []
        self.portees: list[str | None] = []
        self.texte = ""

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.vus.append(tag)
        if tag == "th":
            self.portees.append(dict(attrs).get("scope"))
        if tag not in {"meta", "link", "br"}:
            self.ouverts.append(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self.ouverts.pop() == tag

    @override
    def handle_data(self, data: str) -> None:
        self.texte += data


def lire_html(octets: bytes) -> Lecteur:
    lecteur = Lecteur()
    lecteur.feed(octets.decode("utf-8"))
    assert lecteur.ouverts == []
    return lecteur


def rangees(octets: bytes) -> list[dict[str, str]]:
    assert octets.startswith(b"\xef\xbb\xbf")
    texte = octets.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(texte, newline=""), delimiter=";"))


def texte_du_pdf(octets: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(octets)).pages)


@pytest.mark.parametrize("format_", sorted(FORMATS))
def test_the_same_report_gives_the_same_bytes(format_: str) -> None:
    assert rendre(rapport(*PIEGES), format_) == rendre(rapport(*PIEGES), format_)


@pytest.mark.parametrize("format_", sorted(FORMATS))
def test_an_empty_report_is_a_whole_one(format_: str) -> None:
    assert rendre(Rapport(titre="Rien", version="1", fichiers=()), format_)


def test_page_is_well_formed_accessible_and_harmless() -> None:
    octets = rendre(rapport(*PIEGES, quand=datetime(2026, 11, 21, tzinfo=UTC).isoformat()), "html")
    page = lire_html(octets)
    assert '<html lang="fr">' in octets.decode("utf-8")
    assert "script" not in page.vus
    assert not {"img", "link", "iframe"} & set(page.vus)
    assert page.vus.count("h1") == 1
    assert page.vus.count("table") == page.vus.count("caption")
    assert set(page.portees) <= {"col", "row"}
    assert "@media print" in octets.decode("utf-8")
    for attendu in ("Que faire", "attendue", "ligne 41 du fichier", "bordereau 1 / mandat 832",
                    "pes.bordereau.nbrpce", "21/11/2026", "NbrPce", PIEGES[0]):  # fmt: skip
        assert attendu in page.texte


def test_page_puts_the_gravest_first_and_groups_what_repeats() -> None:
    nombre = MONTREES + 5
    page = lire_html(rendre(rapport(*("9",) * nombre), "html"))
    assert f"{nombre} fois" in page.texte
    assert "et 5 autre(s) endroit(s)" in page.texte
    places = [page.texte.index(mot) for mot in ("illisible", "le bordereau annonce", "à vérifier")]
    assert places == sorted(places)


def test_json_has_every_finding_in_its_file_and_its_group() -> None:
    document = json.loads(rendre(rapport("3", "4"), "json"))
    assert document["verdict"] == "rejete"
    (fautif, sain) = document["fichiers"]
    assert [a["regle"] for a in fautif["anomalies"]] == [
        "xsd.nbrpce.nombre",
        "pes.bordereau.nbrpce",
        "pes.bordereau.nbrpce",
        "pj.format",
    ]
    assert fautif["anomalies"][1]["attendu"] == "2"
    assert "attendu" not in fautif["anomalies"][0]
    assert sain["anomalies"] == []
    assert [g["nombre"] for g in document["groupes"]] == [1, 2, 1]


def test_csv_opens_in_a_french_excel_and_runs_nothing() -> None:
    lues = rangees(rendre(rapport(*PIEGES), "csv"))
    assert list(lues[0]) == list(COLONNES)
    assert len(lues) == len(PIEGES) + 2
    assert lues[0]["gravité"] == "Bloque tout le fichier"
    valeurs = [rangee["valeur lue"] for rangee in lues[1:-1]]
    assert [v.removeprefix("'") for v in valeurs] == [montrable(piege) for piege in PIEGES]
    for rangee in lues:
        for cellule in rangee.values():
            assert not cellule.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "＝"))
    premiere = lues[1]
    assert (premiere["bordereau"], premiere["pièce"], premiere["ligne de pièce"]) == (
        "1",
        "mandat 832",
        "4",
    )
    assert (premiere["ligne du fichier"], premiere["fichier"]) == ("41", "depots/pes <1>.xml")


@given(st.text())
def test_no_text_becomes_a_formula_and_none_is_lost(texte: str) -> None:
    cellule = sans_formule(texte)
    assert cellule.removeprefix("'") == texte or cellule == texte
    if cellule == texte and texte.lstrip(" \u00a0")[:1] in {"=", "@"}:
        pytest.fail(texte)


def test_a_plain_negative_amount_stays_a_number() -> None:
    assert sans_formule("-12.50") == "-12.50"
    assert sans_formule("-12.50+1") == "'-12.50+1"


def test_xlsx_holds_texts_never_formulas() -> None:
    classeur = openpyxl.load_workbook(io.BytesIO(rendre(rapport(*PIEGES), "xlsx")))
    constats, fichiers = classeur["Constats"], classeur["Fichiers"]
    lues = list(constats.iter_rows())
    assert [c.value for c in lues[0]] == list(COLONNES)
    assert {c.data_type for rangee in lues for c in rangee} <= {"s", "n", "inlineStr"}
    valeurs = [rangee[COLONNES.index("valeur lue")].value for rangee in lues[2:-1]]
    assert valeurs[0] == PIEGES[0]
    assert valeurs[9] == "cloche [U+0007]"
    assert len(str(valeurs[-1])) == CELLULE_MAX
    assert "40000 caractères en tout" in str(valeurs[-1])
    assert [rangee[0].value for rangee in fichiers.iter_rows()] == [
        "fichier",
        "depots/pes <1>.xml",
        "/tmp/été 2.xml",
    ]


def test_pdf_says_what_the_page_says() -> None:
    octets = rendre(rapport(*PIEGES[2:-1]), "pdf")
    texte = "".join(texte_du_pdf(octets).split())  # lines break where they must
    for attendu in ("Contrôle d'essai", "Rejeté", "Que faire : Corriger le nombre de pièces.",
                    "mandat 832", "pes.bordereau.nbrpce", "attendu : 2", "[U+4E2D]", "[U+0007]",
                    "1234.56", "d'août"):  # fmt: skip
        assert "".join(attendu.split()) in texte
    assert b"/Lang (fr-FR)" in octets


@given(st.text())
@settings(max_examples=300)
def test_pdf_text_fits_its_fonts_and_drops_no_character(texte: str) -> None:
    rendu = imprimable(texte)
    rendu.encode("latin-1")
    for signe in texte:
        if ord(signe) > 0x2FFF and not 0xFB00 <= ord(signe) <= 0xFB06:
            assert rendu
    if texte.isascii() and texte.isprintable():
        assert rendu == texte


def test_a_character_outside_the_fonts_is_named() -> None:
    assert imprimable("中") == "[U+4E2D]"
    assert imprimable("é € œ ’ → \x00") == "é EUR oe ' -> [U+0000]"


def test_long_values_say_that_they_are_cut_on_paper() -> None:
    assert "40000 caractères en tout" in " ".join(
        texte_du_pdf(rendre(rapport("A" * 40_000), "pdf")).replace("\n", "").split()
    )


def test_groups_hold_every_finding_once() -> None:
    trouvees = rapport(*PIEGES).anomalies
    groupes = regrouper(trouvees)
    assert sorted(a.ref for g in groupes for a in g.anomalies) == sorted(a.ref for a in trouvees)
    rangs = [list(Gravite).index(g.gravite) for g in groupes]
    assert rangs == sorted(rangs)


def test_other_words_make_another_group() -> None:
    deux = (anomalie(1, "3"), Anomalie("pes.bordereau.nbrpce", "x", "tout autre chose"))
    assert len(regrouper(deux)) == 2


def test_an_unknown_ending_lists_the_formats(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"csv, html, json, pdf, sarif, xlsx"):
        ecrire(rapport(), tmp_path / "rapport.docx")


def test_a_folder_that_went_away_is_a_resource_fault(tmp_path: Path) -> None:
    with pytest.raises(RessourceError):
        ecrire(rapport(), tmp_path / "parti" / "rapport.html")


def test_a_column_without_anything_to_say_is_left_out() -> None:
    """A finding of which no place has a value or an expected one shows places only."""
    colonnes = [
        re.findall(r'<th scope="col">([^<]+)</th>', bloc.split("</section>")[0])
        for bloc in rendre(rapport("4"), "html").decode("utf-8").split("<section")[1:]
    ]
    assert sorted(map(len, colonnes)) == [1, 1, 3]
    assert max(colonnes, key=len) == ["Endroit", "Valeur lue", "Valeur attendue"]


def test_a_word_is_whole_in_the_pdf_beside_a_long_path() -> None:
    texte = texte_du_pdf(rendre(rapport("4"), "pdf")).replace("\xa0", " ")
    assert "valeur lue : « 4 »" in texte
    assert "/n:PES_Aller/PES_DepenseAller/Bordereau[1]/BlocBordereau/NbrPce" in texte


def _sarif() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(rendre(rapport("=1+1", "4"), "sarif"))
    return document


def test_sarif_is_of_the_shape_of_the_standard() -> None:
    """SARIF 2.1.0 §3.13 to §3.49: what a reader needs, and only known values."""
    document = _sarif()
    assert document["version"] == "2.1.0"
    (passage,) = document["runs"]
    pilote = passage["tool"]["driver"]
    ids = [regle["id"] for regle in pilote["rules"]]
    assert len(ids) == len(set(ids))
    assert {"pes.bordereau.nbrpce", "pes.autre", "xsd.nbrpce.nombre", "pj.format"} == set(ids)
    for regle in pilote["rules"]:
        assert regle["shortDescription"]["text"]
        assert regle["fullDescription"]["text"]
        assert regle["defaultConfiguration"]["level"] in {"error", "warning"}
    assert passage["columnKind"] in {"utf16CodeUnits", "unicodeCodePoints"}


def test_sarif_results_point_at_their_rule_and_their_place() -> None:
    (passage,) = _sarif()["runs"]
    ids = [regle["id"] for regle in passage["tool"]["driver"]["rules"]]
    niveaux = {r["ruleId"]: r["level"] for r in passage["results"]}
    assert niveaux == {
        "xsd.nbrpce.nombre": "error",
        "pes.bordereau.nbrpce": "error",
        "pj.format": "warning",
    }
    for resultat in passage["results"]:
        assert ids[resultat["ruleIndex"]] == resultat["ruleId"]
        (lieu,) = resultat["locations"]
        uri = lieu["physicalLocation"]["artifactLocation"]["uri"]
        assert uri == "depots/pes%20%3C1%3E.xml"
        region = lieu["physicalLocation"].get("region", {"startLine": 1})
        assert region["startLine"] >= 1
        assert resultat["message"]["text"]
    assert passage["artifacts"][1]["location"]["uri"].startswith("file:///tmp/%C3%A9t%C3%A9")
