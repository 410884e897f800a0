"""Full answers made from our own schemas: the ground the mutants stand on. All is invented."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

from lxml import etree

from tests.unit.schemas.modele import SCHEMAS

XS = "{http://www.w3.org/2001/XMLSchema}"
ENTREES: dict[str, tuple[str, str]] = {
    "retour": ("reponses/PES_Retour.xsd", "PES_V2/RETOUR/Rev0/PES_Retour.xsd"),
    "acquit_retour": (
        "reponses/PES_Acquit_Retour.xsd",
        "PES_V2/RETOUR/Rev0/PES_V2_Acquit_Retour.xsd",
    ),
    "acquit_v1": ("5.30/PES_Acquit_v1.xsd", "PES_V2/Rev0/PES_V2_Acquit_Autonome.xsd"),
    "acquit_v2": ("5.30/PES_Acquit_v2.xsd", "PES_V2/Rev0/PES_V2_Acquit_Autonome_V2.xsd"),
}
_VALEURS = {
    "xs:date": "2026-01-05",
    "xs:gYear": "2026",
    "xs:boolean": "1",
    "xs:decimal": "12",
    "xs:integer": "2",
    "xs:positiveInteger": "2",
}
# What a pattern wants, where digits do not do.
_PAR_TYPE = {
    "iban": "FR7630001007941234567890185",
    "bic": "BDFEFRPPXXX",
    "codique": "034001",
    "paysDeNaissance": "134",
    "departementDeNaissance": "34",
    "communeDeNaissance": "172",
    "lieuDit": "VALFLEURI",
}


class Modele:
    """Our types by name, read from an entry file and what it includes."""

    def __init__(self, genre: str) -> None:
        self.chemin = SCHEMAS / ENTREES[genre][0]
        self.types: dict[str, etree._Element] = {}
        racine = self._charger(self.chemin)
        (self.element,) = racine.findall(f"{XS}element")
        self.espace = racine.get("targetNamespace", "")

    def _charger(self, chemin: Path) -> etree._Element:
        racine = etree.parse(str(chemin)).getroot()
        for inclus in racine.iter(f"{XS}include"):
            self._charger(chemin.parent / inclus.get("schemaLocation", ""))
        for sorte in ("complexType", "simpleType"):
            for type_ in racine.findall(f"{XS}{sorte}"):
                self.types[type_.get("name", "")] = type_
        return racine

    def document(self, *, branche: int, complet: bool) -> etree._Element:
        """A valid document: every optional element or none, that way of each choice."""
        nom = self.element.get("name", "")
        racine = etree.Element(f"{{{self.espace}}}{nom}", nsmap={"n": self.espace})
        interne = self.element.find(f"{XS}complexType")
        assert interne is not None
        self._remplir(racine, interne, branche, complet=complet)
        return racine

    def _remplir(
        self, parent: etree._Element, type_: etree._Element, branche: int, *, complet: bool
    ) -> None:
        for part in type_:
            if part.tag == f"{XS}choice":
                voies = [*part.iterchildren("*")]
                self._part(parent, voies[branche % len(voies)], branche, complet=complet)
            elif part.tag in (f"{XS}sequence", f"{XS}element"):
                self._part(parent, part, branche, complet=complet)
            elif part.tag == f"{XS}attribute":
                parent.set("V", self.valeur(part))

    def _part(
        self, parent: etree._Element, part: etree._Element, branche: int, *, complet: bool
    ) -> None:
        if part.tag != f"{XS}element":
            self._remplir(parent, part, branche, complet=complet)
            return
        # An optional domaine comes in any case: a document of nothing teaches nothing.
        domaine = part.get("name", "").startswith("PES_")
        if part.get("minOccurs") == "0" and not complet and not domaine:
            return
        enfant = etree.SubElement(parent, part.get("name", ""))
        self._remplir(enfant, self.types[part.get("type", "")], branche, complet=complet)
        if part.get("maxOccurs") == "unbounded" and complet and len(enfant) < 4:
            parent.append(deepcopy(enfant))

    def simple(self, attribut: etree._Element) -> etree._Element | None:
        return self.types.get(attribut.get("type", ""))

    def valeur(self, attribut: etree._Element) -> str:
        """A typical value of the type of @V."""
        nom = attribut.get("type", "")
        if nom in _PAR_TYPE:
            return _PAR_TYPE[nom]
        type_ = self.types.get(nom)
        if type_ is None:
            return _VALEURS.get(nom, "1")
        code = type_.find(f".//{XS}enumeration")
        if code is not None:
            return code.get("value", "")
        base = type_[0].get("base", "")
        longueur = type_.find(f".//{XS}length")
        if longueur is not None:
            return "1" * int(longueur.get("value", "1"))
        minimum = type_.find(f".//{XS}minLength")
        taille = 1 if minimum is None else int(minimum.get("value", "1"))
        return _VALEURS.get(base, "1" * max(taille, 1))
