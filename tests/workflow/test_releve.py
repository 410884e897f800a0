"""Fetching answers: one bad answer stops nobody, a life that ends in between loses none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workflow.chaine import Chaine, chaine
from vaguemestre.domain.flux import Etat
from vaguemestre.errors import ExchangeRefusedError
from vaguemestre.workflows.archives import a_archiver


def test_une_reponse_refusee_n_arrete_pas_les_autres(ligne: Chaine) -> None:
    flux = [*ligne.deposer("un", 101), *ligne.deposer("deux", 102)]
    for un in flux:
        ligne.envoyer(un)
    ligne.boite.retrait = {"a.xml": ligne.acquit(flux[0]), "b.xml": ligne.acquit(flux[1])}
    ligne.boite.refuses = {"a.xml"}
    with pytest.raises(ExchangeRefusedError, match=r"a\.xml"):
        ligne.relever()
    assert [ligne.etat(un) for un in flux] == [Etat.EXPEDIE, Etat.ACQUITTE]
    ligne.boite.refuses = set()
    assert ligne.relever() == [flux[0]]


def test_prise_et_pas_inscrite(ligne: Chaine) -> None:
    """Fetched by a life that ended there: the partner has it no more, our copy is taken up."""
    (flux,) = ligne.deposer("mandats", 101)
    ligne.envoyer(flux)
    boite = ligne.dossier / "travail" / "reponses" / "dgfip"
    boite.mkdir(parents=True)
    (boite / "ACQUIT_1.xml").write_bytes(ligne.acquit(flux))
    (boite / ".ACQUIT_2.xml.recu").write_bytes(b"la moitie d'une au")
    assert ligne.relever() == [flux]
    assert ligne.etat(flux) is Etat.ACQUITTE
    assert not (boite / "ACQUIT_1.xml").exists()
    (reponse,) = ligne.maison.registre.reponses(flux)
    assert reponse.nom == "ACQUIT_1.xml"
    # Recorded, but not yet removed: it is not a second answer.
    (boite / "ACQUIT_1.xml").write_bytes(ligne.acquit(flux))
    ligne.relever()
    assert len(ligne.maison.registre.reponses(flux)) == 1


def test_reglee_et_pas_archivee(ligne: Chaine) -> None:
    (flux,) = ligne.deposer("mandats", 101)
    ligne.envoyer(flux)
    assert a_archiver(ligne.maison, "dgfip") == []
    ligne.boite.retrait["a.xml"] = ligne.acquit(flux, accepte=False)
    ligne.relever()
    assert ligne.etat(flux) is Etat.PARTIEL
    assert a_archiver(ligne.maison, "dgfip") == [flux]
    assert a_archiver(ligne.maison, "autre") == []
    ligne.archiver(*a_archiver(ligne.maison, "dgfip"))
    assert a_archiver(ligne.maison, "dgfip") == []
    assert ligne.etat(flux) is Etat.PARTIEL


def test_un_nom_deja_vu_avec_d_autres_octets(tmp_path: Path) -> None:
    """A partner that lets us remove its answers, and uses a name again: nothing is lost unread."""
    with chaine(tmp_path, ("simulateur = true", "simulateur = true\neffacer_retrait = true")) as c:
        premier, second = [*c.deposer("un", 101), *c.deposer("deux", 102)]
        for flux in (premier, second):
            c.envoyer(flux)
            c.boite.retrait["acquit.xml"] = c.acquit(flux)
            assert c.relever() == [flux]
            assert c.boite.retrait == {}
            assert c.etat(flux) is Etat.ACQUITTE


def test_les_pj_jugees_a_part(ligne: Chaine) -> None:
    """The bordereau is refused, its PJ accepted: known for the correction, not sent again."""
    (flux,) = ligne.deposer("mandats", 101)
    ligne.envoyer(flux)
    ligne.boite.retrait["a.xml"] = ligne.acquit(flux, accepte=False)
    ligne.relever()
    (suite,) = ligne.deposer("corrige", 101)
    ligne.envoyer(suite)
    (pj,) = ligne.maison.registre.pjs(flux)
    assert ligne.maison.registre.pjs(suite) == []
    envoye = ligne.boite.recus[ligne.flux(suite).nom_fil]
    assert pj.id_unique.encode() in envoye
    assert b"<PES_PJ>" not in envoye
    # Refused as well, it is sent again.
    ligne.boite.retrait["b.xml"] = ligne.acquit(suite, accepte=False)
    ligne.relever()
    (autre,) = ligne.deposer("pj-refusee", 102)
    ligne.envoyer(autre)
    ligne.boite.retrait["c.xml"] = ligne.acquit(autre, accepte=False, pj=False)
    ligne.relever()
    (encore,) = ligne.deposer("pj-renvoyee", 102)
    assert len(ligne.maison.registre.pjs(encore)) == 1
