"""`check` and `build`: what a file or a deposit is worth, touching nothing but a scratch folder.

What only a deposit needs (spreadsheets, configuration, building) is imported when one comes:
most checks are of one PES, and it should have its answer at once.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from typing_extensions import override

from vaguemestre.errors import Anomalie, UsageError, VaguemestreError
from vaguemestre.pes.examen import Examen, Reglages, examiner
from vaguemestre.pes.schema import VERSION, Schemas, charger
from vaguemestre.pj.controle import Bilan
from vaguemestre.ports import Memoire
from vaguemestre.workflows.jugement import Verdict
from vaguemestre.workflows.pieces import Envoi, Pieces
from vaguemestre.workflows.reglages import grilles_de

__all__ = ["Essai", "Verdict", "est_un_depot"]

if TYPE_CHECKING:
    from vaguemestre.config.sections import Configuration
    from vaguemestre.workflows.essai_depot import EssaiDepot


def est_un_depot(chemin: Path) -> bool:
    """A folder or a zip; anything else is taken for a PES."""
    return chemin.is_dir() or chemin.suffix.lower() == ".zip"


def _taire(_: str) -> None:
    """Nobody listens."""


class Essai:
    """Checks without a register: rules that need one are silent or warn.

    `dire` tells the person what was assumed. It may be handed to another process, which says
    nothing: what is assumed is said once, by `preparer`.
    """

    def __init__(
        self,
        config: Configuration | None,
        collectivite: str | None = None,
        *,
        schema: str | None = None,
        schema_seul: bool = False,
        dire: Callable[[str], None] = _taire,
        pieces: Pieces | None = None,
    ) -> None:
        self._config = config
        self._voulue = collectivite
        self._schema = schema
        self._schema_seul = schema_seul
        self._dire = dire
        self._depots: EssaiDepot | None = None
        self._pieces = None if schema_seul else pieces
        self._bilan: Bilan | None = None
        self._schemas: Schemas = charger(
            schema or (config.pes.schema_version if config is not None else VERSION),
            config.chemin(config.pes.schemas) if config is not None else None,
        )

        self._avis: tuple[Anomalie, ...] = ()
        if config is not None and schema is None:
            from vaguemestre.workflows.schemas import avis

            jour = date.today()  # noqa: DTZ011 — the calendar day where the office is
            self._avis = avis(config, self._schemas.version, jour)

    @override
    def __reduce__(self) -> tuple[object, ...]:
        return _refaire, (
            self._config,
            self._voulue,
            self._schema,
            self._schema_seul,
            self._pieces,
        )

    def preparer(self, chemins: Iterable[Path]) -> None:
        """What could go wrong for every file alike goes wrong now, before the first is checked.

        Raises:
            ConfigurationError: the schema cannot be used.
            UsageError: deposits are among them, and nobody knows whose they are.
        """
        _ = self._schemas.xmlschema
        if any(map(est_un_depot, chemins)):
            self._pour_les_depots().choisir_collectivite()

    def controler(self, chemin: Path, memoire: Memoire | None = None) -> Verdict:
        """The verdict on a PES Aller, or on a deposit folder or zip.

        Args:
            memoire: what was sent before, for a PES; a deposit is checked without.
        """
        if not est_un_depot(chemin):
            return self.rendre(chemin, (), (self.examiner(chemin, {}, memoire=memoire),))
        with tempfile.TemporaryDirectory(prefix="vaguemestre-") as scratch:
            verdict = self._pour_les_depots().controler(chemin, Path(scratch))
            return replace(verdict, fichiers=())

    def controler_quoi_qu_il_arrive(self, chemin: Path) -> Verdict:
        """The same among many files: a fault is told as a finding, and the others go on."""
        try:
            return self.controler(chemin)
        except VaguemestreError as error:
            return self.en_panne(chemin, error.message, error.hint)
        except OSError as error:
            return self.en_panne(
                chemin,
                f"le système refuse : {error.strerror or error}",
                "Vérifier les droits du fichier et la place sur le disque, puis recommencer.",
            )

    def construire(self, depot: Path, vers: Path) -> Verdict:
        """Build a deposit; several files get a number before the extension of `vers`.

        What stood at `vers` is replaced, whole, and only once the new file is whole.

        Raises:
            UsageError: `vers` lies in the deposit itself.
        """
        if vers.resolve().is_relative_to(depot.resolve()):
            raise UsageError(f"{vers} est dans le dépôt ; choisir une sortie à côté")
        with tempfile.TemporaryDirectory(prefix="vaguemestre-") as scratch:
            verdict = self._pour_les_depots().controler(depot, Path(scratch))
            cibles = _cibles(vers, len(verdict.fichiers))
            for source, cible in zip(verdict.fichiers, cibles, strict=True):
                neuf = cible.with_name(f".{cible.name}.neuf")
                shutil.move(source, neuf)
                neuf.replace(cible)
            return replace(verdict, fichiers=cibles)

    def examiner(
        self,
        chemin: Path,
        nomenclatures: dict[str, str],
        envoi: Envoi | None = None,
        *,
        memoire: Memoire | None = None,
    ) -> Examen:
        """One PES Aller; `nomenclatures`: « M57 » by CodBud, where they are known."""
        pieces = None if self._pieces is None else self._pieces.pour(envoi or self._envoi())
        examen = examiner(
            chemin,
            schemas=self._schemas,
            memoire=memoire,
            reglages=Reglages(
                schema_seul=self._schema_seul,
                nomenclatures=nomenclatures,
                grilles=grilles_de(self._config),
                pieces=pieces,
            ),
        )
        if pieces is not None and pieces.bilan.documents:
            self._bilan = pieces.bilan.plus(self._bilan or Bilan())
        return examen

    def _envoi(self) -> Envoi | None:
        """The only body that a PES without a deposit may be of, where there is one."""
        connues = self._config.collectivites if self._config is not None else ()
        siennes = [c for c in connues if self._voulue in (None, c.dossier)]
        return Envoi(collectivite=siennes[0]) if len(siennes) == 1 else None

    def rendre(
        self, chemin: Path, anomalies: tuple[Anomalie, ...], examens: tuple[Examen, ...]
    ) -> Verdict:
        """The verdict on all the files that a path holds."""
        vus = [examen.sommaire for examen in examens if examen.sommaire is not None]
        bilan, self._bilan = self._bilan, None
        return Verdict(
            fichier=str(chemin),
            schema=self._schemas.version,
            anomalies=(
                *anomalies,
                *(a for examen in examens for a in examen.anomalies),
                *self._avis,
            ),
            bordereaux=sum(len(vu.bordereaux) for vu in vus),
            pieces=sum(vu.nb_pieces for vu in vus),
            pj=sum(len(vu.pjs) for vu in vus),
            total_ht=sum((vu.total_ht for vu in vus), Decimal(0)),
            pdf=bilan,
        )

    def en_panne(self, chemin: Path, raison: str, conseil: str) -> Verdict:
        """The verdict on a file that could not be judged: it is not accepted, and that is said."""
        anomalie = Anomalie(
            "depot.controle" if est_un_depot(chemin) else "xml.controle",
            "fichier",
            f"le contrôle n'a pas pu se faire : {raison}",
            ligne=1,
            chemin="/",
            conseil=conseil,
            fichier=chemin.name,
        )
        return self.rendre(chemin, (anomalie,), ())

    def _pour_les_depots(self) -> EssaiDepot:
        if self._depots is None:
            from vaguemestre.workflows.essai_depot import EssaiDepot

            self._depots = EssaiDepot(self, self._config, self._voulue, self._dire)
        return self._depots


def _refaire(
    config: Configuration | None,
    collectivite: str | None,
    schema: str | None,
    schema_seul: bool,
    pieces: Pieces | None,
) -> Essai:
    """The same, in another process."""
    return Essai(config, collectivite, schema=schema, schema_seul=schema_seul, pieces=pieces)


def _cibles(vers: Path, nombre: int) -> tuple[Path, ...]:
    if nombre <= 1:
        return (vers,) * nombre
    return tuple(
        vers.with_name(f"{vers.stem}-{rang}{vers.suffix}") for rang in range(1, nombre + 1)
    )
