"""`ack` and `indigo`: reading what comes back, writing and reading the twin."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.partage import donnees
from tests.unit.acquit.test_acquit import V1, acquit
from tests.unit.acquit.test_retour import mandat, retour
from tests.unit.cli.conftest import Appel
from vaguemestre.config.lecture import charger
from vaguemestre.simulators.exemples import depot_mandats

ETATS = {"instance", "prise_en_charge", "rejetee", "suspendue", "soldee"}


def test_the_accepted_acquit(appeler: Appel) -> None:
    (path,) = donnees("pes-samples").glob("K01_*.xml")
    dit = appeler("ack", path, "--json")
    document = dit.json()
    assert dit.code == 0
    assert isinstance(document, dict)
    assert (document["type"], document["etat"]) == ("acquit", "accepte")
    assert {e["etat"] for e in document["elements"]} == {"accepte"}
    assert all(set(e) >= {"domaine", "ref", "etat", "anomalies"} for e in document["elements"])


def test_the_partial_acquit_keeps_its_accepted_pj(appeler: Appel) -> None:
    (path,) = donnees("pes-samples").glob("K04_*.xml")
    document = appeler("ack", path, "--json").json()
    assert isinstance(document, dict)
    assert document["etat"] == "partiel"
    etats = {(e["domaine"], e["etat"]) for e in document["elements"]}
    assert etats == {("depense", "rejete"), ("pj", "accepte")}
    assert sum(e["domaine"] == "pj" for e in document["elements"]) == 8
    (refuse,) = (e for e in document["elements"] if e["etat"] == "rejete")
    assert set(refuse["anomalies"][0]) >= {"code", "libelle", "ref"}
    assert "ligne 1" in refuse["anomalies"][0]["ref"]


def test_the_retour_gives_the_state_of_each_piece(appeler: Appel) -> None:
    (path,) = donnees("pes-samples").glob("R01_*.xml")
    document = appeler("ack", path, "--json").json()
    assert isinstance(document, dict)
    assert (document["type"], document["domaine"]) == ("retour", "depense")
    assert document["pieces"]
    for piece in document["pieces"]:
        assert set(piece) >= {
            "ref",
            "etat_piece",
            "montant_ht",
            "montant_paye",
            "dates",
            "motifs",
        }
        assert piece["etat_piece"] in ETATS


@pytest.mark.parametrize(("nom", "mot"), [("K04", "partiel"), ("R01", "Retour de depense")])
def test_people_read_a_table(nom: str, mot: str, appeler: Appel) -> None:
    (path,) = donnees("pes-samples").glob(f"{nom}_*.xml")
    dit = appeler("ack", path)
    assert dit.code == 0
    assert mot in dit.out


def test_a_pes_is_no_answer(pes: Path, appeler: Appel) -> None:
    dit = appeler("ack", pes)
    assert dit.code == 31
    assert "PES_Aller" in dit.err


def test_layouts_have_a_status_and_none_may_leave(appeler: Appel) -> None:
    dessins = appeler("indigo", "layouts", "--json").json()
    assert isinstance(dessins, list)
    assert {d["statut"] for d in dessins} == {"draft", "fictional"}
    assert not any(d["transmissible"] for d in dessins)
    assert "fictif-essai" in appeler("indigo", "layouts").out


@pytest.fixture
def entier(tmp_path: Path, appeler: Appel) -> Path:
    """A PES without cents: the fictional layout is one of francs."""
    depot = depot_mandats(
        tmp_path / "francs", bordereau=7, premier=1, nombre=2, date="15/01/2026", entier=True
    )
    assert appeler("build", depot, "-o", tmp_path / "francs.xml").code == 0
    return tmp_path / "francs.xml"


def test_cents_do_not_fit_a_layout_of_francs(pes: Path, tmp_path: Path, appeler: Appel) -> None:
    dit = appeler("indigo", "convert", pes, "-o", tmp_path / "jumeau.txt")
    assert dit.code == 33
    assert not (tmp_path / "jumeau.txt").exists()


@pytest.fixture
def indigo(entier: Path, tmp_path: Path, appeler: Appel) -> Path:
    dit = appeler("indigo", "convert", entier, "-o", tmp_path / "jumeau.txt")
    assert dit.code == 0
    assert "ne peut partir vers aucun vrai partenaire" in dit.err
    return tmp_path / "jumeau.txt"


def test_the_twin_is_read_back_zone_by_zone(indigo: Path, appeler: Appel) -> None:
    enregistrements = appeler("indigo", "show", indigo, "--json").json()
    assert isinstance(enregistrements, list)
    assert len(enregistrements) == 2
    assert [e["exercice"] for e in enregistrements] == ["2026", "2026"]
    assert "Enregistrement 1" in appeler("indigo", "show", indigo).out


def test_the_twin_replaces_its_output_and_never_the_pes(
    indigo: Path, entier: Path, appeler: Appel
) -> None:
    avant, pes = indigo.read_bytes(), entier.read_bytes()
    indigo.write_bytes(b"autre chose")
    assert appeler("indigo", "convert", entier, "-o", indigo).code == 0
    assert indigo.read_bytes() == avant
    assert appeler("indigo", "convert", entier, "-o", entier).code == 2
    assert entier.read_bytes() == pes


def test_a_draft_layout_shows_the_data_and_writes_nothing(
    pes: Path, tmp_path: Path, appeler: Appel
) -> None:
    argv = ("-o", tmp_path / "j.txt", "--layout", "brouillon-clara-nc")
    dit = appeler("indigo", "convert", pes, *argv)
    assert dit.code == 30
    assert "brouillon" in dit.err
    assert not (tmp_path / "j.txt").exists()


def test_an_unknown_layout_is_wrong_usage(pes: Path, appeler: Appel) -> None:
    dit = appeler("indigo", "convert", pes, "-o", "j.txt", "--layout", "inconnu")
    assert dit.code == 2
    assert "indigo layouts" in dit.err


def test_a_file_that_is_no_indigo_cannot_be_shown(pes: Path, appeler: Appel) -> None:
    dit = appeler("indigo", "show", pes)
    assert dit.code >= 30
    assert dit.out == ""


# A pack that knows of nothing: whatever it judges departs from it.
AUCUN = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="a"/></xs:schema>'


@pytest.mark.parametrize(
    ("xsd", "contenu"),
    [
        ("PES_V2/Rev0/PES_V2_Acquit_Autonome.xsd", acquit("", ns=V1)),
        ("PES_V2/RETOUR/Rev0/PES_Retour.xsd", retour("Depense", mandat("02"))),
    ],
)
def test_an_official_pack_judges_here_as_in_the_daemon(
    xsd: str, contenu: bytes, tmp_path: Path, appeler: Appel
) -> None:
    reponse = tmp_path / "reponse.xml"
    reponse.write_bytes(contenu)
    assert appeler("init", tmp_path / "poste").code == 0
    toml = tmp_path / "poste" / "vaguemestre.toml"

    def ecarts(*options: str | Path) -> list[str]:
        document = appeler("ack", reponse, "--json", *options).json()
        assert isinstance(document, dict)
        return [a["message"] for a in document["anomalies"] if a["regle"].startswith("xsd.")]

    sans_paquet = ecarts("-c", toml)
    assert ecarts() == sans_paquet
    config = charger(toml)
    fichier = config.chemin(config.pes.schemas) / xsd
    fichier.parent.mkdir(parents=True)
    fichier.write_text(AUCUN, "utf-8")
    assert len(ecarts("-c", toml)) == 1
    assert ecarts("-c", toml) != sans_paquet
    assert ecarts() == sans_paquet
