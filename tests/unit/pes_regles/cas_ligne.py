"""Lignes: VAT, imputation, links to an original, payment: one faulty file for each rule."""

from __future__ import annotations

from tests.unit.pes_check import fabrique as f
from tests.unit.pes_regles.epreuve import (
    MANDAT_1,
    TITRE_1,
    X_DL,
    X_RL,
    A,
    B,
    Cas,
    Valeurs,
    cas,
    depense,
    en_m,
    recette,
)

_D = f"{X_DL}/BlocLignePiece"
_R = f"{X_RL}/BlocLignePiece"
_DI = f"{_D}/InfoLignePce"
_RI = f"{_R}/InfoLignePiece"
_ANNULATION: Valeurs = {"TypPce": "02", "NatPce": "06"}
_REDUCTION_CLOSE: Valeurs = {"TypPce": "02", "NatPce": "09"}


def _original(**c: str | None) -> str:
    defauts: Valeurs = {
        "NatPceOrig": "01",
        "ExerRat": "2026",
        "IdPceOrig": "400",
        "IdLigneOrig": "1",
    }
    return f"<RattachPiece>{f.feuilles(defauts, c)}</RattachPiece>"


def _annule(original: str) -> bytes:
    """A mandat 02/02/06."""
    return depense(f.ligne(apres=original), p=_ANNULATION, b={"TypBord": "02"})


def _ferme(original: str) -> bytes:
    """A mandat 01/02/09."""
    return depense(f.ligne(apres=original), p=_REDUCTION_CLOSE)


def _prelevement(**c: str | None) -> str:
    defauts: Valeurs = {
        "NatPrel": "02",
        "PerPrel": "01",
        "DtePrel": "2026-12-05",
        "MtPrel": "100.00",
        "SequencePres": "01",
        "DateSignMandat": "2026-01-05",
        "RefUniMdt": "RUM1",
        "AncienICS": None,
        "AncienneBanque": None,
        "AncienIBAN": None,
    }
    return f"<InfoPrelevementSEPA>{f.feuilles(defauts, c)}</InfoPrelevementSEPA>"


def _r(*, apres: str = "", cpte: str | None = None, fin: str = "", **c: str | None) -> bytes:
    qui = f.tiers(recette=True, cpte=cpte)
    return recette(f.ligne(recette=True, apres=apres, qui=qui, fin=fin, **c))  # type: ignore[arg-type]


def _d(*, cpte: str | None = None, **c: str | None) -> bytes:
    return depense(f.ligne(qui=f.tiers(cpte=cpte), **c))  # type: ignore[arg-type]


_ASSURE = '<InfoAssure><CodAssDeb V="1"/></InfoAssure>'
_LISTE = _original(NatPceOrig="05", IdLigneOrig=None)
_CONVENTION = '<LiensIdent><IdConv V="CONV1"/></LiensIdent>'
_RECOUVREMENT = (
    '<Recouvrement><TypFlux V="01"/><ModRegl V="01"/><DteReco V="2026-11-21"/>'
    '<IdEncaissement V="1"/><MtReco V="10.00"/></Recouvrement>'
)

PAIEMENT: tuple[Cas, ...] = (
    cas(
        "pes.ligne.modregl",
        B,
        "a transfer without account",
        _d(cpte=""),
        MANDAT_1,
        f"{_DI}/ModRegl",
        voisin=_d(),
    ),
    cas(
        "pes.ligne.modregl",
        B,
        "cash with an account",
        _d(ModRegl="01"),
        MANDAT_1,
        f"{X_DL}/Tiers[1]/CpteBancaire",
        voisin=_d(ModRegl="01", cpte=""),
    ),
    cas(
        "pes.ligne.virement",
        A,
        "an accent in the text of the transfer",
        _d(LibVir1="FACTURE D'ÉTÉ"),
        MANDAT_1,
        f"{_DI}/LibVir1",
        voisin=_d(LibVir1="FACTURE 12/3 (L'AN) : A.B,C-D+E?"),
    ),
    cas(
        "pes.ligne.prelevement",
        A,
        "a direct debit without IBAN",
        _r(apres=_prelevement(NatPrel="01"), cpte=""),
        TITRE_1,
        f"{_R}/InfoPrelevementSEPA/NatPrel",
        voisin=_r(apres=_prelevement(NatPrel="02"), cpte=""),
    ),
    cas(
        "pes.ligne.ancien_ics",
        B,
        "an old creditor number of seven digits",
        _r(apres=_prelevement(AncienICS="1234567")),
        TITRE_1,
        f"{_R}/InfoPrelevementSEPA/AncienICS",
        voisin=_r(apres=_prelevement(AncienICS="123456")),
    ),
    cas(
        "pes.ligne.ancienne_banque",
        A,
        "the old bank and the old IBAN",
        _r(apres=_prelevement(AncienneBanque="1", AncienIBAN=f.IBAN)),
        TITRE_1,
        f"{_R}/InfoPrelevementSEPA/AncienIBAN",
        voisin=_r(apres=_prelevement(AncienneBanque="0", AncienIBAN=f.IBAN)),
    ),
    cas(
        "pes.ligne.retour",
        A,
        "a Recouvrement from the ordonnateur",
        _r(fin=_RECOUVREMENT),
        TITRE_1,
        f"{X_RL}/Recouvrement[1]",
        voisin=_r(),
    ),
)

IMPUTATION: tuple[Cas, ...] = (
    cas(
        "pes.ligne.mttva",
        B,
        "zero VAT in a titre",
        _r(MtTVA="0.00"),
        TITRE_1,
        f"{_RI}/MtTVA",
        voisin=_d(MtTVA="0.00"),
        xsd=True,
    ),
    cas(
        "pes.ligne.txtva",
        A,
        "a rate without VAT",
        _r(TxTva="20.00"),
        TITRE_1,
        f"{_RI}/TxTva",
        voisin=_r(TxTva="20.00", MtTVA="20.00"),
    ),
    cas(
        "pes.ligne.majoration",
        B,
        "Majo 1 without date nor rate",
        _r(Majo="1"),
        TITRE_1,
        f"{_RI}/Majo",
        voisin=_r(Majo="1", DteMajo="2026-11-21", TxMajo="10.00", apres=_LISTE),
    ),
    cas(
        "pes.ligne.majoration",
        B,
        "Majo 1 and another original than the list",
        _r(Majo="true", DteMajo="2026-11-21", TxMajo="10.00", apres=_original()),
        TITRE_1,
        f"{_RI}/Majo",
    ),
    cas(
        "pes.ligne.majoration",
        B,
        "Majo 0 with a rate",
        _r(TxMajo="10.00"),
        TITRE_1,
        f"{_RI}/TxMajo",
        voisin=_r(),
    ),
    cas(
        "pes.ligne.fonction",
        B,
        "a fonction in M4",
        _d(Fonction="020"),
        MANDAT_1,
        f"{_DI}/Fonction",
        voisin=_d(),
        reglages=en_m("M4"),
    ),
    cas(
        "pes.ligne.operation",
        B,
        "an operation in M22",
        _d(Operation="0000000001"),
        MANDAT_1,
        f"{_DI}/Operation",
        voisin=_d(),
        reglages=en_m("M22"),
    ),
    cas(
        "pes.ligne.assure",
        B,
        "an insured person in M57",
        _r(apres=_ASSURE),
        TITRE_1,
        f"{_R}/InfoAssure",
        voisin=_r(),
        reglages=en_m("M57"),
    ),
    cas(
        "pes.ligne.convention",
        A,
        "a mandat 01/06/01 without IdConv",
        depense(p={"TypPce": "06"}),
        MANDAT_1,
        _D,
        voisin=depense(f.ligne(apres=_CONVENTION), p={"TypPce": "06"}),
    ),
    cas(
        "pes.ligne.convention",
        A,
        "a titre 01/10/02 without IdConv",
        recette(p={"TypPce": "10", "NatPce": "02"}),
        TITRE_1,
        _R,
        voisin=recette(f.ligne(recette=True, apres=_CONVENTION), p={"TypPce": "10"}),
    ),
)

ORIGINAL: tuple[Cas, ...] = (
    cas(
        "pes.ligne.rattachement.absent",
        B,
        "an annulation that names no original",
        _annule(""),
        MANDAT_1,
        _D,
        voisin=_annule(_original()),
    ),
    cas(
        "pes.ligne.rattachement.absent",
        B,
        "a titre 02/02/06 that names no original",
        recette(p=_ANNULATION, b={"TypBord": "02"}),
        TITRE_1,
        _R,
    ),
    cas(
        "pes.ligne.rattachement.nature",
        B,
        "02 and 01 swapped",
        _annule(_original(NatPceOrig="02")),
        MANDAT_1,
        f"{_D}/RattachPiece/NatPceOrig",
        voisin=_annule(_original()),
    ),
    cas(
        "pes.ligne.rattachement.paiement",
        B,
        "TypPce 05 of another nature than the payment",
        depense(f.ligne(apres=_original()), p={"TypPce": "05"}),
        MANDAT_1,
        f"{_D}/RattachPiece/NatPceOrig",
        voisin=depense(
            f.ligne(apres=_original(NatPceOrig="03", IdLigneOrig=None)), p={"TypPce": "05"}
        ),
    ),
    cas(
        "pes.ligne.rattachement.exercice",
        B,
        "02/02/06 on a former year",
        _annule(_original(ExerRat="2025")),
        MANDAT_1,
        f"{_D}/RattachPiece/ExerRat",
        voisin=_annule(_original()),
    ),
    cas(
        "pes.ligne.rattachement.exercice",
        B,
        "01/02/09 on the same year",
        _ferme(_original(NatPceOrig="02")),
        MANDAT_1,
        f"{_D}/RattachPiece/ExerRat",
        voisin=_ferme(_original(NatPceOrig="02", ExerRat="2025")),
    ),
    cas(
        "pes.ligne.rattachement.ligne",
        B,
        "the ligne of the original is missing",
        _annule(_original(IdLigneOrig=None)),
        MANDAT_1,
        f"{_D}/RattachPiece",
        voisin=_annule(_original(IdLigneOrig="000001")),
    ),
    cas(
        "pes.ligne.rattachement.ligne",
        B,
        "a payment has no ligne",
        depense(f.ligne(apres=_original(NatPceOrig="03")), p={"TypPce": "05"}),
        MANDAT_1,
        f"{_D}/RattachPiece/IdLigneOrig",
        voisin=depense(
            f.ligne(apres=_original(NatPceOrig="03", IdLigneOrig="0")), p={"TypPce": "05"}
        ),
    ),
)

CAS = PAIEMENT + IMPUTATION + ORIGINAL
