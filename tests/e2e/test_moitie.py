"""A half-sent envoi resumes only its other half, and holds the next envoi of that budget."""

from __future__ import annotations

from tests.e2e.conftest import Scene
from tests.e2e.theatre import Dgfip, Poste, attendre, mandats
from vaguemestre.domain.flux import Etat

PRINCIPAL = '[[collectivite.budget]]\ncode = "00"\n'
ANNEXE = '[[collectivite.budget]]\ncode = "01"\nlibelle = "BUDGET ANNEXE"\n'


def a_moitie(poste: Poste, dgfip: Dgfip) -> None:
    """The PES is there, the INDIGO is not, and the partner cannot be reached any more."""
    poste.deposer("moitie", 301, collectivite="lagon")
    assert poste.lancer(VAGUEMESTRE_MORT="F*:intention.indigo:avant").finir(40) < 0
    attendre(lambda: len(dgfip.registre()) == 1)
    dgfip.fermer()


def membres(poste: Poste, flux: str) -> list[tuple[str, bool]]:
    with poste.ouvert() as ouvertes:
        return [(m.genre, m.recu_le is not None) for m in ouvertes.maison.registre.membres(flux)]


def test_la_moitie_retient_le_budget(scene: Scene) -> None:
    poste, dgfip = scene({"regles": [{"delai": 600}]})
    poste.ecrire_config(avec_annexe(poste))
    a_moitie(poste, dgfip)
    assert membres(poste, "F00000001") == [("pes", True), ("indigo", False)]
    vu = poste.flux("moitie")[0]
    assert (vu.membres, vu.recus, vu.retient) == (2, 1, True)
    with poste.ouvert() as ouvertes:
        registre = ouvertes.maison.registre
        assert registre.budget_retenu(vu.cod_col, "00") == vu.id
        assert registre.budget_retenu(vu.cod_col, "00", sauf=vu.id) is None
        assert registre.budget_retenu(vu.cod_col, "01") is None
    dgfip.ouvrir()
    # The next one of that budget is ready before the half is gone on with: it lets it pass.
    poste.deposer("suite", 302, collectivite="lagon")
    poste.deposer("ailleurs", 101)
    depot = mandats(poste.coulisse("annexe"), 303, collectivite="lagon")
    tableau = depot / "mandats.csv"
    tableau.write_bytes(tableau.read_bytes().replace(b"\r\n00;", b"\r\n01;"))
    depot.rename(poste.depots("lagon") / "annexe")
    poste.lancer()
    attendre(lambda: [vu.etat for vu in poste.flux()] == [Etat.EXPEDIE] * 4)
    noms = dgfip.noms()
    with poste.ouvert() as ouvertes:
        lire = ouvertes.maison.registre.membres
        premier = [m.nom for m in lire("F00000001")]
        suite = [m.nom for m in lire(poste.flux("suite")[0].id)]
    assert [nom for nom in noms if nom in premier + suite] == premier + suite
    assert dgfip.jamais_deux_fois()
    poste.arreter()
    assert poste.audit().intact


def avec_annexe(poste: Poste) -> str:
    """The configuration with a second budget for the lagoon."""
    avant, _, apres = poste.toml.read_text("utf-8").rpartition(PRINCIPAL)
    return avant + ANNEXE + PRINCIPAL + apres


def test_tant_que_la_moitie_attend_la_suite_attend(scene: Scene) -> None:
    """The other half is refused, for a person to see to: its budget waits, nobody else does."""
    poste, dgfip = scene()
    poste.a_part()
    poste.deposer("moitie", 301, collectivite="lagon")
    assert poste.lancer(VAGUEMESTRE_MORT="F*:intention.indigo:avant").finir(40) < 0
    with poste.ouvert() as ouvertes:
        _, jumeau = ouvertes.maison.registre.membres("F00000001")
    obstacle = poste.dossier / "voisin" / "depot" / jumeau.nom
    obstacle.write_bytes(b"autre chose, sous le meme nom")
    poste.deposer("suite", 302, collectivite="lagon")
    poste.deposer("ailleurs", 101)
    poste.lancer()
    poste.attendre_etat("ailleurs", Etat.ARCHIVE)
    poste.attendre_etat("moitie", Etat.RETENU)
    assert "VGM-520" in poste.flux("moitie")[0].motif
    attendre(lambda: any(run.essais for run in poste.en_attente()))
    (suite,) = poste.flux("suite")
    assert (suite.etat, suite.recus) == (Etat.CONVERTI, 0)
    with poste.ouvert() as ouvertes:
        vue = ouvertes.executions.voir(suite.id)
    assert vue is not None
    assert "F00000001" in vue.erreur
    assert len(poste.partis_a_part()) == 2  # the first PES, and what is in the way
    poste.arreter()
    obstacle.unlink()
    assert poste.commande("flux", "replay", "F00000001")[0] == 0
    poste.lancer()
    lagon = ("moitie", "suite")
    attendre(lambda: all(poste.flux(nom)[0].etat is Etat.EXPEDIE for nom in lagon))
    attendre(lambda: not poste.en_attente())
    assert len(poste.partis_a_part()) == 4
    assert len(dgfip.registre()) == 1
    poste.arreter()
    assert poste.audit().intact
