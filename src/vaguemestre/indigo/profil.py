"""The JSON of a layout file: its keys, their types, and nothing else.

`layouts/dessin.schema.json` says the same for editors; a test keeps the two in step. Whether a
layout makes sense is judged by `controles`.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from vaguemestre.errors import ConfigurationError

Statut = Literal["draft", "fictional", "validated"]
Preuve = Literal["proved", "guessed", "unknown", "constant", "filler"]
# What is still open of a guessed zone.
Reste = Literal["source", "width", "sign", "records", "values", "codes", "pad"]
Empreinte = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Autorite(_Table):
    """Who says that the layout is so: a validated one needs a reference, a person, a date."""

    kind: Literal["official", "dfip_letter", "editor", "accepted_files", "assumed", "test"]
    reference: str
    validated_by: str | None = None
    validated_on: date | None = None


class Monnaie(_Table):
    """`decimals`: how many an amount may have; `unit` cent: amounts in hundredths."""

    code: Literal["XPF", "EUR"] = "XPF"
    decimals: int | None = Field(default=None, ge=0, le=4)
    unit: Literal["unit", "cent"] | None = None


Fin = Literal["CRLF", "LF", "NONE"]
Decoupe = Literal["domain", "bordereau", "budget"]


class FichierJson(_Table):
    """What holds for the whole file; null = not known yet (draft)."""

    encoding: str | None = None
    eol: Fin | None = None
    record_length: int | None = Field(default=None, ge=1, le=100_000)
    name_pattern: str | None = None
    one_file_per: Decoupe | None = None
    header_record: str | None = None
    trailer_record: str | None = None
    currency: Monnaie = Monnaie()
    charset_policy: Literal["upper_no_accent", "keep"] | None = None


class PreuveJson(_Table):
    """What accepted files say of one zone (`indigo learn`).

    `records`: how many records bear it out; `distinct`: how many different values they show;
    `width_min` and `width_max`: every width that these records allow; `open`: what keeps a guess
    from being proved; `rivals`: the other explanations that fit as well, in French; `pairs`: the
    pairs that speak, counted from 1; `seen`: the only text that they show there, for a text that
    never varied.
    """

    status: Preuve
    records: int = Field(ge=0)
    distinct: int = Field(ge=0)
    width_min: int | None = Field(default=None, ge=1)
    width_max: int | None = Field(default=None, ge=1)
    open: tuple[Reste, ...] = ()
    rivals: tuple[str, ...] = ()
    pairs: tuple[int, ...] = ()
    seen: str | None = None


class FigeeJson(_Table):
    """A value of the PES that never varied in the accepted files and that no zone writes ('' for
    none), with the constant place where it might stand: the writer watches it."""

    source: str
    value: str
    start: int = Field(ge=1)
    length: int = Field(ge=1)


class PaireJson(_Table):
    """Digests (SHA-256) of a PES and of its accepted INDIGO twin, and how many records it has."""

    pes: Empreinte
    indigo: Empreinte
    records: int = Field(ge=1)


class MorceauJson(_Table):
    """A stretch of the names of accepted files: a fixed `text`, a `word` of the pattern (with its
    width: « sequence:04d »), or neither (unknown). `seen`: what the names show there."""

    status: Literal["guessed", "unknown", "constant"]
    distinct: int = Field(ge=1)
    text: str = ""
    word: str | None = None
    seen: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()


class NomJson(_Table):
    """What `names` names of accepted files say of the name pattern, from left to right."""

    names: int = Field(ge=1)
    parts: tuple[MorceauJson, ...]


class ProvenanceJson(_Table):
    """The pairs a layout was learned from, those that it was validated on, and what the names of
    the files say."""

    learned_from: tuple[PaireJson, ...] = ()
    validated_on: tuple[PaireJson, ...] = ()
    file_name: NomJson | None = None


class ZoneJson(_Table):
    """One field. `decimals`: of a rate; `map`: canonical value to written value.

    `usage`: display (default), packed or bcd for digits two to a byte, hex for a constant whose
    `value` is given in hexadecimal digits.
    """

    name: str
    type: Literal["X", "9", "S9", "D", "CONST", "FILLER"]
    confidence: Literal["confirmed", "reported", "assumed", "unknown"]
    start: int | None = Field(default=None, ge=1)
    length: int | None = Field(default=None, ge=1)
    align: Literal["left", "right"] | None = None
    pad: str | None = Field(default=None, min_length=1, max_length=1)
    sign: Literal["none", "leading", "trailing", "separate_field", "overpunch"] | None = None
    date_format: str | None = None
    decimals: int = Field(default=0, ge=0, le=6)
    source: str | None = None
    value: str | None = None
    codes: dict[str, str] | None = None
    map: dict[str, str] | None = None
    required: bool = False
    overflow: Literal["error", "truncate"] = "error"
    usage: Literal["display", "packed", "bcd", "hex"] = "display"
    ref: str | None = None
    evidence: PreuveJson | None = None


class Discriminant(_Table):
    """Where a record says which it is."""

    start: int = Field(ge=1)
    length: int = Field(ge=1)
    value: str = Field(min_length=1)


class EnregistrementJson(_Table):
    """One kind of record, written once per what."""

    id: str
    family: Literal["BUDGET", "TITRE", "MANDAT", "INVENTAIRE"]
    per: Literal["file", "bordereau", "piece", "ligne", "bien", "compte"]
    fields: tuple[ZoneJson, ...] = Field(min_length=1)
    discriminator: Discriminant | None = None
    unvaried: tuple[FigeeJson, ...] = ()


class ProfilJson(_Table):
    """A whole layout file."""

    profile: str
    status: Statut
    authority: Autorite
    file: FichierJson
    records: tuple[EnregistrementJson, ...] = Field(min_length=1)
    notes: tuple[str, ...] = ()
    evidence: ProvenanceJson | None = None
    schema_: str | None = Field(default=None, alias="$schema")


def lire_json(path: Path) -> ProfilJson:
    """Read a layout file.

    Raises:
        ConfigurationError: not readable, not JSON, unknown key, wrong value; all at once.
    """
    try:
        return ProfilJson.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ConfigurationError(
            f"dessin INDIGO illisible : {path} ({error.strerror})", ref=path.name
        ) from error
    except ValidationError as error:
        lignes = [_phrase(detail) for detail in error.errors()]
        raise ConfigurationError(
            f"dessin INDIGO {path.name} : " + " ; ".join(lignes), ref=path.name
        ) from error


_PHRASES = {
    "extra_forbidden": "clé inconnue « {ou} »",
    "missing": "clé manquante « {ou} »",
    "json_invalid": "ce n'est pas du JSON ({error})",
    "greater_than_equal": "« {ou} » : {ge} au moins",
    "less_than_equal": "« {ou} » : {le} au plus",
    "literal_error": "« {ou} » : une de ces valeurs est attendue : {expected}",
    "string_type": "« {ou} » : un texte est attendu",
    "int_type": "« {ou} » : un nombre entier est attendu",
    "too_short": "« {ou} » : la liste est vide",
    "string_pattern_mismatch": "« {ou} » : forme attendue : {pattern}",
}


def _phrase(detail: ErrorDetails) -> str:
    """A French sentence for a finding of pydantic; list items are counted from 1."""
    ou = ".".join(str(part + 1) if isinstance(part, int) else part for part in detail["loc"])
    phrase = _PHRASES.get(detail["type"], "« {ou} » : valeur impossible ({msg})")
    return phrase.format(ou=ou, msg=detail["msg"], **detail.get("ctx", {}))
