"""What every door to a partner keeps, whichever it is (ports.Transport)."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.contract.transport.partenaires import Partenaire
from tests.contract.transport.test_depose import colis
from vaguemestre.errors import (
    ExchangeError,
    ExchangeRefusedError,
    ExchangeUncertainError,
    RessourceError,
)
from vaguemestre.ports import Colis

GRAND = hashlib.shake_128(b"grand").digest(1_300_001)
PASSTRANS = "VHPCE11%%GHELPES2%%PES#123#034011#00%%{}"


@pytest.mark.parametrize("partie", [True, False])
@pytest.mark.parametrize("contenu", [b"<x/>", b"", GRAND], ids=["petit", "vide", "grand"])
def test_le_partenaire_tient_tous_les_octets(
    partenaire: Partenaire, tmp_path: Path, contenu: bytes, partie: bool
) -> None:
    envoi, intentions = colis(tmp_path, contenu, "PESALR2_213401723_261121_001.xml"), list[int]()

    def intention() -> None:
        intentions.append(sum(p.stat().st_size for p in partenaire.depot.iterdir()))

    recu = partenaire.ouvrir(partie=partie).send(envoi, intention, False)
    assert (recu.nom, recu.taille, recu.sha256) == (
        envoi.nom,
        len(contenu),
        envoi.empreinte.sha256,
    )
    assert recu.mode == ("renomme" if partie else "envoye")
    assert intentions == [0], "l'intention est prise une fois, avant le premier octet"
    assert partenaire.attendre(envoi.nom) == [contenu]
    assert not (partenaire.depot / f"{envoi.nom}.part").exists()


def test_le_nom_passtrans_est_porte_tel_quel(partenaire: Partenaire, tmp_path: Path) -> None:
    brouillon = colis(tmp_path, GRAND)
    envoi = colis(tmp_path, GRAND, PASSTRANS.format(brouillon.empreinte.sha1))
    partenaire.ouvrir(partie=False).send(envoi, lambda: None, False)
    assert partenaire.attendre(envoi.nom) == [GRAND]


def test_une_seule_fois_sous_le_meme_nom(partenaire: Partenaire, tmp_path: Path) -> None:
    envoi, intentions = colis(tmp_path, GRAND), list[int]()
    (partenaire.depot / envoi.nom).write_bytes(GRAND)
    recu = partenaire.ouvrir().send(envoi, lambda: intentions.append(1), False)
    assert (recu.mode, intentions) == ("deja_la", [])
    (partenaire.depot / f"{envoi.nom}.part").write_bytes(GRAND[:10])
    assert partenaire.ouvrir().send(envoi, lambda: None, True).mode == "deja_la"
    assert [p.name for p in partenaire.depot.iterdir()] == [envoi.nom]


def test_autre_contenu_sous_le_meme_nom(partenaire: Partenaire, tmp_path: Path) -> None:
    envoi = colis(tmp_path, b"notre contenu")
    for present in (b"autre contenu", b"autre"):
        (partenaire.depot / envoi.nom).write_bytes(present)
        with pytest.raises(ExchangeRefusedError, match="autre contenu sous le même nom"):
            partenaire.ouvrir().send(envoi, lambda: None, False)
        assert (partenaire.depot / envoi.nom).read_bytes() == present


def test_rien_ne_reste_d_une_autre_vie(partenaire: Partenaire, tmp_path: Path) -> None:
    with pytest.raises(ExchangeUncertainError, match="peut-être pris"):
        partenaire.ouvrir().send(colis(tmp_path), lambda: None, True)
    assert list(partenaire.depot.iterdir()) == []


@pytest.mark.parametrize(
    "reste", [b"", GRAND[:900_000], b"#" * 900_000, GRAND, GRAND + b"trop", GRAND[:1000]]
)
def test_la_partie_d_une_autre_vie_est_reprise(
    partenaire: Partenaire, tmp_path: Path, reste: bytes
) -> None:
    envoi = colis(tmp_path, GRAND)
    (partenaire.depot / f"{envoi.nom}.part").write_bytes(reste)
    assert partenaire.ouvrir().send(envoi, lambda: None, True).mode == "renomme"
    assert partenaire.attendre(envoi.nom) == [GRAND]
    assert not (partenaire.depot / f"{envoi.nom}.part").exists()


def test_sans_partie_un_debut_est_complete(partenaire: Partenaire, tmp_path: Path) -> None:
    brouillon = colis(tmp_path, GRAND)
    envoi = colis(tmp_path, GRAND, PASSTRANS.format(brouillon.empreinte.sha1))
    (partenaire.depot / envoi.nom).write_bytes(GRAND[:700_000])
    transport = partenaire.ouvrir(partie=False)
    assert transport.send(envoi, lambda: None, True).mode == "envoye"
    assert partenaire.attendre(envoi.nom) == [GRAND]


def test_l_intention_refusee_n_offre_rien(partenaire: Partenaire, tmp_path: Path) -> None:
    def intention() -> None:
        raise RessourceError("base verrouillée")

    transport = partenaire.ouvrir()
    with pytest.raises(RessourceError):
        transport.send(colis(tmp_path), intention, False)
    assert [reste.stat().st_size for reste in partenaire.depot.iterdir()] == [0]
    assert transport.send(colis(tmp_path), lambda: None, False).mode == "renomme"


@pytest.mark.parametrize("statut", ["draft", "fictional", "inconnu"])
def test_un_dessin_non_valide_ne_part_pas(
    partenaire: Partenaire, tmp_path: Path, statut: str
) -> None:
    base = colis(tmp_path)
    envoi = Colis(base.nom, base.chemin, base.empreinte, statut)
    with pytest.raises(ExchangeRefusedError, match="jamais envoyé à un partenaire réel"):
        partenaire.ouvrir().send(envoi, lambda: None, False)
    assert partenaire.tenus(envoi.nom) == []
    assert partenaire.ouvrir(simulateur=True).send(envoi, lambda: None, False).nom == envoi.nom


def test_un_dessin_valide_part(partenaire: Partenaire, tmp_path: Path) -> None:
    base = colis(tmp_path)
    envoi = Colis(base.nom, base.chemin, base.empreinte, "validated")
    assert partenaire.ouvrir().send(envoi, lambda: None, False).mode == "renomme"


def test_retrait(partenaire: Partenaire, tmp_path: Path) -> None:
    acquit, accent = "034011_261121120000-ACK-A1.xml", "PES2R_DEP_été 2026.xml"
    for nom, octets in ((acquit, GRAND), (accent, b"<b/>"), ("c.part", b"x"), (".d", b"x")):
        (partenaire.retrait / nom).write_bytes(octets)
    (partenaire.retrait / "dossier").mkdir()
    transport = partenaire.ouvrir(effacer_retrait=True)
    assert transport.names() == {acquit, accent}
    for nom, octets in ((acquit, GRAND), (accent, b"<b/>")):
        transport.fetch(nom, tmp_path / "recu")
        assert (tmp_path / "recu").read_bytes() == octets
        transport.remove(nom)
    assert transport.names() == frozenset()
    transport.remove(acquit)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["p", "recu"]


def test_remove_ne_touche_a_rien_si_le_partenaire_efface(partenaire: Partenaire) -> None:
    (partenaire.retrait / "a.xml").write_bytes(b"x")
    partenaire.ouvrir().remove("a.xml")
    assert (partenaire.retrait / "a.xml").exists()


def test_fetch_entier_ou_erreur(partenaire: Partenaire, tmp_path: Path) -> None:
    transport = partenaire.ouvrir()
    for nom in ("absent.xml", "../cles/client", "a/b", ""):
        with pytest.raises(ExchangeError):
            transport.fetch(nom, tmp_path / "recu")
        assert not (tmp_path / "recu").exists()
    (partenaire.retrait / "a.xml").write_bytes(b"x")
    with pytest.raises(RessourceError, match="écriture impossible"):
        transport.fetch("a.xml", tmp_path / "nulle" / "part")
    transport.fetch("a.xml", tmp_path / "recu")


def test_dossier_distant_absent(partenaire: Partenaire, tmp_path: Path) -> None:
    partenaire.depot.rmdir()
    with pytest.raises(ExchangeError) as erreur:
        partenaire.ouvrir().send(colis(tmp_path), lambda: None, False)
    assert erreur.value.message
    partenaire.retrait.rmdir()
    with pytest.raises(ExchangeError):
        partenaire.ouvrir().names()


def test_beaucoup_de_fils_a_la_fois(partenaire: Partenaire, tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    transport, envois = partenaire.ouvrir(), []
    for i in range(24):
        (tmp_path / str(i)).mkdir()
        envois.append(colis(tmp_path / str(i), f"contenu {i}".encode() * 5000, f"F{i}.xml"))
    with ThreadPoolExecutor(4) as fils:
        recus = list(fils.map(lambda e: transport.send(e, lambda: None, False), envois))
    assert [recu.nom for recu in recus] == [envoi.nom for envoi in envois]
    for i, envoi in enumerate(envois):
        assert partenaire.attendre(envoi.nom) == [f"contenu {i}".encode() * 5000]
