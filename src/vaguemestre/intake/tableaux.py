"""The tables of one deposit, each handed to what builds from it, in the order in which they need
one another: titres before the invoices that name them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from vaguemestre.config.sections import Collectivite
from vaguemestre.domain.asap import Facturation
from vaguemestre.domain.comptable import Bordereau, PieceJustificative
from vaguemestre.intake.assemblage import Assembleur
from vaguemestre.intake.colonnes import Genre
from vaguemestre.intake.constats import Constats
from vaguemestre.intake.factures import Factures
from vaguemestre.intake.lecture import Reglages, comprendre
from vaguemestre.intake.pj import Justificatifs
from vaguemestre.intake.pj_seules import PjSeules
from vaguemestre.intake.tableau import Rangee

GENRES: tuple[Genre, ...] = ("mandats", "titres", "factures", "pj")


@dataclass(slots=True)
class Tableaux:
    """What the tables read so far give, by budget code."""

    collectivite: Collectivite
    reglages: Reglages
    justificatifs: Justificatifs
    constats: Constats
    bordereaux: dict[str, list[Bordereau]] = field(default_factory=dict)
    seules: dict[str, list[PieceJustificative]] = field(default_factory=dict)
    factures: dict[str, list[Facturation]] = field(default_factory=dict)

    def ajouter(self, genre: Genre, rangees: Sequence[Rangee]) -> None:
        """One more table, in the order of `GENRES`; its faults become findings."""
        valeurs = comprendre(rangees, genre, self.reglages, self.constats)
        budgets = self.reglages.budgets
        seul = budgets[0] if len(budgets) == 1 else None
        self.justificatifs.genre = genre
        if genre == "factures":
            factures = Factures(self.collectivite, seul, self.bordereaux, self.constats)
            self.factures = factures.assembler(valeurs)
        elif genre == "pj":
            seules = PjSeules(seul, self.collectivite.siret, self.justificatifs, self.constats)
            for code, pjs in seules.assembler(valeurs).items():
                self.seules.setdefault(code, []).extend(pjs)
        else:
            assembleur = Assembleur(genre, seul, self.justificatifs.citer, self.constats)
            for code, bordereaux in assembleur.assembler(valeurs).items():
                self.bordereaux.setdefault(code, []).extend(bordereaux)
