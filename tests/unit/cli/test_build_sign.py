"""`build`, `sign`, `verify`: what they write, what they refuse, what they leave alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.partage import donnees
from tests.unit.cli.conftest import Appel
from vaguemestre.formats.donnees import donnees as livrees

CUMUL = "12=12345.67"


def confiance() -> list[str]:
    certs = livrees("certs-sample")
    return [
        f"--ancre={certs / 'racine.pem'}",
        f"--intermediaire={certs / 'emettrice.pem'}",
        f"--crl={certs / 'revoquees.crl.pem'}",
    ]


def test_build_writes_the_pes_and_nothing_else(depot: Path, tmp_path: Path, appeler: Appel) -> None:
    avant = {p: p.read_bytes() for p in depot.iterdir()}
    dit = appeler("build", depot, "-o", tmp_path / "mon.xml")
    assert dit.code == 0
    assert "mon.xml" in dit.out
    assert (tmp_path / "mon.xml").read_bytes().startswith(b"<?xml")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mon-depot", "mon.xml"]
    assert {p: p.read_bytes() for p in depot.iterdir()} == avant


def test_build_replaces_its_output_and_never_its_input(
    pes: Path, depot: Path, appeler: Appel
) -> None:
    avant = pes.read_bytes()
    pes.write_bytes(b"autre chose")
    assert appeler("build", depot, "-o", pes).code == 0
    assert pes.read_bytes() == avant
    dit = appeler("build", depot, "-o", depot / "mandats.csv")
    assert dit.code == 2
    assert "dans le dépôt" in dit.err


def test_build_of_a_faulty_deposit_says_all_and_writes_nothing(
    depot: Path, tmp_path: Path, appeler: Appel
) -> None:
    tableau = depot / "mandats.csv"
    tableau.write_bytes(tableau.read_bytes().replace(b"15/01/2026", b"32/01/2026"))
    tableau.write_bytes(tableau.read_bytes().replace(b";FR76", b";FR77", 1))
    next(depot.glob("*.pdf")).write_bytes(b"pas un PDF")
    dit = appeler("build", depot, "-o", tmp_path / "mon.xml")
    assert dit.code == 30
    assert "32/01/2026" in dit.err
    assert "n'existe pas au calendrier" in dit.err
    assert ".pdf mais c'est un fichier texte" in dit.err
    assert "clé de contrôle fausse (modulo 97)" in dit.err
    assert not (tmp_path / "mon.xml").exists()


@pytest.mark.parametrize("commande", ["build", "sign"])
def test_an_output_without_its_folder_is_wrong_usage(
    commande: str, pes: Path, depot: Path, tmp_path: Path, appeler: Appel
) -> None:
    source = depot if commande == "build" else pes
    dit = appeler(commande, source, "-o", tmp_path / "absent" / "x.xml")
    assert dit.code == 2
    assert "n'existe pas" in dit.err


def test_sign_without_the_cumul_names_the_missing_value(
    pes: Path, tmp_path: Path, appeler: Appel
) -> None:
    dit = appeler("sign", pes, "-o", tmp_path / "signe.xml")
    assert dit.code == 30
    assert "MtCumulAnnuel" in dit.err
    assert "--cumul 12=" in dit.err
    assert not list(tmp_path.glob("*signe*"))
    assert not list(tmp_path.glob(".*"))


def test_sign_with_the_sample_key_says_so_and_changes_no_other_byte(
    pes: Path, tmp_path: Path, appeler: Appel
) -> None:
    avant = pes.read_bytes()
    dit = appeler("sign", pes, "-o", tmp_path / "signe.xml", "--cumul", CUMUL)
    assert dit.code == 0
    assert "clé d'exemple" in dit.err
    assert "bordereau 12" in dit.out
    assert pes.read_bytes() == avant
    apres = (tmp_path / "signe.xml").read_bytes()
    assert b'<InfoDematerialisee V="1"/>' in apres
    assert b'<MtCumulAnnuel V="12345.67"/>' in apres
    for retrait in (
        rb"<ds:Signature .*?</ds:Signature>",
        rb'<MtCumulAnnuel V="12345.67"/>',
    ):
        apres = re.sub(retrait, b"", apres, flags=re.DOTALL)
    apres = re.sub(rb'<Bordereau Id="[^"]+"', b"<Bordereau", apres)
    apres = apres.replace(b'<InfoDematerialisee V="1"/>', b'<InfoDematerialisee V="0"/>')
    assert apres.replace(b"\n", b"") == avant.replace(b"\n", b"")


def test_a_signed_file_is_accepted_and_valid(pes: Path, tmp_path: Path, appeler: Appel) -> None:
    signe = tmp_path / "signe.xml"
    assert appeler("sign", pes, "-o", signe, "--cumul", CUMUL, "--role", "Maire").code == 0
    assert appeler("check", signe).code == 0
    dit = appeler("verify", signe, "--json", "--strict", *confiance())
    document = dit.json()
    assert dit.code == 0
    assert isinstance(document, dict)
    assert document["verdict"] == "valide"
    (signature,) = document["signatures"]
    assert set(signature) >= {"element", "signataire", "role", "date", "anomalies"}
    assert (signature["element"], signature["role"]) == ("bordereau 12", "Maire")
    assert signature["anomalies"] == []


@pytest.mark.parametrize("xades", ["1.1.1", "1.2.2"])
def test_global_signature_in_the_namespace_asked_for(
    xades: str, pes: Path, tmp_path: Path, appeler: Appel
) -> None:
    signe = tmp_path / "signe.xml"
    argv = ("--cumul", CUMUL, "--global", "--xades", xades)
    assert appeler("sign", pes, "-o", signe, *argv).code == 0
    octets = signe.read_bytes()
    assert octets.count(b"<ds:Signature ") == 1
    assert f"http://uri.etsi.org/01903/v{xades}#".encode() in octets
    assert appeler("verify", signe, "--strict", *confiance()).code == 0


def test_the_second_implementation_agrees(pes: Path, tmp_path: Path, appeler: Appel) -> None:
    signe = tmp_path / "signe.xml"
    assert appeler("sign", pes, "-o", signe, "--cumul", CUMUL).code == 0
    dit = appeler("verify", signe, "--second", "--strict", "--json", *confiance())
    assert dit.code == 0
    assert "seconde implantation" in appeler("verify", signe, "--second").out


def test_verify_reports_without_judging_unless_strict(
    pes: Path, tmp_path: Path, appeler: Appel
) -> None:
    dit = appeler("verify", pes, "--json")
    document = dit.json()
    assert dit.code == 0
    assert isinstance(document, dict)
    assert (document["verdict"], document["signatures"]) == ("non_signe", [])
    assert appeler("verify", pes, "--strict").code == 32
    signe = tmp_path / "signe.xml"
    assert appeler("sign", pes, "-o", signe, "--cumul", CUMUL).code == 0
    inconnue = appeler("verify", signe, "--json")
    assert inconnue.code == 0
    assert "sig.chaine" in inconnue.out
    assert appeler("verify", signe, "--strict").code == 32


def test_one_changed_byte_makes_it_invalid(pes: Path, tmp_path: Path, appeler: Appel) -> None:
    signe = tmp_path / "signe.xml"
    assert appeler("sign", pes, "-o", signe, "--cumul", CUMUL).code == 0
    signe.write_bytes(signe.read_bytes().replace(b"12345.67", b"12345.68"))
    dit = appeler("verify", signe, "--strict", "--json", *confiance())
    document = dit.json()
    assert dit.code == 32
    assert isinstance(document, dict)
    assert document["verdict"] == "invalide"


def test_a_signed_file_is_not_signed_again(pes: Path, tmp_path: Path, appeler: Appel) -> None:
    signe, encore = tmp_path / "signe.xml", tmp_path / "encore.xml"
    assert appeler("sign", pes, "-o", signe, "--cumul", CUMUL).code == 0
    assert appeler("sign", signe, "-o", encore).code != 0
    assert not encore.exists()


def test_sign_never_writes_over_its_own_input(pes: Path, appeler: Appel) -> None:
    avant = pes.read_bytes()
    dit = appeler("sign", pes, "-o", pes, "--cumul", CUMUL)
    assert dit.code == 2
    assert pes.read_bytes() == avant


def test_what_helios_would_reject_is_not_signed(pes: Path, tmp_path: Path, appeler: Appel) -> None:
    faux = tmp_path / "faux.xml"
    faux.write_bytes(pes.read_bytes().replace(b'<NbrPce V="2"', b'<NbrPce V="3"'))
    dit = appeler("sign", faux, "-o", tmp_path / "signe.xml", "--cumul", CUMUL)
    assert dit.code == 30
    assert "2" in dit.err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["faux.xml", "mon-depot", "mon.xml"]


@pytest.mark.parametrize("texte", ["12", "12=", "12=1,5", "x=1", "12=1.234", "12=-1"])
def test_a_badly_written_cumul_is_wrong_usage(texte: str, pes: Path, appeler: Appel) -> None:
    dit = appeler("sign", pes, "-o", "signe.xml", f"--cumul={texte}")
    assert dit.code == 2
    assert "BORDEREAU=MONTANT" in dit.err


@pytest.mark.parametrize("commande", ["verify", "ack", "sign"])
@pytest.mark.parametrize("quoi", ["rebut", "absent", "dossier"])
def test_what_cannot_be_read_ends_with_31(
    commande: str, quoi: str, tmp_path: Path, appeler: Appel
) -> None:
    path = tmp_path / quoi
    if quoi == "rebut":
        path.write_bytes(b"\x00 rien de lisible")
    elif quoi == "dossier":
        path.mkdir()
    suite = ("-o", "x.xml") if commande == "sign" else ()
    dit = appeler(commande, path, *suite)
    assert dit.code == 31
    assert dit.out == ""
    assert "VGM-301" in dit.err
    assert not (tmp_path / "x.xml").exists()


@pytest.mark.parametrize("commande", ["verify", "ack"])
def test_with_json_a_failure_is_a_document_too(
    commande: str, tmp_path: Path, appeler: Appel
) -> None:
    (tmp_path / "rebut").write_bytes(b"rien")
    dit = appeler(commande, "rebut", "--json")
    document = dit.json()
    assert dit.code == 31
    assert isinstance(document, dict)
    assert document["erreur"]["code"] == "VGM-301"
    assert document["erreur"]["sortie"] == 31


def test_the_shared_depense_is_signed_as_expected(tmp_path: Path, appeler: Appel) -> None:
    source = donnees("pes-samples/V01_depense_1mandat_1pj.xml")
    signe = tmp_path / "signe.xml"
    sans = appeler("sign", source, "-o", signe)
    assert sans.code == 30
    assert "MtCumulAnnuel" in sans.err
    assert not signe.exists()
    assert appeler("sign", source, "-o", signe, "--cumul", "12=120.00").code == 0
    assert appeler("check", signe).code == 0
    assert appeler("verify", signe, "--strict", *confiance()).code == 0
