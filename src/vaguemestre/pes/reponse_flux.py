"""The bytes of an answer, tag by whole tag, and never beyond reason.

A parser holds a tag, a text or a comment until it ends, an open element until it is closed, and
the name of every element for the life of its thread: an answer made to do harm, or only broken,
would fill the memory. So each pass over an answer reads it through `morceaux`, which says at once
what is out of all proportion. Counting is enough where no `>` stands in a value, as in every
answer ever seen; elsewhere each tag is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from vaguemestre.errors import IllisibleError

_TRANCHE = 1 << 16
# In a well-formed file no `<` stands in a tag, so this cannot match past the end of one.
_BALISE = re.compile(rb"<(/?)[^\"'>]*(?:\"[^\"]*\"[^\"'>]*|'[^']*'[^\"'>]*)*>")
_SECTIONS = {b"<!--": b"-->", b"<![CDATA[": b"]]>", b"<?": b"?>"}
_ELEMENT = re.compile(rb"<([^\s/>!?]+)")
_ATTRIBUT = re.compile(rb"\s([^\s=<>\"'/]+)\s*=")
_ESPACE = re.compile(rb"xmlns[^=<>\"']*=\s*(?:\"[^\"]*\"|'[^']*')")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bornes:
    """What an answer may hold; far beyond any that was seen.

    `octets`: of the file (peers receive 150 MiB at most, signature-and-transmission.md B4);
    `unite`: octets of one tag, of one comment; `texte`: of one tag with the text after it, which a
    retour may fill with a PDF in base64 (DocENSU, PES_V2 5.17); `profondeur`: open elements,
    counted from part to part; `noms`: different names; `balises`: tags, opening and closing, None
    where the reader keeps nothing of them.
    """

    octets: int = 512 << 20
    unite: int = 1 << 17
    texte: int = 16 << 20
    profondeur: int = 200
    noms: int = 2_000
    balises: int | None = None


BORNES = Bornes()


def morceaux(path: Path, bornes: Bornes = BORNES, *, noms: bool = False) -> Iterator[bytes]:
    """The file in parts that begin and end between two tags.

    `noms`: names are counted. That takes time, and a schema knows them: without it, only those
    of namespaces, which no schema knows.

    Raises:
        IllisibleError: something in it is beyond `bornes`, or a DOCTYPE.
    """
    taille = path.stat().st_size
    if taille > bornes.octets:
        raise IllisibleError(
            f"{taille} octets, plus de {bornes.octets} : le fichier n'est pas lu", ref=path.name
        )
    garde, reste = _Garde(bornes, noms), bytearray()
    with path.open("rb") as fichier:
        while lu := fichier.read(_TRANCHE):
            vu = len(reste)  # up to there stands one tag with its text, or a comment
            reste += lu
            coupe = reste.rfind(b"<", vu)
            if coupe > 0:
                bloc = bytes(reste[:coupe])
                entier = garde.passer(bloc)
                if entier:
                    yield bloc[:entier]
                    del reste[:entier]
            if len(reste) > (permis := _permis(reste, bornes)):
                raise _demesure(f"une balise ou un texte de plus de {permis} octets")
    if reste:
        garde.passer(bytes(reste))
        yield bytes(reste)


def _demesure(quoi: str) -> IllisibleError:
    return IllisibleError(f"{quoi} : aucune réponse n'en porte, le fichier n'est pas lu")


def _permis(reste: bytearray, bornes: Bornes) -> int:
    """How long what begins there may grow."""
    balise = not reste.startswith((b"<!", b"<?")) and b">" in reste[: bornes.unite]
    return bornes.texte if balise else bornes.unite


def _fin_de_section(bloc: bytes, place: int) -> int:
    """After the comment, CDATA section or instruction that begins there; -1 where it goes on."""
    for debut, marque in _SECTIONS.items():
        if bloc.startswith(debut, place):
            fin = bloc.find(marque, place + len(debut))
            return fin if fin < 0 else fin + len(marque)
    raise IllisibleError("le fichier porte un DOCTYPE, refusé par sécurité")


@dataclass(slots=True)
class _Garde:
    """What has been read so far of one file."""

    bornes: Bornes
    compter_noms: bool
    _ouvertes: int = 0
    _balises: int = 0
    _noms: set[int] = field(default_factory=set)

    def passer(self, bloc: bytes) -> int:
        """How many octets of `bloc` are whole tags; a comment that goes on stays out.

        `bloc` begins between two tags, and ends before a `<` or with the file.
        """
        balises = bloc.count(b"<")
        if bloc.count(b">") == balises and b"<!" not in bloc and b"<?" not in bloc:
            # Every `<` begins a tag, which needs a `>`: none is left to stand in a value.
            self._ouvertes += balises - 2 * bloc.count(b"</") - bloc.count(b"/>")
            entier = len(bloc)
        else:
            entier = self._pas_a_pas(bloc)
        self._balises += balises if entier == len(bloc) else bloc.count(b"<", 0, entier)
        self._mesurer(bloc[:entier])
        return entier

    def _pas_a_pas(self, bloc: bytes) -> int:
        place = bloc.find(b"<")
        while place >= 0:
            if bloc[place + 1 : place + 2] in (b"!", b"?"):
                fin = _fin_de_section(bloc, place)
                if fin < 0:
                    return place
            else:
                fin = self._balise(bloc, place)
            place = bloc.find(b"<", fin)
        return len(bloc)

    def _balise(self, bloc: bytes, place: int) -> int:
        trouvee = _BALISE.match(bloc, place)
        if trouvee is None:
            raise IllisibleError("XML mal formé : une balise n'est pas fermée")
        if trouvee.end() - place > self.bornes.unite:
            raise _demesure(f"une balise de plus de {self.bornes.unite} octets")
        if trouvee[1]:
            self._ouvertes -= 1
        elif not trouvee[0].endswith(b"/>"):
            self._ouvertes += 1
            self._sonder()
        return trouvee.end()

    def _sonder(self) -> None:
        if self._ouvertes > self.bornes.profondeur:
            raise _demesure(f"plus de {self.bornes.profondeur} balises imbriquées")

    def _mesurer(self, bloc: bytes) -> None:
        bornes = self.bornes
        self._sonder()
        if bornes.balises is not None and self._balises > bornes.balises:
            raise _demesure(f"plus de {bornes.balises} balises")
        if b"xmlns" in bloc:
            self._noms.update(map(hash, _ESPACE.findall(bloc)))
        if self.compter_noms:
            self._noms.update(map(hash, set(_ELEMENT.findall(bloc))))
            if bloc.count(b"=") > bloc.count(b' V="'):  # any other attribute than the usual one
                self._noms.update(map(hash, set(_ATTRIBUT.findall(bloc))))
        if len(self._noms) > bornes.noms:
            raise _demesure(f"plus de {bornes.noms} noms de balises différents")
