"""Content of a PJ: strict base64, then gzip, then what kind of file it really is.

Everything flows through bounded buffers: a PJ of any size costs a few hundred kilobytes.
Source: pes.md §5.7, §8.1, §13 row 15 (« gunzip(base64) works and matches MIMEType »). base64 is
decoded strictly here because libxml2 lets stray characters pass (§1.9).
"""

from __future__ import annotations

import binascii
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol
from xml.parsers import expat

import pybase64
from isal import igzip_lib, isal_zlib

from vaguemestre.errors import Gravite
from vaguemestre.formats.examen_pj import Receveur
from vaguemestre.formats.pkcs7 import est_pkcs7

# Stands among the names of a PJ's facts where its content is not plainly sound.
DOUTE = "contenu douteux"
_BLANCS = b" \t\r\n"
_SORTIE = 1 << 20
_TETE = 2048
_QUEUE = 8192
# Adobe's own readers look for the header within the first 1024 bytes.
_PDF_DEBUT = 1024


class SuiteXml(Protocol):
    """Listens to the elements of an XML original."""

    def brancher(self, parser: expat.XMLParserType, /) -> None: ...

    def constats(self, pj: Any, /) -> Iterable[tuple[str, Gravite, Any]]:
        """(rule, gravity, finding), placed at the PJ."""
        ...


@dataclass(frozen=True, slots=True)
class ContenuVu:
    """What was seen of one `Fichier`.

    `taille` is that of the original in bytes (after gunzip). `base64` and `gzip` hold what is
    wrong, in French, or ''; `nature` is the kind recognised (« pdf », « zip »…) or ''; `defaut`
    says what is wrong with a file of that kind (truncated PDF, XML not well formed), `reserve`
    what most readers forgive. `recu`: who took the bytes of an original that opened; `suite`: who
    heard the elements of one that is XML.
    """

    taille: int = 0
    taille_base64: int = 0
    base64: str = ""
    gzip: str = ""
    nature: str = ""
    defaut: str = ""
    reserve: str = ""
    ouvert: bool = False
    recu: Receveur | None = field(default=None, compare=False, repr=False)
    suite: SuiteXml | None = field(default=None, compare=False, repr=False)

    @property
    def vide(self) -> bool:
        return self.taille_base64 == 0

    @property
    def sain(self) -> bool:
        """Nothing to say about the content itself: it is there and opens."""
        return self.ouvert and self.taille > 0 and not self.defaut and not self.reserve


class Ouvreur:
    """Takes the text of a `Fichier` piece by piece, as found in the XML; `fin` gives the verdict.

    Args:
        gunzip: False = only the base64 is checked.
        expansion_max: bytes that one PJ may take once uncompressed.
        receveur: who else wants the bytes of the original.
        suite: makes who listens to the elements of an original that is XML.
    """

    def __init__(
        self,
        *,
        gunzip: bool,
        expansion_max: int,
        receveur: Receveur | None = None,
        suite: Callable[[], SuiteXml] | None = None,
    ) -> None:
        self._gzip = _Gunzip(expansion_max, receveur, suite) if gunzip else None
        self._reste = b""
        self._caracteres = 0
        self._termine = False
        self._base64 = ""

    def feed(self, texte: bytes) -> bool:
        """One more piece of base64 text, white space allowed anywhere; False once it is wrong."""
        self._prendre(texte)
        return not self._base64

    def _prendre(self, texte: bytes) -> None:
        if any(blanc in texte for blanc in (b"\n", b"\r", b" ", b"\t")):
            texte = texte.translate(None, _BLANCS)
        if not texte:
            return
        self._caracteres += len(texte)
        if self._base64:
            return
        if self._termine:
            self._base64 = "des caractères suivent le signe « = » final"
            return
        texte = self._reste + texte if self._reste else texte
        entier = len(texte) & ~3
        self._reste = texte[entier:]
        if entier:
            self._decoder(texte[:entier])

    def _decoder(self, quads: bytes) -> None:
        try:
            octets = pybase64.b64decode(quads, validate=True)
        except (binascii.Error, ValueError):
            self._base64 = (
                "un caractère n'appartient pas à l'alphabet base64, ou « = » est mal placé"
            )
            return
        if quads.endswith(b"="):
            self._termine = True
            if pybase64.b64encode(octets[-(len(octets) % 3) :]) != quads[-4:]:
                self._base64 = "le dernier groupe base64 n'est pas sous sa forme normale"
        if self._gzip is not None:
            self._gzip.feed(octets)

    def fin(self) -> ContenuVu:
        if self._reste and not self._base64:
            self._base64 = "le texte base64 est coupé : sa longueur n'est pas un multiple de quatre"
        vu = ContenuVu(taille_base64=self._caracteres, base64=self._base64)
        if self._gzip is None or self._base64 or not self._caracteres:
            return vu
        return self._gzip.fin(self._caracteres)


class _Gunzip:
    """Streaming gunzip with its bound; keeps the head and the tail of the original."""

    def __init__(
        self,
        expansion_max: int,
        receveur: Receveur | None,
        suite: Callable[[], SuiteXml] | None,
    ) -> None:
        self._suite = suite
        self._max = expansion_max
        self._receveur = receveur
        self._membre = isal_zlib.decompressobj(wbits=31)
        self._faute = ""
        self._tete = b""
        self._queue = b""
        self._taille = 0
        self._complet = False
        self._debut = b""
        self._xml: _Xml | None = None

    def feed(self, octets: bytes) -> None:
        if self._faute:
            return
        if len(self._debut) < 2:
            self._debut = (self._debut + octets)[:2]
            if len(self._debut) == 2 and self._debut != b"\x1f\x8b":
                self._faute = "n'est pas compressé en gzip"
                self._retenir(octets[:_TETE])
                return
        while octets and not self._faute:
            octets = self._tranche(octets)

    def _tranche(self, octets: bytes) -> bytes:
        if self._complet:
            # Several members in a row are one gzip file (RFC 1952 §2.2); zeros are padding.
            octets = octets.lstrip(b"\0")
            if octets and octets[0] != 0x1F:
                self._faute = "porte des octets étrangers après la fin du gzip"
            self._membre, self._complet = isal_zlib.decompressobj(wbits=31), not octets
            return octets
        try:
            sortie = self._membre.decompress(octets, _SORTIE)
        except igzip_lib.IsalError as error:  # type: ignore[misc]  # isal's stubs are wrong
            checksum = "checksum" in str(error).lower() or "crc" in str(error).lower()
            self._faute = (
                "a un contrôle gzip (CRC) faux"
                if checksum
                else "ne se décompresse pas (gzip abîmé)"
            )
            return b""
        self._retenir(sortie)
        if self._membre.eof:
            self._complet = True
            return bytes(self._membre.unused_data)
        return bytes(self._membre.unconsumed_tail)

    def _retenir(self, sortie: bytes) -> None:
        self._taille += len(sortie)
        if self._taille > self._max:
            self._faute = f"dépasse {self._max} octets une fois décompressé"
            return
        if self._receveur is not None:
            self._receveur.feed(sortie)
        if len(self._tete) < _TETE:
            avant = self._tete
            self._tete = (avant + sortie)[:_TETE]
            if self._xml is None and _debut_xml(self._tete):
                self._xml = _Xml(None if self._suite is None else self._suite())
                self._xml.feed(avant)
        if len(sortie) >= _QUEUE:
            self._queue = sortie[-_QUEUE:]
        else:
            self._queue = (self._queue + sortie)[-_QUEUE:]
        if self._xml is not None:
            self._xml.feed(sortie)

    def fin(self, caracteres: int) -> ContenuVu:
        if not self._faute and not self._complet:
            self._faute = "est coupé : la fin du gzip manque"
        nature, defaut = nature_de(self._tete), ""
        if not self._faute:
            defaut = self._xml.fin() if self._xml is not None else ""
            if defaut and not _est_xml(self._tete):
                # Text that begins with « < » and never said it was XML.
                nature, defaut = "texte", ""
            defaut = defaut or defaut_de(nature, self._queue)
        return ContenuVu(
            taille=self._taille,
            taille_base64=caracteres,
            gzip=self._faute,
            nature=nature,
            defaut=defaut,
            reserve=_reserve(nature, self._queue) if not defaut else "",
            ouvert=not self._faute,
            recu=self._receveur if not self._faute else None,
            suite=None if self._xml is None or defaut else self._xml.suite,
        )


class _Xml:
    """Is an XML file inside a PJ well formed, without DOCTYPE? expat, in constant memory."""

    def __init__(self, suite: SuiteXml | None) -> None:
        self.suite = suite
        self._parser = expat.ParserCreate()
        if suite is not None:
            suite.brancher(self._parser)
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._faute = ""

    def _doctype(self, *_: object) -> None:
        self._faute = "le fichier XML porte un DOCTYPE, refusé par sécurité"
        raise ValueError(self._faute)

    def feed(self, octets: bytes) -> None:
        self._analyser(octets, final=False)

    def _analyser(self, octets: bytes, *, final: bool) -> None:
        if self._faute:
            return
        try:
            self._parser.Parse(octets, final)
        except (expat.ExpatError, ValueError, LookupError) as error:
            ligne = getattr(error, "lineno", None)
            self._noter(f"le fichier XML est mal formé (ligne {ligne})")

    def _noter(self, faute: str) -> None:
        """The first thing wrong says enough."""
        self._faute = self._faute or faute

    def fin(self) -> str:
        self._analyser(b"", final=True)
        return self._faute


def _est_xml(tete: bytes) -> bool:
    return tete.removeprefix(b"\xef\xbb\xbf").lstrip()[:5] == b"<?xml"


def _debut_xml(tete: bytes) -> bool:
    return tete.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<"


_SIGNATURES: tuple[tuple[str, bytes], ...] = (
    ("zip", b"PK\x03\x04"),
    ("zip", b"PK\x05\x06"),
    ("png", b"\x89PNG\r\n\x1a\n"),
    ("jpg", b"\xff\xd8\xff"),
    ("gif", b"GIF8"),
    ("tif", b"II*\0"),
    ("tif", b"MM\0*"),
    ("ole", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    ("rtf", b"{\\rtf"),
    ("gzip", b"\x1f\x8b"),
    ("exe", b"MZ"),
)


def nature_de(tete: bytes) -> str:
    """The kind of file, from its first bytes; « texte » when it reads as text, '' unknown."""
    if b"%PDF-" in tete[: _PDF_DEBUT + 5]:
        return "pdf"
    for nom, magie in _SIGNATURES:
        if tete.startswith(magie):
            return nom
    if _debut_xml(tete):
        return "xml"
    if est_pkcs7(tete):
        return "pkcs7"
    return "" if b"\0" in tete or not tete else "texte"


def _defaut_pdf(queue: bytes) -> str:
    return "" if b"%%EOF" in queue else "le PDF est coupé : la marque de fin %%EOF manque"


def _reserve(nature: str, queue: bytes) -> str:
    """Readers rebuild a PDF without startxref; archives should not hold one."""
    if nature == "pdf" and b"startxref" not in queue:
        return "la table des objets du PDF (startxref) manque"
    return ""


def _defaut_zip(queue: bytes) -> str:
    return "" if b"PK\x05\x06" in queue else "l'archive zip est coupée : sa table finale manque"


def _defaut_png(queue: bytes) -> str:
    return "" if b"IEND" in queue else "l'image PNG est coupée : sa marque de fin manque"


def _defaut_jpg(queue: bytes) -> str:
    return "" if b"\xff\xd9" in queue else "l'image JPEG est coupée : sa marque de fin manque"


_FINS: dict[str, Callable[[bytes], str]] = {
    "pdf": _defaut_pdf,
    "zip": _defaut_zip,
    "png": _defaut_png,
    "jpg": _defaut_jpg,
}


def defaut_de(nature: str, queue: bytes) -> str:
    """What is wrong with the end of a file of that kind, or ''."""
    controle = _FINS.get(nature)
    return controle(queue) if controle else ""


@dataclass(frozen=True, slots=True)
class Format:
    """What an extension promises: the MIME types it may carry and the kind of bytes."""

    mimes: frozenset[str]
    natures: frozenset[str]


def _format(mimes: str, natures: str) -> Format:
    return Format(frozenset(mimes.split()), frozenset(natures.split()))


FORMATS: dict[str, Format] = {
    "pdf": _format("application/pdf application/x-pdf", "pdf"),
    "xml": _format("application/xml text/xml", "xml"),
    "png": _format("image/png", "png"),
    "jpg": _format("image/jpeg image/jpg image/pjpeg", "jpg"),
    "jpeg": _format("image/jpeg image/jpg image/pjpeg", "jpg"),
    "gif": _format("image/gif", "gif"),
    "tif": _format("image/tiff", "tif"),
    "tiff": _format("image/tiff", "tif"),
    "zip": _format("application/zip application/x-zip-compressed", "zip"),
    "docx": _format(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "zip"
    ),
    "xlsx": _format("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "zip"),
    "odt": _format("application/vnd.oasis.opendocument.text", "zip"),
    "ods": _format("application/vnd.oasis.opendocument.spreadsheet", "zip"),
    "doc": _format("application/msword", "ole rtf"),
    "xls": _format("application/vnd.ms-excel", "ole"),
    "rtf": _format("application/rtf text/rtf", "rtf"),
    "p7s": _format("application/pkcs7-signature application/x-pkcs7-signature", "pkcs7"),
    "txt": _format("text/plain", "texte xml"),
    "csv": _format("text/csv text/plain application/csv", "texte xml"),
}

MIMES: dict[str, frozenset[str]] = {
    mime: frozenset().union(*(f.natures for f in FORMATS.values() if mime in f.mimes))
    for fmt in FORMATS.values()
    for mime in fmt.mimes
}
