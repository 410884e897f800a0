"""The table of characters: what is replaced is counted, what is not known stays and is said."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.errors import ConfigurationError
from vaguemestre.formats.caracteres import TABLE, intrus, table, traduire, traduire_objet
from vaguemestre.formats.codecs import hors_jeu


@pytest.mark.parametrize(
    ("avant", "apres"),
    [
        ("L’école", "L'école"),
        ("« cœur » – Œuvre", "« coeur » - OEuvre"),
        ("12 €", "12 EUR"),
        ("“oui”…", '"oui"...'),
        ("n° 12 bis", "n° 12 bis"),
        ("rien à changer", "rien à changer"),
        ("e\u0301te\u0301", "été"),
    ],
)
def test_la_table_publiee(avant: str, apres: str) -> None:
    assert traduire(avant)[0] == apres


def test_chaque_remplacement_est_compte() -> None:
    assert traduire("L’œil d’or")[1] == Counter({"’": 2, "œ": 1})
    assert traduire("ete\u0301")[1] == Counter({"\u0301": 1})
    assert traduire("été")[1] == Counter()


@given(st.text())
def test_rien_ne_disparait_en_silence(texte: str) -> None:
    """What the table does not know is still there (composed), and everything else fits."""
    sortie, compte = traduire(texte)
    inconnus = [c for c in unicodedata.normalize("NFC", texte) if c not in TABLE and ord(c) > 255]
    assert Counter(c for c in sortie if ord(c) > 255) == Counter(inconnus)
    if sortie != unicodedata.normalize("NFC", texte):
        assert compte
    assert traduire(sortie)[0] == sortie


def test_la_table_n_ecrit_que_de_l_iso_8859_1() -> None:
    assert not hors_jeu("".join(TABLE.values()))
    assert all(len(char) == 1 and not char.isascii() for char in TABLE)


def test_un_reglage_s_ajoute_et_l_emporte() -> None:
    reglee = table({"→": "->", "€": "euros"})
    assert traduire("5 € → caisse", reglee)[0] == "5 euros -> caisse"


@pytest.mark.parametrize("surcharge", [{"ab": "c"}, {"a": "b"}, {"€": "₣"}])
def test_un_reglage_qui_ne_peut_servir_est_refuse(surcharge: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError):
        table(surcharge)


@dataclass(frozen=True)
class Fiche:
    nom: str
    montant: Decimal
    suite: tuple[Fiche, ...] = ()


def test_un_objet_se_traduit_a_toute_profondeur() -> None:
    fiche = Fiche("L’un", Decimal(1), (Fiche("œuf", Decimal(2)), Fiche("deux", Decimal(3))))
    traduite, compte = traduire_objet(fiche)
    assert traduite == Fiche("L'un", Decimal(1), (Fiche("oeuf", Decimal(2)), fiche.suite[1]))
    assert compte == Counter({"’": 1, "œ": 1})


def test_un_objet_sans_rien_a_traduire_n_est_pas_copie() -> None:
    fiche = Fiche("été", Decimal(1), (Fiche("un", Decimal(2)),))
    assert traduire_objet(fiche)[0] is fiche


def test_un_intrus_se_dit_a_sa_place() -> None:
    (anomalie,) = intrus("abc→", "bordereau 7 / mandat 3", "objet")
    assert anomalie.regle == "depot.caractere"
    assert anomalie.ref == "bordereau 7 / mandat 3"
    assert "« → »" in anomalie.message
    assert "position 4" in anomalie.message
    assert anomalie.chemin == "objet"
