"""Every table against the XSD 5.30: same elements, same order, nothing mandatory missing.

The XSD is read here as a plain document (no validator), from schemas/.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest
from lxml import etree

from vaguemestre.domain import comptable
from vaguemestre.formats.balise import Exigence, Groupe, HorsTable, SansPlace
from vaguemestre.formats.bloc import Bloc, Objet, SurPlace
from vaguemestre.formats.donnees import donnees
from vaguemestre.pes import communs, depense, pj, recette

XS = "{http://www.w3.org/2001/XMLSchema}"
DOSSIER = donnees("schemas") / "5.30"
FICHIERS = ("PES_Aller", "enveloppe", "communs", "depense", "recette", "pj", "types")


class Schema:
    """The complex types and root elements of our XSD, by name."""

    def __init__(self) -> None:
        self.types: dict[str, Any] = {}
        for fichier in FICHIERS:
            racine = etree.parse(str(DOSSIER / f"{fichier}.xsd")).getroot()
            for each in racine.iter(f"{XS}complexType", f"{XS}group"):
                if nom := each.get("name"):
                    self.types[str(nom)] = each

    def enfants(self, type_: Any) -> Iterator[tuple[str, Any, bool]]:
        """Child elements in order: name, element, mandatory (outside any choice)."""
        yield from self._marcher(type_, requis=True)

    def type_de(self, element: Any) -> Any:
        nom = element.get("type")
        return self.types[nom] if nom in self.types else element.find(f"{XS}complexType")

    def _marcher(self, noeud: Any, requis: bool) -> Iterator[tuple[str, Any, bool]]:
        for each in noeud:
            minimum = each.get("minOccurs", "1") if isinstance(each.tag, str) else "0"
            ici = requis and minimum != "0"
            if each.tag == f"{XS}element":
                nom = each.get("name") or each.get("ref").partition(":")[2]
                yield nom, each, ici
            elif each.tag == f"{XS}choice":
                yield from self._marcher(each, requis=False)
            elif each.tag == f"{XS}group":
                yield from self._marcher(self.types[each.get("ref")], ici)
            elif each.tag in {f"{XS}sequence", f"{XS}complexContent", f"{XS}complexType"}:
                yield from self._marcher(each, ici)
            elif each.tag == f"{XS}extension":
                base = self.types.get(each.get("base"))
                if base is not None:
                    yield from self._marcher(base, requis)
                yield from self._marcher(each, requis)


SCHEMA = Schema()


def lignes(membres: Any) -> Iterator[Any]:
    """The lines of a table that stand for an element."""
    for membre in membres:
        if isinstance(membre, SurPlace):
            yield from lignes(membre.bloc.membres)
        elif not isinstance(membre, Exigence | SansPlace):
            yield membre


def comparer(nom: str, membres: Any, type_: Any) -> None:
    attendus = list(SCHEMA.enfants(type_))
    ecrits = list(lignes(membres))
    assert [each.nom for each in ecrits] == [each[0] for each in attendus], nom
    for membre, (fils, element, requis) in zip(ecrits, attendus, strict=True):
        if requis:
            assert membre.requis, f"{nom}/{fils} est obligatoire"
        if isinstance(membre, Groupe):
            comparer(f"{nom}/{fils}", membre.membres, SCHEMA.type_de(element))
        elif isinstance(membre, Objet):
            comparer(f"{nom}/{fils}", membre.bloc.membres, SCHEMA.type_de(element))


def racine_de(chemin: str) -> Any:
    """The type of an element below PES_Aller, by path."""
    arbre = etree.parse(str(DOSSIER / "PES_Aller.xsd")).getroot()
    type_ = next(each for each in arbre if each.tag == f"{XS}element")
    courant = SCHEMA.type_de(type_)
    for pas in chemin.split("/"):
        element = next(e for nom, e, _ in SCHEMA.enfants(courant) if nom == pas)
        courant = SCHEMA.type_de(element)
    return courant


@pytest.mark.parametrize(
    ("chemin", "bloc"),
    [
        ("Enveloppe", communs.ENVELOPPE),
        ("EnTetePES", communs.ENTETE),
        ("PES_DepenseAller/Bordereau", depense.BORDEREAU),
        ("PES_RecetteAller/Bordereau", recette.BORDEREAU),
        ("PES_PJ/PJ", pj.PJ),
    ],
)
def test_la_table_suit_le_schema(chemin: str, bloc: Bloc[Any]) -> None:
    comparer(chemin, bloc.membres, racine_de(chemin))


def champs_de(bloc: Bloc[Any]) -> dict[type, set[str]]:
    """Every argument that a table reads or refuses, by the record it belongs to."""
    trouves: dict[type, set[str]] = {}

    def marcher(membres: Any, record: type) -> None:
        for membre in membres:
            if isinstance(membre, Groupe):
                marcher(membre.membres, record)
            elif not isinstance(membre, Exigence | HorsTable):
                trouves.setdefault(record, set()).add(str(membre.champ))
                if isinstance(membre, Objet | SurPlace):
                    marcher(membre.bloc.membres, membre.bloc.fabrique)  # type: ignore[arg-type]

    marcher(bloc.membres, bloc.fabrique)  # type: ignore[arg-type]
    return trouves


@pytest.mark.parametrize(
    ("bloc", "ailleurs"),
    [
        (communs.ENVELOPPE, set()),
        (communs.ENTETE, set()),
        # @Id is an attribute; the domaine is which half of the file we are in.
        (depense.BORDEREAU, {"id", "domaine"}),
        (recette.BORDEREAU, {"id", "domaine"}),
        # In Contenu, which is not a table; or on our disk only.
        (pj.PJ, {"mime", "chemin", "taille"}),
    ],
)
def test_aucun_champ_du_domaine_ne_se_perd(bloc: Bloc[Any], ailleurs: set[str]) -> None:
    for record, champs in champs_de(bloc).items():
        manquants = {field.name for field in fields(record)} - champs - ailleurs
        # An ordinary debit has four fields and the SEPA one fourteen: the table is chosen by them.
        if record is comptable.Prelevement:
            manquants -= {"sequence", "date_mandat", "rum", "libelle", "ancien_rum", "ancien_ics"}
            manquants -= {"ancien_creancier", "ancienne_banque", "ancien_iban"}
            manquants -= {"titulaire_different"}
        assert not manquants, f"{record.__name__} : {manquants}"
