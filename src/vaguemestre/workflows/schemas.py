"""Which schema versions there are, which one judges, and whether it is the latest known.

No text says which version Hélios takes on a given day (reference/pes.md §12): dates of effect are
configuration, unknown by default, and a warning is all that is made of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from vaguemestre.config.sections import Configuration
from vaguemestre.errors import Anomalie, ConfigurationError, Gravite
from vaguemestre.pes.schema import Pack, packs, rang

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


def dossier_des_paquets(config: Configuration) -> Path | None:
    """Where added packs lie; None when the configuration names no folder."""
    return None if config.pes.schemas is None else config.chemin(config.pes.schemas)


def dossier_ou_ajouter(config: Configuration) -> Path:
    """The folder that `schemas add` writes to.

    Raises:
        ConfigurationError: the configuration names none.
    """
    dossier = dossier_des_paquets(config)
    if dossier is None:
        raise ConfigurationError(
            'aucun dossier pour les paquets : ajouter « schemas = "schemas" » sous [pes]'
        )
    return dossier


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
    presents = {pack.version: pack for pack in packs(dossier_des_paquets(config))}
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


def _derniere(presents: dict[str, Pack], effets: dict[str, date | None], jour: date) -> str:
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
