"""The canonical model of INDIGO: every value that a layout may take from a PES.

A layout names them (`"source": "piece.numero"`); this table says where each comes from. Nothing
else reaches an INDIGO file: « an INDIGO flux is produced from the PES flux » (accord local §1.3).
Annulations keep their sign (`ligne.signe`, and signed amounts) and their type
(`bordereau.type`, `piece.type`, `piece.nature`): the layout decides which it writes.
"""

# ruff: noqa: E501 - one line of the table per value, set by hand

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from vaguemestre.domain.comptable import (
    Adresse,
    Bordereau,
    CompteBancaire,
    Domaine,
    Liens,
    Ligne,
    Mandat,
    PesAller,
    Piece,
    Rattachement,
    Tiers,
    Titre,
)
from vaguemestre.indigo.zones import Valeur

Portee = Literal["file", "bordereau", "piece", "ligne"]
Nature = Literal["texte", "entier", "montant", "taux", "date"]

FAMILLES: dict[Domaine, str] = {Domaine.RECETTE: "TITRE", Domaine.DEPENSE: "MANDAT"}
RANGS: dict[str, int] = {"file": 0, "bordereau": 1, "piece": 2, "ligne": 3}
# These families are not in a PES: their records are controlled, never written.
HORS_PES = ("bien.", "compte.", "budget.")

_ANNULATION = "02"
_DEBIT_OFFICE = "16"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fichier:
    """What is known of the whole file before its first record is written."""

    famille: str
    sequence: int
    bordereaux: tuple[Bordereau, ...]
    enregistrements: int


class Contexte:
    """Where the writer stands; `se placer` is an assignment, one object per file."""

    __slots__ = ("bordereau", "fichier", "ligne", "pes", "piece", "rang", "tiers")

    def __init__(self, pes: PesAller, fichier: Fichier, bordereau: Bordereau) -> None:
        self.pes = pes
        self.fichier = fichier
        self.bordereau = bordereau
        self.piece: Piece = bordereau.pieces[0]
        self.ligne: Ligne = self.piece.lignes[0]
        self.tiers: Tiers | None = tiers_principal(self.ligne)
        self.rang = 0


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value comes from, from which level of record on it is known, and what it is."""

    portee: Portee
    nature: Nature
    prendre: Callable[[Contexte], Valeur]


def signe(bordereau: Bordereau) -> int:
    """-1 for a bordereau of annulation or réduction (TypBord 02): its PES amounts are positive."""
    return -1 if bordereau.type == _ANNULATION else 1


def tiers_principal(ligne: Ligne) -> Tiers | None:
    """The tiers that INDIGO names: the main debtor (TypTiers 01), else the first."""
    principal = next((tiers for tiers in ligne.tiers if tiers.type == "01"), None)
    return principal or next(iter(ligne.tiers), None)


def reference(c: Contexte, par: str) -> str:
    """« bordereau 72 / mandat 832 / ligne 1 », as deep as a record written `par` goes."""
    if par == "file":
        return "en-tête"
    ref = f"bordereau {c.bordereau.numero}"
    if par == "bordereau":
        return ref
    ref += f" / {'titre' if isinstance(c.piece, Titre) else 'mandat'} {c.piece.numero}"
    return ref if par == "piece" else f"{ref} / ligne {c.ligne.numero}"


def montant_ht(bordereau: Bordereau, ligne: Ligne) -> Decimal:
    return signe(bordereau) * ligne.montant_ht


def montant_tva(bordereau: Bordereau, ligne: Ligne) -> Decimal | None:
    return None if ligne.montant_tva is None else signe(bordereau) * ligne.montant_tva


def _tva(bordereau: Bordereau, ligne: Ligne) -> Decimal:
    return montant_tva(bordereau, ligne) or Decimal(0)


def _liens(lire: Callable[[Liens], str | None]) -> Callable[[Contexte], Valeur]:
    def prendre(c: Contexte) -> Valeur:
        return None if c.ligne.liens is None else lire(c.ligne.liens)

    return prendre


def _origine(lire: Callable[[Rattachement], Valeur]) -> Callable[[Contexte], Valeur]:
    def prendre(c: Contexte) -> Valeur:
        return None if c.ligne.rattachement is None else lire(c.ligne.rattachement)

    return prendre


def _tiers(lire: Callable[[Tiers], Valeur]) -> Callable[[Contexte], Valeur]:
    def prendre(c: Contexte) -> Valeur:
        return None if c.tiers is None else lire(c.tiers)

    return prendre


def _adresse(lire: Callable[[Adresse], Valeur]) -> Callable[[Contexte], Valeur]:
    return _tiers(lambda t: None if t.adresse is None else lire(t.adresse))


def _banque(lire: Callable[[CompteBancaire], Valeur]) -> Callable[[Contexte], Valeur]:
    return _tiers(lambda t: None if t.compte is None else lire(t.compte))


def _compte(compte: CompteBancaire) -> str | None:
    """The IBAN, or the four parts of the RIB one after the other."""
    if compte.rib is None:
        return compte.iban
    rib = compte.rib
    return f"{rib.code_etablissement}{rib.code_guichet}{rib.compte}{rib.cle}"


def _rib(debut: int, fin: int) -> Callable[[Contexte], Valeur]:
    """A part of the RIB, as such or inside a French IBAN (which is FR, a key, then the RIB)."""

    def lire(compte: CompteBancaire) -> str | None:
        rib = _compte(compte) or ""
        if compte.rib is None:
            rib = rib[4:] if rib.startswith("FR") else ""
        return rib[debut:fin] or None

    return _banque(lire)


def _titre(lire: Callable[[Titre], Valeur]) -> Callable[[Contexte], Valeur]:
    return lambda c: lire(c.piece) if isinstance(c.piece, Titre) else None


def _mandat(lire: Callable[[Mandat], Valeur]) -> Callable[[Contexte], Valeur]:
    return lambda c: lire(c.piece) if isinstance(c.piece, Mandat) else None


def _total(c: Contexte, montant: Callable[[Bordereau, Ligne], Decimal]) -> Decimal:
    return sum((montant(b, ligne) for b in c.fichier.bordereaux for ligne in b.lignes), Decimal(0))


# fmt: off
SOURCES: dict[str, Source] = {
    "enveloppe.nom_fichier": Source("file", "texte", lambda c: c.pes.enveloppe.nom_fichier),
    "entete.cod_col": Source("file", "texte", lambda c: c.pes.entete.code_collectivite),
    "entete.cod_bud": Source("file", "texte", lambda c: c.pes.entete.code_budget),
    "entete.id_coll": Source("file", "texte", lambda c: c.pes.entete.id_collectivite),
    "entete.id_post": Source("file", "texte", lambda c: c.pes.entete.id_poste),
    "entete.date": Source("file", "date", lambda c: c.pes.entete.date_production),
    "fichier.famille": Source("file", "texte", lambda c: c.fichier.famille),
    "fichier.sequence": Source("file", "entier", lambda c: c.fichier.sequence),
    "fichier.nombre_bordereaux": Source("file", "entier", lambda c: len(c.fichier.bordereaux)),
    "fichier.nombre_pieces": Source("file", "entier", lambda c: sum(len(b.pieces) for b in c.fichier.bordereaux)),
    "fichier.nombre_enregistrements": Source("file", "entier", lambda c: c.fichier.enregistrements),
    # the rank of the record in its file, from 1
    "fichier.rang": Source("file", "entier", lambda c: c.rang),
    "fichier.montant_ht": Source("file", "montant", lambda c: _total(c, montant_ht)),
    "fichier.montant_tva": Source("file", "montant", lambda c: _total(c, _tva)),
    "bordereau.exercice": Source("bordereau", "entier", lambda c: c.bordereau.exercice),
    "bordereau.type": Source("bordereau", "texte", lambda c: c.bordereau.type),
    "bordereau.numero": Source("bordereau", "entier", lambda c: c.bordereau.numero),
    "bordereau.date_emission": Source("bordereau", "date", lambda c: c.bordereau.date_emission),
    "bordereau.nombre_pieces": Source("bordereau", "entier", lambda c: len(c.bordereau.pieces)),
    "bordereau.montant_ht": Source("bordereau", "montant", lambda c: signe(c.bordereau) * c.bordereau.montant_ht),
    "bordereau.montant_tva": Source("bordereau", "montant", lambda c: signe(c.bordereau) * c.bordereau.montant_tva),
    "bordereau.signe": Source("bordereau", "texte", lambda c: "-" if signe(c.bordereau) < 0 else "+"),
    "piece.numero": Source("piece", "entier", lambda c: c.piece.numero),
    "piece.type": Source("piece", "texte", lambda c: c.piece.type),
    "piece.nature": Source("piece", "texte", lambda c: c.piece.nature),
    "piece.objet": Source("piece", "texte", lambda c: c.piece.objet),
    "piece.code_service": Source("piece", "texte", lambda c: c.piece.service),
    "piece.affectation": Source("piece", "texte", lambda c: c.piece.affectation),
    "piece.nombre_lignes": Source("piece", "entier", lambda c: len(c.piece.lignes)),
    "piece.montant_ht": Source("piece", "montant", lambda c: sum((montant_ht(c.bordereau, x) for x in c.piece.lignes), Decimal(0))),
    "piece.montant_tva": Source("piece", "montant", lambda c: sum((_tva(c.bordereau, x) for x in c.piece.lignes), Decimal(0))),
    "piece.date_echeance": Source("piece", "date", _mandat(lambda m: m.date_echeance)),
    "piece.date_asp": Source("piece", "date", _titre(lambda t: t.date_asp)),
    "piece.role": Source("piece", "entier", _titre(lambda t: t.role)),
    "piece.origine.exercice": Source("ligne", "entier", _origine(lambda o: o.exercice)),
    # a PES names the original by its exercice and its pièce, never by its bordereau
    "piece.origine.bordereau": Source("ligne", "entier", lambda c: None),
    "piece.origine.numero": Source("ligne", "entier", _origine(lambda o: o.piece)),
    "piece.origine.ligne": Source("ligne", "texte", _origine(lambda o: o.ligne)),
    "piece.code_regie": Source("ligne", "texte", _liens(lambda x: x.regie)),
    # the treasury's number of a P503 is not in a PES Aller
    "piece.num_piece_tresorerie": Source("piece", "texte", lambda c: None),
    "piece.mode_reglement": Source("ligne", "texte", lambda c: c.ligne.mode_reglement),
    "piece.debit_office": Source("ligne", "texte", lambda c: "1" if c.ligne.mode_reglement == _DEBIT_OFFICE else None),
    "ligne.numero": Source("ligne", "entier", lambda c: c.ligne.numero),
    "ligne.nature": Source("ligne", "texte", lambda c: c.ligne.nature),
    "ligne.fonction": Source("ligne", "texte", lambda c: c.ligne.fonction),
    "ligne.operation": Source("ligne", "texte", lambda c: c.ligne.operation),
    "ligne.compte_tiers": Source("ligne", "texte", lambda c: c.ligne.compte_tiers),
    "ligne.objet": Source("ligne", "texte", lambda c: c.ligne.objet),
    "ligne.signe": Source("ligne", "texte", lambda c: "-" if signe(c.bordereau) < 0 else "+"),
    "ligne.montant_ht": Source("ligne", "montant", lambda c: signe(c.bordereau) * c.ligne.montant_ht),
    "ligne.montant_tva": Source("ligne", "montant", lambda c: montant_tva(c.bordereau, c.ligne)),
    "ligne.montant_ttc": Source("ligne", "montant", lambda c: montant_ht(c.bordereau, c.ligne) + _tva(c.bordereau, c.ligne)),
    "ligne.taux_tva": Source("ligne", "taux", lambda c: c.ligne.taux_tva),
    "ligne.code_service": Source("piece", "texte", lambda c: c.piece.service),
    "ligne.num_inventaire": Source("ligne", "texte", _liens(lambda x: x.actif)),
    "ligne.num_emprunt": Source("ligne", "texte", _liens(lambda x: x.emprunt)),
    "ligne.num_marche": Source("ligne", "texte", _liens(lambda x: x.marche)),
    "ligne.code_produit_local": Source("ligne", "texte", lambda c: c.ligne.code_produit),
    "tiers.id": Source("ligne", "texte", _tiers(lambda t: t.identifiant)),
    "tiers.nature_id": Source("ligne", "texte", _tiers(lambda t: t.nature_identifiant)),
    "tiers.type": Source("ligne", "texte", _tiers(lambda t: t.type)),
    "tiers.categorie": Source("ligne", "texte", _tiers(lambda t: t.categorie)),
    "tiers.nature_juridique": Source("ligne", "texte", _tiers(lambda t: t.nature_juridique)),
    "tiers.civilite": Source("ligne", "texte", _tiers(lambda t: t.civilite)),
    "tiers.nom": Source("ligne", "texte", _tiers(lambda t: t.nom)),
    "tiers.complement_nom": Source("ligne", "texte", _tiers(lambda t: t.complement_nom)),
    "tiers.prenom": Source("ligne", "texte", _tiers(lambda t: t.prenom)),
    "tiers.reference": Source("ligne", "texte", _tiers(lambda t: t.reference)),
    "tiers.adresse.ligne1": Source("ligne", "texte", _adresse(lambda a: a.adr1)),
    "tiers.adresse.ligne2": Source("ligne", "texte", _adresse(lambda a: a.adr2)),
    "tiers.adresse.ligne3": Source("ligne", "texte", _adresse(lambda a: a.adr3)),
    "tiers.adresse.cp": Source("ligne", "texte", _adresse(lambda a: a.code_postal)),
    "tiers.adresse.ville": Source("ligne", "texte", _adresse(lambda a: a.ville)),
    "tiers.banque.compte": Source("ligne", "texte", _banque(_compte)),
    "tiers.banque.etablissement": Source("ligne", "texte", _rib(0, 5)),
    "tiers.banque.guichet": Source("ligne", "texte", _rib(5, 10)),
    "tiers.banque.numero": Source("ligne", "texte", _rib(10, 21)),
    "tiers.banque.cle": Source("ligne", "texte", _rib(21, 23)),
    "tiers.banque.bic": Source("ligne", "texte", _banque(lambda b: b.bic)),
    "tiers.banque.titulaire": Source("ligne", "texte", _banque(lambda b: b.titulaire)),
}
# fmt: on
