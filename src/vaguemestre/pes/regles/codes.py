"""Lists of the reference, as data: links of corrections, payment modes, editions (pes.md §6, §7).

The grids that were not found (annexes 2 and 3, civilités) are in `pes.grilles`.
"""

from __future__ import annotations

import re

Triplet = tuple[str, str, str]


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
# « if RattachPiece is there, then … »: our reading of the prose (pes.md §7.4).
ORIGINE_PERMISE_DEPENSE: dict[Triplet, frozenset[str]] = {("01", "01", "01"): frozenset({"05"})}
SUR_MARCHE = "09"  # TypPce of a mandat: its original is a paiement, or an ordre for 01/09/01
APRES_PAIEMENT = "05"  # TypPce of mandats and titres alike
TRIPLETS_APRES_PAIEMENT = " ".join(f"01/{APRES_PAIEMENT}/{nature:02}" for nature in range(1, 19))
ANNULATION_MEME_EXERCICE: Triplet = ("02", "02", "06")
ANNULATION_EXERCICE_CLOS: Triplet = ("01", "02", "09")

# NatPceOrig that need IdLigneOrig ≥ 1, and those that forbid it (absent or 0).
LIGNE_EXIGEE = {"depense": frozenset({"01", "02", "05"}), "recette": frozenset({"01", "02"})}
LIGNE_INTERDITE = {"depense": frozenset({"03", "04"}), "recette": frozenset({"03", "05"})}

# ModRegl of dépense (recette's numbers differ from 08 on).
COMPTE_EXIGE = frozenset({"03", "05"})
COMPTE_INTERDIT = frozenset({"01", "02", "04", "07", "08", "09", "11"})

# Recouvrement/ModRegl: the labels of recette are other ones from 08 on, so the text that forbids
# 08, 09 and 11 cannot be meant for them.
RECOUVREMENT_INTERDIT = frozenset({"01", "02", "04", "07"})

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
# RefCompta/TypeObjet allowed with each Domaine: TypBord, or the kind of budget.
TYPES_OBJET: dict[str, frozenset[str]] = {
    "01": frozenset({"01", "02", "03"}),
    "02": frozenset({"01", "02", "03", "06"}),
    "04": frozenset({"01", "02", "03", "10"}),
    "06": frozenset(f"{nature:02}" for nature in range(1, 8)),
}
# TypePJ that « only work when the PJRef carries the type » (pes.md §8.6).
TYPES_PORTES_PAR_PJREF = frozenset({"006", "007", "010", "011", "014"})
TYPES_AVEC_REFCOMPTA = frozenset({"012", "013"})

EDITIONS_SIRET = frozenset({"02", "03", "08", "09", "10"})
EDITIONS_FACTURE = EDITIONS_SIRET
EDITIONS_CADRE = frozenset({"09", "10"})
EDITIONS_PJREF = frozenset({"01", "05"})
EDITIONS_CPP = frozenset({"02", "03", "08"})
# A leaf of a titre -> the Editions that read it.
CHAMPS_D_EDITION = {
    "NumeroFacture": EDITIONS_FACTURE,
    "NumeroMarche": EDITIONS_CPP,
    "NumeroEngagement": EDITIONS_CPP,
    "CodeService": EDITIONS_CPP,
    "NomService": EDITIONS_CPP,
    "CadreFacturation": EDITIONS_CADRE,
}
# TypePJ of a complementary document -> the Editions that take it up.
EDITIONS_DU_COMPLEMENT = {
    "008": EDITIONS_CPP,
    "011": frozenset({"01", "05", "06", "07"}),
    "014": EDITIONS_CADRE,
}
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
# Creditor of SEPA debits: country, two digits, business code, six digits or capitals.
ICS = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{9}")
# « generic » SIRET of the State as a debtor (Chorus Pro); mandatory engagement number.
SIRET_ETAT = "11000201100044"
