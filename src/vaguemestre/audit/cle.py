"""DOOR (file system). The Ed25519 key of the log: made at first use, readable by its owner only."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vaguemestre.audit.point import Signataire
from vaguemestre.errors import ConfigurationError, RessourceError


def signataire(origine: str, chemin: Path, graine: bytes | None = None) -> Signataire:
    """The signer of the log, whose key lies in `chemin` (PEM, PKCS#8, mode 0600).

    `graine` (32 bytes) makes the first key from a seed: acceptance mode only. Two processes that
    start together agree on one key: the file is created exclusively, the loser reads it.

    Raises:
        ConfigurationError: the file is not an Ed25519 key, or others may read it.
        RessourceError: it cannot be read or written.
    """
    try:
        if not chemin.exists():
            _creer(chemin, graine)
        return Signataire(origine, _lire(chemin))
    except OSError as error:
        raise RessourceError(f"clé du journal {chemin} : {error.strerror}") from error


def _lire(chemin: Path) -> Ed25519PrivateKey:
    if chemin.stat().st_mode & 0o077:
        raise ConfigurationError(
            f"la clé du journal {chemin} est lisible par d'autres : la passer en mode 600"
        )
    try:
        cle = serialization.load_pem_private_key(chemin.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise ConfigurationError(f"{chemin} n'est pas une clé de journal") from error
    if not isinstance(cle, Ed25519PrivateKey):
        raise ConfigurationError(f"{chemin} n'est pas une clé Ed25519")
    return cle


def _creer(chemin: Path, graine: bytes | None) -> None:
    cle = Ed25519PrivateKey.generate()
    if graine is not None:
        cle = Ed25519PrivateKey.from_private_bytes(graine)
    octets = cle.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    chemin.parent.mkdir(parents=True, exist_ok=True)
    brouillon = chemin.with_name(f"{chemin.name}.{os.getpid()}.part")
    with os.fdopen(os.open(brouillon, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(octets)
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(brouillon, chemin)  # fails if another process was first: its key is the key
    except FileExistsError:
        pass
    finally:
        brouillon.unlink()
