"""Which schema versions there are, which one judges, and whether it is the latest known.

No text says which version Hélios takes on a given day (reference/pes.md §12): dates of effect are
configuration, unknown by default, and a warning is all that is made of them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from vaguemestre.config.sections import Configuration
from vaguemestre.errors import Anomalie, Gravite
from vaguemestre.pes.schema import packs, rang

_STATUTS = {
    "maison": "écrit d'après les faits publics, non officiel",
    "officiel": "paquet ajouté, il juge à la place du nôtre",
    "": "annoncée par la configuration, paquet absent",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionConnue:
    """One version: at hand (`origine` maison or officiel), or only announced ('')."""

    version: str
    origine: str
    effet: date | None
    employee: bool
    derniere: bool
    empreinte: str = ""

    @property
    def statut(self) -> str:
        return _STATUTS[self.origine]

    def as_json(self) -> dict[str, object]:
        return {
            "version": self.version,
            "origine": self.origine or "absent",
            "statut": self.statut,
            "effet": None if self.effet is None else self.effet.isoformat(),
            "employee": self.employee,
            "derniere": self.derniere,
            "empreinte": self.empreinte,
        }


def dossier_des_paquets(config: Configuration) -> Path:
    """Where added packs lie; it may not be there yet."""
    return config.chemin(config.pes.schemas)


def paquet_des_reponses(config: Configuration) -> Path | None:
    """The official pack that judges acquits and retours: that of the version in use, else the
    latest one added; None where ours judge."""
    dossier = dossier_des_paquets(config)
    if (dossier / "PES_V2").is_dir():
        return dossier
    officiels = {pack.version: pack.dossier for pack in packs(dossier) if pack.officiel}
    if not officiels:
        return None
    return officiels.get(config.pes.schema_version) or list(officiels.values())[-1]


def lister(config: Configuration, jour: date) -> list[VersionConnue]:
    """Every version at hand or announced, oldest first."""
    presents = {pack.version: pack for pack in packs(dossier_des_paquets(config))}
    effets = {schema.version: schema.effet for schema in config.schemas}
    derniere = _derniere(presents, effets, jour)
    return [
        VersionConnue(
            version=version,
            origine=presents[version].origine if version in presents else "",
            effet=effets.get(version),
            employee=version == config.pes.schema_version,
            derniere=version == derniere,
            empreinte=presents[version].empreinte if version in presents else "",
        )
        for version in sorted({*presents, *effets}, key=rang)
    ]


def avis(config: Configuration, version: str, jour: date) -> tuple[Anomalie, ...]:
    """A warning where `version` is not the latest known, or is not yet in force."""
    presents = _presentes(dossier_des_paquets(config))
    effets = {schema.version: schema.effet for schema in config.schemas}
    effet = effets.get(version)
    if effet is not None and effet > jour:
        message = f"contrôlé selon le schéma {version}, qui ne prend effet que le {effet:%d/%m/%Y}"
        return (_avertir(version, message),)
    derniere = _derniere(presents, effets, jour)
    if version == derniere:
        return ()
    message = f"contrôlé selon le schéma {version} ; la dernière version connue est {derniere}"
    return (_avertir(version, message),)


def _presentes(dossier: Path | None) -> Collection[str]:
    """The versions at hand: packs may be added at any time, ours are shipped with the program."""
    if dossier is None or not dossier.is_dir():
        return _livrees()
    return [pack.version for pack in packs(dossier)]


@cache
def _livrees() -> tuple[str, ...]:
    return tuple(pack.version for pack in packs())


def _derniere(presents: Collection[str], effets: dict[str, date | None], jour: date) -> str:
    """The highest version that is not announced for later."""
    en_vigueur = [
        version
        for version in {*presents, *effets}
        if (effet := effets.get(version)) is None or effet <= jour
    ]
    return max(en_vigueur, key=rang, default="")


def _avertir(version: str, message: str) -> Anomalie:
    return Anomalie(
        "pes.schema.version",
        "fichier",
        message,
        Gravite.AVERTISSEMENT,
        valeur=version,
        conseil=(
            "Demander au poste comptable la version qu'il attend ; l'exploitant la met dans"
            " pes.schema_version, ou ajoute son paquet (« vaguemestre schemas add »)."
        ),
    )
