"""Rows as every source gives them: CSV, XLSX or JSON, before any value is understood.

A `Rangee` holds the raw cells that are filled, by column name, with what is needed to point at
one of them. `ranger` turns header and cells of a spreadsheet into rows and finds what is wrong
with the shape of the table: columns unknown, doubled, without a name, rows that are shifted.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from vaguemestre.errors import Anomalie, Gravite
from vaguemestre.intake.colonnes import Genre, numero_de, par_nom
from vaguemestre.intake.constats import Constats
from vaguemestre.intake.valeurs import Brut, en_texte

BORDS = "espaces en début ou en fin de valeur"
"""Key under which `remplacements` counts the cells that were trimmed."""

Cellules = Sequence[Brut | None]


@dataclass(frozen=True, slots=True)
class Rangee:
    """One ligne of a pièce as it was typed. `rangs`: 1-based spreadsheet columns by name.

    `lieu` gives the line of a key where a row gathers several JSON objects.
    """

    fichier: str
    ligne: int
    cellules: Mapping[str, Brut]
    rangs: Mapping[str, int] = field(default_factory=dict)
    lieu: Callable[[str], int] | None = None

    def ref(self, genre: Genre) -> str:
        """« bordereau 72 / mandat 832 / ligne 1 », as far as the row says."""
        parts = [
            f"{nom} {en_texte(self.cellules[nom])}"
            for nom in ("bordereau", numero_de(genre), "ligne")
            if nom in self.cellules
        ]
        return " / ".join(parts) or f"{self.fichier} ligne {self.ligne}"

    def anomalie(
        self,
        genre: Genre,
        regle: str,
        colonne: str,
        message: str,
        conseil: str,
        gravite: Gravite = Gravite.REJET_FLUX,
    ) -> Anomalie:
        """A finding about one cell of this row, at its place."""
        valeur = self.cellules.get(colonne)
        return Anomalie(
            regle,
            self.ref(genre),
            message,
            gravite,
            ligne=self.lieu(colonne) if self.lieu else self.ligne,
            colonne=self.rangs.get(colonne),
            chemin=colonne,
            valeur=None if valeur is None else en_texte(valeur),
            conseil=conseil,
            fichier=self.fichier,
        )


@dataclass(frozen=True, slots=True)
class Feuille:
    """A spreadsheet read cell by cell; `lignes` are (line number from 1, cells)."""

    fichier: str
    lignes: Sequence[tuple[int, Cellules]]


def nom_proche(nom: str, connus: Iterable[str]) -> str:
    """« , vouliez-vous dire « x » ? » with the nearest known name, or nothing."""
    nu = simplifier(nom)
    proches = difflib.get_close_matches(nu, list(connus), n=1, cutoff=0.5)
    return f", vouliez-vous dire « {proches[0]} » ?" if proches else ""


def simplifier(nom: str) -> str:
    """Lower case, no accent, `_` for spaces and dashes: only used to compare names."""
    nu = unicodedata.normalize("NFKD", nom.lower())
    sans_accent = "".join(c for c in nu if not unicodedata.combining(c))
    return sans_accent.replace(" ", "_").replace("-", "_").strip("_")


def rogner(cellules: Iterable[Brut | None], constats: Constats) -> list[Brut | None]:
    """The cells without the outer white space that padded exports leave, counted."""
    rognees: list[Brut | None] = []
    for cellule in cellules:
        rogne = cellule.strip() if isinstance(cellule, str) else cellule
        if rogne and rogne != cellule:
            constats.remplacements[BORDS] += 1
        rognees.append(rogne)
    return rognees


def ranger(feuille: Feuille, genre: Genre, constats: Constats) -> list[Rangee]:
    """The rows of a sheet by column name; [] when the header cannot be trusted."""
    pleines = [(n, cellules) for n, cellules in feuille.lignes if _pleine(cellules)]
    if not pleines:
        constats.depot(
            "depot.fichier.vide",
            "le fichier ne contient aucune ligne",
            f"Remplir le fichier ; « vaguemestre help depot » décrit les colonnes de {genre}.",
            fichier=feuille.fichier,
        )
        return []
    ligne_entete, entete = pleines[0]
    rangs = _entete(feuille, ligne_entete, entete, pleines, genre, constats)
    if rangs is None:
        return []
    rangees = _lignes(feuille, pleines[1:], entete, rangs, genre, constats)
    _signaler_vides(feuille, constats)
    if not rangees:
        constats.depot(
            "depot.fichier.vide",
            "l'en-tête n'est suivi d'aucune ligne",
            "Ajouter une ligne par imputation, puis redéposer.",
            fichier=feuille.fichier,
        )
    return rangees


def _pleine(cellules: Cellules) -> bool:
    return any(cellule not in (None, "") for cellule in cellules)


def _nom(cellule: Brut | None) -> str:
    return "" if cellule is None else en_texte(cellule).strip().lower()


def _entete(
    feuille: Feuille,
    ligne: int,
    entete: Cellules,
    pleines: Sequence[tuple[int, Cellules]],
    genre: Genre,
    constats: Constats,
) -> dict[str, int] | None:
    """Rank from 0 of each known column; None when no column is known."""
    connus = par_nom(genre)
    noms = [_nom(cellule) for cellule in entete]
    if not set(noms) & connus.keys():
        _sans_entete(feuille, ligne, pleines, genre, constats)
        return None
    rangs: dict[str, int] = {}
    for rang, nom in enumerate(noms):
        if nom in connus and nom not in rangs:
            rangs[nom] = rang
        elif nom:
            constats.noter(_mauvaise_colonne(feuille, ligne, rang, nom, rangs, genre))
    _absentes(feuille, ligne, rangs, genre, constats)
    return rangs


def _mauvaise_colonne(
    feuille: Feuille, ligne: int, rang: int, nom: str, rangs: dict[str, int], genre: Genre
) -> Anomalie:
    """A column that is unknown or comes a second time."""
    if nom in rangs:
        regle = "depot.colonne.doublee"
        message = f"colonne « {nom} » présente deux fois (colonnes {rangs[nom] + 1} et {rang + 1})"
        conseil = "Garder une seule de ces deux colonnes."
    else:
        regle = "depot.colonne.inconnue"
        message = f"colonne inconnue « {nom} »{nom_proche(nom, par_nom(genre))}"
        conseil = "Renommer ou retirer la colonne ; « vaguemestre help depot » donne la liste."
    return Anomalie(
        regle,
        f"{feuille.fichier} ligne {ligne}",
        message,
        ligne=ligne,
        colonne=rang + 1,
        chemin=nom,
        valeur=nom,
        conseil=conseil,
        fichier=feuille.fichier,
    )


def _absentes(
    feuille: Feuille, ligne: int, rangs: dict[str, int], genre: Genre, constats: Constats
) -> None:
    for colonne in par_nom(genre).values():
        if colonne.obligatoire and not colonne.groupe and colonne.nom not in rangs:
            constats.noter(
                Anomalie(
                    "depot.colonne.absente",
                    f"{feuille.fichier} ligne {ligne}",
                    f"la colonne obligatoire « {colonne.nom} » manque ({colonne.libelle})",
                    ligne=ligne,
                    chemin=colonne.nom,
                    conseil="Ajouter la colonne et la remplir, puis redéposer.",
                    fichier=feuille.fichier,
                )
            )


def _sans_entete(
    feuille: Feuille,
    ligne: int,
    pleines: Sequence[tuple[int, Cellules]],
    genre: Genre,
    constats: Constats,
) -> None:
    connus = par_nom(genre).keys()
    plus_bas = next((n for n, c in pleines[1:30] if len({_nom(x) for x in c} & connus) > 2), None)
    premier = next((_nom(c) for c in pleines[0][1] if _nom(c)), "")
    suite = (
        f" ; les noms de colonnes sont à la ligne {plus_bas}"
        if plus_bas
        else nom_proche(premier, connus)
    )
    constats.noter(
        Anomalie(
            "depot.colonne.entete",
            f"{feuille.fichier} ligne {ligne}",
            f"aucune colonne connue sur la première ligne{suite}",
            ligne=ligne,
            valeur=premier,
            conseil="La première ligne du fichier porte les noms des colonnes, sans titre "
            "au-dessus ; « vaguemestre help depot » donne la liste.",
            fichier=feuille.fichier,
        )
    )


def _lignes(
    feuille: Feuille,
    pleines: Sequence[tuple[int, Cellules]],
    entete: Cellules,
    rangs: dict[str, int],
    genre: Genre,
    constats: Constats,
) -> list[Rangee]:
    rangs_de_un = {nom: rang + 1 for nom, rang in rangs.items()}
    sans_nom = [rang for rang, cellule in enumerate(entete) if not _nom(cellule)]
    rangees = []
    for ligne, cellules in pleines:
        if _repetition(cellules, rangs):
            _decalee(
                feuille,
                ligne,
                1,
                "depot.ligne.entete_repetee",
                "l'en-tête est répété au milieu du fichier",
                constats,
            )
            continue
        for rang in [*sans_nom, *range(len(entete), len(cellules))]:
            if rang < len(cellules) and cellules[rang] not in (None, ""):
                message = (
                    f"une valeur (« {en_texte(cellules[rang] or '')} ») se trouve dans la "
                    f"colonne {rang + 1}, qui n'a pas de nom"
                )
                _decalee(feuille, ligne, rang + 1, "depot.ligne.decalee", message, constats)
                break
        remplies = {
            nom: valeur
            for nom, rang in rangs.items()
            if rang < len(cellules) and (valeur := cellules[rang]) is not None and valeur != ""
        }
        rangees.append(Rangee(feuille.fichier, ligne, remplies, rangs_de_un))
    return rangees


def _repetition(cellules: Cellules, rangs: dict[str, int]) -> bool:
    return all(rang < len(cellules) and _nom(cellules[rang]) == n for n, rang in rangs.items())


def _decalee(
    feuille: Feuille, ligne: int, colonne: int, regle: str, message: str, constats: Constats
) -> None:
    constats.noter(
        Anomalie(
            regle,
            f"{feuille.fichier} ligne {ligne}",
            message,
            ligne=ligne,
            colonne=colonne,
            conseil="Vérifier que la ligne n'est pas décalée : une valeur qui contient le "
            "séparateur doit être entre guillemets.",
            fichier=feuille.fichier,
        )
    )


def _signaler_vides(feuille: Feuille, constats: Constats) -> None:
    vides = [n for n, cellules in feuille.lignes if not _pleine(cellules)]
    if vides:
        liste = ", ".join(str(n) for n in vides[:20]) + ("…" if len(vides) > 20 else "")
        constats.noter(
            Anomalie(
                "depot.ligne.vide",
                feuille.fichier,
                f"{len(vides)} ligne(s) vide(s) ignorée(s) : {liste}",
                Gravite.AVERTISSEMENT,
                ligne=vides[0],
                conseil="Rien à faire si ces lignes ne devaient rien contenir.",
                fichier=feuille.fichier,
            )
        )
