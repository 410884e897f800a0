"""`init`, `doctor`, `schemas`, `flux`, `audit`, and where the configuration is found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.conftest import Appel, Dit


@pytest.fixture
def essai(tmp_path: Path, appeler: Appel) -> Path:
    assert appeler("init", "essai", "--exemple").code == 0
    return tmp_path / "essai"


def test_init_makes_all_that_the_daemon_needs(essai: Path, appeler: Appel) -> None:
    for nom in (
        "vaguemestre.toml",
        "vaguemestre.db",
        "journal.key",
        "echanges/commune/depot",
        "echanges/commune/rejets",
        "dgfip/depot",
        "dgfip/retrait",
        "cles-exemple/signataire.p12",
    ):
        assert (essai / nom).exists(), nom
    dit = appeler("doctor", "-c", essai / "vaguemestre.toml", "--json")
    document = dit.json()
    assert dit.code == 0
    assert isinstance(document, dict)
    assert document["sain"] is True
    assert all(set(c) == {"sujet", "sain", "detail"} for c in document["constats"])


def test_init_never_overwrites(essai: Path, appeler: Appel) -> None:
    avant = (essai / "vaguemestre.toml").read_bytes()
    dit = appeler("init", "essai")
    assert dit.code == 2
    assert "existe déjà" in dit.err
    assert (essai / "vaguemestre.toml").read_bytes() == avant


def test_without_exemple_nobody_signs(tmp_path: Path, appeler: Appel) -> None:
    assert appeler("init", "nu").code == 0
    texte = (tmp_path / "nu" / "vaguemestre.toml").read_text("utf-8")
    assert "\n# p12 = " in texte
    assert "#?" not in texte
    dit = appeler("doctor", "-c", tmp_path / "nu" / "vaguemestre.toml")
    assert dit.code == 0
    assert "A_SIGNER" in dit.out


def test_doctor_says_what_to_do(essai: Path, appeler: Appel) -> None:
    (essai / "cles-exemple" / "mot-de-passe").unlink()
    (essai / "echanges" / "commune" / "depot").rmdir()
    dit = appeler("doctor", "-c", essai / "vaguemestre.toml", "--json")
    document = dit.json()
    assert dit.code == 10
    assert isinstance(document, dict)
    assert document["sain"] is False
    malades = {c["sujet"]: c["detail"] for c in document["constats"] if not c["sain"]}
    assert set(malades) == {"dépôt de commune", "clé de commune"}
    assert "secret illisible" in malades["clé de commune"]


def test_doctor_tells_what_judges_and_reads(essai: Path, appeler: Appel) -> None:
    toml = essai / "vaguemestre.toml"
    neuf = '\n[[schema]]\nversion = "5.30"\neffet = 2099-01-01\n[pes.grilles]\ntiers = ["50/04"]\n'
    toml.write_text(toml.read_text("utf-8") + neuf, "utf-8")
    dits = {c["sujet"]: c["detail"] for c in _constats(appeler("doctor", "-c", toml, "--json"))}
    assert "date d'effet 01/01/2099" in dits["schémas"]
    assert "qui ne prend effet que le 01/01/2099" in dits["schémas"]
    assert "1 ajout(s)" in dits["grilles"]
    assert "un PDF d'essai est lu" in dits["lecteurs de PDF"]
    assert "17 catégories" in dits["catégories de PJ"]
    assert dits["réponses"] == "aucune n'attend un regard"


def test_doctor_finds_a_list_of_categories_that_is_none(essai: Path, appeler: Appel) -> None:
    toml = essai / "vaguemestre.toml"
    toml.write_text(toml.read_text("utf-8") + '\n[pj]\ncategories = "pas-la.json"\n', "utf-8")
    dit = appeler("doctor", "-c", toml, "--json")
    assert dit.code == 10
    (malade,) = (c for c in _constats(dit) if not c["sain"])
    assert malade["sujet"] == "catégories de PJ"
    assert "illisible" in malade["detail"]


def _constats(dit: Dit) -> list[dict[str, Any]]:
    document = dit.json()
    assert isinstance(document, dict)
    constats: list[dict[str, Any]] = document["constats"]
    return constats


def test_an_unknown_key_names_the_nearest(tmp_path: Path, appeler: Appel) -> None:
    (tmp_path / "vaguemestre.toml").write_text("[depots]\ncalm = 3\n", "utf-8")
    for argv in (("flux", "list"), ("check", "x.xml"), ("run",), ("audit", "verify")):
        (tmp_path / "x.xml").touch()
        dit = appeler(*argv)
        assert dit.code == 10
        assert "« depots.calm »" in dit.err
        assert "vouliez-vous dire « calme »" in dit.err


def test_wrong_values_are_all_said_at_once_in_french(tmp_path: Path, appeler: Appel) -> None:
    (tmp_path / "vaguemestre.toml").write_text(
        "[moteur]\nouvriers = 'x'\n[archive]\nconservation = 3\n[signature]\nmode = 'u'\n", "utf-8"
    )
    dit = appeler("flux", "list")
    assert dit.code == 10
    assert "« moteur.ouvriers » : on attend un nombre entier" in dit.err
    assert "« archive.conservation » : au moins 10" in dit.err
    assert "on attend 'bordereau' ou 'globale'" in dit.err


def test_a_broken_toml_names_its_line(tmp_path: Path, appeler: Appel) -> None:
    (tmp_path / "vaguemestre.toml").write_text("[base]\nurl = \n", "utf-8")
    dit = appeler("doctor")
    assert dit.code == 10
    assert "ligne 2, colonne 7" in dit.out


def test_the_configuration_is_searched_in_the_promised_order(
    tmp_path: Path, appeler: Appel, monkeypatch: pytest.MonkeyPatch
) -> None:
    for nom in ("donnee", "ici", "variable"):
        assert appeler("init", nom).code == 0
    monkeypatch.setenv("VAGUEMESTRE_CONFIG", str(tmp_path / "variable" / "vaguemestre.toml"))

    def trouvee(*argv: str | Path) -> str:
        return appeler("doctor", *argv).out.splitlines()[3]

    assert "/variable/" in trouvee()
    monkeypatch.chdir(tmp_path / "ici")
    assert "/ici/" in trouvee()
    assert "/donnee/" in trouvee("-c", tmp_path / "donnee" / "vaguemestre.toml")


def test_no_configuration_says_how_to_get_one(appeler: Appel) -> None:
    dit = appeler("flux", "list")
    assert dit.code == 10
    assert "vaguemestre init" in dit.err


def test_sign_takes_the_key_and_the_cumul_of_the_configuration(
    essai: Path, pes: Path, tmp_path: Path, appeler: Appel
) -> None:
    toml = essai / "vaguemestre.toml"
    signe = tmp_path / "signe.xml"
    dit = appeler("sign", pes, "-o", signe, "-c", toml)
    assert dit.code == 0
    assert "exemple" not in dit.err
    assert b'<MtCumulAnnuel V="289.32"/>' in signe.read_bytes()
    assert appeler("verify", signe, "--strict", "-c", toml).code == 0


def test_sign_without_a_certificate_ends_with_40(tmp_path: Path, pes: Path, appeler: Appel) -> None:
    assert appeler("init", "nu").code == 0
    toml = tmp_path / "nu" / "vaguemestre.toml"
    dit = appeler("sign", pes, "-o", tmp_path / "s.xml", "-c", toml)
    assert dit.code == 40
    assert not (tmp_path / "s.xml").exists()


def test_check_with_an_unknown_body_is_wrong_usage(
    essai: Path, depot: Path, appeler: Appel
) -> None:
    toml = essai / "vaguemestre.toml"
    assert appeler("check", depot, "-c", toml, "--collectivite", "commune").code == 0
    dit = appeler("check", depot, "-c", toml, "--collectivite", "ailleurs")
    assert dit.code == 2


def test_schemas_list(appeler: Appel) -> None:
    versions = appeler("schemas", "list", "--json").json()
    assert isinstance(versions, list)
    assert [v["version"] for v in versions] == ["5.17", "5.30"]
    assert "5.30" in appeler("schemas", "list").out


def test_an_empty_register(essai: Path, appeler: Appel) -> None:
    toml = essai / "vaguemestre.toml"
    assert appeler("flux", "list", "--json", "-c", toml).json() == []
    for etat in ("A_SIGNER", "a-signer"):
        assert appeler("flux", "list", "--json", "--etat", etat, "-c", toml).json() == []
    assert appeler("flux", "list", "--reponses", "--json", "-c", toml).json() == []
    for argv in (
        ("show", "F00000001"),
        ("replay", "F00000001"),
        ("cancel", "F00000001", "--motif", "essai"),
        ("resolve", "F00000001", "--expedie", "--motif", "essai"),
    ):
        dit = appeler("flux", *argv, "-c", toml)
        assert dit.code == 2
        assert "inconnu" in dit.err


def test_resolve_must_be_told_which_way(essai: Path, appeler: Appel) -> None:
    toml = essai / "vaguemestre.toml"
    dit = appeler("flux", "resolve", "F00000001", "--motif", "m", "-c", toml)
    assert dit.code == 2
    assert "--non-expedie" in dit.err


def test_a_reason_is_required(essai: Path, appeler: Appel) -> None:
    dit = appeler("flux", "cancel", "F00000001", "-c", essai / "vaguemestre.toml")
    assert dit.code == 2
    assert "--motif" in dit.err


def test_an_empty_log_verifies_and_an_altered_store_does_not(essai: Path, appeler: Appel) -> None:
    toml = essai / "vaguemestre.toml"
    dit = appeler("audit", "verify", "--json", "-c", toml)
    document = dit.json()
    assert dit.code == 0
    assert isinstance(document, dict)
    point = appeler("audit", "checkpoint", "-c", toml)
    assert point.code == 0
    assert point.out.splitlines()[0] == "vaguemestre.invalid/journal"
    (essai / "temoin.txt").write_text(point.out, "utf-8")
    assert appeler("audit", "verify", "--temoin", essai / "temoin.txt", "-c", toml).code == 0
    trace = appeler("audit", "trace", "--format", "csv", "-c", toml)
    assert trace.code == 0
    assert len(trace.out.splitlines()) == 1
    assert appeler("audit", "trace", "--format", "xml", "-c", toml).out.startswith("<")
    rien = appeler("audit", "proof", "F00000001", "-c", toml)
    assert rien.code == 2
