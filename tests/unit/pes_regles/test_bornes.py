"""A file of many faults gives a bounded report, and one without fault none at all."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.partage import donnees
from tests.unit.pes_check import fabrique as f
from tests.unit.pes_regles.epreuve import examiner_octets
from vaguemestre.errors import Gravite
from vaguemestre.pes.examen import Reglages, examiner
from vaguemestre.pes.regles.fiches import modifier
from vaguemestre.pes.schema import Schemas

_BASES = ("depense", "recette", "pj_seule", "dgp")
_ECHANTILLONS = (
    "V01_depense_1mandat_1pj.xml",
    "V04_recette_1titre.xml",
    "V06_recette_reduction_02-02-06.xml",
)


def _fautes(nombre: int) -> bytes:
    lignes = [f.ligne(IdLigne=str(i + 1), LibVir1="N#1") for i in range(nombre)]
    bord = f.bordereau(f.piece(*lignes), MtBordHT=f"{100 * nombre}.00")
    return f.pes(f.domaine(bord))


@pytest.mark.parametrize(("nombre", "maximum", "dites"), [(3, 2, 3), (2, 2, 2), (40, 5, 6)])
def test_findings_of_one_rule_are_cut_and_counted(
    nombre: int, maximum: int, dites: int, tmp_path: Path, schemas: Schemas
) -> None:
    examen = examiner_octets(
        tmp_path, _fautes(nombre), schemas, reglages=Reglages(constats_max=maximum)
    )
    trouvees = [a for a in examen.anomalies if a.regle == "pes.ligne.virement"]
    assert len(trouvees) == dites
    assert {a.gravite for a in trouvees} == {Gravite.AVERTISSEMENT}
    if nombre > maximum:
        assert f"{nombre - maximum} autre(s) fois" in trouvees[-1].message
        assert trouvees[-1].ref == "fichier"
        assert all(a.ref.startswith("bordereau 12 / mandat 411") for a in trouvees[:-1])


def test_the_rules_are_cut_one_by_one(tmp_path: Path, schemas: Schemas) -> None:
    """A flood of warnings never hides the one finding that blocks."""
    octets = _fautes(30).replace(b'<NbrPce V="1"/>', b'<NbrPce V="2"/>')
    examen = examiner_octets(tmp_path, octets, schemas, reglages=Reglages(constats_max=3))
    comptes = Counter(a.regle for a in examen.anomalies)
    assert comptes == {"pes.ligne.virement": 4, "pes.bordereau.nbrpce": 1}
    assert examen.verdict == "rejete"


def test_by_default_a_thousand_are_told(tmp_path: Path, schemas: Schemas) -> None:
    examen = examiner_octets(tmp_path, _fautes(2500), schemas)
    assert len(examen.anomalies) == 1001
    assert "1500 autre(s)" in examen.anomalies[-1].message


@pytest.mark.parametrize("base", _BASES)
def test_the_sound_files_of_the_catalogue_have_no_finding(
    base: str, tmp_path: Path, schemas: Schemas
) -> None:
    assert examiner_octets(tmp_path, modifier(base, []), schemas).anomalies == ()


@pytest.mark.parametrize("nom", _ECHANTILLONS)
def test_nothing_blocks_a_valid_sample(nom: str, schemas: Schemas) -> None:
    examen = examiner(donnees(f"pes-samples/{nom}"), schemas=schemas)
    assert [a.regle for a in examen.anomalies if a.bloquante] == []
    assert examen.verdict == "accepte"


def test_the_right_value_is_told_where_it_is_known(tmp_path: Path, schemas: Schemas) -> None:
    octets = f.pes(f.domaine(f.bordereau(NbrPce="3", MtBordHT="99.00"), version="1"))
    examen = examiner_octets(tmp_path, octets, schemas)
    assert {a.regle: (a.valeur, a.attendu) for a in examen.anomalies} == {
        "pes.bordereau.nbrpce": ("3", "1"),
        "pes.bordereau.montant_ht": ("99.00", "100.00"),
        "pes.domaine.idver": ("1", "2"),
    }
