"""`flux reissue`: the replacement of a flux without its rejected pièces."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from cyclopts import Parameter

from vaguemestre.cli.installation import EnJson, Fichier, configuration
from vaguemestre.cli.registre import Motif, acteur, pseudonyme
from vaguemestre.cli.reponses import Auteur
from vaguemestre.cli.sortie import console, dire_anomalies, ecrire_json
from vaguemestre.domain.flux import Etat
from vaguemestre.wiring import portes
from vaguemestre.workflows.reemission import Demande, Marches, Numerotation, Reemise, reemettre

_PAS_PARTIS = frozenset(
    {Etat.DEPOSE, Etat.CONTROLE, Etat.A_SIGNER, Etat.SIGNE, Etat.CONVERTI, Etat.RETENU}
)


Exclusions = Annotated[
    str | None,
    Parameter(
        help="Les pièces à ôter : 832,833 ou 72/832 ou depense/72/832 ; « aucune » renvoie tout."
        " Par défaut, celles que l'acquit ou les retours rejettent."
    ),
]
SortDesMarches = Annotated[
    Marches | None,
    Parameter(
        help="Renvoyer, ou non, les marchés que l'acquit n'accepte pas. Par défaut, c'est l'acquit"
        " qui le dit."
    ),
]


def reissue(
    flux: str,
    /,
    *,
    motif: Motif,
    exclude: Exclusions = None,
    auteur: Auteur = None,
    numerotation: Annotated[
        Numerotation,
        Parameter(help="Garder le numéro des bordereaux, ou leur donner le suivant."),
    ] = "meme",
    marches: SortDesMarches = None,
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
            marches=marches,
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
        sortie.print(_suite(reemise), markup=False)
        return
    sortie.print(f"{ancien} est remplacé par {reemise.flux}.", markup=False)
    otees = ", ".join(reemise.exclues) or "aucune"
    sortie.print(f"  pièces ôtées : {otees}", markup=False)
    for suivie in reemise.suivies:
        sortie.print(f"    {suivie}", markup=False)
    if reemise.exclues:
        sortie.print("  (à corriger dans le logiciel, puis à redéposer)")
    if reemise.prises:
        prises = ", ".join(reemise.prises)
        sortie.print(f"  déjà prises en charge, non reprises : {prises}", markup=False)
    for otee in reemise.otees:
        sortie.print(f"  ne repart pas : {otee}", markup=False)
    dire_anomalies(sortie, reemise.anomalies)
    if numerotation == "meme":
        sortie.print("Les bordereaux gardent leur numéro ; « --numerotation nouveau » le change.")
    sortie.print(f"{reemise.flux} sera signé et envoyé au prochain tour du démon.", markup=False)


def _suite(reemise: Reemise) -> str:
    """What may be done about a replacement that is there already."""
    if reemise.etat in _PAS_PARTIS:
        return (
            "Rien n'a été refait. Il n'est pas parti : pour changer ce qu'il porte, l'annuler"
            f" (« vaguemestre flux cancel {reemise.flux} »), puis recommencer."
        )
    if reemise.etat in (Etat.PARTIEL, Etat.REFUSE):
        return (
            f"Rien n'a été refait. Lui-même est {reemise.etat.value} :"
            f" « vaguemestre flux reissue {reemise.flux} »."
        )
    etat = "" if reemise.etat is None else f" Il est {reemise.etat.value}."
    return f"Rien n'a été refait.{etat}"


def _json(ancien: str, reemise: Reemise) -> dict[str, object]:
    return {
        "ancien": ancien,
        "flux": reemise.flux,
        "depot": reemise.depot,
        "deja": reemise.deja,
        "exclues": list(reemise.exclues),
        "prises_en_charge": list(reemise.prises),
        "suivies": list(reemise.suivies),
        "non_reprises": list(reemise.otees),
        "etat": None if reemise.etat is None else reemise.etat.value,
        "anomalies": [anomalie.as_json() for anomalie in reemise.anomalies],
    }
