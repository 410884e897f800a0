"""What the workflows may use: the doors and settings that `wiring` chose."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal

from vaguemestre.config.sections import Collectivite, Configuration
from vaguemestre.engine.run import Run
from vaguemestre.engine.verrous import Verrous
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
from vaguemestre.workflows.pieces import Pieces, aucune_lecture

Ranger = Callable[[Path, Literal["traites", "rejets"], str], Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class DepotPris:
    """A claimed deposit: its folder under `en-cours/`, what it was called, its body's folder."""

    identifiant: str
    nom: str
    collectivite: str
    genre: str
    dossier: Path


class Guichets:
    """A partner that does not answer holds one worker, never all of them.

    After a cut line, one sending at a time tries that partner; the others are put off at once,
    until one goes through. `memoire`: a folder that the processes of one installation share; None:
    this process alone.
    """

    def __init__(self, verrous: Verrous | None = None, memoire: Path | None = None) -> None:
        self._verrous = verrous or Verrous()
        self._memoire = memoire
        self._muets: set[str] = set()
        if memoire is not None:
            memoire.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def pour(self, partenaire: str) -> Iterator[None]:
        """Around one exchange.

        Raises:
            ExchangeInterruptedError: the partner is silent, and another worker is trying it.
        """
        with ExitStack() as seul:
            if muet := self._muet(partenaire):
                try:
                    seul.enter_context(self._verrous.pour(f"guichet {partenaire}", 0))
                except RessourceError as error:
                    raise ExchangeInterruptedError(
                        f"« {partenaire} » ne répond pas ; un autre envoi est en train de l'essayer"
                    ) from error
            try:
                yield
            except ExchangeInterruptedError:
                self._noter(partenaire)
                raise
            if muet:
                self._oublier(partenaire)

    def _marque(self, partenaire: str) -> Path | None:
        return None if self._memoire is None else self._memoire / partenaire.encode().hex()

    def _muet(self, partenaire: str) -> bool:
        marque = self._marque(partenaire)
        return partenaire in self._muets if marque is None else marque.exists()

    def _noter(self, partenaire: str) -> None:
        self._muets.add(partenaire)
        if (marque := self._marque(partenaire)) is not None:
            marque.touch()

    def _oublier(self, partenaire: str) -> None:
        self._muets.discard(partenaire)
        if (marque := self._marque(partenaire)) is not None:
            marque.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Maison:
    """The open doors. Those that are functions open theirs once, when first asked for.

    `ranger` puts a claimed deposit away; `pointer` signs a checkpoint of the log and gives the
    note, `vkey` is the key to it, `lecture` a frozen view of the log; `travail` is a folder for
    files in the making, on the disk of the coffre. `pieces`: what is asked of PJ.
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
    pieces: Pieces = field(default_factory=aucune_lecture)

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
