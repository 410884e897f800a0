"""PDFs written by hand, sound and hostile, one trait each."""

from __future__ import annotations

import zlib

PAGE = b"/Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]"
POLICE = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
CATALOGUE = b"<< /Type /Catalog /Pages 2 0 R >>"
UNE_PAGE = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
RESSOURCES = b"/Resources << /Font << /F1 5 0 R >> /XObject << /Im 6 0 R /Fm 7 0 R >> >>"
IMAGE = (
    b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray"
    b" /BitsPerComponent 8 /Length 1 >>\nstream\n\x80\nendstream"
)
PLEINE = b"q 595 0 0 842 0 0 cm /Im Do Q "
TEXTE = (
    b"BT /F1 11 Tf 50 780 Td 14 TL " + b"(Facture FA2026-00118 du fournisseur) Tj T* " * 6 + b"ET "
)


def flux(octets: bytes, plus: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(octets), plus, octets)


def pdf(objets: list[bytes], queue: bytes = b"") -> bytes:
    """A PDF with a plain table, of these objects; the first one is its catalogue."""
    sortie, places = bytearray(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n"), []
    for numero, objet in enumerate(objets, 1):
        places.append(len(sortie))
        sortie += b"%d 0 obj\n%s\nendobj\n" % (numero, objet)
    table = len(sortie)
    sortie += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objets) + 1)
    sortie += b"".join(b"%010d 00000 n \n" % place for place in places)
    fin = (len(objets) + 1, queue, table)
    sortie += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % fin
    return bytes(sortie)


def page(contenu: bytes, *autres: bytes, plus: bytes = b"", formulaire: bytes = b"") -> bytes:
    """One page that draws `contenu`; /Im is an image of one pixel, /Fm a form that draws it."""
    return pdf(
        [
            CATALOGUE,
            UNE_PAGE,
            b"<< %s /Contents 4 0 R %s %s >>" % (PAGE, RESSOURCES, plus),
            flux(contenu),
            POLICE,
            IMAGE,
            flux(
                formulaire or PLEINE,
                b"/Type /XObject /Subtype /Form /BBox [0 0 595 842]"
                b" /Resources << /XObject << /Im 6 0 R /Fm 7 0 R >> >>",
            ),
            *autres,
        ]
    )


def plusieurs(*contenus: bytes) -> bytes:
    """As many pages as contents."""
    n = len(contenus)
    pages = [b"<< %s /Contents %d 0 R %s >>" % (PAGE, 8 + n + k, RESSOURCES) for k in range(n)]
    kids = b" ".join(b"%d 0 R" % (8 + k) for k in range(n))
    tete = [CATALOGUE, b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, n), b"null", b"null"]
    corps = [*tete, POLICE, IMAGE, flux(PLEINE, b"/Type /XObject /Subtype /Form /BBox [0 0 9 9]")]
    return pdf([*corps, *pages, *map(flux, contenus)])


SAIN = page(TEXTE)
SCAN = page(PLEINE)
SANS_PAGE = pdf([CATALOGUE, b"<< /Type /Pages /Kids [] /Count 0 >>"])
CHIFFRE = pdf(
    [CATALOGUE, UNE_PAGE, b"<< %s >>" % PAGE],
    b"/Encrypt << /Filter /Standard /V 1 /R 2 /O (%s) /U (%s) /P -4 >> /ID [(a) (a)]"
    % (b"x" * 32, b"y" * 32),
)
# A form that draws itself three hundred times: pdfium goes on for ever.
SANS_FIN = page(b"/Fm Do " * 1000, formulaire=b"/Fm Do /Fm Do /Fm Do " * 100)
PAGES_EN_BOUCLE = pdf(
    [CATALOGUE, b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 1000000 >>"],
)


def bombe_de_formulaires() -> bytes:
    """Thirty forms, each drawing the next one ten times."""
    forme = b"/Type /XObject /Subtype /Form /BBox [0 0 9 9]"
    suite = [
        flux(b"/X Do " * 10, forme + b" /Resources << /XObject << /X %d 0 R >> >>" % (6 + k))
        for k in range(30)
    ]
    debut = b"<< %s /Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >> >>" % PAGE
    return pdf([CATALOGUE, UNE_PAGE, debut, flux(b"/X Do"), *suite, flux(b"0 0 m 1 1 l S", forme)])


def compresse(*objets: bytes) -> bytes:
    """A sound page whose other objects are hidden in a compressed stream (PDF 1.5)."""
    corps, places = b"", b""
    for rang, objet in enumerate(objets):
        places += b"%d %d " % (9 + rang, len(corps))
        corps += objet + b" "
    dedans = zlib.compress(places + corps)
    plus = b"/Type /ObjStm /N %d /First %d /Filter /FlateDecode" % (len(objets), len(places))
    tete = [
        CATALOGUE.replace(b">>", b"/OpenAction 9 0 R >>"),
        UNE_PAGE,
        b"<< %s /Contents 4 0 R %s >>" % (PAGE, RESSOURCES),
        flux(TEXTE),
        POLICE,
        IMAGE,
        b"null",
        flux(dedans, plus),
    ]
    sortie, places_ = bytearray(b"%PDF-1.5\n"), []
    for numero, objet in enumerate(tete, 1):
        places_.append(len(sortie))
        sortie += b"%d 0 obj\n%s\nendobj\n" % (numero, objet)
    ici, fin = len(sortie), 9 + len(objets)
    lignes = [b"\0\0\0\0\0\0"]
    lignes += [b"\1" + place.to_bytes(4, "big") + b"\0" for place in places_]
    lignes += [b"\2" + (8).to_bytes(4, "big") + bytes([rang]) for rang in range(len(objets))]
    lignes.append(b"\1" + ici.to_bytes(4, "big") + b"\0")
    table = b"".join(lignes)
    sortie += b"%d 0 obj\n%s\nendobj\n" % (
        fin,
        flux(table, b"/Type /XRef /W [1 4 1] /Size %d /Root 1 0 R" % (fin + 1)),
    )
    sortie += b"startxref\n%d\n%%%%EOF\n" % ici
    return bytes(sortie)
