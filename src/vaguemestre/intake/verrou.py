"""One daemon per folder: an flock that the system frees when the process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType

from vaguemestre.errors import RessourceError, VerrouError

NOM = ".vaguemestre.lock"
# The workers of a killed daemon notice within milliseconds; a slow disk may hold them a while.
_AGONIE, _REGARD = 10.0, 0.05


class Verrou:
    """Holds the lock of a folder from `prendre` (or `with`) to `rendre`."""

    def __init__(self, racine: Path) -> None:
        self._chemin = racine / NOM
        self._descripteur: int | None = None

    def prendre(self) -> None:
        """Take the lock at once or not at all; only the last works of a dead daemon are waited for.

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
        fin = time.monotonic() + _AGONIE
        while not _poser(descripteur):
            autre = os.pread(descripteur, 20, 0).decode("ascii", "replace").strip() or "inconnu"
            if _vit(autre) or time.monotonic() > fin:
                os.close(descripteur)
                raise VerrouError(
                    f"un démon (processus {autre}) travaille déjà sur {self._chemin.parent}"
                )
            time.sleep(_REGARD)
        os.ftruncate(descripteur, 0)
        os.write(descripteur, f"{os.getpid()}\n".encode())
        self._descripteur = descripteur

    @property
    def descripteur(self) -> int | None:
        """The open lock: a process that inherits it keeps the folder locked as long as it lives."""
        return self._descripteur

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


def _poser(descripteur: int) -> bool:
    try:
        fcntl.flock(descripteur, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _vit(numero: str) -> bool:
    """Is there a process of that number? What cannot be read counts as one."""
    try:
        os.kill(int(numero), 0)
    except ProcessLookupError:
        return False
    except (ValueError, OverflowError, PermissionError):
        return True
    return True
