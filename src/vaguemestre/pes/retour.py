"""PES_Retour dépense and recette -> `Retour`: what became of each mandat or titre (pes.md §11).

Read as a stream, one pièce at a time: a yearly stock may hold a hundred thousand of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

from lxml import etree

from vaguemestre.domain.acquits import PieceRetour, Retour
from vaguemestre.errors import Anomalie, Gravite
from vaguemestre.formats import plan
from vaguemestre.pes.acquit_codes import (
    ETATS_DEPENSE,
    ETATS_RECETTE,
    LIGNES_SOLDEES,
    MOTIFS_DEPENSE,
    MOTIFS_RECETTE,
)
from vaguemestre.pes.acquit_flux import blocs, enfant, fins, oublier, valeur, valeurs
from vaguemestre.pes.retour_suspensions import SUSPENSIONS

_BLOCS = {"PES_DepenseRetour": "depense", "PES_RecetteRetour": "recette"}
_TETE = ("Enveloppe", "EnTetePES")
_CORPS = ("EnTeteDepense", "EnTeteRecette", "BlocBordereau", "BordereauORMCGlobal", "Piece")
_DATES = {"DtePcePec": "prise_en_charge", "DtePceRej": "rejet", "DtePceInst": "instance"}
_DATES_ORMC = {"DtePec": "prise_en_charge", "DteRej": "rejet", "DteInst": "instance"}


@dataclass(slots=True)
class _Lecture:
    nomfic: str = ""
    id_coll: str = ""
    restitution: str = ""
    domaines: list[str] = field(default_factory=list)
    exercice: int = 0
    bordereau: int = 0
    type_bordereau: str = ""
    pieces: list[PieceRetour] = field(default_factory=list)
    anomalies: list[Anomalie] = field(default_factory=list)

    @property
    def recette(self) -> bool:
        return self.domaines[-1:] == ["recette"]

    def avertir(self, regle: str, ref: str, message: str, valeur: str | None = None) -> None:
        self.anomalies.append(Anomalie(regle, ref, message, Gravite.AVERTISSEMENT, valeur=valeur))


def lire_retour(path: Path) -> Retour:
    """Read a PES_Retour. Other blocks than dépense and recette are named, not detailed.

    Raises:
        IllisibleError: not well-formed.
    """
    lecture = _Lecture()
    connus = _blocs_presents(path)
    for nom, element in fins(path, _TETE + _CORPS):
        _prendre(nom, element, lecture)
        if nom == "EnTetePES" and not connus:
            lecture.avertir(
                "pes.retour.domaine", "fichier", "ni dépense ni recette : gardé, non détaillé"
            )
            break
    return Retour(
        nomfic=lecture.nomfic,
        id_coll=lecture.id_coll,
        domaine="+".join(dict.fromkeys(lecture.domaines)) or "autre",
        restitution=lecture.restitution,
        pieces=tuple(lecture.pieces),
        anomalies=tuple(lecture.anomalies),
    )


def _blocs_presents(path: Path) -> bool:
    """Whether a dépense or recette block is there: the others may be huge and are not built."""
    with plan.projeter(path) as octets:
        return any(octets.find(bloc.encode("ascii")) >= 0 for bloc in _BLOCS)


def _prendre(nom: str, element: etree._Element, lecture: _Lecture) -> None:
    if nom == "Enveloppe":
        lecture.nomfic = valeur(enfant(element, "Parametres"), "NomFic") or ""
    elif nom == "EnTetePES":
        lecture.id_coll = valeur(element, "IdColl") or ""
    elif nom in {"EnTeteDepense", "EnTeteRecette"}:
        lecture.domaines.append("depense" if nom == "EnTeteDepense" else "recette")
        lecture.restitution = valeur(element, "TypRestit") or ""
    elif nom == "BlocBordereau":
        _bordereau(element, lecture)
        lecture.type_bordereau = valeur(element, "TypBord") or ""
    elif nom == "BordereauORMCGlobal":
        lecture.pieces.append(_role_entier(element, lecture))
        oublier(element)
    else:
        lecture.pieces.append(_piece(element, lecture))
        oublier(element)


def _bordereau(element: etree._Element, lecture: _Lecture) -> None:
    lecture.exercice = _entier(valeur(element, "Exer"), "Exer", lecture)
    lecture.bordereau = _entier(valeur(element, "IdBord"), "IdBord", lecture)


def _role_entier(element: etree._Element, lecture: _Lecture) -> PieceRetour:
    """An event that hits a whole rôle (BordereauORMCGlobal): no pièce is named."""
    _bordereau(element, lecture)
    dates = _dates(valeurs(element), _DATES_ORMC)
    etat = "instance"
    if "rejet" in dates:
        etat = "rejetee"
    elif "prise_en_charge" in dates:
        etat = "prise_en_charge"
    ref = f"bordereau {lecture.bordereau}"
    return PieceRetour(
        ref=ref,
        exercice=lecture.exercice,
        bordereau=lecture.bordereau,
        type_bordereau="06",
        numero="",
        etat=etat,
        montant_ht=_montant(valeur(element, "MtTTC"), ref, lecture) or Decimal(0),
        montant_paye=None,
        dates=dates,
        motifs=(),
        commentaire="rôle entier, montant TTC",
    )


@dataclass(frozen=True, slots=True)
class _Ligne:
    """A LigneDePiece, read once: its leaves, its blocks and its emargements."""

    info: dict[str, str]
    blocs: dict[str, dict[str, str]]
    emargements: tuple[dict[str, str], ...]

    @property
    def suspension(self) -> dict[str, str] | None:
        """InfoSuspPour of a ligne whose pursuit has not been taken up again."""
        bloc = self.blocs.get("InfoSuspPour")
        return None if bloc is None or "DteRepPour" in bloc else bloc


def _lire_ligne(element: etree._Element) -> _Ligne:
    fils = blocs(element)
    detail = {
        nom: valeurs(sous[0])
        for bloc in fils.get("BlocLignePiece", [])[:1]
        for nom, sous in blocs(bloc).items()
    }
    emargements = fils.get("PaiementEmargement", []) + fils.get("EncaissementEmargement", [])
    return _Ligne(
        detail.pop("InfoLignePiece", {}), detail, tuple(valeurs(bloc) for bloc in emargements)
    )


def _piece(element: etree._Element, lecture: _Lecture) -> PieceRetour:
    fils = blocs(element)
    info = valeurs(next(iter(fils.get("InfoPiece", []) + fils.get("BlocPiece", [])), None))
    lignes = [_lire_ligne(ligne) for ligne in fils.get("LigneDePiece", [])]
    numero = info.get("IdPce", "")
    ref = f"bordereau {lecture.bordereau} / {'titre' if lecture.recette else 'mandat'} {numero}"
    commentaires = [info.get("Commentaire"), *(ligne.info.get("Commentaire") for ligne in lignes)]
    hors_taxe = [_montant(ligne.info.get("MtHT"), ref, lecture) for ligne in lignes]
    return PieceRetour(
        ref=ref,
        exercice=lecture.exercice,
        bordereau=lecture.bordereau,
        type_bordereau=lecture.type_bordereau,
        numero=numero,
        etat=_etat(info.get("EtatPce", ""), lignes, ref, lecture),
        montant_ht=_somme(hors_taxe) or Decimal(0),
        montant_paye=_somme([_paye(ligne, ref, lecture) for ligne in lignes]),
        dates=_dates(info, _DATES) | _dernier_paiement(lignes),
        motifs=tuple(_motifs(info, lignes, recette=lecture.recette)),
        commentaire=" / ".join(texte for texte in commentaires if texte),
    )


def _etat(code: str, lignes: list[_Ligne], ref: str, lecture: _Lecture) -> str:
    """EtatPce as one of our five states; a code outside the list stays as it came.

    Hélios has no « soldé » nor « suspendu » for a titre: they are read on its lignes.
    """
    etat = (ETATS_RECETTE if lecture.recette else ETATS_DEPENSE).get(code)
    if etat is None:
        lecture.avertir("pes.retour.etat", ref, "EtatPce inconnu, gardé tel quel", code)
        return code
    if not lecture.recette or etat != "prise_en_charge":
        return etat
    etats = {ligne.info.get("EtatLigPce", "") for ligne in lignes}
    if etats and etats <= LIGNES_SOLDEES:
        return "soldee"
    return "suspendue" if any(ligne.suspension is not None for ligne in lignes) else etat


def _paye(ligne: _Ligne, ref: str, lecture: _Lecture) -> Decimal | None:
    """What was paid or collected on a ligne: its total, else the sum of its emargements.

    MtPayTot and MtRecoTot are « la somme algébrique des paiements et émargements ».
    """
    total = ligne.blocs.get("InfoPaiement", {}).get("MtPayTot") or ligne.blocs.get(
        "InfoRecouvrement", {}
    ).get("MtRecoTot")
    if total is not None:
        return _montant(total, ref, lecture)
    return _somme(
        [_montant(e.get("MtPay") or e.get("MtReco"), ref, lecture) for e in ligne.emargements]
    )


def _somme(montants: list[Decimal | None]) -> Decimal | None:
    """The sum of what is known; None when nothing is."""
    connus = [montant for montant in montants if montant is not None]
    return sum(connus, Decimal(0)) if connus else None


def _dates(valeurs_lues: dict[str, str], noms: dict[str, str]) -> dict[str, str]:
    return {cle: valeurs_lues[nom] for nom, cle in noms.items() if nom in valeurs_lues}


def _dernier_paiement(lignes: list[_Ligne]) -> dict[str, str]:
    """The latest DtePay or DteReco (ISO dates sort as text), under its own key."""
    trouves: dict[str, str] = {}
    for nom, cle in (("DtePay", "dernier_paiement"), ("DteReco", "dernier_encaissement")):
        dates = [e[nom] for ligne in lignes for e in ligne.emargements if nom in e]
        if dates:
            trouves[cle] = max(dates)
    return trouves


def _motifs(info: dict[str, str], lignes: list[_Ligne], *, recette: bool) -> Iterator[str]:
    table = MOTIFS_RECETTE if recette else MOTIFS_DEPENSE
    yield from _libelles(info.get("ObsEtat"), table, "")
    for ligne in lignes:
        prefixe = f"ligne {ligne.info.get('IdLigne', '?')} : "
        yield from _libelles(ligne.info.get("ObsEtat"), table, prefixe)
        if ligne.suspension is not None:
            code = ligne.suspension.get("CodeSuspPour", "")
            yield f"{prefixe}poursuites suspendues, {code} - {SUSPENSIONS.get(code, 'hors liste')}"


def _libelles(obs: str | None, table: dict[str, str], prefixe: str) -> Iterator[str]:
    """« 01-09 » gives two labels; a text that is no list of codes is kept as it came."""
    if obs is None:
        return
    if not re.fullmatch(r"\s*[0-9]{1,2}\s*(-\s*[0-9]{1,2}\s*)*-?", obs):
        yield f"{prefixe}{obs}"
        return
    for code in (morceau.strip() for morceau in obs.split("-")):
        if code:
            yield f"{prefixe}{code} - {table.get(code.zfill(2), 'motif hors liste')}"


def _montant(texte: str | None, ref: str, lecture: _Lecture) -> Decimal | None:
    if texte is None:
        return None
    try:
        montant = Decimal(texte)
    except InvalidOperation:
        montant = Decimal("NaN")
    if not re.fullmatch(r"[+-]?[0-9]{1,20}(\.[0-9]{1,6})?", texte) or not montant.is_finite():
        lecture.avertir("pes.retour.montant", ref, "montant illisible, non compté", texte)
        return None
    return montant


def _entier(texte: str | None, nom: str, lecture: _Lecture) -> int:
    if texte is not None and re.fullmatch(r"[0-9]{1,12}", texte):
        return int(texte)
    lecture.avertir("pes.retour.numero", nom, f"{nom} absent ou illisible", texte)
    return 0
