"""SARIF against the schema of the standard (2.1.0, errata 01), its facts written by hand.

For each object that we write: the properties that the standard knows, of which kind, and those that
it wants. A property that it does not know, or a value of another kind, fails.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.rapport.exemples import PIEGES, anomalie, rapport
from vaguemestre.errors import Anomalie, Gravite
from vaguemestre.rapport.formats import rendre
from vaguemestre.rapport.modele import FichierVu, Rapport

Juge = Callable[[object], None]
NIVEAUX = {"none", "note", "warning", "error"}
_URI = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?#-]|%[0-9A-Fa-f]{2})*")
_LANGUE = re.compile(r"[a-zA-Z]{2}(-[a-zA-Z]{2})?")


def texte(valeur: object) -> None:
    assert isinstance(valeur, str)


def entier(minimum: int) -> Juge:
    def juger(valeur: object) -> None:
        assert type(valeur) is int
        assert valeur >= minimum

    return juger


def parmi(valeurs: set[str]) -> Juge:
    def juger(valeur: object) -> None:
        assert valeur in valeurs

    return juger


def modele(motif: re.Pattern[str]) -> Juge:
    def juger(valeur: object) -> None:
        assert isinstance(valeur, str)
        assert motif.fullmatch(valeur), valeur

    return juger


def liste(de: Juge, *, distincts: bool = False) -> Juge:
    def juger(valeur: object) -> None:
        assert isinstance(valeur, list)
        dits = [json.dumps(un, sort_keys=True) for un in valeur]
        assert not distincts or len(dits) == len(set(dits))
        for un in valeur:
            de(un)

    return juger


def objet(voulus: str = "", **connus: Juge) -> Juge:
    """`voulus`: the required properties; none but `connus` may stand there."""

    def juger(valeur: object) -> None:
        assert isinstance(valeur, dict)
        assert set(voulus.split()) <= set(valeur) <= {*connus, "properties"}, valeur
        for nom, dit in valeur.items():
            connus.get(nom, sac)(dit)

    return juger


def sac(valeur: object) -> None:
    """A property bag: anything, but for its tags."""
    assert isinstance(valeur, dict)
    assert "tags" not in valeur


def textes(valeur: object) -> None:
    assert isinstance(valeur, dict)
    for dit in valeur.values():
        texte(dit)


uri = modele(_URI)
message = objet("text", text=texte, markdown=texte)
configuration = objet(level=parmi(NIVEAUX))
regle = objet(
    "id",
    id=texte,
    name=texte,
    shortDescription=message,
    fullDescription=message,
    help=message,
    helpUri=uri,
    defaultConfiguration=configuration,
)
lieu_d_artefact = objet(uri=uri, uriBaseId=texte, index=entier(-1))
region = objet(
    "startLine",
    startLine=entier(1),
    startColumn=entier(1),
    endLine=entier(1),
    endColumn=entier(1),
)
lieu = objet(
    physicalLocation=objet("artifactLocation", artifactLocation=lieu_d_artefact, region=region),
    logicalLocations=liste(objet(name=texte, fullyQualifiedName=texte, kind=texte), distincts=True),
)
resultat = objet(
    "message",
    ruleId=texte,
    ruleIndex=entier(-1),
    level=parmi(NIVEAUX),
    message=message,
    locations=liste(lieu),
    partialFingerprints=textes,
)
programme = objet(
    "name",
    name=texte,
    version=texte,
    semanticVersion=texte,
    language=modele(_LANGUE),
    rules=liste(regle, distincts=True),
)
passage = objet(
    "tool",
    tool=objet("driver", driver=programme),
    language=modele(_LANGUE),
    columnKind=parmi({"utf16CodeUnits", "unicodeCodePoints"}),
    artifacts=liste(objet(location=lieu_d_artefact), distincts=True),
    results=liste(resultat),
)


def conforme(document: dict[str, Any]) -> None:
    """Raises an AssertionError where the standard is not kept."""
    assert set(document) == {"$schema", "version", "runs"}
    assert document["version"] == "2.1.0"
    assert urlsplit(document["$schema"]).scheme == "https"
    liste(passage)(document["runs"])


def lire(dit: Rapport) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(rendre(dit, "sarif"))
    conforme(document)
    return document


def passage_de(dit: Rapport) -> dict[str, Any]:
    (un,) = lire(dit)["runs"]
    found: dict[str, Any] = un
    return found


def avec(*anomalies: Anomalie, version: str = "9.9.9") -> Rapport:
    fichiers = (FichierVu(nom="pes <1>.xml", verdict="rejete", schema="5.30", anomalies=anomalies),)
    return replace(rapport(), fichiers=fichiers, version=version)


@pytest.mark.parametrize("dit", [rapport(), rapport(*PIEGES), replace(rapport(), fichiers=())])
def test_un_rapport_tient_la_norme(dit: Rapport) -> None:
    lire(dit)


def test_ce_que_la_norme_refuse_est_vu() -> None:
    """The check above is one: each of these documents fails it."""
    bon = json.dumps(lire(rapport("4")))
    for avant, apres in (
        ('"level": "error"', '"level": "fatal"'),
        ('"startLine": 41', '"startLine": 0'),
        ('"startColumn": 7', '"startColumn": true'),
        ('"columnKind"', '"colonnes"'),
        ('"name": "vaguemestre", ', ""),
        ("depots/pes%20%3C1%3E.xml", "depots/pes <1>.xml"),
        ('"language": "fr"', '"language": "français"'),
        ('"ruleIndex": ', '"ruleIndex": 0.'),
    ):
        assert avant in bon
        with pytest.raises(AssertionError):
            conforme(json.loads(bon.replace(avant, apres)))


def test_le_meme_fichier_deux_fois_n_est_qu_un_artefact() -> None:
    """`uniqueItems` of artifacts; each finding points at its own."""
    dit = rapport("4")
    un = passage_de(replace(dit, fichiers=(*dit.fichiers, *dit.fichiers)))
    uris = [artefact["location"]["uri"] for artefact in un["artifacts"]]
    assert len(uris) == 2
    assert len(un["results"]) == 6
    for resultat_ in un["results"]:
        place = resultat_["locations"][0]["physicalLocation"]["artifactLocation"]
        assert uris[place["index"]] == place["uri"]


def test_chaque_constat_designe_sa_regle_et_sa_gravite() -> None:
    un = passage_de(rapport("4"))
    regles = un["tool"]["driver"]["rules"]
    for resultat_ in un["results"]:
        assert regles[resultat_["ruleIndex"]]["id"] == resultat_["ruleId"]
        bloque = resultat_["properties"]["gravite"] != Gravite.AVERTISSEMENT.value
        assert resultat_["level"] == ("error" if bloque else "warning")


def test_une_accolade_n_ouvre_pas_de_trou() -> None:
    """§3.11.5: a brace of the text is doubled, or a reader looks for an argument."""
    dite = replace(anomalie(1, "4"), message="la valeur {0} ou {x}", conseil="")
    (resultat_,) = passage_de(avec(dite))["results"]
    assert resultat_["message"] == {"text": "la valeur {{0}} ou {{x}}"}


@pytest.mark.parametrize(
    ("version", "semantique"),
    [("1.2.3", True), ("1.2.3-rc.1", True), ("1.2.3.dev4", False), ("1.2", False)],
)
def test_une_version_qui_n_est_pas_semantique_ne_le_pretend_pas(
    version: str, semantique: bool
) -> None:
    programme_ = passage_de(avec(version=version))["tool"]["driver"]
    assert programme_["version"] == version
    assert ("semanticVersion" in programme_) is semantique


def test_l_empreinte_reste_quand_le_fichier_s_allonge() -> None:
    """Two checks of one file, the second with lines added before: the same finding is known."""
    premier = anomalie(1, "4")
    plus_loin = replace(premier, ligne=900, colonne=3, chemin=f"{premier.chemin}[2]")
    autres = (anomalie(2, "4"), anomalie(1, "5"), anomalie(1, "4", regle="pes.autre"))
    dites = [
        resultat_["partialFingerprints"]["regleRefValeur/v1"]
        for un in (premier, plus_loin, *autres)
        for resultat_ in passage_de(avec(un))["results"]
    ]
    assert dites[0] == dites[1]
    assert len(set(dites)) == 4


@given(st.text(), st.text(), st.text(min_size=1).filter(lambda nom: "\0" not in nom))
def test_tout_texte_tient_la_norme(dit: str, valeur: str, nom: str) -> None:
    un = replace(anomalie(1, valeur), message=dit, fichier=nom)
    lire(replace(avec(un), fichiers=(FichierVu(nom=nom, verdict="rejete", schema="5.30"),)))
    lire(avec(un))
