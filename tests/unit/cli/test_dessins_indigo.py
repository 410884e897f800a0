"""`indigo learn`, `diff`, `valider`: from old files to a layout, on the command line."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Appel
from tests.unit.indigo.hasard import document
from vaguemestre.pes.build import ecrire

Paire = tuple[Path, Path]


@pytest.fixture
def paires(tmp_path: Path, appeler: Appel) -> list[Paire]:
    """Three PES of a body in francs, and the files that its accountant accepted."""
    r, faites = random.Random(31), []  # noqa: S311
    for rang in (1, 2, 3):
        pes, indigo = tmp_path / f"pes{rang}.xml", tmp_path / f"indigo{rang}.txt"
        ecrire(document(r, pieces=30), pes, monnaie="XPF")
        assert appeler("indigo", "convert", pes, "-o", indigo).code == 0
        faites.append((pes, indigo))
    return faites


def _options(paires: list[Paire]) -> list[str | Path]:
    return [mot for pes, indigo in paires for mot in ("--pes", pes, "--indigo", indigo)]


def test_the_whole_way(paires: list[Paire], tmp_path: Path, appeler: Appel) -> None:
    dessin = tmp_path / "notre.json"
    dit = appeler("indigo", "learn", *_options(paires[:2]), "-o", dessin)
    assert dit.code == 0, dit.err
    assert "MANDAT_LIGNE (un par ligne)" in dit.out
    assert "prouvée" in dit.out
    assert "brouillon, 640 octets, fin de ligne CRLF" in " ".join(dit.err.split())
    assert json.loads(dessin.read_text("utf-8"))["status"] == "draft"

    dit = appeler("indigo", "learn", "--verifier", dessin, *_options(paires[2:]))
    assert dit.code == 0, dit.out
    assert "octets égaux" in dit.out

    converti = tmp_path / "converti.txt"
    assert appeler("indigo", "convert", paires[2][0], "-o", converti, "--layout", dessin).code == 0
    assert converti.read_bytes() == paires[2][1].read_bytes()
    dit = appeler("indigo", "diff", converti, paires[2][1], "--layout", dessin)
    assert (dit.code, dit.out) == (0, "")

    argv = ("--auteur", "L. Poadja, régisseuse", "--le", "2026-11-22")
    dit = appeler("indigo", "valider", dessin, *argv, *_options(paires[2:]))
    assert dit.code == 0, dit.err
    valide = json.loads(dessin.read_text("utf-8"))
    assert valide["status"] == "validated"
    assert valide["authority"]["validated_by"] == "L. Poadja, régisseuse"
    assert valide["authority"]["validated_on"] == "2026-11-22"
    montres = appeler("indigo", "show", paires[0][1], "--layout", dessin, "--json").json()
    assert isinstance(montres, list)
    assert all(vue["piece_numero"].isdecimal() for vue in montres)


def test_learn_as_json(paires: list[Paire], tmp_path: Path, appeler: Appel) -> None:
    dessin = tmp_path / "x.json"
    dit = appeler("indigo", "learn", *_options(paires[:2]), "-o", dessin, "--json")
    assert dit.json() == json.loads(dessin.read_text("utf-8"))


def test_a_pair_that_is_not_rendered_refuses(
    paires: list[Paire], tmp_path: Path, appeler: Appel
) -> None:
    dessin = tmp_path / "x.json"
    assert appeler("indigo", "learn", *_options(paires[:2]), "-o", dessin).code == 0
    pes, indigo = paires[2]
    faux = tmp_path / "faux.txt"
    faux.write_bytes(indigo.read_bytes()[:-643] + b"Z" + indigo.read_bytes()[-642:])
    dit = appeler("indigo", "learn", "--verifier", dessin, "--pes", pes, "--indigo", faux, "--json")
    assert dit.code == 30
    document = dit.json()
    assert isinstance(document, dict)
    assert document["egales"] is False
    avant = dessin.read_bytes()
    dit = appeler("indigo", "valider", dessin, "--auteur", "X", "--pes", pes, "--indigo", faux)
    assert dit.code == 30
    assert "octet pour octet" in dit.err
    assert dessin.read_bytes() == avant


def test_diff_says_where(paires: list[Paire], tmp_path: Path, appeler: Appel) -> None:
    (_, a), autre = paires[0], tmp_path / "b.txt"
    contenu = a.read_bytes()
    autre.write_bytes(contenu[: 642 * 3] + contenu[642 * 4 :])
    dit = appeler("indigo", "diff", a, autre, "--json")
    assert dit.code == 30
    document = dit.json()
    assert isinstance(document, dict)
    assert [e["genre"] for e in document["ecarts"]] == ["en_moins"]
    assert document["ecarts"][0]["rang_a"] == 4
    assert appeler("indigo", "diff", a, a, "--json").json() == {"egaux": True, "ecarts": []}
    assert "absent de B" in appeler("indigo", "diff", a, autre).out


def test_wrong_usage_is_said_in_french(paires: list[Paire], tmp_path: Path, appeler: Appel) -> None:
    (pes, indigo), sortie = paires[0], tmp_path / "x.json"
    for argv, dit in (
        ((), "aucune paire"),
        (("--pes", pes), "1 PES et 0 fichiers INDIGO"),
        (("--pes", pes, "--indigo", tmp_path / "absent.txt"), "introuvable"),
        (("--pes", indigo, "--indigo", indigo), "XML"),
    ):
        resultat = appeler("indigo", "learn", *argv, "-o", sortie)
        assert resultat.code in {2, 31}
        assert dit in resultat.err
    assert appeler("indigo", "learn", "--pes", pes, "--indigo", indigo).code == 2
    assert not sortie.exists()
