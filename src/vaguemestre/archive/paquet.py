"""The archive package of a settled flux: one manifest that names every byte and its proof. Pure.

Canonical JSON, so the manifest itself has one digest and can lie in the coffre beside the objects
that it names. It holds what a person needs to judge it without this program: digests, times, the
acquit, and the proofs that its log entries stand under a signed checkpoint.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import Any

from vaguemestre.errors import IllisibleError
from vaguemestre.formats.canonique import canonique

FORMAT = "vaguemestre/paquet@1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One object of the package.

    `role`: depot, pes, pes_signe, indigo, pj, acquit, rapport…; `date` is when it came, was made
    or was sent (UTC, ISO 8601); `nom` as it was named there and then.
    """

    role: str
    nom: str
    date: str
    sha256: str
    sha1: str
    taille: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PreuveEntree:
    """One entry of the log: its place, step, time, canonical bytes and `.tlog-proof` (texts)."""

    seq: int
    etape: str
    date: str
    feuille: str
    preuve: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paquet:
    """All there is about a flux. `acquit` is the verdict as read (JSON), `cle` the log's vkey."""

    flux: str
    depot: str
    collectivite: str
    cod_col: str
    cod_bud: str
    nomfic: str
    etat: str
    date: str
    conservation: int
    pieces: tuple[Piece, ...]
    acquit: tuple[dict[str, object], ...]
    journal: tuple[PreuveEntree, ...]
    taille_journal: int
    racine_journal: str
    cle: str

    def ecrire(self) -> bytes:
        """The manifest: the same package always gives the same bytes.

        Pieces are sorted by role, name and digest.
        """
        contenu = _champs(self) | {"format": FORMAT}
        pieces = sorted(self.pieces, key=lambda piece: (piece.role, piece.nom, piece.sha256))
        contenu["pieces"] = [_champs(piece) for piece in pieces]
        contenu["journal"] = [_champs(entree) for entree in self.journal]
        return canonique(contenu) + b"\n"


def _champs(objet: Piece | PreuveEntree | Paquet) -> dict[str, Any]:
    """Its fields, one level deep: `asdict` copies every text of every proof."""
    return {champ.name: getattr(objet, champ.name) for champ in fields(objet)}


def lire_paquet(octets: bytes) -> Paquet:
    """Read a manifest back.

    Raises:
        IllisibleError: not a manifest of this format, or not as it was written.
    """
    try:
        contenu = json.loads(octets)
        if contenu.pop("format") != FORMAT:
            raise IllisibleError("ce n'est pas un manifeste d'archive de ce format")
        contenu["pieces"] = tuple(Piece(**piece) for piece in contenu["pieces"])
        contenu["journal"] = tuple(PreuveEntree(**entree) for entree in contenu["journal"])
        contenu["acquit"] = tuple(contenu["acquit"])
        paquet = Paquet(**contenu)
        identique = paquet.ecrire() == octets
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise IllisibleError("manifeste d'archive illisible") from error
    if not identique:
        raise IllisibleError("le manifeste d'archive n'est pas tel qu'il a été écrit")
    return paquet
