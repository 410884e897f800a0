"""PES files for the test benches of editors: the same seed, the same bytes, on any machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from vaguemestre.domain.comptable import Domaine
from vaguemestre.simulators.fautes import FAUTES, appliquer
from vaguemestre.simulators.tirage_pes import tirer


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemplaire:
    """One file. `regle`: a rule that `check` finds broken in it, '' for a valid file; `quoi`:
    what is wrong, in French."""

    nom: str
    octets: bytes
    regle: str = ""
    quoi: str = ""

    def as_json(self) -> dict[str, str]:
        """Its line in the manifest."""
        return {
            "fichier": self.nom,
            "verdict": "fautif" if self.regle else "valide",
            "regle": self.regle,
            "quoi": self.quoi,
        }


def engendrer(graine: int, nombre: int, *, fautes: bool = False) -> Iterator[Exemplaire]:
    """`nombre` files, dépenses and recettes in turn; with `fautes` each fault in turn.

    File number i depends on the seed and on i alone: a longer series begins like a shorter one.
    """
    for rang in range(nombre):
        # Not for secrets: a draw that anybody can draw again.
        hasard = Random(f"{graine}/{rang}")  # noqa: S311
        if not fautes:
            domaine = (Domaine.DEPENSE, Domaine.RECETTE)[rang % 2]
            octets = tirer(hasard, domaine, rang)
            yield Exemplaire(nom=f"{rang:05d}_{domaine.value}_valide.xml", octets=octets)
            continue
        faute = FAUTES[rang % len(FAUTES)]
        octets = appliquer(faute, tirer(hasard, faute.domaine, rang))
        yield Exemplaire(
            nom=f"{rang:05d}_{faute.domaine.value}_{faute.regle}.xml",
            octets=octets,
            regle=faute.regle,
            quoi=faute.quoi,
        )
