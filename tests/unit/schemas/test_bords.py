"""Every leaf of every block at every edge of its type: inside is valid, outside blames that leaf
and no other.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

import pytest
from lxml import etree

from tests.unit.schemas.classes import nom
from tests.unit.schemas.documents import bases
from tests.unit.schemas.enregistrer import references
from tests.unit.schemas.modele import lire
from tests.unit.schemas.tirage import reperer
from tests.unit.schemas.valeurs import bords
from tests.unit.schemas.verdicts import blame, notre

VERSIONS = ("5.30", "5.17")


def _essais(version: str) -> Iterator[tuple[etree._Element, str, str, bool]]:
    """A document, the leaf changed, its value, and whether it is inside; one leaf per parent and
    name.
    """
    modele = lire(version)
    seen: set[tuple[str, str, str]] = set()
    for name, root in bases(version).items():
        base = reperer(name, deepcopy(root), modele)
        nodes = list(base.racine.iter())
        for lieu in base.feuilles:
            node = nodes[lieu.rang]
            parent = next(node.iterancestors())
            key = (str(parent.tag), lieu.balise.nom, lieu.balise.type)
            if key in seen:
                continue
            seen.add(key)
            plain = node.get("V", "")
            inside, outside = bords(modele.feuilles[lieu.balise.type])
            for value in (*inside, *outside):
                node.set("V", value)
                yield base.racine, lieu.balise.nom, value, value in inside
            node.set("V", plain)


@pytest.mark.parametrize("version", VERSIONS)
def test_chaque_feuille_a_chaque_bord(version: str) -> None:
    schema = notre(version)
    wrong: list[str] = []
    count = 0
    for root, leaf, value, inside in _essais(version):
        blamed = blame(schema, root)
        count += 1
        if ("" if inside else leaf) != nom(blamed):
            wrong.append(f"{leaf}={value!r} : {blamed or 'valide'}")
    assert wrong == []
    assert count > 3_000


@pytest.mark.parametrize("version", VERSIONS)
def test_chaque_bord_est_juge_comme_par_la_reference(version: str) -> None:
    live = references()
    if live is None:
        pytest.skip("schémas de référence absents")
    schema = notre(version)
    wrong = [
        f"{leaf}={value!r}"
        for root, leaf, value, _ in _essais(version)
        if blame(schema, root) != blame(live[version], root)
    ]
    assert wrong == []
