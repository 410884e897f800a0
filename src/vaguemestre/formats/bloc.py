"""The sequences of a PES table: Bloc, and the lines that stand for a child record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from xml.sax.saxutils import escape

from lxml import etree

from vaguemestre.errors import DocumentError
from vaguemestre.formats.balise import (
    GUILLEMET,
    Ecriture,
    Groupe,
    Lecture,
    Membre,
    index_par_nom,
    lire_enfants,
    nom_local,
)

R = TypeVar("R")
S = TypeVar("S")


class Bloc(Generic[R]):
    """An xs:sequence: the element `nom`, the domain type it stands for, its members in order.

    `ref` names the record in the accountant's words, for findings; `attribut` is an XML attribute
    of the element itself (`@Id`): name, getter, constructor's argument. `a_la_ligne` starts the
    element on a line of its own, so that a finding's line number leads somewhere.
    """

    def __init__(
        self,
        nom: str,
        fabrique: Callable[..., R],
        *membres: Membre[R],
        ref: Callable[[R], str] | None = None,
        attribut: tuple[str, Callable[[R], str | None], str] | None = None,
        a_la_ligne: bool = False,
    ) -> None:
        self.nom, self.fabrique, self.membres = nom, fabrique, membres
        self.avant = "\n" if a_la_ligne else ""
        self.ref, self.attribut = ref, attribut
        self._par_nom = index_par_nom(membres)

    def ecrire(self, record: R, sortie: Ecriture) -> None:
        """Append the element and what it contains."""
        sortie.parts.append(f"{self.avant}<{self.nom}{self._attribut(record)}>")
        self.ecrire_membres(record, sortie)
        sortie.parts.append(f"</{self.nom}>")

    def ecrire_membres(self, record: R, sortie: Ecriture) -> None:
        """Append the members without the tags of the element."""
        sortie.chemin.append(self.nom)
        if self.ref is not None:
            sortie.refs.append(self.ref(record))
        for membre in self.membres:
            membre.ecrire(record, sortie)
        if self.ref is not None:
            sortie.refs.pop()
        sortie.chemin.pop()

    def lire(
        self, element: etree._Element, inconnus: Counter[str], chemin: str = "", **connus: object
    ) -> R:
        """The record behind an element; `connus` are arguments that stand elsewhere in the file.

        Raises:
            DocumentError: a value that is none, or an element without which there is no record.
        """
        lecture = Lecture(inconnus, f"{chemin}/{self.nom}", dict(connus))
        if self.attribut is not None and (valeur := element.get(self.attribut[0])) is not None:
            lecture.arguments[self.attribut[2]] = str(valeur)
        lire_enfants(element, self._par_nom, lecture)
        return self.construire(lecture)

    def lire_enfant(self, element: etree._Element, lecture: Lecture) -> None:
        """One child of an element that stands in place of ours."""
        self._par_nom[nom_local(element)].lire(element, lecture)

    def construire(self, lecture: Lecture) -> R:
        """The record behind the arguments gathered so far."""
        arguments = dict(lecture.arguments)
        arguments.update((champ, tuple(found)) for champ, found in lecture.repetes.items())
        for champ, (construire, dedans) in lecture.sur_place.items():
            if dedans.arguments:
                arguments[champ] = construire(dedans)
        try:
            return self.fabrique(**arguments)
        except TypeError as error:
            noms = ", ".join(_manquants(self.membres, arguments)) or "une valeur obligatoire"
            raise DocumentError(f"{self.nom} : il manque {noms}", ref=lecture.chemin) from error

    def _attribut(self, record: R) -> str:
        if self.attribut is None or (valeur := self.attribut[1](record)) is None:
            return ""
        return f' {self.attribut[0]}="{escape(valeur, GUILLEMET)}"'


@dataclass(frozen=True, slots=True)
class Objet(Generic[R]):
    """A child record: zero or one (`champ` gets it), or many (`champ` gets a tuple)."""

    bloc: Bloc[Any]
    valeurs: Callable[[R], Sequence[Any]]
    champ: str
    requis: bool
    repete: bool
    maximum: int | None = None

    @property
    def nom(self) -> str:
        return self.bloc.nom

    def ecrire(self, record: R, sortie: Ecriture) -> None:
        valeurs = self.valeurs(record)
        for valeur in valeurs:
            self.bloc.ecrire(valeur, sortie)
        if self.requis and not valeurs:
            sortie.refuser(self.nom, "il en faut au moins un")
        if self.maximum is not None and len(valeurs) > self.maximum:
            sortie.refuser(self.nom, f"{len(valeurs)} au lieu de {self.maximum} au plus")

    def noms(self) -> Iterable[str]:
        return (self.bloc.nom,)

    def lire(self, element: etree._Element, lecture: Lecture) -> None:
        record = self.bloc.lire(element, lecture.inconnus, lecture.chemin)
        if self.repete:
            lecture.repetes.setdefault(self.champ, []).append(record)
        else:
            lecture.arguments[self.champ] = record


def objet(
    bloc: Bloc[S], valeur: Callable[[R], S | None], champ: str, *, requis: bool = False
) -> Objet[R]:
    """Zero or one child record."""

    def valeurs(record: R) -> Sequence[S]:
        found = valeur(record)
        return () if found is None else (found,)

    return Objet(bloc, valeurs, champ, requis, repete=False)


def objets(
    bloc: Bloc[S],
    valeurs: Callable[[R], Sequence[S]],
    champ: str,
    *,
    requis: bool = False,
    maximum: int | None = None,
) -> Objet[R]:
    """Child records, repeated."""
    return Objet(bloc, valeurs, champ, requis, repete=True, maximum=maximum)


@dataclass(frozen=True, slots=True)
class SurPlace(Generic[R]):
    """A child record whose elements stand among ours, without an element of its own (the RIB)."""

    bloc: Bloc[Any]
    valeur: Callable[[R], Any]
    champ: str
    requis: bool = False

    @property
    def nom(self) -> str:
        return self.bloc.nom

    def ecrire(self, record: R, sortie: Ecriture) -> None:
        found = self.valeur(record)
        if found is not None:
            for membre in self.bloc.membres:
                membre.ecrire(found, sortie)

    def noms(self) -> Iterable[str]:
        return tuple(nom for membre in self.bloc.membres for nom in membre.noms())

    def lire(self, element: etree._Element, lecture: Lecture) -> None:
        vide = Lecture(lecture.inconnus, lecture.chemin)
        _, dedans = lecture.sur_place.setdefault(self.champ, (self.bloc.construire, vide))
        self.bloc.lire_enfant(element, dedans)


def sur_place(bloc: Bloc[S], valeur: Callable[[R], S | None], champ: str) -> SurPlace[R]:
    return SurPlace(bloc, valeur, champ)


def _manquants(membres: Iterable[Any], arguments: Mapping[str, object]) -> Iterator[str]:
    """Names of the required elements that filled no argument."""
    for membre in membres:
        if isinstance(membre, Groupe):
            yield from _manquants(membre.membres, arguments)
        elif membre.requis and getattr(membre, "champ", None) not in {None, *arguments}:
            yield membre.nom
