"""XSD packs: found by version, compiled once per process and per thread.

A pack is a folder `<version>/` that holds `PES_Aller.xsd`, or an official tree where that file
stands deeper (`PES_V2/Rev0/`). Ours lie in `schemas/`; a setting adds an outside folder, which
wins. pes.md §12: which version Hélios takes on a given day is not known, hence a setting.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from vaguemestre.errors import ConfigurationError
from vaguemestre.formats.donnees import donnees

NOM = "PES_Aller.xsd"
VERSION = "5.30"
FICHE = "pack.json"
MAISON = "maison"
OFFICIEL = "officiel"


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
            try:
                pret = compiler(self.chemin)
            except (OSError, etree.LxmlError) as error:
                raise ConfigurationError(
                    f"schéma XSD inutilisable : {self.chemin} ({error})"
                ) from error
            self._local.schema = pret
        return pret


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """One version at hand.

    `origine`: « maison » (ours, written from public facts) or « officiel » (added); `empreinte`:
    SHA-256 of the list of its files, '' for ours and for a pack laid there by hand.
    """

    version: str
    origine: str
    dossier: Path
    entree: Path
    empreinte: str = ""

    @property
    def officiel(self) -> bool:
        return self.origine == OFFICIEL


def compiler(chemin: Path) -> etree.XMLSchema:
    """A schema from its entry file, without network.

    Raises:
        OSError, etree.LxmlError: it is not there, or is no schema.
    """
    analyseur = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.XMLSchema(etree.parse(str(chemin), analyseur))


def charger(version: str = VERSION, dossier: Path | None = None) -> Schemas:
    """The schema of a version, e.g. « 5.30 »; `dossier`: an outside folder of packs, or one pack.

    Raises:
        ConfigurationError: no such pack; the message lists those that are there.
    """
    seul = None if dossier is None else _entree_directe(dossier)
    if seul is not None:
        return Schemas(version=version, chemin=seul)
    for pack in packs(dossier):
        if pack.version == version:
            return Schemas(version=version, chemin=pack.entree)
    connues = ", ".join(versions(dossier)) or "aucune"
    raise ConfigurationError(f"pas de schéma PES {version} ; versions présentes : {connues}")


def du_fichier(chemin: Path, version: str = VERSION) -> Schemas:
    """A schema given by the path of its PES_Aller.xsd."""
    return Schemas(version=version, chemin=chemin)


def versions(dossier: Path | None = None) -> list[str]:
    """The versions at hand, ours and those of the outside folder, oldest first."""
    return [pack.version for pack in packs(dossier)]


def packs(dossier: Path | None = None) -> list[Pack]:
    """Every version once, oldest first; an added pack stands in place of ours."""
    trouves: dict[str, Pack] = {}
    for racine, origine in ((donnees("schemas"), MAISON), (dossier, OFFICIEL)):
        if racine is None or not racine.is_dir():
            continue
        for sous in racine.iterdir():
            entree = None if sous.name.startswith(".") or not sous.is_dir() else _entree(sous)
            if entree is not None:
                trouves[sous.name] = Pack(
                    version=sous.name,
                    origine=origine,
                    dossier=sous,
                    entree=entree,
                    empreinte=empreinte_connue(sous),
                )
    return sorted(trouves.values(), key=lambda pack: rang(pack.version))


def rang(version: str) -> tuple[tuple[int, str], ...]:
    """A key that orders versions as people do: 5.9 before 5.30."""
    morceaux = version.split(".")
    return tuple((int(m), "") if m.isdecimal() else (-1, m) for m in morceaux)


def empreinte_connue(pack: Path) -> str:
    """The digest recorded when the pack was added; '' where there is no record."""
    try:
        fiche = json.loads((pack / FICHE).read_text("utf-8"))
    except (OSError, ValueError):
        return ""
    return str(fiche.get("empreinte", "")) if isinstance(fiche, dict) else ""


def _entree_directe(pack: Path) -> Path | None:
    for entree in (pack / NOM, pack / "PES_V2" / "Rev0" / NOM):
        if entree.is_file():
            return entree
    return None


def _entree(pack: Path) -> Path | None:
    """The entry of a pack, also where its tree stands in a folder of its own."""
    return _entree_directe(pack) or min(pack.rglob(NOM), default=None)
