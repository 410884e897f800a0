"""Mandats and titres, with the table « Edition »: one faulty file for each rule."""

from __future__ import annotations

from tests.unit.pes_check import fabrique as f
from tests.unit.pes_regles.epreuve import (
    MANDAT,
    MANDAT_1,
    TITRE,
    TITRE_1,
    X_DP,
    X_RP,
    A,
    B,
    Cas,
    Valeurs,
    cas,
    depense,
    en_m,
    recette,
)

_D = f"{X_DP}/BlocPiece/InfoPce"
_R = f"{X_RP}/BlocPiece"
_ETAT = "11000201100044"
_FACTURE: Valeurs = {"NumeroFacture": "F2026-1"}
_CADRE: Valeurs = {**_FACTURE, "CadreFacturation": "B1"}
_PJ_006 = f.pj_ref(type_="006")
_PERSONNE: Valeurs = f.PERSONNE


def _titre(edition: str | None, *lignes: str, **p: str | None) -> bytes:
    return recette(*lignes, p={"Edition": edition, **p}, refs=_PJ_006, facture=_FACTURE)


def _ormc(edition: str | None, *lignes: str, **p: str | None) -> bytes:
    valeurs: Valeurs = {"Edition": edition, "TypPce": "15", **p}
    return recette(*lignes, p=valeurs, b={"TypBord": "06"}, refs=_PJ_006, facture=_FACTURE)


def _chez(**qui: str | None) -> str:
    return f.ligne(recette=True, qui=f.tiers(recette=True, **qui))  # type: ignore[arg-type]


def _deux_debiteurs() -> str:
    deux = f.tiers(recette=True) + f.tiers(recette=True, TypTiers="02")
    return f.ligne(recette=True, qui=deux)


TITRES: tuple[Cas, ...] = (
    cas(
        "pes.piece.triplet",
        A,
        "a mandat 01/04/18",
        depense(p={"TypPce": "04", "NatPce": "18"}),
        MANDAT,
        f"{_D}/TypPce",
        voisin=depense(p={"NatPce": "02"}),
    ),
    cas(
        "pes.piece.triplet",
        A,
        "a titre 01/04/01",
        recette(p={"TypPce": "04"}),
        TITRE,
        f"{_R}/TypPce",
        voisin=recette(p={"TypPce": "10"}),
    ),
    cas(
        "pes.piece.typpce",
        B,
        "a titre of type 13",
        recette(p={"TypPce": "13"}),
        TITRE,
        f"{_R}/TypPce",
        voisin=depense(p={"TypPce": "13"}),
        xsd=True,
    ),
    cas(
        "pes.piece.typpce_retour",
        A,
        "a mandat of type 12",
        depense(p={"TypPce": "12"}),
        MANDAT,
        f"{_D}/TypPce",
        voisin=recette(p={"TypPce": "12"}),
    ),
    cas(
        "pes.piece.idrol",
        B,
        "a role number in a titre 01/01/01",
        recette(p={"IdRol": "1"}),
        TITRE,
        f"{_R}/IdRol",
        voisin=recette(p={"IdRol": "1", "TypPce": "06"}),
    ),
    cas(
        "pes.piece.codserv",
        A,
        "a service in a role",
        _ormc(None, CodServ="SERV"),
        TITRE,
        f"{_R}/CodServ",
        voisin=recette(p={"CodServ": "SERV"}),
    ),
    cas(
        "pes.piece.ormc",
        A,
        "a debt number outside a role",
        recette(p={"NumDette": "1"}),
        TITRE,
        f"{_R}/NumDette",
        voisin=_ormc(None, NumDette="1"),
    ),
    cas(
        "pes.piece.dteasp",
        A,
        "the notice before the issue",
        recette(p={"DteAsp": "2026-11-20"}),
        TITRE,
        f"{_R}/DteAsp",
        voisin=recette(p={"DteAsp": "2026-11-21"}),
    ),
    cas(
        "pes.piece.facturation",
        B,
        "a hospital period in M57",
        recette(p={"DebFact": "2026-10-01"}),
        TITRE,
        f"{_R}/DebFact",
        voisin=recette(),
        reglages=en_m("M57"),
    ),
    cas(
        "pes.piece.facturation",
        B,
        "the end of a hospital period in M4",
        recette(p={"FinFact": "2026-10-31"}),
        TITRE,
        f"{_R}/FinFact",
        reglages=en_m("M41"),
    ),
    cas(
        "pes.piece.envretour",
        A,
        "a return envelope with edition 04",
        _titre("04", EnvRetour="1"),
        TITRE,
        f"{_R}/EnvRetour",
        voisin=_ormc("06", EnvRetour="1"),
    ),
    cas(
        "pes.ligne.double",
        A,
        "twice the ligne 1",
        depense(f.ligne(), f.ligne(), b={"MtBordHT": "200.00"}),
        MANDAT_1,
        f"{X_DP}/LigneDePiece[2]/BlocLignePiece/InfoLignePce/IdLigne",
        voisin=depense(f.ligne(), f.ligne(IdLigne="2"), b={"MtBordHT": "200.00"}),
    ),
)

EDITIONS: tuple[Cas, ...] = (
    cas(
        "pes.edition.type",
        B,
        "03 is for roles",
        _titre("03"),
        TITRE,
        f"{_R}/Edition",
        voisin=_ormc("03"),
    ),
    cas(
        "pes.edition.type",
        B,
        "02 is not for roles",
        _ormc("02"),
        TITRE,
        f"{_R}/Edition",
        voisin=_titre("02"),
    ),
    cas(
        "pes.edition.douteuse",
        A,
        "10 and a role: the text contradicts itself",
        _ormc("10"),
        TITRE,
        f"{_R}/Edition",
        voisin=_ormc("09"),
    ),
    cas(
        "pes.edition.douteuse",
        A,
        "09 and an ordinary titre",
        _titre("09"),
        TITRE,
        f"{_R}/Edition",
        voisin=_titre("10"),
    ),
    cas(
        "pes.edition.numero_facture",
        A,
        "02 without invoice number",
        recette(p={"Edition": "02"}, refs=_PJ_006),
        TITRE,
        f"{_R}/Edition",
        voisin=_titre("02"),
    ),
    cas(
        "pes.edition.numero_facture",
        A,
        "10 with a space in the number",
        recette(p={"Edition": "10"}, refs=_PJ_006, facture={**_CADRE, "NumeroFacture": "F 1"}),
        TITRE,
        f"{_R}/NumeroFacture",
        voisin=recette(p={"Edition": "10"}, refs=_PJ_006, facture=_CADRE),
    ),
    cas(
        "pes.edition.cadre",
        A,
        "10 without CadreFacturation",
        _titre("10"),
        TITRE,
        f"{_R}/Edition",
        voisin=recette(p={"Edition": "10"}, refs=_PJ_006, facture=_CADRE),
    ),
    cas(
        "pes.edition.siret",
        A,
        "02 for a debtor known by SIREN",
        _titre("02", _chez(IdTiers="732829320", NatIdTiers="02")),
        TITRE_1,
        f"{X_RP}/LigneDePiece[1]/Tiers[1]/InfoTiers/NatIdTiers",
        voisin=_titre("02"),
    ),
    cas(
        "pes.edition.siret",
        A,
        "02 for a debtor without identifier",
        _titre("02", _chez(IdTiers=None, NatIdTiers=None)),
        TITRE_1,
        f"{X_RP}/LigneDePiece[1]/Tiers[1]/InfoTiers",
        voisin=_titre("04", _chez(IdTiers=None, NatIdTiers=None)),
    ),
    cas(
        "pes.edition.engagement",
        B,
        "an invoice to the State without engagement",
        _titre("02", _chez(IdTiers=_ETAT)),
        TITRE,
        f"{_R}/Edition",
        voisin=recette(
            _chez(IdTiers=_ETAT),
            p={"Edition": "02"},
            refs=_PJ_006,
            facture={**_FACTURE, "NumeroEngagement": "1300000001"},
        ),
    ),
    cas(
        "pes.edition.debiteur",
        A,
        "02 for two debtors",
        _titre("02", _deux_debiteurs()),
        TITRE,
        f"{_R}/Edition",
        voisin=_titre("04", _deux_debiteurs()),
    ),
    cas(
        "pes.edition.pj",
        A,
        "01 without any PJ",
        recette(p={"Edition": "01"}),
        TITRE,
        f"{_R}/Edition",
        voisin=_titre("01"),
    ),
    cas(
        "pes.edition.pj",
        A,
        "02 with a PJ of another type",
        recette(p={"Edition": "02"}, refs=f.pj_ref(type_="002"), facture=_FACTURE),
        TITRE,
        f"{_R}/Edition",
        voisin=recette(f.ligne(recette=True, refs=_PJ_006), p={"Edition": "02"}, facture=_FACTURE),
    ),
    cas(
        "pes.edition.patient",
        A,
        "05 for a company",
        _titre("05"),
        TITRE_1,
        f"{X_RP}/LigneDePiece[1]/Tiers[1]/InfoTiers/CatTiers",
        voisin=_titre("05", _chez(**_PERSONNE)),
    ),
)

CAS = TITRES + EDITIONS
