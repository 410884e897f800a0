"""Categories of PJ of the local agreement: their §, the formats they take, where they come from.

Data, not code (accord-local-nc NC-24, NC-44 to NC-53): `categories.json` beside this module, or
the file that a body gives. It carries its version, date and status, and each category says whether
the agreement itself gives its formats (« officiel ») or whether they are our reading (« infere »).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from vaguemestre.errors import Anomalie, ConfigurationError, Gravite

PREFERENCE = ("native", "convertie", "papier")
"""Best first (accord local 1.4: « fichiers électroniques créés par l'émetteur »)."""

SUPPLEMENTS = frozenset({"pkcs7"})
"""Detached signatures go with any category."""

_FICHIER = Path(__file__).with_name("categories.json")
_MOTS: Mapping[str, str] = {"xml": "XML", "pdf": "PDF", "zip": "archive zip"}
_CERTITUDES = ("officiel", "infere")
_CODE = re.compile("[a-z][a-z_]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Categorie:
    """One category. `types_pj`: the TypePJ of the PES that can only mean this category.

    `schema`: the annex that defines its XML. `avec`: what it comes with. `libelle_exige`: the
    convention must say what it holds. `certitude`: « officiel » where the agreement gives the
    formats itself, « infere » where they are our reading.
    """

    code: str
    libelle: str
    paragraphes: tuple[str, ...]
    formats: tuple[str, ...]
    origines: tuple[str, ...] = PREFERENCE
    types_pj: tuple[str, ...] = ()
    schema: str = ""
    avec: tuple[str, ...] = ()
    libelle_exige: bool = False
    note: str = ""
    certitude: str = "infere"

    def __post_init__(self) -> None:
        if not (_CODE.fullmatch(self.code) and self.libelle and self.formats):
            raise ValueError(f"catégorie « {self.code} » : code, libellé et formats sont exigés")
        for quoi, valeurs, admises in (
            ("format", self.formats, _MOTS),
            ("origine", self.origines, PREFERENCE),
            ("certitude", (self.certitude,), _CERTITUDES),
        ):
            for valeur in valeurs:
                if valeur not in admises:
                    raise ValueError(f"catégorie « {self.code} » : {quoi} « {valeur} » inconnu")

    @property
    def reference(self) -> str:
        """« §2.2.1.6 »."""
        return ", ".join(f"§{paragraphe}" for paragraphe in self.paragraphes)

    @property
    def formats_lisibles(self) -> str:
        return " ou ".join(_MOTS[format_] for format_ in self.formats)


@dataclass(frozen=True, slots=True, kw_only=True)
class Referentiel:
    """A version of the list."""

    version: str
    statut: str
    date: str
    source: str
    categories: tuple[Categorie, ...]
    reserve: str = ""

    def __post_init__(self) -> None:
        codes = [categorie.code for categorie in self.categories]
        for code in codes:
            if codes.count(code) > 1:
                raise ValueError(f"catégorie « {code} » en double")

    def trouver(self, code: str) -> Categorie | None:
        return next((c for c in self.categories if c.code == code), None)

    def du_type(self, type_pj: str | None) -> Categorie | None:
        """The only category that a TypePJ can mean, or None."""
        trouvees = [c for c in self.categories if type_pj in c.types_pj]
        return trouvees[0] if len(trouvees) == 1 else None


@cache
def referentiel(fichier: Path | None = None) -> Referentiel:
    """The list shipped with the program, or that of a body.

    Raises:
        ConfigurationError: the file cannot be read, or is not such a list.
    """
    chemin = fichier or _FICHIER
    try:
        brut = json.loads(chemin.read_text("utf-8"))
        categories = tuple(Categorie(**_figer(categorie)) for categorie in brut.pop("categories"))
        return Referentiel(categories=categories, **brut)
    except OSError as error:
        raise ConfigurationError(
            f"liste des catégories de PJ illisible ({error.strerror})", ref=str(chemin)
        ) from error
    except (ValueError, TypeError, AttributeError, LookupError) as error:
        raise ConfigurationError(
            f"liste des catégories de PJ inutilisable : {error}", ref=str(chemin)
        ) from error


def _figer(categorie: Mapping[str, Any]) -> dict[str, Any]:
    return {cle: tuple(v) if isinstance(v, list) else v for cle, v in categorie.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class PjDeclaree:
    """What a deposit or a PES says of one PJ. `nature`: the kind of its bytes (« pdf », « xml »).

    `type`: TypePJ; `categorie`, `origine`: '' when nobody said.
    """

    ref: str
    nom: str
    nature: str
    type: str | None = None
    categorie: str = ""
    origine: str = ""
    libelle: str = ""


def controler_categorie(
    pj: PjDeclaree, liste: Referentiel, cochees: Mapping[str, str]
) -> Iterator[Anomalie]:
    """A PJ against its category and against what its body ticked.

    `cochees`: code to label of what the convention lists; empty: nothing is restricted. A category
    that is only deduced from the TypePJ never blocks: nobody declared it.
    """
    if pj.categorie and liste.trouver(pj.categorie) is None:
        codes = ", ".join(categorie.code for categorie in liste.categories)
        yield _constat(
            "pj.categorie.inconnue",
            pj,
            f"la catégorie « {pj.categorie} » n'est pas dans la liste {liste.version}",
            f"Choisir parmi : {codes}.",
            pj.categorie,
        )
        return
    categorie = liste.trouver(pj.categorie) or liste.du_type(pj.type)
    if categorie is None:
        return
    yield from _cochee(pj, categorie, cochees)
    yield from _format(pj, categorie)
    yield from _origine(pj, categorie)


def _cochee(pj: PjDeclaree, categorie: Categorie, cochees: Mapping[str, str]) -> Iterator[Anomalie]:
    if cochees and categorie.code not in cochees:
        yield _constat(
            "pj.categorie.non_cochee",
            pj,
            f"la catégorie « {categorie.libelle} » ({categorie.reference}) n'est pas cochée dans"
            " la convention",
            "Transmettre cette pièce comme avant la convention (papier), ou faire compléter la"
            " convention avec le comptable.",
            categorie.code,
            Gravite.REJET_PJ if pj.categorie else Gravite.AVERTISSEMENT,
        )
    if categorie.libelle_exige and not (pj.libelle or cochees.get(categorie.code)):
        yield _constat(
            "pj.categorie.libelle",
            pj,
            f"« {categorie.libelle} » : il faut dire lesquelles (accord local 2.2.1, note 1)",
            "Donner la liste des pièces concernées dans le volet PJ de la convention (libelle).",
            categorie.code,
        )


def _format(pj: PjDeclaree, categorie: Categorie) -> Iterator[Anomalie]:
    if not pj.nature or pj.nature in categorie.formats or pj.nature in SUPPLEMENTS:
        return
    conforme = f" ({categorie.schema} de la convention cadre)" if categorie.schema else ""
    sur = categorie.certitude == "officiel" and bool(pj.categorie)
    yield _constat(
        "pj.categorie.format",
        pj,
        f"« {categorie.libelle} » ({categorie.reference}) se transmet en"
        f" {categorie.formats_lisibles} ; ce fichier est {_MOTS.get(pj.nature, pj.nature)}",
        categorie.note or f"Produire la pièce en {categorie.formats_lisibles}{conforme}.",
        pj.nature,
        Gravite.REJET_PJ if sur else Gravite.AVERTISSEMENT,
    )


def _origine(pj: PjDeclaree, categorie: Categorie) -> Iterator[Anomalie]:
    if pj.origine and pj.origine not in PREFERENCE:
        yield _constat(
            "pj.origine.inconnue",
            pj,
            f"l'origine « {pj.origine} » n'existe pas",
            f"Choisir parmi : {', '.join(PREFERENCE)}.",
            pj.origine,
        )
    elif pj.origine and pj.origine not in categorie.origines:
        yield _constat(
            "pj.origine",
            pj,
            f"« {categorie.libelle} » ({categorie.reference}) naît électronique ; cette pièce est"
            f" déclarée d'origine « {pj.origine} »",
            "Vérifier l'origine déclarée, ou transmettre le fichier d'origine.",
            pj.origine,
        )


def _constat(
    regle: str,
    pj: PjDeclaree,
    message: str,
    conseil: str,
    valeur: str,
    gravite: Gravite = Gravite.AVERTISSEMENT,
) -> Anomalie:
    return Anomalie(
        regle,
        pj.ref,
        f"{pj.nom} : {message}",
        gravite,
        valeur=valeur,
        conseil=conseil,
        fichier=pj.nom,
    )
