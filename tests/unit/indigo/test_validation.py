"""A draft becomes a layout on pairs it has not seen, byte for byte, and by somebody."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.unit.indigo.exemples import mini, modifier, profil, zone
from tests.unit.indigo.hasard import document, paires_de
from tests.unit.indigo.test_apprentissage import ecrire, tires
from vaguemestre.errors import ConfigurationError, DocumentError
from vaguemestre.indigo.apprentissage import apprendre, empreinte, en_json
from vaguemestre.indigo.convert import convertir
from vaguemestre.indigo.dessins import Profil, charger
from vaguemestre.indigo.structure import Paire
from vaguemestre.indigo.validation import NonProuveError, eprouver, valider

JOUR = date(2026, 11, 22)
QUI = "A. Wamytan, régisseur"


@pytest.fixture(scope="module")
def paires(tmp_path_factory: pytest.TempPathFactory) -> tuple[Paire, ...]:
    return paires_de(tires(9, 5), profil(tmp_path_factory.mktemp("vrai"), mini()))


@pytest.fixture
def brouillon(paires: tuple[Paire, ...], tmp_path: Path) -> Profil:
    return ecrire(tmp_path, apprendre(paires[:3], nom="le-notre"))


def signer(brouillon: Profil, paires: tuple[Paire, ...]) -> Path:
    valide, _ = valider(
        brouillon, paires, auteur=QUI, reference="Fichiers 2025", autorite="accepted_files",
        jour=JOUR,
    )  # fmt: skip
    brouillon.chemin.write_text(json.dumps(en_json(valide)), encoding="utf-8")
    return brouillon.chemin


def test_from_draft_to_a_layout_that_may_leave(
    brouillon: Profil, paires: tuple[Paire, ...]
) -> None:
    assert not brouillon.transmissible
    valide = charger(signer(brouillon, paires[3:]))
    assert valide.transmissible
    assert (valide.autorite.validated_by, valide.autorite.validated_on) == (QUI, JOUR)
    ecrit = json.loads(valide.chemin.read_text("utf-8"))
    assert [p["indigo"] for p in ecrit["evidence"]["validated_on"]] == [
        empreinte(paire.contenu) for paire in paires[3:]
    ]
    assert len(ecrit["evidence"]["learned_from"]) == 3
    (fichier,) = convertir(paires[4].pes, valide, sequence=1, monnaie="XPF")
    assert (fichier.contenu, fichier.statut) == (paires[4].contenu, "validated")
    assert not fichier.nom.startswith("ESSAI_")


def test_a_draft_never_converts_outside_a_trial(
    brouillon: Profil, paires: tuple[Paire, ...]
) -> None:
    with pytest.raises(ConfigurationError, match="brouillon"):
        convertir(paires[0].pes, brouillon, sequence=1, monnaie="XPF")
    (fichier,) = convertir(paires[0].pes, brouillon, sequence=1, monnaie="XPF", epreuve=True)
    assert fichier.statut == "draft"
    assert fichier.nom.startswith("ESSAI_")


def test_the_pairs_it_was_learned_from_prove_nothing(
    brouillon: Profil, paires: tuple[Paire, ...]
) -> None:
    assert all(e.connue and e.egale for e in eprouver(brouillon, paires[:3]))
    with pytest.raises(DocumentError, match="au moins une paire qu'il n'a pas vue"):
        signer(brouillon, paires[:3])


def test_no_pair_validates_nothing(brouillon: Profil) -> None:
    with pytest.raises(DocumentError, match="aucune paire"):
        signer(brouillon, ())


def test_one_byte_refuses(brouillon: Profil, paires: tuple[Paire, ...]) -> None:
    contenu = paires[3].contenu
    faux = replace(paires[3], contenu=contenu.replace(b"+", b"-", 1))
    assert faux.contenu != contenu
    with pytest.raises(DocumentError, match="octet pour octet") as erreur:
        signer(brouillon, (faux, paires[4]))
    assert [a.ref for a in erreur.value.anomalies] == [faux.nom]
    (mauvaise, bonne) = eprouver(brouillon, (faux, paires[4]))
    assert (mauvaise.egale, bonne.egale) == (False, True)
    assert len(mauvaise.ecarts) == 1
    assert "LIGNE/" in mauvaise.raison


def test_a_refusal_says_what_to_do_with_the_draft(
    brouillon: Profil, paires: tuple[Paire, ...]
) -> None:
    with pytest.raises(NonProuveError) as erreur:
        signer(brouillon, paires[:3])
    assert "indigo learn" in erreur.value.hint
    assert erreur.value.exit_code == DocumentError.exit_code


def test_values_that_do_not_fit_are_said(brouillon: Profil, paires: tuple[Paire, ...]) -> None:
    autre = replace(paires[3], pes=modifier(paires[3].pes, "0.5"))
    (epreuve,) = eprouver(brouillon, (autre,))
    assert not epreuve.egale
    assert "rien n'est arrondi" in epreuve.raison


def test_a_layout_that_parity_cannot_read_is_not_validated(tmp_path: Path) -> None:
    """Equal bytes are not enough: without the exercice, parity would be blind."""
    brut = mini(
        zone("marque", "CONST", 1, value="L"),
        zone("bordereau", "9", 7, "bordereau.numero"),
        zone("piece", "9", 8, "piece.numero"),
        zone("ligne", "9", 6, "ligne.numero"),
        zone("ht", "S9", 16, "ligne.montant_ht", sign="trailing"),
    )
    brut["status"] = "draft"
    vrai = profil(tmp_path, brut)
    envois = tires(4, 4)
    paires = [
        Paire(f"p{n}", envoi, f"{n:064x}", fichier.contenu)
        for n, envoi in enumerate(envois)
        for fichier in convertir(envoi, vrai, sequence=1, monnaie="XPF", epreuve=True)
    ]
    appris = ecrire(tmp_path, apprendre(paires[:3], nom="x"))
    assert all(e.egale for e in eprouver(appris, paires[3:]))
    with pytest.raises(DocumentError, match=r"bordereau\.exercice"):
        signer(appris, tuple(paires[3:]))


def test_the_generator_is_deterministic() -> None:
    import random

    assert document(random.Random(3)) == document(random.Random(3))  # noqa: S311
