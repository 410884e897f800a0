"""After sending: errors, retours, answers given by hand, flux that stand for others."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.unit.store.atelier import (
    BUD,
    COL,
    base_neuve,
    expedier,
    inscrit,
    journal_de,
    ouvert,
    poser,
    preparer,
    vers,
)
from vaguemestre.domain.flux import (
    BordereauJuge,
    BordereauRemplace,
    ErreurRelevee,
    Etat,
    FluxRemplace,
    PieceRestituee,
    ReponseAttachee,
    ReponseRecue,
)
from vaguemestre.errors import IntegrityError
from vaguemestre.store.database import Base
from vaguemestre.store.journal import SqlJournal
from vaguemestre.store.lecture import lecture
from vaguemestre.store.migrations.versions import v0001_initial, v0002_suites
from vaguemestre.store.registre import Registre

SHA = "ab" * 32
RENDUE = PieceRestituee(
    reponse=SHA,
    flux="",
    cod_col=COL,
    cod_bud=BUD,
    domaine="depense",
    exercice=2026,
    type="01",
    bordereau=1,
    piece="2",
    etat="rejetee",
    montant_ht=Decimal("10.50"),
    montant_paye=None,
    instance_le="",
    prise_en_charge_le="",
    rejetee_le="2026-03-04",
    paye_le="",
    paiement="aucun",
    motifs=("09 - domiciliation « absente »", "autre"),
    commentaire="",
    conseil="",
)


def accepte(journal: SqlJournal, flux: str, numero: int) -> None:
    preparer(journal, flux, numero, "pes")
    expedier(journal, flux, "pes")
    juge = BordereauJuge(flux=flux, domaine="", exercice=2026, numero=numero, accepte=True)
    poser(journal, flux, "acquitter", juge, *vers(flux, Etat.ACQUITTE, Etat.ARCHIVE))


def remplacer(journal: SqlJournal, ancien: str, nouveau: str, numero: int) -> None:
    poser(
        journal,
        nouveau,
        "reemettre",
        ouvert(nouveau),
        inscrit(nouveau, numero, "60.00", "0"),
        FluxRemplace(ancien=ancien, nouveau=nouveau, motif="rejet"),
        *vers(ancien, Etat.REMPLACE),
        BordereauRemplace(
            flux=ancien, par=nouveau, domaine="depense", exercice=2026, type="01", numero=numero
        ),
        *vers(nouveau, Etat.CONTROLE),
    )


def cumul(base: Base) -> Decimal | None:
    memoire = Registre(base).memoire(frozenset(), lambda *_: Decimal(0))
    return memoire.cumul(COL, BUD, "depense", 2026, "01")


def ecarts(base: Base) -> list[str]:
    with lecture(base) as lue:
        return list(lue.ecarts_registre())


def test_ce_que_dit_un_retour(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:
        journal, registre = journal_de(base), Registre(base)
        accepte(journal, "F1", 1)
        sienne = replace(RENDUE, flux="F1")
        tard = replace(
            sienne, etat="prise_en_charge", rejetee_le="", prise_en_charge_le="2026-03-01"
        )
        poser(journal, "R:1", "pieces.1", sienne, RENDUE)
        poser(journal, "R:2", "pieces.1", tard)
        dites = registre.restitutions("F1")
        assert [r.etat for r in dites] == ["rejetee", "prise_en_charge"]
        assert dites[0].motifs == RENDUE.motifs
        assert (dites[0].montant_ht, dites[0].montant_paye) == (Decimal("10.50"), None)
        memoire = registre.memoire(frozenset(), lambda *_: Decimal(0))
        connue = memoire.piece_connue(COL, BUD, "depense", 2026, 2)
        # Whichever retour came last: once taken in charge, for ever.
        assert connue is not None
        assert (connue.flux, connue.rejetee_le) == ("F1", "2026-03-04")
        assert connue.prise_en_charge_le == "2026-03-01"
        assert memoire.piece_connue(COL, BUD, "recette", 2026, 2) is None
        assert "pieces.1" in {e.etape for e in registre.historique("F1")}
        assert ecarts(base) == []


def test_les_erreurs_d_un_acquit(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:
        journal, registre = journal_de(base), Registre(base)
        accepte(journal, "F1", 1)
        erreur = ErreurRelevee(
            flux="F1",
            reponse=SHA,
            domaine="depense",
            exercice=2026,
            bordereau=1,
            piece=2,
            ligne=0,
            id_unique="",
            code="ERREUR_AUTRE",
            libelle="1963 - Domiciliation",
        )
        poser(journal, "F1", "erreurs", erreur, replace(erreur, piece=3))
        assert [(e.piece, e.libelle) for e in registre.erreurs("F1")] == [
            (2, "1963 - Domiciliation"),
            (3, "1963 - Domiciliation"),
        ]
        assert ecarts(base) == []
        with pytest.raises(IntegrityError, match="inconnu du registre"):
            poser(journal, "F9", "erreurs", replace(erreur, flux="F9"))


def test_celui_qui_remplace_compte_a_sa_place(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:
        journal, registre = journal_de(base), Registre(base)
        accepte(journal, "F1", 1)
        assert cumul(base) == Decimal("120.00")
        remplacer(journal, "F1", "F2", 1)
        assert cumul(base) == Decimal("60.00")
        ancien, nouveau = registre.remplacant("F1"), registre.remplace("F2")
        assert ancien is not None
        assert ancien == nouveau
        assert (ancien.nouveau, ancien.motif) == ("F2", "rejet")
        (bordereau,) = registre.bordereaux("F1")
        assert (bordereau.remplace_par, bordereau.vivant) == ("F2", False)
        assert [b.flux for b in registre.porteurs(COL, BUD, "depense", 2026, "01", 1)] == [
            "F2",
            "F1",
        ]
        assert ecarts(base) == []


def test_un_remplacant_qui_ne_part_pas_rend_sa_place(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:
        journal, registre = journal_de(base), Registre(base)
        accepte(journal, "F1", 1)
        remplacer(journal, "F1", "F2", 1)
        poser(journal, "F2", "annuler", *vers("F2", Etat.ANNULE))
        assert cumul(base) == Decimal("120.00")
        (bordereau,) = registre.bordereaux("F1")
        assert (bordereau.remplace_par, bordereau.vivant) == ("", True)
        remplacer(journal, "F1", "F3", 1)
        dernier = registre.remplacant("F1")
        assert dernier is not None
        assert dernier.nouveau == "F3"
        assert cumul(base) == Decimal("60.00")
        assert ecarts(base) == []


def test_une_reponse_donnee_a_un_flux(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:
        journal, registre = journal_de(base), Registre(base)
        accepte(journal, "F1", 1)
        recue = ReponseRecue(
            sha256=SHA, nom="a.xml", genre="acquit", flux="", nomfic="", etat="", remarque="inconnu"
        )
        retour = replace(
            recue, sha256="cd" * 32, genre="retour", remarque="", collectivite="mairie"
        )
        poser(journal, "R:1", "recevoir", recue)
        poser(journal, "R:2", "recevoir", retour)
        assert [r.sha256 for r in registre.reponses_a_voir()] == [SHA]
        attachee = ReponseAttachee(
            sha256=SHA, flux="F1", collectivite="mairie", motif="vu", etat="accepte"
        )
        poser(journal, "A:1", "rattacher", attachee)
        assert registre.reponses_a_voir() == []
        (reponse,) = registre.reponses("F1")
        assert (reponse.etat, reponse.remarque) == ("accepte", "")
        with pytest.raises(IntegrityError, match="n'attend"):
            poser(journal, "A:2", "rattacher", attachee)
        assert ecarts(base) == []


def test_les_bordereaux_qui_suivent(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:
        journal, registre = journal_de(base), Registre(base)
        for rang in (1, 2, 3):
            preparer(journal, f"F{rang}", rang, "pes")
        poser(journal, "F2", "annuler", *vers("F2", Etat.ANNULE))
        premier = registre.flux("F1")
        assert premier is not None
        (bordereau,) = registre.bordereaux("F1")
        assert [b.numero for b in registre.suivants(bordereau, premier.ordre)] == [3]


def test_la_premiere_version_monte_sans_rien_perdre(tmp_path: Path) -> None:
    """Rows written before are what their facts give today."""
    with base_neuve(tmp_path) as base:
        journal = journal_de(base)
        accepte(journal, "F1", 1)
        recue = ReponseRecue(sha256=SHA, nom="a", genre="acquit", flux="F1", nomfic="", etat="")
        poser(journal, "R:1", "recevoir", recue)
        with base.ecrire() as tx:
            for table in ("erreur", "restitution", "remplacement"):
                tx.brut(f"DROP TABLE {table}")
            tx.brut("DROP INDEX ix_bordereau_remplace_par")
            tx.brut("ALTER TABLE bordereau DROP COLUMN remplace_par")
            for colonne in ("remarque", "collectivite"):
                tx.brut(f"ALTER TABLE reponse DROP COLUMN {colonne}")
            tx.brut("UPDATE alembic_version SET version_num = '0001'")
    with base_neuve(tmp_path) as base:
        assert v0002_suites.down_revision == v0001_initial.revision == "0001"
        assert [r.remarque for r in Registre(base).reponses("F1")] == [""]
        assert ecarts(base) == []
        with base.instantane() as vue:
            assert vue.valeur(sa.text("SELECT version_num FROM alembic_version")) == "0002"
