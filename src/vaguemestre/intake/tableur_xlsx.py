"""XLSX through openpyxl, read-only: values, real dates, cached results of formulas.

A workbook is a zip of XML: its members are measured before anything is unpacked, and a DOCTYPE
is refused. Numbers carry the 15 significant digits that Excel itself shows.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from vaguemestre.errors import Anomalie
from vaguemestre.intake.colonnes import Genre
from vaguemestre.intake.constats import Constats
from vaguemestre.intake.tableau import Cellules, Feuille, Rangee, ranger, rogner
from vaguemestre.intake.valeurs import Brut

_TAILLE_MAX = 300_000_000
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_XLS = b"\xd0\xcf\x11\xe0"
_PANNES = (
    zipfile.BadZipFile,
    InvalidFileException,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    OSError,
    EOFError,
    RuntimeError,  # encrypted member
    NotImplementedError,  # compression unknown to zipfile
)


def lire_xlsx(chemin: Path, fichier: str, genre: Genre, constats: Constats) -> list[Rangee]:
    """The rows of the sheet that holds the data; what cannot be read becomes findings."""
    try:
        sain, formules = _examiner(chemin, fichier, constats)
        lignes = _feuille(chemin, fichier, genre, formules, constats) if sain else None
    except _PANNES:
        # openpyxl lets any of these out of a damaged workbook; the file is not readable, that is
        # all that can be said.
        _illisible(chemin, fichier, "le classeur est abîmé ou n'est pas un fichier .xlsx", constats)
        return []
    return ranger(Feuille(fichier, lignes), genre, constats) if lignes is not None else []


def _illisible(chemin: Path, fichier: str, message: str, constats: Constats) -> None:
    with chemin.open("rb") as flux:
        ancien = flux.read(4) == _XLS
    if ancien:
        message = "c'est un ancien classeur .xls, ou un classeur protégé par mot de passe"
    constats.depot(
        "depot.xlsx.illisible",
        message,
        "Ouvrir le fichier dans le tableur, retirer le mot de passe, l'enregistrer au format "
        "« Classeur Excel (.xlsx) », puis redéposer.",
        fichier=fichier,
    )


def _examiner(chemin: Path, fichier: str, constats: Constats) -> tuple[bool, bool]:
    """(may be opened, holds formulas)."""
    formules = False
    with zipfile.ZipFile(chemin) as archive:
        membres = archive.infolist()
        if sum(membre.file_size for membre in membres) > _TAILLE_MAX:
            constats.depot(
                "depot.zip.bombe",
                f"le classeur décompressé dépasse {_TAILLE_MAX // 1_000_000} Mo",
                "Découper le dépôt en plusieurs classeurs.",
                fichier=fichier,
            )
            return False, False
        for membre in membres:
            if not membre.filename.endswith((".xml", ".rels")):
                continue
            contenu = archive.read(membre)
            if b"<!DOCTYPE" in contenu or b"<!ENTITY" in contenu or contenu[:2] in _UTF16:
                constats.depot(
                    "depot.xlsx.doctype",
                    f"la partie {membre.filename} du classeur porte un DOCTYPE, refusé par "
                    "sécurité",
                    "Réenregistrer le classeur avec un tableur ordinaire.",
                    fichier=fichier,
                )
                return False, False
            formules = formules or b"<f>" in contenu or b"<f " in contenu
    return True, formules


def _feuille(
    chemin: Path, fichier: str, genre: Genre, formules: bool, constats: Constats
) -> Sequence[tuple[int, Cellules]] | None:
    contenus = _contenus(chemin, constats, data_only=True)
    nom = _choisir(contenus, fichier, genre, constats)
    if nom is None:
        return None
    lignes = contenus[nom]
    if formules:
        brutes = _contenus(chemin, Constats(), data_only=False)[nom]
        _formules_sans_valeur(lignes, brutes, fichier, constats)
    return lignes


def _contenus(
    chemin: Path, constats: Constats, *, data_only: bool
) -> dict[str, list[tuple[int, Cellules]]]:
    classeur = openpyxl.load_workbook(chemin, read_only=True, data_only=data_only)
    try:
        contenus: dict[str, list[tuple[int, Cellules]]] = {}
        for feuille in classeur.worksheets:
            feuille.reset_dimensions()
            lignes: list[tuple[int, Cellules]] = [
                (numero, rogner([_valeur(v) for v in valeurs], constats))
                for numero, valeurs in enumerate(feuille.iter_rows(values_only=True), start=1)
            ]
            while lignes and all(cellule in (None, "") for cellule in lignes[-1][1]):
                lignes.pop()  # formatted but never filled: not a row a person typed
            contenus[feuille.title] = lignes
        return contenus
    finally:
        classeur.close()


def _choisir(
    contenus: dict[str, list[tuple[int, Cellules]]], fichier: str, genre: Genre, constats: Constats
) -> str | None:
    """The sheet named after the genre, or the only one that holds something."""
    for nom in contenus:
        if nom.strip().lower() == genre:
            return nom
    pleines = [nom for nom, lignes in contenus.items() if lignes]
    if len(pleines) <= 1:
        return next(iter(pleines or contenus), None)
    constats.depot(
        "depot.xlsx.feuilles",
        f"plusieurs feuilles contiennent des données ({', '.join(pleines)})",
        f"Nommer « {genre} » la feuille à lire, ou supprimer les autres.",
        fichier=fichier,
    )
    return None


def _valeur(valeur: Any) -> Brut | None:
    if isinstance(valeur, datetime):
        # A time of day in a date column is not a date: kept as text, refused where it is read.
        return valeur.date() if valeur.time() == time() else valeur.isoformat(" ")
    if isinstance(valeur, float):
        return int(valeur) if valeur.is_integer() else Decimal(format(valeur, ".15g"))
    if valeur is None or isinstance(valeur, (bool, int, str, date)):
        return valeur
    return str(valeur)


def _formules_sans_valeur(
    lignes: Sequence[tuple[int, Cellules]],
    brutes: Sequence[tuple[int, Cellules]],
    fichier: str,
    constats: Constats,
) -> None:
    """A formula that no spreadsheet ever computed reads as an empty cell: said, not skipped."""
    connues = dict(lignes)
    for numero, cellules in brutes:
        valeurs = connues.get(numero, ())
        for rang, formule in enumerate(cellules):
            vide = rang >= len(valeurs) or valeurs[rang] is None
            if vide and formule is not None:
                constats.noter(
                    Anomalie(
                        "depot.valeur.formule",
                        f"{fichier} ligne {numero}",
                        "la cellule contient une formule qui n'a jamais été calculée",
                        ligne=numero,
                        colonne=rang + 1,
                        valeur=str(formule),
                        conseil="Ouvrir et enregistrer le classeur dans le tableur, ou remplacer "
                        "la formule par sa valeur.",
                        fichier=fichier,
                    )
                )
