"""`flux reponses | attach`: the answers that a person should look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated

from cyclopts import Parameter

from vaguemestre.cli.installation import EnJson, Fichier, configuration
from vaguemestre.cli.registre import Motif, acteur, pseudonyme
from vaguemestre.cli.sortie import console, ecrire_json, tableau
from vaguemestre.store.vues import FluxVu, ReponseVue
from vaguemestre.wiring import portes
from vaguemestre.workflows.echecs import Echec, en_echec
from vaguemestre.workflows.rattachement import Rattachement, Verdict, prendre, rattacher

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
    "echec": "le programme n'a pas su la prendre",
}
_CONSEILS = {
    "illisible": "la demander de nouveau au poste comptable, ou la lire avec lui, puis"
    " « vaguemestre flux attach SHA FLUX --verdict … --motif … ».",
    "ambigu": "corriger dans la configuration le SIRET ou le code de la collectivité, puis relancer"
    " le démon : le retour trouve seul sa place ; ou « vaguemestre flux attach SHA FLUX"
    " --motif … » avec un flux de cette collectivité.",
    "inconnu": "chercher avec « vaguemestre flux list » le flux parti sous ce NomFic, puis"
    " « vaguemestre flux attach SHA FLUX --motif … » ; un fichier envoyé par un autre logiciel"
    " s'ignore.",
    "double": "rien à faire, elle n'a compté qu'une fois.",
    "tardif": "elle ne change plus rien ; si elle refuse ce qui était accepté, appeler le poste"
    " comptable.",
    "hors_schema": "elle a compté ; le signaler au poste comptable.",
    "echec": "« vaguemestre flux attach SHA FLUX --motif … », avec --verdict si elle ne se lit"
    " pas.",
}


def lister(*, json: EnJson = False, config: Fichier = None) -> int:
    """Les réponses qui demandent un regard : illisibles, ambiguës, inconnues, en double…"""
    with portes(configuration(config)) as ouvertes:
        reponses = ouvertes.maison.registre.reponses_a_voir()
        echecs = en_echec(ouvertes.maison)
    if json:
        ecrire_json([*map(_json, reponses), *map(_echec_json, echecs)])
        return 0
    if not reponses and not echecs:
        console().print("Aucune réponse n'attend.")
        return 0
    if reponses:
        _dire(reponses)
    if echecs:
        _dire_echecs(echecs)
    return 0


def _dire(reponses: Sequence[ReponseVue]) -> None:
    colonnes = ("reçue le", "nom, motif", "SHA-256", "remarque", "flux")
    lignes = (
        (r.recue_le, f"{r.nom}\n{r.motif}".strip(), r.sha256[:12], _remarque(r), r.flux)
        for r in reponses
    )
    console().print(tableau("Réponses à voir", colonnes, lignes, entieres=("SHA-256", "flux")))
    for remarque in dict.fromkeys(r.remarque for r in reponses):
        if remarque in _CONSEILS:
            console().print(f"{_REMARQUES[remarque]} : {_CONSEILS[remarque]}", markup=False)


def _dire_echecs(echecs: Sequence[Echec]) -> None:
    colonnes = ("depuis", "nom, motif", "essais", "sera relue")
    lignes = (
        (
            datetime.fromisoformat(e.depuis),
            f"{e.nom}\n{e.motif}",
            e.essais,
            datetime.fromisoformat(e.prochain),
        )
        for e in echecs
    )
    titre = "Réponses que le programme n'a pas su prendre"
    console().print(tableau(titre, colonnes, lignes, entieres=("essais",)))
    console().print(
        "Elles sont gardées et relues d'elles-mêmes, de plus en plus rarement. Transmettre le motif"
        " à qui maintient vaguemestre ; d'ici là, lire le fichier avec le poste comptable, puis"
        " « vaguemestre flux attach NOM FLUX --motif … », avec --verdict s'il ne se lit pas."
    )


def attach(
    reponse: str,
    flux: str = "",
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
        flux: le numéro du flux ; pour un retour, un flux quelconque de sa collectivité, ou rien
            quand la configuration nomme maintenant cette collectivité.
    """
    with portes(configuration(config)) as ouvertes:
        qui = acteur() if auteur is None else pseudonyme(auteur)
        maison = replace(ouvertes.maison, journal=ouvertes.journal.au_nom_de(qui))
        voulu = Rattachement(flux=flux, motif=motif, auteur=auteur or qui, verdict=verdict)
        trouvee = prendre(maison, reponse, voulu)
        accuses: list[str] = []

        def confier(accuse: str) -> None:
            ouvertes.executions.planifier(accuse, "flux", accuse, ouvertes.horloge.now())
            accuses.append(accuse)

        juge = rattacher(maison, trouvee, voulu, confier)
    _dire_attachee(trouvee, juge, accuses)
    return 0


def _dire_attachee(trouvee: ReponseVue, juge: FluxVu | None, accuses: Sequence[str]) -> None:
    if juge is None:
        suite = "rendue à la collectivité que la configuration nomme"
    elif trouvee.genre == "retour":
        suite = f"rendue à la collectivité {juge.collectivite}"
    else:
        suite = f"attachée à {juge.id} : {juge.etat.value}"
    console().print(f"{trouvee.nom} est {suite}.", markup=False)
    for accuse in accuses:
        console().print(
            f"Son PES_ACQUIT_RETOUR, {accuse}, partira au prochain tour du démon.", markup=False
        )


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


def _echec_json(echec: Echec) -> dict[str, object]:
    return {
        "nom": echec.nom,
        "sha256": "",
        "genre": "",
        "remarque": "echec",
        "motif": echec.motif,
        "nomfic": "",
        "flux": "",
        "collectivite": "",
        "recue_le": echec.depuis,
        "a_attacher": True,
        "essais": echec.essais,
        "prochain_essai": echec.prochain,
    }
