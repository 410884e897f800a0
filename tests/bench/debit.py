"""Small deposits over SFTP: how many a second, what each costs, and whether that stays so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import paramiko

from tests.bench.appels import Appels, Matiere
from tests.bench.cadre import Mesure
from tests.bench.chantier import Chantier, Passage, chantier, preparer_lot
from tests.bench.remplissage import remplir
from vaguemestre.formats.donnees import donnees

DEBIT, RAPPORT, PLATITUDE = 25.0, 2.0, 20.0
_CHAUFFE = 10
_TOURS = 30
_DELAI = 400.0


@dataclass(frozen=True, slots=True)
class Ampleur:
    """How many deposits are dropped, and in how full a register: little, then a lot."""

    depots: int
    peu: int
    beaucoup: int
    collectivites: int = 1


def mesurer(ou: Path, ampleur: Ampleur) -> list[Mesure]:
    """Everything about small deposits; raises when one is lost or sent twice."""
    jeune, nus = _passer(ou / "peu", ampleur, ampleur.peu, appels=True)
    vieux, _ = _passer(ou / "beaucoup", ampleur, ampleur.beaucoup, appels=False)
    somme = sum(nus.values())
    detail = ", ".join(f"{nom} {duree * 1e3:.1f}" for nom, duree in nus.items())
    ecart = (vieux.cpu_par_depot / jeune.cpu_par_depot - 1) * 100
    return [
        Mesure(
            f"petits dépôts ({jeune.nombre}, SFTP, FULL)",
            jeune.debit,
            "/s",
            DEBIT,
            au_moins=True,
            detail=f"{jeune.duree:.1f} s ; tout archivé en {jeune.duree_archive:.1f} s",
        ),
        Mesure(
            "processeur du démon par dépôt / appels nus",
            jeune.cpu_par_depot / somme,
            "×",
            RAPPORT,
            detail=f"{jeune.cpu_par_depot * 1e3:.1f} ms contre {somme * 1e3:.1f} ms ({detail})",
        ),
        Mesure(
            "processeur du simulateur par dépôt", jeune.cpu_simulateur / jeune.nombre * 1e3, "ms"
        ),
        Mesure(
            f"coût par dépôt, de {ampleur.peu} à {ampleur.beaucoup} au registre",
            ecart,
            "%",
            PLATITUDE,
            detail=f"{jeune.cpu_par_depot * 1e3:.1f} ms puis {vieux.cpu_par_depot * 1e3:.1f} ms",
        ),
    ]


def _passer(
    ou: Path, ampleur: Ampleur, anciens: int, *, appels: bool
) -> tuple[Passage, dict[str, float]]:
    ou.mkdir()
    corps = ampleur.collectivites
    remplissage = partial(remplir, nombre=anciens, collectivites=corps)
    with chantier(ou, corps, remplissage) as ouvert:
        ouvert.passer(preparer_lot(ou, 0, _CHAUFFE, corps), _DELAI)
        passage = ouvert.passer(preparer_lot(ou, _CHAUFFE, ampleur.depots, corps), _DELAI)
        ouvert.verifier()
        return passage, _appels(ouvert, ampleur) if appels else {}


def _appels(ouvert: Chantier, ampleur: Ampleur) -> dict[str, float]:
    """The bare calls, on what this very run made; the daemon is stopped first."""
    ouvert.arreter_demon()
    ou, rang = ouvert.ou, _CHAUFFE + ampleur.depots
    flux = ouvert.registre.lister(limite=1)[0].id
    membre, reponse = ouvert.registre.membres(flux)[0], ouvert.registre.reponses(flux)[0]
    matiere = Matiere(
        depot=preparer_lot(ou, rang, 1, 1).faits[0][0],
        pes=_objet(ouvert, membre.sha256),
        acquit=_objet(ouvert, reponse.sha256),
        schema=donnees("schemas") / "5.30" / "PES_Aller.xsd",
        retrait=ou / "dgfip" / "retrait",
    )
    travail = ou / "nus"
    travail.mkdir()
    with _sftp(ouvert) as sftp:
        appels = Appels(matiere, travail, sftp)
        try:
            return appels.mesurer(_TOURS)
        finally:
            appels.fermer()


def _objet(ouvert: Chantier, sha256: str) -> Path:
    coffre = ouvert.config.chemin(ouvert.config.archive.coffre)
    return coffre / "sha256" / sha256[:2] / sha256[2:]


@contextmanager
def _sftp(ouvert: Chantier) -> Iterator[paramiko.SFTPClient]:
    partenaire = ouvert.config.partenaires[0]
    transport = paramiko.Transport((partenaire.hote, partenaire.port))
    try:
        transport.get_security_options().ciphers = ["aes128-gcm@openssh.com"]
        transport.connect(username=partenaire.utilisateur, password="mesure")  # noqa: S106
        client = paramiko.SFTPClient.from_transport(transport)
        if client is None:
            raise ConnectionError("le simulateur n'ouvre pas de canal SFTP")
        yield client
    finally:
        transport.close()
