"""Codecs: lossless, or a ZoneError that names the value and the limit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.errors import ZoneError
from vaguemestre.formats.codecs import (
    Alnum,
    Annee,
    Booleen,
    Centimes,
    Chiffres,
    Code,
    Constante,
    Date,
    Montant,
    Numerique,
    Texte,
    code,
    hors_jeu,
)

CENT = Decimal("0.01")
tout_texte = st.text(max_size=12)
tout_montant = st.decimals(allow_nan=True, allow_infinity=True) | st.decimals(
    -(10**15), 10**15, places=2
)


def sans_perte(codec: Any, value: Any) -> None:
    """The promise of every codec."""
    try:
        text = codec.encode(value)
    except ZoneError:
        return  # what the message says is tested value by value, below
    assert codec.decode(text) == value


@given(tout_texte)
@pytest.mark.parametrize(
    "codec",
    [
        Texte(10),
        Texte(5, 2, significatif=True),
        Texte(9, motif="[a-z]*", attendu="minuscules"),
        Alnum(10),
        Alnum(3, 0, significatif=False),
        Chiffres(6),
        Chiffres(12, positif=True),
        code("01 02", "A"),
    ],
    ids=str,
)
def test_textes(codec: Any, value: str) -> None:
    sans_perte(codec, value)


@given(st.integers(-(10**9), 10**9))
@pytest.mark.parametrize("codec", [Numerique(5), Numerique(8, 1), Annee()], ids=str)
def test_entiers(codec: Any, value: int) -> None:
    sans_perte(codec, value)


@given(tout_montant)
@pytest.mark.parametrize(
    "codec",
    [
        Montant(),
        Montant(14, Decimal(0)),
        Montant(14, CENT),
        Montant(5, CENT, Decimal("99.99")),
        Centimes(15),
    ],
    ids=str,
)
def test_montants(codec: Any, value: Decimal) -> None:
    sans_perte(codec, value)


@given(st.dates())
@pytest.mark.parametrize(
    "codec", [Date(), Date("%d%m%Y"), Date("%d%m%y"), Date(minimum=date(1900, 1, 1))], ids=str
)
def test_dates(codec: Date, value: date) -> None:
    sans_perte(codec, value)


@given(st.booleans())
def test_booleens(value: bool) -> None:
    sans_perte(Booleen(), value)


@pytest.mark.parametrize(
    ("codec", "value", "text"),
    [
        (Texte(3), "abc", "abc"),
        (Texte(38, significatif=True), "X" * 38, "X" * 38),
        (Texte(38, significatif=True), "n", "n"),
        (Texte(38, significatif=True), "ncc", "ncc"),
        (Texte(38, significatif=True), "00a", "00a"),
        (Alnum(4), "0A", "0A"),
        (Chiffres(10), "007", "007"),
        (Numerique(2, 1), 99, "99"),
        (Montant(), Decimal("1E+2"), "100.00"),
        (Montant(), Decimal("-0"), "0.00"),
        (Montant(), Decimal("999999999999.99"), "999999999999.99"),
        (Montant(), Decimal(10**14 - 1), "99999999999999.00"),
        (Montant(14, CENT), CENT, "0.01"),
        (Centimes(4), Decimal("12.34"), "1234"),
        (Centimes(4), Decimal(0), "0"),
        (Date(), date(2026, 1, 5), "2026-01-05"),
        (Date("%d%m%Y"), date(2026, 1, 5), "05012026"),
        (Annee(), 2026, "2026"),
        (Booleen(), True, "1"),
        (Constante(2, Numerique(2)), 2, "2"),
    ],
)
def test_ce_qui_s_ecrit(codec: Any, value: Any, text: str) -> None:
    assert codec.encode(value) == text
    assert codec.decode(text) == value


@pytest.mark.parametrize(
    ("codec", "value", "dit"),
    [
        (Texte(3), "abcd", "4 caractères, 3 au plus"),
        (Texte(3), "", "est vide"),
        (Texte(9, 4), "abc", "4 au moins"),
        (Texte(9), "a\nb", "contrôle"),
        (Texte(9), "a\x9fb", "contrôle"),
        (Texte(9), "10 €", "hors ISO-8859-1 : €"),
        (Texte(9, significatif=True), "nc", "nc"),
        (Texte(9, significatif=True), ".", "refusés"),
        (Texte(9, significatif=True), "000", "refusés"),
        (Texte(9, motif="[a-z]*", attendu="minuscules"), "AB", "minuscules"),
        (Alnum(9), "a-b", "chiffres seulement"),
        (Alnum(9), "é", "sans accent"),
        (Alnum(9), "000", "refusés"),
        (Chiffres(9), "12a", "chiffres seulement"),
        (Chiffres(9), "²", "chiffres seulement"),
        (Chiffres(9, positif=True), "00", "supérieur à 0"),
        (Numerique(2, 1), 100, "2 chiffres"),
        (Numerique(2, 1), 0, "au moins 1"),
        (Numerique(2), -1, "au moins 0"),
        (Montant(), Decimal("0.001"), "exact au centime"),
        (Montant(14, CENT), Decimal(0), "supérieur à 0"),
        (Montant(14, Decimal(0)), Decimal("-0.01"), "au moins 0"),
        (Montant(5, CENT, Decimal("99.99")), Decimal(100), "au plus 99.99"),
        (Montant(), Decimal("1000000000000.01"), "14 chiffres"),
        (Montant(), Decimal(10**14), "14 chiffres"),
        (Montant(), Decimal("1E+999999"), "14 chiffres"),
        (Montant(), Decimal("sNaN"), "chiffres"),
        (Montant(), Decimal("Infinity"), "chiffres"),
        (Centimes(4), Decimal("100.00"), "4 chiffres"),
        (Date(minimum=date(1900, 1, 1)), date(1899, 12, 31), "avant le 1900-01-01"),
        (Date("%d%m%y"), date(1926, 1, 1), "ne peut pas s'écrire"),
        (Annee(), 999, "quatre chiffres"),
        (code("01 02"), "03", "01, 02"),
        (Constante(2, Numerique(2)), 3, "seule la valeur 2"),
    ],
)
def test_ce_qui_est_refuse_dit_la_limite(codec: Any, value: Any, dit: str) -> None:
    with pytest.raises(ZoneError) as refus:
        codec.encode(value)
    assert dit in refus.value.message


@pytest.mark.parametrize(
    ("codec", "text", "value"),
    [
        (Numerique(3), " +012 ", 12),
        (Numerique(3), "12.0", 12),
        (Montant(), "12", Decimal(12)),
        (Montant(), " -.5 ", Decimal("-0.5")),
        (Date(), "2026-11-21Z", date(2026, 11, 21)),
        (Date(), "2026-11-21+11:00", date(2026, 11, 21)),
        (Annee(), "2026+11:00", 2026),
        (Booleen(), " true ", True),
    ],
)
def test_ce_que_d_autres_ecrivent_se_lit(codec: Any, text: str, value: Any) -> None:
    assert codec.decode(text) == value


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        (Numerique(3), "1,5"),
        (Numerique(3), "１２"),
        (Montant(), "1 234"),
        (Montant(), "1E3"),
        (Date(), "2026-02-30"),
        (Date(), "21/11/2026"),
        (Date("%d%m%Y"), "31022026"),
        (Annee(), "26"),
        (Booleen(), "oui"),
    ],
)
def test_ce_qui_n_est_pas_une_valeur_se_dit(codec: Any, text: str) -> None:
    with pytest.raises(ZoneError):
        codec.decode(text)


@given(st.text())
def test_hors_jeu_est_exactement_ce_que_l_encodage_refuse(texte: str) -> None:
    intrus = hors_jeu(texte)
    reste = "".join(char for char in texte if char not in intrus)
    assert reste.encode("iso-8859-1").decode("iso-8859-1") == reste
    for char in intrus:
        with pytest.raises(UnicodeEncodeError):
            char.encode("iso-8859-1")


def test_une_liste_de_codes_se_donne_comme_elle_s_imprime() -> None:
    assert code("01 02", "03") == Code(frozenset({"01", "02", "03"}))
