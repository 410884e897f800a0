"""Our schema against the reference's list of fields: the same names, order, occurrences and kinds
of value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from tests.partage import DONNEES
from tests.unit.schemas.modele import Balise, Groupe, Modele, Signature, Simple, lire

TYPES = {
    "Enveloppe": "Enveloppe",
    "EnTetePES": "EnTetePES",
    "Adresse": "Adresse",
    "CpteBancaire": "CompteBancaire",
    "PJRef": "ReferencePJ",
    "VentilationMarche": "VentilationMarcheDepense",
    "PES_DepenseAller": "Depense",
    "PES_RecetteAller": "Recette",
    "PES_PJ": "PiecesJustificatives",
    "PES_Facture": "EtatDeFacturation",
}
# Blocks that the list of fields folds: told once, under Emetteur or Tiers.
_REPLIS = re.compile(
    r"^PES_Facture/.*((Tiers|Debiteur|Destinataire)/(InfoTiers|Adresse|CpteBancaire)/"
    r"|(Debiteur|Destinataire)/InfoSupplTiers/)"
)
# In an optional group of PES_Facture: the list gives the occurrences inside the group.
_GROUPES = {
    f"PES_Facture/FactureIndiv/{nom}"
    for nom in (
        "RefTitre",
        "RefORMC",
        "LigneFacturePatient/MtAvance",
        "LigneFacturePatient/MtRestantDuApresAvance",
    )
}
REPLIES = {
    "Adresse",
    "CompteBancaire",
    "ReferencePJ",
    "VentilationMarcheDepense",
    "VentilationMarcheRecette",
}


@pytest.fixture(scope="module")
def champs() -> dict[str, list[tuple[str, str, str]]]:
    path = DONNEES.parent / "reference" / "pes-fields.json"
    if not path.exists():
        pytest.skip("liste des champs de référence absente")
    found: dict[str, list[tuple[str, str, str]]] = {}
    for field in json.loads(path.read_text(encoding="utf-8")):
        found.setdefault(field["block"], []).append((field["path"], field["card"], field["type"]))
    return found


def _attendus(
    modele: Modele, groupe: Groupe, chemin: str, choix: bool
) -> Iterator[tuple[str, str, str]]:
    for part in groupe.contenu:
        if isinstance(part, Groupe):
            yield from _attendus(modele, part, chemin, choix or part.mini == 0)
        elif isinstance(part, Balise):
            path = f"{chemin}/{part.nom}"
            maxi = "n" if part.maxi is None else str(part.maxi)
            mini = 0 if choix else part.mini
            leaf = modele.feuilles.get(part.type)
            yield path, f"{mini}-{maxi}", "" if leaf is None else decrire(leaf)
            if part.type in modele.blocs and part.type not in REPLIES:
                yield from _attendus(modele, modele.blocs[part.type], path, choix=False)
        else:
            assert isinstance(part, Signature)


def decrire(simple: Simple) -> str:
    """A simple type in the words of the reference, patterns left aside."""
    if simple.codes:
        every = " ".join(simple.codes)
        return (
            f"enum {every}"
            if len(simple.codes) < 22
            else f"enum {simple.codes[0]}…{simple.codes[-1]} ({len(simple.codes)})"
        )
    named = dict(simple.facettes)
    if simple.base == "xs:decimal":
        return _nombre(named)
    plain = {"xs:date": "date", "xs:gYear": "year", "xs:boolean": "bool 0/1"}
    if simple.base in plain:
        return plain[simple.base] + (
            f" ≥{named['minInclusive']}" if "minInclusive" in named else ""
        )
    return _texte(simple, named)


def _nombre(named: dict[str, str]) -> str:
    sign = ">0" if "minExclusive" in named else "≥0" if "minInclusive" in named else "±"
    if named["fractionDigits"] == "0":
        return f"int {named['totalDigits']}d {sign}"
    top = " <100.00" if "maxExclusive" in named else ""
    return f"dec {named.get('totalDigits', '')},{named['fractionDigits']} {sign}{top}"


def _texte(simple: Simple, named: dict[str, str]) -> str:
    patterns = {value for name, value in simple.facettes if name == "pattern"}
    dagger = " †" if ".*[^0]+.*" in patterns else ""
    low = named.get("length") or named.get("minLength", "0")
    high = named.get("length") or named["maxLength"]
    size = high if low == high else f"{low}..{high}"
    if "[0-9]*" in patterns:
        return f"digits {size}"
    kind = "alnum" if "[0-9a-zA-Z]*" in patterns else "str"
    return f"{kind} {size}{dagger}"


@pytest.mark.parametrize("bloc", sorted(TYPES))
def test_le_bloc_est_celui_de_la_reference(
    champs: dict[str, list[tuple[str, str, str]]], bloc: str
) -> None:
    modele = lire("5.30")
    ours = [
        (path, "1-1" if path in _GROUPES else card, kind)
        for path, card, kind in _attendus(modele, modele.blocs[TYPES[bloc]], bloc, choix=False)
        if not _REPLIS.search(path)
    ]
    theirs = [
        (path, card, kind.split(" `")[0] if not kind.startswith("enum") else kind)
        for path, card, kind in champs[bloc]
        if not path.endswith("@Id") and "Signature" not in path
    ]
    assert [path for path, _, _ in ours] == [path for path, _, _ in theirs]
    differences = [(a, b) for a, b in zip(ours, theirs, strict=True) if a != b]
    assert differences == []
