"""The sample documents are what they claim to be, for a reader that is not ours."""

from __future__ import annotations

from io import BytesIO

import pytest
from pypdf import PdfReader
from stdnum import iban as cles_iban
from stdnum.fr import siret as cles_siret

from vaguemestre.simulators.exemples import FOURNISSEURS, LAGON, VALOMBRE, iban, pdf, siret


@pytest.mark.parametrize("poids", [0, 30_000])
def test_a_sample_pdf_opens_and_its_text_is_read(poids: int) -> None:
    octets = pdf(["Facture (n° 1)", "Total : 12,00"], poids=poids, graine=7)
    lecteur = PdfReader(BytesIO(octets), strict=True)
    assert lecteur.pages[0].extract_text().split("\n")[:2] == ["Facture (n° 1)", "Total : 12,00"]
    assert len(octets) >= poids
    assert octets == pdf(["Facture (n° 1)", "Total : 12,00"], poids=poids, graine=7)


def test_every_sample_key_is_right() -> None:
    sirets = [VALOMBRE.siret, LAGON.siret, siret("55208131"), *(un[1] for un in FOURNISSEURS)]
    assert all(cles_siret.is_valid(un) for un in sirets)
    assert all(cles_iban.is_valid(iban(un[3])) for un in FOURNISSEURS)
