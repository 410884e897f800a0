"""Lists that were not found: shipped as inferred, completed by a body, never a rejection."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.pes_check import fabrique as f
from tests.unit.pes_regles.epreuve import depense, examiner_octets, recette, regles_de
from vaguemestre.config.lecture import charger
from vaguemestre.config.sections import Budget, Collectivite, Configuration, Grilles, Pes
from vaguemestre.errors import ConfigurationError
from vaguemestre.pes.examen import Reglages
from vaguemestre.pes.grilles import livrees
from vaguemestre.pes.schema import Schemas
from vaguemestre.workflows.reglages import grilles_de, reglages_de

_CIVIL = f.tiers(**{**f.PERSONNE, "Civilite": "COLONEL"})
_INCONNUS = [
    (depense(p={"NatPce": "14"}), "pes.piece.triplet", {"depense": ["01/01/14"]}),
    (recette(p={"NatPce": "11"}), "pes.piece.triplet", {"recette": ["01/01/11"]}),
    (depense(f.ligne(qui=f.tiers(NatJur="07"))), "pes.tiers.couple", {"tiers": ["50/07"]}),
    (depense(f.ligne(qui=_CIVIL)), "pes.tiers.civilite.inconnue", {"civilites": ["Colonel"]}),
]


def test_the_shipped_lists_say_how_sure_they_are() -> None:
    grilles = livrees()
    assert grilles.statut == "inféré"
    assert ("01", "01", "01") in grilles.depense & grilles.recette
    assert ("50", "03") in grilles.tiers
    assert "MME" in grilles.civilites
    assert not {c for c in grilles.civilites if c != c.upper()}


@pytest.mark.parametrize(("octets", "regle", "ajout"), _INCONNUS)
def test_what_is_unknown_warns_until_the_body_adds_it(
    octets: bytes, regle: str, ajout: dict[str, list[str]], tmp_path: Path, schemas: Schemas
) -> None:
    sans = examiner_octets(tmp_path, octets, schemas)
    assert (regles_de(sans), sans.verdict) == ([regle], "accepte")
    reglages = Reglages(grilles=livrees().completees(**ajout))
    assert examiner_octets(tmp_path, octets, schemas, reglages=reglages).anomalies == ()


def test_the_configuration_completes_them() -> None:
    collectivite = Collectivite(
        dossier="a",
        nom="A",
        siret=f.SIRET,
        code="123",
        poste="988001",
        budget=(
            Budget(code="00", nomenclature="M57", vote="fonction"),
            Budget(code="01", nomenclature="M21", finess_juridique="750000010", vote="nature"),
        ),
    )
    config = Configuration(
        pes=Pes(cumul_base="ht", grilles=Grilles(tiers=("50/04",), civilites=("dr",)))
    )
    reglages = reglages_de(config, collectivite)
    assert ("50", "04") in reglages.grilles.tiers
    assert "DR" in reglages.grilles.civilites
    assert reglages.grilles.depense == livrees().depense
    assert reglages.par_fonction == {"00"}
    assert reglages.finess == {"01": "750000010"}
    assert reglages.nomenclatures == {"00": "M57", "01": "M21"}
    assert reglages.cumul_base == "ht"
    assert grilles_de(None) is livrees()


@pytest.mark.parametrize("faux", ['depense = ["01/01"]', 'tiers = ["50-04"]', "recette = [1]"])
def test_a_badly_written_combination_is_told(faux: str, tmp_path: Path) -> None:
    toml = tmp_path / "vaguemestre.toml"
    toml.write_text(f"[pes.grilles]\n{faux}\n", "utf-8")
    with pytest.raises(ConfigurationError, match="codes de deux chiffres"):
        charger(toml, {})
