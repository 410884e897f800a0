"""`flux show --rapport`: what we found and what the accountant answered, in one report."""

from __future__ import annotations

import json
from pathlib import Path

from tests.unit.cli.conftest import Appel
from tests.unit.cli.test_registre import ETAPES, FLUX, NOM, inscrire
from vaguemestre.config.lecture import charger
from vaguemestre.domain.flux import ErreurRelevee, ReponseRecue
from vaguemestre.errors import Anomalie, Gravite
from vaguemestre.ports import Done
from vaguemestre.wiring import portes

REMARQUE = Anomalie("pes.tiers.prenom", "bordereau 12", "sans prénom", Gravite.AVERTISSEMENT)
ACQUIT = "c" * 64


def preparer(tmp_path: Path, appeler: Appel) -> Path:
    """A flux with a warning of ours, told twice, and an error of the accountant."""
    assert appeler("init", "essai").code == 0
    toml = tmp_path / "essai" / "vaguemestre.toml"
    inscrire(toml, ETAPES)
    reponse = ReponseRecue(
        nom="acquit.xml", genre="acquit", sha256=ACQUIT, flux=FLUX, nomfic=NOM, etat="rejete"
    )
    erreur = ErreurRelevee(
        flux=FLUX,
        reponse=ACQUIT,
        domaine="depense",
        exercice=2026,
        bordereau=12,
        piece=2,
        ligne=0,
        id_unique="",
        code="ERREUR_X",
        libelle="imputation inconnue",
    )
    with portes(charger(toml)) as ouvertes:
        dites = {"anomalies": [REMARQUE.as_json()]}
        ouvertes.journal.record("D00000001", "controler", Done(dites, ()))
        ouvertes.journal.record(FLUX, "relire", Done(dites, ()))
        ouvertes.journal.record(FLUX, "acquit", Done({}, (reponse, erreur)))
    return toml


def test_a_flux_has_its_report_in_every_format(tmp_path: Path, appeler: Appel) -> None:
    toml = preparer(tmp_path, appeler)
    rapports = [tmp_path / f"r.{fin}" for fin in ("html", "pdf", "csv", "xlsx", "json", "sarif")]
    options = [mot for chemin in rapports for mot in ("--rapport", chemin)]
    dit = appeler("flux", "show", FLUX, "--json", "-c", toml, *options)
    assert dit.code == 0
    assert isinstance(dit.json(), dict)
    assert all(chemin.stat().st_size > 200 for chemin in rapports)
    document = json.loads((tmp_path / "r.json").read_text("utf-8"))
    (fichier,) = document["fichiers"]
    assert (document["verdict"], fichier["file"], fichier["pieces"]) == ("rejete", NOM, 2)
    assert [(a["regle"], a["gravite"]) for a in fichier["anomalies"]] == [
        ("ERREUR_X", "rejet_bordereau"),
        ("pes.tiers.prenom", "avertissement"),
    ]
    assert fichier["anomalies"][0]["ref"] == "bordereau 12 / mandat 2"
    page = (tmp_path / "r.html").read_text("utf-8")
    assert "imputation inconnue" in page
    assert FLUX in page


def test_a_report_nobody_can_write_is_wrong_usage(tmp_path: Path, appeler: Appel) -> None:
    toml = preparer(tmp_path, appeler)
    assert appeler("flux", "show", FLUX, "-c", toml, "--rapport", tmp_path / "r.doc").code == 2
