"""XSD packs: found by version, compiled once per process and per thread.

A pack is a folder `<version>/` that holds `PES_Aller.xsd`, or an official tree where that file
stands deeper (`PES_V2/Rev0/`). Ours lie in `schemas/`; a setting adds an outside folder, which
wins. pes.md §12: which version Hélios takes on a given day is not known, hence a setting.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from vaguemestre.errors import ConfigurationError
from vaguemestre.formats.donnees import donnees

NOM = "PES_Aller.xsd"
VERSION = "5.30"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schemas:
    """One schema of PES Aller, ready to validate.

    lxml does not say that an XMLSchema may be shared between threads, so each thread compiles
    its own (about 20 ms).
    """

    version: str
    chemin: Path
    _local: threading.local = field(default_factory=threading.local, repr=False, compare=False)

    @property
    def xmlschema(self) -> etree.XMLSchema:
        """The compiled schema of this thread.

        Raises:
            ConfigurationError: the pack is incomplete or wrong.
        """
        pret: etree.XMLSchema | None = getattr(self._local, "schema", None)
        if pret is None:
            pret = _compiler(self.chemin)
            self._local.schema = pret
        return pret


def _compiler(chemin: Path) -> etree.XMLSchema:
    analyseur = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.XMLSchema(etree.parse(str(chemin), analyseur))
    except (OSError, etree.LxmlError) as error:
        raise ConfigurationError(f"schéma XSD inutilisable : {chemin} ({error})") from error


def charger(version: str = VERSION, dossier: Path | None = None) -> Schemas:
    """The schema of a version, e.g. « 5.30 »; `dossier`: an outside folder of packs, or one pack.

    Raises:
        ConfigurationError: no such pack; the message lists those that are there.
    """
    racines = ([dossier] if dossier is not None else []) + [donnees("schemas")]
    for racine in racines:
        for candidat in (racine / version, *([racine] if racine is dossier else [])):
            trouve = _entree(candidat)
            if trouve is not None:
                return Schemas(version=version, chemin=trouve)
    connues = ", ".join(versions(dossier)) or "aucune"
    raise ConfigurationError(f"pas de schéma PES {version} ; versions présentes : {connues}")


def du_fichier(chemin: Path, version: str = VERSION) -> Schemas:
    """A schema given by the path of its PES_Aller.xsd."""
    return Schemas(version=version, chemin=chemin)


def versions(dossier: Path | None = None) -> list[str]:
    """The versions at hand, ours and those of the outside folder."""
    racines = ([dossier] if dossier is not None else []) + [donnees("schemas")]
    noms = {
        pack.name
        for racine in racines
        if racine.is_dir()
        for pack in racine.iterdir()
        if pack.is_dir() and _entree(pack) is not None
    }
    return sorted(noms)


def _entree(pack: Path) -> Path | None:
    direct = pack / NOM
    if direct.is_file():
        return direct
    return min(pack.rglob(NOM), default=None) if pack.is_dir() else None
