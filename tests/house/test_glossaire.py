"""The glossary names every class of `domain/`, and every PES element it names exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

RACINE = Path(__file__).resolve().parents[2]
GLOSSAIRE = RACINE / "src/vaguemestre/cli/aide/glossaire.md"
LIGNE = re.compile(r"^\| (\w+) \| (.+?) \| (.+?) \|$", re.MULTILINE)
# The retour has no schema here: it is read, never written.
SANS_SCHEMA = {"PES_Retour"}


def classes_du_domaine() -> set[str]:
    return {
        noeud.name
        for module in (RACINE / "src/vaguemestre/domain").glob("*.py")
        for noeud in ast.walk(ast.parse(module.read_text("utf-8")))
        if isinstance(noeud, ast.ClassDef) and not noeud.name.startswith("_")
    }


def rubriques() -> dict[str, tuple[str, str]]:
    trouvees = LIGNE.findall(GLOSSAIRE.read_text("utf-8"))
    return {nom: (element, sens) for nom, element, sens in trouvees if nom != "nom"}


def test_every_class_of_the_domain_is_in_the_glossary_and_nothing_else() -> None:
    assert set(rubriques()) == classes_du_domaine()


def test_every_entry_has_its_gloss() -> None:
    assert all(len(sens) > 8 for _, sens in rubriques().values())


def test_every_element_named_stands_in_a_schema() -> None:
    texte = GLOSSAIRE.read_text("utf-8").split("## Ce que le registre retient")[0]
    elements = {e for _, liste, _ in LIGNE.findall(texte) for e in liste.split(", ")}
    connus = {
        nom
        for dossier in ("5.30", "reponses")
        for schema in (RACINE / "schemas" / dossier).glob("*.xsd")
        for nom in re.findall(r'(?:name|ref)="(?:\w+:)?(\w+)"', schema.read_text("utf-8"))
    }
    assert elements - {"élément PES"} - SANS_SCHEMA <= connus
