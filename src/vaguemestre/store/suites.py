"""DOOR. What facts about the life after sending do to the register: answers, retours, re-issues."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from functools import singledispatchmethod
from typing import Any

import sqlalchemy as sa

from vaguemestre.domain import flux as domaine
from vaguemestre.errors import IntegrityError
from vaguemestre.store import tables as t
from vaguemestre.store.connexion import Connexion
from vaguemestre.store.vues import centimes

_ENCODEUR = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_AJOUTER_REPONSE = sa.insert(t.reponse)
_AJOUTER_ERREURS = sa.insert(t.erreur)
_AJOUTER_RESTITUTIONS = sa.insert(t.restitution)
_AJOUTER_REMPLACEMENT = sa.insert(t.remplacement)
# Half a million rows in a row: `asdict` copies every value, these only name them.
_CHAMPS_RESTITUTION = tuple(champ.name for champ in fields(domaine.PieceRestituee))
_CHAMPS_ERREUR = tuple(champ.name for champ in fields(domaine.ErreurRelevee))
_ATTACHER = (
    sa.update(t.reponse)
    .where(t.reponse.c.sha256 == sa.bindparam("b_sha256"), t.reponse.c.flux == sa.literal(""))
    .values(remarque="")
)
_REMPLACER_BORDEREAU = sa.update(t.bordereau).where(
    *(
        t.bordereau.c[nom] == sa.bindparam(f"b_{nom}")
        for nom in ("flux", "domaine", "exercice", "type", "numero")
    )
)
_PAR = sa.and_(
    t.bordereau.c.remplace_par == sa.bindparam("b_par"),
    t.bordereau.c.remplace_par != sa.literal_column("''"),
)
_REMPLACES_PAR = sa.select(t.bordereau.c.flux).distinct().where(_PAR).order_by(t.bordereau.c.flux)
_RENDRE = sa.update(t.bordereau).where(_PAR).values(remplace_par="")


@dataclass(slots=True)
class Suites:
    """Part of `application.Application`: one transaction, one step."""

    tx: Connexion
    seq: int
    temps: str
    _reponses: int = 0
    _erreurs: list[dict[str, object]] = field(default_factory=list)
    _restitutions: list[dict[str, object]] = field(default_factory=list)

    @singledispatchmethod
    def appliquer(self, fait: Any) -> Iterable[str]:
        """Apply one fact; gives the flux it speaks of.

        Raises:
            IntegrityError: nobody knows such a fact, or what it speaks of is not there.
        """
        raise IntegrityError(f"fait inconnu : {type(fait).__name__}")

    @appliquer.register
    def _(self, fait: domaine.ErreurRelevee) -> Iterable[str]:
        ligne: dict[str, object] = {nom: getattr(fait, nom) for nom in _CHAMPS_ERREUR}
        ligne["seq"], ligne["rang"] = self.seq, len(self._erreurs)
        self._erreurs.append(ligne)
        return (fait.flux,)

    @appliquer.register
    def _(self, fait: domaine.PieceRestituee) -> Iterable[str]:
        ligne: dict[str, object] = {nom: getattr(fait, nom) for nom in _CHAMPS_RESTITUTION}
        ligne["seq"], ligne["rang"] = self.seq, len(self._restitutions)
        ligne["recue_le"] = self.temps
        ligne["montant_ht"] = None if fait.montant_ht is None else centimes(fait.montant_ht)
        ligne["montant_paye"] = None if fait.montant_paye is None else centimes(fait.montant_paye)
        ligne["motifs"] = "[]" if not fait.motifs else _ENCODEUR.encode(fait.motifs)
        self._restitutions.append(ligne)
        return (fait.flux,) if fait.flux else ()

    @appliquer.register
    def _(self, fait: domaine.ReponseAttachee) -> Iterable[str]:
        valeurs = {"flux": fait.flux, "collectivite": fait.collectivite, "etat": fait.etat}
        if not self.tx.ecrire(_ATTACHER, {"b_sha256": fait.sha256} | valeurs):
            raise IntegrityError("aucune réponse de ce contenu n'attend", ref=fait.sha256)
        return (fait.flux,) if fait.flux else ()

    @appliquer.register
    def _(self, fait: domaine.FluxRemplace) -> Iterable[str]:
        ligne = {"ancien": fait.ancien, "nouveau": fait.nouveau, "motif": fait.motif}
        self.tx.ecrire(_AJOUTER_REMPLACEMENT, ligne | {"seq": self.seq, "fait_le": self.temps})
        return fait.ancien, fait.nouveau

    def recevoir(self, fait: domaine.ReponseRecue) -> None:
        """An answer that a partner left."""
        place = {"seq": self.seq, "rang": self._reponses, "recue_le": self.temps}
        self.tx.ecrire(_AJOUTER_REPONSE, asdict(fait) | place)
        self._reponses += 1

    def remplacer_bordereau(self, fait: domaine.BordereauRemplace) -> None:
        """From now on the flux `par` stands for this bordereau."""
        cle = {f"b_{nom}": valeur for nom, valeur in asdict(fait).items() if nom != "par"}
        if self.tx.ecrire(_REMPLACER_BORDEREAU, cle | {"remplace_par": fait.par}) != 1:
            raise IntegrityError(f"le flux n'a pas de bordereau {fait.numero}", ref=fait.flux)

    def rendre_bordereaux(self, par: str) -> list[str]:
        """The flux `par` will never leave: what it stood for counts again. Gives their flux."""
        anciens = [ligne.flux for ligne in self.tx.tous(_REMPLACES_PAR, {"b_par": par})]
        if anciens:
            self.tx.ecrire(_RENDRE, {"b_par": par})
        return anciens

    def vider(self) -> None:
        """Write what was gathered."""
        if self._erreurs:
            self.tx.ecrire_tout(_AJOUTER_ERREURS, self._erreurs)
        if self._restitutions:
            self.tx.ecrire_tout(_AJOUTER_RESTITUTIONS, self._restitutions)
        self._erreurs, self._restitutions = [], []
