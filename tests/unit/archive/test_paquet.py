"""The manifest of a settled flux: the same package always gives the same bytes."""

from __future__ import annotations

import dataclasses
import json

import pytest

from vaguemestre.archive.paquet import Paquet, Piece, PreuveEntree, lire_paquet
from vaguemestre.errors import IllisibleError


def _piece(role: str, nom: str, graine: int) -> Piece:
    return Piece(
        role=role,
        nom=nom,
        date="2026-03-02T08:00:00Z",
        sha256=f"{graine:064x}",
        sha1=f"{graine:040x}",
        taille=graine,
    )


PAQUET = Paquet(
    flux="F1",
    depot="D1",
    collectivite="mairie",
    cod_col="12345",
    cod_bud="01",
    nomfic="PES_F1",
    etat="ACQUITTE",
    date="2026-03-02T09:00:00Z",
    conservation=10,
    pieces=(_piece("depot", "mandats.csv", 1), _piece("pes_signe", "PES_F1.xml", 2)),
    acquit=({"type": "acquit", "etat": "accepte"},),
    journal=(
        PreuveEntree(seq=0, etape="ouvrir", date="2026-03-02T08:00:00Z", feuille="{}", preuve="p"),
    ),
    taille_journal=7,
    racine_journal="ab" * 32,
    cle="essai.invalid/journal+00000000+AQ==",
)


def test_aller_et_retour() -> None:
    assert lire_paquet(PAQUET.ecrire()) == PAQUET


def test_l_ordre_des_pieces_ne_compte_pas() -> None:
    autre = dataclasses.replace(PAQUET, pieces=PAQUET.pieces[::-1])
    assert autre.ecrire() == PAQUET.ecrire()


def test_une_personne_peut_le_lire() -> None:
    lu = json.loads(PAQUET.ecrire())
    assert lu["format"] == "vaguemestre/paquet@1"
    assert [piece["role"] for piece in lu["pieces"]] == ["depot", "pes_signe"]
    assert lu["journal"][0]["preuve"] == "p"


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"[]",
        b"{}",
        b'{"format":"autre"}',
        PAQUET.ecrire() + b" ",
        PAQUET.ecrire().replace(b'"taille_journal"', b'"taille"'),
    ],
)
def test_illisible(octets: bytes) -> None:
    with pytest.raises(IllisibleError):
        lire_paquet(octets)
