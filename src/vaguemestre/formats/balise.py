"""PES-style XML as tables: Balise (a value in `@V`) and the other lines of a Bloc (`formats.bloc`).

One line of a table per element of the specification, in its order. The same table writes a domain
value as XML text and reads an XML element back into the keyword arguments of its constructor.

    ADRESSE = Bloc[Adresse](
        "Adresse", Adresse,
        balise("TypAdr", code("0 1 2"), lambda a: a.type, "type", requis=True),
        balise("Adr1", Texte(38), lambda a: a.adr1, "adr1"),
        ...
    )

`lambda` says what is written and is checked by mypy; the last name is the constructor's argument
that reading fills (None for what is computed, as a total). Writing never stops at the first value
that does not fit: an `Ecriture` collects every finding with its place.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Generic, Protocol, TypeVar
from xml.sax.saxutils import escape

from lxml import etree

from vaguemestre.errors import Anomalie, DocumentError, Gravite, ZoneError
from vaguemestre.formats.codecs import Codec, hors_jeu

R = TypeVar("R")
R_contra = TypeVar("R_contra", contravariant=True)
S = TypeVar("S")
T = TypeVar("T")

_A_ECHAPPER = re.compile('[&<>"]')
GUILLEMET = {'"': "&quot;"}


@dataclass(slots=True)
class Ecriture:
    """XML text on its way out, and everything that did not fit.

    `refs` is where we are in the accountant's words (« bordereau 72 », « mandat 832 »), `chemin`
    where we are in the PES. `sans_centimes`: amounts in a currency without cents (XPF).
    """

    sans_centimes: bool = False
    parts: list[str] = field(default_factory=list)
    anomalies: list[Anomalie] = field(default_factory=list)
    refs: list[str] = field(default_factory=list)
    chemin: list[str] = field(default_factory=list)

    def refuser(self, nom: str, message: str, valeur: object = None, conseil: str = "") -> None:
        """One finding on the element `nom`, at the present place."""
        caractere = isinstance(valeur, str) and bool(hors_jeu(valeur))
        self.anomalies.append(
            Anomalie(
                regle="depot.caractere" if caractere else f"depot.zone.{nom.lower()}",
                ref=" / ".join(self.refs),
                message=f"{nom} : {message}",
                gravite=Gravite.REJET_FLUX,
                chemin="/".join([*self.chemin, nom]),
                valeur=None if valeur is None else str(valeur),
                conseil=conseil or _CONSEIL_CARACTERE if caractere else conseil or _CONSEIL,
            )
        )

    def vider(self) -> str:
        """The text so far, which the caller now owns."""
        texte = "".join(self.parts)
        self.parts.clear()
        return texte


_CONSEIL = "Corriger cette valeur dans le logiciel émetteur, puis redéposer."
_CONSEIL_CARACTERE = (
    "Remplacer ce caractère dans le logiciel émetteur, ou lui donner un équivalent "
    "dans pes.caracteres de vaguemestre.toml."
)


class Membre(Protocol[R_contra]):
    """One line of a table."""

    @property
    def nom(self) -> str: ...
    @property
    def requis(self) -> bool: ...
    def ecrire(self, record: R_contra, sortie: Ecriture, /) -> None: ...
    def noms(self) -> Iterable[str]:
        """Names of the child elements this member reads."""
        ...

    def lire(self, element: etree._Element, lecture: Lecture, /) -> None: ...


@dataclass(slots=True)
class Lecture:
    """Arguments gathered for one constructor, and the elements no table keeps.

    `inconnus` counts paths of elements that carry something which the domain has no place for:
    they are in the file all the same, and an INDIGO twin cannot show them.
    """

    inconnus: Counter[str]
    chemin: str
    arguments: dict[str, Any] = field(default_factory=dict)
    repetes: dict[str, list[Any]] = field(default_factory=dict)
    sur_place: dict[str, tuple[Callable[[Lecture], Any], Lecture]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Balise(Generic[R]):
    """`<nom V="..."/>`; absent when the value is None, which `requis` forbids."""

    nom: str
    codec: Codec[Any]
    valeur: Callable[[R], Any]
    champ: str | None
    requis: bool

    def ecrire(self, record: R, sortie: Ecriture) -> None:
        valeur = self.valeur(record)
        if valeur is None:
            if self.requis:
                sortie.refuser(self.nom, "cette valeur est obligatoire")
            return
        try:
            texte = self.codec.encode(valeur)
        except ZoneError as error:
            sortie.refuser(self.nom, error.message, valeur)
            return
        if sortie.sans_centimes and isinstance(valeur, Decimal) and not texte.endswith(".00"):
            sortie.refuser(self.nom, f"{valeur} : le franc CFP n'a pas de centimes", valeur)
        if not texte.isalnum() and _A_ECHAPPER.search(texte):
            texte = escape(texte, GUILLEMET)
        sortie.parts.append(f'<{self.nom} V="{texte}"/>')

    def noms(self) -> Iterable[str]:
        return (self.nom,)

    def lire(self, element: etree._Element, lecture: Lecture) -> None:
        if self.champ is None:
            return
        texte = element.get("V")
        if texte is None:
            raise DocumentError(f"« {self.nom} » n'a pas d'attribut V", ref=lecture.chemin)
        if not texte and not self.requis:
            return  # the _Light types let an empty value stand for an absent one
        try:
            lecture.arguments[self.champ] = self.codec.decode(str(texte))
        except ZoneError as error:
            raise DocumentError(f"{self.nom} : {error.message}", ref=lecture.chemin) from error


def balise(
    nom: str,
    codec: Codec[T],
    valeur: Callable[[R], T | None],
    champ: str | None = None,
    *,
    requis: bool = False,
) -> Balise[R]:
    """A leaf: its name, its codec, what is written, the argument that reading fills."""
    return Balise(nom, codec, valeur, champ, requis)


@dataclass(frozen=True, slots=True)
class Groupe(Generic[R]):
    """An element around members that belong to the same record (InfoPce in BlocPiece)."""

    nom: str
    membres: tuple[Membre[R], ...]
    requis: bool
    _par_nom: dict[str, Membre[R]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_par_nom", index_par_nom(self.membres))

    def ecrire(self, record: R, sortie: Ecriture) -> None:
        with_tags = len(sortie.parts)
        sortie.parts.append(f"<{self.nom}>")
        sortie.chemin.append(self.nom)
        for membre in self.membres:
            membre.ecrire(record, sortie)
        sortie.chemin.pop()
        if not self.requis and len(sortie.parts) == with_tags + 1:
            sortie.parts.pop()
        else:
            sortie.parts.append(f"</{self.nom}>")

    def noms(self) -> Iterable[str]:
        return (self.nom,)

    def lire(self, element: etree._Element, lecture: Lecture) -> None:
        lire_enfants(element, self._par_nom, lecture)


def groupe(nom: str, *membres: Membre[R], requis: bool = True) -> Groupe[R]:
    return Groupe(nom, membres, requis)


@dataclass(frozen=True, slots=True)
class HorsTable(Generic[R]):
    """A known element that this table does not write: no field of the domain carries it.

    Reading counts it in `Lecture.inconnus`, unless `tu` (a signature, a PJ's content: somebody
    else reads those).
    """

    nom: str
    requis: bool = False
    tu: bool = False

    def ecrire(self, record: R, sortie: Ecriture) -> None:
        """Nothing: the element is not ours to write."""

    def noms(self) -> Iterable[str]:
        return (self.nom,)

    def lire(self, element: etree._Element, lecture: Lecture) -> None:
        if not self.tu:
            lecture.inconnus[f"{lecture.chemin}/{self.nom}"] += 1


@dataclass(frozen=True, slots=True)
class SansPlace(Generic[R]):
    """A field of the domain that this side of the PES has no element for: set, it is a finding.

    Without this line the value would be left out in silence.
    """

    champ: str
    valeur: Callable[[R], object]
    nom: str = ""
    requis: bool = False

    def ecrire(self, record: R, sortie: Ecriture) -> None:
        valeur = self.valeur(record)
        if valeur is not None:
            ici = sortie.chemin[0] if sortie.chemin else ""
            sortie.refuser(self.champ, f"le PES n'a pas de place pour cette valeur {ici}", valeur)

    def noms(self) -> Iterable[str]:
        return ()

    def lire(self, element: etree._Element, lecture: Lecture) -> None:
        """Never called: no element bears this name."""


def sans_place(champ: str, valeur: Callable[[R], object]) -> SansPlace[R]:
    return SansPlace(champ, valeur)


@dataclass(frozen=True, slots=True)
class Exigence(Generic[R]):
    """What an xs:choice asks of several values together; nothing is written."""

    nom: str
    bon: Callable[[R], bool]
    message: str
    requis: bool = False

    def ecrire(self, record: R, sortie: Ecriture) -> None:
        if not self.bon(record):
            sortie.refuser(self.nom, self.message)

    def noms(self) -> Iterable[str]:
        return ()

    def lire(self, element: etree._Element, lecture: Lecture) -> None:
        """Never called: nothing is read by this line."""


def exige(nom: str, bon: Callable[[R], bool], message: str) -> Exigence[R]:
    return Exigence(nom, bon, message)


def index_par_nom(membres: Iterable[Membre[R]]) -> dict[str, Membre[R]]:
    """The member that reads each element."""
    return {nom: membre for membre in membres for nom in membre.noms()}


def lire_enfants(
    element: etree._Element, par_nom: dict[str, Membre[Any]], lecture: Lecture
) -> None:
    """Hand each child to the member of its name; count those without one."""
    for enfant in element:
        if not isinstance(enfant.tag, str):
            continue
        nom = nom_local(enfant)
        membre = par_nom.get(nom)
        if membre is None:
            lecture.inconnus[f"{lecture.chemin}/{nom}"] += 1
        else:
            membre.lire(enfant, lecture)


def nom_local(element: etree._Element) -> str:
    """The element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]
