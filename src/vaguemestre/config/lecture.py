"""One `vaguemestre.toml`, read into frozen values (`config.sections`).

Unknown key: an error naming the nearest known key, its table and its line. Secrets only by
reference: `env:NAME` or `file:PATH`, never in clear. `VAGUEMESTRE_TABLE__CLE=value` environment
variables override a scalar of a table. Relative paths are relative to the folder of the file.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ValidationError

from vaguemestre.config.emplacement import NOM, chercher
from vaguemestre.config.sections import Configuration
from vaguemestre.errors import ConfigurationError

__all__ = ["NOM", "charger", "chercher", "interpreter", "secret"]


def secret(reference: str, racine: Path, environ: Mapping[str, str] = os.environ) -> str:
    """The secret behind `env:NAME` or `file:PATH`; '' for no reference.

    Raises:
        ConfigurationError: the variable or the file is not there.
    """
    kind, _, rest = reference.partition(":")
    if kind == "env":
        if rest not in environ:
            raise ConfigurationError(f"la variable d'environnement {rest} n'est pas définie")
        return environ[rest]
    if kind == "file":
        path = Path(rest) if Path(rest).is_absolute() else racine / rest
        try:
            return path.read_text("utf-8").strip()
        except OSError as error:
            raise ConfigurationError(f"secret illisible : {path} ({error.strerror})") from error
    return ""


def charger(path: Path, environ: Mapping[str, str] = os.environ) -> Configuration:
    """Read and check a configuration file.

    Raises:
        ConfigurationError: not readable, not TOML, unknown key, wrong value; all at once.
    """
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise ConfigurationError(f"pas de configuration : {path} n'existe pas") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path} n'est pas du TOML : {_ou(str(error))}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} n'est pas en UTF-8 (octet {error.start})") from error
    except OSError as error:
        raise ConfigurationError(f"{path} ne se lit pas : {error.strerror}") from error
    for name, value in environ.items():
        if name.startswith("VAGUEMESTRE_") and "__" in name:
            table, _, key = name.removeprefix("VAGUEMESTRE_").lower().partition("__")
            content.setdefault(table, {})[key] = value
    return interpreter(content, path.parent.resolve(), source=str(path))


def _ou(raison: str) -> str:
    """The place of a TOML error in French, before the parser's own words."""
    found = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", raison)
    if found is None:
        return raison
    ou = f"ligne {found[1]}, colonne {found[2]}" if found[1] else "à la fin du fichier"
    return f"{ou} ({raison[: found.start()]})"


def interpreter(content: dict[str, object], racine: Path, *, source: str = "") -> Configuration:
    """Check an already parsed configuration; relative paths start from `racine`."""
    content = {**content, "racine": racine}
    try:
        return Configuration.model_validate(content)
    except ValidationError as error:
        lines = [_phrase(detail) for detail in error.errors()]
        raise ConfigurationError(f"{source} : " + " ; ".join(lines)) from error


def _phrase(detail: Mapping[str, object]) -> str:
    loc = detail["loc"]
    where = ".".join(str(part) for part in loc) if isinstance(loc, tuple) else str(loc)
    if detail["type"] == "extra_forbidden" and isinstance(loc, tuple):
        nearest = difflib.get_close_matches(str(loc[-1]), _cles(loc[:-1]), n=1, cutoff=0.4)
        hint = f", vouliez-vous dire « {nearest[0]} » ?" if nearest else ""
        return f"clé inconnue « {where} »{hint}"
    if detail["type"] == "missing":
        return f"clé manquante « {where} »"
    return f"« {where} » : {_raison(detail)}"


def _raison(detail: Mapping[str, object]) -> str:
    """Why a value is refused, in French; the validator's own words for what is not listed."""
    contexte = detail.get("ctx")
    valeurs = contexte if isinstance(contexte, dict) else {}
    modele = _RAISONS.get(re.sub(r"(_from_\w+)?(_parsing|_type)?$", "", str(detail["type"])))
    if modele is None:
        return str(detail["msg"]).removeprefix("Value error, ")
    attendu = str(valeurs.get("expected", "")).replace(" or ", " ou ")
    return modele.format(**{**valeurs, "expected": attendu})


# By type of error without its end: `int_parsing`, `int_type`, `int_from_float` say the same.
_RAISONS = {
    "bool": "on attend true ou false",
    "date": "on attend une date (2026-01-31)",
    "datetime": "on attend un instant (2026-01-31T08:00:00Z)",
    "decimal": 'on attend un montant ("1234.56")',
    "dict": "on attend une table de clés et de valeurs",
    "float": "on attend un nombre",
    "greater_than_equal": "au moins {ge}",
    "int": "on attend un nombre entier",
    "less_than_equal": "au plus {le}",
    "literal_error": "on attend {expected}",
    "model": "on attend une table",
    "path": "on attend un chemin, entre guillemets",
    "string": "on attend un texte, entre guillemets",
    "tuple": "on attend une liste",
}


def _cles(loc: tuple[object, ...]) -> list[str]:
    """The keys that the table at `loc` may have."""
    modele: type[BaseModel] = Configuration
    for part in loc:
        for cle, champ in modele.model_fields.items():
            if part in (cle, champ.alias) and (sous := _sous_modele(champ.annotation)) is not None:
                modele = sous
    return [champ.alias or cle for cle, champ in modele.model_fields.items()]


def _sous_modele(annotation: object) -> type[BaseModel] | None:
    for part in (annotation, *getattr(annotation, "__args__", ())):
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part
    return None
