"""A Journal in memory, for tests of workflows that need no database."""

from __future__ import annotations

import json

from vaguemestre.domain.flux import Etat, EtatChange, Fait, FluxOuvert, transition
from vaguemestre.errors import IntegrityError
from vaguemestre.formats.canonique import canonique
from vaguemestre.ports import Done


class JournalEnMemoire:
    """Keeps steps and states; what is not a state is only kept."""

    def __init__(self) -> None:
        self.etapes: dict[tuple[str, str], tuple[bytes, tuple[Fait, ...]]] = {}
        self.etats: dict[str, Etat] = {}

    def recall(self, run: str, step: str) -> Done | None:
        found = self.etapes.get((run, step))
        return None if found is None else Done(json.loads(found[0]))

    def record(self, run: str, step: str, done: Done) -> None:
        contenu = (canonique(done.result), tuple(done.faits))
        if (deja := self.etapes.get((run, step))) is not None:
            if deja != contenu:
                raise IntegrityError(f"l'étape « {step} » a un autre résultat", ref=run)
            return
        etats = dict(self.etats)
        for fait in done.faits:
            if isinstance(fait, FluxOuvert):
                etats[fait.flux] = Etat.DEPOSE
            elif isinstance(fait, EtatChange):
                if fait.flux not in etats:
                    raise IntegrityError("flux inconnu du registre", ref=fait.flux)
                etats[fait.flux] = transition(fait.flux, etats[fait.flux], fait.etat)
        self.etats = etats
        self.etapes[run, step] = contenu
