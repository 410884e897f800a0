"""Bordereau, Mandat, Titre, Ligne, Tiers, PieceJustificative: what an ordonnateur sends.

Plain immutable values. Amounts are `Decimal`, in euros or in XPF; dates are `datetime.date`;
codes keep the text of the official lists ("01"). A field that is None (or an empty tuple) is
absent from the PES. Source of names and meanings: PES V2 Aller 5.30 (reference/pes.md §4-6).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from pathlib import Path

from vaguemestre.domain.particularites import (
    ArticleRole,
    Assure,
    CollectiviteBeneficiaire,
    LieuNaissance,
    OperationSpecifique,
    TvaHlm,
    VentilationMarche,
)


class Domaine(Enum):
    """Which half of the accounts: PES_DepenseAller or PES_RecetteAller."""

    DEPENSE = "depense"
    RECETTE = "recette"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adresse:
    """Postal address of a Tiers (Adr2 is number and street)."""

    adr2: str
    code_postal: str
    ville: str
    type: str = "1"
    adr1: str | None = None
    adr3: str | None = None
    non_resident: bool = False
    code_pays: int | None = None
    date_adresse: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rib:
    """French domestic account number: bank, branch, account, key."""

    code_etablissement: str
    code_guichet: str
    compte: str
    cle: str
    id_pays: str | None = None
    id_banque: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompteBancaire:
    """Where to pay: either `iban` (with `bic`) or `rib`, never both."""

    titulaire: str
    iban: str | None = None
    bic: str | None = None
    rib: Rib | None = None
    libelle_banque: str | None = None
    date_compte: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiers:
    """Creditor of a mandat or debtor of a titre."""

    nom: str
    categorie: str
    nature_juridique: str
    type: str | None = None
    identifiant: str | None = None
    nature_identifiant: str | None = None
    date_identifiant: date | None = None
    reference: str | None = None
    civilite: str | None = None
    complement_nom: str | None = None
    prenom: str | None = None
    date_naissance: date | None = None
    lieu_naissance: LieuNaissance | None = None
    adresse: Adresse | None = None
    compte: CompteBancaire | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PjRef:
    """Link from a pièce or a ligne to a PieceJustificative (PES: PJRef)."""

    id_unique: str
    support: str = "01"
    nom: str | None = None
    type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefCompta:
    """Target of a PJ that travels without its mandat or titre."""

    domaine: str
    exercice: int
    type_objet: str
    identifiant: str | None = None
    complement: str | None = None
    id_tiers: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceJustificative:
    """A supporting document (PES: PJ). `chemin` is the original on disk, None when read back.

    `taille` is the size of the original in bytes.
    """

    id_unique: str
    nom: str
    description: str
    mime: str
    type: str | None = None
    serveur: str | None = None
    references: tuple[RefCompta, ...] = ()
    chemin: Path | None = None
    taille: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Dgp:
    """Délai global de paiement. `exclu` is the PES `Dgp` flag: true = NOT eligible."""

    exclu: bool
    debut: date
    fin: date
    duree: int
    interet_moratoire: str | None = None
    taux: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rattachement:
    """The original that a correction corrects (PES: RattachPiece).

    `nature` 01 and 02 are swapped between dépense and recette.
    """

    nature: str
    exercice: int
    piece: int
    ligne: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Liens:
    """References to a convention, marché, loan, asset, régie (PES: LiensIdent)."""

    convention: str | None = None
    marche: str | None = None
    caution: str | None = None
    emprunt: str | None = None
    actif: str | None = None
    regie: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Majoration:
    """Surcharge of a titre's ligne (Majo = 1)."""

    date_majoration: date
    taux: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Prelevement:
    """Direct debit of a titre's ligne; the SEPA fields go together."""

    nature: str
    periodicite: str
    date_prelevement: date
    montant: Decimal
    sequence: str | None = None
    date_mandat: date | None = None
    rum: str | None = None
    libelle: str | None = None
    ancien_rum: str | None = None
    ancien_ics: str | None = None
    ancien_creancier: str | None = None
    ancienne_banque: bool | None = None
    ancien_iban: str | None = None
    titulaire_different: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ligne:
    """One imputation of a Mandat or Titre (PES: LigneDePiece).

    `montant_ht` is HT, or TTC when `montant_tva` is None. Some fields exist on one side only:
    `mode_reglement`, `facture`, `libelle_virement_*` for dépense; `objet`, `code_produit`,
    `taux_tva`, `majoration`, `prelevement`, `assure`, `beneficiaire` and the FINESS for recette;
    `operation_specifique` and `tva_hlm` for dépense.
    """

    numero: int
    nature: str
    montant_ht: Decimal
    montant_tva: Decimal | None = None
    fonction: str | None = None
    operation: str | None = None
    compte_tiers: str | None = None
    tva_intracom: bool = False
    tva_importation: bool | None = None
    compte_analytique: str | None = None
    facture: str | None = None
    libelle_virement_1: str | None = None
    libelle_virement_2: str | None = None
    mode_reglement: str | None = None
    montant_facture_ht: Decimal | None = None
    objet: str | None = None
    code_produit: str | None = None
    taux_tva: Decimal | None = None
    majoration: Majoration | None = None
    montant_non_majorable: Decimal | None = None
    prelevement: Prelevement | None = None
    rattachement: Rattachement | None = None
    liens: Liens | None = None
    finess_geographique: str | None = None
    code_etablissement_geographique: str | None = None
    beneficiaire: CollectiviteBeneficiaire | None = None
    operation_specifique: OperationSpecifique | None = None
    tva_hlm: TvaHlm | None = None
    assure: Assure | None = None
    ventilation: VentilationMarche | None = None
    pj_refs: tuple[PjRef, ...] = ()
    tiers: tuple[Tiers, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandat:
    """Order to pay addressed to the comptable (PES: Piece of PES_DepenseAller)."""

    numero: int
    type: str
    nature: str
    lignes: tuple[Ligne, ...]
    objet: str | None = None
    service: str | None = None
    affectation: str | None = None
    date_echeance: date | None = None
    liste_pj: str | None = None
    carte_achat: bool | None = None
    dgp: Dgp | None = None
    pj_refs: tuple[PjRef, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Titre:
    """Order to collect addressed to the comptable (PES: Piece of PES_RecetteAller)."""

    numero: int
    type: str
    nature: str
    lignes: tuple[Ligne, ...]
    objet: str | None = None
    service: str | None = None
    affectation: str | None = None
    role: int | None = None
    date_asp: date | None = None
    edition: str | None = None
    numero_facture: str | None = None
    numero_marche: str | None = None
    numero_engagement: str | None = None
    code_service: str | None = None
    nom_service: str | None = None
    cadre_facturation: str | None = None
    impaye_regie: bool | None = None
    enveloppe_retour: bool | None = None
    debut_facturation: date | None = None
    fin_facturation: date | None = None
    article: ArticleRole | None = None
    pj_refs: tuple[PjRef, ...] = ()


Piece = Mandat | Titre


@dataclass(frozen=True, slots=True, kw_only=True)
class Bordereau:
    """What the ordonnateur signs: a numbered list of mandats or titres of one exercice.

    `type` (TypBord): 01 ordinaire, 02 annulation/réduction, 03 ordres, 06 ORMC (recette), whose
    `numero` is that of the rôle; `date_asp` and `objet` are for an ORMC only.
    """

    domaine: Domaine
    exercice: int
    numero: int
    date_emission: date
    type: str
    pieces: tuple[Piece, ...]
    cumul_annuel: Decimal | None = None
    date_asp: date | None = None
    objet: str | None = None
    id: str | None = None

    @property
    def lignes(self) -> Iterator[Ligne]:
        return (ligne for piece in self.pieces for ligne in piece.lignes)

    @property
    def montant_ht(self) -> Decimal:
        return sum((ligne.montant_ht for ligne in self.lignes), Decimal(0))

    @property
    def montant_tva(self) -> Decimal:
        return sum((ligne.montant_tva or Decimal(0) for ligne in self.lignes), Decimal(0))

    @property
    def pj_refs(self) -> Iterator[PjRef]:
        """Every link to a PJ, in document order, repeated ones included."""
        for piece in self.pieces:
            yield from piece.pj_refs
            for ligne in piece.lignes:
                yield from ligne.pj_refs

    @property
    def ref(self) -> str:
        return f"bordereau {self.numero}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnTete:
    """One budget-collectivité, seen from the comptable (PES: EnTetePES)."""

    date_production: date
    id_poste: str
    id_collectivite: str
    code_collectivite: str
    code_budget: str
    libelle_poste: str | None = None
    finess_juridique: str | None = None
    libelle_budget: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enveloppe:
    """Who made the file and what it is called (PES: Enveloppe)."""

    nom_fichier: str
    type_fichier: str = "PESALR2"
    editeur: str = "VAGUEMESTRE"
    logiciel: str = "VAGUEMESTRE"


@dataclass(frozen=True, slots=True, kw_only=True)
class PesAller:
    """The content of one PES Aller file, whatever wrote it."""

    enveloppe: Enveloppe
    entete: EnTete
    bordereaux: tuple[Bordereau, ...] = ()
    pieces_justificatives: tuple[PieceJustificative, ...] = ()
    dematerialise: bool = False

    def du_domaine(self, domaine: Domaine) -> tuple[Bordereau, ...]:
        return tuple(b for b in self.bordereaux if b.domaine is domaine)
