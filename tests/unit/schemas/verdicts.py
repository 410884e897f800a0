"""What a schema says of a document: valid, or the path of the first element it blames."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol, cast

from lxml import etree

from tests.unit.schemas.modele import SCHEMAS


class _Entree(Protocol):
    """What the type stubs do not say of one entry of a schema's error log."""

    path: str


def analyseur() -> etree.XMLParser:
    """The parser of the house: no entity, no network, no DTD."""
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)


def charger(path: Path) -> etree.XMLSchema:
    """Compile a schema from its entry file."""
    return etree.XMLSchema(etree.parse(str(path), analyseur()))


def notre(version: str) -> etree.XMLSchema:
    """Our PES_Aller.xsd of that version."""
    return charger(SCHEMAS / version / "PES_Aller.xsd")


def blame(schema: etree.XMLSchema, racine: etree._Element) -> str:
    """Path of the element first blamed, empty where the document is valid."""
    if schema.validate(racine):
        return ""
    entries = cast(Iterable[_Entree], schema.error_log)
    return next(iter(entries)).path
