"""The card of each rule: its sentence in French, a file that breaks it, one that keeps it.

`exemples/*.xml` are a few sound files; `exemples/*.toml` say, for each rule, what a clerk must
know and which fragments to change in one of them. The same data feed `help regles`, the tests
(every example goes through `examiner`) and the generator of files for test benches.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from vaguemestre.pes.cles import Cles
from vaguemestre.pes.reglages import Reglages
from vaguemestre.pes.souvenirs import Souvenirs
from vaguemestre.ports import PieceConnue

_DOSSIER = Path(__file__).parent / "exemples"
_COD_COL, _COD_BUD = "123", "00"
_FLUX = "F00000001"
# « {{Piece|a|b}} »: the block Piece of the base once more, with a changed into b.
_COPIE = re.compile(r"\{\{(\w+)((?:\|[^|{}]*\|[^|{}]*)*)\}\}")
_OPTIONS = {"base", "conforme", "reglages", "reglages_conforme", "registre", "schema", "reste"}
_CLES = frozenset({"enonce", "fautif"} | _OPTIONS)

Changement = tuple[str, str]
"""A fragment that stands once in the base, and what takes its place."""


@dataclass(frozen=True, slots=True)
class Exemple:
    """One file, the fragments that matter in it, the set-up and the register that go with it."""

    octets: bytes
    extrait: str
    reglages: Reglages
    souvenirs: Souvenirs | None


@dataclass(frozen=True, slots=True)
class Fiche:
    """What is shown of a rule. `schema`: the schema refuses the faulty file as well.

    `reste`: other rules that the sound file still breaks (an example is never signed).
    """

    id: str
    enonce: str
    fautif: Exemple
    conforme: Exemple
    schema: bool
    reste: frozenset[str]


@cache
def fiches() -> Mapping[str, Fiche]:
    """Every card, by the id of its rule.

    Raises:
        ValueError: a card is badly written (a fragment that is not found, an unknown key).
    """
    toutes: dict[str, Fiche] = {}
    for chemin in sorted(_DOSSIER.glob("*.toml")):
        for id_, donnees in tomllib.loads(chemin.read_text("utf-8")).items():
            if id_ in toutes:
                raise ValueError(f"{chemin.name} : la fiche {id_} existe déjà")
            toutes[id_] = _fiche(id_, donnees)
    return MappingProxyType(toutes)


def _fiche(id_: str, donnees: Mapping[str, Any]) -> Fiche:
    inconnues = set(donnees) - _CLES
    if inconnues:
        raise ValueError(f"fiche {id_} : clé inconnue {sorted(inconnues)}")
    base = _base(donnees.get("base", "depense"))
    fautes = _changements(donnees["fautif"])
    justes = _changements(donnees.get("conforme", []))
    reglages = _reglages(donnees.get("reglages", {}))
    souvenirs = _souvenirs(donnees["registre"]) if "registre" in donnees else None
    autres = _reglages(donnees.get("reglages_conforme", donnees.get("reglages", {})))
    extrait = [neuf or f"(sans {ancien})" for ancien, neuf in fautes]
    juste = [neuf for _, neuf in justes] or [ancien for ancien, _ in fautes]
    return Fiche(
        id_,
        donnees["enonce"],
        Exemple(_changer(id_, base, fautes), _montrer(extrait), reglages, souvenirs),
        Exemple(_changer(id_, base, justes), _montrer(juste), autres, souvenirs),
        donnees.get("schema", False),
        frozenset(donnees.get("reste", ())),
    )


@cache
def _base(nom: str) -> str:
    return (_DOSSIER / f"{nom}.xml").read_text("ascii")


def modifier(base: str, changements: Sequence[Changement]) -> bytes:
    """A sound file of `exemples/` with some fragments changed.

    Raises:
        ValueError: a fragment does not stand exactly once in it.
    """
    return _changer(base, _base(base), changements)


def _changements(paires: Sequence[Sequence[str]]) -> list[Changement]:
    return [(ancien, neuf) for ancien, neuf in paires]


def _changer(id_: str, base: str, changements: Sequence[Changement]) -> bytes:
    texte = base
    for ancien, neuf in changements:
        if texte.count(ancien) != 1:
            raise ValueError(f"fiche {id_} : {ancien} est {texte.count(ancien)} fois dans la base")
        texte = texte.replace(ancien, _COPIE.sub(lambda trouve: _copier(base, trouve), neuf))
    return texte.encode("iso-8859-1")


def _copier(base: str, trouve: re.Match[str]) -> str:
    debut, fin = f"<{trouve[1]}>", f"</{trouve[1]}>"
    bloc = base[base.index(debut) : base.index(fin) + len(fin)]
    for ancien, neuf in _remplacements(trouve):
        bloc = bloc.replace(ancien, neuf)
    return bloc


def _remplacements(trouve: re.Match[str]) -> list[Changement]:
    bouts = trouve[2].split("|")[1:]
    return list(zip(bouts[::2], bouts[1::2], strict=True))


def _montrer(fragments: Sequence[str]) -> str:
    return "\n".join(_COPIE.sub(_abreger, fragment) for fragment in fragments)


def _abreger(trouve: re.Match[str]) -> str:
    changes = " … ".join(neuf for _, neuf in _remplacements(trouve) if neuf)
    milieu = f"… {changes} …" if changes else "…"
    return f"<{trouve[1]}>{milieu}</{trouve[1]}>"


_COMPOSES = {"nomenclatures", "finess", "cles"}
_SIMPLES = frozenset(champ.name for champ in fields(Reglages)) - _COMPOSES


def _reglages(donnees: Mapping[str, Any]) -> Reglages:
    """Keys of `Reglages`; `nomenclature`, `finess` and `par_fonction` are those of the budget,
    `cles` a table of formulas.
    """
    autres = {cle: valeur for cle, valeur in donnees.items() if cle in _SIMPLES}
    if donnees.get("par_fonction"):
        autres["par_fonction"] = frozenset({_COD_BUD})
    return Reglages(
        nomenclatures=_du_budget(donnees.get("nomenclature")),
        finess=_du_budget(donnees.get("finess")),
        cles=Cles(**donnees.get("cles", {})),
        **autres,
    )


def _du_budget(valeur: str | None) -> Mapping[str, str]:
    return MappingProxyType({} if valeur is None else {_COD_BUD: valeur})


def _souvenirs(donnees: Mapping[str, Any]) -> Souvenirs:
    """What was sent before, all in one flux: bordereaux « depense/2026/01/12 », pièces
    « depense/2026/411 » with their dates, IdUnique of PJ, NomFic, running totals.
    """
    pieces = {}
    for cle, dates in donnees.get("pieces", {}).items():
        domaine, exercice, numero = cle.split("/")
        connue = PieceConnue(_FLUX, dates.get("rejetee_le"), dates.get("prise_en_charge_le"))
        pieces[_COD_COL, _COD_BUD, domaine, int(exercice), int(numero)] = connue
    cumuls = {}
    for cle, cumul in donnees.get("cumuls", {}).items():
        domaine, exercice, type_ = cle.split("/")
        cumuls[_COD_COL, _COD_BUD, domaine, int(exercice), type_] = Decimal(cumul)
    return Souvenirs(
        nomfics={(nom, _COD_COL): _FLUX for nom in donnees.get("nomfics", ())},
        bordereaux=_bordereaux(donnees.get("bordereaux", ())),
        refuses=_bordereaux(donnees.get("refuses", ())),
        pjs={(_COD_COL, id_): _FLUX for id_ in donnees.get("pjs", ())},
        attendues=frozenset(donnees.get("attendues", ())),
        cumuls=cumuls,
        pieces=pieces,
    )


def _bordereaux(cles: Sequence[str]) -> dict[tuple[str, str, str, int, str, int], str]:
    eclatees = (cle.split("/") for cle in cles)
    return {
        (_COD_COL, _COD_BUD, domaine, int(exercice), type_, int(numero)): _FLUX
        for domaine, exercice, type_, numero in eclatees
    }
