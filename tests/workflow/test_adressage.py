"""A retour that waits finds its body by itself; what the program fails on waits, and is shown."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest

from tests.workflow.chaine import Chaine, chaine
from tests.workflow.test_retours import (
    ACCUSER,
    ENTETE,
    a_voir,
    accepte,
    laisser,
    piece,
    un_retour,
)
from vaguemestre.config.lecture import charger
from vaguemestre.domain.flux import Etat
from vaguemestre.engine.horloge import HorlogeFixe
from vaguemestre.errors import ExchangeInterruptedError, UsageError
from vaguemestre.ports import Colis, Done, Journal
from vaguemestre.simulators.exemples import VALOMBRE, siret
from vaguemestre.wiring import portes
from vaguemestre.workflows.adressage import donner, readresser, seul
from vaguemestre.workflows.echecs import en_echec
from vaguemestre.workflows.rattachement import Rattachement, designer, rattacher
from vaguemestre.workflows.releve import relever

AILLEURS = replace(ENTETE, id_coll=siret("98765432"))
CONNUE = (f'siret = "{VALOMBRE.siret}"', f'siret = "{AILLEURS.id_coll}"')


def jamais() -> bool:
    return False


def reconfigurer(ligne: Chaine, piles: ExitStack, *changes: tuple[str, str]) -> Chaine:
    """The same installation, opened anew after an edit of its configuration."""
    toml = ligne.dossier / "vaguemestre.toml"
    texte = toml.read_text("utf-8")
    for avant, apres in changes:
        assert avant in texte
        texte = texte.replace(avant, apres)
    toml.write_text(texte, "utf-8")
    ouvertes = piles.enter_context(portes(charger(toml)))
    maison = replace(ouvertes.maison, transport=lambda _: ligne.boite)
    return Chaine(ligne.dossier, ouvertes, ligne.boite, maison)


def test_la_configuration_nomme_enfin_la_collectivite(ligne: Chaine) -> None:
    flux = accepte(ligne, pieces=2)
    laisser(ligne, "r.xml", un_retour(piece(101, 1010), piece(101, 1011), entete=AILLEURS))
    assert [r.remarque for r in a_voir(ligne)] == ["ambigu"]
    regles: list[str] = []
    assert readresser(ligne.maison, jamais, regles)
    assert [r.remarque for r in a_voir(ligne)] == ["ambigu"]
    voulu = Rattachement(motif="essai", auteur="A. Vérin")
    with pytest.raises(UsageError, match="aucune collectivité configurée"):
        rattacher(ligne.maison, designer(ligne.maison, "r.xml"), voulu)
    with ExitStack() as piles:
        suite = reconfigurer(ligne, piles, CONNUE)
        assert not readresser(suite.maison, lambda: True, regles)
        assert len(a_voir(suite)) == 1
        assert readresser(suite.maison, jamais, regles)
        assert a_voir(suite) == []
        assert regles == []
        restitutions = suite.maison.registre.restitutions(flux)
        assert [r.piece for r in restitutions] == ["1010", "1011"]
        assert readresser(suite.maison, jamais, regles)
        assert len(suite.maison.registre.restitutions(flux)) == 2
        with suite.maison.lecture() as lecture:
            assert list(lecture.ecarts_registre()) == []


def test_sans_flux_quand_la_configuration_suffit(ligne: Chaine) -> None:
    flux = accepte(ligne, pieces=1)
    laisser(ligne, "r.xml", un_retour(piece(101, 1010), entete=AILLEURS))
    with ExitStack() as piles:
        suite = reconfigurer(ligne, piles, CONNUE)
        (retenue,) = a_voir(suite)
        voulu = Rattachement(motif="SIRET corrigé", auteur="A. Vérin")
        assert rattacher(suite.maison, retenue, voulu) is None
        assert [r.piece for r in suite.maison.registre.restitutions(flux)] == ["1010"]
        # Somebody else was quicker.
        with pytest.raises(UsageError, match="vient d'être attachée"):
            rattacher(suite.maison, retenue, voulu)


def test_arrete_au_milieu_il_attend_encore(ligne: Chaine) -> None:
    """What a life that ends in between has not written, the next one writes, once."""
    flux = accepte(ligne, pieces=1)
    rendues = [piece(101, 1010), *(piece(900, n) for n in range(2_000))]
    laisser(ligne, "r.xml", un_retour(*rendues, entete=AILLEURS))
    (retenue,) = a_voir(ligne)
    vu = ligne.flux(flux)
    coups = iter([False])
    with seul(ligne.maison, retenue):
        assert donner(ligne.maison, retenue, vu, {}, lambda: next(coups, True)) is None
    assert len(a_voir(ligne)) == 1
    voulu = Rattachement(flux=flux, motif="appel", auteur="A. Vérin")
    rattacher(ligne.maison, designer(ligne.maison, "r.xml"), voulu)
    assert a_voir(ligne) == []
    assert len(ligne.maison.registre.restitutions(flux)) == 1


def test_le_retour_place_est_accuse(tmp_path: Path) -> None:
    with chaine(tmp_path, ACCUSER) as ligne, ExitStack() as piles:
        accepte(ligne, pieces=1)
        laisser(ligne, "r.xml", un_retour(piece(101, 1010), entete=AILLEURS))
        suite = reconfigurer(ligne, piles, CONNUE)

        def couper(_: Colis) -> None:
            raise ExchangeInterruptedError("ligne coupée")

        suite.boite.pendant = couper
        regles: list[str] = []
        assert not readresser(suite.maison, jamais, regles)
        assert len(a_voir(suite)) == 1
        suite.boite.pendant = lambda _: None
        assert readresser(suite.maison, jamais, regles)
        assert [suite.etat(flux) for flux in regles] == [Etat.SANS_ACQUIT]


@dataclass
class Capricieux:
    """`ports.Journal` that has a defect: it stumbles over one name, as long as `casse`."""

    vrai: Journal
    nom: str
    casse: bool = True

    def recall(self, run: str, step: str) -> Done | None:
        return self.vrai.recall(run, step)

    def record(self, run: str, step: str, done: Done) -> None:
        if self.casse and run.endswith(self.nom):
            raise ZeroDivisionError(f"division by zero: {self.nom}")
        self.vrai.record(run, step, done)


@pytest.mark.parametrize("efface", [False, True])
def test_ce_que_le_programme_ne_sait_pas_prendre(tmp_path: Path, efface: bool) -> None:
    """Said once, kept, left alone for a while longer each time, taken as soon as it can be."""
    effacer = ("simulateur = true", "simulateur = true\neffacer_retrait = true")
    with chaine(tmp_path, *([effacer] if efface else [])) as ligne:
        un, deux = [*ligne.deposer("un", 101), *ligne.deposer("deux", 102)]
        for flux in (un, deux):
            ligne.envoyer(flux)
        horloge = HorlogeFixe(datetime.fromisoformat("2026-03-02T08:00:00+00:00"))
        journal = Capricieux(ligne.maison.journal, "b.xml")
        maison = replace(ligne.maison, horloge=horloge, journal=journal)
        ligne.boite.retrait = {"b.xml": ligne.acquit(un), "c.xml": ligne.acquit(deux)}
        regles: list[str] = []
        with pytest.raises(ZeroDivisionError):
            relever(maison, "dgfip", jamais, regles)
        assert regles == [deux]
        (echec,) = en_echec(maison)
        assert (echec.nom, echec.partenaire, echec.essais) == ("b.xml", "dgfip", 1)
        assert "VGM-000 défaut du programme" in echec.motif
        relever(maison, "dgfip", jamais, regles)
        assert en_echec(maison) == [echec]
        horloge.sleep(301)
        with pytest.raises(ZeroDivisionError):
            relever(maison, "dgfip", jamais, regles)
        (encore,) = en_echec(maison)
        assert (encore.essais, encore.depuis) == (2, echec.depuis)
        journal.casse = False
        horloge.sleep(301)
        relever(maison, "dgfip", jamais, regles)
        assert (regles, len(en_echec(maison))) == ([deux], 1)
        horloge.sleep(301)
        relever(maison, "dgfip", jamais, regles)
        assert (list(dict.fromkeys(regles)), en_echec(maison)) == ([deux, un], [])
        assert ligne.etat(un) is Etat.ACQUITTE
        assert a_voir(ligne) == []


def test_une_marque_coupee_par_un_disque_plein(ligne: Chaine) -> None:
    boite = ligne.dossier / "travail" / "reponses" / "dgfip"
    boite.mkdir(parents=True)
    (boite / ".echec-abc").write_text('{"nom":', "utf-8")
    assert en_echec(ligne.maison) == []
