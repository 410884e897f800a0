"""Bordereaux: totals, type, dates, doubles: one faulty file for each rule."""

from __future__ import annotations

from tests.unit.pes_check import fabrique as f
from tests.unit.pes_regles.epreuve import (
    BORD,
    MANDAT,
    X_DB,
    X_RB,
    A,
    B,
    Cas,
    Valeurs,
    cas,
    depense,
    recette,
)

_D = f"{X_DB}/BlocBordereau"
_R = f"{X_RB}/BlocBordereau"


def _ormc(**b: str | None) -> bytes:
    valeurs: Valeurs = {"TypBord": "06", **b}
    return recette(b=valeurs, p={"TypPce": "15"})


def _deux_mandats(second: str) -> bytes:
    pieces = (f.piece(), f.piece(IdPce=second))
    return f.pes(f.domaine(f.bordereau(*pieces, MtBordHT="200.00")))


CAS: tuple[Cas, ...] = (
    cas(
        "pes.bordereau.nbrpce",
        B,
        "announces two, holds one",
        depense(b={"NbrPce": "2"}),
        BORD,
        f"{_D}/NbrPce",
        voisin=depense(b={"NbrPce": "00001"}),
    ),
    cas(
        "pes.bordereau.nbrpce",
        B,
        "titres: announces three, holds one",
        recette(b={"NbrPce": "3"}),
        BORD,
        f"{_R}/NbrPce",
        voisin=recette(),
    ),
    cas(
        "pes.bordereau.montant_ht",
        A,
        "a cent too much",
        depense(b={"MtBordHT": "100.01"}),
        BORD,
        f"{_D}/MtBordHT",
        voisin=depense(b={"MtBordHT": "100.0"}),
    ),
    cas(
        "pes.bordereau.montant_ht",
        A,
        "titres: a cent too little (MtBordHt)",
        recette(b={"MtBordHt": "99.99"}),
        BORD,
        f"{_R}/MtBordHt",
        voisin=recette(),
    ),
    cas(
        "pes.bordereau.montant_tva",
        A,
        "another VAT than the lignes",
        depense(f.ligne(MtTVA="20.00"), b={"MtBordTVA": "19.99"}),
        BORD,
        f"{_D}/MtBordTVA",
        voisin=depense(f.ligne(MtTVA="20.00"), b={"MtBordTVA": "20.00"}),
    ),
    cas(
        "pes.ormc.montant_ht",
        B,
        "a rôle: a cent too little",
        recette(p={"TypPce": "15"}, b={"TypBord": "06", "MtBordHt": "99.99"}),
        BORD,
        f"{_R}/MtBordHt",
        voisin=recette(p={"TypPce": "15"}, b={"TypBord": "06"}),
    ),
    cas(
        "pes.bordereau.tva_sans_ligne",
        B,
        "a VAT that no ligne has",
        depense(b={"MtBordTVA": "20.00"}),
        BORD,
        f"{_D}/MtBordTVA",
        voisin=depense(b={"MtBordTVA": "0.00"}),
    ),
    cas(
        "pes.bordereau.tva_absente",
        B,
        "a ligne with VAT, none in the bordereau",
        depense(f.ligne(MtTVA="20.00")),
        BORD,
        _D,
        voisin=depense(f.ligne(MtTVA="0.00")),
    ),
    cas(
        "pes.bordereau.tva_absente",
        B,
        "a ligne with VAT, zero in the bordereau",
        depense(f.ligne(MtTVA="20.00"), b={"MtBordTVA": "0.00"}),
        BORD,
        f"{_D}/MtBordTVA",
    ),
    cas(
        "pes.bordereau.tva_nulle",
        B,
        "zero VAT for titres",
        recette(b={"MtBordTVA": "0.00"}),
        BORD,
        f"{_R}/MtBordTVA",
        voisin=depense(b={"MtBordTVA": "0.00"}),
        xsd=True,
    ),
    cas(
        "pes.bordereau.cumul",
        B,
        "dématérialisé without running total",
        depense(dematerialise="1"),
        BORD,
        _D,
        voisin=depense(dematerialise="1", b={"MtCumulAnnuel": "100.00"}),
    ),
    cas(
        "pes.bordereau.cumul",
        B,
        "dématérialisé with a running total of zero",
        recette(dematerialise="1", b={"MtCumulAnnuel": "0.00"}),
        BORD,
        f"{_R}/MtCumulAnnuel",
        voisin=recette(dematerialise="1", b={"TypBord": "06"}, p={"TypPce": "15"}),
        xsd=True,
    ),
    cas(
        "pes.bordereau.cumul_inferieur",
        A,
        "the year is less than the bordereau",
        depense(b={"MtCumulAnnuel": "99.99"}),
        BORD,
        f"{_D}/MtCumulAnnuel",
        voisin=depense(b={"MtCumulAnnuel": "100.00"}),
    ),
    cas(
        "pes.bordereau.typbord",
        B,
        "mandats of type 04",
        depense(b={"TypBord": "04"}),
        BORD,
        f"{_D}/TypBord",
        voisin=depense(b={"TypBord": "03"}),
    ),
    cas(
        "pes.bordereau.typbord",
        B,
        "titres of type 05",
        recette(b={"TypBord": "05"}),
        BORD,
        f"{_R}/TypBord",
        voisin=recette(b={"TypBord": "06"}, p={"TypPce": "15"}),
    ),
    cas(
        "pes.bordereau.date",
        B,
        "issued in 1899",
        recette(b={"DteBordEm": "1899-12-31"}),
        BORD,
        f"{_R}/DteBordEm",
        voisin=recette(b={"DteBordEm": "1900-01-01"}),
        xsd=True,
    ),
    cas(
        "pes.bordereau.dteasp",
        A,
        "the notice before the issue",
        _ormc(DteAsp="2026-11-20"),
        BORD,
        f"{_R}/DteAsp",
        voisin=_ormc(DteAsp="2026-11-21"),
    ),
    cas(
        "pes.bordereau.reserve_ormc",
        A,
        "Objet of an ordinary bordereau",
        recette(b={"Objet": "ROLE"}),
        BORD,
        f"{_R}/Objet",
        voisin=_ormc(Objet="ROLE"),
    ),
    cas(
        "pes.bordereau.reserve_ormc",
        A,
        "DteAsp of an ordinary bordereau",
        recette(b={"DteAsp": "2026-11-21"}),
        BORD,
        f"{_R}/DteAsp",
        voisin=_ormc(DteAsp="2026-11-21"),
    ),
    cas(
        "pes.bordereau.exercice",
        A,
        "issued two years later",
        depense(b={"Exer": "2024"}),
        BORD,
        f"{_D}/Exer",
        voisin=depense(b={"Exer": "2025"}),
    ),
    cas(
        "pes.piece.double",
        B,
        "twice the mandat 411",
        _deux_mandats("411"),
        MANDAT,
        f"{X_DB}/Piece[2]/BlocPiece/InfoPce/IdPce",
        voisin=_deux_mandats("412"),
    ),
    cas(
        "pes.piece.double",
        B,
        "titres 87 and 00087 are one number",
        f.pes(
            f.domaine(
                f.bordereau(
                    f.piece(recette=True),
                    f.piece(recette=True, IdPce="00087"),
                    recette=True,
                    MtBordHt="200.00",
                ),
                recette=True,
            )
        ),
        f"{BORD} / titre 00087",
        f"{X_RB}/Piece[2]/BlocPiece/IdPce",
        voisin=recette(),
    ),
)
