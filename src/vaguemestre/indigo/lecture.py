"""Reading an INDIGO file back with its layout: for `indigo show`, for parity, for the round trip.

This reader shares the description of zones with the writer, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vaguemestre.errors import ConfigurationError, IllisibleError, ZoneError
from vaguemestre.indigo.dessins import Dessin, Profil
from vaguemestre.indigo.zones import Valeur, Zone, decoder
from vaguemestre.indigo.zones import lire as lire_zone

# A zone remembers this many readings: codes and names come back all the time.
_MEMOIRE = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Enregistrement:
    """One record: its rank in the file (from 1), its layout, its bytes and its values by source.

    Zones without a source (constants, fillers) are in `zones()` only.
    """

    rang: int
    dessin: Dessin
    octets: bytes
    valeurs: dict[str, Valeur]

    def zones(self, profil: Profil) -> Iterator[tuple[Zone, str, Valeur]]:
        """Each zone in order of position, its raw text, and what it means."""
        for zone in self.dessin.zones:
            octets = _tranche(zone, self.octets)
            yield (
                zone,
                decoder(zone, octets, profil.forme),
                lire_zone(zone, octets, profil.forme),
            )


def lire(contenu: bytes, profil: Profil, famille: str | None = None) -> list[Enregistrement]:
    """Every record of a file, in order.

    `famille` (TITRE, MANDAT) tells records without a discriminator apart.

    Raises:
        ConfigurationError: the layout is a draft: nothing can be read with it.
        IllisibleError: a length that is not the layout's, an unknown record, bytes that are no
            value; the message names the record and the zone.
    """
    if profil.statut == "draft" and profil.manques:
        raise ConfigurationError(
            f"le dessin INDIGO {profil.nom} est un brouillon : il ne permet pas de lire un fichier"
        )
    possibles = _possibles(profil, famille)
    plans = {dessin.id: _plan(dessin) for dessin in possibles}
    lus = []
    for rang, octets in enumerate(decouper(contenu, profil), 1):
        dessin = _reconnaitre(octets, possibles, profil, rang)
        valeurs = _lire(rang, plans[dessin.id], octets, profil)
        lus.append(Enregistrement(rang=rang, dessin=dessin, octets=octets, valeurs=valeurs))
    return lus


@dataclass(frozen=True, slots=True)
class _Case:
    """A zone with a source, and the bytes it has already understood."""

    zone: Zone
    debut: int
    fin: int
    memoire: dict[bytes, Valeur]


def _plan(dessin: Dessin) -> list[_Case]:
    return [_Case(zone, zone.debut - 1, zone.fin, {}) for zone in dessin.zones if zone.source]


def _possibles(profil: Profil, famille: str | None) -> list[Dessin]:
    bouts = {d.id for d in (profil.entete, profil.queue) if d is not None}
    familles = None if famille is None else set(famille.split("+"))
    return [d for d in profil.dessins if familles is None or d.famille in familles or d.id in bouts]


def decouper(contenu: bytes, profil: Profil) -> Iterator[bytes]:
    """The records of a file, their end of line left out.

    Raises:
        IllisibleError: a record has not the length of the layout.
    """
    pas = profil.longueur + len(profil.fin_de_ligne)
    entiers, reste = divmod(len(contenu), pas)
    for rang in range(entiers):
        octets = contenu[rang * pas : (rang + 1) * pas]
        if not octets.endswith(profil.fin_de_ligne):
            raise IllisibleError(
                f"enregistrement {rang + 1} : {profil.longueur} octets attendus, "
                "la fin de ligne n'est pas à sa place"
            )
        yield octets[: profil.longueur]
    if reste:
        raise IllisibleError(
            f"enregistrement {entiers + 1} : {reste} octets, {pas} attendus (fin de ligne comprise)"
        )


def _reconnaitre(octets: bytes, possibles: list[Dessin], profil: Profil, rang: int) -> Dessin:
    for dessin in possibles:
        marque = dessin.discriminant
        if marque is None:
            continue
        debut = marque.start - 1
        lu = octets[debut : debut + marque.length]
        if lu == marque.value.encode(profil.forme.encodage):
            return dessin
    sans_marque = [dessin for dessin in possibles if dessin.discriminant is None]
    if len(sans_marque) == 1:
        return sans_marque[0]
    raise IllisibleError(f"enregistrement {rang} : type inconnu du dessin {profil.nom}")


def _lire(rang: int, plan: list[_Case], octets: bytes, profil: Profil) -> dict[str, Valeur]:
    valeurs: dict[str, Valeur] = {}
    for case in plan:
        tranche = octets[case.debut : case.fin]
        if tranche not in case.memoire:
            _comprendre(rang, case, tranche, profil)
        valeurs[case.zone.source] = case.memoire[tranche]
    return valeurs


def _comprendre(rang: int, case: _Case, tranche: bytes, profil: Profil) -> None:
    if len(case.memoire) >= _MEMOIRE:
        case.memoire.clear()
    try:
        case.memoire[tranche] = lire_zone(case.zone, tranche, profil.forme)
    except ZoneError as error:
        raise IllisibleError(
            f"enregistrement {rang}, {error.message}", ref=case.zone.nom
        ) from error


def _tranche(zone: Zone, octets: bytes) -> bytes:
    return octets[zone.debut - 1 : zone.fin]
