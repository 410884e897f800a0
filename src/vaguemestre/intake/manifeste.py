"""`manifeste.json`, dropped last: the list of the loose files that make one deposit.

`{"fichiers": ["mandats.csv", {"nom": "facture.pdf", "taille": 30211, "sha256": "…"}]}`; size and
digest are checked where they are given. Names are plain file names, without folders.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vaguemestre.intake.constats import Constats
from vaguemestre.intake.inventaire import Fichier, illisible, montrable
from vaguemestre.intake.json_lignes import analyser
from vaguemestre.intake.tableau import nom_proche

NOM = "manifeste.json"
SUFFIXE = ".manifeste.json"
_TAILLE_MAX = 10_000_000
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


@dataclass(frozen=True, slots=True)
class Entree:
    """One announced file."""

    nom: str
    taille: int | None = None
    sha256: str | None = None


def est_manifeste(nom: str) -> bool:
    """`manifeste.json` or `<anything>.manifeste.json`."""
    return nom.lower() == NOM or nom.lower().endswith(SUFFIXE)


def lire(octets: bytes, fichier: str, constats: Constats) -> tuple[Entree, ...]:
    """The announced files; () with findings when the manifest says nothing usable."""
    if len(octets) > _TAILLE_MAX:
        _refuser("le manifeste est trop gros", fichier, constats)
        return ()
    analyse = analyser(octets, fichier, constats)
    if analyse is None:
        return ()
    contenu = analyse[0]
    liste = contenu.get("fichiers") if isinstance(contenu, dict) else None
    if not isinstance(liste, list) or not liste:
        _refuser("il faut une clé « fichiers » avec au moins un nom", fichier, constats)
        return ()
    entrees = tuple(e for brut in liste if (e := _entree(brut, fichier, constats)) is not None)
    doubles = sorted({e.nom for e in entrees if [x.nom for x in entrees].count(e.nom) > 1})
    for nom in doubles:
        _refuser(f"« {nom} » est cité deux fois", fichier, constats)
    return entrees


def _entree(brut: Any, fichier: str, constats: Constats) -> Entree | None:
    if isinstance(brut, str):
        brut = {"nom": brut}
    if not isinstance(brut, dict) or set(brut) - {"nom", "taille", "sha256"}:
        _refuser("chaque fichier a un nom, et au plus taille et sha256", fichier, constats)
        return None
    nom, taille, sha256 = brut.get("nom"), brut.get("taille"), brut.get("sha256")
    if not isinstance(nom, str) or not nom_simple(nom):
        _refuser(f"« {montrable(str(nom))} » n'est pas un simple nom de fichier", fichier, constats)
        return None
    if not (taille is None or (isinstance(taille, int) and not isinstance(taille, bool))):
        _refuser(f"la taille de « {nom} » n'est pas un nombre d'octets", fichier, constats)
        return None
    if not (sha256 is None or (isinstance(sha256, str) and _SHA256.fullmatch(sha256))):
        _refuser(f"le sha256 de « {nom} » n'a pas 64 chiffres hexadécimaux", fichier, constats)
        return None
    return Entree(nom, taille, sha256.lower() if sha256 else None)


def nom_simple(nom: str) -> bool:
    """A name that stays in its folder: no separator, no `..`, not hidden."""
    return bool(nom) and not nom.startswith(".") and not re.search(r"[/\\\x00-\x1f]", nom)


def controler(
    entrees: Sequence[Entree], fichiers: Sequence[Fichier], manifeste: str, constats: Constats
) -> None:
    """Announced against present: missing files, other sizes, other digests."""
    presents = {fichier.nom: fichier for fichier in fichiers}
    for entree in entrees:
        present = presents.get(entree.nom)
        if present is None:
            constats.depot(
                "depot.manifeste.absent",
                f"le fichier « {entree.nom} » annoncé par le manifeste n'est pas là"
                + nom_proche(entree.nom, presents),
                "Déposer tous les fichiers, puis le manifeste en dernier.",
                fichier=manifeste,
                valeur=entree.nom,
            )
        elif entree.taille is not None and entree.taille != present.taille:
            constats.depot(
                "depot.manifeste.taille",
                f"« {entree.nom} » pèse {present.taille} octets, le manifeste en annonce "
                f"{entree.taille}",
                "Le transfert était incomplet : redéposer le fichier.",
                fichier=entree.nom,
            )
        elif entree.sha256 is not None:
            _empreinte(entree, present, constats)


def _empreinte(entree: Entree, present: Fichier, constats: Constats) -> None:
    try:
        with present.chemin.open("rb") as flux:
            calculee = hashlib.file_digest(flux, "sha256").hexdigest()
    except OSError as error:
        illisible(present.nom, error, constats)
        return
    if calculee != entree.sha256:
        constats.depot(
            "depot.manifeste.empreinte",
            f"« {entree.nom} » n'a pas l'empreinte SHA-256 annoncée par le manifeste",
            "Le fichier a changé ou le transfert l'a abîmé : le redéposer.",
            fichier=entree.nom,
            valeur=calculee,
        )


def _refuser(message: str, fichier: str, constats: Constats) -> None:
    constats.depot(
        "depot.manifeste.contenu",
        f"manifeste : {message}",
        'Écrire {"fichiers": ["mandats.csv", "facture.pdf"]}.',
        fichier=fichier,
    )
