"""What the simulated Guichet reads of a PES by itself: enough to answer it.

By offsets and small slices, never a tree; the checks proper are the product's own (`controle.py`).
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from pathlib import Path

from vaguemestre.errors import IllisibleError
from vaguemestre.formats.plan import Element, Octets, elements, encodage, projeter, racine
from vaguemestre.simulators.acquits import Entete

_VALEUR = re.compile(rb"<([A-Za-z_]+)\s+V\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_DE_PIECE = re.compile(rb"<(IdPce|Obj|ObjPce)\s+V\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_SIGNATURE = re.compile(rb"<(?:[\w.-]+:)?Signature[\s>]")
_QUEUE = 1 << 17


@dataclass(frozen=True, slots=True)
class PieceLue:
    """A mandat or titre: its number, its lines, its object."""

    numero: int
    lignes: tuple[int, ...]
    objet: str


@dataclass(frozen=True, slots=True)
class BordereauLu:
    """A bordereau of the file; `domaine` is depense or recette."""

    domaine: str
    exercice: int
    type: str
    numero: int
    pieces: tuple[PieceLue, ...]
    signe: bool


@dataclass(frozen=True, slots=True)
class FluxLu:
    """A PES Aller; `dematerialise` is InfoDematerialisee, `globale` a signature of the file.

    `marches`: the IdContrat of its contracts (PES_Marche); `facture`: it has a PES_Facture.
    """

    entete: Entete
    bordereaux: tuple[BordereauLu, ...]
    pjs: tuple[str, ...]
    dematerialise: bool
    globale: bool
    marches: tuple[str, ...] = ()
    facture: bool = False


def est_xml(path: Path) -> bool:
    """Tells a PES from an INDIGO file, which is text by positions."""
    with path.open("rb") as source:
        return source.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def lire_flux(path: Path) -> FluxLu:
    """Read what an acquit must repeat and blame.

    Raises:
        IllisibleError: no PES Aller, or no NomFic, CodCol or IdPost to answer to.
    """
    with projeter(path) as octets:
        if not racine(octets).nom.endswith("PES_Aller"):
            raise IllisibleError(f"{path.name} : ce n'est pas un PES Aller")
        code = _codec(octets)
        trouves = elements(octets, ["Enveloppe", "EnTetePES", "Bordereau", "PJ"])
        entete = _entete(octets, trouves, code)
        dernier = trouves["Bordereau"][-1].debut if trouves["Bordereau"] else 0
        # What stands after the last bordereau, the PJ for the most part, is not searched.
        recettes = octets.find(b"<PES_RecetteAller", 0, dernier)
        bordereaux = tuple(_bordereau(octets, e, recettes, code) for e in trouves["Bordereau"])
        debut = trouves["Bordereau"][0].debut if trouves["Bordereau"] else 0
        avant = bytes(octets[max(0, debut - 4096) : debut])
        queue = bytes(octets[max(0, len(octets) - _QUEUE) :])
        # Both blocks stand before the PJ.
        fin = trouves["PJ"][0].debut if trouves["PJ"] else len(octets)
        return FluxLu(
            entete=entete,
            bordereaux=bordereaux,
            pjs=tuple(_id_unique(octets, e, code) for e in trouves["PJ"]),
            dematerialise=_valeurs(avant, code).get("InfoDematerialisee") in ("1", "true"),
            globale=_apres_domaines(queue),
            marches=_marches(octets, fin, code),
            facture=octets.find(b"<PES_Facture", 0, fin) >= 0,
        )


def _apres_domaines(queue: bytes) -> bool:
    """The last Signature closes after the last PES_ block: it signs the file, not a bordereau."""
    derniere = max((m.start() for m in _SIGNATURE.finditer(queue)), default=-1)
    noms = (b"DepenseAller", b"RecetteAller", b"Facture", b"Marche", b"PJ")
    blocs = [b"</PES_" + nom + b">" for nom in noms]
    return derniere >= 0 and derniere > max(queue.rfind(bloc) for bloc in blocs)


def _marches(octets: Octets, fin: int, code: str) -> tuple[str, ...]:
    if octets.find(b"<PES_Marche", 0, fin) < 0:
        return ()
    identites = elements(octets, ["IdentifiantMarche", "IdentifiantConcession"])
    tous = sorted((e for liste in identites.values() for e in liste), key=lambda e: e.debut)
    lus = (_valeurs(bytes(octets[e.debut : e.fin]), code).get("IdContrat", "") for e in tous)
    return tuple(dict.fromkeys(lus))


def _entete(octets: Octets, trouves: dict[str, list[Element]], code: str) -> Entete:
    valeurs: dict[str, str] = {}
    for nom in ("EnTetePES", "Enveloppe"):
        for element in trouves[nom][:1]:
            valeurs |= _valeurs(bytes(octets[element.debut : element.fin]), code, premier=True)
    for nom in ("NomFic", "CodCol", "IdPost"):
        if not valeurs.get(nom):
            raise IllisibleError(f"{nom} absent : aucun acquit ne peut y répondre")
    return Entete(
        nomfic=valeurs["NomFic"],
        typfic=valeurs.get("TypFic", "PESALR2"),
        sigle=valeurs.get("Sigle", "INCONNU"),
        adresse=valeurs.get("Adresse", "INCONNUE"),
        date=valeurs.get("DteStr", ""),
        id_post=valeurs["IdPost"],
        id_coll=valeurs.get("IdColl", ""),
        cod_col=valeurs["CodCol"],
        cod_bud=valeurs.get("CodBud", ""),
        libelle=valeurs.get("LibelleColBud", ""),
    )


def _bordereau(octets: Octets, element: Element, recettes: int, code: str) -> BordereauLu:
    contenu = bytes(octets[element.debut : element.fin])
    tete = _valeurs(contenu[: contenu.find(b"<Piece")], code)
    return BordereauLu(
        domaine="recette" if 0 <= recettes < element.debut else "depense",
        exercice=_nombre(tete.get("Exer", "")),
        type=tete.get("TypBord", ""),
        numero=_nombre(tete.get("IdBord", "")),
        pieces=tuple(_pieces(contenu, code)),
        signe=bool(_SIGNATURE.search(contenu)),
    )


def _pieces(contenu: bytes, code: str) -> list[PieceLue]:
    pieces = []
    for morceau in contenu.split(b"<BlocPiece>")[1:]:
        valeurs = _valeurs(morceau, code, premier=True, motif=_DE_PIECE)
        lignes = [_nombre(v) for v in re.findall(rb"<IdLigne\s+V\s*=\s*[\"'](\d+)", morceau)]
        numero = _nombre(valeurs.get("IdPce", ""))
        objet = valeurs.get("Obj", valeurs.get("ObjPce", ""))
        pieces.append(PieceLue(numero, tuple(lignes), objet))
    return pieces


def _id_unique(octets: Octets, element: Element, code: str) -> str:
    debut = octets.rfind(b"<IdUnique", element.debut, element.fin)
    if debut < 0:
        return ""
    return _valeurs(bytes(octets[debut : element.fin]), code, premier=True).get("IdUnique", "")


def _valeurs(
    octets: bytes, code: str, *, premier: bool = False, motif: re.Pattern[bytes] = _VALEUR
) -> dict[str, str]:
    """Value by element name; the first of a name with `premier`, else the last."""
    trouves = [(m[1].decode("ascii"), m[2] or m[3] or b"") for m in motif.finditer(octets)]
    if premier:
        trouves.reverse()
    return {nom: html.unescape(valeur.decode(code, "replace")) for nom, valeur in trouves}


def _codec(octets: Octets) -> str:
    return "iso-8859-1" if encodage(octets) in ("ISO-8859-1", "ISO-8859-15") else "utf-8"


def _nombre(texte: bytes | str) -> int:
    return int(texte) if texte.isdigit() else 0
