"""The shared samples: what is valid passes our schema, what is not is blamed where the references
blame it.
"""

from __future__ import annotations

import pytest
from lxml import etree

from tests.partage import donnees
from tests.unit.schemas.classes import nom
from tests.unit.schemas.enregistrer import references
from tests.unit.schemas.verdicts import analyseur, blame, notre

VERSIONS = ("5.30", "5.17")


def _echantillons(lettres: str) -> dict[str, etree._Element]:
    folder = donnees("pes-samples")
    return {
        path.name: etree.parse(str(path), analyseur()).getroot()
        for path in sorted(folder.glob("*.xml"))
        if path.name[0] in lettres
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_les_valides_et_les_fautes_de_regle_passent_le_schema(version: str) -> None:
    schema = notre(version)
    samples = _echantillons("VG")
    assert len(samples) >= 6
    assert {name: blame(schema, root) for name, root in samples.items()} == dict.fromkeys(
        samples, ""
    )


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("debut", "element"), [("I01_bordHt-casse", "MtBordHt"), ("I25_PJ_hors_PES_PJ", "PJ")]
)
def test_les_invalides_le_sont_sur_l_element_que_dit_leur_nom(
    version: str, debut: str, element: str
) -> None:
    root = _echantillons("I")[f"{debut}.xml"]
    assert nom(blame(notre(version), root)) == element


@pytest.mark.parametrize("version", VERSIONS)
def test_chaque_echantillon_est_juge_comme_par_la_reference(version: str) -> None:
    samples = _echantillons("VIGKR")
    live = references()
    if live is None:
        pytest.skip("schémas de référence absents")
    schema = notre(version)
    ours = {name: blame(schema, root) for name, root in samples.items()}
    assert ours == {name: blame(live[version], root) for name, root in samples.items()}
