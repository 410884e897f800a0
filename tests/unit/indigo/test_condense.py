"""Packed decimal and BCD: lossless, of constant width, or an error that names the limit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.indigo.exemples import bordereau, mandat, mini, pes, profil, zone
from vaguemestre.domain.comptable import Domaine
from vaguemestre.errors import ConfigurationError, ZoneError
from vaguemestre.indigo.condense import deballer, emballer, octets_pour, place
from vaguemestre.indigo.convert import convertir
from vaguemestre.indigo.lecture import lire as lire_fichier
from vaguemestre.indigo.parite import comparer
from vaguemestre.indigo.zones import Format, Zone, ecrire, lire

LATIN = Format()
MONTANT = Zone(
    nom="ht", debut=1, longueur=6, type="S9", montant=True, cadrage="right", remplissage="0",
    usage="packed",
)  # fmt: skip


@pytest.mark.parametrize(
    ("valeur", "octets"),
    [
        (Decimal(1234), "00000001234C"),
        (Decimal(-1234), "00000001234D"),
        (None, "00000000000C"),
        (Decimal(99999999999), "99999999999C"),
    ],
)
def test_known_bytes(valeur: Decimal | None, octets: str) -> None:
    assert ecrire(MONTANT, valeur, LATIN).hex().upper() == octets


@given(st.integers(-(10**11) + 1, 10**11 - 1), st.sampled_from([(0, False, 0), (2, True, 2)]))
def test_a_packed_amount_goes_round(entier: int, unite: tuple[int, bool, int]) -> None:
    decimales, centimes, echelle = unite
    forme = Format(decimales=decimales, centimes=centimes)
    valeur = Decimal(entier).scaleb(-echelle)
    octets = ecrire(MONTANT, valeur, forme)
    assert len(octets) == 6
    assert lire(MONTANT, octets, forme) == valeur


@given(st.integers(0, 10**12), st.sampled_from(["packed", "bcd"]))
def test_digits_fit_or_are_refused(nombre: int, usage: str) -> None:
    numero = Zone(nom="n", debut=1, longueur=4, type="9", remplissage="0", usage=usage)
    if len(str(nombre)) > place(4, usage):
        with pytest.raises(ZoneError, match=f"la zone en a {place(4, usage)}"):
            ecrire(numero, nombre, LATIN)
    else:
        octets = ecrire(numero, nombre, LATIN)
        assert len(octets) == 4
        assert lire(numero, octets, LATIN) == nombre


@given(st.dates(min_value=date(1969, 1, 1), max_value=date(2068, 12, 31)))
def test_packed_dates_go_round(jour: date) -> None:
    for motif in ("%Y%m%d", "%d%m%y", "%y%m%d", "%d%m%Y"):
        for usage in ("packed", "bcd"):
            longueur = octets_pour(len(jour.strftime(motif)), usage)
            case = Zone(
                nom="d", debut=1, longueur=longueur, type="D", format_date=motif, usage=usage
            )
            octets = ecrire(case, jour, LATIN)
            assert len(octets) == longueur
            assert lire(case, octets, LATIN) == jour
            assert lire(case, ecrire(case, None, LATIN), LATIN) is None


@given(st.text("0123456789", min_size=1, max_size=9), st.sampled_from([1, -1]))
def test_the_codec_alone(chiffres: str, signe: int) -> None:
    assert deballer(emballer(chiffres, 5, "packed", signe=signe), "packed") == (
        signe,
        chiffres.rjust(9, "0"),
    )


@pytest.mark.parametrize(("octets", "usage"), [(b"\x12\x34", "packed"), (b"\x1a", "bcd")])
def test_bytes_that_are_no_number(octets: bytes, usage: str) -> None:
    assert deballer(octets, usage) is None
    numero = Zone(nom="n", debut=1, longueur=len(octets), type="9", usage=usage)
    with pytest.raises(ZoneError, match="condensé"):
        lire(numero, octets, LATIN)


def _dessin(**autres: Any) -> dict[str, Any]:
    brut = mini(
        zone("marque", "CONST", 1, value="L"),
        zone("exercice", "9", 3, "bordereau.exercice", usage="packed"),
        zone("bordereau", "9", 4, "bordereau.numero", usage="bcd"),
        zone("piece", "9", 8, "piece.numero"),
        zone("ligne", "9", 2, "ligne.numero", usage="bcd"),
        zone("ht", "S9", 8, "ligne.montant_ht", usage="packed"),
        zone("emission", "D", 5, "bordereau.date_emission", date_format="%Y%m%d", usage="packed"),
        zone("fin", "CONST", 2, value="0D0A", usage="hex"),
    )
    brut["records"][0]["fields"][5].update(autres)
    return brut


def test_a_packed_layout_is_written_read_and_held_against_the_pes(tmp_path: Path) -> None:
    dessin = profil(tmp_path, _dessin())
    envoi = pes(bordereau(Domaine.DEPENSE, 72, mandat(832, "1000", "250"), type_="02"))
    fichiers = convertir(envoi, dessin, sequence=1, monnaie="XPF")
    assert fichiers[0].contenu[:34] == bytes.fromhex(
        "4C 02026F 00000072 3030303030383332 0001 000000000001000D 020260203F 0D0A 0A".replace(
            " ", ""
        )
    )
    lus = lire_fichier(fichiers[0].contenu, dessin)
    assert [lu.valeurs["ligne.montant_ht"] for lu in lus] == [-1000, -250]
    assert lus[0].valeurs["bordereau.date_emission"] == date(2026, 2, 3)
    montres = {z.nom: texte for z, texte, _ in lus[0].zones(dessin)}
    assert (montres["ht"], montres["fin"]) == ("000000000001000D", "0D0A")
    assert comparer(envoi, fichiers, dessin) == ()


@pytest.mark.parametrize(
    ("autres", "dit"),
    [
        ({"usage": "bcd"}, "utiliser packed"),
        ({"sign": "overpunch"}, "est de trop"),
        ({"align": "left"}, "toujours cadré à droite"),
        ({"usage": "hex"}, "ne va qu'avec le type CONST"),
        ({"usage": "zip"}, "une de ces valeurs"),
    ],
)
def test_defects_of_a_packed_zone(autres: dict[str, Any], dit: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=dit):
        profil(tmp_path, _dessin(**autres))


@pytest.mark.parametrize(
    ("rang", "autres", "dit"),
    [
        (6, {"length": 4}, "ne fait pas 4 octets"),
        (6, {"date_format": "%d/%m/%Y"}, "que des chiffres"),
        (7, {"value": "0D0"}, "par paires"),
        (7, {"value": "0D"}, "ne fait pas 2 octets"),
    ],
)
def test_other_defects(rang: int, autres: dict[str, Any], dit: str, tmp_path: Path) -> None:
    brut = _dessin()
    brut["records"][0]["fields"][rang].update(autres)
    with pytest.raises(ConfigurationError, match=dit):
        profil(tmp_path, brut)


def test_ebcdic_is_written_and_read(tmp_path: Path) -> None:
    brut = mini()
    brut["file"]["encoding"] = "cp500"
    dessin = profil(tmp_path, brut)
    envoi = pes(bordereau(Domaine.DEPENSE, 72, mandat(832, "1000")))
    (fichier,) = convertir(envoi, dessin, sequence=1, monnaie="XPF")
    assert fichier.contenu[:5] == b"\xd3\xf2\xf0\xf2\xf6"
    assert fichier.contenu[55:58].decode("cp500") == "110"
    assert lire_fichier(fichier.contenu, dessin)[0].valeurs["tiers.nom"] == "Librairie du Récif"
