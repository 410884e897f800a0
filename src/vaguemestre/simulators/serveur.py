"""The SFTP server of the simulated DGFiP: asyncssh, one event loop, one thread for the Guichet.

A file is taken as soon as it bears its final name: when it is renamed from `.part`, or when the
client closes it. A line that is cut closes no file: what was half-written stays in `depot/`.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncIterator, Awaitable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import asyncssh
from typing_extensions import override

from vaguemestre.simulators.guichet import Guichet
from vaguemestre.simulators.regles import Pannes
from vaguemestre.transport.nommage import sha1_du_nom

T = TypeVar("T")

_PAQUET = 36 * 1024
_MONTRES = (b"/depot", b"/retrait")


class Simulateur:
    """The running server. `start` returns once it listens; `port` is then known."""

    def __init__(
        self, guichet: Guichet, *, utilisateur: str, mot_de_passe: str, adresse: str = "127.0.0.1"
    ) -> None:
        self.guichet, self.adresse, self.port = guichet, adresse, 0
        self.utilisateur, self.mot_de_passe = utilisateur, mot_de_passe
        self._ouvrier = ThreadPoolExecutor(1, "guichet")
        self._serveur: asyncssh.SSHAcceptor | None = None
        self._boucle: asyncio.AbstractEventLoop | None = None
        self._taches: set[asyncio.Future[None]] = set()
        self.lignes: set[asyncssh.SSHServerConnection] = set()

    @property
    def pannes(self) -> Pannes:
        return self.guichet.regles.pannes

    @property
    def hotes_connus(self) -> Path:
        """A known_hosts file for clients, rewritten at each start."""
        return self.guichet.racine / "hotes_connus"

    async def start(self, port: int = 0) -> None:
        """Listen on `port` (0: any free one), then take up what an earlier life left."""
        cle = _cle_hote(self.guichet.racine / "cle_hote")
        self._boucle = asyncio.get_running_loop()
        self._serveur = await asyncssh.listen(
            self.adresse,
            port,
            server_factory=lambda: _Portier(self),
            server_host_keys=[cle],
            sftp_factory=lambda chan: _Sftp(chan, self),
            allow_scp=False,
            agent_forwarding=False,
            encryption_algs=["aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr"],
            # A write of 32 KiB and its header arrive in one packet, not in two.
            max_pktsize=_PAQUET,
        )
        self.port = self._serveur.get_port()
        publique = cle.export_public_key().decode("ascii").split()
        hotes = f"[{self.adresse}]:{self.port},[localhost]:{self.port}"
        # Whole or not at all: a client that tries again may be reading it at this moment.
        neuf = self.hotes_connus.with_name(".hotes_connus.neuf")
        neuf.write_text(f"{hotes} {publique[0]} {publique[1]}\n", "ascii")
        neuf.replace(self.hotes_connus)
        for heure, attente in self.guichet.en_attente():
            self._programmer(heure, attente)
        for nom in self.guichet.laisses():
            if self.complet(nom):
                self.prendre(nom)

    async def stop(self) -> None:
        """Stop listening, cut every line, finish judging what was taken."""
        if self._serveur is not None:
            self._serveur.close()
            await self._serveur.wait_closed()
        for ligne in list(self.lignes):
            ligne.abort()
            await ligne.wait_closed()
        while self._taches:
            await asyncio.wait(self._taches)
        self._ouvrier.shutdown()

    def complet(self, nom: str) -> bool:
        """A Passtrans name announces its digest; any other name is taken at its word."""
        annonce = sha1_du_nom(nom)
        if annonce is None:
            return True
        octets = (self.guichet.racine / "depot" / nom).read_bytes()
        return hashlib.sha1(octets, usedforsecurity=False).hexdigest() == annonce

    def prendre(self, nom: str) -> None:
        """Take a file away at once, judge it in the other thread, answer when it is time."""
        pris = self.guichet.prendre(nom)
        tache = asyncio.ensure_future(self._traiter(pris))
        self._taches.add(tache)
        tache.add_done_callback(self._taches.discard)

    async def _traiter(self, pris: Path) -> None:
        boucle = asyncio.get_running_loop()
        for reponse in await boucle.run_in_executor(self._ouvrier, self.guichet.traiter, pris):
            heure, attente = self.guichet.mettre_en_attente(reponse)
            if reponse.delai > 0:
                self._programmer(heure, attente)
            else:
                self.guichet.rendre(attente)

    def _programmer(self, heure: float, attente: Path) -> None:
        if self._boucle is not None:
            reste = max(0.0, heure - time.time())
            self._boucle.call_later(reste, self.guichet.rendre, attente)


class _Portier(asyncssh.SSHServer):
    """One user, one password."""

    def __init__(self, simulateur: Simulateur) -> None:
        self._simulateur = simulateur
        self._ligne: asyncssh.SSHServerConnection | None = None

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._ligne is not None:
            self._simulateur.lignes.discard(self._ligne)

    @override
    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._ligne = conn
        self._simulateur.lignes.add(conn)
        pannes = self._simulateur.pannes
        if pannes.refuser_connexions and pannes.frapper():
            conn.abort()

    @override
    def password_auth_supported(self) -> bool:
        return True

    @override
    def validate_password(self, username: str, password: str) -> bool:
        s = self._simulateur
        return username == s.utilisateur and password == s.mot_de_passe


@dataclass(slots=True)
class _Ouvert:
    """A file that a client holds open; `lus` bytes were read from its beginning on."""

    chemin: Path
    ecriture: bool
    lus: int = 0


class _Sftp(asyncssh.SFTPServer):
    """One SFTP session: `depot/` and `retrait/`, nothing else, and the faults asked for."""

    def __init__(self, chan: asyncssh.SSHServerChannel[bytes], simulateur: Simulateur) -> None:
        super().__init__(chan, chroot=os.fsencode(simulateur.guichet.racine))
        self._simulateur = simulateur
        self._ecrits = 0
        self._fermes: list[str] = []
        self._ouverts: dict[object, _Ouvert] = {}

    @property
    def _pannes(self) -> Pannes:
        return self._simulateur.pannes

    @override
    def map_path(self, path: bytes) -> bytes:
        reel: bytes = super().map_path(path)
        relatif = self.reverse_map_path(reel)
        if relatif != b"/" and not any(
            relatif == montre or relatif.startswith(montre + b"/") for montre in _MONTRES
        ):
            raise asyncssh.SFTPPermissionDenied("hors des dossiers convenus")
        return reel

    @override
    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        """At the root, only what a partner shows."""
        racine = self.reverse_map_path(self.map_path(path)) == b"/"
        async for entree in super().scandir(path):
            if not racine or b"/" + os.fsencode(entree.filename) in _MONTRES:
                yield entree

    @override
    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        fichier = super().open(path, pflags, attrs)
        ecriture = bool(pflags & (asyncssh.FXF_WRITE | asyncssh.FXF_APPEND))
        self._ouverts[fichier] = _Ouvert(Path(os.fsdecode(self.map_path(path))), ecriture)
        return fichier

    @override
    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        octets = await _attendre(super().read(file_obj, offset, size))
        ouvert = self._ouverts.get(file_obj)
        if ouvert is not None:
            ouvert.lus = max(ouvert.lus, offset + len(octets))
        return octets

    @override
    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        pannes = self._pannes
        if pannes.lenteur:
            await asyncio.sleep(pannes.lenteur)
        self._ecrits += len(data)
        plein = pannes.disque_plein_apres
        if plein is not None and self._ecrits > plein and pannes.frapper():
            raise asyncssh.SFTPFailure("No space left on device")
        ecrits = await _attendre(super().write(file_obj, offset, data))
        if pannes.couper_apres is not None and self._ecrits > pannes.couper_apres:
            self._couper()
        return ecrits

    @override
    def close(self, file_obj: object) -> None:
        super().close(file_obj)
        ouvert = self._ouverts.pop(file_obj, None)
        if ouvert is None:
            return
        if not ouvert.ecriture:
            self._relever(ouvert)
        elif ouvert.chemin.suffix != ".part":
            if self._pannes.couper_fermeture:
                self._couper()
            self._fermes.append(ouvert.chemin.name)
            # asyncssh closes every open file when the line is lost, then calls `exit`: only a
            # close that is not followed at once by `exit` was asked for by the client.
            asyncio.get_running_loop().call_soon(self._ramasser)

    @override
    def exit(self) -> None:
        self._fermes.clear()

    @override
    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        self._avant_renommage()
        await _attendre(super().rename(oldpath, newpath))
        self._apres_renommage(newpath)

    @override
    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        if self._pannes.sans_posix:
            raise asyncssh.SFTPOpUnsupported("posix-rename@openssh.com inconnu")
        self._avant_renommage()
        await _attendre(super().posix_rename(oldpath, newpath))
        self._apres_renommage(newpath)

    def _avant_renommage(self) -> None:
        pannes = self._pannes
        if pannes.refuser_renommage and pannes.frapper():
            raise asyncssh.SFTPFailure("renommage refusé")
        if pannes.couper_renommage == "avant" and self._couper():
            raise asyncssh.SFTPConnectionLost("coupé avant le renommage")

    def _apres_renommage(self, newpath: bytes) -> None:
        cible = Path(os.fsdecode(self.map_path(newpath)))
        if cible.parent.name == "depot":
            self._simulateur.prendre(cible.name)
        if self._pannes.couper_renommage == "apres":
            self._couper()

    def _couper(self) -> bool:
        if self._pannes.frapper():
            self.connection.abort()
            return True
        return False

    def _ramasser(self) -> None:
        fermes, self._fermes = self._fermes, []
        for nom in fermes:
            if self._simulateur.complet(nom):
                self._simulateur.prendre(nom)

    def _relever(self, ouvert: _Ouvert) -> None:
        """An answer that was read to its end is gone, as at the real partner."""
        chemin = ouvert.chemin
        if chemin.parent.name != "retrait" or not chemin.exists():
            return
        if (
            self._simulateur.guichet.regles.retrait_apres_lecture
            and 0 < chemin.stat().st_size <= ouvert.lus
        ):
            chemin.unlink()


async def _attendre(valeur: T | Awaitable[T]) -> T:
    """asyncssh allows both plain values and coroutines."""
    return await valeur if isinstance(valeur, Awaitable) else valeur


def _cle_hote(chemin: Path) -> asyncssh.SSHKey:
    if not chemin.exists():
        asyncssh.generate_private_key("ssh-ed25519").write_private_key(chemin)
        chemin.chmod(0o600)
    return asyncssh.read_private_key(chemin)
