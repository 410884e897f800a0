"""Codes that a layout translates: found as tables, guessed, and never made up."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.unit.indigo.exemples import mini, profil, zone
from tests.unit.indigo.hasard import document, paires_de
from tests.unit.indigo.test_apprentissage import ecrire
from vaguemestre.domain.comptable import PesAller
from vaguemestre.errors import ZoneError
from vaguemestre.indigo.apprentissage import apprendre
from vaguemestre.indigo.convert import convertir
from vaguemestre.indigo.profil import ProfilJson, ZoneJson
from vaguemestre.indigo.validation import eprouver

MODES = {"01": "N", "02": "C", "03": "V", "16": "D"}
CATEGORIES = {"01": "P1", "20": "E2", "50": "C7", "61": "A9"}
FIXES = (
    zone("exercice", "9", 4, "bordereau.exercice"),
    zone("bordereau", "9", 4, "bordereau.numero"),
    zone("piece", "9", 5, "piece.numero"),
    zone("ligne", "9", 2, "ligne.numero"),
    zone("ht", "S9", 12, "ligne.montant_ht", sign="overpunch"),
)


def envois(nombre: int) -> list[PesAller]:
    r = random.Random(8)  # noqa: S311
    return [document(r, pieces=24) for _ in range(nombre)]


def appris(dossier: Path, *champs: dict[str, Any]) -> ProfilJson:
    brut = mini(*FIXES, *champs)
    brut["records"][0]["discriminator"] = None
    return apprendre(paires_de(envois(4), profil(dossier, brut)), nom="x")


def tables(lu: ProfilJson) -> dict[str, ZoneJson]:
    return {z.source or "": z for z in lu.records[0].fields if z.map}


def test_tables_are_found_even_side_by_side(tmp_path: Path) -> None:
    lu = appris(
        tmp_path,
        zone("mode", "X", 1, "piece.mode_reglement", map=MODES),
        zone("categorie", "X", 2, "tiers.categorie", map=CATEGORIES),
        zone("nom", "X", 40, "tiers.nom"),
    )
    trouvees = tables(lu)
    assert {s: z.map for s, z in trouvees.items()} == {
        "piece.mode_reglement": MODES,
        "tiers.categorie": CATEGORIES,
    }
    mode, categorie = trouvees.values()
    assert (mode.length, categorie.length) == (1, 2)
    assert categorie.start == (mode.start or 0) + 1
    for lue in trouvees.values():
        assert lue.evidence is not None
        assert (lue.evidence.status, lue.evidence.open) == ("guessed", ("codes",))
    brouillon = ecrire(tmp_path, lu)
    assert not brouillon.manques


def test_a_code_that_was_never_seen_is_refused(tmp_path: Path) -> None:
    lu = appris(tmp_path, zone("mode", "X", 1, "piece.mode_reglement", map=MODES))
    brouillon = ecrire(tmp_path, lu)
    premier = envois(5)[-1]
    (fichier,) = convertir(premier, brouillon, sequence=1, monnaie="XPF", epreuve=True)
    assert fichier.enregistrements
    bordereaux = tuple(
        replace(
            b,
            pieces=tuple(
                replace(p, lignes=tuple(replace(x, mode_reglement="09") for x in p.lignes))
                for p in b.pieces
            ),
        )
        for b in premier.bordereaux
    )
    with pytest.raises(ZoneError, match="aucune traduction") as levee:
        convertir(
            replace(premier, bordereaux=bordereaux),
            brouillon,
            sequence=1,
            monnaie="XPF",
            epreuve=True,
        )
    assert "map" in levee.value.anomalies[0].conseil


def test_what_was_kept_aside_is_given_back(tmp_path: Path) -> None:
    brut = mini(*FIXES, zone("mode", "X", 1, "piece.mode_reglement", map=MODES))
    brut["records"][0]["discriminator"] = None
    vrai = profil(tmp_path, brut)
    *connus, garde = envois(5)
    brouillon = ecrire(tmp_path, apprendre(paires_de(connus, vrai), nom="x"))
    (epreuve,) = eprouver(brouillon, paires_de([garde], vrai))
    assert epreuve.egale, epreuve.raison


def test_two_codes_that_go_together_are_rivals(tmp_path: Path) -> None:
    """Nothing tells which of two codes is translated when each gives the other."""
    brut = mini(*FIXES, zone("mode", "X", 1, "piece.mode_reglement", map=MODES))
    brut["records"][0]["discriminator"] = None
    vrai = profil(tmp_path, brut)
    jumeaux = [
        replace(
            e,
            bordereaux=tuple(
                replace(
                    b,
                    pieces=tuple(
                        replace(
                            p,
                            lignes=tuple(
                                replace(x, nature=f"60{x.mode_reglement}") for x in p.lignes
                            ),
                        )
                        for p in b.pieces
                    ),
                )
                for b in e.bordereaux
            ),
        )
        for e in envois(4)
    ]
    (lue,) = tables(apprendre(paires_de(jumeaux, vrai), nom="x")).values()
    assert lue.evidence is not None
    assert lue.evidence.status == "guessed"
    assert "source" in lue.evidence.open
    assert {lue.source, *(dit.removeprefix("table de ") for dit in lue.evidence.rivals)} >= {
        "piece.mode_reglement",
        "ligne.nature",
    }


def test_few_records_make_no_table(tmp_path: Path) -> None:
    """Eight lines, each its own code: anything would follow anything."""
    brut = mini(*FIXES, zone("mode", "X", 1, "piece.mode_reglement", map=MODES))
    brut["records"][0]["discriminator"] = None
    (envoi,) = envois(1)
    (un, *_) = envoi.bordereaux
    court = replace(envoi, bordereaux=(replace(un, pieces=un.pieces[:4]),))
    lu = apprendre(paires_de([court], profil(tmp_path, brut)), nom="x")
    assert tables(lu) == {}
