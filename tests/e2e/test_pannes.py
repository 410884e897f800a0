"""A partner that is down, slow, refuses, cuts the line, or answers rubbish: nobody else waits."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.conftest import Scene
from tests.e2e.theatre import Dgfip, Poste, attendre
from vaguemestre.domain.flux import Etat


def seul(poste: Poste, nom: str) -> Etat | None:
    vus = poste.flux(nom)
    return vus[0].etat if len(vus) == 1 else None


def fini(poste: Poste, dgfip: Dgfip, nombre: int) -> None:
    assert [vu.etat for vu in poste.regles(nombre)] == [Etat.ARCHIVE] * nombre
    assert dgfip.jamais_deux_fois(), dgfip.registre()
    poste.arreter()
    assert poste.audit().intact


def test_partenaire_absent(scene: Scene) -> None:
    """Down for a while: the other partner is served, then what waited leaves by itself."""
    poste, dgfip = scene()
    poste.a_part()
    dgfip.fermer()
    poste.deposer("absent", 101)
    poste.deposer("voisin", 301, collectivite="lagon")
    vie = poste.lancer()
    poste.attendre_etat("voisin", Etat.EXPEDIE)
    assert len(poste.partis_a_part()) == 2
    attendre(lambda: any(run.essais >= 2 for run in poste.en_attente()))
    assert seul(poste, "absent") is Etat.CONVERTI
    assert "VGM-510" in vie.dit()
    dgfip.ouvrir()
    poste.attendre_etat("absent", Etat.ARCHIVE)
    assert len(dgfip.registre()) == 1
    poste.arreter()
    assert poste.audit().intact


def test_partenaire_lent(scene: Scene) -> None:
    """One big slow envoi holds neither the deposits nor the other partner."""
    poste, dgfip = scene({"pannes": {"lenteur": 0.1}})
    poste.a_part()
    poste.deposer("lent", 101, poids=1_000_000)
    poste.lancer()
    depot = dgfip.racine / "depot"
    attendre(lambda: list(depot.glob("*.part")))
    poste.deposer("voisin", 301, collectivite="lagon")
    poste.attendre_etat("voisin", Etat.EXPEDIE)
    assert seul(poste, "lent") is Etat.CONVERTI
    poste.attendre_etat("lent", Etat.ARCHIVE)
    poste.arreter()


COUPURES: list[dict[str, Any]] = [
    {"refuser_connexions": True, "fois": 3},
    {"couper_apres": 100_000, "fois": 1},
    {"couper_apres": 1, "fois": 5},
    {"couper_renommage": "avant", "fois": 2},
    {"couper_renommage": "apres", "fois": 1},
    {"sans_posix": True},
    {"disque_plein_apres": 50_000, "fois": 1},
]


@pytest.mark.parametrize("panne", COUPURES, ids=lambda p: "-".join(map(str, p)))
def test_ligne_coupee(scene: Scene, panne: dict[str, Any]) -> None:
    """Whatever happens to the line while we live, we know: one copy, and no doubt."""
    poste, dgfip = scene({"pannes": panne})
    poste.deposer("coupe", 101, poids=300_000)
    poste.lancer()
    attendre(lambda: len(poste.flux()) == 1 and not poste.en_attente())
    if seul(poste, "coupe") is Etat.RETENU:
        # A refusal waits for a person, who has it tried again.
        assert "disque_plein_apres" in panne
        assert poste.commande("flux", "replay", poste.flux()[0].id)[0] == 0
    fini(poste, dgfip, 1)
    (flux,) = poste.flux()
    with poste.ouvert() as ouvertes:
        historique = ouvertes.maison.registre.historique(flux.id)
    assert not [e for e in historique if e.resultat.get("recu") is False]


def test_refus_d_identification(scene: Scene) -> None:
    """The wrong password: held, visible, and tried again when a person says so."""
    poste, dgfip = scene()
    poste.deposer("refuse", 101)
    vie = poste.lancer(VAGUEMESTRE_SIMULATEUR_MOT_DE_PASSE="faux")
    poste.attendre_etat("refuse", Etat.RETENU)
    assert "VGM-520" in poste.flux()[0].motif
    poste.arreter()
    assert "VGM-520" in vie.dit()
    assert poste.commande("flux", "replay", "F00000001")[0] == 0
    poste.lancer()
    fini(poste, dgfip, 1)


def test_reponses_de_travers(scene: Scene) -> None:
    """Rubbish, an acquit against its schema, a double, a late one, none at all."""
    regles = [
        {"si": {"bordereau": 101}, "reponse": "rebut"},
        {"si": {"bordereau": 102}, "reponse": "schema"},
        {"si": {"bordereau": 103}, "exemplaires": 2},
        {"si": {"bordereau": 104}, "delai": 2.0},
        {"si": {"bordereau": 105}, "reponse": "aucun"},
    ]
    poste, dgfip = scene({"regles": regles})
    for bordereau in range(101, 106):
        poste.deposer(f"b{bordereau}", bordereau)
    poste.lancer()
    voulus = {"b102": Etat.ARCHIVE, "b103": Etat.ARCHIVE, "b104": Etat.ARCHIVE}
    for nom, etat in voulus.items():
        poste.attendre_etat(nom, etat)
    for nom in ("b101", "b105"):
        assert seul(poste, nom) is Etat.EXPEDIE
    attendre(lambda: poste.reponses())
    (rebut,) = poste.reponses()
    assert (rebut.genre, rebut.nomfic) == ("illisible", "")
    assert rebut.motif
    double = poste.flux("b103")[0].id
    attendre(lambda: len(poste.reponses(double)) == 2)
    (hors_schema,) = poste.reponses(poste.flux("b102")[0].id)
    assert hors_schema.etat == "accepte"
    with poste.ouvert() as ouvertes:
        historique = ouvertes.maison.registre.historique(hors_schema.flux)
    (lu,) = [e.resultat for e in historique if e.resultat.get("genre") == "acquit"]
    assert lu["anomalies"], "ce qui enfreint le schéma est dit"
    code, dit = poste.commande("flux", "list", "--reponses", "--json")
    assert code == 0, dit
    assert rebut.sha256 in dit
    attendre(lambda: not poste.en_attente())
    poste.arreter()
    assert len(dgfip.registre()) == 5
    assert dgfip.jamais_deux_fois()
    assert poste.audit().intact


def test_acquit_d_un_flux_inconnu(scene: Scene) -> None:
    """It is kept, visible, and settles nobody."""
    poste, dgfip = scene()
    poste.deposer("mandats", 101)
    poste.lancer()
    poste.regles(1)
    with poste.ouvert() as ouvertes:
        (acquit,) = ouvertes.maison.registre.reponses("F00000001")
        octets = ouvertes.coffre.chemin(acquit.sha256).read_bytes()
    nomfic = poste.flux()[0].nomfic.encode()
    inconnu = octets.replace(nomfic, b"AUTRE_LOGICIEL_7")
    (dgfip.racine / "retrait" / "inconnu.xml").write_bytes(inconnu)
    (reponse,) = attendre(poste.reponses)
    assert (reponse.nomfic, reponse.flux) == ("AUTRE_LOGICIEL_7", "")
    assert reponse.motif
    # The same acquit once more, under another name: kept as well, and nothing moves.
    (dgfip.racine / "retrait" / "encore.xml").write_bytes(octets)
    attendre(lambda: len(poste.reponses("F00000001")) == 2)
    fini(poste, dgfip, 1)


def test_acquit_avant_notre_recu(scene: Scene) -> None:
    """Killed before the receipt is recorded; the acquit is there before the line is tried again."""
    poste, dgfip = scene()
    poste.deposer("mandats", 101)
    assert poste.lancer(VAGUEMESTRE_MORT="F*:expedier.pes:avant").finir(40) < 0
    attendre(lambda: list((dgfip.racine / "retrait").iterdir()))
    poste.lancer()
    fini(poste, dgfip, 1)


def test_les_pj_acceptees_ne_partent_pas_deux_fois(scene: Scene) -> None:
    """PARTIEL: the corrected bordereau refers to its PJ, and does not send them again."""
    poste, dgfip = scene({"regles": [{"reponse": "partiel", "fois": 1}]})
    poste.deposer("mandats", 101, nombre=2)
    poste.lancer()
    assert [vu.etat for vu in poste.regles(1)] == [Etat.PARTIEL]
    with poste.ouvert() as ouvertes:
        pjs = ouvertes.maison.registre.pjs("F00000001")
        (bordereau,) = ouvertes.maison.registre.bordereaux("F00000001")
    assert {pj.etat for pj in pjs} == {"acceptee"}
    assert (bordereau.accepte, bordereau.vivant) == (False, False)
    poste.deposer("corrige", 101, nombre=2)
    assert [vu.etat for vu in poste.regles(2)] == [Etat.PARTIEL, Etat.ARCHIVE]
    premier, second = (dgfip.recu(nom) for nom in dgfip.noms())
    for pj in pjs:
        assert f'<IdUnique V="{pj.id_unique}"/>'.encode() in second
    assert b"<Fichier" in premier
    assert b"<Fichier" not in second
    assert json.dumps(poste.rapport("traites", "corrige")).count('"ARCHIVE"') == 1
    poste.arreter()
    assert poste.audit().intact
