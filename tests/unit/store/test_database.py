"""Opening, migrating, and the faults of the database in our words."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from tests.unit.store.atelier import URL, base_neuve
from vaguemestre.errors import ConfigurationError, IntegrityError, RessourceError
from vaguemestre.store.database import ouvrir
from vaguemestre.store.tables import IMMUABLES, META


def test_la_migration_fait_les_tables_du_programme(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:
        engine = sa.create_engine(f"sqlite:///{base.fichier}", poolclass=sa.NullPool)
        with engine.connect() as connexion:
            assert compare_metadata(MigrationContext.configure(connexion), META) == []
            gardees = connexion.exec_driver_sql(
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            )
            assert {nom for (nom,) in gardees} == {
                f"{table}_{action}_interdit"
                for table in IMMUABLES
                for action in ("update", "delete")
            }
        engine.dispose()


def test_reouvrir_ne_charge_pas_alembic(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:
        assert not base.migrer()
    programme = (
        "import sys; from pathlib import Path; from vaguemestre.store.database import ouvrir\n"
        "ouvrir(sys.argv[1], Path(sys.argv[2])).fermer(); print('alembic' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", programme, URL, str(tmp_path)],
        env={"PYTHONPATH": str(Path(__file__).resolve().parents[3] / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.strip() == "False"


def test_base_d_un_programme_plus_recent(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base, base.ecrire() as tx:
        tx.brut("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(ConfigurationError, match="plus récente"):
        ouvrir(URL, tmp_path)


@pytest.mark.parametrize(
    ("url", "dit"),
    [
        ("n'importe quoi", "pas une adresse"),
        ("postgresql://hote/base", "postgresql n'est pas servi"),
        ("sqlite://", "un fichier est attendu"),
        ("sqlite:///:memory:", "un fichier est attendu"),
    ],
)
def test_adresse_refusee(tmp_path: Path, url: str, dit: str) -> None:
    with pytest.raises(ConfigurationError, match=dit):
        ouvrir(url, tmp_path)


def test_fichier_qui_n_est_pas_une_base(tmp_path: Path) -> None:
    (tmp_path / "vaguemestre.db").write_bytes(b"rien d'une base" * 100)
    with pytest.raises(IntegrityError, match="abîmée"):
        ouvrir(URL, tmp_path)


def test_base_abimee(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:
        fichier = base.fichier
        taille = fichier.stat().st_size
    octets = bytearray(fichier.read_bytes())
    octets[4096:] = b"\xa5" * (len(octets) - 4096)
    fichier.write_bytes(octets[:taille])
    with pytest.raises(IntegrityError, match="abîmée"):
        ouvrir(URL, tmp_path)


def test_dossier_impossible(tmp_path: Path) -> None:
    (tmp_path / "vaguemestre.db").mkdir()
    with pytest.raises(RessourceError, match="ne répond pas"):
        ouvrir(URL, tmp_path)


def test_reglages_de_surete(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:
        lus = {
            nom: base.un(sa.text(f"PRAGMA {nom}"))[0]
            for nom in ("journal_mode", "synchronous", "foreign_keys")
        }
        assert lus == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
        with base.ecrire(durable=False) as tx:
            assert tx.valeur(sa.text("PRAGMA synchronous")) == 1
        with base.ecrire() as tx:
            assert tx.valeur(sa.text("PRAGMA synchronous")) == 2


def test_une_faute_defait_tout(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:

        def ajouter_puis_faillir() -> None:
            with base.ecrire() as tx:
                tx.ecrire(sa.text("INSERT INTO sequence VALUES ('a', 1)"))
                raise KeyError

        with pytest.raises(KeyError):
            ajouter_puis_faillir()
        assert base.tous(sa.text("SELECT * FROM sequence")) == []


def test_lire_pendant_qu_un_autre_ecrit(tmp_path: Path) -> None:
    with base_neuve(tmp_path, attente=0.05) as base:
        autre = sqlite3.connect(base.fichier, isolation_level=None)
        autre.execute("BEGIN IMMEDIATE")
        assert base.tous(sa.text("SELECT * FROM sequence")) == []
        autre.close()
