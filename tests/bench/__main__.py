"""`python -m tests.bench [--court]`: every measure, its target, « tenu » or « NON TENU ».

Exit code 0 even where a time target is missed; 1 when a result is wrong, 2 when a reference tool
is missing.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.bench import construire, controler, debit, fonds, hostile, indigo, masse, signer, textes
from tests.bench.cadre import MO, Faux, Mesure, afficher, manquants, versions

FAUX, MANQUE = 1, 2


def main(argv: list[str] | None = None) -> int:
    analyseur = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    analyseur.add_argument("--court", action="store_true", help="petites tailles, pour la CI")
    analyseur.add_argument(
        "--seulement",
        choices=("fichier", "debit", "masse", "indigo", "hostile", "pages"),
        help="une partie des mesures",
    )
    options = analyseur.parse_args(argv)
    absents = manquants()
    if absents:
        print(f"Référence absente : {', '.join(absents)}. Rien n'est mesuré.", file=sys.stderr)
        return MANQUE
    print(versions())
    mesures: list[Mesure] = []
    try:
        with tempfile.TemporaryDirectory(prefix="vaguemestre-bench-") as dossier:
            if options.seulement in (None, "fichier"):
                mesures += _fichier(Path(dossier), court=options.court)
            if options.seulement in (None, "debit"):
                mesures += _debit(Path(dossier), court=options.court)
            if options.seulement in (None, "masse"):
                mesures += _masse(Path(dossier), court=options.court)
            if options.seulement in (None, "indigo"):
                mesures += _indigo(Path(dossier), court=options.court)
            if options.seulement in (None, "hostile"):
                mesures += _hostile(Path(dossier), court=options.court)
            if options.seulement in (None, "pages"):
                mesures += _pages(Path(dossier), court=options.court)
    except Faux as faux:
        print(f"\nRésultat faux : {faux}", file=sys.stderr)
        return FAUX
    juges = [mesure for mesure in mesures if mesure.tenue is not None]
    tenues = sum(1 for mesure in juges if mesure.tenue)
    print(f"\n{tenues} cible(s) tenue(s) sur {len(juges)}.")
    return 0


def _fichier(ou: Path, *, court: bool) -> list[Mesure]:
    taille, lourde, tours = (60, 40, 2) if court else (95, 60, 5)
    poids = fonds.Poids(taille * MO)
    depot = fonds.deposer(ou / "fichier", poids)
    mesures = construire.mesurer(depot, tours)
    afficher(f"Construire {taille} Mo", mesures)
    pes = fonds.pes(depot)
    signees = signer.mesurer(pes, tours, f"{taille} Mo")
    lourd = fonds.pes(fonds.deposer(ou / "lourd", fonds.Poids(taille * MO, lourde * MO)))
    signees += signer.mesurer(lourd, tours, f"une PJ de {lourde} Mo")
    afficher(f"Signer les {fonds.BORDEREAUX} bordereaux de {taille} Mo", signees)
    controlees = controler.mesurer(pes.with_name("signe.xml"), tours)
    afficher(f"Contrôler {taille} Mo signés, toutes règles, chaque PJ ouverte", controlees)
    return mesures + signees + controlees


def _debit(ou: Path, *, court: bool) -> list[Mesure]:
    ampleur = debit.Ampleur(60, 100, 1_000) if court else debit.Ampleur(400, 100, 10_000)
    mesures = debit.mesurer(ou, ampleur)
    afficher("Petits dépôts : un bordereau, dix mandats, dix PDF de 30 Ko", mesures)
    return mesures


def _masse(ou: Path, *, court: bool) -> list[Mesure]:
    taille, tours, nombre = (60, 1, 300) if court else (150, 5, 10_000)
    grosses = masse.mesurer_gros(ou / "gros", taille, tours)
    afficher(f"check de {taille} Mo, neuf dixièmes de base64", grosses)
    petites = masse.mesurer(ou / "masse", nombre)
    afficher("check de fichiers de 20 Ko, un PDF d'une page dans chacun", petites)
    return grosses + petites


def _indigo(ou: Path, *, court: bool) -> list[Mesure]:
    mesures = indigo.mesurer(ou / "indigo", 10 if court else 100)
    afficher("indigo learn : dessins tirés au sort, quatre paires chacun", mesures)
    return mesures


def _hostile(ou: Path, *, court: bool) -> list[Mesure]:
    mesures = hostile.mesurer(ou / "hostile", court=court)
    afficher("check de fichiers hostiles : temps rapporté à xmllint, ou en secondes", mesures)
    return mesures


def _pages(ou: Path, *, court: bool) -> list[Mesure]:
    mesures = textes.mesurer(ou / "pages", 30 if court else 300, 2 if court else 5)
    afficher("Texte des pages des PDF", mesures)
    return mesures


if __name__ == "__main__":
    sys.exit(main())
