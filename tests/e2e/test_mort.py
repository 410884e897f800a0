"""SIGKILL at each step of the line: started again, every flux ends settled, and was sent once."""

from __future__ import annotations

import signal
import time

import pytest

from tests.e2e.conftest import Scene
from tests.e2e.theatre import Dgfip, Poste, attendre
from vaguemestre.domain.flux import Etat

TUE = -signal.SIGKILL
ETAPES = (
    "D*:recevoir",
    "D*:controler",
    "D*:classer",
    "F*:signer",
    "F*:verifier",
    "F*:convertir",
    "F*:intention.pes",
    "F*:expedier.pes",
    "R:*:recevoir",
    "F*:archiver.*",
)
# What follows each of them is walked through by `test_tue_a_chaque_vie`.
POINTS = [*(f"{etape}:avant" for etape in ETAPES), "F*:intention.pes:apres", "F*:archiver.*:apres"]
# Between the intent (committed right before the first byte) and the recorded result, and nowhere
# else, nobody may know.
DOUTE = {"F*:intention.pes:apres", "F*:expedier.pes:avant"}


def mourir(poste: Poste, point: str) -> None:
    """One life that ends at this point."""
    vie = poste.lancer(VAGUEMESTRE_MORT=point)
    assert vie.finir(40) == TUE, vie.dit()


def doutes(poste: Poste, flux: str) -> list[str]:
    """The steps of a flux that made it INCERTAIN."""
    with poste.ouvert() as ouvertes:
        historique = ouvertes.maison.registre.historique(flux)
    return [etape.etape for etape in historique if etape.resultat.get("recu") is False]


def etat(poste: Poste) -> Etat | None:
    """The state of the last flux."""
    flux = poste.flux()
    return flux[-1].etat if flux else None


def fini(poste: Poste, dgfip: Dgfip, etats: list[Etat]) -> None:
    """Every flux is settled, was sent once, and is proved."""
    flux = poste.regles(len(etats))
    assert [vu.etat for vu in flux] == etats
    assert all(vu.recus == vu.membres for vu in flux)
    assert dgfip.jamais_deux_fois(), dgfip.registre()
    assert len(dgfip.registre()) == sum(vu.membres for vu in flux)
    assert [p.name for p in poste.depots().parent.joinpath("en-cours").iterdir()] == []
    poste.arreter()
    rapport = poste.audit()
    assert rapport.intact, rapport.ecarts


@pytest.mark.parametrize("point", POINTS)
def test_tue_a_chaque_etape(scene: Scene, point: str) -> None:
    poste, dgfip = scene()
    poste.deposer("mandats", 101)
    mourir(poste, point)
    poste.lancer()
    if point == "F*:intention.pes:apres":
        # No byte had left yet, but only the partner could say so: a person asks, and settles it.
        trancher_non_expedie(poste, dgfip)
    fini(poste, dgfip, [Etat.ARCHIVE])
    (flux,) = poste.flux()
    assert not doutes(poste, flux.id) or point in DOUTE
    assert poste.rapport("traites", "mandats")["flux"][0]["etat"] == "ARCHIVE"


def trancher_non_expedie(poste: Poste, dgfip: Dgfip) -> None:
    attendre(lambda: etat(poste) in (Etat.INCERTAIN, Etat.ARCHIVE))
    if etat(poste) is Etat.INCERTAIN:
        assert dgfip.registre() == []
        poste.arreter()
        (flux,) = poste.flux()
        code, dit = poste.commande(
            "flux", "resolve", flux.id, "--non-expedie", "--motif", "la DGFiP n'a rien"
        )
        assert code == 0, dit
        poste.lancer()


def test_l_acquit_regle_un_incertain(scene: Scene) -> None:
    poste, dgfip = scene({"regles": [{"delai": 6.0, "fois": 1}]})
    poste.deposer("mandats", 101)
    mourir(poste, "F*:expedier.pes:avant")
    attendre(lambda: len(dgfip.registre()) == 1)
    poste.lancer()
    attendre(lambda: etat(poste) is Etat.INCERTAIN)
    # The budget waits as long as nobody knows.
    poste.deposer("suite", 102)
    attendre(lambda: [vu.etat for vu in poste.flux("suite")] == [Etat.CONVERTI])
    attendre(lambda: [run.essais > 0 for run in poste.en_attente()] == [True])
    assert etat(poste) is Etat.CONVERTI
    assert len(dgfip.registre()) == 1
    fini(poste, dgfip, [Etat.ARCHIVE, Etat.ARCHIVE])
    with poste.ouvert() as ouvertes:
        (membre,) = ouvertes.maison.registre.membres("F00000001")
    assert membre.mode == "acquit"


def test_sans_acquit_une_personne_tranche(scene: Scene) -> None:
    poste, dgfip = scene({"regles": [{"reponse": "aucun"}]})
    poste.deposer("mandats", 101)
    mourir(poste, "F*:expedier.pes:avant")
    attendre(lambda: len(dgfip.registre()) == 1)
    poste.lancer()
    attendre(lambda: etat(poste) is Etat.INCERTAIN)
    (flux,) = poste.flux()
    assert poste.commande("flux", "resolve", flux.id, "--motif", "rien dit")[0] == 2
    code, dit = poste.commande(
        "flux", "resolve", flux.id, "--expedie", "--motif", "la DGFiP confirme"
    )
    assert code == 0, dit
    attendre(lambda: etat(poste) is Etat.EXPEDIE and not poste.en_attente())
    assert len(dgfip.registre()) == 1
    poste.arreter()
    assert poste.audit().intact


def test_tue_au_milieu_des_octets(scene: Scene) -> None:
    """What was begun as `.part` is gone on with: no doubt, no second copy."""
    poste, dgfip = scene({"pannes": {"lenteur": 0.08}})
    poste.deposer("mandats", 101, poids=1_500_000)
    vie = poste.lancer()
    depot = dgfip.racine / "depot"
    attendre(lambda: [p for p in depot.glob("*.part") if p.stat().st_size > 600_000])
    assert vie.tuer() == TUE
    assert dgfip.registre() == []
    dgfip.rouvrir({})
    poste.lancer()
    fini(poste, dgfip, [Etat.ARCHIVE])
    assert doutes(poste, "F00000001") == []


INDIGO = [
    "F*:convertir:apres",
    "F*:expedier.pes:avant",
    "F*:expedier.pes:apres",
    "F*:intention.indigo:avant",
    "F*:expedier.indigo:apres",
]


@pytest.mark.parametrize("point", INDIGO)
def test_deux_membres(scene: Scene, point: str) -> None:
    """A kill between the two halves resumes only the other half."""
    poste, dgfip = scene()
    poste.deposer("mandats", 301, collectivite="lagon")
    mourir(poste, point)
    partis = len(dgfip.registre())
    poste.lancer()
    fini(poste, dgfip, [Etat.ARCHIVE])
    with poste.ouvert() as ouvertes:
        membres = ouvertes.maison.registre.membres("F00000001")
    assert [m.genre for m in membres] == ["pes", "indigo"]
    assert sorted(dgfip.noms()) == sorted(m.nom for m in membres)
    assert partis <= 2


def test_l_autre_moitie_apres_le_doute(scene: Scene) -> None:
    """Nobody knew about the PES; its acquit is recorded, and that life ends there as well."""
    poste, dgfip = scene({"regles": [{"delai": 3.0}]})
    poste.deposer("mandats", 301, collectivite="lagon")
    mourir(poste, "F*:expedier.pes:avant")
    mourir(poste, "R:*:recevoir:apres")
    assert doutes(poste, "F00000001") == ["expedier.pes"]
    assert len(dgfip.registre()) == 1
    poste.lancer()
    fini(poste, dgfip, [Etat.ARCHIVE])


def test_indigo_perdu_de_vue(scene: Scene) -> None:
    """The INDIGO half is never answered: without our receipt only a person can settle it."""
    poste, dgfip = scene()
    poste.deposer("mandats", 301, collectivite="lagon")
    mourir(poste, "F*:expedier.indigo:avant")
    attendre(lambda: len(dgfip.registre()) == 2)
    poste.lancer()
    attendre(lambda: doutes(poste, "F00000001") and not poste.en_attente())
    attendre(lambda: poste.reponses("F00000001"))
    assert etat(poste) is Etat.INCERTAIN
    code, dit = poste.commande(
        "flux", "resolve", "F00000001", "--expedie", "--motif", "la DGFiP confirme"
    )
    assert code == 0, dit
    fini(poste, dgfip, [Etat.ARCHIVE])


def test_pris_mais_pas_encore_inscrit(scene: Scene) -> None:
    """Killed after the claim's rename, before anybody planned it; and half-way in the claim."""
    poste, dgfip = scene()
    poste.deposer("entier", 101)
    poste.deposer("note-seule", 102)
    with poste.ouvert() as ouvertes:
        veilleur = ouvertes.veilleur
        attendre(lambda: len(prets := veilleur.balayer(time.monotonic())) == 2 and prets)
        entier, moitie = veilleur.balayer(time.monotonic())
        for pret in (entier, moitie):
            rang = ouvertes.maison.registre.reserver("depot")
            assert veilleur.reclamer(pret, veilleur.en_cours("valombre", f"D{rang:08d}"))
        # The second one is put back as if the rename had not been done yet.
        (poste.depots().parent / "en-cours" / "D00000002" / moitie.nom).rename(moitie.chemin)
    poste.lancer()
    fini(poste, dgfip, [Etat.ARCHIVE, Etat.ARCHIVE])


def test_tue_a_chaque_vie(scene: Scene) -> None:
    """One deposit, one life for each step: it goes on where it was, every time.

    One worker: with two, a flux may be further than its life says. A flux goes before what its
    deposit still has to do, so the filing of the deposit has no life of its own here.
    """
    poste, dgfip = scene(ouvriers=1)
    poste.deposer("mandats", 101)
    for etape in ETAPES:
        # The doubt of the intent is the test above.
        if etape not in ("F*:intention.pes", "D*:classer"):
            mourir(poste, f"{etape}:apres")
    poste.lancer()
    fini(poste, dgfip, [Etat.ARCHIVE])


def test_un_point_qui_ne_se_lit_pas(scene: Scene) -> None:
    poste, _ = scene()
    vie = poste.lancer(VAGUEMESTRE_MORT="signer")
    assert vie.finir() == 10
    assert "VAGUEMESTRE_MORT" in vie.dit()
