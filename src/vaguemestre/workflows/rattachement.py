"""An answer that waits is given to a flux by a person: a durable step, in that person's name."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Literal

from vaguemestre.domain.acquits import Acquit, Retour
from vaguemestre.domain.flux import Etat, EtatChange, Fait, ReponseAttachee
from vaguemestre.engine.run import Resultat
from vaguemestre.errors import DocumentError, UsageError
from vaguemestre.pes.acquit import lire_reponse, ouvrir_retour
from vaguemestre.signature.epissure import empreinte
from vaguemestre.store.vues import FluxVu, ReponseVue
from vaguemestre.workflows.acquits import attend_un_verdict, jugement, relever_erreurs, repond
from vaguemestre.workflows.adressage import Confier, attend, donner, run_de, seul
from vaguemestre.workflows.archives import archiver
from vaguemestre.workflows.echecs import en_echec
from vaguemestre.workflows.maison import Maison, empreinte_json
from vaguemestre.workflows.reponses import ECHEC
from vaguemestre.workflows.reprises import reprendre
from vaguemestre.workflows.schemas import paquet_des_reponses

Verdict = Literal["accepte", "partiel", "rejete"]
_ETATS: dict[str, Etat] = {
    "accepte": Etat.ACQUITTE,
    "partiel": Etat.PARTIEL,
    "rejete": Etat.REFUSE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rattachement:
    """Who gives an answer to which flux, and why; no flux for a retour whose body the
    configuration now names. `verdict`: what the person read in a file that the program cannot
    read."""

    motif: str
    auteur: str
    flux: str = ""
    verdict: Verdict | None = None


def designer(maison: Maison, texte: str) -> ReponseVue:
    """The waiting answer of this name, or whose SHA-256 begins like this.

    Raises:
        UsageError: none, or several.
    """
    trouvees = _en_attente(maison, texte)
    if len(trouvees) == 1:
        return trouvees[0]
    if trouvees:
        raise UsageError(f"{len(trouvees)} réponses répondent à « {texte} » : donner leur SHA-256")
    placees = [r for r in maison.registre.reponses_a_voir() if r.nom == texte and not attend(r)]
    if placees:
        ou = placees[-1].flux or placees[-1].collectivite
        raise UsageError(f"« {texte} » est déjà attachée ({ou}) : il n'y a rien à faire")
    raise UsageError(
        f"aucune réponse à attacher « {texte} » ; « vaguemestre flux reponses » les liste"
    )


def prendre(maison: Maison, texte: str, voulu: Rattachement) -> ReponseVue:
    """As `designer`; one of this name that the program could not take by itself is taken now.

    Raises:
        UsageError: none, several, or it cannot be given where the person says.
    """
    echecs = [echec for echec in en_echec(maison) if echec.nom == texte]
    if len(echecs) != 1 or _en_attente(maison, texte):
        return designer(maison, texte)
    dit: dict[str, object] = {"motif": voulu.motif, "auteur": voulu.auteur}
    flux = _flux(maison, voulu)
    return reprendre(maison, echecs[0], flux, verdict=voulu.verdict is not None, dit=dit)


def _en_attente(maison: Maison, texte: str) -> list[ReponseVue]:
    attendues = [r for r in maison.registre.reponses_a_voir() if attend(r)]
    trouvees = {
        r.sha256: r
        for r in attendues
        if r.nom == texte or (len(texte) >= 6 and r.sha256.startswith(texte.lower()))
    }
    return list(trouvees.values())


def rattacher(
    maison: Maison, reponse: ReponseVue, voulu: Rattachement, confier: Confier
) -> FluxVu | None:
    """Give the answer to the flux: an acquit judges it, a retour speaks to its body's pièces.

    `confier` gets the flux of a PES_ACQUIT_RETOUR, where the partner of a retour wants one. The
    flux as it stands then; None where none was named.

    Raises:
        UsageError: the flux is not one that an answer can reach, or the answer was given away by
            somebody else in the meantime.
    """
    flux = _flux(maison, voulu)
    with ExitStack() as garde:
        garde.enter_context(seul(maison, reponse))
        if _est_un_retour(maison, reponse):
            _sans_verdict(reponse, voulu)
            donner(maison, reponse, flux, _dit(maison, reponse, voulu), confier=confier)
            return None if flux is None else maison.registre.flux(flux.id)
        if flux is None:
            raise UsageError("un acquit s'attache à un flux : dire lequel", ref=reponse.nom)
        garde.enter_context(maison.verrous.pour(f"flux {flux.id}"))
        flux = maison.registre.flux(flux.id) or flux
        run = run_de(maison, reponse)
        fait = run.step("rattacher", _rattacher, maison, reponse, voulu, flux)
    if fait["genre"] == "acquit":
        relever_erreurs(run, maison, fait, reponse.sha256)
    return _regler(maison, flux)


def _flux(maison: Maison, voulu: Rattachement) -> FluxVu | None:
    flux = maison.registre.flux(voulu.flux) if voulu.flux else None
    if flux is None and voulu.flux:
        raise UsageError(f"flux inconnu : {voulu.flux} ; « vaguemestre flux list » les liste")
    return flux


def _est_un_retour(maison: Maison, reponse: ReponseVue) -> bool:
    """One that breaks off in its middle is not read: a person says what it means."""
    return (
        reponse.genre == "retour"
        and ouvrir_retour(maison.coffre.chemin(reponse.sha256)) is not None
    )


def _sans_verdict(reponse: ReponseVue, voulu: Rattachement) -> None:
    if voulu.verdict is not None:
        raise UsageError(
            f"{reponse.nom} se lit : c'est ce qu'elle dit qui compte, --verdict ne vaut que pour ce"
            " que le programme ne sait pas lire"
        )


def _regler(maison: Maison, flux: FluxVu) -> FluxVu:
    juge = maison.registre.flux(flux.id) or flux
    if juge.etat in _ETATS.values() and juge.recus >= juge.membres:
        archiver(maison, [flux.id])
    return maison.registre.flux(flux.id) or juge


def _rattacher(maison: Maison, reponse: ReponseVue, voulu: Rattachement, flux: FluxVu) -> Resultat:
    chemin = maison.coffre.chemin(reponse.sha256)
    attachee = ReponseAttachee(
        sha256=reponse.sha256, flux=flux.id, collectivite=flux.collectivite, motif=voulu.motif
    )
    dit = _dit(maison, reponse, voulu)
    if voulu.verdict is not None and reponse.remarque == ECHEC:
        return _a_la_main(voulu, flux, dit, attachee)  # the program stumbles over its reading
    try:
        lue = lire_reponse(chemin, paquet_des_reponses(maison.config), pieces=False)
    except DocumentError:
        return _a_la_main(voulu, flux, dit, attachee)
    _sans_verdict(reponse, voulu)
    if isinstance(lue, Retour):
        raise UsageError("ce retour ne peut pas être attaché", ref=reponse.nom)
    return _acquit(maison, reponse, lue, flux, dit, attachee)


def _dit(maison: Maison, reponse: ReponseVue, voulu: Rattachement) -> dict[str, object]:
    chemin = maison.coffre.chemin(reponse.sha256)
    return {
        **empreinte_json(reponse.nom, empreinte(chemin)),
        "motif": voulu.motif,
        "auteur": voulu.auteur,
    }


def _acquit(
    maison: Maison,
    reponse: ReponseVue,
    acquit: Acquit,
    flux: FluxVu,
    dit: dict[str, object],
    attachee: ReponseAttachee,
) -> Resultat:
    if not repond(flux):
        raise UsageError(f"{flux.id} est {flux.etat.value} : un acquit ne peut pas lui répondre")
    valeur, faits = jugement(maison, reponse.sha256, acquit, flux, compte=True)
    return Resultat({**dit, **valeur}, (replace(attachee, etat=acquit.etat), *faits))


def _a_la_main(
    voulu: Rattachement,
    flux: FluxVu,
    dit: dict[str, object],
    attachee: ReponseAttachee,
) -> Resultat:
    """A file that cannot be read: kept with the flux, which stands as the person says."""
    faits: list[Fait] = [replace(attachee, etat=voulu.verdict or "")]
    if voulu.verdict is not None:
        if not attend_un_verdict(flux):
            raise UsageError(f"{flux.id} est {flux.etat.value} : il n'attend pas de verdict")
        juge = _ETATS[voulu.verdict]
        faits.append(EtatChange(flux=flux.id, etat=juge, motif=f"lu à la main : {voulu.motif}"))
    valeur = {**dit, "genre": "illisible", "flux": flux.id, "verdict": voulu.verdict}
    return Resultat(valeur, tuple(faits))
