"""Understood rows to Bordereau, Mandat, Titre: rows of one number make one pièce.

What is said once per bordereau or per pièce may be left empty on the following rows, never
contradict itself: both readings would be a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from vaguemestre.domain.comptable import Bordereau, Domaine, Ligne, Mandat, Piece, PjRef, Titre
from vaguemestre.intake.champs import (
    dgp,
    liens,
    majoration,
    prelevement,
    rattachement,
    tiers,
)
from vaguemestre.intake.champs_particuliers import de_la_ligne, du_titre
from vaguemestre.intake.colonnes import Genre, Niveau, noms_du_niveau, numero_de, par_nom
from vaguemestre.intake.constats import Constats
from vaguemestre.intake.lecture import Valeur, Valeurs, manque
from vaguemestre.intake.valeurs import en_texte

Cle = tuple[object, ...]
Citations = Callable[[Valeurs, str, Domaine, int], tuple[PjRef, ...]]
"""(row, column of names, domaine, exercice) -> the links to the PJ it names."""

_OBJET_TITRE = 160
_ORMC = "06"


@dataclass(frozen=True, slots=True)
class Assembleur:
    """Builds the bordereaux of one data file. `budget`: the only one, where there is one."""

    genre: Genre
    budget: str | None
    citer: Citations
    constats: Constats

    @property
    def _domaine(self) -> Domaine:
        return Domaine.DEPENSE if self.genre == "mandats" else Domaine.RECETTE

    def assembler(self, rangees: Iterable[Valeurs]) -> dict[str, list[Bordereau]]:
        """Bordereaux by budget code, in the order of the file.

        Every row is checked against its neighbours; a pièce with a flawed row is not built.
        """
        bordereaux: dict[str, list[Bordereau]] = {}
        cles = ("budget", "exercice", "type_bordereau", "bordereau")
        for groupe in self._grouper(rangees, cles):
            tete = self._coherent(groupe, Niveau.BORDEREAU)
            if "date_emission" not in tete.lues.keys() | tete.fautives:
                tete.fautives.add("date_emission")
                colonne = par_nom(self.genre)["date_emission"]
                manque(tete, colonne, self.genre, self.constats)
            pieces = tuple(self._pieces(groupe))
            built = self._bordereau(tete, pieces)
            code = tete.texte("budget") or self.budget
            if built is not None and code is not None:
                bordereaux.setdefault(code, []).append(built)
        return bordereaux

    def _grouper(
        self, rangees: Iterable[Valeurs], cles: tuple[str, ...]
    ) -> Iterator[list[Valeurs]]:
        groupes: dict[Cle, list[Valeurs]] = {}
        for rangee in rangees:
            cle = tuple(self._cle(rangee, nom) for nom in cles)
            groupes.setdefault(cle, []).append(rangee)
        yield from groupes.values()

    def _cle(self, rangee: Valeurs, nom: str) -> object:
        valeur = rangee.lues.get(nom)
        if valeur is None and nom == "type_bordereau":
            return "01"
        return self.budget if valeur is None and nom == "budget" else valeur

    def _coherent(self, groupe: list[Valeurs], niveau: Niveau) -> Valeurs:
        """The values of this level, said by any row of the group; a contradiction is noted."""
        ensemble = Valeurs(groupe[0].rangee)
        du_niveau = noms_du_niveau(self.genre, niveau)
        for rangee in groupe:
            ensemble.fautives |= rangee.fautives & du_niveau
            for nom, valeur in rangee.lues.items():
                if nom not in du_niveau:
                    continue
                deja = ensemble.lues.setdefault(nom, valeur)
                if deja != valeur:
                    ensemble.fautives.add(nom)
                    self._contradiction(rangee, nom, deja, ensemble.rangee.ligne)
        return ensemble

    def _contradiction(self, rangee: Valeurs, nom: str, deja: Valeur, ligne: int) -> None:
        avant = " | ".join(deja) if isinstance(deja, tuple) else en_texte(deja)
        self.constats.noter(
            rangee.rangee.anomalie(
                self.genre,
                "depot.piece.incoherente",
                nom,
                f"{nom} diffère de la ligne {ligne} de la même pièce (« {avant} »)",
                "Donner la même valeur sur toutes les lignes de la pièce ou du bordereau, ou "
                "corriger le numéro.",
            )
        )

    def _pieces(self, groupe: list[Valeurs]) -> Iterator[Piece]:
        for rangees in self._grouper(groupe, (numero_de(self.genre),)):
            tete = self._coherent(rangees, Niveau.PIECE)
            exercice = rangees[0].entier("exercice")
            refs = self.citer(tete, "pj", self._domaine, exercice or 0)
            for autre in rangees[1:]:
                if autre.noms("pj") not in ((), tete.noms("pj")):
                    # Already a contradiction; its files are looked for all the same.
                    self.citer(autre, "pj", self._domaine, exercice or 0)
            lignes = tuple(self._lignes(rangees))
            if tete.fautives or len(lignes) == 0:
                continue
            if self.genre == "mandats":
                yield self._mandat(tete, lignes, refs)
            else:
                type_ = "15" if rangees[0].texte("type_bordereau") == _ORMC else "01"
                yield self._titre(tete, lignes, refs, type_)

    def _lignes(self, rangees: list[Valeurs]) -> Iterator[Ligne]:
        numerotees: dict[int, list[Valeurs]] = {}
        for rang, rangee in enumerate(rangees, start=1):
            numerotees.setdefault(rangee.entier("ligne") or rang, []).append(rangee)
        for numero, semblables in numerotees.items():
            for autre in semblables[1:]:
                self._meme_ligne(semblables[0], autre)
            refs = self.citer(
                semblables[0], "pj_ligne", self._domaine, semblables[0].entier("exercice") or 0
            )
            montant = semblables[0].montant("montant_ht")
            if montant is not None and not any(rangee.fautives for rangee in semblables):
                yield self._ligne(numero, montant, semblables, refs)

    def _meme_ligne(self, premiere: Valeurs, autre: Valeurs) -> None:
        """Two rows of one number: only a titre's further debtor may say the same ligne again."""
        memes = all(
            premiere.lues.get(nom) == autre.lues.get(nom)
            for nom in noms_du_niveau(self.genre, Niveau.LIGNE)
        )
        if self.genre == "titres" and memes and premiere.lues != autre.lues:
            return
        self.constats.noter(
            autre.rangee.anomalie(
                self.genre,
                "depot.ligne.doublon",
                "ligne",
                f"cette ligne de pièce est déjà donnée à la ligne {premiere.rangee.ligne}",
                "Corriger le numéro de ligne ou retirer le doublon. Pour un titre à plusieurs "
                "débiteurs, répéter la ligne en ne changeant que le tiers.",
            )
        )

    def _ligne(
        self, numero: int, montant: Decimal, rangees: list[Valeurs], refs: tuple[PjRef, ...]
    ) -> Ligne:
        v = rangees[0]
        creanciers = (tiers(rangee, self._domaine) for rangee in rangees)
        return Ligne(
            numero=numero,
            nature=v.texte("nature") or "",
            montant_ht=montant,
            montant_tva=v.montant("montant_tva") or None,
            fonction=v.texte("fonction"),
            operation=v.texte("operation"),
            compte_tiers=v.texte("compte_tiers"),
            tva_intracom=v.vrai("tva_intracom") or False,
            tva_importation=v.vrai("tva_importation"),
            compte_analytique=v.texte("compte_analytique"),
            facture=v.texte("facture"),
            libelle_virement_1=v.texte("libelle_virement_1"),
            libelle_virement_2=v.texte("libelle_virement_2"),
            mode_reglement=v.texte("mode_reglement"),
            montant_facture_ht=v.montant("montant_facture_ht"),
            objet=v.texte("objet_ligne"),
            code_produit=v.texte("code_produit"),
            taux_tva=v.montant("taux_tva"),
            majoration=majoration(v),
            montant_non_majorable=v.montant("montant_non_majorable"),
            prelevement=prelevement(v),
            rattachement=rattachement(v),
            liens=liens(v),
            pj_refs=refs,
            tiers=tuple(un for un in creanciers if un is not None),
            **de_la_ligne(v),
        )

    def _mandat(self, v: Valeurs, lignes: tuple[Ligne, ...], refs: tuple[PjRef, ...]) -> Mandat:
        return Mandat(
            numero=v.entier("mandat") or 0,
            type=v.texte("type_piece") or "01",
            nature=v.texte("nature_piece") or "01",
            lignes=lignes,
            objet=v.texte("objet"),
            service=v.texte("service"),
            affectation=v.texte("affectation"),
            date_echeance=v.jour("date_echeance"),
            liste_pj=v.texte("liste_pj"),
            carte_achat=v.vrai("carte_achat"),
            dgp=dgp(v),
            pj_refs=refs,
        )

    def _titre(
        self, v: Valeurs, lignes: tuple[Ligne, ...], refs: tuple[PjRef, ...], type_: str
    ) -> Titre:
        return Titre(
            numero=v.entier("titre") or 0,
            type=v.texte("type_piece") or type_,
            nature=v.texte("nature_piece") or "01",
            lignes=lignes,
            objet=self._objet_regie(v),
            service=v.texte("service"),
            affectation=v.texte("affectation"),
            role=v.entier("role"),
            date_asp=v.jour("date_asp"),
            edition=v.texte("edition"),
            numero_facture=v.texte("numero_facture"),
            numero_marche=v.texte("numero_marche"),
            numero_engagement=v.texte("numero_engagement"),
            code_service=v.texte("code_service"),
            nom_service=v.texte("nom_service"),
            cadre_facturation=v.texte("cadre_facturation"),
            pj_refs=refs,
            **du_titre(v),
        )

    def _objet_regie(self, v: Valeurs) -> str | None:
        """The object, followed by the summary of a régie's receipts (accord local 1.3)."""
        objet, nombre = v.texte("objet"), v.entier("quittance_nombre")
        premiere, derniere = v.texte("quittance_premiere"), v.texte("quittance_derniere")
        if nombre is None or premiere is None or derniere is None:
            return objet
        resume = f"Quittances {premiere} à {derniere} ({nombre})"
        complet = f"{objet} - {resume}" if objet else resume
        if len(complet) > _OBJET_TITRE:
            self._quittance(
                v,
                "objet",
                "depot.valeur.longueur",
                f"avec le récapitulatif des quittances, l'objet a {len(complet)} caractères, "
                f"le PES en admet {_OBJET_TITRE}",
            )
        if premiere.isdigit() and derniere.isdigit():
            etendue = int(derniere) - int(premiere) + 1
            if not nombre <= etendue:
                self._quittance(
                    v,
                    "quittance_nombre",
                    "depot.regie.quittances",
                    f"{nombre} quittances ne tiennent pas entre {premiere} et {derniere}",
                )
        return complet

    def _quittance(self, v: Valeurs, colonne: str, regle: str, message: str) -> None:
        self.constats.noter(
            v.rangee.anomalie(
                self.genre, regle, colonne, message, "Corriger le récapitulatif de la régie."
            )
        )

    def _bordereau(self, v: Valeurs, pieces: tuple[Piece, ...]) -> Bordereau | None:
        exercice, numero, jour = (
            v.entier("exercice"),
            v.entier("bordereau"),
            v.jour("date_emission"),
        )
        if v.fautives or not pieces or exercice is None or numero is None or jour is None:
            return None
        return Bordereau(
            domaine=self._domaine,
            exercice=exercice,
            numero=numero,
            date_emission=jour,
            type=v.texte("type_bordereau") or "01",
            pieces=pieces,
            date_asp=v.jour("role_date_asp"),
            objet=v.texte("role_objet"),
        )
