"""Ten thousand small files in one call of `check`; 150 MB, nine tenths base64, against xmllint."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.bench import fonds
from tests.bench.cadre import MO, Faux, Mesure, meilleur
from tests.unit.pes_check import fabrique
from vaguemestre.formats.donnees import donnees
from vaguemestre.simulators.exemples import pdf

SANS_TEXTE, AVEC_TEXTE = 400.0, 150.0
SCHEMA_SEUL, ENTIER, MEMOIRE = 1.2, 1.8, 100.0
SCHEMA = donnees("schemas") / "5.30" / "PES_Aller.xsd"
_PETIT = 12_500
"""Bytes of a PDF that makes a file of about 20 KB."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One command as the kernel saw it: seconds, those of them on a processor (its children too),
    highest resident size in MB, exit code."""

    duree: float
    processeur: float
    memoire: float
    code: int


def mesurer(ou: Path, nombre: int) -> list[Mesure]:
    """Files a second, every rule on, without and with the text of each page."""
    ou.mkdir()
    fichiers = [_petit(ou / f"{rang:05d}.xml", rang) for rang in range(nombre)]
    mesures = []
    for option, quoi, cible in (
        ("--no-pj-texte", "sans le texte des pages", SANS_TEXTE),
        ("--pj-texte", "avec", AVEC_TEXTE),
    ):
        passage = lancer(check(option, *fichiers), ou / "verdicts.txt")
        acceptes = (ou / "verdicts.txt").read_text("utf-8").count(" : accepté (")
        if passage.code or acceptes != nombre:
            raise Faux(f"{acceptes} fichiers acceptés sur {nombre} (code {passage.code})")
        mesures.append(
            Mesure(
                f"{nombre} fichiers en un appel, {quoi}",
                nombre / passage.duree,
                "/s",
                cible,
                au_moins=True,
                detail=f"{passage.duree:.1f} s, {os.cpu_count()} cœurs,"
                f" {1000 * passage.processeur / nombre:.1f} ms de processeur par fichier",
            )
        )
    return mesures


def mesurer_gros(ou: Path, taille: int, tours: int) -> list[Mesure]:
    """Ratios to xmllint over a file of `taille` MB, nine tenths base64; memory of the process."""
    mandats = taille * 16_000 // 150 // fonds.BORDEREAUX
    poids = fonds.Poids(taille * MO * 92 // 100, mandats=mandats)
    pes = fonds.pes(fonds.deposer(ou, poids))
    reference = ["xmllint", "--noout", "--huge", "--schema", str(SCHEMA), str(pes)]
    commandes = {
        "xmllint": reference,
        "schéma seul": check("--schema-only", pes),
        "toutes règles, chaque PJ ouverte": check("--no-pj-texte", pes),
    }
    durees: dict[str, list[float]] = {nom: [] for nom in commandes}
    processeurs: dict[str, list[float]] = {nom: [] for nom in commandes}
    memoires: dict[str, float] = {}
    for _ in range(tours):
        for nom, argv in commandes.items():
            passage = lancer(argv, ou / "sortie.txt")
            durees[nom].append(passage.duree)
            processeurs[nom].append(passage.processeur)
            memoires[nom] = max(memoires.get(nom, 0.0), passage.memoire)
    base = meilleur(durees["xmllint"])
    mesures = []
    for (nom, siennes), cible in zip(list(durees.items())[1:], (SCHEMA_SEUL, ENTIER), strict=True):
        part = meilleur(processeurs[nom]) / meilleur(processeurs["xmllint"])
        detail = f"{meilleur(siennes):.2f} s contre {base:.2f} s ; processeur : {part:.2f} ×"
        rapport = meilleur(siennes) / base
        mesures += [
            Mesure(f"check, {nom} / xmllint --schema", rapport, "×", cible, detail=detail),
            Mesure(f"check, {nom} : mémoire", memoires[nom], "Mo", MEMOIRE),
        ]
    return mesures


def _petit(vers: Path, rang: int) -> Path:
    piece = pdf([f"Facture {rang}", "Fournitures de bureau"], poids=_PETIT, graine=rang)
    fabrique.gros(vers, [piece], bordereaux=1, mandats=1)
    return vers


def check(option: str, *fichiers: Path, json: bool = False) -> list[str]:
    """The command line of a check."""
    return [
        str(Path(sys.executable).with_name("vaguemestre")),
        "check",
        option,
        *(["--json"] if json else []),
        *map(str, fichiers),
    ]


_TEMOIN = """
import json, resource, subprocess, sys, time
with open(sys.argv[1], "wb") as sortie:
    debut = time.perf_counter()
    code = subprocess.call(sys.argv[2:], stdout=sortie, stderr=subprocess.STDOUT)
    duree = time.perf_counter() - debut
vu = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([duree, vu.ru_utime + vu.ru_stime, vu.ru_maxrss, code]))
"""
"""A process of its own: the kernel counts what started a program as memory of the program."""


def lancer(argv: list[str], sortie: Path) -> Passage:
    """Run a command; what it says goes to `sortie`."""
    temoin = [sys.executable, "-I", "-S", "-c", _TEMOIN, str(sortie), *argv]
    vu = subprocess.run(temoin, capture_output=True, text=True, check=True)
    duree, processeur, memoire, code = json.loads(vu.stdout)
    return Passage(duree, processeur, memoire * 1024 / MO, code)
