"""Fictitious PES Aller files and the sample keys, for the signature tests."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

from vaguemestre.signature.confiance import Confiance, lire_ders
from vaguemestre.signature.keys import SignerP12, ouvrir_p12
from vaguemestre.signature.preparation import BordereauASigner

CERTS = Path(__file__).resolve().parents[3] / "certs-sample"
QUAND = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
SIRET = "21999000900015"
_RACINE = '<n:PES_Aller xmlns:n="http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller">'


@cache
def cle(nom: str = "signataire") -> SignerP12:
    return ouvrir_p12(CERTS / f"{nom}.p12", "vaguemestre", datetime(2021, 1, 1, tzinfo=UTC))


@cache
def confiance() -> Confiance:
    return Confiance(
        ancres=lire_ders(CERTS / "racine.pem"),
        intermediaires=lire_ders(CERTS / "emettrice.pem"),
        crls=lire_ders(CERTS / "revoquees.crl.pem"),
    )


def cent_vingt(_: BordereauASigner) -> Decimal | None:
    return Decimal("120.00")


def depense(numero: int = 12, *, id_: str = "", cumul: str = "", type_: str = "01") -> str:
    attribut = f' Id="{id_}"' if id_ else ""
    total = f'<MtCumulAnnuel V="{cumul}"/>' if cumul else ""
    return (
        f'<Bordereau{attribut}><BlocBordereau><Exer V="2026"/><IdBord V="{numero}"/>'
        f'<DteBordEm V="2026-11-20"/><TypBord V="{type_}"/><NbrPce V="1"/>{total}'
        '<MtBordHT V="100.00"/><MtBordTVA V="20.00"/></BlocBordereau><Piece><BlocPiece><InfoPce>'
        f'<IdPce V="{numero}01"/><TypPce V="01"/><NatPce V="01"/><Obj V="Papeterie d\'été"/>'
        "</InfoPce></BlocPiece><LigneDePiece><BlocLignePiece><InfoLignePce>"
        '<IdLigne V="1"/><Nature V="6064"/><Fonction V="020"/><ModRegl V="03"/>'
        '<TVAIntraCom V="0"/><MtHT V="100.00"/><MtTVA V="20.00"/></InfoLignePce></BlocLignePiece>'
        '<Tiers><InfoTiers><RefTiers V="T1"/><CatTiers V="50"/><NatJur V="03"/>'
        '<Nom V="PAPETERIE INVENTEE"/></InfoTiers><Adresse><TypAdr V="1"/><Adr2 V="1 RUE FICTIVE"/>'
        '<CP V="99000"/><Ville V="NULLEPART"/><CodRes V="0"/></Adresse><CpteBancaire>'
        '<BIC V="BDFEFRPPCCT"/><IBAN V="FR7630001007941234567890185"/>'
        '<TitCpte V="PAPETERIE INVENTEE"/></CpteBancaire></Tiers></LigneDePiece></Piece>'
        "</Bordereau>"
    )


def recette(numero: int = 7, *, id_: str = "", cumul: str = "", type_: str = "01") -> str:
    attribut = f' Id="{id_}"' if id_ else ""
    total = f'<MtCumulAnnuel V="{cumul}"/>' if cumul else ""
    return (
        f'<Bordereau{attribut}><BlocBordereau><Exer V="2026"/><IdBord V="{numero}"/>'
        f'<DteBordEm V="2026-11-20"/><TypBord V="{type_}"/><NbrPce V="1"/>{total}'
        '<MtBordHt V="31.50"/></BlocBordereau><Piece><BlocPiece>'
        f'<IdPce V="{numero}01"/><TypPce V="01"/><NatPce V="01"/><ObjPce V="Cantine"/></BlocPiece>'
        '<LigneDePiece><BlocLignePiece><InfoLignePiece><IdLigne V="1"/><ObjLignePce V="CANTINE"/>'
        '<CodProdLoc V="CANT"/><Nature V="7067"/><Fonction V="251"/><Majo V="0"/>'
        '<TvaIntraCom V="0"/><MtHT V="31.50"/></InfoLignePiece></BlocLignePiece><Tiers><InfoTiers>'
        '<RefTiers V="U1"/><CatTiers V="01"/><NatJur V="01"/><TypTiers V="01"/><Civilite V="MME"/>'
        '<Nom V="INVENTEE"/><Prenom V="LISE"/></InfoTiers><Adresse><TypAdr V="1"/>'
        '<Adr2 V="2 RUE FICTIVE"/><CP V="99000"/><Ville V="NULLEPART"/><CodRes V="0"/></Adresse>'
        "</Tiers></LigneDePiece></Piece></Bordereau>"
    )


def domaine_depense(bordereaux: str, demat: str = '<InfoDematerialisee V="0"/>') -> str:
    return (
        f'<PES_DepenseAller><EnTeteDepense><IdVer V="2"/>{demat}</EnTeteDepense>'
        f"{bordereaux}</PES_DepenseAller>"
    )


def domaine_recette(bordereaux: str, demat: str = '<InfoDematerialisee V="0"/>') -> str:
    return (
        f'<PES_RecetteAller><EnTeteRecette><IdVer V="2"/>{demat}</EnTeteRecette>'
        f"{bordereaux}</PES_RecetteAller>"
    )


def pj(contenu: str = "H4sIAAAAAAAC/wMAAAAAAAAAAAA=", mime: str = "application/pdf") -> str:
    return (
        '<PES_PJ><EnTetePES_PJ><IdVer V="1"/></EnTetePES_PJ><PJ><Contenu>'
        f'<Fichier MIMEType="{mime}">{contenu}</Fichier></Contenu><IdUnique V="{SIRET}PJ1"/>'
        '<NomPJ V="facture.pdf"/><TypePJ V="003"/><Description V="Facture"/></PJ></PES_PJ>'
    )


def pes(*parties: str, encodage: str = "ISO-8859-1", racine: str = _RACINE) -> bytes:
    """A whole file, with its declaration."""
    texte = (
        f'<?xml version="1.0" encoding="{encodage}"?>\n{racine}<Enveloppe><Parametres>'
        '<Version V="2"/><TypFic V="PESALR2"/><NomFic V="ESSAI_001"/></Parametres><Emetteur>'
        '<Sigle V="ESSAI"/><Adresse V="ESSAI 1.0"/></Emetteur></Enveloppe><EnTetePES>'
        f'<DteStr V="2026-11-20"/><IdPost V="099001"/><IdColl V="{SIRET}"/><CodCol V="123"/>'
        '<CodBud V="00"/><LibelleColBud V="COMMUNE INVENTÉE"/></EnTetePES>'
        f"{''.join(parties)}</n:PES_Aller>"
    )
    return texte.encode(encodage)


def complet() -> bytes:
    """Two bordereaux of dépense, one of recette with the same number as one of them, one PJ."""
    return pes(domaine_depense(depense(12) + depense(13)), domaine_recette(recette(12)), pj())
