"""The list of categories, and a PJ against its category."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vaguemestre.errors import ConfigurationError, Gravite
from vaguemestre.pj.categories import PjDeclaree, controler_categorie, referentiel


def trouver(pj: dict[str, str], cochees: dict[str, str] | None = None) -> list[tuple[str, Gravite]]:
    declaree = PjDeclaree(ref="PJ 1", nom="f.pdf", **{"nature": "pdf", **pj})
    trouvees = list(controler_categorie(declaree, referentiel(), cochees or {}))
    assert all(a.message and a.conseil and a.regle.startswith("pj.") for a in trouvees)
    return [(a.regle, a.gravite) for a in trouvees]


P, A = Gravite.REJET_PJ, Gravite.AVERTISSEMENT


def test_la_liste_livree_est_celle_de_l_accord() -> None:
    liste = referentiel()
    assert {c.code: (c.paragraphes[0], c.formats) for c in liste.categories} == {
        "etat_paye": ("2.2.1.1", ("xml",)),
        "decision_rh": ("2.2.1.1.2", ("zip",)),
        "frais_deplacement": ("2.2.1.4", ("pdf",)),
        "facture_recette": ("2.2.1.5", ("xml",)),
        "bon_commande": ("2.2.1.6", ("xml", "pdf")),
        "deliberation": ("2.2.1.7", ("pdf",)),
        "marche_passation": ("2.2.1.8", ("pdf",)),
        "marche_contrat": ("2.2.2.1", ("pdf",)),
        "ordre_service": ("2.2.2.1", ("pdf",)),
        "contrat_hors_marche": ("2.2.2.2", ("pdf",)),
        "proces_verbal": ("2.2.2.3", ("pdf",)),
        "decompte_general": ("2.2.2.4", ("pdf",)),
        "etat_liquidatif": ("2.2.2.5", ("pdf",)),
        "facture_depense": ("2.2.3.1", ("pdf",)),
        "recapitulatif_quittances": ("1.3", ("pdf", "xml")),
        "certification": ("1.3", ("pdf", "xml")),
        "autre": ("2.2.1", ("pdf",)),
    }
    assert liste.version
    assert liste.statut == "transcrit"
    assert liste.date == "2016-06-21"


@pytest.mark.parametrize(
    ("pj", "attendu"),
    [
        ({}, []),
        ({"categorie": "facture_depense"}, []),
        ({"categorie": "facture_depense", "nature": "xml"}, [("pj.categorie.format", P)]),
        ({"categorie": "facture_depense", "nature": "pkcs7"}, []),
        ({"categorie": "etat_paye"}, [("pj.categorie.format", P)]),
        ({"categorie": "etat_paye", "nature": "xml"}, []),
        ({"categorie": "ordre_service", "nature": "xml"}, [("pj.categorie.format", A)]),
        ({"type": "004"}, [("pj.categorie.format", A)]),
        ({"type": "004", "nature": "xml"}, []),
        ({"type": "003"}, []),
        ({"categorie": "inventee"}, [("pj.categorie.inconnue", A)]),
        ({"categorie": "bon_commande", "origine": "papier"}, []),
        ({"categorie": "bon_commande", "origine": "fax"}, [("pj.origine.inconnue", A)]),
        ({"categorie": "etat_paye", "nature": "xml", "origine": "papier"}, [("pj.origine", A)]),
        ({"categorie": "autre"}, [("pj.categorie.libelle", A)]),
        ({"categorie": "autre", "libelle": "Attestations"}, []),
    ],
)
def test_une_pj(pj: dict[str, str], attendu: list[tuple[str, Gravite]]) -> None:
    assert trouver(pj) == attendu


def test_ce_que_la_convention_coche() -> None:
    cochees = {"facture_depense": "", "autre": "Attestations d'assurance"}
    assert trouver({"categorie": "facture_depense"}, cochees) == []
    assert trouver({"categorie": "autre"}, cochees) == []
    assert trouver({"categorie": "deliberation"}, cochees) == [("pj.categorie.non_cochee", P)]
    recette = {"type": "006", "nature": "xml"}
    assert trouver(recette, cochees) == [("pj.categorie.non_cochee", A)]
    assert trouver({"categorie": "autre"}, {"autre": ""}) == [("pj.categorie.libelle", A)]


def test_une_liste_a_soi(tmp_path: Path) -> None:
    fichier = tmp_path / "liste.json"
    une = {"code": "plan", "libelle": "Plans", "paragraphes": ["9"], "formats": ["pdf"]}
    tete = {"version": "1", "statut": "convenu", "date": "2026-01-01", "source": "avenant 3"}
    fichier.write_text(json.dumps({**tete, "categories": [une]}), "utf-8")
    categorie = referentiel(fichier).trouver("plan")
    assert categorie is not None
    assert (categorie.certitude, categorie.reference) == ("infere", "§9")


@pytest.mark.parametrize(
    "contenu",
    [
        "{",
        "[]",
        "{}",
        '{"categories": 3}',
        '{"categories": [], "version": "1"}',
        '{"categories": [{"code": "A B"}]}',
        '{"categories": [{"code": "a", "libelle": "A", "paragraphes": [], "formats": ["doc"]}]}',
    ],
)
def test_liste_inutilisable(tmp_path: Path, contenu: str) -> None:
    fichier = tmp_path / f"liste-{abs(hash(contenu))}.json"
    fichier.write_text(contenu, "utf-8")
    with pytest.raises(ConfigurationError, match="catégories de PJ"):
        referentiel(fichier)
    with pytest.raises(ConfigurationError, match="illisible"):
        referentiel(tmp_path / "absente.json")


def test_categorie_en_double(tmp_path: Path) -> None:
    une = {"code": "plan", "libelle": "Plans", "paragraphes": ["9"], "formats": ["pdf"]}
    tete = {"version": "1", "statut": "convenu", "date": "2026-01-01", "source": "avenant 3"}
    fichier = tmp_path / "double.json"
    fichier.write_text(json.dumps({**tete, "categories": [une, une]}), "utf-8")
    with pytest.raises(ConfigurationError, match="en double"):
        referentiel(fichier)
