"""SARIF 2.1.0 (OASIS, 27 March 2020): findings for the continuous integration of editors.

What blocks is an `error`, what does not is a `warning`. Every rule of the catalogue is told, found
or not; a rule that only this report knows (schema, XML) is told as well. The shape of what stands
here was compared, object by object, with the schema of the standard (errata 01).
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import PurePath
from typing import Any

from vaguemestre.errors import Anomalie
from vaguemestre.formats.explication import LIBELLES
from vaguemestre.rapport.modele import FichierVu, Rapport, RegleDite

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
# What a URI may hold as it is (RFC 3986, 2.3), and the slash between folders.
_RESERVE = re.compile(rb"[^A-Za-z0-9._~/-]")
_SEMVER = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")
_EMPREINTE = "regleRefValeur/v1"
_FAMILLES = {
    "xsd": "Le schéma XSD du protocole PES.",
    "xml": "Le fichier se lit comme du XML.",
    "depot": "Le dépôt est complet et lisible.",
    "pj": "Le contenu d'une pièce justificative.",
    "sig": "Une signature.",
    "registre": "Ce que seul le registre des envois sait.",
}


def en_sarif(rapport: Rapport) -> bytes:
    """UTF-8 JSON, one run."""
    anomalies = rapport.anomalies
    regles = {regle.id: _regle(regle) for regle in sorted(rapport.catalogue, key=lambda r: r.id)}
    for anomalie in sorted(anomalies, key=lambda a: a.regle):
        regles.setdefault(anomalie.regle, _regle_vue(anomalie))
    rangs = {id_: rang for rang, id_ in enumerate(regles)}
    # One file may be named twice on a command line; an artifact stands once.
    artefacts = {_uri(fichier.nom): _artefact(fichier) for fichier in rapport.fichiers}
    places = {uri: rang for rang, uri in enumerate(artefacts)}
    document = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _programme(rapport.version, list(regles.values()))},
                "language": "fr",
                "columnKind": "unicodeCodePoints",
                "artifacts": list(artefacts.values()),
                "results": [_resultat(anomalie, rangs, places) for anomalie in anomalies],
            }
        ],
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode(
        "utf-8", errors="replace"
    )


def _programme(version: str, regles: list[dict[str, Any]]) -> dict[str, Any]:
    programme: dict[str, Any] = {"name": "vaguemestre", "version": version}
    if _SEMVER.fullmatch(version):
        programme["semanticVersion"] = version
    return programme | {"language": "fr", "rules": regles}


def _artefact(fichier: FichierVu) -> dict[str, Any]:
    return {
        "location": {"uri": _uri(fichier.nom)},
        "properties": {"verdict": fichier.verdict, "schema": fichier.schema},
    }


def _regle(regle: RegleDite) -> dict[str, Any]:
    return {
        "id": regle.id,
        "shortDescription": _texte(f"{LIBELLES[regle.gravite]} : {regle.id}"),
        "fullDescription": _texte(" ".join(regle.enonce.split())),
        "defaultConfiguration": {"level": _niveau(regle.gravite.value)},
        "properties": {
            "gravite": regle.gravite.value,
            "source": regle.source,
            "confiance": regle.confiance,
        },
    }


def _regle_vue(anomalie: Anomalie) -> dict[str, Any]:
    famille = _FAMILLES.get(anomalie.regle.partition(".")[0], "Une règle du protocole PES.")
    return {
        "id": anomalie.regle,
        "shortDescription": _texte(f"{LIBELLES[anomalie.gravite]} : {anomalie.regle}"),
        "fullDescription": _texte(famille),
        "defaultConfiguration": {"level": _niveau(anomalie.gravite.value)},
        "properties": {"gravite": anomalie.gravite.value},
    }


def _niveau(gravite: str) -> str:
    return "warning" if gravite == "avertissement" else "error"


def _texte(dit: str) -> dict[str, str]:
    """A plain text; a brace that opens no placeholder is doubled (§3.11.5)."""
    return {"text": dit.replace("{", "{{").replace("}", "}}")}


def _resultat(anomalie: Anomalie, rangs: dict[str, int], places: dict[str, int]) -> dict[str, Any]:
    texte = anomalie.message + (f" {anomalie.conseil}" if anomalie.conseil else "")
    proprietes = {
        "gravite": anomalie.gravite.value,
        "ref": anomalie.ref,
        "valeur": anomalie.valeur,
        "attendu": anomalie.attendu or None,
        "conseil": anomalie.conseil or None,
    }
    return {
        "ruleId": anomalie.regle,
        "ruleIndex": rangs[anomalie.regle],
        "level": _niveau(anomalie.gravite.value),
        "message": _texte(texte),
        "locations": [_lieu(anomalie, places)],
        "partialFingerprints": {_EMPREINTE: _empreinte(anomalie)},
        "properties": {nom: valeur for nom, valeur in proprietes.items() if valeur is not None},
    }


def _empreinte(anomalie: Anomalie) -> str:
    """What stays of a finding when lines are added before it: rule, pièce, value (§3.27.17)."""
    dit = "\0".join((anomalie.regle, anomalie.ref, anomalie.valeur or ""))
    return hashlib.sha256(dit.encode("utf-8", errors="replace")).hexdigest()


def _lieu(anomalie: Anomalie, places: dict[str, int]) -> dict[str, Any]:
    uri = _uri(anomalie.fichier)
    artefact: dict[str, Any] = {"uri": uri}
    if uri in places:
        artefact["index"] = places[uri]
    physique: dict[str, Any] = {"artifactLocation": artefact}
    if anomalie.ligne:
        physique["region"] = {"startLine": anomalie.ligne}
        if anomalie.colonne:
            physique["region"]["startColumn"] = anomalie.colonne
    place: dict[str, Any] = {"physicalLocation": physique}
    if anomalie.chemin or anomalie.ref:
        logique = {
            "name": anomalie.ref,
            "fullyQualifiedName": anomalie.chemin,
            "kind": "element" if anomalie.chemin.startswith("/") else "",
        }
        place["logicalLocations"] = [{nom: dit for nom, dit in logique.items() if dit}]
    return place


def _uri(chemin: str) -> str:
    """A relative path stays relative, so that a repository finds its own file."""
    pur = PurePath(chemin)
    if pur.is_absolute():
        return pur.as_uri()
    octets = pur.as_posix().encode("utf-8", errors="replace")
    return _RESERVE.sub(lambda signe: b"%%%02X" % signe.group()[0], octets).decode("ascii")
