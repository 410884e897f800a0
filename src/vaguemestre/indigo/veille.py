"""What a learned layout takes on trust, watched at each envoi: the first record that shows it wrong
is told, and nothing is stopped.

A zone may be a source or its rival; a source that was seen with one value may be a constant; a
constant may be a source that has never varied, a filler one that has never been filled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from vaguemestre.errors import Anomalie, Gravite, ZoneError
from vaguemestre.indigo.dessins import Dessin, Profil
from vaguemestre.indigo.profil import FigeeJson
from vaguemestre.indigo.sources import SOURCES, Contexte, reference
from vaguemestre.indigo.zones import Valeur, Zone, ecrire, temoin

_CONSEIL = (
    "Demander au comptable ce qu'il attend, puis refaire « vaguemestre indigo learn » avec ce"
    " fichier une fois accepté."
)
_DITES = 4


@dataclass(slots=True)
class _Rupture:
    """A constant place of a record, where it first might have had to change, and what changed."""

    dessin: Dessin
    figee: FigeeJson
    ref: str
    changees: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Garde:
    """A value that never varied, and how to take it."""

    figee: FigeeJson
    prendre: Callable[[Contexte], Valeur]


class Veille:
    """The doubts of one layout over one file: each is told once."""

    def __init__(self, profil: Profil) -> None:
        self._profil = profil
        self._rivales = {
            (d.id, z.nom): list(z.rivales) for d in profil.dessins for z in d.zones if z.rivales
        }
        self._vues = {
            (d.id, z.nom): z.vue for d in profil.dessins for z in d.zones if z.vue is not None
        }
        self._pleins = {(d.id, z.nom) for d in profil.dessins for z in d.zones if z.plein_suppose}
        self._gardes = {
            d.id: [_Garde(f, SOURCES[f.source].prendre) for f in d.figees if f.source in SOURCES]
            for d in profil.dessins
        }
        self._ruptures: dict[tuple[str, int], _Rupture] = {}
        self._dites: list[Anomalie] = []

    def voir(self, dessin: Dessin, zone: Zone, octets: bytes, contexte: Contexte) -> None:
        """A zone has written these bytes."""
        cle = (dessin.id, zone.nom)
        for rivale in tuple(self._rivales.get(cle, ())):
            autre = SOURCES[rivale].prendre(contexte)
            if self._ecrite(zone, autre) == octets:
                continue
            self._rivales[cle].remove(rivale)
            message = (
                f"zone « {zone.nom} » : {self._texte(octets)} est tiré de {zone.source} ; {rivale}"
                f" expliquait aussi bien les fichiers acceptés, et vaut ici {_dite(autre)}"
            )
            self._dites.append(self._anomalie("indigo.rivale", dessin, zone, contexte, message))
        if cle in self._pleins and self._rempli(zone, octets):
            self._pleins.remove(cle)
            message = (
                f"zone « {zone.nom} » : {self._texte(octets, nu=False)} est complété ; aucun"
                " nombre des fichiers acceptés n'était aussi court, et ne montrait si"
                " c'est par des zéros ou par des blancs"
            )
            self._dites.append(
                self._anomalie("indigo.remplissage", dessin, zone, contexte, message)
            )
        vue = self._vues.get(cle)
        if vue is not None and octets != vue:
            del self._vues[cle]
            message = (
                f"zone « {zone.nom} » : {self._texte(octets)} est tiré de {zone.source} ; les"
                f" fichiers acceptés n'y montraient que {self._texte(vue)}, peut-être une constante"
            )
            self._dites.append(self._anomalie("indigo.constante", dessin, zone, contexte, message))

    def passer(self, dessin: Dessin, contexte: Contexte) -> None:
        """A record is written: is some value no longer what it always was?"""
        gardes = self._gardes[dessin.id]
        for garde in tuple(gardes):
            valeur, figee = garde.prendre(contexte), garde.figee
            if (ici := temoin(valeur)) == figee.value:
                continue
            gardes.remove(garde)
            if not figee.value and len(ici) > figee.length:
                continue  # it could not have stood there
            rupture = self._ruptures.setdefault(
                (dessin.id, figee.start),
                _Rupture(dessin, figee, reference(contexte, dessin.par)),
            )
            rupture.changees.append(
                f"{figee.source}, qui y valait {_dite(figee.value)}, vaut ici {_dite(valeur)}"
            )

    def rapport(self) -> Iterator[Anomalie]:
        """What was seen, in order, then the constants in doubt, one finding a place."""
        yield from self._dites
        for rupture in self._ruptures.values():
            figee, dessin = rupture.figee, rupture.dessin
            debut, fin = figee.start, figee.start + figee.length - 1
            zone = next((z for z in dessin.zones if z.debut <= debut <= z.fin), None)
            suite = rupture.changees[_DITES:]
            autres = f" ; {len(suite)} autre(s) donnée(s) aussi" if suite else ""
            quoi = "des blancs ou des zéros" if not figee.value else "une constante"
            yield Anomalie(
                "indigo.constante",
                rupture.ref,
                f"le dessin écrit toujours {quoi} en {debut}-{fin} de {dessin.id} ; une donnée qui"
                " n'avait jamais varié dans les fichiers acceptés pourrait y avoir sa place :"
                f" {' ; '.join(rupture.changees[:_DITES])}{autres}",
                Gravite.AVERTISSEMENT,
                colonne=debut,
                chemin=f"{dessin.id}/{zone.nom}" if zone is not None else dessin.id,
                conseil=_CONSEIL,
            )

    def _ecrite(self, zone: Zone, valeur: Valeur) -> bytes | None:
        try:
            return ecrire(zone, valeur, self._profil.forme)
        except ZoneError:
            return None

    def _rempli(self, zone: Zone, octets: bytes) -> bool:
        """Whether padding stands where every number seen had a digit."""
        chiffres = octets[1:] if zone.signe == "leading" else octets
        plein = zone.remplissage.encode(self._profil.forme.encodage)
        nu = chiffres.rstrip(plein) if zone.cadrage == "left" else chiffres.lstrip(plein)
        return len(nu) + (zone.signe == "leading") < zone.plein_suppose

    def _texte(self, octets: bytes, *, nu: bool = True) -> str:
        dit = octets.decode(self._profil.forme.encodage, "replace")
        return f"« {dit.strip() if nu else dit} »"

    def _anomalie(
        self, regle: str, dessin: Dessin, zone: Zone, contexte: Contexte, message: str
    ) -> Anomalie:
        return Anomalie(
            regle,
            reference(contexte, dessin.par),
            message,
            Gravite.AVERTISSEMENT,
            colonne=zone.debut,
            chemin=f"{dessin.id}/{zone.nom}",
            conseil=_CONSEIL,
        )


def _dite(valeur: Valeur) -> str:
    if valeur is None or valeur == "":
        return "vide"
    return f"« {valeur:f} »" if isinstance(valeur, Decimal) else f"« {valeur} »"
