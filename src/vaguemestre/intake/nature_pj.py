"""What kind of document a justificatif is, by its first bytes and its extension."""

from __future__ import annotations

import re

from vaguemestre.formats import pkcs7

# What the first bytes say, in order; the last columns are what people call it.
_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF-", "application/pdf", "un PDF"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "une image PNG"),
    (b"\xff\xd8\xff", "image/jpeg", "une photo JPEG"),
    (b"II*\0", "image/tiff", "une image TIFF"),
    (b"MM\0*", "image/tiff", "une image TIFF"),
    (b"PK\x03\x04", "application/zip", "un zip ou un document bureautique"),
    (b"\xd0\xcf\x11\xe0", "application/msword", "un document Office ancien"),
    (b"\x1f\x8b", "application/gzip", "un fichier compressé gzip"),
    (b"MZ", "application/octet-stream", "un programme"),
)
_BUREAUTIQUE = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "zip": "application/zip",
}
_ANCIENS = {"doc": "application/msword", "xls": "application/vnd.ms-excel"}
ATTENDUS: dict[str, tuple[str, ...]] = {
    "pdf": ("application/pdf",),
    "xml": ("application/xml",),
    "xhl": ("application/xml",),
    "png": ("image/png",),
    "jpg": ("image/jpeg",),
    "jpeg": ("image/jpeg",),
    "tif": ("image/tiff",),
    "tiff": ("image/tiff",),
    "p7s": (pkcs7.MIME,),
}
PREFERES = frozenset({"application/pdf", "application/xml", pkcs7.MIME})
"""Formats the accord local prefers (1.4); another one is a warning."""


def reconnaitre(tete: bytes, extension: str) -> tuple[str, str]:
    """(MIME type, what people call it) of a document by its first bytes."""
    for signature, mime, appellation in _SIGNATURES:
        if tete.startswith(signature):
            if mime == "application/zip":
                return _BUREAUTIQUE.get(extension, mime), appellation
            if mime == "application/msword":
                return _ANCIENS.get(extension, mime), appellation
            return mime, appellation
    if b"%PDF-" in tete[:1024]:
        return "application/pdf", "un PDF"
    if pkcs7.est_pkcs7(tete):
        return pkcs7.MIME, "une signature détachée (PKCS#7)"
    debut = tete.removeprefix(b"\xef\xbb\xbf").lstrip()
    if debut[:9].lower() == b"<!doctype" or debut[:5].lower() == b"<html":
        return "text/html", "une page web"
    if re.match(rb"<\?xml|<[A-Za-z_!]", debut):
        return "application/xml", "un fichier XML"
    if b"\0" not in tete:
        mime = "text/csv" if extension == "csv" else "text/plain"
        return mime, "un fichier texte"
    return "application/octet-stream", "un fichier de format inconnu"
