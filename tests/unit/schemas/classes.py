"""Every way our 5.30 may differ from a reference schema. What is in no class is a defect."""

from __future__ import annotations

import re

# Our 5.30 against the official 5.17: what changed between them (reference, section 12). A key is
# the name of an element, or of its parent and its own where the same name lives elsewhere.
EVOLUTIONS = {
    "VentilationMarche": "ventilation_marche_depuis_5_30",
    "TVAImportation": "tva_importation_depuis_5_30",
    "ImpayeRegie": "impaye_regie_depuis_5_30",
    "EnvRetour": "enveloppe_retour_depuis_5_30",
    "CadreFacturation": "cadre_facturation_depuis_5_30",
    "ModRegl": "mode_reglement_elargi",
    "Edition": "edition_elargie",
    "TypePJ": "type_pj_014",
    "IdTiers": "id_tiers_4_a_80",
    "TypPce": "type_piece_recette_09_retire",
    "DteBordEm": "date_bordereau_recette_depuis_1900",
    "NatFacture": "facture_mentions_depuis_5_30",
    "CommentaireLibre": "facture_mentions_depuis_5_30",
    "DossierFElectronique": "facture_electronique_depuis_5_30",
    "RefORMC": "facture_ormc_depuis_5_30",
    "TypeFact": "facture_bornes_changees",
    "AdresseMelCFP": "facture_bornes_changees",
    "LigneFacture/MtHT": "facture_bornes_changees",
}
_BLOCS_NOUVEAUX = ("VentilationMarche", "DossierFElectronique", "RefORMC")


def nom(chemin: str) -> str:
    """Local name of the last element of a path."""
    return re.sub(r"\[\d+\]$", "", chemin.rsplit("/", 1)[-1]).rsplit(":", 1)[-1]


def classe(notre: str, reference: str, connues: dict[str, str]) -> str | None:
    """The class of a difference between two first blames, None where it has no name.

    The reference's blame decides first: it comes before ours in the document whenever it is one we
    do not make.
    """
    for chemin in (reference, notre):
        if not chemin:
            continue
        named = connues.get(nom(chemin)) or connues.get(_deux(chemin)) or _ancetre(chemin, connues)
        if named is not None:
            return named
    return None


def _ancetre(chemin: str, connues: dict[str, str]) -> str | None:
    """A fault inside a new block belongs to the class of that block."""
    steps = [nom(step) for step in chemin.split("/") if step]
    found = [connues[step] for step in steps if step in _BLOCS_NOUVEAUX and step in connues]
    return found[0] if found else None


def _deux(chemin: str) -> str:
    """Parent and element."""
    return "/".join(nom(step) for step in chemin.split("/")[-2:])
