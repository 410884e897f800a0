"""`indigo learn | diff | valider`: a layout from accepted files, and the way to trust it."""

from __future__ import annotations

import json as json_
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from vaguemestre.cli.jumeau import Dessin, avertir, choisir_profil
from vaguemestre.cli.options import EnJson, Fichier
from vaguemestre.cli.sortie import (
    a_ecrire,
    attente,
    console,
    discours,
    ecrire_json,
    lisible,
    tableau,
)
from vaguemestre.engine.horloge import HorlogeSysteme
from vaguemestre.errors import DocumentError, UsageError
from vaguemestre.indigo.apprentissage import apprendre, en_json
from vaguemestre.indigo.apprentissage import empreinte as sha256
from vaguemestre.indigo.comparaison import Ecart, differences
from vaguemestre.indigo.dessins import charger
from vaguemestre.indigo.profil import ProfilJson, ZoneJson
from vaguemestre.indigo.structure import Paire
from vaguemestre.indigo.validation import Appui, Epreuve, eprouver
from vaguemestre.indigo.validation import valider as valider_dessin
from vaguemestre.pes.read import lire

LesPes = Annotated[
    list[Path] | None,
    Parameter(name="--pes", help="Un PES Aller ; à répéter, une fois par paire."),
]
LesIndigo = Annotated[
    list[Path] | None,
    Parameter(
        name="--indigo",
        help="Le fichier INDIGO que le comptable a accepté avec ce PES ; dans le même ordre.",
    ),
]
Sequence_ = Annotated[int, Parameter(name="--sequence", help="Numéro de l'envoi.")]
Auteur = Annotated[str, Parameter(help="Qui répond de ce dessin : nom et fonction.")]
Reference = Annotated[
    str | None, Parameter(help="Sur quoi il repose : courrier, accord, fichiers acceptés.")
]
Autorite = Annotated[Appui, Parameter(help="accepted_files, official, dfip_letter ou editor.")]
Jour = Annotated[
    date | None, Parameter(help="Date de validation, AAAA-MM-JJ (par défaut : aujourd'hui).")
]
_STATUTS = {
    "proved": "prouvée",
    "guessed": "supposée",
    "unknown": "INCONNUE",
    "constant": "constante",
    "filler": "remplissage",
}
_RESTES = {
    "source": "une autre explication convient",
    "width": "largeur non établie",
    "sign": "aucun montant négatif",
    "records": "moins de 50 enregistrements",
    "values": "moins de 3 valeurs",
    "codes": "un code jamais vu sera refusé",
    "pad": "remplissage jamais vu",
}
_RESERVES = {
    "source": "Une autre donnée du PES expliquait aussi bien ces zones ; un avertissement dira le"
    " premier envoi où elles diffèrent",
    "sign": "Aucun montant négatif n'a été vu dans ces zones",
    "width": "Aucune valeur n'a rempli ces zones, leur largeur est la plus vraisemblable",
    "codes": "Ces zones traduisent des codes ; un code que rien n'a montré sera refusé"
    " à l'envoi, à ajouter dans map",
}
_ECARTS = {"zone": "zone", "en_moins": "absent de B", "en_trop": "absent de A", "type": "type"}


def learn(
    *,
    pes: LesPes = None,
    indigo: LesIndigo = None,
    sortie: Annotated[
        Path | None,
        Parameter(name=["--output", "-o"], help="Le brouillon de dessin à écrire (.json)."),
    ] = None,
    nom: Annotated[str | None, Parameter(help="Nom du dessin (par défaut : le fichier).")] = None,
    monnaie: Annotated[
        Literal["EUR", "XPF"] | None,
        Parameter(help="EUR ou XPF (par défaut : d'après les montants)."),
    ] = None,
    verifier: Annotated[
        Path | None,
        Parameter(help="Ne rien apprendre : éprouver ce dessin sur les paires données."),
    ] = None,
    sequence: Sequence_ = 1,
    json: EnJson = False,
) -> int:
    """Déduire un dessin INDIGO de fichiers que le comptable a acceptés."""
    if verifier is not None:
        return _verifier(lisible(verifier), _paires(pes, indigo), sequence, json=json)
    if sortie is None:
        raise UsageError("-o FICHIER manque : où écrire le brouillon ?")
    cible = a_ecrire(sortie)
    with attente("lecture des paires…"):
        profil = apprendre(_paires(pes, indigo), nom=nom or cible.stem, monnaie=monnaie)
    document = en_json(profil)
    _ecrire(cible, document)
    if json:
        ecrire_json(document)
        return 0
    for record in profil.records:
        _montrer(record.id, record.per, record.fields)
    _resumer(profil, cible)
    return 0


def diff(
    a: Path, b: Path, /, *, layout: Dessin = None, json: EnJson = False, config: Fichier = None
) -> int:
    """Comparer deux fichiers INDIGO, zone par zone.

    Args:
        a: un fichier INDIGO.
        b: l'autre.
    """
    profil = choisir_profil(layout, config)
    ecarts = differences(lisible(a).read_bytes(), lisible(b).read_bytes(), profil)
    if json:
        ecrire_json({"egaux": not ecarts, "ecarts": [ecart.as_json() for ecart in ecarts]})
    elif ecarts:
        console().print(_table_ecarts(f"{a} (A) et {b} (B)", ecarts))
        discours().print(f"{len(ecarts)} écart(s)", markup=False)
    else:
        discours().print("aucun écart", markup=False)
    return DocumentError.exit_code if ecarts else 0


def valider(
    dessin: Path,
    /,
    *,
    auteur: Auteur,
    pes: LesPes = None,
    indigo: LesIndigo = None,
    reference: Reference = None,
    autorite: Autorite = "accepted_files",
    le: Jour = None,
    sortie: Annotated[
        Path | None,
        Parameter(name=["--output", "-o"], help="Où écrire (par défaut : le dessin lui-même)."),
    ] = None,
    sequence: Sequence_ = 1,
    json: EnJson = False,
) -> int:
    """Valider un brouillon : chaque paire doit être rendue octet pour octet.

    Args:
        dessin: le brouillon, tel que « indigo learn » l'a écrit, ou complété à la main.
    """
    cible = a_ecrire(sortie or dessin)
    paires = _paires(pes, indigo)
    valide, epreuves = valider_dessin(
        charger(lisible(dessin)),
        paires,
        auteur=auteur,
        reference=reference or f"{len(paires)} fichier(s) acceptés, rendus octet pour octet.",
        autorite=autorite,
        jour=le or HorlogeSysteme().now().date(),
        sequence=sequence,
    )
    document = en_json(valide)
    _ecrire(cible, document)
    if json:
        ecrire_json(document)
        return 0
    _annoncer(valide, cible, epreuves, auteur)
    return 0


def _annoncer(valide: ProfilJson, cible: Path, epreuves: Sequence[Epreuve], auteur: str) -> None:
    """What was written, what it was proved on, what nothing has shown, what comes next."""
    console().print(_table_epreuves(epreuves))
    discours().print(
        f"écrit : {cible}, statut validated, {auteur}. Ses fichiers seront nommés"
        f" « {valide.file.name_pattern} » (file.name_pattern).",
        markup=False,
    )
    for reserve in _reserves(valide):
        discours().print(f"- {reserve}", markup=False)
    discours().print(
        f'Ensuite, dans vaguemestre.toml : [collectivite.indigo] puis layout = "{cible.name}", le'
        " fichier étant à côté ; « vaguemestre doctor » dit s'il peut partir.",
        markup=False,
    )


def _reserves(profil: ProfilJson) -> Iterator[str]:
    """What no accepted file has shown: whoever answers for the layout must know it."""
    preuves = [(z, z.evidence) for r in profil.records for z in r.fields if z.evidence is not None]
    for reste, dit in _RESERVES.items():
        zones = [zone.source or zone.name for zone, preuve in preuves if reste in preuve.open]
        if zones:
            yield f"{dit} : {', '.join(dict.fromkeys(zones))}."
    figees = sum(zone.type == "CONST" for zone, _ in preuves)
    if figees:
        yield (
            f"{figees} constante(s) : une donnée qui n'a jamais varié dans ces fichiers"
            " (annulation, autre type de mandat…) y est figée ; une paire où elle varie la révèle."
        )


def _paires(pes: Sequence[Path] | None, indigo: Sequence[Path] | None) -> list[Paire]:
    """The pairs, in the order of the command.

    Raises:
        UsageError: not as many PES as INDIGO files, or none at all.
        IllisibleError: a file is missing or is no PES.
    """
    les_pes, les_indigo = list(pes or ()), list(indigo or ())
    if not les_pes and not les_indigo:
        raise UsageError("aucune paire : donner --pes A.xml --indigo a.txt, autant que possible")
    if len(les_pes) != len(les_indigo):
        raise UsageError(
            f"{len(les_pes)} PES et {len(les_indigo)} fichiers INDIGO : chaque --pes va avec un"
            " --indigo, dans le même ordre"
        )
    return [
        Paire(
            nom=f"{un.name} + {autre.name}",
            pes=lire(lisible(un)),
            empreinte_pes=sha256(un.read_bytes()),
            contenu=lisible(autre).read_bytes(),
            nom_indigo=autre.name,
        )
        for un, autre in zip(les_pes, les_indigo, strict=True)
    ]


def _verifier(dessin: Path, paires: Sequence[Paire], sequence: int, *, json: bool) -> int:
    profil = charger(dessin)
    epreuves = eprouver(profil, paires, sequence=sequence)
    bonnes = all(epreuve.egale for epreuve in epreuves)
    if json:
        ecrire_json(
            {
                "dessin": profil.nom,
                "egales": bonnes,
                "paires": [
                    {
                        "paire": e.paire,
                        "egale": e.egale,
                        "connue": e.connue,
                        "enregistrements": e.enregistrements,
                        "ecarts": [ecart.as_json() for ecart in e.ecarts],
                        "anomalies": [faute.as_json() for faute in e.fautes],
                    }
                    for e in epreuves
                ],
            }
        )
    else:
        avertir(profil)
        console().print(_table_epreuves(epreuves))
        for epreuve in epreuves:
            if epreuve.ecarts:
                titre = f"{epreuve.paire} : accepté (A), converti (B)"
                console().print(_table_ecarts(titre, epreuve.ecarts[:40]))
    return 0 if bonnes else DocumentError.exit_code


def _ecrire(cible: Path, document: dict[str, object]) -> None:
    cible.write_text(json_.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _montrer(identifiant: str, par: str, zones: Sequence[ZoneJson]) -> None:
    console().print(
        tableau(
            f"{identifiant} (un par {par})",
            ("position", "zone", "écriture", "preuve", "valeurs", "ce qui reste"),
            (_rangee(zone) for zone in zones),
            entieres=("position", "preuve"),
        )
    )


def _rangee(zone: ZoneJson) -> tuple[object, ...]:
    debut, longueur = zone.start or 0, zone.length or 0
    preuve = zone.evidence
    statut = "" if preuve is None else _STATUTS[preuve.status]
    reste = "" if preuve is None else _reste(zone)
    return (
        f"{debut}-{debut + longueur - 1}",
        zone.source or zone.name,
        " ".join(_mots(zone)),
        statut,
        "" if preuve is None else preuve.distinct,
        reste,
    )


def _mots(zone: ZoneJson) -> Iterator[str]:
    yield zone.type
    if zone.type == "CONST":
        yield f"« {zone.value} »"
    if zone.type == "FILLER":
        yield "zéros" if zone.pad == "0" else "blancs"
    if zone.date_format:
        yield zone.date_format
    if zone.usage != "display":
        yield zone.usage
    if zone.sign not in {None, "none"}:
        yield f"signe {zone.sign}"
    if zone.align is not None and zone.type != "D":
        yield f"cadré à {'gauche' if zone.align == 'left' else 'droite'}"
    if zone.overflow == "truncate":
        yield "coupé"
    if zone.map:
        yield f"table {', '.join(f'{lu} → {ecrit}' for lu, ecrit in zone.map.items())}"


def _reste(zone: ZoneJson) -> str:
    preuve = zone.evidence
    if preuve is None:
        return ""
    mots = [_RESTES[manque] for manque in preuve.open]
    if preuve.width_min != preuve.width_max and "width" in preuve.open:
        mots[list(preuve.open).index("width")] += f" ({preuve.width_min} à {preuve.width_max})"
    if "source" in preuve.open and preuve.rivals:
        rivales = [dite for dite in preuve.rivals if not dite.startswith("largeur")]
        mots.append(f"rivales : {' | '.join(rivales[:3])}")
    return " ; ".join(mots)


def _resumer(profil: ProfilJson, cible: Path) -> None:
    zones = [zone.evidence for record in profil.records for zone in record.fields]
    comptes = {
        mot: sum(preuve is not None and preuve.status == statut for preuve in zones)
        for statut, mot in _STATUTS.items()
    }
    dit = ", ".join(
        f"{nombre} {mot}{'s' if nombre > 1 and mot.islower() else ''}"
        for mot, nombre in comptes.items()
        if nombre
    )
    f = profil.file
    discours().print(
        f"écrit : {cible}, brouillon, {f.record_length} octets, fin de ligne {f.eol},"
        f" {f.encoding}. Zones : {dit}.",
        markup=False,
    )
    for note in profil.notes:
        discours().print(f"- {note}", markup=False)
    discours().print(
        "Ensuite : « vaguemestre indigo learn --verifier » sur des paires mises de côté, puis"
        " « vaguemestre indigo valider » (help indigo).",
        markup=False,
    )


def _table_epreuves(epreuves: Sequence[Epreuve]) -> object:
    return tableau(
        "Épreuve du dessin",
        ("paire", "enregistrements", "jumeau", "vue à l'apprentissage", "détail"),
        (
            (
                e.paire,
                e.enregistrements,
                "égal" if e.egale else "DIFFÉRENT",
                "oui" if e.connue else "non",
                e.raison,
            )
            for e in epreuves
        ),
    )


def _table_ecarts(titre: str, ecarts: Sequence[Ecart]) -> object:
    return tableau(
        titre,
        ("rang A", "rang B", "enregistrement", "écart", "position", "A", "B"),
        (
            (
                e.rang_a,
                e.rang_b,
                e.enregistrement,
                e.zone or _ECARTS[e.genre],
                f"{e.debut}-{e.debut + e.longueur - 1}" if e.longueur else "",
                None if e.a is None else f"«{e.a}»",
                None if e.b is None else f"«{e.b}»",
            )
            for e in ecarts
        ),
    )
