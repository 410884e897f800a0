"""What a PDF holds, from its plain bytes where they say it all; else a reader has to look.

Most PDFs of finance software keep their objects in clear. Where no object is compressed or
encrypted and no name is escaped, a name that is not in the bytes is not in the document: one
pass over the bytes, without any parser, is then as good as a reader and safe on hostile files.
Sources: archive-and-audit.md §6.2 (raw search misses compressed objects and `/J#61vaScript`).
"""

from __future__ import annotations

import mmap
import re
import shutil
import tempfile
import weakref
from pathlib import Path

from vaguemestre.pj.ouvrier import pdfa_de
from vaguemestre.pj.pages import Structure

EN_MEMOIRE = 4 << 20
"""Bytes of one PDF kept in memory; a larger one waits on disk."""

_TETE = 1024
_QUEUE = 2048
# Names after which the bytes alone do not tell the whole story, or tell one worth a reader.
_NOMS = (
    rb"ObjStm|XRefStm|Encrypt|JavaScript|JS|EmbeddedFiles?|EF|Launch|ImportData|SubmitForm"
    rb"|GoTo[RE]|Rendition|RichMedia|XFA"
)
_SUSPECT = re.compile(_NOMS + rb"|Type|Page")
# A name ends at white space or at a delimiter; one with « # » hides the letters of another.
_MARQUES = re.compile(
    rb"/(?:((?:" + _NOMS + rb")(?=[\0\t\n\f\r ()<>\[\]{}/%]|\Z))"
    rb"|([A-Za-z]{0,20}#[0-9A-Fa-f]{2}[A-Za-z0-9#]{0,60})"
    rb"|(Type\s*/Page(?![A-Za-z]))|(ByteRange)|(Metadata))"
)
_SUSPECTE, _ECHAPPEE, _PAGE, _SIGNATURE, _METADONNEES = range(1, 6)
_ECHAPPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_TABLE = re.compile(rb"startxref\s+([0-9]{1,12})\s+%%EOF")
_DEBUT_TABLE = re.compile(rb"\s{0,20}(?:xref|[0-9]{1,10}\s{1,20}[0-9]{1,5}\s{1,20}obj)")
_XMP = b"pdfaid:part"
Octets = bytes | mmap.mmap


def est_pdf(tete: bytes) -> bool:
    """Adobe's own readers look for the header within the first 1024 bytes."""
    return b"%PDF-" in tete[: _TETE + 5]


def vue_directe(octets: Octets) -> Structure | None:
    """The structure of a PDF that hides nothing; None: only a reader can tell.

    `faute` when its last startxref leads nowhere; one without any startxref is told elsewhere.
    """
    vues = [0] * 6
    for trouve in _MARQUES.finditer(octets):
        marque = trouve.lastindex or 0
        if marque == _SUSPECTE or (marque == _ECHAPPEE and _cache(trouve[_ECHAPPEE])):
            return None
        vues[marque] += 1
    xmp = octets.find(_XMP) if vues[_METADONNEES] else -1
    return Structure(
        pages=vues[_PAGE],
        faute=_faute_de_table(octets),
        pdfa=pdfa_de(octets[max(xmp - 256, 0) : xmp + 512]) if xmp >= 0 else "",
        signatures=vues[_SIGNATURE],
    )


def _cache(nom: bytes) -> bool:
    """Whether an escaped name (`J#61vaScript`) is one that calls for a reader."""
    clair = _ECHAPPE.sub(lambda signe: bytes([int(signe[1], 16)]), nom)
    return _SUSPECT.fullmatch(clair) is not None


def _faute_de_table(octets: Octets) -> str:
    """The last startxref leads to a table, counted from the header or from the first byte."""
    tables = _TABLE.findall(octets[max(len(octets) - _QUEUE, 0) :])
    if not tables:
        return ""
    debut = max(octets.find(b"%PDF-", 0, _TETE + 5), 0)
    ici = int(tables[-1])
    if any(_DEBUT_TABLE.match(octets, depart + ici) for depart in (debut, 0)):
        return ""
    return "startxref ne mène pas à la table des objets"


def vue_du_pdf(pdf: bytes | Path) -> Structure | None:
    """The same of a PDF in memory or on disk."""
    if isinstance(pdf, bytes):
        return vue_directe(pdf)
    with pdf.open("rb") as flux, mmap.mmap(flux.fileno(), 0, access=mmap.ACCESS_READ) as octets:
        return vue_directe(octets)


class Recueil:
    """The bytes of one PJ as they come; kept only while they may be those of a PDF.

    Up to `EN_MEMOIRE` bytes stay in memory, then a temporary file takes over: `pdf` is the bytes
    or the path of that file, None when the PJ is no PDF.
    """

    def __init__(self) -> None:
        self._octets = bytearray()
        self._pdf: bool | None = None
        self._menage: weakref.finalize[..., Recueil] | None = None
        self._chemin: Path | None = None

    def feed(self, octets: bytes) -> None:
        if self._pdf is False:
            return
        self._octets += octets
        if self._pdf is None:
            self._reconnaitre()
        if len(self._octets) > EN_MEMOIRE:
            self._deborder()

    def _reconnaitre(self) -> None:
        if est_pdf(bytes(self._octets[: _TETE + 5])):
            self._pdf = True
        elif len(self._octets) > _TETE + 5:
            self._pdf = False
            self._octets.clear()

    def _deborder(self) -> None:
        if self._chemin is None:
            dossier = tempfile.mkdtemp(prefix="vaguemestre-pj-")
            # A PJ that is given up half-way is forgotten without a word: so is its file.
            self._menage = weakref.finalize(self, shutil.rmtree, dossier, ignore_errors=True)
            self._chemin = Path(dossier) / "piece.pdf"
        with self._chemin.open("ab") as flux:
            flux.write(self._octets)
        self._octets.clear()

    @property
    def pdf(self) -> bytes | Path | None:
        if not self._pdf:
            return None
        if self._chemin is None:
            return bytes(self._octets)
        if self._octets:
            self._deborder()
        return self._chemin

    def vider(self) -> None:
        """Forget everything; what was on disk is removed."""
        self._octets.clear()
        self._pdf = False
        self._chemin = None
        if self._menage is not None:
            self._menage()
