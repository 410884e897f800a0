"""PES_Facture: the invoices behind avis des sommes à payer (ASAP), which the DGFiP prints or sends.

A `Facturation` becomes one XML file, carried by a PES as a PJ of TypePJ 006; each of its
`FactureIndividuelle` goes with one titre or article de rôle. Amounts are `Decimal` in euros or
XPF; None or () = absent. Source: PES V2 5.30, NS_Facture (reference/pes.md §5.8, §6, §8.8).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from vaguemestre.domain.comptable import CompteBancaire

PATIENTS = "10"
ROLES = frozenset({"11", "13"})
ELECTRONIQUES = frozenset({"12", "13"})
TYPES_ASAP = frozenset({"09", "10", "11", "12", "13"})
"""TypeFact of ASAP: 09 titre, 10 hospital patients, 11 ORMC, 12 and 13 their e-invoices."""
TYPE_DE_L_EDITION = {
    "01": "09",
    "02": "09",
    "05": "10",
    "07": "11",
    "08": "11",
    "09": "12",
    "10": "13",
}
"""Edition of a titre to the TypeFact of the PES_Facture that its PJ 006 holds; 04 prints nothing
from one, 08 is an ORMC in XML."""

ENCAISSEMENT = "25"
TRESORERIE = "26"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdresseFacture:
    """Address on an invoice: like that of a Tiers, but `adr2` is absent for TypTiers 25."""

    code_postal: str
    ville: str
    type: str = "1"
    adr1: str | None = None
    adr2: str | None = None
    adr3: str | None = None
    non_resident: bool = False
    code_pays: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TiersFacture:
    """Debtor, addressee, encashment centre (type 25) or treasury (26) of an invoice."""

    nom: str
    categorie: str
    nature_juridique: str
    type: str
    identifiant: str | None = None
    nature_identifiant: str | None = None
    date_identifiant: date | None = None
    reference: str | None = None
    civilite: str | None = None
    complement_nom: str | None = None
    prenom: str | None = None
    telephone: str | None = None
    horaires: str | None = None
    courriel: str | None = None
    paiement_telephone: PaiementTelephone | None = None
    adresse: AdresseFacture | None = None
    compte: CompteBancaire | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaiementTelephone:
    """How patients pay by telephone (TypeFact 10)."""

    modalites: str
    telephone: str
    horaires: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signataire:
    """Who signs the ASAP."""

    nom: str
    prenom: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Emetteur:
    """The body that invoices. `reference_bdf`: ICS with a TIP, number of the body without."""

    nom: str
    categorie: str
    nature_juridique: str
    type: str = "20"
    identifiant: str | None = None
    nature_identifiant: str | None = None
    date_identifiant: date | None = None
    reference: str | None = None
    civilite: str | None = None
    complement_nom: str | None = None
    prenom: str | None = None
    adresse: AdresseFacture | None = None
    compte: CompteBancaire | None = None
    numero_tva: str | None = None
    service: str | None = None
    telephone: str | None = None
    horaires: str | None = None
    code_tipi: str | None = None
    courriel: str | None = None
    adresse_tipi: str | None = None
    reference_bdf: str | None = None
    code_2d: str | None = None
    signataire: Signataire | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prix:
    """How a ligne comes to its amount: quantity and unit price, or a base, or a rebate."""

    quantite: Decimal | None = None
    unite: str | None = None
    quantite_2: Decimal | None = None
    unite_2: str | None = None
    unitaire: Decimal | None = None
    base: Decimal | None = None
    remise: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prestation:
    """When: one `jour`, or from `debut` to `fin`."""

    jour: date | None = None
    debut: date | None = None
    fin: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LigneFacture:
    """One thing invoiced; a rebate is a ligne of its own, its amounts positive."""

    prestation: Prestation
    libelle: str
    prix: Prix
    montant_ht: Decimal
    taux_tva: Decimal
    montant_tva: Decimal
    montant_ttc: Decimal
    ordre: int
    code_produit: str | None = None
    code_nature: str | None = None
    unite: str | None = None
    taux: Decimal | None = None
    ordre_edition: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LigneElectronique:
    """The same ligne for the e-invoice. `code_tva`: S taxed, E exempt (with `motif`), O other."""

    prestation: Prestation
    prix: Prix
    numero: int
    libelle: str
    montant_ht: Decimal
    code_tva: str
    taux_tva: Decimal
    motif: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendeur:
    """A seller on an e-invoice; `adresse_electronique` for the managing one only."""

    raison_sociale: str
    siret: str
    nom: str
    cadre: str
    lignes: tuple[LigneElectronique, ...]
    adresse_electronique: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acheteur:
    """The buyer on an e-invoice."""

    raison_sociale: str
    siret: str
    adresse_electronique: str
    nom: str | None = None
    reference: str | None = None
    bon_commande: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierElectronique:
    """What makes an ASAP an e-invoice (TypeFact 12 and 13)."""

    vendeur: Vendeur
    acheteur: Acheteur
    beneficiaire: Vendeur | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """Beneficiary, insured person and hospital of a TypeFact 10."""

    dossier: str
    nom: str
    etablissement: str
    finess_juridique: str
    finess_geographique: str
    siret: str
    numero: str | None = None
    prenom: str | None = None
    naissance: date | None = None
    nir: str | None = None
    risque: str | None = None
    assure: AssureSocial | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssureSocial:
    """The person through whom the patient is insured."""

    nom: str
    nir: str
    prenom: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LignePatient:
    """What a stay costs; `avance` and `restant_apres_avance` go together."""

    debut: date
    fin: date
    libelle: str
    restant_du: Decimal
    prise_en_charge_secu: Decimal | None = None
    prise_en_charge_complementaire: Decimal | None = None
    avance: Decimal | None = None
    restant_apres_avance: Decimal | None = None
    commentaire: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What is to be paid."""

    ht: Decimal
    tva: Decimal
    ttc: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class RefTitre:
    """The titre that the invoice is about; `ligne` is always 1."""

    exercice: int
    bordereau: int
    titre: int
    ligne: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RefOrmc:
    """The article de rôle that the invoice is about."""

    exercice: int
    role: int
    article: int
    dette: int
    periode: str
    code_produit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Talon:
    """The two optical lines, as the ordonnateur gives them; Hélios makes them since 5.26."""

    ligne1: str
    ligne2: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactureIndividuelle:
    """One debtor's invoice: `lignes` with their `total`, or a `patient` with his `sejour`."""

    date_emission: date
    numero: str
    debiteur: TiersFacture
    objet: str
    modalites_reglement: str
    conditions: str
    date_reglement: date | None = None
    destinataire: TiersFacture | None = None
    lignes: tuple[LigneFacture, ...] = ()
    total: Total | None = None
    electronique: DossierElectronique | None = None
    patient: Patient | None = None
    sejour: LignePatient | None = None
    titre: RefTitre | None = None
    article: RefOrmc | None = None
    talon: Talon | None = None
    modalites_contestation: str | None = None
    sans_tip: bool | None = None
    texte_generateur: str | None = None

    @property
    def ref(self) -> str:
        return f"facture {self.numero}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facturation:
    """One PES_Facture: an issuer, two centres, and an invoice for each debtor."""

    exercice: int
    type: str
    date_facture: date
    emetteur: Emetteur
    tiers: tuple[TiersFacture, ...]
    factures: tuple[FactureIndividuelle, ...]
    sequence: int | None = None
    nature: str | None = None
    commentaire: str | None = None
