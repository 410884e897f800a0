"""Many files at once: the same verdicts in the same order, whatever dies on the way."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.unit.pes_check import fabrique as f
from vaguemestre.config.sections import Configuration
from vaguemestre.errors import Anomalie, RessourceError, UsageError, VaguemestreError
from vaguemestre.workflows.parallele import LOT_FICHIERS, MORTS_DE_SUITE, Equipe, effectif
from vaguemestre.workflows.verdict import Essai, Verdict


class Comptable:
    """A check that takes its time, or dies, as the name of the file says."""

    def controler_quoi_qu_il_arrive(self, chemin: Path) -> Verdict:
        nom = chemin.name
        if nom.startswith("lent"):
            time.sleep(0.05)
        if nom.startswith("tue") or (nom.startswith("une-fois") and _premiere_fois(chemin)):
            os.kill(os.getpid(), signal.SIGKILL)
        nombre = 3000 if nom.startswith("bavard") else 0
        anomalies = tuple(Anomalie("x", str(rang), nom) for rang in range(nombre))
        return Verdict(fichier=nom, schema="x", anomalies=anomalies)

    def en_panne(self, chemin: Path, raison: str, conseil: str) -> Verdict:
        anomalie = Anomalie("xml.controle", "fichier", raison, conseil=conseil)
        return Verdict(fichier=chemin.name, schema="x", anomalies=(anomalie,))


def _premiere_fois(chemin: Path) -> bool:
    if chemin.exists():
        return False
    chemin.touch()
    return True


def juger(noms: Sequence[str], dossier: Path, nombre: int = 2) -> list[Verdict]:
    with Equipe(Comptable(), nombre) as equipe:
        return list(equipe.controler([dossier / nom for nom in noms]))


def test_verdicts_come_in_the_order_of_the_files(tmp_path: Path) -> None:
    noms = ["lent"] + [f"f{rang}" for rang in range(5 * LOT_FICHIERS + 3)]
    assert [verdict.fichier for verdict in juger(noms, tmp_path, 3)] == noms


@pytest.mark.parametrize("nombre", [1, 2])
def test_no_file_no_verdict(nombre: int, tmp_path: Path) -> None:
    assert juger([], tmp_path, nombre) == []


def test_a_file_that_kills_has_its_fault_and_the_others_their_verdict(tmp_path: Path) -> None:
    noms = [f"f{rang}" for rang in range(20)]
    noms[3], noms[17], noms[19] = "tue-1", "tue-2", "tue-3"
    verdicts = juger(noms, tmp_path)
    assert [verdict.fichier for verdict in verdicts] == noms
    assert [v.fichier for v in verdicts if not v.accepte] == ["tue-1", "tue-2", "tue-3"]
    assert all(v.anomalies[0].conseil for v in verdicts if not v.accepte)


def test_who_was_killed_by_accident_is_tried_once_more(tmp_path: Path) -> None:
    verdicts = juger(["f1", "une-fois", "f2"], tmp_path)
    assert [(v.fichier, v.accepte) for v in verdicts] == [
        ("f1", True),
        ("une-fois", True),
        ("f2", True),
    ]


def test_many_findings_lose_none(tmp_path: Path) -> None:
    noms = [f"bavard{rang}" for rang in range(20)]
    verdicts = juger(noms, tmp_path)
    assert [verdict.fichier for verdict in verdicts] == noms
    assert {len(verdict.anomalies) for verdict in verdicts} == {3000}


def test_a_defect_that_kills_every_time_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(VaguemestreError, match="l'un après l'autre"):
        juger([f"tue-{rang}" for rang in range(MORTS_DE_SUITE)], tmp_path, 2)


def test_whoever_stops_listening_leaves_no_process_behind(tmp_path: Path) -> None:
    with Equipe(Comptable(), 2) as equipe:
        verdicts = equipe.controler([tmp_path / f"lent{rang}" for rang in range(200)])
        assert next(verdicts).fichier == "lent0"
        pids = [poste.processus.pid for poste in equipe._postes]
    for pid in pids:
        assert pid is not None
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_several_processes_say_what_one_says(tmp_path: Path) -> None:
    for rang in range(12):
        (tmp_path / f"{rang:02d}.xml").write_bytes(
            f.pes(f.domaine(f.bordereau(NbrPce=str(1 + rang % 3))))
        )
    (tmp_path / "zz.xml").write_bytes(b"ceci n'est pas du XML")
    chemins = sorted(tmp_path.iterdir())
    essai = Essai(None)
    essai.preparer(chemins)
    with Equipe(essai, 3) as equipe:
        plusieurs = list(equipe.controler(chemins))
    with Equipe(essai, 1) as equipe:
        assert list(equipe.controler(chemins)) == plusieurs
    assert [essai.controler(chemin) for chemin in chemins] == plusieurs


def test_a_file_that_goes_away_meanwhile_is_a_finding(tmp_path: Path) -> None:
    with Equipe(Essai(None), 2) as equipe:
        verdicts = list(equipe.controler([tmp_path / "parti.xml", tmp_path / "parti.zip"]))
    assert [verdict.accepte for verdict in verdicts] == [False, False]


class SansPlace(Essai):
    """The disk is full for one of the files."""

    def controler(self, chemin: Path, memoire: object = None) -> Verdict:
        if chemin.name == "plein.xml":
            raise RessourceError("disque plein")
        return super().controler(chemin)


def test_a_fault_among_many_is_told_of_its_file_alone(tmp_path: Path) -> None:
    for nom in ("a.xml", "plein.xml", "z.xml"):
        (tmp_path / nom).write_bytes(f.pes())
    essai = SansPlace(None)
    with Equipe(essai, 1) as equipe:
        verdicts = list(equipe.controler(sorted(tmp_path.iterdir())))
    assert [verdict.accepte for verdict in verdicts] == [True, False, True]
    (anomalie,) = verdicts[1].anomalies
    assert anomalie.regle == "xml.controle"
    assert "disque plein" in anomalie.message


def test_no_more_processes_than_files() -> None:
    assert effectif([Path("a")]) == 1
    assert effectif([]) == 1
    assert effectif([Path("a")] * 1000) == (os.cpu_count() or 1)


def test_usage_is_wrong_before_the_first_file_is_checked() -> None:
    with pytest.raises(UsageError):
        Essai(_deux_collectivites()).preparer([Path("depot.zip")])


def _deux_collectivites() -> Configuration:
    from vaguemestre.config.lecture import interpreter

    une = {"siret": "21340999800019", "poste": "034011", "budget": [{"code": "00"}]}
    return interpreter(
        {
            "collectivite": [
                {**une, "dossier": "a", "nom": "A", "code": "123"},
                {**une, "dossier": "b", "nom": "B", "code": "124"},
            ]
        },
        Path(),
    )
