"""PJ, their links, and what the register knows: one faulty file for each rule."""

from __future__ import annotations

import gzip
from decimal import Decimal

from tests.unit.pes_check import fabrique as f
from tests.unit.pes_regles.epreuve import (
    BORD,
    MANDAT,
    X_DEP,
    X_DP,
    X_PJ,
    A,
    B,
    Cas,
    F,
    P,
    Registre,
    cas,
    depense,
    en_m,
)

_PJ = "PJ PJ0001"
_PDF = f.PDF
_ZIP = b"PK\x03\x04" + bytes(60) + b"PK\x05\x06" + bytes(18)
_NOM = "PESALR2_219800014_261121_001"


def _avec(octets: bytes = _PDF, **c: object) -> bytes:
    """One mandat with its PJ."""
    return depense(refs=f.pj_ref(), suite=f.pes_pj(f.pj(octets, **c)))  # type: ignore[arg-type]


def _seule(refs: str, **c: str | None) -> bytes:
    return f.pes(f.pes_pj(f.pj(refs=refs, **c)))  # type: ignore[arg-type]


def _xml(texte: bytes) -> bytes:
    return _avec(texte, mime="application/xml", NomPJ="facture.xml")


_GZIP = gzip.compress(_PDF, mtime=0)

CONTENU: tuple[Cas, ...] = (
    cas(
        "xsd.fichier.base64",
        F,
        "a star in the base64",
        _avec(texte=f.contenu(_PDF)[:40] + "*" + f.contenu(_PDF)[40:]),
        _PJ,
        f"{X_PJ}/Contenu/Fichier",
        voisin=_avec(texte=f.contenu(_PDF)[:40] + "\n " + f.contenu(_PDF)[40:]),
        xsd=True,
    ),
    cas(
        "pj.vide",
        P,
        "no content",
        _avec(texte=""),
        _PJ,
        f"{X_PJ}/Contenu/Fichier",
        voisin=_avec(),
    ),
    cas(
        "pj.vide",
        P,
        "an empty document",
        _avec(b""),
        _PJ,
        f"{X_PJ}/Contenu/Fichier",
        voisin=_avec(),
    ),
    cas(
        "pj.gzip",
        P,
        "not compressed",
        _avec(texte=f.contenu(_PDF, compresser=False)),
        _PJ,
        f"{X_PJ}/Contenu/Fichier",
        voisin=_avec(texte=f.contenu(_GZIP + _GZIP, compresser=False)),
    ),
    cas(
        "pj.gzip",
        P,
        "the end of the gzip is missing",
        _avec(texte=f.contenu(_GZIP[:-4], compresser=False)),
        _PJ,
        f"{X_PJ}/Contenu/Fichier",
    ),
    cas(
        "pj.abimee",
        A,
        "a PDF without its end",
        _avec(_PDF[:-6]),
        _PJ,
        f"{X_PJ}/Contenu/Fichier",
        voisin=_avec(),
    ),
    cas(
        "pj.abimee",
        A,
        "an XML invoice that is not well formed",
        _xml(b"<?xml version='1.0'?><facture>"),
        _PJ,
        f"{X_PJ}/Contenu/Fichier",
        voisin=_xml(b"<?xml version='1.0'?><facture/>"),
    ),
    cas(
        "pj.fragile",
        A,
        "a PDF without startxref",
        _avec(_PDF.replace(b"startxref", b"")),
        _PJ,
        f"{X_PJ}/Contenu/Fichier",
        voisin=_avec(),
    ),
    cas(
        "pj.mime",
        P,
        "an archive announced as a PDF",
        _avec(_ZIP),
        _PJ,
        f"{X_PJ}/Contenu/Fichier",
        voisin=_avec(_ZIP, mime="application/zip", NomPJ="plis.zip"),
    ),
    cas(
        "pj.mime.inconnu",
        A,
        "a type nobody checks",
        _avec(mime="application/x-inconnu"),
        _PJ,
        f"{X_PJ}/Contenu/Fichier",
        voisin=_avec(mime="Application/PDF"),
    ),
    cas(
        "pj.extension",
        P,
        "a PDF called .png",
        _avec(NomPJ="facture.png"),
        _PJ,
        f"{X_PJ}/NomPJ",
        voisin=_avec(NomPJ="facture.PDF"),
    ),
    cas(
        "pj.extension.mime",
        A,
        "called .pdf, announced as XML",
        _avec(mime="application/xml"),
        _PJ,
        f"{X_PJ}/NomPJ",
        voisin=_avec(mime="application/x-pdf"),
    ),
)

LIENS: tuple[Cas, ...] = (
    cas(
        "pj.typepj",
        P,
        "a type of recette for a dépense",
        _seule(f.ref_compta(), TypePJ="002"),
        _PJ,
        f"{X_PJ}/TypePJ",
        voisin=_seule(f.ref_compta(), TypePJ="004"),
    ),
    cas(
        "pj.typepj",
        P,
        "a domain that takes no PJ",
        _seule(f.ref_compta(Domaine="03")),
        _PJ,
        f"{X_PJ}/RefCompta[1]/Domaine",
        voisin=_seule(f.ref_compta()),
    ),
    cas(
        "pj.refcompta",
        P,
        "a budget document that refers to nothing",
        depense(refs=f.pj_ref(), suite=f.pes_pj(f.pj(TypePJ="012"))),
        _PJ,
        f"{X_PJ}/TypePJ",
        voisin=_seule(f.ref_compta(Domaine="04"), TypePJ="012"),
    ),
    cas(
        "pj.refcompta.identifiant",
        P,
        "a reference that names nothing",
        _seule(f.ref_compta(Identifiant=None)),
        _PJ,
        f"{X_PJ}/RefCompta[1]",
        voisin=_seule(f.ref_compta()),
    ),
    cas(
        "pj.refcompta.complement",
        A,
        "the ligne 0",
        _seule(f.ref_compta(ComplementIdentifiant="0")),
        _PJ,
        f"{X_PJ}/RefCompta[1]/ComplementIdentifiant",
        voisin=_seule(f.ref_compta(ComplementIdentifiant="1")),
        xsd=True,
    ),
    cas(
        "pj.double",
        P,
        "one IdUnique twice",
        depense(refs=f.pj_ref(), suite=f.pes_pj(f.pj(), f.pj(NomPJ="facture_2.pdf"))),
        _PJ,
        "/n:PES_Aller/PES_PJ/PJ[2]/IdUnique",
        voisin=depense(
            refs=f.pj_ref() + f.pj_ref("PJ0002"),
            suite=f.pes_pj(f.pj(), f.pj(IdUnique="PJ0002")),
        ),
    ),
    cas(
        "pj.orpheline",
        P,
        "cited by nothing",
        depense(suite=f.pes_pj(f.pj())),
        _PJ,
        f"{X_PJ}/IdUnique",
        voisin=depense(f.ligne(refs=f.pj_ref()), suite=f.pes_pj(f.pj())),
    ),
    cas(
        "pj.support",
        F,
        "on paper, and in the file",
        depense(refs=f.pj_ref(support="02"), suite=f.pes_pj(f.pj())),
        MANDAT,
        f"{X_DP}/BlocPiece/InfoPce/PJRef[1]/Support",
        voisin=depense(refs=f.pj_ref(support="01"), suite=f.pes_pj(f.pj())),
    ),
)


def _cumule(*cumuls: str | None) -> bytes:
    """Bordereaux 12, 13… of 100.00, each with its running total."""
    return f.pes(
        f.domaine(
            *(
                f.bordereau(IdBord=str(12 + rang), MtCumulAnnuel=cumul)
                for rang, cumul in enumerate(cumuls)
            )
        )
    )


_SERIE = ("123", "00", "depense", 2026, "01")
_DIT = Registre(cumuls={_SERIE: Decimal("900.00")})

REGISTRE: tuple[Cas, ...] = (
    cas(
        "registre.nomfic",
        F,
        "this NomFic was sent",
        f.pes(),
        "enveloppe",
        "/n:PES_Aller/Enveloppe/Parametres/NomFic",
        voisin=f.pes(CodCol="124"),
        registre=Registre(nomfics={(_NOM, "123"): "flux-7"}),
    ),
    cas(
        "registre.bordereau",
        B,
        "this bordereau was sent",
        f.pes(),
        BORD,
        f"{X_DEP}/Bordereau[1]/BlocBordereau/IdBord",
        voisin=depense(b={"Exer": "2025"}),
        registre=Registre(bordereaux={(*_SERIE, 12): "flux-7"}),
    ),
    cas(
        "registre.cumul",
        A,
        "the year does not add up",
        _cumule("1000.01"),
        BORD,
        f"{X_DEP}/Bordereau[1]/BlocBordereau/MtCumulAnnuel",
        voisin=_cumule("1000.00"),
        registre=_DIT,
    ),
    cas(
        "registre.cumul",
        A,
        "the second bordereau does not add up",
        _cumule("1000.00", "1200.00"),
        "bordereau 13",
        f"{X_DEP}/Bordereau[2]/BlocBordereau/MtCumulAnnuel",
        voisin=_cumule("1000.00", "1100.00"),
        registre=_DIT,
    ),
    cas(
        "registre.pjref.absente",
        F,
        "a PJ that was never sent",
        depense(refs=f.pj_ref("PJ0009")),
        MANDAT,
        f"{X_DP}/BlocPiece/InfoPce/PJRef[1]/IdUnique",
        voisin=depense(refs=f.pj_ref("PJ0001")),
        registre=Registre(pjs={("123", "PJ0001"): "flux-7"}),
    ),
    cas(
        "registre.pjref.inconnue",
        A,
        "a PJ that is not there, and no register",
        depense(f.ligne(refs=f.pj_ref("PJ0009") * 2)),
        f"{MANDAT} / ligne 1",
        f"{X_DP}/LigneDePiece[1]/BlocLignePiece/InfoLignePce/PJRef[1]/IdUnique",
        voisin=depense(refs=f.pj_ref(support="02")),
    ),
    cas(
        "registre.pj",
        P,
        "this PJ was sent",
        _avec(),
        _PJ,
        f"{X_PJ}/IdUnique",
        voisin=depense(refs=f.pj_ref("PJ0002"), suite=f.pes_pj(f.pj(IdUnique="PJ0002"))),
        registre=Registre(pjs={("123", "PJ0001"): "flux-7"}),
        reglages=en_m("M57"),
    ),
)

CAS = CONTENU + LIENS + REGISTRE
