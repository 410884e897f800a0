"""A received folder as one object: a plain tar, the same bytes for the same files.

One object instead of a dozen: the disk is waited for once, and what came together stays together.
Any tar opens it, without this program, in ten years as today.
"""

from __future__ import annotations

import errno
import hashlib
import os
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from vaguemestre.ports import Empreinte

_MORCEAU = 1 << 20


def emballer(racine: Path, fichiers: Sequence[str], vers: Path) -> Empreinte:
    """Write `fichiers`, paths from `racine`, into the new file `vers`, in the given order.

    Times, owners and modes are not kept: they are not the sender's, and equal deposits must give
    equal bytes. The digests are those of the bytes that were written.

    Raises:
        OSError: a file cannot be read, or changes while it is; the disk is full.
    """
    with vers.open("xb", buffering=_MORCEAU) as sortie:
        bande = _Bande(sortie)
        for nom in fichiers:
            with (racine / nom).open("rb", buffering=0) as contenu:
                bande.ajouter(nom, contenu)
        return bande.finir()


class _Bande:
    """A tar as it is written, and its digests: `tarfile` would have it read back for them."""

    def __init__(self, sortie: BinaryIO) -> None:
        self._sortie = sortie
        self._sha256, self._sha1 = hashlib.sha256(), hashlib.sha1(usedforsecurity=False)
        self._taille = 0

    def ajouter(self, nom: str, contenu: BinaryIO) -> None:
        fiche = tarfile.TarInfo(nom)
        fiche.size = reste = os.fstat(contenu.fileno()).st_size
        self._ecrire(fiche.tobuf(tarfile.PAX_FORMAT))
        while reste:
            morceau = contenu.read(min(reste, _MORCEAU))
            if not morceau:
                raise OSError(errno.EIO, "fichier raccourci pendant sa lecture", nom)
            self._ecrire(morceau)
            reste -= len(morceau)
        self._remplir(tarfile.BLOCKSIZE)

    def finir(self) -> Empreinte:
        """Two empty blocks, then up to a whole record, as every tar ends."""
        self._ecrire(bytes(2 * tarfile.BLOCKSIZE))
        self._remplir(tarfile.RECORDSIZE)
        return Empreinte(self._sha256.hexdigest(), self._sha1.hexdigest(), self._taille)

    def _remplir(self, pas: int) -> None:
        self._ecrire(bytes(-self._taille % pas))

    def _ecrire(self, octets: bytes) -> None:
        self._sortie.write(octets)
        self._sha256.update(octets)
        self._sha1.update(octets)
        self._taille += len(octets)
