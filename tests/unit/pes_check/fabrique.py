"""A small builder of PES files for the tests: fictitious people and bodies, valid keys.

Every function takes the leaves to change as keywords: `None` leaves one out.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterable
from pathlib import Path
from typing import Any

SIRET = "21980001800018"
SIRET_TIERS = "73282932000074"
IBAN = "FR7630001007941234567890185"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\nxref\n0 1\ntrailer<<>>\nstartxref\n9\n%%EOF\n"
TETE = '<?xml version="1.0" encoding="ISO-8859-1"?>\n'
ESPACE = "http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller"
SIGNATURE = (
    '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo/></ds:Signature>'
)
Valeurs = dict[str, Any]


def feuilles(defauts: Valeurs, changements: Valeurs) -> str:
    """Leaves in the order of the defaults; a change that is new must say after which one."""
    valeurs = {**defauts, **changements}
    return "".join(f'<{nom} V="{v}"/>' for nom, v in valeurs.items() if v is not None)


def pj_ref(id_unique: str = "PJ0001", support: str = "01", type_: str | None = "003") -> str:
    return (
        "<PJRef>"
        + feuilles({"Support": support, "IdUnique": id_unique, "NomPJ": None, "TypePJ": type_}, {})
        + "</PJRef>"
    )


def adresse(**c: Any) -> str:
    defauts: Valeurs = {
        "TypAdr": "1",
        "Adr2": "12 RUE DES ESSAIS",
        "CP": "98800",
        "Ville": "NOUMEA",
        "CodRes": "0",
        "CodPays": None,
    }
    return f"<Adresse>{feuilles(defauts, c)}</Adresse>"


def compte(**c: Any) -> str:
    defauts: Valeurs = {
        "IdPayInt": None,
        "IdBancInt": None,
        "CodeEtab": None,
        "CodeGuic": None,
        "IdCpte": None,
        "CleRib": None,
        "BIC": "BDFEFRPPCCT",
        "IBAN": IBAN,
        "TitCpte": "SOCIETE EXEMPLE",
    }
    return f"<CpteBancaire>{feuilles(defauts, c)}</CpteBancaire>"


def tiers(
    *,
    adr: str | None = None,
    cpte: str | None = None,
    recette: bool = False,
    lieu: str = "",
    **c: Any,
) -> str:
    """A company by default; `CatTiers="01"` with its own leaves makes a person."""
    defauts: Valeurs = {
        "IdTiers": SIRET_TIERS,
        "DteNaissance": None,
        "NatIdTiers": "01",
        "RefTiers": "F0042",
        "CatTiers": "50",
        "NatJur": "03",
        "TypTiers": "01" if recette else None,
        "Civilite": None,
        "Nom": "SOCIETE EXEMPLE",
        "Prenom": None,
    }
    adr = adresse() if adr is None else adr
    cpte = compte() if cpte is None else cpte
    return f"<Tiers><InfoTiers>{feuilles(defauts, c)}{lieu}</InfoTiers>{adr}{cpte}</Tiers>"


PERSONNE: Valeurs = {
    "IdTiers": None,
    "NatIdTiers": None,
    "CatTiers": "01",
    "NatJur": "01",
    "Civilite": "MME",
    "Nom": "EXEMPLE",
    "Prenom": "ALICE",
}


def ligne(
    *,
    recette: bool = False,
    apres: str = "",
    refs: str = "",
    qui: str | None = None,
    fin: str = "",
    **c: Any,
) -> str:
    defauts: Valeurs = (
        {
            "IdLigne": "1",
            "ObjLignePce": "CANTINE",
            "CodProdLoc": "CANT",
            "Nature": "7067",
            "Fonction": None,
            "Operation": None,
            "TxTva": None,
            "Majo": "0",
            "DteMajo": None,
            "TxMajo": None,
            "TvaIntraCom": "0",
            "MtHT": "100.00",
            "MtTVA": None,
        }
        if recette
        else {
            "IdLigne": "1",
            "Nature": "60612",
            "Fonction": None,
            "Operation": None,
            "LibVir1": "FACTURE 1",
            "ModRegl": "03",
            "TVAIntraCom": "0",
            "MtHT": "100.00",
            "MtTVA": None,
        }
    )
    nom = "InfoLignePiece" if recette else "InfoLignePce"
    qui = tiers(recette=recette) if qui is None else qui
    return (
        f"<LigneDePiece><BlocLignePiece><{nom}>{feuilles(defauts, c)}{refs}</{nom}>{apres}"
        f"</BlocLignePiece>{qui}{fin}</LigneDePiece>"
    )


def piece(
    *lignes: str,
    recette: bool = False,
    refs: str = "",
    suite: Valeurs | None = None,
    **c: Any,
) -> str:
    """`suite`: leaves of a titre that stand after its PJRef."""
    defauts: Valeurs = (
        {
            "CodServ": None,
            "IdPce": "87",
            "TypPce": "01",
            "NatPce": "01",
            "IdRol": None,
            "DteAsp": None,
            "Edition": None,
            "EnvRetour": None,
            "ObjPce": "RESTAURATION",
            "DebFact": None,
            "FinFact": None,
            "NumDette": None,
        }
        if recette
        else {"IdPce": "411", "TypPce": "01", "NatPce": "01", "Obj": "FOURNITURES"}
    )
    contenu = feuilles(defauts, c) + refs + feuilles({}, suite or {})
    contenu = contenu if recette else f"<InfoPce>{contenu}</InfoPce>"
    corps = "".join(lignes) or ligne(recette=recette)
    return f"<Piece><BlocPiece>{contenu}</BlocPiece>{corps}</Piece>"


def bordereau(
    *pieces: str,
    recette: bool = False,
    id_: str | None = None,
    signature: str = "",
    **c: Any,
) -> str:
    defauts: Valeurs = {
        "Exer": "2026",
        "IdBord": "12",
        "DteBordEm": "2026-11-21",
        "TypBord": "01",
        "NbrPce": str(len(pieces) or 1),
        "MtCumulAnnuel": None,
        "MtBordHt" if recette else "MtBordHT": "100.00",
        "MtBordTVA": None,
        "DteAsp": None,
        "Objet": None,
    }
    attribut = f' Id="{id_}"' if id_ else ""
    corps = "".join(pieces) or piece(recette=recette)
    return (
        f"<Bordereau{attribut}><BlocBordereau>{feuilles(defauts, c)}</BlocBordereau>"
        f"{corps}{signature}</Bordereau>"
    )


def domaine(
    *bordereaux: str, recette: bool = False, dematerialise: str | None = "0", version: str = "2"
) -> str:
    nom, entete = (
        ("PES_RecetteAller", "EnTeteRecette") if recette else ("PES_DepenseAller", "EnTeteDepense")
    )
    tete = feuilles({"IdVer": version, "InfoDematerialisee": dematerialise}, {})
    corps = "".join(bordereaux) or bordereau(recette=recette)
    return f"<{nom}><{entete}>{tete}</{entete}>{corps}</{nom}>"


def contenu(octets: bytes, *, compresser: bool = True) -> str:
    paquet = gzip.compress(octets, mtime=0) if compresser else octets
    return base64.b64encode(paquet).decode("ascii")


def pj(
    octets: bytes = PDF,
    *,
    texte: str | None = None,
    mime: str = "application/pdf",
    refs: str = "",
    **c: Any,
) -> str:
    defauts: Valeurs = {
        "IdUnique": "PJ0001",
        "NomPJ": "facture_1.pdf",
        "TypePJ": "003",
        "Description": "Facture",
    }
    texte = contenu(octets) if texte is None else texte
    return (
        f'<PJ><Contenu><Fichier MIMEType="{mime}">{texte}</Fichier></Contenu>'
        f"{feuilles(defauts, c)}{refs}</PJ>"
    )


def ref_compta(**c: Any) -> str:
    defauts: Valeurs = {
        "Domaine": "01",
        "Exercice": "2026",
        "TypeObjet": "01",
        "Identifiant": "411",
        "ComplementIdentifiant": None,
    }
    return f"<RefCompta>{feuilles(defauts, c)}</RefCompta>"


def pes_pj(*pjs: str, version: str = "1") -> str:
    return f'<PES_PJ><EnTetePES_PJ><IdVer V="{version}"/></EnTetePES_PJ>{"".join(pjs)}</PES_PJ>'


def pes(
    *blocs: str,
    tete: str = TETE,
    fin: str = "",
    enveloppe: Valeurs | None = None,
    **c: Any,
) -> bytes:
    """A whole file; without blocks: one dépense with one mandat."""
    defauts: Valeurs = {
        "DteStr": "2026-11-21",
        "IdPost": "988001",
        "IdColl": SIRET,
        "FinJur": None,
        "CodCol": "123",
        "CodBud": "00",
    }
    parametres = feuilles(
        {"Version": "2", "TypFic": "PESALR2", "NomFic": "PESALR2_219800014_261121_001"},
        enveloppe or {},
    )
    corps = "".join(blocs) if blocs else domaine()
    return (
        f'{tete}<n:PES_Aller xmlns:n="{ESPACE}"><Enveloppe><Parametres>{parametres}</Parametres>'
        '<Emetteur><Sigle V="EDITEUR"/><Adresse V="LOGICIEL 1.0"/></Emetteur></Enveloppe>'
        f"<EnTetePES>{feuilles(defauts, c)}</EnTetePES>{corps}{fin}</n:PES_Aller>"
    ).encode("iso-8859-1")


def gros(chemin: Path, pjs: Iterable[bytes], *, bordereaux: int, mandats: int) -> None:
    """Writes a large file straight to disk: `bordereaux` × `mandats` × 2 lignes, then the PJ."""

    with chemin.open("wb") as sortie:
        ids = [f"PJ{i:08d}" for i in range(1, 1 + bordereaux * mandats)]
        sortie.write(pes("@@").partition(b"@@")[0])
        sortie.write(b'<PES_DepenseAller><EnTeteDepense><IdVer V="2"/></EnTeteDepense>\n')
        for b in range(bordereaux):
            lots = [
                piece(
                    ligne(IdLigne="1"),
                    ligne(IdLigne="2", MtHT="50.00"),
                    IdPce=str(b * mandats + m + 1),
                    refs=pj_ref(ids[b * mandats + m]),
                )
                + "\n"
                for m in range(mandats)
            ]
            total = f"{150 * mandats}.00"
            sortie.write(bordereau(*lots, IdBord=str(b + 1), MtBordHT=total).encode() + b"\n")
        sortie.write(b'</PES_DepenseAller><PES_PJ><EnTetePES_PJ><IdVer V="1"/></EnTetePES_PJ>\n')
        for identifiant, octets in zip(ids, pjs, strict=False):
            texte = pj(octets, IdUnique=identifiant, NomPJ=f"{identifiant}.pdf").encode() + b"\n"
            sortie.write(texte)
        sortie.write(b"</PES_PJ></n:PES_Aller>\n")
