"""One daemon per folder: an flock that the system frees when the process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType

from vaguemestre.errors import RessourceError, VerrouError

NOM = ".vaguemestre.lock"


class Verrou:
    """Holds the lock of a folder from `prendre` (or `with`) to `rendre`."""

    def __init__(self, racine: Path) -> None:
        self._chemin = racine / NOM
        self._descripteur: int | None = None

    def prendre(self) -> None:
        """Take the lock at once or not at all.

        Raises:
            VerrouError: another process holds it; its number is said.
            RessourceError: the lock file cannot be written.
        """
        try:
            self._chemin.parent.mkdir(parents=True, exist_ok=True)
            descripteur = os.open(self._chemin, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise RessourceError(
                f"verrou impossible : {self._chemin} ({error.strerror})"
            ) from error
        try:
            fcntl.flock(descripteur, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            autre = os.read(descripteur, 20).decode("ascii", "replace").strip() or "inconnu"
            os.close(descripteur)
            raise VerrouError(
                f"un démon (processus {autre}) travaille déjà sur {self._chemin.parent}"
            ) from error
        os.ftruncate(descripteur, 0)
        os.write(descripteur, f"{os.getpid()}\n".encode())
        self._descripteur = descripteur

    def rendre(self) -> None:
        if self._descripteur is not None:
            os.close(self._descripteur)
            self._descripteur = None

    def __enter__(self) -> Verrou:
        self.prendre()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.rendre()
