"""Another implementation of XSD than libxml2 reads our schema alike."""

from __future__ import annotations

import xmlschema
from lxml import etree

from tests.unit.schemas.mutants import NOMBRE, mutant
from tests.unit.schemas.verdicts import blame, notre
from vaguemestre.formats.donnees import donnees

# One in a hundred and fifty, so that drawn and systematic mutants, valid and broken, are all there.
ECHANTILLON = range(0, NOMBRE, 150)


def test_xmlschema_gives_the_same_verdicts() -> None:
    second = xmlschema.XMLSchema(str(donnees("schemas") / "5.30" / "PES_Aller.xsd"))
    ours = notre("5.30")
    differ = []
    for numero in ECHANTILLON:
        racine = mutant(numero).racine
        texte = etree.tostring(racine)
        if second.is_valid(texte.decode()) != (blame(ours, racine) == ""):
            differ.append(numero)
    assert differ == []
