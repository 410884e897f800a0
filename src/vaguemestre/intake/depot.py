"""A claimed deposit -> what is to be sent, or every reason why it cannot be.

Three shapes (INTERFACE, « The deposit »): a ready-made PES Aller; a folder or zip with mandats
or titres and their PJ; loose files listed by a manifest. Nothing here changes the deposit; a zip
is unpacked into `ContexteDepot.travail`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TypeVar

from vaguemestre.config.sections import Collectivite, Depots
from vaguemestre.domain.asap import Facturation
from vaguemestre.domain.comptable import Bordereau, PieceJustificative
from vaguemestre.domain.declaration import DeclarationPj
from vaguemestre.errors import Anomalie
from vaguemestre.formats.caracteres import TABLE
from vaguemestre.formats.explication import gravite_en_premier
from vaguemestre.intake import manifeste, pes_pret
from vaguemestre.intake.archive_zip import extraire
from vaguemestre.intake.colonnes import Genre
from vaguemestre.intake.constats import Constats
from vaguemestre.intake.declarations import du_manifeste
from vaguemestre.intake.inventaire import EXTRAIT, Fichier, depuis, illisible, inventorier
from vaguemestre.intake.json_lignes import lire_cle, lire_json
from vaguemestre.intake.lecture import Reglages
from vaguemestre.intake.pj import Justificatifs
from vaguemestre.intake.tableau import Rangee, nom_proche
from vaguemestre.intake.tableaux import GENRES, Tableaux
from vaguemestre.intake.tableur_csv import lire_csv
from vaguemestre.intake.tableur_xlsx import lire_xlsx

T = TypeVar("T")
EXTENSIONS = ("csv", "xlsx", "json")
TABLEAU_MAX = 20_000_000
"""Bytes of a data file: some 100,000 lignes, far over what a PES of 100 MB holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContexteDepot:
    """What reading a deposit needs to know.

    `caracteres`: the effective table (`formats.caracteres.table`). `travail`: where a zip is
    unpacked, emptied first; default a hidden folder of the claimed deposit, so whoever reads a
    deposit that is not claimed gives one.
    """

    collectivite: Collectivite
    jour: date
    limites: Depots = field(default_factory=Depots)
    caracteres: Mapping[str, str] = field(default_factory=lambda: dict(TABLE))
    travail: Path | None = None

    @property
    def reglages(self) -> Reglages:
        return Reglages(
            decimales=0 if self.collectivite.monnaie == "XPF" else 2,
            budgets=tuple(budget.code for budget in self.collectivite.budgets),
            caracteres=self.caracteres,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DepotLu:
    """What a deposit holds.

    `forme`: pes, inconnue, or the tables joined by + (mandats, titres, factures, pj).
    `bordereaux` by budget code and `pjs` are empty as soon as an anomaly blocks. `remplacements`:
    characters replaced, by character, and cells trimmed. `declarations` of PJ, by IdUnique or
    name, `*` for all. By budget code, `seules`: PJ that travel without their pièce; `factures`:
    invoices of the titres.
    """

    forme: str
    bordereaux: Mapping[str, tuple[Bordereau, ...]]
    pjs: tuple[PieceJustificative, ...]
    pes_tout_fait: Path | None
    anomalies: tuple[Anomalie, ...]
    remplacements: Counter[str]
    declarations: Mapping[str, DeclarationPj] = field(default_factory=dict)
    seules: Mapping[str, tuple[PieceJustificative, ...]] = field(default_factory=dict)
    factures: Mapping[str, tuple[Facturation, ...]] = field(default_factory=dict)

    @property
    def accepte(self) -> bool:
        return not any(anomalie.bloquante for anomalie in self.anomalies)


def lire_depot(chemin: Path, contexte: ContexteDepot) -> DepotLu:
    """Read a deposit: the claimed folder, or the path of a folder, zip or PES file.

    Never raises for what the deposit holds; every finding is in `anomalies`, gravest first.

    Raises:
        RessourceError: disk full, share gone, file locked: to be tried again.
    """
    constats = Constats()
    return _Lecture(contexte, constats).lire(chemin)


@dataclass(slots=True)
class _Lecture:
    contexte: ContexteDepot
    constats: Constats
    declarations: dict[str, DeclarationPj] = field(default_factory=dict)
    annoncees: list[Rangee] = field(default_factory=list)

    def lire(self, chemin: Path) -> DepotLu:
        fichiers = self._fichiers(chemin)
        if self.constats.bloquants:
            return self._conclure("inconnue", {}, (), None)
        donnees = [fichier for fichier in fichiers if _genre(fichier) is not None]
        if donnees or self.annoncees:
            return self._tableaux(donnees, [f for f in fichiers if f not in donnees])
        return self._pes(fichiers)

    # -- what lies there ---------------------------------------------------------------------

    def _fichiers(self, chemin: Path) -> list[Fichier]:
        if not chemin.is_dir() or chemin.is_symlink():
            seul = depuis(chemin, self.constats)
            fichiers = [seul] if seul else []
        else:
            fichiers = inventorier(chemin, self.contexte.limites, self.constats)
        fichiers = self._manifeste(_sans_dossier(fichiers))
        zips = [f for f in fichiers if f.extension == "zip"]
        if not zips:
            return fichiers
        return self._dezipper(chemin, zips, [f for f in fichiers if f not in zips])

    def _dezipper(self, chemin: Path, zips: list[Fichier], autres: list[Fichier]) -> list[Fichier]:
        """One zip is unpacked, alone or beside the PES of the same name; others are refused."""
        seul = zips[0]
        a_cote = all(f.nom[: -len(".xml")] == seul.nom[: -len(".zip")] for f in autres)
        if len(zips) > 1 or (autres and not a_cote):
            for un in zips:
                self.constats.depot(
                    "depot.zip.imbrique",
                    f"« {un.nom} » est un zip au milieu d'autres fichiers",
                    "Déposer soit un seul zip, soit un dossier de fichiers sans zip.",
                    fichier=un.nom,
                )
            return autres
        dossier = chemin if chemin.is_dir() else chemin.parent
        vers = self.contexte.travail or dossier / EXTRAIT
        if not extraire(seul.chemin, vers, seul.nom, self.contexte.limites, self.constats):
            return autres
        dedans = _sans_dossier(inventorier(vers, self.contexte.limites, self.constats))
        return [*autres, *self._manifeste(dedans)]

    def _manifeste(self, fichiers: list[Fichier]) -> list[Fichier]:
        """The files without the manifest, once it agrees with them."""
        for fichier in fichiers:
            if "/" not in fichier.nom and manifeste.est_manifeste(fichier.nom):
                octets = self._octets(fichier)
                restes = [f for f in fichiers if f is not fichier]
                if octets is not None:
                    entrees = manifeste.lire(octets, fichier.nom, self.constats)
                    self.annoncees += lire_cle(octets, fichier.nom, "pj", self.constats)
                    self.declarations |= du_manifeste(octets, fichier.nom, self.constats)
                    manifeste.controler(entrees, restes, fichier.nom, self.constats)
                return restes
        return fichiers

    def _octets(self, fichier: Fichier) -> bytes | None:
        if fichier.taille > TABLEAU_MAX:
            self.constats.depot(
                "depot.fichiers.taille",
                f"« {fichier.nom} » pèse {fichier.taille // 1_000_000} Mo, la limite est de "
                f"{TABLEAU_MAX // 1_000_000} Mo",
                "Répartir les pièces sur plusieurs dépôts.",
                fichier=fichier.nom,
            )
            return None
        try:
            return fichier.chemin.read_bytes()
        except OSError as error:
            illisible(fichier.nom, error, self.constats)
            return None

    # -- mandats and titres ------------------------------------------------------------------

    def _tableaux(self, donnees: list[Fichier], pieces: list[Fichier]) -> DepotLu:
        genres = [genre for genre in GENRES if any(_genre(f) == genre for f in donnees)]
        if self.annoncees and "pj" not in genres:
            genres.append("pj")
        justificatifs = Justificatifs(
            pieces, self.contexte.collectivite.siret, self.contexte.caracteres, self.constats
        )
        collectivite, reglages = self.contexte.collectivite, self.contexte.reglages
        tableaux = Tableaux(collectivite, reglages, justificatifs, self.constats)
        for genre in genres:
            du_genre = [fichier for fichier in donnees if _genre(fichier) == genre]
            if len(du_genre) > 1:
                self._plusieurs(genre, du_genre)
                continue
            rangees = self._rangees(du_genre[0], genre) if du_genre else []
            tableaux.ajouter(genre, [*rangees, *(self.annoncees if genre == "pj" else ())])
        justificatifs.signaler_non_citees()
        self.declarations |= justificatifs.declarations
        lu = self._conclure(
            "+".join(genres), _figer(tableaux.bordereaux), justificatifs.retenues, None
        )
        if not lu.accepte:
            return lu
        return replace(lu, seules=_figer(tableaux.seules), factures=_figer(tableaux.factures))

    def _plusieurs(self, genre: str, fichiers: list[Fichier]) -> None:
        noms = ", ".join(f"« {fichier.nom} »" for fichier in fichiers)
        self.constats.depot(
            "depot.forme",
            f"plusieurs fichiers de {genre} dans le dépôt : {noms}",
            "N'en garder qu'un, puis redéposer.",
        )

    def _rangees(self, fichier: Fichier, genre: Genre) -> list[Rangee]:
        octets = self._octets(fichier)
        if octets is None:
            return []
        if not octets:
            self.constats.depot(
                "depot.fichier.vide",
                "le fichier est vide (0 octet)",
                "Refaire l'export, puis redéposer.",
                fichier=fichier.nom,
            )
            return []
        if fichier.extension == "xlsx":
            return lire_xlsx(fichier.chemin, fichier.nom, genre, self.constats)
        lire = lire_json if fichier.extension == "json" else lire_csv
        return lire(octets, fichier.nom, genre, self.constats)

    # -- a PES made elsewhere ----------------------------------------------------------------

    def _pes(self, fichiers: list[Fichier]) -> DepotLu:
        xmls = [f for f in fichiers if f.extension == "xml"]
        if not xmls:
            self._sans_forme(fichiers)
            return self._conclure("inconnue", {}, (), None)
        seul = len(xmls) == 1
        # A PJ may be XML too: only what must be the PES is judged aloud.
        racines = {
            f.nom: pes_pret.genre_xml(f, self.constats if seul else Constats()) for f in xmls
        }
        aller = [f for f in xmls if racines[f.nom] == "PES_Aller"]
        if len(aller) != 1:
            self._pas_un_pes(xmls, aller, racines)
            return self._conclure("pes", {}, (), None)
        autour = [f for f in fichiers if f is not aller[0]]
        pjs = pes_pret.pj_a_cote(aller[0], autour, self.constats)
        return self._conclure("pes", {}, pjs, aller[0].chemin)

    def _pas_un_pes(
        self, xmls: list[Fichier], aller: list[Fichier], racines: Mapping[str, str]
    ) -> None:
        if aller:
            noms = ", ".join(f"« {fichier.nom} »" for fichier in aller)
            self.constats.depot(
                "depot.forme",
                f"plusieurs PES Aller dans un seul dépôt : {noms}",
                "Déposer chaque PES séparément.",
            )
            return
        for fichier in xmls:
            if racines[fichier.nom]:
                pes_pret.refuser_autre(fichier, racines[fichier.nom], self.constats)
            elif len(xmls) > 1:
                pes_pret.genre_xml(fichier, self.constats)

    def _sans_forme(self, fichiers: list[Fichier]) -> None:
        if not fichiers and not self.constats.bloquants:
            self.constats.depot(
                "depot.vide",
                "le dépôt ne contient aucun fichier",
                "Déposer un PES .xml, ou un dossier avec mandats.csv ou titres.csv et ses PJ.",
            )
            return
        attendus = [f"{genre}.{extension}" for genre in GENRES for extension in EXTENSIONS]
        tableaux = [f.court for f in fichiers if f.extension not in ("pdf", "xml")]
        proche = next((p for nom in tableaux if (p := nom_proche(nom, attendus))), "")
        self.constats.depot(
            "depot.forme",
            f"ni PES .xml, ni mandats, titres ou pj (.csv, .xlsx, .json) dans le dépôt{proche}",
            "Nommer le tableau mandats.csv ou titres.csv (ou .xlsx, .json) ; « vaguemestre help "
            "depot » décrit les trois formes.",
            valeur=", ".join(f.nom for f in fichiers[:5]),
        )

    def _conclure(
        self,
        forme: str,
        bordereaux: Mapping[str, tuple[Bordereau, ...]],
        pjs: tuple[PieceJustificative, ...],
        pes: Path | None,
    ) -> DepotLu:
        refuse = self.constats.bloquants
        return DepotLu(
            forme=forme,
            bordereaux={} if refuse else bordereaux,
            pjs=() if refuse else pjs,
            pes_tout_fait=None if refuse else pes,
            anomalies=gravite_en_premier(tuple(self.constats.anomalies)),
            remplacements=self.constats.remplacements,
            declarations=self.declarations,
        )


def _figer(listes: Mapping[str, list[T]]) -> dict[str, tuple[T, ...]]:
    return {code: tuple(liste) for code, liste in listes.items()}


def _genre(fichier: Fichier) -> Genre | None:
    """mandats, titres, factures or pj, for a data file at the top of the deposit."""
    tronc, _, extension = fichier.nom.lower().rpartition(".")
    if extension not in EXTENSIONS:
        return None
    return next((genre for genre in GENRES if tronc == genre), None)


def _sans_dossier(fichiers: list[Fichier]) -> list[Fichier]:
    """The same files seen from the one folder that holds them all, as zipped folders do."""
    while fichiers and all("/" in f.nom for f in fichiers):
        premier = fichiers[0].nom.partition("/")[0]
        if any(f.nom.partition("/")[0] != premier for f in fichiers):
            break
        fichiers = [Fichier(f.nom.partition("/")[2], f.chemin, f.taille) for f in fichiers]
    return fichiers
