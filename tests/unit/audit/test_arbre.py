"""The Merkle tree against the golden vectors, a naive tree, and tampering."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.partage import donnees
from vaguemestre.audit import arbre


def _naif(feuilles: list[bytes]) -> bytes:
    """The definition of RFC 9162 §2.1.1, word for word."""
    if not feuilles:
        return hashlib.sha256(b"").digest()
    if len(feuilles) == 1:
        return hashlib.sha256(b"\x00" + feuilles[0]).digest()
    k = 1
    while 2 * k < len(feuilles):
        k *= 2
    return hashlib.sha256(b"\x01" + _naif(feuilles[:k]) + _naif(feuilles[k:])).digest()


def _noeuds(feuilles: list[bytes]) -> list[bytes]:
    frontiere, stockes = arbre.Frontiere(), list[bytes]()
    for feuille in feuilles:
        frontiere, nouveaux = frontiere.ajouter(arbre.hash_feuille(feuille))
        stockes.extend(nouveaux)
    return stockes


def _lire(feuilles: list[bytes]) -> arbre.Lire:
    stockes = _noeuds(feuilles)
    return lambda indices: {indice: stockes[indice] for indice in indices}


def _des_feuilles(nombre: int) -> list[bytes]:
    return [b"entree %d" % rang for rang in range(nombre)]


def test_vecteurs_de_reference() -> None:
    def octets(texte: str | None) -> bytes:
        return base64.b64decode(texte or "")

    vus = 0
    for fichier in sorted(donnees("rfc6962-vectors/testdata").glob("*/**/*.json")):
        cas = json.loads(fichier.read_text("utf-8"))
        preuve = [octets(noeud) for noeud in cas["proof"] or []]
        if "inclusion" in fichier.parts:
            found = arbre.inclusion_valide(
                cas["leafIdx"],
                cas["treeSize"],
                octets(cas["leafHash"]),
                preuve,
                octets(cas["root"]),
            )
        else:
            found = arbre.coherence_valide(
                cas["size1"], cas["size2"], octets(cas["root1"]), octets(cas["root2"]), preuve
            )
        assert found is not cas["wantErr"], fichier
        vus += 1
    assert vus == 196


@pytest.mark.parametrize("taille", [0, 1, 2, 3, 5, 8, 13, 64, 100])
def test_racine_incrementale_est_celle_de_la_definition(taille: int) -> None:
    feuilles = _des_feuilles(taille)
    assert arbre.racine(feuilles) == _naif(feuilles)


def test_reprendre_depuis_les_noeuds_stockes() -> None:
    feuilles = _des_feuilles(77)
    stockes = _noeuds(feuilles)
    assert len(stockes) == arbre.nombre_noeuds(77)
    pics = tuple(stockes[indice] for indice in arbre.indices_pics(77))
    assert arbre.Frontiere(77, pics).racine() == _naif(feuilles)


@given(st.integers(1, 130).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n - 1))))
def test_toute_inclusion_se_prouve(cas: tuple[int, int]) -> None:
    taille, rang = cas
    feuilles = _des_feuilles(taille)
    preuve = arbre.preuve_inclusion(rang, taille, _lire(feuilles))
    hachee, racine = arbre.hash_feuille(feuilles[rang]), _naif(feuilles)
    assert arbre.inclusion_valide(rang, taille, hachee, preuve, racine)
    for autre in {0, taille // 2, taille - 1} - {rang}:
        assert not arbre.inclusion_valide(autre, taille, hachee, preuve, racine)


@given(st.integers(1, 130).flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n))))
def test_toute_croissance_se_prouve(cas: tuple[int, int]) -> None:
    ancienne, nouvelle = cas
    feuilles = _des_feuilles(nouvelle)
    preuve = arbre.preuve_coherence(ancienne, nouvelle, _lire(feuilles))
    avant, apres = _naif(feuilles[:ancienne]), _naif(feuilles)
    assert arbre.coherence_valide(ancienne, nouvelle, avant, apres, preuve)
    reecrit = _naif([b"autre", *feuilles[1:ancienne]])
    assert not arbre.coherence_valide(ancienne, nouvelle, reecrit, apres, preuve)


@given(st.integers(2, 60), st.data())
def test_une_preuve_changee_ne_prouve_rien(taille: int, data: st.DataObject) -> None:
    feuilles = _des_feuilles(taille)
    rang = data.draw(st.integers(0, taille - 1))
    preuve = list(arbre.preuve_inclusion(rang, taille, _lire(feuilles)))
    lequel = data.draw(st.integers(0, len(preuve) - 1))
    bit = data.draw(st.integers(0, 255))
    noeud = bytearray(preuve[lequel])
    noeud[bit // 8] ^= 1 << bit % 8
    preuve[lequel] = bytes(noeud)
    hachee = arbre.hash_feuille(feuilles[rang])
    assert not arbre.inclusion_valide(rang, taille, hachee, preuve, _naif(feuilles))


def test_pieges() -> None:
    racine = arbre.racine([b"a"])
    assert not arbre.coherence_valide(0, 1, arbre.RACINE_VIDE, racine, [])
    assert not arbre.inclusion_valide(0, 1, b"", [], b"")
    assert not arbre.coherence_valide(1, 1, racine, racine, [racine])
    assert not arbre.coherence_valide(1, 2, racine, arbre.racine([b"a", b"b"]), [])
    assert not arbre.inclusion_valide(1, 1, racine, [], racine)
    with pytest.raises(ValueError, match="pas de feuille"):
        arbre.preuve_inclusion(3, 3, _lire(_des_feuilles(3)))
    with pytest.raises(ValueError, match="incomparables"):
        arbre.preuve_coherence(0, 3, _lire(_des_feuilles(3)))
