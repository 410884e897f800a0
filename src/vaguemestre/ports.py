"""Protocols for the outside world: what a workflow may ask of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Protocol

from vaguemestre.domain.flux import Fait

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Empreinte:
    """What identifies some bytes: lower-case hex digests and the size in bytes.

    SHA-1 is kept because the trace list of the arrêté of 27 June 2007 (O1-8) and the Passtrans
    name ask for it; SHA-256 is the identity.
    """

    sha256: str
    sha1: str
    taille: int


@dataclass(frozen=True, slots=True)
class Colis:
    """One file to hand to a partner. `nom` stands for its content: same name, same bytes.

    `statut` is None for a PES; for an INDIGO file it is the status of its layout
    (`draft`, `fictional`, `validated`): a door to a real partner refuses anything but
    `validated`.
    """

    nom: str
    chemin: Path
    empreinte: Empreinte
    statut: str | None = None


@dataclass(frozen=True, slots=True)
class Recu:
    """Proof that a partner took a file: name on the wire, size, SHA-256, how it is known."""

    nom: str
    taille: int
    sha256: str
    mode: str


class Transport(Protocol):
    """A remote mailbox. Raises an ExchangeError and nothing else.

    A name stands for its content: sending the same name twice is sending it once.
    """

    def send(self, colis: Colis, intention: Callable[[], None], deja_tente: bool) -> Recu:
        """Send one file; returns only when the partner holds all of it.

        `intention` is called once, after the connection stands and right before the first byte
        of the file is offered: it commits the intent. `deja_tente` says that an earlier life
        committed that intent: then, if the remote side shows neither the file nor its part,
        nobody knows, and ExchangeUncertainError is raised instead of sending twice.
        """
        ...

    def names(self) -> frozenset[str]:
        """Names of the files that wait for us."""
        ...

    def fetch(self, name: str, vers: Path) -> None:
        """Download one file to the local path `vers` (binary, whole or an error)."""
        ...

    def remove(self, name: str) -> None:
        """Remove a fetched file from the partner's outbox, where the partner wants that."""
        ...

    def close(self) -> None: ...


class Signer(Protocol):
    """A private key with its certificate; RSA PKCS#1 v1.5 with SHA-256."""

    @property
    def certificat(self) -> bytes:
        """The signing certificate, DER."""
        ...

    @property
    def chaine(self) -> tuple[bytes, ...]:
        """Intermediate certificates that came with the key, DER, maybe none."""
        ...

    def sign(self, data: bytes) -> bytes: ...


class Clock(Protocol):
    """The only source of time above the doors."""

    def now(self) -> datetime:
        """Aware, UTC, whole seconds."""
        ...

    def sleep(self, seconds: float) -> None: ...


class Identifiants(Protocol):
    """The only source of new identifiers."""

    def jeton(self) -> str:
        """A new opaque token, [0-9a-z]{12}: names of temporary and work folders."""
        ...


class Coffre(Protocol):
    """Write-once store of bytes, addressed by their SHA-256."""

    def ranger(
        self, source: Path, *, lier: bool = False, connue: Empreinte | None = None
    ) -> Empreinte:
        """Copy a file in (`lier`: a file of ours is linked), durable when it returns.

        `connue`, with `lier`: the digests taken while the file was written.
        """
        ...

    def ranger_tous(self, sources: Sequence[Path]) -> list[Empreinte]:
        """Put several files in; the disk is waited for once."""
        ...

    def ranger_octets(self, contenu: bytes) -> Empreinte: ...

    def chemin(self, sha256: str) -> Path:
        """Where the bytes lie; IntegrityError when they are not there."""
        ...

    def verifier(self, sha256: str) -> None:
        """Recompute; IntegrityError when the bytes are not those."""
        ...

    def contenus(self) -> Iterable[str]:
        """Every SHA-256 in the store."""
        ...


@dataclass(frozen=True, slots=True)
class Done:
    """The remembered result of a finished step: small JSON, never a document.

    `faits` are applied to the register in the same transaction; a recalled step has none.
    """

    result: Json
    faits: tuple[Fait, ...] = ()


class Journal(Protocol):
    """Where finished steps are remembered.

    `record` writes the result, the effects on the register and one audit leaf in a single
    transaction.
    """

    def recall(self, run: str, step: str) -> Done | None: ...

    def record(self, run: str, step: str, done: Done) -> None: ...


@dataclass(frozen=True, slots=True)
class PieceConnue:
    """A mandat or titre that was sent under this IdPce, and what the retours said of it.

    `flux`: the flux that carried it. `rejetee_le` (DtePceRej) and `prise_en_charge_le`
    (DtePcePec) are ISO dates, None where no retour said so: rejected before it was taken in
    charge, its number may be sent again; once taken in charge, it may not (pes.md §7.7).
    """

    flux: str
    rejetee_le: str | None = None
    prise_en_charge_le: str | None = None


class Memoire(Protocol):
    """What only the register knows about a PES (rules `registre.*`).

    Every method answers for documents that were sent or are in flight; what was refused by us or
    by the partner never counts, but where the method says so. A missing register is `None` at
    the caller, not an empty one.
    """

    def nomfic_connu(self, nomfic: str, cod_col: str) -> str | None:
        """The flux that already carries this NomFic + CodCol, or None."""
        ...

    def bordereau_connu(
        self, cod_col: str, cod_bud: str, domaine: str, exercice: int, type_: str, numero: int
    ) -> str | None: ...

    def pj_connue(self, cod_col: str, id_unique: str) -> str | None:
        """The flux in which the PJ was sent, when it was accepted or is in flight."""
        ...

    def cumul(
        self, cod_col: str, cod_bud: str, domaine: str, exercice: int, type_: str
    ) -> Decimal | None:
        """Running total of the year before this bordereau (MtCumulAnnuel), or None: unknown."""
        ...

    def dernier_bordereau(
        self, cod_col: str, cod_bud: str, domaine: str, exercice: int, type_: str
    ) -> int | None:
        """The highest IdBord of that series sent or in flight, or None: nothing is known."""
        ...

    def bordereau_refuse(
        self, cod_col: str, cod_bud: str, domaine: str, exercice: int, type_: str, numero: int
    ) -> str | None:
        """The flux in which the partner refused a bordereau of that number, or None."""
        ...

    def pj_acceptee(self, cod_col: str, id_unique: str) -> bool | None:
        """True: accepted by an acquit; None: sent, no answer yet; False: refused, or unknown."""
        ...

    def piece_connue(
        self, cod_col: str, cod_bud: str, domaine: str, exercice: int, id_pce: int
    ) -> PieceConnue | None:
        """What is known of the mandat or titre of that number, or None."""
        ...


@dataclass(frozen=True, slots=True)
class Objet:
    """Some bytes that a log entry names; what the step did not say is None."""

    sha256: str
    sha1: str | None = None
    taille: int | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A flux went from one state to another; `de` is '' when it was opened."""

    flux: str
    de: str
    vers: str


@dataclass(frozen=True, slots=True)
class Transmission:
    """The partner holds a member of a flux (trace list O1-8). `genre` is pes or indigo."""

    flux: str
    genre: str
    nom: str
    taille: int
    sha1: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entree:
    """One entry of the audit log: a step that is done. It carries no personal data.

    `seq` counts from 0; `temps` is UTC, `AAAA-MM-JJTHH:MM:SSZ`; `acteur` is a pseudonym;
    `precedent` is the seq of the run's entry before; `empreinte` is the salted digest of the
    step's result and facts, which are stored beside the log and may be erased.
    """

    seq: int
    temps: str
    acteur: str
    collectivite: str
    run: str
    etape: str
    empreinte: str
    precedent: int | None = None
    objets: tuple[Objet, ...] = ()
    passages: tuple[Passage, ...] = ()
    transmissions: tuple[Transmission, ...] = ()


@dataclass(frozen=True, slots=True)
class EtapeScellee:
    """A remembered step with its salt, as it is stored: what `Entree.empreinte` covers."""

    seq: int
    run: str
    etape: str
    temps: str
    resultat: str
    faits: str
    sel: str


class Scelleur(Protocol):
    """Makes the leaves and the tree of the audit log; the store keeps what it makes."""

    def empreinte(self, etape: EtapeScellee) -> str:
        """Hex SHA-256 over salt, names, time, result and facts (`seq` is not part of it)."""
        ...

    def feuille(self, entree: Entree) -> bytes:
        """The canonical bytes of an entry."""
        ...

    def ajouter(
        self, taille: int, pics: tuple[bytes, ...], feuille: bytes
    ) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
        """The peaks after one more leaf, and the new nodes in stored order."""
        ...

    def nombre_noeuds(self, taille: int) -> int:
        """How many nodes are stored for `taille` leaves: index of the next one."""
        ...

    def indices_pics(self, taille: int) -> tuple[int, ...]:
        """Stored indexes of the peaks, largest first."""
        ...

    def racine(self, pics: tuple[bytes, ...]) -> bytes: ...


class LectureJournal(Protocol):
    """What the audit reads of the log, always in the order of `seq`."""

    def taille(self) -> int: ...

    def feuilles(self, debut: int = 0, fin: int | None = None) -> Iterable[tuple[int, bytes]]: ...

    def noeuds(self) -> Iterable[tuple[int, bytes]]: ...

    def lire_noeuds(self, indices: Sequence[int]) -> Mapping[int, bytes]: ...

    def points(self) -> Iterable[tuple[int, str]]:
        """(size, signed note) of every checkpoint, smallest first."""
        ...

    def etapes(self) -> Iterable[EtapeScellee]: ...

    def ecarts_registre(self) -> Iterable[str]:
        """French sentences: where the register differs from what the stored facts give."""
        ...


@dataclass(frozen=True, slots=True)
class Execution:
    """A run that is to be done. `objet` is what it is about; `essais` counts failed tries."""

    id: str
    genre: str
    objet: str
    essais: int = 0


class Executions(Protocol):
    """The queue of runs. Every method is one transaction and takes the time from its caller."""

    def prendre(self, maintenant: datetime) -> Execution | None:
        """The due run that waits longest, now marked as taken; None when nothing is due."""
        ...

    def prochaine(self) -> datetime | None:
        """When the next waiting run becomes due; None when none waits."""
        ...

    def finir(self, id_: str) -> None: ...

    def reporter(self, id_: str, quand: datetime, erreur: str, essais: int) -> None:
        """Hand it back, to be tried again at `quand`."""
        ...

    def rendre(self, id_: str) -> None:
        """Hand it back untouched: the daemon stops."""
        ...

    def abandonner(self, id_: str, erreur: str) -> None:
        """It will not be tried again by itself: a person has to act."""
        ...
