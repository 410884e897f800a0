"""The bare library calls that one small deposit cannot do without, each done and timed by itself.

What is counted, and why, for one deposit of ten mandats and ten PDF of 30 KB:

- csv: the table is parsed once;
- hash: SHA-256 and SHA-1 of what comes in, of the PES, of the signed PES, of the acquit;
- gzip+base64: each PDF packed once (`isal`, `pybase64`);
- xml: the PES is parsed and validated twice (control, control of the signed file: issue 2 item 7);
- pj: each PJ is decoded and gunzipped at both controls;
- signature: exclusive C14N twice, one RSA 2048 signature, one verification;
- fichiers: every stored object is written, synced, renamed, its folder synced (coffre);
- sqlite: one FULL transaction for each durable step of the line, a small row each;
- sftp: the signed file put as `.part` and renamed, the acquit listed, fetched and parsed.

Nothing of the product is called here but to make the input.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import os
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import paramiko
import pybase64
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from isal import igzip, isal_zlib
from lxml import etree

from vaguemestre.formats.donnees import donnees
from vaguemestre.wiring import EXEMPLE_MOT_DE_PASSE

TRANSACTIONS = 14
"""Durable commits of one deposit and its flux: taken, planned, received, controlled, filed,
planned, signed, verified, converted, intent, sent, acquit, archived, checkpoint."""

_DS = "{http://www.w3.org/2000/09/xmldsig#}"
_RELECTURES = 100
"""The partner drops an answer that was read: so many are laid out in advance."""


@dataclass(frozen=True, slots=True)
class Matiere:
    """One deposit, the signed PES that the product made of one like it, the partner's answer.

    `retrait` is the simulator's outbox, on this disk.
    """

    depot: Path
    pes: Path
    acquit: Path
    schema: Path
    retrait: Path


class Appels:
    """`mesurer` gives CPU seconds per call family for one deposit (median of the rounds).

    A round is a whole deposit: while one is prepared, the simulator judges the one before it on
    the other core, as it does when the daemon runs.
    """

    def __init__(self, matiere: Matiere, travail: Path, sftp: paramiko.SFTPClient) -> None:
        self._depot, self._travail, self._sftp = matiere.depot, travail, sftp
        self._pdfs = [chemin.read_bytes() for chemin in sorted(matiere.depot.glob("*.pdf"))]
        self._csv = (matiere.depot / "mandats.csv").read_bytes()
        self._pes = matiere.pes.read_bytes()
        self._schema = etree.XMLSchema(etree.parse(str(matiere.schema)))
        self._pj = [pybase64.b64encode(gzip.compress(pdf, 1, mtime=0)) for pdf in self._pdfs]
        p12 = (donnees("certs-sample") / "signataire.p12").read_bytes()
        cle, certificat, _ = pkcs12.load_key_and_certificates(p12, EXEMPLE_MOT_DE_PASSE.encode())
        if not isinstance(cle, rsa.RSAPrivateKey) or certificat is None:
            raise TypeError("clé d'exemple inattendue")
        self._cle, self._certificat = cle, certificat
        racine = etree.fromstring(self._pes, _analyseur())
        self._bordereau = next(racine.iter("Bordereau"))
        self._signature = next(racine.iter(f"{_DS}SignedInfo"))
        self._base = sqlite3.connect(travail / "appels.db", isolation_level=None)
        self._base.execute("PRAGMA journal_mode=WAL")
        self._base.execute("PRAGMA synchronous=FULL")
        self._base.execute("CREATE TABLE etape (seq INTEGER PRIMARY KEY, texte TEXT)")
        self._acquit = matiere.acquit.read_bytes()
        for rang in range(_RELECTURES):
            (matiere.retrait / f"acquit-{rang}.xml").write_bytes(self._acquit)
        self._rang = 0

    def fermer(self) -> None:
        self._base.close()

    def mesurer(self, tours: int) -> dict[str, float]:
        familles: dict[str, Callable[[], object]] = {
            "csv": self._lire_csv,
            "hash": self._hacher,
            "gzip+base64": self._comprimer,
            "xml": self._valider,
            "pj": self._ouvrir_pj,
            "signature": self._signer,
            "fichiers": self._ecrire,
            "sqlite": self._inscrire,
            "sftp": self._envoyer,
        }
        durees: dict[str, list[float]] = {nom: [] for nom in familles}
        for _ in range(tours):
            for nom, faire in familles.items():
                durees[nom].append(_processeur(faire))
        return {nom: median(siennes) for nom, siennes in durees.items()}

    def _lire_csv(self) -> None:
        list(csv.reader(io.StringIO(self._csv.decode("cp1252")), delimiter=";"))

    def _hacher(self) -> None:
        for octets in (*self._pdfs, self._csv, self._pes, self._pes, self._acquit):
            hashlib.sha256(octets).hexdigest()
            hashlib.sha1(octets, usedforsecurity=False).hexdigest()

    def _comprimer(self) -> None:
        for pdf in self._pdfs:
            pybase64.b64encode(igzip.compress(pdf, 1))

    def _valider(self) -> None:
        for _ in range(2):
            arbre = etree.fromstring(self._pes, _analyseur())
            if not self._schema.validate(arbre):
                raise ValueError("le PES de référence n'est pas conforme")

    def _ouvrir_pj(self) -> None:
        for _ in range(2):
            for texte in self._pj:
                isal_zlib.decompress(pybase64.b64decode(texte, validate=True), 31)

    def _signer(self) -> None:
        for _ in range(2):
            etree.tostring(self._bordereau, method="c14n", exclusive=True)
        texte = etree.tostring(self._signature, method="c14n", exclusive=True)
        valeur = self._cle.sign(texte, padding.PKCS1v15(), hashes.SHA256())
        _publique(self._certificat).verify(valeur, texte, padding.PKCS1v15(), hashes.SHA256())

    def _ecrire(self) -> None:
        """What comes in, the PES, the signed PES, the acquit and the manifest of the archive."""
        objets = (*self._pdfs, self._csv, self._pes, self._pes, self._acquit, self._csv)
        self._rang += 1
        dossier = self._travail / f"objets-{self._rang}"
        dossier.mkdir()
        for rang, octets in enumerate(objets):
            chemin = dossier / f"{rang}.tmp"
            descripteur = os.open(chemin, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
            os.write(descripteur, octets)
            os.fsync(descripteur)
            os.close(descripteur)
            chemin.rename(dossier / str(rang))
            _synchroniser(dossier)

    def _inscrire(self) -> None:
        for _ in range(TRANSACTIONS):
            self._base.execute("BEGIN IMMEDIATE")
            self._base.execute("INSERT INTO etape (texte) VALUES (?)", ("x" * 1000,))
            self._base.execute("COMMIT")

    def _envoyer(self) -> None:
        self._rang += 1
        nom = f"mesure-{self._rang}.bin"
        with self._sftp.open(f"depot/{nom}.part", "wb") as fichier:
            fichier.set_pipelined(True)
            fichier.write(self._pes)
        self._sftp.posix_rename(f"depot/{nom}.part", f"depot/{nom}")
        self._sftp.listdir("retrait")
        with self._sftp.open(f"retrait/acquit-{self._rang % _RELECTURES}.xml", "rb") as fichier:
            etree.fromstring(fichier.read(), _analyseur())


def _analyseur() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)


def _publique(certificat: x509.Certificate) -> rsa.RSAPublicKey:
    cle = certificat.public_key()
    if not isinstance(cle, rsa.RSAPublicKey):
        raise TypeError("clé d'exemple inattendue")
    return cle


def _synchroniser(dossier: Path) -> None:
    descripteur = os.open(dossier, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(descripteur)
    os.close(descripteur)


def _processeur(faire: Callable[[], object]) -> float:
    """CPU seconds of the whole process: paramiko works in a thread of its own."""
    debut = time.process_time()
    faire()
    return time.process_time() - debut
