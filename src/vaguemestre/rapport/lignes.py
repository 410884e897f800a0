"""One finding a row, for spreadsheets: what the CSV and the XLSX say alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from vaguemestre.errors import Anomalie
from vaguemestre.formats.explication import LIBELLES
from vaguemestre.rapport.modele import Rapport

COLONNES = (
    "fichier",
    "gravité",
    "règle",
    "bordereau",
    "pièce",
    "ligne de pièce",
    "PJ",
    "référence",
    "ligne du fichier",
    "colonne du fichier",
    "chemin XML",
    "valeur lue",
    "valeur attendue",
    "message",
    "que faire",
)
_PARTIES = (
    re.compile(r"(?:^| / )bordereau ([^/]+?)(?= / |$)"),
    re.compile(r"(?:^| / )((?:mandat|titre|pièce) [^/]+?)(?= / |$)"),
    re.compile(r"(?:^| / )ligne ([^/]+?)(?= / |$)"),
    re.compile(r"(?:^| / )PJ ([^/]+?)(?= / |$)"),
)
# What makes a spreadsheet take a text for a formula, also in the widths of East Asian keyboards.
_FORMULE = "=+-@\t\r\n＝＋－＠"
_NOMBRE = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")


def lignes(rapport: Rapport) -> Iterator[tuple[str | int, ...]]:
    """A row for every finding, most serious first; cells in the order of COLONNES."""
    for anomalie in rapport.anomalies:
        yield _ligne(anomalie)


def _ligne(anomalie: Anomalie) -> tuple[str | int, ...]:
    return (
        anomalie.fichier,
        LIBELLES[anomalie.gravite],
        anomalie.regle,
        *(_partie(motif, anomalie.ref) for motif in _PARTIES),
        anomalie.ref,
        anomalie.ligne or "",
        anomalie.colonne or "",
        anomalie.chemin,
        "" if anomalie.valeur is None else anomalie.valeur,
        anomalie.attendu,
        anomalie.message,
        anomalie.conseil,
    )


def _partie(motif: re.Pattern[str], ref: str) -> str:
    found = motif.search(ref)
    return found.group(1) if found else ""


def montrable(texte: str) -> str:
    """The text with what no cell or page can show written « [U+0007] »: seen, not lost."""
    if texte.isprintable():
        return texte
    return "".join(
        f"[U+{ord(signe):04X}]"
        if unicodedata.category(signe) in {"Cc", "Cs", "Cn", "Co"} and signe not in "\t\r\n"
        else signe
        for signe in texte
    )


def sans_formule(texte: str) -> str:
    """The text as a cell that no spreadsheet runs: an apostrophe before what begins a formula."""
    debut = texte.lstrip(" \u00a0")
    if debut and debut[0] in _FORMULE and not _NOMBRE.fullmatch(texte):
        return f"'{texte}"
    return texte
