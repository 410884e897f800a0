"""The partners that the contract suite runs against, behind one small face."""

from __future__ import annotations

import getpass
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.contract.transport.simulateur import patienter, simulateur
from tests.outils import absent, outil
from vaguemestre.ports import Transport
from vaguemestre.simulators.regles import Regles
from vaguemestre.transport.dossier import DossierTransport
from vaguemestre.transport.sftp import Acces, SftpTransport

Fabrique = Callable[..., Transport]


@dataclass
class Partenaire:
    """`ouvrir(partie=…, effacer_retrait=…, simulateur=…)` makes the transport under test."""

    racine: Path
    ouvrir: Fabrique
    emporte: bool

    @property
    def depot(self) -> Path:
        return self.racine / "depot"

    @property
    def retrait(self) -> Path:
        return self.racine / "retrait"

    def tenus(self, nom: str) -> list[bytes]:
        """Every complete copy of `nom` that the partner holds or took."""
        pris = self.racine / "recus"
        chemins = sorted(pris.iterdir()) if pris.exists() else []
        tenus = [p.read_bytes() for p in chemins if p.name.partition("~")[2] == nom]
        present = self.depot / nom
        return [*tenus, *([present.read_bytes()] if present.exists() else [])]

    def attendre(self, nom: str, fois: int = 1) -> list[bytes]:
        patienter(lambda: len(self.tenus(nom)) >= fois)
        return self.tenus(nom)


@contextmanager
def dossier(racine: Path) -> Iterator[Partenaire]:
    for nom in ("depot", "retrait"):
        (racine / nom).mkdir(parents=True)

    def ouvrir(**reglages: bool) -> Transport:
        return DossierTransport(racine / "depot", racine / "retrait", **reglages)

    yield Partenaire(racine, ouvrir, emporte=False)


@contextmanager
def asyncssh(racine: Path) -> Iterator[Partenaire]:
    with simulateur(racine, Regles(controle=False)) as en_fil:

        def ouvrir(**reglages: Any) -> Transport:
            return SftpTransport(en_fil.acces, **reglages)

        yield Partenaire(racine, ouvrir, emporte=True)


@contextmanager
def openssh(racine: Path) -> Iterator[Partenaire]:
    """sshd as the current user on a free port, public-key login, its own host key."""
    sshd, keygen = _sshd(), outil("ssh-keygen")
    for nom in ("depot", "retrait", "cles"):
        (racine / nom).mkdir(parents=True)
    cles = racine / "cles"
    for nom in ("hote", "client"):
        subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(cles / nom)], check=True)
    with socket.socket() as libre:
        libre.bind(("127.0.0.1", 0))
        port = libre.getsockname()[1]
    (cles / "config").write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {cles / 'hote'}\nPidFile none\n"
        f"AuthorizedKeysFile {cles / 'client.pub'}\nStrictModes no\nUsePAM no\n"
        f"PasswordAuthentication no\nPermitRootLogin yes\n"
        f"Subsystem sftp internal-sftp -d {racine}\n"
    )
    genre, cle = (cles / "hote.pub").read_text("ascii").split()[:2]
    (cles / "connus").write_text(f"[127.0.0.1]:{port} {genre} {cle}\n", "ascii")
    acces = Acces(
        hote="127.0.0.1",
        port=port,
        utilisateur=getpass.getuser(),
        cle=cles / "client",
        hotes_connus=cles / "connus",
        delai=10,
    )

    def ouvrir(**reglages: Any) -> Transport:
        depot, retrait = str(racine / "depot"), str(racine / "retrait")
        return SftpTransport(acces, depot=depot, retrait=retrait, **reglages)

    with (cles / "journal").open("wb") as journal:
        serveur = subprocess.Popen([sshd, "-D", "-e", "-f", str(cles / "config")], stderr=journal)
    try:
        _ecoute(port, serveur, cles / "journal")
        yield Partenaire(racine, ouvrir, emporte=False)
    finally:
        serveur.terminate()
        serveur.wait(10)


def _sshd() -> str:
    for chemin in ("/usr/sbin/sshd", "/usr/local/sbin/sshd"):
        if Path(chemin).exists():
            separation = Path("/run/sshd")
            with suppress(OSError):
                separation.mkdir(exist_ok=True)
            return chemin
    return outil(shutil.which("sshd") or "sshd")


def _ecoute(port: int, serveur: subprocess.Popen[bytes], journal: Path) -> None:
    fin = time.monotonic() + 10
    while time.monotonic() < fin:
        if serveur.poll() is not None:
            absent(f"sshd ne démarre pas ici : {journal.read_text(errors='replace')[-200:]}")
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    absent("sshd n'écoute pas")


PARTENAIRES = {"dossier": dossier, "asyncssh": asyncssh, "openssh": openssh}
