"""`flux show | replay | resolve | cancel` and `audit proof` on a register with facts in it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Appel
from vaguemestre.config.lecture import charger
from vaguemestre.domain.flux import (
    BordereauInscrit,
    DepotOuvert,
    Etat,
    EtatChange,
    Fait,
    FluxOuvert,
    IntentionPrise,
    MembreInscrit,
    PjInscrite,
)
from vaguemestre.ports import Done
from vaguemestre.wiring import portes

FLUX = "F00000001"
NOM = "PESALR2_213409998_260115_001"
ETAPES: tuple[tuple[str, tuple[Fait, ...]], ...] = (
    (
        "controler",
        (
            DepotOuvert(
                depot="D00000001",
                nom="mon-depot",
                collectivite="commune",
                forme="dossier",
                dossier="echanges/commune/en-cours/D00000001",
            ),
            FluxOuvert(
                flux=FLUX,
                depot="D00000001",
                collectivite="commune",
                cod_col="123",
                cod_bud="00",
                nomfic=NOM,
                nom_fil=f"{NOM}.xml",
                partenaire="dgfip",
            ),
            BordereauInscrit(
                flux=FLUX,
                cod_col="123",
                cod_bud="00",
                domaine="depense",
                exercice=2026,
                type="01",
                numero=12,
                pieces=(1, 2),
                montant_ht=Decimal("241.10"),
                montant_tva=Decimal("48.22"),
                cumul=Decimal("289.32"),
            ),
            PjInscrite(flux=FLUX, cod_col="123", id_unique="PJ1", nom="facture.pdf"),
            EtatChange(flux=FLUX, etat=Etat.CONTROLE),
        ),
    ),
    ("signer", (EtatChange(flux=FLUX, etat=Etat.SIGNE),)),
    (
        "convertir",
        (
            MembreInscrit(
                flux=FLUX,
                genre="pes",
                nom=f"{NOM}.xml",
                sha256="a" * 64,
                sha1="b" * 40,
                taille=7122,
            ),
            EtatChange(flux=FLUX, etat=Etat.CONVERTI),
        ),
    ),
)
DOUTE: tuple[tuple[str, tuple[Fait, ...]], ...] = (
    ("intention.pes", (IntentionPrise(flux=FLUX, genre="pes"),)),
    ("douter", (EtatChange(flux=FLUX, etat=Etat.INCERTAIN, motif="arrêt pendant l'envoi"),)),
)


def inscrire(toml: Path, etapes: tuple[tuple[str, tuple[Fait, ...]], ...]) -> None:
    with portes(charger(toml)) as ouvertes:
        for etape, faits in etapes:
            ouvertes.journal.record(FLUX, etape, Done({}, faits))


@pytest.fixture
def toml(tmp_path: Path, appeler: Appel) -> Path:
    assert appeler("init", "essai").code == 0
    inscrire(tmp_path / "essai" / "vaguemestre.toml", ETAPES)
    return tmp_path / "essai" / "vaguemestre.toml"


def etat(toml: Path, appeler: Appel) -> str:
    document = appeler("flux", "show", FLUX, "--json", "-c", toml).json()
    assert isinstance(document, dict)
    return str(document["etat"])


def test_show_gives_everything_known(toml: Path, appeler: Appel) -> None:
    document = appeler("flux", "show", FLUX, "--json", "-c", toml).json()
    assert isinstance(document, dict)
    assert (document["flux"], document["nomfic"], document["etat"]) == (FLUX, NOM, "CONVERTI")
    (bordereau,) = document["bordereaux"]
    assert (bordereau["numero"], bordereau["montant_ht"], bordereau["cumul"]) == (
        12,
        "241.10",
        "289.32",
    )
    assert [m["genre"] for m in document["envoi"]] == ["pes"]
    assert [p["id_unique"] for p in document["pj"]] == ["PJ1"]
    assert [e["etape"] for e in document["etapes"]] == ["controler", "signer", "convertir"]
    assert document["reponses"] == []


def test_people_read_short_dates_and_whole_names(
    toml: Path, appeler: Appel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for argv in (("flux", "list"), ("flux", "show", FLUX)):
        dit = appeler(*argv, "-c", toml)
        assert dit.code == 0
        assert NOM in dit.out
        assert "+00:00" not in dit.out
        assert max(len(ligne) for ligne in dit.out.splitlines()) <= 80


def test_list_filters_by_state_and_body(toml: Path, appeler: Appel) -> None:
    def combien(*argv: str) -> int:
        trouves = appeler("flux", "list", "--json", *argv, "-c", toml).json()
        assert isinstance(trouves, list)
        return len(trouves)

    assert combien() == 1
    assert combien("--etat", "converti", "--collectivite", "commune") == 1
    assert combien("--etat", "EXPEDIE") == 0
    assert combien("--collectivite", "ailleurs") == 0


def test_what_has_not_left_can_be_cancelled_once(toml: Path, appeler: Appel) -> None:
    assert appeler("flux", "cancel", FLUX, "--motif", "doublon", "-c", toml).code == 0
    assert etat(toml, appeler) == "ANNULE"
    encore = appeler("flux", "cancel", FLUX, "--motif", "doublon", "-c", toml)
    assert encore.code == 2


def test_what_may_have_left_cannot(toml: Path, appeler: Appel) -> None:
    inscrire(toml, DOUTE)
    dit = appeler("flux", "cancel", FLUX, "--motif", "doublon", "-c", toml)
    assert dit.code == 2
    assert "ne s'annule pas" in dit.err
    assert etat(toml, appeler) == "INCERTAIN"


@pytest.mark.parametrize(
    ("decision", "attendu"), [("--expedie", "EXPEDIE"), ("--non-expedie", "CONVERTI")]
)
def test_a_person_settles_a_doubt(decision: str, attendu: str, toml: Path, appeler: Appel) -> None:
    inscrire(toml, DOUTE)
    dit = appeler("flux", "resolve", FLUX, decision, "--motif", "vu au guichet", "-c", toml)
    assert dit.code == 0
    assert etat(toml, appeler) == attendu
    assert appeler("flux", "resolve", FLUX, decision, "--motif", "x", "-c", toml).code == 2
    assert appeler("audit", "verify", "--sans-coffre", "-c", toml).code == 0


def test_only_a_doubt_can_be_settled(toml: Path, appeler: Appel) -> None:
    dit = appeler("flux", "resolve", FLUX, "--expedie", "--motif", "x", "-c", toml)
    assert dit.code == 2
    assert "CONVERTI" in dit.err


def test_the_proof_of_a_flux_stands_in_files(toml: Path, tmp_path: Path, appeler: Appel) -> None:
    dit = appeler("audit", "proof", FLUX, "-o", tmp_path / "preuves", "-c", toml)
    assert dit.code == 0
    assert "clé du journal" in dit.err
    noms = sorted(p.suffix for p in (tmp_path / "preuves").iterdir())
    assert noms.count(".feuille") == noms.count(".tlog-proof") == len(ETAPES)


def test_a_log_that_was_tampered_with_stops_everything(toml: Path, appeler: Appel) -> None:
    import sqlite3

    with sqlite3.connect(toml.parent / "vaguemestre.db") as base:
        for (table,) in base.execute("select name from sqlite_master where type='trigger'"):
            base.execute(f"drop trigger {table}")
        base.execute("update entree set feuille = zeroblob(length(feuille)) where seq = 1")
    base.close()
    dit = appeler("audit", "verify", "--json", "-c", toml)
    assert dit.code == 90
