"""The report as a PDF, to be printed or sent: the fonts that every reader has, nothing embedded.

Those fonts know ISO-8859-1. Typographic signs are written with the published table of
`formats.caracteres`; what is still outside stands as « [U+4E2D] », never dropped.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from typing_extensions import override

from vaguemestre.formats.caracteres import traduire
from vaguemestre.formats.explication import LIBELLES, compter
from vaguemestre.rapport.lignes import montrable
from vaguemestre.rapport.modele import Explication, FichierVu, Place, Rapport, expliquer
from vaguemestre.rapport.page import lisible

if TYPE_CHECKING:
    from fpdf import FPDF

FICHIERS_MONTRES = 1000
VALEUR_MAX = 300
"""Characters of a value on paper; the spreadsheet and the JSON have it whole, and it is said."""
_CREATION = datetime(1980, 1, 1, tzinfo=UTC)
_MARGE, _POLICE = 15.0, "Helvetica"
_FLECHES = str.maketrans({"→": "->", "…": "...", "≤": "<=", "≥": ">=", "×": "x"})


def en_pdf(rapport: Rapport) -> bytes:
    """The same report, the same bytes."""
    document = _document(rapport)
    anomalies = rapport.anomalies
    _titre(document, 1, rapport.titre)
    if rapport.quand:
        _texte(document, f"Le {lisible(rapport.quand)}")
    if rapport.verdict == "accepte":
        _texte(document, "Accepté. Rien n'empêche l'envoi.", gras=True)
    else:
        _texte(
            document,
            "Rejeté. Corriger tous les points ci-dessous dans le logiciel émetteur, puis refaire"
            " l'export.",
            gras=True,
        )
    for gravite, nombre in compter(anomalies):
        _texte(document, f"- {LIBELLES[gravite]} : {nombre}")
    if anomalies:
        _titre(document, 2, "À corriger ou à savoir")
        for rang, explication in enumerate(expliquer(anomalies), 1):
            _constat(document, rang, explication)
    _fichiers(document, rapport.fichiers)
    return bytes(document.output())


def imprimable(texte: str) -> str:
    """The text in ISO-8859-1, for whoever reads paper; nothing is lost on the way."""
    lu, _ = traduire(montrable(texte).translate(_FLECHES))
    return "".join(
        signe if ord(signe) < 256 else f"[U+{ord(signe):04X}]" for signe in lu.replace("\t", " ")
    )


def _document(rapport: Rapport) -> FPDF:
    from fpdf import FPDF

    class Page(FPDF):
        """Numbered pages."""

        @override
        def footer(self) -> None:
            self.set_y(-12)
            self.set_font(_POLICE, size=8)
            self.set_text_color(70)
            self.cell(0, 5, f"vaguemestre {rapport.version} - page {self.page_no()}/{{nb}}")

    document = Page(format="A4")
    document.set_creation_date(_CREATION)
    document.set_lang("fr-FR")
    document.set_title(imprimable(rapport.titre))
    document.set_producer("vaguemestre")
    document.set_margins(_MARGE, _MARGE)
    document.set_auto_page_break(auto=True, margin=18)
    document.add_page()
    return document


def _titre(document: FPDF, niveau: int, texte: str) -> None:
    document.ln(2 if niveau > 1 else 0)
    document.start_section(imprimable(texte)[:200], level=niveau - 1)
    _ecrire(document, texte, taille=16 if niveau == 1 else 13, gras=True)
    document.ln(1)


def _texte(document: FPDF, texte: str, *, gras: bool = False, retrait: float = 0) -> None:
    _ecrire(document, texte, taille=10, gras=gras, retrait=retrait)


def _ecrire(
    document: FPDF, texte: str, *, taille: int, gras: bool = False, retrait: float = 0
) -> None:
    document.set_font(_POLICE, style="B" if gras else "", size=taille)
    document.set_text_color(0)
    document.set_x(_MARGE + retrait)
    document.multi_cell(
        0,
        taille * 0.5,
        imprimable(texte),
        align="L",
        new_x="LMARGIN",
        new_y="NEXT",
    )


def _constat(document: FPDF, rang: int, explication: Explication) -> None:
    groupe = explication.groupe
    fois = f" ({groupe.nombre} fois)" if groupe.nombre > 1 else ""
    document.ln(2)
    _texte(document, f"{rang}. {groupe.message}{fois}", gras=True)
    _texte(document, f"{LIBELLES[groupe.gravite]}. Règle {groupe.regle}.", retrait=4)
    if groupe.conseil:
        _texte(document, f"Que faire : {groupe.conseil}", retrait=4)
    for place in explication.places:
        _texte(document, f"- {_phrase(place)}", retrait=8)
        if place.chemin:
            _ecrire(document, place.chemin, taille=8, retrait=10)
    if explication.reste:
        _texte(
            document,
            f"et {explication.reste} autre(s) endroit(s) dans les rapports CSV, XLSX et JSON.",
            retrait=8,
        )


def _phrase(place: Place) -> str:
    dits = [place.ou]
    if place.message:
        dits.append(place.message)
    if place.valeur is not None:
        dits.append(
            f"valeur lue\xa0: «\xa0{_court(place.valeur)}\xa0»" if place.valeur else "valeur vide"
        )
    if place.attendu:
        dits.append(f"attendu\xa0: {_court(place.attendu)}")
    return " ; ".join(dits)


def _court(texte: str) -> str:
    if len(texte) <= VALEUR_MAX:
        return texte
    return f"{texte[:VALEUR_MAX]} […] ({len(texte)} caractères en tout)"


def _fichiers(document: FPDF, fichiers: tuple[FichierVu, ...]) -> None:
    _titre(document, 2, "Fichiers contrôlés")
    for fichier in fichiers[:FICHIERS_MONTRES]:
        verdict = "accepté" if fichier.verdict == "accepte" else "rejeté"
        _texte(
            document,
            f"- {fichier.nom} : {verdict}, schéma {fichier.schema}, {len(fichier.anomalies)}"
            f" constat(s), {fichier.bordereaux} bordereau(x), {fichier.pieces} pièce(s),"
            f" {fichier.pj} PJ, total HT {fichier.total_ht}",
        )
    reste = len(fichiers) - FICHIERS_MONTRES
    if reste > 0:
        _texte(document, f"et {reste} autre(s) fichier(s) dans les rapports XLSX et JSON.")
