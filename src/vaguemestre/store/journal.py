"""DOOR. The durable journal: result, register and audit leaf of a step in one transaction."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from vaguemestre.errors import IntegrityError
from vaguemestre.formats.canonique import canonique
from vaguemestre.ports import (
    Clock,
    Done,
    Entree,
    EtapeScellee,
    Identifiants,
    Json,
    Objet,
    Scelleur,
)
from vaguemestre.store import tables as t
from vaguemestre.store.application import Application
from vaguemestre.store.connexion import Connexion, Transactions
from vaguemestre.store.faits import ecrire_faits
from vaguemestre.store.vues import heure

JOURNAL = "journal"
"""The run that the log's own entries belong to: its opening and its checkpoints."""

_SUIVIS_MAX = 4096
_COMPOSES = frozenset({dict, list, tuple})
_LIRE_ETAPE = sa.select(t.etape.c.resultat, t.etape.c.faits).where(
    t.etape.c.run == sa.bindparam("run"), t.etape.c.etape == sa.bindparam("etape")
)
_DERNIERE = sa.select(sa.func.max(t.entree.c.seq))
_PRECEDENTE = sa.select(sa.func.max(t.etape.c.seq)).where(
    t.etape.c.run == sa.bindparam("run"), t.etape.c.seq < sa.bindparam("seq")
)
_COLLECTIVITE = sa.union_all(
    sa.select(t.flux.c.collectivite).where(t.flux.c.id == sa.bindparam("run")),
    sa.select(t.depot.c.collectivite).where(t.depot.c.id == sa.bindparam("run")),
)
_NOEUD = sa.select(t.noeud.c.hash).where(t.noeud.c.indice == sa.bindparam("indice"))
_DERNIER_POINT = sa.select(t.point).order_by(t.point.c.taille.desc()).limit(1)
_AJOUTER_ETAPE = sa.insert(t.etape)
_AJOUTER_ENTREE = sa.insert(t.entree)
_AJOUTER_POINT = sa.insert(t.point)
_AJOUTER_NOEUDS = sa.insert(t.noeud)


@dataclass(slots=True)
class _Tete:
    """Where the log stands; kept between records, believed only while the size agrees."""

    taille: int = -1
    pics: tuple[bytes, ...] = ()
    suivis: dict[str, tuple[int | None, str]] = field(default_factory=dict)
    nouveau: tuple[str, tuple[int | None, str]] | None = None

    def retenir(self) -> _Tete:
        """Call it once the transaction stands: then, and only then, memory may say so."""
        if self.nouveau is not None:
            if len(self.suivis) >= _SUIVIS_MAX:
                self.suivis.clear()
            run, suivi = self.nouveau
            self.suivis[run] = suivi
        return self


class SqlJournal:
    """`ports.Journal` on the database.

    `acteur` is the pseudonym that entries carry: the engine by default, `au_nom_de` for a person.
    """

    def __init__(
        self,
        base: Transactions,
        horloge: Clock,
        identifiants: Identifiants,
        scelleur: Scelleur,
        acteur: str = "moteur",
    ) -> None:
        self._base = base
        self._horloge = horloge
        self._identifiants = identifiants
        self._scelleur = scelleur
        self._acteur = acteur
        self._verrou = threading.Lock()
        self._tete = _Tete()

    def au_nom_de(self, acteur: str) -> SqlJournal:
        """The same journal for what a person does; `acteur` is a pseudonym, never a name."""
        return SqlJournal(self._base, self._horloge, self._identifiants, self._scelleur, acteur)

    def recall(self, run: str, step: str) -> Done | None:
        """What the step gave, or None when it is not done."""
        ligne = self._base.un(_LIRE_ETAPE, {"run": run, "etape": step})
        return None if ligne is None else Done(json.loads(ligne.resultat))

    def record(self, run: str, step: str, done: Done) -> None:
        """Write the result, apply the facts, add one leaf: all or nothing, durable.

        Recording again the same result is silent; the facts are not applied twice.

        Raises:
            IntegrityError: another result is already there, or a fact is not possible; nothing
                has changed. RessourceError: disk full or database busy; nothing has changed.
            TypeError: the result is not exact JSON (a float, a date).
        """
        resultat, faits = canonique(done.result).decode(), ecrire_faits(done.faits)
        try:
            with self._verrou:
                with self._base.ecrire() as tx:
                    tete = self._sceller(tx, run, step, done, resultat, faits)
                self._tete = tete.retenir()
        except IntegrityError:
            if not self._deja(run, step, resultat, faits):
                raise

    def point(self, signer: Callable[[int, bytes], str]) -> str:
        """A signed checkpoint of the log as it stands; the log itself remembers that it was made.

        `signer` takes size and root. When nothing happened since the last one, that one is given.
        """
        with self._verrou:
            with self._base.ecrire() as tx:
                note, tete = self._pointer(tx, signer)
            self._tete = tete
        return note

    def _pointer(self, tx: Connexion, signer: Callable[[int, bytes], str]) -> tuple[str, _Tete]:
        tete = self._relire(tx)
        if tete.taille == 0:
            tete = self._noter(tx, "ouverture", {})
        dernier = tx.un(_DERNIER_POINT)
        if dernier is not None and dernier.taille == tete.taille - 1:
            return str(dernier.note), tete
        taille, racine = tete.taille, self._scelleur.racine(tete.pics)
        note = signer(taille, racine)
        tx.ecrire(_AJOUTER_POINT, {"taille": taille, "note": note})
        return note, self._noter(tx, f"point-{taille}", {"taille": taille, "racine": racine.hex()})

    def _noter(self, tx: Connexion, etape: str, resultat: Json) -> _Tete:
        texte = canonique(resultat).decode()
        return self._sceller(tx, JOURNAL, etape, Done(resultat), texte, "[]")

    def _deja(self, run: str, step: str, resultat: str, faits: str) -> bool:
        ligne = self._base.un(_LIRE_ETAPE, {"run": run, "etape": step})
        if ligne is None:
            return False
        if (ligne.resultat, ligne.faits) == (resultat, faits):
            return True
        raise IntegrityError(f"l'étape « {step} » est déjà faite, avec un autre résultat", ref=run)

    def _sceller(
        self, tx: Connexion, run: str, step: str, done: Done, resultat: str, faits: str
    ) -> _Tete:
        tete = self._relire(tx)
        etape = EtapeScellee(
            seq=tete.taille,
            run=run,
            etape=step,
            temps=heure(self._horloge.now()),
            resultat=resultat,
            faits=faits,
            sel=self._identifiants.jeton(),
        )
        tx.ecrire(_AJOUTER_ETAPE, _ligne(etape))
        effet = Application(tx, etape.seq, etape.temps)
        effet.tout(done.faits, run)
        precedent, collectivite = self._suivi(tx, tete, run)
        collectivite = effet.collectivite or collectivite
        entree = Entree(
            seq=etape.seq,
            temps=etape.temps,
            acteur=self._acteur,
            collectivite=collectivite,
            run=run,
            etape=step,
            empreinte=self._scelleur.empreinte(etape),
            precedent=precedent,
            objets=_objets(done.result, effet.objets),
            passages=tuple(effet.passages),
            transmissions=tuple(effet.transmissions),
        )
        pics = self._ajouter(tx, tete, self._scelleur.feuille(entree))
        return _Tete(tete.taille + 1, pics, tete.suivis, (run, (etape.seq, collectivite)))

    def _ajouter(self, tx: Connexion, tete: _Tete, feuille: bytes) -> tuple[bytes, ...]:
        pics, noeuds = self._scelleur.ajouter(tete.taille, tete.pics, feuille)
        premier = self._scelleur.nombre_noeuds(tete.taille)
        tx.ecrire(_AJOUTER_ENTREE, {"seq": tete.taille, "feuille": feuille})
        tx.ecrire_tout(
            _AJOUTER_NOEUDS,
            [{"indice": premier + rang, "hash": noeud} for rang, noeud in enumerate(noeuds)],
        )
        return pics

    def _relire(self, tx: Connexion) -> _Tete:
        """The head of the log: the one in memory, unless another process has written since."""
        derniere = tx.valeur(_DERNIERE)
        taille = 0 if derniere is None else derniere + 1
        if taille == self._tete.taille:
            return self._tete
        indices = self._scelleur.indices_pics(taille)
        lus = {indice: tx.valeur(_NOEUD, {"indice": indice}) for indice in indices}
        if None in lus.values():
            raise IntegrityError("l'arbre du journal a perdu des nœuds", ref=f"taille {taille}")
        return _Tete(taille, tuple(bytes(lus[indice]) for indice in indices))

    def _suivi(self, tx: Connexion, tete: _Tete, run: str) -> tuple[int | None, str]:
        """Sequence of the run's entry before this one, and the body it belongs to."""
        if (connu := tete.suivis.get(run)) is not None:
            return connu
        precedente = tx.valeur(_PRECEDENTE, {"run": run, "seq": tete.taille})
        collectivite = tx.valeur(_COLLECTIVITE, {"run": run})
        return precedente, collectivite or ""


def _ligne(etape: EtapeScellee) -> dict[str, object]:
    return {
        "seq": etape.seq,
        "run": etape.run,
        "etape": etape.etape,
        "temps": etape.temps,
        "resultat": etape.resultat,
        "faits": etape.faits,
        "sel": etape.sel,
    }


def _objets(resultat: Json, connus: Mapping[str, Objet]) -> tuple[Objet, ...]:
    """Every object that the result or the facts name, once, in the order of digests."""
    tous = dict(connus)
    for objet in _nommes(resultat):
        connu = tous.get(objet.sha256)
        if connu is None or connu.sha1 is None:
            tous[objet.sha256] = objet
    return tuple(tous[sha256] for sha256 in sorted(tous))


def _nommes(valeur: Any) -> Iterator[Objet]:
    """`valeur` is exact JSON: `canonique` has seen it."""
    if type(valeur) is dict:
        sha256, sha1, taille = (valeur.get(cle) for cle in ("sha256", "sha1", "taille"))
        if isinstance(sha256, str) and len(sha256) == 64:
            yield Objet(
                sha256,
                sha1 if isinstance(sha1, str) else None,
                taille if isinstance(taille, int) else None,
            )
        for contenu in valeur.values():
            if type(contenu) in _COMPOSES:
                yield from _nommes(contenu)
    elif type(valeur) in _COMPOSES:
        for contenu in valeur:
            if type(contenu) in _COMPOSES:
                yield from _nommes(contenu)
