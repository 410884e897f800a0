"""No letter of the reference without an answer, and no rule that blocks without a letter."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.partage import DONNEES
from tests.unit.pes_regles.epreuve import examiner_octets, regles_de
from tests.unit.pes_regles.lettres import lire
from vaguemestre.errors import Gravite
from vaguemestre.pes import regles
from vaguemestre.pes.regles.base import Confiance
from vaguemestre.pes.regles.couverture import autres_sources, marques
from vaguemestre.pes.regles.fiches import modifier
from vaguemestre.pes.schema import Schemas

PAR_ID = {regle.id: regle for regle in regles.TOUTES}
LETTRES = {
    Gravite.REJET_FLUX: "F",
    Gravite.REJET_BORDEREAU: "B",
    Gravite.REJET_PJ: "P",
}
# What stays the matter of other domains: their own modules of rules say what they stand on.
AUTRES_DOMAINES = ("pes.asap.", "pes.ormc.", "pes.marche.", "pes.concession.")


def test_the_list_is_that_of_the_reference() -> None:
    """Derived again from the text: a new letter there, or one we forgot, fails here."""
    reference = DONNEES.parent / "reference" / "pes.md"
    if not reference.exists():
        pytest.skip("référence absente : shared/reference/pes.md")
    assert {place: marque.lettres for place, marque in marques().items()} == lire(reference)


@pytest.mark.parametrize("place", sorted(marques()))
def test_each_mark_has_an_answer(place: str) -> None:
    """A rule, the schema, or another room; a reason alone is not an answer but for Hélios."""
    marque = marques()[place]
    assert marque.regles or marque.schema or marque.ailleurs
    assert set(marque.regles) <= set(PAR_ID), set(marque.regles) - set(PAR_ID)
    assert not marque.dehors or len(marque.dehors) > 30


@pytest.mark.parametrize("place", sorted(marques()))
def test_each_letter_is_given_as_gravely_as_it_says(place: str) -> None:
    """F by the schema or a rule that says F; a letter that nothing gives has its reason."""
    marque = marques()[place]
    donnees = {LETTRES.get(PAR_ID[id_].gravite, "") for id_ in marque.regles}
    if marque.schema or marque.ailleurs:
        donnees.add("F")
    manquantes = set(marque.lettres) - donnees
    # What the schema refuses is the whole file, whatever the text says of one bordereau or PJ.
    assert not manquantes or marque.dehors or marque.schema, manquantes


@pytest.mark.parametrize(
    ("base", "ancien", "neuf"), [cas for marque in marques().values() for cas in marque.schema]
)
def test_the_schema_refuses_what_is_left_to_it(
    base: str, ancien: str, neuf: str, tmp_path: Path, schemas: Schemas
) -> None:
    examen = examiner_octets(tmp_path, modifier(base, [(ancien, neuf)]), schemas)
    assert examen.verdict == "rejete"
    assert [r for r in regles_de(examen) if r.startswith("xsd.")]
    assert not [
        a for a in examiner_octets(tmp_path, modifier(base, []), schemas).anomalies if a.bloquante
    ]


@pytest.mark.parametrize(
    "id_", sorted(r.id for r in regles.TOUTES if not r.id.startswith(AUTRES_DOMAINES))
)
def test_a_rule_that_blocks_stands_on_a_letter(id_: str) -> None:
    """What the text does not reject, or says twice in two ways, is a warning."""
    lettre = LETTRES.get(PAR_ID[id_].gravite)
    if lettre is None:
        assert id_ not in autres_sources()
        return
    preuves = [p for p, m in marques().items() if id_ in m.regles and lettre in m.lettres]
    assert preuves or id_ in autres_sources(), f"rien ne dit que {id_} rejette ({lettre})"


def test_another_source_is_a_rule() -> None:
    assert set(autres_sources()) <= set(PAR_ID)


@pytest.mark.parametrize("id_", sorted(PAR_ID))
def test_what_is_not_stated_never_blocks(id_: str) -> None:
    """Inferred, contradicted by another source, not found: a warning, whoever wrote the rule."""
    regle = PAR_ID[id_]
    sure = regle.confiance in (Confiance.OFFICIEL, Confiance.TERRAIN)
    assert sure or regle.gravite is Gravite.AVERTISSEMENT


@pytest.mark.parametrize("id_", sorted(i for i in PAR_ID if i.startswith("pes.marche.")))
def test_a_text_read_up_to_one_version_only_warns_after_it(id_: str) -> None:
    """Nothing was found of NS_Marche after 5.17 (pes.md §14)."""
    regle = PAR_ID[id_]
    assert "5.17" in regle.source
    assert regle.effet("5.17") is regle.effet("5.14") is regle.gravite
    for apres in ("5.18", "5.30", "6.0", "recette"):
        assert regle.effet(apres) is Gravite.AVERTISSEMENT
