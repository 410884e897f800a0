"""What a learned layout takes on trust: the first envoi that shows it wrong says so, once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.unit.indigo.exemples import bordereau, mandat, mini, pes, profil, zone
from tests.unit.indigo.test_apprentissage import ecrire
from vaguemestre.domain.comptable import Domaine, Mandat, PesAller
from vaguemestre.errors import Anomalie, Gravite, ZoneError
from vaguemestre.indigo.apprentissage import apprendre
from vaguemestre.indigo.convert import convertir
from vaguemestre.indigo.dessins import Profil
from vaguemestre.indigo.structure import Paire

LIGNE = (
    zone("exercice", "9", 4, "bordereau.exercice"),
    zone("bordereau", "9", 3, "bordereau.numero"),
    zone("ht", "S9", 9, "ligne.montant_ht", sign="separate_field"),
    zone("nom", "X", 12, "tiers.nom"),
    zone("service", "X", 6, "ligne.code_service"),
    zone("signe", "X", 1, "ligne.signe"),
    zone("piece", "9", 4, "piece.numero"),
    zone("nature", "X", 2, "piece.nature"),
    zone("vide", "FILLER", 3),
    zone("ligne", "9", 3, "ligne.numero"),
)


def simple(rang: int, **autres: Any) -> Mandat:
    base = mandat(1000 + rang, str(100 + 13 * rang), nom=f"Tiers {rang * 37}")
    ligne = replace(base.lignes[0], montant_tva=None)
    return replace(base, lignes=(ligne,), **autres)


def envoi(numero: int, *, type_: str = "01", **autres: Any) -> PesAller:
    pieces = (simple(100 * numero + rang, **autres) for rang in range(1, 31))
    return pes(bordereau(Domaine.DEPENSE, 10 + numero, *pieces, type_=type_))


@pytest.fixture
def brouillon(tmp_path: Path) -> Profil:
    """Learned of sixty mandats of one type, without a service, never annulled."""
    brut = mini(*LIGNE)
    brut["records"][0]["discriminator"] = None
    vrai = profil(tmp_path, brut)
    sans_service = [envoi(numero, service=None) for numero in (1, 2)]
    paires = [
        Paire(f"p{rang}", fait, "0" * 64, fichier.contenu)
        for rang, fait in enumerate(sans_service)
        for fichier in convertir(fait, vrai, sequence=1, monnaie="XPF")
    ]
    return ecrire(tmp_path, apprendre(paires, nom="appris"))


def dites(brouillon: Profil, fait: PesAller) -> list[Anomalie]:
    (fichier,) = convertir(fait, brouillon, sequence=1, monnaie="XPF", epreuve=True)
    assert all(a.gravite is Gravite.AVERTISSEMENT for a in fichier.anomalies)
    return [a for a in fichier.anomalies if a.regle == "indigo.constante"]


def test_what_the_layout_was_learned_from_raises_no_doubt(brouillon: Profil) -> None:
    assert dites(brouillon, envoi(1, service=None)) == []
    assert dites(brouillon, envoi(7, service=None)) == []


def test_a_source_that_never_varied_may_be_a_constant(brouillon: Profil) -> None:
    """« 01 » is written from a source: the day it writes something else, that is told."""
    (lue,) = [z for z in brouillon.dessins[0].zones if z.vue == b"01"]
    ici = dites(brouillon, envoi(3, service=None, type_="03"))
    (dite,) = [a for a in ici if a.chemin and a.chemin.endswith(lue.nom)]
    assert "« 03 »" in dite.message
    assert "que « 01 »" in dite.message
    assert dite.ref == "bordereau 13 / mandat 1301 / ligne 1"
    assert dite.colonne == lue.debut


def test_blanks_that_may_be_a_value_are_watched(brouillon: Profil) -> None:
    """The layout writes blanks where a service had its place: the first service says so."""
    (dite,) = dites(brouillon, envoi(4, service="S12"))
    assert "des blancs ou des zéros" in dite.message
    assert "ligne.code_service, qui y valait vide, vaut ici « S12 »" in dite.message
    assert dite.conseil is not None
    assert "indigo learn" in dite.conseil


def test_a_value_too_long_for_the_blanks_is_no_doubt(brouillon: Profil) -> None:
    (figee,) = [f for f in brouillon.dessins[0].figees if f.source == "ligne.code_service"]
    assert dites(brouillon, envoi(4, service="S" * (figee.length + 1))) == []


def test_a_constant_that_may_be_the_sign_is_watched(brouillon: Profil) -> None:
    """The « + » of every example: an annulation is refused, since nothing writes its sign."""
    (figee,) = [f for f in brouillon.dessins[0].figees if f.source == "ligne.signe"]
    assert (figee.value, figee.length) == ("+", 1)
    with pytest.raises(ZoneError) as levee:
        convertir(
            envoi(5, service=None, type_="02"), brouillon, sequence=1, monnaie="XPF", epreuve=True
        )
    assert levee.value.anomalies[0].regle == "indigo.zone"
    assert "indigo learn" in levee.value.anomalies[0].conseil


def test_each_place_is_told_once(brouillon: Profil) -> None:
    ici = dites(brouillon, envoi(6, type_="03", service="S12", affectation="A1"))
    places = [a.colonne for a in ici]
    assert len(places) == len(set(places))
    assert any("piece.affectation" in a.message and "ligne.code_service" in a.message for a in ici)


def test_a_number_shorter_than_any_seen_tells_its_padding(brouillon: Profil) -> None:
    """Numbers of four digits never showed whether zeros or blanks stand before a shorter one."""
    (lue,) = [z for z in brouillon.dessins[0].zones if z.source == "piece.numero"]
    assert lue.plein_suppose
    court = pes(bordereau(Domaine.DEPENSE, 14, replace(simple(1, service=None), numero=7)))
    (fichier,) = convertir(court, brouillon, sequence=1, monnaie="XPF", epreuve=True)
    dites_ = {a.colonne: a for a in fichier.anomalies if a.regle == "indigo.remplissage"}
    assert dites_[lue.debut].gravite is Gravite.AVERTISSEMENT
    assert "« 0007 »" in dites_[lue.debut].message
    longs = convertir(envoi(8, service=None), brouillon, sequence=1, monnaie="XPF", epreuve=True)
    assert not [a for f in longs for a in f.anomalies if a.regle == "indigo.remplissage"]
