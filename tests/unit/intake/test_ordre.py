"""In which order deposits are taken: as they were made, then by name as a person counts."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.config.sections import Depots
from vaguemestre.intake.guet import Pret, rang
from vaguemestre.intake.watch import Veilleur

MINUTE = 60_000_000_000


def pret(nom: str, date: int = 0) -> Pret:
    return Pret("lagon", nom, "dossier", Path(nom), date=date)


def poser(racine: Path, collectivite: str, nom: str, date: int) -> None:
    """A deposit of one file, written at this instant (ns)."""
    dossier = racine / collectivite / "depot" / nom
    dossier.mkdir(parents=True)
    fichier = dossier / "mandats.csv"
    fichier.write_bytes(b"x")
    os.utime(fichier, ns=(date, date))


def pris(racine: Path) -> list[str]:
    veille = Veilleur(racine, Depots(calme=1.0))
    veille.balayer(0.0)
    return [un.nom for un in veille.balayer(2.0)]


def test_le_plus_ancien_d_abord_quel_que_soit_son_nom(tmp_path: Path) -> None:
    for nom, minute in (("a-12", 3), ("z-10", 1), ("m-11", 2)):
        poser(tmp_path, "lagon", nom, minute * MINUTE)
    assert pris(tmp_path) == ["z-10", "m-11", "a-12"]


def test_du_meme_instant_dans_l_ordre_des_numeros(tmp_path: Path) -> None:
    for numero in (10, 9, 101, 11, 1):
        poser(tmp_path, "lagon", f"bordereau {numero}", MINUTE)
    assert pris(tmp_path) == [f"bordereau {numero}" for numero in (1, 9, 10, 11, 101)]


def test_un_pes_date_de_sa_piece_la_plus_recente(tmp_path: Path) -> None:
    depot = tmp_path / "lagon" / "depot"
    poser(tmp_path, "lagon", "a", 9 * MINUTE)
    (depot / "a.xml").write_bytes(b"<a/>")
    os.utime(depot / "a.xml", ns=(MINUTE, MINUTE))
    poser(tmp_path, "lagon", "b", 5 * MINUTE)
    assert pris(tmp_path) == ["b", "a.xml"]


def test_une_collectivite_n_attend_pas_la_derniere_d_une_autre(tmp_path: Path) -> None:
    for minute in (1, 3):
        poser(tmp_path, "ancienne", f"a{minute}", minute * MINUTE)
    poser(tmp_path, "zelee", "z2", 2 * MINUTE)
    assert pris(tmp_path) == ["a1", "z2", "a3"]


@given(st.lists(st.text(max_size=12), unique=True))
def test_tout_nom_a_sa_place(noms: list[str]) -> None:
    tries = [un.nom for un in sorted((pret(nom) for nom in noms), key=rang)]
    assert tries == [un.nom for un in sorted((pret(nom) for nom in reversed(noms)), key=rang)]


@given(st.lists(st.integers(0, 10**8), unique=True, max_size=20))
def test_les_numeros_comptent(numeros: list[int]) -> None:
    tries = [un.nom for un in sorted((pret(f"b{n}") for n in numeros), key=rang)]
    assert tries == [f"b{n}" for n in sorted(numeros)]
