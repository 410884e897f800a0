"""The cases of a deposit, with the line cut and the process killed anywhere."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.transport.memoire import BoiteMemoire, Fautes, MortError
from vaguemestre.errors import (
    ExchangeInterruptedError,
    ExchangeRefusedError,
    ExchangeUncertainError,
    IntegrityError,
    RessourceError,
)
from vaguemestre.ports import Colis, Empreinte, Recu
from vaguemestre.transport.depose import Progres, deposer, progres_initial

CONTENU = b"0123456789abcdef!"


def colis(dossier: Path, contenu: bytes = CONTENU, nom: str = "N.xml") -> Colis:
    chemin = dossier / "local"
    chemin.write_bytes(contenu)
    sha256, sha1 = hashlib.sha256(contenu), hashlib.sha1(contenu, usedforsecurity=False)
    return Colis(nom, chemin, Empreinte(sha256.hexdigest(), sha1.hexdigest(), len(contenu)))


def vie_entiere(boite: BoiteMemoire, envoi: Colis, partie: bool) -> tuple[Recu | None, bool, bool]:
    """Lives and tries until something is known: receipt, uncertain?, and was anybody killed."""
    intention: list[int] = []
    progres = progres_initial(False)
    tue = False
    for _ in range(60):
        try:
            return (
                deposer(boite, envoi, lambda: intention.append(1), progres, partie=partie),
                (False),
                tue,
            )
        except ExchangeInterruptedError:
            continue
        except ExchangeUncertainError:
            return None, True, tue
        except MortError:
            tue = True
            progres = progres_initial(bool(intention))
    pytest.fail("aucune fin")


POINTS = st.frozensets(st.integers(1, 40), max_size=6)


@settings(max_examples=600)
@given(coupures=POINTS, morts=POINTS, partie=st.booleans(), emporte=st.booleans())
def test_jamais_deux_fois_jamais_perdu(
    coupures: frozenset[int], morts: frozenset[int], partie: bool, emporte: bool
) -> None:
    with tempfile.TemporaryDirectory() as dossier:
        envoi = colis(Path(dossier))
        boite = BoiteMemoire(emporte, Fautes(coupures, morts))
        recu, incertain, tue = vie_entiere(boite, envoi, partie)
    tenus = [*boite.recus, *((n, o) for n, o in boite.fichiers.items() if n == envoi.nom)]
    assert len(tenus) <= 1
    if recu is not None:
        assert tenus == [(envoi.nom, CONTENU)]
        assert (recu.nom, recu.taille, recu.sha256) == (
            envoi.nom,
            len(CONTENU),
            envoi.empreinte.sha256,
        )
    else:
        assert incertain
    if incertain and partie:
        assert tue, "avec « .part », seul un arrêt brutal du processus laisse un doute"
    if incertain:
        assert emporte or tue


def test_la_coupure_au_renommage_se_constate(tmp_path: Path) -> None:
    boite = BoiteMemoire()
    envoi = colis(tmp_path)
    progres = progres_initial(False)
    sans_faute = Fautes(frozenset(), frozenset())
    boite.faute = sans_faute
    deposer(boite, envoi, lambda: None, progres, partie=True)
    dernier = sans_faute.points
    boite = BoiteMemoire(faute=Fautes(frozenset({dernier}), frozenset()))
    progres = progres_initial(False)
    with pytest.raises(ExchangeInterruptedError):
        deposer(boite, envoi, lambda: None, progres, partie=True)
    assert deposer(boite, envoi, lambda: None, progres, partie=True).mode == "constate"
    assert boite.recus == [("N.xml", CONTENU)]


def test_une_autre_vie_ne_sait_pas(tmp_path: Path) -> None:
    for partie in (True, False):
        with pytest.raises(ExchangeUncertainError, match="peut-être pris"):
            deposer(
                BoiteMemoire(), colis(tmp_path), lambda: None, progres_initial(True), partie=partie
            )


@pytest.mark.parametrize("partie", [True, False])
def test_autre_contenu_sous_le_meme_nom(tmp_path: Path, partie: bool) -> None:
    for present in (b"x" * len(CONTENU), b"plus long que " + CONTENU, b"court"):
        boite = BoiteMemoire(fichiers={"N.xml": present})
        with pytest.raises(ExchangeRefusedError, match="autre contenu sous le même nom"):
            deposer(boite, colis(tmp_path), lambda: None, progres_initial(False), partie=partie)
        assert boite.fichiers == {"N.xml": present}


@pytest.mark.parametrize("deja_tente", [True, False])
def test_deja_la_n_est_pas_renvoye(tmp_path: Path, deja_tente: bool) -> None:
    boite = BoiteMemoire(fichiers={"N.xml": CONTENU, "N.xml.part": b"reste"})
    intention: list[int] = []
    recu = deposer(
        boite,
        colis(tmp_path),
        lambda: intention.append(1),
        progres_initial(deja_tente),
        partie=True,
    )
    assert (recu.mode, intention) == ("deja_la", [])
    assert ("N.xml.part" in boite.fichiers) is not deja_tente


def test_boite_qui_ne_se_laisse_pas_lire(tmp_path: Path) -> None:
    boite = BoiteMemoire(fichiers={"N.xml": CONTENU}, lisible=False)
    recu = deposer(boite, colis(tmp_path), lambda: None, progres_initial(False), partie=True)
    assert recu.mode == "deja_la_taille"


def test_partie_prise_avant_le_renommage(tmp_path: Path) -> None:
    class Gourmande(BoiteMemoire):
        def renommer(self, de: str, vers: str) -> bool:
            self.fichiers.pop(de)
            return False

    progres = progres_initial(False)
    with pytest.raises(ExchangeUncertainError, match="partie = false"):
        deposer(Gourmande(), colis(tmp_path), lambda: None, progres, partie=True)


def test_renommage_refuse_puis_admis(tmp_path: Path) -> None:
    class Severe(BoiteMemoire):
        refus = 1

        def renommer(self, de: str, vers: str) -> bool:
            if self.refus:
                self.refus -= 1
                raise ExchangeRefusedError("refuse de renommer")
            return super().renommer(de, vers)

    boite, progres = Severe(), progres_initial(False)
    with pytest.raises(ExchangeRefusedError):
        deposer(boite, colis(tmp_path), lambda: None, progres, partie=True)
    assert progres == Progres(offert=True, memoire=True, final=False)
    assert deposer(boite, colis(tmp_path), lambda: None, progres, partie=True).mode == "renomme"
    assert boite.recus == [("N.xml", CONTENU)]


def test_rien_n_est_offert_d_un_fichier_change(tmp_path: Path) -> None:
    envoi = colis(tmp_path)
    envoi.chemin.write_bytes(b"autre chose ici!!")
    boite, intention = BoiteMemoire(), list[int]()
    with pytest.raises(IntegrityError, match="n'est plus celui"):
        deposer(boite, envoi, lambda: intention.append(1), progres_initial(False), partie=True)
    assert (boite.fichiers, boite.recus, intention) == ({}, [], [])
    envoi.chemin.unlink()
    with pytest.raises(RessourceError, match="illisible"):
        deposer(boite, envoi, lambda: None, progres_initial(False), partie=True)


@pytest.mark.parametrize("nom", ["../N.xml", "a/b", "", ".", "..", "a\0b", "a\nb", "x" * 300])
def test_nom_qui_sortirait_du_dossier(tmp_path: Path, nom: str) -> None:
    with pytest.raises(ExchangeRefusedError, match="nom de fichier"):
        deposer(
            BoiteMemoire(),
            colis(tmp_path, nom=nom),
            lambda: None,
            progres_initial(False),
            partie=True,
        )
