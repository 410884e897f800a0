"""A zip of a deposit, unpacked with every precaution, or findings.

Everything is decided on the central directory before a byte is unpacked: names that leave the
folder, links, encryption, zips inside, sizes and ratios of a bomb. While unpacking, a member may
not give more than it announced.
"""

from __future__ import annotations

import errno
import re
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from vaguemestre.config.sections import Depots
from vaguemestre.intake.constats import Constats
from vaguemestre.intake.inventaire import de_systeme, illisible, montrable

RAPPORT_MAX = 200
"""Unpacked bytes per packed byte over which, past `_FRANCHISE`, a zip is a bomb."""

_FRANCHISE = 20_000_000
_TRANCHE = 1 << 20
_UTF8 = 0x800
_CHIFFRE = 0x1
_LECTEUR = re.compile(r"[A-Za-z]:")
_PANNES = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)


def extraire(archive: Path, vers: Path, nom: str, limites: Depots, constats: Constats) -> bool:
    """Unpack `archive` into the folder `vers`, emptied first; False when nothing may be used.

    Raises:
        RessourceError: disk full, or another reason that will pass; tried again from the start.
    """
    try:
        if vers.exists():
            shutil.rmtree(vers)  # what an earlier life left half-done
        vers.mkdir(parents=True)
        return _deballer(archive, vers, nom, limites, constats)
    except _PANNES:
        message = "le zip est abîmé ou incomplet : son contenu ne correspond pas à son sommaire"
        regle, conseil = (
            "depot.zip.abime",
            "Refaire le zip avec un outil ordinaire, puis redéposer.",
        )
    except (FileExistsError, NotADirectoryError):
        message = "un nom du zip désigne à la fois un fichier et un dossier"
        regle, conseil = "depot.zip.doublon", "Renommer l'un des deux, refaire le zip."
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            illisible(nom, error, constats)
            return False
        message = "un nom de fichier du zip est trop long"
        regle, conseil = "depot.zip.chemin", "Raccourcir le nom, refaire le zip, puis redéposer."
    constats.depot(regle, message, conseil, fichier=nom)
    return False


def _deballer(archive: Path, vers: Path, nom: str, limites: Depots, constats: Constats) -> bool:
    with zipfile.ZipFile(archive) as contenu:
        membres = _examiner(contenu, archive.stat().st_size, nom, limites, constats)
        for dossier in {chemin.parent for _, chemin in membres}:
            (vers / dossier).mkdir(parents=True, exist_ok=True)
        for membre, chemin in membres:
            _extraire_un(contenu, membre, vers / chemin)
    return bool(membres)


def lisible(archive: Path) -> bool:
    """The central directory is there and parses: the zip is whole.

    Raises:
        OSError: the file cannot be opened now.
    """
    try:
        with zipfile.ZipFile(archive) as contenu:
            contenu.infolist()
    except _PANNES:
        return False
    return True


def _examiner(
    contenu: zipfile.ZipFile, compresse: int, nom: str, limites: Depots, constats: Constats
) -> list[tuple[zipfile.ZipInfo, PurePosixPath]]:
    """(member, safe relative path) of each file; [] as soon as one thing is wrong."""
    avant = len(constats.anomalies)
    membres = [
        (membre, chemin)
        for membre, chemin in ((each, _chemin(each)) for each in contenu.infolist())
        if not membre.is_dir() and not any(de_systeme(part) for part in chemin.parts)
    ]
    if len(membres) > limites.nombre_max:
        constats.depot(
            "depot.fichiers.nombre",
            f"le zip contient plus de {limites.nombre_max} fichiers",
            "Répartir les pièces sur plusieurs dépôts.",
            fichier=nom,
        )
        return []
    _bombe(sum(membre.file_size for membre, _ in membres), compresse, nom, limites, constats)
    vus: set[PurePosixPath] = set()
    for membre, chemin in membres:
        for regle, message, conseil in _defauts(membre, chemin, vus):
            constats.depot(
                regle,
                f"dans le zip, « {montrable(str(chemin))} » {message}",
                conseil,
                fichier=nom,
                valeur=montrable(str(chemin)),
            )
        vus.add(chemin)
    if not membres:
        constats.depot(
            "depot.vide", "le zip ne contient aucun fichier", "Refaire le zip.", fichier=nom
        )
    return membres if len(constats.anomalies) == avant else []


def _chemin(membre: zipfile.ZipInfo) -> PurePosixPath:
    """The member's path. Without the UTF-8 flag, French Windows writes names in code page 850."""
    nom = membre.orig_filename
    if not membre.flag_bits & _UTF8 and not nom.isascii():
        octets = nom.encode("cp437", "replace")
        try:
            nom = octets.decode("utf-8")
        except UnicodeDecodeError:
            nom = octets.decode("cp850", "replace")
    return PurePosixPath(nom.replace("\\", "/"))


def _bombe(total: int, compresse: int, nom: str, limites: Depots, constats: Constats) -> None:
    rapport = total / max(compresse, 1)
    if total > limites.decompression_max or (total > _FRANCHISE and rapport > RAPPORT_MAX):
        constats.depot(
            "depot.zip.bombe",
            f"décompressé, le zip pèserait {total // 1_000_000} Mo pour "
            f"{compresse / 1_000_000:.1f} Mo : refusé par sécurité",
            "Vérifier le contenu du zip ; répartir les pièces sur plusieurs dépôts.",
            fichier=nom,
        )


def _defauts(
    membre: zipfile.ZipInfo, chemin: PurePosixPath, vus: set[PurePosixPath]
) -> Iterator[tuple[str, str, str]]:
    refaire = "Refaire le zip à partir d'un simple dossier de fichiers."
    if (
        chemin.is_absolute()
        or ".." in chemin.parts
        or not chemin.parts
        or _LECTEUR.match(chemin.parts[0])
        or "\0" in str(chemin)
    ):
        yield "depot.zip.chemin", "sort du dossier du dépôt : refusé par sécurité", refaire
    if stat.S_IFMT(membre.external_attr >> 16) not in (0, stat.S_IFREG):
        yield "depot.zip.lien", "est un lien ou un fichier spécial, pas un fichier", refaire
    if membre.flag_bits & _CHIFFRE:
        yield (
            "depot.zip.chiffre",
            "est protégé par mot de passe",
            "Refaire le zip sans mot de passe.",
        )
    if chemin.suffix.lower() in (".zip", ".7z", ".rar"):
        yield (
            "depot.zip.imbrique",
            "est une archive dans l'archive",
            "Mettre tous les fichiers dans un seul zip.",
        )
    if chemin in vus:
        yield "depot.zip.doublon", "est présent deux fois", "Ne garder que la bonne version."


def _extraire_un(contenu: zipfile.ZipFile, membre: zipfile.ZipInfo, cible: Path) -> None:
    reste = membre.file_size
    with contenu.open(membre) as source, cible.open("xb", buffering=0) as sortie:
        while morceau := source.read(_TRANCHE):
            reste -= len(morceau)
            if reste < 0:
                raise zipfile.BadZipFile(membre.filename)
            sortie.write(morceau)
    if reste:
        raise zipfile.BadZipFile(membre.filename)
