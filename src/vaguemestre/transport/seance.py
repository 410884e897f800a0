"""🚪 One SSH connection with paramiko: the only module that imports it.

Strict host keys: a key that is not in the known-hosts file, or another key than the one there, is
refused, always. Algorithms are an allow-list (AEAD and CTR ciphers, SHA-2 MACs and key exchanges,
no ssh-rsa signatures). This module only speaks the protocol and turns its failures into errors
that say who acts next; what is done in which case stands in `depose.py`.

Writes are pipelined, each request in one packet. paramiko forgets the replies to pipelined writes
when the file is closed, so the last block is written unpipelined: that waits for every reply and
raises what the partner answered (a full disk, for one).
"""

from __future__ import annotations

import logging
import socket
import stat
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NoReturn

import paramiko
from paramiko.hostkeys import InvalidHostKey
from paramiko.sftp import SFTPError

from vaguemestre.errors import ExchangeInterruptedError, ExchangeRefusedError
from vaguemestre.transport.depose import BLOC

if TYPE_CHECKING:
    from paramiko.transport import _SocketLike

CHIFFREMENTS = (
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "aes128-ctr",
    "aes192-ctr",
    "aes256-ctr",
)
SCELLEMENTS = (
    "hmac-sha2-256-etm@openssh.com",
    "hmac-sha2-512-etm@openssh.com",
    "hmac-sha2-256",
    "hmac-sha2-512",
)
_ECARTES = {"pubkeys": ["ssh-rsa", "ssh-dss"], "keys": ["ssh-rsa", "ssh-dss"]}
_VEILLE = 30
_ANTICIPEES = 64
_REFUS_RENOMMER = (
    "refuse de renommer le fichier déposé ; l'exploitant met « partie = false » si le partenaire "
    "n'admet pas le renommage"
)
_COUPURES = (EOFError, ConnectionError, TimeoutError, paramiko.SSHException)
_REBUT = (SFTPError, struct.error, UnicodeDecodeError)

# Without a handler, the standard library prints the transport's tracebacks on stderr.
logging.getLogger("paramiko").addHandler(logging.NullHandler())


class CoupureError(ExchangeInterruptedError):
    """An established session was lost: a new one may show what became of the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acces:
    """How a partner is reached. `delai` in seconds, for the connection and for each answer.

    `mot_de_passe` or `cle` (a private key file, `phrase` opens it); `hotes_connus` is a file in
    OpenSSH's known_hosts form, read at each connection.
    """

    hote: str
    utilisateur: str
    hotes_connus: Path
    port: int = 22
    mot_de_passe: str = field(default="", repr=False)
    cle: Path | None = None
    phrase: str = field(default="", repr=False)
    delai: float = 30.0


class Session:
    """One SSH connection with its SFTP channel, used by one thread at a time."""

    def __init__(self, client: paramiko.SSHClient, sftp: paramiko.SFTPClient, hote: str) -> None:
        self.client, self.sftp, self.hote = client, sftp, hote
        self.posix = True

    @property
    def vivante(self) -> bool:
        canal, transport = self.sftp.get_channel(), self.client.get_transport()
        return bool(canal and not canal.closed and transport and transport.is_active())

    def fermer(self) -> None:
        """Cut the line; whatever the partner answers no longer matters."""
        with suppress(*_COUPURES, OSError):
            self.sftp.close()
        self.client.close()

    @contextmanager
    def fautes(self, nom: str, refus: str = "") -> Iterator[None]:
        """Failures of the protocol as errors of the house.

        `refus`: what a plain « failure » status means here; empty: a cause that may pass.
        """
        try:
            yield
        except FileNotFoundError as error:
            raise ExchangeRefusedError(
                f"{nom} : introuvable chez {self.hote} ; l'exploitant vérifie les noms des "
                "dossiers convenus",
                ref=nom,
            ) from error
        except PermissionError as error:
            raise ExchangeRefusedError(
                f"{nom} : {self.hote} refuse l'accès ; l'exploitant demande au partenaire les "
                "droits sur ce dossier",
                ref=nom,
            ) from error
        except _COUPURES as error:
            raise CoupureError(f"{nom} : liaison coupée avec {self.hote} ({error})") from error
        except _REBUT as error:
            raise CoupureError(
                f"{nom} : réponse incompréhensible de {self.hote} ({error})", ref=nom
            ) from error
        except OSError as error:
            self._echec(nom, refus, error)

    def _echec(self, nom: str, refus: str, error: OSError) -> NoReturn:
        if not self.vivante or error.errno is not None:
            raise CoupureError(f"{nom} : liaison coupée avec {self.hote} ({error})") from error
        if refus:
            raise ExchangeRefusedError(f"{nom} : {self.hote} {refus} ({error})", ref=nom) from error
        raise ExchangeInterruptedError(
            f"{nom} : {self.hote} n'arrive pas à traiter la demande ({error}) : disque plein ou "
            "quota atteint chez lui ? L'exploitant le prévient si cela dure",
            ref=nom,
        ) from error

    def taille(self, chemin: str) -> int | None:
        """Size in bytes, or None when there is no such file."""
        with self.fautes(chemin):
            try:
                return self.sftp.stat(chemin).st_size
            except FileNotFoundError:
                return None

    def fichiers(self, dossier: str) -> list[str]:
        """Names of the regular files of a folder."""
        with self.fautes(dossier):
            entrees = self.sftp.listdir_attr(dossier or ".")
        return [e.filename for e in entrees if stat.S_IFMT(e.st_mode or 0) in (0, stat.S_IFREG)]

    def lisible(self, chemin: str) -> bool:
        """False when the partner does not let us read it, or has just taken it away."""
        with self.fautes(chemin):
            try:
                self.sftp.open(chemin, "rb").close()
            except (PermissionError, FileNotFoundError):
                return False
        return True

    @contextmanager
    def lire(self, chemin: str) -> Iterator[Iterator[bytes]]:
        """The bytes of a remote file, which is closed when the block ends; short is an error."""
        with self.fautes(chemin):
            fichier = self.sftp.open(chemin, "rb", BLOC)
        try:
            yield self._blocs(fichier, chemin)
        finally:
            fichier.close()

    def _blocs(self, fichier: paramiko.SFTPFile, chemin: str) -> Iterator[bytes]:
        lus = 0
        with self.fautes(chemin):
            taille = fichier.stat().st_size or 0
            if taille > 2 * BLOC:
                fichier.prefetch(taille, _ANTICIPEES)
            # Asked for more than there is, paramiko asks for the end twice.
            while bloc := fichier.read(min(BLOC, taille - lus) if lus < taille else BLOC):
                lus += len(bloc)
                yield bloc
        if lus != taille:
            raise ExchangeInterruptedError(f"{chemin} : {lus} octets reçus sur {taille}")

    def ecrire(
        self, chemin: str, source: BinaryIO, depuis: int, ecrit: Callable[[], None] | None
    ) -> None:
        """`depose.Boite.ecrire`; returns when the partner acknowledged every byte."""
        with self.fautes(chemin):
            fichier = self.sftp.open(chemin, "r+" if depuis else "w", 0)
            try:
                if depuis:
                    fichier.seek(depuis)
                fichier.set_pipelined(True)
                _ecrire_blocs(fichier, source)
                if ecrit is not None:
                    ecrit()
            finally:
                fichier.close()

    def renommer(self, de: str, vers: str) -> bool:
        """True when the partner did it, False when `de` is not there."""
        with self.fautes(vers, _REFUS_RENOMMER):
            try:
                self._renommer(de, vers)
            except FileNotFoundError:
                return False
        return True

    def _renommer(self, de: str, vers: str) -> None:
        """Atomic where the partner knows the extension; the plain request never overwrites."""
        if self.posix:
            try:
                self.sftp.posix_rename(de, vers)
            except OSError as error:
                if error.errno is not None or not self.vivante:
                    raise
                self.posix = False
            else:
                return
        self.sftp.rename(de, vers)

    def effacer(self, chemin: str) -> None:
        """Remove a file; one that is not there is removed already."""
        with self.fautes(chemin), suppress(FileNotFoundError):
            self.sftp.remove(chemin)


def _ecrire_blocs(fichier: paramiko.SFTPFile, source: BinaryIO) -> None:
    bloc = source.read(BLOC)
    while suivant := source.read(BLOC):
        fichier.write(bloc)
        bloc = suivant
    fichier.set_pipelined(False)
    fichier.write(bloc)


def ouvrir(acces: Acces) -> Session:
    """Connect, prove who answers, authenticate.

    Raises:
        ExchangeRefusedError: unknown or changed host key, refused credentials, no safe algorithm.
        ExchangeInterruptedError: nobody answers, or not as an SSH server does.
    """
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    try:
        with _fautes_connexion(client, acces):
            client.load_system_host_keys(str(_lisible(acces.hotes_connus, "hôtes connus")))
            _connecter(client, acces)
            sftp = client.open_sftp()
            canal = sftp.get_channel()
            if canal is not None:
                canal.settimeout(acces.delai)
    except (ExchangeInterruptedError, ExchangeRefusedError):
        client.close()
        raise
    return Session(client, sftp, f"{acces.hote}:{acces.port}")


def _connecter(client: paramiko.SSHClient, acces: Acces) -> None:
    cle = str(_lisible(acces.cle, "clé privée")) if acces.cle else None
    client.connect(
        acces.hote,
        acces.port,
        acces.utilisateur,
        acces.mot_de_passe or None,
        key_filename=cle,
        passphrase=acces.phrase or None,
        timeout=acces.delai,
        banner_timeout=acces.delai,
        auth_timeout=acces.delai,
        channel_timeout=acces.delai,
        allow_agent=False,
        look_for_keys=False,
        disabled_algorithms=_ECARTES,
        transport_factory=_transport,
    )
    transport = client.get_transport()
    if transport is not None:
        transport.set_keepalive(_VEILLE)


def _transport(
    sock: _SocketLike,
    /,
    *,
    disabled_algorithms: Mapping[str, Iterable[str]] | None = None,
    **_gss: bool,
) -> paramiko.Transport:
    """A transport that offers safe algorithms only, fastest first."""
    if isinstance(sock, socket.socket):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    transport = paramiko.Transport(sock, disabled_algorithms=disabled_algorithms)
    options = transport.get_security_options()
    options.ciphers = [nom for nom in CHIFFREMENTS if nom in options.ciphers]
    options.digests = [nom for nom in SCELLEMENTS if nom in options.digests]
    options.kex = [nom for nom in options.kex if not nom.endswith("sha1")]
    return transport


def _lisible(chemin: Path, quoi: str) -> Path:
    try:
        chemin.open("rb").close()
    except OSError as error:
        raise ExchangeRefusedError(
            f"fichier « {quoi} » illisible : {chemin} ({error.strerror}) ; l'exploitant le fournit"
        ) from error
    return chemin


@contextmanager
def _fautes_connexion(client: paramiko.SSHClient, acces: Acces) -> Iterator[None]:
    ou = f"{acces.hote}:{acces.port}"
    try:
        yield
    except paramiko.BadHostKeyException as error:
        raise ExchangeRefusedError(
            f"{ou} ne présente plus la clé connue (présentée : {error.key.fingerprint}) ; ne rien "
            "envoyer avant que l'exploitant ait vérifié l'empreinte avec le partenaire"
        ) from error
    except InvalidHostKey as error:
        raise ExchangeRefusedError(
            f"{acces.hotes_connus} : ligne illisible ; l'exploitant corrige ce fichier"
        ) from error
    except paramiko.AuthenticationException as error:
        _refus_identification(ou, acces, error)
    except paramiko.ssh_exception.IncompatiblePeer as error:
        raise ExchangeRefusedError(
            f"{ou} n'offre aucun algorithme sûr ({error}) ; l'exploitant demande au partenaire de "
            "mettre son serveur à jour"
        ) from error
    except (*_COUPURES, *_REBUT, OSError) as error:
        if "not found in known_hosts" in str(error):
            raise _hote_inconnu(client, ou, acces) from error
        raise ExchangeInterruptedError(f"{ou} ne répond pas ({error})") from error


def _hote_inconnu(client: paramiko.SSHClient, ou: str, acces: Acces) -> ExchangeRefusedError:
    transport = client.get_transport()
    cle = transport.get_remote_server_key() if transport else None
    empreinte = f"{cle.get_name()} {cle.fingerprint}" if cle else "illisible"
    return ExchangeRefusedError(
        f"{ou} : clé d'hôte inconnue ({empreinte}) ; l'exploitant vérifie l'empreinte avec le "
        f"partenaire, puis l'inscrit dans {acces.hotes_connus}"
    )


def _refus_identification(
    ou: str, acces: Acces, error: paramiko.AuthenticationException
) -> NoReturn:
    """A line that dies while we authenticate is no refusal, though paramiko calls it so."""
    if "EOF" in str(error) or "timeout" in str(error).lower():
        raise ExchangeInterruptedError(f"{ou} : coupé pendant l'identification") from error
    raise ExchangeRefusedError(
        f"{ou} refuse l'identification de « {acces.utilisateur} » ; l'exploitant vérifie le mot "
        "de passe ou la clé avec le partenaire"
    ) from error
