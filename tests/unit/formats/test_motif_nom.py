"""Names agreed with the accountant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.errors import ConfigurationError
from vaguemestre.formats.motif_nom import compiler

FACTURE = "Facture_{numero}_{annee}_{fournisseur}"


@pytest.mark.parametrize(
    ("nom", "admis"),
    [
        ("Facture_118_2026_PAPETERIE DU LAGON.pdf", True),
        ("Facture_FA-2026-118_2026_Société Calédonienne.xml", True),
        ("Facture_118_2026_.pdf", False),
        ("Facture_118_26_LAGON.pdf", False),
        ("facture_118_2026_LAGON.pdf", False),
        ("Facture_118_2026_LAGON", False),
        ("Facture_118_2026_LAGON.longue", False),
        ("Facture_118_2026_A/B.pdf", False),
        ("Facture_118_2026_A\nB.pdf", False),
        ("xFacture_118_2026_LAGON.pdf", False),
    ],
)
def test_facture(nom: str, admis: bool) -> None:
    assert compiler(FACTURE).accepte(nom) is admis


def test_valeurs_et_exemple() -> None:
    motif = compiler(FACTURE)
    assert motif.lire("Facture_118_2026_LAGON.pdf") == {
        "numero": "118",
        "annee": "2026",
        "fournisseur": "LAGON",
    }
    assert motif.exemple == "Facture_118_2026_PAPETERIE DU LAGON.pdf"
    assert motif.attendu == f"{FACTURE} (par exemple {motif.exemple})"
    assert motif.lire("autre.pdf") is None


@pytest.mark.parametrize(
    ("motif", "bon", "mauvais"),
    [
        ("{date}_{objet}.pdf", "2026-11-20_Voirie.pdf", "2026-13-20_Voirie.pdf"),
        ("BC{numero:4}.xml", "BC0042.xml", "BC42.xml"),
        ("{annee}/x".replace("/", "-"), "2026-x.pdf", "1826-x.pdf"),
        ("{annee}_{mois}_{annee}", "2026_11_2026.pdf", "2026_11_2025.pdf"),
        ("Délib+{numero} (v1)", "Délib+12 (v1).pdf", "Délib12 (v1).pdf"),
        ("{quartier_sud}", "N'importe quoi.pdf", "sans extension"),
        (r"BC_\d{4}\.pdf", "BC_2026.pdf", "BC_26.pdf"),
    ],
)
def test_autres_motifs(motif: str, bon: str, mauvais: str) -> None:
    assert compiler(motif).accepte(bon)
    assert not compiler(motif).accepte(mauvais)


@pytest.mark.parametrize(
    "motif", ["{annee}_{", "{annee}}", "{annee}_{Numero}", "(", "[a", "{a}{b}{c}{d}{e}"]
)
def test_motif_inutilisable(motif: str) -> None:
    with pytest.raises(ConfigurationError, match="motif de nom"):
        compiler(motif)


MOTS = st.sampled_from(
    ["annee", "mois", "jour", "date", "numero", "mandat", "siret", "fournisseur", "objet", "lieu"]
)
FIXES = st.text("Ab-+.( )é", max_size=4)


@given(st.lists(st.tuples(FIXES, MOTS), min_size=1, max_size=6, unique_by=lambda p: p[1]))
def test_l_exemple_d_un_motif_lui_convient(morceaux: list[tuple[str, str]]) -> None:
    motif = compiler("".join(f"{fixe}{{{mot}}}_" for fixe, mot in morceaux) + "x")
    assert motif.accepte(motif.exemple)
