"""Names on the wire."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.errors import ConfigurationError, ExchangeRefusedError
from vaguemestre.transport.nommage import (
    attend_retrait,
    nom_passtrans,
    nom_pesalr2,
    nom_simple,
    p_msg,
    sha1_du_nom,
)

SHA1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709"


def test_pesalr2() -> None:
    jour = date(2026, 3, 9)
    assert nom_pesalr2("213401723", jour, 7) == "PESALR2_213401723_260309_007.xml"
    assert nom_pesalr2("213401723", jour, 1000) == "PESALR2_213401723_260309_1000.xml"
    assert nom_pesalr2("213401723", jour, 7, ".txt") == "PESALR2_213401723_260309_007.txt"


@pytest.mark.parametrize(
    ("siren", "ordre", "extension"),
    [
        ("21340172300019", 1, ".xml"),
        ("21340172A", 1, ".xml"),
        ("213401723", 0, ".xml"),
        ("213401723", 1, "xml"),
        ("213401723", 1, "./x"),
    ],
)
def test_pesalr2_refuse(siren: str, ordre: int, extension: str) -> None:
    with pytest.raises(ConfigurationError):
        nom_pesalr2(siren, date(2026, 1, 1), ordre, extension)


def test_passtrans() -> None:
    message = p_msg("123", "034011", "00")
    assert message == "PES#123#034011#00"
    nom = nom_passtrans("VHPCE11", "GHELPES2", message, SHA1)
    assert nom == f"VHPCE11%%GHELPES2%%PES#123#034011#00%%{SHA1}"
    assert sha1_du_nom(nom) == SHA1
    assert sha1_du_nom("PESALR2_213401723_260309_007.xml") is None
    assert nom_simple(nom) == nom


@pytest.mark.parametrize(
    ("dest", "appli", "message", "sha1"),
    [
        ("VHPCE12", "GHELPES2", "PES#123#034011#00", SHA1),
        ("VHPCE81", "GHELPES2", "PES#123#034011#00", SHA1),
        ("", "GHELPES2", "PES#123#034011#00", SHA1),
        ("VHPCE11", "AUTRE", "PES#123#034011#00", SHA1),
        ("VHPCE11", "GHELPES2", "PES#123#034011", SHA1),
        ("VHPCE11", "GHELPES2", "PES##034011#00", SHA1),
        ("VHPCE11", "GHELPES2", "PES#123##00", SHA1),
        ("VHPCE11", "GHELPES2", "PES#123#034011#", SHA1),
        ("VHPCE11", "GHELPES2", "AUT#123#034011#00", SHA1),
        ("VHPCE11", "GHELPES2", "PES#123#034011#00", SHA1.upper()),
        ("VHPCE11", "GHELPES2", "PES#123#034011#00", SHA1[:-1]),
    ],
)
def test_passtrans_refuse(dest: str, appli: str, message: str, sha1: str) -> None:
    with pytest.raises(ConfigurationError, match="attendu"):
        nom_passtrans(dest, appli, message, sha1)


@given(st.text(max_size=40))
def test_un_nom_simple_reste_dans_son_dossier(nom: str) -> None:
    try:
        simple = nom_simple(nom)
    except (ExchangeRefusedError, UnicodeEncodeError):
        return
    assert simple == nom
    assert "/" not in simple
    assert simple not in ("", ".", "..")


@pytest.mark.parametrize(
    ("nom", "attendu"),
    [
        ("a-ACK-1.xml", True),
        (".cache", False),
        ("a.part", False),
        ("a.tmp", False),
        ("", False),
        ("a.filepart", False),
        ("a\nb", False),
        ("PES2R_DEP_R.xml", True),
    ],
)
def test_ce_qui_nous_attend(nom: str, attendu: bool) -> None:
    assert attend_retrait(nom) is attendu
