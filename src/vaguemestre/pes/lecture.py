"""Facts and rules, as the skeleton of a PES flows past.

Each ligne, pièce, bordereau and PJ has its rules run as soon as it ends, and is then forgotten.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TypeVar

from vaguemestre.errors import Anomalie
from vaguemestre.formats.examen_pj import PjLue
from vaguemestre.pes import regles
from vaguemestre.pes.contenu import DOUTE, ContenuVu
from vaguemestre.pes.faits import (
    VIDE,
    BordereauFaits,
    DomaineFaits,
    FichierFaits,
    LigneFaits,
    Noeud,
    PieceFaits,
    PjFaits,
    ReferencePj,
    TiersFaits,
    entier,
)
from vaguemestre.pes.flot import SANS_TEXTE, Action, Flot
from vaguemestre.pes.lecture_facture import LectureAutres
from vaguemestre.pes.regles.base import Catalogue, Constats, appliquer

T = TypeVar("T")
_ZERO = Decimal(0)
TYPE_FACTURE = "006"
_DOMAINES = {"PES_DepenseAller": "depense", "PES_RecetteAller": "recette"}
# Without rules a ligne has nothing to say: its bordereau announces the totals.
_SANS_REGLES = frozenset({"LigneDePiece"})


class Lecture:
    """Takes the skeleton; afterwards `fichier` holds the facts, `anomalies` the findings.

    `bornes`: how often something that may be forgotten ended.
    """

    def __init__(
        self, fichier: FichierFaits, contenus: list[ContenuVu], *, controler: bool
    ) -> None:
        self.fichier = fichier
        self.bornes = 0
        self._constats = Constats(fichier.reglages.constats_max, fichier.version)
        self._contenus = contenus
        self._controler = controler
        self._domaine: DomaineFaits | None = None
        self._bordereau: BordereauFaits | None = None
        self._piece: PieceFaits | None = None
        self._sains: set[tuple[object, ...]] = set()
        self._citees: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
        self._autres = LectureAutres(self._appliquer)
        ouvertures: dict[str, Action] = {
            "PES_DepenseAller": self._ouvrir_domaine,
            "PES_RecetteAller": self._ouvrir_domaine,
            "Bordereau": self._ouvrir_bordereau,
            "Piece": self._ouvrir_piece,
        }
        fermetures = self._fermetures()
        if not controler:
            fermetures |= dict.fromkeys(_SANS_REGLES, self._borne)
        self.flot = Flot(
            fichier.encodage,
            fichier.racine,
            ouvertures,
            fermetures,
            survol=frozenset() if controler else _SANS_REGLES,
        )

    def _fermetures(self) -> dict[str, Action]:
        """What to do when an element ends."""
        return {
            "Enveloppe": self._enveloppe,
            "EnTetePES": self._entete,
            "EnTeteDepense": self._entete_domaine,
            "EnTeteRecette": self._entete_domaine,
            "BlocBordereau": self._bloc_bordereau,
            "BlocPiece": self._bloc_piece,
            "LigneDePiece": self._ligne_lue,
            "Piece": self._fin_piece,
            "Bordereau": self._fin_bordereau,
            "PES_DepenseAller": self._fin_domaine,
            "PES_RecetteAller": self._fin_domaine,
            "EnTetePES_PJ": self._entete_pj,
            "PJ": self._pj,
            "FactureIndiv": self._facture,
            "IdentifiantMarche": self._contrat,
            "IdentifiantConcession": self._contrat,
            "PJRefs": self._citer_contrat,
            "Marche": self._marche,
            "Concession": self._marche,
            "PES_Facture": self._facturation,
            "PES_Marche": self._autre,
            "Signature": self._signature,
        }

    @property
    def anomalies(self) -> list[Anomalie]:
        """What the rules found so far."""
        return self._constats.anomalies

    def feed(self, octets: bytes, *, section: bool = False) -> None:
        """More of the skeleton; `section`: a comment, CDATA or instruction, no tags in there."""
        self.flot.feed(octets, section=section)

    def fin(self) -> None:
        """The file is read: the rules that look at the whole of it."""
        self._clore_bordereau()
        self._appliquer(regles.FICHIER, self.fichier, ())

    def _appliquer(self, catalogue: Catalogue[T], faits: T, noms: tuple[str, ...]) -> None:
        if self._controler:
            appliquer(catalogue, faits, noms, self._constats)

    def _borne(self, noeud: Noeud) -> None:
        """What ended is forgotten."""
        self.bornes += 1
        noeud.alleger()

    def _enveloppe(self, noeud: Noeud) -> None:
        self.fichier.enveloppe = noeud

    def _entete(self, noeud: Noeud) -> None:
        self.fichier.entete = noeud

    def _entete_domaine(self, noeud: Noeud) -> None:
        self._domaine_courant(noeud.parent).entete = noeud

    def _ouvrir_domaine(self, noeud: Noeud) -> DomaineFaits:
        domaine = self._domaine = DomaineFaits(self.fichier, noeud, _DOMAINES[noeud.nom])
        self.fichier.domaines.append(domaine)
        return domaine

    def _domaine_courant(self, noeud: Noeud | None) -> DomaineFaits:
        """The open domain; one is made up where the file forgot it (the schema says so)."""
        if self._domaine is None:
            return self._ouvrir_domaine(Noeud("PES_DepenseAller", None, self.fichier.racine))
        return self._domaine

    def _fin_domaine(self, noeud: Noeud) -> None:
        self._clore_bordereau()
        self._domaine = None
        self.bornes += 1

    def _ouvrir_bordereau(self, noeud: Noeud) -> BordereauFaits:
        self._clore_bordereau()
        domaine = self._domaine_courant(noeud.parent)
        noeud.libelle = f"bordereau n° {len(domaine.bordereaux) + 1} du fichier"
        bordereau = self._bordereau = BordereauFaits(domaine, noeud)
        bordereau.id = noeud.attributs.get("Id")
        domaine.bordereaux.append(bordereau)
        self.fichier.bordereaux.append(bordereau)
        return bordereau

    def _bordereau_courant(self, noeud: Noeud | None) -> BordereauFaits:
        if self._bordereau is None:
            return self._ouvrir_bordereau(Noeud("Bordereau", None, noeud))
        return self._bordereau

    def _bloc_bordereau(self, noeud: Noeud) -> None:
        bordereau = self._bordereau_courant(noeud.parent)
        bordereau.bloc = noeud
        bordereau.noeud.libelle = f"bordereau {noeud.v('IdBord') or '?'}"

    def _clore_bordereau(self) -> None:
        if self._bordereau is not None:
            self._clore_piece()
            bordereau, self._bordereau = self._bordereau, None
            self._appliquer(regles.BORDEREAU, bordereau, bordereau.bloc.noms)

    def _fin_bordereau(self, noeud: Noeud) -> None:
        self._clore_bordereau()
        self.bornes += 1

    def _ouvrir_piece(self, noeud: Noeud) -> PieceFaits:
        self._clore_piece()
        bordereau = self._bordereau_courant(noeud.parent)
        bordereau.nombre += 1
        piece = self._piece = PieceFaits(bordereau, noeud)
        return piece

    def _piece_courante(self, noeud: Noeud | None) -> PieceFaits:
        if self._piece is None:
            return self._ouvrir_piece(Noeud("Piece", None, noeud))
        return self._piece

    def _bloc_piece(self, noeud: Noeud) -> None:
        piece = self._piece_courante(noeud.parent)
        piece.bloc = noeud
        piece.info = noeud.bloc("InfoPce") or noeud
        piece.triplet = (
            piece.bordereau.type,
            piece.info.v("TypPce") or "",
            piece.info.v("NatPce") or "",
        )
        bordereau, numero = piece.bordereau, entier(piece.info.v("IdPce"))
        piece.noeud.libelle = f"{bordereau.domaine.mot} {piece.info.v('IdPce') or '?'}"
        if numero is not None:
            if numero in bordereau.numeros:
                bordereau.pieces_doubles.noter(
                    lambda: _retenu(piece.info, "IdPce"),
                    numero,
                    self.fichier.reglages.constats_max,
                )
            bordereau.numeros.add(numero)
            bordereau.pieces.append(numero)
        self._citer(piece, piece.info)

    def _clore_piece(self) -> None:
        if self._piece is not None:
            piece, self._piece = self._piece, None
            noms = piece.info.noms
            if piece.info is not piece.bloc:
                noms = (*noms, *piece.bloc.noms_enfants)
            self._appliquer(regles.PIECE, piece, noms)
            piece.bloc.alleger()

    def _fin_piece(self, noeud: Noeud) -> None:
        self._clore_piece()
        self._borne(noeud)

    def _citer(self, piece: PieceFaits, info: Noeud) -> None:
        if not info.enfants:
            return
        for noeud in info.tous("PJRef"):
            reference = self._reference(noeud)
            piece.types_pj.append(reference.type)
            if reference.type == TYPE_FACTURE and not piece.bordereau.domaine.depense:
                reference.titre, reference.bordereau = piece.titre, piece.bordereau
            self.fichier.references.append(reference)

    def _citer_contrat(self, noeud: Noeud) -> None:
        """A marché cites its pièces contractuelles."""
        self.fichier.references += map(self._reference, noeud.tous("PJRef"))

    def _reference(self, noeud: Noeud) -> ReferencePj:
        """References live as long as the file: those of the same PJ share what they say."""
        noeud.valeurs = self._citees.setdefault(tuple(noeud.valeurs.items()), noeud.valeurs)
        valeur = noeud.v
        return ReferencePj(
            noeud, valeur("IdUnique") or "", valeur("Support") or "", valeur("TypePJ")
        )

    def _ligne_lue(self, noeud: Noeud) -> None:
        piece = self._piece_courante(noeud.parent)
        bloc = noeud.bloc("BlocLignePiece") or VIDE
        info = bloc.bloc("InfoLignePce") or bloc.bloc("InfoLignePiece") or VIDE
        noeud.libelle = f"ligne {info.valeurs.get('IdLigne', '?')}"
        ligne = LigneFaits(piece, noeud, bloc, info)
        for tiers in noeud.tous("Tiers"):
            identite = tiers.bloc("InfoTiers") or VIDE
            ligne.tiers.append(
                TiersFaits(
                    ligne, tiers, identite, tiers.bloc("Adresse"), tiers.bloc("CpteBancaire")
                )
            )
        _totaliser(ligne)
        self._citer(piece, info)
        self._appliquer(
            regles.LIGNE,
            ligne,
            (
                "/".join(piece.triplet),
                *info.valeurs,
                *bloc.noms_enfants,
                *noeud.noms_enfants,
            ),
        )
        for qui in ligne.tiers:
            self._controler_tiers(qui)
        ligne.tiers.clear()
        self._borne(noeud)

    def _controler_tiers(self, qui: TiersFaits) -> None:
        """A supplier found right once is right on the next ligne, in the same circumstances."""
        _, piece, nature = qui.ligne.piece.triplet
        cle = (qui.noeud, qui.ligne.depense, piece, nature, qui.ligne.piece.info.v("Edition"))
        if cle in self._sains:
            return
        avant = self._constats.total
        self._appliquer(regles.TIERS, qui, (*qui.info.noms, *qui.noeud.noms_enfants))
        if qui.noeud.partage and self._constats.total == avant:
            self._sains.add(cle)

    def _entete_pj(self, noeud: Noeud) -> None:
        self.fichier.pes_pj, self.fichier.id_ver_pj = noeud, noeud.v("IdVer")

    def _pj(self, noeud: Noeud) -> None:
        noeud.libelle = f"PJ {noeud.v('IdUnique') or '?'}"
        fichier = (noeud.bloc("Contenu") or VIDE).bloc("Fichier")
        numero, self.flot.contenu = self.flot.contenu, SANS_TEXTE
        if numero is None:
            vu = ContenuVu(taille_base64=1, base64="il contient autre chose que du texte")
        else:
            vu = self._contenus[numero] if 0 <= numero < len(self._contenus) else ContenuVu()
        mime = fichier.attributs.get("MIMEType") if fichier is not None else None
        pj = PjFaits(self.fichier, noeud, noeud.v("IdUnique") or "", mime, vu)
        self.fichier.pjs.append(pj)
        doute = "" if pj.contenu.sain else DOUTE
        self._appliquer(regles.PJ, pj, (doute, *noeud.noms))
        if vu.suite is not None and self._controler:
            for trouve in vu.suite.constats(noeud):
                self._constats.ajouter(*trouve)
        self._confier(pj)
        self.bornes += 1

    def _confier(self, pj: PjFaits) -> None:
        """To whoever looks inside the PJ of this file."""
        pieces = self.fichier.reglages.pieces
        if pieces is not None and self._controler:
            lue = PjLue(
                id_unique=pj.id_unique,
                nom=pj.noeud.v("NomPJ") or "",
                type=pj.noeud.v("TypePJ"),
                nature=pj.contenu.nature,
                ref=pj.noeud.ref,
                ligne=pj.noeud.ligne_de("NomPJ"),
                chemin=pj.noeud.chemin,
            )
            pieces.juger(pj.contenu.recu, lue)

    def _contrat(self, noeud: Noeud) -> None:
        """A marché or a concession has its number: its places bear it."""
        if noeud.parent is not None:
            mot = "marché" if noeud.nom == "IdentifiantMarche" else "concession"
            noeud.parent.libelle = f"{mot} {noeud.v('IdContrat') or '?'}"

    def _facture(self, noeud: Noeud) -> None:
        self._autres.facture(noeud)
        self._borne(noeud)

    def _facturation(self, noeud: Noeud) -> None:
        self._autres.facturation(noeud)
        self._autre(noeud)

    def _marche(self, noeud: Noeud) -> None:
        self._autres.contrat(noeud)
        self._borne(noeud)

    def _autre(self, noeud: Noeud) -> None:
        self.fichier.autres += 1
        self._borne(noeud)

    def _signature(self, noeud: Noeud) -> None:
        parent = noeud.parent
        if parent is not None and parent.nom == "Bordereau":
            self._bordereau_courant(parent).signatures += 1
        elif parent is self.fichier.racine:
            self.fichier.signatures += 1
        noeud.alleger()


def _retenu(noeud: Noeud, champ: str) -> Noeud:
    """The same element with that leaf only: its place, once the rest is forgotten."""
    autre = Noeud(noeud.nom, noeud.ligne, noeud.parent, noeud.rang)
    autre.valeurs, autre.lignes = {champ: noeud.valeurs[champ]}, noeud.lignes
    return autre


def _totaliser(ligne: LigneFaits) -> None:
    bordereau, piece = ligne.bordereau, ligne.piece
    ht, tva = ligne.info.montant("MtHT"), ligne.info.montant("MtTVA")
    bordereau.ht = None if bordereau.ht is None or ht is None else bordereau.ht + ht
    if "MtTVA" in ligne.info.valeurs:
        bordereau.tva = None if bordereau.tva is None or tva is None else bordereau.tva + tva
        bordereau.ligne_tva = bordereau.ligne_tva or (tva is not None and tva > _ZERO)
    numero = entier(ligne.info.v("IdLigne"))
    if numero is not None:
        if numero in piece.lignes:
            maximum = bordereau.fichier.reglages.constats_max
            piece.lignes_doubles.noter(lambda: _retenu(ligne.info, "IdLigne"), numero, maximum)
        piece.lignes.add(numero)
    if not ligne.depense:
        piece.nb_debiteurs = max(piece.nb_debiteurs, len(ligne.tiers))
        for tiers in ligne.tiers:
            if tiers.info.v("NatIdTiers") == "01":
                piece.debiteurs.add(tiers.info.v("IdTiers") or "")
            else:
                piece.debiteur_sans_siret = tiers.info
