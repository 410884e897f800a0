"""Deposits of the domains beside mandats and titres; everything in them is invented."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.theatre import JOUR, Poste
from tests.unit.pes_check import domaines, fabrique
from tests.unit.pes_regles_asap.fabrique import FACTURE, TITRE, en_csv
from vaguemestre.simulators.exemples import VALOMBRE, depot_pj, depot_role

ASAP = """[collectivite.asap]
adresse_2 = "1 PLACE DE LA MAIRIE"
code_postal = "34000"
ville = "VALOMBRE"
signataire_nom = "EXEMPLE"
signataire_prenom = "MARIE"
signataire_role = "MAIRE"
reference_bdf = "123456"
[collectivite.asap.encaissement]
nom = "CENTRE D'ENCAISSEMENT"
complement = "DES FINANCES PUBLIQUES"
adresse_3 = "TSA 12345"
code_postal = "35908"
ville = "RENNES CEDEX 9"
[collectivite.asap.tresorerie]
nom = "SGC DE VALOMBRE"
adresse_2 = "2 RUE DU TRESOR"
code_postal = "34000"
ville = "VALOMBRE"
"""


def regler_asap(poste: Poste) -> None:
    """What every invoice says of the first body, Valombre."""
    avant, budget, apres = poste.toml.read_text("utf-8").partition("[[collectivite.budget]]")
    poste.ecrire_config(avant + ASAP + budget + apres)


def role(dossier: Path, bordereau: int) -> Path:
    """Two articles."""
    return depot_role(
        dossier,
        bordereau=bordereau,
        premier=bordereau * 10,
        nombre=2,
        date=f"{JOUR:%d/%m/%Y}",
        exercice=JOUR.year,
    )


def factures(dossier: Path, bordereau: int, *, titre_facture: str = TITRE["titre"]) -> Path:
    """One titre and one invoice, of that titre unless another is named."""
    commun = {"exercice": str(JOUR.year), "bordereau": str(bordereau)}
    titre = {**TITRE, **commun, "date_emission": f"{JOUR:%d/%m/%Y}", "edition": "01"}
    facture = {**FACTURE, **commun, "titre": titre_facture}
    dossier.mkdir()
    (dossier / "titres.csv").write_text(en_csv(titre), "utf-8")
    (dossier / "factures.csv").write_text(en_csv(facture), "utf-8")
    return dossier


def pj(dossier: Path, mandat: int) -> Path:
    return depot_pj(dossier, mandat=mandat, exercice=JOUR.year)


def marche(rang: int, numero: str = "2026TRAVAUX01") -> bytes:
    """A PES that the purchasing software made: one contract, and nothing else."""
    return fabrique.pes(
        domaines.bloc_marche(domaines.marche(numero)),
        enveloppe={"NomFic": f"PESALR2_{VALOMBRE.siret[:9]}_MARCHE_{rang:03d}"},
        DteStr=f"{JOUR}",
        IdPost=VALOMBRE.poste,
        IdColl=VALOMBRE.siret,
        CodCol=VALOMBRE.code,
    )


def lacher(poste: Poste, fait: Path) -> None:
    """Drop what was made aside, by one rename."""
    fait.rename(poste.depots() / fait.name)
