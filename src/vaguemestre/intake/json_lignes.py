"""mandats.json and titres.json: nested by bordereau, or a flat list of rows.

Nested: `{"bordereaux": [{…, "mandats": [{…, "lignes": [{…, "tiers": [{…}]}]}]}]}`, where each key
stands in the object it describes (`help depot`); the keys of one tiers may stand in the ligne
itself. Each object remembers where it began, so that a finding names its line.
"""

from __future__ import annotations

import json
import json.decoder
import json.scanner
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from vaguemestre.errors import Anomalie
from vaguemestre.intake.colonnes import Genre, Niveau, par_nom
from vaguemestre.intake.constats import Constats
from vaguemestre.intake.tableau import Rangee, nom_proche, rogner
from vaguemestre.intake.tableur_csv import decoder
from vaguemestre.intake.valeurs import Brut


class Objet(dict[str, Any]):
    """A JSON object that knows the offset of its brace and its doubled keys."""

    debut: int = 0
    doubles: tuple[str, ...] = ()


class _Decodeur(json.JSONDecoder):
    """The standard decoder, with objects that know their place and exact numbers."""

    def __init__(self) -> None:
        super().__init__(parse_float=_nombre, parse_constant=str, object_pairs_hook=_objet)
        ordinaire = json.decoder.JSONObject  # type: ignore[attr-defined]

        def parse_object(etat: tuple[str, int], *reste: Any) -> tuple[Any, int]:
            objet, fin = ordinaire(etat, *reste)
            objet.debut = etat[1] - 1
            return objet, fin

        self.parse_object = parse_object
        # The C scanner ignores parse_object; the Python one is the documented fallback.
        self.scan_once = json.scanner.py_make_scanner(self)  # type: ignore[attr-defined]


def _nombre(texte: str) -> Decimal | str:
    """A plain decimal; scientific notation stays text, and is refused where it is read."""
    return texte if "e" in texte.lower() else Decimal(texte)


def _objet(paires: list[tuple[str, Any]]) -> Objet:
    objet = Objet(paires)
    if len(objet) != len(paires):
        noms = [nom for nom, _ in paires]
        objet.doubles = tuple(dict.fromkeys(nom for nom in noms if noms.count(nom) > 1))
    return objet


def analyser(octets: bytes, fichier: str, constats: Constats) -> tuple[Any, str] | None:
    """(parsed value, its text), or None with a finding."""
    texte = decoder(octets, fichier, constats)
    if texte is None:
        return None
    try:
        return _Decodeur().decode(texte), texte
    except json.JSONDecodeError as error:
        ligne, colonne, raison = error.lineno, error.colno, "le fichier n'est pas un JSON valide"
    except RecursionError:
        ligne, colonne, raison = 1, 1, "le JSON est imbriqué trop profondément"
    except ValueError:
        ligne, colonne, raison = 1, 1, "un nombre du JSON a trop de chiffres"
    constats.noter(
        Anomalie(
            "depot.json.invalide",
            f"{fichier} ligne {ligne}",
            f"{raison} (ligne {ligne}, colonne {colonne})",
            ligne=ligne,
            colonne=colonne,
            conseil="Corriger l'export du logiciel ; le schéma JSON est publié par "
            "« vaguemestre help depot ».",
            fichier=fichier,
        )
    )
    return None


def lire_json(octets: bytes, fichier: str, genre: Genre, constats: Constats) -> list[Rangee]:
    """The rows of the JSON file; what cannot be read becomes findings."""
    analyse = analyser(octets, fichier, constats)
    if analyse is None:
        return []
    valeur, texte = analyse
    lecteur = _Lecteur(fichier, texte, genre, constats)
    if isinstance(valeur, list):
        rangees = lecteur.plates(valeur)
    elif isinstance(valeur, Objet) and "bordereaux" in valeur:
        rangees = lecteur.imbriquees(valeur)
    else:
        lecteur.structure(
            valeur, "", "il faut une liste de lignes, ou un objet avec la clé « bordereaux »"
        )
        return []
    if not rangees and not constats.bloquants:
        constats.depot(
            "depot.fichier.vide",
            "le fichier ne contient aucune ligne",
            "Ajouter au moins une pièce, puis redéposer.",
            fichier=fichier,
        )
    return rangees


def lire_cle(octets: bytes, fichier: str, genre: Genre, constats: Constats) -> list[Rangee]:
    """The rows that stand in a list under the key `genre` of an object; [] without that key.

    A file that is no JSON gives []: whoever reads the rest of it says so.
    """
    analyse = analyser(octets, fichier, Constats())
    if analyse is None or not isinstance(analyse[0], dict) or genre not in analyse[0]:
        return []
    valeur, texte = analyse[0][genre], analyse[1]
    lecteur = _Lecteur(fichier, texte, genre, constats)
    if not isinstance(valeur, list):
        lecteur.structure(analyse[0], genre, f"la clé « {genre} » attend une liste d'objets")
        return []
    return lecteur.plates(valeur)


@dataclass(frozen=True, slots=True)
class _Acquis:
    """What the enclosing objects already say, and which object said it."""

    cellules: Mapping[str, Brut]
    objets: Mapping[str, Objet]


class _Lecteur:
    def __init__(self, fichier: str, texte: str, genre: Genre, constats: Constats) -> None:
        self._fichier = fichier
        self._texte = texte
        self._debuts = [0, *(found.end() for found in re.finditer("\n", texte))]
        self._genre: Genre = genre
        self._constats = constats
        self._connus = par_nom(genre)

    def plates(self, objets: Sequence[Any]) -> list[Rangee]:
        tous = frozenset(self._connus)
        rangees = []
        for objet in objets:
            if isinstance(objet, Objet):
                acquis = self._lire(objet, _Acquis({}, {}), tous, "")
                rangees.append(self._rangee(objet, acquis))
            else:
                self.structure(objet, "", "chaque ligne est un objet { … }")
        return rangees

    def imbriquees(self, racine: Objet) -> list[Rangee]:
        vide = _Acquis({}, {})
        self._lire(racine, vide, frozenset(), "bordereaux")
        rangees = []
        for bordereau in self._enfants(racine, "bordereaux"):
            b = self._lire(bordereau, vide, self._cles(Niveau.BORDEREAU), self._genre)
            for piece in self._enfants(bordereau, self._genre):
                p = self._lire(piece, b, self._cles(Niveau.PIECE), "lignes")
                for ligne in self._enfants(piece, "lignes"):
                    rangees += self._ligne(ligne, p)
        return rangees

    def _ligne(self, ligne: Objet, piece: _Acquis) -> list[Rangee]:
        if "tiers" not in ligne:
            cles = self._cles(Niveau.LIGNE) | self._cles(Niveau.TIERS)
            return [self._rangee(ligne, self._lire(ligne, piece, cles, ""))]
        acquis = self._lire(ligne, piece, self._cles(Niveau.LIGNE), "tiers")
        seul = isinstance(ligne["tiers"], Objet)
        tiers = [ligne["tiers"]] if seul else self._enfants(ligne, "tiers")
        return [
            self._rangee(ligne, self._lire(un, acquis, self._cles(Niveau.TIERS), ""))
            for un in tiers
        ]

    def _cles(self, niveau: Niveau) -> frozenset[str]:
        return frozenset(nom for nom, c in self._connus.items() if c.niveau is niveau)

    def _rangee(self, objet: Objet, acquis: _Acquis) -> Rangee:
        def lieu(nom: str) -> int:
            """Looked for only when a finding needs it."""
            return self._ligne_cle(acquis.objets.get(nom, objet), nom)

        ligne = self._ligne_de(objet.debut)
        return Rangee(self._fichier, ligne, acquis.cellules, lieu=lieu)

    def _lire(
        self, objet: Objet, dehors: _Acquis, admises: frozenset[str], enfants: str
    ) -> _Acquis:
        """The cells of one object added to those of the objects around it."""
        cellules, objets = dict(dehors.cellules), dict(dehors.objets)
        for nom in objet.doubles:
            self.structure(objet, nom, f"la clé « {nom} » est présente deux fois")
        for nom, valeur in objet.items():
            if nom == enfants:
                continue
            if nom not in admises:
                self._inconnue(objet, nom)
                continue
            brut = self._brut(objet, nom, valeur)
            if brut is not None and brut != "":
                cellules[nom] = brut
                objets[nom] = objet
        return _Acquis(cellules, objets)

    def _brut(self, objet: Objet, nom: str, valeur: Any) -> Brut | None:
        if isinstance(valeur, list) and all(isinstance(un, str) for un in valeur):
            valeur = "|".join(valeur)
        if valeur is None or isinstance(valeur, (str, bool, int, Decimal)):
            return rogner([valeur], self._constats)[0]
        self.structure(objet, nom, f"la clé « {nom} » attend une valeur simple")
        return None

    def _inconnue(self, objet: Objet, nom: str) -> None:
        colonne = self._connus.get(nom)
        if colonne is not None:
            message = f"la clé « {nom} » se place dans l'objet {colonne.niveau.value}"
        else:
            message = f"clé inconnue « {nom} »{nom_proche(nom, self._connus)}"
        self._noter("depot.colonne.inconnue", objet, nom, message)

    def _enfants(self, objet: Objet, cle: str) -> list[Objet]:
        valeur = objet.get(cle)
        if isinstance(valeur, list) and valeur and all(isinstance(un, Objet) for un in valeur):
            return valeur
        self.structure(objet, cle, f"il faut sous « {cle} » une liste d'objets, non vide")
        return []

    def structure(self, objet: Any, nom: str, message: str) -> None:
        self._noter("depot.json.structure", objet, nom, message)

    def _noter(self, regle: str, objet: Any, nom: str, message: str) -> None:
        ligne = self._ligne_cle(objet, nom) if isinstance(objet, Objet) else 1
        self._constats.noter(
            Anomalie(
                regle,
                f"{self._fichier} ligne {ligne}",
                message,
                ligne=ligne,
                chemin=nom,
                conseil="Corriger l'export ; « vaguemestre help depot » décrit les clés.",
                fichier=self._fichier,
            )
        )

    def _ligne_cle(self, objet: Objet, nom: str) -> int:
        cle = re.compile(re.escape(json.dumps(nom, ensure_ascii=False)) + r"\s*:")
        trouve = cle.search(self._texte, objet.debut) if nom else None
        return self._ligne_de(trouve.start() if trouve else objet.debut)

    def _ligne_de(self, position: int) -> int:
        return bisect_right(self._debuts, position)
