"""What the register answers: frozen values, no rows, no session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from vaguemestre.domain.flux import Etat, EtatDepot, PieceRestituee
from vaguemestre.errors import DocumentError


@dataclass(frozen=True, slots=True, kw_only=True)
class DepotVu:
    """A deposit as the register knows it."""

    id: str
    nom: str
    collectivite: str
    forme: str
    dossier: str
    sha256: str
    etat: EtatDepot
    motif: str
    ouvert_le: datetime
    change_le: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FluxVu:
    """A flux as the register knows it.

    `membres` and `recus` count its halves and those the partner holds; `retient` says that it
    holds the next envoi of its budget; `ordre` grows with the time of opening.
    """

    id: str
    depot: str
    collectivite: str
    cod_col: str
    cod_bud: str
    nomfic: str
    nom_fil: str
    partenaire: str
    etat: Etat
    motif: str
    membres: int
    recus: int
    retient: bool
    ouvert_le: datetime
    change_le: datetime
    ordre: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MembreVu:
    """One half of an envoi, with its intent and its receipt."""

    flux: str
    genre: str
    nom: str
    sha256: str
    sha1: str
    taille: int
    statut: str | None
    intention_le: datetime | None
    recu_le: datetime | None
    mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BordereauVu:
    """A bordereau of a flux; `accepte` is None until an acquit judges it."""

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
    cumul: Decimal | None
    accepte: bool | None
    vivant: bool
    remplace_par: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PjVue:
    """A PJ of a flux: inscrite, acceptee or refusee."""

    flux: str
    cod_col: str
    id_unique: str
    nom: str
    etat: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReponseVue:
    """A file that a partner left for us."""

    seq: int
    sha256: str
    nom: str
    genre: str
    flux: str
    nomfic: str
    etat: str
    motif: str
    recue_le: datetime
    remarque: str = ""
    collectivite: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErreurVue:
    """One error of an acquit; 0 or '' for what the acquit leaves out."""

    seq: int
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
class RestitutionVue(PieceRestituee):
    """The same as the register keeps it: in which order, and when it came."""

    seq: int
    recue_le: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RemplacementVu:
    """`nouveau` stands for `ancien`, for this reason."""

    ancien: str
    nouveau: str
    motif: str
    fait_le: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EtapeVue:
    """One remembered step: the place of its audit leaf, its run, its name, its result (JSON)."""

    seq: int
    run: str
    etape: str
    temps: datetime
    resultat: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionVue:
    """A run in the queue: due, en_cours, finie or erreur."""

    id: str
    genre: str
    objet: str
    etat: str
    essais: int
    prochain_essai: datetime
    erreur: str
    cree_le: datetime


def centimes(montant: Decimal) -> int:
    """Whole hundredths of an amount.

    Raises:
        DocumentError: a finer amount; nothing is ever rounded.
    """
    cents = montant * 100
    if cents != cents.to_integral_value():
        raise DocumentError(f"le montant {montant} a plus de deux décimales")
    return int(cents)


def montant(cents: int) -> Decimal:
    """The amount behind whole hundredths, with two decimals."""
    return Decimal(cents).scaleb(-2)


def heure(moment: datetime) -> str:
    """UTC, whole seconds, `AAAA-MM-JJTHH:MM:SSZ`: sorts as it reads."""
    if moment.tzinfo is None:
        raise ValueError("une heure sans fuseau ne s'enregistre pas")
    m = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return f"{m.year:04}-{m.month:02}-{m.day:02}T{m.hour:02}:{m.minute:02}:{m.second:02}Z"


def moment(texte: str) -> datetime:
    """The aware UTC time behind what `heure` wrote."""
    return datetime.fromisoformat(texte).astimezone(UTC)
