"""What lies in a deposit: regular files only, counted and measured before any is opened.

Links, pipes and devices are findings and are never followed or opened. Names are compared as
people see them (composed accents); two names that differ only by case are refused, because most
finance desktops could not hold both.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vaguemestre.config.sections import Depots
from vaguemestre.errors import Gravite, RessourceError
from vaguemestre.intake.constats import Constats

RAPPORTS = frozenset({"rapport.json", "rapport.html"})
RECLAMATION = ".reclamation.json"
EXTRAIT = ".extrait"
_SYSTEME = re.compile(
    r"\.DS_Store|Thumbs\.db|desktop\.ini|\._.*|@eaDir|__MACOSX|\.Spotlight.*|"
    r"\.Trashes|\.fseventsd|\.stfolder",
    re.IGNORECASE,
)
_CONTROLE = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_PROFONDEUR_MAX = 20
PASSAGERS = frozenset(
    {
        errno.EIO, errno.EBUSY, errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.ENOMEM,
        errno.ENOSPC, errno.EDQUOT, errno.ESTALE, errno.ETIMEDOUT, errno.ETXTBSY, errno.EROFS,
    }
)  # fmt: skip
"""What the system says of itself rather than of the file."""


@dataclass(frozen=True, slots=True)
class Fichier:
    """A regular file. `nom`: its path inside the deposit, `/` between folders, composed."""

    nom: str
    chemin: Path
    taille: int

    @property
    def court(self) -> str:
        return self.nom.rpartition("/")[2]

    @property
    def extension(self) -> str:
        """Lower case, without dot; '' when there is none."""
        _, point, fin = self.court.rpartition(".")
        return fin.lower() if point else ""


def de_systeme(nom: str) -> bool:
    """A file that macOS, Windows or a NAS adds by itself."""
    return _SYSTEME.fullmatch(nom) is not None


def inventorier(dossier: Path, limites: Depots, constats: Constats) -> list[Fichier]:
    """Every regular file under the folder, in name order; what is not one is a finding."""
    fichiers: list[Fichier] = []
    ignores: list[str] = []
    for fichier in _parcourir(dossier, "", 0, ignores, constats):
        fichiers.append(fichier)
        if len(fichiers) > limites.nombre_max:
            constats.depot(
                "depot.fichiers.nombre",
                f"le dépôt contient plus de {limites.nombre_max} fichiers",
                "Répartir les pièces sur plusieurs dépôts.",
            )
            return []
    total = sum(fichier.taille for fichier in fichiers)
    if total > limites.taille_max:
        constats.depot(
            "depot.fichiers.taille",
            f"le dépôt pèse {total // 1_000_000} Mo, la limite est de "
            f"{limites.taille_max // 1_000_000} Mo",
            "Répartir les pièces sur plusieurs dépôts.",
        )
        return []
    if ignores:
        constats.depot(
            "depot.fichiers.systeme",
            f"{len(ignores)} fichier(s) du système ignoré(s) : {', '.join(sorted(ignores)[:5])}",
            "Rien à faire.",
            gravite=Gravite.AVERTISSEMENT,
        )
    _casse(fichiers, constats)
    return sorted(fichiers, key=lambda fichier: fichier.nom)


def depuis(chemin: Path, constats: Constats) -> Fichier | None:
    """One file as an inventory entry; None, with a finding, when it is not a regular file."""
    try:
        etat = chemin.lstat()
    except OSError as error:
        illisible(montrable(chemin.name), error, constats)
        return None
    if not stat.S_ISREG(etat.st_mode):
        _special(chemin.name, etat.st_mode, constats)
        return None
    return Fichier(unicodedata.normalize("NFC", chemin.name), chemin, etat.st_size)


def _parcourir(
    dossier: Path, prefixe: str, profondeur: int, ignores: list[str], constats: Constats
) -> Iterator[Fichier]:
    if profondeur > _PROFONDEUR_MAX:
        constats.depot(
            "depot.fichiers.profondeur",
            f"plus de {_PROFONDEUR_MAX} dossiers imbriqués sous « {prefixe[:80]}… »",
            "Mettre les fichiers dans un seul dossier.",
        )
        return
    for entree in _entrees(dossier, prefixe, profondeur, ignores, constats):
        nom = prefixe + unicodedata.normalize("NFC", entree.name)
        if not _nom_sain(entree.name, nom, constats):
            continue
        try:
            etat = entree.stat(follow_symlinks=False)
        except OSError as error:
            illisible(nom, error, constats)
            continue
        if stat.S_ISDIR(etat.st_mode):
            sous = Path(entree.path)
            yield from _parcourir(sous, nom + "/", profondeur + 1, ignores, constats)
        elif stat.S_ISREG(etat.st_mode):
            yield Fichier(nom, Path(entree.path), etat.st_size)
        else:
            _special(nom, etat.st_mode, constats)


def _entrees(
    dossier: Path, prefixe: str, profondeur: int, ignores: list[str], constats: Constats
) -> list[os.DirEntry[str]]:
    """What the sender put into one folder, by name; our own files and the system's left out."""
    try:
        with os.scandir(dossier) as entrees:
            liste = sorted(entrees, key=lambda entree: entree.name)
    except OSError as error:
        illisible(montrable(prefixe or dossier.name), error, constats)
        return []
    a_nous = {RECLAMATION, EXTRAIT}
    # A refused deposit that is put back carries our reports: they are not part of it.
    if profondeur == 0 or any(entree.name == RECLAMATION for entree in liste):
        a_nous |= RAPPORTS
    ignores += [entree.name for entree in liste if de_systeme(entree.name)]
    return [e for e in liste if e.name not in a_nous and not de_systeme(e.name)]


def _nom_sain(brut: str, nom: str, constats: Constats) -> bool:
    lisible = montrable(nom)
    if lisible != nom or _CONTROLE.search(brut):
        constats.depot(
            "depot.fichier.nom",
            f"le nom du fichier « {lisible} » contient des caractères illisibles",
            "Renommer le fichier (lettres, chiffres, tirets), puis redéposer.",
            fichier=lisible,
        )
        return False
    return True


def montrable(nom: str) -> str:
    """A name that can be printed: undecodable bytes and control characters as « � »."""
    return _CONTROLE.sub("\ufffd", nom.encode("utf-8", "replace").decode("utf-8"))


def _special(nom: str, mode: int, constats: Constats) -> None:
    genre = (
        "un lien symbolique" if stat.S_ISLNK(mode) else "un fichier spécial (tube, périphérique)"
    )
    if stat.S_ISDIR(mode):
        genre = "un dossier"
    constats.depot(
        "depot.fichier.lien",
        f"« {nom} » est {genre} : il n'est ni suivi ni ouvert",
        "Déposer le fichier lui-même, pas un raccourci vers lui.",
        fichier=nom,
    )


def illisible(nom: str, error: OSError, constats: Constats) -> None:
    """A file or folder that the system does not let us read.

    Raises:
        RessourceError: the reason will pass (disk, network share, lock): tried again.
    """
    if error.errno in PASSAGERS:
        raise RessourceError(f"« {nom} » : {error.strerror}") from error
    constats.depot(
        "depot.fichier.illisible",
        f"« {nom} » ne peut pas être lu ({error.strerror or error})",
        "Donner au service vaguemestre le droit de lecture sur le fichier, puis redéposer.",
        fichier=nom,
    )


def _casse(fichiers: list[Fichier], constats: Constats) -> None:
    vus: dict[str, str] = {}
    for fichier in fichiers:
        autre = vus.setdefault(fichier.nom.casefold(), fichier.nom)
        if autre != fichier.nom:
            constats.depot(
                "depot.fichier.casse",
                f"« {fichier.nom} » et « {autre} » ne diffèrent que par les majuscules",
                "Renommer l'un des deux fichiers, ici et dans le tableau.",
                fichier=fichier.nom,
            )
