"""The tables of `vaguemestre.toml`: one frozen class each, with defaults for an empty machine.

SQLite, folders, no network: nothing has to be set but who sends to whom.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from vaguemestre.config.ormc import ClesOrmc


def _secret(value: object) -> object:
    if isinstance(value, str) and value and not value.startswith(("env:", "file:")):
        raise ValueError("un secret s'écrit « env:NOM » ou « file:CHEMIN », jamais en clair")
    return value


Secret = Annotated[str, BeforeValidator(_secret)]


def _codes(nombre: int, exemple: str) -> BeforeValidator:
    """« 01/01/05 »: as many codes of two digits, with slashes."""

    def verifier(value: object) -> object:
        codes = value.split("/") if isinstance(value, str) else []
        if len(codes) != nombre or any(len(c) != 2 or not c.isdecimal() for c in codes):
            raise ValueError(f"attendu {nombre} codes de deux chiffres, comme « {exemple} »")
        return value

    return BeforeValidator(verifier)


Triplet = Annotated[str, _codes(3, "01/01/05")]
Couple = Annotated[str, _codes(2, "50/04")]


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


class Grilles(_Table):
    """`[pes.grilles]`: what the accountant admits beside the shipped lists (annexes 2 and 3).

    Combinations « 01/01/05 » of TypBord, TypPce and NatPce; « 50/04 » of CatTiers and NatJur.
    """

    depense: tuple[Triplet, ...] = ()
    recette: tuple[Triplet, ...] = ()
    tiers: tuple[Couple, ...] = ()
    civilites: tuple[str, ...] = ()


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
    schemas: Path = Path("schemas-officiels")
    grilles: Grilles = Grilles()


class VersionSchema(_Table):
    """`[[schema]]`: what the accountant said of one schema version; `effet` inclusive.

    No text publishes these dates (reference/pes.md §12): unknown by default.
    """

    version: str
    effet: date | None = None


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
    `passtrans` (the name is the message; then `partie` must be false). `acquit_retour`: answer
    each PES_Retour with a PES_ACQUIT_RETOUR (inferred: ask the accountant first).
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
    acquit_retour: bool = False


class Volet(_Table):
    """One ticked flow of the convention (accord local §2.1): date of effect, editor, software.

    `domaine`: depense, recette or pj; `budgets` empty = every budget; `effet` inclusive. For PJ:
    `categories` (TypePJ or codes of the list of categories) with their `libelle`, the naming
    pattern `motif_nom_pj`, and `hors_competence`: the signer may not certify them enforceable.
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
    libelle: str = ""
    hors_competence: bool = False


class SeuilsPj(_Table):
    """`[pj.seuils]`: where a page of a PDF stops being text (tried on few samples)."""

    texte_min: int = 20
    texte_sur_image: int = 80
    invisibles_min: int = 20
    image_pleine: float = 0.70
    image_seule: float = 0.10
    illisibles_max: float = 0.30
    controle_max: float = 0.005
    traces_min: int = 200


class Pj(_Table):
    """`[pj]`: what is looked at inside PDFs, and how long a reader may take (seconds, bytes).

    `structure` and `texte` are for the daemon; `check` has its own options. `scan`: what becomes
    of a page that is only an image (accord local 1.4). `categories`: a list of one's own.
    """

    structure: bool = False
    texte: bool = False
    scan: Literal["refus", "avertissement"] = "refus"
    categories: Path | None = None
    processus: int = Field(default=2, ge=1, le=64)
    delai: float = Field(default=10.0, gt=0)
    delai_total: float = Field(default=60.0, gt=0)
    memoire: int = Field(default=1 << 30, ge=1 << 28)
    pages_max: int = Field(default=1000, ge=1)
    seuils: SeuilsPj = SeuilsPj()


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
    vote: Literal["", "nature", "fonction"] = ""
    cumuls: tuple[Cumul, ...] = Field(default=(), alias="cumul")


class CentreAsap(_Table):
    """`[collectivite.asap.encaissement]`, `.tresorerie`: where debtors pay, whom they ask.

    The centre d'encaissement has no `adresse_1` nor `adresse_2`: its TSA is `adresse_3`.
    """

    nom: str
    code_postal: str
    ville: str
    complement: str = ""
    adresse_1: str = ""
    adresse_2: str = ""
    adresse_3: str = ""
    telephone: str = ""
    horaires: str = ""
    courriel: str = ""


class Asap(_Table):
    """`[collectivite.asap]`: what every invoice of a PES_Facture says (pes.md §5.8).

    `reference_bdf`: the ICS with a TIP, the number of the issuer without; as the DGFiP gave it,
    its structure is not checked. `adresse_electronique`: of the seller in the directory, for
    e-invoices only.
    """

    adresse_2: str
    code_postal: str
    ville: str
    signataire_nom: str
    signataire_prenom: str
    signataire_role: str
    reference_bdf: str
    encaissement: CentreAsap
    tresorerie: CentreAsap
    modalites_reglement: str = "Démarche non prévue par la collectivité"
    conditions: str = "Voir le règlement du service"
    modalites_contestation: str = ""
    avec_tip: bool = False
    nom: str = ""
    categorie: str = "23"
    nature_juridique: str = "09"
    adresse_1: str = ""
    adresse_3: str = ""
    telephone: str = ""
    horaires: str = ""
    courriel: str = ""
    code_tipi: str = ""
    adresse_tipi: str = ""
    code_2d: str = ""
    numero_tva: str = ""
    service: str = ""
    raison_sociale: str = ""
    adresse_electronique: str = ""


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
    asap: Asap | None = None
    ormc: ClesOrmc = ClesOrmc()


class Archive(_Table):
    """`[archive]`: the write-once store. `conservation` in years (accord local 1.6: ≥ 10)."""

    coffre: Path = Path("coffre")
    conservation: int = Field(default=10, ge=10)


class Journal(_Table):
    """`[journal]`: origin name of the log; its key file is made at first start, mode 0600."""

    origine: str = "vaguemestre.invalid/journal"
    cle: Path = Path("journal.key")


class Moteur(_Table):
    """`[moteur]`: workers, retries. `attente_max` and others in seconds.

    `processus`: how many processes share the work, each with its `ouvriers`; 0: one per core, at
    most four. With a fixed clock there is one, whatever stands here.
    """

    processus: int = Field(default=0, ge=0, le=64)
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
    pj: Pj = Pj()
    acceptation: Recette = Recette()
    partenaires: tuple[Partenaire, ...] = Field(default=(), alias="partenaire")
    collectivites: tuple[Collectivite, ...] = Field(default=(), alias="collectivite")
    schemas: tuple[VersionSchema, ...] = Field(default=(), alias="schema")

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
