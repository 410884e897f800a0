"""Keys of an article de rôle ORMC (Cle1, Cle2): formulas that an accountant may say he uses.

The official text names what the keys are made of and leaves the method to an annex that was not
found (pes.md §7.6, §14). What is written here was read in one editor's public source: it is a
choice that a body makes with its accountant, none by default, and never blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

_DETTE = 13  # digits that the debt number is padded to
_POIDS = (2, 3, 4, 5, 6, 7)  # from the right, over and over
# Letters of a modulo 23 key: I, O and Z are left out.
LETTRES = "ABCDEFGHJKLMNPQRSTUVWXY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Elements:
    """What the keys are made of, as written in the file; `nature` is the « code nature »."""

    collectivite: str
    nature: str
    role: str
    exercice: str
    periode: str
    dette: str

    @property
    def _annee(self) -> str:
        return self.exercice[-2:]

    @property
    def _dette(self) -> str:
        return self.dette.zfill(_DETTE)

    def par_nature(self) -> str:
        """Collectivité, nature, year, period, debt: the order of the official text."""
        return f"{self.collectivite}{self.nature}{self._annee}{self.periode}{self._dette}"

    def par_role(self) -> str:
        """The number of the rôle stands where the official text says the nature."""
        return f"{self.collectivite}{self.role}{self._annee}{self.periode}{self._dette}"

    def sans_collectivite(self) -> str:
        """Year, period, « 00 », debt: the order of the official text for Cle2."""
        return f"{self._annee}{self.periode}00{self._dette}"


@dataclass(frozen=True, slots=True)
class Formule:
    """One way to make a key: its name in the TOML, what is said of it, in French, and how."""

    nom: str
    libelle: str
    statut: str
    calcul: Callable[[Elements], str]


def _modulo11(texte: str, *, nul: str) -> str:
    """11 less the remainder of the weighted sum; `nul` where it is nil; 10 is written 1.

    What is no digit counts as 0.
    """
    somme = sum(
        int(chiffre) * _POIDS[rang % len(_POIDS)]
        for rang, chiffre in enumerate(reversed(texte))
        if chiffre.isascii() and chiffre.isdigit()
    )
    reste = somme % 11
    if reste == 0:
        return nul
    return "1" if reste == 1 else str(11 - reste)


def _modulo23(texte: str) -> str:
    chiffres = "".join(c if c.isascii() and c.isdigit() else "0" for c in texte)
    return LETTRES[int(chiffres) % len(LETTRES)]


_VU = "vu dans les sources d'un éditeur, non prouvé : aucun vecteur officiel"

CLE1: Mapping[str, Formule] = MappingProxyType(
    {
        "modulo11-nature": Formule(
            "modulo11-nature",
            "modulo 11 sur collectivité, nature, année, période et dette",
            f"contenu officiel, méthode {_VU}",
            lambda e: _modulo11(e.par_nature(), nul="0"),
        ),
        "modulo11-role": Formule(
            "modulo11-role",
            "modulo 11 sur collectivité, n° de rôle, année, période et dette ; 1 pour un reste nul",
            f"{_VU} ; contredit le texte, qui dit la nature",
            lambda e: _modulo11(e.par_role(), nul="1"),
        ),
    }
)
CLE2: Mapping[str, Formule] = MappingProxyType(
    {
        "modulo23": Formule(
            "modulo23",
            "modulo 23 sur année, période, 00 et dette, en lettre",
            f"contenu officiel, méthode {_VU}",
            lambda e: _modulo23(e.sans_collectivite()),
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cles:
    """What a body says of its keys. '' for a formula: unknown, the keys are not judged.

    `code_collectivite`: as the accountant gave it for the keys, '' is the CodCol; `code_nature`:
    '' is the two first characters of the local product code (RefORMC/CodProdLoc says the same).
    """

    cle1: str = ""
    cle2: str = ""
    code_collectivite: str = ""
    code_nature: str = ""

    def __bool__(self) -> bool:
        return bool(self.cle1 or self.cle2)

    def elements(
        self, *, cod_col: str, produit: str, role: str, exercice: str, periode: str, dette: str
    ) -> Elements:
        """The same elements with what the body settles."""
        return Elements(
            collectivite=self.code_collectivite or cod_col,
            nature=self.code_nature or produit[:2],
            role=role,
            exercice=exercice,
            periode=periode,
            dette=dette,
        )

    def calculer(self, elements: Elements) -> tuple[str | None, str | None]:
        """(Cle1, Cle2); None where the formula is unknown."""
        une, deux = CLE1.get(self.cle1), CLE2.get(self.cle2)
        return (
            None if une is None else une.calcul(elements),
            None if deux is None else deux.calcul(elements),
        )


SANS_FORMULE = Cles()
