"""PES_Retour dépense and recette -> `Retour`: what became of each mandat or titre (pes.md §11).

Read as a stream, one pièce at a time: a yearly stock may hold hundreds of thousands of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from vaguemestre.domain.acquits import PieceRetour, Retour, RetourRecu
from vaguemestre.pes.acquit_codes import (
    ETATS_DEPENSE,
    ETATS_RECETTE,
    LIGNES_SOLDEES,
    MOTIFS_DEPENSE,
    MOTIFS_RECETTE,
)
from vaguemestre.pes.reponse_avis import Avis
from vaguemestre.pes.reponse_schema import verifier
from vaguemestre.pes.retour_brut import Bloc, LigneBrute, PieceBrute, Releve
from vaguemestre.pes.retour_flux import lire_pieces
from vaguemestre.pes.retour_suspensions import SUSPENSIONS

_DATES = {"DtePcePec": "prise_en_charge", "DtePceRej": "rejet", "DtePceInst": "instance"}
_DATES_ORMC = {"DtePec": "prise_en_charge", "DteRej": "rejet", "DteInst": "instance"}
_REGULARISATION = "04"


class LectureRetour:
    """One PES_Retour being read, in memory that does not grow with the file.

    `pieces()` is read to its end first; `bilan()` then gives the head of the file and what was
    odd, and `comptes` how many pièces stand in each état.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._releve = Releve()
        self._avis = Avis()
        self.comptes: Counter[str] = Counter()

    @property
    def entete(self) -> Retour:
        """The head, as far as read: whole once the first pièce has come."""
        lues = [bloc.get("TypRestit", "") for _, bloc in self._releve.domaines]
        noms = ("recette" if recette else "depense" for recette, _ in self._releve.domaines)
        return Retour(
            nomfic=self._releve.entete.get("NomFic", ""),
            id_coll=self._releve.entete.get("IdColl", ""),
            domaine="+".join(dict.fromkeys(noms)) or "autre",
            restitution="+".join(dict.fromkeys(texte for texte in lues if texte)),
            pieces=(),
            poste=self._releve.entete.get("IdPost", ""),
            cod_col=self._releve.entete.get("CodColl") or self._releve.entete.get("CodCol", ""),
            cod_bud=self._releve.entete.get("CodBud", ""),
        )

    def recus(self, jour: date) -> tuple[RetourRecu, ...]:
        """What a PES_ACQUIT_RETOUR says of this file, once read: one for each domaine."""
        nomfic = self._releve.entete.get("NomFic", "")
        return tuple(
            RetourRecu(
                code_domaine="14" if recette else "13",
                nomfic=nomfic,
                restitution=bloc.get("TypRestit", ""),
                date=jour,
            )
            for recette, bloc in self._releve.domaines
        )

    def pieces(self, *, lue: bool = False) -> Iterator[PieceRetour]:
        """Every pièce in document order. Other blocks than dépense and recette are not detailed.

        `lue`: these very bytes were read to their end before, and are well-formed.

        Raises:
            IllisibleError: not well-formed; said before the first pièce.
        """
        if not lue:
            verifier(self._path)
        traduction = _Traduction(self._avis)
        for brute in lire_pieces(self._path, self._releve):
            piece = traduction.rendre(brute)
            self.comptes[piece.etat] += 1
            yield piece
        self._finir()

    def compter(self, *, lue: bool = False) -> int:
        """How many pièces there are: as `pieces()` read to its end, without making them.

        `lue`: as for `pieces`.

        Raises:
            IllisibleError: not well-formed.
        """
        if not lue:
            verifier(self._path)
        traduction = _Traduction(self._avis)
        for brute in lire_pieces(self._path, self._releve):
            self.comptes[traduction.peser(brute)] += 1
        self._finir()
        return self.comptes.total()

    def _finir(self) -> None:
        if not self._releve.domaines:
            self._avis.avertir(
                "pes.retour.domaine", "fichier", "ni dépense ni recette : gardé, non détaillé"
            )

    def bilan(self) -> Retour:
        """Head and findings, without the pièces."""
        return replace(self.entete, anomalies=self._avis.tous())


def lire_retour(path: Path) -> Retour:
    """Read a whole PES_Retour into memory: about a kilobyte for each pièce.

    Raises:
        IllisibleError: not well-formed.
    """
    lecture = LectureRetour(path)
    pieces = tuple(lecture.pieces())
    return replace(lecture.bilan(), pieces=pieces)


class _Traduction:
    """Raw pièces into what a clerk reads; `avis` collects what is odd."""

    def __init__(self, avis: Avis) -> None:
        self._avis = avis
        self._brute = PieceBrute(recette=False, bordereau={})
        self._exercice = self._bordereau = 0
        self._ref = ""

    def rendre(self, brute: PieceBrute) -> PieceRetour:
        self._entrer(brute)
        return self._role() if brute.role else self._piece()

    def peser(self, brute: PieceBrute) -> str:
        """The état of a pièce; everything that is odd about it is found as by `rendre`."""
        self._entrer(brute)
        if brute.role:
            return self._role().etat
        for ligne in brute.lignes:
            self._montant(ligne.feuilles.get("MtHT"))
            self._montant(ligne.feuilles.get("MtTVA"))
            self._paye(ligne)
        return self._etat(brute.info.get("EtatPce", ""))

    def _entrer(self, brute: PieceBrute) -> None:
        if brute.bordereau is not self._brute.bordereau:
            self._exercice = self._entier("Exer", brute.bordereau)
            self._bordereau = self._entier("IdBord", brute.bordereau)
        self._brute = brute
        mot = "titre" if brute.recette else "mandat"
        numero = "" if brute.role else f" / {mot} {brute.info.get('IdPce', '')}"
        self._ref = f"bordereau {self._bordereau}{numero}"

    def _role(self) -> PieceRetour:
        """An event that hits a whole rôle (BordereauORMCGlobal): no pièce is named."""
        dates = _dates(self._brute.bordereau, _DATES_ORMC)
        etat = "instance"
        if "rejet" in dates:
            etat = "rejetee"
        elif "prise_en_charge" in dates:
            etat = "prise_en_charge"
        return PieceRetour(
            ref=self._ref,
            exercice=self._exercice,
            bordereau=self._bordereau,
            type_bordereau="06",
            numero="",
            etat=etat,
            montant_ht=self._montant(self._brute.bordereau.get("MtTTC")) or Decimal(0),
            montant_paye=None,
            dates=dates,
            motifs=(),
            commentaire="rôle entier, montant TTC",
            conseil=_conseil(etat, dates, ""),
        )

    def _piece(self) -> PieceRetour:
        info, lignes = self._brute.info, self._brute.lignes
        commentaires = [info.get("Commentaire")]
        commentaires += [ligne.feuilles.get("Commentaire") for ligne in lignes]
        montant_ht = _somme([self._montant(ligne.feuilles.get("MtHT")) for ligne in lignes])
        montant_tva = _somme([self._montant(ligne.feuilles.get("MtTVA")) for ligne in lignes])
        paye = _somme([self._paye(ligne) for ligne in lignes])
        etat = self._etat(info.get("EtatPce", ""))
        dates = _dates(info, _DATES) | _derniers(lignes)
        type_bordereau = self._brute.bordereau.get("TypBord", "")
        return PieceRetour(
            ref=self._ref,
            exercice=self._exercice,
            bordereau=self._bordereau,
            type_bordereau=type_bordereau,
            numero=info.get("IdPce", ""),
            etat=etat,
            montant_ht=montant_ht or Decimal(0),
            montant_paye=paye,
            dates=dates,
            motifs=tuple(_motifs(info, lignes, recette=self._brute.recette)),
            commentaire=" / ".join(texte for texte in commentaires if texte),
            objet=info.get("Obj", ""),
            nature="-".join(filter(None, (info.get("TypPce"), info.get("NatPce")))),
            montant_tva=montant_tva,
            paiement=_paiement(montant_ht, montant_tva, paye),
            conseil=_conseil(etat, dates, type_bordereau),
        )

    def _etat(self, code: str) -> str:
        """EtatPce as one of our five states; a code outside the list stays as it came.

        Hélios has no « soldé » nor « suspendu » for a titre: they are read on its lignes.
        """
        recette = self._brute.recette
        etat = (ETATS_RECETTE if recette else ETATS_DEPENSE).get(code)
        if etat is None:
            self._avis.avertir(
                "pes.retour.etat", self._ref, "EtatPce inconnu, gardé tel quel", code
            )
            return code
        if not recette or etat != "prise_en_charge":
            return etat
        etats = {ligne.feuilles.get("EtatLigPce", "") for ligne in self._brute.lignes}
        if etats and etats <= LIGNES_SOLDEES:
            return "soldee"
        return "suspendue" if any(map(_suspendue, self._brute.lignes)) else etat

    def _paye(self, ligne: LigneBrute) -> Decimal | None:
        """What was paid or collected on a ligne: its total, else the sum of its emargements.

        MtPayTot and MtRecoTot are « la somme algébrique des paiements et émargements ».
        """
        total = ligne.feuilles.get("MtPayTot") or ligne.feuilles.get("MtRecoTot")
        if total is not None:
            return self._montant(total)
        return _somme([self._montant(e.get("MtPay") or e.get("MtReco")) for e in ligne.emargements])

    def _montant(self, texte: str | None) -> Decimal | None:
        if texte is None:
            return None
        montant = _lu(texte)
        if montant is not None:
            return montant
        self._avis.avertir("pes.retour.montant", self._ref, "montant illisible, non compté", texte)
        return None

    def _entier(self, nom: str, bordereau: Bloc) -> int:
        texte = bordereau.get(nom)
        if texte is not None and _ENTIER.fullmatch(texte):
            return int(texte)
        self._avis.avertir("pes.retour.numero", nom, f"{nom} absent ou illisible", texte)
        return 0


_MONTANT = re.compile(r"[+-]?[0-9]{1,20}(?:\.[0-9]{1,6})?")
_ENTIER = re.compile(r"[0-9]{1,12}")
_CODES = re.compile(r"\s*[0-9]{1,2}\s*(-\s*[0-9]{1,2}\s*)*-?")


@lru_cache(maxsize=4096)
def _lu(texte: str) -> Decimal | None:
    """The same amounts come again and again: ligne, total, payment."""
    return Decimal(texte) if _MONTANT.fullmatch(texte) else None


def _somme(montants: list[Decimal | None]) -> Decimal | None:
    """The sum of what is known; None when nothing is."""
    connus = [montant for montant in montants if montant is not None]
    if len(connus) < 2:  # nearly every mandat has one ligne
        return connus[0] if connus else None
    return sum(connus, Decimal(0))


def _paiement(ht: Decimal | None, tva: Decimal | None, paye: Decimal | None) -> str:
    """`aucun`, `partiel` or `total` against the amount with tax; '' for what is not to be paid."""
    du = (ht or Decimal(0)) + (tva or Decimal(0))
    if du <= 0:
        return ""
    if not paye or paye < 0:
        return "aucun"
    return "total" if paye >= du else "partiel"


def _conseil(etat: str, dates: Bloc, type_bordereau: str) -> str:
    """What to do next (pes.md §11.1, DtePceRej): may the same IdPce be sent again?"""
    if type_bordereau == _REGULARISATION:
        return (
            "Le comptable demande une régularisation : émettre la pièce en rappelant ce numéro"
            " dans IdPceOrig."
        )
    if etat == "rejetee" and "rejet" in dates:
        if "prise_en_charge" in dates:
            return "Prise en charge puis annulée : la pièce corrigée prend un nouveau numéro."
        return "Rejetée au visa : corriger, puis renvoyer la pièce sous le même numéro."
    if etat == "rejetee":
        return (
            "Sans date de rejet, rien ne dit si le numéro peut resservir :"
            " le demander au poste comptable."
        )
    return _CONSEILS.get(etat, "")


_CONSEILS = {
    "instance": "En attente chez le comptable : fournir ce que le motif demande.",
    "suspendue": "Poursuites suspendues : voir le motif avec le comptable.",
}


def _dates(valeurs_lues: dict[str, str], noms: dict[str, str]) -> dict[str, str]:
    return {cle: valeurs_lues[nom] for nom, cle in noms.items() if nom in valeurs_lues}


def _derniers(lignes: list[LigneBrute]) -> dict[str, str]:
    """The latest DtePay or DteReco (ISO dates sort as text), under its own key."""
    trouves: dict[str, str] = {}
    for nom, cle in (("DtePay", "dernier_paiement"), ("DteReco", "dernier_encaissement")):
        dates = [e[nom] for ligne in lignes for e in ligne.emargements if nom in e]
        if dates:
            trouves[cle] = max(dates)
    return trouves


def _suspendue(ligne: LigneBrute) -> bool:
    """A ligne whose pursuit is suspended and has not been taken up again."""
    return "CodeSuspPour" in ligne.feuilles and "DteRepPour" not in ligne.feuilles


def _motifs(info: Bloc, lignes: list[LigneBrute], *, recette: bool) -> Iterator[str]:
    yield from _libelles(info.get("ObsEtat"), recette)
    for ligne in lignes:
        motifs = _libelles(ligne.feuilles.get("ObsEtat"), recette)
        suspendue = _suspendue(ligne)
        if not motifs and not suspendue:
            continue
        prefixe = f"ligne {ligne.feuilles.get('IdLigne', '?')} : "
        yield from (f"{prefixe}{motif}" for motif in motifs)
        if suspendue:
            code = ligne.feuilles["CodeSuspPour"]
            yield f"{prefixe}poursuites suspendues, {code} - {SUSPENSIONS.get(code, 'hors liste')}"


@lru_cache(maxsize=4096)
def _libelles(obs: str | None, recette: bool) -> tuple[str, ...]:
    """« 01-09 » gives two labels; a text that is no list of codes is kept as it came."""
    if obs is None:
        return ()
    if not _CODES.fullmatch(obs):
        return (obs,)
    table = MOTIFS_RECETTE if recette else MOTIFS_DEPENSE
    codes = (morceau.strip() for morceau in obs.split("-"))
    return tuple(f"{c} - {table.get(c.zfill(2), 'motif hors liste')}" for c in codes if c)
