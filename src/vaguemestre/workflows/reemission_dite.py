"""What the log keeps of a re-issue: who asked for it, why, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vaguemestre.workflows.maison import Maison


@dataclass(frozen=True, slots=True, kw_only=True)
class ReemissionDite:
    """`exclues` and `prises`: names of pièces; `otees`: invoices and contracts, with a reason."""

    de: str
    motif: str
    auteur: str
    exclues: tuple[str, ...]
    prises: tuple[str, ...]
    otees: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """Under `reemission` of `flux show --json`."""
        return {
            "de": self.de,
            "motif": self.motif,
            "auteur": self.auteur,
            "exclues": list(self.exclues),
            "prises_en_charge": list(self.prises),
            "non_reprises": list(self.otees),
        }


def reemission_dite(maison: Maison, flux: str) -> ReemissionDite | None:
    """How this flux was made from another one; None when it was deposited."""
    vu = maison.registre.flux(flux)
    controle = None if vu is None else maison.journal.recall(vu.depot, "controler")
    dite = None if controle is None else controle.result.get("reemission")
    if not isinstance(dite, Mapping):
        return None
    return ReemissionDite(
        de=str(dite["de"]),
        motif=str(dite["motif"]),
        auteur=str(dite["auteur"]),
        exclues=tuple(map(str, dite["exclues"])),
        prises=tuple(map(str, dite["prises"])),
        otees=tuple(map(str, dite.get("otees", ()))),
    )
