"""Help answers what the README leaves out, and cannot lag behind the code."""

from __future__ import annotations

import re
from functools import cache

import pytest
from cyclopts import App

from vaguemestre.cli import construire, main
from vaguemestre.cli.pages import classes, page, sommaire
from vaguemestre.cli.tables import DESCRIPTIONS
from vaguemestre.config import sections
from vaguemestre.domain.flux import Etat

# Options common to all commands, and those of the simulated DGFiP, a program of its own.
_AILLEURS = {"--help", "--version", "--no-color", "--racine", "--regles"}


def test_codes_and_exit_codes_are_unique_and_documented() -> None:
    errors = sorted(set(classes()), key=lambda c: c.code)
    assert len({c.code for c in errors}) == len(errors)
    assert len({c.exit_code for c in errors}) == len(errors)
    texte = page("errors")
    for classe in errors:
        assert classe.exit_code == 2 or 10 <= classe.exit_code <= 99
        assert f"| {classe.code} | {classe.exit_code} |" in texte
        assert classe.hint in texte


def test_every_key_of_the_configuration_is_documented() -> None:
    texte = page("configuration")
    for modele in sections._Table.__subclasses__():
        if modele is sections.Configuration:
            continue
        assert DESCRIPTIONS[modele.__name__] in texte
        for cle, champ in modele.model_fields.items():
            assert f"`{champ.alias or cle}`" in texte or f".{champ.alias or cle}]" in texte


def test_every_state_has_its_meaning() -> None:
    texte = page("etats")
    for etat in Etat:
        assert f"| {etat.value} |" in texte


@pytest.mark.parametrize("sujet", sorted(sommaire()))
def test_every_page_opens(sujet: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", sujet]) == 0
    assert capsys.readouterr().out.strip()


def test_an_unknown_page_says_which_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", "depots"]) == 2
    assert "depot" in capsys.readouterr().err


def _options(commande: App) -> set[str]:
    arguments = list(commande.assemble_argument_collection())
    return {nom for argument in arguments for nom in argument.names}


@cache
def _commandes() -> dict[str, set[str]]:
    """« flux show » and all its options; a group without them."""
    app, trouvees = construire(), {}
    for nom in (n for n in app if not n.startswith("-")):
        sous = [n for n in app[nom] if not n.startswith("-")]
        trouvees[nom] = set() if sous else _options(app[nom])
        trouvees |= {f"{nom} {n}": _options(app[nom][n]) for n in sous}
    return trouvees


@pytest.mark.parametrize("sujet", sorted(sommaire()))
def test_a_page_begins_with_its_title(sujet: str) -> None:
    assert page(sujet).startswith("# ")


@pytest.mark.parametrize("sujet", sorted(sommaire()))
def test_every_command_and_option_that_a_page_names_exists(sujet: str) -> None:
    commandes = _commandes()
    texte = " ".join(page(sujet).split())
    for citee in re.finditer(r"(?:[`«] ?|    )vaguemestre ([^`»]*)", page(sujet)):
        suite = str(citee[1])
        premier, second = [*suite.split(), "", ""][:2]
        nommee = f"{premier} {second}" if f"{premier} {second}" in commandes else premier
        if not premier or not premier.isalpha() or premier.isupper():
            continue  # « vaguemestre COMMANDE », « vaguemestre.toml »
        assert nommee in commandes, suite
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", suite.split("vaguemestre")[0]):
            assert option in commandes[nommee] | {"--help", "--no-color"}, (nommee, option)
    toutes = set().union(*commandes.values(), _AILLEURS)
    nommees = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*[a-z]", texte))
    assert nommees <= toutes, nommees - toutes


@pytest.mark.parametrize("argv", [["chek"], ["check", "--jsn", "x"], ["flux", "list", "--etat"]])
def test_wrong_usage_exits_with_two_in_french(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "vaguemestre :" in said.err


def test_every_command_of_the_tree_can_be_imported() -> None:
    app = construire()
    app.help_print([])
    for commande in ("init", "demo", "run", "check", "build", "sign", "verify", "ack", "doctor"):
        assert callable(app[commande].default_command)
    for groupe in ("indigo", "flux", "audit", "schemas"):
        for nom in app[groupe]:
            if not nom.startswith("-"):
                assert callable(app[groupe][nom].default_command)
