"""The process that reads PDFs: a script of its own, killed and replaced when one hangs.

It knows nothing of the rest of the house: it is started by its path, reads requests on its
standard input and answers on its standard output. A hostile PDF can at worst kill this process.

Request: one line of JSON (`octets` or `chemin`, `texte`, `structure`, `pages_max`, `objets_max`),
then that many bytes. Answer: lines of JSON, as each thing is known: `structure`, `nombre` or
`refus`, one `page` after the other, `fin`.
"""

from __future__ import annotations

import ctypes
import io
import json
import logging
import os
import re
import resource
import sys
import time
import unicodedata
from collections.abc import Iterator
from typing import Any, BinaryIO

CARACTERES_MAX = 200_000
PROFONDEUR = 4
CASES = 32
DEPART = "pret"
_MOT_DE_PASSE = 4
_INVISIBLE = 3
_OBJETS_PYPDF = 200_000
_RENVOIS = 200
_ETRANGES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd\ufffe\uffff\ue000-\uf8ff]")
_ACTIONS = ("/Launch", "/ImportData", "/SubmitForm", "/GoToR", "/GoToE", "/Rendition")
_PDFA = re.compile(rb"pdfaid:part\s*(?:=\s*[\"']|>)\s*(\d)")
_PDFA_NIVEAU = re.compile(rb"pdfaid:conformance\s*(?:=\s*[\"']|>)\s*([A-Za-z])")
Matrice = tuple[float, float, float, float, float, float]
_IDENTITE: Matrice = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def pdfa_de(xmp: bytes) -> str:
    """« 3B » for an XMP packet that claims PDF/A-3B; '' when it claims nothing."""
    partie, niveau = _PDFA.search(xmp), _PDFA_NIVEAU.search(xmp)
    if partie is None:
        return ""
    return (partie[1] + (niveau[1].upper() if niveau else b"")).decode("ascii")


class Page:
    """One page, by pdfium: its text layer, then the images, paths and texts drawn on it."""

    def __init__(self, pdfium: Any, page: Any, objets_max: int) -> None:
        self._pdfium = pdfium
        self._page = page
        self._reste = objets_max
        self._couvert = [0] * CASES
        self._textes: list[Any] = []
        self.traces = 0
        boite = pdfium.FS_RECTF()
        pdfium.FPDF_GetPageBoundingBox(page, boite)
        self._gauche, self._bas = min(boite.left, boite.right), min(boite.bottom, boite.top)
        self._largeur = abs(boite.right - boite.left) or 1.0
        self._hauteur = abs(boite.top - boite.bottom) or 1.0

    def vue(self) -> list[object]:
        """[characters, letters, control, private, invisible, image, paths, texts, whole]."""
        texte = self._pdfium.FPDFText_LoadPage(self._page)
        try:
            lu = self._lire(texte)
            self._page_entiere()
            image = sum(rangee.bit_count() for rangee in self._couvert) / (CASES * CASES)
            invisibles = self._invisibles(texte) if image > 0 else 0
        finally:
            self._pdfium.FPDFText_ClosePage(texte)
        etranges = _ETRANGES.findall(lu)
        controle = sum(1 for signe in etranges if signe < " " or signe == "\x7f")
        return [
            len(lu),
            sum(map(str.isalnum, lu)),
            controle,
            len(etranges) - controle,
            invisibles,
            image,
            self.traces,
            len(self._textes),
            self._reste > 0,
        ]

    def _lire(self, texte: Any) -> str:
        nombre = min(self._pdfium.FPDFText_CountChars(texte), CARACTERES_MAX)
        if nombre <= 0:
            return ""
        tampon = (ctypes.c_ushort * (nombre + 1))()
        ecrits = self._pdfium.FPDFText_GetText(texte, 0, nombre, tampon)
        return bytes(tampon)[: max(ecrits - 1, 0) * 2].decode("utf-16-le", "replace")

    def _page_entiere(self) -> None:
        pdfium, page = self._pdfium, self._page
        for rang in range(pdfium.FPDFPage_CountObjects(page)):
            if self._reste <= 0:
                return
            self._objet(pdfium.FPDFPage_GetObject(page, rang), _IDENTITE, 0)

    def _objet(self, objet: Any, dans: Matrice, profondeur: int) -> None:
        self._reste -= 1
        pdfium = self._pdfium
        genre = pdfium.FPDFPageObj_GetType(objet)
        if genre == pdfium.FPDF_PAGEOBJ_TEXT:
            self._textes.append(objet)
        elif genre == pdfium.FPDF_PAGEOBJ_PATH:
            self.traces += 1
        elif genre == pdfium.FPDF_PAGEOBJ_IMAGE:
            self._image(_composer(self._matrice(objet), dans))
        elif genre == pdfium.FPDF_PAGEOBJ_FORM and profondeur < PROFONDEUR:
            place = _composer(self._matrice(objet), dans)
            for rang in range(pdfium.FPDFFormObj_CountObjects(objet)):
                if self._reste <= 0:
                    return
                self._objet(pdfium.FPDFFormObj_GetObject(objet, rang), place, profondeur + 1)

    def _matrice(self, objet: Any) -> Matrice:
        m = self._pdfium.FS_MATRIX()
        if not self._pdfium.FPDFPageObj_GetMatrix(objet, m):
            return _IDENTITE
        return (m.a, m.b, m.c, m.d, m.e, m.f)

    def _image(self, m: Matrice) -> None:
        """Mark what an image covers: it is the unit square, put on the page by `m`."""
        a, b, c, d, e, f = m
        xs, ys = (e, e + a, e + c, e + a + c), (f, f + b, f + d, f + b + d)
        x0, x1 = self._cases(min(xs), max(xs), self._gauche, self._largeur)
        y0, y1 = self._cases(min(ys), max(ys), self._bas, self._hauteur)
        if x1 > x0:
            bande = ((1 << (x1 - x0)) - 1) << x0
            for rang in range(y0, y1):
                self._couvert[rang] |= bande

    def _cases(self, de: float, a: float, depart: float, etendue: float) -> tuple[int, int]:
        """The cells whose middle lies between two coordinates."""
        bornes = []
        for valeur in (de, a):
            part = (valeur - depart) / etendue
            bornes.append(round(min(max(part, 0.0), 1.0) * CASES) if part == part else 0)
        return bornes[0], bornes[1]

    def _invisibles(self, texte: Any) -> int:
        """Letters of the text that is there but not drawn: what OCR adds under an image."""
        pdfium, total = self._pdfium, 0
        for objet in self._textes:
            if pdfium.FPDFTextObj_GetTextRenderMode(objet) == _INVISIBLE:
                octets = pdfium.FPDFTextObj_GetText(objet, texte, None, 0)
                tampon = (ctypes.c_ushort * max(octets // 2, 1))()
                pdfium.FPDFTextObj_GetText(objet, texte, tampon, octets)
                total += sum(map(str.isalnum, bytes(tampon).decode("utf-16-le", "replace")))
        return total


def _composer(m: Matrice, dans: Matrice) -> Matrice:
    """The matrix `m` seen from outside of what `dans` places."""
    a, b, c, d, e, f = m
    A, B, C, D, E, F = dans
    return (
        a * A + b * C,
        a * B + b * D,
        c * A + d * C,
        c * B + d * D,
        e * A + f * C + E,
        e * B + f * D + F,
    )


def lire_pages(demande: dict[str, Any], octets: bytes) -> Iterator[dict[str, object]]:
    """The pages of a PDF by pdfium, one answer each; `refus` when it does not open."""
    import pypdfium2.raw as pdfium

    if demande.get("chemin"):
        document = pdfium.FPDF_LoadDocument(os.fsencode(demande["chemin"]), None)
    else:
        document = pdfium.FPDF_LoadMemDocument64(octets, len(octets), None)
    if not document:
        erreur = pdfium.FPDF_GetLastError()
        yield {"refus": "mot_de_passe" if erreur == _MOT_DE_PASSE else "illisible"}
        return
    try:
        nombre = pdfium.FPDF_GetPageCount(document)
        yield {"nombre": nombre}
        if demande["texte"]:
            for rang in range(min(nombre, demande["pages_max"])):
                debut = time.perf_counter()
                vue = _page(pdfium, document, rang, demande)
                yield {"page": [rang + 1, *vue, (time.perf_counter() - debut) * 1000]}
    finally:
        pdfium.FPDF_CloseDocument(document)


def _page(pdfium: Any, document: Any, rang: int, demande: dict[str, Any]) -> list[object]:
    page = pdfium.FPDF_LoadPage(document, rang)
    if not page:
        return [0, 0, 0, 0, 0, 0.0, 0, 0, False]
    try:
        vue = Page(pdfium, page, demande["objets_max"]).vue()
        formulaire = pdfium.FPDFPage_GetAnnotCount(page) > 0
        if not vue[0] and formulaire and pdfium.FPDFPage_Flatten(page, 0) == 1:
            # The text of a form stands in its fields, not on the page: print them on it.
            pdfium.FPDF_ClosePage(page)
            page = pdfium.FPDF_LoadPage(document, rang)
            vue = Page(pdfium, page, demande["objets_max"]).vue()
        return vue
    finally:
        if page:
            pdfium.FPDF_ClosePage(page)


def lire_structure(flux: BinaryIO) -> dict[str, object]:
    """What a PDF holds beside its pages, by pypdf: every object is looked at once."""
    import zlib

    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        return _structure(PdfReader(flux))
    except (
        PyPdfError,
        ArithmeticError,
        AssertionError,
        AttributeError,
        LookupError,
        NotImplementedError,
        OSError,
        RecursionError,
        TypeError,
        ValueError,
        zlib.error,
    ) as error:
        return {"faute": f"{type(error).__name__} : {error}"[:_RENVOIS]}


def _structure(pdf: Any) -> dict[str, object]:
    vu: dict[str, object] = {"chiffre": bool(pdf.is_encrypted)}
    if pdf.is_encrypted and not pdf.decrypt(""):
        return vu
    vu["pages"] = len(pdf.pages)
    catalogue = pdf.trailer["/Root"]
    metadonnees = catalogue.get("/Metadata")
    if metadonnees is not None:
        vu["pdfa"] = pdfa_de(metadonnees.get_object().get_data())
    actions: set[str] = set()
    jointes: list[str] = []
    signatures = scripts = xfa = 0
    for dictionnaire in _dictionnaires(pdf):
        genre = dictionnaire.get("/S")
        scripts += genre == "/JavaScript" or "/JS" in dictionnaire
        actions |= {str(genre)[1:]} if genre in _ACTIONS else set()
        xfa += "/XFA" in dictionnaire
        if dictionnaire.get("/Type") == "/Sig" or "/ByteRange" in dictionnaire:
            signatures += 1
        if "/EF" in dictionnaire and len(jointes) < _RENVOIS:
            nom = dictionnaire.get("/UF") or dictionnaire.get("/F") or "sans nom"
            jointes.append(_lisible(str(nom)))
    vu |= {"scripts": scripts > 0, "xfa": xfa > 0, "signatures": signatures}
    return vu | {"actions": sorted(actions), "jointes": jointes}


def _lisible(nom: str) -> str:
    return "".join(signe for signe in nom if unicodedata.category(signe)[0] != "C")[:100]


def _dictionnaires(pdf: Any) -> Iterator[Any]:
    """Every dictionary of every object, each once; references are never followed."""
    from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

    numeros = {
        (numero, generation)
        for generation, objets in pdf.xref.items()
        for numero in objets
        if numero
    }
    numeros |= {(numero, 0) for numero in pdf.xref_objStm}
    for numero, generation in sorted(numeros)[:_OBJETS_PYPDF]:
        pile: list[Any] = [pdf.get_object(IndirectObject(numero, generation, pdf))]
        while pile:
            valeur = pile.pop()
            if isinstance(valeur, DictionaryObject):
                yield valeur
                pile += [v for v in valeur.values() if not isinstance(v, IndirectObject)]
            elif isinstance(valeur, ArrayObject):
                pile += [v for v in list(valeur) if not isinstance(v, IndirectObject)]


def repondre(demande: dict[str, Any], octets: bytes) -> Iterator[dict[str, object]]:
    """Every answer to one request."""
    try:
        if demande["structure"]:
            if demande.get("chemin"):
                with open(demande["chemin"], "rb") as flux:  # noqa: PTH123
                    yield {"structure": lire_structure(flux)}
            else:
                yield {"structure": lire_structure(io.BytesIO(octets))}
        yield from lire_pages(demande, octets)
    except MemoryError:
        yield {"refus": "memoire"}


def servir(entree: BinaryIO, sortie: BinaryIO) -> None:
    """Answer requests until the other side closes."""
    _dire(sortie, {DEPART: True})
    while ligne := entree.readline():
        demande = json.loads(ligne)
        octets = entree.read(demande.get("octets", 0))
        debut = time.perf_counter()
        for reponse in repondre(demande, octets):
            _dire(sortie, reponse)
        _dire(sortie, {"fin": (time.perf_counter() - debut) * 1000})


def _dire(sortie: BinaryIO, reponse: dict[str, object]) -> None:
    sortie.write(json.dumps(reponse).encode("ascii") + b"\n")
    sortie.flush()


def _borner(memoire: int) -> None:
    """No more address space than that, and no core dump of somebody's invoice."""
    resource.setrlimit(resource.RLIMIT_AS, (memoire, memoire))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """`ouvrier.py MEMOIRE`: bytes of address space."""
    # What a library prints must not mix with the answers.
    sortie = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    logging.disable(logging.CRITICAL)
    import pypdfium2.raw as pdfium

    pdfium.FPDF_InitLibrary()
    _borner(int(sys.argv[1]))
    servir(sys.stdin.buffer, sortie)


if __name__ == "__main__":
    main()
