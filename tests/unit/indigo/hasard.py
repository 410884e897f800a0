"""Random PES documents and random layouts, from a seed: `indigo learn` must find them again.

The layouts are written as JSON that `dessins.charger` judges like any other; the accepted files
are those that the writer makes with them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.unit.indigo.exemples import pes, profil
from vaguemestre.domain.comptable import (
    Adresse,
    Bordereau,
    CompteBancaire,
    Domaine,
    Liens,
    Ligne,
    Mandat,
    PesAller,
    Rattachement,
    Tiers,
    Titre,
)
from vaguemestre.indigo.comparaison import reconnaitre
from vaguemestre.indigo.convert import convertir
from vaguemestre.indigo.dessins import Dessin, Profil
from vaguemestre.indigo.lecture import decouper
from vaguemestre.indigo.profil import Discriminant, ProfilJson, ZoneJson
from vaguemestre.indigo.sources import SOURCES
from vaguemestre.indigo.structure import (
    DECOUPES,
    Cle,
    Genre,
    Paire,
    Structure,
    portions,
    regrouper,
)
from vaguemestre.indigo.zones import Valeur, Zone

MOTS = (  # noqa: SIM905
    "Récif Lagon Nouméa Kanumera Mont-Dore Païta Ouvéa Lifou Maré Houaïlou Koné Voh Poum Thio Yaté"
    " Bourail Canala Poindimié Hienghène Kaala l'Anse Vata Tontouta Dumbéa"
).split()


def _mots(r: random.Random, nombre: int, maximum: int = 38) -> str:
    return " ".join(r.choice(MOTS) for _ in range(r.randint(1, nombre)))[:maximum].strip()


def _chiffres(r: random.Random, nombre: int) -> str:
    return str(r.randint(1, 9)) + "".join(r.choice("0123456789") for _ in range(nombre - 1))


def _tiers(r: random.Random, *, recette: bool) -> Tiers:
    return Tiers(
        nom=_mots(r, 5),
        categorie=r.choice(("01", "20", "50", "61")),
        nature_juridique=r.choice(("01", "03", "07", "11")),
        type="01" if recette else None,
        identifiant=_chiffres(r, r.choice((10, 14, 18))),
        nature_identifiant=r.choice(("01", "08")),
        civilite=r.choice((None, "MME", "M", "DR")),
        prenom=r.choice((None, _mots(r, 2))),
        complement_nom=r.choice((None, _mots(r, 3))),
        reference=r.choice((None, f"REF-{r.randint(1, 99999)}")),
        adresse=Adresse(
            adr1=r.choice((None, _mots(r, 3))),
            adr2=f"{r.randint(1, 300)} rue {_mots(r, 2)}"[:38].strip(),
            adr3=r.choice((None, f"BP {r.randint(1, 9999)}")),
            code_postal=str(r.randint(98800, 98899)),
            ville=_mots(r, 2),
        ),
        compte=r.choice(
            (
                None,
                CompteBancaire(
                    titulaire=_mots(r, 3)[:32].strip(),
                    iban=f"FR{r.randint(10, 97)}{_chiffres(r, 23)}",
                    bic=r.choice((None, "BNCAFRPPXXX", "CCBPFRPP", "AGRIFRPP")),
                ),
            )
        ),
    )


def _ligne(r: random.Random, numero: int, *, recette: bool, fractions: bool) -> Ligne:
    def montant(chiffres: int) -> Decimal:
        entier = r.randint(1, 10 ** r.randint(1, chiffres))
        return Decimal(entier).scaleb(-2) if fractions else Decimal(entier)

    return Ligne(
        numero=numero,
        nature=r.choice(("6065", "60632", "2183", "70671", "6188")),
        montant_ht=montant(8),
        montant_tva=r.choice((None, montant(6))),
        fonction=r.choice((None, "0201", "321", "40")),
        operation=r.choice((None, "12", "7001", "20264")),
        mode_reglement=None if recette else r.choice(("03", "01", "16", "02")),
        code_produit=r.choice(("CANT", "TAXE", "LOYE")) if recette else None,
        taux_tva=r.choice((None, Decimal("5.5"), Decimal(3), Decimal("11.25"), Decimal(22)))
        if recette
        else None,
        rattachement=r.choice(
            (
                None,
                None,
                Rattachement(nature="01", exercice=r.randint(2021, 2026), piece=r.randint(1, 9999)),
            )
        ),
        liens=r.choice(
            (
                None,
                Liens(
                    actif=f"INV-{r.randint(1, 99999)}",
                    emprunt=f"E{r.randint(1, 999)}",
                    marche=f"M{r.randint(2020, 2026)}-{r.randint(1, 99)}",
                ),
            )
        ),
        tiers=(_tiers(r, recette=recette),),
    )


def _piece(r: random.Random, numero: int, *, recette: bool, fractions: bool) -> Mandat | Titre:
    commun: dict[str, Any] = {
        "numero": numero,
        "type": r.choice(("01", "02", "05")),
        "nature": r.choice(("01", "02", "06", "12")),
        "objet": _mots(r, r.randint(2, 16), 100),
        "service": f"S{r.randint(1, 500)}",
        "lignes": tuple(
            _ligne(r, rang, recette=recette, fractions=fractions)
            for rang in range(1, r.choice((1, 1, 2, 3)) + 1)
        ),
    }
    jour = date(2026, 1, 1) + timedelta(r.randint(0, 500))
    if recette:
        return Titre(**commun, date_asp=jour, role=r.choice((None, r.randint(1, 9999))))
    return Mandat(**commun, date_echeance=r.choice((None, jour)))


def document(
    r: random.Random,
    *,
    pieces: int = 24,
    domaines: Sequence[Domaine] = (Domaine.DEPENSE,),
    fractions: bool = False,
) -> PesAller:
    """A PES whose values vary as those of a real body do."""
    exercice = r.choice((2024, 2025, 2026))
    bordereau, piece = r.randint(1, 900), r.randint(1, 9000)
    faits = []
    for domaine in domaines:
        for _ in range(r.randint(2, 4)):
            siennes = []
            for _ in range(max(1, r.randint(pieces // 4, pieces // 2))):
                piece += 1
                siennes.append(
                    _piece(r, piece, recette=domaine is Domaine.RECETTE, fractions=fractions)
                )
            bordereau += r.randint(1, 3)
            faits.append(
                Bordereau(
                    domaine=domaine,
                    exercice=exercice,
                    numero=bordereau,
                    date_emission=date(exercice, 1, 1) + timedelta(r.randint(0, 360)),
                    type=r.choice(("01", "01", "02", "03")),
                    pieces=tuple(siennes),
                )
            )
    fait = pes(*faits)
    return replace(
        fait, entete=replace(fait.entete, date_production=date(2026, 1, 1) + timedelta(piece % 360))
    )


@dataclass(frozen=True, slots=True)
class Cas:
    """A hidden layout and the pairs made with it; `inconnues` were kept from the learner."""

    vrai: Profil
    paires: tuple[Paire, ...]
    inconnues: tuple[Paire, ...]


def paires_de(documents: Iterable[PesAller], vrai: Profil) -> tuple[Paire, ...]:
    return tuple(
        Paire(f"paire {rang} {fichier.famille}", envoi, f"{rang:064x}", fichier.contenu)
        for rang, envoi in enumerate(documents, 1)
        for fichier in convertir(envoi, vrai, sequence=1, monnaie=vrai.monnaie)
    )


_NIVEAUX = ("file", "bordereau", "piece", "ligne")
_TRADUITES = {"piece.mode_reglement", "piece.type", "piece.nature", "tiers.civilite",
              "tiers.categorie", "tiers.nature_juridique", "ligne.code_produit_local"}  # fmt: skip
_ABSENTES = {"fichier.sequence", "piece.code_service", "bordereau.signe", "fichier.famille"}


def cas(
    graine: int, dossier: Path, *, pieces: int = 24, nombre: int = 4, tables: bool = False
) -> Cas:
    """Everything drawn from one seed; `tables`: some codes are translated."""
    r = random.Random(graine)  # noqa: S311
    fractions = r.random() < 0.4
    domaines = r.choice(((Domaine.DEPENSE,), (Domaine.RECETTE,), tuple(Domaine)))
    documents = [
        document(r, pieces=pieces, domaines=domaines, fractions=fractions)
        for _ in range(nombre + 2)
    ]
    brut = dessin(r, documents, domaines, fractions=fractions)
    if tables:
        _traduire(r, brut, documents)
    vrai = profil(dossier, brut)
    return Cas(vrai, paires_de(documents[:nombre], vrai), paires_de(documents[nombre:], vrai))


def _traduire(r: random.Random, brut: dict[str, Any], documents: Sequence[PesAller]) -> None:
    """Give some texts a table: a letter for each code, alone in the place that the code had."""
    familles = {record["family"] for record in brut["records"]}
    genres = _genres(documents, sorted(familles), _NIVEAUX[1:])
    for record in brut["records"]:
        if record["per"] == "file":
            continue
        valeurs = genres[(record["family"], record["per"])].valeurs
        for rang, champ in reversed(list(enumerate(record["fields"]))):
            codes = sorted({str(v) for v in valeurs.get(champ.get("source") or "", ()) if v})
            if champ.get("source") not in _TRADUITES or len(codes) < 2 or r.random() < 0.5:
                continue
            lettres = r.sample("BCFGHJKLQRWXZ", len(codes))
            reste = champ["length"] - 1
            champ.update(length=1, map=dict(zip(codes, lettres, strict=True)), align="left")
            if reste:
                vide = _champ(f"apres_{champ['start']}", "FILLER", champ["start"] + 1, reste)
                record["fields"].insert(rang + 1, vide)


def dessin(
    r: random.Random, documents: Sequence[PesAller], domaines: Sequence[Domaine], *, fractions: bool
) -> dict[str, Any]:
    """A fictional layout wide enough for these documents, everything else left to chance."""
    par_budget = len(domaines) > 1 and r.random() < 0.3
    familles = ["MANDAT" if d is Domaine.DEPENSE else "TITRE" for d in domaines]
    niveaux = r.choice((("ligne",), ("ligne",), ("piece", "ligne"), ("bordereau", "ligne"),
                        ("bordereau", "piece", "ligne")))  # fmt: skip
    bouts = r.choice(((), (), ("ENTETE",), ("ENTETE", "QUEUE")))
    centimes = fractions or r.random() < 0.4
    style = _Style(r, centimes=centimes, exposant=2 if centimes else 0)
    genres = _genres(documents, familles, niveaux)
    marques = iter(r.sample("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 12))
    records = []
    for bout in bouts:
        valeurs = {s: v for s, v in genres[(familles[0], "ligne")].valeurs.items()
                   if SOURCES[s].portee == "file"}  # fmt: skip
        records.append(_record(r, style, bout, familles[0], "file", valeurs, next(marques)))
    for famille in familles:
        for niveau in niveaux:
            valeurs = genres[(famille, niveau)].valeurs
            identifiant = f"{famille}_{niveau.upper()}"
            records.append(_record(r, style, identifiant, famille, niveau, valeurs, next(marques)))
    longueur = max(_fin(record) for record in records) + r.choice((0, 0, 3))
    for record in records:
        if (manque := longueur - _fin(record)) > 0:
            record["fields"].append(_champ("fin", "FILLER", _fin(record) + 1, manque))
    return {
        "profile": "caché",
        "status": "fictional",
        "authority": {"kind": "test", "reference": "tiré au sort"},
        "file": {
            "encoding": style.encodage,
            "eol": r.choice(("CRLF", "LF", "NONE")),
            "record_length": longueur,
            "name_pattern": "ESSAI_{famille}_{exercice}_{sequence:04d}.txt",
            "one_file_per": "budget" if par_budget else "domain",
            "header_record": "ENTETE" if "ENTETE" in bouts else None,
            "trailer_record": "QUEUE" if "QUEUE" in bouts else None,
            "currency": {
                "code": "EUR" if fractions else "XPF",
                "decimals": 2 if fractions else 0,
                "unit": "cent" if centimes else "unit",
            },
            "charset_policy": style.capitales,
        },
        "records": records,
    }


def _genres(
    documents: Sequence[PesAller], familles: Sequence[str], niveaux: Sequence[str]
) -> dict[tuple[str, str], Genre]:
    """The values that each kind of record will have to hold."""
    structure = Structure("domain", False, False, dict.fromkeys(familles, (1, 1, 1)))
    choisies = [p for envoi in documents for p in portions(envoi)["domain"]]
    vides = [[b""] * 100_000 for _ in choisies]
    return {(g.cle.famille, g.cle.par): g for g in regrouper(structure, choisies, vides)}


@dataclass(slots=True)
class _Style:
    """What one layout does everywhere."""

    r: random.Random
    centimes: bool
    exposant: int
    signe: str = ""
    encodage: str = ""
    capitales: str = ""
    condense: bool = False

    def __post_init__(self) -> None:
        self.signe = self.r.choice(("leading", "trailing", "overpunch", "separate_field", "packed"))
        self.encodage = self.r.choice(("iso-8859-1",) * 4 + ("cp850", "utf-8", "cp500"))
        self.capitales = self.r.choice(("keep", "upper_no_accent"))
        self.condense = self.r.random() < 0.3


def _record(
    r: random.Random,
    style: _Style,
    identifiant: str,
    famille: str,
    niveau: str,
    valeurs: dict[str, list[Valeur]],
    marque: str,
) -> dict[str, Any]:
    voulues = {"bordereau.exercice", "bordereau.numero", "piece.numero", "ligne.numero",
               "ligne.montant_ht", "ligne.signe", "piece.montant_ht", "bordereau.type"}  # fmt: skip
    possibles = [s for s in valeurs if s not in _ABSENTES]
    retenues = [s for s in possibles if (s in voulues and niveau == "ligne") or r.random() < 0.45]
    r.shuffle(retenues)
    champs = [_champ("marque", "CONST", 1, 2, value=f"{marque}{r.choice('#$%')}")]
    for source in retenues:
        debut = champs[-1]["start"] + champs[-1]["length"]
        if r.random() < 0.12:
            champs.append(
                _champ(f"vide_{debut}", "FILLER", debut, r.randint(1, 6), pad=r.choice(" 0"))
            )
            debut += champs[-1]["length"]
        champs.append(_zone(r, style, source, valeurs[source], debut))
    return {
        "id": identifiant,
        "family": famille,
        "per": niveau,
        "discriminator": {"start": 1, "length": 2, "value": champs[0]["value"]},
        "fields": champs,
    }


def _fin(record: dict[str, Any]) -> int:
    dernier = record["fields"][-1]
    return int(dernier["start"] + dernier["length"] - 1)


def _champ(nom: str, type_: str, debut: int, longueur: int, **autres: Any) -> dict[str, Any]:
    return {
        "name": nom,
        "type": type_,
        "start": debut,
        "length": longueur,
        "confidence": "assumed",
        **autres,
    }


def _zone(
    r: random.Random, style: _Style, source: str, valeurs: Sequence[Valeur], debut: int
) -> dict[str, Any]:
    nature = SOURCES[source].nature
    if nature == "texte":
        return _zone_texte(r, style, source, valeurs, debut)
    if nature == "date":
        motif = r.choice(("%d%m%Y", "%Y%m%d", "%d%m%y", "%y%m%d", "%d/%m/%Y"))
        usage = r.choice(("packed", "bcd")) if style.condense and "/" not in motif else "display"
        taille = 10 if "/" in motif else (8 if "Y" in motif else 6)
        longueur = {"display": taille, "packed": taille // 2 + 1, "bcd": taille // 2}[usage]
        return _champ(source, "D", debut, longueur, source=source, date_format=motif, usage=usage)
    return _zone_nombre(r, style, source, valeurs, debut)


def _zone_texte(
    r: random.Random, style: _Style, source: str, valeurs: Sequence[Valeur], debut: int
) -> dict[str, Any]:
    longueurs = [len(str(v).encode(style.encodage, "replace")) for v in valeurs if v]
    longueur = max(longueurs, default=4) + r.choice((0, 0, 1, 2, 5))
    autres: dict[str, Any] = {"align": "left", "pad": " "}
    if source == "piece.objet" and r.random() < 0.7:
        longueur, autres["overflow"] = r.randint(20, 60), "truncate"
    elif source not in {"ligne.signe"} and r.random() < 0.15:
        autres["align"] = "right"
    if source == "ligne.signe":
        longueur = 1
    return _champ(source, "X", debut, longueur, source=source, **autres)


def _zone_nombre(
    r: random.Random, style: _Style, source: str, valeurs: Sequence[Valeur], debut: int
) -> dict[str, Any]:
    nature = SOURCES[source].nature
    decimales = 2 if nature == "taux" else 0
    echelle = style.exposant if nature == "montant" else decimales
    nombres = [v for v in valeurs if isinstance(v, int | Decimal)]
    chiffres = max((len(str(abs(int(v * 10**echelle)))) for v in nombres), default=2)
    if source in {"fichier.nombre_enregistrements", "fichier.rang"}:
        chiffres = 6
    place = 4 if source == "bordereau.exercice" else chiffres + r.choice((0, 0, 1, 2, 4, 6))
    if "fichier.montant" in source:
        place = 14
    signe = style.signe if nature == "montant" else ""
    condense = signe == "packed" or (style.condense and nature != "montant" and r.random() < 0.4)
    if condense:
        type_ = "S9" if nature == "montant" else "9"
        usage = "packed" if nature == "montant" else r.choice(("packed", "bcd"))
        longueur = (place + (2 if usage == "packed" else 1)) // 2
        return _champ(
            source, type_, debut, longueur, source=source, usage=usage, align="right", pad="0",
            decimals=decimales,
        )  # fmt: skip
    autres: dict[str, Any] = {"align": "right", "pad": r.choice("000 "), "decimals": decimales}
    if nature == "montant":
        autres["sign"] = signe
        place += signe in {"leading", "trailing"}
    return _champ(
        source, "S9" if nature == "montant" else "9", debut, place, source=source, **autres
    )


@dataclass(slots=True)
class Bilan:
    """`manquees`: zones that had to be found and were not; `ouvertes`: those whose width no
    reader could tell from these bytes; `fausses`: proved, and wrong.

    `signes`: of the zones that had to be found, those whose writing of a negative amount no byte
    shows; place, source and unit are asked of them, and that the doubt is said. `ouvertes_dites`:
    of the open ones, those where the truth is among what the draft says: as a width, or as a rival.
    """

    attendues: int = 0
    trouvees: int = 0
    ouvertes: int = 0
    ouvertes_trouvees: int = 0
    ouvertes_dites: int = 0
    signes: int = 0
    prouvees: int = 0
    manquees: list[str] = field(default_factory=list)
    fausses: list[str] = field(default_factory=list)

    def ajouter(self, autre: Bilan, nom: str) -> None:
        """Add up another one, whose zones are said with its name."""
        for un in fields(self):
            leur = getattr(autre, un.name)
            if isinstance(leur, list):
                leur = [f"{nom} {dit}" for dit in leur]
            setattr(self, un.name, getattr(self, un.name) + leur)


def juger(appris: ProfilJson, vrai: Profil, genres: dict[str, Genre]) -> Bilan:
    """Compare a draft with the layout it was to find; `genres` by id of the hidden records."""
    bilan = Bilan()
    for dessin_ in vrai.dessins:
        genre = genres.get(dessin_.id)
        if genre is None:
            continue
        record = next(r for r in appris.records if _meme(r.discriminator, dessin_))
        appris_ici = {(z.start, z.length): z for z in record.fields}
        for zone in dessin_.zones:
            _juger_zone(bilan, zone, dessin_, genre, appris_ici)
        vraies = {(z.debut, z.longueur): z for z in dessin_.zones}
        for lue in record.fields:
            if lue.evidence is None or lue.evidence.status != "proved":
                continue
            bilan.prouvees += 1
            en_face = vraies.get((lue.start or 0, lue.length or 0))
            if en_face is None or not pareilles(en_face, lue):
                bilan.fausses.append(f"{dessin_.id} {lue.name} {lue.start} {lue.length}")
    return bilan


def _meme(marque: Discriminant | None, dessin_: Dessin) -> bool:
    """Whether a learned record is the hidden one: it knows it by some of the same bytes."""
    mien = dessin_.discriminant
    if marque is None or mien is None:
        return True  # one kind of record stands alone
    debut = marque.start - mien.start
    return mien.value[debut : debut + marque.length] == marque.value


def _dite(zone: Zone, lue: ZoneJson, genre: Genre) -> bool:
    """Whether a guessed zone leaves room for the true one: its width, or a rival that is it."""
    preuve, debut, longueur = lue.evidence, lue.start or 0, lue.length or 0
    if preuve is None or preuve.status == "proved":
        return False
    fin = debut + longueur - 1
    touche = debut <= zone.fin and zone.debut <= fin
    if not touche:
        return False
    meme = pareilles(zone, lue) or (_signe_indicible(zone, genre) and _sans_signe(zone, lue))
    if meme and (debut, longueur) == (zone.debut, zone.longueur):
        return True
    for dite in _LARGEUR.finditer(" ".join(preuve.rivals)):
        bornes = (preuve.width_min or 0) <= zone.longueur <= (preuve.width_max or 0)
        court, stop, large, bout = map(int, dite.groups())
        if meme and bornes and large <= zone.debut <= court and stop <= zone.fin <= bout:
            return True
    return any(rivale.partition(",")[0] == zone.source for rivale in preuve.rivals)


def _signe_indicible(zone: Zone, genre: Genre) -> bool:
    """Whether nothing tells a signed amount from one that has no sign: no record is negative."""
    return (
        zone.type == "S9"
        and zone.usage == "display"
        and zone.signe == "separate_field"
        and not any(
            isinstance(valeur, int | Decimal) and valeur < 0
            for valeur in genre.valeurs[zone.source]
        )
    )


def _sans_signe(zone: Zone, lue: ZoneJson) -> bool:
    """The same zone but for a sign that no byte shows, and the draft says that it is open."""
    return (
        lue.evidence is not None
        and "sign" in lue.evidence.open
        and lue.evidence.status == "guessed"
        and pareilles(replace(zone, type="9", signe="none"), lue)
    )


def pareilles(zone: Zone, lue: ZoneJson) -> bool:
    """Same source, same writing."""
    if zone.source != (lue.source or ""):
        return False
    if zone.table or lue.map:
        return bool(lue.map) and (lue.map or {}).items() <= zone.table.items()
    if zone.type == "X" and lue.type == "X":
        return True
    return (zone.type, zone.usage, zone.format_date, zone.decimales) == (
        lue.type,
        lue.usage,
        lue.date_format or "",
        lue.decimals,
    ) and (zone.usage != "display" or zone.signe == (lue.sign or "none"))


def _juger_zone(
    bilan: Bilan,
    zone: Zone,
    dessin_: Dessin,
    genre: Genre,
    appris: dict[tuple[int | None, int | None], ZoneJson],
) -> None:
    if not zone.source or len(genre.octets) < 50:
        return
    ecrits = {octets[zone.debut - 1 : zone.fin] for octets in genre.octets}
    pleins = {e for e in ecrits if e.strip(b" 0\0\x40\xf0")}
    if len(pleins) < 3:
        return
    lue = appris.get((zone.debut, zone.longueur))
    trouvee = lue is not None and pareilles(zone, lue)
    if not _decidable(zone, dessin_, genre):
        bilan.ouvertes += 1
        bilan.ouvertes_trouvees += trouvee
        bilan.ouvertes_dites += trouvee or any(
            _dite(zone, autre, genre) for autre in appris.values() if autre.evidence is not None
        )
        return
    bilan.attendues += 1
    if _signe_indicible(zone, genre):
        bilan.signes += 1
        trouvee = trouvee or (lue is not None and _sans_signe(zone, lue))
    if trouvee:
        bilan.trouvees += 1
    else:
        proches = [
            (z.start, z.length, z.source, z.type, z.sign, z.usage)
            for z in appris.values()
            if (z.start or 0) <= zone.fin and (z.start or 0) + (z.length or 0) > zone.debut
        ]
        bilan.manquees.append(
            f"{dessin_.id} {zone.nom} {zone.debut} {zone.longueur} {zone.type} {zone.signe}"
            f" {zone.usage} {zone.cadrage}{zone.remplissage!r} -> {proches}"
        )


def _decidable(zone: Zone, dessin_: Dessin, genre: Genre) -> bool:
    """Whether these bytes can tell the width: no padding that a neighbour may claim as well."""
    if zone.tronquer or zone.table:
        return True
    return all(_cote_decidable(zone, cote, dessin_, genre) for cote in _cotes(zone, genre))


def _cotes(zone: Zone, genre: Genre) -> tuple[str, ...]:
    """Where a zone may seem to stretch: to both sides, where its values are all as long."""
    if zone.type == "D":
        return ("gauche",) if _siecle(zone, genre) else ()
    if zone.type in {"CONST", "FILLER"}:
        return ()
    tranches = (octets[zone.debut - 1 : zone.fin] for octets in genre.octets)
    pleins = (t.strip(b" \x40") if zone.type == "X" else t.lstrip(_PLEINS) for t in tranches)
    if len({len(plein) for plein in pleins if plein}) == 1 and zone.usage == "display":
        return ("gauche", "droite")
    return ("droite",) if zone.cadrage == "left" else ("gauche",)


def _siecle(zone: Zone, genre: Genre) -> bool:
    """Whether a blank stands before a packed year: 0x20 is also the century of 2026."""
    return (
        zone.usage == "bcd"
        and zone.format_date.startswith("%y")
        and {octets[zone.debut - 2 : zone.debut - 1] for octets in genre.octets} == {b" "}
    )


_LARGEUR = re.compile(r"\(de (\d+)-(\d+) à (\d+)-(\d+)\)")
_PLEINS = b" 0\x40\xf0\0"


def _visible(octet: int, genre: Genre) -> bool:
    """Whether a byte is anything but padding in some record; the ends of a record are."""
    if not 0 <= octet < len(genre.octets[0]):
        return True
    return any(octets[octet] not in _PLEINS for octets in genre.octets)


def _cote_decidable(zone: Zone, cote: str, dessin_: Dessin, genre: Genre) -> bool:
    dedans, dehors = (
        (zone.debut - 1, zone.debut - 2) if cote == "gauche" else (zone.fin - 1, zone.fin)
    )
    if not _visible(dehors, genre):
        return False
    voisine = next((z for z in dessin_.zones if z.debut - 1 <= dehors <= z.fin - 1), None)
    if voisine is None or _visible(dedans, genre):
        return True
    en_face = "droite" if cote == "gauche" else "gauche"
    return en_face not in _cotes(voisine, genre)


def genres_de(paires: Sequence[Paire], vrai: Profil) -> dict[str, Genre]:
    """The records of these pairs by kind of the hidden layout, with the values behind them."""
    structure = _structure(vrai)
    genres: dict[str, Genre] = {}
    for rang, paire in enumerate(paires, 1):
        records = list(decouper(paire.contenu, vrai))
        siens = [reconnaitre(octets, vrai) for octets in records]
        familles = {un.famille for un in siens if un is not None and un.par != "file"}
        portion = next(
            p for p in portions(paire.pes)[structure.un_fichier_par] if p.nombres.keys() == familles
        )
        deroules = structure.derouler(portion)
        for octets, dessin_, (_, releves) in zip(records, siens, deroules, strict=True):
            assert dessin_ is not None
            genre = genres.setdefault(
                dessin_.id, Genre(Cle(dessin_.famille, dessin_.par, len(genres)))
            )
            genre.octets.append(octets)
            genre.paires.append(rang)
            for releve in releves:
                for source, valeur in releve.items():
                    genre.valeurs.setdefault(source, []).append(valeur)
    return genres


def _structure(vrai: Profil) -> Structure:
    familles = {dessin_.famille for dessin_ in vrai.dessins}
    fois = {
        famille: tuple(len(vrai.de_famille(famille, niveau)) for niveau in _NIVEAUX[1:])
        for famille in familles
    }
    decoupe = next(un for un in DECOUPES if un == vrai.un_fichier_par)
    return Structure(decoupe, vrai.entete is not None, vrai.queue is not None, fois)
