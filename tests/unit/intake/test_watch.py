"""Stillness, claim, recovery: what is taken, when, and that nothing is lost or taken twice."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path

import pytest

from tests.unit.intake.fabrique import MANDAT, PDF, contexte, en_csv, en_zip, poser
from vaguemestre.config.sections import Depots
from vaguemestre.errors import RessourceError, VerrouError
from vaguemestre.intake.depot import lire_depot
from vaguemestre.intake.inventaire import RECLAMATION
from vaguemestre.intake.verrou import Verrou
from vaguemestre.intake.watch import Veilleur


@pytest.fixture
def depot(tmp_path: Path) -> Path:
    dossier = tmp_path / "lagon" / "depot"
    dossier.mkdir(parents=True)
    return dossier


def veilleur(depot: Path, calme: float = 2.0) -> Veilleur:
    return Veilleur(depot.parents[1], Depots(calme=calme))


def noms(veille: Veilleur, *instants: float) -> list[str]:
    """Names ready at the last of these scans."""
    prets = []
    for instant in instants:
        prets = [pret.nom for pret in veille.balayer(instant)]
    return prets


def test_pris_quand_plus_rien_ne_bouge(depot: Path) -> None:
    veille = veilleur(depot)
    poser(depot, lot__xml="<a>", **{"dossier/mandats__csv": "x"})
    en_zip(depot / "archive.zip", {"mandats.csv": b"x"})
    assert noms(veille, 0.0) == []
    assert veille.delai(0.0) == 2.0
    assert noms(veille, 1.9) == []
    assert sorted(noms(veille, 2.0)) == ["archive.zip", "dossier", "lot.xml"]


def test_ce_qui_change_encore_attend(depot: Path) -> None:
    veille = veilleur(depot)
    poser(depot, **{"lot/mandats__csv": "x"})
    assert noms(veille, 0.0, 1.0) == []
    poser(depot, **{"lot/facture__pdf": PDF})
    assert noms(veille, 2.5) == []
    os.utime(depot / "lot" / "facture.pdf", ns=(1, 1))
    assert noms(veille, 4.4) == []
    assert noms(veille, 6.5) == ["lot"]


@pytest.mark.parametrize(
    "nom", ["lot.xml.part", "lot.tmp", "lot.zip.filepart", "~$lot.xlsx", ".lot.xml", "lot.xml~"]
)
def test_noms_en_cours_d_ecriture(depot: Path, nom: str) -> None:
    veille = veilleur(depot)
    (depot / nom).write_bytes(b"x")
    dossier = depot / "dossier"
    dossier.mkdir()
    (dossier / nom).write_bytes(b"x")
    (dossier / "mandats.csv").write_bytes(b"x")
    assert noms(veille, 0.0, 10.0, 1000.0) == []
    assert ["dépôt en attente" in s.message for s in veille.signalements()] == [True]
    (dossier / nom).unlink()
    assert noms(veille, 1001.0, 1003.0) == ["dossier"]


def test_fichiers_du_systeme_n_empechent_rien(depot: Path) -> None:
    veille = veilleur(depot)
    poser(depot, **{"lot/mandats__csv": "x", "lot/__DS_Store": "y", "Thumbs__db": "z"})
    assert noms(veille, 0.0, 2.0) == ["lot"]


def test_zip_incomplet_puis_entier_ou_refuse_apres_patience(depot: Path) -> None:
    veille = veilleur(depot)
    entier = en_zip(depot / "lot.zip", {"mandats.csv": os.urandom(3000)}).read_bytes()
    (depot / "lot.zip").write_bytes(entier[:1500])
    assert noms(veille, 0.0, 3.0, 30.0) == []
    (depot / "lot.zip").write_bytes(entier)
    assert noms(veille, 31.0, 33.0) == ["lot.zip"]
    (depot / "lot.zip").write_bytes(entier[:1500])
    assert noms(veille, 40.0, 99.0) == []
    assert noms(veille, 100.0) == ["lot.zip"]


def test_pes_avec_son_dossier(depot: Path, tmp_path: Path) -> None:
    veille = veilleur(depot)
    poser(depot, lot__xml="<a>", **{"lot/facture__pdf": PDF})
    en_zip(depot / "autre.zip", {"x.pdf": PDF})
    poser(depot, autre__xml="<a>")
    prets = veille.balayer(0.0) or veille.balayer(2.0)
    annexes = {p.nom: [a.name for a in p.annexes] for p in prets}
    assert annexes == {"autre.xml": ["autre.zip"], "lot.xml": ["lot"]}
    (lot,) = (p for p in prets if p.nom == "lot.xml")
    pris = veille.reclamer(lot, veille.en_cours("lagon", "id1"))
    assert pris == tmp_path / "lagon" / "en-cours" / "id1"
    assert {p.name for p in pris.iterdir()} == {"lot.xml", "lot", RECLAMATION}


def test_manifeste_en_vrac(depot: Path) -> None:
    veille = veilleur(depot)
    poser(depot, mandats__csv="x", facture__pdf=PDF, seul__pdf=PDF)
    assert noms(veille, 0.0, 5.0) == []
    liste = {"fichiers": ["mandats.csv", "facture.pdf"]}
    poser(depot, manifeste__json=json.dumps(liste))
    prets = veille.balayer(6.0) or veille.balayer(8.0)
    pris = veille.reclamer(prets[0], veille.en_cours("lagon", "id1"))
    assert pris is not None
    assert {p.name for p in pris.iterdir()} == {
        "manifeste.json", "mandats.csv", "facture.pdf", RECLAMATION,
    }  # fmt: skip
    assert [p.name for p in depot.iterdir()] == ["seul.pdf"]
    assert noms(veille, 9.0, 700.0) == []
    signale = veille.signalements()
    assert [s.chemin.name for s in signale] == ["seul.pdf"]
    assert veille.balayer(800.0) == []
    assert veille.signalements() == []
    assert (depot / "seul.pdf").exists()


@pytest.mark.parametrize("contenu", ['{"fichiers": ["absent.pdf"]}', "{", '{"fichiers": []}'])
def test_manifeste_sans_ses_fichiers_attend_puis_est_remis(depot: Path, contenu: str) -> None:
    veille = veilleur(depot)
    poser(depot, manifeste__json=contenu)
    assert noms(veille, 0.0, 59.0) == []
    assert noms(veille, 60.0) == ["manifeste.json"]


def test_vide_lien_et_fichier_vide(depot: Path, tmp_path: Path) -> None:
    veille = veilleur(depot)
    (depot / "dossier").mkdir()
    (depot / "lien.xml").symlink_to("/etc/passwd")
    (depot / "vide.xml").write_bytes(b"")
    os.mkfifo(depot / "tube.xml")
    assert sorted(noms(veille, 0.0, 3.0)) == ["lien.xml", "tube.xml", "vide.xml"]
    (lien,) = [p for p in veille.balayer(4.0) if p.nom == "lien.xml"]
    pris = veille.reclamer(lien, veille.en_cours("lagon", "x"))
    assert pris is not None
    assert (pris / "lien.xml").is_symlink()
    assert "dossier" in noms(veille, 60.0)


def test_deux_collectivites_et_dossier_qui_n_est_pas_un_depot(depot: Path, tmp_path: Path) -> None:
    poser(tmp_path, **{"nord/depot/a__xml": "<a>", "journal__txt": "x"})
    poser(depot, b__xml="<b>")
    veille = veilleur(depot, calme=0.0)
    assert sorted((p.collectivite, p.nom) for p in veille.balayer(0.0)) == [
        ("lagon", "b.xml"),
        ("nord", "a.xml"),
    ]


def test_reclamation_impossible_laisse_en_place_et_le_dit_une_fois(
    depot: Path, tmp_path: Path
) -> None:
    veille = veilleur(depot, calme=0.0)
    poser(depot, lot__xml="<a>")
    poser(tmp_path / "lagon", **{"en-cours": "un fichier à la place du dossier"})
    (pret,) = veille.balayer(0.0)
    assert veille.reclamer(pret, veille.en_cours("lagon", "id1")) is None
    assert veille.reclamer(pret, veille.en_cours("lagon", "id1")) is None
    assert len(veille.signalements()) == 1
    (tmp_path / "lagon" / "en-cours").unlink()
    (encore,) = veille.balayer(1.0)
    assert veille.reclamer(encore, veille.en_cours("lagon", "id2")) is not None
    assert not (depot / "lot.xml").exists()


def test_annexe_qui_ne_suit_pas_defait_la_reclamation(depot: Path) -> None:
    veille = veilleur(depot, calme=0.0)
    poser(depot, lot__xml="<a>", **{"lot/facture__pdf": PDF})
    (pret,) = veille.balayer(0.0)
    vers = veille.en_cours("lagon", "id1")
    poser(vers, **{"lot/obstacle": "déjà là"})
    assert veille.reclamer(pret, vers) is None
    assert (depot / "lot.xml").exists()
    assert (depot / "lot" / "facture.pdf").exists()


def test_depot_retire_par_son_auteur(depot: Path) -> None:
    veille = veilleur(depot, calme=0.0)
    poser(depot, lot__xml="<a>")
    (pret,) = veille.balayer(0.0)
    (depot / "lot.xml").unlink()
    vers = veille.en_cours("lagon", "id1")
    assert veille.reclamer(pret, vers) is None
    assert not vers.exists()


def test_reprise_apres_arret_brutal_entre_deux_deplacements(depot: Path) -> None:
    veille = veilleur(depot, calme=0.0)
    liste = {"fichiers": ["mandats.csv", "facture.pdf"]}
    poser(depot, mandats__csv="x", facture__pdf=PDF, manifeste__json=json.dumps(liste))
    (pret,) = veille.balayer(0.0)
    vers = veille.reclamer(pret, veille.en_cours("lagon", "id1"))
    assert vers is not None
    # As if the process had died after the claim, before the last file moved.
    (vers / "facture.pdf").rename(depot / "facture.pdf")
    # ... and another one before its claim.
    poser(veille.en_cours("lagon", "id2"), **{RECLAMATION.replace(".", "__"): '{"nom": "z.xml"}'})
    (repris,) = veilleur(depot).reprendre()
    assert (repris.identifiant, repris.nom, repris.genre) == ("id1", "manifeste.json", "manifeste")
    assert (repris.collectivite, repris.dossier) == ("lagon", vers)
    assert (vers / "facture.pdf").exists()
    assert list(depot.iterdir()) == []
    assert not veille.en_cours("lagon", "id2").exists()


def test_finir_deux_depots_d_un_meme_nom_et_finir_deux_fois(depot: Path) -> None:
    veille = veilleur(depot, calme=0.0)
    finis = []
    for identifiant in ("id1", "id2"):
        poser(depot, lot__xml=identifiant)
        (pret,) = veille.balayer(0.0)
        vers = veille.reclamer(pret, veille.en_cours("lagon", identifiant))
        assert vers is not None
        finis.append(veille.finir(vers, "traites", pret.nom))
        assert veille.finir(vers, "traites", pret.nom) == finis[-1]
    assert [f.name for f in finis] == ["lot.xml", "lot.xml-2"]
    assert (finis[1] / "lot.xml").read_text() == "id2"
    with pytest.raises(RessourceError):
        veille.finir(veille.en_cours("lagon", "jamais"), "rejets", "lot.xml")
    assert veille.reprendre() == []


@pytest.mark.parametrize("forme", ["zip", "dossier", "manifeste"])
def test_un_depot_refuse_puis_remis_est_relu_entier(depot: Path, forme: str) -> None:
    veille = veilleur(depot, calme=0.0)
    fichiers = {"mandats.csv": en_csv(MANDAT).encode(), "facture.pdf": PDF}
    if forme == "zip":
        en_zip(depot / "lot.zip", fichiers)
    else:
        ici = depot / "lot" if forme == "dossier" else depot
        poser(ici, mandats__csv=fichiers["mandats.csv"], facture__pdf=PDF)
    if forme == "manifeste":
        poser(depot, manifeste__json=json.dumps({"fichiers": list(fichiers)}))
    for tour in range(3):
        (pret,) = veille.balayer(float(tour))
        vers = veille.reclamer(pret, veille.en_cours("lagon", f"id{tour}"))
        assert vers is not None
        lu = lire_depot(vers, contexte())
        assert lu.anomalies == ()
        assert len(lu.pjs) == 1
        poser(vers, rapport__json="{}", rapport__html="<p>")
        rejet = veille.finir(vers, "rejets", pret.nom)
        assert not (rejet / ".extrait").exists()
        rejet.rename(depot / rejet.name)


def test_racine_absente_dite_une_fois(tmp_path: Path) -> None:
    veille = Veilleur(tmp_path / "rien", Depots())
    assert veille.balayer(0.0) == []
    assert veille.balayer(1.0) == []
    assert len(veille.signalements()) == 1
    assert veille.reprendre() == []


def test_attendre_est_reveille_par_un_fichier_ou_par_l_arret(depot: Path) -> None:
    veille = veilleur(depot)
    veille.attendre(0.01)

    def deposer() -> None:
        time.sleep(0.2)
        poser(depot, lot__xml="<a>")

    fil = threading.Thread(target=deposer)
    debut = time.monotonic()
    fil.start()
    veille.attendre(20.0)
    assert time.monotonic() - debut < 10.0
    fil.join()
    veille.reveiller()
    debut = time.monotonic()
    veille.attendre(20.0)
    assert time.monotonic() - debut < 10.0
    veille.fermer()


def test_attendre_sans_aucun_dossier(tmp_path: Path) -> None:
    Veilleur(tmp_path, Depots()).attendre(0.01)


def test_un_second_demon_est_refuse(tmp_path: Path) -> None:
    with Verrou(tmp_path), pytest.raises(VerrouError, match=str(os.getpid())):
        Verrou(tmp_path).prendre()
    with Verrou(tmp_path):
        assert (tmp_path / ".vaguemestre.lock").read_text() == f"{os.getpid()}\n"
    (tmp_path / "fichier").write_text("x")
    with pytest.raises(RessourceError):
        Verrou(tmp_path / "fichier").prendre()


def test_mille_depots_en_un_balayage(depot: Path) -> None:
    for numero in range(1000):
        (depot / f"{numero:04}.xml").write_bytes(b"<a/>")
    veille = veilleur(depot)
    assert len(noms(veille, 0.0, 2.0)) == 1000


def test_nom_illisible_pris_et_refuse_avec_sa_raison(depot: Path) -> None:
    veille = veilleur(depot, calme=0.0)
    with open(os.fsencode(depot) + b"/\xff.xml", "wb") as flux:  # noqa: PTH123  bytes path
        flux.write(b"<a/>")
    (pret,) = veille.balayer(0.0)
    vers = veille.reclamer(pret, veille.en_cours("lagon", "id1"))
    assert vers is not None
    assert [r.nom for r in veille.reprendre()] == [pret.nom]
    (anomalie,) = lire_depot(vers, contexte()).anomalies
    assert anomalie.regle == "depot.fichier.nom"
    assert anomalie.message.isprintable()
    assert veille.finir(vers, "rejets", pret.nom).exists()


def test_une_reclamation_illisible_attend(depot: Path) -> None:
    """Neither taken under another name nor held for lost: it is tried again."""
    veille = veilleur(depot, calme=0.0)
    poser(depot, lot__xml="<a>")
    (pret,) = veille.balayer(0.0)
    dossier = veille.reclamer(pret, veille.en_cours("lagon", "id1"))
    assert dossier is not None
    retrouve = veille.retrouver(dossier)
    assert retrouve is not None
    assert (retrouve.nom, retrouve.identifiant) == ("lot.xml", "id1")
    (dossier / RECLAMATION).unlink()
    (dossier / RECLAMATION).mkdir()  # a note that opens for nobody, root included
    with pytest.raises(RessourceError, match="ne se relit pas"):
        veille.retrouver(dossier)
    assert veille.reprendre() == []
    assert [s.message for s in veille.signalements()] != []


def test_rien_de_pris_ici(depot: Path) -> None:
    assert veilleur(depot).retrouver(depot / "ailleurs") is None
