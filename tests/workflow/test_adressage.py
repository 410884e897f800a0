"""A retour that waits finds its body by itself; what the program fails on waits, and is shown."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import cast

import pytest

from tests.workflow.chaine import Chaine, chaine
from tests.workflow.test_retours import (
    ACCUSER,
    ENTETE,
    a_voir,
    accepte,
    laisser,
    personne,
    piece,
    un_retour,
)
from vaguemestre.config.lecture import charger
from vaguemestre.config.sections import Configuration
from vaguemestre.domain.flux import Etat
from vaguemestre.engine.horloge import HorlogeFixe
from vaguemestre.errors import ExchangeInterruptedError, IllisibleError, UsageError
from vaguemestre.ports import Colis, Done, Journal
from vaguemestre.simulators.exemples import VALOMBRE, siret
from vaguemestre.wiring import portes
from vaguemestre.workflows.adressage import donner, readresser, seul
from vaguemestre.workflows.echecs import Echec, en_echec, fichier_de
from vaguemestre.workflows.rattachement import (
    Rattachement,
    Verdict,
    designer,
    prendre,
    rattacher,
)
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
        rattacher(ligne.maison, designer(ligne.maison, "r.xml"), voulu, personne)
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
        assert rattacher(suite.maison, retenue, voulu, personne) is None
        assert [r.piece for r in suite.maison.registre.restitutions(flux)] == ["1010"]
        # Somebody else was quicker.
        with pytest.raises(UsageError, match="vient d'être attachée"):
            rattacher(suite.maison, retenue, voulu, personne)


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
    rattacher(ligne.maison, designer(ligne.maison, "r.xml"), voulu, personne)
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


def test_le_retour_attache_a_la_main_est_accuse_une_fois(tmp_path: Path) -> None:
    """As a routed one: its own flux, left to the workers; the same bytes again open no other."""
    with chaine(tmp_path, ACCUSER) as ligne:
        flux = accepte(ligne, pieces=1)
        contenu = un_retour(piece(101, 1010), entete=AILLEURS, nomfic="RETOUR_8")
        laisser(ligne, "r.xml", contenu)
        laisser(ligne, "encore.xml", contenu)
        partis: list[str] = []

        def s_arreter(accuse: str) -> None:
            partis.append(accuse)
            raise KeyboardInterrupt

        voulu = Rattachement(flux=flux, motif="appel", auteur="A. Vérin")
        trouvee = designer(ligne.maison, "r.xml")
        with pytest.raises(KeyboardInterrupt):
            rattacher(ligne.maison, trouvee, voulu, s_arreter)
        # The life that ended there left it waiting: what is done again is the same.
        rattacher(ligne.maison, designer(ligne.maison, "r.xml"), voulu, partis.append)
        assert a_voir(ligne) == []
        accuse, encore = partis
        assert accuse == encore
        assert ligne.boite.envois[1:] == []
        ligne.envoyer(accuse)
        ligne.envoyer(accuse)
        assert ligne.etat(accuse) is Etat.SANS_ACQUIT
        assert ligne.boite.envois[1:] == [ligne.flux(accuse).nom_fil]
        assert b'<NomFichierRetour V="RETOUR_8"/>' in ligne.envoye(accuse).read_bytes()
        laisser(ligne, "toujours.xml", contenu)
        assert [r.remarque for r in a_voir(ligne)] == ["double"]
        assert len(ligne.boite.envois) == 2
        assert len(ligne.maison.registre.restitutions(flux)) == 1
        with ligne.maison.lecture() as lecture:
            assert list(lecture.ecarts_registre()) == []


def test_a_la_main_rien_n_est_accuse_par_defaut(ligne: Chaine) -> None:
    flux = accepte(ligne, pieces=1)
    laisser(ligne, "r.xml", un_retour(piece(101, 1010), entete=AILLEURS))
    voulu = Rattachement(flux=flux, motif="appel", auteur="A. Vérin")
    rattacher(ligne.maison, designer(ligne.maison, "r.xml"), voulu, personne)
    assert a_voir(ligne) == []


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


def echouer(ligne: Chaine, nom: str, contenu: bytes) -> Echec:
    """The program stumbles over this answer; it is kept apart."""
    ligne.boite.retrait[nom] = contenu
    maison = replace(ligne.maison, journal=Capricieux(ligne.maison.journal, nom))
    with pytest.raises(ZeroDivisionError):
        relever(maison, "dgfip", jamais, [])
    (echec,) = en_echec(maison)
    return echec


def attacher(ligne: Chaine, nom: str, flux: str = "", verdict: Verdict | None = None) -> None:
    """What `flux attach` does."""
    voulu = Rattachement(flux=flux, motif="lu ensemble", auteur="A. Vérin", verdict=verdict)
    rattacher(ligne.maison, prendre(ligne.maison, nom, voulu), voulu, personne)


def test_un_echec_attache_a_la_main(ligne: Chaine) -> None:
    (flux,) = ligne.deposer("un", 101)
    ligne.envoyer(flux)
    echec = echouer(ligne, "b.xml", ligne.acquit(flux))
    fichier = fichier_de(ligne.maison, echec)
    with pytest.raises(UsageError, match="dire lequel"):
        attacher(ligne, "b.xml")
    with pytest.raises(UsageError, match="flux inconnu"):
        attacher(ligne, "b.xml", "F99999999")
    assert en_echec(ligne.maison) == [echec]
    assert fichier.exists()
    attacher(ligne, "b.xml", flux)
    assert (en_echec(ligne.maison), a_voir(ligne), fichier.exists()) == ([], [], False)
    assert ligne.etat(flux) is Etat.ARCHIVE
    (reponse,) = ligne.maison.registre.reponses(flux)
    assert (reponse.nom, reponse.etat, reponse.remarque) == ("b.xml", "accepte", "")
    (prise,) = ligne.maison.registre.historique("R:dgfip:b.xml")
    assert (prise.resultat["motif"], prise.resultat["auteur"]) == ("lu ensemble", "A. Vérin")
    # The partner still shows it: it does not count again.
    assert ligne.relever() == []
    assert len(ligne.maison.registre.reponses(flux)) == 1
    with ligne.maison.lecture() as lecture:
        assert list(lecture.ecarts_registre()) == []


def test_un_echec_que_personne_ne_peut_lire(ligne: Chaine) -> None:
    (flux,) = ligne.deposer("un", 101)
    echec = echouer(ligne, "b.xml", b"<PES_ACQUIT><coupe")
    with pytest.raises(UsageError, match=r"ne peut pas être lue \(XML mal formé.*--verdict"):
        attacher(ligne, "b.xml", flux)
    with pytest.raises(UsageError, match="n'attend pas de verdict"):
        attacher(ligne, "b.xml", flux, "accepte")
    assert en_echec(ligne.maison) == [echec]
    ligne.envoyer(flux)
    attacher(ligne, "b.xml", flux, "rejete")
    assert ligne.etat(flux) is Etat.REFUSE
    assert "lu ensemble" in ligne.flux(flux).motif
    assert (en_echec(ligne.maison), a_voir(ligne)) == ([], [])


def test_un_echec_sur_lequel_le_programme_bute_encore(ligne: Chaine) -> None:
    """The person hears why, and it stays; what she reads in it can still be written down."""
    (flux,) = ligne.deposer("un", 101)
    ligne.envoyer(flux)
    echec = echouer(ligne, "b.xml", ligne.acquit(flux))
    casse = replace(ligne.maison, config=cast(Configuration, None))
    voulu = Rattachement(flux=flux, motif="lu ensemble", auteur="A. Vérin")
    with pytest.raises(IllisibleError, match=r"ne sait pas lire « b\.xml ».*AttributeError"):
        prendre(casse, "b.xml", voulu)
    with pytest.raises(UsageError, match="aucune réponse"):
        prendre(casse, "autre.xml", voulu)
    assert en_echec(ligne.maison) == [echec]
    attacher(ligne, "b.xml", flux, "accepte")
    assert ligne.etat(flux) is Etat.ARCHIVE


def test_un_retour_en_echec(ligne: Chaine) -> None:
    flux = accepte(ligne, pieces=1)
    echouer(ligne, "r.xml", un_retour(piece(101, 1010), entete=AILLEURS))
    with pytest.raises(UsageError, match="nommer un flux"):
        attacher(ligne, "r.xml")
    attacher(ligne, "r.xml", flux)
    assert [r.piece for r in ligne.maison.registre.restitutions(flux)] == ["1010"]
    assert (en_echec(ligne.maison), a_voir(ligne)) == ([], [])


def test_un_echec_deja_a_sa_place(ligne: Chaine) -> None:
    """The defect struck after the answer was recorded: there is nothing to give away."""
    flux = accepte(ligne, pieces=1)
    contenu = un_retour(piece(101, 1010))
    laisser(ligne, "r.xml", contenu)
    echec = echouer(ligne, "encore.xml", contenu)
    with pytest.raises(UsageError, match=r"déjà trouvé sa place \(valombre\)"):
        attacher(ligne, "encore.xml", flux)
    assert en_echec(ligne.maison) == [echec]
    fichier_de(ligne.maison, echec).unlink()
    with pytest.raises(UsageError, match="n'est plus là"):
        attacher(ligne, "encore.xml", flux)


def test_une_marque_coupee_par_un_disque_plein(ligne: Chaine) -> None:
    boite = ligne.dossier / "travail" / "reponses" / "dgfip"
    boite.mkdir(parents=True)
    (boite / ".echec-abc").write_text('{"nom":', "utf-8")
    assert en_echec(ligne.maison) == []
