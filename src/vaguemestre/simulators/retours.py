"""PES_Retour as the DGFiP writes it: facts in, ISO-8859-1 bytes out (reference/pes.md §11).

Head and codes are those of the PES that is answered; CodCol is named CodColl there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from xml.sax.saxutils import quoteattr

from vaguemestre.simulators.acquits import ESPACE, Entete

INSTANCE, PRISE_EN_CHARGE, REJETEE, SOLDEE = "01", "02", "04", "05"
_NOMS = {"depense": ("Depense", "InfoPiece"), "recette": ("Recette", "BlocPiece")}


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceRendue:
    """What becomes of one mandat or titre. `etat`: EtatPce; dates ISO, '' to leave them out;
    `motif`: ObsEtat, codes joined by « - »; `paye`: what was paid or collected, '' for nothing."""

    domaine: str
    exercice: int
    type: str
    bordereau: int
    numero: int
    etat: str = PRISE_EN_CHARGE
    montant_ht: str = "100.00"
    prise_en_charge: str = ""
    rejet: str = ""
    instance: str = ""
    motif: str = ""
    commentaire: str = ""
    paye: str = ""
    paye_le: str = ""


def retour(
    entete: Entete, pieces: Iterable[PieceRendue], *, nomfic: str, restitution: str
) -> bytes:
    """The whole file; pièces of one bordereau must follow each other, dépense before recette."""
    lignes = [
        '<?xml version="1.0" encoding="ISO-8859-1"?>',
        f'<n:PES_Retour xmlns:n="{ESPACE}">',
        "<Enveloppe><Parametres>" + _v("Version", 2) + _v("TypFic", "PESRETOUR"),
        _v("NomFic", nomfic) + "</Parametres></Enveloppe>",
        "<EnTetePES>" + _v("DteStr", entete.date) + _v("IdPost", entete.id_post),
        _v("IdColl", entete.id_coll) + _v("CodColl", entete.cod_col),
        _v("CodBud", entete.cod_bud) + "</EnTetePES>",
    ]
    for domaine, du_domaine in groupby(pieces, key=lambda p: p.domaine):
        lignes += _domaine(domaine, du_domaine, restitution)
    texte = "\n".join([*lignes, "</n:PES_Retour>"]) + "\n"
    return texte.encode("iso-8859-1", "xmlcharrefreplace")


def _domaine(domaine: str, pieces: Iterable[PieceRendue], restitution: str) -> Iterator[str]:
    nom, _ = _NOMS[domaine]
    yield f"<PES_{nom}Retour><EnTete{nom}>" + _v("TypRestit", restitution) + _v("IdVer", 2)
    yield _v("NatInf", 2) + f"</EnTete{nom}>"
    for (exercice, type_, numero), siennes in groupby(
        pieces, key=lambda p: (p.exercice, p.type, p.bordereau)
    ):
        yield "<Bordereau><BlocBordereau>" + _v("Exer", exercice) + _v("IdBord", numero)
        yield _v("TypBord", type_) + "</BlocBordereau>"
        for piece in siennes:
            yield from _piece(piece)
        yield "</Bordereau>"
    yield f"</PES_{nom}Retour>"


def _piece(piece: PieceRendue) -> Iterator[str]:
    _, bloc = _NOMS[piece.domaine]
    yield f"<Piece><{bloc}>" + _v("IdPce", piece.numero) + _v("TypPce", "01") + _v("NatPce", "01")
    yield _opt("DtePcePec", piece.prise_en_charge) + _v("EtatPce", piece.etat)
    yield _opt("ObsEtat", piece.motif) + _opt("Commentaire", piece.commentaire)
    yield _opt("DtePceRej", piece.rejet) + _opt("DtePceInst", piece.instance) + f"</{bloc}>"
    yield "<LigneDePiece><BlocLignePiece><InfoLignePiece>" + _v("IdLigne", 1)
    yield _v("EtatLigPce", _etat_de_ligne(piece)) + _v("MtHT", piece.montant_ht)
    yield "</InfoLignePiece>" + _total(piece) + "</BlocLignePiece>" + _paiement(piece)
    yield "</LigneDePiece></Piece>"


def _etat_de_ligne(piece: PieceRendue) -> str:
    """EtatLigPce has a list of its own in each domaine."""
    if piece.domaine == "depense":
        return {INSTANCE: "16", REJETEE: "09"}.get(piece.etat, "01")
    return {INSTANCE: "03", REJETEE: "01", SOLDEE: "05"}.get(piece.etat, "04")


def _total(piece: PieceRendue) -> str:
    if not piece.paye:
        return ""
    if piece.domaine == "depense":
        return "<InfoPaiement>" + _v("NbrPay", 1) + _v("MtPayTot", piece.paye) + "</InfoPaiement>"
    corps = _v("NbrReco", 1) + _v("MtRecoTot", piece.paye)
    return f"<InfoRecouvrement>{corps}</InfoRecouvrement>"


def _paiement(piece: PieceRendue) -> str:
    if not piece.paye or not piece.paye_le:
        return ""
    if piece.domaine == "depense":
        corps = _v("OrgEma", "01") + _v("DtePay", piece.paye_le) + _v("MtPay", piece.paye)
        return f"<PaiementEmargement>{corps}</PaiementEmargement>"
    corps = _v("OrgEma", "02") + _v("DteReco", piece.paye_le) + _v("MtReco", piece.paye)
    return f"<EncaissementEmargement>{corps}</EncaissementEmargement>"


def _opt(nom: str, valeur: str) -> str:
    return _v(nom, valeur) if valeur else ""


def _v(nom: str, valeur: object) -> str:
    return f"<{nom} V={quoteattr(str(valeur))}/>"
