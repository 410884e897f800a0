"""Grids of the reference, as data: triplets, pairs of tiers, links of corrections (pes.md §6, §7).

The official grids (annexes 2 and 3) were not found: these hold what the prose and the field
show, so a combination that is absent here is a warning and never a rejection.
"""

from __future__ import annotations

Triplet = tuple[str, str, str]


def _triplets(texte: str) -> frozenset[Triplet]:
    trios = (mot.split("/") for mot in texte.split())
    return frozenset((bord, piece, nature) for bord, piece, nature in trios)


TRIPLETS_DEPENSE = _triplets(
    "01/01/01 01/01/02 02/02/06 01/02/09 02/02/10 01/06/01 01/07/01 01/09/01 01/13/01"
)
TRIPLETS_RECETTE = _triplets(
    "01/01/01 01/01/02 01/02/09 02/02/06 02/02/10 01/06/01 01/10/01 01/10/02 01/14/01 06/15/01"
)

# (CatTiers, NatJur): seen in samples or likely by meaning.
COUPLES_TIERS = frozenset(
    tuple(mot.split("/"))
    for mot in [
        "01/01",
        "01/02",
        "50/03",
        "50/02",
        "50/06",
        "22/09",
        "20/08",
        "20/07",
        "23/09",
        "24/09",
        "25/09",
        "26/09",
        "27/09",
        "21/09",
        "28/08",
        "29/09",
        "60/05",
        "61/05",
        "65/04",
        "65/05",
        "74/11",
    ]
)

# Corrections that must name their original: triplet -> NatPceOrig allowed.
ORIGINE_EXIGEE_DEPENSE: dict[Triplet, frozenset[str]] = {
    ("02", "02", "06"): frozenset({"01"}),
    ("01", "02", "09"): frozenset({"02"}),
    ("02", "02", "10"): frozenset({"01", "02"}),
    ("01", "13", "01"): frozenset({"01", "02"}),
    ("01", "07", "01"): frozenset({"04"}),
}
ORIGINE_EXIGEE_RECETTE: dict[Triplet, frozenset[str]] = {
    ("02", "02", "06"): frozenset({"01"}),
    ("01", "02", "09"): frozenset({"02"}),
    ("02", "02", "10"): frozenset({"01", "02"}),
    ("01", "14", "01"): frozenset({"01", "02"}),
}
CORRECTIONS = " ".join(
    "/".join(triplet) for triplet in ORIGINE_EXIGEE_DEPENSE | ORIGINE_EXIGEE_RECETTE
)
# « if RattachPiece is there, then … » (01/01/01 is our reading, pes.md §7.4).
ORIGINE_PERMISE_DEPENSE: dict[Triplet, frozenset[str]] = {
    ("01", "01", "01"): frozenset({"05"}),
    ("01", "09", "01"): frozenset({"03", "05"}),
}
ANNULATION_MEME_EXERCICE: Triplet = ("02", "02", "06")
ANNULATION_EXERCICE_CLOS: Triplet = ("01", "02", "09")

# NatPceOrig that need IdLigneOrig ≥ 1, and those that forbid it (absent or 0).
LIGNE_EXIGEE = {"depense": frozenset({"01", "02", "05"}), "recette": frozenset({"01", "02"})}
LIGNE_INTERDITE = {"depense": frozenset({"03", "04"}), "recette": frozenset({"03", "05"})}

# ModRegl of dépense (recette's numbers differ from 08 on).
COMPTE_EXIGE = frozenset({"03", "05"})
COMPTE_INTERDIT = frozenset({"01", "02", "04", "07", "08", "09", "11"})

AVEC_FONCTION = ("M14", "M52", "M57", "M71")
AVEC_OPERATION = ("M14", "M4", "M52", "M57", "M61", "M71", "M832")
HOSPITALIERES = ("M21", "M22")

# TypePJ allowed with each RefCompta/Domaine (pes.md §8.6).
TYPES_PJ: dict[str, frozenset[str]] = {
    "01": frozenset({"003", "004", "005", "006"}),
    "02": frozenset({"002", "006", "007", "008", "010", "011", "014"}),
    "04": frozenset({"001", "012", "013"}),
    "06": frozenset({"009"}),
}
TYPES_AVEC_REFCOMPTA = frozenset({"012", "013"})

EDITIONS_SIRET = frozenset({"02", "03", "08", "09", "10"})
EDITIONS_FACTURE = EDITIONS_SIRET
EDITIONS_CADRE = frozenset({"09", "10"})
EDITIONS_PJREF = frozenset({"01", "05"})
EDITIONS_DEBITEUR_SEUL = frozenset({"01", "02", "05", "06", "07"})
EDITIONS_INTERDITES_ORMC = frozenset({"01", "02", "05"})
EDITIONS_RESERVEES_ORMC = frozenset({"03", "06", "07", "08"})
EDITIONS_DOUTEUSES = frozenset({"09", "10"})
# Edition -> TypePJ of the PJ it works with.
EDITIONS_TYPE_PJ = {
    "02": "006",
    "03": "007",
    "05": "006",
    "06": "010",
    "07": "006",
    "08": "006",
    "09": "006",
    "10": "006",
}
# « generic » SIRET of the State as a debtor (Chorus Pro); mandatory engagement number.
SIRET_ETAT = "11000201100044"
