"""`ack`: what an acquit or a retour says, and what to do about it."""

from __future__ import annotations

import json as _json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from vaguemestre.cli.options import EnJson, Fichier
from vaguemestre.cli.sortie import console, dire_anomalies, ecrire_json, lisible, tableau
from vaguemestre.config.emplacement import chercher
from vaguemestre.domain.acquits import Acquit, PieceRetour
from vaguemestre.errors import Anomalie
from vaguemestre.pes.acquit import (
    as_json,
    ecarts_de_retour,
    lire_reponse,
    ouvrir_retour,
    piece_json,
    tete_json,
)
from vaguemestre.pes.acquit_codes import explication

if TYPE_CHECKING:
    from vaguemestre.pes.retour import LectureRetour

# A retour may hold hundreds of thousands of pièces: a table is drawn for so many at a time.
_PAR_TABLEAU = 200
_PAIEMENTS = {"aucun": "rien payé", "partiel": "en partie", "total": "en entier"}


def ack(fichier: Path, /, *, json: EnJson = False, config: Fichier = None) -> int:
    """Lire un acquit ou un retour.

    Args:
        fichier: le fichier reçu de la DGFiP.
    """
    chemin, paquet = lisible(fichier), _paquet(config)
    lecture = ouvrir_retour(chemin)
    if lecture is None:
        reponse = lire_reponse(chemin, paquet)
        if json or not isinstance(reponse, Acquit):
            ecrire_json(as_json(reponse))
        else:
            _dire_acquit(reponse)
        return 0
    # An unreadable file is said before anything is printed.
    constats = ecarts_de_retour(chemin, paquet)
    pieces = lecture.pieces(lue=True)
    premieres = list(islice(pieces, _PAR_TABLEAU))
    if json:
        _json_du_retour(lecture, premieres, pieces, constats)
    else:
        _dire_retour(lecture, premieres, pieces, constats)
    return 0


def _paquet(fichier: Path | None) -> Path | None:
    """The pack that judges answers in the daemon too; None without a configuration, or a pack."""
    path = chercher(fichier)
    if path is None:
        return None
    from vaguemestre.config.lecture import charger
    from vaguemestre.workflows.schemas import paquet_des_reponses

    return paquet_des_reponses(charger(path))


def _json_du_retour(
    lecture: LectureRetour,
    premieres: list[PieceRetour],
    suite: Iterator[PieceRetour],
    constats: tuple[Anomalie, ...],
) -> None:
    """One document, written as the pièces come; what is only known at the end stands there."""
    tete = _json.dumps(tete_json(lecture.entete), ensure_ascii=False, indent=1)
    sys.stdout.write(tete.removesuffix("\n}") + ',\n "pieces": [')
    rang = 0
    for lot in (premieres, suite):
        for piece in lot:
            sys.stdout.write(",\n  " if rang else "\n  ")
            sys.stdout.write(_json.dumps(piece_json(piece), ensure_ascii=False))
            rang += 1
    bilan = lecture.bilan()
    fin = {
        "comptes": dict(lecture.comptes),
        "anomalies": [anomalie.as_json() for anomalie in (*constats, *bilan.anomalies)],
    }
    sys.stdout.write("\n ],\n " + _json.dumps(fin, ensure_ascii=False, indent=1)[1:].lstrip())
    sys.stdout.write("\n")


def _dire_acquit(acquit: Acquit) -> None:
    sortie = console()
    quoi = "Acquit de retour" if acquit.type == "acquit_retour" else f"Acquit v{acquit.version}"
    sortie.print(f"{quoi} de {acquit.nomfic} : ", end="", markup=False)
    sortie.print(
        {"accepte": "[green]accepté[/]", "rejete": "[red]rejeté[/]"}.get(
            acquit.etat, "[yellow]partiel[/]"
        )
    )
    sortie.print(
        tableau(
            "Éléments",
            ("domaine", "quoi", "verdict", "erreurs"),
            (
                (
                    element.domaine,
                    element.ref,
                    "accepté" if element.accepte else "rejeté",
                    "\n".join(f"{e.ref} : {e.libelle} ({e.code})" for e in element.erreurs),
                )
                for element in acquit.elements
            ),
        )
    )
    _expliquer(acquit)
    dire_anomalies(sortie, acquit.anomalies)


def _expliquer(acquit: Acquit) -> None:
    """Each code once: what it means, and what to do."""
    codes = dict.fromkeys(e.code for element in acquit.elements for e in element.erreurs if e.code)
    lignes = [
        (code, connue.sens, connue.conseil)
        if (connue := explication(code)) is not None
        else (code, "code absent de la liste officielle", "Demander le sens au poste comptable.")
        for code in codes
    ]
    if lignes:
        console().print(tableau("Que faire", ("code", "ce qu'il veut dire", "que faire"), lignes))


def _dire_retour(
    lecture: LectureRetour,
    premieres: list[PieceRetour],
    suite: Iterator[PieceRetour],
    constats: tuple[Anomalie, ...],
) -> None:
    sortie, tete = console(), lecture.entete
    sortie.print(f"Retour de {tete.domaine}, {tete.nomfic}", markup=False)
    lot = premieres
    while lot:
        sortie.print(
            tableau(
                "Pièces",
                ("pièce", "état", "montant HT", "payé ou encaissé", "dates", "motifs, que faire"),
                map(_rang, lot),
            )
        )
        lot = list(islice(suite, _PAR_TABLEAU))
    comptes = (f"{etat.replace('_', ' ')} {nombre}" for etat, nombre in lecture.comptes.items())
    sortie.print(", ".join(comptes) or "aucune pièce", markup=False)
    dire_anomalies(sortie, (*constats, *lecture.bilan().anomalies))


def _rang(piece: PieceRetour) -> tuple[object, ...]:
    paye = "" if piece.montant_paye is None else str(piece.montant_paye)
    dates = (f"{nom.replace('_', ' ')} le {jour}" for nom, jour in piece.dates.items())
    motifs = (*piece.motifs, piece.commentaire, f"→ {piece.conseil}" if piece.conseil else "")
    return (
        piece.ref,
        piece.etat.replace("_", " "),
        piece.montant_ht,
        f"{paye}\n{_PAIEMENTS.get(piece.paiement, '')}".strip(),
        "\n".join(dates),
        "\n".join(filter(None, motifs)),
    )
