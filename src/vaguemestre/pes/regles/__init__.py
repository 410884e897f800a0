"""The catalogue of rules: one small function each, grouped by what they look at.

Every rule of pes.md §4 to §9 marked F, B or P and every row of §13 that the file, the local
set-up or the register decide. Rows that stay outside: IdPost, CodCol and CodBud against Hélios'
own tables (row 5), and the sequence of bordereaux (row 6), which Hélios alone knows.
"""

from __future__ import annotations

from vaguemestre.pes.faits import (
    BordereauFaits,
    FichierFaits,
    LigneFaits,
    PieceFaits,
    PjFaits,
    TiersFaits,
)
from vaguemestre.pes.regles import (
    bordereau,
    enveloppe,
    ligne,
    piece,
    pj,
    registre,
    signature,
    tiers,
)
from vaguemestre.pes.regles.base import Catalogue, Regle

FICHIER: Catalogue[FichierFaits] = Catalogue(
    *enveloppe.REGLES,
    *signature.REGLES,
    *pj.REGLES_FICHIER,
    *registre.REGLES,
)
BORDEREAU: Catalogue[BordereauFaits] = Catalogue(*bordereau.REGLES)
PIECE: Catalogue[PieceFaits] = Catalogue(*piece.REGLES)
LIGNE: Catalogue[LigneFaits] = Catalogue(*ligne.REGLES)
TIERS: Catalogue[TiersFaits] = Catalogue(*tiers.REGLES)
PJ: Catalogue[PjFaits] = Catalogue(*pj.REGLES, *registre.REGLES_PJ)

TOUTES: tuple[
    Regle[FichierFaits]
    | Regle[BordereauFaits]
    | Regle[PieceFaits]
    | Regle[LigneFaits]
    | Regle[TiersFaits]
    | Regle[PjFaits],
    ...,
] = (
    *FICHIER.regles,
    *BORDEREAU.regles,
    *PIECE.regles,
    *LIGNE.regles,
    *TIERS.regles,
    *PJ.regles,
)
