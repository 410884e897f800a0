"""Keys of an article de rôle: the formulas that a body may choose, told only where it has."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.pes_check import fabrique as f
from tests.unit.pes_regles.epreuve import (
    BORD,
    X_RP,
    examiner_octets,
    recette,
    regles_de,
)
from vaguemestre.config.sections import ClesOrmc
from vaguemestre.pes.cles import CLE1, CLE2, LETTRES, Cles, Elements
from vaguemestre.pes.reglages import Reglages
from vaguemestre.pes.schema import Schemas

# Worked out in the reference (pes.md §7.6) from two tuples that a source gives as examples.
_VECTEURS = [
    ("01", "04", "2000", "900001", "8", "M"),
    ("39", "01", "2013", "303", "9", None),
]
_TOUTES = Cles(cle1="modulo11-nature", cle2="modulo23", code_collectivite="39", code_nature="01")


def _elements(**k: str) -> Elements:
    base = {
        "collectivite": "39",
        "nature": "01",
        "role": "7",
        "exercice": "2026",
        "periode": "0",
        "dette": "303",
    }
    return Elements(**(base | k))


@pytest.mark.parametrize(("collectivite", "nature", "exercice", "dette", "une", "deux"), _VECTEURS)
def test_the_formulas_give_what_the_reference_worked_out(
    collectivite: str, nature: str, exercice: str, dette: str, une: str, deux: str | None
) -> None:
    elements = _elements(collectivite=collectivite, nature=nature, exercice=exercice, dette=dette)
    assert CLE1["modulo11-nature"].calcul(elements) == une
    assert deux is None or CLE2["modulo23"].calcul(elements) == deux


@given(
    st.from_regex(r"[0-9]{2,3}", fullmatch=True),
    st.from_regex(r"[0-9A-Z]{2}", fullmatch=True),
    st.integers(1, 10**15 - 1),
)
def test_a_key_is_one_digit_then_one_letter(collectivite: str, nature: str, dette: int) -> None:
    elements = _elements(collectivite=collectivite, nature=nature, dette=str(dette))
    for formule in CLE1.values():
        assert formule.calcul(elements) in set("0123456789")
    assert CLE2["modulo23"].calcul(elements) in set(LETTRES)


@given(st.integers(1, 10**12), st.integers(1, 9))
def test_one_wrong_digit_of_the_debt_changes_the_letter(dette: int, ecart: int) -> None:
    """23 is prime and no power of ten is nil modulo 23."""
    faux = dette // 10 * 10 + (dette + ecart) % 10
    justes = [CLE2["modulo23"].calcul(_elements(dette=str(d))) for d in (dette, faux)]
    assert justes[0] != justes[1]


def test_the_two_formulas_of_cle1_differ_where_the_sum_is_nil() -> None:
    """« 0 » for one, « 1 » for the other; ten is written 1 by both."""
    nuls = [
        e
        for dette in range(1, 200)
        if CLE1["modulo11-nature"].calcul(e := _elements(dette=str(dette), nature="7")) == "0"
    ]
    assert nuls
    assert {CLE1["modulo11-role"].calcul(e) for e in nuls} == {"1"}


def test_the_configuration_names_the_formulas_that_exist() -> None:
    champs = ClesOrmc.model_fields
    assert set(get_args(champs["cle1"].annotation)) == {"", *CLE1}
    assert set(get_args(champs["cle2"].annotation)) == {"", *CLE2}
    for formule in (*CLE1.values(), *CLE2.values()):
        assert "non prouvé" in formule.statut
        assert len(formule.libelle) > 20


def _role(*produits: str, **cles: str | None) -> bytes:
    lignes = [
        f.ligne(recette=True, IdLigne=str(rang), CodProdLoc=produit)
        for rang, produit in enumerate(produits or ("CANT",), 1)
    ]
    return recette(
        *lignes,
        p={"TypPce": "15", "NumDette": "303"},
        facture={"Per": "0", **cles},
        b={"TypBord": "06", "MtBordHt": f"{100 * len(lignes)}.00"},
    )


def test_nothing_is_judged_where_the_body_says_nothing(tmp_path: Path, schemas: Schemas) -> None:
    octets = _role(Cle1="1", Cle2="A")
    assert examiner_octets(tmp_path, octets, schemas).anomalies == ()


def test_a_wrong_key_warns_once_and_never_blocks(tmp_path: Path, schemas: Schemas) -> None:
    octets = _role("CANT", "GARD", Cle1="0", Cle2="A")
    examen = examiner_octets(tmp_path, octets, schemas, reglages=Reglages(cles=_TOUTES))
    attendues = _TOUTES.calculer(_elements(role="12"))
    assert [(a.regle, a.attendu, a.valeur) for a in examen.anomalies] == [
        ("pes.ormc.cle1", attendues[0], "0"),
        ("pes.ormc.cle2", attendues[1], "A"),
    ]
    assert {a.bloquante for a in examen.anomalies} == {False}
    assert {a.ref for a in examen.anomalies} == {f"{BORD} / titre 87"}
    assert [a.chemin for a in examen.anomalies] == [
        f"{X_RP}/BlocPiece/Cle1",
        f"{X_RP}/BlocPiece/Cle2",
    ]
    assert examen.verdict == "accepte"


def test_the_right_keys_pass(tmp_path: Path, schemas: Schemas) -> None:
    une, deux = _TOUTES.calculer(_elements(role="12"))
    examen = examiner_octets(
        tmp_path, _role(Cle1=une, Cle2=deux), schemas, reglages=Reglages(cles=_TOUTES)
    )
    assert examen.anomalies == ()


@pytest.mark.parametrize("cles", [Cles(cle1="modulo11-role"), Cles(cle1="modulo11-nature")])
def test_without_codes_of_its_own_the_file_gives_them(
    cles: Cles, tmp_path: Path, schemas: Schemas
) -> None:
    """CodCol, the rôle, and the two first characters of the product code."""
    une, deux = cles.calculer(_elements(collectivite="123", nature="CA", role="12"))
    assert deux is None
    fausse = "1" if une != "1" else "2"
    reglages = Reglages(cles=cles)
    juste = examiner_octets(tmp_path, _role(Cle1=une, Cle2="Y"), schemas, reglages=reglages)
    assert juste.anomalies == ()
    faux = examiner_octets(tmp_path, _role(Cle1=fausse, Cle2="Y"), schemas, reglages=reglages)
    assert regles_de(faux) == ["pes.ormc.cle1"]


@pytest.mark.parametrize("absent", ["NumDette", "Per"])
def test_an_article_without_its_debt_has_no_key_to_judge(
    absent: str, tmp_path: Path, schemas: Schemas
) -> None:
    octets = _role(Cle1="0", Cle2="A")
    sans = octets.replace(f'<{absent} V="{"303" if absent == "NumDette" else "0"}"/>'.encode(), b"")
    assert sans != octets
    examen = examiner_octets(tmp_path, sans, schemas, reglages=Reglages(cles=_TOUTES))
    assert regles_de(examen) == ["pes.ormc.dette"]
