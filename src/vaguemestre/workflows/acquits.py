"""ack -> settled -> archived: what a partner left for us is kept, read, attached, and proved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from vaguemestre.domain.acquits import Acquit, ElementAcquit, Retour
from vaguemestre.domain.flux import (
    BordereauJuge,
    Etat,
    EtatChange,
    Fait,
    MembreRecu,
    PjJugee,
    ReponseRecue,
)
from vaguemestre.engine.run import Resultat
from vaguemestre.errors import IllisibleError
from vaguemestre.pes.acquit import lire_reponse
from vaguemestre.store.vues import FluxVu
from vaguemestre.workflows.maison import Maison, empreinte_json

_VERDICTS = {"accepte": Etat.ACQUITTE, "partiel": Etat.PARTIEL, "rejete": Etat.REFUSE}
_DOMAINES = {"5": "depense", "6": "recette", "7": "recette"}
_REPOND = frozenset(
    {
        Etat.CONVERTI,
        Etat.RETENU,
        Etat.INCERTAIN,
        Etat.EXPEDIE,
        Etat.SANS_ACQUIT,
        Etat.ACQUITTE,
        Etat.PARTIEL,
        Etat.REFUSE,
    }
)


def relever(maison: Maison, partenaire: str, arret: Callable[[], bool]) -> list[str]:
    """Fetch every new answer of one partner; returns the flux that were settled by them.

    One bad answer never stops the others: each is kept and recorded by itself. `arret` says that
    the daemon stops: the rest waits for the next start.
    """
    transport = maison.transport(partenaire)
    regles: list[str] = []
    for nom in sorted(transport.names()):
        if arret():
            break
        run = maison.run(f"R:{partenaire}:{nom}")
        with maison.brouillon(".reponse") as chemin:
            if maison.journal.recall(run.id, "recevoir") is None:
                transport.fetch(nom, chemin)
                resultat = run.step("recevoir", recevoir, maison, nom, chemin)
                regles += [str(resultat["flux"])] if resultat["flux"] else []
        if maison.efface(partenaire):
            transport.remove(nom)
    return regles


def recevoir(maison: Maison, nom: str, chemin: Path) -> Resultat:
    """Keep an answer, and attach it to its flux on (NomFic, CodCol)."""
    empreinte = maison.coffre.ranger(chemin)
    objet = empreinte_json(nom, empreinte)
    try:
        reponse = lire_reponse(chemin)
    except IllisibleError as error:
        return _sans_flux(objet, "illisible", "", error.message)
    if isinstance(reponse, Retour):
        return _sans_flux(objet, "retour", reponse.nomfic, "")
    flux = next(iter(maison.registre.par_nomfic(reponse.nomfic, reponse.cod_col)), None)
    if flux is None or flux.etat not in _REPOND | {Etat.ARCHIVE}:
        return _sans_flux(objet, "acquit", reponse.nomfic, "aucun flux n'attend cet acquit")
    return _attacher(maison, objet, reponse, flux)


def _attacher(maison: Maison, objet: dict[str, object], acquit: Acquit, flux: FluxVu) -> Resultat:
    motif = _motif(acquit)
    faits: list[Fait] = [
        ReponseRecue(
            sha256=str(objet["sha256"]),
            nom=str(objet["nom"]),
            genre="acquit",
            flux=flux.id,
            nomfic=acquit.nomfic,
            etat=acquit.etat,
            motif=motif,
        )
    ]
    double = bool(maison.registre.reponses_de_contenu(str(objet["sha256"])))
    if not double and flux.etat is not Etat.ARCHIVE:
        faits += _recu_quand_meme(maison, flux)
        faits += [fait for element in acquit.elements for fait in _juger(flux, element)]
        faits.append(EtatChange(flux=flux.id, etat=_VERDICTS[acquit.etat], motif=motif))
    return Resultat(
        {
            **objet,
            "genre": "acquit",
            "flux": flux.id,
            "etat": acquit.etat,
            "double": double,
            "anomalies": [anomalie.as_json() for anomalie in acquit.anomalies],
        },
        tuple(faits),
    )


def _recu_quand_meme(maison: Maison, flux: FluxVu) -> list[Fait]:
    """An acquit proves that the PES arrived, even where our own receipt is missing."""
    return [
        MembreRecu(flux=flux.id, genre=membre.genre, mode="acquit")
        for membre in maison.registre.membres(flux.id)
        if membre.genre == "pes" and membre.recu_le is None
    ]


def _juger(flux: FluxVu, element: ElementAcquit) -> list[Fait]:
    if element.id_unique is not None:
        pj = PjJugee(
            flux=flux.id,
            cod_col=flux.cod_col,
            id_unique=element.id_unique,
            accepte=element.accepte,
        )
        return [pj]
    if element.bordereau is None or element.exercice is None:
        return []
    return [
        BordereauJuge(
            flux=flux.id,
            domaine=_DOMAINES.get(element.code_domaine, ""),
            exercice=element.exercice,
            numero=element.bordereau,
            accepte=element.accepte,
        )
    ]


def _motif(acquit: Acquit) -> str:
    erreurs = [erreur for element in acquit.elements for erreur in element.erreurs]
    if not erreurs:
        return ""
    premiere = erreurs[0]
    suite = f" (et {len(erreurs) - 1} autre(s))" if len(erreurs) > 1 else ""
    return f"{premiere.ref} : {premiere.libelle or premiere.code}{suite}"


def _sans_flux(objet: dict[str, object], genre: str, nomfic: str, motif: str) -> Resultat:
    """Kept and visible (`flux list --reponses`), to be attached by hand if need be."""
    recue = ReponseRecue(
        sha256=str(objet["sha256"]),
        nom=str(objet["nom"]),
        genre=genre,
        flux="",
        nomfic=nomfic,
        etat="",
        motif=motif,
    )
    return Resultat({**objet, "genre": genre, "flux": "", "motif": motif}, (recue,))
