"""The write-once store: idempotent, durable, honest about what it holds."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vaguemestre.archive.coffre import CoffreFichiers, empreinte, empreinte_fichier
from vaguemestre.errors import IntegrityError, RessourceError
from vaguemestre.ports import Empreinte


def _fichier(dossier: Path, nom: str, contenu: bytes) -> Path:
    chemin = dossier / nom
    chemin.write_bytes(contenu)
    return chemin


def _restes(dossier: Path) -> list[Path]:
    return list((dossier / "coffre" / "tmp").iterdir())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=300), max_size=6))
def test_tout_contenu_se_retrouve(tmp_path: Path, contenus: list[bytes]) -> None:
    coffre = CoffreFichiers(tmp_path / "coffre")
    sources = [_fichier(tmp_path, f"s{rang}", octets) for rang, octets in enumerate(contenus)]
    rangees = coffre.ranger_tous(sources)
    for octets, rangee in zip(contenus, rangees, strict=True):
        assert rangee == Empreinte(
            hashlib.sha256(octets).hexdigest(),
            hashlib.sha1(octets, usedforsecurity=False).hexdigest(),
            len(octets),
        )
        assert coffre.chemin(rangee.sha256).read_bytes() == octets
        assert coffre.ranger_octets(octets) == rangee
    assert {rangee.sha256 for rangee in rangees} <= set(coffre.contenus())
    assert _restes(tmp_path) == []


def test_range_en_lecture_seule_et_une_fois(tmp_path: Path) -> None:
    coffre = CoffreFichiers(tmp_path / "coffre")
    source = _fichier(tmp_path, "a", b"contenu")
    premiere = coffre.ranger(source)
    chemin = coffre.chemin(premiere.sha256)
    assert chemin.stat().st_mode & 0o777 == 0o444
    avant = chemin.stat()
    assert coffre.ranger(source) == premiere
    assert chemin.stat().st_mtime_ns == avant.st_mtime_ns
    assert chemin.parent.name + chemin.name == premiere.sha256
    source.write_bytes(b"change apres")
    assert chemin.read_bytes() == b"contenu"
    assert CoffreFichiers(tmp_path / "coffre").chemin(premiere.sha256) == chemin


def test_lier_ce_que_nous_avons_fait(tmp_path: Path) -> None:
    coffre = CoffreFichiers(tmp_path / "coffre")
    source = _fichier(tmp_path, "pes.xml", b"x" * 5000)
    rangee = coffre.ranger(source, lier=True)
    assert coffre.chemin(rangee.sha256).stat().st_ino == source.stat().st_ino
    assert coffre.ranger(source, lier=True) == rangee == empreinte_fichier(source)
    source.unlink()
    assert coffre.mesurer(rangee.sha256) == 5000


def test_grand_fichier(tmp_path: Path) -> None:
    contenu = bytes(range(256)) * 12_000
    coffre = CoffreFichiers(tmp_path / "coffre")
    rangee = coffre.ranger(_fichier(tmp_path, "grand", contenu))
    assert rangee == empreinte(contenu)
    coffre.verifier(rangee.sha256)


def test_objet_change_absent_ou_tronque(tmp_path: Path) -> None:
    coffre = CoffreFichiers(tmp_path / "coffre")
    rangee = coffre.ranger_octets(b"preuve")
    chemin = coffre.chemin(rangee.sha256)
    chemin.chmod(0o644)
    chemin.write_bytes(b"Preuve")
    with pytest.raises(IntegrityError, match="modifié"):
        coffre.verifier(rangee.sha256)
    chemin.write_bytes(b"preu")
    with pytest.raises(IntegrityError, match="4 octets tient déjà la place"):
        coffre.ranger_octets(b"preuve")
    chemin.unlink()
    with pytest.raises(IntegrityError, match="absent"):
        coffre.chemin(rangee.sha256)
    assert coffre.ranger_octets(b"preuve") == rangee


@pytest.mark.parametrize("nom", ["", "../../etc/passwd", "A" * 64, "ab"])
def test_nom_qui_n_est_pas_une_empreinte(tmp_path: Path, nom: str) -> None:
    with pytest.raises(IntegrityError, match="pas une empreinte"):
        CoffreFichiers(tmp_path / "coffre").chemin(nom)


def test_source_absente_rien_ne_reste(tmp_path: Path) -> None:
    coffre = CoffreFichiers(tmp_path / "coffre")
    bonne = _fichier(tmp_path, "a", b"a")
    with pytest.raises(RessourceError, match="manque"):
        coffre.ranger_tous([bonne, tmp_path / "manque"])
    assert _restes(tmp_path) == []
    assert list(coffre.contenus()) == []


_DISQUE_PLEIN = """
import resource, signal, sys
from pathlib import Path
from vaguemestre.archive.coffre import CoffreFichiers
from vaguemestre.errors import RessourceError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
dossier = Path(sys.argv[1])
try:
    CoffreFichiers(dossier / "coffre").ranger_tous([dossier / "petit", dossier / "grand"])
except RessourceError as error:
    print(error.transient)
"""


def test_plus_de_place_rien_ne_reste(tmp_path: Path) -> None:
    _fichier(tmp_path, "petit", b"p" * 1000)
    _fichier(tmp_path, "grand", b"g" * 500_000)
    result = subprocess.run(
        [sys.executable, "-c", _DISQUE_PLEIN, str(tmp_path)],
        env={"PYTHONPATH": str(Path(__file__).resolve().parents[3] / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == "True\n"
    assert _restes(tmp_path) == []
    assert list(CoffreFichiers(tmp_path / "coffre").contenus()) == []


def test_reste_d_une_mort_balaye_au_depart(tmp_path: Path) -> None:
    coffre = CoffreFichiers(tmp_path / "coffre")
    (tmp_path / "coffre" / "tmp" / "999-0").write_bytes(b"a moitie")
    assert coffre.nettoyer() == 1
    assert coffre.nettoyer() == 0


def test_plusieurs_fils_rangent_la_meme_chose(tmp_path: Path) -> None:
    coffre = CoffreFichiers(tmp_path / "coffre")
    sources = [_fichier(tmp_path, f"s{rang}", b"%d" % (rang % 5)) for rang in range(20)]
    rangees: list[Empreinte] = []
    fils = [
        threading.Thread(target=lambda: rangees.extend(coffre.ranger_tous(sources)))
        for _ in range(4)
    ]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert len(rangees) == 80
    assert len(set(rangees)) == len(list(coffre.contenus())) == 5


def test_dossier_impossible(tmp_path: Path) -> None:
    _fichier(tmp_path, "coffre", b"")
    with pytest.raises(RessourceError, match="coffre"):
        CoffreFichiers(tmp_path / "coffre")
