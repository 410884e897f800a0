"""`flux reissue`: the replacement of a flux without its rejected pièces."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from cyclopts import Parameter

from vaguemestre.cli.installation import EnJson, Fichier, configuration
from vaguemestre.cli.registre import Motif, acteur, pseudonyme
from vaguemestre.cli.reponses import Auteur
from vaguemestre.cli.sortie import console, dire_anomalies, ecrire_json
from vaguemestre.wiring import portes
from vaguemestre.workflows.reemission import Demande, Numerotation, Reemise, reemettre


def reissue(
    flux: str,
    /,
    *,
    motif: Motif,
    exclude: Annotated[
        str | None,
        Parameter(
            help="Les pièces à ôter : 832,833 ou 72/832 ou depense/72/832 ; « aucune » renvoie"
            " tout. Par défaut, celles que l'acquit ou les retours rejettent."
        ),
    ] = None,
    auteur: Auteur = None,
    numerotation: Annotated[
        Numerotation,
        Parameter(help="Garder le numéro des bordereaux, ou leur donner le suivant."),
    ] = "meme",
    json: EnJson = False,
    config: Fichier = None,
) -> int:
    """Refaire un flux réglé sans les pièces rejetées ; l'ancien est remplacé.

    Args:
        flux: son numéro (F00000001).
    """
    with portes(configuration(config)) as ouvertes:
        qui = acteur() if auteur is None else pseudonyme(auteur)
        maison = replace(ouvertes.maison, journal=ouvertes.journal.au_nom_de(qui))
        demande = Demande(
            motif=motif,
            auteur=auteur or qui,
            exclure=None if exclude is None else tuple(exclude.split(",")),
            numerotation=numerotation,
        )
        reemise = reemettre(maison, flux, demande)
        ouvertes.executions.planifier(reemise.flux, "flux", reemise.flux, ouvertes.horloge.now())
    if json:
        ecrire_json(_json(flux, reemise))
    else:
        _dire(flux, reemise, numerotation)
    return 0


def _dire(ancien: str, reemise: Reemise, numerotation: Numerotation) -> None:
    sortie = console()
    if reemise.deja:
        sortie.print(f"{ancien} est déjà remplacé par {reemise.flux}.", markup=False)
        return
    sortie.print(f"{ancien} est remplacé par {reemise.flux}.", markup=False)
    otees = ", ".join(reemise.exclues) or "aucune"
    sortie.print(f"  pièces ôtées : {otees}", markup=False)
    if reemise.exclues:
        sortie.print("  (à corriger dans le logiciel, puis à redéposer)")
    if reemise.prises:
        prises = ", ".join(reemise.prises)
        sortie.print(f"  déjà prises en charge, non reprises : {prises}", markup=False)
    dire_anomalies(sortie, reemise.anomalies)
    if numerotation == "meme":
        sortie.print("Les bordereaux gardent leur numéro ; « --numerotation nouveau » le change.")
    sortie.print("Il sera signé et envoyé au prochain tour du démon.")


def _json(ancien: str, reemise: Reemise) -> dict[str, object]:
    return {
        "ancien": ancien,
        "flux": reemise.flux,
        "depot": reemise.depot,
        "deja": reemise.deja,
        "exclues": list(reemise.exclues),
        "prises_en_charge": list(reemise.prises),
        "anomalies": [anomalie.as_json() for anomalie in reemise.anomalies],
    }
