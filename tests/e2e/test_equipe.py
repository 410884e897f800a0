"""Several processes work for one daemon: they do not do a thing twice, and die with it."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e.conftest import Scene
from tests.e2e.test_mort import fini, mourir
from tests.e2e.theatre import Poste, attendre
from vaguemestre.domain.flux import Etat


def aides(pid: int) -> list[int]:
    """The living processes that a daemon started."""
    trouves = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            etat, parent, *_ = stat.read_text("ascii", "replace").rpartition(") ")[2].split()
            if int(parent) == pid and etat != "Z":
                trouves.append(int(stat.parent.name))
    return trouves


def au_travail(poste: Poste) -> list[int]:
    assert poste.vie is not None
    pid = poste.vie.pid
    trouves: list[int] = attendre(lambda: aides(pid), quoi="les processus de l'équipe")
    return trouves


def vit(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_a_plusieurs_chacun_une_fois(scene: Scene) -> None:
    poste, dgfip = scene(processus=3)
    for bordereau in range(101, 113):
        poste.deposer(f"b{bordereau}", bordereau)
    poste.lancer()
    assert len(au_travail(poste)) == 2
    fini(poste, dgfip, [Etat.ARCHIVE] * 12)
    # Each promise of a running total counts the one before it, whoever made it.
    tous = [b for vu in poste.flux() for b in poste.bordereaux(vu.id)]
    totaux = {b.cumul for b in tous if b.cumul is not None}
    assert len(totaux) == 12
    assert max(totaux) == sum(b.montant_ht + b.montant_tva for b in tous)


@pytest.mark.parametrize(
    "point",
    ["D*:controler:apres", "F*:signer:avant", "F*:expedier.pes:avant", "F*:archiver.*:avant"],
)
def test_tues_ensemble(scene: Scene, point: str) -> None:
    """Wherever the point is reached, in the daemon or in a process of its own: all of it dies."""
    poste, dgfip = scene(processus=2, ouvriers=1)
    for bordereau in range(101, 105):
        poste.deposer(f"b{bordereau}", bordereau)
    mourir(poste, point)
    poste.lancer()
    fini(poste, dgfip, [Etat.ARCHIVE] * 4)


def test_un_aide_tue_est_remplace(scene: Scene) -> None:
    """What it had in hand goes on, in another process; the daemon itself lives on."""
    poste, dgfip = scene({"pannes": {"lenteur": 0.03}}, processus=2)
    vie = poste.lancer()
    (aide,) = au_travail(poste)
    for bordereau in range(101, 109):
        poste.deposer(f"b{bordereau}", bordereau, poids=100_000)
    attendre(lambda: list((dgfip.racine / "depot").glob("*.part")))
    os.kill(aide, signal.SIGKILL)
    attendre(lambda: aides(vie.pid) not in ([], [aide]), quoi="un remplaçant")
    assert "ouvrier.mort" in vie.dit()
    # A kill between the intent and the receipt may leave a doubt: its acquit settles it.
    fini(poste, dgfip, [Etat.ARCHIVE] * 8)


def test_personne_ne_survit_au_demon(scene: Scene) -> None:
    poste, _ = scene(processus=2)
    vie = poste.lancer()
    (aide,) = au_travail(poste)
    vie.tuer()
    attendre(lambda: not vit(aide), quoi="la mort de l'équipe")
    poste.lancer()
    (aide,) = au_travail(poste)
    poste.arreter()
    assert not vit(aide)


def test_ctrl_c_dans_un_terminal(scene: Scene) -> None:
    """SIGINT reaches the daemon's group alone; its team ends with it, cleanly."""
    poste, _ = scene(processus=2)
    vie = poste.lancer()
    (aide,) = au_travail(poste)
    assert os.getpgid(aide) != os.getpgid(vie.pid)
    vie.signaler(signal.SIGINT)
    assert vie.finir(20) == 0
    assert not vit(aide)
    assert "Traceback" not in vie.dit()
