"""What the register answers after flux went their ways."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.unit.store.atelier import (
    BUD,
    COL,
    DEPART,
    base_neuve,
    expedier,
    inscrit,
    journal_de,
    membre,
    ouvert,
    pj,
    poser,
    preparer,
    vers,
)
from vaguemestre.domain.flux import (
    BordereauJuge,
    DepotClos,
    DepotOuvert,
    Etat,
    EtatDepot,
    IntentionPrise,
    MembreRecu,
    PjJugee,
    ReponseRecue,
)
from vaguemestre.errors import IntegrityError
from vaguemestre.ports import Memoire
from vaguemestre.store.database import Base
from vaguemestre.store.registre import Registre

BUDGET = (COL, BUD, "depense", 2026, "01")


def _memoire(base: Base, *sauf: str, depart: str = "0", cumul_base: str = "ttc") -> Memoire:
    return Registre(base).memoire(
        frozenset(sauf), lambda *_: Decimal(depart), cumul_base=cumul_base
    )


def _juger(flux: str, numero: int, *, accepte: bool) -> BordereauJuge:
    return BordereauJuge(
        flux=flux, domaine="depense", exercice=2026, numero=numero, accepte=accepte
    )


def test_numeros_jamais_deux_fois(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base, base_neuve(tmp_path) as autre:
        ici, la = Registre(base), Registre(autre)
        assert [ici.reserver("flux"), la.reserver("flux"), ici.reserver("flux")] == [1, 2, 3]
        assert la.reserver("jour 260302") == 1


def test_vie_d_un_depot(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:
        journal, registre = journal_de(base), Registre(base)
        for nom in ("D1", "D2"):
            depot = DepotOuvert(
                depot=nom,
                nom="mandats.zip",
                collectivite="mairie",
                forme="zip",
                dossier=f"/travail/{nom}",
                sha256="ab" * 32,
            )
            poser(journal, nom, "prendre", depot)
        poser(
            journal, "D1", "clore", DepotClos(depot="D1", etat=EtatDepot.REJETE, motif="illisible")
        )
        assert [depot.id for depot in registre.depots_en_cours()] == ["D2"]
        assert [depot.id for depot in registre.depots_de_contenu("ab" * 32)] == ["D2", "D1"]
        clos = registre.depot("D1")
        assert clos is not None
        assert (clos.etat, clos.motif, clos.ouvert_le) == (EtatDepot.REJETE, "illisible", DEPART)
        assert registre.depot("D3") is None
        with pytest.raises(IntegrityError, match="dépôt inconnu"):
            poser(journal, "D3", "clore", DepotClos(depot="D3", etat=EtatDepot.TRAITE))


def test_vie_d_un_flux(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:
        journal, registre = journal_de(base), Registre(base)
        preparer(journal, "F1", 72, "pes", "indigo")
        poser(journal, "F1", "intention", IntentionPrise(flux="F1", genre="pes"))
        pes, indigo = registre.membres("F1")
        assert (pes.genre, pes.intention_le, pes.recu_le) == ("pes", DEPART, None)
        assert (indigo.genre, indigo.intention_le) == ("indigo", None)
        poser(journal, "F1", "recu", MembreRecu(flux="F1", genre="pes", mode="taille"))
        assert registre.membres("F1")[0].mode == "taille"
        reponse = ReponseRecue(
            sha256="cd" * 32,
            nom="ACQUIT1.xml",
            genre="acquit",
            flux="F1",
            nomfic="NOMF1",
            etat="accepte",
        )
        poser(journal, "acquits", "lire 1", reponse)
        poser(journal, "acquits", "lire 2", reponse)
        assert [r.nom for r in registre.reponses("F1")] == ["ACQUIT1.xml"] * 2
        assert len(registre.reponses_de_contenu("cd" * 32)) == 2
        etapes = [(vue.run, vue.etape) for vue in registre.historique("F1")]
        assert etapes[-2:] == [("acquits", "lire 1"), ("acquits", "lire 2")]
        assert etapes[0] == ("F1", "ouvrir")
        assert [b.pieces for b in registre.bordereaux("F1")] == [(1, 2, 3)]
        assert [p.id_unique for p in registre.pjs("F1")] == ["PJ72"]


def test_lister_par_pages(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:
        journal, registre = journal_de(base), Registre(base)
        for rang in range(5):
            poser(journal, f"F{rang}", "ouvrir", ouvert(f"F{rang}"))
        poser(journal, "F3", "controler", *vers("F3", Etat.CONTROLE))
        page = registre.lister(limite=2)
        assert [vu.id for vu in page] == ["F4", "F3"]
        assert [vu.id for vu in registre.lister(avant=page[-1].ordre)] == ["F2", "F1", "F0"]
        assert [vu.id for vu in registre.lister(etat=Etat.CONTROLE)] == ["F3"]
        assert registre.lister(collectivite="ailleurs") == []
        assert [vu.id for vu in registre.flux_du_depot("D1")][:2] == ["F0", "F1"]


def test_acquit_cherche_d_abord_ce_qui_attend(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:
        journal, registre = journal_de(base), Registre(base)
        for nom in ("MORT", "PARTI", "JUGE", "NEUF"):
            poser(journal, nom, "ouvrir", ouvert(nom, nomfic="MEME"))
        poser(journal, "MORT", "rejeter", *vers("MORT", Etat.REJETE))
        for nom in ("PARTI", "JUGE"):
            poser(
                journal,
                nom,
                "envoyer",
                *vers(nom, Etat.CONTROLE, Etat.SIGNE, Etat.CONVERTI, Etat.EXPEDIE),
            )
        poser(journal, "JUGE", "juger", *vers("JUGE", Etat.ACQUITTE))
        trouves = [vu.id for vu in registre.par_nomfic("MEME", COL)]
        assert trouves == ["PARTI", "NEUF", "JUGE", "MORT"]
        assert registre.par_nomfic("MEME", "00000") == []


def test_moitie_partie_retient_le_budget(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:
        journal, registre = journal_de(base), Registre(base)
        preparer(journal, "F1", 1, "pes", "indigo")
        assert registre.budget_retenu(COL, BUD) is None
        poser(journal, "F1", "recu pes", MembreRecu(flux="F1", genre="pes", mode="m"))
        assert registre.budget_retenu(COL, BUD) == "F1"
        assert registre.budget_retenu(COL, BUD, "F1") is None
        assert registre.budget_retenu(COL, "99") is None
        poser(journal, "F1", "encore", MembreRecu(flux="F1", genre="pes", mode="m"))
        assert registre.budget_retenu(COL, BUD) == "F1"
        poser(journal, "F1", "recu indigo", MembreRecu(flux="F1", genre="indigo", mode="m"))
        assert registre.budget_retenu(COL, BUD) is None


def test_incertain_retient_le_budget(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:
        journal, registre = journal_de(base), Registre(base)
        preparer(journal, "F1", 1, "pes")
        poser(journal, "F1", "douter", *vers("F1", Etat.INCERTAIN))
        assert registre.budget_retenu(COL, BUD, "F2") == "F1"
        poser(journal, "F1", "acquit", *vers("F1", Etat.ACQUITTE))
        assert registre.budget_retenu(COL, BUD, "F2") is None


def test_membre_refait_tant_qu_il_n_est_pas_offert(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:
        journal, registre = journal_de(base), Registre(base)
        preparer(journal, "F1", 1, "pes")
        poser(journal, "F1", "refaire", membre("F1", "pes", 99))
        assert [m.taille for m in registre.membres("F1")] == [1099]
        poser(journal, "F1", "intention", IntentionPrise(flux="F1", genre="pes"))
        with pytest.raises(IntegrityError, match="refuse l'écriture"):
            poser(journal, "F1", "refaire encore", membre("F1", "pes", 100))
        assert [m.taille for m in registre.membres("F1")] == [1099]


def test_memoire_ne_se_trouve_pas_elle_meme(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:
        preparer(journal_de(base), "F1", 1, "pes")
        dehors, dedans = _memoire(base), _memoire(base, "F1")
        assert dehors.nomfic_connu("NOMF1", COL) == "F1"
        assert dehors.bordereau_connu(*BUDGET, 1) == "F1"
        assert dehors.pj_connue(COL, "PJ1") == "F1"
        assert dehors.cumul(*BUDGET) == Decimal("120.00")
        assert dedans.nomfic_connu("NOMF1", COL) is None
        assert dedans.bordereau_connu(*BUDGET, 1) is None
        assert dedans.pj_connue(COL, "PJ1") is None
        assert dedans.cumul(*BUDGET) == 0
        assert dehors.bordereau_connu(COL, BUD, "recette", 2026, "01", 1) is None


def test_cumul_part_de_la_valeur_donnee(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:
        journal = journal_de(base)
        preparer(journal, "F1", 1, "pes")
        poser(journal, "F1", "autre", inscrit("F1", 2, "-30.50", "0"))
        assert _memoire(base, depart="1000.10").cumul(*BUDGET) == Decimal("1089.60")
        assert _memoire(base, cumul_base="ht").cumul(*BUDGET) == Decimal("69.50")
        assert Registre(base).memoire(frozenset(), lambda *_: None).cumul(*BUDGET) is None


@pytest.mark.parametrize("fin", [Etat.REJETE, Etat.ANNULE])
def test_ce_que_nous_rejetons_ne_compte_plus(tmp_path: Path, fin: Etat) -> None:
    with base_neuve(tmp_path) as base:
        journal = journal_de(base)
        preparer(journal, "F1", 1, "pes")
        poser(journal, "F1", "finir", *vers("F1", fin))
        memoire = _memoire(base)
        assert memoire.nomfic_connu("NOMF1", COL) is None
        assert memoire.bordereau_connu(*BUDGET, 1) is None
        assert memoire.pj_connue(COL, "PJ1") is None
        assert memoire.cumul(*BUDGET) == 0


def test_refus_partiel_puis_remplacement(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:
        journal, registre = journal_de(base), Registre(base)
        preparer(journal, "F1", 1, "pes")
        poser(journal, "F1", "second", inscrit("F1", 2, "7.00", "0"), pj("F1", "PJ2"))
        expedier(journal, "F1", "pes")
        poser(
            journal,
            "acquits",
            "lire",
            _juger("F1", 1, accepte=False),
            _juger("F1", 2, accepte=True),
            PjJugee(flux="F1", cod_col=COL, id_unique="PJ1", accepte=True),
            PjJugee(flux="F1", cod_col=COL, id_unique="PJ2", accepte=False),
            *vers("F1", Etat.PARTIEL),
        )

        def verdicts() -> tuple[object, ...]:
            memoire = _memoire(base)
            return (
                memoire.bordereau_connu(*BUDGET, 1),
                memoire.bordereau_connu(*BUDGET, 2),
                memoire.pj_connue(COL, "PJ1"),
                memoire.pj_connue(COL, "PJ2"),
                memoire.cumul(*BUDGET),
                memoire.nomfic_connu("NOMF1", COL),
            )

        attendus = (None, "F1", "F1", None, Decimal("7.00"), "F1")
        assert verdicts() == attendus
        poser(journal, "F1", "remplacer", *vers("F1", Etat.REMPLACE))
        assert verdicts() == attendus
        assert [b.accepte for b in registre.bordereaux("F1")] == [False, True]


def test_refus_entier_puis_second_acquit_contraire(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:
        journal = journal_de(base)
        preparer(journal, "F1", 1, "pes")
        expedier(journal, "F1", "pes")
        refus = (_juger("F1", 1, accepte=False), *vers("F1", Etat.REFUSE))
        poser(journal, "acquits", "un", *refus)
        assert _memoire(base).cumul(*BUDGET) == 0
        assert _memoire(base).nomfic_connu("NOMF1", COL) is None
        accord = BordereauJuge(flux="F1", domaine="", exercice=2026, numero=1, accepte=True)
        poser(journal, "acquits", "deux", accord, *vers("F1", Etat.ACQUITTE))
        assert _memoire(base).cumul(*BUDGET) == Decimal("120.00")
        assert _memoire(base).nomfic_connu("NOMF1", COL) == "F1"


def test_contenu_connu(tmp_path: Path) -> None:
    with base_neuve(tmp_path) as base:
        journal, registre = journal_de(base), Registre(base)
        preparer(journal, "F1", 1, "pes")
        memoire = registre.memoire(frozenset(), lambda *_: None)
        assert memoire.contenu_connu(f"{2:064x}") == "F1"
        poser(journal, "F1", "rejeter", *vers("F1", Etat.REJETE))
        assert memoire.contenu_connu(f"{2:064x}") is None
