"""What two threads do to one flux at the same moment: an acquit and a receipt, two archivings."""

from __future__ import annotations

import threading
from collections.abc import Callable

from tests.workflow.chaine import Chaine
from vaguemestre.domain.flux import Etat
from vaguemestre.engine.verrous import Verrous
from vaguemestre.errors import ExchangeUncertainError
from vaguemestre.ports import Colis, Done, Journal, Recu


class JournalEpie:
    """`ports.Journal` that calls `avant` right before a step is recorded."""

    def __init__(self, journal: Journal, etape: str, avant: Callable[[], None]) -> None:
        self._journal, self._etape, self._avant = journal, etape, avant

    def recall(self, run: str, step: str) -> Done | None:
        return self._journal.recall(run, step)

    def record(self, run: str, step: str, done: Done) -> None:
        if step == self._etape:
            self._avant()
        self._journal.record(run, step, done)


def ailleurs(travail: Callable[[], object]) -> threading.Thread:
    fil = threading.Thread(target=travail)
    fil.start()
    return fil


def test_l_acquit_arrive_pendant_l_envoi(ligne: Chaine) -> None:
    (flux,) = ligne.deposer("mandats", 101)

    def repondre(_: Colis) -> None:
        ligne.boite.retrait["a.xml"] = ligne.acquit(flux)
        ailleurs(ligne.relever).join(20)

    ligne.boite.pendant = repondre
    ligne.envoyer(flux)
    vu = ligne.flux(flux)
    assert (vu.etat, vu.recus) == (Etat.ACQUITTE, 1)
    ligne.archiver(flux)
    assert ligne.etat(flux) is Etat.ARCHIVE


def test_l_acquit_arrive_pendant_que_le_recu_s_inscrit(ligne: Chaine) -> None:
    """It waits for the receipt to be recorded: no passage is applied to a state that has gone."""
    (flux,) = ligne.deposer("mandats", 101)
    fils: list[threading.Thread] = []

    def repondre() -> None:
        ligne.boite.retrait["a.xml"] = ligne.acquit(flux)
        fils.append(ailleurs(ligne.relever))
        fils[0].join(0.3)
        assert fils[0].is_alive(), "l'acquit attend que le reçu soit inscrit"

    ligne.envoyer(flux, JournalEpie(ligne.maison.journal, "expedier.pes", repondre))
    fils[0].join(20)
    assert not fils[0].is_alive()
    assert ligne.etat(flux) is Etat.ACQUITTE
    passages = [e.etape for e in ligne.maison.registre.historique(flux)]
    assert passages.index("expedier.pes") < passages.index("recevoir")


def test_le_doute_et_son_acquit_en_meme_temps(ligne: Chaine) -> None:
    """Nobody knows whether it left, and the acquit says so before the doubt is recorded."""
    (flux,) = ligne.deposer("mandats", 101)

    def douter(colis: Colis) -> None:
        ligne.boite.retrait["a.xml"] = ligne.acquit(flux)
        ailleurs(ligne.relever).join(20)
        raise ExchangeUncertainError(f"{colis.nom} : parti ou non")

    ligne.boite.pendant = douter
    ligne.envoyer(flux)
    assert ligne.etat(flux) is Etat.ACQUITTE
    assert ligne.flux(flux).recus == 1


def test_deux_fils_archivent_le_meme_flux(ligne: Chaine) -> None:
    (flux,) = ligne.deposer("mandats", 101)
    ligne.envoyer(flux)
    ligne.boite.retrait["a.xml"] = ligne.acquit(flux)
    assert ligne.relever() == [flux]
    erreurs: list[BaseException] = []

    def archiver() -> None:
        try:
            ligne.archiver(flux)
        except BaseException as error:
            erreurs.append(error)
            raise

    fils = [ailleurs(archiver) for _ in range(4)]
    for fil in fils:
        fil.join(20)
    assert erreurs == []
    assert ligne.etat(flux) is Etat.ARCHIVE
    etapes = [e.etape for e in ligne.maison.registre.historique(flux)]
    assert etapes.count("archiver.1") == 1


def test_l_acquit_ne_regle_rien_tant_que_l_autre_moitie_attend(ligne: Chaine) -> None:
    """The PES is accepted before its INDIGO has left: the budget is held, the half goes on."""
    (flux,) = ligne.deposer("mandats", 301, "lagon")
    (suite,) = ligne.deposer("suite", 302, "lagon")

    def repondre(colis: Colis) -> None:
        if colis.statut is None and not ligne.boite.retrait:
            ligne.boite.retrait["a.xml"] = ligne.acquit(flux)
            ailleurs(ligne.relever).join(20)
            vu = ligne.flux(flux)
            assert (vu.etat, vu.recus, vu.retient) == (Etat.CONVERTI, 1, True)
            assert ligne.maison.registre.budget_retenu(vu.cod_col, vu.cod_bud, suite) == flux

    ligne.boite.pendant = repondre
    ligne.envoyer(flux)
    vu = ligne.flux(flux)
    assert (vu.etat, vu.recus, vu.membres) == (Etat.ACQUITTE, 2, 2)
    assert len(ligne.boite.envois) == 2
    etapes = [e.etape for e in ligne.maison.registre.historique(flux)]
    assert "juger.1" in etapes
    ligne.archiver(flux)
    assert ligne.etat(flux) is Etat.ARCHIVE


def test_l_indigo_incertain_le_reste_malgre_l_acquit_du_pes(ligne: Chaine) -> None:
    (flux,) = ligne.deposer("mandats", 301, "lagon")

    def douter(colis: Colis) -> None:
        if colis.statut is not None:
            raise ExchangeUncertainError(f"{colis.nom} : parti ou non")

    ligne.boite.pendant = douter
    ligne.envoyer(flux)
    assert ligne.etat(flux) is Etat.INCERTAIN
    ligne.boite.retrait["a.xml"] = ligne.acquit(flux)
    assert ligne.relever() == [flux]
    assert ligne.etat(flux) is Etat.INCERTAIN
    assert ligne.flux(flux).retient
    envois = list(ligne.boite.envois)
    ligne.envoyer(flux)
    assert ligne.boite.envois == envois, "rien n'est envoyé tant que personne ne sait"


def test_recu_seul(ligne: Chaine) -> None:
    """The control of the fake: without an acquit the flux is simply sent, once."""
    (flux,) = ligne.deposer("mandats", 101)
    ligne.envoyer(flux)
    ligne.envoyer(flux)
    assert ligne.etat(flux) is Etat.EXPEDIE
    assert ligne.boite.envois == [ligne.flux(flux).nom_fil]
    recu = Recu(ligne.flux(flux).nom_fil, 0, "", "")
    assert recu.nom in ligne.boite.recus


def test_une_cle_un_seul_a_la_fois() -> None:
    """The same key: one thread at a time, which may take it again; another key: nobody waits."""
    verrous, dedans, ensemble = Verrous(), [0], [0]

    def travailler() -> None:
        for _ in range(200):
            with verrous.pour("a"), verrous.pour("a"):
                dedans[0] += 1
                ensemble[0] = max(ensemble[0], dedans[0])
                dedans[0] -= 1

    fils = [ailleurs(travailler) for _ in range(8)]
    for fil in fils:
        fil.join(20)
    assert ensemble == [1]
    with verrous.pour("a"):
        autre = ailleurs(lambda: verrous.pour("b").__enter__())
        autre.join(20)
        assert not autre.is_alive()
