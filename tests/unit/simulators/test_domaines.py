"""The simulated Guichet answers what is no mandat nor titre: rôle, contracts, invoices, lone PJ."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.pes_check import domaines as d
from tests.unit.pes_check import fabrique as f
from tests.unit.simulators.pes import pes
from vaguemestre import check
from vaguemestre.domain.acquits import Acquit, ElementAcquit
from vaguemestre.pes.acquit import lire_reponse
from vaguemestre.simulators.exemples import depot_pj, depot_role
from vaguemestre.simulators.guichet import Guichet
from vaguemestre.simulators.regles import Regles

REFUS: dict[str, object] = {"reponse": "refuse", "code": "ERREUR_AUTRE", "libelle": "4242 - Refusé"}
Vu = tuple[str, bool, str | None]


def repondre(
    tmp_path: Path, contenu: bytes, *fois: str, regles: dict[str, object] | None = None
) -> list[ElementAcquit]:
    """The elements of the last answer, as the product reads it; the file comes under each name."""
    voulu = {"signature": "libre", **({"regles": [regles]} if regles else {})}
    guichet = Guichet(tmp_path / "dgfip", Regles.model_validate(voulu))
    recu = tmp_path / "acquit.xml"
    for nom in fois or ("F.xml",):
        (guichet.racine / "depot" / nom).write_bytes(contenu)
        [reponse] = guichet.traiter(guichet.prendre(nom))
        recu.write_bytes(reponse.contenu)
    lu = lire_reponse(recu)
    assert isinstance(lu, Acquit)
    assert lu.anomalies == ()
    return list(lu.elements)


def vus(elements: list[ElementAcquit]) -> list[Vu]:
    return [(e.code_domaine, e.accepte, e.id_marche or e.id_unique) for e in elements]


@pytest.mark.parametrize(
    ("contenu", "attendu"),
    [
        (d.ormc(), [("7", None)]),
        (
            d.contrats(d.marche(), d.marche("2026B"), concessions=d.concession()),
            [("11", "2026TRAVAUX01"), ("11", "2026B"), ("11", "2026EAU01")],
        ),
        (d.asap(), [("12", None)]),
        (pes([], pjs=["PJ0001"]), [("4", "PJ0001")]),
        (f.pes(d.bloc_facture(), d.bloc_marche()), [("12", None), ("11", "2026TRAVAUX01")]),
    ],
)
def test_un_element_pour_chacun(
    tmp_path: Path, contenu: bytes, attendu: list[tuple[str, str | None]]
) -> None:
    accepte = repondre(tmp_path / "oui", contenu)
    assert vus(accepte) == [(domaine, True, qui) for domaine, qui in attendu]
    refuse = repondre(tmp_path / "non", contenu, regles=REFUS)
    assert vus(refuse) == [(domaine, False, qui) for domaine, qui in attendu]
    assert {erreur.libelle for e in refuse for erreur in e.erreurs} == {"4242 - Refusé"}


def test_un_marche_qui_revient_sous_le_meme_nom(tmp_path: Path) -> None:
    (element,) = repondre(tmp_path, d.contrats(), "F.xml", "G.xml")
    assert (element.code_domaine, element.accepte) == ("0", False)
    assert "flux déjà reçu" in element.erreurs[0].libelle


def test_un_marche_refuse_peut_revenir(tmp_path: Path) -> None:
    (element,) = repondre(tmp_path, d.contrats(), "F.xml", "G.xml", regles={**REFUS, "fois": 1})
    assert (element.code_domaine, element.accepte) == ("11", True)


def test_rien_du_tout_est_un_flux_vide(tmp_path: Path) -> None:
    (element,) = repondre(tmp_path, pes([], pjs=[]))
    assert [erreur.code for erreur in element.erreurs] == ["ERREUR_FLUX_VIDE"]


def test_les_depots_d_exemple_passent(tmp_path: Path) -> None:
    """What the demo drops of these domains: nothing to say of them."""
    role = depot_role(tmp_path / "role", bordereau=401, premier=4010, nombre=4, date="20/11/2026")
    pj = depot_pj(tmp_path / "pj", mandat=1010)
    for depot in (role, pj):
        lu = check(depot)
        assert (lu.verdict, [a.message for a in lu.anomalies]) == ("accepte", [])
