"""What only some ordonnateurs send: marchés, HLM, hospitals, rôles ORMC.

Plain immutable values that hang on a Ligne, a Tiers or a Titre (`domain.comptable`); None there
means that the element is absent. Source: PES V2 Aller 5.30 (reference/pes.md §5.4 to §5.6).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class VentilationMarche:
    """How a ligne is shared out in its marché; amounts in euros or XPF, of either sign.

    `retenue_tva` may not be negative. The last three amounts exist in recette only.
    """

    marche: str
    tranche: int | None = None
    periode: int | None = None
    titulaire: str | None = None
    avance_ht: Decimal | None = None
    avance_tva: Decimal | None = None
    acompte_ht: Decimal | None = None
    acompte_tva: Decimal | None = None
    retenue_ht: Decimal | None = None
    retenue_tva: Decimal | None = None
    penalite: Decimal | None = None
    revision_ht: Decimal | None = None
    revision_tva: Decimal | None = None
    interet_moratoire: Decimal | None = None
    divers_ht: Decimal | None = None
    divers_tva: Decimal | None = None
    avance_recup_ht: Decimal | None = None
    avance_recup_tva: Decimal | None = None
    retenue_recup_ht: Decimal | None = None
    retenue_recup_tva: Decimal | None = None
    penalite_regul: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationSpecifique:
    """OpSpec of a mandat's ligne: kind (01 to 05) and number."""

    code: str
    identifiant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TvaHlm:
    """InfoTVAHLM, M31 only: is the VAT recovered, and the HT amount of residences."""

    recuperee: bool
    montant_ht_residences: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Assure:
    """InfoAssure, M21 and M22 only. `debiteur`: 1 the insured pays, 2 he does not, 3 unknown."""

    debiteur: str
    ayant_droit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NaissanceEnFrance:
    """Département, or 971 to 978 and 986 to 988 overseas; the commune by INSEE code, by name."""

    departement: str
    code_commune: str | None = None
    commune: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NaissanceEtranger:
    """Either the INSEE code of the country, or its name."""

    code_pays: str | None = None
    pays: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LieuNaissance:
    """Where a natural person was born: in France or abroad, one of the two."""

    france: NaissanceEnFrance | None = None
    etranger: NaissanceEtranger | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectiviteBeneficiaire:
    """InfoCollBen of an ORMC: the body for which the ligne is collected."""

    siret: str
    code: str
    budget: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRole:
    """What makes a Titre an article de rôle (ORMC, TypPce 15).

    `dette` is the debt number, `periode` one digit. `cle1` (modulo 11) and `cle2` (modulo 23) are
    carried as the issuing software gives them, or made by a formula that the body chose: no
    official vector proves one (pes.md §7.6).
    """

    dette: int | None = None
    periode: str | None = None
    cle1: str | None = None
    cle2: str | None = None
