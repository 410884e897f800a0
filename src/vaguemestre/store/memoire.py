"""DOOR. `ports.Memoire`: what only the register knows about a PES that is being checked."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import sqlalchemy as sa

from vaguemestre.domain.flux import Etat
from vaguemestre.ports import PieceConnue
from vaguemestre.store import tables as t
from vaguemestre.store.connexion import Transactions
from vaguemestre.store.envoyees import Annee, PiecesEnvoyees
from vaguemestre.store.suivi import serie
from vaguemestre.store.vues import montant

_B = t.bordereau.c
_BORDEREAU_DE_BUDGET = sa.and_(
    _B.cod_col == sa.bindparam("cod_col"),
    _B.cod_bud == sa.bindparam("cod_bud"),
    _B.domaine == sa.bindparam("domaine"),
    _B.exercice == sa.bindparam("exercice"),
    _B.type == sa.bindparam("type"),
)
# A replaced flux still counts where the partner accepted a part of it.
_ENCORE_LA = sa.exists().where(_B.flux == t.flux.c.id, _B.vivant == sa.literal_column("1"))
_NOMFIC = (
    sa.select(t.flux.c.id)
    .where(
        t.flux.c.nomfic == sa.bindparam("nomfic"),
        t.flux.c.cod_col == sa.bindparam("cod_col"),
        sa.or_(t.flux.c.vivant == sa.literal_column("1"), _ENCORE_LA),
    )
    .order_by(t.flux.c.ordre, t.flux.c.id)
)
_BORDEREAU = sa.select(_B.flux.label("id")).where(
    _BORDEREAU_DE_BUDGET,
    _B.numero == sa.bindparam("numero"),
    _B.vivant == sa.literal_column("1"),
)
# Read downwards, a page at a time: the flux that is being checked may hold the highest numbers.
_PAGE = 64
_DERNIERS = (
    sa.select(_B.flux.label("id"), _B.numero)
    .where(
        _BORDEREAU_DE_BUDGET,
        _B.vivant == sa.literal_column("1"),
        _B.numero < sa.bindparam("plafond"),
    )
    .order_by(_B.numero.desc(), _B.flux)
    .limit(sa.literal_column(str(_PAGE)))
)
_AU_DELA = 10_000_000  # IdBord has at most seven digits
_REFUSE = (
    sa.select(_B.flux.label("id"))
    .join(t.flux, t.flux.c.id == _B.flux)
    .where(
        _BORDEREAU_DE_BUDGET,
        _B.numero == sa.bindparam("numero"),
        _B.vivant == sa.literal_column("0"),
        sa.or_(
            _B.accepte == sa.literal_column("0"),
            t.flux.c.etat == sa.literal_column(f"'{Etat.REFUSE.value}'"),
        ),
    )
    .order_by(t.flux.c.ordre.desc(), t.flux.c.id)
)
_PJ = (
    sa.select(t.pj.c.flux.label("id"), t.pj.c.etat, t.flux.c.vivant)
    .join(t.flux, t.flux.c.id == t.pj.c.flux)
    .where(t.pj.c.id_unique == sa.bindparam("id_unique"), t.pj.c.cod_col == sa.bindparam("cod_col"))
    .order_by(t.flux.c.ordre, t.flux.c.id)
)
_CUMUL = sa.select(t.cumul.c.ht, t.cumul.c.tva).where(
    t.cumul.c.cod_col == sa.bindparam("cod_col"),
    t.cumul.c.cod_bud == sa.bindparam("cod_bud"),
    t.cumul.c.domaine == sa.bindparam("domaine"),
    t.cumul.c.exercice == sa.bindparam("exercice"),
    t.cumul.c.type == sa.bindparam("type"),
)
_PART = sa.select(_B.montant_ht, _B.montant_tva).where(
    _B.flux == sa.bindparam("flux"), _BORDEREAU_DE_BUDGET, _B.vivant == sa.literal_column("1")
)
_PIECE = (
    sa.select(
        t.restitution.c.flux.label("id"),
        t.restitution.c.rejetee_le,
        t.restitution.c.prise_en_charge_le,
    )
    .where(
        t.restitution.c.cod_col == sa.bindparam("cod_col"),
        t.restitution.c.cod_bud == sa.bindparam("cod_bud"),
        t.restitution.c.domaine == sa.bindparam("domaine"),
        t.restitution.c.exercice == sa.bindparam("exercice"),
        t.restitution.c.piece == sa.bindparam("piece"),
    )
    .order_by(t.restitution.c.seq, t.restitution.c.rang)
)
_MEMBRE = (
    sa.select(t.membre.c.flux.label("id"))
    .join(t.flux, t.flux.c.id == t.membre.c.flux)
    .where(
        t.membre.c.sha256 == sa.bindparam("sha256"),
        sa.or_(
            t.flux.c.vivant == sa.literal_column("1"),
            t.flux.c.etat == sa.literal_column(f"'{Etat.REMPLACE.value}'"),
        ),
    )
    .order_by(t.flux.c.ordre, t.flux.c.id)
)


class SqlMemoire:
    """What was sent or is in flight, except the flux of `sauf`. Made by `Registre.memoire`."""

    def __init__(
        self,
        base: Transactions,
        envoyees: PiecesEnvoyees,
        sauf: frozenset[str],
        depart: Callable[[str, str, str, int, str], Decimal | None],
        cumul_base: str = "ttc",
    ) -> None:
        self._base = base
        self._envoyees = envoyees
        self._lues: set[Annee] = set()  # once for each check: a check lasts a moment
        self._sauf = sauf
        self._depart = depart
        self._avec_tva = cumul_base == "ttc"

    def nomfic_connu(self, nomfic: str, cod_col: str) -> str | None:
        return self._premier(_NOMFIC, {"nomfic": nomfic, "cod_col": cod_col})

    def bordereau_connu(
        self, cod_col: str, cod_bud: str, domaine: str, exercice: int, type_: str, numero: int
    ) -> str | None:
        cle = serie(cod_col, cod_bud, domaine, exercice, type_)
        return self._premier(_BORDEREAU, cle | {"numero": numero})

    def pj_connue(self, cod_col: str, id_unique: str) -> str | None:
        """An accepted PJ is known for ever, even where its bordereau was refused."""
        for ligne in self._base.tous(_PJ, {"cod_col": cod_col, "id_unique": id_unique}):
            en_vol = ligne.etat == "inscrite" and ligne.vivant
            if ligne.id not in self._sauf and (ligne.etat == "acceptee" or en_vol):
                return str(ligne.id)
        return None

    def pj_acceptee(self, cod_col: str, id_unique: str) -> bool | None:
        """True as soon as one acquit accepted it; None while one flux still waits for its own."""
        en_vol = False
        for ligne in self._base.tous(_PJ, {"cod_col": cod_col, "id_unique": id_unique}):
            if ligne.id in self._sauf:
                continue
            if ligne.etat == "acceptee":
                return True
            en_vol = en_vol or bool(ligne.etat == "inscrite" and ligne.vivant)
        return None if en_vol else False

    def dernier_bordereau(
        self, cod_col: str, cod_bud: str, domaine: str, exercice: int, type_: str
    ) -> int | None:
        cle = serie(cod_col, cod_bud, domaine, exercice, type_)
        plafond = _AU_DELA
        while lignes := self._base.tous(_DERNIERS, cle | {"plafond": plafond}):
            for ligne in lignes:
                if ligne.id not in self._sauf:
                    return int(ligne.numero)
            plafond = lignes[-1].numero
        return None

    def bordereau_refuse(
        self, cod_col: str, cod_bud: str, domaine: str, exercice: int, type_: str, numero: int
    ) -> str | None:
        cle = serie(cod_col, cod_bud, domaine, exercice, type_)
        return self._premier(_REFUSE, cle | {"numero": numero})

    def piece_connue(
        self, cod_col: str, cod_bud: str, domaine: str, exercice: int, id_pce: int
    ) -> PieceConnue | None:
        """What all retours together say: the latest dates, whichever retour came last.

        A flux of which no retour has spoken yet comes before them: it carries the pièce again.
        """
        cle = {"cod_col": cod_col, "cod_bud": cod_bud, "domaine": domaine, "exercice": exercice}
        lignes = [
            ligne
            for ligne in self._base.tous(_PIECE, cle | {"piece": str(id_pce)})
            if ligne.id not in self._sauf
        ]
        prise = max((ligne.prise_en_charge_le for ligne in lignes), default="") or None
        rendus = {ligne.id for ligne in lignes} | self._sauf
        annee = (cod_col, cod_bud, domaine, exercice)
        envoyes = self._envoyees.flux(annee, id_pce, relire=annee not in self._lues)
        self._lues.add(annee)
        en_vol = [flux for flux in envoyes if flux not in rendus]
        if en_vol:
            return PieceConnue(flux=en_vol[-1], prise_en_charge_le=prise)
        if not lignes:
            return None
        return PieceConnue(
            flux=lignes[-1].id,
            rejetee_le=max(ligne.rejetee_le for ligne in lignes) or None,
            prise_en_charge_le=prise,
        )

    def contenu_connu(self, sha256: str) -> str | None:
        """The flux that already carries exactly these bytes, sent or in flight."""
        return self._premier(_MEMBRE, {"sha256": sha256})

    def cumul(
        self, cod_col: str, cod_bud: str, domaine: str, exercice: int, type_: str
    ) -> Decimal | None:
        depart = self._depart(cod_col, cod_bud, domaine, exercice, type_)
        if depart is None:
            return None
        cle = serie(cod_col, cod_bud, domaine, exercice, type_)
        total = sum(self._compter(*ligne) for ligne in self._base.tous(_CUMUL, cle))
        for flux in self._sauf:
            lignes = self._base.tous(_PART, cle | {"flux": flux})
            total -= sum(self._compter(*ligne) for ligne in lignes)
        return depart + montant(total)

    def _compter(self, ht: int, tva: int) -> int:
        return ht + tva if self._avec_tva else ht

    def _premier(self, requete: sa.Select[tuple[str]], cle: dict[str, str | int]) -> str | None:
        lignes = self._base.tous(requete, cle)
        return next((str(ligne.id) for ligne in lignes if ligne.id not in self._sauf), None)
