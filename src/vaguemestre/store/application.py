"""DOOR. What each fact does to the register, inside the transaction of its step."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import singledispatchmethod
from typing import Any

import sqlalchemy as sa

from vaguemestre.domain import flux as domaine
from vaguemestre.domain.flux import Etat, EtatDepot, Fait
from vaguemestre.errors import IntegrityError
from vaguemestre.ports import Objet, Passage, Transmission
from vaguemestre.store import tables as t
from vaguemestre.store.connexion import Connexion
from vaguemestre.store.suites import Suites
from vaguemestre.store.vues import centimes

# The half that is missing can still leave in these states: until then the budget waits.
_AVANT_ENVOI = frozenset(
    {Etat.DEPOSE, Etat.CONTROLE, Etat.A_SIGNER, Etat.SIGNE, Etat.CONVERTI, Etat.RETENU}
)

_CLE_BORDEREAU = tuple(colonne.name for colonne in t.bordereau.primary_key.columns)
_CLE_CUMUL = tuple(colonne.name for colonne in t.cumul.primary_key.columns)

_AJOUTER_DEPOT = sa.insert(t.depot)
_AJOUTER_FLUX = sa.insert(t.flux)
_AJOUTER_MEMBRE = sa.insert(t.membre)
_AJOUTER_BORDEREAU = sa.insert(t.bordereau)
_AJOUTER_PJ = sa.insert(t.pj)
_AJOUTER_LIENS = sa.insert(t.lien)
_NOUVEAU_CUMUL = sa.insert(t.cumul)

_LIRE_FLUX = sa.select(
    t.flux.c.etat, t.flux.c.motif, t.flux.c.membres, t.flux.c.recus, t.flux.c.collectivite
).where(t.flux.c.id == sa.bindparam("flux"))
_CHANGER_FLUX = sa.update(t.flux).where(t.flux.c.id == sa.bindparam("b_flux"))
_DU_MEMBRE = sa.and_(
    t.membre.c.flux == sa.bindparam("b_flux"), t.membre.c.genre == sa.bindparam("b_genre")
)
_LIRE_MEMBRE = sa.select(t.membre).where(_DU_MEMBRE)
_CHANGER_MEMBRE = sa.update(t.membre).where(_DU_MEMBRE)
_REMPLACER_MEMBRE = _CHANGER_MEMBRE.where(t.membre.c.intention_le.is_(None))
_LIRE_BORDEREAUX = sa.select(t.bordereau).where(t.bordereau.c.flux == sa.bindparam("b_flux"))
_LIRE_DU_NUMERO = _LIRE_BORDEREAUX.where(
    t.bordereau.c.exercice == sa.bindparam("b_exercice"),
    t.bordereau.c.numero == sa.bindparam("b_numero"),
)
_CHANGER_BORDEREAU = sa.update(t.bordereau).where(
    *(t.bordereau.c[cle] == sa.bindparam(f"b_{cle}") for cle in _CLE_BORDEREAU)
)
_AJOUTER_CUMUL = (
    sa.update(t.cumul)
    .where(*(t.cumul.c[cle] == sa.bindparam(f"b_{cle}") for cle in _CLE_CUMUL))
    .values(ht=t.cumul.c.ht + sa.bindparam("b_ht"), tva=t.cumul.c.tva + sa.bindparam("b_tva"))
)
_JUGER_PJ = sa.update(t.pj).where(
    t.pj.c.flux == sa.bindparam("b_flux"),
    t.pj.c.cod_col == sa.bindparam("b_cod_col"),
    t.pj.c.id_unique == sa.bindparam("b_id_unique"),
)
_CLORE_DEPOT = sa.update(t.depot).where(t.depot.c.id == sa.bindparam("b_depot"))


def bordereau_vivant(etat: Etat, accepte: bool | None, remplace: bool = False) -> bool:
    """Does a bordereau count as sent or in flight?

    Not when the partner refused it, nor when its flux is dead; what was accepted in a flux that
    has since been replaced still counts, unless the new flux carries it again (`remplace`).
    """
    if accepte is False or remplace:
        return False
    return etat in domaine.VIVANTS or (etat is Etat.REMPLACE and accepte is True)


@dataclass(slots=True)
class _Flux:
    """A flux as this transaction sees it."""

    etat: Etat
    motif: str
    membres: int
    recus: int
    collectivite: str
    change: bool = False

    @property
    def retient(self) -> bool:
        moitie = 0 < self.recus < self.membres
        return self.etat is Etat.INCERTAIN or (moitie and self.etat in _AVANT_ENVOI)


@dataclass(slots=True)
class Application:
    """Applies the facts of one step, and gathers what its log entry says of them."""

    tx: Connexion
    seq: int
    temps: str
    collectivite: str = ""
    objets: dict[str, Objet] = field(default_factory=dict)
    passages: list[Passage] = field(default_factory=list)
    transmissions: list[Transmission] = field(default_factory=list)
    cites: set[str] = field(default_factory=set)
    _flux: dict[str, _Flux] = field(default_factory=dict)
    _pj: list[dict[str, str]] = field(default_factory=list)
    _suites: Suites = field(init=False)
    _suivre: Callable[[Any], Iterable[str]] = field(init=False)

    def __post_init__(self) -> None:
        self._suites = Suites(self.tx, self.seq, self.temps)
        self._suivre = self._suites.appliquer  # looked up once, as in `tout`

    def tout(self, faits: Iterable[Fait], run: str) -> None:
        """Apply all of them, in their order.

        Raises:
            IntegrityError: a passage that the table forbids, a flux that is not there, a thing
                that was already recorded; the transaction must then be undone.
        """
        appliquer = self.appliquer  # looked up once: a retour brings a thousand facts to a step
        for fait in faits:
            appliquer(fait)
        self._vider_pj()
        self._suites.vider()
        for id_, vu in self._flux.items():
            if vu.change:
                self._ecrire_flux(id_, vu)
        liens = [{"flux": id_, "seq": self.seq} for id_ in sorted(self.cites - {run, ""})]
        if liens:
            self.tx.ecrire_tout(_AJOUTER_LIENS, liens)

    @singledispatchmethod
    def appliquer(self, fait: Any) -> None:
        """What came after sending: see `suites`."""
        for flux in self._suivre(fait):
            self._lire(flux)

    @appliquer.register
    def _(self, fait: domaine.DepotOuvert) -> None:
        self.collectivite = fait.collectivite
        if fait.sha256:
            self.objets.setdefault(fait.sha256, Objet(fait.sha256))
        self.tx.ecrire(
            _AJOUTER_DEPOT,
            {
                "id": fait.depot,
                "nom": fait.nom,
                "collectivite": fait.collectivite,
                "forme": fait.forme,
                "dossier": fait.dossier,
                "sha256": fait.sha256,
                "etat": EtatDepot.EN_COURS.value,
                "motif": "",
                "ouvert_le": self.temps,
                "change_le": self.temps,
                "ordre": self.seq,
            },
        )

    @appliquer.register
    def _(self, fait: domaine.DepotClos) -> None:
        valeurs = {"etat": fait.etat.value, "motif": fait.motif, "change_le": self.temps}
        fermes = self.tx.ecrire(_CLORE_DEPOT, {"b_depot": fait.depot} | valeurs)
        if fermes != 1:
            raise IntegrityError("dépôt inconnu du registre", ref=fait.depot)

    @appliquer.register
    def _(self, fait: domaine.FluxOuvert) -> None:
        self.collectivite = fait.collectivite
        etat = Etat.DEPOSE
        self.tx.ecrire(
            _AJOUTER_FLUX,
            {
                "id": fait.flux,
                "depot": fait.depot,
                "collectivite": fait.collectivite,
                "cod_col": fait.cod_col,
                "cod_bud": fait.cod_bud,
                "nomfic": fait.nomfic,
                "nom_fil": fait.nom_fil,
                "partenaire": fait.partenaire,
                "etat": etat.value,
                "motif": "",
                "membres": 0,
                "recus": 0,
                "vivant": 1,
                "retient": 0,
                "ouvert_le": self.temps,
                "change_le": self.temps,
                "ordre": self.seq,
            },
        )
        self.cites.add(fait.flux)
        self._flux[fait.flux] = _Flux(etat, "", 0, 0, fait.collectivite)
        self.passages.append(Passage(fait.flux, "", etat.value))

    @appliquer.register
    def _(self, fait: domaine.EtatChange) -> None:
        vu = self._lire(fait.flux)
        avant = vu.etat
        vu.etat = domaine.transition(fait.flux, avant, fait.etat)
        vu.motif = fait.motif
        vu.change = True
        if vu.etat is avant:
            return
        self.passages.append(Passage(fait.flux, avant.value, vu.etat.value))
        if (avant in domaine.VIVANTS) != (vu.etat in domaine.VIVANTS) or vu.etat is Etat.REMPLACE:
            self._revoir_bordereaux(fait.flux, vu.etat)
        if vu.etat in (Etat.REJETE, Etat.ANNULE):
            for ancien in self._suites.rendre_bordereaux(fait.flux):
                self._revoir_bordereaux(ancien, self._lire(ancien).etat)

    @appliquer.register
    def _(self, fait: domaine.BordereauRemplace) -> None:
        self._suites.remplacer_bordereau(fait)
        self._revoir_bordereaux(fait.flux, self._lire(fait.flux).etat)

    @appliquer.register
    def _(self, fait: domaine.BordereauInscrit) -> None:
        vu = self._lire(fait.flux)
        vivant = bordereau_vivant(vu.etat, None)
        ligne = {
            "flux": fait.flux,
            "domaine": fait.domaine,
            "exercice": fait.exercice,
            "type": fait.type,
            "numero": fait.numero,
            "cod_col": fait.cod_col,
            "cod_bud": fait.cod_bud,
            "pieces": json.dumps(fait.pieces, separators=(",", ":")),
            "montant_ht": centimes(fait.montant_ht),
            "montant_tva": centimes(fait.montant_tva),
            "cumul": None if fait.cumul is None else centimes(fait.cumul),
            "accepte": None,
            "vivant": int(vivant),
            "remplace_par": "",
        }
        self.tx.ecrire(_AJOUTER_BORDEREAU, ligne)
        if vivant:
            self._cumuler(ligne, 1)

    @appliquer.register
    def _(self, fait: domaine.PjInscrite) -> None:
        self._lire(fait.flux)
        self._pj.append(
            {
                "flux": fait.flux,
                "cod_col": fait.cod_col,
                "id_unique": fait.id_unique,
                "nom": fait.nom,
                "etat": "inscrite",
            }
        )

    @appliquer.register
    def _(self, fait: domaine.MembreInscrit) -> None:
        """A member that was not yet offered to the partner may be made anew."""
        vu = self._lire(fait.flux)
        contenu = {
            "nom": fait.nom,
            "sha256": fait.sha256,
            "sha1": fait.sha1,
            "taille": fait.taille,
            "statut": fait.statut,
        }
        self.objets[fait.sha256] = Objet(fait.sha256, fait.sha1, fait.taille)
        cle = {"b_flux": fait.flux, "b_genre": fait.genre}
        if vu.membres and self.tx.ecrire(_REMPLACER_MEMBRE, cle | contenu):
            return
        ligne = contenu | {"flux": fait.flux, "genre": fait.genre, "mode": ""}
        self.tx.ecrire(_AJOUTER_MEMBRE, ligne | {"intention_le": None, "recu_le": None})
        vu.membres += 1
        vu.change = True

    @appliquer.register
    def _(self, fait: domaine.IntentionPrise) -> None:
        self._lire(fait.flux)
        if self._membre(fait.flux, fait.genre).intention_le is None:
            cle = {"b_flux": fait.flux, "b_genre": fait.genre}
            self.tx.ecrire(_CHANGER_MEMBRE, cle | {"intention_le": self.temps})

    @appliquer.register
    def _(self, fait: domaine.MembreRecu) -> None:
        vu = self._lire(fait.flux)
        membre = self._membre(fait.flux, fait.genre)
        if membre.recu_le is not None:
            return
        cle = {"b_flux": fait.flux, "b_genre": fait.genre}
        self.tx.ecrire(_CHANGER_MEMBRE, cle | {"recu_le": self.temps, "mode": fait.mode})
        vu.recus += 1
        vu.change = True
        self.objets[membre.sha256] = Objet(membre.sha256, membre.sha1, membre.taille)
        self.transmissions.append(
            Transmission(
                fait.flux, fait.genre, membre.nom, membre.taille, membre.sha1, membre.sha256
            )
        )

    @appliquer.register
    def _(self, fait: domaine.BordereauJuge) -> None:
        """An empty `domaine` judges every bordereau of that number in the flux."""
        vu = self._lire(fait.flux)
        cle = {"b_flux": fait.flux, "b_exercice": fait.exercice, "b_numero": fait.numero}
        for ligne in self._bordereaux(_LIRE_DU_NUMERO, cle):
            if fait.domaine in ("", ligne["domaine"]):
                self._changer_bordereau(ligne, vu.etat, fait.accepte)

    @appliquer.register
    def _(self, fait: domaine.PjJugee) -> None:
        self._lire(fait.flux)
        self._vider_pj()
        cle = {
            "b_flux": fait.flux,
            "b_cod_col": fait.cod_col,
            "b_id_unique": fait.id_unique,
        }
        self.tx.ecrire(_JUGER_PJ, cle | {"etat": "acceptee" if fait.accepte else "refusee"})

    @appliquer.register
    def _(self, fait: domaine.ReponseRecue) -> None:
        if fait.flux:
            self._lire(fait.flux)
        self.objets.setdefault(fait.sha256, Objet(fait.sha256))
        self.collectivite = self.collectivite or fait.collectivite
        self._suites.recevoir(fait)

    def _lire(self, id_: str) -> _Flux:
        vu = self._flux.get(id_)
        if vu is None:
            ligne = self.tx.un(_LIRE_FLUX, {"flux": id_})
            if ligne is None:
                raise IntegrityError("flux inconnu du registre", ref=id_)
            etat, motif, membres, recus, collectivite = ligne
            vu = self._flux[id_] = _Flux(Etat(etat), motif, membres, recus, collectivite)
            self.collectivite = self.collectivite or collectivite
            self.cites.add(id_)
        return vu

    def _ecrire_flux(self, id_: str, vu: _Flux) -> None:
        self.tx.ecrire(
            _CHANGER_FLUX,
            {
                "b_flux": id_,
                "etat": vu.etat.value,
                "motif": vu.motif,
                "membres": vu.membres,
                "recus": vu.recus,
                "vivant": int(vu.etat in domaine.VIVANTS),
                "retient": int(vu.retient),
                "change_le": self.temps,
            },
        )

    def _membre(self, flux: str, genre: str) -> Any:
        membre = self.tx.un(_LIRE_MEMBRE, {"b_flux": flux, "b_genre": genre})
        if membre is None:
            raise IntegrityError(f"le flux n'a pas de membre {genre}", ref=flux)
        return membre

    def _vider_pj(self) -> None:
        if self._pj:
            self.tx.ecrire_tout(_AJOUTER_PJ, self._pj)
            self._pj = []

    def _bordereaux(self, requete: sa.Select[Any], cle: dict[str, Any]) -> list[dict[str, Any]]:
        return [ligne._asdict() for ligne in self.tx.tous(requete, cle)]

    def _revoir_bordereaux(self, flux: str, etat: Etat) -> None:
        for ligne in self._bordereaux(_LIRE_BORDEREAUX, {"b_flux": flux}):
            accepte = None if ligne["accepte"] is None else bool(ligne["accepte"])
            self._changer_bordereau(ligne, etat, accepte)

    def _changer_bordereau(self, ligne: dict[str, Any], etat: Etat, accepte: bool | None) -> None:
        vivant = int(bordereau_vivant(etat, accepte, bool(ligne["remplace_par"])))
        note = None if accepte is None else int(accepte)
        if (vivant, note) == (ligne["vivant"], ligne["accepte"]):
            return
        cle = {f"b_{nom}": ligne[nom] for nom in _CLE_BORDEREAU}
        self.tx.ecrire(_CHANGER_BORDEREAU, cle | {"accepte": note, "vivant": vivant})
        self._cumuler(ligne, vivant - ligne["vivant"])

    def _cumuler(self, ligne: dict[str, Any], signe: int) -> None:
        if not signe:
            return
        cle = {nom: ligne[nom] for nom in _CLE_CUMUL}
        ht, tva = signe * ligne["montant_ht"], signe * ligne["montant_tva"]
        vise = {f"b_{nom}": valeur for nom, valeur in cle.items()} | {"b_ht": ht, "b_tva": tva}
        if not self.tx.ecrire(_AJOUTER_CUMUL, vise):
            self.tx.ecrire(_NOUVEAU_CUMUL, cle | {"ht": ht, "tva": tva})
