"""A small fictitious PES, as text, for the simulator's tests."""

from __future__ import annotations

from collections.abc import Sequence

SIGNATURE = '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>'


def bordereau(numero: int, objet: str = "Fournitures", signe: bool = False) -> str:
    return (
        f'<Bordereau><BlocBordereau><Exer V="2026"/><IdBord V="{numero}"/><TypBord V="01"/>'
        f'</BlocBordereau><Piece><BlocPiece><InfoPce><IdPce V="{numero * 10}"/><TypPce V="01"/>'
        f'<Obj V="{objet}"/></InfoPce></BlocPiece><LigneDePiece><BlocLignePiece><InfoLignePce>'
        f'<IdLigne V="1"/></InfoLignePce></BlocLignePiece></LigneDePiece></Piece>'
        f"{SIGNATURE if signe else ''}</Bordereau>"
    )


def pes(
    depenses: Sequence[str] = (bordereau(12),),
    *,
    recettes: Sequence[str] = (),
    pjs: Sequence[str] = ("PJ0001", "PJ0002"),
    nomfic: str = "FLUX_1",
    demat: int = 0,
    globale: bool = False,
) -> bytes:
    """ISO-8859-1 bytes; only what the simulated Guichet reads by itself is there."""
    blocs = "".join(
        f'<PES_{nom}Aller><EnTete{nom}><IdVer V="2"/><InfoDematerialisee V="{demat}"/>'
        f"</EnTete{nom}>{''.join(bordereaux)}</PES_{nom}Aller>"
        for nom, bordereaux in (("Depense", depenses), ("Recette", recettes))
        if bordereaux
    )
    pieces = "".join(
        f'<PJ><Contenu><Fichier>AAAA</Fichier></Contenu><IdUnique V="{pj}"/></PJ>' for pj in pjs
    )
    return (
        '<?xml version="1.0" encoding="ISO-8859-1"?>\n'
        '<n:PES_Aller xmlns:n="http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller">'
        f'<Enveloppe><Parametres><Version V="2"/><TypFic V="PESALR2"/><NomFic V="{nomfic}"/>'
        '</Parametres><Emetteur><Sigle V="ÉDITEUR"/><Adresse V="LOGICIEL 1 &amp; 2"/></Emetteur>'
        '</Enveloppe><EnTetePES><DteStr V="2026-11-21"/><IdPost V="034011"/>'
        '<IdColl V="21340172300019"/><CodCol V="123"/><CodBud V="00"/>'
        '<LibelleColBud V="COMMUNE DE L\'ÉTÉ"/></EnTetePES>'
        f"{blocs}{f'<PES_PJ>{pieces}</PES_PJ>' if pjs else ''}{SIGNATURE if globale else ''}"
        "</n:PES_Aller>"
    ).encode("iso-8859-1")
