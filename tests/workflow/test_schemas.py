"""The schema version of each flux: kept with its control, warned of, measured against another."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from tests.unit.paquets.test_packs import pack
from tests.workflow.chaine import Chaine
from vaguemestre.cli.registre import _tout_json
from vaguemestre.pes.schema import charger, du_fichier
from vaguemestre.workflows.impact import mesurer, schema_du_flux


def test_the_version_stays_with_the_flux(ligne: Chaine) -> None:
    (flux,) = ligne.deposer("a", 1)
    assert schema_du_flux(ligne.maison, ligne.flux(flux)) == "5.30"
    assert _tout_json(ligne.ouvertes, ligne.flux(flux))["schema"] == "5.30"
    (controle,) = [e for e in ligne.maison.registre.historique(flux) if e.etape == "controler"]
    assert not [a for a in controle.resultat["anomalies"] if a["regle"] == "pes.schema.version"]


def test_an_older_version_is_warned_of_once_per_file(ligne: Chaine) -> None:
    ligne.maison = replace(ligne.maison, schemas=charger("5.17"))
    (flux,) = ligne.deposer("a", 1)
    assert schema_du_flux(ligne.maison, ligne.flux(flux)) == "5.17"
    (controle,) = [e for e in ligne.maison.registre.historique(flux) if e.etape == "controler"]
    assert controle.resultat["verdict"] == "accepte"
    (avis,) = [a for a in controle.resultat["anomalies"] if a["regle"] == "pes.schema.version"]
    assert avis["gravite"] == "avertissement"
    assert "5.30" in avis["message"]
    assert avis["fichier"].endswith(".xml")


def test_impact_says_which_flux_breaks_and_on_what(ligne: Chaine, tmp_path: Path) -> None:
    flux = [*ligne.deposer("a", 1), *ligne.deposer("b", 2)]
    pareil = list(mesurer(ligne.maison, ligne.maison.schemas))
    assert [(r.flux, r.casse, r.schema) for r in pareil] == [
        *((f, False, "5.30") for f in reversed(flux))
    ]
    entree = pack(tmp_path / "v5.31") / "PES_V2" / "Rev0" / "PES_Aller.xsd"
    ruptures = list(mesurer(ligne.maison, du_fichier(entree, "5.31")))
    assert [(r.flux, r.casse, r.absent) for r in ruptures] == [
        *((f, True, False) for f in reversed(flux))
    ]
    assert ruptures[0].ecarts[0].chemin == "/n:PES_Aller"
    assert json.dumps([rupture.as_json() for rupture in ruptures])
