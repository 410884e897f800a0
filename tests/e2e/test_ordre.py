"""Deposits of one body dropped together: controlled in their order, by several processes."""

from __future__ import annotations

import json
import os
import signal
from decimal import Decimal
from typing import Any

from tests.e2e.conftest import Scene
from tests.e2e.test_equipe import au_travail
from tests.e2e.test_mort import fini, mourir
from tests.e2e.theatre import Poste, attendre
from vaguemestre.domain.flux import Etat

SEQUENCE = "registre.bordereau.sequence"
PREMIER = 101


def deposer(poste: Poste, numeros: range, *, nom: str = "b") -> None:
    """Made aside, then dropped one right after the other; names of which 9 comes after 10."""
    for numero in numeros:
        poste.deposer(f"{nom}{numero - PREMIER + 1}", numero)


def avertis(poste: Poste, regle: str = SEQUENCE) -> dict[str, list[str]]:
    """Deposit to the messages of this rule in its report."""
    dits: dict[str, list[str]] = {}
    for rapport in (poste.depots().parent / "traites").glob("*/rapport.json"):
        lu: dict[str, Any] = json.loads(rapport.read_text("utf-8"))
        messages = [a["message"] for a in lu["anomalies"] if a["regle"] == regle]
        if messages:
            dits[rapport.parent.name] = messages
    return dits


def dans_l_ordre(poste: Poste) -> None:
    """The running total of each bordereau counts exactly those of a lower number."""
    tous = [b for vu in poste.flux() for b in poste.bordereaux(vu.id)]
    total = Decimal(0)
    for bordereau in sorted(tous, key=lambda b: b.numero):
        total += bordereau.montant_ht + bordereau.montant_tva
        assert bordereau.cumul == total, bordereau.numero


def test_vingt_depots_ensemble(scene: Scene) -> None:
    """No false warning; then a number is missing, and that one is said."""
    poste, dgfip = scene(processus=2, ouvriers=3)
    poste.lancer()
    au_travail(poste)
    deposer(poste, range(PREMIER, PREMIER + 20))
    poste.regles(20)
    assert avertis(poste) == {}
    poste.deposer("trou", PREMIER + 22)
    fini(poste, dgfip, [Etat.ARCHIVE] * 21)
    assert list(avertis(poste)) == ["trou"]
    assert f"le bordereau {PREMIER + 22} ne suit pas" in avertis(poste)["trou"][0]
    dans_l_ordre(poste)


def test_tous_tues_puis_dans_l_ordre(scene: Scene) -> None:
    poste, dgfip = scene(processus=2, ouvriers=2)
    deposer(poste, range(PREMIER, PREMIER + 6))
    mourir(poste, "D00000003:controler:avant")
    poste.lancer()
    fini(poste, dgfip, [Etat.ARCHIVE] * 6)
    assert avertis(poste) == {}
    dans_l_ordre(poste)


def test_un_aide_tue_ne_change_pas_l_ordre(scene: Scene) -> None:
    """What it had in hand is controlled before what came after it."""
    poste, dgfip = scene(processus=2, ouvriers=2)
    poste.lancer()
    (aide,) = au_travail(poste)
    deposer(poste, range(PREMIER, PREMIER + 8))
    attendre(lambda: poste.flux(), quoi="un premier flux")
    os.kill(aide, signal.SIGKILL)
    fini(poste, dgfip, [Etat.ARCHIVE] * 8)
    assert avertis(poste) == {}
    dans_l_ordre(poste)
