"""A received folder as one object: a plain tar, the same bytes for the same files.

One object instead of a dozen: the disk is waited for once, and what came together stays together.
Any tar opens it, without this program, in ten years as today.
"""

from __future__ import annotations

import tarfile
from collections.abc import Sequence
from pathlib import Path


def emballer(racine: Path, fichiers: Sequence[Path], vers: Path) -> None:
    """Write `fichiers`, named from `racine`, into the new file `vers`, in the given order.

    Times, owners and modes are not kept: they are not the sender's, and equal deposits must give
    equal bytes.

    Raises:
        OSError: a file cannot be read, the disk is full.
    """
    with tarfile.open(vers, "x", format=tarfile.PAX_FORMAT) as archive:
        for fichier in fichiers:
            with fichier.open("rb") as contenu:
                fiche = tarfile.TarInfo(fichier.relative_to(racine).as_posix())
                fiche.size = fichier.stat().st_size
                archive.addfile(fiche, contenu)
