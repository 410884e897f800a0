"""What waits in a `depot/` folder and whether it is whole: one scan, no memory.

Names that a transfer or an open document leaves (`.part`, `.tmp`, `.filepart`, `~$`, a leading
dot) mean « not yet ». The scan is the truth: it misses nothing that lies there.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from vaguemestre.intake import manifeste
from vaguemestre.intake.archive_zip import lisible
from vaguemestre.intake.constats import Constats
from vaguemestre.intake.inventaire import RECLAMATION, de_systeme

GenreDepot = Literal["xml", "zip", "dossier", "manifeste", "lien"]
Empreinte = tuple[tuple[str, int, int, int], ...]
"""(relative path, size, mtime in ns, inode) of every file: two equal ones, nothing moved."""

_NOMBRE = re.compile(r"([0-9]+)")
_EN_COURS = (".part", ".tmp", ".filepart", ".crdownload", ".partial")


@dataclass(frozen=True, slots=True)
class Pret:
    """A deposit that may be claimed. `annexes`: what goes with `chemin`, maybe missing.

    `date`: when its newest file was written, in ns; 0 where there is none.
    """

    collectivite: str
    nom: str
    genre: GenreDepot
    chemin: Path
    annexes: tuple[Path, ...] = ()
    taille: int = 0
    date: int = 0


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a deposit is not whole. `vivant`: somebody still works on it, or it cannot be read:
    it is left where it is; otherwise patience has an end and it is handed over, to be refused.
    """

    message: str
    vivant: bool = False


@dataclass(frozen=True, slots=True)
class Candidat:
    """A possible deposit as seen by one scan. `zips`: to be opened once they are still."""

    pret: Pret
    empreinte: Empreinte
    obstacle: Obstacle | None = None
    zips: tuple[Path, ...] = ()

    def verdict(self) -> Obstacle | None:
        """What still stands in the way, the inside of a zip included."""
        if self.obstacle is not None:
            return self.obstacle
        try:
            entiers = all(lisible(chemin) for chemin in self.zips)
        except OSError as error:
            return Obstacle(f"le zip ne peut pas être lu ({error.strerror})", vivant=True)
        return None if entiers else Obstacle("le zip n'est pas complet")


@dataclass(frozen=True, slots=True)
class Orphelin:
    """A loose file that belongs to no deposit yet."""

    collectivite: str
    chemin: Path
    empreinte: Empreinte


@dataclass(frozen=True, slots=True)
class Signalement:
    """Something a person should know about a `depot/` folder; said once per cause."""

    collectivite: str
    chemin: Path
    message: str


@dataclass(frozen=True, slots=True)
class Reclame:
    """A claimed deposit: its folder under `en-cours/`, and what it was called."""

    collectivite: str
    identifiant: str
    nom: str
    genre: str
    dossier: Path


def en_ecriture(nom: str) -> bool:
    """A name that says: somebody is still writing, or has the document open."""
    return nom.startswith((".", "~$")) or nom.endswith("~") or nom.lower().endswith(_EN_COURS)


def rang(pret: Pret) -> tuple[object, ...]:
    """Sorts deposits as they were made; of one instant, by name, where 9 comes before 10."""
    morceaux = _NOMBRE.split(pret.nom)
    return pret.date, [int(m) if i % 2 else m for i, m in enumerate(morceaux)], pret.nom


def observer(collectivite: str, depot: Path) -> tuple[list[Candidat], list[Orphelin]]:
    """Everything in one `depot/` folder, sorted by name.

    Raises:
        OSError: the folder itself cannot be read.
    """
    with os.scandir(depot) as entrees:
        liste = sorted(
            (e for e in entrees if not en_ecriture(e.name) and not de_systeme(e.name)),
            key=lambda entree: entree.name,
        )
    par_nom = {entree.name: entree for entree in liste}
    pris: set[str] = set()
    candidats: list[Candidat] = []
    for entree in liste:
        if manifeste.est_manifeste(entree.name) and entree.is_file(follow_symlinks=False):
            candidats.append(_manifeste(collectivite, entree, par_nom, pris))
    for entree in liste:
        # A PES takes the folder or zip of its name with it, so it is looked at first.
        if entree.name not in pris and _extension(entree.name) == ".xml" and _regulier(entree):
            candidats.append(_xml(collectivite, entree, par_nom, pris))
    orphelins: list[Orphelin] = []
    for entree in liste:
        if entree.name in pris:
            continue
        genre = _genre(entree)
        if genre is None:
            empreinte = tuple(_photo(entree, entree.name))
            orphelins.append(Orphelin(collectivite, Path(entree.path), empreinte))
        else:
            candidats.append(_simple(collectivite, entree, genre))
    return candidats, orphelins


def _extension(nom: str) -> str:
    _, point, fin = nom.rpartition(".")
    return (point + fin).lower()


def _regulier(entree: os.DirEntry[str]) -> bool:
    return entree.is_file(follow_symlinks=False)


def _genre(entree: os.DirEntry[str]) -> GenreDepot | None:
    if entree.is_dir(follow_symlinks=False):
        return "dossier"
    if not _regulier(entree):
        return "lien"
    return "zip" if _extension(entree.name) == ".zip" else None


def _simple(collectivite: str, entree: os.DirEntry[str], genre: GenreDepot) -> Candidat:
    empreinte, obstacle = _mesurer(entree)
    if genre == "dossier" and not obstacle and not empreinte:
        obstacle = Obstacle("le dossier est vide")
    zips = (Path(entree.path),) if genre == "zip" else ()
    return _candidat(collectivite, entree, genre, (), empreinte, obstacle, zips)


def _candidat(
    collectivite: str,
    entree: os.DirEntry[str],
    genre: GenreDepot,
    annexes: Sequence[Path],
    empreinte: Empreinte,
    obstacle: Obstacle | None,
    zips: Sequence[Path] = (),
) -> Candidat:
    pret = Pret(
        collectivite,
        entree.name,
        genre,
        Path(entree.path),
        tuple(annexes),
        sum(taille for _, taille, _, _ in empreinte),
        max((date for _, _, date, _ in empreinte), default=0),
    )
    return Candidat(pret, empreinte, obstacle, tuple(zips))


def _xml(
    collectivite: str,
    entree: os.DirEntry[str],
    par_nom: dict[str, os.DirEntry[str]],
    pris: set[str],
) -> Candidat:
    pris.add(entree.name)
    tronc = entree.name[: -len(".xml")]
    annexes: list[Path] = []
    empreinte, obstacle = _mesurer(entree)
    for nom in (tronc, tronc + ".zip", tronc + ".ZIP"):
        annexe = par_nom.get(nom)
        if annexe is None or nom in pris:
            continue
        pris.add(nom)
        annexes.append(Path(annexe.path))
        plus, gene = _mesurer(annexe)
        empreinte, obstacle = empreinte + plus, obstacle or gene
    zips = [annexe for annexe in annexes if annexe.name != tronc]
    return _candidat(collectivite, entree, "xml", annexes, empreinte, obstacle, zips)


def _manifeste(
    collectivite: str,
    entree: os.DirEntry[str],
    par_nom: dict[str, os.DirEntry[str]],
    pris: set[str],
) -> Candidat:
    pris.add(entree.name)
    empreinte, obstacle = _mesurer(entree)
    noms, gene = _annonces(Path(entree.path))
    obstacle = obstacle or gene
    annexes: list[Path] = []
    for nom in noms:
        annonce = par_nom.get(nom)
        annexes.append(Path(entree.path).with_name(nom))
        if annonce is None:
            obstacle = obstacle or Obstacle(f"le fichier annoncé « {nom} » n'est pas là")
            continue
        pris.add(nom)
        plus, gene = _mesurer(annonce)
        empreinte, obstacle = empreinte + plus, obstacle or gene
    return _candidat(collectivite, entree, "manifeste", annexes, empreinte, obstacle)


def _annonces(chemin: Path) -> tuple[list[str], Obstacle | None]:
    """(names listed, obstacle)."""
    constats = Constats()
    try:
        octets = chemin.read_bytes()
    except OSError as error:
        message = f"le manifeste ne peut pas être lu ({error.strerror})"
        return [], Obstacle(message, vivant=True)
    entrees = manifeste.lire(octets, chemin.name, constats)
    erreur = next((Obstacle(anomalie.message) for anomalie in constats.anomalies), None)
    return [entree.nom for entree in entrees], erreur


def _mesurer(entree: os.DirEntry[str]) -> tuple[Empreinte, Obstacle | None]:
    """(what is seen of the tree, why it is not whole yet)."""
    try:
        photos = tuple(_photo(entree, entree.name))
    except OSError as error:
        nom = error.filename or entree.name
        return (), Obstacle(f"« {nom} » ne peut pas être lu ({error.strerror})", vivant=True)
    for nom, *_ in photos:
        if en_ecriture(nom.rpartition("/")[2]):
            return photos, Obstacle(f"« {nom} » est en cours d'écriture ou ouvert", vivant=True)
    return photos, None


def _photo(entree: os.DirEntry[str], nom: str) -> Iterator[tuple[str, int, int, int]]:
    etat = entree.stat(follow_symlinks=False)
    if not stat.S_ISDIR(etat.st_mode):
        yield nom, etat.st_size, etat.st_mtime_ns, etat.st_ino
        return
    with os.scandir(entree.path) as entrees:
        for sous in sorted(entrees, key=lambda e: e.name):
            if not de_systeme(sous.name) and sous.name != RECLAMATION:
                yield from _photo(sous, f"{nom}/{sous.name}")
