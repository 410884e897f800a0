"""`flux list | show | replay | resolve | cancel`; see `reponses` and `reemission` for others."""

from __future__ import annotations

import getpass
import hashlib
from datetime import datetime
from typing import Annotated, Any

from cyclopts import Parameter

from vaguemestre.cli.installation import configuration
from vaguemestre.cli.options import EnJson, Fichier, Rapports
from vaguemestre.cli.pieces import dire_pieces, pieces_json
from vaguemestre.cli.rapports import ecrire_rapports, verifier_rapports
from vaguemestre.cli.sortie import console, ecrire_json, tableau
from vaguemestre.domain.flux import Etat, EtatChange, MembreRecu
from vaguemestre.errors import UsageError
from vaguemestre.ports import Done
from vaguemestre.store.vues import BordereauVu, FluxVu, MembreVu
from vaguemestre.wiring import Portes, portes
from vaguemestre.workflows.explications_flux import fichier_du_flux
from vaguemestre.workflows.impact import schema_du_flux

Motif = Annotated[str, Parameter(help="Pourquoi ; inscrit au journal.")]


def lister(
    *,
    etat: Annotated[Etat | None, Parameter(help="Seulement cet état.")] = None,
    collectivite: Annotated[str | None, Parameter(help="Seulement cette collectivité.")] = None,
    limite: Annotated[int, Parameter(help="Combien au plus.")] = 50,
    reponses: Annotated[
        bool, Parameter(negative="", help="Plutôt les réponses qu'aucun flux n'attendait.")
    ] = False,
    json: EnJson = False,
    config: Fichier = None,
) -> int:
    """Lister les flux, les plus récents d'abord."""
    with portes(configuration(config)) as ouvertes:
        registre = ouvertes.maison.registre
        if reponses:
            return _lister_reponses(ouvertes, json=json)
        flux = registre.lister(etat=etat, collectivite=collectivite, limite=limite)
        if json:
            ecrire_json([_flux_json(vu) for vu in flux])
            return 0
        colonnes = ("flux", "depuis", "collectivité", "NomFic, motif", "état")
        lignes = (_rang(v) for v in flux)
        console().print(tableau("Flux", colonnes, lignes, entieres=("flux", "état")))
        comptes = registre.comptes()
        console().print(", ".join(f"{etat.value} {nombre}" for etat, nombre in comptes.items()))
    return 0


def _rang(v: FluxVu) -> tuple[str, ...]:
    return v.id, _court(v.change_le), v.collectivite, _suivi(v.nomfic, v.motif), v.etat.value


def _court(instant: datetime) -> str:
    """Day and hour where the reader is; the year is in the NomFic beside it."""
    return f"{instant.astimezone():%d/%m %H:%M}"


def _suivi(nom: str, motif: str) -> str:
    """The reason under the name: the row stays readable on a narrow screen."""
    return f"{nom}\n{motif}".strip()


def _lister_reponses(ouvertes: Portes, *, json: bool) -> int:
    sans_flux = ouvertes.maison.registre.reponses("")
    reponses = [reponse for reponse in sans_flux if not reponse.collectivite]
    if json:
        ecrire_json(
            [
                {
                    "nom": r.nom,
                    "genre": r.genre,
                    "nomfic": r.nomfic,
                    "motif": r.motif,
                    "sha256": r.sha256,
                    "recue_le": r.recue_le.isoformat(),
                }
                for r in reponses
            ]
        )
        return 0
    lignes = ((r.recue_le, _suivi(r.nom, r.motif), r.genre, r.nomfic) for r in reponses)
    colonnes = ("reçue le", "nom, motif", "genre", "NomFic")
    console().print(tableau("Réponses sans flux", colonnes, lignes))
    return 0


def show(
    flux: str, /, *, json: EnJson = False, rapport: Rapports = None, config: Fichier = None
) -> int:
    """Montrer un flux, ses membres, ses étapes, ses réponses.

    Args:
        flux: son numéro (F00000001).
    """
    verifier_rapports(rapport or ())
    with portes(configuration(config)) as ouvertes:
        vu = _trouver(ouvertes, flux)
        if json:
            ecrire_json(_tout_json(ouvertes, vu))
        else:
            _dire(ouvertes, vu)
        if rapport:
            trouve = fichier_du_flux(ouvertes.maison, vu)
            titre = f"Flux {vu.id}, {vu.nomfic} : {vu.etat.value}"
            ecrire_rapports([trouve], rapport, titre=titre, quand=vu.change_le.isoformat())
    return 0


def replay(flux: str, /, *, config: Fichier = None) -> int:
    """Reprendre maintenant un flux en attente ; ce qui est fait reste fait.

    Args:
        flux: son numéro, ou celui d'un dépôt (D00000001).
    """
    with portes(configuration(config)) as ouvertes:
        if not ouvertes.executions.relancer(flux, ouvertes.horloge.now()):
            raise UsageError(f"{flux} est inconnu, ou en cours en ce moment")
        console().print(f"{flux} reprendra au prochain tour du démon.")
    return 0


def resolve(
    flux: str,
    /,
    *,
    motif: Motif,
    expedie: Annotated[
        bool | None,
        Parameter(
            name="--expedie",
            negative="--non-expedie",
            help="Le partenaire l'a reçu, ou ne l'a pas reçu (il sera alors renvoyé).",
        ),
    ] = None,
    config: Fichier = None,
) -> int:
    """Trancher un flux INCERTAIN.

    Args:
        flux: son numéro.
    """
    if expedie is None:
        raise UsageError("dire --expedie ou --non-expedie")
    with portes(configuration(config)) as ouvertes:
        vu = _trouver(ouvertes, flux)
        if vu.etat is not Etat.INCERTAIN:
            raise UsageError(f"{flux} n'est pas INCERTAIN, il est {vu.etat.value}")
        doute = next(m for m in ouvertes.maison.registre.membres(flux) if m.recu_le is None)
        journal = ouvertes.journal.au_nom_de(acteur())
        rang = len(ouvertes.maison.registre.historique(flux))
        faits = _decision(vu, doute.genre, expedie=expedie, motif=motif)
        journal.record(
            flux,
            f"trancher.{rang}",
            Done({"membre": doute.genre, "expedie": expedie, "motif": motif}, faits),
        )
        ouvertes.executions.relancer(flux, ouvertes.horloge.now())
        console().print(f"{flux} : tranché, {'reçu' if expedie else 'à renvoyer'}.")
    return 0


def _decision(vu: FluxVu, genre: str, *, expedie: bool, motif: str) -> tuple[Any, ...]:
    if not expedie:
        return (EtatChange(flux=vu.id, etat=Etat.CONVERTI, motif=motif),)
    recu = MembreRecu(flux=vu.id, genre=genre, mode="tranche")
    entier = vu.recus + 1 >= vu.membres
    etat = Etat.EXPEDIE if entier else Etat.CONVERTI
    return (recu, EtatChange(flux=vu.id, etat=etat, motif=motif))


def cancel(flux: str, /, *, motif: Motif, config: Fichier = None) -> int:
    """Annuler un flux qui n'est pas parti.

    Args:
        flux: son numéro.
    """
    avant_envoi = {
        Etat.DEPOSE,
        Etat.CONTROLE,
        Etat.A_SIGNER,
        Etat.SIGNE,
        Etat.CONVERTI,
        Etat.RETENU,
    }
    with portes(configuration(config)) as ouvertes:
        vu = _trouver(ouvertes, flux)
        partis = [m for m in ouvertes.maison.registre.membres(flux) if m.intention_le is not None]
        if vu.etat not in avant_envoi or partis:
            raise UsageError(f"{flux} est {vu.etat.value} : ce qui est parti ne s'annule pas")
        journal = ouvertes.journal.au_nom_de(acteur())
        annule = EtatChange(flux=flux, etat=Etat.ANNULE, motif=motif)
        journal.record(flux, "annuler", Done({"motif": motif}, (annule,)))
        console().print(f"{flux} : annulé.")
    return 0


def acteur() -> str:
    """The pseudonym of whoever is at the keyboard; the log carries no name."""
    return pseudonyme(getpass.getuser())


def pseudonyme(nom: str) -> str:
    """Always the same for the same person; does not say who it is."""
    return "personne-" + hashlib.sha256(nom.encode()).hexdigest()[:12]


def _trouver(ouvertes: Portes, flux: str) -> FluxVu:
    vu = ouvertes.maison.registre.flux(flux)
    if vu is None:
        raise UsageError(f"flux inconnu : {flux} ; « vaguemestre flux list » les liste")
    return vu


def _flux_json(vu: FluxVu) -> dict[str, object]:
    return {
        "flux": vu.id,
        "depot": vu.depot,
        "collectivite": vu.collectivite,
        "cod_col": vu.cod_col,
        "cod_bud": vu.cod_bud,
        "nomfic": vu.nomfic,
        "nom": vu.nom_fil,
        "partenaire": vu.partenaire,
        "etat": vu.etat.value,
        "motif": vu.motif,
        "membres": vu.membres,
        "recus": vu.recus,
        "ouvert_le": vu.ouvert_le.isoformat(),
        "change_le": vu.change_le.isoformat(),
    }


def _tout_json(ouvertes: Portes, vu: FluxVu) -> dict[str, object]:
    registre = ouvertes.maison.registre
    return {
        **_flux_json(vu),
        "schema": schema_du_flux(ouvertes.maison, vu),
        "envoi": [_membre_json(m) for m in registre.membres(vu.id)],
        "bordereaux": [_bordereau_json(b) for b in registre.bordereaux(vu.id)],
        "pj": [
            {"id_unique": p.id_unique, "nom": p.nom, "etat": p.etat} for p in registre.pjs(vu.id)
        ],
        **pieces_json(ouvertes.maison, vu.id),
        "reponses": [
            {"nom": r.nom, "genre": r.genre, "etat": r.etat, "motif": r.motif, "sha256": r.sha256}
            for r in registre.reponses(vu.id)
        ],
        "etapes": [
            {"seq": e.seq, "etape": e.etape, "temps": e.temps.isoformat(), "resultat": e.resultat}
            for e in registre.historique(vu.id)
        ],
    }


def _membre_json(m: MembreVu) -> dict[str, object]:
    return {
        "genre": m.genre,
        "nom": m.nom,
        "sha256": m.sha256,
        "sha1": m.sha1,
        "taille": m.taille,
        "statut": m.statut,
        "intention_le": m.intention_le and m.intention_le.isoformat(),
        "recu_le": m.recu_le and m.recu_le.isoformat(),
        "mode": m.mode,
    }


def _bordereau_json(b: BordereauVu) -> dict[str, object]:
    return {
        "domaine": b.domaine,
        "exercice": b.exercice,
        "type": b.type,
        "numero": b.numero,
        "pieces": list(b.pieces),
        "montant_ht": str(b.montant_ht),
        "montant_tva": str(b.montant_tva),
        "cumul": None if b.cumul is None else str(b.cumul),
        "accepte": b.accepte,
    }


def _dire(ouvertes: Portes, vu: FluxVu) -> None:
    registre, sortie = ouvertes.maison.registre, console()
    sortie.print(f"{vu.id} : {vu.etat.value} {vu.motif}", markup=False)
    sortie.print(
        f"  {vu.nomfic}, {vu.collectivite}, budget {vu.cod_bud}, dépôt {vu.depot}", markup=False
    )
    schema = schema_du_flux(ouvertes.maison, vu)
    sortie.print(f"  contrôlé selon le schéma {schema or 'inconnu'}", markup=False)
    execution = ouvertes.executions.voir(vu.id)
    if execution is not None and execution.erreur:
        sortie.print(f"  dernier échec : {execution.erreur}", markup=False)
    membres = (
        (m.genre, m.nom, m.taille, m.intention_le, m.recu_le, m.mode or m.statut)
        for m in registre.membres(vu.id)
    )
    colonnes = ("membre", "nom", "octets", "intention", "reçu", "mode")
    sortie.print(tableau("Envoi", colonnes, membres, entieres=("membre", "octets")))
    bordereaux = (
        (
            f"{b.domaine} {b.exercice}",
            b.type,
            b.numero,
            len(b.pieces),
            b.montant_ht,
            b.cumul,
            {True: "accepté", False: "refusé", None: ""}[b.accepte],
        )
        for b in registre.bordereaux(vu.id)
    )
    entete = ("domaine", "type", "bordereau", "pièces", "montant HT", "cumul", "verdict")
    sortie.print(tableau("Bordereaux", entete, bordereaux, entieres=entete))
    dire_pieces(ouvertes.maison, vu.id, sortie)
    reponses = ((r.recue_le, _suivi(r.nom, r.motif), r.etat) for r in registre.reponses(vu.id))
    sortie.print(tableau("Réponses", ("reçue le", "nom, motif", "verdict"), reponses))
    etapes = ((e.seq, e.temps, e.etape) for e in registre.historique(vu.id))
    sortie.print(tableau("Étapes", ("entrée", "quand", "étape"), etapes, entieres=("quand",)))
