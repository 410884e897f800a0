"""`check` and `build`: what a file or a deposit is worth, touching nothing but a scratch folder."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from vaguemestre.config.sections import Collectivite, Configuration
from vaguemestre.errors import Anomalie, DocumentError, UsageError
from vaguemestre.intake.convention import controler_convention
from vaguemestre.intake.depot import ContexteDepot, DepotLu, lire_depot
from vaguemestre.pes.build import PesEcrit
from vaguemestre.pes.examen import Examen, Reglages, examiner
from vaguemestre.pes.schema import Schemas, charger
from vaguemestre.workflows.fabrique import Atelier, Cumuls, nomenclatures

# Without a configuration a deposit is checked as if this body had sent it; the result says so.
FICTIVE = Collectivite.model_validate(
    {
        "dossier": "exemple",
        "nom": "Collectivité d'exemple",
        "siret": "21340999800019",
        "code": "123",
        "poste": "034011",
        "budget": [{"code": "00"}],
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The verdict on one path: of a PES, or of all the files that a deposit would become."""

    fichier: str
    schema: str
    anomalies: tuple[Anomalie, ...]
    examens: tuple[Examen, ...] = ()
    fichiers: tuple[Path, ...] = ()

    @property
    def verdict(self) -> str:
        return "rejete" if any(a.bloquante for a in self.anomalies) else "accepte"

    def as_json(self) -> dict[str, object]:
        """INTERFACE, « check --json »."""
        vus = [examen.sommaire for examen in self.examens if examen.sommaire is not None]
        return {
            "file": self.fichier,
            "verdict": self.verdict,
            "schema": self.schema,
            "anomalies": [anomalie.as_json() for anomalie in self.anomalies],
            "bordereaux": sum(len(vu.bordereaux) for vu in vus),
            "pieces": sum(vu.nb_pieces for vu in vus),
            "pj": sum(len(vu.pjs) for vu in vus),
            "total_ht": str(sum((vu.total_ht for vu in vus), Decimal(0))),
        }


class Essai:
    """Checks without a register: rules that need one are silent or warn.

    `dire` tells the person what was assumed.
    """

    def __init__(
        self,
        config: Configuration | None,
        collectivite: str | None = None,
        *,
        schema: str | None = None,
        schema_seul: bool = False,
        dire: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._config = config or Configuration()
        self._voulue = collectivite
        self._configure = config is not None
        self._schema_seul = schema_seul
        self._dire = dire
        dossier = self._config.pes.schemas
        self._schemas: Schemas = charger(
            schema or self._config.pes.schema_version,
            self._config.chemin(dossier) if dossier is not None else None,
        )

    def controler(self, chemin: Path) -> Verdict:
        """The verdict on a PES Aller, or on a deposit folder or zip."""
        if not (chemin.is_dir() or chemin.suffix.lower() == ".zip"):
            examen = self._examiner(chemin, {})
            return self._rendre(chemin, (), (examen,))
        with tempfile.TemporaryDirectory(prefix="vaguemestre-") as scratch:
            return replace(self._depot(chemin, Path(scratch)), fichiers=())

    def construire(self, depot: Path, vers: Path) -> Verdict:
        """Build a deposit; several files get a number before the extension of `vers`.

        What stood at `vers` is replaced, whole, and only once the new file is whole.

        Raises:
            UsageError: `vers` lies in the deposit itself.
        """
        if vers.resolve().is_relative_to(depot.resolve()):
            raise UsageError(f"{vers} est dans le dépôt ; choisir une sortie à côté")
        with tempfile.TemporaryDirectory(prefix="vaguemestre-") as scratch:
            verdict = self._depot(depot, Path(scratch))
            cibles = _cibles(vers, len(verdict.fichiers))
            for source, cible in zip(verdict.fichiers, cibles, strict=True):
                neuf = cible.with_name(f".{cible.name}.neuf")
                shutil.move(source, neuf)
                neuf.replace(cible)
            return replace(verdict, fichiers=cibles)

    def _depot(self, chemin: Path, scratch: Path) -> Verdict:
        collectivite = self._collectivite()
        contexte = ContexteDepot(
            collectivite=collectivite,
            jour=date.today(),  # noqa: DTZ011 — the calendar day where the office is
            limites=self._config.depots,
            travail=scratch / "extrait",
        )
        lu = lire_depot(chemin, contexte)
        if not lu.accepte:
            return self._rendre(chemin, lu.anomalies, ())
        reglages = nomenclatures(collectivite)
        if lu.pes_tout_fait is not None:
            return self._rendre(chemin, lu.anomalies, (self._examiner(lu.pes_tout_fait, reglages),))
        convention = tuple(
            anomalie
            for code, bordereaux in lu.bordereaux.items()
            for anomalie in controler_convention(
                bordereaux, lu.pjs, collectivite, code, contexte.jour
            )
        )
        try:
            ecrits = self._fabriquer(lu, collectivite, contexte.jour, scratch)
        except DocumentError as error:
            return self._rendre(chemin, (*lu.anomalies, *error.anomalies), ())
        examens = tuple(self._examiner(ecrit.chemin, reglages) for ecrit in ecrits)
        verdict = self._rendre(chemin, (*lu.anomalies, *convention), examens)
        return replace(verdict, fichiers=tuple(ecrit.chemin for ecrit in ecrits))

    def _fabriquer(
        self, lu: DepotLu, collectivite: Collectivite, jour: date, scratch: Path
    ) -> list[PesEcrit]:
        rangs = iter(range(1, 1_000_000))
        atelier = Atelier(
            config=self._config,
            collectivite=collectivite,
            jour=jour,
            nommer=lambda siren: f"PESALR2_{siren}_{jour:%y%m%d}_{next(rangs):03d}",
            cumuls=Cumuls(None, collectivite.code, self._config.pes.cumul_base),
            dossier=scratch,
        )
        return [ecrit for _, ecrit in atelier.fabriquer(dict(lu.bordereaux), lu.pjs, frozenset())]

    def _examiner(self, chemin: Path, reglages: dict[str, str]) -> Examen:
        return examiner(
            chemin,
            schemas=self._schemas,
            reglages=Reglages(schema_seul=self._schema_seul, nomenclatures=reglages),
        )

    def _rendre(
        self, chemin: Path, anomalies: tuple[Anomalie, ...], examens: tuple[Examen, ...]
    ) -> Verdict:
        trouvees = (*anomalies, *(a for examen in examens for a in examen.anomalies))
        return Verdict(
            fichier=str(chemin),
            schema=self._schemas.version,
            anomalies=trouvees,
            examens=examens,
        )

    def _collectivite(self) -> Collectivite:
        connues = self._config.collectivites
        if self._voulue is not None:
            return next(c for c in connues if c.dossier == self._voulue)
        if len(connues) == 1:
            return connues[0]
        if self._configure and connues:
            noms = ", ".join(c.dossier for c in connues)
            raise UsageError(f"dire pour quelle collectivité (--collectivite) : {noms}")
        self._dire("Pas de configuration : dépôt contrôlé comme celui d'une collectivité fictive.")
        return FICTIVE


def _cibles(vers: Path, nombre: int) -> tuple[Path, ...]:
    if nombre <= 1:
        return (vers,) * nombre
    return tuple(
        vers.with_name(f"{vers.stem}-{rang}{vers.suffix}") for rang in range(1, nombre + 1)
    )
