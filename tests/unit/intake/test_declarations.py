"""What is declared of a PJ beside its document: columns and manifest."""

from __future__ import annotations

import json

import pytest

from vaguemestre.domain.declaration import DeclarationPj, Derogation
from vaguemestre.intake.constats import Constats
from vaguemestre.intake.declarations import TOUTES, des_colonnes, du_manifeste

ACCORD = {"motif": "Original perdu", "auteur": "C. Martin, DAF"}


def lire(**contenu: object) -> tuple[dict[str, DeclarationPj], list[str]]:
    constats = Constats()
    octets = json.dumps({"fichiers": ["a.pdf"], **contenu}).encode()
    lues = du_manifeste(octets, "manifeste.json", constats)
    assert all(a.bloquante and a.conseil for a in constats.anomalies)
    return lues, [a.regle for a in constats.anomalies]


def test_un_manifeste_complet() -> None:
    une = {"categorie": "autre", "origine": "papier", "libelle": "Plans", "certification": "c.pdf"}
    lues, fautes = lire(derogation=ACCORD, pieces={"a.pdf": une, "B2": {"derogation": ACCORD}})
    assert fautes == []
    derogation = Derogation(motif="Original perdu", auteur="C. Martin, DAF")
    assert lues == {
        TOUTES: DeclarationPj(derogation=derogation),
        "a.pdf": DeclarationPj(
            categorie="autre", origine="papier", libelle="Plans", certification="c.pdf"
        ),
        "B2": DeclarationPj(derogation=derogation),
    }
    assert lues["a.pdf"].avec_defaut(lues[TOUTES]).derogation == derogation


def test_un_manifeste_sans_declaration() -> None:
    assert lire() == ({}, [])
    assert du_manifeste(b"pas du JSON", "manifeste.json", Constats()) == {}
    assert du_manifeste(b"[1]", "manifeste.json", Constats()) == {}


@pytest.mark.parametrize(
    "contenu",
    [
        {"pieces": ["a.pdf"]},
        {"pieces": {"a.pdf": "autre"}},
        {"pieces": {"a.pdf": {"categories": "autre"}}},
        {"pieces": {"a.pdf": {"categorie": 3}}},
        {"pieces": {"a.pdf": {"categorie": " "}}},
        {"pieces": {"a.pdf": {"libelle": "x" * 251}}},
        {"pieces": {"a.pdf": {"derogation": "oui"}}},
        {"derogation": {"motif": "perdu"}},
        {"derogation": {"motif": "perdu", "auteur": ""}},
        {"derogation": {**ACCORD, "date": "2026"}},
        {"origine": ["papier"]},
    ],
)
def test_une_declaration_mal_ecrite(contenu: dict[str, object]) -> None:
    assert lire(**contenu) == ({}, ["depot.manifeste.pieces"])


def test_les_colonnes() -> None:
    listes = [("autre", None), (None, "papier"), (None, None), ("perdu", None), ("DAF", None)]
    premiere, seconde = des_colonnes(listes)
    assert premiere.derogation == Derogation(motif="perdu", auteur="DAF")
    assert premiere.categorie == "autre"
    assert seconde == DeclarationPj(origine="papier")
