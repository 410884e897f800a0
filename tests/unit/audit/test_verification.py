"""`audit verify`: whatever is changed or taken away is found."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.store.atelier import (
    BUD,
    COL,
    base_neuve,
    expedier,
    journal_de,
    poser,
    preparer,
    signataire_de,
    vers,
)
from vaguemestre.audit.extraits import preuve, preuve_de_coherence, trace, trace_csv, trace_xml
from vaguemestre.audit.point import lire_preuve
from vaguemestre.audit.verification import Rapport, verifier
from vaguemestre.domain.flux import BordereauJuge, Etat, ReponseRecue
from vaguemestre.errors import IntegrityError, UsageError
from vaguemestre.ports import Done
from vaguemestre.store.lecture import lecture

SIGNATAIRE = signataire_de()
COLONNES = {
    "entree": ("feuille",),
    "noeud": ("hash",),
    "etape": ("run", "etape", "temps", "resultat", "faits", "sel"),
    "point": ("note",),
    "flux": ("etat", "motif", "nomfic", "nom_fil", "retient", "vivant", "depot", "change_le"),
    "membre": ("sha256", "sha1", "taille", "recu_le", "nom", "intention_le", "mode"),
    "bordereau": ("montant_ht", "vivant", "accepte", "pieces", "cod_col"),
    "cumul": ("ht", "tva"),
    "pj": ("etat", "nom"),
    "reponse": ("sha256", "nom", "etat", "flux"),
    "lien": ("seq",),
}


@pytest.fixture(scope="module")
def modele(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base with a whole life in it, checkpoints included."""
    dossier = tmp_path_factory.mktemp("modele")
    with base_neuve(dossier) as base:
        journal = journal_de(base)
        for rang, genres in enumerate((("pes",), ("pes", "indigo"), ("pes",)), start=1):
            flux = f"F{rang}"
            preparer(journal, flux, rang, *genres)
            expedier(journal, flux, *genres)
            journal.point(SIGNATAIRE.point)
        reponse = ReponseRecue(
            sha256="cd" * 32, nom="A1", genre="acquit", flux="F1", nomfic="NOMF1", etat="ok"
        )
        juge = BordereauJuge(flux="F1", domaine="depense", exercice=2026, numero=1, accepte=True)
        poser(journal, "acquits", "lire A1", reponse, juge, *vers("F1", Etat.ACQUITTE))
        poser(journal, "F1", "archiver", *vers("F1", Etat.ARCHIVE))
        journal.point(SIGNATAIRE.point)
        journal.record("F2", "noter", Done({"mot": "après le dernier point"}))
    return dossier / "vaguemestre.db"


def _verifier(dossier: Path, **options: object) -> Rapport:
    with base_neuve(dossier) as base, lecture(base) as vue:
        return verifier(vue, SIGNATAIRE.verificateur, **options)  # type: ignore[arg-type]


def _abimer(modele: Path, dossier: Path, ordre: Callable[[sqlite3.Connection], None]) -> Rapport:
    """Verify a copy whose triggers were dropped and rows changed behind our back."""
    copie = dossier / "vaguemestre.db"
    shutil.copy(modele, copie)
    brute = sqlite3.connect(copie)
    for (nom,) in brute.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
        brute.execute(f"DROP TRIGGER {nom}")
    ordre(brute)
    brute.commit()
    brute.close()
    return _verifier(dossier)


def test_rien_a_redire(modele: Path) -> None:
    rapport = _verifier(modele.parent)
    assert rapport.ecarts == ()
    assert rapport.intact
    assert rapport.points == 4
    assert rapport.objets == 5
    assert rapport.as_json()["racine"] == rapport.racine


@settings(
    max_examples=80,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_toute_valeur_changee_se_voit(
    modele: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    table = data.draw(st.sampled_from(sorted(COLONNES)))
    colonne = data.draw(st.sampled_from(COLONNES[table]))

    def changer(brute: sqlite3.Connection) -> None:
        lignes = brute.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608
        noms = [c[0] for c in brute.execute(f"SELECT * FROM {table}").description]  # noqa: S608
        ligne = data.draw(st.sampled_from(lignes))
        valeur = ligne[noms.index(colonne)]
        if isinstance(valeur, bytes):
            place = data.draw(st.integers(0, len(valeur) - 1))
            octets = bytearray(valeur)
            octets[place] ^= 1 << data.draw(st.integers(0, 7))
            autre: object = bytes(octets)
        elif isinstance(valeur, int):
            autre = valeur + data.draw(st.sampled_from([-1, 1]))
        else:
            place = data.draw(st.integers(0, len(valeur or "")))
            autre = (valeur or "")[:place] + "§" + (valeur or "")[place:]
        cle = " AND ".join(f"{nom} IS ?" for nom in noms)
        brute.execute(f"UPDATE {table} SET {colonne} = ? WHERE {cle}", (autre, *ligne))  # noqa: S608

    rapport = _abimer(modele, tmp_path_factory.mktemp("copie"), changer)
    assert not rapport.intact, (table, colonne)


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_toute_ligne_enlevee_se_voit(
    modele: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    table = data.draw(st.sampled_from(sorted(COLONNES)))

    def enlever(brute: sqlite3.Connection) -> None:
        curseur = brute.execute(f"SELECT * FROM {table}")  # noqa: S608
        noms = [c[0] for c in curseur.description]
        ligne = data.draw(st.sampled_from(curseur.fetchall()))
        cle = " AND ".join(f"{nom} IS ?" for nom in noms)
        brute.execute(f"DELETE FROM {table} WHERE {cle}", ligne)  # noqa: S608

    rapport = _abimer(modele, tmp_path_factory.mktemp("copie"), enlever)
    assert not rapport.intact, table


def test_la_fin_coupee_partout_a_la_fois_se_voit(modele: Path, tmp_path: Path) -> None:
    def couper(brute: sqlite3.Connection) -> None:
        (taille,) = brute.execute("SELECT max(taille) FROM point").fetchone()
        for table in ("entree", "etape"):
            brute.execute(f"DELETE FROM {table} WHERE seq >= ?", (taille - 2,))  # noqa: S608

    ecarts = _abimer(modele, tmp_path, couper).ecarts
    assert any("le journal a perdu sa fin" in ecart for ecart in ecarts)


def test_un_journal_refait_en_entier_se_voit_au_temoin(modele: Path, tmp_path: Path) -> None:
    with base_neuve(modele.parent) as base, lecture(base) as vue:
        temoin = list(vue.points())[1][1]
    with base_neuve(tmp_path) as base:
        journal = journal_de(base)
        for rang in range(1, 30):
            poser(journal, f"X{rang}", "inventer")
        journal.point(SIGNATAIRE.point)
    assert _verifier(tmp_path).intact
    refait = _verifier(tmp_path, temoins=[temoin])
    assert [ecart.split(" : ")[1] for ecart in refait.ecarts] == ["le journal d'alors a été changé"]
    assert _verifier(modele.parent, temoins=[temoin]).intact
    assert not _verifier(modele.parent, temoins=["rien"]).intact


def test_une_autre_cle_se_voit(modele: Path) -> None:
    with base_neuve(modele.parent) as base, lecture(base) as vue:
        rapport = verifier(vue, signataire_de(8).verificateur)
    assert len(rapport.ecarts) == 4
    assert all("pas signé par la clé" in ecart for ecart in rapport.ecarts)


def test_objets_absents_ou_changes(modele: Path) -> None:
    def objet(sha256: str) -> int:
        if sha256 == "cd" * 32:
            raise IntegrityError("objet absent du coffre", ref=sha256)
        return 1

    ecarts = _verifier(modele.parent, objet=objet).ecarts
    assert sum("objet absent" in ecart for ecart in ecarts) == 1
    assert sum("1 octets au lieu de" in ecart for ecart in ecarts) == 4


def test_liste_de_trace_legale(modele: Path) -> None:
    with base_neuve(modele.parent) as base, lecture(base) as vue:
        lignes = list(trace(vue.feuilles()))
    assert [(ligne.nature, ligne.nom) for ligne in lignes] == [
        ("PES Aller", "pes-F1"),
        ("PES Aller", "pes-F2"),
        ("INDIGO", "indigo-F2"),
        ("PES Aller", "pes-F3"),
    ]
    premiere = trace_csv(lignes).split("\r\n")[:2]
    assert premiere == [
        "nature;nom;date;taille;sha1;sha256;collectivite;flux",
        f"PES Aller;pes-F1;2026-03-02T08:00:00Z;1002;{2:040x};{2:064x};mairie;F1",
    ]
    assert trace_xml(lignes).count("<fichier nature=") == 4
    assert f'sha1="{5:040x}"' in trace_xml(lignes)


def test_preuve_de_chaque_entree_d_un_flux(modele: Path) -> None:
    with base_neuve(modele.parent) as base, lecture(base) as vue:
        points = list(vue.points())
        taille, note = points[-1]
        feuilles = dict(vue.feuilles())
        for seq in vue.feuilles_du_flux("F1"):
            texte = preuve(vue, seq, note).ecrire()
            point = lire_preuve(texte).verifier(feuilles[seq], SIGNATAIRE.verificateur)
            assert point.taille == taille
        with pytest.raises(UsageError, match="plus récente"):
            preuve(vue, taille, note)
        assert preuve_de_coherence(vue, points[0][0], taille)
        with pytest.raises(UsageError, match="incomparables"):
            preuve_de_coherence(vue, taille, taille + 1000)


def test_budget_et_codes_restent_hors_des_feuilles(modele: Path) -> None:
    """The leaf names objects and flux; amounts and budgets stay in the facts beside it."""
    with base_neuve(modele.parent) as base, lecture(base) as vue:
        octets = b"".join(feuille for _, feuille in vue.feuilles())
    assert f'"{COL}"'.encode() not in octets
    assert f'"cod_bud":"{BUD}"'.encode() not in octets
