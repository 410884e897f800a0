"""Every rule of the catalogue blames its example, where it should, as gravely as it says."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.unit.pes_check.cas import CAS, SAINS
from tests.unit.pes_check.outillage import Examinateur
from vaguemestre.pes.regles import TOUTES

PAR_ID = {regle.id: regle for regle in TOUTES}


def test_each_rule_has_an_identifier_of_its_own_and_says_what_it_is() -> None:
    assert [i for i, n in Counter(r.id for r in TOUTES).items() if n > 1] == []
    for regle in TOUTES:
        assert regle.id.startswith(("pes.", "sig.", "pj.", "registre.", "xsd.fichier."))
        assert len(regle.description) > 20, regle.id
        assert regle.source, regle.id


def test_no_example_is_without_its_rule() -> None:
    """Every rule has its examples in the catalogue itself (`test_fiches`); these come on top."""
    assert set(CAS) <= set(PAR_ID)


@pytest.mark.parametrize("id_", sorted(CAS))
def test_rule_blames_its_example(id_: str, voir: Examinateur) -> None:
    cas = CAS[id_]
    examen = voir(cas.octets, memoire=cas.memoire, reglages=cas.reglages)
    trouvees = [a for a in examen.anomalies if a.regle == id_]
    assert trouvees, sorted({a.regle for a in examen.anomalies})
    for anomalie in trouvees:
        assert anomalie.gravite is PAR_ID[id_].gravite
        assert anomalie.chemin.startswith("/n:PES_Aller")
        assert anomalie.ligne is not None
        assert anomalie.ref
        assert anomalie.message
        assert anomalie.conseil


@pytest.mark.parametrize("nom", sorted(SAINS))
def test_sound_file_is_accepted_without_a_word_that_blocks(nom: str, voir: Examinateur) -> None:
    cas = SAINS[nom]
    examen = voir(cas.octets, memoire=cas.memoire, reglages=cas.reglages)
    # The bare Signature of the builder has no content: its own schema is not the matter here.
    dites = [a for a in examen.anomalies if not a.regle.startswith("xsd.sign")]
    assert [a.regle for a in dites if a.bloquante] == []
    assert [a.regle for a in dites if a.regle.startswith("registre.")] == []


def test_finding_names_the_place_as_a_clerk_does(voir: Examinateur) -> None:
    examen = voir(CAS["pes.compte.iban"].octets)
    anomalie = next(a for a in examen.anomalies if a.regle == "pes.compte.iban")
    assert anomalie.ref == "bordereau 12 / mandat 411 / ligne 1"
    assert anomalie.chemin == (
        "/n:PES_Aller/PES_DepenseAller/Bordereau[1]/Piece[1]/LigneDePiece[1]/Tiers[1]"
        "/CpteBancaire/IBAN"
    )
    assert anomalie.valeur == "FR7630001007941234567890186"
