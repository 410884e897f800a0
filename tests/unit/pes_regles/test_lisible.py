"""A file that cannot be read as XML: which word for which accident, and at which line."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.unit.pes_check import fabrique as f
from tests.unit.pes_regles.epreuve import depense, etaler, examiner_octets, regles_de
from tests.unit.pes_regles.test_regles import verifier_la_phrase
from vaguemestre import pes
from vaguemestre.pes.examen import Reglages, examiner
from vaguemestre.pes.schema import Schemas

BON = etaler(depense(refs=f.pj_ref(), suite=f.pes_pj(f.pj())))
_MODULES = ("examen", "tete", "localisation", "lecture", "flot", "squelette")


def _sans(debut: bytes) -> bytes:
    return BON[: BON.index(debut)]


# Rule, what is replaced, by what.
ACCIDENTS: dict[str, tuple[str, bytes, bytes]] = {
    "crossed tags": ("xml.balises", b"</Bordereau>", b"</Bordero>"),
    "bare ampersand": ("xml.syntaxe", b"FOURNITURES", b"A & B"),
    "less-than in a value": ("xml.syntaxe", b"FOURNITURES", b"A < B"),
    "control character": ("xml.syntaxe", b"FOURNITURES", b"A\x01B"),
    "unquoted value": ("xml.syntaxe", b'<IdPce V="411"', b"<IdPce V=411"),
    "unknown entity": ("xml.entite", b"FOURNITURES", b"&eacute;"),
    "reference to a forbidden character": ("xml.caractere", b"FOURNITURES", b"&#1;"),
    "attribute given twice": ("xml.attribut", b'<IdPce V="411"', b'<IdPce V="411" V="412"'),
    "prefix not declared": ("xml.espace", b'<IdPce V="411"', b'<z:IdPce V="411"'),
    "something after the end": ("xml.fin", b"</n:PES_Aller>", b"</n:PES_Aller>\n<suite/>"),
}


@pytest.mark.parametrize("nom", ACCIDENTS)
def test_an_accident_has_its_word_and_its_line(nom: str, tmp_path: Path, schemas: Schemas) -> None:
    regle, bon, faux = ACCIDENTS[nom]
    octets = BON.replace(bon, faux, 1)
    assert octets != BON
    examen = examiner_octets(tmp_path, octets, schemas)
    (anomalie,) = [a for a in examen.anomalies if a.regle.startswith("xml.")]
    assert anomalie.regle == regle
    assert anomalie.bloquante
    touchee = octets[: octets.index(faux)].count(b"\n") + 1 + faux.count(b"\n")
    assert anomalie.ligne == touchee
    assert (anomalie.colonne or 0) >= 1
    assert anomalie.chemin.startswith("/")
    verifier_la_phrase(anomalie)


@pytest.mark.parametrize(
    ("octets", "regle"),
    [
        (b"", "xml.vide"),
        (b"bonjour", "xml.nature"),
        (f.PDF, "xml.nature"),
        ("<a/>".encode("utf-16"), "xml.encodage"),
        (BON.replace(b"ISO-8859-1", b"UTF-8").replace(b"NOUMEA", b"NOUM\xc9A"), "xml.encodage"),
        (b"<facture/>", "xml.racine"),
        (BON.replace(b"<n:PES_Aller", b"<!DOCTYPE a><n:PES_Aller", 1), "xml.doctype"),
        (_sans(b"</Fichier"), "xml.coupe"),
        (_sans(b"</Piece>"), "xml.coupe"),
        (_sans(b'="03"/>'), "xml.coupe"),
        (b"\n" + BON, "xml.declaration"),
        (f.pes("<a/>" * 1_300_000), "xml.demesure"),
        (BON.replace(b'version="1.0"', b'version="2.0"', 1), "xml.mal_forme"),
        (BON.replace(b"<Enveloppe>", b'<Enveloppe xmlns:z="">', 1), "xml.mal_forme"),
    ],
)
def test_an_unreadable_file_says_what_it_is(
    octets: bytes, regle: str, tmp_path: Path, schemas: Schemas
) -> None:
    examen = examiner_octets(tmp_path, octets, schemas)
    assert regle in regles_de(examen)
    assert examen.verdict == "rejete"
    for anomalie in examen.anomalies:
        verifier_la_phrase(anomalie)


def test_a_file_that_cannot_be_opened_is_a_finding(tmp_path: Path, schemas: Schemas) -> None:
    examen = examiner(tmp_path / "absent.xml", schemas=schemas)
    assert regles_de(examen) == ["xml.illisible"]
    assert examen.as_json()["verdict"] == "rejete"


def test_every_identifier_written_outside_the_catalogue_is_tried_here() -> None:
    """Adding a finding to the reading itself asks for its example in this file."""
    dossier = Path(pes.__file__).parent
    ecrits = {
        noeud.value
        for module in _MODULES
        for noeud in ast.walk(ast.parse((dossier / f"{module}.py").read_text("utf-8")))
        if isinstance(noeud, ast.Constant)
        and isinstance(noeud.value, str)
        and re.fullmatch(r"(xml|xsd|pes|sig|pj|registre)\.[a-z_]+", noeud.value)
    }
    ici = Path(__file__).read_text("utf-8")
    ailleurs = (Path(__file__).parent / "test_schema.py").read_text("utf-8")
    assert ecrits
    assert {regle for regle in ecrits if f'"{regle}"' not in ici + ailleurs} == set()


def test_only_the_schema_on_demand(tmp_path: Path, schemas: Schemas) -> None:
    octets = depense(b={"NbrPce": "2"}, refs=f.pj_ref())
    examen = examiner_octets(tmp_path, octets, schemas, reglages=Reglages(schema_seul=True))
    assert examen.anomalies == ()
    assert examen.sommaire is not None
