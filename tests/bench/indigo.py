"""`indigo learn` on layouts drawn at random and hidden from it: what it finds, what it claims.

Each seed gives a layout (records of several kinds, signs of every writing, packed digits and
dates, cents or units, tables of codes, fillers, constants, four character sets) and PES files; the
converter makes the accepted twins, the learner sees the pairs and nothing else.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.cadre import Faux, Mesure
from tests.unit.indigo.hasard import Bilan, Cas, cas, genres_de, juger
from vaguemestre.errors import VaguemestreError
from vaguemestre.indigo.apprentissage import apprendre, en_json
from vaguemestre.indigo.convert import convertir
from vaguemestre.indigo.dessins import Profil, charger
from vaguemestre.indigo.profil import ProfilJson
from vaguemestre.indigo.structure import Paire
from vaguemestre.indigo.validation import Epreuve, eprouver

EXACTES, FAUSSES, DUREE = 100.0, 0.0, 2.0
_GRAINE = 202_611
_VEILLE = frozenset({"indigo.rivale", "indigo.constante", "indigo.remplissage"})
_DITES = 4


@dataclass(slots=True)
class _Campagne:
    """What all the layouts gave together; `durees` are seconds of processor, one a layout."""

    bilan: Bilan = field(default_factory=Bilan)
    durees: list[float] = field(default_factory=list)
    enregistrements: int = 0
    jumeaux: int = 0
    rendus: int = 0
    muets: list[str] = field(default_factory=list)
    echecs: list[str] = field(default_factory=list)


def mesurer(ou: Path, nombre: int) -> list[Mesure]:
    """`nombre` hidden layouts; raises when something wrong was called proved."""
    campagne = _Campagne()
    for graine in range(_GRAINE, _GRAINE + nombre):
        dossier = ou / str(graine)
        dossier.mkdir(parents=True)
        _passer(campagne, cas(graine, dossier, tables=True), graine)
    if campagne.bilan.fausses:
        raise Faux(f"dites prouvées, et fausses : {'; '.join(campagne.bilan.fausses[:_DITES])}")
    return _mesures(campagne, nombre)


def _passer(campagne: _Campagne, tire: Cas, graine: int) -> None:
    debut = time.process_time()
    try:
        appris = apprendre(tire.paires, nom=f"appris-{graine}")
    except VaguemestreError as error:
        campagne.echecs.append(f"{graine} : {error.message}")
        return
    campagne.durees.append(time.process_time() - debut)
    campagne.enregistrements += sum(
        len(paire.contenu) // tire.vrai.longueur for paire in tire.paires
    )
    bilan = juger(appris, tire.vrai, genres_de(tire.paires, tire.vrai))
    campagne.bilan.ajouter(bilan, f"graine {graine}")
    _eprouver(campagne, tire, appris)


def _eprouver(campagne: _Campagne, tire: Cas, appris: ProfilJson) -> None:
    """The twins of pairs that the learner has not seen, as `indigo learn --verifier` makes them."""
    chemin = tire.vrai.chemin.with_name("brouillon.json")
    chemin.write_text(json.dumps(en_json(appris)), encoding="utf-8")
    brouillon = charger(chemin)
    campagne.jumeaux += len(tire.inconnues)
    if not brouillon.manques:
        epreuves = eprouver(brouillon, tire.inconnues)
        campagne.rendus += sum(epreuve.egale for epreuve in epreuves)
        for paire, epreuve in zip(tire.inconnues, epreuves, strict=True):
            if not epreuve.egale and not epreuve.fautes and not _averti(brouillon, paire, epreuve):
                campagne.muets.append(f"{brouillon.nom} {epreuve.raison}")


def _averti(brouillon: Profil, paire: Paire, epreuve: Epreuve) -> bool:
    """Whether a warning is told of every kind of record where the twin is not what was accepted."""
    fichiers = convertir(paire.pes, brouillon, sequence=1, monnaie=brouillon.monnaie, epreuve=True)
    dits = {
        (anomalie.chemin or "").partition("/")[0]
        for fichier in fichiers
        for anomalie in fichier.anomalies
        if anomalie.regle in _VEILLE
    }
    return {ecart.enregistrement for ecart in epreuve.ecarts} <= dits


def _mesures(campagne: _Campagne, nombre: int) -> list[Mesure]:
    b = campagne.bilan
    manques = [*campagne.echecs, *b.manquees]
    apprises = max(1, len(campagne.durees))
    return [
        Mesure(
            f"{nombre} dessins cachés : zones décidables trouvées",
            100 * b.trouvees / max(1, b.attendues),
            "%",
            EXACTES,
            au_moins=True,
            detail=f"{b.trouvees} sur {b.attendues}, dont {b.signes} au signe que rien ne montre"
            + "".join(f" ; {manque}" for manque in manques[:_DITES]),
        ),
        Mesure(
            "zones dites prouvées, et fausses",
            len(b.fausses),
            "",
            FAUSSES,
            detail=f"{b.prouvees} dites prouvées",
        ),
        Mesure("dessins qui n'ont rien appris", len(campagne.echecs), "", 0.0),
        Mesure(
            "zones à largeur indécidable : le vrai est dans ce qui est dit",
            100 * b.ouvertes_dites / max(1, b.ouvertes),
            "%",
            EXACTES,
            au_moins=True,
            detail=f"{b.ouvertes_dites} sur {b.ouvertes}, {b.ouvertes_trouvees} devinées",
        ),
        Mesure(
            "processeur pour apprendre un dessin, en moyenne",
            sum(campagne.durees) / apprises,
            "s",
            DUREE,
            detail=f"le plus long {max(campagne.durees, default=0.0):.1f} s,"
            f" {campagne.enregistrements / apprises:.0f} enregistrements",
        ),
        Mesure(
            "jumeaux jamais vus rendus octet pour octet",
            100 * campagne.rendus / max(1, campagne.jumeaux),
            "%",
            detail=f"{campagne.rendus} sur {campagne.jumeaux}",
        ),
        Mesure(
            "jumeaux différents sans refus ni avertissement",
            len(campagne.muets),
            "",
            0.0,
            detail=" ; ".join(campagne.muets[:_DITES]),
        ),
    ]
