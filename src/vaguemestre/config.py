"""One `vaguemestre.toml`, read into frozen values.

Unknown key: an error naming the nearest known key, its table and its line. Secrets only by
reference: `env:NAME` or `file:PATH`, never in clear. `VAGUEMESTRE_TABLE__CLE=value` environment
variables override a scalar of a table. Relative paths are relative to the folder of the file.
Every default works on an empty machine: SQLite, folders, no network.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from vaguemestre.errors import ConfigurationError

NOM = "vaguemestre.toml"
VARIABLE = "VAGUEMESTRE_CONFIG"


def _secret(value: object) -> object:
    if isinstance(value, str) and value and not value.startswith(("env:", "file:")):
        raise ValueError("un secret s'écrit « env:NOM » ou « file:CHEMIN », jamais en clair")
    return value


Secret = Annotated[str, BeforeValidator(_secret)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Base(_Table):
    """`[base]`: where the register and the log live. Default: SQLite beside the TOML."""

    url: str = "sqlite:///vaguemestre.db"


class Depots(_Table):
    """`[depots]`: the watched folders and their patience, in seconds and bytes."""

    racine: Path = Path("echanges")
    calme: float = 2.0
    periode: float = 2.0
    patience: float = 60.0
    taille_max: int = 2_000_000_000
    nombre_max: int = 20_000
    decompression_max: int = 4_000_000_000


class Pes(_Table):
    """`[pes]`: what we write in the envelope, and the legal limits.

    `taille_max` in bytes: 100 MB, arrêté of 27 June 2007 E2-3. `type_fichier`: PESALR2 as the
    field uses, the official text says PESALR1.
    """

    schema_version: str = "5.30"
    type_fichier: str = "PESALR2"
    editeur: str = "VAGUEMESTRE"
    logiciel: str = "VAGUEMESTRE"
    taille_max: int = 100_000_000
    caracteres: dict[str, str] = Field(default_factory=dict)
    cumul_base: Literal["ttc", "ht"] = "ttc"
    schemas: Path | None = None


class Politique(_Table):
    """`[signature.politique]`: the policy triple; the default is what peers send (A2)."""

    identifiant: str = "urn:oid:1.2.250.1.131.1.5.18.21.1.7"
    description: str = "Politique de signature Helios de la DGFiP"
    algorithme: str = "http://www.w3.org/2001/04/xmlenc#sha256"
    empreinte: str = "roF9+cfRHNPtVJolhdqfIqGMVuUXX8aR4rpiquf0u5E="
    url: str = (
        "https://www.collectivites-locales.gouv.fr/files/files/finances_locales/"
        "dematerialisation/ps_helios_dgfip.pdf"
    )


class Signature(_Table):
    """`[signature]`: who signs and how. Without `p12`, flux wait in A_SIGNER."""

    p12: Path | None = None
    mot_de_passe: Secret = ""
    mode: Literal["bordereau", "globale"] = "bordereau"
    xades: Literal["1.1.1", "1.2.2"] = "1.1.1"
    role: str = "Ordonnateur"
    ville: str = "PARIS"
    code_postal: str = "75000"
    pays: str = "France"
    ancres: tuple[Path, ...] = ()
    intermediaires: tuple[Path, ...] = ()
    crls: tuple[Path, ...] = ()
    revocation: Literal["exigee", "souple"] = "exigee"
    politique: Politique = Politique()
    politiques_acceptees: tuple[str, ...] = (
        "urn:oid:1.2.250.1.131.1.5.18.21.1.7",
        "urn:oid:1.2.250.1.131.1.5.18.21.1.4",
    )


class Indigo(_Table):
    """`[indigo]`: the layout file (JSON with its status); none: no INDIGO is made."""

    layout: Path | None = None


class Partenaire(_Table):
    """`[[partenaire]]`: one remote mailbox of the DGFiP.

    `simulateur` may be true only for a folder or a loopback host: it is what lets a fictional
    INDIGO layout through. `nommage`: `pesalr2` (PESALR2_<SIREN>_<AAMMJJ>_<NNN>.xml) or
    `passtrans` (the name is the message; then `partie` must be false).
    """

    nom: str
    type: Literal["sftp", "dossier"] = "dossier"
    dossier: Path | None = None
    hote: str = ""
    port: int = 22
    utilisateur: str = ""
    mot_de_passe: Secret = ""
    cle: Path | None = None
    hotes_connus: Path | None = None
    depot: str = "depot"
    retrait: str = "retrait"
    partie: bool = True
    effacer_retrait: bool = False
    nommage: Literal["pesalr2", "passtrans"] = "pesalr2"
    p_dest: str = ""
    p_appli: str = "GHELPES2"
    p_msg: str = "PES"
    simulateur: bool = False
    delai: float = 30.0
    periode_acquits: float = 60.0


class Volet(_Table):
    """One ticked flow of the convention (accord local §2.1): date of effect, editor, software.

    `domaine`: depense, recette or pj; `budgets` empty = every budget; `effet` inclusive.
    """

    domaine: Literal["depense", "recette", "pj"]
    effet: date
    fin: date | None = None
    budgets: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    bordereau: Literal["electronique", "papier"] = "electronique"
    editeur: str = ""
    logiciel: str = ""
    motif_nom_pj: str = ""


class Cumul(_Table):
    """Starting value of MtCumulAnnuel for one budget, domain, exercice and TypBord."""

    domaine: Literal["depense", "recette"]
    exercice: int
    montant: Decimal
    type: str = "01"


class Budget(_Table):
    """`[[collectivite.budget]]`: one budget-collectivité; one PES file never mixes two."""

    code: str
    libelle: str = ""
    siret: str = ""
    nomenclature: str = ""
    finess_juridique: str = ""
    cumuls: tuple[Cumul, ...] = Field(default=(), alias="cumul")


class Collectivite(_Table):
    """`[[collectivite]]`: a body that sends. `dossier` is its folder under `depots.racine`."""

    dossier: str
    nom: str
    siret: str
    code: str
    poste: str
    libelle_poste: str = ""
    monnaie: Literal["EUR", "XPF"] = "EUR"
    partenaire: str = ""
    signature: Signature | None = None
    indigo: Indigo | None = None
    budgets: tuple[Budget, ...] = Field(default=(), alias="budget")
    convention: tuple[Volet, ...] = ()


class Archive(_Table):
    """`[archive]`: the write-once store. `conservation` in years (accord local 1.6: ≥ 10)."""

    coffre: Path = Path("coffre")
    conservation: int = Field(default=10, ge=10)


class Journal(_Table):
    """`[journal]`: origin name of the log; its key file is made at first start, mode 0600."""

    origine: str = "vaguemestre.invalid/journal"
    cle: Path = Path("journal.key")


class Moteur(_Table):
    """`[moteur]`: workers, retries. `attente_max` and others in seconds."""

    ouvriers: int = Field(default=2, ge=1, le=64)
    essais_max: int = 0
    attente: float = 2.0
    attente_max: float = 900.0


class Recette(_Table):
    """`[acceptation]`: fixed clock and identifiers, for byte-for-byte equal runs."""

    horloge: datetime | None = None
    graine: int | None = None


class Configuration(_Table):
    """The whole file. `racine` is the folder that relative paths start from."""

    racine: Path = Path()
    base: Base = Base()
    depots: Depots = Depots()
    pes: Pes = Pes()
    signature: Signature = Signature()
    indigo: Indigo = Indigo()
    archive: Archive = Archive()
    journal: Journal = Journal()
    moteur: Moteur = Moteur()
    acceptation: Recette = Recette()
    partenaires: tuple[Partenaire, ...] = Field(default=(), alias="partenaire")
    collectivites: tuple[Collectivite, ...] = Field(default=(), alias="collectivite")

    def chemin(self, path: Path) -> Path:
        """An absolute path for a path of the file."""
        return path if path.is_absolute() else self.racine / path

    def collectivite(self, dossier: str) -> Collectivite | None:
        return next((c for c in self.collectivites if c.dossier == dossier), None)

    def du_code(self, cod_col: str, siret: str) -> Collectivite | None:
        """The body that a PES names by CodCol and IdColl."""
        found = [c for c in self.collectivites if c.code == cod_col]
        exact = [c for c in found if siret in {c.siret, *(b.siret for b in c.budgets)}]
        return next(iter(exact or found), None)

    def partenaire(self, nom: str) -> Partenaire | None:
        return next((p for p in self.partenaires if p.nom == nom), None)

    def signature_de(self, collectivite: Collectivite) -> Signature:
        return collectivite.signature or self.signature

    def indigo_de(self, collectivite: Collectivite) -> Indigo:
        return collectivite.indigo or self.indigo


def secret(reference: str, racine: Path, environ: Mapping[str, str] = os.environ) -> str:
    """The secret behind `env:NAME` or `file:PATH`; '' for no reference.

    Raises:
        ConfigurationError: the variable or the file is not there.
    """
    kind, _, rest = reference.partition(":")
    if kind == "env":
        if rest not in environ:
            raise ConfigurationError(f"la variable d'environnement {rest} n'est pas définie")
        return environ[rest]
    if kind == "file":
        path = Path(rest) if Path(rest).is_absolute() else racine / rest
        try:
            return path.read_text("utf-8").strip()
        except OSError as error:
            raise ConfigurationError(f"secret illisible : {path} ({error.strerror})") from error
    return ""


def charger(path: Path, environ: Mapping[str, str] = os.environ) -> Configuration:
    """Read and check a configuration file.

    Raises:
        ConfigurationError: not readable, not TOML, unknown key, wrong value; all at once.
    """
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise ConfigurationError(f"pas de configuration : {path} n'existe pas") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path} n'est pas du TOML : {_ou(str(error))}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} n'est pas en UTF-8 (octet {error.start})") from error
    except OSError as error:
        raise ConfigurationError(f"{path} ne se lit pas : {error.strerror}") from error
    for name, value in environ.items():
        if name.startswith("VAGUEMESTRE_") and "__" in name:
            table, _, key = name.removeprefix("VAGUEMESTRE_").lower().partition("__")
            content.setdefault(table, {})[key] = value
    return interpreter(content, path.parent.resolve(), source=str(path))


def _ou(raison: str) -> str:
    """The place of a TOML error in French, before the parser's own words."""
    found = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", raison)
    if found is None:
        return raison
    ou = f"ligne {found[1]}, colonne {found[2]}" if found[1] else "à la fin du fichier"
    return f"{ou} ({raison[: found.start()]})"


def interpreter(content: dict[str, object], racine: Path, *, source: str = "") -> Configuration:
    """Check an already parsed configuration; relative paths start from `racine`."""
    content = {**content, "racine": racine}
    try:
        return Configuration.model_validate(content)
    except ValidationError as error:
        lines = [_phrase(detail) for detail in error.errors()]
        raise ConfigurationError(f"{source} : " + " ; ".join(lines)) from error


def _phrase(detail: Mapping[str, object]) -> str:
    loc = detail["loc"]
    where = ".".join(str(part) for part in loc) if isinstance(loc, tuple) else str(loc)
    if detail["type"] == "extra_forbidden" and isinstance(loc, tuple):
        nearest = difflib.get_close_matches(str(loc[-1]), _cles(loc[:-1]), n=1, cutoff=0.4)
        hint = f", vouliez-vous dire « {nearest[0]} » ?" if nearest else ""
        return f"clé inconnue « {where} »{hint}"
    if detail["type"] == "missing":
        return f"clé manquante « {where} »"
    return f"« {where} » : {_raison(detail)}"


def _raison(detail: Mapping[str, object]) -> str:
    """Why a value is refused, in French; the validator's own words for what is not listed."""
    contexte = detail.get("ctx")
    valeurs = contexte if isinstance(contexte, dict) else {}
    modele = _RAISONS.get(re.sub(r"(_from_\w+)?(_parsing|_type)?$", "", str(detail["type"])))
    if modele is None:
        return str(detail["msg"]).removeprefix("Value error, ")
    attendu = str(valeurs.get("expected", "")).replace(" or ", " ou ")
    return modele.format(**{**valeurs, "expected": attendu})


# By type of error without its end: `int_parsing`, `int_type`, `int_from_float` say the same.
_RAISONS = {
    "bool": "on attend true ou false",
    "date": "on attend une date (2026-01-31)",
    "datetime": "on attend un instant (2026-01-31T08:00:00Z)",
    "decimal": 'on attend un montant ("1234.56")',
    "dict": "on attend une table de clés et de valeurs",
    "float": "on attend un nombre",
    "greater_than_equal": "au moins {ge}",
    "int": "on attend un nombre entier",
    "less_than_equal": "au plus {le}",
    "literal_error": "on attend {expected}",
    "model": "on attend une table",
    "path": "on attend un chemin, entre guillemets",
    "string": "on attend un texte, entre guillemets",
    "tuple": "on attend une liste",
}


def _cles(loc: tuple[object, ...]) -> list[str]:
    """The keys that the table at `loc` may have."""
    modele: type[BaseModel] = Configuration
    for part in loc:
        for cle, champ in modele.model_fields.items():
            if part in (cle, champ.alias) and (sous := _sous_modele(champ.annotation)) is not None:
                modele = sous
    return [champ.alias or cle for cle, champ in modele.model_fields.items()]


def _sous_modele(annotation: object) -> type[BaseModel] | None:
    for part in (annotation, *getattr(annotation, "__args__", ())):
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part
    return None


def chercher(explicit: Path | None, environ: Mapping[str, str] = os.environ) -> Path | None:
    """`-c FILE`, then `./vaguemestre.toml`, then $VAGUEMESTRE_CONFIG; None when there is none."""
    if explicit is not None:
        return explicit
    here = Path(NOM)
    if here.exists():
        return here
    return Path(environ[VARIABLE]) if environ.get(VARIABLE) else None
