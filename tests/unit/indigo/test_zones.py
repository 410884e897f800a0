"""Every kind of zone: constant width, lossless, or an error that names zone, value and limit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.errors import ZoneError
from vaguemestre.indigo.zones import Format, Valeur, Zone, ecrire, lire, plier, tronquee

LATIN = Format()
UTF8 = Format(encodage="utf-8")
TEXTE = Zone(nom="objet", debut=1, longueur=10, type="X", source="piece.objet")
NOMBRE = Zone(nom="n", debut=1, longueur=8, type="9", cadrage="right", remplissage="0")
VISIBLES = [chr(code) for code in (*range(0x21, 0x7F), *range(0xA1, 0x100))]
latin = st.text(st.sampled_from(VISIBLES), max_size=10)


def montant(signe: str, longueur: int = 12, **autres: object) -> Zone:
    base: dict[str, object] = {"cadrage": "right", "remplissage": "0", "montant": True}
    return Zone(nom="ht", debut=1, longueur=longueur, type="S9", signe=signe, **(base | autres))  # type: ignore[arg-type]


@given(latin, st.sampled_from(["left", "right"]))
def test_text_goes_round(texte: str, cadrage: str) -> None:
    zone = Zone(nom="t", debut=1, longueur=10, type="X", cadrage=cadrage)
    octets = ecrire(zone, texte, LATIN)
    assert len(octets) == 10
    assert lire(zone, octets, LATIN) == (texte or None)


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=12))
def test_widths_are_in_bytes(texte: str) -> None:
    texte = texte.rstrip()
    taille = len(texte.encode())
    if taille > 10:
        with pytest.raises(ZoneError, match=f"« objet ».*{taille} octets, la zone en a 10"):
            ecrire(TEXTE, texte, UTF8)
    else:
        assert lire(TEXTE, ecrire(TEXTE, texte, UTF8), UTF8) == (texte or None)


@given(st.integers(0, 10**8 - 1), st.sampled_from(["0", " ", "*"]))
def test_number_goes_round(nombre: int, pad: str) -> None:
    zone = Zone(nom="n", debut=1, longueur=8, type="9", cadrage="right", remplissage=pad)
    octets = ecrire(zone, nombre, LATIN)
    assert len(octets) == 8
    assert lire(zone, octets, LATIN) == nombre


@given(
    st.integers(-(10**11) + 1, 10**11 - 1),
    st.sampled_from(["leading", "trailing", "overpunch"]),
    st.sampled_from(["0", " "]),
    st.sampled_from([(0, False, 0), (2, False, 2), (2, True, 2), (0, True, 0)]),
)
def test_signed_amount_goes_round(
    entier: int, signe: str, pad: str, unite: tuple[int, bool, int]
) -> None:
    decimales, centimes, echelle = unite
    forme = Format(decimales=decimales, centimes=centimes)
    valeur = Decimal(entier).scaleb(-echelle)
    zone = montant(signe, 16, remplissage=pad)
    octets = ecrire(zone, valeur, forme)
    assert len(octets) == 16
    assert lire(zone, octets, forme) == valeur


@given(st.integers(-999, 999))
def test_a_sign_of_its_own_zone_is_left_to_it(entier: int) -> None:
    for signe in ("none", "separate_field"):
        octets = ecrire(montant(signe), Decimal(entier), LATIN)
        assert lire(montant(signe), octets, LATIN) == abs(entier)


@given(st.dates(min_value=date(1900, 1, 1)), st.sampled_from(["%Y%m%d", "%d%m%Y", "%d/%m/%Y"]))
def test_date_goes_round(jour: date, forme_date: str) -> None:
    zone = Zone(
        nom="d", debut=1, longueur=10 if "/" in forme_date else 8, type="D", format_date=forme_date
    )
    octets = ecrire(zone, jour, LATIN)
    assert len(octets) == zone.longueur
    assert lire(zone, octets, LATIN) == jour


@pytest.mark.parametrize(
    ("valeur", "attendu"),
    [
        (Decimal(123), b"0000012C"),
        (Decimal(-123), b"0000012L"),
        (Decimal(0), b"0000000{"),
        (Decimal(-10), b"0000001}"),
        (Decimal(9), b"0000000I"),
        (Decimal(-9), b"0000000R"),
    ],
)
def test_overpunch_letters(valeur: Decimal, attendu: bytes) -> None:
    assert ecrire(montant("overpunch", 8), valeur, LATIN) == attendu


def test_constants_and_fillers() -> None:
    constante = Zone(nom="c", debut=1, longueur=4, type="CONST", valeur="AB")
    remplie = Zone(nom="f", debut=1, longueur=3, type="FILLER", remplissage="*")
    assert ecrire(constante, None, LATIN) == b"AB  "
    assert lire(constante, b"AB  ", LATIN) == "AB"
    assert ecrire(remplie, None, LATIN) == b"***"
    assert lire(remplie, b"***", LATIN) is None


@pytest.mark.parametrize(
    ("zone", "valeur", "dit"),
    [
        (NOMBRE, 10**8, "9 chiffres, la zone en a 8"),
        (NOMBRE, Decimal(-1), "négatif"),
        (NOMBRE, "12A", "des chiffres"),
        (NOMBRE, date(2026, 1, 1), "un nombre"),
        (NOMBRE, Decimal("1.5"), "rien n'est arrondi"),
        (montant("trailing"), Decimal("1.10"), "sans décimales"),
        (montant("leading", 4), Decimal(1000), "4 chiffres, la zone en a 3"),
        (TEXTE, "un\ndeux", "contrôle"),
        (TEXTE, "10 €", "« € » n'existe pas"),
        (Zone(nom="s", debut=1, longueur=1, type="X", codes={"A": "a"}), "B", "hors de la liste"),
        (Zone(nom="s", debut=1, longueur=1, type="X", table={"01": "A"}), "02", "traduction"),
        (Zone(nom="o", debut=1, longueur=1, type="X", obligatoire=True), None, "obligatoire"),
        (Zone(nom="d", debut=1, longueur=8, type="D", format_date="%Y%m%d"), "x", "date"),
        (
            Zone(nom="d", debut=1, longueur=8, type="D", format_date="%Y%m%d"),
            date(9, 1, 1),
            "quatre",
        ),
        (Zone(nom="d", debut=1, longueur=7, type="D", format_date="%Y%m%d"), date(2026, 1, 1), "7"),
    ],
)
def test_what_does_not_fit_is_said(zone: Zone, valeur: Valeur, dit: str) -> None:
    with pytest.raises(ZoneError, match=dit) as erreur:
        ecrire(zone, valeur, LATIN)
    assert f"« {zone.nom} »" in erreur.value.message


@pytest.mark.parametrize(
    ("zone", "octets", "dit"),
    [
        (NOMBRE, b"12A45678", "chiffres"),
        (montant("leading", 4), b"x123", "signe"),
        (montant("overpunch", 4), b"1234", "signé"),
        (Zone(nom="d", debut=1, longueur=8, type="D", format_date="%Y%m%d"), b"20261399", "date"),
    ],
)
def test_what_cannot_be_read_is_said(zone: Zone, octets: bytes, dit: str) -> None:
    with pytest.raises(ZoneError, match=dit):
        lire(zone, octets, LATIN)


def test_bytes_outside_the_encoding_are_said() -> None:
    with pytest.raises(ZoneError, match="illisibles"):
        lire(TEXTE, b"\xff" * 10, UTF8)


def test_absent_values() -> None:
    jour = Zone(nom="d", debut=1, longueur=8, type="D", format_date="%Y%m%d")
    assert ecrire(TEXTE, None, LATIN) == b" " * 10
    assert ecrire(NOMBRE, None, LATIN) == b"0" * 8
    assert ecrire(jour, None, LATIN) == b" " * 8
    assert lire(jour, b" " * 8, LATIN) is None
    assert lire(NOMBRE, b" " * 8, LATIN) == 0
    assert ecrire(montant("overpunch", 4), None, LATIN) == b"000{"


def test_only_the_layout_cuts_a_text() -> None:
    zone = Zone(nom="o", debut=1, longueur=4, type="X", tronquer=True)
    assert tronquee(zone, "abcdef", LATIN)
    assert not tronquee(zone, "abcd", LATIN)
    assert not tronquee(TEXTE, "abcdefghijklm", LATIN)
    assert ecrire(zone, "abcdef", LATIN) == b"abcd"
    assert ecrire(zone, "abcé", UTF8) == b"abc "  # never half a character


@given(st.text(max_size=30))
def test_folding_twice_is_folding_once(texte: str) -> None:
    assert plier(plier(texte)) == plier(texte)


def test_capitals_without_accents() -> None:
    sans_accent = Format(sans_accent=True)
    assert plier("Œuvre à Nouméa, l’été") == "OEUVRE A NOUMEA, L'ETE"
    assert ecrire(TEXTE, "élève", sans_accent) == b"ELEVE     "


def test_codes_are_translated_both_ways() -> None:
    zone = Zone(nom="t", debut=1, longueur=1, type="X", table={"01": "O", "02": "A"})
    assert ecrire(zone, "02", LATIN) == b"A"
    assert lire(zone, b"A", LATIN) == "02"


def test_a_rate_has_its_own_decimals() -> None:
    taux = Zone(
        nom="tx", debut=1, longueur=5, type="9", cadrage="right", remplissage="0", decimales=2
    )
    assert ecrire(taux, Decimal("5.5"), LATIN) == b"00550"
    assert lire(taux, b"00550", LATIN) == Decimal("5.5")
