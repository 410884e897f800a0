"""Where exactly a schema error stands: counted as the first reading goes, mostly placed at once.

What the error log gains while one small piece of the skeleton is parsed is about a tag of that
piece (see blames.py). Only where two tags could be meant a second reading feeds such chunks tag by
tag (see relecture.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from xml.parsers import expat

from vaguemestre.errors import Anomalie
from vaguemestre.pes.blames import Blames, Suites, borne
from vaguemestre.pes.lecture import Lecture
from vaguemestre.pes.phrases import ENCODAGE, SYNTAXE, mal_forme
from vaguemestre.pes.place import Place
from vaguemestre.pes.squelette import GRAIN, Squelette

# After that many times `erreurs_max`, more errors teach nothing and only fill the memory.
_FOIS = 20
# A block larger than this without end is no PES: stops what would fill the memory.
BLOC_MAX = 2_000_000
_PROFONDEUR_MAX = 200
GRAIN_FIN = 2048
# Few tags that an error could be about: up to a closing tag, or between two of one name.
_COUPE = re.compile(rb"</[^<>]*>|<([A-Za-z_][\w.-]*) [^<>]*>(?=\s*<\1[\s/>])")

Releves = Sequence[tuple[int, int, int]]
"""Pieces of a chunk where the log grew: first byte, end, errors in all by then."""


class Comptage:
    """Beside the parser: feeds the facts, and gives each new error its place.

    `fautifs`: the parts of the file (first byte, end) with an error that could be about several
    tags: they are for a second reading. `places` and `doutes` by rank of the error in the log.
    """

    class Arret(Exception):
        """The file is ill-formed or out of all proportion; reading stops."""

        def __init__(self, anomalie: Anomalie) -> None:
            super().__init__(anomalie.message)
            self.anomalie = anomalie

    def __init__(self, squelette: Squelette, lecture: Lecture, *, erreurs_max: int) -> None:
        self._squelette = squelette
        self._lecture = lecture
        self._maximum = max(erreurs_max, 1)
        self._depuis = 0
        self._bornes = 0
        self.erreurs = 0
        self.dites = 0
        self.fautifs: list[tuple[int, int]] = []
        self.places: dict[int, Place] = {}
        self.doutes: set[int] = set()
        self._suites = Suites()
        self._debut = 0
        self._octets = b""
        self._xml = expat.ParserCreate(namespace_separator="}")
        self._lus = 0

    def lire(self) -> bytes:
        """The next chunk for the parser; b'' at the end. `suivre` is then told of it."""
        if self._lecture.bornes != self._bornes:
            self._bornes, self._depuis = self._lecture.bornes, 0
        elif self._depuis > BLOC_MAX:
            raise self.Arret(self._demesure(f"un bloc de plus de {BLOC_MAX} octets"))
        self._debut = self._squelette.octet
        self._octets = octets = self._squelette.read()
        self._depuis += len(octets)
        return octets

    def coupes(self) -> list[int]:
        """Where to look at the log while this chunk is parsed, in bytes; none before an error."""
        if self._squelette.grain != GRAIN_FIN:
            return []
        return [coupe.end() for coupe in _COUPE.finditer(self._octets)]

    def suivre(self, octets: bytes) -> None:
        """Is it still XML, and of a decent shape? Then the facts have it."""
        self._verifier(octets)
        self._lecture.feed(octets, section=self._squelette.section)
        if self._lecture.flot.profondeur > _PROFONDEUR_MAX:
            raise self.Arret(self._demesure(f"plus de {_PROFONDEUR_MAX} balises imbriquées"))
        if self._lecture.flot.defaut:
            raise self.Arret(self._demesure(self._lecture.flot.defaut))

    def _verifier(self, octets: bytes) -> None:
        """libxml2 says nothing of a file that stops being XML once a schema is on: expat does."""
        try:
            self._xml.Parse(octets, not octets)
        except expat.ExpatError as error:
            debut = max(self._xml.ErrorByteIndex - self._lus, 0)
            self._lecture.feed(octets[:debut], section=self._squelette.section)
            raise self.Arret(
                mal_forme(
                    self._code(error.code, octets[debut : debut + 1]),
                    ligne=error.lineno,
                    colonne=error.offset + 1 + self._squelette.retrait(debut),
                    chemin=self._lecture.flot.chemin,
                )
            ) from error
        self._lus += len(octets)

    def _code(self, code: int, octet: bytes) -> int:
        """A byte over 127 that expat cannot place in UTF-8 is another encoding than announced."""
        ailleurs = self._lecture.fichier.encodage == "UTF-8" and octet > b"\x7f"
        return ENCODAGE if code == SYNTAXE and ailleurs else code

    def relever(self, journal: Any, releves: Releves = ()) -> None:
        """Place the errors that the last chunk brought to the parser's log."""
        nombre, connues = len(journal), self.erreurs
        if nombre == connues:
            return
        self.erreurs = nombre
        if nombre > self._maximum * _FOIS:
            raise self.Arret(self._trop(nombre))
        if not self._assez:
            # From now on small chunks: fewer tags that an error could be about.
            self._squelette.grain = GRAIN_FIN
            self._placer([journal[i] for i in range(connues, nombre)], connues, releves)
        else:
            self._squelette.grain = GRAIN

    def _placer(self, erreurs: list[Any], connues: int, releves: Releves) -> None:
        encodage = self._lecture.fichier.encodage
        blames = Blames(self._lecture.flot, erreurs)
        vues, octets, doutes = 0, self._octets, len(self.doutes)
        for debut, fin, nombre in (*releves, (0, len(octets), connues + len(erreurs))):
            morceau = borne(octets, debut, encodage), borne(octets, fin, encodage)
            siennes, vues = erreurs[vues : nombre - connues], nombre - connues
            for rang, erreur in enumerate(siennes, nombre - len(siennes)):
                if self._assez:
                    break
                self.dites += 1
                trouvee = blames.blamer(erreur, morceau)
                if trouvee is None:
                    self.doutes.add(rang)
                elif trouvee.nouvelle:
                    place = blames.placer(erreur, trouvee.balise, self._squelette)
                    if not self._suites.connue(place, trouvee.balise):
                        self.places[rang] = place
        if len(self.doutes) > doutes:
            self.fautifs.append((self._debut, self._squelette.octet))

    @property
    def _assez(self) -> bool:
        return len(self.places) + len(self.doutes) >= self._maximum

    def _trop(self, nombre: int) -> Anomalie:
        return Anomalie(
            "xsd.trop",
            "fichier",
            f"plus de {nombre} erreurs de schéma : la lecture s'arrête là",
            ligne=self._squelette.ligne,
            chemin="/n:PES_Aller",
            conseil="Vérifier la version du protocole dans le logiciel émetteur.",
        )

    def _demesure(self, quoi: str) -> Anomalie:
        return Anomalie(
            "xml.demesure",
            "fichier",
            f"{quoi} : cela ne ressemble à rien d'un PES",
            ligne=self._squelette.ligne,
            chemin="/n:PES_Aller",
            conseil="Vérifier que le bon fichier est déposé.",
        )
