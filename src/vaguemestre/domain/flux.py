"""Etat of a flux, the table of allowed transitions, and the facts that steps record.

A *dépôt* is what the sender dropped; it becomes one or several *flux*, each of which is one PES
file with, where the body asks for it, its INDIGO twin. A *fait* is what a step adds to the
register; the journal applies it in the transaction that stores the step's result and its audit
leaf.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from vaguemestre.errors import IntegrityError


class Etat(Enum):
    """Where a flux stands. Terminal states have no way out in `TRANSITIONS`."""

    DEPOSE = "DEPOSE"
    CONTROLE = "CONTROLE"
    A_SIGNER = "A_SIGNER"
    SIGNE = "SIGNE"
    CONVERTI = "CONVERTI"
    RETENU = "RETENU"
    EXPEDIE = "EXPEDIE"
    ACQUITTE = "ACQUITTE"
    PARTIEL = "PARTIEL"
    ARCHIVE = "ARCHIVE"
    REJETE = "REJETE"
    REFUSE = "REFUSE"
    ANNULE = "ANNULE"
    REMPLACE = "REMPLACE"
    SANS_ACQUIT = "SANS_ACQUIT"
    INCERTAIN = "INCERTAIN"


E = Etat
_AVANT_ENVOI = frozenset({E.RETENU, E.REJETE, E.ANNULE})
_JUGE = frozenset({E.ACQUITTE, E.PARTIEL, E.REFUSE})

# An acquit may come before the receipt is recorded, late, or doubled with another verdict: the
# register then keeps both answers and the last verdict wins, so judged states reach each other.
TRANSITIONS: dict[Etat, frozenset[Etat]] = {
    E.DEPOSE: _AVANT_ENVOI | {E.CONTROLE},
    E.CONTROLE: _AVANT_ENVOI | {E.A_SIGNER, E.SIGNE, E.CONVERTI},
    E.A_SIGNER: _AVANT_ENVOI | {E.SIGNE},
    E.SIGNE: _AVANT_ENVOI | {E.CONVERTI},
    E.CONVERTI: _AVANT_ENVOI | {E.EXPEDIE, E.INCERTAIN, E.SANS_ACQUIT} | _JUGE,
    E.RETENU: frozenset({E.CONTROLE, E.SIGNE, E.CONVERTI, E.EXPEDIE, E.INCERTAIN, E.ANNULE})
    | _JUGE,
    E.INCERTAIN: frozenset({E.EXPEDIE, E.CONVERTI, E.ANNULE}) | _JUGE,
    E.EXPEDIE: _JUGE | {E.SANS_ACQUIT, E.ARCHIVE},
    E.SANS_ACQUIT: frozenset({E.ARCHIVE}) | _JUGE,
    E.ACQUITTE: frozenset({E.ARCHIVE, E.PARTIEL, E.REFUSE}),
    E.PARTIEL: frozenset({E.ARCHIVE, E.REMPLACE, E.ACQUITTE, E.REFUSE}),
    E.REFUSE: frozenset({E.ARCHIVE, E.REMPLACE, E.ACQUITTE, E.PARTIEL}),
    E.ARCHIVE: frozenset({E.REMPLACE}),
    E.REJETE: frozenset(),
    E.ANNULE: frozenset(),
    E.REMPLACE: frozenset(),
}

# In these states the documents count as sent or in flight: doing them again is doing them twice.
VIVANTS: frozenset[Etat] = frozenset(Etat) - {E.REJETE, E.REFUSE, E.ANNULE, E.REMPLACE}


def transition(ref: str, de: Etat, vers: Etat) -> Etat:
    """The new state.

    Raises:
        IntegrityError: the table does not allow this passage; nothing has changed.
    """
    if vers is de:
        return de
    if vers not in TRANSITIONS[de]:
        raise IntegrityError(f"passage interdit de {de.value} à {vers.value}", ref=ref)
    return vers


class EtatDepot(Enum):
    """Where a deposit stands: taken, then done with or refused."""

    EN_COURS = "EN_COURS"
    TRAITE = "TRAITE"
    REJETE = "REJETE"


@dataclass(frozen=True, slots=True, kw_only=True)
class DepotOuvert:
    """A deposit was claimed. `forme` is its shape, `dossier` its work folder.

    `sha256` is that of its bytes (hex) where the deposit is one file, else ''.
    """

    depot: str
    nom: str
    collectivite: str
    forme: str
    dossier: str
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DepotClos:
    """A deposit ends, for a reason a person can read."""

    depot: str
    etat: EtatDepot
    motif: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FluxOuvert:
    """A flux exists: its deposit, body, budget and names. `numero` is unique for ever."""

    flux: str
    depot: str
    collectivite: str
    cod_col: str
    cod_bud: str
    nomfic: str
    nom_fil: str
    partenaire: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EtatChange:
    """A flux passes to another state, for a reason a person can read."""

    flux: str
    etat: Etat
    motif: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BordereauInscrit:
    """A bordereau of a flux. `cumul` is the running total including it, or None."""

    flux: str
    cod_col: str
    cod_bud: str
    domaine: str
    exercice: int
    type: str
    numero: int
    pieces: tuple[int, ...]
    montant_ht: Decimal
    montant_tva: Decimal
    cumul: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PjInscrite:
    """A PJ carried by a flux (not merely referenced)."""

    flux: str
    cod_col: str
    id_unique: str
    nom: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MembreInscrit:
    """One half of an envoi: `genre` is pes or indigo; `nom` its name on the wire."""

    flux: str
    genre: str
    nom: str
    sha256: str
    sha1: str
    taille: int
    statut: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentionPrise:
    """The first byte of a member is about to be offered to the partner."""

    flux: str
    genre: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MembreRecu:
    """The partner holds the whole member."""

    flux: str
    genre: str
    mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BordereauJuge:
    """What the acquit says of one bordereau (`domaine` '' when the acquit does not say)."""

    flux: str
    domaine: str
    exercice: int
    numero: int
    accepte: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PjJugee:
    """What the acquit says of one PJ."""

    flux: str
    cod_col: str
    id_unique: str
    accepte: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReponseRecue:
    """A file that a partner left for us, attached to a flux or not (`flux` '').

    A retour speaks of many flux: it belongs to a `collectivite` ('' while nobody knows whose it
    is). `remarque` says why a person should look: illisible, ambigu, inconnu, double, tardif,
    hors_schema; '' when all is as it should be.
    """

    sha256: str
    nom: str
    genre: str
    flux: str
    nomfic: str
    etat: str
    motif: str = ""
    remarque: str = ""
    collectivite: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReponseAttachee:
    """Which flux an answer belongs to, as a person says, or that the body of this flux owns it;
    `flux` '' for a retour whose body the configuration has come to know.

    `etat` is the verdict that the answer gives: accepte, partiel, rejete, '' for none.
    """

    sha256: str
    flux: str
    collectivite: str
    motif: str
    etat: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErreurRelevee:
    """One error of an acquit, and the thing it blames; 0 or '' for what the acquit leaves out.

    `reponse` is the SHA-256 of the acquit.
    """

    flux: str
    reponse: str
    domaine: str
    exercice: int
    bordereau: int
    piece: int
    ligne: int
    id_unique: str
    code: str
    libelle: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceRestituee:
    """What one retour says of one mandat or titre (pes.md §11).

    `flux` is ours that carried it, '' when none did. `piece` is the IdPce as printed, '' for a
    whole rôle; dates are ISO, '' where the retour gives none; amounts None where unreadable;
    `paiement` is aucun, partiel or total, '' where nothing is to be paid.
    """

    reponse: str
    flux: str
    cod_col: str
    cod_bud: str
    domaine: str
    exercice: int
    type: str
    bordereau: int
    piece: str
    etat: str
    montant_ht: Decimal | None
    montant_paye: Decimal | None
    instance_le: str
    prise_en_charge_le: str
    rejetee_le: str
    paye_le: str
    paiement: str
    motifs: tuple[str, ...]
    commentaire: str
    conseil: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FluxRemplace:
    """A flux was made again without some pièces (accord local 1.3): `nouveau` stands for it."""

    ancien: str
    nouveau: str
    motif: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BordereauRemplace:
    """A bordereau that the partner has accepted, and that the flux `par` now stands for."""

    flux: str
    par: str
    domaine: str
    exercice: int
    type: str
    numero: int


Fait = (
    DepotOuvert
    | DepotClos
    | FluxOuvert
    | EtatChange
    | BordereauInscrit
    | PjInscrite
    | MembreInscrit
    | IntentionPrise
    | MembreRecu
    | BordereauJuge
    | PjJugee
    | ReponseRecue
    | ReponseAttachee
    | ErreurRelevee
    | PieceRestituee
    | FluxRemplace
    | BordereauRemplace
)
