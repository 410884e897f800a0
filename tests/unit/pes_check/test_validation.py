"""A large file is validated beside the reading of its facts: it gets the very same findings."""

from __future__ import annotations

import pytest

from tests.unit.pes_check import fabrique as f
from tests.unit.pes_check.cas import CAS
from tests.unit.pes_check.outillage import Examinateur
from tests.unit.pes_check.test_entrees_hostiles import HOSTILES
from tests.unit.pes_check.test_examen import MAUVAIS
from vaguemestre.pes.examen import Examen

_DE_QUOI_ETRE_GROS = b" " * 1_100_000
_FAUX = f.pes(f.domaine(f.bordereau() * 40)).replace(b'<CodRes V="0"/>', b'<CodRes V="9"/>')
# What follows them makes another file of them.
_AUTRES = {"vide", "coupé", "utf-16", "utf-16 sans marque", "utf-16 annoncé, latin-1 écrit"}
FICHIERS = (
    {nom: octets for nom, (octets, _) in (MAUVAIS | HOSTILES).items()}
    | {nom: cas.octets for nom, cas in list(CAS.items())[::6]}
    | {"quarante valeurs fausses": _FAUX, "sain": f.pes()}
)


def _dits(examen: Examen) -> set[tuple[object, ...]]:
    return {(a.regle, a.gravite, a.ref, a.ligne, a.chemin) for a in examen.anomalies}


@pytest.mark.parametrize("nom", sorted(FICHIERS.keys() - _AUTRES))
def test_a_large_file_gets_the_findings_of_a_small_one(nom: str, voir: Examinateur) -> None:
    petit = voir(FICHIERS[nom])
    gros = voir(FICHIERS[nom] + _DE_QUOI_ETRE_GROS)
    assert _dits(gros) == _dits(petit)
    assert gros.verdict == petit.verdict
