"""`indigo convert | show | layouts`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from vaguemestre.cli.installation import EnJson, Fichier
from vaguemestre.cli.sortie import (
    a_ecrire,
    console,
    dire_anomalies,
    discours,
    ecrire_json,
    lisible,
    tableau,
)
from vaguemestre.config.lecture import chercher
from vaguemestre.errors import DocumentError, UsageError
from vaguemestre.indigo.convert import apercu, convertir
from vaguemestre.indigo.dessins import Profil, charger, disponibles, livres
from vaguemestre.indigo.lecture import lire as lire_indigo
from vaguemestre.indigo.parite import comparer
from vaguemestre.pes.read import lire

Dessin = Annotated[
    str | None,
    Parameter(help="Un fichier de dessin, ou le nom d'un dessin livré (indigo layouts)."),
]


def convert(
    pes: Path,
    /,
    *,
    sortie: Annotated[Path, Parameter(name=["--output", "-o"], help="Le fichier INDIGO à écrire.")],
    layout: Dessin = None,
    sequence: Annotated[int, Parameter(help="Numéro de l'envoi.")] = 1,
    config: Fichier = None,
) -> int:
    """Convertir un PES en INDIGO.

    Args:
        pes: le PES Aller, tel qu'il sera envoyé.
    """
    chemin = lisible(pes)
    profil = choisir_profil(layout, config)
    avertir(profil)
    document = lire(chemin)
    if profil.statut == "draft" and profil.manques:
        _apercevoir(profil, chemin)
        return DocumentError.exit_code
    fichiers = convertir(document, profil, sequence=sequence, monnaie=profil.monnaie, epreuve=True)
    ecarts = comparer(document, fichiers, profil)
    if ecarts and profil.statut == "draft":
        discours().print("Parité non établie par ce brouillon (avertissement) :")
        dire_anomalies(discours(), ecarts)
    elif ecarts:
        raise DocumentError("le PES et son jumeau INDIGO diffèrent", ref=str(pes), anomalies=ecarts)
    cibles = _cibles(a_ecrire(sortie), len(fichiers))
    if any(cible.exists() and cible.samefile(chemin) for cible in cibles):
        raise UsageError("la sortie ne peut pas être le PES lui-même")
    for fichier, cible in zip(fichiers, cibles, strict=True):
        cible.write_bytes(fichier.contenu)
        dire_anomalies(discours(), fichier.anomalies)
        console().print(
            f"écrit : {cible} ({fichier.famille}, {fichier.enregistrements} enregistrement(s),"
            f" total HT {fichier.total_ht}, nom d'envoi {fichier.nom})",
            markup=False,
        )
    return 0


def show(
    fichier: Path, /, *, layout: Dessin = None, json: EnJson = False, config: Fichier = None
) -> int:
    """Montrer un fichier INDIGO zone par zone.

    Args:
        fichier: un fichier INDIGO.
    """
    chemin = lisible(fichier)
    profil = choisir_profil(layout, config)
    enregistrements = lire_indigo(chemin.read_bytes(), profil)
    if json:
        ecrire_json(
            [
                {zone.nom: texte for zone, texte, _ in enregistrement.zones(profil)}
                for enregistrement in enregistrements
            ]
        )
        return 0
    avertir(profil)
    for rang, enregistrement in enumerate(enregistrements, 1):
        console().print(
            tableau(
                f"Enregistrement {rang}",
                ("début", "longueur", "zone", "texte", "valeur"),
                (
                    (zone.debut, zone.longueur, zone.nom, f"«{texte}»", valeur)
                    for zone, texte, valeur in enregistrement.zones(profil)
                ),
            )
        )
    return 0


def layouts(*, json: EnJson = False, config: Fichier = None) -> int:
    """Lister les dessins et leur statut."""
    path = chercher(config)
    profils = disponibles(() if path is None else sorted(path.parent.glob("*indigo*.json")))
    lignes = [
        {
            "nom": profil.nom,
            "statut": profil.statut,
            "transmissible": profil.transmissible,
            "manques": list(profil.manques),
            "chemin": str(profil.chemin),
        }
        for profil in profils
    ]
    if json:
        ecrire_json(lignes)
        return 0
    console().print(
        tableau(
            "Dessins INDIGO",
            ("nom", "statut", "peut partir", "ce qui manque"),
            (
                (
                    un["nom"],
                    un["statut"],
                    "oui" if un["transmissible"] else "non",
                    _court(un["manques"]),
                )
                for un in lignes
            ),
        )
    )
    return 0


def _court(manques: object) -> str:
    liste = manques if isinstance(manques, list) else []
    return f"{len(liste)} : {liste[0]}…" if liste else ""


def choisir_profil(layout: str | None, config: Path | None) -> Profil:
    """The layout that is named, else that of the configuration, else the fictional one.

    Raises:
        UsageError: no such layout.
    """
    if layout is not None and Path(layout).exists():
        return charger(Path(layout))
    if layout is not None:
        for livre in livres():
            if livre.stem == Path(layout).stem or charger(livre).nom == layout:
                return charger(livre)
        raise UsageError(f"dessin inconnu : {layout} ; « vaguemestre indigo layouts » les liste")
    path = chercher(config)
    if path is not None:
        from vaguemestre.config.lecture import charger as charger_config
        from vaguemestre.wiring import dessin

        reglages = charger_config(path)
        for collectivite in reglages.collectivites:
            profil = dessin(reglages, collectivite)
            if profil is not None:
                return profil
    return next(charger(livre) for livre in livres() if charger(livre).statut == "fictional")


def avertir(profil: Profil) -> None:
    """Say on stderr that files of this layout may not leave."""
    if profil.statut != "validated":
        discours().print(
            f"Dessin « {profil.nom} » de statut {profil.statut} : les positions officielles ne sont"
            " pas publiques ; ce fichier ne peut partir vers aucun vrai partenaire.",
            markup=False,
        )


def _apercevoir(profil: Profil, chemin: Path) -> None:
    discours().print("Ce dessin est un brouillon : aperçu des données seulement.")
    for ref, valeurs in apercu(lire(chemin), profil):
        console().print(tableau(ref, ("zone", "valeur"), valeurs.items()))


def _cibles(vers: Path, nombre: int) -> list[Path]:
    if nombre <= 1:
        return [vers] * nombre
    return [vers.with_name(f"{vers.stem}-{rang}{vers.suffix}") for rang in range(1, nombre + 1)]
