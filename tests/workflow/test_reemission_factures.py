"""A re-issue of titres whose invoices (PES_Facture) leave in a PJ, and of what cannot be cut."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.pes_regles_asap.fabrique import FACTURE, TITRE, construire, deposer, en_csv
from vaguemestre.domain.comptable import PesAller
from vaguemestre.errors import DocumentError, Gravite
from vaguemestre.formats.plan import projeter
from vaguemestre.pes.examen import examiner
from vaguemestre.pes.read import cartographier, lire
from vaguemestre.pes.reduction import BordereauReduit, Reduction, reduire
from vaguemestre.pes.schema import charger
from vaguemestre.workflows.reserves import factures_partagees
from vaguemestre.workflows.tri import Reste, choisies, trier


@pytest.fixture
def pes(tmp_path: Path) -> Path:
    """Two titres of one bordereau, whose invoices share a PJ."""
    second = str(int(TITRE["titre"]) + 1)
    lu = deposer(
        tmp_path,
        titres__csv=en_csv({**TITRE, "edition": "01"}, {**TITRE, "edition": "01", "titre": second}),
        factures__csv=en_csv(FACTURE, {**FACTURE, "titre": second}),
    )
    (chemin,) = construire(tmp_path, lu)
    return chemin


def restes_de(document: PesAller, *exclure: str) -> tuple[Reste, ...]:
    return trier(document.bordereaux, (), choisies(document.bordereaux, exclure), ())


def reduction_de(document: PesAller, restes: tuple[Reste, ...]) -> Reduction:
    (reste,) = restes
    b = replace(
        reste.bordereau,
        pieces=tuple(p for n, p in enumerate(reste.bordereau.pieces) if n in reste.pieces),
    )
    return Reduction(
        nomfic=document.enveloppe.nom_fichier,
        jour=document.entete.date_production,
        bordereaux=(
            BordereauReduit(
                pieces=reste.pieces,
                numero=b.numero,
                montant_ht=b.montant_ht,
                montant_tva=b.montant_tva,
            ),
        ),
        pjs=frozenset(range(len(document.pieces_justificatives))),
    )


def test_la_pj_des_factures_reste_et_c_est_dit(pes: Path, tmp_path: Path) -> None:
    document = lire(pes)
    (bordereau,) = document.bordereaux
    premier = bordereau.pieces[0].numero
    restes = restes_de(document, str(premier))
    (avis,) = factures_partagees(restes)
    assert avis.gravite is Gravite.AVERTISSEMENT
    assert f"recette/{bordereau.numero}/{premier}" in avis.message
    assert avis.valeur == document.pieces_justificatives[0].id_unique
    vers = tmp_path / "reduit.xml"
    reduire(pes, vers, reduction_de(document, restes))
    (relu,) = lire(vers).bordereaux
    assert [p.numero for p in relu.pieces] == [bordereau.pieces[1].numero]
    assert lire(vers).pieces_justificatives == document.pieces_justificatives
    examen = examiner(vers, schemas=charger("5.30"))
    assert [a for a in examen.anomalies if a.bloquante] == []


def test_rien_a_dire_quand_tout_part(pes: Path) -> None:
    assert list(factures_partagees(restes_de(lire(pes), "aucune"))) == []


@pytest.mark.parametrize(
    ("bloc", "dit"), [("PES_Marche", "des marchés"), ("PES_Facture", "hors de toute PJ")]
)
def test_ce_qui_ne_se_reduit_pas(bloc: str, dit: str, pes: Path, tmp_path: Path) -> None:
    document = lire(pes)
    restes = restes_de(document, "aucune")
    with projeter(pes) as octets:
        place = next(iter(cartographier(octets).pjs)).element.debut
    avant = pes.read_bytes()
    place = avant.rindex(b"<PES_PJ", 0, place)
    porteur = tmp_path / "porteur.xml"
    porteur.write_bytes(avant[:place] + f"<{bloc}></{bloc}>".encode() + avant[place:])
    with pytest.raises(DocumentError, match=dit):
        reduire(porteur, tmp_path / "reduit.xml", reduction_de(document, restes))
    assert not (tmp_path / "reduit.xml").exists()
