"""JSON and XLSX deposits: same values, same places."""

from __future__ import annotations

import json
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.intake.fabrique import (
    PDF,
    TITRE,
    contexte,
    imbrique,
    poser,
    regles,
    seule,
)
from vaguemestre.domain.comptable import Titre
from vaguemestre.intake.constats import Constats
from vaguemestre.intake.depot import DepotLu, lire_depot
from vaguemestre.intake.json_lignes import lire_json

LIGNE: dict[str, Any] = {"nature": "60632", "montant_ht": 1234.56}


def lire(dossier: Path, contenu: str) -> DepotLu:
    poser(dossier, mandats__json=contenu)
    return lire_depot(dossier, contexte())


def test_json_imbrique_et_plat(tmp_path: Path) -> None:
    lu = lire(
        tmp_path / "a", imbrique({"mandat": 832, "lignes": [LIGNE, {**LIGNE, "nature": 6068}]})
    )
    assert regles(lu) == []
    piece = lu.bordereaux["00"][0].pieces[0]
    assert [ligne.nature for ligne in piece.lignes] == ["60632", "6068"]
    assert piece.lignes[0].montant_ht == Decimal("1234.56")
    plat = {"exercice": 2026, "bordereau": 72, "date_emission": "20/11/2026", "mandat": 832}
    autre = lire(
        tmp_path / "b", json.dumps([{**plat, **LIGNE}, {**plat, **LIGNE, "nature": "6068"}])
    )
    assert autre.bordereaux == lu.bordereaux


def test_json_pj_en_liste_et_plusieurs_debiteurs(tmp_path: Path) -> None:
    tiers = {
        nom: v for nom, v in TITRE.items() if nom.startswith(("tiers", "adr", "code_po", "vi"))
    }
    ligne = {"nature": "7067", "code_produit": "CANT", "montant_ht": "45"}
    debiteurs = [tiers, {**tiers, "tiers_nom": "DURAND", "tiers_type": "03"}]
    titre = {
        "titre": 215,
        "pj": ["a.pdf", "b.pdf"],
        "lignes": [{**ligne, "ligne": 1, "tiers": debiteurs}],
    }
    tete = {"exercice": 2026, "bordereau": 15, "date_emission": "2026-11-20", "titres": [titre]}
    poser(tmp_path, titres__json=json.dumps({"bordereaux": [tete]}), a__pdf=PDF, b__pdf=PDF + b" ")
    lu = lire_depot(tmp_path, contexte())
    assert regles(lu) == []
    piece = lu.bordereaux["00"][0].pieces[0]
    assert isinstance(piece, Titre)
    assert [t.nom for t in piece.lignes[0].tiers] == ["MARTIN", "DURAND"]
    assert [t.type for t in piece.lignes[0].tiers] == ["01", "03"]
    assert len(piece.pj_refs) == 2


@pytest.mark.parametrize(
    ("piece", "regle", "cle"),
    [
        ({"mandat": 832, "objett": "x", "lignes": [LIGNE]}, "depot.colonne.inconnue", "objett"),
        ({"mandat": 832, "nature": "6", "lignes": [LIGNE]}, "depot.colonne.inconnue", "nature"),
        ({"mandat": 832, "lignes": []}, "depot.json.structure", "lignes"),
        ({"mandat": 832, "objet": {"a": 1}, "lignes": [LIGNE]}, "depot.json.structure", "objet"),
        (
            {"mandat": 832, "type_piece": 1, "lignes": [LIGNE]},
            "depot.valeur.zero_perdu",
            "type_piece",
        ),
        ({"mandat": True, "lignes": [LIGNE]}, "depot.valeur.entier", "mandat"),
        (
            {"mandat": 832, "lignes": [{**LIGNE, "montant_ht": 1e15}]},
            "depot.valeur.longueur",
            "montant_ht",
        ),
    ],
)
def test_json_place_chaque_faute(
    tmp_path: Path, piece: dict[str, Any], regle: str, cle: str
) -> None:
    texte = imbrique(piece)
    lu = lire(tmp_path, texte)
    anomalie = next(a for a in lu.anomalies if a.regle == regle)
    assert anomalie.chemin == cle
    assert anomalie.ligne is not None
    assert f'"{cle}"' in texte.splitlines()[anomalie.ligne - 1]
    assert lu.bordereaux == {}


@pytest.mark.parametrize(
    "contenu", ["", "{", "[1]", "3", '{"bordereau": []}', '{"bordereaux": []}', "[" * 5000, "NaN"]
)
def test_json_sans_queue_ni_tete(tmp_path: Path, contenu: str) -> None:
    lu = lire(tmp_path, contenu)
    assert not lu.accepte
    assert all(a.fichier == "mandats.json" for a in lu.anomalies)


def test_json_cle_doublee_et_exposant(tmp_path: Path) -> None:
    lu = lire(tmp_path, '[{"exercice": 2026, "exercice": 2027, "montant_ht": 1E+15}]')
    assert {"depot.json.structure", "depot.valeur.exposant"} <= set(regles(lu))


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda s: (
            st.lists(s, max_size=3)
            | st.dictionaries(
                st.sampled_from(["bordereaux", "mandats", "lignes", "tiers", "objet"]), s
            )
        ),
    )
)
def test_json_quelconque_ne_leve_jamais(valeur: Any) -> None:
    constats = Constats()
    lire_json(json.dumps(valeur).encode(), "mandats.json", "mandats", constats)


def classeur(chemin: Path, *rangs: list[Any], feuille: str = "mandats") -> Path:
    livre = openpyxl.Workbook()
    page = livre.active
    assert page is not None
    page.title = feuille
    for rang in rangs:
        page.append(rang)
    chemin.parent.mkdir(parents=True, exist_ok=True)
    livre.save(chemin)
    return chemin


COLONNES = [
    "exercice",
    "bordereau",
    "date_emission",
    "mandat",
    "nature",
    "montant_ht",
    "type_piece",
]
RANG: list[Any] = [2026, 72, datetime(2026, 11, 20), 832, 60632, 1234.56, "01"]  # noqa: DTZ001


def lire_classeur(dossier: Path, *rangs: list[Any], feuille: str = "mandats") -> DepotLu:
    classeur(dossier / "mandats.xlsx", *rangs, feuille=feuille)
    return lire_depot(dossier, contexte())


def test_xlsx(tmp_path: Path) -> None:
    lu = lire_classeur(tmp_path, COLONNES, RANG)
    assert regles(lu) == []
    (bordereau,) = lu.bordereaux["00"]
    assert bordereau.date_emission == date(2026, 11, 20)
    assert bordereau.montant_ht == Decimal("1234.56")
    assert bordereau.pieces[0].lignes[0].nature == "60632"


@pytest.mark.parametrize(
    ("colonne", "valeur", "regle"),
    [
        ("type_piece", 1, "depot.valeur.zero_perdu"),
        ("date_emission", 46347, "depot.valeur.date_serie"),
        ("date_emission", datetime(2026, 11, 20, 8, 30), "depot.valeur.date"),  # noqa: DTZ001
        ("montant_ht", "#N/A", "depot.valeur.formule"),
        ("montant_ht", 12.345, "depot.valeur.decimales"),
        ("montant_ht", -3, "depot.valeur.negatif"),
        ("mandat", 832.5, "depot.valeur.entier"),
    ],
)
def test_xlsx_pieges(tmp_path: Path, colonne: str, valeur: Any, regle: str) -> None:
    rang = list(RANG)
    rang[COLONNES.index(colonne)] = valeur
    anomalie = seule(lire_classeur(tmp_path, COLONNES, rang), regle)
    assert (anomalie.ligne, anomalie.colonne) == (2, COLONNES.index(colonne) + 1)


def test_xlsx_somme_de_flottants_telle_qu_excel_la_montre(tmp_path: Path) -> None:
    rang = list(RANG)
    rang[5] = 0.1 + 0.2
    lu = lire_classeur(tmp_path, COLONNES, rang)
    assert lu.bordereaux["00"][0].montant_ht == Decimal("0.30")


def test_xlsx_formule_jamais_calculee(tmp_path: Path) -> None:
    rang = list(RANG)
    rang[5] = "=1+1"
    lu = lire_classeur(tmp_path, COLONNES, rang)
    anomalie = next(a for a in lu.anomalies if a.regle == "depot.valeur.formule")
    assert (anomalie.ligne, anomalie.colonne, anomalie.valeur) == (2, 6, "=1+1")


def test_xlsx_feuilles(tmp_path: Path) -> None:
    chemin = classeur(tmp_path / "mandats.xlsx", COLONNES, RANG, feuille="Feuil1")
    assert lire_depot(tmp_path, contexte()).accepte
    livre = openpyxl.load_workbook(chemin)
    livre.create_sheet("notes").append(["pense-bête"])
    livre.save(chemin)
    assert "Feuil1, notes" in seule(lire_depot(tmp_path, contexte()), "depot.xlsx.feuilles").message


@pytest.mark.parametrize(
    ("octets", "dit"),
    [(b"n'importe quoi", "abîmé"), (b"\xd0\xcf\x11\xe0" + bytes(600), "ancien classeur")],
)
def test_xlsx_illisible(tmp_path: Path, octets: bytes, dit: str) -> None:
    poser(tmp_path, mandats__xlsx=octets)
    assert dit in seule(lire_depot(tmp_path, contexte()), "depot.xlsx.illisible").message


def test_xlsx_bombe_xml(tmp_path: Path) -> None:
    chemin = classeur(tmp_path / "mandats.xlsx", COLONNES, RANG)
    with zipfile.ZipFile(chemin) as archive:
        parts = {nom: archive.read(nom) for nom in archive.namelist()}
    nom = "xl/worksheets/sheet1.xml"
    parts[nom] = b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + parts[nom]
    with zipfile.ZipFile(chemin, "w") as archive:
        for part, octets in parts.items():
            archive.writestr(part, octets)
    seule(lire_depot(tmp_path, contexte()), "depot.xlsx.doctype")


def test_titre_de_regie(tmp_path: Path) -> None:
    regie = {
        "exercice": 2026, "bordereau": 15, "date_emission": "2026-11-20", "titre": 216,
        "objet": "Régie cantine", "nature": "7067", "code_produit": "CANT", "montant_ht": "450",
        "nature_piece": "05", "regie": "R1",
        "quittance_premiere": "1001", "quittance_derniere": "1058", "quittance_nombre": 58,
    }  # fmt: skip
    poser(tmp_path, titres__json=json.dumps([regie]))
    lu = lire_depot(tmp_path, contexte())
    assert lu.bordereaux["00"][0].pieces[0].objet == "Régie cantine - Quittances 1001 à 1058 (58)"
    poser(tmp_path, titres__json=json.dumps([{**regie, "quittance_nombre": 59}]))
    seule(lire_depot(tmp_path, contexte()), "depot.regie.quittances")
    sans = {nom: v for nom, v in regie.items() if nom != "quittance_derniere"}
    poser(tmp_path, titres__json=json.dumps([sans]))
    assert seule(lire_depot(tmp_path, contexte()), "depot.valeur.obligatoire").chemin == (
        "quittance_derniere"
    )
