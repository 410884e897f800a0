"""Elements of PES that may stand several times in their parent (maxOccurs above 1 in the XSD).

Their step in an XPath always carries a position.
"""

from __future__ import annotations

_COMPTABLES = (
    "Bordereau",
    "Piece",
    "LigneDePiece",
    "PJ",
    "PJRef",
    "Tiers",
    "RefCompta",
    "Recouvrement",
)
_FACTURES = (
    "FactureIndiv",
    "LigneFacture",
    "DetailTVA",
    "LigneFElectronique",
    "RepartitionBudget",
    "Correspondance",
    "Repartition",
)
_MARCHES = (
    "Marche",
    "Concession",
    "Acheteur",
    "Titulaire",
    "SousTraitantPaiementDirect",
    "IndiceReference",
    "VentilationAcheteur",
    "VentilationTitulaire",
    "VentilationSousTraitantPaiementDirect",
    "ModificationMontantDuree",
    "ModificationTitulaire",
    "DeclarationSousTraitancePaiementDirect",
    "ModificationSousTraitancePaiementDirect",
    "Concessionnaire",
    "DonneeAnnuelle",
    "Tarif",
    "ModificationConcession",
)
REPETABLES = frozenset((*_COMPTABLES, *_FACTURES, *_MARCHES))
