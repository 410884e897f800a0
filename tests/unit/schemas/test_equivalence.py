"""Our PES_Aller.xsd against the reference schemas on 36 000 mutants: same verdict, same element
blamed.

Where the references are not beside the clone, the verdicts they gave (fixtures/mutants) stand in
for them. Where they are, and are to the byte those that gave these verdicts, with the same
validator, one document in fifteen is judged again by them; all are, when anything differs.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pytest

from tests.unit.schemas.classes import EVOLUTIONS, classe, nom
from tests.unit.schemas.enregistrer import Gardes, juges, lire, references
from tests.unit.schemas.mutants import NOMBRE, PREMIERS, Condensat, mutants
from tests.unit.schemas.verdicts import blame, notre

pytestmark = pytest.mark.lent
# Odd: valid and broken documents alike.
UN_SUR = 15
DOMAINES = (
    "Enveloppe",
    "EnTetePES",
    "PES_DepenseAller",
    "PES_RecetteAller",
    "PES_Facture",
    "PES_Marche",
    "PES_PJ",
)


@dataclass(frozen=True, slots=True)
class Releve:
    """One mutant judged by all: an empty blame means valid."""

    numero: int
    operation: str
    valide: bool
    notre: dict[str, str]
    reference: dict[str, str]


@dataclass(frozen=True, slots=True)
class Campagne:
    """All mutants judged, the digests of the mutants, and how many of them the references were
    asked about.
    """

    releves: list[Releve]
    lots: list[str]
    gardes: Gardes
    en_direct: int


@pytest.fixture(scope="module")
def campagne() -> Campagne:
    ours = {version: notre(version) for version in ("5.30", "5.17")}
    live = references()
    kept = lire()
    step = UN_SUR if live is not None and juges() == kept.juges else 1
    asked = 0
    digest = Condensat()
    found: list[Releve] = []
    for one in mutants():
        digest.ajouter(one.numero, one.racine)
        said = {version: blame(schema, one.racine) for version, schema in ours.items()}
        if live is None or one.numero % step:
            reference = {version: column[one.numero] for version, column in kept.verdicts.items()}
        else:
            reference = {version: blame(schema, one.racine) for version, schema in live.items()}
            asked += 1
        found.append(Releve(one.numero, one.operation, one.valide, said, reference))
    return Campagne(found, digest.lots, kept, asked)


def _domaine(chemin: str) -> str:
    """The domain a blamed element stands in, empty for the root or for a valid document."""
    steps = chemin.split("/")
    return nom(steps[2]) if len(steps) > 2 else ""


def _ecarts(
    campagne: Campagne, version: str, reference: str, connues: dict[str, str]
) -> tuple[Counter[str], list[str]]:
    """Count of differences by class, and those that have no class."""
    named: Counter[str] = Counter()
    unnamed: list[str] = []
    for one in campagne.releves:
        ours, theirs = one.notre[version], one.reference[reference]
        if ours == theirs:
            continue
        name = classe(ours, theirs, connues)
        if name is None:
            unnamed.append(f"n° {one.numero} ({one.operation}) : nous {ours}, eux {theirs}")
        else:
            named[name] += 1
    return named, unnamed


def test_les_verdicts_gardes_parlent_de_ces_mutants(campagne: Campagne) -> None:
    assert campagne.gardes.lots == campagne.lots, (
        "le générateur a changé : python -m tests.unit.schemas.enregistrer"
    )
    assert len(campagne.releves) == NOMBRE == 36_000


def test_les_verdicts_gardes_sont_ceux_des_references(campagne: Campagne) -> None:
    if not campagne.en_direct:
        pytest.skip("schémas de référence absents : rien à comparer aux verdicts gardés")
    assert campagne.en_direct >= NOMBRE // UN_SUR
    for version, column in campagne.gardes.verdicts.items():
        assert column == [one.reference[version] for one in campagne.releves], version


def test_la_moitie_est_valide_par_construction(campagne: Campagne) -> None:
    built = [one for one in campagne.releves if one.valide]
    assert len(built) == NOMBRE // 2
    assert [one.numero for one in built if one.notre["5.30"]] == []


def test_le_reste_est_presque_tout_invalide(campagne: Campagne) -> None:
    broken = [one for one in campagne.releves if not one.valide]
    for part in (broken[: PREMIERS // 2], broken[PREMIERS // 2 :]):
        assert sum(1 for one in part if one.notre["5.30"]) > 0.85 * len(part)
        assert len({nom(one.notre["5.30"]) for one in part}) > 200


@pytest.mark.parametrize("version", ["5.30", "5.17"])
def test_aucune_difference_dans_aucun_domaine(campagne: Campagne, version: str) -> None:
    named, unnamed = _ecarts(campagne, version, version, {})
    assert unnamed == []
    assert not named


@pytest.mark.parametrize("version", ["5.30", "5.17"])
@pytest.mark.parametrize("domaine", DOMAINES)
def test_toute_faute_d_un_domaine_decrit_est_vue_pareil(
    campagne: Campagne, version: str, domaine: str
) -> None:
    there = [one for one in campagne.releves if _domaine(one.reference[version]) == domaine]
    assert len(there) > 200
    assert [one.numero for one in there if one.notre[version] != one.reference[version]] == []


def test_les_differences_avec_5_17_ont_toutes_un_nom(campagne: Campagne) -> None:
    named, unnamed = _ecarts(campagne, "5.30", "5.17", EVOLUTIONS)
    assert unnamed == []
    assert len(set(EVOLUTIONS.values())) <= 15
    assert set(named) == set(EVOLUTIONS.values()), "une classe sans témoin ne prouve rien"
