"""The durable journal: one transaction per step, and what it leaves behind."""

from __future__ import annotations

import sqlite3
import threading
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tests.unit.store.atelier import (
    DEPART,
    PRET,
    base_neuve,
    expedier,
    inscrit,
    journal_de,
    membre,
    ouvert,
    poser,
    preparer,
    signataire_de,
    vers,
)
from vaguemestre.audit.feuille import lire_feuille
from vaguemestre.audit.verification import verifier
from vaguemestre.domain.flux import Etat, MembreRecu
from vaguemestre.engine.horloge import HorlogeFixe
from vaguemestre.errors import DocumentError, IntegrityError, RessourceError
from vaguemestre.ports import Done, Objet, Passage, Transmission
from vaguemestre.store.database import Base
from vaguemestre.store.lecture import lecture
from vaguemestre.store.registre import Registre


def _intact(base: Base) -> bool:
    with lecture(base) as vue:
        rapport = verifier(vue, signataire_de().verificateur)
    assert rapport.ecarts == ()
    return rapport.intact


def test_une_entree_par_etape(tmp_path: Path) -> None:
    horloge = HorlogeFixe(DEPART)
    with base_neuve(tmp_path) as base:
        journal = journal_de(base, horloge)
        poser(journal, "F1", "ouvrir", ouvert("F1"))
        horloge.sleep(5)
        poser(journal, "F1", "convertir", *vers("F1", *PRET), membre("F1", contenu=3))
        journal.au_nom_de("p-17").record("agent", "noter", Done({"f": {"sha256": "ab" * 32}}))
        poser(journal, "acquits", "lire A1", MembreRecu(flux="F1", genre="pes", mode="sftp"))
        with lecture(base) as vue:
            entrees = [lire_feuille(octets) for _, octets in vue.feuilles()]
            assert vue.feuilles_du_flux("F1") == [0, 1, 3]
        assert [entree.seq for entree in entrees] == [0, 1, 2, 3]
        assert [entree.temps for entree in entrees][:2] == [
            "2026-03-02T08:00:00Z",
            "2026-03-02T08:00:05Z",
        ]
        assert [entree.acteur for entree in entrees] == ["moteur", "moteur", "p-17", "moteur"]
        assert [entree.precedent for entree in entrees] == [None, 0, None, None]
        assert [entree.collectivite for entree in entrees] == ["mairie", "mairie", "", "mairie"]
        assert entrees[1].passages == (
            Passage("F1", "DEPOSE", "CONTROLE"),
            Passage("F1", "CONTROLE", "SIGNE"),
            Passage("F1", "SIGNE", "CONVERTI"),
        )
        assert entrees[2].objets == (Objet("ab" * 32),)
        assert entrees[3].transmissions == (
            Transmission("F1", "pes", "pes-F1", 1003, f"{3:040x}", f"{3:064x}"),
        )
        assert _intact(base)


def test_le_journal_ne_dit_rien_de_personnel(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:
        journal = journal_de(base)
        poser(journal, "F1", "ouvrir", ouvert("F1"))
        done = Done({"note": "Mme Durand"}, vers("F1", Etat.REJETE, motif="appelé M. Martin"))
        journal.record("F1", "rejeter", done)
        with lecture(base) as vue:
            octets = b"".join(octets for _, octets in vue.feuilles())
        assert b"Durand" not in octets
        assert b"Martin" not in octets


def test_rien_ne_reste_d_une_etape_refusee(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:
        journal, registre = journal_de(base), Registre(base)
        poser(journal, "F1", "ouvrir", ouvert("F1"))
        with pytest.raises(IntegrityError):
            poser(journal, "F1", "x", inscrit("F1", 1), *vers("F1", Etat.ARCHIVE))
        with pytest.raises(DocumentError, match="plus de deux décimales"):
            poser(journal, "F1", "y", inscrit("F1", 1, "0.001"))
        with pytest.raises(IntegrityError, match="pas de membre indigo"):
            poser(journal, "F1", "z", MembreRecu(flux="F1", genre="indigo", mode="m"))
        with pytest.raises(IntegrityError, match="refuse l'écriture"):
            poser(journal, "F1", "w", ouvert("F1"))
        assert registre.bordereaux("F1") == []
        poser(journal, "F1", "x", inscrit("F1", 1))
        assert [b.montant_ht for b in registre.bordereaux("F1")] == [Decimal("100.00")]
        assert _intact(base)


def test_un_autre_processus_peut_ecrire_entre_deux(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as ici, base_neuve(tmp_path) as la:
        notre, leur = journal_de(ici), journal_de(la)
        poser(notre, "F1", "ouvrir", ouvert("F1"))
        poser(leur, "F1", "controler", *vers("F1", Etat.CONTROLE))
        poser(notre, "F1", "signer", *vers("F1", Etat.SIGNE))
        poser(leur, "F1", "retenir", *vers("F1", Etat.RETENU))
        with lecture(ici) as vue:
            precedents = [lire_feuille(octets).precedent for _, octets in vue.feuilles()]
        assert precedents == [None, 0, 1, 2]
        assert _intact(ici)


def test_plusieurs_fils_a_la_fois(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:
        journal = journal_de(base)

        def travailler(rang: int) -> None:
            for numero in range(5):
                preparer(journal, f"F{rang}-{numero}", 10 * rang + numero, "pes")

        fils = [threading.Thread(target=travailler, args=(rang,)) for rang in range(4)]
        for fil in fils:
            fil.start()
        for fil in fils:
            fil.join()
        assert Registre(base).comptes() == {Etat.CONVERTI: 20}
        assert _intact(base)


def test_disque_plein_puis_libere(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:
        journal = journal_de(base)
        poser(journal, "F0", "ouvrir", ouvert("F0"))
        with base.ecrire() as tx:
            tx.brut("PRAGMA max_page_count=1")
        done = Done({"texte": "x" * 3_000_000})
        with pytest.raises(RessourceError, match="full") as caught:
            journal.record("F1", "noter", done)
        assert caught.value.transient
        with base.ecrire() as tx:
            tx.brut("PRAGMA max_page_count=1000000")
        poser(journal, "F1", "ouvrir", ouvert("F1"))
        assert _intact(base)


def test_base_tenue_par_un_autre(tmp_path: Path) -> None:
    with base_neuve(tmp_path, attente=0.05) as base:
        journal = journal_de(base)
        autre = sqlite3.connect(base.fichier, isolation_level=None)
        autre.execute("BEGIN IMMEDIATE")
        with pytest.raises(RessourceError, match="locked"):
            poser(journal, "F1", "ouvrir", ouvert("F1"))
        autre.execute("ROLLBACK")
        autre.close()
        poser(journal, "F1", "ouvrir", ouvert("F1"))
        assert _intact(base)


@pytest.mark.parametrize("table", ["entree", "noeud", "point", "etape"])
@pytest.mark.parametrize("ordre", ["DELETE FROM {}", "UPDATE {} SET rowid = rowid + 1000"])
def test_ce_qui_est_ecrit_ne_se_change_pas(tmp_path: Path, table: str, ordre: str) -> None:
    with base_neuve(tmp_path) as base:
        journal = journal_de(base)
        poser(journal, "F1", "ouvrir", ouvert("F1"))
        journal.point(signataire_de().point)
        with pytest.raises(IntegrityError, match="ajout seulement"), base.ecrire() as tx:
            tx.brut(ordre.format(table))
        assert _intact(base)


def test_point_de_controle(tmp_path: Path) -> None:
    signataire = signataire_de()
    with base_neuve(tmp_path) as base:
        journal = journal_de(base)
        vide = journal.point(signataire.point)
        assert signataire.verificateur.ouvrir(vide).taille == 1
        assert journal.point(signataire.point) == vide
        poser(journal, "F1", "ouvrir", ouvert("F1"))
        suivant = journal.point(signataire.point)
        assert signataire.verificateur.ouvrir(suivant).taille == 3
        poser(journal, "F1", "controler", *vers("F1", Etat.CONTROLE))
        assert _intact(base)


def test_deux_vies_identiques_donnent_les_memes_octets(tmp_path: Path) -> None:
    lues = []
    for nom in ("a", "b"):
        with base_neuve(tmp_path / nom) as base:
            journal = journal_de(base)
            preparer(journal, "F1", 1, "pes", "indigo")
            expedier(journal, "F1", "pes", "indigo")
            with lecture(base) as vue:
                lues.append((list(vue.feuilles()), list(vue.etapes())))
    assert lues[0] == lues[1]


def test_l_heure_vient_de_l_horloge(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:
        poser(journal_de(base, HorlogeFixe(DEPART + timedelta(days=1))), "F1", "x", ouvert("F1"))
        vu = Registre(base).flux("F1")
        assert vu is not None
        assert vu.ouvert_le == DEPART + timedelta(days=1)
