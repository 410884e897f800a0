"""Acquit and Retour: what the DGFiP answered, with its anomalies.

Source: PES_ACQUIT v1 and v2 (reference/pes.md §10), PES_Retour (§11). Partner codes are kept as
they came.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from vaguemestre.errors import Anomalie


@dataclass(frozen=True, slots=True, kw_only=True)
class Erreur:
    """One error of an acquit: official code, free text, and the thing it blames."""

    code: str
    libelle: str
    ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementAcquit:
    """The verdict on one bordereau, one PJ, or the whole file.

    `domaine` is the label of DomaineAck (« depense », « recette », « pj », « signature »…),
    `code_domaine` its number. `bordereau`/`exercice`, `id_unique` or `id_marche` (a contract and
    its sequence: `2026TRAVAUX01-001`) name the thing, as printed.
    """

    code_domaine: str
    domaine: str
    accepte: bool
    ref: str
    bordereau: int | None = None
    exercice: int | None = None
    id_unique: str | None = None
    erreurs: tuple[Erreur, ...] = ()
    pieces: tuple[int, ...] = ()
    id_marche: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquit:
    """An acquit, v1 or v2. `etat`: accepte, rejete or partiel over every element."""

    type: str
    version: int
    nomfic: str
    cod_col: str
    cod_bud: str
    elements: tuple[ElementAcquit, ...]
    anomalies: tuple[Anomalie, ...] = ()

    @property
    def etat(self) -> str:
        verdicts = {element.accepte for element in self.elements}
        if verdicts == {True}:
            return "accepte"
        return "partiel" if True in verdicts else "rejete"


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceRetour:
    """What became of one mandat or titre.

    `nature` is « TypPce-NatPce »; `paiement` is `aucun`, `partiel`, `total`, or '' where nothing
    is to be paid; `conseil` says what to do next.
    """

    ref: str
    exercice: int
    bordereau: int
    type_bordereau: str
    numero: str
    etat: str
    montant_ht: Decimal
    montant_paye: Decimal | None
    dates: dict[str, str]
    motifs: tuple[str, ...]
    commentaire: str = ""
    objet: str = ""
    nature: str = ""
    montant_tva: Decimal | None = None
    paiement: str = ""
    conseil: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retour:
    """A PES_Retour: the state of each pièce."""

    nomfic: str
    id_coll: str
    domaine: str
    restitution: str
    pieces: tuple[PieceRetour, ...]
    anomalies: tuple[Anomalie, ...] = ()
    poste: str = ""
    cod_col: str = ""
    cod_bud: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetourRecu:
    """One domaine of a retour that came in (PES_ACQUIT_RETOUR).

    `code_domaine`: DomaineAckRetour, 13 dépense or 14 recette; `nomfic`: that of the retour;
    `restitution`: TypRestit, 01 rejet, 02 périodique, 03 stock; `date`: of the acquit.
    """

    code_domaine: str
    nomfic: str
    restitution: str
    date: date
