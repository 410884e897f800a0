"""Acceptance mode (fixed clock and identifiers, one worker): two runs are equal to the byte."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tests.e2e.theatre import Poste, attendre
from vaguemestre.domain.flux import Etat
from vaguemestre.simulators.acquits import DEPENSE, Element, acquit
from vaguemestre.simulators.lecture import lire_flux

JOUR = date(2026, 3, 2)
RECETTE = """
[[partenaire]]
nom = "dossier"
type = "dossier"
dossier = "boite"
simulateur = true
periode_acquits = 0.3

[acceptation]
horloge = 2026-03-02T08:00:00Z
graine = 7
"""
EXPEDIES = {"a": 101, "b": 301}


def jouer(dossier: Path) -> tuple[dict[str, bytes], str]:
    """The whole line on two deposits, acquits included: what was sent, and the log's root."""
    poste = Poste(dossier, None, ouvriers=1, suite=RECETTE)
    poste.changer_config(('partenaire = "dgfip"', 'partenaire = "dossier"'))
    for nom in ("depot", "retrait"):
        (dossier / "boite" / nom).mkdir(parents=True, exist_ok=True)
    partenaires = poste.toml.read_text("utf-8").split("[[partenaire]]")
    poste.ecrire_config(
        "[[partenaire]]".join([partenaires[0], *partenaires[2:]]) + collectivites(partenaires[1])
    )
    poste.lancer()
    for nom, collectivite, bordereau in (("a", "valombre", 101), ("b", "lagon", 301)):
        poste.deposer(nom, bordereau, collectivite=collectivite, jour=JOUR, nombre=2)
        poste.attendre_etat(nom, Etat.EXPEDIE)
        attendre(lambda: not poste.en_attente())
        repondre(poste, nom, bordereau)
        poste.attendre_etat(nom, Etat.ARCHIVE)
    poste.arreter()
    poste.fermer()
    rapport = poste.audit()
    assert rapport.intact, rapport.ecarts
    partis = {p.name: p.read_bytes() for p in (dossier / "boite" / "depot").iterdir()}
    return partis, rapport.racine


def collectivites(apres: str) -> str:
    """What stood after the first partner: the bodies."""
    return "[[collectivite]]" + apres.split("[[collectivite]]", 1)[1]


def repondre(poste: Poste, depot: str, bordereau: int) -> None:
    (flux,) = poste.flux(depot)
    boite = poste.dossier / "boite"
    lu = lire_flux(boite / "depot" / flux.nom_fil)
    element = Element(domaine=DEPENSE, accepte=True, bordereau=bordereau, exercice=JOUR.year)
    (boite / "retrait" / f".{depot}").write_bytes(acquit(lu.entete, [element]))
    (boite / "retrait" / f".{depot}").rename(boite / "retrait" / f"ACQUIT_{depot}.xml")


def test_deux_executions_egales(tmp_path: Path) -> None:
    premiers, racine = jouer(tmp_path / "un")
    seconds, autre = jouer(tmp_path / "ailleurs" / "deux")
    assert sorted(premiers) == sorted(seconds)
    assert len(premiers) == 3
    assert premiers == seconds
    assert all(b"<ds:Signature" in octets for nom, octets in premiers.items() if ".xml" in nom)
    assert racine == autre
