"""A body obtains its INDIGO layout from its own old files, as `help indigo` says, then sends with
it to a partner that is no simulator; the draft never leaves."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Literal

from tests.e2e.conftest import Scene
from tests.e2e.processus import Processus
from tests.e2e.theatre import Poste, attendre
from tests.unit.indigo.hasard import document
from vaguemestre.domain.flux import Etat
from vaguemestre.indigo.convert import convertir
from vaguemestre.indigo.dessins import charger
from vaguemestre.pes.build import ecrire
from vaguemestre.pes.read import lire
from vaguemestre.simulators.exemples import LAGON

PAIRES = 3
FRANCS: Literal["XPF"] = "XPF"


def cacher(vers: Path) -> Path:
    """The layout that the accountant uses and that nobody tells: the fictional one, in disorder."""
    livre = resources.files("vaguemestre.indigo") / "layouts" / "fictif-essai.json"
    brut = json.loads(livre.read_text("utf-8"))
    r = random.Random(17)  # noqa: S311
    for record in brut["records"]:
        marque, *zones = record["fields"]
        r.shuffle(zones)
        debut = marque["length"] + 1
        for zone in zones:
            zone["start"] = debut
            debut += zone["length"]
    vers.write_text(json.dumps(brut), "utf-8")
    return vers


def anciens(poste: Poste, cache: Path) -> list[list[str]]:
    """Old files: each time the PES and what the accountant accepted with it, as options."""
    r, options = random.Random(5), []  # noqa: S311
    for rang in range(PAIRES):
        chemin = poste.coulisse(f"ancien{rang}.xml")
        fait = document(r, pieces=60)
        entete = replace(
            fait.entete,
            code_collectivite=LAGON.code,
            id_collectivite=LAGON.siret,
            id_poste=LAGON.poste,
        )
        ecrire(replace(fait, entete=entete), chemin, monnaie=FRANCS)
        (accepte,) = convertir(lire(chemin), charger(cache), sequence=rang, monnaie=FRANCS)
        indigo = poste.coulisse(
            f"MANDAT_{LAGON.code}_00_{fait.bordereaux[0].exercice}_{rang + 7:04d}.dat"
        )
        indigo.write_bytes(accepte.contenu)
        options.append(["--pes", str(chemin), "--indigo", str(indigo)])
    return options


def indigo_(poste: Poste, *argv: str) -> str:
    """A command of `indigo`, which needs no installation; what it said, on one line."""
    fait = Processus("vaguemestre", ["indigo", *argv], poste.coulisse(f"{argv[0]}.log"), {})
    assert fait.finir() == 0, fait.dit()
    return " ".join(fait.dit().split())


def arretes(poste: Poste) -> list[str]:
    """Works that the daemon has stopped, and waits to be told to take up again."""
    with poste.ouvert() as ouvertes:
        return [arret.id for arret in ouvertes.executions.lister("erreur")]


def test_de_ses_anciens_fichiers_a_l_envoi(scene: Scene) -> None:
    poste, _ = scene()
    cache = cacher(poste.coulisse("cache.json"))
    *apprises, gardee = anciens(poste, cache)
    brouillon, valide = poste.dossier / "brouillon.json", poste.dossier / "valide.json"
    appris = [mot for paire in apprises for mot in paire]
    assert "brouillon, 640 octets" in indigo_(poste, "learn", *appris, "-o", str(brouillon))
    motif = "{famille}_{cod_col}_{cod_bud}_{exercice}_{sequence:04d}.dat"
    assert json.loads(brouillon.read_text("utf-8"))["file"]["name_pattern"] == motif
    assert "octets égaux" in indigo_(poste, "learn", "--verifier", str(brouillon), *gardee)

    # The draft never leaves, not even by the daemon.
    poste.a_part()
    poste.changer_config(
        ("periode_acquits = 0.3\nsimulateur = true", "periode_acquits = 0.3"),
        ("fictif-essai.json", brouillon.name),
    )
    sortie, dit = poste.commande("doctor")
    assert sortie == 10, dit
    assert "statut draft" in " ".join(dit.split())
    poste.deposer("mandats", 101, collectivite=LAGON.dossier, nombre=4)
    poste.lancer()
    (arrete,) = attendre(lambda: arretes(poste), quoi="le refus du brouillon")
    poste.arreter()
    assert poste.partis_a_part() == {}
    assert poste.flux() == []

    auteur = ("--auteur", "L. Poadja, régisseuse")
    dit = indigo_(poste, "valider", str(brouillon), *auteur, *gardee, "-o", str(valide))
    assert "statut validated" in dit
    poste.changer_config((brouillon.name, valide.name))
    poste.lancer()
    poste.attendre_pret()
    assert poste.commande("flux", "replay", arrete)[0] == 0
    poste.attendre_etat("mandats", Etat.EXPEDIE)
    poste.arreter()
    indigo, pes = sorted(poste.partis_a_part().items())
    parti = poste.coulisse("parti.xml")
    parti.write_bytes(pes[1])
    (attendu,) = convertir(lire(parti), charger(cache), sequence=1, monnaie=FRANCS)
    assert indigo[1] == attendu.contenu
    assert indigo[0].startswith("MANDAT_045_00_")
    assert indigo[0].endswith("_0001.dat")
    assert poste.audit().intact
