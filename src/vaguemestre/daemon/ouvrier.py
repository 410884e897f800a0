"""One helping process of the daemon (`equipe`): its workers, until the daemon says so or dies.

On standard input: the configuration, as one line; then one byte for each word of the daemon. When
the input ends, the daemon is dead, and so is this process, at once: whatever its workers were at,
the next daemon takes up.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

from vaguemestre.config.sections import Configuration
from vaguemestre.daemon.annonces import journaliser
from vaguemestre.daemon.equipe import FIN
from vaguemestre.daemon.travail import Travail
from vaguemestre.engine.mort import mourir_avec
from vaguemestre.errors import IntegrityError
from vaguemestre.wiring import Portes

_ORPHELIN = 3
_MOTS = 4096


def aider(entree: int) -> int:
    """Work as the daemon at the other end of `entree` wants; the exit code."""
    config = Configuration.model_validate_json(_ligne(entree))
    portes = Portes(config, mourir_avec(os.getppid()))
    travail = Travail(portes)
    signal.signal(signal.SIGTERM, lambda *_: travail.ouvriers.arreter())
    travail.ouvriers.demarrer()
    threading.Thread(target=_ecouter, args=(entree, travail), daemon=True).start()
    try:
        travail.ouvriers.attendre()
    except IntegrityError as error:
        sys.stderr.write(f"{error.code} {error.message}\n")
        return error.exit_code
    finally:
        portes.fermer()
    return 0


def _ecouter(entree: int, travail: Travail) -> None:
    while mots := os.read(entree, _MOTS):
        if FIN in mots:
            travail.ouvriers.arreter()
        else:
            travail.ouvriers.reveiller()
    os._exit(_ORPHELIN)


def _ligne(entree: int) -> bytes:
    """Up to the end of the line and not one byte more: what follows are the daemon's words."""
    lus = bytearray()
    while not lus.endswith(b"\n"):
        octet = os.read(entree, 1)
        if not octet:
            raise SystemExit(_ORPHELIN)
        lus += octet
    return bytes(lus)


if __name__ == "__main__":
    journaliser()
    sys.exit(aider(sys.stdin.fileno()))
