"""ack -> settled -> archived: what a partner left for us is kept, read, attached, and proved."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
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
from vaguemestre.engine.run import Resultat, Run
from vaguemestre.errors import ExchangeRefusedError, IllisibleError, RessourceError
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


def relever(maison: Maison, partenaire: str, arret: Callable[[], bool], regles: list[str]) -> None:
    """Fetch every new answer of one partner; the flux that they settle are added to `regles`.

    One bad answer never stops the others: each is kept and recorded by itself. `arret` says that
    the daemon stops: the rest waits for the next start.

    Raises:
        ExchangeError, RessourceError: some answers, or all, could not be taken this time.
    """
    # Many partners drop an answer once it was read: until it is recorded, ours is the only copy,
    # so it lies where the next life finds it, under its own name.
    boite = maison.travail / "reponses" / partenaire
    boite.mkdir(parents=True, exist_ok=True)
    for chemin in sorted(boite.iterdir()):
        if not chemin.name.startswith("."):
            _prendre(maison, partenaire, chemin, regles)
    transport, faute = maison.transport(partenaire), None
    for nom in sorted(transport.names()):
        if arret():
            break
        try:
            if maison.efface(partenaire) or not _connue(maison, partenaire, nom):
                transport.fetch(nom, boite / nom)
                _prendre(maison, partenaire, boite / nom, regles)
            if maison.efface(partenaire):
                transport.remove(nom)
        except (ExchangeRefusedError, RessourceError) as error:
            faute = faute or error
    if faute is not None:
        raise faute


def _connue(maison: Maison, partenaire: str, nom: str) -> bool:
    return maison.journal.recall(f"R:{partenaire}:{nom}", "recevoir") is not None


def _prendre(maison: Maison, partenaire: str, chemin: Path, regles: list[str]) -> None:
    """Record one fetched answer, once. Other bytes under a name already used are another one."""
    run = maison.run(f"R:{partenaire}:{chemin.name}")
    connue = maison.journal.recall(run.id, "recevoir")
    empreinte = maison.coffre.ranger(chemin)
    if connue is not None and connue.result["sha256"] != empreinte.sha256:
        run = maison.run(f"{run.id}~{empreinte.sha256[:12]}")
    objet = empreinte_json(chemin.name, empreinte)
    with ExitStack() as garde:
        resultat = run.step("recevoir", recevoir, maison, objet, chemin, garde)
    regles += [str(resultat["flux"])] if resultat["flux"] else []
    chemin.unlink(missing_ok=True)


def recevoir(maison: Maison, objet: dict[str, object], chemin: Path, garde: ExitStack) -> Resultat:
    """Attach an answer, kept as `objet`, to its flux on (NomFic, CodCol).

    `garde` is closed once the result is recorded: until then nothing else changes the flux.
    """
    try:
        reponse = lire_reponse(chemin)
    except IllisibleError as error:
        return _sans_flux(objet, "illisible", "", error.message)
    if isinstance(reponse, Retour):
        return _sans_flux(objet, "retour", reponse.nomfic, "")
    flux = next(iter(maison.registre.par_nomfic(reponse.nomfic, reponse.cod_col)), None)
    if flux is not None:
        garde.enter_context(maison.verrous.pour(f"flux {flux.id}"))
        flux = maison.registre.flux(flux.id)
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
        faits += _etat(
            maison, flux, EtatChange(flux=flux.id, etat=_VERDICTS[acquit.etat], motif=motif)
        )
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


def _etat(maison: Maison, flux: FluxVu, verdict: EtatChange) -> list[Fait]:
    """The verdict counts once both halves have left; until then the other half goes on.

    A doubt about the PES ends with its acquit, a doubt about the other half does not.
    """
    membres = maison.registre.membres(flux.id)
    if all(membre.recu_le is not None for membre in membres if membre.genre != "pes"):
        return [verdict]
    doute = any(m.genre == "pes" and m.recu_le is None for m in membres)
    if flux.etat is Etat.INCERTAIN and doute:
        return [EtatChange(flux=flux.id, etat=Etat.CONVERTI, motif="acquitté, le reste à envoyer")]
    return []


def appliquer_verdict(run: Run, maison: Maison, flux: str) -> None:
    """Settle a flux whose acquit came before its last half had left."""
    with maison.verrous.pour(f"flux {flux}"):
        vu = maison.registre.flux(flux)
        verdicts = [r for r in maison.registre.reponses(flux) if r.etat in _VERDICTS]
        if vu is not None and vu.etat is Etat.EXPEDIE and verdicts:
            dernier = verdicts[-1]
            juge = EtatChange(flux=flux, etat=_VERDICTS[dernier.etat], motif=dernier.motif)
            run.step(f"juger.{len(verdicts)}", lambda: Resultat({"etat": dernier.etat}, (juge,)))


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
