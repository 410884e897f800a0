"""Signed checkpoints and proof bundles: ours, the reference sample, and Go's opinion of ours."""

from __future__ import annotations

import base64
import os
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tests.outils import absent, outil
from tests.partage import donnees
from vaguemestre.audit import arbre, point
from vaguemestre.audit.cle import signataire
from vaguemestre.errors import (
    ConfigurationError,
    IllisibleError,
    IntegrityError,
    VaguemestreError,
)

ORIGINE = "essai.invalid/journal"
SIGNATAIRE = point.Signataire(ORIGINE, Ed25519PrivateKey.from_private_bytes(b"\x07" * 32))
CLE = SIGNATAIRE.verificateur
FEUILLES = [b"entree %d" % rang for rang in range(37)]


def _lire(nombre: int) -> arbre.Lire:
    frontiere, stockes = arbre.Frontiere(), list[bytes]()
    for feuille in FEUILLES[:nombre]:
        frontiere, nouveaux = frontiere.ajouter(arbre.hash_feuille(feuille))
        stockes.extend(nouveaux)
    return lambda indices: {indice: stockes[indice] for indice in indices}


def _note(nombre: int) -> str:
    return SIGNATAIRE.point(nombre, arbre.racine(FEUILLES[:nombre]))


def _preuve(rang: int, nombre: int) -> point.Preuve:
    return point.Preuve(rang, arbre.preuve_inclusion(rang, nombre, _lire(nombre)), _note(nombre))


def test_aller_et_retour() -> None:
    lu = point.verificateur(CLE.vkey).ouvrir(_note(37))
    assert lu == point.Point(ORIGINE, 37, arbre.racine(FEUILLES))


def test_forme_exacte_du_point() -> None:
    racine = base64.b64encode(arbre.racine(FEUILLES[:3])).decode()
    lignes = _note(3).split("\n")
    assert lignes[:4] == [ORIGINE, "3", racine, ""]
    assert lignes[4].startswith(f"— {ORIGINE} ")
    assert lignes[5:] == [""]


@given(st.integers(0, 200), st.integers(0, 255))
def test_un_octet_change_dans_la_note(place: int, octet: int) -> None:
    note = bytearray(_note(37).encode())
    place %= len(note)
    if note[place] == octet:
        return
    note[place] = octet
    with pytest.raises(VaguemestreError):
        CLE.ouvrir(note.decode("utf-8", "replace"))


def test_une_autre_cle_ne_vaut_rien() -> None:
    autre = point.Signataire(ORIGINE, Ed25519PrivateKey.from_private_bytes(b"\x08" * 32))
    with pytest.raises(IntegrityError, match="pas signé par la clé"):
        autre.verificateur.ouvrir(_note(5))
    with pytest.raises(IntegrityError, match="autre journal"):
        point.Verificateur("ailleurs", CLE.cle).ouvrir(_note(5))


def test_preuve_ecrite_et_relue() -> None:
    preuve = _preuve(11, 37)
    relue = point.lire_preuve(preuve.ecrire())
    assert relue == preuve
    assert relue.verifier(FEUILLES[11], CLE).taille == 37
    with pytest.raises(IntegrityError, match="ne mène pas"):
        relue.verifier(b"autre", CLE)


@pytest.mark.parametrize(
    "texte", ["", "rien\n\n", "c2sp.org/tlog-proof@v1\n\nx", "c2sp.org/tlog-proof@v1\nindex 01\n\n"]
)
def test_preuve_illisible(texte: str) -> None:
    with pytest.raises(IllisibleError):
        point.lire_preuve(texte)


@pytest.mark.parametrize("vkey", ["", "nom", "nom+00000000+AA==", CLE.vkey.replace("+", "+0", 1)])
def test_cle_publique_illisible(vkey: str) -> None:
    with pytest.raises(IllisibleError):
        point.verificateur(vkey)


def test_exemple_de_reference() -> None:
    dossier = donnees("tlog-sample")
    cle = point.verificateur((dossier / "vkey").read_text("utf-8"))
    ancien = cle.ouvrir((dossier / "cp1").read_text("utf-8"))
    recent = cle.ouvrir((dossier / "cp3").read_text("utf-8"))
    preuve = point.lire_preuve((dossier / "p.tlog-proof").read_text("utf-8"))
    assert preuve.verifier((dossier / "leaf").read_bytes(), cle) == recent
    assert preuve.ecrire() == (dossier / "p.tlog-proof").read_text("utf-8")
    tailles, *noeuds = (dossier / "cons").read_text("utf-8").split()[1:]
    assert int(tailles) == recent.taille
    croissance = [base64.b64decode(noeud) for noeud in noeuds]
    assert arbre.coherence_valide(
        ancien.taille, recent.taille, ancien.racine, recent.racine, croissance
    )


@pytest.mark.outil
def test_la_bibliotheque_de_go_est_du_meme_avis(tmp_path: Path) -> None:
    go = outil("go")
    if not Path("/usr/share/gocode/src/golang.org/x/mod/sumdb/note").is_dir():
        if os.environ.get("CI"):
            pytest.fail("en CI, golang-golang-x-mod-dev doit être installé (.ci/run)")
        absent("golang-golang-x-mod-dev n'est pas installé")
    coherence = arbre.preuve_coherence(19, 37, _lire(37))
    fichiers = {
        "vkey": CLE.vkey + "\n",
        "ancien": _note(19),
        "recent": _note(37),
        "preuve": _preuve(11, 37).ecrire(),
        "feuille": FEUILLES[11].decode(),
        "coherence": point.ecrire_coherence(19, 37, coherence),
    }
    for nom, contenu in fichiers.items():
        (tmp_path / nom).write_text(contenu, "utf-8")
    source = Path(__file__).with_name("verificateur.go")
    result = subprocess.run(
        [go, "run", str(source), *(str(tmp_path / nom) for nom in fichiers)],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "GOCACHE": os.environ.get("GOCACHE", str(tmp_path / "cache")),
            "GO111MODULE": "off",
            "GOPATH": "/usr/share/gocode",
            "GOFLAGS": "",
        },
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert (result.returncode, result.stdout) == (0, "OK 19 37 11\n"), result.stderr


def test_cle_creee_une_fois_et_gardee(tmp_path: Path) -> None:
    chemin = tmp_path / "etat" / "journal.key"
    premiere = signataire(ORIGINE, chemin)
    assert chemin.stat().st_mode & 0o777 == 0o600
    assert signataire(ORIGINE, chemin).verificateur == premiere.verificateur
    assert [reste.name for reste in chemin.parent.iterdir()] == ["journal.key"]


def test_cle_de_recette_vient_de_la_graine(tmp_path: Path) -> None:
    deux = {signataire(ORIGINE, tmp_path / nom, b"\x07" * 32).verificateur for nom in "ab"}
    assert deux == {CLE}


def test_cle_refusee(tmp_path: Path) -> None:
    lisible = tmp_path / "lisible"
    signataire(ORIGINE, lisible)
    lisible.chmod(0o644)
    with pytest.raises(ConfigurationError, match="mode 600"):
        signataire(ORIGINE, lisible)
    fausse = tmp_path / "fausse"
    fausse.write_text("rien")
    fausse.chmod(0o600)
    with pytest.raises(ConfigurationError, match="pas une clé"):
        signataire(ORIGINE, fausse)
    with pytest.raises(ConfigurationError, match="origine"):
        signataire("un nom", tmp_path / "k")
