"""Rules that need memory: sequences, numbers that may serve again, PJ on their way."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.unit.pes_check import fabrique as f
from tests.unit.pes_regles.epreuve import Registre, depense, examiner_octets, recette, regles_de
from vaguemestre.pes.schema import Schemas
from vaguemestre.ports import PieceConnue
from vaguemestre.workflows.candidats import Voisins

BUDGET = ("123", "00", "depense", 2026, "01")


def _dites(
    tmp_path: Path, schemas: Schemas, octets: bytes, registre: Registre | Voisins
) -> list[str]:
    examen = examiner_octets(tmp_path, octets, schemas, registre=registre)
    return [r for r in regles_de(examen) if r.startswith("registre.")]


def _deux(premier: str, second: str) -> bytes:
    return f.pes(f.domaine(f.bordereau(IdBord=premier), f.bordereau(IdBord=second)))


@pytest.mark.parametrize(
    ("premier", "second", "dernier", "fautes"),
    [
        ("12", "13", 11, 0),
        ("12", "13", None, 0),
        ("12", "14", 11, 1),
        ("12", "14", None, 1),
        ("13", "14", 11, 1),
        ("13", "12", 11, 2),
        ("3", "12", 11, 1),
    ],
)
def test_numbers_follow_each_other(
    premier: str, second: str, dernier: int | None, fautes: int, tmp_path: Path, schemas: Schemas
) -> None:
    connus = {} if dernier is None else {(*BUDGET, dernier): "F1"}
    dites = _dites(tmp_path, schemas, _deux(premier, second), Registre(bordereaux=connus))
    assert dites == ["registre.bordereau.sequence"] * fautes


def test_each_type_and_domain_has_its_own_sequence(tmp_path: Path, schemas: Schemas) -> None:
    registre = Registre(bordereaux={(*BUDGET, 500): "F1"})
    assert _dites(tmp_path, schemas, recette(), registre) == []
    assert _dites(tmp_path, schemas, depense(b={"TypBord": "03"}), registre) == []
    assert _dites(tmp_path, schemas, depense(b={"Exer": "2025"}), registre) == []
    assert _dites(tmp_path, schemas, depense(), registre) == ["registre.bordereau.sequence"]


def test_a_known_number_is_a_duplicate_not_a_refusal(tmp_path: Path, schemas: Schemas) -> None:
    cle = (*BUDGET, 12)
    assert _dites(tmp_path, schemas, depense(), Registre(refuses={cle: "F1"})) == [
        "registre.bordereau.refuse"
    ]
    deux_fois = Registre(refuses={cle: "F1"}, bordereaux={cle: "F2"})
    assert _dites(tmp_path, schemas, depense(), deux_fois) == ["registre.bordereau"]


@pytest.mark.parametrize(
    ("connue", "dit"),
    [
        (PieceConnue("F1", rejetee_le="2026-11-02"), ""),
        (PieceConnue("F1", prise_en_charge_le="2026-11-02"), "pris en charge"),
        (PieceConnue("F1", "2026-11-03", "2026-11-02"), "pris en charge"),
        (PieceConnue("F1"), "n'a pas encore répondu"),
    ],
)
def test_a_number_serves_again_only_when_rejected_before_it_was_taken(
    connue: PieceConnue, dit: str, tmp_path: Path, schemas: Schemas
) -> None:
    registre = Registre(pieces={("123", "00", "depense", 2026, 411): connue})
    examen = examiner_octets(tmp_path, depense(), schemas, registre=registre)
    dites = [a for a in examen.anomalies if a.regle == "registre.piece"]
    assert [dit in a.message for a in dites] == [True] * bool(dit)
    assert examen.verdict == "accepte"
    assert _dites(tmp_path, schemas, recette(), registre) == []


def test_a_pj_on_its_way_warns_and_an_accepted_one_does_not(
    tmp_path: Path, schemas: Schemas
) -> None:
    octets = depense(refs=f.pj_ref("PJ0009"))
    connue = {("123", "PJ0009"): "F1"}
    assert _dites(tmp_path, schemas, octets, Registre(pjs=connue)) == []
    attendue = Registre(pjs=connue, attendues=frozenset({"PJ0009"}))
    assert _dites(tmp_path, schemas, octets, attendue) == ["registre.pjref.attendue"]


def test_neighbours_of_a_deposit_count_as_sent(tmp_path: Path, schemas: Schemas) -> None:
    """Bordereaux 12 and 13 of one deposit, in two files: no hole between them, no PJ awaited."""
    registre = Registre(bordereaux={(*BUDGET, 11): "F1"})
    seul = Voisins(registre, {}, {})
    avec = Voisins(registre, {"PJ0009": "ce dépôt"}, {}, derniers={("00", *BUDGET[2:]): 12})
    octets = depense(b={"IdBord": "13"}, refs=f.pj_ref("PJ0009"))
    assert _dites(tmp_path, schemas, octets, avec) == []
    assert _dites(tmp_path, schemas, octets, seul) == [
        "registre.bordereau.sequence",
        "registre.pjref.absente",
    ]
    assert avec.dernier_bordereau(*BUDGET) == 12
    assert seul.dernier_bordereau("123", "01", *BUDGET[2:]) is None


def test_what_a_person_must_know_of_a_register_is_told() -> None:
    registre = Registre(
        bordereaux={(*BUDGET, 11): "F1"},
        refuses={(*BUDGET, 12): "F1"},
        pjs={("123", "PJ1"): "F1", ("123", "PJ2"): "F1"},
        attendues=frozenset({"PJ2"}),
        cumuls={BUDGET: Decimal("10.00")},
        pieces={("123", "00", "depense", 2026, 4): PieceConnue("F1")},
    )
    assert registre.resume == (
        "déjà connus : bordereau 11, bordereau 12 refusé, PJ PJ1, PJ PJ2 sans réponse, "
        "pièce 4 envoyée, cumul annuel 10.00"
    )
    assert Registre().resume == "registre vide"
