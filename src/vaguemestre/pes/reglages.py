"""How far a check goes, and what only the local set-up knows: what rules are told beside a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from vaguemestre.formats.examen_pj import ExamenPj
from vaguemestre.pes.cles import SANS_FORMULE, Cles
from vaguemestre.pes.grilles import Grilles, livrees


@dataclass(frozen=True, slots=True)
class Reglages:
    """How far to go, and what only the local set-up knows.

    `schema_seul`: no rule, no PJ opened; lignes are then not added up nor their PJRef gathered.
    `erreurs_max`: schema errors told one by one; `constats_max`: findings of one rule told one by
    one, the others are counted. `expansion_max`: bytes of one PJ once uncompressed.
    `taille_max`: legal size of a file (arrêté of 27 June 2007, E2-3). `cumul_base`: « ttc » or
    « ht », what MtCumulAnnuel adds up. `nomenclatures`: « M57 » by CodBud; `finess`: the FinJur
    that Hélios knows, by CodBud; `par_fonction`: CodBud of the budgets voted by function.
    `grilles`: combinations and civilités that are known to be admitted. `cles`: the formulas that
    the accountant says of ORMC keys. `pieces`: who looks inside the PJ of this one file.
    """

    schema_seul: bool = False
    contenu: bool = True
    erreurs_max: int = 1000
    constats_max: int = 1000
    expansion_max: int = 1_000_000_000
    taille_max: int = 100_000_000
    cumul_base: str = "ttc"
    nomenclatures: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    finess: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    par_fonction: frozenset[str] = frozenset()
    grilles: Grilles = field(default_factory=livrees)
    cles: Cles = SANS_FORMULE
    pieces: ExamenPj | None = None
