"""Text of PDF pages, through the product's own readers: milliseconds a page."""

from __future__ import annotations

import random
import resource
import time
from pathlib import Path

from fpdf import FPDF

from tests.bench.cadre import Faux, Mesure, meilleur
from vaguemestre.pj.pages import Lecture
from vaguemestre.pj.texte import LecteurTexte

MS_PAR_PAGE = 2.5
_LIGNES, _LARGEUR = 40, 80
_POLICES = ("Helvetica", "Times", "Courier")
_MOTS = [
    "facture",
    "mandat",
    "fournitures",
    "scolaires",
    "règlement",
    "échéance",
    "quantité",
    "désignation",
    "montant",
    "net",
    "à",
    "payer",
    "collectivité",
    "marché",
    "période",
    "intérêts",
    "acompte",
    "livraison",
    "école",
    "voirie",
]
_DISTINCTS = 5


def mesurer(ou: Path, pages: int, tours: int) -> list[Mesure]:
    """The same number of dense pages: in one file, then in files of three pages."""
    ou.mkdir()
    gros = [_ecrire(ou / "gros.pdf", pages, 0)]
    distincts = [_ecrire(ou / f"{rang}.pdf", 3, rang) for rang in range(_DISTINCTS)]
    petits = [distincts[rang % _DISTINCTS] for rang in range(pages // 3)]
    avant = _processeur()
    with LecteurTexte() as lecteurs:
        mesures = [
            _mesure(lecteurs, "un PDF de", gros, pages, tours),
            _mesure(lecteurs, f"{len(petits)} PDF de 3 pages :", petits, 3 * len(petits), tours),
        ]
    lues = (pages + 3 * len(petits)) * tours
    processeur = (_processeur() - avant) * 1000 / lues
    return [*mesures, Mesure("processeur des lecteurs par page", processeur, "ms")]


def _processeur() -> float:
    """Seconds of processor of the readers that have ended, their start included."""
    vu = resource.getrusage(resource.RUSAGE_CHILDREN)
    return vu.ru_utime + vu.ru_stime


def _mesure(lecteurs: LecteurTexte, nom: str, pdfs: list[Path], pages: int, tours: int) -> Mesure:
    durees, lecteur = [], []
    caracteres = 0
    for _ in range(tours):
        debut = time.perf_counter()
        lectures = _lire(lecteurs, pdfs)
        durees.append(time.perf_counter() - debut)
        lues = [page for lecture in lectures for page in lecture.pages]
        if len(lues) != pages or not all(page.complete for page in lues):
            raise Faux(f"{len(lues)} pages lues sur {pages}")
        caracteres = min(page.lettres for page in lues)
        lecteur.append(sum(lecture.ms for lecture in lectures) / pages)
    detail = (
        f"au moins {caracteres} lettres et chiffres par page, trois polices ;"
        f" {meilleur(lecteur):.2f} ms dans le lecteur"
    )
    valeur = meilleur(durees) * 1000 / pages
    return Mesure(f"{nom} {pages} pages denses", valeur, "ms", MS_PAR_PAGE, detail=detail)


def _lire(lecteurs: LecteurTexte, pdfs: list[Path]) -> list[Lecture]:
    """As `check` does: all of them handed out, then all of them waited for."""
    futurs = [lecteurs.soumettre(pdf.read_bytes(), texte=True, structure=False) for pdf in pdfs]
    return [futur.result() for futur in futurs]


def _ecrire(vers: Path, pages: int, graine: int) -> Path:
    """Pages of about 3,000 characters, words in three fonts and two sizes on every line."""
    hasard = random.Random(graine)  # noqa: S311 - test data
    pdf = FPDF()
    pdf.set_auto_page_break(False)
    for _ in range(pages):
        pdf.add_page()
        for rang in range(_LIGNES):
            pdf.set_y(12 + 6.5 * rang)
            reste = _LARGEUR
            while reste > 0:
                mots = " ".join(hasard.choices(_MOTS, k=3)) + " "
                reste -= len(mots)
                style = hasard.choice(("", "B", "I"))
                pdf.set_font(hasard.choice(_POLICES), style=style, size=hasard.choice((8, 9)))
                pdf.write(5, mots)
    pdf.output(str(vers))
    return vers
