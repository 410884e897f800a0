"""One installation as an operator sees it: its folder, its settings, its daemon, its register."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from tests.e2e.processus import SECRETS, Dgfip, Processus, attendre
from vaguemestre.audit.verification import Rapport, verifier
from vaguemestre.config.lecture import charger
from vaguemestre.config.sections import Configuration
from vaguemestre.domain.flux import Etat
from vaguemestre.ports import Execution
from vaguemestre.simulators.exemples import LAGON, depot_mandats
from vaguemestre.simulators.scene import monter
from vaguemestre.store.database import Base, ouvrir
from vaguemestre.store.executions import SqlExecutions
from vaguemestre.store.lecture import lecture
from vaguemestre.store.registre import Registre
from vaguemestre.store.vues import BordereauVu, FluxVu, ReponseVue
from vaguemestre.wiring import Portes, portes, preparer

FINIS = frozenset({Etat.ARCHIVE, Etat.PARTIEL, Etat.REFUSE, Etat.REJETE, Etat.ANNULE})
JOUR = date.today()  # noqa: DTZ011 — a local calendar day
VITE = """
[moteur]
processus = {processus}
ouvriers = {ouvriers}
attente = 0.2
attente_max = 0.5
"""

# A second partner, a plain folder that answers nothing.
VOISIN = """
[[partenaire]]
nom = "voisin"
type = "dossier"
dossier = "voisin"
periode_acquits = 0.3
simulateur = true
"""


class Poste:
    """One installation: its folder, its configuration, its daemon, and what can be seen of it."""

    def __init__(
        self,
        dossier: Path,
        dgfip: Dgfip | None,
        *,
        ouvriers: int = 2,
        processus: int = 1,
        suite: str = "",
    ) -> None:
        self.dossier = dossier
        dossier.mkdir(parents=True)
        port, hotes = (dgfip.port, dgfip.hotes_connus) if dgfip else (1, "/dev/null")
        self.toml = monter(dossier, port, hotes)
        texte = self.toml.read_text("utf-8").replace("calme = 0.5", "calme = 0.2")
        texte = texte.replace("periode = 0.5", "periode = 0.2")
        texte = texte.replace("periode_acquits = 1.0", "periode_acquits = 0.3")
        self.ecrire_config(texte + VITE.format(ouvriers=ouvriers, processus=processus) + suite)
        preparer(self.config)
        self._lu: Base | None = None
        self.vie: Processus | None = None
        self._vies = 0

    # -- settings ----------------------------------------------------------------------------

    def ecrire_config(self, texte: str) -> None:
        self.toml.write_text(texte, "utf-8")
        self.config: Configuration = charger(self.toml, SECRETS)

    def changer_config(self, *changes: tuple[str, str]) -> None:
        """Replace texts of the configuration; each must be there."""
        texte = self.toml.read_text("utf-8")
        for avant, apres in changes:
            assert avant in texte
            texte = texte.replace(avant, apres)
        self.ecrire_config(texte)

    def a_part(self) -> None:
        """The lagoon sends to a folder of its own, Valombre to the simulated DGFiP."""
        avant, lagon, apres = self.toml.read_text("utf-8").partition('dossier = "lagon"')
        apres = apres.replace('partenaire = "dgfip"', 'partenaire = "voisin"')
        self.ecrire_config(avant + lagon + apres + VOISIN)
        for nom in ("depot", "retrait"):
            (self.dossier / "voisin" / nom).mkdir(parents=True)

    def partis_a_part(self) -> dict[str, bytes]:
        """What lies at the second partner's under its final name."""
        depot = self.dossier / "voisin" / "depot"
        entiers = [chemin for chemin in depot.iterdir() if chemin.suffix != ".part"]
        return {chemin.name: chemin.read_bytes() for chemin in entiers}

    # -- life --------------------------------------------------------------------------------

    def lancer(self, **environ: str) -> Processus:
        """`vaguemestre run`."""
        self.fermer()  # a database that nobody else holds open, as after a crash
        self._vies += 1
        journal = self.dossier / f"demon-{self._vies}.log"
        self.vie = Processus("vaguemestre", ["run", "-c", str(self.toml)], journal, environ)
        return self.vie

    def attendre_pret(self) -> None:
        """Until the daemon holds its folder: from then on SIGTERM is a clean end."""
        verrou, vie = self.dossier / "echanges" / ".vaguemestre.lock", self.vie
        assert vie is not None

        def pret() -> bool:
            return verrou.exists() and verrou.read_text("ascii") == f"{vie.pid}\n"

        attendre(lambda: not vie.vit or pret(), quoi="le démon")

    def commande(self, *argv: str) -> tuple[int, str]:
        """Another command on this installation: exit code, and what it said."""
        self._vies += 1
        journal = self.dossier / f"commande-{self._vies}.log"
        fait = Processus("vaguemestre", [*argv, "-c", str(self.toml)], journal, {})
        return fait.finir(), fait.dit()

    def arreter(self) -> None:
        """SIGTERM; anything but a clean end fails."""
        assert self.vie is not None
        self.attendre_pret()
        assert self.vie.terminer() == 0, self.vie.dit()
        assert "Traceback" not in self.vie.dit(), self.vie.dit()

    # -- deposits ----------------------------------------------------------------------------

    def depots(self, collectivite: str = "valombre") -> Path:
        return self.dossier / "echanges" / collectivite / "depot"

    def deposer(
        self, nom: str, bordereau: int, *, collectivite: str = "valombre", **voulu: Any
    ) -> None:
        """Drop a deposit of mandats made aside, by one rename."""
        mandats(self.coulisse(nom), bordereau, collectivite=collectivite, **voulu).rename(
            self.depots(collectivite) / nom
        )

    def coulisse(self, nom: str) -> Path:
        """Where a deposit is made before it is dropped."""
        (self.dossier / "coulisse").mkdir(exist_ok=True)
        return self.dossier / "coulisse" / nom

    def poser(self, nom: str, contenu: bytes, collectivite: str = "valombre") -> None:
        """Drop one file by a rename."""
        chemin = self.coulisse(nom)
        chemin.write_bytes(contenu)
        chemin.rename(self.depots(collectivite) / nom)

    def rapport(self, issue: str, nom: str, collectivite: str = "valombre") -> dict[str, Any]:
        """`rapport.json` of a deposit in `traites` or `rejets`; {} while it is not there."""
        chemin = self.dossier / "echanges" / collectivite / issue / nom / "rapport.json"
        if not chemin.exists():
            return {}
        lu: dict[str, Any] = json.loads(chemin.read_text("utf-8"))
        return lu

    def rejet(self, nom: str, collectivite: str = "valombre") -> dict[str, Any]:
        """Wait for a deposit to be refused; its report."""
        rapport: dict[str, Any] = attendre(
            lambda: self.rapport("rejets", nom, collectivite), quoi=f"rejet de {nom}"
        )
        assert rapport["verdict"] == "rejete"
        assert rapport["anomalies"], rapport
        assert (self.dossier / "echanges" / collectivite / "rejets" / nom / "rapport.html").exists()
        return rapport

    # -- the register ------------------------------------------------------------------------

    @contextmanager
    def ouvert(self) -> Iterator[Portes]:
        """The same doors as a command of the operator opens beside the daemon."""
        with portes(self.config) as ouvertes:
            yield ouvertes

    def fermer(self) -> None:
        """Let go of the database."""
        if self._lu is not None:
            self._lu.fermer()
            self._lu = None

    def _base(self) -> Base:
        """For the many short looks while something is waited for."""
        if self._lu is None:
            self._lu = ouvrir(self.config.base.url, self.dossier)
        return self._lu

    def flux(self, depot: str = "") -> list[FluxVu]:
        """Flux in the order of their opening; only those of a deposit of that name."""
        registre = Registre(self._base())
        tous = sorted(registre.lister(limite=10_000), key=lambda vu: vu.id)
        return [vu for vu in tous if not depot or _nom(registre.depot(vu.depot)) == depot]

    def attendre_etat(self, depot: str, etat: Etat) -> None:
        """Wait until the one flux of a deposit stands there."""
        attendre(lambda: [vu.etat for vu in self.flux(depot)] == [etat], quoi=f"{depot} {etat}")

    def reponses(self, flux: str = "") -> list[ReponseVue]:
        return Registre(self._base()).reponses(flux)

    def bordereaux(self, flux: str) -> list[BordereauVu]:
        return Registre(self._base()).bordereaux(flux)

    def etapes(self, flux: str) -> list[str]:
        return [etape.etape for etape in Registre(self._base()).historique(flux)]

    def en_attente(self) -> list[Execution]:
        """Runs that are not finished."""
        file = SqlExecutions(self._base())
        return [
            Execution(vu.id, vu.genre, vu.objet, vu.essais)
            for etat in ("due", "en_cours")
            for vu in file.lister(etat)
        ]

    def regles(self, nombre: int, delai: float = 40.0) -> list[FluxVu]:
        """Wait until `nombre` flux are there, all settled, and nothing is left to do."""

        def regle() -> bool:
            flux = self.flux()
            return (
                len(flux) == nombre
                and all(vu.etat in FINIS for vu in flux)
                and not self.en_attente()
            )

        try:
            attendre(regle, delai)
        except AssertionError:
            vus = [f"{vu.id} {vu.etat.value} {vu.motif}" for vu in self.flux()]
            rejets = [path.read_text("utf-8") for path in self.dossier.rglob("rejets/*/*.json")]
            journal = [self.vie.dit() if self.vie else "", *rejets]
            dit = "\n".join(journal)
            raise AssertionError(f"non réglés : {vus}\n{self.en_attente()}\n{dit}") from None
        return self.flux()

    def audit(self) -> Rapport:
        """`audit verify`, with the archive and the register."""
        with self.ouvert() as ouvertes, lecture(ouvertes.base) as journal:
            return verifier(journal, ouvertes.scribe().verificateur, objet=ouvertes.coffre.mesurer)


def _nom(depot: Any) -> str:
    return "" if depot is None else str(depot.nom)


def mandats(
    dossier: Path,
    bordereau: int,
    *,
    collectivite: str = "valombre",
    premier: int | None = None,
    nombre: int = 1,
    poids: int = 500,
    jour: date = JOUR,
) -> Path:
    """A small deposit of the body: `nombre` mandats from `premier` (1010 for 101), a PDF each."""
    return depot_mandats(
        dossier,
        bordereau=bordereau,
        premier=bordereau * 10 if premier is None else premier,
        nombre=nombre,
        date=f"{jour:%d/%m/%Y}",
        exercice=jour.year,
        poids=poids,
        entier=collectivite == LAGON.dossier,
    )


__all__ = ["JOUR", "SECRETS", "Dgfip", "Poste", "attendre", "mandats"]
