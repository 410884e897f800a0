"""INDIGO layouts: loaded from JSON data, judged when they are loaded, with a status.

* draft: the positions are not known; nothing can be written, only previewed;
* fictional: invented for tests and demonstrations; marked, and never sent to a real partner;
* validated: an authority, a person and a date answer for it.

The official positions could not be obtained (reference/indigo-infinoe-bascule.md A.0): no
layout shipped here claims to hold them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from vaguemestre.errors import ConfigurationError
from vaguemestre.indigo.controles import defauts, manques
from vaguemestre.indigo.profil import (
    Autorite,
    Discriminant,
    EnregistrementJson,
    FigeeJson,
    ProfilJson,
    Statut,
    ZoneJson,
    lire_json,
)
from vaguemestre.indigo.sources import SOURCES
from vaguemestre.indigo.zones import Format, Zone

_FINS = {"CRLF": b"\r\n", "LF": b"\n", "NONE": b"", None: b""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dessin:
    """One kind of record: its zones in order of position, and when it is written."""

    id: str
    famille: str
    par: str
    zones: tuple[Zone, ...]
    discriminant: Discriminant | None = None
    figees: tuple[FigeeJson, ...] = ()

    def zone_de(self, source: str) -> Zone | None:
        """The zone that carries a value of the canonical model."""
        return next((zone for zone in self.zones if zone.source == source), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profil:
    """A layout file. `manques` says what a draft still lacks, one French line each."""

    nom: str
    statut: Statut
    autorite: Autorite
    chemin: Path
    monnaie: str
    forme: Format
    fin_de_ligne: bytes
    longueur: int
    motif_nom: str
    un_fichier_par: str
    dessins: tuple[Dessin, ...]
    entete: Dessin | None = None
    queue: Dessin | None = None
    notes: tuple[str, ...] = ()
    manques: tuple[str, ...] = ()

    @property
    def transmissible(self) -> bool:
        """Whether files of this layout may go to a real partner."""
        return self.statut == "validated"

    def de_famille(self, famille: str, par: str) -> tuple[Dessin, ...]:
        """The records of a family at one level, header and trailer excepted."""
        bouts = {id(self.entete), id(self.queue)}
        return tuple(
            d for d in self.dessins if d.famille == famille and d.par == par and id(d) not in bouts
        )


def charger(path: Path) -> Profil:
    """Read a layout and judge it.

    Raises:
        ConfigurationError: every defect at once, in French; a draft may lack positions, but what
            it does state must hold.
    """
    brut = lire_json(path)
    trouves = defauts(brut)
    if trouves:
        raise ConfigurationError(
            f"dessin INDIGO {path.name} : {len(trouves)} défaut(s) : " + " ; ".join(trouves),
            ref=path.name,
        )
    forme = _forme(brut)
    dessins = tuple(_dessin(enregistrement, forme.encodage) for enregistrement in brut.records)
    par_id = {dessin.id: dessin for dessin in dessins}
    return Profil(
        nom=brut.profile,
        statut=brut.status,
        autorite=brut.authority,
        chemin=path,
        monnaie=brut.file.currency.code,
        forme=forme,
        fin_de_ligne=_FINS[brut.file.eol],
        longueur=brut.file.record_length or 0,
        motif_nom=brut.file.name_pattern or "",
        un_fichier_par=brut.file.one_file_per or "domain",
        dessins=dessins,
        entete=par_id.get(brut.file.header_record or ""),
        queue=par_id.get(brut.file.trailer_record or ""),
        notes=brut.notes,
        manques=tuple(manques(brut)),
    )


def livres() -> tuple[Path, ...]:
    """The layout files that come with the program."""
    dossier = Path(str(resources.files("vaguemestre.indigo"))) / "layouts"
    return tuple(
        path for path in sorted(dossier.glob("*.json")) if path.suffixes != [".schema", ".json"]
    )


def disponibles(autres: Iterable[Path] = ()) -> tuple[Profil, ...]:
    """The shipped layouts, then those of the configuration, each one judged.

    Raises:
        ConfigurationError: one of them has defects.
    """
    return tuple(charger(path) for path in (*livres(), *autres))


def _forme(brut: ProfilJson) -> Format:
    return Format(
        encodage=brut.file.encoding or "iso-8859-1",
        sans_accent=brut.file.charset_policy == "upper_no_accent",
        decimales=brut.file.currency.decimals or 0,
        centimes=brut.file.currency.unit == "cent",
    )


def _dessin(enregistrement: EnregistrementJson, encodage: str) -> Dessin:
    zones = [_zone(zone, encodage) for zone in enregistrement.fields]
    return Dessin(
        id=enregistrement.id,
        famille=enregistrement.family,
        par=enregistrement.per,
        zones=tuple(sorted(zones, key=lambda zone: zone.debut)),
        discriminant=enregistrement.discriminator,
        figees=enregistrement.unvaried,
    )


def _zone(brut: ZoneJson, encodage: str) -> Zone:
    """A zone with the defaults of its kind; position 0 and length 0 say « not placed »."""
    nombre = brut.type in {"9", "S9"}
    source = SOURCES.get(brut.source or "")
    cadrage = brut.align or ("right" if nombre else "left")
    return Zone(
        nom=brut.name,
        debut=brut.start or 0,
        longueur=brut.length or 0,
        type=brut.type,
        source=brut.source or "",
        valeur=brut.value or "",
        cadrage=cadrage,
        remplissage=brut.pad or ("0" if nombre and cadrage == "right" else " "),
        signe=brut.sign or "none",
        format_date=brut.date_format or "",
        codes=brut.codes or {},
        table=brut.map or {},
        obligatoire=brut.required,
        tronquer=brut.overflow == "truncate",
        usage=brut.usage,
        rivales=_rivales(brut),
        vue=_vue(brut, encodage),
        plein_suppose=_plein(brut),
        montant=source is not None and source.nature == "montant",
        decimales=brut.decimals,
    )


def _vue(brut: ZoneJson, encodage: str) -> bytes | None:
    """The only bytes that accepted files showed in a zone that a source explains."""
    if brut.evidence is None or brut.evidence.seen is None or brut.source is None:
        return None
    return brut.evidence.seen.encode(encodage)


def _plein(brut: ZoneJson) -> int:
    """How many bytes every number filled, where none showed what stands before a shorter one."""
    preuve = brut.evidence
    return 0 if preuve is None or "pad" not in preuve.open else preuve.width_min or 0


def _rivales(brut: ZoneJson) -> tuple[str, ...]:
    """The other sources that fitted every accepted file as well: « piece.nature, X, 11-12 »."""
    preuve = brut.evidence
    if preuve is None or "source" not in preuve.open:
        return ()
    noms = (rivale.partition(",")[0] for rivale in preuve.rivals)
    return tuple(nom for nom in dict.fromkeys(noms) if nom in SOURCES and nom != brut.source)
