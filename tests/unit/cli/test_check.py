"""`check`: the verdict, its JSON, its exit codes; nothing is touched."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.partage import donnees
from tests.unit.cli.conftest import Appel
from vaguemestre.pes.regles.fiches import fiches

CLES = {
    "file",
    "verdict",
    "schema",
    "anomalies",
    "bordereaux",
    "pieces",
    "pj",
    "total_ht",
}
CLES_ANOMALIE = {"regle", "gravite", "ref", "ligne", "chemin", "message", "conseil"}
GRAVITES = {"rejet_flux", "rejet_bordereau", "rejet_pj", "avertissement"}
PREFIXES = ("xsd.", "xml.", "pes.", "sig.", "pj.", "registre.", "depot.")


def test_a_good_pes_is_accepted_in_one_document(pes: Path, appeler: Appel) -> None:
    avant = pes.read_bytes()
    dit = appeler("check", "--json", pes)
    document = dit.json()
    assert dit.code == 0
    assert isinstance(document, dict)
    assert set(document) - {"pdf"} == CLES
    assert document["file"] == str(pes)
    assert (document["verdict"], document["schema"]) == ("accepte", "5.30")
    assert (document["bordereaux"], document["pieces"], document["pj"]) == (1, 2, 2)
    assert isinstance(document["total_ht"], str)
    assert pes.read_bytes() == avant


def test_a_finding_in_a_pipe_is_one_line_that_grep_finds(pes: Path, appeler: Appel) -> None:
    octets = pes.read_bytes()
    pes.write_bytes(octets.replace(b"<MtBordHT ", b"<MtBordHt ", 1))
    constat = appeler("check", "--json", pes).json()
    assert isinstance(constat, dict)
    dit = appeler("check", pes).out.splitlines()
    messages = [anomalie["message"] for anomalie in constat["anomalies"]]
    assert max(map(len, messages)) > 100
    assert all(f"    {message}" in dit for message in messages)
    assert not [ligne for ligne in dit if ligne != ligne.rstrip()]


@pytest.mark.parametrize("forme", ["dossier", "zip"])
def test_a_deposit_is_checked_as_the_pes_it_would_become(
    forme: str, depot: Path, tmp_path: Path, appeler: Appel
) -> None:
    chemin = depot
    if forme == "zip":
        chemin = Path(shutil.make_archive(str(tmp_path / "z"), "zip", depot))
    avant = sorted(tmp_path.rglob("*"))
    dit = appeler("check", "--json", chemin)
    document = dit.json()
    assert dit.code == 0
    assert isinstance(document, dict)
    assert (document["verdict"], document["pieces"], document["pj"]) == ("accepte", 2, 2)
    assert "collectivité fictive" in dit.err
    assert sorted(tmp_path.rglob("*")) == avant


def test_several_files_give_a_list_and_the_worst_decides(
    pes: Path, tmp_path: Path, appeler: Appel
) -> None:
    faux = tmp_path / "faux.xml"
    faux.write_bytes(pes.read_bytes().replace(b'<NbrPce V="2"', b'<NbrPce V="3"'))
    dit = appeler("check", pes, faux, "--json")
    documents = dit.json()
    assert dit.code == 30
    assert isinstance(documents, list)
    assert [d["verdict"] for d in documents] == ["accepte", "rejete"]
    assert any(a["regle"] == "pes.bordereau.nbrpce" for a in documents[1]["anomalies"])


def test_every_finding_has_the_promised_keys(pes: Path, tmp_path: Path, appeler: Appel) -> None:
    faux = tmp_path / "faux.xml"
    faux.write_bytes(pes.read_bytes().replace(b'<NbrPce V="2"', b'<NbrPce V="x"'))
    document = appeler("check", faux, "--json").json()
    assert isinstance(document, dict)
    assert document["anomalies"]
    for anomalie in document["anomalies"]:
        assert set(anomalie) >= CLES_ANOMALIE
        assert anomalie["regle"].startswith(PREFIXES)
        assert anomalie["gravite"] in GRAVITES
        assert anomalie["message"]
    assert any(
        a["regle"].startswith("xsd.") and a["chemin"].endswith("NbrPce")
        for a in document["anomalies"]
    )


def test_people_read_a_sentence_and_no_json(pes: Path, tmp_path: Path, appeler: Appel) -> None:
    faux = tmp_path / "faux.xml"
    faux.write_bytes(pes.read_bytes().replace(b'<NbrPce V="2"', b'<NbrPce V="3"'))
    dit = appeler("check", faux)
    assert dit.code == 30
    assert "rejeté (schéma 5.30)" in dit.out
    assert "le bordereau annonce 3 mandat(s) et en contient 2" in dit.out


def test_schema_only_is_silent_about_rules(pes: Path, tmp_path: Path, appeler: Appel) -> None:
    faux = tmp_path / "faux.xml"
    faux.write_bytes(pes.read_bytes().replace(b'<NbrPce V="2"', b'<NbrPce V="3"'))
    dit = appeler("check", faux, "--schema-only", "--json")
    document = dit.json()
    assert dit.code == 0
    assert isinstance(document, dict)
    assert not any(a["regle"].startswith(("pes.", "pj.")) for a in document["anomalies"])


def test_the_schema_asked_for_is_the_one_used(pes: Path, appeler: Appel) -> None:
    document = appeler("check", pes, "--schema", "5.17", "--json").json()
    assert isinstance(document, dict)
    assert document["schema"] == "5.17"


def test_an_unknown_schema_is_wrong_usage(pes: Path, appeler: Appel) -> None:
    dit = appeler("check", pes, "--schema", "9.99")
    assert dit.code == 2
    assert "5.17, 5.30" in dit.err


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"ceci n'est pas du XML",
        b"<a><b></a>",
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>',
        b"\x00\xff\xfe" * 100,
        b"<?xml version='1.0'?><autre/>",
    ],
    ids=["vide", "texte", "mal-forme", "doctype", "octets", "autre-racine"],
)
def test_what_is_no_pes_is_rejected_as_unreadable(
    octets: bytes, tmp_path: Path, appeler: Appel
) -> None:
    path = tmp_path / "intrus.xml"
    path.write_bytes(octets)
    dit = appeler("check", path, "--json")
    document = dit.json()
    assert dit.code == 30
    assert isinstance(document, dict)
    assert document["verdict"] == "rejete"
    assert any(a["regle"].startswith("xml.") for a in document["anomalies"])


def test_a_missing_file_is_wrong_usage_before_anything_is_checked(
    pes: Path, appeler: Appel
) -> None:
    dit = appeler("check", pes, "absent.xml")
    assert dit.code == 2
    assert dit.out == ""
    assert "absent.xml" in dit.err


def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path, appeler: Appel) -> None:
    tube = tmp_path / "tube.xml"
    os.mkfifo(tube)
    dit = appeler("check", tube)
    assert dit.code == 2
    assert "ni un fichier ni un dossier" in dit.err


def test_no_file_is_wrong_usage(appeler: Appel) -> None:
    dit = appeler("check")
    assert dit.code == 2
    assert "FICHIERS" in dit.err


def test_brackets_in_a_name_are_no_colour(pes: Path, tmp_path: Path, appeler: Appel) -> None:
    nomme = tmp_path / "[red]pes[1].xml"
    nomme.write_bytes(pes.read_bytes())
    assert "[red]pes[1].xml" in appeler("check", nomme).out


@pytest.mark.parametrize("nom", ["V01", "V04", "V06"])
def test_shared_valid_samples_are_accepted(nom: str, appeler: Appel) -> None:
    (path,) = donnees("pes-samples").glob(f"{nom}_*.xml")
    dit = appeler("check", path, "--json")
    document = dit.json()
    assert dit.code == 0
    assert isinstance(document, dict)
    assert document["verdict"] == "accepte"
    assert all(a["gravite"] == "avertissement" for a in document["anomalies"])


@pytest.mark.parametrize("schema", ["5.30", "5.17"])
@pytest.mark.parametrize(("nom", "element"), [("I01", "MtBordHt"), ("I25", "PJ")])
def test_shared_invalid_samples_blame_the_element_of_their_name(
    nom: str, element: str, schema: str, appeler: Appel
) -> None:
    (path,) = donnees("pes-samples").glob(f"{nom}_*.xml")
    dit = appeler("check", path, "--json", "--schema", schema)
    document = dit.json()
    assert dit.code == 30
    assert isinstance(document, dict)
    chemins = [a["chemin"] for a in document["anomalies"] if a["regle"].startswith("xsd.")]
    assert any(element in chemin.rsplit("/", 1)[-1] for chemin in chemins)


def test_shared_rule_samples_have_findings_but_none_of_the_schema(appeler: Appel) -> None:
    vus = {}
    for path in sorted(donnees("pes-samples").glob("G*.xml")):
        dit = appeler("check", path, "--json")
        document = dit.json()
        assert isinstance(document, dict)
        regles = [a["regle"] for a in document["anomalies"]]
        assert not any(regle.startswith("xsd.") for regle in regles)
        vus[path.name[:3]] = (dit.code, regles)
    assert vus["G09"][0] == 30
    assert any(r.startswith("pes.") and "iban" in r for r in vus["G09"][1])
    assert any("nbrpce" in r for r in vus["G01"][1])
    assert any(r.startswith("registre.") for r in vus["G14"][1])


@pytest.mark.parametrize("nom", ["K01", "K04", "R01"])
def test_a_shared_answer_is_named_for_what_it_is(nom: str, appeler: Appel) -> None:
    (path,) = donnees("pes-samples").glob(f"{nom}_*.xml")
    dit = appeler("check", path)
    assert dit.code == 30
    assert "ce n'est pas un PES Aller" in dit.out
    assert "vaguemestre ack" in dit.out


def test_many_files_are_one_json_list_in_their_order(
    pes: Path, tmp_path: Path, appeler: Appel
) -> None:
    """The list is written as it comes, and reads as if it were written whole."""
    chemins = []
    for rang in range(40):
        chemins.append(tmp_path / f"{rang:03d}.xml")
        nombre = b'<NbrPce V="%b"' % (b"3" if rang % 7 == 0 else b"2")
        chemins[-1].write_bytes(pes.read_bytes().replace(b'<NbrPce V="2"', nombre))
    dit = appeler("check", *chemins, "--json")
    documents = dit.json()
    assert dit.code == 30
    assert isinstance(documents, list)
    assert [d["file"] for d in documents] == [str(chemin) for chemin in chemins]
    assert dit.out == json.dumps(documents, ensure_ascii=False, indent=1) + "\n"
    assert documents[0] == appeler("check", chemins[0], "--json").json()


def test_reports_are_written_beside_what_is_said(pes: Path, tmp_path: Path, appeler: Appel) -> None:
    faux = tmp_path / "faux.xml"
    faux.write_bytes(pes.read_bytes().replace(b'<NbrPce V="2"', b'<NbrPce V="3"'))
    rapports = [tmp_path / f"r.{fin}" for fin in ("html", "pdf", "csv", "xlsx", "json", "sarif")]
    options = [mot for chemin in rapports for mot in ("--rapport", chemin)]
    dit = appeler("check", faux, pes, "--json", *options)
    assert dit.code == 30
    assert isinstance(dit.json(), list)
    assert all(chemin.stat().st_size > 500 for chemin in rapports)
    premiers = [chemin.read_bytes() for chemin in rapports]
    appeler("check", faux, pes, *options)
    assert [chemin.read_bytes() for chemin in rapports] == premiers
    assert "pes.bordereau.nbrpce" in rapports[0].read_text("utf-8")
    regles = json.loads(premiers[-1])["runs"][0]["tool"]["driver"]["rules"]
    enonces = {regle["id"]: regle["fullDescription"]["text"] for regle in regles}
    assert len(enonces) >= len(fiches())
    assert all(enonces[id_] == " ".join(f.enonce.split()) for id_, f in fiches().items())


def test_a_report_nobody_can_write_is_wrong_usage_first(
    pes: Path, tmp_path: Path, appeler: Appel
) -> None:
    for rapport in (tmp_path / "r.doc", tmp_path / "absent" / "r.html", tmp_path):
        dit = appeler("check", pes, "--rapport", rapport)
        assert dit.code == 2
        assert dit.out == ""


def test_the_schema_says_what_it_expected(pes: Path, tmp_path: Path, appeler: Appel) -> None:
    faux = tmp_path / "faux.xml"
    faux.write_bytes(pes.read_bytes().replace(b'<NbrPce V="2"', b'<NbrPce V="x"'))
    document = appeler("check", faux, "--json").json()
    assert isinstance(document, dict)
    assert document["anomalies"][0]["attendu"] == "un nombre, avec un point décimal"
    assert "attendu : un nombre" in appeler("check", faux).out


def test_generated_files_say_what_is_wrong_with_them(tmp_path: Path, appeler: Appel) -> None:
    dit = appeler("generate", "-o", tmp_path / "banc", "--graine", "7", "--nombre", "5", "--fautes")
    assert dit.code == 0
    manifeste = json.loads((tmp_path / "banc" / "manifeste.json").read_text("utf-8"))
    assert len(manifeste) == 5
    for un in manifeste:
        document = appeler("check", tmp_path / "banc" / un["fichier"], "--json").json()
        assert isinstance(document, dict)
        assert un["regle"] in {a["regle"] for a in document["anomalies"]}
    assert appeler("generate", "-o", tmp_path / "banc").code == 2
    assert appeler("generate", "-o", tmp_path / "autre", "--nombre", "0").code == 2
