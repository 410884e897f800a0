"""Load-time controls of a layout: what no file may be written with, all of it at once.

The redundancy of a layout (start *and* length, discriminator *and* constant, sum *and* record
length) is its checksum.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import combinations, pairwise
from string import Formatter

from vaguemestre.indigo.condense import CONDENSES, octets_pour
from vaguemestre.indigo.profil import EnregistrementJson, ProfilJson, ZoneJson
from vaguemestre.indigo.sources import HORS_PES, RANGS, SOURCES

_PORTEURS_DU_SIGNE = frozenset(
    {"ligne.signe", "bordereau.signe", "bordereau.type", "piece.type", "piece.nature"}
)
_NOMS = frozenset(
    {"famille", "cod_col", "cod_bud", "id_coll", "id_post", "exercice", "sequence", "bordereau"}
)
_DATES = re.compile(r"(%[Ymdyj]|[^%])+")
# What parity needs in order to know a line again (indigo.parite).
_CLES = ("bordereau.exercice", "bordereau.numero", "piece.numero")


def defauts(brut: ProfilJson) -> list[str]:
    """Every defect of a layout, one French line each; a draft is judged on what it states."""
    place = brut.status != "draft"
    trouves = list(_par_zone(brut))
    trouves += _discriminants(brut)
    trouves += _bouts(brut)
    if place:
        trouves += _fichier(brut)
        trouves += manques(brut)
        trouves += (d for e in brut.records for d in _occupation(e, brut.file.record_length))
        trouves += _lignes(brut)
    else:
        trouves += (d for e in brut.records for d in _chevauchements(e))
    if brut.status == "validated":
        trouves += _autorite(brut)
    return trouves


def manques(brut: ProfilJson) -> Iterator[str]:
    """What is not placed or not known yet; nothing may be written while this says anything."""
    for enregistrement, zone in _zones(brut):
        if zone.start is None or zone.length is None:
            yield f"{enregistrement.id} / {zone.name} : position ou longueur inconnue"
        if zone.type == "D" and zone.date_format is None:
            yield f"{enregistrement.id} / {zone.name} : format de date inconnu"
        if zone.source is None and zone.type not in {"CONST", "FILLER"}:
            yield f"{enregistrement.id} / {zone.name} : on ne sait pas ce que porte cette zone"
        if zone.type == "S9" and zone.sign is None and zone.usage != "packed":
            yield f"{enregistrement.id} / {zone.name} : écriture du signe inconnue"
    f = brut.file
    for nom, valeur in (
        ("encoding", f.encoding),
        ("eol", f.eol),
        ("record_length", f.record_length),
        ("name_pattern", f.name_pattern),
        ("one_file_per", f.one_file_per),
        ("charset_policy", f.charset_policy),
        ("currency.decimals", f.currency.decimals),
        ("currency.unit", f.currency.unit),
    ):
        if valeur is None:
            yield f"file.{nom} : valeur inconnue"


def _zones(brut: ProfilJson) -> Iterator[tuple[EnregistrementJson, ZoneJson]]:
    return (
        (enregistrement, zone) for enregistrement in brut.records for zone in enregistrement.fields
    )


def _par_zone(brut: ProfilJson) -> Iterator[str]:
    for identifiant, fois in Counter(e.id for e in brut.records).items():
        if fois > 1:
            yield f"deux enregistrements s'appellent {identifiant}"
    for enregistrement, zone in _zones(brut):
        for defaut in _zone(zone, enregistrement.per):
            yield f"{enregistrement.id} / {zone.name} : {defaut}"
    for enregistrement in brut.records:
        for nom, fois in Counter(zone.name for zone in enregistrement.fields).items():
            if fois > 1:
                yield f"{enregistrement.id} : deux zones s'appellent {nom}"


def _zone(zone: ZoneJson, par: str) -> Iterator[str]:
    for controle in (_source, _constante, _nombre, _usage, _date, _remplissage, _codes):
        yield from controle(zone, par)


def _source(zone: ZoneJson, par: str) -> Iterator[str]:
    if zone.type in {"CONST", "FILLER"}:
        if zone.source is not None:
            yield f"une zone {zone.type} n'a pas de source"
        return
    if zone.source is None:
        if zone.confidence != "unknown":
            yield "aucune source"
    elif zone.source not in SOURCES:
        if not (par in {"bien", "compte"} and zone.source.startswith(HORS_PES)):
            yield f"la source « {zone.source} » n'existe pas dans le modèle"
    elif RANGS[SOURCES[zone.source].portee] > RANGS.get(par, 0):
        yield f"« {zone.source} » n'est pas connue dans un enregistrement par {par}"


def _constante(zone: ZoneJson, par: str) -> Iterator[str]:
    if zone.type == "CONST":
        if not zone.value:
            yield "une constante sans valeur"
        elif zone.usage == "hex":
            if not re.fullmatch(r"([0-9A-F]{2})+", zone.value):
                yield "une constante hexadécimale s'écrit par paires de 0-9 A-F"
            elif zone.length is not None and len(zone.value) != 2 * zone.length:
                yield f"la constante « {zone.value} » ne fait pas {zone.length} octets"
        elif zone.length is not None and len(zone.value) > zone.length:
            yield f"la constante « {zone.value} » dépasse {zone.length} octets"
        elif not zone.value.isascii() or not zone.value.isprintable():
            yield "une constante s'écrit en ASCII"
    elif zone.value is not None:
        yield "« value » ne va qu'avec le type CONST"


def _nombre(zone: ZoneJson, par: str) -> Iterator[str]:
    source = SOURCES.get(zone.source or "")
    nature = source.nature if source else None
    if zone.type == "S9" and nature not in {None, "montant"}:
        yield f"type S9 pour « {zone.source} », qui n'est pas un montant"
    if zone.type == "9" and nature == "date":
        yield "type 9 pour une date : utiliser D"
    if zone.type == "X" and nature in {"montant", "taux", "date"}:
        yield f"type X pour « {zone.source} » : utiliser 9, S9 ou D"
    if zone.type not in {"S9"} and zone.sign not in {None, "none"}:
        yield "« sign » ne va qu'avec le type S9"
    if zone.sign == "overpunch" and zone.align == "left":
        yield "un signe perforé demande un cadrage à droite"
    if zone.sign in {"leading", "trailing"} and zone.length == 1:
        yield "le signe ne laisse aucune place aux chiffres"


def _usage(zone: ZoneJson, par: str) -> Iterator[str]:
    if zone.usage == "hex" and zone.type != "CONST":
        yield "l'usage hex ne va qu'avec le type CONST"
    if zone.usage not in CONDENSES:
        return
    if zone.type not in {"9", "S9", "D"}:
        yield f"l'usage {zone.usage} ne va qu'avec les types 9, S9 et D"
    if zone.usage == "bcd" and zone.type == "S9":
        yield "l'usage bcd n'écrit aucun signe : utiliser packed"
    if zone.sign not in {None, "none"}:
        yield f"l'usage {zone.usage} porte son signe lui-même : « sign » est de trop"
    if zone.align == "left":
        yield f"l'usage {zone.usage} est toujours cadré à droite"


def _date(zone: ZoneJson, par: str) -> Iterator[str]:
    if zone.type != "D":
        if zone.date_format is not None:
            yield "« date_format » ne va qu'avec le type D"
        return
    source = SOURCES.get(zone.source or "")
    if source is not None and source.nature != "date":
        yield f"type D pour « {zone.source} », qui n'est pas une date"
    if zone.date_format is None:
        return
    if not _DATES.fullmatch(zone.date_format) or not zone.date_format.isascii():
        yield f"format de date « {zone.date_format} » : seuls %Y %y %m %d %j sont compris"
        return
    taille = len(f"{date(2026, 12, 31):{zone.date_format}}")
    if zone.usage in CONDENSES:
        taille = octets_pour(taille, zone.usage)
        if re.sub("%[Ymdyj]", "", zone.date_format):
            yield f"une date en {zone.usage} n'a que des chiffres"
    if zone.length is not None and taille != zone.length:
        yield f"le format de date « {zone.date_format} » ne fait pas {zone.length} octets"


def _remplissage(zone: ZoneJson, par: str) -> Iterator[str]:
    pad = zone.pad
    if pad is None:
        return
    if not pad.isascii() or not pad.isprintable():
        yield "le remplissage est un caractère ASCII visible ou l'espace"
    nombre = zone.type in {"9", "S9"}
    if nombre and pad.isdigit() and pad != "0":
        yield f"le remplissage « {pad} » se lirait comme un chiffre"
    gauche = zone.align == "left" or (zone.align is None and zone.type == "X")
    if gauche and zone.type in {"X", "9", "S9"} and pad.isalnum():
        yield f"cadré à gauche, le remplissage « {pad} » se confondrait avec la valeur"


def _codes(zone: ZoneJson, par: str) -> Iterator[str]:
    if zone.map is not None and len(set(zone.map.values())) != len(zone.map):
        yield "« map » donne deux fois la même valeur : la relecture serait impossible"
    if zone.codes is not None and zone.type != "X":
        yield "« codes » ne va qu'avec le type X"
    if zone.overflow == "truncate" and zone.type != "X":
        yield "seul un texte (X) peut être tronqué"
    if zone.length is not None:
        for code in (*(zone.codes or ()), *(zone.map or {}).values()):
            if len(code) > zone.length:
                yield f"le code « {code} » dépasse {zone.length} octets"
    if zone.map is not None and zone.codes is not None:
        for code in zone.map.values():
            if code not in zone.codes:
                yield f"« map » donne « {code} », absent de « codes »"


def _occupation(enregistrement: EnregistrementJson, longueur: int | None) -> Iterator[str]:
    """No overlap, no gap except FILLER, and the sum is the record length."""
    places = sorted(
        (zone.start, zone.length, zone.name)
        for zone in enregistrement.fields
        if zone.start is not None and zone.length is not None
    )
    attendu = 1
    for debut, taille, nom in places:
        if debut > attendu:
            yield f"{enregistrement.id} : trou de {attendu} à {debut - 1} avant {nom} (FILLER)"
        attendu = max(attendu, debut + taille)
    yield from _chevauchements(enregistrement)
    if longueur is not None and attendu - 1 != longueur:
        yield f"{enregistrement.id} : {attendu - 1} octets décrits, record_length dit {longueur}"


def _chevauchements(enregistrement: EnregistrementJson) -> Iterator[str]:
    places = sorted(
        (zone.start, zone.length, zone.name)
        for zone in enregistrement.fields
        if zone.start is not None and zone.length is not None
    )
    for (debut, taille, nom), (suivant, _, autre) in pairwise(places):
        if suivant < debut + taille:
            yield f"{enregistrement.id} : {nom} et {autre} se chevauchent en {suivant}"


def _discriminants(brut: ProfilJson) -> Iterator[str]:
    for enregistrement in brut.records:
        marque = enregistrement.discriminator
        if marque is None:
            continue
        if len(marque.value) != marque.length:
            yield f"{enregistrement.id} : discriminant « {marque.value} », longueur {marque.length}"
        porte = any(
            zone.type == "CONST"
            and (zone.start, zone.length, zone.value) == (marque.start, marque.length, marque.value)
            for zone in enregistrement.fields
        )
        if not porte:
            yield f"{enregistrement.id} : aucune constante n'écrit le discriminant {marque.value}"
    for un, autre in combinations(brut.records, 2):
        if _voisins(brut, un, autre) and not _distincts(un, autre):
            yield f"{un.id} et {autre.id} : discriminants absents, égaux ou à deux positions"


def _voisins(brut: ProfilJson, un: EnregistrementJson, autre: EnregistrementJson) -> bool:
    """Whether two kinds of record may stand in one file, and must be told apart."""
    if brut.status == "draft" and (un.discriminator is None or autre.discriminator is None):
        return False
    bouts = {brut.file.header_record, brut.file.trailer_record}
    if un.id in bouts or autre.id in bouts or un.family == autre.family:
        return True
    return brut.file.one_file_per == "budget"


def _distincts(un: EnregistrementJson, autre: EnregistrementJson) -> bool:
    a, b = un.discriminator, autre.discriminator
    if a is None or b is None:
        return False
    return (a.start, a.length) == (b.start, b.length) and a.value != b.value


def _bouts(brut: ProfilJson) -> Iterator[str]:
    par_id = {enregistrement.id: enregistrement for enregistrement in brut.records}
    for cle, identifiant in (
        ("header_record", brut.file.header_record),
        ("trailer_record", brut.file.trailer_record),
    ):
        if identifiant is None:
            continue
        if identifiant not in par_id:
            yield f"file.{cle} : aucun enregistrement ne s'appelle {identifiant}"
        elif par_id[identifiant].per != "file":
            yield f"file.{cle} : {identifiant} doit être écrit par fichier (per = file)"
    bouts = {brut.file.header_record, brut.file.trailer_record}
    for enregistrement in brut.records:
        if enregistrement.per == "file" and enregistrement.id not in bouts:
            yield f"{enregistrement.id} : par fichier, mais ni en-tête ni queue"


def _fichier(brut: ProfilJson) -> Iterator[str]:
    f = brut.file
    if f.encoding is not None and not _encodage_simple(f.encoding):
        yield (
            f"file.encoding : « {f.encoding} » inconnu ou incompatible avec l'ASCII"
            " (un octet par lettre)"
        )
    if f.currency.unit == "cent" and (f.currency.decimals or 0) > 2:
        yield "file.currency : des centièmes ne portent pas plus de 2 décimales"
    if f.name_pattern is not None:
        familles = {e.family for e in brut.records}
        yield from defauts_nom(f.name_pattern, f.one_file_per, brut.status, len(familles))


def _encodage_simple(nom: str) -> bool:
    try:
        codecs.lookup(nom)
        return len(" 0A-{}".encode(nom)) == len(" 0A-{}")
    except (LookupError, UnicodeError):
        return False


def defauts_nom(motif: str, par: str | None, statut: str, familles: int) -> Iterator[str]:
    """What is wrong with a name pattern; `familles`: how many the layout writes."""
    try:
        morceaux = list(Formatter().parse(motif))
    except ValueError as error:
        yield f"file.name_pattern : {error}"
        return
    noms = {nom for _, nom, _, _ in morceaux if nom is not None}
    if noms - _NOMS:
        yield f"file.name_pattern : {', '.join(sorted(noms - _NOMS))} inconnu"
    if not all(re.fullmatch(r"(0?[0-9]{1,2}d?)?", forme or "") for _, _, forme, _ in morceaux):
        yield "file.name_pattern : seule une largeur (:04d) est comprise"
    if any(conversion for _, _, _, conversion in morceaux):
        yield "file.name_pattern : aucune conversion (!) n'est comprise"
    if not re.fullmatch(r"[A-Za-z0-9._-]*", "".join(texte for texte, _, _, _ in morceaux)):
        yield "file.name_pattern : lettres, chiffres, point, tiret et _ seulement"
    for nom, quand in (("famille", "domain"), ("bordereau", "bordereau")):
        if par == quand and nom not in noms and (nom != "famille" or familles > 1):
            yield f"file.name_pattern : un fichier par {quand} demande {{{nom}}} dans le nom"
    if statut == "fictional" and not motif.startswith("ESSAI_"):
        yield "file.name_pattern : le nom d'un fichier fictif commence par ESSAI_"


def _lignes(brut: ProfilJson) -> Iterator[str]:
    """A family that is written carries its keys and says somewhere that it annuls."""
    familles = {e.family for e in brut.records if e.per in {"bordereau", "piece", "ligne"}}
    for famille in sorted(familles):
        sources = {
            zone.source: zone
            for e in brut.records
            if e.family == famille and e.per in {"bordereau", "piece", "ligne"}
            for zone in e.fields
        }
        detail = any(e.family == famille and e.per == "ligne" for e in brut.records)
        cles = (
            (*_CLES, "ligne.numero", "ligne.montant_ht") if detail else (*_CLES, "piece.montant_ht")
        )
        for cle in cles:
            if cle not in sources:
                yield f"{famille} : « {cle} » n'est écrit nulle part, la parité serait aveugle"
        if any(zone.sign == "separate_field" for zone in sources.values()) and not (
            {"ligne.signe", "bordereau.signe"} & set(sources)
        ):
            yield f"{famille} : signe dans une zone à part, mais aucune zone ne l'écrit"
        signes = {
            "packed" if zone.usage == "packed" else zone.sign
            for zone in sources.values()
            if zone.type == "S9"
        }
        if signes <= {"none", "separate_field"} and not _PORTEURS_DU_SIGNE & set(sources):
            yield f"{famille} : rien n'écrit le signe ni le type d'une annulation"


def _autorite(brut: ProfilJson) -> Iterator[str]:
    autorite = brut.authority
    if autorite.kind in {"assumed", "test"}:
        yield f"un dessin validé ne peut pas reposer sur « {autorite.kind} »"
    if not autorite.reference.strip():
        yield "un dessin validé nomme sa référence (authority.reference)"
    if not (autorite.validated_by or "").strip():
        yield "un dessin validé nomme la personne (authority.validated_by)"
    if autorite.validated_on is None:
        yield "un dessin validé porte une date (authority.validated_on)"
    for enregistrement, zone in _zones(brut):
        if zone.confidence == "unknown":
            yield f"{enregistrement.id} / {zone.name} : zone inconnue dans un dessin validé"
