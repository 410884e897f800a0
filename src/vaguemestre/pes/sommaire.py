"""What a PES holds, in a few lines: comes out of the same reading as the findings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from vaguemestre.pes.faits import VIDE, BordereauFaits, FichierFaits, PjFaits, entier

_ELECTRONIQUE = "01"


@dataclass(frozen=True, slots=True, kw_only=True)
class BordereauVu:
    """A bordereau as its file tells it. `pieces` are the IdPce; amounts are those announced,
    or the sum of the lignes where none is; `domaine` is « depense » or « recette »."""

    domaine: str
    exercice: int
    type: str
    numero: int
    date_emission: date | None
    nb_pieces: int
    pieces: tuple[int, ...]
    montant_ht: Decimal
    montant_tva: Decimal
    cumul: Decimal | None
    id: str | None
    signe: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PjVue:
    """A PJ block. `taille` is that of the original in bytes, 0 when it was not opened."""

    id_unique: str
    nom: str
    type: str | None
    taille: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sommaire:
    """The file in short. `pj_refs`: every electronic IdUnique referenced, once, in order."""

    nomfic: str
    typfic: str
    cod_col: str
    cod_bud: str
    id_coll: str
    id_post: str
    dematerialise_depense: bool
    dematerialise_recette: bool
    signatures: int
    bordereaux: tuple[BordereauVu, ...]
    pjs: tuple[PjVue, ...]
    pj_refs: tuple[str, ...]
    total_ht: Decimal

    @property
    def dematerialise(self) -> bool:
        return self.dematerialise_depense or self.dematerialise_recette

    @property
    def nb_pieces(self) -> int:
        return sum(b.nb_pieces for b in self.bordereaux)


def resumer(f: FichierFaits) -> Sommaire:
    """The summary of a file that was read to its end, valid or not."""
    parametres = f.enveloppe.bloc("Parametres") or VIDE
    vus = tuple(_bordereau(b) for b in f.bordereaux)
    refs = dict.fromkeys(r.id_unique for r in f.references if r.support == _ELECTRONIQUE)
    return Sommaire(
        nomfic=parametres.v("NomFic") or "",
        typfic=parametres.v("TypFic") or "",
        cod_col=f.cod_col,
        cod_bud=f.cod_bud,
        id_coll=f.entete.v("IdColl") or "",
        id_post=f.entete.v("IdPost") or "",
        dematerialise_depense=any(d.dematerialise for d in f.domaines if d.depense),
        dematerialise_recette=any(d.dematerialise for d in f.domaines if not d.depense),
        signatures=f.signatures + sum(b.signatures for b in f.bordereaux),
        bordereaux=vus,
        pjs=tuple(_pj(pj) for pj in f.pjs),
        pj_refs=tuple(refs),
        total_ht=sum((b.montant_ht for b in vus), Decimal(0)),
    )


def _bordereau(b: BordereauFaits) -> BordereauVu:
    annonce_ht, annonce_tva = b.bloc.montant(b.total_attendu), b.bloc.montant("MtBordTVA")
    return BordereauVu(
        domaine=b.domaine.nom,
        exercice=entier(b.bloc.v("Exer")) or 0,
        type=b.type,
        numero=entier(b.bloc.v("IdBord")) or 0,
        date_emission=b.bloc.date("DteBordEm"),
        nb_pieces=b.nombre,
        pieces=tuple(b.pieces),
        montant_ht=annonce_ht if annonce_ht is not None else b.ht or Decimal(0),
        montant_tva=annonce_tva if annonce_tva is not None else b.tva or Decimal(0),
        cumul=b.bloc.montant("MtCumulAnnuel"),
        id=b.id,
        signe=b.signatures > 0,
    )


def _pj(pj: PjFaits) -> PjVue:
    return PjVue(
        id_unique=pj.id_unique,
        nom=pj.noeud.v("NomPJ") or "",
        type=pj.noeud.v("TypePJ"),
        taille=pj.contenu.taille,
    )
