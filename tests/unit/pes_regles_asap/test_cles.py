"""A rôle whose keys the deposit leaves empty: made by the formula that the body chose, or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.pes_regles_asap.fabrique import ROLE, collectivite, construire, deposer, en_csv
from vaguemestre.config.lecture import interpreter
from vaguemestre.config.ormc import ClesOrmc
from vaguemestre.config.sections import Configuration
from vaguemestre.domain.comptable import Titre
from vaguemestre.domain.particularites import ArticleRole
from vaguemestre.errors import ConfigurationError
from vaguemestre.pes.examen import examiner
from vaguemestre.pes.read import lire
from vaguemestre.pes.schema import charger
from vaguemestre.workflows.cles import dire
from vaguemestre.workflows.reglages import reglages_de

_CHOISIES = ClesOrmc(cle1="modulo11-nature", cle2="modulo23", code_nature="04")


def _construire(dossier: Path, ormc: ClesOrmc, **changes: str) -> tuple[Path, ArticleRole]:
    corps = collectivite(ormc=ormc)
    lu = deposer(dossier, corps, titres__csv=en_csv({**ROLE, **changes}))
    assert lu.accepte, [a.message for a in lu.anomalies]
    (chemin,) = construire(dossier, lu, corps)
    (bordereau,) = lire(chemin).bordereaux
    (titre,) = bordereau.pieces
    assert isinstance(titre, Titre)
    assert titre.article is not None
    return chemin, titre.article


def test_empty_keys_are_made_by_the_chosen_formulas(tmp_path: Path) -> None:
    """What `build` writes is what `check` expects with the same setting."""
    chemin, article = _construire(tmp_path, _CHOISIES, cle1="", cle2="")
    assert (article.cle1 or "").isdigit()
    assert (article.cle2 or "").isalpha()
    corps = collectivite(ormc=_CHOISIES)
    examen = examiner(chemin, schemas=charger("5.30"), reglages=reglages_de(Configuration(), corps))
    assert [a.regle for a in examen.anomalies if a.regle.startswith("pes.ormc")] == []


def test_keys_of_the_deposit_are_kept(tmp_path: Path) -> None:
    """Another key than the formula's is carried as it is, and only warned of."""
    chemin, article = _construire(tmp_path, _CHOISIES, cle1="0", cle2="Y")
    assert (article.cle1, article.cle2) == ("0", "Y")
    corps = collectivite(ormc=_CHOISIES)
    examen = examiner(chemin, schemas=charger("5.30"), reglages=reglages_de(Configuration(), corps))
    dites = [a for a in examen.anomalies if a.regle.startswith("pes.ormc.cle")]
    assert {a.regle for a in dites} == {"pes.ormc.cle1", "pes.ormc.cle2"}
    assert not any(a.bloquante for a in dites)


@pytest.mark.parametrize(
    ("ormc", "changes"),
    [
        (ClesOrmc(), {}),
        (_CHOISIES, {"dette": ""}),
        (_CHOISIES, {"periode": ""}),
    ],
)
def test_nothing_is_made_of_nothing(
    ormc: ClesOrmc, changes: dict[str, str], tmp_path: Path
) -> None:
    _, article = _construire(tmp_path, ormc, cle1="", cle2="", **changes)
    assert (article.cle1, article.cle2) == (None, None)


def test_one_formula_makes_one_key(tmp_path: Path) -> None:
    _, article = _construire(tmp_path, ClesOrmc(cle2="modulo23"), cle1="", cle2="")
    assert article.cle1 is None
    assert article.cle2 is not None


def test_doctor_says_what_is_unknown_and_what_is_not_proved() -> None:
    assert dire(collectivite()).count("formule inconnue") == 2
    dit = dire(collectivite(ormc=_CHOISIES))
    assert "modulo11-nature" in dit
    assert dit.count("non prouvé") == 2


@pytest.mark.parametrize(
    ("cle", "valeur"),
    [
        ("cle1", "modulo10"),
        ("cle2", "modulo11-nature"),
        ("code_nature", "eau"),
        ("code_collectivite", "12A"),
        ("cle3", "modulo23"),
    ],
)
def test_a_formula_that_is_not_known_is_refused(cle: str, valeur: str, tmp_path: Path) -> None:
    corps = {
        "dossier": "lagon",
        "nom": "COMMUNE DU LAGON",
        "siret": "21980001800018",
        "code": "123",
        "poste": "988001",
        "ormc": {cle: valeur},
    }
    with pytest.raises(ConfigurationError, match=cle):
        interpreter({"collectivite": [corps]}, tmp_path)
