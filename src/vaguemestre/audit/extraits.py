"""What can be shown of the log: the legal trace list, proofs, history of checkpoints. Pure.

The trace list: arrêté of 27 June 2007, annexe 1, O1-8: nature and name, date and time of
transmission, size in bytes, SHA-1; exportable as CSV (one line per file) or XML (one element per
file), kept eight years at least (reference/signature-and-transmission.md). SHA-256 is added.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from xml.sax.saxutils import quoteattr

from vaguemestre.audit import arbre
from vaguemestre.audit.feuille import lire_feuille
from vaguemestre.audit.point import Preuve, lire_point
from vaguemestre.errors import IntegrityError, UsageError
from vaguemestre.ports import LectureJournal

_NATURES = {"pes": "PES Aller", "indigo": "INDIGO"}


@dataclass(frozen=True, slots=True)
class LigneTrace:
    """One transmitted file. `date` is UTC; `taille` in bytes."""

    nature: str
    nom: str
    date: str
    taille: int
    sha1: str
    sha256: str
    collectivite: str
    flux: str


def trace(feuilles: Iterable[tuple[int, bytes]]) -> Iterator[LigneTrace]:
    """Every file that a partner holds, in the order of transmission."""
    for _, octets in feuilles:
        entree = lire_feuille(octets)
        for envoi in entree.transmissions:
            yield LigneTrace(
                nature=_NATURES.get(envoi.genre, envoi.genre),
                nom=envoi.nom,
                date=entree.temps,
                taille=envoi.taille,
                sha1=envoi.sha1,
                sha256=envoi.sha256,
                collectivite=entree.collectivite,
                flux=envoi.flux,
            )


def trace_csv(lignes: Iterable[LigneTrace]) -> str:
    """`;`-separated with a header line."""
    sortie = io.StringIO()
    writer = csv.writer(sortie, delimiter=";", lineterminator="\r\n")
    writer.writerow([champ.name for champ in fields(LigneTrace)])
    writer.writerows(astuple(ligne) for ligne in lignes)
    return sortie.getvalue()


def trace_xml(lignes: Iterable[LigneTrace]) -> str:
    """One `fichier` element per file, values in attributes."""
    noms = [champ.name for champ in fields(LigneTrace)]
    corps = [
        "  <fichier "
        + " ".join(f"{nom}={quoteattr(str(getattr(ligne, nom)))}" for nom in noms)
        + "/>"
        for ligne in lignes
    ]
    return "\n".join(
        ['<?xml version="1.0" encoding="UTF-8"?>', "<traces>", *corps, "</traces>", ""]
    )


def preuve(journal: LectureJournal, seq: int, note: str) -> Preuve:
    """The proof of one entry under a checkpoint that covers it.

    Raises:
        UsageError: the checkpoint is older than the entry.
        IntegrityError: nodes of the tree are missing.
    """
    return next(preuves(journal, (seq,), note))


def preuves(journal: LectureJournal, seqs: Iterable[int], note: str) -> Iterator[Preuve]:
    """The proofs of several entries, in their order, under one checkpoint; see `preuve`."""
    taille = lire_point(note.partition("\n\n")[0] + "\n").taille
    lire = _complet(journal)
    for seq in seqs:
        if not 0 <= seq < taille:
            raise UsageError(f"l'entrée {seq} est plus récente que le point de contrôle")
        yield Preuve(seq, arbre.preuve_inclusion(seq, taille, lire), note)


def preuve_de_coherence(journal: LectureJournal, ancienne: int, nouvelle: int) -> tuple[bytes, ...]:
    """Proof that the log of `nouvelle` entries only added to that of `ancienne`.

    Raises:
        UsageError: sizes that cannot be compared; IntegrityError: nodes are missing.
    """
    if not 0 < ancienne <= nouvelle <= journal.taille():
        raise UsageError(f"tailles de journal incomparables : {ancienne} et {nouvelle}")
    return arbre.preuve_coherence(ancienne, nouvelle, _complet(journal))


def _complet(journal: LectureJournal) -> arbre.Lire:
    def lire(indices: Sequence[int]) -> dict[int, bytes]:
        lus = dict(journal.lire_noeuds(indices))
        if len(lus) != len(set(indices)):
            raise IntegrityError("l'arbre du journal a perdu des nœuds")
        return lus

    return lire
