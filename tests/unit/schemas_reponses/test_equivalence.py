"""Our schemas of answers against the official ones: same verdict, same element blamed.

Where these are not beside the clone, the verdicts they gave (fixtures/mutants_reponses) stand in.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from tests.unit.schemas.modele import SCHEMAS
from tests.unit.schemas.verdicts import blame, charger
from tests.unit.schemas_reponses.documents import ENTREES
from tests.unit.schemas_reponses.mutants import (
    NOMBRE,
    condensat,
    gardes,
    mutants,
    reference,
    valides,
)
from vaguemestre.pes.reponse_schema import ecarts

GENRES = sorted(ENTREES)


@pytest.mark.parametrize("genre", GENRES)
def test_what_our_schemas_describe_is_valid_for_both(genre: str) -> None:
    schemas = [charger(SCHEMAS / ENTREES[genre][0])]
    official = reference(genre)
    schemas += [charger(official)] if official is not None else []
    for document in valides(genre):
        assert [blame(schema, document) for schema in schemas] == [""] * len(schemas)


@pytest.mark.parametrize("genre", GENRES)
def test_mutants_are_judged_alike(genre: str) -> None:
    tous, gardees, notre = (
        list(mutants(genre)),
        gardes()[genre],
        charger(SCHEMAS / ENTREES[genre][0]),
    )
    assert condensat(tous) == gardees["condensat"], (
        "le générateur a changé : python -m tests.unit.schemas_reponses.enregistrer"
    )
    blames = [blame(notre, un.racine) for un in tous]
    ailleurs = gardees["blames"]
    assert isinstance(ailleurs, list)
    assert [
        (un.numero, un.geste, ici, la)
        for un, ici, la in zip(tous, blames, ailleurs, strict=True)
        if ici != la
    ] == []
    # The comparison is worth something: both verdicts are common, and many elements are blamed.
    faux = [b for b in blames if b]
    assert NOMBRE // 5 < len(faux) < NOMBRE
    assert (
        len(
            {
                etree.QName(b.rpartition("/")[2].partition("[")[0].split(":")[-1]).localname
                for b in faux
            }
        )
        >= 10
    )


@pytest.mark.parametrize("genre", GENRES)
def test_the_kept_verdicts_are_those_of_the_official_schemas(genre: str) -> None:
    official = reference(genre)
    if official is None:
        pytest.skip("schémas officiels absents : rien à comparer aux verdicts gardés")
    schema = charger(official)
    assert gardes()[genre]["blames"] == [blame(schema, un.racine) for un in mutants(genre)]


@pytest.mark.parametrize("genre", GENRES)
def test_reading_in_parts_blames_the_same_element(genre: str, tmp_path: Path) -> None:
    """`ecarts` builds no tree; the first place it names is the one that a tree gives."""
    xsd = SCHEMAS / ENTREES[genre][0]
    schema, fichier = charger(xsd), tmp_path / "reponse.xml"
    for un in list(mutants(genre))[:150]:
        etree.ElementTree(un.racine).write(
            str(fichier), xml_declaration=True, encoding="ISO-8859-1"
        )
        arbre = etree.parse(str(fichier)).getroot()
        voulu = blame(schema, arbre)
        trouves = ecarts(fichier, xsd)
        assert bool(trouves) == bool(voulu), (un.numero, un.geste)
        if voulu:
            espaces = {"n": arbre.nsmap["n"] or ""}
            ici = arbre.xpath(trouves[0].chemin, namespaces=espaces)[0]  # type: ignore[index]
            assert isinstance(ici, etree._Element)
            assert arbre.getroottree().getpath(ici) == voulu, (un.numero, un.geste)
            assert not any(ecart.bloquante for ecart in trouves)
