"""PJ against the volets of the convention: categories, agreed names, columns beside `pj`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.unit.intake.fabrique import PDF, SIRET
from vaguemestre.config.sections import Collectivite
from vaguemestre.domain.comptable import PieceJustificative
from vaguemestre.domain.declaration import DeclarationPj
from vaguemestre.errors import Anomalie, ConfigurationError
from vaguemestre.intake.convention import controler_convention
from vaguemestre.intake.depot import ContexteDepot, DepotLu, lire_depot
from vaguemestre.simulators.exemples import depot_mandats

JOUR = date(2026, 11, 21)
FACTURE = {
    "domaine": "pj",
    "effet": "2026-01-01",
    "categories": ("facture_depense",),
    "motif_nom_pj": "Facture_{numero}_{annee}_{fournisseur}",
}
DELIB = {"domaine": "pj", "effet": "2026-01-01", "categories": ("deliberation",)}


def collectivite(*volets: dict[str, Any]) -> Collectivite:
    fiche = {"dossier": "lagon", "nom": "Lagon", "siret": SIRET, "code": "123", "poste": "988001"}
    budgets = [{"code": "00"}]
    return Collectivite.model_validate({**fiche, "budget": budgets, "convention": volets})


def juger(
    nom: str, *volets: dict[str, Any], categorie: str = "", type_: str | None = None
) -> list[Anomalie]:
    pj = PieceJustificative(id_unique="ABC", nom=nom, description="d", mime="m", type=type_)
    dites = {"ABC": DeclarationPj(categorie=categorie)} if categorie else None
    trouvees = controler_convention([], [pj], collectivite(*volets), "00", JOUR, dites)
    assert all(a.regle.startswith("depot.convention.") for a in trouvees)
    return list(trouvees)


def test_nom_convenu() -> None:
    assert juger("Facture_1_2026_LAGON.pdf", FACTURE, categorie="facture_depense") == []
    (faute,) = juger("scan001.pdf", FACTURE, categorie="facture_depense")
    assert faute.regle == "depot.convention.nom_pj"
    assert "Facture_{numero}_{annee}_{fournisseur}" in faute.message
    assert "par exemple Facture_118_2026_PAPETERIE DU LAGON.pdf" in faute.message


def test_categorie_cochee_ou_non() -> None:
    assert juger("scan001.pdf", FACTURE, DELIB, categorie="deliberation") == []
    (faute,) = juger("scan001.pdf", FACTURE, categorie="deliberation")
    assert faute.regle == "depot.convention.flux"
    assert "PJ de catégorie deliberation" in faute.message


def test_sans_categorie_un_volet_sans_regle_de_nom_suffit() -> None:
    assert juger("scan001.pdf", FACTURE, DELIB) == []
    assert [a.regle for a in juger("scan001.pdf", FACTURE)] == ["depot.convention.nom_pj"]
    par_type = {"domaine": "pj", "effet": "2026-01-01", "categories": ("003",)}
    assert juger("scan001.pdf", par_type, type_="003") == []
    assert [a.regle for a in juger("scan001.pdf", par_type)] == ["depot.convention.flux"]


def test_motif_inutilisable() -> None:
    with pytest.raises(ConfigurationError, match="motif de nom"):
        juger("a.pdf", {**FACTURE, "motif_nom_pj": "{annee}_{"})


def lire(dossier: Path, colonnes: dict[str, str], **fichiers: bytes) -> DepotLu:
    depot_mandats(dossier, bordereau=1, premier=1, nombre=1, date="20/11/2026")
    for nom, octets in fichiers.items():
        (dossier / nom.replace("__", ".")).write_bytes(octets)
    tete, ligne = (dossier / "mandats.csv").read_text("cp1252").splitlines()
    for nom, valeur in colonnes.items():
        tete, ligne = f"{tete};{nom}", f"{ligne};{valeur}"
    (dossier / "mandats.csv").write_text(f"{tete}\n{ligne}\n", "cp1252")
    return lire_depot(dossier, ContexteDepot(collectivite=collectivite(), jour=JOUR))


def test_ce_que_les_colonnes_declarent(tmp_path: Path) -> None:
    lu = lire(tmp_path / "a", {"pj_categorie": "facture_depense", "pj_origine": "papier"})
    assert lu.anomalies == ()
    (pj,) = lu.pjs
    dite = DeclarationPj(categorie="facture_depense", origine="papier")
    assert lu.declarations == {pj.id_unique: dite}


def test_une_certification_part_avec_sa_piece(tmp_path: Path) -> None:
    lu = lire(tmp_path / "a", {"pj_certification": "c.pdf"}, c__pdf=PDF)
    assert lu.anomalies == ()
    facture, certification = lu.pjs
    assert lu.declarations[facture.id_unique].certification == certification.id_unique
    assert certification.description.startswith("Certification du caractère exécutoire : Facture")
    (bordereau,) = lu.bordereaux["00"]
    liens = [ref.id_unique for ref in bordereau.pj_refs]
    assert liens == [facture.id_unique, certification.id_unique]


@pytest.mark.parametrize(
    ("colonnes", "regle"),
    [
        ({"pj_certification": "absente.pdf"}, "depot.pj.absente"),
        ({"pj_derogation": "perdu"}, "depot.pj.derogation"),
        ({"pj_derogation_auteur": "DAF"}, "depot.pj.derogation"),
        ({"pj_categorie": "autre|deliberation"}, "depot.pj.liste"),
    ],
)
def test_colonnes_fautives(tmp_path: Path, colonnes: dict[str, str], regle: str) -> None:
    lu = lire(tmp_path / "a", colonnes)
    assert [a.regle for a in lu.anomalies if a.bloquante] == [regle]
