"""What a person is told of a re-issue: what the acquit leaves open, and totals that it splits."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.pes_check import fabrique as f
from tests.unit.reemission.atelier import Atelier, refuse
from vaguemestre.domain.comptable import Bordereau
from vaguemestre.errors import UsageError
from vaguemestre.pes.read import lire
from vaguemestre.simulators.acquits import Element, Faute
from vaguemestre.workflows import reserves
from vaguemestre.workflows.dires import Dires
from vaguemestre.workflows.tri import Reste


@pytest.fixture
def atelier(tmp_path: Path) -> Atelier:
    mandats = [f.piece(f.ligne(MtTVA="20.00"), IdPce=str(n)) for n in (411, 412, 413)]
    octets = f.pes(f.domaine(f.bordereau(*mandats, MtBordHT="300.00", MtBordTVA="60.00")))
    return Atelier(tmp_path, octets)


def partage(b: Bordereau, *restent: int) -> Reste:
    """411 rejected, 412 taken in charge."""
    return Reste(
        bordereau=b, accepte=True, pieces=frozenset(restent), exclues=(411,), prises=(412,)
    )


@pytest.mark.parametrize(("base", "montant"), [("ttc", "120.00"), ("ht", "100.00")])
def test_un_bordereau_que_le_comptable_partage(atelier: Atelier, base: str, montant: str) -> None:
    (b,) = lire(atelier.source).bordereaux
    (avis,) = reserves.cumuls_a_reprendre([partage(b, 2)], base)
    assert (avis.valeur, avis.bloquante) == (montant, False)
    assert "ne compte plus 412, pris en charge" in avis.message
    assert "ajoute" in avis.conseil
    (avis,) = reserves.cumuls_a_reprendre([partage(b)], base)
    assert "compte 411, rejeté" in avis.message
    assert "ôte" in avis.conseil
    entier = Reste(bordereau=b, accepte=False, pieces=frozenset({1, 2}), exclues=(411,))
    assert list(reserves.cumuls_a_reprendre([entier], base)) == []


def test_le_fichier_refuse_dit_pourquoi(atelier: Atelier) -> None:
    faute = Faute(code="ERREUR_CODIQUE", libelle="poste 988001 inconnu")
    atelier.acquitter(Element(domaine=99, accepte=False, fautes=(faute,)))
    assert atelier.dires.tout_refuse
    avis = reserves.fichier_refuse(atelier.dires.fichier)
    assert "poste 988001 inconnu" in avis.message
    assert "vaguemestre.toml" in avis.conseil
    muet = reserves.fichier_refuse(Dires().fichier)
    assert "comptable" in muet.conseil


def test_qui_sait_si_le_bordereau_est_arrive(atelier: Atelier) -> None:
    inscrits = atelier.inscrits(lire(atelier.source))
    pj = Element(domaine=4, accepte=True, id_unique="PJ0001")
    atelier.acquitter(pj, refuse(99))
    (tu,) = atelier.dires.tus(inscrits)
    assert reserves.sort_inconnu(tu).ref == "bordereau 12"
    with pytest.raises(UsageError, match=r"rien de : depense/12 "):
        reserves.exiger_le_sort([tu])
    # A file accepted as a whole says it all; so does one that is refused as a whole.
    atelier.acquitter(Element(domaine=0, accepte=True))
    assert atelier.dires.tus(inscrits) == []
    assert [b.accepte for b in atelier.dires.bordereaux(inscrits)] == [True]
    atelier.acquitter(pj, Element(domaine=2, accepte=False))
    assert atelier.dires.tus(inscrits) == []
    assert [b.accepte for b in atelier.dires.bordereaux(inscrits)] == [None]


def test_rien_de_rejete_parmi_les_bordereaux(atelier: Atelier) -> None:
    atelier.accepte = {12: True}
    inscrits = atelier.inscrits(lire(atelier.source))
    atelier.acquitter(refuse(12, accepte=True), marches={"2026A01-001": "SIRET inconnu"})
    with pytest.raises(UsageError, match=r"sont acceptés.*\(marché 2026A01-001\)"):
        reserves.exiger_un_rejet(inscrits, atelier.dires)
    atelier.acquitter(refuse(12, accepte=True))
    reserves.exiger_un_rejet(inscrits, atelier.dires)
