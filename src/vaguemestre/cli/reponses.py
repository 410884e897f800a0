"""`flux reponses | attach`: the answers that a person should look at."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from cyclopts import Parameter

from vaguemestre.cli.installation import EnJson, Fichier, configuration
from vaguemestre.cli.registre import Motif, acteur, pseudonyme
from vaguemestre.cli.sortie import console, ecrire_json, tableau
from vaguemestre.store.vues import ReponseVue
from vaguemestre.wiring import portes
from vaguemestre.workflows.rattachement import Rattachement, Verdict, designer, rattacher

Auteur = Annotated[
    str | None, Parameter(help="Qui le demande ; par défaut, le compte qui tape la commande.")
]
_REMARQUES = {
    "illisible": "illisible",
    "ambigu": "retour sans destinataire certain",
    "inconnu": "acquit que rien n'attend",
    "double": "déjà reçu",
    "tardif": "acquit d'un flux déjà archivé",
    "hors_schema": "lu, mais hors de son schéma",
}


def lister(*, json: EnJson = False, config: Fichier = None) -> int:
    """Les réponses qui demandent un regard : illisibles, ambiguës, inconnues, en double…"""
    with portes(configuration(config)) as ouvertes:
        reponses = ouvertes.maison.registre.reponses_a_voir()
    if json:
        ecrire_json([_json(reponse) for reponse in reponses])
        return 0
    if not reponses:
        console().print("Aucune réponse n'attend.")
        return 0
    colonnes = ("reçue le", "nom, motif", "SHA-256", "remarque", "flux")
    lignes = (
        (r.recue_le, f"{r.nom}\n{r.motif}".strip(), r.sha256[:12], _remarque(r), r.flux)
        for r in reponses
    )
    console().print(tableau("Réponses à voir", colonnes, lignes, entieres=("SHA-256", "flux")))
    if any(not r.flux and not r.collectivite for r in reponses):
        console().print("« vaguemestre flux attach SHA FLUX --motif … » en attache une.")
    return 0


def attach(
    reponse: str,
    flux: str,
    /,
    *,
    motif: Motif,
    auteur: Auteur = None,
    verdict: Annotated[
        Verdict | None,
        Parameter(help="Ce que dit une réponse illisible, lue par une personne."),
    ] = None,
    config: Fichier = None,
) -> int:
    """Attacher à la main une réponse à un flux.

    Args:
        reponse: son nom, ou le début de son SHA-256.
        flux: le numéro du flux ; pour un retour, un flux quelconque de sa collectivité.
    """
    with portes(configuration(config)) as ouvertes:
        qui = acteur() if auteur is None else pseudonyme(auteur)
        maison = replace(ouvertes.maison, journal=ouvertes.journal.au_nom_de(qui))
        trouvee = designer(maison, reponse)
        voulu = Rattachement(flux=flux, motif=motif, auteur=auteur or qui, verdict=verdict)
        juge = rattacher(maison, trouvee, voulu)
    console().print(f"{trouvee.nom} est attachée à {juge.id} : {juge.etat.value}.", markup=False)
    return 0


def _remarque(reponse: ReponseVue) -> str:
    return _REMARQUES.get(reponse.remarque, reponse.remarque or reponse.genre)


def _json(reponse: ReponseVue) -> dict[str, object]:
    return {
        "nom": reponse.nom,
        "sha256": reponse.sha256,
        "genre": reponse.genre,
        "remarque": reponse.remarque,
        "motif": reponse.motif,
        "nomfic": reponse.nomfic,
        "flux": reponse.flux,
        "collectivite": reponse.collectivite,
        "recue_le": reponse.recue_le.isoformat(),
        "a_attacher": not reponse.flux and not reponse.collectivite,
    }
