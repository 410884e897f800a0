"""The chain in this very process: real register, log and coffre, a partner that lies in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from vaguemestre.config.lecture import charger
from vaguemestre.domain.flux import Etat
from vaguemestre.engine.run import Run
from vaguemestre.errors import ExchangeRefusedError
from vaguemestre.ports import Colis, Journal, Recu
from vaguemestre.simulators.acquits import DEPENSE, PJ, RECETTE, Element, Faute, acquit
from vaguemestre.simulators.exemples import LAGON, depot_mandats
from vaguemestre.simulators.lecture import lire_flux
from vaguemestre.simulators.scene import monter
from vaguemestre.store.vues import FluxVu
from vaguemestre.wiring import EXEMPLE_MOT_DE_PASSE, Portes, portes, preparer
from vaguemestre.workflows.archives import archiver
from vaguemestre.workflows.depots import traiter_depot
from vaguemestre.workflows.envoi import envoyer
from vaguemestre.workflows.maison import DepotPris, Maison
from vaguemestre.workflows.releve import relever

JOUR = date.today()  # noqa: DTZ011 — a local calendar day


def _rien(_: Colis) -> None:
    """Nothing happens during the send."""


@dataclass
class Boite:
    """`ports.Transport` in memory. `pendant`: what happens before the receipt is given back."""

    pendant: Callable[[Colis], None] = _rien
    recus: dict[str, bytes] = field(default_factory=dict)
    retrait: dict[str, bytes] = field(default_factory=dict)
    refuses: set[str] = field(default_factory=set)
    envois: list[str] = field(default_factory=list)

    def send(self, colis: Colis, intention: Callable[[], None], deja_tente: bool) -> Recu:
        intention()
        self.envois.append(colis.nom)
        self.recus[colis.nom] = colis.chemin.read_bytes()
        self.pendant(colis)
        return Recu(colis.nom, colis.empreinte.taille, colis.empreinte.sha256, "envoye")

    def names(self) -> frozenset[str]:
        return frozenset(self.retrait)

    def fetch(self, name: str, vers: Path) -> None:
        if name in self.refuses:
            raise ExchangeRefusedError(f"{name} : accès refusé")
        vers.write_bytes(self.retrait[name])

    def remove(self, name: str) -> None:
        del self.retrait[name]

    def close(self) -> None:
        """Nothing is open."""


@dataclass
class Chaine:
    """One installation whose partner is `boite`."""

    dossier: Path
    ouvertes: Portes
    boite: Boite
    maison: Maison

    def deposer(
        self, nom: str, bordereau: int, collectivite: str = "valombre", *, pieces: int = 1
    ) -> list[str]:
        """A deposit of one bordereau, made, claimed and controlled: its flux."""
        return self.deposer_plusieurs(nom, {bordereau: pieces}, collectivite)

    def deposer_plusieurs(
        self, nom: str, bordereaux: dict[int, int], collectivite: str = "valombre"
    ) -> list[str]:
        """A deposit of several bordereaux, with how many mandats each: 1010, 1011… for 101."""
        rang = self.maison.registre.reserver("depot")
        en_cours = self.dossier / "echanges" / collectivite / "en-cours" / f"D{rang:08d}"
        lignes: list[bytes] = []
        for bordereau, nombre in bordereaux.items():
            dossier = depot_mandats(
                en_cours / f"{nom}-{bordereau}",
                bordereau=bordereau,
                premier=bordereau * 10,
                nombre=nombre,
                date=f"{JOUR:%d/%m/%Y}",
                exercice=JOUR.year,
                entier=collectivite == LAGON.dossier,
            )
            csv = (dossier / "mandats.csv").read_bytes().splitlines(keepends=True)
            lignes += csv[1 if lignes else 0 :]
            for fichier in dossier.iterdir():
                (en_cours / nom).mkdir(exist_ok=True)
                fichier.rename(en_cours / nom / fichier.name)
            dossier.rmdir()
        (en_cours / nom / "mandats.csv").write_bytes(b"".join(lignes))
        pris = DepotPris(
            identifiant=en_cours.name,
            nom=nom,
            collectivite=collectivite,
            genre="dossier",
            dossier=en_cours,
        )
        return list(traiter_depot(self.maison.run(en_cours.name), self.maison, pris))

    def envoyer(self, flux: str, journal: Journal | None = None) -> None:
        vu = self.flux(flux)
        collectivite = self.maison.collectivite(vu.collectivite)
        assert collectivite is not None
        maison = replace(self.maison, journal=journal) if journal else self.maison
        envoyer(Run(flux, maison.journal), maison, vu, collectivite)

    def flux(self, flux: str) -> FluxVu:
        vu = self.maison.registre.flux(flux)
        assert vu is not None
        return vu

    def etat(self, flux: str) -> Etat:
        return self.flux(flux).etat

    def relever(self) -> list[str]:
        regles: list[str] = []
        relever(self.maison, "dgfip", lambda: False, regles)
        return regles

    def archiver(self, *flux: str) -> None:
        archiver(self.maison, flux)

    def envoye(self, flux: str) -> Path:
        """The PES that the partner got of this flux."""
        nom = self.flux(flux).nom_fil
        chemin = self.dossier / f"copie-{nom}"
        chemin.write_bytes(self.boite.recus[nom])
        return chemin

    def acquit(
        self,
        flux: str,
        *,
        accepte: bool = True,
        pj: bool = True,
        fautes: dict[int, tuple[int, ...]] | None = None,
    ) -> bytes:
        """What the partner answers to what it got of this flux.

        `fautes`: refused bordereaux with the mandats that are to blame; the others are accepted.
        """
        lu = lire_flux(self.envoye(flux))
        refus = {b.numero: () for b in lu.bordereaux if not accepte} if fautes is None else fautes
        elements = [
            Element(
                domaine=DEPENSE if b.domaine == "depense" else RECETTE,
                accepte=b.numero not in refus,
                bordereau=b.numero,
                exercice=b.exercice,
                fautes=tuple(
                    Faute(code="ERREUR_AUTRE", libelle="1963 - Domiciliation erronée", piece=piece)
                    for piece in refus.get(b.numero, ())
                ),
            )
            for b in lu.bordereaux
        ]
        elements += [Element(domaine=PJ, accepte=pj, id_unique=un) for un in lu.pjs]
        return acquit(lu.entete, elements)

    def repondre(self, flux: str, contenu: bytes) -> None:
        """The partner answers; the answer is fetched and what it settles is archived."""
        self.boite.retrait[f"reponse-{len(self.boite.retrait)}-{flux}.xml"] = contenu
        self.archiver(*self.relever())


@contextmanager
def chaine(dossier: Path, *changes: tuple[str, str]) -> Iterator[Chaine]:
    """An installation in `dossier`; `changes` are made to its configuration."""
    toml = monter(dossier, 22, "/dev/null")
    (dossier / "p12.txt").write_text(EXEMPLE_MOT_DE_PASSE, "utf-8")
    texte = toml.read_text("utf-8").replace("env:VAGUEMESTRE_DEMO_P12", "file:p12.txt")
    for avant, apres in changes:
        assert avant in texte
        texte = texte.replace(avant, apres)
    toml.write_text(texte, "utf-8")
    config = charger(toml)
    preparer(config)
    with portes(config) as ouvertes:
        boite = Boite()
        maison = replace(ouvertes.maison, transport=lambda _: boite)
        yield Chaine(dossier, ouvertes, boite, maison)
