"""Rows of raw cells to rows of values: each column read as its kind, every fault noted."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from vaguemestre.domain.identifiants import Bic, Iban
from vaguemestre.formats.caracteres import traduire
from vaguemestre.formats.codecs import hors_jeu
from vaguemestre.intake.colonnes import Colonne, Genre, Sorte, par_nom
from vaguemestre.intake.constats import Constats
from vaguemestre.intake.tableau import Rangee
from vaguemestre.intake.valeurs import (
    Brut,
    Refus,
    abime_par_tableur,
    en_texte,
    lire_booleen,
    lire_chiffres,
    lire_code,
    lire_date,
    lire_entier,
    lire_montant,
    lire_montant_signe,
    lire_quantite,
    lire_taux,
    zero_perdu,
)

Valeur = str | int | Decimal | date | bool | tuple[str, ...]
_CONTROLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_ESPACES = re.compile(r"[ \u00a0\u202f]")
_GROUPABLES = frozenset({"iban", "tiers_identifiant", "bic", "prelevement_ancien_iban"})
"""Columns whose values people group by spaces, which the PES does not take."""

_CLES = {"iban": Iban.controle, "prelevement_ancien_iban": Iban.controle, "bic": Bic.controle}

_UNE_FOIS = frozenset({"date_emission"})
"""Mandatory once per bordereau, not on each of its rows: judged where rows are put together."""

_SUITES = (("naissance", "tiers"), ("avance", "patient"), ("assure", "patient"))
_ENTRAINE = (("rib", "compte"), ("compte", "tiers"), ("adresse", "tiers"), *_SUITES)
"""A group that is begun begins another: an address is somebody's."""


@dataclass(frozen=True, slots=True)
class Reglages:
    """What reading needs to know of the body: decimals of its money, budgets, characters."""

    decimales: int
    budgets: tuple[str, ...]
    caracteres: Mapping[str, str]


@dataclass(slots=True)
class Valeurs:
    """One row, understood. `fautives`: columns that hold something that could not be read."""

    rangee: Rangee
    lues: dict[str, Valeur] = field(default_factory=dict)
    fautives: set[str] = field(default_factory=set)

    def texte(self, nom: str) -> str | None:
        valeur = self.lues.get(nom)
        return valeur if isinstance(valeur, str) else None

    def entier(self, nom: str) -> int | None:
        valeur = self.lues.get(nom)
        return valeur if isinstance(valeur, int) else None

    def montant(self, nom: str) -> Decimal | None:
        valeur = self.lues.get(nom)
        return valeur if isinstance(valeur, Decimal) else None

    def jour(self, nom: str) -> date | None:
        valeur = self.lues.get(nom)
        return valeur if isinstance(valeur, date) else None

    def vrai(self, nom: str) -> bool | None:
        valeur = self.lues.get(nom)
        return valeur if isinstance(valeur, bool) else None

    def noms(self, nom: str) -> tuple[str, ...]:
        valeur = self.lues.get(nom)
        return valeur if isinstance(valeur, tuple) else ()


def comprendre(
    rangees: Sequence[Rangee], genre: Genre, reglages: Reglages, constats: Constats
) -> list[Valeurs]:
    """Every row with its values; a row that lacks or spoils a mandatory one stays, flawed."""
    lecteur = _Lecteur(genre, reglages, constats)
    return [lecteur.lire(rangee) for rangee in rangees]


class _Lecteur:
    def __init__(self, genre: Genre, reglages: Reglages, constats: Constats) -> None:
        self._genre: Genre = genre
        self._reglages = reglages
        self._constats = constats
        self._connus = par_nom(genre)
        # Rows of a file repeat dates, accounts and names: each value is understood once, unless
        # reading it counted a replacement, which must be counted each time.
        self._deja: dict[tuple[str, type, Brut], Valeur | Refus] = {}
        self._traduit = False
        self._absences: dict[frozenset[str], tuple[Colonne, ...]] = {}
        self._par_groupe: dict[str, list[Colonne]] = {}
        for colonne in self._connus.values():
            self._par_groupe.setdefault(colonne.groupe, []).append(colonne)
        self._lire: dict[Sorte, Callable[[Brut, Colonne], Valeur | Refus]] = {
            Sorte.TEXTE: self._texte,
            Sorte.ALNUM: self._alnum,
            Sorte.CHIFFRES: lambda brut, c: lire_chiffres(brut, c.mini, c.taille),
            Sorte.ENTIER: lambda brut, c: lire_entier(brut, c.taille),
            Sorte.MONTANT: lambda brut, _: lire_montant(brut, reglages.decimales),
            Sorte.MONTANT_SIGNE: lambda brut, _: lire_montant_signe(brut, reglages.decimales),
            Sorte.QUANTITE: lambda brut, _: lire_quantite(brut),
            Sorte.TAUX: lambda brut, _: lire_taux(brut),
            Sorte.DATE: lambda brut, _: lire_date(brut),
            Sorte.BOOLEEN: lambda brut, _: lire_booleen(brut),
            Sorte.CODE: lambda brut, c: lire_code(brut, c.codes or reglages.budgets),
            Sorte.NOMS: self._noms,
        }

    def lire(self, rangee: Rangee) -> Valeurs:
        valeurs = Valeurs(rangee)
        for nom, brut in rangee.cellules.items():
            cle = (nom, type(brut), brut)
            lu = self._deja.get(cle)
            if lu is None:
                lu = self._interpreter(nom, brut)
                if not self._traduit:
                    self._deja[cle] = lu
            if isinstance(lu, Refus):
                valeurs.fautives.add(nom)
                self._refuser(rangee, nom, lu)
            else:
                valeurs.lues[nom] = lu
        for colonne in self._manquantes(frozenset(rangee.cellules)):
            self._manque(valeurs, colonne)
        self._un_seul_compte(valeurs)
        self._identifiant(valeurs)
        return valeurs

    def _interpreter(self, nom: str, brut: Brut) -> Valeur | Refus:
        self._traduit = False
        colonne = self._connus[nom]
        return abime_par_tableur(brut) or self._lire[colonne.sorte](brut, colonne)

    def _refuser(self, rangee: Rangee, nom: str, refus: Refus) -> None:
        montre = en_texte(rangee.cellules[nom])
        self._constats.noter(
            rangee.anomalie(
                self._genre,
                f"depot.valeur.{refus.regle}",
                nom,
                f"{nom} « {montre} » : {refus.message}",
                refus.conseil,
            )
        )

    def _manquantes(self, remplies: frozenset[str]) -> tuple[Colonne, ...]:
        """Mandatory columns that a row with these ones lacks; rows of a file resemble."""
        connues = self._absences.get(remplies)
        if connues is None:
            connues = tuple(
                colonne
                for groupe in self._groupes_actifs(remplies)
                for colonne in self._par_groupe[groupe]
                if colonne.obligatoire and colonne.nom not in remplies | _UNE_FOIS
            )
            if "budget" not in remplies and len(self._reglages.budgets) > 1:
                connues = (self._connus["budget"], *connues)
            self._absences[remplies] = connues
        return connues

    def _groupes_actifs(self, remplies: Set[str]) -> list[str]:
        """Groups that this row begins, with those they cannot stand without."""
        actifs = {self._connus[nom].groupe for nom in remplies} | {""}
        for groupe, entraine in _ENTRAINE:
            if groupe in actifs:
                actifs.add(entraine)
        if self._genre == "titres" and "tiers" in actifs:
            actifs.add("adresse")  # mandatory in recette (pes.md §5.6)
        return [groupe for groupe in self._par_groupe if groupe in actifs]

    def _un_seul_compte(self, valeurs: Valeurs) -> None:
        remplies = valeurs.rangee.cellules
        if "titulaire_compte" not in remplies or ("iban" in remplies) != ("rib_compte" in remplies):
            return
        valeurs.fautives.add("iban")
        self._constats.noter(
            valeurs.rangee.anomalie(
                self._genre,
                "depot.valeur.compte",
                "iban",
                "un compte bancaire se donne par l'IBAN ou par le RIB : l'un des deux, pas "
                "les deux",
                "Remplir iban, ou les quatre colonnes rib_…, et vider les autres.",
            )
        )

    def _manque(self, valeurs: Valeurs, colonne: Colonne) -> None:
        valeurs.fautives.add(colonne.nom)
        manque(valeurs, colonne, self._genre, self._constats)

    def _identifiant(self, valeurs: Valeurs) -> None:
        """A SIRET or SIREN one digit short is what a spreadsheet leaves of a leading zero."""
        largeur = {"01": 14, "02": 9}.get(valeurs.texte("tiers_nature_identifiant") or "")
        texte = valeurs.texte("tiers_identifiant")
        if largeur and texte and texte.isdigit() and len(texte) == largeur - 1:
            valeurs.fautives.add("tiers_identifiant")
            refus = zero_perdu(texte, texte.zfill(largeur))
            self._refuser(valeurs.rangee, "tiers_identifiant", refus)

    def _texte(self, brut: Brut, colonne: Colonne) -> str | Refus:
        texte = self._traduire(en_texte(brut))
        if colonne.nom in _GROUPABLES:
            texte = _ESPACES.sub("", texte)
        if refus := _caracteres(texte):
            return refus
        if len(texte) > colonne.taille:
            return _trop_long(texte, colonne)
        return texte

    def _traduire(self, texte: str) -> str:
        if texte.isascii():
            return texte
        traduit, compte = traduire(texte, self._reglages.caracteres)
        if compte:
            self._traduit = True
            self._constats.remplacements.update(compte)
        return traduit

    def _alnum(self, brut: Brut, colonne: Colonne) -> str | Refus:
        texte = en_texte(brut)
        if colonne.nom in _GROUPABLES:
            texte = _ESPACES.sub("", texte)
        if not (texte.isascii() and texte.isalnum()):
            return Refus(
                "alnum",
                "seuls des lettres sans accent et des chiffres sont admis ici",
                "Corriger la valeur.",
            )
        if len(texte) > colonne.taille:
            return _trop_long(texte, colonne)
        if len(texte) < colonne.mini:
            return zero_perdu(texte, texte.zfill(colonne.mini))
        return _cle_fausse(texte, colonne) or texte

    def _noms(self, brut: Brut, colonne: Colonne) -> tuple[str, ...] | Refus:
        noms = tuple(nom.strip() for nom in en_texte(brut).split("|"))
        if not all(noms):
            return Refus(
                "liste",
                "un nom de la liste est vide",
                "Séparer les noms par une seule barre « | », sans barre au début ni à la fin.",
            )
        for nom in noms:
            if colonne.codes:
                code = lire_code(nom, colonne.codes)
                if isinstance(code, Refus):
                    return code
            if colonne.taille and len(nom) > colonne.taille:
                return _trop_long(nom, colonne)
        if colonne.nom == "pj_description":
            return self._descriptions(noms)
        return noms

    def _descriptions(self, noms: tuple[str, ...]) -> tuple[str, ...] | Refus:
        traduites = []
        for nom in noms:
            texte = self._traduire(nom)
            if refus := _caracteres(texte):
                return refus
            traduites.append(texte)
        return tuple(traduites)


def manque(valeurs: Valeurs, colonne: Colonne, genre: Genre, constats: Constats) -> None:
    """Note an empty mandatory cell, unless its column is missing: that was said for all rows."""
    nom, rangs = colonne.nom, valeurs.rangee.rangs
    if rangs and nom not in rangs and not colonne.groupe and nom != "budget":
        return
    constats.noter(
        valeurs.rangee.anomalie(
            genre,
            "depot.valeur.obligatoire",
            nom,
            f"{nom} est vide ({colonne.libelle})",
            f"Remplir la colonne, par exemple : {colonne.exemple}.",
        )
    )


def _cle_fausse(texte: str, colonne: Colonne) -> Refus | None:
    """A wrong key is said with the rest of the deposit, at its cell; case is judged elsewhere."""
    controle = _CLES.get(colonne.nom)
    defaut = None if controle is None else controle(texte.upper())
    if defaut is None:
        return None
    return Refus("cle", defaut, "Recopier la valeur du relevé d'identité bancaire du tiers.")


def _trop_long(texte: str, colonne: Colonne) -> Refus:
    return Refus(
        "longueur",
        f"{len(texte)} caractères, le PES en admet {colonne.taille}",
        "Raccourcir le texte dans le logiciel émetteur ; rien n'est coupé à votre place.",
    )


def _caracteres(texte: str) -> Refus | None:
    if texte.isascii() and texte.isprintable():
        return None
    intrus = tuple(dict.fromkeys([*hors_jeu(texte), *_CONTROLE.findall(texte)]))
    if not intrus:
        return None
    montres = ", ".join(f"{nommer(c)} en position {texte.index(c) + 1}" for c in intrus[:5])
    return Refus(
        "caractere",
        f"caractère sans place dans le PES (ISO-8859-1) : {montres}",
        "Remplacer ce caractère dans le logiciel émetteur, ou lui donner un équivalent dans "
        "pes.caracteres de vaguemestre.toml.",
    )


def nommer(signe: str) -> str:
    """A character for people: itself where it can be seen, always its number."""
    visible = signe.isprintable() and not signe.isspace()
    return f"« {signe} » (U+{ord(signe):04X})" if visible else f"U+{ord(signe):04X}"
