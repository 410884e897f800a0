"""`schemas` on an installation, `ack` on large and odd answers."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.unit.acquit.test_retour import mandat, retour
from tests.unit.cli.conftest import Appel
from tests.unit.paquets.test_packs import pack
from vaguemestre.config.sections import Configuration
from vaguemestre.workflows.schemas import avis, lister

JOUR = date(2026, 6, 1)


def _config(**pes: object) -> Configuration:
    return Configuration.model_validate(pes)


def test_without_a_configuration_the_shipped_versions_are_listed(appeler: Appel) -> None:
    versions = appeler("schemas", "list", "--json").json()
    assert isinstance(versions, list)
    assert [(v["version"], v["origine"], v["effet"]) for v in versions] == [
        ("5.17", "maison", None),
        ("5.30", "maison", None),
    ]
    assert [v["version"] for v in versions if v["employee"] and v["derniere"]] == ["5.30"]
    assert "inconnue" in appeler("schemas", "list").out


@pytest.fixture
def toml(tmp_path: Path, appeler: Appel) -> Path:
    assert appeler("init", tmp_path / "ici").code == 0
    fichier = tmp_path / "ici" / "vaguemestre.toml"
    texte = fichier.read_text("utf-8")
    fichier.write_text(f'{texte}\n[pes]\nschemas = "paquets"\nschema_version = "5.17"\n', "utf-8")
    return fichier


def test_add_then_list_then_check(toml: Path, tmp_path: Path, appeler: Appel, pes: Path) -> None:
    source = pack(tmp_path / "schemas_pes_v5.31")
    dit = appeler("schemas", "add", source, "-c", toml)
    assert dit.code == 0
    assert "5.31 ajouté : 2 fichiers" in dit.out
    assert "déjà là" in appeler("schemas", "add", source, "-c", toml).out
    versions = appeler("schemas", "list", "--json", "-c", toml).json()
    assert isinstance(versions, list)
    assert [(v["version"], v["origine"]) for v in versions][-1] == ("5.31", "officiel")
    # The pack of this test knows no PES: it judges, and refuses everything.
    assert appeler("check", pes, "--schema", "5.31", "-c", toml).code == 30
    document = appeler("check", pes, "--json", "-c", toml).json()
    assert isinstance(document, dict)
    assert document["schema"] == "5.17"
    avertis = [a for a in document["anomalies"] if a["regle"] == "pes.schema.version"]
    assert [a["gravite"] for a in avertis] == ["avertissement"]
    assert "5.31" in avertis[0]["message"]
    choisi = appeler("check", pes, "--json", "--schema", "5.17", "-c", toml).json()
    assert isinstance(choisi, dict)
    assert not [a for a in choisi["anomalies"] if a["regle"] == "pes.schema.version"]


def test_add_needs_nothing_set(tmp_path: Path, appeler: Appel) -> None:
    assert appeler("init", tmp_path / "ici").code == 0
    source = pack(tmp_path / "v5.31")
    toml = tmp_path / "ici" / "vaguemestre.toml"
    assert appeler("schemas", "add", source, "-c", toml).code == 0
    assert (tmp_path / "ici" / "schemas-officiels" / "5.31").is_dir()
    versions = appeler("schemas", "list", "--json", "-c", toml).json()
    assert "5.31" in {un["version"] for un in versions if isinstance(un, dict)}
    assert appeler("schemas", "add", tmp_path / "absent").code == 2


def test_the_latest_known_version_follows_the_dates_of_effect() -> None:
    assert avis(_config(), "5.30", JOUR) == ()
    (vieux,) = avis(_config(), "5.17", JOUR)
    assert (vieux.bloquante, "5.30" in vieux.message) == (False, True)
    annonce = _config(schema=[{"version": "5.31", "effet": "2026-07-01"}, {"version": "5.30"}])
    assert avis(annonce, "5.30", JOUR) == ()
    (depasse,) = avis(annonce, "5.30", date(2026, 7, 1))
    assert "5.31" in depasse.message
    (tot,) = avis(annonce, "5.31", JOUR)
    assert "01/07/2026" in tot.message
    assert [(v.version, v.origine, v.effet) for v in lister(annonce, JOUR)][-1] == (
        *("5.31", ""),
        date(2026, 7, 1),
    )


def test_a_pack_added_while_the_daemon_runs_counts_at_once(tmp_path: Path) -> None:
    config = _config(pes={"schemas": str(tmp_path / "paquets")})
    assert avis(config, "5.30", JOUR) == ()
    pack(tmp_path / "paquets" / "5.40")
    (depasse,) = avis(config, "5.30", JOUR)
    assert "5.40" in depasse.message
    assert avis(_config(), "5.30", JOUR) == ()


def test_impact_on_an_empty_register(toml: Path, appeler: Appel) -> None:
    assert appeler("schemas", "impact", "5.30", "--json", "-c", toml).json() == []
    assert "0 flux" in appeler("schemas", "impact", "5.30", "-c", toml).out
    assert appeler("schemas", "impact", "9.9", "-c", toml).code == 2


def test_ack_tells_a_retour_of_many_pieces(tmp_path: Path, appeler: Appel) -> None:
    """More pièces than one table holds; the JSON is one document all the same."""
    fichier = tmp_path / "retour.xml"
    rejet = '<DtePceRej V="2026-01-03"/><ObsEtat V="01"/>'
    fichier.write_bytes(retour("Depense", mandat("02") * 250 + mandat("04", rejet)))
    document = appeler("ack", fichier, "--json").json()
    assert isinstance(document, dict)
    assert len(document["pieces"]) == 251
    assert document["comptes"] == {"prise_en_charge": 250, "rejetee": 1}
    assert "même numéro" in document["pieces"][-1]["conseil"]
    # DtePceRej stands before ObsEtat: out of order, told, and read all the same.
    assert any(a["regle"].startswith("xsd.") for a in document["anomalies"])
    dit = appeler("ack", fichier).out
    assert "prise en charge 250, rejetee 1" in dit
    assert dit.count("Pièces") == 2


def test_ack_explains_each_code_once(tmp_path: Path, appeler: Appel) -> None:
    element = (
        '<ElementACQUIT><DomaineAck V="5"/><EtatAck V="0"/><NumBord V="{}"/>'
        '<Erreur><NumAnoAck V="ERREUR_CUMUL_MONTANTS"/></Erreur></ElementACQUIT>'
    )
    fichier = tmp_path / "acquit.xml"
    fichier.write_text(
        '<n:PES_ACQUIT xmlns:n="http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/retour/v2">'
        f"<ACQUIT>{element.format(1)}{element.format(2)}</ACQUIT></n:PES_ACQUIT>"
    )
    dit = appeler("ack", fichier)
    assert dit.code == 0
    assert dit.out.count("Que faire") == 1
    assert "Refaire le bordereau" in dit.out
