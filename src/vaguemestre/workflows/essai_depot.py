"""The half of `check` and `build` that deposits need: read, built, judged in a scratch folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Protocol

from vaguemestre.config.sections import Collectivite, Configuration
from vaguemestre.errors import Anomalie, DocumentError, UsageError
from vaguemestre.intake.convention import controler_convention
from vaguemestre.intake.depot import ContexteDepot, DepotLu, lire_depot
from vaguemestre.pes.build import PesEcrit
from vaguemestre.pes.examen import Examen
from vaguemestre.workflows.fabrique import Atelier, Cumuls, nomenclatures
from vaguemestre.workflows.jugement import Verdict
from vaguemestre.workflows.pieces import Envoi

# Without a configuration a deposit is checked as if this body had sent it; the result says so.
FICTIVE = Collectivite.model_validate(
    {
        "dossier": "exemple",
        "nom": "Collectivité d'exemple",
        "siret": "21340999800019",
        "code": "123",
        "poste": "034011",
        "budget": [{"code": "00"}],
        "asap": {
            "adresse_2": "1 PLACE DE LA MAIRIE",
            "code_postal": "34000",
            "ville": "EXEMPLE",
            "signataire_nom": "EXEMPLE",
            "signataire_prenom": "MARIE",
            "signataire_role": "MAIRE",
            "reference_bdf": "123456",
            "encaissement": {
                "nom": "CENTRE D'ENCAISSEMENT",
                "complement": "DES FINANCES PUBLIQUES",
                "adresse_3": "TSA 12345",
                "code_postal": "35908",
                "ville": "RENNES CEDEX 9",
            },
            "tresorerie": {
                "nom": "SGC D'EXEMPLE",
                "adresse_2": "2 RUE DU TRESOR",
                "code_postal": "34000",
                "ville": "EXEMPLE",
            },
        },
    }
)


class Juge(Protocol):
    """Who examines one PES, and sums up what a path holds."""

    def examiner(
        self, chemin: Path, nomenclatures: dict[str, str], envoi: Envoi | None = None
    ) -> Examen: ...

    def rendre(
        self, chemin: Path, anomalies: tuple[Anomalie, ...], examens: tuple[Examen, ...]
    ) -> Verdict: ...


class EssaiDepot:
    """Judges deposits; `dire` tells the person whose deposit it is taken for."""

    def __init__(
        self,
        juge: Juge,
        config: Configuration | None,
        voulue: str | None,
        dire: Callable[[str], None],
    ) -> None:
        self._juge = juge
        self._config = config or Configuration()
        self._configure = config is not None
        self._voulue = voulue
        self._dire = dire
        self._choisie: Collectivite | None = None

    def controler(self, chemin: Path, scratch: Path) -> Verdict:
        """The verdict; `fichiers` are the PES made, in `scratch`."""
        collectivite = self.choisir_collectivite()
        contexte = ContexteDepot(
            collectivite=collectivite,
            jour=date.today(),  # noqa: DTZ011 — the calendar day where the office is
            limites=self._config.depots,
            travail=scratch / "extrait",
        )
        lu = lire_depot(chemin, contexte)
        if not lu.accepte:
            return self._juge.rendre(chemin, lu.anomalies, ())
        reglages = nomenclatures(collectivite)
        envoi = Envoi(collectivite=collectivite, declarations=lu.declarations, pjs=lu.pjs)
        if lu.pes_tout_fait is not None:
            examen = self._juge.examiner(lu.pes_tout_fait, reglages, envoi)
            return self._juge.rendre(chemin, lu.anomalies, (examen,))
        convention = tuple(
            anomalie
            for code, bordereaux in lu.bordereaux.items()
            for anomalie in controler_convention(
                bordereaux, lu.pjs, collectivite, code, contexte.jour, lu.declarations
            )
        ) + tuple(
            anomalie
            for code, seules in lu.seules.items()
            for anomalie in controler_convention(
                (), seules, collectivite, code, contexte.jour, lu.declarations
            )
        )
        try:
            ecrits = self._fabriquer(lu, collectivite, contexte.jour, scratch)
        except DocumentError as error:
            return self._juge.rendre(chemin, (*lu.anomalies, *error.anomalies), ())
        examens = tuple(self._juge.examiner(ecrit.chemin, reglages, envoi) for ecrit in ecrits)
        verdict = self._juge.rendre(chemin, (*lu.anomalies, *convention), examens)
        return replace(verdict, fichiers=tuple(ecrit.chemin for ecrit in ecrits))

    def choisir_collectivite(self) -> Collectivite:
        """Whose deposits these are, chosen once and for all.

        Raises:
            UsageError: several are configured, and nobody said which.
        """
        if self._choisie is None:
            self._choisie = self._chercher_collectivite()
        return self._choisie

    def _chercher_collectivite(self) -> Collectivite:
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
        ecrits = atelier.fabriquer(
            dict(lu.bordereaux), lu.pjs, frozenset(), factures=lu.factures, seules=lu.seules
        )
        return [ecrit for _, ecrit in ecrits]
