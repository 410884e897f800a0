"""`check` on the other domains, from the command line: ASAP, marchés, ORMC."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Appel
from tests.unit.pes_check import domaines as d

VALIDES = {
    "asap": d.asap(d.facture(), d.facture("F-2026-002", titre=88)),
    "marche": d.contrats(concessions=d.concession()),
    "ormc": d.ormc(),
}


@pytest.mark.parametrize("nom", sorted(VALIDES))
def test_a_whole_file_is_accepted(nom: str, tmp_path: Path, appeler: Appel) -> None:
    chemin = tmp_path / f"{nom}.xml"
    chemin.write_bytes(VALIDES[nom])
    dit = appeler("check", chemin, "--json")
    document = dit.json()
    assert isinstance(document, dict)
    assert (dit.code, document["verdict"]) == (0, "accepte")


@pytest.mark.parametrize(
    ("nom", "bon", "faux", "regle", "ref", "fin"),
    [
        (
            "asap",
            b'<MtTotalTTC V="100.00"/>',
            b'<MtTotalTTC V="0"/>',
            "xsd.mttotalttc.valeur",
            "facture F-2026-001",
            "/FactureIndiv[1]/TotalAPayer/MtTotalTTC",
        ),
        (
            "asap",
            b'<ModalitesReglement V="Par virement"/>',
            b"",
            "xsd.moderecouvrement.inattendu",
            "facture F-2026-001",
            "/FactureIndiv[1]/ModeRecouvrement",
        ),
        (
            "marche",
            b'<ProcedureMarche V="01"/>',
            b'<ProcedureMarche V="11"/>',
            "xsd.proceduremarche.code",
            "marché 2026TRAVAUX01",
            "/Marches/Marche[1]/ProcedureMarche",
        ),
        (
            "marche",
            b'<DateSignature V="2026-02-01"/>',
            b'<DateSignature V="01/02/2026"/>',
            "xsd.datesignature.date",
            "concession 2026EAU01",
            "/Concessions/Concession[1]/DateSignature",
        ),
        (
            "ormc",
            b'<Cle2 V="A"/>',
            b'<Cle2 V="AB"/>',
            "xsd.cle2.longueur",
            "bordereau 12 / titre 87",
            "/BlocPiece/Cle2",
        ),
    ],
)
def test_a_planted_fault_is_told_on_its_element(
    nom: str,
    bon: bytes,
    faux: bytes,
    regle: str,
    ref: str,
    fin: str,
    tmp_path: Path,
    appeler: Appel,
) -> None:
    chemin = tmp_path / f"{nom}.xml"
    assert VALIDES[nom].count(bon) >= 1
    chemin.write_bytes(VALIDES[nom].replace(bon, faux, 1))
    dit = appeler("check", chemin, "--json")
    document = dit.json()
    assert isinstance(document, dict)
    assert (dit.code, document["verdict"]) == (30, "rejete")
    dites = [a for a in document["anomalies"] if a["regle"].startswith("xsd.")]
    assert [(a["regle"], a["ref"], a["gravite"]) for a in dites] == [(regle, ref, "rejet_flux")]
    assert dites[0]["chemin"].endswith(fin)
    assert dites[0]["conseil"]
