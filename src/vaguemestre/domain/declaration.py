"""What the sender declares about a PJ beside the PES, which has no place for it.

Category, origin, waiver and certification come from the local agreement (accord local 1.3, 1.4,
2.2); they are checked and reported, and never written into the PES.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Derogation:
    """A waiver of « numérisées et pas scannées » (1.4): why, and who takes it upon them."""

    motif: str
    auteur: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationPj:
    """`categorie`: code of the list; `origine`: native, convertie or papier; '' = not said.

    `certification`: IdUnique or name of the PJ that certifies this one enforceable, because the
    signer may not (accord local 1.3). `libelle`: what an « autre » piece is.
    """

    categorie: str = ""
    origine: str = ""
    libelle: str = ""
    certification: str = ""
    derogation: Derogation | None = None

    def avec_defaut(self, commune: DeclarationPj) -> DeclarationPj:
        """The same, with the waiver and origin of the whole deposit where it has none."""
        return replace(
            self,
            origine=self.origine or commune.origine,
            derogation=self.derogation or commune.derogation,
        )
