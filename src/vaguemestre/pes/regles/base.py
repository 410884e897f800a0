"""What a rule is: an identifier, a gravity, a source, how sure we are, and one small function."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

from vaguemestre.errors import Anomalie, Gravite
from vaguemestre.pes.faits import Noeud
from vaguemestre.pes.libelles import lieu

F = Gravite.REJET_FLUX
B = Gravite.REJET_BORDEREAU
P = Gravite.REJET_PJ
A = Gravite.AVERTISSEMENT

T = TypeVar("T")


class Confiance(Enum):
    """Where the rule comes from: official prose, seen in the field, or our reading.

    CONTREDIT: official, and another source says otherwise; NON_TROUVE: official lists that nobody
    published. Only the first two may block.
    """

    OFFICIEL = "officiel"
    TERRAIN = "terrain"
    INFERE = "inféré"
    CONTREDIT = "contredit"
    NON_TROUVE = "non trouvé"


@dataclass(frozen=True, slots=True)
class Constat:
    """What a rule found. `champ` is a leaf of `noeud`, or '' for the element itself."""

    noeud: Noeud
    champ: str
    message: str
    conseil: str
    valeur: str | None = None
    ref: str = ""
    attendu: str = ""


Controle = Callable[[T], Iterable[Constat]]


@dataclass(frozen=True, slots=True)
class Regle(Generic[T]):
    """One rule of the PES. `source`: section of the reference, or article.

    `si`: names of leaves and child elements; where the facts have none of them the rule has
    nothing to say and is not even called. None: always called. `jusqu_a`: last version of the
    schema whose text states it; nobody here read the later ones, under which it only warns.
    """

    id: str
    gravite: Gravite
    source: str
    confiance: Confiance
    controle: Controle[T]
    si: frozenset[str] | None = None
    jusqu_a: str = ""

    def effet(self, version: str) -> Gravite:
        """How grave a breach is in a file judged under that version of the schema."""
        return self.gravite if not self.jusqu_a or _connue(version, self.jusqu_a) else A

    @property
    def description(self) -> str:
        """The rule, restated: the docstring of its function."""
        return (self.controle.__doc__ or "").strip()


def _connue(version: str, jusqu_a: str) -> bool:
    """Is the version at most the last one read? A version that is no number is a later one."""
    rangs = [texte.split(".") for texte in (version, jusqu_a)]
    if not all(rang.isdecimal() for rang in rangs[0]):
        return False
    lue, derniere = ([int(rang) for rang in texte] for texte in rangs)
    return lue <= derniere


class Catalogue(Generic[T]):
    """Rules for one kind of facts; knows which of them a given set of names can concern."""

    def __init__(self, *regles: Regle[T]) -> None:
        self.regles = regles
        self._choix: dict[tuple[str, ...], tuple[Regle[T], ...]] = {}

    def pour(self, noms: tuple[str, ...]) -> tuple[Regle[T], ...]:
        """The rules that have something to look at in facts with these leaves and blocks."""
        choix = self._choix.get(noms)
        if choix is None:
            choix = tuple(r for r in self.regles if r.si is None or not r.si.isdisjoint(noms))
            if len(self._choix) < _CHOIX_MAX:
                self._choix[noms] = choix
        return choix


# A file has a few dozen shapes of ligne; a hostile one could have millions.
_CHOIX_MAX = 10_000


class Constats:
    """What the rules of one file found: every finding up to `maximum` of each rule, then a count.

    A file of 100,000 faults gives a report that can be read, in bounded memory, and still says
    how many there are. `version` is that of the schema which judges the file.
    """

    def __init__(self, maximum: int, version: str = "") -> None:
        self._maximum = maximum
        self.version = version
        self._comptes: dict[str, int] = {}
        self._regles: dict[str, Gravite] = {}
        self._dites: list[Anomalie] = []
        self.total = 0

    def ajouter(self, id_: str, gravite: Gravite, constat: Constat) -> None:
        self.total += 1
        compte = self._comptes[id_] = self._comptes.get(id_, 0) + 1
        if compte <= self._maximum:
            self._dites.append(anomalie(id_, gravite, constat))
        else:
            self._regles[id_] = gravite

    @property
    def anomalies(self) -> list[Anomalie]:
        """The findings, in the order they came; last, one line for each rule that was cut."""
        return self._dites + [
            _suite(id_, gravite, self._comptes[id_] - self._maximum)
            for id_, gravite in self._regles.items()
        ]


def _suite(regle_: str, gravite: Gravite, autres: int) -> Anomalie:
    return Anomalie(
        regle_,
        "fichier",
        f"la même règle est enfreinte {autres} autre(s) fois ; ces endroits ne sont pas détaillés",
        gravite,
        ligne=1,
        chemin="/n:PES_Aller",
        conseil="Corriger les premiers endroits à leur source, puis contrôler de nouveau.",
    )


def appliquer(catalogue: Catalogue[T], faits: T, noms: tuple[str, ...], vers: Constats) -> None:
    """Run the rules of a catalogue on some facts, whose leaves and blocks are `noms`."""
    for regle_ in catalogue.pour(noms):
        for constat in regle_.controle(faits):
            vers.ajouter(regle_.id, regle_.effet(vers.version), constat)


def anomalie(regle: str, gravite: Gravite, constat: Constat) -> Anomalie:
    """A finding with its place: line, XPath, and what a clerk calls the thing."""
    noeud, champ = constat.noeud, constat.champ
    ligne = noeud.ligne_de(champ) if champ else noeud.ligne
    present = champ and champ in noeud.valeurs
    return Anomalie(
        regle=regle,
        ref=constat.ref or noeud.ref or lieu(noeud.chemin),
        message=constat.message,
        gravite=gravite,
        ligne=ligne,
        chemin=f"{noeud.chemin}/{champ}" if present else noeud.chemin,
        valeur=constat.valeur if constat.valeur is not None else noeud.v(champ),
        conseil=constat.conseil,
        attendu=constat.attendu,
    )


def regle(
    id_: str,
    gravite: Gravite,
    source: str,
    confiance: Confiance = Confiance.OFFICIEL,
    *,
    si: str | frozenset[str] | None = None,
    jusqu_a: str = "",
) -> Callable[[Controle[T]], Regle[T]]:
    """Makes a rule of a function; its docstring restates the rule. `si`: names, by spaces."""
    noms = frozenset(si.split()) if isinstance(si, str) else si

    def faire(controle: Controle[T]) -> Regle[T]:
        return Regle(id_, gravite, source, confiance, controle, noms, jusqu_a)

    return faire
