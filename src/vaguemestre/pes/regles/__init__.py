"""The catalogue of rules: one small function each, grouped by what they look at.

Every rule of pes.md §4 to §9 marked F, B or P and every row of §13 that the file, the local
set-up or the register decide; `couverture.json` says which rule answers for which mark, and what
stays outside. A new module of rules (a domain) adds its tuples to the catalogues below, its
sentences and examples to `exemples/`.
"""

from __future__ import annotations

from typing import TypeAlias

from vaguemestre.pes.faits import (
    BordereauFaits,
    FichierFaits,
    LigneFaits,
    PieceFaits,
    PjFaits,
    TiersFaits,
)
from vaguemestre.pes.faits_facture import ContratFaits, FacturationFaits, FactureFaits
from vaguemestre.pes.regles import (
    asap_titres,
    autres,
    bordereau,
    coordonnees,
    edition,
    enveloppe,
    liens,
    ligne,
    ligne_accords,
    ormc,
    piece,
    pj,
    pj_liens,
    rattachement,
    registre,
    signature,
    tiers,
)
from vaguemestre.pes.regles.base import Catalogue, Regle

FICHIER: Catalogue[FichierFaits] = Catalogue(
    *enveloppe.REGLES,
    *signature.REGLES,
    *pj.REGLES_FICHIER,
    *pj_liens.REGLES_FICHIER,
    *asap_titres.REGLES,
    *registre.REGLES,
)
BORDEREAU: Catalogue[BordereauFaits] = Catalogue(*bordereau.REGLES, *ormc.REGLES_BORDEREAU)
PIECE: Catalogue[PieceFaits] = Catalogue(
    *piece.REGLES, *edition.REGLES, *ormc.REGLES, *registre.REGLES_PIECE
)
LIGNE: Catalogue[LigneFaits] = Catalogue(
    *ligne.REGLES, *ligne_accords.REGLES, *liens.REGLES, *rattachement.REGLES, *ormc.REGLES_LIGNE
)
TIERS: Catalogue[TiersFaits] = Catalogue(*tiers.REGLES, *coordonnees.REGLES)
PJ: Catalogue[PjFaits] = Catalogue(*pj.REGLES, *pj_liens.REGLES, *registre.REGLES_PJ)

UneRegle: TypeAlias = (
    Regle[FichierFaits]
    | Regle[BordereauFaits]
    | Regle[PieceFaits]
    | Regle[LigneFaits]
    | Regle[TiersFaits]
    | Regle[PjFaits]
    | Regle[FacturationFaits]
    | Regle[FactureFaits]
    | Regle[ContratFaits]
)
TOUTES: tuple[UneRegle, ...] = (
    *FICHIER.regles,
    *BORDEREAU.regles,
    *PIECE.regles,
    *LIGNE.regles,
    *TIERS.regles,
    *PJ.regles,
    *autres.FACTURATION.regles,
    *autres.FACTURE.regles,
    *autres.CONTRATS.regles,
    *autres.CONTRAT.regles,
    *autres.CONCESSION.regles,
)
