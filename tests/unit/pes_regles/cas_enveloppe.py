"""Envelope, header, whole file, signatures: one faulty file for each rule."""

from __future__ import annotations

from tests.unit.pes_check import fabrique as f
from tests.unit.pes_regles.epreuve import (
    BORD,
    X_DB,
    X_DEP,
    X_RB,
    X_REC,
    A,
    B,
    Cas,
    F,
    P,
    cas,
    depense,
    en_m,
    recette,
)
from vaguemestre.pes.examen import Reglages

_PARAMETRES = "/n:PES_Aller/Enveloppe/Parametres"
_ENTETE = "/n:PES_Aller/EnTetePES"
_FINESS = "123456782"
_AUTRE_FINESS = "987654324"
_SIGNE = f.SIGNATURE


def _deux(*, recette: bool = False, **second: str | None) -> bytes:
    """Two bordereaux, 12 and another."""
    return f.pes(
        f.domaine(
            f.bordereau(recette=recette),
            f.bordereau(recette=recette, **{"IdBord": "13", **second}),  # type: ignore[arg-type]
            recette=recette,
        )
    )


def _signe(*bordereaux: str, dematerialise: str | None = "1", fin: str = "") -> bytes:
    return f.pes(f.domaine(*bordereaux, dematerialise=dematerialise), fin=fin)


def _b(**c: str | None) -> str:
    return f.bordereau(MtCumulAnnuel="100.00", **c)  # type: ignore[arg-type]


ENVELOPPE: tuple[Cas, ...] = (
    cas(
        "pes.enveloppe.version",
        F,
        "envelope of version 1",
        f.pes(enveloppe={"Version": "1"}),
        "enveloppe",
        f"{_PARAMETRES}/Version",
        voisin=f.pes(enveloppe={"Version": "2"}),
    ),
    cas(
        "pes.enveloppe.typfic",
        A,
        "a type of file nobody knows",
        f.pes(enveloppe={"TypFic": "PESALR9"}),
        "enveloppe",
        f"{_PARAMETRES}/TypFic",
        voisin=f.pes(enveloppe={"TypFic": "PESORMC"}),
    ),
    cas(
        "pes.fichier.encodage",
        A,
        "declared UTF-8",
        f.pes(tete='<?xml version="1.0" encoding="UTF-8"?>\n'),
        "fichier",
        "/n:PES_Aller",
        voisin=f.pes(tete='<?xml version="1.0" encoding="iso-8859-1"?>\n'),
    ),
    cas(
        "pes.fichier.encodage",
        A,
        "a byte order mark before a declaration of ISO-8859-1",
        b"\xef\xbb\xbf" + f.pes(tete=""),
        "fichier",
        "/n:PES_Aller",
    ),
    cas(
        "pes.fichier.taille",
        F,
        "over the limit by a byte",
        f.pes(),
        "fichier",
        "/n:PES_Aller",
        voisin=f.pes(enveloppe={"NomFic": "PESALR2_219800014_261121_01"}),
        reglages=Reglages(taille_max=len(f.pes()) - 1),
    ),
    cas(
        "pes.fichier.vide",
        F,
        "neither bordereau nor PJ",
        f.pes(""),
        "fichier",
        "/n:PES_Aller",
        voisin=f.pes(f.pes_pj(f.pj(refs=f.ref_compta()))),
    ),
    cas(
        "pes.entete.idcoll",
        A,
        "a SIRET whose key is wrong",
        f.pes(IdColl="21980001800019"),
        "en-tête",
        f"{_ENTETE}/IdColl",
        voisin=f.pes(IdColl=f.SIRET),
    ),
    cas(
        "pes.entete.finjur",
        F,
        "a FINESS in M57",
        f.pes(FinJur=_FINESS),
        "en-tête",
        f"{_ENTETE}/FinJur",
        voisin=f.pes(),
        reglages=en_m("M57"),
    ),
    cas(
        "pes.entete.finjur",
        F,
        "no FINESS in M21",
        f.pes(),
        "en-tête",
        _ENTETE,
        voisin=f.pes(FinJur=_FINESS),
        reglages=en_m("M21"),
    ),
    cas(
        "pes.entete.finjur.helios",
        F,
        "another FINESS than the one set up",
        f.pes(FinJur=_AUTRE_FINESS),
        "en-tête",
        f"{_ENTETE}/FinJur",
        voisin=f.pes(FinJur=_FINESS),
        reglages=en_m("M21", finess={"00": _FINESS}),
    ),
    cas(
        "pes.entete.finjur.cle",
        A,
        "a FINESS whose key is wrong",
        f.pes(FinJur="123456789"),
        "en-tête",
        f"{_ENTETE}/FinJur",
        voisin=f.pes(FinJur=_FINESS),
        reglages=en_m("M21"),
    ),
    cas(
        "pes.domaine.idver",
        F,
        "dépense of version 1",
        f.pes(f.domaine(version="1")),
        "depense",
        f"{X_DEP}/EnTeteDepense/IdVer",
        voisin=f.pes(f.domaine(version="2")),
    ),
    cas(
        "pes.domaine.idver",
        F,
        "recette of version 1",
        f.pes(f.domaine(recette=True, version="1")),
        "recette",
        f"{X_REC}/EnTeteRecette/IdVer",
        voisin=f.pes(f.domaine(recette=True)),
    ),
    cas(
        "pes.pes_pj.idver",
        P,
        "PES_PJ of version 2",
        depense(refs=f.pj_ref(), suite=f.pes_pj(f.pj(), version="2")),
        "PES_PJ",
        "/n:PES_Aller/PES_PJ/EnTetePES_PJ/IdVer",
        voisin=depense(refs=f.pj_ref(), suite=f.pes_pj(f.pj())),
    ),
    cas(
        "pes.bordereau.double",
        B,
        "twice the bordereau 12",
        _deux(IdBord="12"),
        BORD,
        f"{X_DEP}/Bordereau[2]/BlocBordereau/IdBord",
        voisin=_deux(),
    ),
    cas(
        "pes.bordereau.double",
        B,
        "12 and 0000012 are one number",
        _deux(IdBord="0000012"),
        "bordereau 0000012",
        f"{X_DEP}/Bordereau[2]/BlocBordereau/IdBord",
        voisin=f.pes(f.domaine(), f.domaine(recette=True)),
    ),
    cas(
        "pes.bordereau.indistinct",
        A,
        "12 of type 01 and 12 of type 03",
        _deux(IdBord="12", TypBord="03"),
        BORD,
        f"{X_DB}/BlocBordereau/IdBord",
        voisin=_deux(IdBord="12", TypBord="03", Exer="2025"),
    ),
)

SIGNATURES: tuple[Cas, ...] = (
    cas(
        "sig.absente",
        F,
        "dématérialisé and not signed",
        depense(dematerialise="1", b={"MtCumulAnnuel": "100.00"}),
        BORD,
        X_DB,
        voisin=_signe(_b(id_="B12", signature=_SIGNE)),
    ),
    cas(
        "sig.absente",
        F,
        "a titre dématérialisé and not signed",
        recette(dematerialise="1", b={"MtCumulAnnuel": "100.00"}),
        BORD,
        X_RB,
        voisin=recette(dematerialise=None),
    ),
    cas(
        "sig.absente",
        F,
        "the second bordereau is not signed",
        _signe(_b(id_="B12", signature=_SIGNE), _b(IdBord="13")),
        "bordereau 13",
        f"{X_DEP}/Bordereau[2]",
        voisin=_signe(_b(), _b(IdBord="13"), fin=_SIGNE),
        xsd=True,
    ),
    cas(
        "sig.interdite",
        F,
        "signed bordereau, InfoDematerialisee 0",
        _signe(_b(id_="B12", signature=_SIGNE), dematerialise="0"),
        "depense",
        f"{X_DEP}/EnTeteDepense/InfoDematerialisee",
        voisin=_signe(_b(id_="B12", signature=_SIGNE)),
        xsd=True,
    ),
    cas(
        "sig.interdite",
        F,
        "signed flux, no InfoDematerialisee",
        _signe(_b(), dematerialise=None, fin=_SIGNE),
        "depense",
        f"{X_DEP}/EnTeteDepense",
        voisin=_signe(_b(), fin=_SIGNE),
        xsd=True,
    ),
    cas(
        "sig.melee",
        F,
        "a signature of the flux and one of the bordereau",
        _signe(_b(id_="B12", signature=_SIGNE), fin=_SIGNE),
        "fichier",
        "/n:PES_Aller",
        voisin=_signe(_b(), fin=_SIGNE),
        xsd=True,
    ),
    cas(
        "sig.id.double",
        F,
        "two bordereaux with one Id",
        f.pes(f.domaine(f.bordereau(id_="B1"), f.bordereau(id_="B1", IdBord="13"))),
        "bordereau 13",
        f"{X_DEP}/Bordereau[2]",
        voisin=f.pes(f.domaine(f.bordereau(id_="B1"), f.bordereau(id_="B2", IdBord="13"))),
        xsd=True,
    ),
    cas(
        "sig.bordereau.id",
        F,
        "signed without Id",
        _signe(_b(signature=_SIGNE)),
        BORD,
        X_DB,
        voisin=_signe(_b(id_="B12", signature=_SIGNE)),
        xsd=True,
    ),
    cas(
        "sig.bordereau.multiple",
        A,
        "signed twice",
        _signe(_b(id_="B12", signature=_SIGNE * 2)),
        BORD,
        X_DB,
        voisin=_signe(_b(id_="B12", signature=_SIGNE)),
        xsd=True,
    ),
)

CAS = ENVELOPPE + SIGNATURES
