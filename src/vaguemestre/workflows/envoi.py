"""controlled -> sent: one flux is signed, checked once more, converted, and handed over.

Each stage is a durable step; bytes lie in the coffre, steps remember digests. A stage returns only
when it is done: what must wait (revocation unknown, budget held, partner down) raises a transient
error and is tried again.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from decimal import Decimal
from typing import Any

from vaguemestre.config.sections import Collectivite, Partenaire, Volet
from vaguemestre.domain.flux import (
    Etat,
    EtatChange,
    Fait,
    IntentionPrise,
    MembreInscrit,
    MembreRecu,
)
from vaguemestre.engine.run import Resultat, Run
from vaguemestre.errors import (
    Anomalie,
    ConfigurationError,
    DocumentError,
    ExchangeInterruptedError,
    ExchangeUncertainError,
    IntegrityError,
    RessourceError,
)
from vaguemestre.indigo.convert import FichierIndigo, convertir
from vaguemestre.indigo.parite import comparer
from vaguemestre.pes.examen import examiner
from vaguemestre.pes.read import lire
from vaguemestre.ports import Colis, Done, Empreinte
from vaguemestre.signature.verification import verifier
from vaguemestre.signature.xades import BordereauASigner, signer
from vaguemestre.store.vues import FluxVu, MembreVu
from vaguemestre.transport.nommage import nom_passtrans, p_msg
from vaguemestre.workflows.acquits import appliquer_verdict
from vaguemestre.workflows.candidats import Voisins, partenaire_de
from vaguemestre.workflows.maison import Maison, empreinte_json
from vaguemestre.workflows.paraphe import options
from vaguemestre.workflows.rapports import actualiser
from vaguemestre.workflows.reglages import reglages_de

PES, INDIGO = "pes", "indigo"
# Seconds that a worker waits for another envoi of the same budget, before it does something else.
_PATIENCE = 2.0


def envoyer(run: Run, maison: Maison, flux: FluxVu, collectivite: Collectivite) -> None:
    """The whole way of one flux; safe to start again after any crash."""
    signe = run.step("signer", apposer, maison, flux, collectivite)
    if not signe["pret"]:
        return
    pes = _empreinte(signe)
    releve = run.step("verifier", relire, maison, flux, collectivite, pes)
    if not releve["valide"]:
        return
    run.step("convertir", jumeler, maison, flux, collectivite, pes)
    membres = maison.registre.membres(flux.id)
    with ExitStack() as seul:
        if len(membres) > 1:
            # Between its two halves nothing else of this budget leaves.
            cle = f"envoi {flux.cod_col} {flux.cod_bud}"
            seul.enter_context(maison.verrous.pour(cle, _PATIENCE))
        for membre in membres:
            if membre.recu_le is not None:
                continue
            essai = _essai(run, maison, flux, membre)
            if essai is None:
                return
            etape = _nom("expedier", membre, essai)
            with ExitStack() as garde:
                envoye = run.step(etape, expedier, run, maison, flux, membre, essai, garde)
            if not envoye["recu"]:
                return
    appliquer_verdict(run, maison, flux.id)


def _nom(etape: str, membre: MembreVu, essai: int) -> str:
    return f"{etape}.{membre.genre}" if essai == 0 else f"{etape}.{membre.genre}.{essai}"


def _essai(run: Run, maison: Maison, flux: FluxVu, membre: MembreVu) -> int | None:
    """Which try this is; None while nobody has settled an uncertain one.

    A person who says « non expédié » (flux resolve) opens the next try, with an intent of its own.
    """
    essai = 0
    while (done := maison.journal.recall(run.id, _nom("expedier", membre, essai))) is not None:
        if done.result["recu"]:
            break
        essai += 1
    vu = maison.registre.flux(flux.id)
    return None if vu is None or vu.etat is Etat.INCERTAIN else essai


def _empreinte(resultat: Mapping[str, Any]) -> Empreinte:
    return Empreinte(resultat["sha256"], resultat["sha1"], resultat["taille"])


# -- signing ---------------------------------------------------------------------------------


def apposer(maison: Maison, flux: FluxVu, collectivite: Collectivite) -> Resultat:
    """Sign what is to be signed; what came signed, or carries no bordereau, stays as it is."""
    fiche = origine(maison, flux)
    source = maison.coffre.chemin(str(fiche["sha256"]))
    if not fiche.pop("a_signer") or not _electronique(maison, flux, collectivite):
        return Resultat({"pret": True, **fiche})
    signataire = maison.signataire(collectivite)
    if signataire is None:
        attente = EtatChange(
            flux=flux.id, etat=Etat.A_SIGNER, motif="aucun certificat n'est configuré"
        )
        maison.journal.record(flux.id, "attendre.signataire", Done({}, (attente,)))
        raise RessourceError("aucun certificat n'est configuré pour signer", ref=flux.id)
    totaux = {
        (b.domaine, b.exercice, b.type, b.numero): b.cumul
        for b in maison.registre.bordereaux(flux.id)
    }

    def cumul(b: BordereauASigner) -> Decimal | None:
        return totaux.get((b.domaine, b.exercice, b.type, b.numero))

    with maison.brouillon(".xml") as vers:
        voulu = options(maison.config.signature_de(collectivite))
        signe = signer(source, vers, signataire, voulu, maison.horloge.now(), cumul)
        empreinte = maison.coffre.ranger(vers, lier=True)
        elements = [element.id for element in signe.signatures]
    return Resultat(
        {"pret": True, **empreinte_json(flux.nom_fil, empreinte), "signatures": elements},
        (EtatChange(flux=flux.id, etat=Etat.SIGNE),),
    )


def origine(maison: Maison, flux: FluxVu) -> dict[str, Any]:
    """The unsigned PES of a flux, as its deposit's control left it."""
    done = maison.journal.recall(flux.depot, "controler")
    fichiers = done.result["fichiers"] if done is not None else []
    for fiche in fichiers if isinstance(fichiers, list) else []:
        if fiche["flux"] == flux.id:
            return {cle: fiche[cle] for cle in ("nom", "sha256", "sha1", "taille", "a_signer")}
    raise IntegrityError("le PES de ce flux n'est plus dans le journal", ref=flux.id)


def _electronique(maison: Maison, flux: FluxVu, collectivite: Collectivite) -> bool:
    """False when the convention keeps this flux's bordereaux on paper."""
    domaines = {b.domaine for b in maison.registre.bordereaux(flux.id)}
    volets = [v for v in collectivite.convention if _concerne(v, flux.cod_bud, domaines)]
    return not volets or any(volet.bordereau == "electronique" for volet in volets)


def _concerne(volet: Volet, cod_bud: str, domaines: set[str]) -> bool:
    return volet.domaine in domaines and (not volet.budgets or cod_bud in volet.budgets)


# -- checking once more ----------------------------------------------------------------------


def relire(maison: Maison, flux: FluxVu, collectivite: Collectivite, pes: Empreinte) -> Resultat:
    """The very bytes that will leave: schema and rules, then the signatures and their chain.

    Raises:
        RessourceError: revocation could not be known; the flux is held and tried again.
    """
    chemin = maison.coffre.chemin(pes.sha256)
    memoire = maison.memoire(collectivite, frozenset({flux.id}))
    voisins = {
        pj.id_unique: "ce dépôt"
        for autre in maison.registre.flux_du_depot(flux.depot)
        if autre.id != flux.id
        for pj in maison.registre.pjs(autre.id)
    }
    examen = examiner(
        chemin,
        schemas=maison.schemas,
        memoire=Voisins(memoire, voisins, {}),
        reglages=replace(reglages_de(maison.config, collectivite), contenu=False),
    )
    anomalies = [a for a in examen.anomalies if a.bloquante]
    if examen.sommaire is not None and examen.sommaire.signatures:
        confiance = maison.confiance(collectivite)
        verification = verifier(chemin, confiance, maison.horloge.now())
        if verification.revocation_inconnue and confiance.revocation == "exigee":
            _retenir(maison, flux, "la révocation du certificat n'a pas pu être vérifiée")
        if verification.verdict != "valide":
            anomalies += [a for a in _reproches(verification) if a.bloquante]
    if not anomalies:
        return Resultat({"valide": True, "schema": examen.schema})
    dites = [anomalie.as_json() for anomalie in anomalies]
    motif = f"{len(anomalies)} anomalie(s), dont : {anomalies[0].message}"
    rejet = EtatChange(flux=flux.id, etat=Etat.REJETE, motif=motif)
    actualiser(maison, replace(flux, etat=Etat.REJETE, motif=motif))
    return Resultat({"valide": False, "schema": examen.schema, "anomalies": dites}, (rejet,))


def _reproches(verification: Any) -> list[Anomalie]:
    return [
        *verification.anomalies,
        *(a for signature in verification.signatures for a in signature.anomalies),
    ]


def _retenir(maison: Maison, flux: FluxVu, motif: str) -> None:
    if flux.etat is not Etat.RETENU:
        retenu = EtatChange(flux=flux.id, etat=Etat.RETENU, motif=motif)
        maison.journal.record(flux.id, "retenir", Done({"motif": motif}, (retenu,)))
    raise RessourceError(motif, ref=flux.id)


# -- the INDIGO twin -------------------------------------------------------------------------


def jumeler(maison: Maison, flux: FluxVu, collectivite: Collectivite, pes: Empreinte) -> Resultat:
    """The members of the envoi: the PES, and its INDIGO made from these very bytes.

    Raises:
        DocumentError: the PES does not fit the layout, or the two files differ.
    """
    partenaire = partenaire_de(maison, collectivite)
    faits: list[Fait] = [_membre(flux, PES, _nom_fil(flux, partenaire, collectivite, pes), pes)]
    jumeaux = []
    fichiers = _indigo(maison, flux, collectivite, pes)
    for fichier in fichiers:
        genre = INDIGO if len(fichiers) == 1 else f"{INDIGO}-{fichier.famille.lower()}"
        empreinte = maison.coffre.ranger_octets(fichier.contenu)
        faits.append(_membre(flux, genre, fichier.nom, empreinte, fichier.statut))
        jumeaux.append(empreinte_json(fichier.nom, empreinte))
    faits.append(EtatChange(flux=flux.id, etat=Etat.CONVERTI))
    return Resultat({"indigo": jumeaux}, tuple(faits))


def _indigo(
    maison: Maison, flux: FluxVu, collectivite: Collectivite, pes: Empreinte
) -> tuple[FichierIndigo, ...]:
    profil = maison.dessin(collectivite)
    if profil is None or not maison.registre.bordereaux(flux.id):
        return ()
    partenaire = partenaire_de(maison, collectivite)
    if not profil.transmissible and not partenaire.simulateur:
        raise ConfigurationError(
            f"le dessin INDIGO « {profil.nom} » est de statut {profil.statut} : il ne peut partir"
            f" vers « {partenaire.nom} », qui n'est pas un simulateur ; rien n'a été envoyé",
            ref=flux.id,
        )
    document = lire(maison.coffre.chemin(pes.sha256))
    fichiers = convertir(document, profil, sequence=int(flux.id[1:]), monnaie=collectivite.monnaie)
    ecarts = comparer(document, fichiers, profil)
    if ecarts:
        raise DocumentError(
            "le PES et son jumeau INDIGO diffèrent", ref=flux.id, anomalies=tuple(ecarts)
        )
    return fichiers


def _membre(
    flux: FluxVu, genre: str, nom: str, empreinte: Empreinte, statut: str | None = None
) -> MembreInscrit:
    return MembreInscrit(
        flux=flux.id,
        genre=genre,
        nom=nom,
        sha256=empreinte.sha256,
        sha1=empreinte.sha1,
        taille=empreinte.taille,
        statut=statut,
    )


def _nom_fil(
    flux: FluxVu, partenaire: Partenaire, collectivite: Collectivite, pes: Empreinte
) -> str:
    if partenaire.nommage == "pesalr2":
        return flux.nom_fil
    message = p_msg(flux.cod_col, collectivite.poste, flux.cod_bud, partenaire.p_msg)
    return nom_passtrans(partenaire.p_dest, partenaire.p_appli, message, pes.sha1)


# -- handing over ----------------------------------------------------------------------------


def expedier(
    run: Run, maison: Maison, flux: FluxVu, membre: MembreVu, essai: int, garde: ExitStack
) -> Resultat:
    """Hand one member to the partner: intent first, then the bytes, then the receipt.

    `garde` is closed once the result is recorded: an acquit that comes at this very moment waits
    (`acquits.recevoir` takes the same lock), so that neither is applied to a state that has gone.

    Raises:
        ExchangeInterruptedError: the line was cut, or another flux holds the budget: tried again.
        ExchangeRefusedError: the partner, or our own door, refuses.
    """
    autre = maison.registre.budget_retenu(flux.cod_col, flux.cod_bud, sauf=flux.id)
    if autre is not None:
        raise ExchangeInterruptedError(f"le budget attend le flux {autre}", ref=flux.id)
    colis = _colis(maison, membre)

    def intention() -> None:
        prise = IntentionPrise(flux=flux.id, genre=membre.genre)
        maison.journal.record(run.id, nom_intention, Done({"nom": membre.nom}, (prise,)))

    nom_intention = _nom("intention", membre, essai)
    deja = maison.journal.recall(run.id, nom_intention) is not None
    try:
        with maison.guichets.pour(flux.partenaire):
            recu = maison.transport(flux.partenaire).send(colis, intention, deja)
    except ExchangeUncertainError as error:
        garde.enter_context(maison.verrous.pour(f"flux {flux.id}"))
        if any(m.recu_le for m in maison.registre.membres(flux.id) if m.genre == membre.genre):
            return Resultat({"recu": True, "nom": membre.nom, "mode": "acquit"})
        incertain = EtatChange(flux=flux.id, etat=Etat.INCERTAIN, motif=error.message)
        return Resultat({"recu": False, "motif": error.message}, (incertain,))
    garde.enter_context(maison.verrous.pour(f"flux {flux.id}"))
    faits: list[Fait] = [MembreRecu(flux=flux.id, genre=membre.genre, mode=recu.mode)]
    attendus = {m.genre for m in maison.registre.membres(flux.id) if m.recu_le is None}
    if attendus <= {membre.genre} and _encore_en_route(maison, flux):
        faits.append(EtatChange(flux=flux.id, etat=Etat.EXPEDIE))
    resultat: Mapping[str, object] = {"recu": True, "nom": recu.nom, "mode": recu.mode}
    return Resultat(resultat, tuple(faits))


def _colis(maison: Maison, membre: MembreVu) -> Colis:
    empreinte = Empreinte(membre.sha256, membre.sha1, membre.taille)
    return Colis(membre.nom, maison.coffre.chemin(membre.sha256), empreinte, membre.statut)


def _encore_en_route(maison: Maison, flux: FluxVu) -> bool:
    """False when an acquit was faster than our own receipt."""
    vu = maison.registre.flux(flux.id)
    return vu is not None and vu.etat in (Etat.CONVERTI, Etat.RETENU, Etat.INCERTAIN)
