"""`help regles`: every rule as a clerk reads it, one of them, or a family."""

from __future__ import annotations

import pytest

from vaguemestre.cli import main
from vaguemestre.cli.catalogue import page_regle, page_regles
from vaguemestre.errors import UsageError
from vaguemestre.pes import regles
from vaguemestre.pes.regles import fiches as module
from vaguemestre.pes.regles.couverture import marques
from vaguemestre.pes.regles.fiches import fiches, modifier


def test_the_page_shows_every_rule_with_both_examples() -> None:
    page = page_regles()
    for regle in regles.TOUTES:
        fiche = fiches()[regle.id]
        debut = page.index(f"### `{regle.id}`\n")
        morceau = page[debut : page.find("\n### ", debut + 1)]
        assert fiche.enonce in morceau
        assert morceau.count("```xml") == 2
        assert "Fautif" in morceau
        assert "Conforme" in morceau
        assert "Effet : " in morceau
        assert "Certitude : " in morceau
        assert max(len(ligne) for ligne in morceau.split("```xml")[1].splitlines()) < 120


def test_the_page_says_what_cannot_be_seen_here() -> None:
    page = page_regles()
    for marque in marques().values():
        assert marque.dehors in page


def test_one_rule_or_a_family() -> None:
    assert page_regle("pes.bordereau.nbrpce").count("### ") == 1
    famille = page_regle("pes.compte")
    assert famille.count("### ") == 6
    assert "### `pes.compte.rib`" in famille


def test_a_page_says_how_far_a_text_holds_and_which_formula_was_chosen() -> None:
    marche = page_regle("pes.marche.montant")
    assert "rejet du bordereau jusqu'au schéma 5.17 ; ensuite" in marche
    assert "avertissement" in marche
    assert "formule choisie : modulo23" in page_regle("pes.ormc.cle2")
    assert "contredit par une autre source" in page_regle("pes.edition.douteuse")
    assert "liste officielle non trouvée" in page_regle("pes.piece.triplet")


def test_an_unknown_rule_gives_the_nearest_name() -> None:
    with pytest.raises(UsageError, match=r"« pes\.compte\.iban »"):
        page_regle("pes.compte.ibam")


def test_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", "regles", "registre.piece"]) == 0
    dit = capsys.readouterr().out
    assert "registre.piece" in dit
    assert "pièce 400 prise en charge" in " ".join(dit.split())
    assert main(["help", "regles", "nulle.part"]) == 2
    assert main(["help", "errors", "pes.compte.iban"]) == 2
    assert "regles" in capsys.readouterr().err


def test_a_card_badly_written_is_refused() -> None:
    with pytest.raises(ValueError, match="0 fois"):
        modifier("depense", [("<Absent/>", "")])
    with pytest.raises(ValueError, match="2 fois"):
        modifier("depense", [('<IdUnique V="PJ0001"/>', "")])
    with pytest.raises(ValueError, match="clé inconnue"):
        module._fiche("x", {"enonce": "x", "fautif": [], "fautive": 1})
