"""A received folder as one tar: what `tarfile` itself would write, digests included."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vaguemestre.archive.lot import emballer

_NOMS = st.text(
    st.characters(blacklist_characters="/\0", blacklist_categories=["Cs"]), min_size=1, max_size=60
).filter(lambda nom: nom not in (".", ".."))


def _temoin(fichiers: dict[str, bytes]) -> bytes:
    """The same files through the standard library."""
    sortie = io.BytesIO()
    with tarfile.open(fileobj=sortie, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for nom, octets in fichiers.items():
            fiche = tarfile.TarInfo(nom)
            fiche.size = len(octets)
            archive.addfile(fiche, io.BytesIO(octets))
    return sortie.getvalue()


def _verifier(dossier: Path, fichiers: dict[str, bytes]) -> None:
    for nom, octets in fichiers.items():
        (dossier / nom).parent.mkdir(parents=True, exist_ok=True)
        (dossier / nom).write_bytes(octets)
    vers = dossier.parent / "lot.tar"
    vers.unlink(missing_ok=True)
    empreinte = emballer(dossier, list(fichiers), vers)
    ecrit = vers.read_bytes()
    assert ecrit == _temoin(fichiers)
    assert empreinte.sha256 == hashlib.sha256(ecrit).hexdigest()
    assert empreinte.sha1 == hashlib.sha1(ecrit, usedforsecurity=False).hexdigest()
    assert empreinte.taille == len(ecrit)


@pytest.mark.parametrize("taille", [0, 1, 511, 512, 513, 10_240, (1 << 20) - 1, (1 << 20) + 1])
def test_toute_taille(tmp_path: Path, taille: int) -> None:
    _verifier(tmp_path / "depot", {"mandats.csv": b"a;b\n", "pj/facture.pdf": b"%" * taille})


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(noms=st.lists(_NOMS, min_size=1, max_size=4, unique_by=str.casefold))
def test_tout_nom(tmp_path: Path, noms: list[str]) -> None:
    dossier = tmp_path / "depot"
    dossier.mkdir(exist_ok=True)
    courts = [nom for nom in noms if len(nom.encode()) <= 200]
    _verifier(dossier, {nom: nom.encode() for nom in courts})


def test_rien_du_disque_ne_passe(tmp_path: Path) -> None:
    """Times, modes and owners of the sender's files change no byte."""
    (tmp_path / "a.pdf").write_bytes(b"%PDF-")
    un = emballer(tmp_path, ["a.pdf"], tmp_path / "un.tar")
    (tmp_path / "a.pdf").chmod(0o600)
    deux = emballer(tmp_path, ["a.pdf"], tmp_path / "deux.tar")
    assert un == deux


def test_un_fichier_disparu(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        emballer(tmp_path, ["parti.pdf"], tmp_path / "lot.tar")
