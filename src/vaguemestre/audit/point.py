"""Signed checkpoints of the log (C2SP tlog-checkpoint v1 in a signed note) and proof bundles.

Ed25519, signature type 0x01, as Go's `x/mod/sumdb/note` reads it.
Source: C2SP signed-note, tlog-checkpoint, tlog-proof@v1; reference/archive-and-audit.md §5.2.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from vaguemestre.audit import arbre
from vaguemestre.errors import ConfigurationError, IllisibleError, IntegrityError

_ED25519 = b"\x01"
_ENTETE_PREUVE = "c2sp.org/tlog-proof@v1"
_SIGNATURE = re.compile(r"— (\S+) (\S+)")
_ENTIER = re.compile(r"0|[1-9][0-9]*")


@dataclass(frozen=True, slots=True)
class Point:
    """What a checkpoint states: the origin of the log, its size and its root (32 bytes)."""

    origine: str
    taille: int
    racine: bytes


@dataclass(frozen=True, slots=True)
class Verificateur:
    """The public half: name of the log and Ed25519 key (32 bytes)."""

    origine: str
    cle: bytes

    @property
    def empreinte(self) -> bytes:
        """The four bytes that name the key in a note."""
        return hashlib.sha256(self.origine.encode() + b"\n" + _ED25519 + self.cle).digest()[:4]

    @property
    def vkey(self) -> str:
        """The text form that other verifiers take: name+hash+key."""
        return f"{self.origine}+{self.empreinte.hex()}+{_b64(_ED25519 + self.cle)}"

    def ouvrir(self, note: str) -> Point:
        """The checkpoint that this key signed.

        Raises:
            IllisibleError: this is not a checkpoint.
            IntegrityError: not signed by this key, or of another log.
        """
        texte, signatures = _decouper(note)
        point = lire_point(texte)
        if point.origine != self.origine:
            raise IntegrityError(
                f"point de contrôle d'un autre journal : {point.origine}", ref=self.origine
            )
        cle = Ed25519PublicKey.from_public_bytes(self.cle)
        for nom, brute in signatures:
            if nom != self.origine or brute[:4] != self.empreinte:
                continue
            try:
                cle.verify(brute[4:], texte.encode())
            except InvalidSignature as error:
                raise IntegrityError(
                    "la signature du point de contrôle est fausse", ref=f"point {point.taille}"
                ) from error
            return point
        raise IntegrityError(
            "le point de contrôle n'est pas signé par la clé du journal",
            ref=f"point {point.taille}",
        )


@dataclass(frozen=True, slots=True)
class Signataire:
    """The private half; `point` is what the store calls when a checkpoint is due."""

    origine: str
    cle: Ed25519PrivateKey

    def __post_init__(self) -> None:
        if not self.origine or "+" in self.origine or re.search(r"\s", self.origine):
            raise ConfigurationError(
                f"[journal] origine « {self.origine} » : un nom sans blanc ni « + » est attendu"
            )

    @property
    def verificateur(self) -> Verificateur:
        return Verificateur(self.origine, self.cle.public_key().public_bytes_raw())

    def point(self, taille: int, racine: bytes) -> str:
        """The signed note for a tree of `taille` leaves."""
        texte = f"{self.origine}\n{taille}\n{_b64(racine)}\n"
        brute = self.verificateur.empreinte + self.cle.sign(texte.encode())
        return f"{texte}\n— {self.origine} {_b64(brute)}\n"


def verificateur(vkey: str) -> Verificateur:
    """Read the text form of a public key.

    Raises:
        IllisibleError: not a key of this kind, or its hash is not that of the key.
    """
    origine, plus, reste = vkey.strip().partition("+")
    empreinte, _, cle = reste.partition("+")
    brute = _octets(cle) if plus else b""
    if brute[:1] != _ED25519 or len(brute) != 33:
        raise IllisibleError("ce n'est pas la clé publique Ed25519 d'un journal")
    lu = Verificateur(origine, brute[1:])
    if lu.empreinte.hex() != empreinte:
        raise IllisibleError("l'empreinte de la clé publique ne correspond pas à la clé")
    return lu


def lire_point(texte: str) -> Point:
    """The three lines of a checkpoint, without looking at signatures.

    Raises:
        IllisibleError: origin, size or root missing or not in their one canonical form.
    """
    lignes = texte.split("\n")
    if len(lignes) < 4 or lignes[-1] or not lignes[0] or not _ENTIER.fullmatch(lignes[1]):
        raise IllisibleError("ce n'est pas un point de contrôle de journal")
    racine = _octets(lignes[2])
    if len(racine) != arbre.TAILLE_HASH:
        raise IllisibleError("la racine du point de contrôle n'a pas 32 octets")
    return Point(lignes[0], int(lignes[1]), racine)


@dataclass(frozen=True, slots=True)
class Preuve:
    """Proof that a leaf stands at `rang` of the log that `note` signs (`.tlog-proof` v1)."""

    rang: int
    chemin: tuple[bytes, ...]
    note: str

    def ecrire(self) -> str:
        lignes = [_ENTETE_PREUVE, f"index {self.rang}", *map(_b64, self.chemin)]
        return "\n".join(lignes) + "\n\n" + self.note

    def verifier(self, feuille: bytes, cle: Verificateur) -> Point:
        """The checkpoint under which the leaf is proved.

        Raises:
            IntegrityError: the leaf is not there, or the checkpoint is not of this key.
            IllisibleError: the note is not a checkpoint.
        """
        point = cle.ouvrir(self.note)
        if not arbre.inclusion_valide(
            self.rang, point.taille, arbre.hash_feuille(feuille), self.chemin, point.racine
        ):
            raise IntegrityError("la preuve ne mène pas à la racine", ref=f"entrée {self.rang}")
        return point


def lire_preuve(texte: str) -> Preuve:
    """Read a `.tlog-proof` file.

    Raises:
        IllisibleError: another format, or cut short.
    """
    tete, separateur, note = texte.partition("\n\n")
    lignes = tete.split("\n")
    if not separateur or lignes[0] != _ENTETE_PREUVE:
        raise IllisibleError("ce n'est pas une preuve de journal (tlog-proof v1)")
    suite = [ligne for ligne in lignes[1:] if not ligne.startswith("extra ")]
    mot, _, rang = suite[0].partition(" ") if suite else ("", "", "")
    if mot != "index" or not _ENTIER.fullmatch(rang):
        raise IllisibleError("la preuve ne dit pas le rang de l'entrée")
    return Preuve(int(rang), tuple(_octets(ligne) for ligne in suite[1:]), note)


def ecrire_coherence(ancienne: int, nouvelle: int, preuve: Sequence[bytes]) -> str:
    """A consistency proof as text: both sizes, then one hash a line."""
    return "\n".join([f"{ancienne} {nouvelle}", *map(_b64, preuve)]) + "\n"


def _decouper(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    texte, separateur, signatures = note.rpartition("\n\n")
    if not separateur or not signatures.endswith("\n"):
        raise IllisibleError("ce n'est pas une note signée")
    lues: list[tuple[str, bytes]] = []
    for ligne in signatures[:-1].split("\n"):
        found = _SIGNATURE.fullmatch(ligne)
        if found is None:
            raise IllisibleError("ligne de signature illisible dans la note")
        lues.append((found[1], _octets(found[2])))
    return texte + "\n", lues


def _b64(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")


def _octets(texte: str) -> bytes:
    """Strict base64: one writing for one value."""
    try:
        octets = base64.b64decode(texte, validate=True)
    except (binascii.Error, ValueError) as error:
        raise IllisibleError("base64 illisible") from error
    if _b64(octets) != texte:
        raise IllisibleError("base64 écrit de façon non canonique")
    return octets
