"""The old roots speak by their name; every error code has a meaning and a mend."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.acquit.test_retour import TETE
from tests.unit.schemas.modele import SCHEMAS
from vaguemestre.domain.acquits import Acquit
from vaguemestre.pes.acquit import as_json, lire_reponse
from vaguemestre.pes.acquit_codes import ERREURS, explication

NS = "http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/retour"
ERREUR = (
    '<ElementACQUIT><DomaineAck V="5"/><EtatAck V="0"/><ExerciceBord V="2026"/><NumBord V="7"/>'
    '<NumAnoAck V="ERREUR_CUMUL_MONTANTS"/><LibelleAnoAck V="cumul"/></ElementACQUIT>'
)


def _lire(dossier: Path, racine: str, corps: str) -> Acquit:
    fichier = dossier / "ancien.xml"
    fichier.write_text(f'<n:{racine} xmlns:n="{NS}">{TETE}{corps}</n:{racine}>', "utf-8")
    lu = lire_reponse(fichier)
    assert isinstance(lu, Acquit)
    return lu


@pytest.mark.parametrize(
    ("racine", "corps", "etat"),
    [
        ("PES_Acquit", "", "accepte"),
        ("PES_NonAcquit", "", "rejete"),
        ("PES_NonAcquit", f"<ACQUIT>{ERREUR}</ACQUIT>", "rejete"),
        ("PES_Acquit", "<ACQUIT/>", "accepte"),
    ],
)
def test_the_old_roots_are_acquits(tmp_path: Path, racine: str, corps: str, etat: str) -> None:
    lu = _lire(tmp_path, racine, corps)
    assert (lu.type, lu.etat, lu.nomfic) == ("acquit", etat, "R1")
    assert not [a for a in lu.anomalies if a.regle.startswith("xsd.")]


def test_an_old_root_out_of_shape_is_read_and_warned_of(tmp_path: Path) -> None:
    lu = _lire(tmp_path, "PES_NonAcquit", f"<ACQUIT>{ERREUR}<Autre/></ACQUIT>")
    assert lu.etat == "rejete"
    (ecart,) = [a for a in lu.anomalies if a.regle.startswith("xsd.")]
    assert (ecart.chemin, ecart.bloquante) == ("/n:PES_NonAcquit/ACQUIT/Autre", False)


def test_every_code_of_the_schema_has_its_meaning_and_its_mend(tmp_path: Path) -> None:
    texte = (SCHEMAS / "5.30" / "types_acquit.xsd").read_text("utf-8")
    codes = set(re.findall(r'value="(ERREUR_[A-Z_]+)"', texte))
    assert len(codes) == 34
    assert set(ERREURS) == codes
    for code in codes:
        connue = explication(code)
        assert connue is not None
        assert len(connue.sens) > 15
        assert len(connue.conseil) > 25
    lu = as_json(_lire(tmp_path, "PES_NonAcquit", f"<ACQUIT>{ERREUR}</ACQUIT>"))
    (erreur,) = lu["elements"][0]["anomalies"]  # type: ignore[index]
    assert erreur["code"] == "ERREUR_CUMUL_MONTANTS"
    assert erreur["conseil"].startswith("Refaire le bordereau")
