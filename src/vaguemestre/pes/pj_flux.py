"""The content of a PJ on its way from the disk into the file: gzip, then base64, in pieces.

A PJ may weigh 60 MB; no more than one piece of it is ever in memory. The gzip member carries
neither name nor time, so the same original always gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pybase64
from isal import isal_zlib

from vaguemestre.domain.comptable import PieceJustificative
from vaguemestre.errors import DepotError

# Level 1 packs PDFs (already deflated inside) as well as level 2 and text within 3 %, and is
# never slower. 128 KiB at a time stay in the processor's cache on their way through three passes.
NIVEAU = 1
TRANCHE = 128 * 1024
_GZIP = 31  # 15 bits of window, with a gzip header and trailer

# Incompressible input costs one stored-block header in a while: 0.06 % at most was measured, and
# 20 bytes of header and trailer. The bound is deliberately generous.
_SURCOUT_PAR_MILLE = 2
_SURCOUT_FIXE = 256


def base64_gzip(chemin: Path, ref: str) -> Iterator[bytes]:
    """The pieces of base64(gzip(file)), whose concatenation has no line break.

    Raises:
        DepotError: the file cannot be read.
    """
    reste = b""
    for compresse in _gzip(chemin, ref):
        entier = memoryview(reste + compresse if reste else compresse)
        plein = len(entier) - len(entier) % 3
        reste = bytes(entier[plein:])
        if plein:
            yield pybase64.b64encode(entier[:plein])
    if reste:
        yield pybase64.b64encode(reste)


def taille_originale(pj: PieceJustificative) -> int:
    """Bytes of the original: as the domain says, else as the disk says.

    Raises:
        DepotError: there is no file, or it cannot be read.
    """
    if pj.taille or pj.chemin is None:
        return pj.taille
    try:
        return pj.chemin.stat().st_size
    except OSError as error:
        raise DepotError(
            f"la pièce justificative {pj.nom} est illisible ({error.strerror})",
            ref=f"PJ {pj.id_unique}",
        ) from error


def taille_exacte(pj: PieceJustificative) -> int:
    """Bytes of base64(gzip(original)), by really compressing it.

    Raises:
        DepotError: the file cannot be read.
    """
    if pj.chemin is None:
        raise DepotError("cette PJ n'a pas de fichier", ref=f"PJ {pj.id_unique}")
    compresse = sum(len(piece) for piece in _gzip(pj.chemin, f"PJ {pj.id_unique}"))
    return (compresse + 2) // 3 * 4


def taille_bornee(octets: int) -> int:
    """An upper bound of `taille_exacte` for an original of so many bytes."""
    compresse = octets + octets * _SURCOUT_PAR_MILLE // 1000 + _SURCOUT_FIXE
    return (compresse + 2) // 3 * 4


def _gzip(chemin: Path, ref: str) -> Iterator[bytes]:
    try:
        with chemin.open("rb", buffering=0) as file:
            tranche = file.read(TRANCHE)
            if len(tranche) < TRANCHE and not file.read(1):
                yield isal_zlib.compress(tranche, NIVEAU, _GZIP)
                return
            file.seek(0)
            compresseur = isal_zlib.compressobj(NIVEAU, isal_zlib.DEFLATED, _GZIP)
            while tranche := file.read(TRANCHE):
                if piece := compresseur.compress(tranche):
                    yield piece
    except OSError as error:
        raise DepotError(
            f"la pièce justificative {chemin.name} est illisible ({error.strerror})", ref=ref
        ) from error
    yield compresseur.flush()
