"""What passes of PES_Facture and PES_Marche: their rules run as each invoice or contrat ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vaguemestre.pes.faits import VIDE, Noeud
from vaguemestre.pes.faits_facture import ContratFaits, FacturationFaits, FactureFaits
from vaguemestre.pes.regles import autres
from vaguemestre.pes.regles.base import Catalogue

Appliquer = Callable[[Catalogue[Any], Any, tuple[str, ...]], None]


class LectureAutres:
    """Takes the elements that end; `appliquer` runs a catalogue of rules on some facts."""

    def __init__(self, appliquer: Appliquer) -> None:
        self._appliquer = appliquer
        self._facturation: FacturationFaits | None = None
        self._marches: Noeud | None = None

    def facture(self, noeud: Noeud) -> None:
        """One FactureIndiv, whole; what stands before it in the PES_Facture is known too."""
        facturation = self._courante(noeud.parent or VIDE)
        noeud.libelle = f"facture {noeud.v('NumeroFacture') or '?'}"
        facture = FactureFaits(facturation, noeud)
        self._appliquer(autres.FACTURE, facture, noeud.noms)

    def _courante(self, noeud: Noeud) -> FacturationFaits:
        if self._facturation is None or self._facturation.noeud is not noeud:
            self._facturation = FacturationFaits(noeud)
        return self._facturation

    def facturation(self, noeud: Noeud) -> None:
        """The PES_Facture, once its last invoice has gone."""
        self._appliquer(autres.FACTURATION, self._courante(noeud), noeud.noms)
        self._facturation = None

    def contrat(self, noeud: Noeud) -> None:
        """One Marche or Concession, whole."""
        domaine = noeud.parent and noeud.parent.parent
        contrat = ContratFaits(noeud, premier=domaine is not self._marches)
        self._marches = domaine
        noms = noeud.noms
        self._appliquer(autres.CONTRATS, contrat, noms)
        catalogue = autres.CONCESSION if noeud.nom == "Concession" else autres.CONTRAT
        self._appliquer(catalogue, contrat, noms)
