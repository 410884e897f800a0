"""Answers that the program itself could not take: kept, shown, and tried again at a slow pace.

What is known of them lies beside them, not in the register: nothing was done that the log would
have to prove. The bytes of such an answer stay in its partner's folder until it goes through.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from vaguemestre.engine.worker import texte
from vaguemestre.workflows.maison import Maison

_MARQUE = ".echec-"
_PREMIERE, _DERNIERE = timedelta(minutes=5), timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Echec:
    """One answer that waits. Times are ISO texts; `essais`: how often it was tried."""

    partenaire: str
    nom: str
    motif: str
    essais: int
    depuis: str
    prochain: str


class Echecs:
    """Those of one partner; `boite`: the folder where its answers lie until they are recorded."""

    def __init__(self, maison: Maison, partenaire: str, boite: Path) -> None:
        self._horloge, self._partenaire, self._boite = maison.horloge, partenaire, boite

    def attend(self, nom: str) -> bool:
        """It failed, and is not to be tried again yet."""
        vu = _lire(self._marque(nom))
        return vu is not None and self._horloge.now() < datetime.fromisoformat(vu.prochain)

    def noter(self, nom: str, faute: BaseException) -> None:
        """It failed (once more): the wait doubles, up to a day."""
        vu, maintenant = _lire(self._marque(nom)), self._horloge.now()
        essais = 1 if vu is None else vu.essais + 1
        echec = Echec(
            partenaire=self._partenaire,
            nom=nom,
            motif=texte(faute),
            essais=essais,
            depuis=maintenant.isoformat() if vu is None else vu.depuis,
            prochain=(
                maintenant + min(_PREMIERE * 2 ** min(essais - 1, 12), _DERNIERE)
            ).isoformat(),
        )
        brouillon = self._boite / f"{self._marque(nom).name}.neuf"
        brouillon.write_text(json.dumps(asdict(echec), ensure_ascii=False), "utf-8")
        brouillon.replace(self._marque(nom))

    def oublier(self, nom: str) -> None:
        """It went through."""
        self._marque(nom).unlink(missing_ok=True)

    def _marque(self, nom: str) -> Path:
        # A name of its own length would not fit everywhere.
        return self._boite / f"{_MARQUE}{hashlib.sha256(nom.encode()).hexdigest()[:24]}"


def fichier_de(maison: Maison, echec: Echec) -> Path:
    """Where the answer lies until it goes through."""
    return maison.travail / "reponses" / echec.partenaire / echec.nom


def verrou_de(partenaire: str, nom: str) -> str:
    """The lock of whoever takes this answer: the daemon, or a person by hand."""
    return f"prise {partenaire} {nom}"


def en_echec(maison: Maison) -> list[Echec]:
    """Every answer that the program could not take, of all partners, oldest first."""
    return sorted(_tous(maison), key=lambda echec: (echec.depuis, echec.nom))


def _tous(maison: Maison) -> Iterator[Echec]:
    for marque in (maison.travail / "reponses").glob(f"*/{_MARQUE}*"):
        echec = None if marque.suffix else _lire(marque)
        if echec is not None:
            yield echec


def _lire(marque: Path) -> Echec | None:
    """None where there is none, or one that a full disk cut short."""
    try:
        return Echec(**json.loads(marque.read_text("utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None
