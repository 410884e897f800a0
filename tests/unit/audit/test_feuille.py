"""Entries to bytes and back: one writing for one entry."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.audit.feuille import ecrire_feuille, empreinte_etape, lire_feuille
from vaguemestre.errors import IllisibleError
from vaguemestre.ports import Entree, EtapeScellee

ENTREE = Entree(
    seq=3,
    temps="2026-03-02T08:00:00Z",
    acteur="moteur",
    collectivite="mairie",
    run="F1",
    etape="signer",
    empreinte="ab" * 32,
)


@given(st.from_type(Entree))
def test_aller_et_retour(entree: Entree) -> None:
    assert lire_feuille(ecrire_feuille(entree)) == entree


def test_octets_exacts() -> None:
    assert ecrire_feuille(ENTREE) == (
        b'{"acteur":"moteur","collectivite":"mairie","empreinte":"' + b"ab" * 32 + b'",'
        b'"objets":[],"passages":[],"precedent":null,"run":"F1","seq":3,'
        b'"temps":"2026-03-02T08:00:00Z","transmissions":[],"type":"signer","v":1}'
    )


@pytest.mark.parametrize("octets", [b"", b"[]", b"{}", b"\xff", b"nul"])
def test_illisible(octets: bytes) -> None:
    with pytest.raises(IllisibleError):
        lire_feuille(octets)


def test_autre_ecriture_refusee() -> None:
    with pytest.raises(IllisibleError, match="mal écrite"):
        lire_feuille(json.dumps(json.loads(ecrire_feuille(ENTREE))).encode())
    with pytest.raises(IllisibleError, match="autre version"):
        lire_feuille(ecrire_feuille(ENTREE).replace(b'"v":1', b'"v":2'))


def test_l_empreinte_couvre_tout_sauf_la_place() -> None:
    etape = EtapeScellee(1, "F1", "signer", "t", "{}", "[]", "sel")
    autres = [
        EtapeScellee(1, "F2", "signer", "t", "{}", "[]", "sel"),
        EtapeScellee(1, "F1", "signe", "t", "{}", "[]", "sel"),
        EtapeScellee(1, "F1", "signer", "u", "{}", "[]", "sel"),
        EtapeScellee(1, "F1", "signer", "t", "{ }", "[]", "sel"),
        EtapeScellee(1, "F1", "signer", "t", "{}", "[1]", "sel"),
        EtapeScellee(1, "F1", "signer", "t", "{}", "[]", "poivre"),
    ]
    empreintes = {empreinte_etape(vue) for vue in [etape, *autres]}
    assert len(empreintes) == 7
    assert empreinte_etape(EtapeScellee(9, *list(_champs(etape))[1:])) == empreinte_etape(etape)


def _champs(etape: EtapeScellee) -> tuple[str, ...]:
    return (
        str(etape.seq),
        etape.run,
        etape.etape,
        etape.temps,
        etape.resultat,
        etape.faits,
        etape.sel,
    )
