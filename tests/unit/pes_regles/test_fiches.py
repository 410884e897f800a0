"""The catalogue as people read it: each rule has its card, and both examples say the truth."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.pes_regles.epreuve import regles_de
from tests.unit.pes_regles.test_regles import ANGLAIS, verifier_la_phrase, verifier_la_place
from vaguemestre.pes import regles
from vaguemestre.pes.examen import Examen, examiner
from vaguemestre.pes.regles.fiches import Exemple, Fiche, fiches
from vaguemestre.pes.schema import Schemas

PAR_ID = {regle.id: regle for regle in regles.TOUTES}
Voir = Callable[[Exemple], Examen]


@pytest.fixture
def voir(tmp_path: Path, schemas: Schemas) -> Voir:
    def faire(exemple: Exemple) -> Examen:
        chemin = tmp_path / "exemple.xml"
        chemin.write_bytes(exemple.octets)
        return examiner(
            chemin, schemas=schemas, memoire=exemple.souvenirs, reglages=exemple.reglages
        )

    return faire


def _de_schema(examen: Examen) -> list[str]:
    connues = set(PAR_ID)
    return [r for r in regles_de(examen) if r.startswith(("xsd.", "xml.")) and r not in connues]


def test_each_rule_has_a_card_and_each_card_a_rule() -> None:
    assert set(PAR_ID) == set(fiches())


@pytest.mark.parametrize("id_", sorted(PAR_ID))
def test_the_sentence_is_french_and_whole(id_: str) -> None:
    enonce = fiches()[id_].enonce
    assert len(enonce) > 25
    assert enonce[0].isupper()
    assert enonce.endswith((".", "'")), enonce
    assert ANGLAIS.search(re.sub(r"\(.*?\)|\[.*?\]", "", enonce)) is None, enonce


@pytest.mark.parametrize("id_", sorted(fiches()))
def test_the_faulty_example_breaks_its_rule(id_: str, voir: Voir, schemas: Schemas) -> None:
    fiche = fiches()[id_]
    examen = voir(fiche.fautif)
    trouvees = [a for a in examen.anomalies if a.regle == id_]
    assert trouvees, regles_de(examen)
    assert {a.gravite for a in trouvees} == {PAR_ID[id_].effet(schemas.version)}
    for anomalie in trouvees:
        verifier_la_place(fiche.fautif.octets, anomalie)
        verifier_la_phrase(anomalie)
    assert bool(_de_schema(examen)) is fiche.schema, _de_schema(examen)


@pytest.mark.parametrize("id_", sorted(fiches()))
def test_the_sound_example_passes(id_: str, voir: Voir) -> None:
    """It keeps the rule, is valid, and nothing else blocks it but what the card says."""
    fiche: Fiche = fiches()[id_]
    examen = voir(fiche.conforme)
    assert id_ not in regles_de(examen)
    assert _de_schema(examen) == []
    bloquantes = {a.regle for a in examen.anomalies if a.bloquante}
    assert bloquantes == fiche.reste
    assert fiche.fautif.octets != fiche.conforme.octets or (
        fiche.fautif.reglages != fiche.conforme.reglages
    )
    assert fiche.fautif.extrait
    assert fiche.conforme.extrait
