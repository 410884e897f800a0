"""Reports for spreadsheets: a CSV that a French Excel opens with a double click, and an XLSX.

Values come from documents that anybody may have written: no cell is ever a formula.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from vaguemestre.rapport.lignes import COLONNES, lignes, montrable, sans_formule
from vaguemestre.rapport.modele import Rapport

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell import Cell
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

# Limits of the format: rows of a sheet, characters of a cell (ECMA-376, Excel's own).
RANGEES_MAX, CELLULE_MAX = 1_048_576, 32_767
_DATE_ZIP = (1980, 1, 1, 0, 0, 0)
_INSTANT = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_LARGEURS = (34, 22, 30, 12, 14, 10, 18, 34, 10, 10, 40, 24, 28, 70, 70)
_FICHIERS = (
    "fichier",
    "verdict",
    "schéma",
    "constats",
    "bordereaux",
    "pièces",
    "PJ",
    "total HT",
)


def en_csv(rapport: Rapport) -> bytes:
    """`;`, UTF-8 with its mark, CRLF, one finding a row; formulas are made harmless."""
    texte = io.StringIO(newline="")
    plume = csv.writer(texte, delimiter=";", lineterminator="\r\n")
    plume.writerow(COLONNES)
    for rangee in lignes(rapport):
        plume.writerow([c if isinstance(c, int) else sans_formule(montrable(c)) for c in rangee])
    return texte.getvalue().encode("utf-8-sig", errors="replace")


def en_xlsx(rapport: Rapport) -> bytes:
    """Two kinds of sheets: the findings, then the files. The same report, the same bytes."""
    from openpyxl import Workbook

    classeur = Workbook(write_only=True)
    classeur.properties.creator = "vaguemestre"
    classeur.properties.title = montrable(rapport.titre)
    _feuilles(classeur, "Constats", COLONNES, lignes(rapport), _LARGEURS)
    fichiers = (
        (
            fichier.nom,
            "accepté" if fichier.verdict == "accepte" else "rejeté",
            fichier.schema,
            len(fichier.anomalies),
            fichier.bordereaux,
            fichier.pieces,
            fichier.pj,
            fichier.total_ht,
        )
        for fichier in rapport.fichiers
    )
    _feuilles(classeur, "Fichiers", _FICHIERS, fichiers, (60, 12, 10, 10, 12, 10, 10, 18))
    tampon = io.BytesIO()
    classeur.save(tampon)
    return _stable(tampon.getvalue())


def _feuilles(
    classeur: Workbook,
    nom: str,
    colonnes: Sequence[str],
    rangees: Iterable[Sequence[str | int]],
    largeurs: Sequence[int],
) -> None:
    """The rows, on as many sheets as they need."""
    feuille, numero, place = _feuille(classeur, nom, colonnes, largeurs), 1, RANGEES_MAX - 1
    for rangee in rangees:
        if not place:
            numero += 1
            feuille = _feuille(classeur, f"{nom} {numero}", colonnes, largeurs)
            place = RANGEES_MAX - 1
        feuille.append([_cellule(feuille, valeur) for valeur in rangee])
        place -= 1


def _feuille(
    classeur: Workbook, nom: str, colonnes: Sequence[str], largeurs: Sequence[int]
) -> WriteOnlyWorksheet:
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    feuille: WriteOnlyWorksheet = classeur.create_sheet(nom)
    feuille.freeze_panes = "A2"
    for rang, largeur in enumerate(largeurs, 1):
        # The stubs forget what a write-only sheet has in common with the others.
        feuille.column_dimensions[get_column_letter(rang)].width = largeur  # type: ignore[attr-defined]
    entetes = [_cellule(feuille, colonne) for colonne in colonnes]
    for entete in entetes:
        entete.font = Font(bold=True)
    feuille.append(entetes)
    return feuille


def _cellule(feuille: WriteOnlyWorksheet, valeur: str | int) -> Cell:
    from openpyxl.cell import WriteOnlyCell

    cellule: Cell = WriteOnlyCell(feuille)
    if isinstance(valeur, int):
        cellule.value = valeur
        return cellule
    cellule.value = _tenir(montrable(valeur))
    cellule.data_type = "s"  # a text, whatever it looks like
    return cellule


def _tenir(texte: str) -> str:
    """A text longer than a cell says so itself: openpyxl would cut it without a word."""
    if len(texte) <= CELLULE_MAX:
        return texte
    note = f" […] ({len(texte)} caractères en tout, voir le fichier)"
    return texte[: CELLULE_MAX - len(note)] + note


def _stable(octets: bytes) -> bytes:
    """The same workbook without the hour at which it was written."""
    tampon = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(octets)) as lu,
        zipfile.ZipFile(tampon, "w", zipfile.ZIP_DEFLATED) as ecrit,
    ):
        for nom in lu.namelist():
            contenu = lu.read(nom)
            if nom == "docProps/core.xml":
                contenu = _INSTANT.sub(rb"\g<1>1980-01-01T00:00:00Z", contenu)
            membre = zipfile.ZipInfo(nom, _DATE_ZIP)
            membre.compress_type = zipfile.ZIP_DEFLATED
            ecrit.writestr(membre, contenu)
    return tampon.getvalue()
