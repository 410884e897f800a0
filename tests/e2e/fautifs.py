"""Deposits that somebody gets wrong, or makes with bad intentions; all fictitious."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

BOMBE = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "dixdixdix">'
    + b"".join(b'<!ENTITY %c "%s">' % (c + 1, b"&%c;" % c * 10) for c in range(97, 107))
    + b']><n:PES_Aller xmlns:n="http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller">'
    + b"&k;</n:PES_Aller>"
)
EXTERNE = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b'<n:PES_Aller xmlns:n="http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller">'
    b"<Enveloppe>&x;</Enveloppe></n:PES_Aller>"
)
PAS_DU_XML = "Bonjour, ci-joint les mandats.\r\n".encode("cp1252")
TRONQUE = (
    b'<?xml version="1.0" encoding="ISO-8859-1"?>'
    b'<n:PES_Aller xmlns:n="http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller"><Enveloppe>'
)


def en_zip(fichiers: dict[str, bytes]) -> bytes:
    """The bytes of a zip with these members, whatever their names."""
    tampon = io.BytesIO()
    with zipfile.ZipFile(tampon, "w", zipfile.ZIP_DEFLATED) as archive:
        for nom, octets in fichiers.items():
            archive.writestr(nom, octets)
    return tampon.getvalue()


def du_dossier(dossier: Path) -> dict[str, bytes]:
    """Names and bytes of the files of a folder."""
    return {path.name: path.read_bytes() for path in sorted(dossier.iterdir())}


def zip_glissant(dossier: Path) -> bytes:
    """A good deposit, and one member that climbs out of its folder."""
    return en_zip(du_dossier(dossier) | {"../../../sorti.txt": b"dehors"})


def zip_bombe(dossier: Path) -> bytes:
    """A good deposit, and 300 MB of zeros."""
    return en_zip(du_dossier(dossier) | {"zeros.bin": bytes(300_000_000)})


def remplacer(dossier: Path, avant: bytes, apres: bytes) -> Path:
    """Change the data file of a deposit; the text must be there."""
    (tableau,) = dossier.glob("*.csv")
    octets = tableau.read_bytes()
    assert avant in octets
    tableau.write_bytes(octets.replace(avant, apres))
    return dossier


def un_pdf(dossier: Path) -> Path:
    """The first PDF of a deposit."""
    return sorted(dossier.glob("*.pdf"))[0]
