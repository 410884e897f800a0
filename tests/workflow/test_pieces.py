"""The daemon's control of a deposit looks inside PJ when `[pj]` asks, and logs waivers."""

from __future__ import annotations

import json
from pathlib import Path

from tests.unit.pj import pdfs
from tests.workflow.chaine import JOUR, Chaine, chaine
from vaguemestre.simulators.exemples import depot_mandats
from vaguemestre.workflows.depots import traiter_depot
from vaguemestre.workflows.maison import DepotPris

TEXTE = ("[pes]", "[pj]\ntexte = true\nprocessus = 1\n\n[pes]")


def deposer(ligne: Chaine, pdf: bytes, plus: dict[str, str]) -> tuple[list[str], str]:
    """One mandat whose only PJ is `pdf`: its flux, and the identifier of the deposit."""
    rang = ligne.maison.registre.reserver("depot")
    en_cours = ligne.dossier / "echanges" / "valombre" / "en-cours" / f"D{rang:08d}"
    lot = depot_mandats(
        en_cours / "lot",
        bordereau=rang,
        premier=rang,
        nombre=1,
        date=f"{JOUR:%d/%m/%Y}",
        exercice=JOUR.year,
    )
    (facture,) = lot.glob("*.pdf")
    facture.write_bytes(pdf)
    csv = (lot / "mandats.csv").read_text("cp1252").splitlines()
    noms, valeurs = ";".join(["", *plus]), ";".join(["", *plus.values()])
    (lot / "mandats.csv").write_text(f"{csv[0]}{noms}\n{csv[1]}{valeurs}\n", "cp1252")
    pris = DepotPris(
        identifiant=en_cours.name,
        nom="lot",
        collectivite="valombre",
        genre="dossier",
        dossier=en_cours,
    )
    flux = traiter_depot(ligne.maison.run(en_cours.name), ligne.maison, pris)
    return list(flux), en_cours.name


def dites(ligne: Chaine, depot: str) -> list[tuple[str, str]]:
    """(rule, message) of what the log keeps of the control, as far as PJ go."""
    fait = ligne.maison.journal.recall(depot, "controler")
    assert fait is not None
    anomalies = json.loads(json.dumps(fait.result))["anomalies"]
    return [(a["regle"], a["message"]) for a in anomalies if a["regle"].startswith("pj.")]


def test_scan_refuse_puis_admis_par_derogation(tmp_path: Path) -> None:
    with chaine(tmp_path, TEXTE) as ligne:
        flux, depot = deposer(ligne, pdfs.SCAN, {})
        assert flux == []
        assert [regle for regle, _ in dites(ligne, depot)] == ["pj.pdf.scan"]
        accord = {"pj_derogation": "Original perdu", "pj_derogation_auteur": "C. Martin, DAF"}
        flux, depot = deposer(ligne, pdfs.SCAN, accord)
        assert len(flux) == 1
        ((regle, message),) = dites(ligne, depot)
        assert regle == "pj.pdf.scan.derogation"
        assert "dérogation de C. Martin, DAF : Original perdu" in message
        (rapport,) = (tmp_path / "echanges/valombre/traites").rglob("rapport.html")
        assert "Original perdu" in rapport.read_text("utf-8")
        flux, depot = deposer(ligne, pdfs.SAIN, {})
        assert (len(flux), dites(ligne, depot)) == (1, [])


def test_sans_reglage_le_demon_n_ouvre_aucun_pdf(ligne: Chaine) -> None:
    flux, depot = deposer(ligne, pdfs.SCAN, {})
    assert (len(flux), dites(ligne, depot)) == (1, [])
