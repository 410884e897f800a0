"""`schemas list | add | impact`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from vaguemestre.cli.installation import configuration
from vaguemestre.cli.options import EnJson, Fichier
from vaguemestre.cli.sortie import ListeJson, attente, console, ecrire_json, existants, tableau
from vaguemestre.config.emplacement import chercher
from vaguemestre.config.sections import Configuration
from vaguemestre.errors import DocumentError, UsageError
from vaguemestre.workflows import schemas as paquets


def lister(*, json: EnJson = False, config: Fichier = None) -> int:
    """Lister les schémas, leur origine et leurs dates d'effet."""
    reglages = configuration(config) if chercher(config) is not None else Configuration()
    connues = paquets.lister(reglages, _aujourd_hui())
    if json:
        ecrire_json([connue.as_json() for connue in connues])
        return 0
    lignes = (
        (
            connue.version,
            connue.origine or "absent",
            connue.statut,
            "inconnue" if connue.effet is None else f"{connue.effet:%d/%m/%Y}",
            ", ".join(_marques(connue)),
        )
        for connue in connues
    )
    colonnes = ("version", "origine", "statut", "date d'effet", "")
    console().print(tableau("Schémas", colonnes, lignes))
    return 0


def _marques(connue: paquets.VersionConnue) -> list[str]:
    return [
        *(["employée"] if connue.employee else []),
        *(["dernière connue"] if connue.derniere else []),
    ]


def add(
    paquet: Path,
    /,
    *,
    version: Annotated[
        str | None, Parameter(help="La version, si le paquet ne la dit pas (5.31).")
    ] = None,
    config: Fichier = None,
) -> int:
    """Ajouter un paquet officiel ; il juge ensuite à la place du nôtre.

    Args:
        paquet: le dossier ou le zip de la DGFiP (il contient PES_V2/).
    """
    from vaguemestre.pes.packs import ajouter

    (source,) = existants([paquet])
    reglages = configuration(config)
    ajoute = ajouter(source, paquets.dossier_des_paquets(reglages), version=version)
    sortie = console()
    deja = " était déjà là, rien n'a changé" if ajoute.deja else " ajouté"
    sortie.print(
        f"schéma {ajoute.version}{deja} : {ajoute.fichiers} fichiers, SHA-256 {ajoute.empreinte}",
        markup=False,
    )
    if reglages.pes.schema_version != ajoute.version:
        sortie.print(
            f'Pour l\'employer : schema_version = "{ajoute.version}" sous [pes], ou'
            f" « vaguemestre check --schema {ajoute.version} ».",
            markup=False,
        )
    return 0


def impact(version: str, /, *, json: EnJson = False, config: Fichier = None) -> int:
    """Contrôler de nouveau les PES de l'archive sous une autre version.

    Args:
        version: celle à essayer, par exemple 5.30.
    """
    from vaguemestre.pes.schema import charger, versions
    from vaguemestre.wiring import portes
    from vaguemestre.workflows.impact import mesurer

    reglages = configuration(config)
    dossier = paquets.dossier_des_paquets(reglages)
    if version not in (presentes := versions(dossier)):
        raise UsageError(
            f"pas de schéma PES {version} ; versions présentes : {', '.join(presentes)}"
        )
    vus = casses = absents = 0
    liste, sortie = ListeJson(), console()
    with portes(reglages) as ouvertes, attente(f"Contrôle de l'archive sous {version}"):
        for rupture in mesurer(ouvertes.maison, charger(version, dossier)):
            vus, casses, absents = vus + 1, casses + rupture.casse, absents + rupture.absent
            if json:
                liste.ajouter(rupture.as_json())
            elif rupture.casse:
                sortie.print(f"{rupture.flux} {rupture.nomfic} : serait rejeté", markup=False)
                for ecart in rupture.ecarts:
                    sortie.print(f"  {ecart.ref} : {ecart.message}", markup=False)
                    sortie.print(f"    {ecart.chemin}", markup=False)
            elif rupture.absent:
                sortie.print(f"{rupture.flux} : son PES n'est plus au coffre", markup=False)
    if json:
        liste.finir()
    else:
        sortie.print(
            f"{vus} flux contrôlés sous {version} : {casses} seraient rejetés"
            + (f", {absents} sans PES" if absents else ""),
            markup=False,
        )
    return DocumentError.exit_code if casses else 0


def _aujourd_hui() -> date:
    return date.today()  # noqa: DTZ011 — the calendar day where the office is
