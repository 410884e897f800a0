"""The second reading: the place of the errors that the first one could not pin to one tag.

It opens nothing and runs no rule; it stops after the last doubt. The parts of the file where the
first reading was in doubt are fed tag by tag: what the log gains after one tag is about that tag.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import BinaryIO

from lxml import etree

from vaguemestre.pes.blames import CADRES, Blames, Suites, borne
from vaguemestre.pes.contenu import Ouvreur
from vaguemestre.pes.faits import Noeud
from vaguemestre.pes.flot import Flot
from vaguemestre.pes.localisation import GRAIN_FIN, Comptage
from vaguemestre.pes.place import Place
from vaguemestre.pes.squelette import GRAIN, Doctype, Squelette, Texte
from vaguemestre.pes.validation import Validation

_FIN_DE_BALISE = re.compile(rb">")
# A large chunk ends before that many bytes.
_PRES = GRAIN + GRAIN_FIN


# The first block of what has a number: once it is read, places bear that number.
_PREMIERS = ("BlocBordereau", "BlocPiece", "IdentifiantMarche", "IdentifiantConcession")


class _Seconde:
    """The skeleton again; `places` of the errors in doubt, by their rank in the log."""

    def __init__(
        self,
        fichier: BinaryIO,
        validation: Validation,
        comptage: Comptage,
        textes: list[Texte],
        encodage: str,
    ) -> None:
        self._squelette = Squelette(
            fichier, lambda: Ouvreur(gunzip=False, expansion_max=0), textes=textes
        )
        self._validation = validation
        self._fautifs = iter(comptage.fautifs)
        self._fautif = next(self._fautifs, None)
        self._encodage = encodage
        self._doutes = comptage.doutes
        self._vues = 0
        self._rangs: dict[str, int] = {}
        self._flot = Flot(
            encodage,
            Noeud("n:PES_Aller", 1),
            {"Bordereau": self._compter},
            dict.fromkeys(_PREMIERS, _numeroter),
            survol=frozenset({"LigneDePiece"}),
        )
        self.places: dict[int, Place] = {}
        self._suites = Suites()

    def lire(self) -> None:
        """Until nothing is left in doubt."""
        while self._fautif is not None:
            loin = self._fautif[0] - self._squelette.octet > _PRES
            self._squelette.grain = GRAIN if loin else GRAIN_FIN
            octets = self._squelette.read()
            doute = self._squelette.octet > self._fautif[0]
            coupes = [fin.end() for fin in _FIN_DE_BALISE.finditer(octets)] if doute else []
            if octets:
                self._validation.donner(octets, coupes)
            self._flot.feed(octets, section=self._squelette.section)
            self._validation.attendre()
            self._placer(octets)
            if not octets:
                return
            while self._fautif is not None and self._fautif[1] <= self._squelette.octet:
                self._fautif = next(self._fautifs, None)

    def _placer(self, octets: bytes) -> None:
        """Place what this chunk brought to the log, where the first reading could not."""
        journal = self._validation.journal
        vues, self._vues = self._vues, len(journal)
        if self._doutes.isdisjoint(range(vues, len(journal))):
            return
        blames = Blames(self._flot, [journal[i] for i in range(vues, len(journal))])
        for debut, fin, nombre in (*self._validation.releves, (0, len(octets), len(journal))):
            morceau = borne(octets, debut, self._encodage), borne(octets, fin, self._encodage)
            for rang in range(vues, nombre):
                erreur = journal[rang]
                trouvee = blames.blamer_au_mieux(erreur, morceau)
                if rang in self._doutes and trouvee is not None and trouvee.nouvelle:
                    place = blames.placer(erreur, trouvee.balise, self._squelette)
                    if not self._suites.connue(place, trouvee.balise):
                        self.places[rang] = place
            vues = nombre

    def _compter(self, noeud: Noeud) -> None:
        """A bordereau, as long as its number is not read."""
        rang = self._rangs[noeud.nom] = self._rangs.get(noeud.nom, 0) + 1
        noeud.libelle = f"{CADRES[noeud.nom][0]} n° {rang} du fichier"


def _numeroter(noeud: Noeud) -> None:
    """Places in the same element bear its number from now on."""
    parent = noeud.parent
    if parent is None or parent.nom not in CADRES:
        return
    mot, _, champ = CADRES[parent.nom]
    info = noeud.bloc("InfoPce") or noeud
    mot = "titre" if parent.nom == "Piece" and _en_recette(parent) else mot
    parent.libelle = f"{mot} {info.v(champ) or '?'}"


def _en_recette(noeud: Noeud | None) -> bool:
    while noeud is not None and noeud.nom != "PES_RecetteAller":
        noeud = noeud.parent
    return noeud is not None


def localiser(
    fichier: BinaryIO,
    validation: Validation,
    comptage: Comptage,
    textes: list[Texte],
    encodage: str,
) -> list[Place]:
    """Read again: the place of every error that was found or is in doubt, in their order.

    `fichier` stands at its start; `comptage` and `textes` are those of the first reading.
    `validation` is a new one.
    """
    seconde = _Seconde(fichier, validation, comptage, textes, encodage)
    with suppress(etree.XMLSyntaxError, Doctype), validation:  # the first reading met it too
        seconde.lire()
    places = comptage.places | seconde.places
    return [places[rang] for rang in sorted(places)]
