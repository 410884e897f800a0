"""Official schema packs: recognised, checked without executing or fetching anything, installed.

A pack is the tree that DGFiP publishes for one version (`PES_V2/Rev0/PES_Aller.xsd`, `xmldsig/`,
`xades/`…), as a folder or a zip. It is copied as it is, beside a `pack.json` that records every
digest, and compiled before it appears under its version: what does not compile never judges.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lxml import etree

from vaguemestre.errors import DocumentError, RessourceError
from vaguemestre.formats.mal_forme import raison
from vaguemestre.pes.schema import FICHE, compiler, empreinte_connue

ENTREE = PurePosixPath("PES_V2/Rev0/PES_Aller.xsd")
_VERSION = re.compile(r"(?<![0-9.])[0-9]{1,2}\.[0-9]{1,2}(?![0-9.]*[0-9])")
# An official tree holds about 200 files and 3 MB.
_NOMBRE_MAX = 5_000
_TAILLE_MAX = 100_000_000
_RAPPORT_MAX = 200
_TRANCHE = 1 << 20
# The schema of xmldsig, as W3C wrote it, declares plain words; nothing else may be declared.
_ENTITE_SURE = re.compile(rb"<!ENTITY\s+(?:%\s+)?[\w.-]+\s+(?:\"[^\"&%]*\"|'[^'&%]*')\s*>")
_XS = "{http://www.w3.org/2001/XMLSchema}"
_PANNES = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackAjoute:
    """What was installed. `deja`: exactly this pack was there before, nothing was changed."""

    version: str
    dossier: Path
    empreinte: str
    fichiers: int
    deja: bool = False


def ajouter(source: Path, dossier: Path, *, version: str | None = None) -> PackAjoute:
    """Install the pack `source` (folder or zip) under `dossier`/<version>/.

    The version is read from the marker file (`v5.17.txt`) or the names of folders and zip;
    `version` says it where they do not.

    Raises:
        DocumentError: no official tree, unsafe, or it does not compile; another pack of that
            version is there; the version cannot be told.
        RessourceError: the folder refuses, the disk is full.
    """
    travail = dossier / ".en-cours"
    try:
        shutil.rmtree(travail, ignore_errors=True)
        travail.mkdir(parents=True)
        _copier(source, travail / "pack")
        racine = _racine(travail / "pack", source)
        dite = version or _version(racine, travail / "pack", source)
        _controler(racine)
        return _installer(racine, dossier / dite, dite)
    except OSError as error:
        raise RessourceError(
            f"le paquet ne peut pas être installé : {error.strerror or error}", ref=str(source)
        ) from error
    finally:
        shutil.rmtree(travail, ignore_errors=True)


def _copier(source: Path, vers: Path) -> None:
    """Plain files only, as they are; within limits."""
    if source.is_dir():
        _copier_dossier(source, vers)
        return
    try:
        with zipfile.ZipFile(source) as archive:
            _extraire(archive, source.stat().st_size, vers)
    except _PANNES as error:
        raise _refus(source, "le zip est abîmé ou n'en est pas un") from error


def _copier_dossier(source: Path, vers: Path) -> None:
    total = nombre = 0
    for path in sorted(source.rglob("*")):
        if path.is_symlink():
            raise _refus(path, "le paquet contient un lien : refusé par sécurité")
        if not path.is_file():
            continue
        nombre, total = nombre + 1, total + path.stat().st_size
        if nombre > _NOMBRE_MAX or total > _TAILLE_MAX:
            raise _refus(source, "bien plus gros qu'un paquet officiel : refusé par sécurité")
        cible = vers / path.relative_to(source)
        cible.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, cible)
    if not nombre:
        raise _refus(source, "le dossier est vide")


def _extraire(archive: zipfile.ZipFile, compresse: int, vers: Path) -> None:
    membres = [membre for membre in archive.infolist() if not membre.is_dir()]
    total = sum(membre.file_size for membre in membres)
    if len(membres) > _NOMBRE_MAX or total > _TAILLE_MAX:
        raise _refus(archive.filename, "bien plus gros qu'un paquet officiel : refusé par sécurité")
    if total > _TRANCHE and total > _RAPPORT_MAX * max(compresse, 1):
        raise _refus(archive.filename, "le zip gonfle démesurément : refusé par sécurité")
    for membre in membres:
        chemin = _chemin_sur(membre)
        cible = vers / chemin
        cible.parent.mkdir(parents=True, exist_ok=True)
        reste = membre.file_size
        with archive.open(membre) as entree, cible.open("xb") as sortie:
            while morceau := entree.read(_TRANCHE):
                reste -= len(morceau)
                if reste < 0:
                    raise zipfile.BadZipFile(membre.filename)
                sortie.write(morceau)


def _chemin_sur(membre: zipfile.ZipInfo) -> PurePosixPath:
    chemin = PurePosixPath(membre.orig_filename.replace("\\", "/"))
    if (
        chemin.is_absolute()
        or ".." in chemin.parts
        or not chemin.parts
        or ":" in chemin.parts[0]
        or "\0" in str(chemin)
    ):
        raise _refus(membre.filename, "un nom du zip sort de son dossier : refusé par sécurité")
    if stat.S_IFMT(membre.external_attr >> 16) not in (0, stat.S_IFREG):
        raise _refus(membre.filename, "le zip contient un lien : refusé par sécurité")
    return chemin


def _racine(copie: Path, source: Path) -> Path:
    """The folder that holds PES_V2/."""
    trouves = sorted(copie.rglob(str(ENTREE)))
    if not trouves:
        raise _refus(source, f"ce n'est pas un paquet officiel : pas de {ENTREE}")
    if len(trouves) > 1:
        noms = ", ".join(str(t.relative_to(copie).parents[2]) for t in trouves)
        raise _refus(source, f"plusieurs paquets à la fois : {noms} ; en donner un seul")
    return trouves[0].parents[2]


def _version(racine: Path, copie: Path, source: Path) -> str:
    """From the marker file, else from the names of folders, nearest first, else of the source."""
    marques = {
        trouve.group()
        for path in (*racine.glob("*.txt"), *racine.glob("PES_V2/*.txt"))
        if (trouve := re.search(_VERSION, path.stem))
    }
    if len(marques) > 1:
        raise _refus(source, f"deux versions annoncées ({', '.join(sorted(marques))}) : {_DIRE}")
    if marques:
        return marques.pop()
    noms = [racine.name] if racine != copie else []
    for nom in (*noms, source.name.removesuffix(".zip")):
        trouve = _VERSION.search(nom)
        if trouve is not None:
            return trouve.group()
    raise _refus(source, f"la version ne se lit ni dans le paquet ni dans son nom : {_DIRE}")


_DIRE = "la dire avec --version"


def _controler(racine: Path) -> None:
    """Nothing points outside, nothing needs the network, and every entry compiles."""
    base = racine.resolve()
    for xsd in sorted(racine.rglob("*.xsd")):
        _controler_un(xsd, base)
    for entree in _entrees(racine):
        try:
            compiler(entree)
        except etree.LxmlError as error:
            nom = entree.relative_to(racine)
            raise _refus(nom, f"le schéma ne se compile pas : {error}") from error


def _entrees(racine: Path) -> Iterator[Path]:
    yield racine / ENTREE
    for motif in ("PES_V2/Rev0/PES_V2_Acquit*.xsd", "PES_V2/RETOUR/Rev0/*.xsd"):
        yield from sorted(racine.glob(motif))


def _controler_un(xsd: Path, base: Path) -> None:
    octets = xsd.read_bytes()
    if octets.count(b"<!ENTITY") != len(_ENTITE_SURE.findall(octets)):
        raise _refus(xsd.name, "le schéma déclare des entités : refusé par sécurité")
    analyseur = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        racine = etree.fromstring(octets, analyseur)
    except etree.XMLSyntaxError as error:
        raise _refus(xsd.name, f"XML mal formé : {raison(error)}") from error
    for nom in ("import", "include", "redefine"):
        for element in racine.iter(f"{_XS}{nom}"):
            ou = element.get("schemaLocation")
            if ou is None:
                continue
            cible = (xsd.parent / ou).resolve()
            if "://" in ou or not cible.is_relative_to(base) or not cible.is_file():
                raise _refus(
                    xsd.name, f"le schéma renvoie à « {ou} », qui n'est pas dans le paquet"
                )


def _installer(racine: Path, cible: Path, version: str) -> PackAjoute:
    fichiers = {
        path.relative_to(racine).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(racine.rglob("*"))
        if path.is_file()
    }
    texte = "".join(f"{digest}  {nom}\n" for nom, digest in sorted(fichiers.items()))
    empreinte = hashlib.sha256(texte.encode()).hexdigest()
    ajoute = PackAjoute(version=version, dossier=cible, empreinte=empreinte, fichiers=len(fichiers))
    if cible.exists():
        if empreinte_connue(cible) == empreinte:
            return PackAjoute(
                version=version,
                dossier=cible,
                empreinte=empreinte,
                fichiers=len(fichiers),
                deja=True,
            )
        raise _refus(cible, f"un autre paquet {version} est déjà là ; le retirer d'abord")
    fiche = {"version": version, "empreinte": empreinte, "fichiers": fichiers}
    (racine / FICHE).write_text(json.dumps(fiche, indent=1, ensure_ascii=False), "utf-8")
    racine.rename(cible)
    return ajoute


class PaquetError(DocumentError):
    """What was given is no official pack that may judge."""

    hint = "Donner le paquet reçu (dossier ou zip qui contient PES_V2/), ou le redemander."


def _refus(quoi: object, message: str) -> PaquetError:
    return PaquetError(message, ref=str(quoi))
