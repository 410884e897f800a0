"""Catalogues of the domains beside dépense and recette: PES_Facture (ASAP) and PES_Marche."""

from __future__ import annotations

from vaguemestre.pes.faits_facture import ContratFaits, FacturationFaits, FactureFaits
from vaguemestre.pes.regles import asap, asap_facture, concession, marche, marche_parties
from vaguemestre.pes.regles.base import Catalogue

FACTURATION: Catalogue[FacturationFaits] = Catalogue(*asap.REGLES)
FACTURE: Catalogue[FactureFaits] = Catalogue(*asap_facture.REGLES)
CONTRATS: Catalogue[ContratFaits] = Catalogue(*marche_parties.REGLES_COMMUNES)
CONTRAT: Catalogue[ContratFaits] = Catalogue(*marche.REGLES, *marche_parties.REGLES)
CONCESSION: Catalogue[ContratFaits] = Catalogue(*concession.REGLES)
