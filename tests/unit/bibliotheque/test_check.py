"""`from vaguemestre import check, generate, report`: typed, lazy, the rules of the gateway."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

import vaguemestre
from tests.unit.pes_check import fabrique as f
from tests.unit.pes_check.outillage import Registre
from vaguemestre import Verdict, check, generate, report
from vaguemestre.errors import UsageError
from vaguemestre.pes.regles import TOUTES
from vaguemestre.simulators.fautes import FAUTES

RACINE = Path(__file__).resolve().parents[3]


def test_a_valid_file_given_as_bytes_or_as_a_path_has_one_verdict(tmp_path: Path) -> None:
    chemin = tmp_path / "pes.xml"
    chemin.write_bytes(f.pes())
    par_octets, par_chemin = check(f.pes()), check(str(chemin))
    assert isinstance(par_octets, Verdict)
    assert par_octets.accepte
    assert (par_octets.bordereaux, par_octets.pieces, par_octets.pj) == (1, 1, 0)
    assert par_octets.total_ht == Decimal("100.00")
    assert dataclasses.replace(par_chemin, fichier="pes.xml") == par_octets
    assert sorted(tmp_path.iterdir()) == [chemin]


def test_a_result_is_frozen_and_its_findings_are_placed() -> None:
    verdict = check(f.pes(f.domaine(f.bordereau(NbrPce="9"))), name="export.xml")
    assert verdict.verdict == "rejete"
    (trouvee,) = [a for a in verdict.anomalies if a.regle == "pes.bordereau.nbrpce"]
    assert (trouvee.ref, trouvee.ligne, trouvee.fichier) == ("bordereau 12", 2, "export.xml")
    with pytest.raises(dataclasses.FrozenInstanceError):
        verdict.schema = "6"  # type: ignore[misc]


def test_the_schema_alone_and_another_version() -> None:
    faux = f.pes(f.domaine(f.bordereau(NbrPce="9")))
    assert check(faux, schema_only=True).accepte
    assert check(faux, schema="5.17").schema == "5.17"
    with pytest.raises(UsageError, match="versions présentes"):
        check(faux, schema="9.99")


def test_what_a_register_knows() -> None:
    registre = Registre(nomfics={("PESALR2_219800014_261121_001", "123"): "F1"})
    regles = {a.regle for a in check(f.pes(), register=registre).anomalies}
    assert "registre.nomfic" in regles
    assert "registre.nomfic" not in {a.regle for a in check(f.pes()).anomalies}


def test_a_path_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="introuvable"):
        check(tmp_path / "absent.xml")


def test_a_report_in_every_format() -> None:
    verdict = check(f.pes(f.domaine(f.bordereau(NbrPce="9"))))
    assert b"NbrPce" in report(verdict)
    assert report(verdict, format="pdf").startswith(b"%PDF-")
    with pytest.raises(UsageError):
        report(verdict, format="doc")


def test_valid_files_of_any_seed_have_no_finding() -> None:
    for graine in (0, 1, 2026):
        for un in generate(graine, 6):
            assert check(un.octets).anomalies == (), un.nom


def test_a_longer_series_begins_like_a_shorter_one() -> None:
    longue = list(generate(5, 8, faults=True))
    assert longue[:3] == list(generate(5, 3, faults=True))
    assert len({un.octets for un in longue}) == 8
    assert next(generate(6)).octets != next(generate(5)).octets


@pytest.mark.parametrize("graine", [3, 4])
def test_every_faulty_file_breaks_the_rule_it_names(graine: int) -> None:
    for un in generate(graine, len(FAUTES), faults=True):
        verdict = check(un.octets)
        assert un.regle in {a.regle for a in verdict.anomalies}, un.nom
        assert un.quoi


def test_faults_cover_most_of_what_a_file_alone_can_show() -> None:
    catalogue = {regle.id for regle in TOUTES}
    couvertes = {faute.regle for faute in FAUTES}
    assert len(couvertes & catalogue) >= 40
    assert {r for r in couvertes - catalogue if not r.startswith("xsd.")} == set()


def test_importing_the_package_loads_nothing() -> None:
    sonde = (
        "import sys, vaguemestre; print([m for m in sys.modules if m.startswith('vaguemestre.')])"
    )
    dit = subprocess.run(
        [sys.executable, "-c", sonde],
        capture_output=True,
        text=True,
        check=True,
        cwd=RACINE / "src",
    )
    assert dit.stdout.strip() == "[]"


def test_a_name_that_is_not_there_says_so() -> None:
    with pytest.raises(AttributeError, match="inconnu"):
        vaguemestre.inconnu  # noqa: B018


def test_the_types_are_announced() -> None:
    assert (RACINE / "src" / "vaguemestre" / "py.typed").exists()
    assert set(vaguemestre.__all__) <= {*dir(vaguemestre), *vaguemestre.__all__}


@pytest.mark.lent
def test_the_wheel_checks_a_file_far_from_its_sources(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=RACINE,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (roue,) = tmp_path.glob("*.whl")
    installe = tmp_path / "installe"
    zipfile.ZipFile(roue).extractall(installe)
    (tmp_path / "pes.xml").write_bytes(f.pes())
    sonde = (
        "import sys; sys.path.insert(0, sys.argv[1]); import vaguemestre;"
        "assert vaguemestre.__file__.startswith(sys.argv[1]), vaguemestre.__file__;"
        "v = vaguemestre.check(sys.argv[2]);"
        "assert vaguemestre.report(v).startswith(b'<!DOCTYPE html>');"
        "print(v.verdict, v.schema, next(vaguemestre.generate(1)).octets[:5])"
    )
    dit = subprocess.run(
        [sys.executable, "-I", "-c", sonde, str(installe), str(tmp_path / "pes.xml")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert dit.stdout.split() == ["accepte", "5.30", "b'<?xml'"]
