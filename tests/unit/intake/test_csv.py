"""CSV as offices make it, and each trap at its file, line and column."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.intake.fabrique import (
    MANDAT,
    PDF,
    contexte,
    en_csv,
    mandats,
    poser,
    regles,
    seule,
)
from vaguemestre.domain.comptable import Mandat
from vaguemestre.errors import Gravite
from vaguemestre.intake.constats import Constats
from vaguemestre.intake.depot import DepotLu, lire_depot
from vaguemestre.intake.tableur_csv import lire_csv


def lire(dossier: Path, contenu: str | bytes) -> DepotLu:
    poser(dossier, mandats__csv=contenu, facture__pdf=PDF)
    return lire_depot(dossier, contexte())


@pytest.mark.parametrize("sep", [";", ",", "\t"])
@pytest.mark.parametrize("encodage", ["utf-8", "utf-8-sig", "cp1252"])
def test_separateurs_et_encodages(tmp_path: Path, sep: str, encodage: str) -> None:
    ligne = {**MANDAT, "objet": "Été à Nouméa ; l'œuvre, suite"}
    lu = lire(tmp_path, en_csv(ligne, sep=sep).encode(encodage))
    assert regles(lu) == []
    piece = lu.bordereaux["00"][0].pieces[0]
    assert piece.objet == "Été à Nouméa ; l'oeuvre, suite"
    assert piece.lignes[0].montant_ht == Decimal("1234.56")
    assert lu.remplacements["œ"] == 1


def test_ligne_sep_d_excel(tmp_path: Path) -> None:
    lu = lire(tmp_path, "sep=,\r\n" + en_csv({**MANDAT, "nature": "x"}, sep=","))
    assert seule(lu, "depot.valeur.chiffres").ligne == 3


PIEGES = [
    ("montant_ht", "1,234", "depot.valeur.ambigu"),
    ("montant_ht", "-12,00", "depot.valeur.negatif"),
    ("montant_ht", "1E+15", "depot.valeur.exposant"),
    ("montant_ht", "#N/A", "depot.valeur.formule"),
    ("montant_ht", "12,345678", "depot.valeur.decimales"),
    ("date_emission", "46347", "depot.valeur.date_serie"),
    ("date_emission", "31/02/2026", "depot.valeur.date"),
    ("code_postal", "1000", "depot.valeur.zero_perdu"),
    ("tiers_identifiant", "7328293200007", "depot.valeur.zero_perdu"),
    ("tiers_identifiant", "7,8E+13", "depot.valeur.exposant"),
    ("tiers_nature_identifiant", "1", "depot.valeur.zero_perdu"),
    ("mode_reglement", "3", "depot.valeur.zero_perdu"),
    ("mode_reglement", "99", "depot.valeur.code"),
    ("objet", "x" * 101, "depot.valeur.longueur"),
    ("objet", "flûte 🎵", "depot.valeur.caractere"),
    ("objet", "deux\nlignes", "depot.valeur.caractere"),
    ("mandat", "0", "depot.valeur.entier"),
    ("mandat", "", "depot.valeur.obligatoire"),
    ("montant_ht", "", "depot.valeur.obligatoire"),
    ("tiers_nom", "", "depot.valeur.obligatoire"),
    ("adresse_2", "", "depot.valeur.obligatoire"),
    ("iban", "", "depot.valeur.compte"),
    ("iban", "FR14-2004", "depot.valeur.alnum"),
    ("pj_type", "3", "depot.valeur.zero_perdu"),
    ("pj", "facture.pdf|", "depot.valeur.liste"),
    ("pj", "factur.pdf", "depot.pj.absente"),
    ("pj_type", "003|003", "depot.pj.liste"),
]


@pytest.mark.parametrize(("colonne", "valeur", "regle"), PIEGES)
def test_chaque_piege_a_sa_place(tmp_path: Path, colonne: str, valeur: str, regle: str) -> None:
    lu = lire(tmp_path, en_csv(MANDAT, {**MANDAT, "mandat": "833", colonne: valeur}))
    bloquantes = [a for a in lu.anomalies if a.bloquante]
    assert [a.regle for a in bloquantes] == [regle]
    anomalie = bloquantes[0]
    assert anomalie.fichier == "mandats.csv"
    assert anomalie.ligne == 3
    assert anomalie.colonne == list(MANDAT).index(colonne) + 1
    assert anomalie.chemin == colonne
    assert anomalie.valeur == (valeur or None)
    assert anomalie.conseil
    assert anomalie.ref.startswith("bordereau 72")
    assert lu.bordereaux == {}


def test_tout_est_dit_en_une_fois(tmp_path: Path) -> None:
    lignes = [{**MANDAT, "mandat": str(800 + i), "montant_ht": "-1"} for i in range(50)]
    lu = lire(tmp_path, en_csv(*lignes))
    assert regles(lu).count("depot.valeur.negatif") == 50
    assert [a.ligne for a in lu.anomalies] == list(range(2, 52))


@pytest.mark.parametrize(
    ("entete", "regle", "proche"),
    [
        ("libele_virement_1", "depot.colonne.inconnue", "libelle_virement_1"),
        ("Code Postal", "depot.colonne.inconnue", "code_postal"),
        ("objet", "depot.colonne.doublee", ""),
    ],
)
def test_colonnes(tmp_path: Path, entete: str, regle: str, proche: str) -> None:
    texte = en_csv(MANDAT).replace("\r\n", f";{entete}\r\n", 1)
    anomalie = seule(lire(tmp_path, texte), regle)
    assert anomalie.ligne == 1
    assert anomalie.colonne == len(MANDAT) + 1
    assert proche in anomalie.message


def test_colonne_obligatoire_absente_dite_une_seule_fois(tmp_path: Path) -> None:
    sans = {nom: v for nom, v in MANDAT.items() if nom != "nature"}
    lu = lire(tmp_path, en_csv(sans, {**sans, "mandat": "833"}))
    assert seule(lu, "depot.colonne.absente").chemin == "nature"


def test_ligne_decalee(tmp_path: Path) -> None:
    ligne = en_csv(MANDAT).splitlines()
    decalee = ligne[1].replace("Fournitures de bureau", "Fournitures; de bureau")
    lu = lire(tmp_path, "\r\n".join([ligne[0], decalee]))
    trouvees = [a for a in lu.anomalies if a.regle == "depot.ligne.decalee"]
    assert [(a.ligne, a.colonne) for a in trouvees] == [(2, len(MANDAT) + 1)]


def test_lignes_vides_ignorees_mais_dites(tmp_path: Path) -> None:
    texte = en_csv(MANDAT).replace("\r\n", "\r\n" + ";" * 20 + "\r\n", 1) + ";;;\r\n"
    anomalie = seule(lire(tmp_path, texte), "depot.ligne.vide")
    assert anomalie.gravite is Gravite.AVERTISSEMENT
    assert "2, 4" in anomalie.message


def test_entete_repetee_titre_au_dessus_et_absent(tmp_path: Path) -> None:
    entete, ligne = en_csv(MANDAT).splitlines()
    lu = lire(tmp_path, "\n".join([entete, ligne, entete]))
    assert seule(lu, "depot.ligne.entete_repetee").ligne == 3
    lu = lire(tmp_path, "\n".join(["Liste des mandats", entete, ligne]))
    titre = next(a for a in lu.anomalies if a.regle == "depot.colonne.entete")
    assert "ligne 2" in titre.message
    lu = lire(tmp_path, ligne)
    assert "depot.colonne.entete" in regles(lu)


@pytest.mark.parametrize(
    ("octets", "regle"),
    [
        (b"", "depot.fichier.vide"),
        (b"\n\n", "depot.fichier.vide"),
        ("exercice;bordereau".encode("utf-16"), "depot.encodage"),
        (b"PK\x03\x04 quelque chose", "depot.encodage"),
        (b"exercice;objet\n2026;\x81\n", "depot.encodage"),
        ("exercice;objet\n2026;é\n".encode() + b"2026;\xe9\n", "depot.encodage"),
        (b'exercice;objet\n2026;"ouvert\n2027;x\n', "depot.csv.guillemets"),
    ],
)
def test_fichiers_qui_ne_se_lisent_pas(tmp_path: Path, octets: bytes, regle: str) -> None:
    lu = lire(tmp_path, octets)
    assert regle in regles(lu)
    assert lu.bordereaux == {}


def test_entete_seule(tmp_path: Path) -> None:
    lu = lire(tmp_path, en_csv(MANDAT).splitlines()[0])
    assert "depot.fichier.vide" in regles(lu)


def test_espaces_au_bord_comptes(tmp_path: Path) -> None:
    lu = mandats(tmp_path, {**MANDAT, "tiers_nom": "  PAPETERIE  ", "mode_reglement": "03 "})
    assert regles(lu) == []
    assert lu.remplacements["espaces en début ou en fin de valeur"] == 2
    assert next(lu.bordereaux["00"][0].lignes).tiers[0].nom == "PAPETERIE"


def test_franc_cfp(tmp_path: Path) -> None:
    lu = mandats(tmp_path, {**MANDAT, "montant_ht": "12,50", "montant_tva": ""}, monnaie="XPF")
    assert "XPF" in seule(lu, "depot.valeur.fraction").message
    lu = mandats(tmp_path, {**MANDAT, "montant_ht": "12 500", "montant_tva": "0"}, monnaie="XPF")
    ligne = next(lu.bordereaux["00"][0].lignes)
    assert (ligne.montant_ht, ligne.montant_tva) == (Decimal(12500), None)


def test_budgets(tmp_path: Path) -> None:
    lu = mandats(tmp_path, MANDAT, budgets=("00", "01"))
    assert seule(lu, "depot.valeur.obligatoire").chemin == "budget"
    lu = mandats(tmp_path, {**MANDAT, "budget": "1"}, budgets=("00", "01"))
    assert "« 01 »" in seule(lu, "depot.valeur.zero_perdu").message
    lu = mandats(tmp_path, {**MANDAT, "budget": "07"}, budgets=("00", "01"))
    assert "00, 01" in seule(lu, "depot.valeur.code").conseil
    autre = {**MANDAT, "budget": "00"}
    lu = mandats(tmp_path, autre, {**MANDAT, "budget": "01"}, budgets=("00", "01"))
    assert list(lu.bordereaux) == ["00", "01"]


def test_une_piece_sur_plusieurs_lignes(tmp_path: Path) -> None:
    seconde = {
        "exercice": "2026", "bordereau": "72", "mandat": "832", "nature": "6068",
        "montant_ht": "10",
    }  # fmt: skip
    lu = mandats(tmp_path, MANDAT, seconde)
    assert regles(lu) == []
    piece = lu.bordereaux["00"][0].pieces[0]
    assert isinstance(piece, Mandat)
    assert [(ligne.numero, ligne.nature) for ligne in piece.lignes] == [(1, "60632"), (2, "6068")]
    assert piece.objet == "Fournitures de bureau"


def test_piece_incoherente_et_ligne_en_double(tmp_path: Path) -> None:
    lu = mandats(tmp_path, MANDAT, {**MANDAT, "objet": "Autre chose"})
    anomalie = seule(lu, "depot.piece.incoherente")
    assert (anomalie.ligne, anomalie.chemin) == (3, "objet")
    assert "Fournitures" in anomalie.message
    lu = mandats(tmp_path, MANDAT, {**MANDAT, "pj": "fcture.pdf"})
    assert regles(lu) == ["depot.piece.incoherente", "depot.pj.absente"]
    lu = mandats(tmp_path, {**MANDAT, "ligne": "1"}, {**MANDAT, "ligne": "1"})
    assert seule(lu, "depot.ligne.doublon").ligne == 3
    lu = mandats(tmp_path, MANDAT, {**MANDAT, "mandat": "833", "date_emission": "21/11/2026"})
    assert seule(lu, "depot.piece.incoherente").chemin == "date_emission"


cellules = st.text(
    st.characters(min_codepoint=32, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=20
)


@given(st.lists(cellules, min_size=1, max_size=5), st.sampled_from([";", ",", "\t"]))
def test_csv_aller_retour(objets: list[str], sep: str) -> None:
    lignes = [{"mandat": str(i + 1), "objet": o} for i, o in enumerate(objets)]
    texte = en_csv(*lignes, sep=sep, colonnes=["mandat", "objet"])
    constats = Constats()
    rangees = lire_csv(texte.encode(), "mandats.csv", "mandats", constats)
    assert [r.cellules.get("objet", "") for r in rangees] == [o.strip() for o in objets]
    assert [r.ligne for r in rangees] == list(range(2, len(objets) + 2))


@given(st.binary(max_size=200))
def test_n_importe_quoi_ne_leve_jamais(octets: bytes) -> None:
    constats = Constats()
    lire_csv(octets, "mandats.csv", "mandats", constats)
    assert constats.anomalies
