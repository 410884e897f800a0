"""Facts of PES_Facture and PES_Marche, as the rules see them (NS_Facture, NS_Marche).

A PES_Facture stands in the PES itself, or in a PJ of TypePJ 006 (« encapsulé dans un PESPJ »):
the same facts either way. Invoices pass one by one, and are then forgotten.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from vaguemestre.pes.faits import VIDE, Noeud

ASAP = frozenset({"09", "10", "11", "12", "13"})
PATIENTS = "10"
ROLES = frozenset({"11", "13"})
ELECTRONIQUES = frozenset({"12", "13"})


@dataclass(slots=True)
class FacturationFaits:
    """A PES_Facture, whole once it ends. `references`: titres and articles invoiced so far."""

    noeud: Noeud
    references: set[Hashable] = field(default_factory=set)

    @property
    def type(self) -> str:
        return self.noeud.v("TypeFact") or ""

    @property
    def asap(self) -> bool:
        return self.type in ASAP


@dataclass(slots=True)
class FactureFaits:
    """One FactureIndiv, with the PES_Facture around it."""

    facturation: FacturationFaits
    noeud: Noeud

    @property
    def type(self) -> str:
        return self.facturation.type


@dataclass(slots=True)
class ContratFaits:
    """One Marche or Concession of PES_Marche; `premier`: the first of its PES_Marche."""

    noeud: Noeud
    premier: bool = False

    @property
    def entete(self) -> Noeud:
        """EnTeteMarche; VIDE where there is none."""
        liste = self.noeud.parent
        domaine = None if liste is None else liste.parent
        return (domaine.bloc("EnTeteMarche") if domaine is not None else None) or VIDE

    @property
    def identifiant(self) -> Noeud:
        """IdentifiantMarche or IdentifiantConcession: number, sequence, correction."""
        return self.noeud.bloc(f"Identifiant{self.noeud.nom}") or VIDE
