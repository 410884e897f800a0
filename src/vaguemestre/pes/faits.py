"""Light facts of a PES, taken from the stream: what the rules look at.

A `Noeud` is one element that groups leaves; its leaves (`<IdBord V="12"/>`) are a plain dict.
The classes around it say where it stands: a ligne knows its pièce, its bordereau, its file.
Nothing here keeps libxml2's tree alive.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import ClassVar

from vaguemestre.pes.contenu import ContenuVu
from vaguemestre.pes.doubles import Doubles
from vaguemestre.pes.reglages import Reglages
from vaguemestre.ports import Memoire


@dataclass(slots=True)
class FactureVue:
    """A PES_Facture inside a PJ: its TypeFact, and the titres or articles that it invoices.

    A reference is (« RefTitre » or « RefORMC », its leaves, line in the invoice).
    """

    type: str = ""
    references: list[tuple[str, Mapping[str, str], int | None]] = field(default_factory=list)


_FACTURES = ("IdPce", "TypPce", "Edition", "NumDette", "Per")
_AUCUN: Mapping[str, str] = MappingProxyType({})
_SANS_ENFANT: list[Noeud] = []  # shared: only ever replaced, never filled
# What an element that ended and was forgotten has left: nobody writes there any more.
_PLUS_RIEN: dict[str, str] = {}


class Noeud:
    """One element: name, line, parent, leaves (first value of each name) and child elements.

    `libelle` is how a clerk calls it (« mandat 832 »), or ''. `lignes`: how many lines below the
    element a leaf stands, where it does. `partage`: kept for the next ligne of the same tiers.
    """

    __slots__ = (
        "attributs",
        "enfants",
        "libelle",
        "ligne",
        "lignes",
        "nom",
        "parent",
        "partage",
        "rang",
        "rangs",
        "valeurs",
    )

    def __init__(
        self, nom: str, ligne: int | None, parent: Noeud | None = None, rang: int = 0
    ) -> None:
        self.nom = nom
        self.ligne = ligne
        self.parent = parent
        self.rang = rang
        self.partage = False
        self.libelle = ""
        self.attributs: Mapping[str, str] = _AUCUN
        self.valeurs: dict[str, str] = {}
        self.lignes: dict[str, int] | None = None
        self.enfants: list[Noeud] = _SANS_ENFANT
        self.rangs: dict[str, int] | None = None

    def ranger(self, enfant: Noeud) -> None:
        """One more child element."""
        if self.enfants:
            self.enfants.append(enfant)
        else:
            self.enfants = [enfant]

    def feuille(self, nom: str, valeur: str, ligne: int) -> None:
        """One more leaf; the first value of a name counts."""
        if nom not in self.valeurs:
            self.valeurs[nom] = valeur
            if self.ligne is not None and ligne != self.ligne:
                if self.lignes is None:
                    self.lignes = {}
                self.lignes[nom] = ligne - self.ligne

    def ligne_de(self, nom: str) -> int | None:
        """The line of a leaf; that of the element when there is no such leaf."""
        if self.ligne is None or self.lignes is None:
            return self.ligne
        return self.ligne + self.lignes.get(nom, 0)

    def suivant(self, nom: str) -> int:
        """The position of one more child of that name."""
        if self.rangs is None:
            self.rangs = {}
        rang = self.rangs[nom] = self.rangs.get(nom, 0) + 1
        return rang

    def copie(self, parent: Noeud | None) -> Noeud:
        """The same element, to try out what follows without touching the facts."""
        autre = Noeud(self.nom, self.ligne, parent, self.rang)
        autre.libelle, autre.valeurs = self.libelle, dict(self.valeurs)
        autre.rangs = dict(self.rangs) if self.rangs else None
        return autre

    def deplacer(self, parent: Noeud, lignes: int) -> None:
        """The same block found once more elsewhere: under another parent, some lines further."""
        self.parent = parent
        if lignes:
            self.decaler(lignes)

    def decaler(self, lignes: int) -> None:
        if self.ligne is not None:
            self.ligne += lignes
        for enfant in self.enfants:
            enfant.decaler(lignes)

    def alleger(self) -> None:
        """Forget leaves and children, keep name and place: frees a block whose rules have run."""
        for enfant in self.enfants:
            if not enfant.partage:
                enfant.alleger()
        if self.nom != "PJRef":
            self.valeurs, self.lignes = _PLUS_RIEN, None
        self.enfants, self.rangs = _SANS_ENFANT, None

    def v(self, nom: str) -> str | None:
        """The value of a leaf, or None when it is absent."""
        return self.valeurs.get(nom)

    def bloc(self, nom: str) -> Noeud | None:
        for enfant in self.enfants:
            if enfant.nom == nom:
                return enfant
        return None

    def tous(self, nom: str) -> Iterator[Noeud]:
        return (enfant for enfant in self.enfants if enfant.nom == nom)

    @property
    def noms(self) -> tuple[str, ...]:
        """Names of its leaves and of its child elements."""
        return (*self.valeurs, *self.noms_enfants) if self.enfants else tuple(self.valeurs)

    @property
    def noms_enfants(self) -> list[str]:
        return [enfant.nom for enfant in self.enfants]

    @property
    def chemin(self) -> str:
        """Full XPath, with positions where an element may be repeated."""
        pas = f"/{self.nom}[{self.rang}]" if self.rang else f"/{self.nom}"
        return pas if self.parent is None else self.parent.chemin + pas

    @property
    def ref(self) -> str:
        """« bordereau 72 / mandat 832 / ligne 1 », or '' above any bordereau or PJ."""
        avant = self.parent.ref if self.parent is not None else ""
        return f"{avant} / {self.libelle}" if avant and self.libelle else avant or self.libelle

    def montant(self, nom: str) -> Decimal | None:
        """A leaf as an amount; None when absent or not a number (the schema says so)."""
        return nombre(self.valeurs.get(nom))

    def date(self, nom: str) -> date | None:
        texte = self.valeurs.get(nom)
        try:
            return date.fromisoformat(texte.strip()) if texte else None
        except ValueError:
            return None


VIDE = Noeud("", None)


def nombre(texte: str | None) -> Decimal | None:
    if not texte:
        return None
    try:
        valeur = Decimal(texte)
    except InvalidOperation:
        return None
    return valeur if valeur.is_finite() else None


def vrai(texte: str | None) -> bool:
    """xs:boolean."""
    return texte is not None and texte.strip() in {"1", "true"}


def entier(texte: str | None) -> int | None:
    return int(texte) if texte and texte.isascii() and texte.isdigit() and len(texte) < 20 else None


@dataclass(slots=True)
class FichierFaits:
    """The whole file. `version`: that of the schema which judges it."""

    taille: int
    encodage: str
    bom: bool
    reglages: Reglages
    memoire: Memoire | None
    racine: Noeud
    version: str = ""
    enveloppe: Noeud = VIDE
    entete: Noeud = VIDE
    domaines: list[DomaineFaits] = field(default_factory=list)
    bordereaux: list[BordereauFaits] = field(default_factory=list)
    pjs: list[PjFaits] = field(default_factory=list)
    references: list[ReferencePj] = field(default_factory=list)
    signatures: int = 0
    pes_pj: Noeud | None = None
    id_ver_pj: str | None = None
    autres: int = 0

    @property
    def cod_col(self) -> str:
        return self.entete.v("CodCol") or ""

    @property
    def cod_bud(self) -> str:
        return self.entete.v("CodBud") or ""

    @property
    def nomenclature(self) -> str | None:
        """« M57 »; None when the local set-up does not say: rules that need it stay silent."""
        return self.reglages.nomenclatures.get(self.cod_bud)


@dataclass(slots=True)
class DomaineFaits:
    """PES_DepenseAller or PES_RecetteAller; `nom` is « depense » or « recette »."""

    fichier: FichierFaits
    noeud: Noeud
    nom: str
    entete: Noeud = VIDE
    bordereaux: list[BordereauFaits] = field(default_factory=list)

    @property
    def depense(self) -> bool:
        return self.nom == "depense"

    @property
    def dematerialise(self) -> bool:
        return vrai(self.entete.v("InfoDematerialisee"))

    @property
    def mot(self) -> str:
        return "mandat" if self.depense else "titre"


@dataclass(slots=True)
class BordereauFaits:
    """A bordereau, whole once its closing tag is read.

    `ht` and `tva` are the sums of its lignes, None once a line holds no readable amount.
    """

    domaine: DomaineFaits
    noeud: Noeud
    bloc: Noeud = VIDE
    id: str | None = None
    pieces: list[int] = field(default_factory=list)
    numeros: set[int] = field(default_factory=set)
    pieces_doubles: Doubles[Noeud] = field(default_factory=Doubles)
    nombre: int = 0
    ht: Decimal | None = Decimal(0)
    tva: Decimal | None = Decimal(0)
    ligne_tva: bool = False
    signatures: int = 0

    @property
    def fichier(self) -> FichierFaits:
        return self.domaine.fichier

    @property
    def type(self) -> str:
        return self.bloc.v("TypBord") or ""

    @property
    def role(self) -> bool:
        """A rôle ORMC: TypBord 06 of recette."""
        return self.type == "06" and not self.domaine.depense

    @property
    def total_attendu(self) -> str:
        """Name of the HT total: MtBordHT in dépense, MtBordHt in recette."""
        return "MtBordHT" if self.domaine.depense else "MtBordHt"


@dataclass(slots=True)
class PieceFaits:
    """A mandat or titre. `info` holds its leaves: InfoPce in dépense, BlocPiece in recette.

    `triplet`: (TypBord, TypPce, NatPce).
    """

    bordereau: BordereauFaits
    noeud: Noeud
    bloc: Noeud = VIDE
    info: Noeud = VIDE
    lignes: set[int] = field(default_factory=set)
    lignes_doubles: Doubles[Noeud] = field(default_factory=Doubles)
    debiteurs: set[str] = field(default_factory=set)
    nb_debiteurs: int = 0
    types_pj: list[str | None] = field(default_factory=list)
    majorees: int = 0
    debiteur_sans_siret: Noeud | None = None
    triplet: tuple[str, str, str] = ("", "", "")

    @property
    def titre(self) -> Mapping[str, str]:
        """Of a titre, what its invoice (PJ 006) repeats or depends on."""
        return {nom: self.info.valeurs[nom] for nom in _FACTURES if nom in self.info.valeurs}


@dataclass(slots=True)
class LigneFaits:
    """A ligne. `bloc` is BlocLignePiece, `info` its InfoLignePce or InfoLignePiece."""

    piece: PieceFaits
    noeud: Noeud
    bloc: Noeud
    info: Noeud
    tiers: list[TiersFaits] = field(default_factory=list)

    @property
    def bordereau(self) -> BordereauFaits:
        return self.piece.bordereau

    @property
    def depense(self) -> bool:
        return self.piece.bordereau.domaine.depense


@dataclass(slots=True)
class TiersFaits:
    """A creditor or debtor of a ligne."""

    ligne: LigneFaits
    noeud: Noeud
    info: Noeud
    adresse: Noeud | None
    compte: Noeud | None

    PERSONNE: ClassVar[str] = "01"

    @property
    def personne(self) -> bool:
        """CatTiers 01: a natural person."""
        return self.info.v("CatTiers") == self.PERSONNE


@dataclass(slots=True)
class ReferencePj:
    """A PJRef: the link from a pièce or ligne to a PJ.

    `titre` and `bordereau`: those of the titre whose invoice the PJ is (TypePJ 006), else None.
    """

    noeud: Noeud
    id_unique: str
    support: str
    type: str | None
    titre: Mapping[str, str] | None = None
    bordereau: BordereauFaits | None = None


@dataclass(slots=True)
class PjFaits:
    """A PJ block with what its content turned out to be."""

    fichier: FichierFaits
    noeud: Noeud
    id_unique: str
    mime: str | None
    contenu: ContenuVu

    @property
    def references(self) -> tuple[Noeud, ...]:
        return tuple(self.noeud.tous("RefCompta"))

    @property
    def facture(self) -> FactureVue | None:
        """What its PES_Facture says of itself, where the PJ is one that opened."""
        vue = getattr(self.contenu.suite, "vue", None)
        return vue if isinstance(vue, FactureVue) and vue.type else None

    @property
    def extension(self) -> str:
        return (self.noeud.v("NomPJ") or "").rpartition(".")[2].lower()
