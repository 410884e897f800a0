"""What a measure is, how it is printed, and the tools that must be there."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from lxml import etree

MO = 1_000_000
OUTILS = ("xmllint",)
BIBLIOTHEQUES = (
    "isal",
    "pybase64",
    "lxml",
    "cryptography",
    "paramiko",
    "asyncssh",
    "sqlalchemy",
    "pyhanko-certvalidator",
    "vaguemestre",
)


class Faux(Exception):
    """A result is wrong: the measure is worth nothing and the bench fails."""


@dataclass(frozen=True, slots=True)
class Mesure:
    """One figure; `cible` None: for information. `au_moins`: the target is a floor."""

    nom: str
    valeur: float
    unite: str
    cible: float | None = None
    au_moins: bool = False
    detail: str = ""

    @property
    def tenue(self) -> bool | None:
        if self.cible is None:
            return None
        return self.valeur >= self.cible if self.au_moins else self.valeur <= self.cible

    def ligne(self) -> str:
        dit = {True: "tenu", False: "NON TENU", None: ""}[self.tenue]
        signe = "≥" if self.au_moins else "≤"
        cible = "" if self.cible is None else f"{signe} {_nombre(self.cible)} {self.unite}"
        mesure = f"{_nombre(self.valeur)} {self.unite}"
        return f"  {self.nom:<58} {mesure:>14}  {cible:>12}  {dit:<8}  {self.detail}".rstrip()


def _nombre(valeur: float) -> str:
    texte = f"{valeur:.0f}" if abs(valeur) >= 100 else f"{valeur:.2f}"
    return texte.replace(".", ",")


def afficher(titre: str, mesures: Iterable[Mesure]) -> None:
    print(f"\n{titre}")
    for mesure in mesures:
        print(mesure.ligne(), flush=True)


def manquants() -> list[str]:
    """Reference tools and libraries that are not there."""
    absents = [nom for nom in OUTILS if shutil.which(nom) is None]
    return absents + [nom for nom in BIBLIOTHEQUES if not _version(nom)]


def versions() -> str:
    """One line: the machine, Python, every tool and library that is measured or measures."""
    bibliotheques = ", ".join(f"{nom} {_version(nom)}" for nom in BIBLIOTHEQUES)
    libxml2 = ".".join(map(str, etree.LIBXML_VERSION))
    return (
        f"{platform.system()} {platform.release()} {platform.machine()}, Python "
        f"{platform.python_version()}, {_xmllint()}, libxml2 {libxml2} (lxml), {bibliotheques}"
    )


def _version(nom: str) -> str:
    try:
        return version(nom)
    except PackageNotFoundError:
        return ""


def _xmllint() -> str:
    sortie = subprocess.run(["xmllint", "--version"], capture_output=True, text=True, check=True)
    return "xmllint " + (sortie.stderr or sortie.stdout).splitlines()[0].rpartition(" ")[2]


def sous_processus(module: str, *arguments: str) -> str:
    """What a module of this package prints when it runs alone: its memory is its own.

    Raises:
        Faux: it failed.
    """
    argv = [sys.executable, "-m", f"tests.bench.{module}", *arguments]
    fini = subprocess.run(argv, capture_output=True, text=True, check=False)
    if fini.returncode:
        raise Faux(f"{module} : {fini.stderr.strip().splitlines()[-1:] or fini.stdout[-300:]}")
    return fini.stdout.splitlines()[-1]


def meilleur(durees: Sequence[float]) -> float:
    """The least disturbed of several rounds."""
    return min(durees)
