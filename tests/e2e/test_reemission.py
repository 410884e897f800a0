"""A rejected mandat, followed on the command line: the acquit, its reason, its mend, its re-issue,
and at last what a retour says of those that were left."""

from __future__ import annotations

import json
from typing import Any

from tests.e2e.conftest import Scene
from tests.e2e.theatre import Poste, attendre
from vaguemestre.domain.flux import Etat

REGLES = {
    "regles": [
        {
            "si": {"bordereau": 102},
            "reponse": "partiel",
            "forme": "piece",
            "code": "ERREUR_CODIFICATION",
            "libelle": "1963 - Domiciliation erronée",
            "fois": 1,
        },
        {"si": {"bordereau": 102}, "reponse": "accepte", "retour": "rejet"},
    ]
}


def en_json(poste: Poste, *argv: str) -> dict[str, Any]:
    sortie, dit = poste.commande(*argv, "--json")
    assert sortie == 0, dit
    lu: dict[str, Any] = json.loads(dit)
    return lu


def pieces(poste: Poste, flux: str) -> dict[int, dict[str, Any]]:
    return {p["piece"]: p for p in en_json(poste, "flux", "show", flux)["pieces"]}


def relire(poste: Poste, ancien: str, nouveau: str, ote: int) -> None:
    """Whoever reads the old one is sent to the new, which says what was left out, why, by whom."""
    montre = en_json(poste, "flux", "show", nouveau)
    assert montre["remplace"]["flux"] == ancien
    assert montre["reemission"]["auteur"] == "A. Vérin"
    assert montre["reemission"]["exclues"] == [f"depense/102/{ote}"]
    montre = en_json(poste, "flux", "show", ancien)
    assert (montre["etat"], montre["reemission"]) == ("REMPLACE", None)
    assert montre["remplace_par"]["flux"] == nouveau
    _, dit = poste.commande("flux", "show", ancien)
    assert f"flux show {nouveau}" in " ".join(dit.split())
    _, dit = poste.commande("flux", "show", nouveau)
    dit = " ".join(dit.split())
    assert f"remplace {ancien} : domiciliation (demandé par A. Vérin)" in dit
    assert f"pièces ôtées : depense/102/{ote}" in dit


def test_du_rejet_a_la_reemission(scene: Scene) -> None:
    poste, dgfip = scene(REGLES)
    poste.deposer("mandats", 102, nombre=3)
    poste.lancer()
    poste.attendre_etat("mandats", Etat.PARTIEL)
    (ancien,) = poste.flux("mandats")
    refuse, entraine, _ = pieces(poste, ancien.id).values()
    assert refuse["acquit"]["etat"] == "refuse"
    (erreur,) = refuse["acquit"]["erreurs"]
    assert erreur["libelle"] == "1963 - Domiciliation erronée"
    assert erreur["sens"]
    assert erreur["conseil"]
    assert entraine["acquit"] == {"etat": "refuse_avec_son_bordereau", "erreurs": []}
    sortie, dit = poste.commande("flux", "show", ancien.id)
    assert sortie == 0
    # A narrow screen breaks the lines.
    dit = " ".join(dit.split())
    assert erreur["conseil"] in dit
    assert f"flux reissue {ancien.id}" in dit

    demande = ("flux", "reissue", ancien.id, "--motif", "domiciliation", "--auteur", "A. Vérin")
    reemise = en_json(poste, *demande)
    assert reemise["exclues"] == [f"depense/102/{refuse['piece']}"]
    attendre(lambda: poste.flux()[-1].etat is Etat.ARCHIVE, quoi="la réémission acceptée")
    assert en_json(poste, *demande)["deja"] is True
    relire(poste, ancien.id, reemise["flux"], refuse["piece"])
    assert "Rien n'a été refait" in poste.commande(*demande)[1]
    # Mended, the mandat leaves under its own number in another bordereau.
    poste.deposer("corrige", 103, premier=refuse["piece"], nombre=1)
    poste.attendre_etat("corrige", Etat.ARCHIVE)

    def rejetee() -> bool:
        siennes = pieces(poste, reemise["flux"]).values()
        return [p["retour"] and p["retour"]["etat"] for p in siennes] == [
            "rejetee",
            "prise_en_charge",
        ]

    attendre(rejetee, quoi="le retour")
    premiere = next(iter(pieces(poste, reemise["flux"]).values()))
    assert premiere["retour"]["motifs"] == ["09 - domiciliation bancaire absente ou erronée"]
    assert premiere["retour"]["conseil"]
    sortie, dit = poste.commande("flux", "reponses")
    assert sortie == 0
    assert "Aucune réponse n'attend" in dit
    # What the retour rejects may be corrected; the rest is taken in charge and stays.
    sortie, dit = poste.commande("flux", "reissue", reemise["flux"], "--motif", "visa")
    assert sortie == 2
    assert "déjà prises en charge" in " ".join(dit.split())
    poste.arreter()
    assert dgfip.jamais_deux_fois()
    assert poste.audit().intact


def test_une_reponse_attachee_a_la_main(scene: Scene) -> None:
    poste, dgfip = scene({"regles": [{"reponse": "rebut", "fois": 1}]})
    poste.deposer("mandats", 101)
    poste.lancer()
    poste.attendre_etat("mandats", Etat.EXPEDIE)
    attendre(lambda: poste.reponses(), quoi="la réponse illisible")
    (flux,) = poste.flux("mandats")
    (reponse,) = poste.reponses()
    sortie, dit = poste.commande("flux", "reponses")
    assert sortie == 0
    assert "illisible" in dit
    sortie, dit = poste.commande(
        "flux", "attach", reponse.sha256[:10], flux.id, "--motif", "lu au téléphone",
        "--auteur", "A. Vérin", "--verdict", "accepte",
    )  # fmt: skip
    assert (sortie, poste.flux("mandats")[0].etat) == (0, Etat.ARCHIVE), dit
    sortie, dit = poste.commande("flux", "attach", "inconnue", flux.id, "--motif", "essai")
    assert sortie == 2
    poste.arreter()
    assert dgfip.jamais_deux_fois()
    assert poste.audit().intact
