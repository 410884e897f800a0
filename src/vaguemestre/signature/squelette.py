"""Feed expat with a document without the base64 text of its `Fichier` elements.

Nine tenths of a PES are base64; leaving it out makes a strict parse of all the markup cost a
twentieth. It is exact: text is left out only when it is the sole content of a `Fichier` element,
holds no `<`, and no comment, CDATA section or processing instruction was met before it (a
`<Fichier>` inside a comment is no element); otherwise everything is fed. A caller who parses
each bordereau on its own afterwards may have their pieces left out too, on the same terms.
"""

from __future__ import annotations

import binascii
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from xml.parsers import expat

import pybase64

from vaguemestre.errors import IllisibleError
from vaguemestre.formats.mal_forme import raison
from vaguemestre.formats.plan import encodage
from vaguemestre.signature.epissure import Lecture, tranches

_DECLARATION = re.compile(rb"(?:\xef\xbb\xbf)?<\?xml[^>]*\?>")
_FERMANTE = b"</Fichier"
_OUVRANTE = b"<Fichier"
_FIN_BLOC = b"</BlocBordereau"
_BALISE = re.compile(rb"<(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*>")
_APRES_NOM = (b" ", b"\t", b"\r", b"\n", b">")
_BLOC = 1 << 18
# A Fichier tag is a hundred bytes; one longer than this is fed like any other text.
_BALISE_MAX = 1024
_ID = re.compile(rb"Id[\s=]")
_SENSIBLES = (b"Signature", b"<Bordereau", b"BlocBordereau", b"<!", b"<?")
_BASE64 = bytes(range(0x30, 0x3A)) + bytes(range(0x41, 0x5B)) + bytes(range(0x61, 0x7B)) + b"+/="
_LIBRES = _BASE64 + b" \t\r\n"
# Encodings that expat and libxml2 read alike and in which `<` is the byte 0x3C and nothing else.
_ENCODAGES = frozenset(
    {"UTF-8", "US-ASCII", "ASCII", "ISO-8859-1", "ISO-8859-15", "WINDOWS-1252", "CP1252"}
)


def encodage_de(lecture: Lecture) -> str:
    """The declared encoding, upper case.

    Raises:
        IllisibleError: an encoding that a PES may not have, a DOCTYPE, or an empty file.
    """
    if lecture.taille == 0:
        raise IllisibleError("le fichier est vide")
    nom = encodage(lecture.lire(0, 4096))
    if nom not in _ENCODAGES:
        raise IllisibleError(f"encodage « {nom} » non pris en charge pour un PES")
    return nom


def base64_pur(lecture: Lecture, debut: int, fin: int) -> bool:
    """Only base64 characters and blanks: text that needs no parser."""
    return all(map(_libre, tranches(lecture, debut, fin)))


def _libre(texte: bytes) -> bool:
    try:
        # Three times as fast as looking at each character, where no blank stands in between.
        pybase64.b64decode(texte, validate=True)
    except (binascii.Error, ValueError):
        return not texte.translate(None, _LIBRES)
    return True


def pieces_opaques(lecture: Lecture, debut: int, fin: int) -> bool:
    """Nothing in the pieces of a bordereau concerns a signature: no Id, Signature, Bordereau.

    Such a range is left out where the bordereau is parsed on its own afterwards.
    """
    octets = lecture.lire(debut, fin)
    return _ID.search(octets) is None and not any(mot in octets for mot in _SENSIBLES)


class Alimentation:
    """One pass over a document: feeds a parser, knows where each event stands in the file.

    `sauter` says whether a range of base64 text may be left out, `pieces` whether what follows
    the BlocBordereau of a bordereau may; `coupes` gives, for the offset of each `Fichier` tag,
    the range that was left out.
    """

    def __init__(
        self,
        lecture: Lecture,
        sauter: Callable[[int, int], bool],
        pieces: Callable[[int, int], bool] | None = None,
    ) -> None:
        self._lecture = lecture
        self._sauter = sauter
        self._pieces = pieces
        self._donnes: list[int] = []
        self._reels: list[int] = []
        self._donne = 0
        self._suite = 0
        self._rang = 0
        self.coupes: dict[int, tuple[int, int]] = {}

    def position(self, index: int) -> int:
        """Offset in the document for an offset in what the parser was given."""
        rang = bisect_right(self._donnes, index) - 1
        return self._reels[rang] + index - self._donnes[rang]

    def nourrir(self, analyseur: expat.XMLParserType) -> None:
        """Feed the whole document.

        Raises:
            IllisibleError: not well formed, or a DOCTYPE.
        """
        analyseur.StartDoctypeDeclHandler = _doctype
        try:
            for debut, octets in self._segments():
                self._donnes.append(self._donne)
                self._reels.append(debut)
                self._donne += len(octets)
                analyseur.Parse(octets, False)
            analyseur.Parse(b"", True)
        except expat.ExpatError as error:
            raise IllisibleError(f"XML mal formé : {raison(error)}") from error

    def _segments(self) -> Iterator[tuple[int, bytes]]:
        declaration = _DECLARATION.match(self._lecture.lire(0, 512))
        position = declaration.end() if declaration else 0
        if declaration:
            yield 0, declaration.group()
        dernier = b""
        while position < self._lecture.taille:
            bloc = self._lecture.lire(position, position + _BLOC)
            if not bloc:
                raise IllisibleError("le fichier a été raccourci pendant la lecture")
            for debut, octets in self._du_bloc(position, bloc):
                if b"<!" in dernier + octets or b"<?" in dernier + octets:
                    yield from self._sans_coupe(debut)
                    return
                yield debut, octets
                dernier = octets[-1:] or dernier
            position = self._suite

    def _sans_coupe(self, position: int) -> Iterator[tuple[int, bytes]]:
        for tranche in tranches(self._lecture, position):
            yield position, tranche
            position += len(tranche)

    def _du_bloc(self, position: int, bloc: bytes) -> Iterator[tuple[int, bytes]]:
        """The segments of one block; `_suite` is then where the next block begins."""
        fini = position + len(bloc) >= self._lecture.taille
        rang = 0
        for marque in self._marques(bloc):
            # A mark cut by the end of the block is met again in the next one.
            if not fini and len(bloc) - marque < _BALISE_MAX:
                break
            # What comes before is looked at for comments before anything is left out; the tag
            # follows once its range is known, for the parser's event looks it up.
            yield position + rang, bloc[rang:marque]
            fin_balise = self._fin_de_balise(bloc, marque)
            rang = self._rang = self._franchir(position, bloc, marque, fin_balise)
            yield position + marque, bloc[marque:fin_balise]
        terme = len(bloc) if fini else max(rang, len(bloc) - _BALISE_MAX)
        if rang < terme:
            yield position + rang, bloc[rang:terme]
        self._suite = position + max(rang, terme)

    def _marques(self, bloc: bytes) -> Iterator[int]:
        """Ranks of the tags after which something may be left out, each after `_rang`."""
        self._rang = 0
        fichier = fin_bloc = -1
        while True:
            # `find` skips base64 at memory speed, a regular expression does not.
            if self._rang > fichier:
                fichier = bloc.find(_OUVRANTE, self._rang)
                fichier = len(bloc) if fichier < 0 else fichier
            if self._pieces is None:
                fin_bloc = len(bloc)
            elif self._rang > fin_bloc:
                # Never through base64: what lies beyond the next `Fichier` is searched after it.
                fin_bloc = bloc.find(_FIN_BLOC, self._rang, fichier)
                fin_bloc = fichier if fin_bloc < 0 else fin_bloc
            marque = min(fichier, fin_bloc)
            if marque >= len(bloc):
                return
            yield marque

    def _fin_de_balise(self, bloc: bytes, debut: int) -> int:
        found = _BALISE.match(bloc, debut)
        return found.end() if found else debut + 1

    def _franchir(self, position: int, bloc: bytes, debut: int, contenu: int) -> int:
        """Where to go on in the block after the tag `[debut, contenu)`; may lie beyond it."""
        suivant = bloc[debut + len(_OUVRANTE) : debut + len(_OUVRANTE) + 1]
        fichier = bloc[debut + 1 : debut + 2] != b"/"
        if contenu == debut + 1 or bloc[contenu - 2 : contenu] == b"/>":
            return contenu
        if fichier and suivant not in _APRES_NOM:
            return contenu
        if not fichier:
            fin = self._chercher(position, bloc, contenu, b"</Bordereau")
            permis = self._pieces
        else:
            fin = self._chercher(position, bloc, contenu, b"<")
            vu = bloc[fin : fin + len(_FERMANTE)]
            if len(vu) < len(_FERMANTE) and fin >= 0:
                vu = self._lecture.lire(position + fin, position + fin + len(_FERMANTE))
            permis = self._sauter if vu == _FERMANTE else None
        if fin <= contenu or permis is None or not permis(position + contenu, position + fin):
            return contenu
        self.coupes[position + debut] = (position + contenu, position + fin)
        return fin

    def _chercher(self, position: int, bloc: bytes, rang: int, mot: bytes) -> int:
        """Rank of the next `mot`, counted from the block's start, even beyond it; -1: none."""
        trouve = bloc.find(mot, rang)
        if trouve >= 0:
            return trouve
        depart = max(rang, len(bloc) - len(mot) + 1)
        garde = b""
        for tranche in tranches(self._lecture, position + depart):
            trouve = (garde + tranche).find(mot)
            if trouve >= 0:
                return depart + trouve - len(garde)
            depart += len(tranche)
            garde = (garde + tranche)[len(garde) + len(tranche) - len(mot) + 1 :]
        return -1


def _doctype(*_: object) -> None:
    raise IllisibleError("le fichier porte un DOCTYPE, refusé par sécurité")
