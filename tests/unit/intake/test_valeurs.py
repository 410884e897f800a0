"""Numbers, dates and codes as people and spreadsheets write them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.intake.valeurs import (
    Refus,
    abime_par_tableur,
    lire_booleen,
    lire_chiffres,
    lire_code,
    lire_date,
    lire_entier,
    lire_montant,
    lire_taux,
)

MONTANTS = st.decimals(min_value=0, max_value=Decimal("999999999999.99"), places=2, allow_nan=False)


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("1234,56", "1234.56"),
        ("1234.56", "1234.56"),
        ("1 234,56", "1234.56"),
        ("1\u00a0234,56", "1234.56"),
        ("1\u202f234\u202f567,8", "1234567.80"),
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("0,125" + "0" * 0, None),
        ("12", "12.00"),
        ("0", "0.00"),
        ("0,10", "0.10"),
        ("12,500", None),
        ("1234,500", "1234.50"),
    ],
)
def test_montant_ecritures(texte: str, attendu: str | None) -> None:
    lu = lire_montant(texte, 2)
    if attendu is None:
        assert isinstance(lu, Refus)
    else:
        assert lu == Decimal(attendu)
        assert str(lu) == attendu


@pytest.mark.parametrize(
    ("brut", "regle"),
    [
        ("1,234", "ambigu"),
        ("12.345", "ambigu"),
        ("-12,00", "negatif"),
        ("12-", "negatif"),
        ("(12,00)", "negatif"),
        ("−12", "negatif"),
        (-12, "negatif"),
        (Decimal("-0.5"), "negatif"),
        ("1E+15", "exposant"),
        ("7,8E+13", "exposant"),
        ("1e5", "exposant"),
        ("12 €", "montant"),
        ("douze", "montant"),
        ("1 23,00", "montant"),
        ("1,2,3", "montant"),
        ("١٢", "montant"),
        (True, "montant"),
        (date(2026, 1, 1), "montant"),
        ("1,2345", "decimales"),
        (Decimal("1.005"), "decimales"),
        ("1234567890123,45", "longueur"),
        (10**30, "decimales"),
    ],
)
def test_montant_refuse(brut: str | int | Decimal, regle: str) -> None:
    lu = lire_montant(brut, 2)
    assert isinstance(lu, Refus)
    assert lu.regle == regle
    assert lu.conseil


@pytest.mark.parametrize(("texte", "regle"), [("12,50", "fraction"), ("0.1", "fraction")])
def test_franc_cfp_sans_centimes(texte: str, regle: str) -> None:
    lu = lire_montant(texte, 0)
    assert isinstance(lu, Refus)
    assert lu.regle == regle
    assert lire_montant("1 250,00", 0) == Decimal(1250)
    assert str(lire_montant("1250", 0)) == "1250"


@given(MONTANTS, st.sampled_from([",", "."]), st.sampled_from(["", " ", "\u00a0", "\u202f"]))
def test_montant_aller_retour(montant: Decimal, decimale: str, milliers: str) -> None:
    entier, _, cents = f"{montant:.2f}".partition(".")
    groupes = f"{int(entier):,}".replace(",", milliers)
    assert lire_montant(groupes + decimale + cents, 2) == montant


@given(st.text(max_size=12))
def test_montant_ne_leve_jamais(texte: str) -> None:
    lu = lire_montant(texte, 2)
    assert isinstance(lu, Refus) or (lu >= 0 and lu == round(lu, 2))


@given(st.dates(min_value=date(1000, 1, 1)))
def test_date_aller_retour(jour: date) -> None:
    assert lire_date(jour.isoformat()) == jour
    assert lire_date(f"{jour.day:02}/{jour.month:02}/{jour.year}") == jour
    assert lire_date(f"{jour.day}/{jour.month}/{jour.year}") == jour
    assert lire_date(jour) == jour


@given(st.text(max_size=12))
def test_date_ne_leve_jamais(texte: str) -> None:
    assert isinstance(lire_date(texte), (date, Refus))


@pytest.mark.parametrize(
    ("brut", "regle"),
    [
        ("31/02/2026", "date"),
        ("12/31/2026", "date"),
        ("31/12/26", "date"),
        ("31-12-2026", "date"),
        ("2026-12-31 08:30:00", "date"),
        ("hier", "date"),
        ("46347", "date_serie"),
        (46347, "date_serie"),
    ],
)
def test_date_refusee(brut: str | int, regle: str) -> None:
    lu = lire_date(brut)
    assert isinstance(lu, Refus)
    assert lu.regle == regle


def test_date_serie_dit_la_date_que_ce_serait() -> None:
    lu = lire_date("46347")
    assert isinstance(lu, Refus)
    assert (date(1899, 12, 30) + timedelta(days=46347)).strftime("%d/%m/%Y") in lu.message


def test_codes_et_zeros_perdus() -> None:
    assert lire_code("01", ("01", "02")) == "01"
    perdu = lire_code("1", ("01", "02"))
    assert isinstance(perdu, Refus)
    assert perdu.regle == "zero_perdu"
    assert "« 01 »" in perdu.message
    assert isinstance(lire_code(1, ("01", "02")), Refus)
    inconnu = lire_code("99", ("01", "02"))
    assert isinstance(inconnu, Refus)
    assert inconnu.regle == "code"
    assert "01, 02" in inconnu.conseil
    postal = lire_chiffres("1000", 5, 5)
    assert isinstance(postal, Refus)
    assert "« 01000 »" in postal.message
    assert lire_chiffres("01000", 5, 5) == "01000"
    assert isinstance(lire_chiffres("98 800", 5, 5), Refus)
    assert isinstance(lire_chiffres("123456", 5, 5), Refus)


def test_entiers_booleens_taux() -> None:
    assert lire_entier("72", 7) == 72
    assert isinstance(lire_entier("0", 7), Refus)
    assert isinstance(lire_entier("7,2", 7), Refus)
    assert isinstance(lire_entier("12345678", 7), Refus)
    assert lire_booleen("Oui") is True
    assert lire_booleen(0) is False
    assert isinstance(lire_booleen("peut-être"), Refus)
    assert lire_taux("8,5") == Decimal("8.50")
    assert isinstance(lire_taux("0"), Refus)
    assert isinstance(lire_taux("1000"), Refus)


@pytest.mark.parametrize("brut", ["#N/A", "#VALEUR!", "#REF!", "#NOM?", "#DIV/0!", "########"])
def test_erreurs_de_formule(brut: str) -> None:
    abime = abime_par_tableur(brut)
    assert abime is not None
    assert abime.regle == "formule"


@pytest.mark.parametrize(("brut", "abime"), [("7,8E+13", True), ("1E+15", True), ("5E3", False)])
def test_notation_scientifique_dans_un_texte(brut: str, abime: bool) -> None:
    assert (abime_par_tableur(brut) is not None) is abime
