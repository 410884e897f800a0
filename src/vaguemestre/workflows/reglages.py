"""The configuration of a body -> what the rules of PES need to know of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vaguemestre.pes.grilles import Grilles, livrees
from vaguemestre.pes.reglages import Reglages

# `check` of one PES without configuration loads neither the configuration nor what builds a PES.
if TYPE_CHECKING:
    from vaguemestre.config.sections import Collectivite, Configuration


def reglages_de(config: Configuration, collectivite: Collectivite) -> Reglages:
    """What the local set-up says: budgets by CodBud, grids completed, base of the totals."""
    from vaguemestre.workflows.cles import cles_de
    from vaguemestre.workflows.fabrique import nomenclatures

    budgets = collectivite.budgets
    return Reglages(
        cumul_base=config.pes.cumul_base,
        nomenclatures=nomenclatures(collectivite),
        finess={b.code: b.finess_juridique for b in budgets if b.finess_juridique},
        par_fonction=frozenset(b.code for b in budgets if b.vote == "fonction"),
        grilles=grilles_de(config),
        cles=cles_de(collectivite),
    )


def grilles_de(config: Configuration | None) -> Grilles:
    """The shipped grids with what `[pes.grilles]` adds."""
    if config is None:
        return livrees()
    ajouts = config.pes.grilles
    return livrees().completees(
        depense=ajouts.depense,
        recette=ajouts.recette,
        tiers=ajouts.tiers,
        civilites=ajouts.civilites,
    )
