"""The names of accepted files: the pattern that explains them all, and what nothing explains."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.indigo.exemples import mini, profil, zone
from tests.unit.indigo.hasard import document, paires_de
from tests.unit.indigo.test_apprentissage import ecrire
from vaguemestre.domain.comptable import Domaine, PesAller
from vaguemestre.indigo.apprentissage import apprendre
from vaguemestre.indigo.profil import MorceauJson, ProfilJson

LIGNE = (
    zone("exercice", "9", 4, "bordereau.exercice"),
    zone("bordereau", "9", 7, "bordereau.numero"),
    zone("piece", "9", 8, "piece.numero"),
    zone("ligne", "9", 4, "ligne.numero"),
    zone("ht", "S9", 14, "ligne.montant_ht", sign="leading"),
    zone("nom", "X", 40, "tiers.nom"),
)


def envois(nombre: int, graine: int = 3) -> list[PesAller]:
    r = random.Random(graine)  # noqa: S311
    return [document(r, pieces=8) for _ in range(nombre)]


def appris(dossier: Path, motif: str, documents: list[PesAller]) -> ProfilJson:
    """What is learned of files named by `motif`: {rang} is the number of the pair."""
    brut = mini(*LIGNE)
    brut["records"][0]["discriminator"] = None
    paires = paires_de(documents, profil(dossier, brut))
    nommees = [
        replace(
            paire,
            nom_indigo=motif.format(
                rang=rang,
                lettre=chr(64 + rang),
                exercice=paire.pes.bordereaux[0].exercice,
                bordereau=paire.pes.bordereaux[0].numero,
                cod_col=paire.pes.entete.code_collectivite,
                cod_bud=paire.pes.entete.code_budget,
                id_coll=paire.pes.entete.id_collectivite,
            ),
        )
        for rang, paire in enumerate(paires, 1)
    ]
    return apprendre(nommees, nom="appris")


def morceaux(lu: ProfilJson) -> tuple[MorceauJson, ...]:
    assert lu.evidence is not None
    assert lu.evidence.file_name is not None
    return lu.evidence.file_name.parts


@pytest.mark.parametrize(
    ("vrai", "attendu"),
    [
        (
            "MANDAT_{cod_col}_{cod_bud}_{exercice}_{rang:04d}.txt",
            "{famille}_{cod_col}_{cod_bud}_{exercice}_{sequence:04d}.txt",
        ),
        ("D-{exercice}-{bordereau:06d}.dat", "D-{exercice}-{bordereau:06d}.dat"),
        ("{id_coll}{exercice}{rang:03d}.IND", "{id_coll}{exercice}{sequence:03d}.IND"),
        ("INDIGO.{bordereau}.{rang}", "INDIGO.{bordereau}.{sequence}"),
    ],
)
def test_the_pattern_of_names_is_found(vrai: str, attendu: str, tmp_path: Path) -> None:
    lu = appris(tmp_path, vrai, envois(12))
    assert lu.file.name_pattern == attendu
    assert {p.status for p in morceaux(lu)} <= {"guessed", "constant"}
    (note,) = [note for note in lu.notes if "Nom des fichiers" in note]
    assert attendu in note
    assert ecrire(tmp_path, lu).motif_nom == attendu


def test_what_never_varies_may_be_a_constant(tmp_path: Path) -> None:
    lu = appris(tmp_path, "MANDAT_{exercice}_0007.txt", envois(2)[:1])
    par_mot = {p.word: p for p in morceaux(lu) if p.word}
    assert par_mot["famille"].rivals == ("constante « MANDAT »",)
    assert par_mot["exercice"].status == "guessed"
    assert "constante « 0007 »" in par_mot["sequence:04d"].rivals


def test_what_the_pes_does_not_say_is_unknown(tmp_path: Path) -> None:
    """A name that somebody gave: nothing is proposed, and what varies is shown."""
    documents = envois(3)
    lu = appris(tmp_path, "MANDAT_{exercice}_{lettre}ter.txt", documents)
    assert lu.file.name_pattern == "{famille}_{cod_col}_{cod_bud}_{exercice}_{sequence:04d}.txt"
    (inconnu,) = [p for p in morceaux(lu) if p.status == "unknown"]
    assert inconnu.seen == ("Ater", "Bter", "Cter")
    assert any("Ater" in note for note in lu.notes)


def test_a_name_without_any_number_is_told(tmp_path: Path) -> None:
    lu = appris(tmp_path, "MANDAT_{exercice}.txt", envois(4))
    assert lu.file.name_pattern == "{famille}_{exercice}.txt"
    assert any("le même nom" in note for note in lu.notes)


def test_a_file_of_two_exercices_has_none_in_its_name(tmp_path: Path) -> None:
    """The writer would split it in two: the year of the name is no word of the pattern."""
    documents = []
    for envoi in envois(4):
        premier, *autres = envoi.bordereaux
        anterieur = replace(premier, exercice=premier.exercice - 1)
        documents.append(replace(envoi, bordereaux=(*autres, anterieur)))
    lu = appris(tmp_path, "MANDAT_{cod_col}_{exercice}_{rang:02d}.txt", documents)
    assert "exercice" not in {p.word for p in morceaux(lu)}


def test_letters_that_no_pattern_may_hold_are_told(tmp_path: Path) -> None:
    lu = appris(tmp_path, "MANDAT é{exercice}_{rang:02d}.txt", envois(4))
    assert lu.file.name_pattern == "{famille}_{cod_col}_{cod_bud}_{exercice}_{sequence:04d}.txt"
    assert any("inutilisable" in note for note in lu.notes)


def test_two_families_need_their_word(tmp_path: Path) -> None:
    r = random.Random(5)  # noqa: S311
    documents = [document(r, pieces=8, domaines=tuple(Domaine)) for _ in range(2)]
    brut = mini(*LIGNE)
    titre = {**brut["records"][0], "id": "TITRE", "family": "TITRE"}
    brut["records"] = [
        {**brut["records"][0], "discriminator": None},
        {**titre, "discriminator": None},
    ]
    paires = paires_de(documents, profil(tmp_path, brut))
    sans = [replace(p, nom_indigo=f"PAYE_{rang:03d}.txt") for rang, p in enumerate(paires, 1)]
    assert any("demande {famille}" in note for note in apprendre(sans, nom="x").notes)
    avec = [
        replace(p, nom_indigo=f"{p.nom.split()[-1]}_{rang:03d}.txt")
        for rang, p in enumerate(paires, 1)
    ]
    lu = apprendre(avec, nom="x")
    assert lu.file.name_pattern == "{famille}_{sequence:03d}.txt"
    (famille,) = [p for p in morceaux(lu) if p.word == "famille"]
    assert (famille.distinct, famille.rivals) == (2, ())


def test_without_names_nothing_is_said_of_them(tmp_path: Path) -> None:
    lu = apprendre(paires_de(envois(2), profil(tmp_path, mini())), nom="x")
    assert lu.evidence is not None
    assert lu.evidence.file_name is None
    assert any("Le nom des fichiers ne s'apprend pas" in note for note in lu.notes)
