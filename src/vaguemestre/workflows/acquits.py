"""ack -> settled: an answer is read, attached to its flux, and judges it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from vaguemestre.domain.acquits import Acquit, ElementAcquit, Erreur, Retour
from vaguemestre.domain.flux import (
    BordereauJuge,
    ErreurRelevee,
    Etat,
    EtatChange,
    Fait,
    MembreRecu,
    PjJugee,
    ReponseRecue,
)
from vaguemestre.engine.run import Resultat, Run
from vaguemestre.errors import DocumentError, IllisibleError
from vaguemestre.pes.acquit import lire_reponse, ouvrir_retour
from vaguemestre.store.vues import FluxVu
from vaguemestre.workflows.maison import Maison
from vaguemestre.workflows.reponses import (
    DOUBLE,
    ILLISIBLE,
    INCONNU,
    LOT,
    TARDIF,
    dites,
    pieces_par_lots,
    premier_ecart,
    recevoir_retour,
    remarque_de,
)
from vaguemestre.workflows.schemas import paquet_des_reponses

_VERDICTS = {"accepte": Etat.ACQUITTE, "partiel": Etat.PARTIEL, "rejete": Etat.REFUSE}
# Runs of answers, received or attached by hand: what they open answers a retour.
_REPONSES = ("R:", "A:")
_DITS = {"accepte": "accepté", "partiel": "accepté en partie", "rejete": "rejeté"}
_DOMAINES = {"5": "depense", "6": "recette", "7": "recette"}
_NUMEROS = re.compile(r"(mandat|titre|pièce|ligne) ([0-9]{1,13})(?![0-9])")
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


def recevoir(maison: Maison, objet: dict[str, object], chemin: Path, garde: ExitStack) -> Resultat:
    """Attach an answer, kept as `objet`, to its flux on (NomFic, CodCol); a retour to its body.

    `garde` is closed once the result is recorded: until then nothing else changes the flux.
    """
    try:
        if (lecture := ouvrir_retour(chemin)) is not None:
            return recevoir_retour(maison, objet, chemin, lecture)
        reponse = _lire_acquit(chemin, paquet_des_reponses(maison.config))
    except DocumentError as error:
        return _sans_flux(objet, ILLISIBLE, "", error.message, ILLISIBLE)
    flux = next(iter(maison.registre.par_nomfic(reponse.nomfic, reponse.cod_col)), None)
    if flux is not None:
        garde.enter_context(maison.verrous.pour(f"flux {flux.id}"))
        flux = maison.registre.flux(flux.id)
    if flux is None or not repond(flux):
        motif = f"aucun flux n'attend cet acquit (NomFic {reponse.nomfic or 'absent'})"
        return _sans_flux(objet, "acquit", reponse.nomfic, motif, INCONNU)
    double = bool(maison.registre.reponses_de_contenu(str(objet["sha256"])))
    return _attacher(maison, objet, reponse, flux, double)


def _lire_acquit(chemin: Path, paquet: Path | None) -> Acquit:
    reponse = lire_reponse(chemin, paquet, pieces=False)
    if isinstance(reponse, Retour):
        raise IllisibleError("un retour a pris la place d'un acquit", ref=chemin.name)
    return reponse


def repond(flux: FluxVu) -> bool:
    """May an acquit answer a flux that stands where this one does?"""
    return flux.etat in _REPOND or flux.etat is Etat.ARCHIVE


def attend_un_verdict(flux: FluxVu) -> bool:
    """May a person say what became of this flux, in place of an acquit that cannot be read?"""
    return repond(flux) and flux.etat is not Etat.ARCHIVE and flux.recus >= flux.membres


def _attacher(
    maison: Maison, objet: dict[str, object], acquit: Acquit, flux: FluxVu, double: bool
) -> Resultat:
    remarque, motif = remarque_de(acquit.anomalies), _motif(acquit)
    if double:
        remarque = DOUBLE
    elif flux.etat is Etat.ARCHIVE:
        remarque, motif = TARDIF, _compare(maison, flux, acquit)
    elif remarque and not motif:
        motif = premier_ecart(acquit.anomalies)
    recue = ReponseRecue(
        sha256=str(objet["sha256"]),
        nom=str(objet["nom"]),
        genre="acquit",
        flux=flux.id,
        nomfic=acquit.nomfic,
        etat=acquit.etat,
        motif=motif,
        remarque=remarque,
    )
    valeur, faits = jugement(maison, str(objet["sha256"]), acquit, flux, compte=not double)
    return Resultat({**objet, **valeur, "double": double}, (recue, *faits))


def _compare(maison: Maison, flux: FluxVu, acquit: Acquit) -> str:
    """What a late acquit says beside the one that counted: only a person can act on it."""
    avant = [
        r.etat
        for r in maison.registre.reponses(flux.id)
        if r.etat in _DITS and r.remarque not in (DOUBLE, TARDIF)
    ]
    dit, erreurs = _DITS[acquit.etat], _motif(acquit)
    suite = f" ; {erreurs}" if erreurs else ""
    if not avant or avant[-1] == acquit.etat:
        return f"il dit la même chose que le premier : {dit}{suite}"
    return f"le premier disait {_DITS[avant[-1]]}, celui-ci {dit}{suite}"


def jugement(
    maison: Maison, sha256: str, acquit: Acquit, flux: FluxVu, *, compte: bool
) -> tuple[dict[str, object], tuple[Fait, ...]]:
    """What a step that attaches an acquit remembers, and the facts that it gives.

    `compte` False: the same answer has been judged before. A flux that is archived is not judged
    again. Errors past the first `LOT` are left to `relever_erreurs`.
    """
    faits: list[Fait] = []
    erreurs = _erreurs(acquit, flux, sha256) if compte else []
    if compte and flux.etat is not Etat.ARCHIVE:
        faits += _recu_quand_meme(maison, flux)
        faits += [fait for element in acquit.elements for fait in _juger(flux, element)]
        faits += _etat(
            maison,
            flux,
            EtatChange(flux=flux.id, etat=_VERDICTS[acquit.etat], motif=_motif(acquit)),
        )
    valeur = {
        "genre": "acquit",
        "flux": flux.id,
        "etat": acquit.etat,
        "erreurs": len(erreurs),
        "anomalies": dites(acquit.anomalies),
    }
    return valeur, (*faits, *erreurs[:LOT])


def relever_erreurs(run: Run, maison: Maison, recu: Mapping[str, Any], sha256: str) -> None:
    """The errors of a long acquit that its first step did not bear, by portions."""
    nombre = int(recu.get("erreurs", 0))
    if nombre <= LOT or run.fait(f"erreurs.{-(-nombre // LOT) - 1:06d}"):
        return
    acquit = lire_reponse(maison.coffre.chemin(sha256), pieces=False)
    flux = maison.registre.flux(recu["flux"])
    if isinstance(acquit, Acquit) and flux is not None:
        reste: list[Fait] = list(_erreurs(acquit, flux, sha256)[LOT:])
        for rang, lot in enumerate(pieces_par_lots(reste), 1):
            run.step(f"erreurs.{rang:06d}", _lot_d_erreurs, sha256, lot)


def _lot_d_erreurs(sha256: str, lot: tuple[Fait, ...]) -> Resultat:
    return Resultat({"sha256": sha256, "erreurs": len(lot)}, lot)


def _erreurs(acquit: Acquit, flux: FluxVu, sha256: str) -> list[ErreurRelevee]:
    return [
        _erreur(flux, sha256, element, erreur)
        for element in acquit.elements
        for erreur in element.erreurs
    ]


def _erreur(flux: FluxVu, sha256: str, element: ElementAcquit, erreur: Erreur) -> ErreurRelevee:
    numeros = dict(_NUMEROS.findall(erreur.ref))
    piece = next((numeros[mot] for mot in ("mandat", "titre", "pièce") if mot in numeros), "0")
    return ErreurRelevee(
        flux=flux.id,
        reponse=sha256,
        domaine=_DOMAINES.get(element.code_domaine, ""),
        exercice=element.exercice or 0,
        bordereau=element.bordereau or 0,
        piece=int(piece),
        ligne=int(numeros.get("ligne", "0")),
        id_unique=element.id_unique or "",
        code=erreur.code,
        libelle=erreur.libelle,
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
    """Settle a flux whose acquit came before its last half had left, or that nothing answers."""
    with maison.verrous.pour(f"flux {flux}"):
        vu = maison.registre.flux(flux)
        verdicts = [r for r in maison.registre.reponses(flux) if r.etat in _VERDICTS]
        if vu is not None and vu.etat is Etat.EXPEDIE and verdicts:
            dernier = verdicts[-1]
            motif = "" if dernier.etat == "accepte" else dernier.motif
            juge = EtatChange(flux=flux, etat=_VERDICTS[dernier.etat], motif=motif)
            run.step(f"juger.{len(verdicts)}", lambda: Resultat({"etat": dernier.etat}, (juge,)))
        elif vu is not None and vu.etat is Etat.EXPEDIE and vu.depot.startswith(_REPONSES):
            sans = EtatChange(flux=flux, etat=Etat.SANS_ACQUIT, motif="rien n'y répond")
            run.step("clore", lambda: Resultat({"etat": Etat.SANS_ACQUIT.value}, (sans,)))


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


def _sans_flux(
    objet: dict[str, object], genre: str, nomfic: str, motif: str, remarque: str
) -> Resultat:
    """Kept and visible (`flux reponses`), to be attached by hand if need be."""
    recue = ReponseRecue(
        sha256=str(objet["sha256"]),
        nom=str(objet["nom"]),
        genre=genre,
        flux="",
        nomfic=nomfic,
        etat="",
        motif=motif,
        remarque=remarque,
    )
    return Resultat({**objet, "genre": genre, "flux": "", "motif": motif}, (recue,))
