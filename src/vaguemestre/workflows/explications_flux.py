"""Everything that was found about one flux: by us before it left, by the partner afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from vaguemestre.errors import Anomalie, Gravite
from vaguemestre.rapport.modele import FichierVu
from vaguemestre.store.vues import ErreurVue, FluxVu
from vaguemestre.workflows.maison import Maison
from vaguemestre.workflows.rapports import anomalie
from vaguemestre.workflows.suivi import lieu, sens_et_conseil, suivre


def fichier_du_flux(maison: Maison, flux: FluxVu) -> FichierVu:
    """The flux as one file of a report; the codes of the partner are kept verbatim in `regle`."""
    bordereaux = maison.registre.bordereaux(flux.id)
    trouvees = (*_notres(maison, flux), *_leurs(maison, flux))
    return FichierVu(
        nom=flux.nomfic or flux.id,
        verdict="rejete" if any(une.bloquante for une in trouvees) else "accepte",
        schema=_schema(maison, flux),
        anomalies=trouvees,
        bordereaux=len(bordereaux),
        pieces=sum(len(b.pieces) for b in bordereaux),
        pj=len(maison.registre.pjs(flux.id)),
        total_ht=str(sum((b.montant_ht for b in bordereaux), Decimal(0))),
    )


def _resultats(maison: Maison, flux: FluxVu) -> Iterator[Mapping[str, Any]]:
    """What the steps remember: the check of the deposit, then those of the flux itself."""
    controle = maison.journal.recall(flux.depot, "controler")
    if controle is not None:
        yield controle.result
    for etape in maison.registre.historique(flux.id):
        yield etape.resultat


def _notres(maison: Maison, flux: FluxVu) -> Iterator[Anomalie]:
    """Our own findings, each once: a later step may repeat what the deposit already told."""
    deja: set[Anomalie] = set()
    for resultat in _resultats(maison, flux):
        dites = resultat.get("anomalies")
        for objet in dites if isinstance(dites, list) else ():
            if isinstance(objet, Mapping) and (une := anomalie(objet)) not in deja:
                deja.add(une)
                yield une


def _leurs(maison: Maison, flux: FluxVu) -> Iterator[Anomalie]:
    suivi = suivre(maison, flux.id)
    # An error of a whole bordereau stands at each of its pièces: it is told once.
    siennes = (erreur for piece in suivi.pieces for erreur in piece.erreurs)
    for erreur in dict.fromkeys((*suivi.generales, *siennes)):
        sens, conseil = sens_et_conseil(erreur)
        yield Anomalie(
            regle=erreur.code or "acquit",
            ref=lieu(erreur),
            message=erreur.libelle or sens or "refus sans motif dans l'acquit",
            gravite=_gravite(erreur),
            conseil=conseil or "Demander le motif au comptable.",
        )


def _gravite(erreur: ErreurVue) -> Gravite:
    """How far an error of the partner carries, from what it is about."""
    if erreur.id_unique:
        return Gravite.REJET_PJ
    return Gravite.REJET_BORDEREAU if erreur.bordereau else Gravite.REJET_FLUX


def _schema(maison: Maison, flux: FluxVu) -> str:
    return next((str(r["schema"]) for r in _resultats(maison, flux) if r.get("schema")), "")
