"""DOOR. The register: what is known of deposits, flux, and answers. Core only, no ORM.

It is written by the facts of the steps (`application`), never from here; only the numbering of
`reserver` is its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from vaguemestre.domain.flux import VIVANTS, Etat, EtatDepot
from vaguemestre.store import tables as t
from vaguemestre.store.memoire import SqlMemoire
from vaguemestre.store.suivi import Suivi, sans_rang, vers_bordereau
from vaguemestre.store.vues import (
    BordereauVu,
    DepotVu,
    EtapeVue,
    FluxVu,
    MembreVu,
    PjVue,
    ReponseVue,
    moment,
)

_ETAPE = sa.select(
    t.etape.c.seq, t.etape.c.run, t.etape.c.etape, t.etape.c.temps, t.etape.c.resultat
)
_FLUX = sa.select(t.flux).where(t.flux.c.id == sa.bindparam("id"))
_PAR_NOMFIC = (
    sa.select(t.flux)
    .where(t.flux.c.nomfic == sa.bindparam("nomfic"), t.flux.c.cod_col == sa.bindparam("cod_col"))
    .order_by(t.flux.c.ordre.desc(), t.flux.c.id)
)
_DU_DEPOT = (
    sa.select(t.flux)
    .where(t.flux.c.depot == sa.bindparam("depot"))
    .order_by(t.flux.c.ordre, t.flux.c.id)
)
_DEPOT = sa.select(t.depot).where(t.depot.c.id == sa.bindparam("id"))
_DEPOTS = sa.select(t.depot).where(t.depot.c.etat == sa.bindparam("etat")).order_by(t.depot.c.ordre)
_DEPOT_CONNU = (
    sa.select(t.depot)
    .where(t.depot.c.sha256 == sa.bindparam("sha256"))
    .order_by(t.depot.c.ordre.desc())
)
_MEMBRES = (
    sa.select(t.membre)
    .where(t.membre.c.flux == sa.bindparam("flux"))
    .order_by(t.membre.c.genre.desc())
)
_BORDEREAUX = (
    sa.select(t.bordereau)
    .where(t.bordereau.c.flux == sa.bindparam("flux"))
    .order_by(t.bordereau.c.exercice, t.bordereau.c.numero, t.bordereau.c.type)
)
_PJS = sa.select(t.pj).where(t.pj.c.flux == sa.bindparam("flux")).order_by(t.pj.c.id_unique)
_REPONSES = sa.select(t.reponse).order_by(t.reponse.c.seq, t.reponse.c.rang)
_REPONSES_FLUX = _REPONSES.where(t.reponse.c.flux == sa.bindparam("flux"))
_REPONSES_CONNUES = _REPONSES.where(t.reponse.c.sha256 == sa.bindparam("sha256"))
_A_VOIR = _REPONSES.where(
    sa.or_(
        t.reponse.c.remarque != sa.literal_column("''"),
        sa.and_(
            t.reponse.c.flux == sa.literal_column("''"),
            t.reponse.c.collectivite == sa.literal_column("''"),
        ),
    )
)
_HISTORIQUE = sa.union(
    _ETAPE.where(t.etape.c.run == sa.bindparam("flux")),
    _ETAPE.where(
        t.etape.c.seq.in_(sa.select(t.lien.c.seq).where(t.lien.c.flux == sa.bindparam("flux")))
    ),
).order_by("seq")
_RETENU = (
    sa.select(t.flux.c.id)
    .where(
        t.flux.c.cod_col == sa.bindparam("cod_col"),
        t.flux.c.cod_bud == sa.bindparam("cod_bud"),
        t.flux.c.retient == sa.literal_column("1"),
    )
    .order_by(t.flux.c.ordre, t.flux.c.id)
)
_COMPTES = sa.select(t.flux.c.etat, sa.func.count().label("nombre")).group_by(t.flux.c.etat)
_AVANCER = (
    sa.update(t.sequence)
    .where(t.sequence.c.nom == sa.bindparam("b_nom"))
    .values(valeur=t.sequence.c.valeur + 1)
)
_COMMENCER = sa.insert(t.sequence)
_VALEUR = sa.select(t.sequence.c.valeur).where(t.sequence.c.nom == sa.bindparam("nom"))

Depart = Callable[[str, str, str, int, str], Decimal | None]
"""cod_col, cod_bud, domaine, exercice, type -> starting value of MtCumulAnnuel; None: unknown."""


class Registre(Suivi):
    """Questions to the register. Every method reads what is committed now."""

    def reserver(self, sequence: str) -> int:
        """The next number of a sequence, from 1; never given twice, gaps are possible."""
        with self._base.ecrire() as tx:
            if not tx.ecrire(_AVANCER, {"b_nom": sequence}):
                tx.ecrire(_COMMENCER, {"nom": sequence, "valeur": 1})
            return int(tx.valeur(_VALEUR, {"nom": sequence}))

    def depot(self, id_: str) -> DepotVu | None:
        ligne = self._base.un(_DEPOT, {"id": id_})
        return None if ligne is None else _depot(ligne)

    def depots_en_cours(self) -> list[DepotVu]:
        """Deposits that were claimed and not done with: what a new start takes up again."""
        lignes = self._base.tous(_DEPOTS, {"etat": EtatDepot.EN_COURS.value})
        return [_depot(ligne) for ligne in lignes]

    def depots_de_contenu(self, sha256: str) -> list[DepotVu]:
        """Deposits of exactly these bytes, latest first."""
        return [_depot(ligne) for ligne in self._base.tous(_DEPOT_CONNU, {"sha256": sha256})]

    def flux(self, id_: str) -> FluxVu | None:
        ligne = self._base.un(_FLUX, {"id": id_})
        return None if ligne is None else _flux(ligne)

    def flux_du_depot(self, depot: str) -> list[FluxVu]:
        return [_flux(ligne) for ligne in self._base.tous(_DU_DEPOT, {"depot": depot})]

    def lister(
        self,
        *,
        etat: Etat | None = None,
        collectivite: str | None = None,
        limite: int = 100,
        avant: int | None = None,
    ) -> list[FluxVu]:
        """Flux, latest first; `avant` is the `ordre` that the page before ended with."""
        requete = sa.select(t.flux).order_by(t.flux.c.ordre.desc(), t.flux.c.id).limit(limite)
        if etat is not None:
            requete = requete.where(t.flux.c.etat == etat.value)
        if collectivite is not None:
            requete = requete.where(t.flux.c.collectivite == collectivite)
        if avant is not None:
            requete = requete.where(t.flux.c.ordre < avant)
        return [_flux(ligne) for ligne in self._base.tous(requete)]

    def comptes(self) -> dict[Etat, int]:
        """How many flux stand in each state."""
        return {Etat(ligne.etat): ligne.nombre for ligne in self._base.tous(_COMPTES)}

    def membres(self, flux: str) -> list[MembreVu]:
        """The PES first."""
        return [_membre(ligne) for ligne in self._base.tous(_MEMBRES, {"flux": flux})]

    def bordereaux(self, flux: str) -> list[BordereauVu]:
        return [vers_bordereau(ligne) for ligne in self._base.tous(_BORDEREAUX, {"flux": flux})]

    def pjs(self, flux: str) -> list[PjVue]:
        return [PjVue(**ligne._asdict()) for ligne in self._base.tous(_PJS, {"flux": flux})]

    def reponses(self, flux: str) -> list[ReponseVue]:
        """What the partner answered to a flux, oldest first; '' for what fits no flux."""
        return [_reponse(ligne) for ligne in self._base.tous(_REPONSES_FLUX, {"flux": flux})]

    def reponses_de_contenu(self, sha256: str) -> list[ReponseVue]:
        """Answers of exactly these bytes: is this acquit a double?"""
        lignes = self._base.tous(_REPONSES_CONNUES, {"sha256": sha256})
        return [_reponse(ligne) for ligne in lignes]

    def reponses_a_voir(self) -> list[ReponseVue]:
        """Answers that a person should look at, oldest first (`ReponseRecue.remarque`)."""
        return [_reponse(ligne) for ligne in self._base.tous(_A_VOIR)]

    def historique(self, flux: str) -> list[EtapeVue]:
        """Every step that concerns a flux, whichever run did it, in the order of the log."""
        return [_etape(ligne) for ligne in self._base.tous(_HISTORIQUE, {"flux": flux})]

    def par_nomfic(self, nomfic: str, cod_col: str) -> list[FluxVu]:
        """Flux that an acquit of this NomFic + CodCol may answer.

        First those that wait for an answer, then those that have one, then the dead; the latest
        first in each group.
        """
        lignes = self._base.tous(_PAR_NOMFIC, {"nomfic": nomfic, "cod_col": cod_col})
        return sorted((_flux(ligne) for ligne in lignes), key=_attente)

    def budget_retenu(self, cod_col: str, cod_bud: str, sauf: str = "") -> str | None:
        """The oldest other flux that holds this budget: half-sent, or INCERTAIN."""
        lignes = self._base.tous(_RETENU, {"cod_col": cod_col, "cod_bud": cod_bud})
        return next((ligne.id for ligne in lignes if ligne.id != sauf), None)

    def memoire(
        self, sauf: frozenset[str], depart: Depart, *, cumul_base: str = "ttc"
    ) -> SqlMemoire:
        """`ports.Memoire` without the flux of `sauf`, which would otherwise find themselves.

        `cumul_base` is `pes.cumul_base`: `ttc` adds HT and TVA, `ht` leaves TVA out.
        """
        return SqlMemoire(self._base, self._envoyees, sauf, depart, cumul_base)


_ATTEND = {
    Etat.EXPEDIE: 0,
    Etat.INCERTAIN: 0,
    Etat.SANS_ACQUIT: 1,
    Etat.RETENU: 1,
    Etat.CONVERTI: 1,
}


def _attente(vu: FluxVu) -> tuple[int, int]:
    return _ATTEND.get(vu.etat, 2 if vu.etat in VIVANTS else 3), -vu.ordre


def _depot(ligne: Any) -> DepotVu:
    return DepotVu(
        id=ligne.id,
        nom=ligne.nom,
        collectivite=ligne.collectivite,
        forme=ligne.forme,
        dossier=ligne.dossier,
        sha256=ligne.sha256,
        etat=EtatDepot(ligne.etat),
        motif=ligne.motif,
        ouvert_le=moment(ligne.ouvert_le),
        change_le=moment(ligne.change_le),
    )


def _flux(ligne: Any) -> FluxVu:
    return FluxVu(
        id=ligne.id,
        depot=ligne.depot,
        collectivite=ligne.collectivite,
        cod_col=ligne.cod_col,
        cod_bud=ligne.cod_bud,
        nomfic=ligne.nomfic,
        nom_fil=ligne.nom_fil,
        partenaire=ligne.partenaire,
        etat=Etat(ligne.etat),
        motif=ligne.motif,
        membres=ligne.membres,
        recus=ligne.recus,
        retient=bool(ligne.retient),
        ouvert_le=moment(ligne.ouvert_le),
        change_le=moment(ligne.change_le),
        ordre=ligne.ordre,
    )


def _membre(ligne: Any) -> MembreVu:
    temps = {
        nom: None if (lu := getattr(ligne, nom)) is None else moment(lu)
        for nom in ("intention_le", "recu_le")
    }
    return MembreVu(**(ligne._asdict() | temps))


def _reponse(ligne: Any) -> ReponseVue:
    champs = sans_rang(ligne._asdict())
    return ReponseVue(**(champs | {"recue_le": moment(ligne.recue_le)}))


def _etape(ligne: Any) -> EtapeVue:
    return EtapeVue(
        seq=ligne.seq,
        run=ligne.run,
        etape=ligne.etape,
        temps=moment(ligne.temps),
        resultat=json.loads(ligne.resultat),
    )
