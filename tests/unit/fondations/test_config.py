"""One TOML file: what is unknown is named, secrets are references, defaults need nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from vaguemestre.config.lecture import charger, chercher, secret
from vaguemestre.config.sections import Configuration
from vaguemestre.errors import ConfigurationError

MODELE = Path(__file__).parents[3] / "src/vaguemestre/cli/modele.toml"


def lire(dossier: Path, texte: str, environ: dict[str, str] | None = None) -> Configuration:
    path = dossier / "vaguemestre.toml"
    path.write_text(texte, "utf-8")
    return charger(path, environ or {})


def test_an_empty_file_is_a_configuration(tmp_path: Path) -> None:
    config = lire(tmp_path, "")
    assert config.base.url == "sqlite:///vaguemestre.db"
    assert config.pes.taille_max == 100_000_000


def test_the_template_of_init_is_valid(tmp_path: Path) -> None:
    config = lire(tmp_path, MODELE.read_text("utf-8"))
    assert config.collectivites[0].partenaire == config.partenaires[0].nom


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("[depots]\ncalm = 3", "« calme »"),
        ("[depot]\ncalme = 3", "« depots »"),
        ("[pes]\ntaille_max = 'gros'", "pes.taille_max"),
        ("[signature]\nmot_de_passe = 'azerty'", "env:NOM"),
        ("[[collectivite]]\nnom = 'x'", "collectivite.0.siret"),
        ("pas du toml", "vaguemestre.toml"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, texte: str, attendu: str) -> None:
    with pytest.raises(ConfigurationError, match=attendu.replace(".", r"\.")):
        lire(tmp_path, texte)


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        lire(tmp_path, "[depots]\ncalm = 3\n[pes]\nlogiciel = 3")
    assert "calm" in caught.value.message
    assert "logiciel" in caught.value.message


def test_the_environment_overrides(tmp_path: Path) -> None:
    config = lire(tmp_path, "[depots]\ncalme = 3", {"VAGUEMESTRE_DEPOTS__CALME": "7"})
    assert config.depots.calme == 7


def test_secrets_are_references(tmp_path: Path) -> None:
    (tmp_path / "mdp").write_text("chut\n", "utf-8")
    assert secret("file:mdp", tmp_path, {}) == "chut"
    assert secret("env:MDP", tmp_path, {"MDP": "chut"}) == "chut"
    for reference in ("file:absent", "env:ABSENT"):
        with pytest.raises(ConfigurationError):
            secret(reference, tmp_path, {})


def test_where_a_configuration_is_looked_for(tmp_path: Path) -> None:
    assert chercher(tmp_path / "x.toml", {}) == tmp_path / "x.toml"
    assert chercher(None, {"VAGUEMESTRE_CONFIG": "/a/b.toml"}) == Path("/a/b.toml")
    assert chercher(None, {}) is None
