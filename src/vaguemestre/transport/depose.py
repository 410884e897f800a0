"""One deposit of one file, whatever the mailbox: what is done in each case, and why.

The DGFiP takes files away, so a missing name proves nothing by itself. What is known comes from
three places: the remote side (final name, `.part`), the committed intent (`deja_tente`: an earlier
life of the process may have offered bytes), and the memory of this process (`Progres`), which knows
whether the rename was ever asked for. NOM is the final name.

With `.part` and rename (« offered »: bytes of it may have been offered before):

    NOM there    .part   what is known                  what is done
    same bytes   any                                    nothing, .part removed    deja_la
    same size,   any     (may not be read)              nothing            deja_la_taille
    other bytes  any                                    ExchangeRefusedError
    no           any     not offered                    intent, send, rename      renomme
    no           yes     offered                        resume, rename            renomme
    no           no      here, rename not asked         send again, rename        renomme
    no           no      here, rename asked             nothing                  constate
    no           no      offered by an earlier life     ExchangeUncertainError

A `.part` that still exists was never renamed, so going on with it sends nothing twice; where this
process never asked for the rename, nothing complete can have left the `.part`; where it did and
both are gone, the rename was done and the file taken. A positive reply to the rename is the proof
by itself: the file may be gone the moment after.

Without `.part` (Passtrans: the name is the message and carries the digest):

    NOM there    what is known                          what is done
    same bytes                                          nothing                   deja_la
    a beginning  offered                                resume                     envoye
    other bytes                                         ExchangeRefusedError
    no           not offered                            intent, send               envoye
    no           here, some byte not acknowledged       send again                 envoye
    no           here, all acknowledged, close cut      ExchangeUncertainError
    no           offered by an earlier life             ExchangeUncertainError

Source: HOUSE §7 (« never twice » comes from names and receipts), issue 2 build item 9.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from vaguemestre.errors import (
    ConfigurationError,
    ExchangeRefusedError,
    ExchangeUncertainError,
    IntegrityError,
    RessourceError,
)
from vaguemestre.ports import Colis, Recu
from vaguemestre.transport.nommage import SUFFIXE_PARTIE, nom_simple

BLOC = 32_000
"""A request of so many bytes and its header fit in one packet of the line: both are at most
32 KB everywhere (SSH_FXP_WRITE; RFC 4253, 6.1)."""

REPRISE_MIN = 256 * 1024
"""Below this a `.part` is written again rather than read back: it costs less."""

_BOUCLE = ("localhost", "ip6-localhost")


class Boite(Protocol):
    """The few things asked of a mailbox; names are plain names in its deposit folder.

    Every method raises ExchangeInterruptedError for a line that was cut and ExchangeRefusedError
    for a refusal; nothing else.
    """

    def taille(self, nom: str) -> int | None:
        """Size in bytes, or None when there is no such file."""
        ...

    def lire(self, nom: str) -> Iterator[bytes] | None:
        """The bytes that lie there; None when the partner does not let us read."""
        ...

    def ecrire(
        self, nom: str, source: BinaryIO, depuis: int, ecrit: Callable[[], None] | None
    ) -> None:
        """Write what is left in `source` at offset `depuis` (0: make or empty the file).

        `ecrit` is called when every byte is acknowledged and before the file is closed.
        """
        ...

    def renommer(self, de: str, vers: str) -> bool:
        """True when the partner did it, False when `de` is not there."""
        ...

    def effacer(self, nom: str) -> None:
        """Remove a file; one that is not there is removed already."""
        ...


@dataclass(slots=True)
class Progres:
    """What this process knows of one file's deposit. `offert`: bytes may have been offered.

    `memoire`: the story is known from its beginning, so `final` (rename asked, or last byte of a
    direct write acknowledged) can be trusted when it is False.
    """

    offert: bool
    memoire: bool
    final: bool = False


def progres_initial(deja_tente: bool) -> Progres:
    """Nothing known but the committed intent."""
    return Progres(offert=deja_tente, memoire=not deja_tente)


def garder_statut(colis: Colis, simulateur: bool) -> None:
    """A layout that nobody validated never reaches a real partner.

    Raises:
        ExchangeRefusedError: a draft or fictional INDIGO file, and the partner is no simulator.
    """
    if colis.statut not in (None, "validated") and not simulateur:
        raise ExchangeRefusedError(
            f"{colis.nom} : dessin INDIGO « {colis.statut} », non validé, jamais envoyé à un "
            "partenaire réel ; l'exploitant installe un dessin validé par la DGFiP",
            ref=colis.nom,
        )


def garder_boucle(hote: str) -> None:
    """`simulateur = true` opens the gate to fictional layouts: only towards this very machine.

    Raises:
        ConfigurationError: the host is not a loopback address.
    """
    if hote not in _BOUCLE and not _adresse_de_boucle(hote):
        raise ConfigurationError(
            f"« simulateur = true » n'est permis que pour un hôte local, pas pour « {hote} »"
        )


def _adresse_de_boucle(hote: str) -> bool:
    try:
        return ip_address(hote).is_loopback
    except ValueError:
        return False


def deposer(
    boite: Boite, colis: Colis, intention: Callable[[], None], progres: Progres, *, partie: bool
) -> Recu:
    """Apply the tables above once; after a cut line, call again with the same `progres`.

    Raises:
        ExchangeInterruptedError, ExchangeRefusedError, ExchangeUncertainError: see the tables.
        IntegrityError: the local file is not the one the register knows.
        RessourceError: the local file cannot be read.
    """
    nom_simple(colis.nom)
    with _ouvrir(colis.chemin) as source:
        if partie:
            return _par_partie(boite, colis, source, intention, progres)
        return _direct(boite, colis, source, intention, progres)


def _par_partie(
    boite: Boite,
    colis: Colis,
    source: BinaryIO,
    intention: Callable[[], None],
    progres: Progres,
) -> Recu:
    partie, total = colis.nom + SUFFIXE_PARTIE, colis.empreinte.taille
    presente = boite.taille(colis.nom)
    if presente is not None:
        recu = _deja_la(boite, colis, source, presente)
        if progres.offert:
            boite.effacer(partie)
        return recu
    reste = boite.taille(partie) if progres.offert else None
    if progres.offert and reste is None:
        if progres.final:
            return _recu(colis, "constate")
        _refuser_incertain(colis, progres)
    progres.memoire = True
    demande = progres.final
    if not (demande and reste == total):
        depuis = _reprendre(boite, partie, source, reste)
        if depuis == 0 or depuis < total:
            _ecrire(boite, partie, colis, source, depuis, intention, progres)
        _verifier_taille(colis, boite.taille(partie))
    progres.final = True
    try:
        renomme = boite.renommer(partie, colis.nom)
    except ExchangeRefusedError:
        progres.final = demande
        raise
    if renomme or demande:
        return _recu(colis, "renomme" if renomme else "constate")
    return _partie_disparue(boite, colis, source)


def _ecrire(
    boite: Boite,
    nom: str,
    colis: Colis,
    source: BinaryIO,
    depuis: int,
    intention: Callable[[], None],
    progres: Progres,
    ecrit: Callable[[], None] | None = None,
) -> None:
    """Prove the local bytes, commit the intent, offer the bytes: in this order.

    A `.part` is opened, empty, before the intent: an intent without bytes then leaves a `.part`
    behind, which proves that nothing was renamed. A final name is not opened before its intent: an
    empty one would look like another content.
    """
    _verifier_local(colis, source)
    source.seek(depuis)

    def engager() -> None:
        if not progres.offert:
            intention()
            progres.offert = True

    if nom.endswith(SUFFIXE_PARTIE):
        boite.ecrire(nom, cast(BinaryIO, _Offre(source, engager)), depuis, ecrit)
        return
    engager()
    boite.ecrire(nom, source, depuis, ecrit)


class _Offre:
    """Our file as a door reads it; `avant` is called when the first byte is asked for."""

    def __init__(self, source: BinaryIO, avant: Callable[[], None]) -> None:
        self._source, self._avant = source, avant
        self._commence = False

    def read(self, taille: int = -1) -> bytes:
        if not self._commence:
            self._commence = True
            self._avant()
        return self._source.read(taille)


def _partie_disparue(boite: Boite, colis: Colis, source: BinaryIO) -> Recu:
    """The whole `.part` was there a moment ago, and nobody but us had asked to rename it."""
    presente = boite.taille(colis.nom)
    if presente is not None:
        return _deja_la(boite, colis, source, presente)
    raise ExchangeUncertainError(
        f"{colis.nom} : la partie complète a disparu avant d'être renommée ; le partenaire prend "
        "peut-être les fichiers « .part » : l'exploitant met « partie = false » s'il le confirme",
        ref=colis.nom,
    )


def _direct(
    boite: Boite,
    colis: Colis,
    source: BinaryIO,
    intention: Callable[[], None],
    progres: Progres,
) -> Recu:
    presente = boite.taille(colis.nom)
    entier = presente is not None and presente >= colis.empreinte.taille
    if presente is not None and (entier or not progres.offert):
        return _deja_la(boite, colis, source, presente)
    if presente is None and progres.offert:
        if progres.final:
            raise _incertain(colis)
        _refuser_incertain(colis, progres)
    depuis = presente or 0
    if depuis and not _debut_commun(boite, colis.nom, source, depuis):
        raise _autre_contenu(colis)
    progres.memoire = True

    def ecrit() -> None:
        progres.final = True

    _ecrire(boite, colis.nom, colis, source, depuis, intention, progres, ecrit)
    _verifier_taille(colis, boite.taille(colis.nom), absent_admis=True)
    return _recu(colis, "envoye")


def _refuser_incertain(colis: Colis, progres: Progres) -> None:
    if not progres.memoire:
        raise _incertain(colis)


def _reprendre(boite: Boite, nom: str, source: BinaryIO, reste: int | None) -> int:
    """Where to go on: after a proven beginning, else at 0."""
    if reste is None or reste < REPRISE_MIN:
        return 0
    return reste if _debut_commun(boite, nom, source, reste) else 0


def _debut_commun(boite: Boite, nom: str, source: BinaryIO, taille: int | None) -> bool:
    """The `taille` bytes there are the first `taille` bytes of ours."""
    octets = boite.lire(nom) if taille is not None else None
    if octets is None:
        return False
    source.seek(0)
    lus = 0
    for bloc in octets:
        if source.read(len(bloc)) != bloc:
            return False
        lus += len(bloc)
    return lus == taille


def _deja_la(boite: Boite, colis: Colis, source: BinaryIO, presente: int) -> Recu:
    if presente != colis.empreinte.taille:
        raise _autre_contenu(colis)
    octets = boite.lire(colis.nom)
    if octets is None:
        return _recu(colis, "deja_la_taille")
    somme = hashlib.sha256()
    for bloc in octets:
        somme.update(bloc)
    if somme.hexdigest() != colis.empreinte.sha256:
        raise _autre_contenu(colis)
    return _recu(colis, "deja_la")


def _verifier_local(colis: Colis, source: BinaryIO) -> None:
    """What is offered is what was signed and recorded, to the byte."""
    source.seek(0)
    somme = hashlib.sha256()
    while bloc := source.read(1 << 20):
        somme.update(bloc)
    if somme.hexdigest() != colis.empreinte.sha256:
        raise IntegrityError(
            f"{colis.nom} : le fichier sur disque n'est plus celui qui a été enregistré",
            ref=colis.nom,
        )


def _verifier_taille(colis: Colis, taille: int | None, *, absent_admis: bool = False) -> None:
    if taille == colis.empreinte.taille or (taille is None and absent_admis):
        return
    raise ExchangeRefusedError(
        f"{colis.nom} : {colis.empreinte.taille} octets envoyés, le partenaire en annonce {taille}"
        " ; l'exploitant lui demande s'il transforme les fichiers (mode texte ?)",
        ref=colis.nom,
    )


def _ouvrir(chemin: Path) -> BinaryIO:
    try:
        return chemin.open("rb")
    except OSError as error:
        raise RessourceError(
            f"fichier à envoyer illisible : {chemin} ({error.strerror})"
        ) from error


def _recu(colis: Colis, mode: str) -> Recu:
    return Recu(colis.nom, colis.empreinte.taille, colis.empreinte.sha256, mode)


def _autre_contenu(colis: Colis) -> ExchangeRefusedError:
    return ExchangeRefusedError(
        f"{colis.nom} : le partenaire tient déjà un autre contenu sous le même nom ; rien n'a été "
        "envoyé, l'exploitant demande au partenaire ce qu'est ce fichier",
        ref=colis.nom,
    )


def _incertain(colis: Colis) -> ExchangeUncertainError:
    return ExchangeUncertainError(
        f"{colis.nom} : l'envoi a été commencé, et le partenaire ne montre ni le fichier ni sa "
        "partie ; il l'a peut-être pris",
        ref=colis.nom,
    )
