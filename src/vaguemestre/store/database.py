"""DOOR. The one database: opening, migrations, transactions, and its faults in our words.

SQLite in WAL mode with `synchronous=FULL`. One connection writes, under a lock and with
`BEGIN IMMEDIATE`; every thread reads on its own. `sqlalchemy` and `alembic` are imported only in
this room; `alembic` only when the database is behind.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.pool import NullPool

from vaguemestre.errors import ConfigurationError
from vaguemestre.store.connexion import Connexion, Ordres, Parametres, en_faute, fautes, pannes
from vaguemestre.store.migrations import TETE
from vaguemestre.store.tables import META

_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-8000")


def ouvrir(url: str, racine: Path, *, attente: float = 30.0) -> Base:
    """Open (or create) the database of `[base] url`; a relative path starts from `racine`.

    `attente` is how long, in seconds, a writer waits for another process.

    Raises:
        ConfigurationError: an address that this version cannot serve.
        RessourceError: the file cannot be opened; IntegrityError: it is damaged.
    """
    try:
        adresse = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise ConfigurationError(f"[base] url « {url} » n'est pas une adresse de base") from error
    if adresse.get_backend_name() != "sqlite":
        raise ConfigurationError(
            f"[base] url : {adresse.get_backend_name()} n'est pas servi par cette version ; "
            "utiliser « sqlite:///vaguemestre.db »"
        )
    if not adresse.database or adresse.database == ":memory:":
        raise ConfigurationError("[base] url : un fichier est attendu, « sqlite:///nom.db »")
    fichier = racine / adresse.database
    fichier.parent.mkdir(parents=True, exist_ok=True)
    base = Base(_engine(adresse.set(database=str(fichier)), attente), fichier)
    base.migrer()
    return base


def brouillon(dossier: Path) -> Base:
    """An empty database to throw away: the tables of this program, no migration, no triggers."""
    fichier = dossier / "brouillon.db"
    engine = _engine(sa.URL.create("sqlite", database=str(fichier)), 0.0)
    META.create_all(engine)
    return Base(engine, fichier)


def _engine(adresse: sa.URL, attente: float) -> Engine:
    engine = sa.create_engine(
        adresse,
        poolclass=NullPool,
        connect_args={"timeout": attente, "check_same_thread": False},
        isolation_level="AUTOCOMMIT",
    )
    sa.event.listen(engine, "connect", _regler)
    return engine


class Base:
    """Transactions and reads. Close it with `fermer`."""

    def __init__(self, engine: Engine, fichier: Path) -> None:
        self.fichier = fichier
        self._engine = engine
        self._verrou = threading.RLock()
        self._local = threading.local()
        self._ordres = Ordres(engine.dialect)
        self._pannes = pannes(engine.dialect)
        self._ouvertes: list[Connexion] = []
        self._ecrivain: Connexion | None = None

    @contextmanager
    def ecrire(self, *, durable: bool = True) -> Iterator[Connexion]:
        """One transaction: all of it or nothing, on disk when the block ends.

        `durable=False` leaves it to the next durable one to reach the disk: for what may be
        lost in a power cut without harm (never for evidence or intents).

        Raises:
            RessourceError: disk full, or another process kept the database too long.
            IntegrityError: a constraint or trigger refused, or the file is damaged.
        """
        with self._verrou, fautes(self._engine.dialect):
            tx = self._ecrivain = self._ecrivain or self._connecter()
            if not durable:
                tx.brut("PRAGMA synchronous=NORMAL")
            try:
                tx.brut("BEGIN IMMEDIATE")
                try:
                    yield tx
                    tx.brut("COMMIT")
                except BaseException:
                    self._defaire(tx)
                    raise
            finally:
                if not durable:
                    tx.brut("PRAGMA synchronous=FULL")

    def tous(self, requete: sa.Executable, parametres: Parametres | None = None) -> list[Any]:
        """All rows of a query, as named tuples, on this thread's own connection."""
        try:
            return self._lecteur().tous(requete, parametres or {})
        except self._pannes as error:
            raise en_faute(error, self._engine.dialect) from error

    def un(self, requete: sa.Executable, parametres: Parametres | None = None) -> Any:
        """The first row, or None."""
        lignes = self.tous(requete, parametres)
        return lignes[0] if lignes else None

    @contextmanager
    def instantane(self) -> Iterator[Connexion]:
        """A connection that sees the database as it is now, whatever others write."""
        with fautes(self._engine.dialect):
            connexion = Connexion(self._engine.connect(), self._ordres)
            try:
                connexion.brut("BEGIN")
                yield connexion
            finally:
                connexion.fermer()

    def migrer(self) -> bool:
        """Bring the tables to the version of this program; False when they already were.

        Raises:
            ConfigurationError: the database belongs to a newer program.
        """
        with self._verrou, fautes(self._engine.dialect):
            version = self._version()
            if version == TETE:
                return False
            if version > TETE:
                raise ConfigurationError(
                    f"la base {self.fichier} est en version {version}, plus récente que ce "
                    f"programme ({TETE}) : installer la version qui l'a écrite"
                )
            self._monter()
            return True

    def fermer(self) -> None:
        """Close every connection; the database file is then whole by itself."""
        with self._verrou:
            for connexion in self._ouvertes:
                connexion.fermer()
            self._ouvertes.clear()
            self._ecrivain = None
            self._local = threading.local()
            self._engine.dispose()

    def _connecter(self) -> Connexion:
        connexion = Connexion(self._engine.connect(), self._ordres)
        self._ouvertes.append(connexion)
        return connexion

    def _lecteur(self) -> Connexion:
        connexion: Connexion | None = getattr(self._local, "connexion", None)
        if connexion is None:
            with self._verrou:
                connexion = self._local.connexion = self._connecter()
        return connexion

    def _defaire(self, tx: Connexion) -> None:
        """Roll back; SQLite has done it by itself after some faults (disk full)."""
        if tx.en_transaction:
            tx.brut("ROLLBACK")

    def _version(self) -> str:
        with self._engine.connect() as connexion:
            if not sa.inspect(connexion).has_table("alembic_version"):
                return ""
            lue = connexion.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
            return str(lue or "")

    def _monter(self) -> None:
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option(
            "script_location", str(Path(__file__).parent / "migrations").replace("%", "%%")
        )
        with self._engine.connect() as connexion, connexion.begin():
            connexion.exec_driver_sql("BEGIN IMMEDIATE")
            if self._version() != TETE:  # else another process was first
                config.attributes["connection"] = connexion
                command.upgrade(config, TETE)


def _regler(connexion: Any, _record: object) -> None:
    curseur = connexion.cursor()
    for pragma in _PRAGMAS:
        curseur.execute(f"PRAGMA {pragma}")
    curseur.close()
