"""What the workflows may use: the doors and settings that `wiring` chose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from threading import Lock, RLock
from typing import Literal

from vaguemestre.config.sections import Collectivite, Configuration
from vaguemestre.engine.run import Run
from vaguemestre.errors import ExchangeInterruptedError, RessourceError
from vaguemestre.indigo.dessins import Profil
from vaguemestre.pes.schema import Schemas
from vaguemestre.ports import (
    Clock,
    Coffre,
    Empreinte,
    Identifiants,
    Journal,
    LectureJournal,
    Memoire,
    Signer,
    Transport,
)
from vaguemestre.signature.confiance import Confiance
from vaguemestre.store.registre import Registre

Ranger = Callable[[Path, Literal["traites", "rejets"], str], Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class DepotPris:
    """A claimed deposit: its folder under `en-cours/`, what it was called, its body's folder."""

    identifiant: str
    nom: str
    collectivite: str
    genre: str
    dossier: Path


class Verrous:
    """One lock per key, in this process: what two flux of one body must not do together."""

    def __init__(self) -> None:
        self._garde = Lock()
        self._verrous: dict[str, RLock] = {}
        self._tenus: Counter[str] = Counter()

    @contextmanager
    def pour(self, cle: str, patience: float = -1) -> Iterator[None]:
        """Alone with this key; a key that nobody holds or waits for takes no memory.

        `patience` in seconds; by default one waits as long as it takes.

        Raises:
            RessourceError: the key is still held when patience is at its end.
        """
        with self._garde:
            verrou = self._verrous.setdefault(cle, RLock())
            self._tenus[cle] += 1
        try:
            if not verrou.acquire(timeout=patience):
                raise RessourceError(f"un autre travail tient « {cle} »")
            try:
                yield
            finally:
                verrou.release()
        finally:
            with self._garde:
                self._tenus[cle] -= 1
                if not self._tenus[cle]:
                    del self._verrous[cle], self._tenus[cle]


class Guichets:
    """A partner that does not answer holds one worker, never all of them.

    After a cut line, one sending at a time tries that partner; the others are put off at once,
    until one goes through.
    """

    def __init__(self) -> None:
        self._garde = Lock()
        self._muets: set[str] = set()
        self._occupes: Counter[str] = Counter()

    @contextmanager
    def pour(self, partenaire: str) -> Iterator[None]:
        """Around one exchange.

        Raises:
            ExchangeInterruptedError: the partner is silent, and another worker is trying it.
        """
        with self._garde:
            if partenaire in self._muets and self._occupes[partenaire]:
                raise ExchangeInterruptedError(
                    f"« {partenaire} » ne répond pas ; un autre envoi est en train de l'essayer"
                )
            self._occupes[partenaire] += 1
        try:
            yield
        except ExchangeInterruptedError:
            self._muets.add(partenaire)
            raise
        else:
            self._muets.discard(partenaire)
        finally:
            with self._garde:
                self._occupes[partenaire] -= 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Maison:
    """The open doors. Those that are functions open theirs once, when first asked for.

    `ranger` puts a claimed deposit away; `pointer` signs a checkpoint of the log and gives the
    note, `vkey` is the key to it, `lecture` a frozen view of the log; `travail` is a folder for
    files in the making, on the disk of the coffre.
    """

    config: Configuration
    registre: Registre
    journal: Journal
    coffre: Coffre
    schemas: Schemas
    horloge: Clock
    identifiants: Identifiants
    transport: Callable[[str], Transport]
    signataire: Callable[[Collectivite], Signer | None]
    confiance: Callable[[Collectivite], Confiance]
    dessin: Callable[[Collectivite], Profil | None]
    pointer: Callable[[], str]
    vkey: Callable[[], str]
    lecture: Callable[[], AbstractContextManager[LectureJournal]]
    ranger: Ranger
    travail: Path
    verrous: Verrous = field(default_factory=Verrous)
    guichets: Guichets = field(default_factory=Guichets)

    def jour(self) -> date:
        """The calendar day where this machine stands (TZ): what an office writes on a bordereau."""
        return self.horloge.now().astimezone().date()

    def run(self, identifiant: str) -> Run:
        return Run(identifiant, self.journal)

    @contextmanager
    def brouillon(self, suffixe: str) -> Iterator[Path]:
        """A path for a file in the making; whatever happens, nothing of it stays."""
        path = self.travail / f"{self.identifiants.jeton()}{suffixe}"
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def collectivite(self, dossier: str) -> Collectivite | None:
        return self.config.collectivite(dossier)

    def memoire(self, collectivite: Collectivite, sauf: frozenset[str] = frozenset()) -> Memoire:
        """The register as a rule sees it, without the flux of `sauf`."""
        return self.registre.memoire(
            sauf, depart_de(collectivite), cumul_base=self.config.pes.cumul_base
        )

    def relatif(self, path: Path) -> str:
        """How a path of ours stands in the log: from the configuration's folder, where it can.

        An installation may then be moved, and two runs of acceptance mode give the same log.
        """
        racine = self.config.racine
        return str(path.relative_to(racine) if path.is_relative_to(racine) else path)

    def efface(self, partenaire: str) -> bool:
        """Does this partner want us to remove what we fetched?"""
        found = self.config.partenaire(partenaire)
        return found is not None and found.effacer_retrait


def departs_de(collectivite: Collectivite) -> dict[tuple[str, str, int, str], Decimal]:
    """The configured starting values, by budget, domaine, exercice and TypBord."""
    return {
        (budget.code, cumul.domaine, cumul.exercice, cumul.type): cumul.montant
        for budget in collectivite.budgets
        for cumul in budget.cumuls
    }


def depart_de(collectivite: Collectivite) -> Callable[[str, str, str, int, str], Decimal]:
    """Starting values of MtCumulAnnuel: those of the configuration, else 0.00."""
    connus = departs_de(collectivite)

    def depart(_: str, cod_bud: str, domaine: str, exercice: int, type_: str) -> Decimal:
        return connus.get((cod_bud, domaine, exercice, type_), Decimal("0.00"))

    return depart


def empreinte_json(nom: str, empreinte: Empreinte) -> dict[str, object]:
    """How a stored object stands in the result of a step."""
    return {
        "nom": nom,
        "sha256": empreinte.sha256,
        "sha1": empreinte.sha1,
        "taille": empreinte.taille,
    }
