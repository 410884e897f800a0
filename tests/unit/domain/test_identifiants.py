"""Identifiers: what is right is kept as it is, what is wrong is said in French."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban, luhn
from stdnum.fr import siren as stdnum_siren

from vaguemestre.domain.identifiants import (
    Bic,
    CodeBudget,
    CodeCollectivite,
    Finess,
    Iban,
    Identifiant,
    IdPoste,
    IdUniquePj,
    Nir,
    Ridet,
    Siren,
    Siret,
    Tahiti,
    TvaIntra,
    cle_rib,
    controler_identifiant,
    defaut_rib,
)
from vaguemestre.errors import DocumentError

CHIFFRES = "0123456789"
chiffres = st.text(alphabet=CHIFFRES, min_size=13, max_size=13)


@pytest.mark.parametrize(
    ("classe", "texte"),
    [
        (Siret, "73282932000074"),
        (Siret, "35600000000048"),  # La Poste, head office: Luhn
        (Siret, "35600000049837"),  # La Poste, an establishment: sum of digits 45
        (Siren, "732829320"),
        (Finess, "750712184"),
        (Finess, "2A0000014"),
        (Nir, "295109912611193"),
        (Nir, "253072B07300470"),
        (Nir, "253072A07300443"),
        (TvaIntra, "FR40303265045"),
        (TvaIntra, "DE136695976"),
        (Ridet, "123456001"),
        (Ridet, "1234567001"),
        (Tahiti, "A12345001"),
        (Iban, "FR1420041010050500013M02606"),
        (Iban, "BE68539007547034"),
        (Bic, "PSSTFRPPMON"),
        (Bic, "BCALNCNX"),
        (IdPoste, "086016"),
        (IdPoste, "02A0123"),
        (CodeCollectivite, "001"),
        (CodeBudget, "A0"),
        (CodeBudget, "00"),
        (IdUniquePj, "P1"),
    ],
)
def test_a_right_value_is_kept_as_it_is(classe: type[Identifiant], texte: str) -> None:
    assert classe.defaut(texte) is None
    assert classe.lire(texte).texte == texte


@pytest.mark.parametrize(
    ("classe", "texte", "dit"),
    [
        (Siret, "73282932000075", "clé"),
        (Siret, "732 829 320 00074", "14 chiffres"),
        (Siret, "3282932000074", "zéros de tête"),
        (Siret, "35600000049838", "multiple de 5"),
        (Siret, "٧3282932000074", "14 chiffres"),
        (Siret, "73282932000074\n", "14 chiffres"),
        (Siren, "732829321", "clé"),
        (Siren, "", "9 chiffres"),
        (Finess, "750712185", "clé"),
        (Finess, "2C0000014", "9 chiffres"),
        (Nir, "295109912611199", "clé"),
        (Nir, "253072C07300443", "Corse"),
        (TvaIntra, "FR41303265045", "clé"),
        (TvaIntra, "F1", "4 à 18"),
        (Ridet, "12345678", "9 ou 10"),
        (Tahiti, "A1234500", "9 caractères"),
        (Iban, "FR1420041010050500013M02607", "clé"),
        (Iban, "FR14 2004 1010 0505 0001 3M02 606", "sans espace"),
        (Iban, "fr1420041010050500013M02606", "capitales"),
        (Bic, "PSSTFRPPMO", "8 ou 11"),
        (Bic, "PSSTQQPP", "QQ"),
        (IdPoste, "02C123", "6 ou 7"),
        (IdPoste, "000000", "zéros"),
        (CodeCollectivite, "000", "000"),
        (CodeCollectivite, "1", "3 chiffres"),
        (CodeBudget, "0A", "2 caractères"),
        (IdUniquePj, "a-b", "50"),
        (IdUniquePj, "0" * 12, "zéros"),
        (IdUniquePj, "a" * 51, "50"),
    ],
)
def test_a_wrong_value_is_refused_and_says_why(
    classe: type[Identifiant], texte: str, dit: str
) -> None:
    with pytest.raises(DocumentError, match=dit):
        classe.lire(texte)


def test_a_siret_knows_its_siren() -> None:
    assert Siret.lire("73282932000074").siren == Siren("732829320")
    assert Iban.lire("BE68539007547034").pays == "BE"


@given(chiffres)
def test_one_wrong_digit_of_a_siret_is_always_found(corps: str) -> None:
    siren = corps[:8] + luhn.calc_check_digit(corps[:8])
    if siren.startswith("356000000"):
        return
    base = siren + corps[8:12]
    numero = base + luhn.calc_check_digit(base)
    assert Siret.defaut(numero) is None
    for position, chiffre in enumerate(numero):
        autre = numero[:position] + str((int(chiffre) + 3) % 10) + numero[position + 1 :]
        assert Siret.defaut(autre) is not None
    assert stdnum_siren.is_valid(siren)


@given(st.text(max_size=20))
def test_any_text_gets_an_answer(texte: str) -> None:
    for classe in Identifiant.__subclasses__():
        assert classe.defaut(texte) is None or classe.defaut(texte)
    for nature in range(13):
        controler_identifiant(f"{nature:02d}", texte)
    defaut_rib(texte, texte, texte, texte)


@given(st.text(alphabet=CHIFFRES + "ABCXYZ", min_size=11, max_size=11))
def test_rib_key_and_french_iban_agree(compte: str) -> None:
    """The RIB key makes the 23 characters, letters counted as digits, a multiple of 97."""
    cle = cle_rib("17939", "09110", compte)
    assert defaut_rib("17939", "09110", compte, cle) is None
    faux = f"{(int(cle) % 97) + 1:02d}"
    assert defaut_rib("17939", "09110", compte, faux) is not None
    bban = f"1793909110{compte}{cle}"
    assert Iban.defaut(f"FR{iban.calc_check_digits('FR00' + bban)}{bban}") is None


def test_a_published_rib_has_its_key() -> None:
    assert cle_rib("20041", "01005", "0500013M026") == "06"
    assert defaut_rib("20041", "01005", "0500013M026", "6") is not None


@pytest.mark.parametrize(
    ("nature", "bon", "mauvais"),
    [
        ("01", "73282932000074", "73282932000075"),
        ("02", "732829320", "732829321"),
        ("03", "750712184", "75071218"),
        ("04", "295109912611193", "295109912611194"),
        ("05", "FR40303265045", "FR1"),
        ("06", "CH-123.456", "X" * 19),
        ("07", "A12345001", "A12345"),
        ("08", "1234567001", "12345678901"),
        ("09", "", "X"),
        ("10", "FRWF123", "WF123"),
        ("11", "12345DUPONT", "1234DUPONT"),
        ("12", "1234567890123", "123456789012"),
    ],
)
def test_each_nature_of_identifier(nature: str, bon: str, mauvais: str) -> None:
    assert controler_identifiant(nature, bon) is None
    assert mauvais in (controler_identifiant(nature, mauvais) or "")


def test_an_unknown_nature_is_said() -> None:
    assert "inconnue" in (controler_identifiant("13", "1") or "")
