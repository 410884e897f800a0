"""DOOR. Core statements at the driver's speed: compiled once, then handed straight to it.

SQLAlchemy Core says each statement once for every database; running one through its whole
machinery costs more than the database itself, ten times in each step of each flux. All columns
are plain texts, integers and bytes, so nothing is lost by asking the driver directly.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect

from vaguemestre.errors import IntegrityError, RessourceError

Parametres = Mapping[str, object]
_ABIMEE = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_FORMAT")
_AUCUN: Parametres = {}


@dataclass(frozen=True, slots=True)
class _Ordre:
    """A compiled statement: its text, the order of its parameters, the shape of its rows."""

    texte: str
    noms: tuple[str, ...]
    constantes: Parametres
    ligne: Callable[[Sequence[object]], Any] | None

    def valeurs(self, parametres: Parametres) -> tuple[object, ...]:
        if self.constantes:
            parametres = {**self.constantes, **parametres}
        return tuple([parametres[nom] for nom in self.noms])


class Ordres:
    """The compiled statements of one database; those built on the fly are let go with it."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._connus: WeakKeyDictionary[sa.Executable, dict[tuple[str, ...], _Ordre]]
        self._connus = WeakKeyDictionary()

    def ordre(self, requete: sa.Executable, parametres: Parametres) -> _Ordre:
        variantes = self._connus.get(requete)
        if variantes is None:
            variantes = self._connus[requete] = {}
        cles = tuple(parametres)
        found = variantes.get(cles)
        if found is None:
            found = variantes[cles] = self._compiler(requete, cles)
        return found

    def _compiler(self, requete: Any, cles: tuple[str, ...]) -> _Ordre:
        change = isinstance(requete, sa.Insert | sa.Update)
        compiled = requete.compile(
            dialect=self._dialect, **({"column_keys": list(cles)} if change else {})
        )
        colonnes = [str(colonne.key) for colonne in getattr(requete, "exported_columns", ())]
        # mypy cannot type a row whose columns come from the statement
        ligne: Any = namedtuple("Ligne", colonnes, rename=True) if colonnes else None
        noms = tuple(compiled.positiontup)
        constantes = {
            nom: valeur
            for nom, valeur in compiled.params.items()
            if nom in noms and nom not in cles and valeur is not None
        }
        return _Ordre(str(compiled), noms, constantes, ligne and ligne._make)


class Connexion:
    """One connection. Rows come as named tuples, all of them read before a method returns."""

    def __init__(self, connexion: Connection, ordres: Ordres) -> None:
        self.sqlalchemy = connexion
        self._brute: Any = connexion.connection.dbapi_connection
        self._ordres = ordres

    def ecrire(self, requete: sa.Executable, parametres: Parametres = _AUCUN) -> int:
        """Run an INSERT or UPDATE; how many rows it touched."""
        ordre = self._ordres.ordre(requete, parametres)
        return int(self._brute.execute(ordre.texte, ordre.valeurs(parametres)).rowcount)

    def ecrire_tout(self, requete: sa.Executable, lignes: Sequence[Parametres]) -> None:
        """Run the same INSERT for many rows (same keys in each, at least one row)."""
        ordre = self._ordres.ordre(requete, lignes[0])
        self._brute.executemany(ordre.texte, [ordre.valeurs(ligne) for ligne in lignes])

    def tous(self, requete: sa.Executable, parametres: Parametres = _AUCUN) -> list[Any]:
        ordre = self._ordres.ordre(requete, parametres)
        lues = self._brute.execute(ordre.texte, ordre.valeurs(parametres)).fetchall()
        return [*map(ordre.ligne, lues)] if ordre.ligne is not None and lues else lues

    def flot(self, requete: sa.Executable, parametres: Parametres = _AUCUN) -> Iterator[Any]:
        """Rows as they come, for what does not fit in memory."""
        ordre = self._ordres.ordre(requete, parametres)
        curseur = self._brute.execute(ordre.texte, ordre.valeurs(parametres))
        return map(ordre.ligne or tuple, curseur)

    def un(self, requete: sa.Executable, parametres: Parametres = _AUCUN) -> Any:
        """The first row, or None."""
        lignes = self.tous(requete, parametres)
        return lignes[0] if lignes else None

    def valeur(self, requete: sa.Executable, parametres: Parametres = _AUCUN) -> Any:
        """The first column of the first row, or None."""
        ligne = self.un(requete, parametres)
        return None if ligne is None else ligne[0]

    def brut(self, texte: str) -> None:
        """BEGIN, COMMIT, ROLLBACK, PRAGMA."""
        self._brute.execute(texte)

    @property
    def en_transaction(self) -> bool:
        return bool(self._brute.in_transaction)

    def fermer(self) -> None:
        self.sqlalchemy.close()


class Transactions(Protocol):
    """What the rest of this room asks of the database (`database.Base`)."""

    def ecrire(self, *, durable: bool = True) -> AbstractContextManager[Connexion]: ...

    def instantane(self) -> AbstractContextManager[Connexion]: ...

    def tous(self, requete: sa.Executable, parametres: Parametres | None = None) -> list[Any]: ...

    def un(self, requete: sa.Executable, parametres: Parametres | None = None) -> Any: ...


def pannes(dialect: Dialect) -> tuple[type[Exception], ...]:
    """What the driver raises, and what SQLAlchemy makes of it."""
    pilote: Any = dialect.loaded_dbapi
    return sa.exc.DBAPIError, pilote.Error


def en_faute(error: Exception, dialect: Dialect) -> IntegrityError | RessourceError:
    """One of `pannes` in our words."""
    return _traduire(getattr(error, "orig", error), dialect.loaded_dbapi)


@contextmanager
def fautes(dialect: Dialect) -> Iterator[None]:
    """The driver's exceptions, and SQLAlchemy's around them, as ours."""
    try:
        yield
    except pannes(dialect) as error:
        raise en_faute(error, dialect) from error


def _traduire(error: object, pilote: Any) -> IntegrityError | RessourceError:
    nom = str(getattr(error, "sqlite_errorname", ""))
    if isinstance(error, pilote.IntegrityError):
        return IntegrityError(f"la base refuse l'écriture : {error}")
    if nom.startswith(_ABIMEE) or not isinstance(error, pilote.OperationalError):
        return IntegrityError(f"la base est abîmée ou refuse l'ordre : {error}")
    return RessourceError(f"la base ne répond pas : {error}")
