"""What the simulated Guichet answers: rules, checks, duplicates, oddities."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.partage import donnees
from tests.unit.simulators.pes import bordereau, pes
from tests.unit.simulators.test_acquits import parse
from vaguemestre.errors import Anomalie, ConfigurationError, Gravite, IllisibleError
from vaguemestre.simulators.acquits import REBUT
from vaguemestre.simulators.controle import controle_du_produit
from vaguemestre.simulators.guichet import Controle, Guichet
from vaguemestre.simulators.lecture import lire_flux
from vaguemestre.simulators.regles import Regles, charger_regles

DEUX = pes([bordereau(12), bordereau(13, "Marché À REFUSER")])
Verdict = tuple[str, str, str]


def guichet(tmp_path: Path, regles: dict[str, object], controle: Controle | None = None) -> Guichet:
    return Guichet(tmp_path, Regles.model_validate(regles), controle)


def deposer(ouvert: Guichet, contenu: bytes, nom: str = "F.xml") -> list[bytes]:
    (ouvert.racine / "depot" / nom).write_bytes(contenu)
    return [reponse.contenu for reponse in ouvert.traiter(ouvert.prendre(nom))]


def verdicts(acquit: bytes) -> list[Verdict]:
    """(DomaineAck, EtatAck, NumBord or IdUnique) of each element."""
    racine = parse(acquit)
    return [
        (
            e.find("DomaineAck").get("V"),
            e.find("EtatAck").get("V"),
            next((x.get("V") for nom in ("NumBord", "IdUnique") for x in e.iter(nom)), ""),
        )
        for e in racine.iter("ElementACQUIT")
    ]


ACCEPTE = [("5", "1", "12"), ("5", "1", "13"), ("4", "1", "PJ0001"), ("4", "1", "PJ0002")]


@pytest.mark.parametrize(
    ("si", "reponse", "attendu"),
    [
        ({}, "accepte", ["1", "1", "1", "1"]),
        ({}, "partiel", ["0", "1", "1", "1"]),
        ({"bordereau": 13}, "partiel", ["1", "0", "1", "1"]),
        ({"objet": "*à refuser"}, "partiel", ["1", "0", "1", "1"]),
        ({"bordereau": 14}, "refuse", ["1", "1", "1", "1"]),
        ({"nomfic": "FLUX_?"}, "refuse", ["0", "0", "0", "0"]),
        ({"nom": "f.*", "position": 1}, "refuse", ["0", "0", "0", "0"]),
        ({"position": 2}, "refuse", ["1", "1", "1", "1"]),
    ],
)
def test_la_regle_qui_convient(
    tmp_path: Path, si: dict[str, object], reponse: str, attendu: list[str]
) -> None:
    ouvert = guichet(tmp_path, {"regles": [{"si": si, "reponse": reponse}]})
    [acquit] = deposer(ouvert, DEUX)
    rendus = verdicts(acquit)
    assert [v[1] for v in rendus] == attendu
    assert [(d, r) for d, _, r in rendus] == [(d, r) for d, _, r in ACCEPTE]


@pytest.mark.parametrize(
    ("forme", "chemin"),
    [
        ("ligne", "DetailPiece/DetailLigne/Erreur"),
        ("piece", "DetailPiece/Erreur"),
        ("element", "Erreur"),
    ],
)
def test_la_place_de_l_erreur(tmp_path: Path, forme: str, chemin: str) -> None:
    regle = {"reponse": "partiel", "forme": forme, "code": "ERREUR_SIRET", "libelle": "é"}
    [acquit] = deposer(guichet(tmp_path, {"regles": [regle]}), pes())
    [element, *_] = parse(acquit).iter("ElementACQUIT")
    assert [e.get("V") for e in element.find(chemin)] == ["ERREUR_SIRET", "é"]
    assert len(list(element.iter("Erreur"))) == 1


def test_reponses_etranges(tmp_path: Path) -> None:
    regles: list[dict[str, object]] = [
        {"si": {"nom": f"{r}.xml"}, "reponse": r} for r in ("schema", "rebut", "aucun")
    ]
    regles.append({"si": {"nom": "double.xml"}, "exemplaires": 2, "delai": 3})
    ouvert = guichet(tmp_path, {"regles": regles, "doublons": False})
    assert b"<Inconnu" in deposer(ouvert, pes(), "schema.xml")[0]
    assert deposer(ouvert, pes(), "rebut.xml") == [REBUT]
    assert deposer(ouvert, pes(), "aucun.xml") == []
    (tmp_path / "depot" / "double.xml").write_bytes(pes())
    un, deux = ouvert.traiter(ouvert.prendre("double.xml"))
    assert un.contenu == deux.contenu
    assert un.nom != deux.nom
    assert un.delai == deux.delai == 3


def test_une_regle_qui_ne_sert_qu_une_fois(tmp_path: Path) -> None:
    ouvert = guichet(tmp_path, {"regles": [{"reponse": "refuse", "fois": 1}]})
    assert {v[1] for v in verdicts(deposer(ouvert, DEUX)[0])} == {"0"}
    assert {v[1] for v in verdicts(deposer(ouvert, DEUX, "G.xml")[0])} == {"1"}


def test_doublons_meme_apres_un_redemarrage(tmp_path: Path) -> None:
    assert verdicts(deposer(guichet(tmp_path, {}), pes())[0])[0] == ("5", "1", "12")
    ouvert = guichet(tmp_path, {})
    [acquit] = deposer(ouvert, pes(), "G.xml")
    assert verdicts(acquit) == [("0", "0", "")]
    assert b"FLUX_1" in acquit
    [acquit] = deposer(ouvert, pes([bordereau(12), bordereau(14)], nomfic="F2", pjs=["PJ0001"]))
    assert verdicts(acquit) == [("5", "0", "12"), ("5", "1", "14"), ("4", "0", "PJ0001")]
    assert b"ERREUR_DOUBLON_BORDEREAU" in acquit
    assert b"ERREUR_DOUBLON_PJ" in acquit
    registre = [json.loads(x) for x in (tmp_path / "registre.jsonl").read_text().splitlines()]
    assert [(e["rang"], e["deja_vu"]) for e in registre] == [(1, False), (2, True), (3, False)]


def test_ce_qui_fut_refuse_peut_revenir(tmp_path: Path) -> None:
    regles = [{"reponse": "partiel", "fois": 1}]
    ouvert = guichet(tmp_path, {"regles": regles})
    deposer(ouvert, DEUX)
    [acquit] = deposer(ouvert, pes([bordereau(12)], nomfic="F2", pjs=[]))
    assert verdicts(acquit) == [("5", "1", "12")]


@pytest.mark.parametrize(
    ("reglage", "contenu", "domaine"),
    [
        ("coherente", pes(demat=1), "3"),
        ("coherente", pes([bordereau(12, signe=True)], demat=0), "3"),
        ("coherente", pes(demat=0, globale=True), "2"),
        ("coherente", pes([bordereau(1, signe=True), bordereau(2)], demat=1), "3"),
        ("coherente", pes([bordereau(12, signe=True)], demat=1), ""),
        ("coherente", pes(demat=1, globale=True), ""),
        ("coherente", pes(demat=1, globale=True, pjs=[]), ""),
        ("coherente", pes(), ""),
        ("exigee", pes(), "3"),
        ("exigee", pes([], pjs=["PJ1"]), ""),
        ("libre", pes(demat=1), ""),
    ],
)
def test_presence_de_la_signature(
    tmp_path: Path, reglage: str, contenu: bytes, domaine: str
) -> None:
    rendus = verdicts(deposer(guichet(tmp_path, {"signature": reglage}), contenu)[0])
    if domaine:
        assert rendus == [(domaine, "0", "")]
    else:
        assert {v[1] for v in rendus} == {"1"}


def test_anomalies_du_controle(tmp_path: Path) -> None:
    trouvees: list[Anomalie] = []

    def controle(path: Path) -> Sequence[Anomalie]:
        assert path.is_file()
        return trouvees

    ouvert = guichet(tmp_path, {"doublons": False}, controle)
    trouvees[:] = [Anomalie("pes.x", "bordereau 13", "w", Gravite.AVERTISSEMENT)]
    assert verdicts(deposer(ouvert, DEUX)[0]) == ACCEPTE
    ref = "bordereau 13 / mandat 130 / ligne 1"
    trouvees[:] = [Anomalie("pes.iban", ref, "IBAN faux", Gravite.REJET_BORDEREAU)]
    trouvees += [Anomalie("pj.pdf", "PJ PJ0002", "pas un PDF", Gravite.REJET_PJ)]
    [acquit] = deposer(ouvert, DEUX)
    assert [v[1] for v in verdicts(acquit)] == ["1", "0", "1", "0"]
    detail = parse(acquit).find(".//DetailPiece")
    assert detail.find("NumPiece").get("V") == "130"
    assert detail.find("DetailLigne/Erreur/LibelleAnoAck").get("V") == "pes.iban - IBAN faux"
    for grave in (
        Anomalie("xsd.ordre", "enveloppe", "x" * 700),
        Anomalie("pes.x", "bordereau 99", "?", Gravite.REJET_BORDEREAU),
        Anomalie("pj.x", "PJ INCONNUE", "?", Gravite.REJET_PJ),
    ):
        trouvees[:] = [grave]
        [acquit] = deposer(ouvert, DEUX)
        assert verdicts(acquit) == [("0", "0", "")]


@pytest.mark.parametrize(
    "contenu",
    [
        b"",
        b"0212026 INDIGO",
        b"<n:AUTRE/>",
        b"<n:PES_Aller/>",
        b"<a",
        b"<!DOCTYPE x><x/>",
        DEUX.replace(b"NomFic", b"NomFlic"),
        b"\xff\xfe<\x00",
    ],
)
def test_ce_a_quoi_on_ne_peut_repondre_est_garde(tmp_path: Path, contenu: bytes) -> None:
    ouvert = guichet(tmp_path, {})
    assert deposer(ouvert, contenu) == []
    assert [p.read_bytes() for p in (tmp_path / "recus").iterdir()] == [contenu]
    assert len((tmp_path / "registre.jsonl").read_text().splitlines()) == 1


def test_un_flux_vide_est_refuse(tmp_path: Path) -> None:
    [acquit] = deposer(guichet(tmp_path, {}), pes([], pjs=[]))
    assert b"ERREUR_FLUX_VIDE" in acquit


def test_lecture(tmp_path: Path) -> None:
    chemin = tmp_path / "f.xml"
    chemin.write_bytes(pes([bordereau(12)], recettes=[bordereau(3, "R&amp;D", signe=True)]))
    flux = lire_flux(chemin)
    assert [(b.domaine, b.numero, b.signe) for b in flux.bordereaux] == [
        ("depense", 12, False),
        ("recette", 3, True),
    ]
    assert flux.bordereaux[1].pieces[0].objet == "R&D"
    assert flux.bordereaux[1].pieces[0].lignes == (1,)
    assert (flux.pjs, flux.entete.sigle) == (("PJ0001", "PJ0002"), "ÉDITEUR")
    assert flux.entete.adresse == "LOGICIEL 1 & 2"
    chemin.write_bytes(b"<x/>")
    with pytest.raises(IllisibleError):
        lire_flux(chemin)


@pytest.mark.parametrize(
    ("nom", "domaine", "numero", "pieces", "pjs"),
    [
        ("V01_depense_1mandat_1pj.xml", "depense", 12, (411,), 1),
        ("V04_recette_1titre.xml", "recette", None, None, None),
    ],
)
def test_lecture_des_echantillons(
    nom: str, domaine: str, numero: int | None, pieces: tuple[int, ...] | None, pjs: int | None
) -> None:
    flux = lire_flux(donnees(f"pes-samples/{nom}"))
    [lu] = flux.bordereaux
    assert (lu.domaine, bool(lu.pieces)) == (domaine, True)
    if numero is not None:
        assert (lu.numero, tuple(p.numero for p in lu.pieces), len(flux.pjs)) == (
            numero,
            pieces,
            pjs,
        )


@pytest.mark.parametrize(
    "texte",
    [
        "{",
        "[]",
        '{"regle": []}',
        '{"regles": [{"reponse": "oui"}]}',
        '{"version": 3}',
        '{"regles": [{"si": {"bord": 1}}]}',
        '{"regles": [{"delai": -1}]}',
    ],
)
def test_regles_fausses(tmp_path: Path, texte: str) -> None:
    chemin = tmp_path / "r.json"
    chemin.write_text(texte)
    with pytest.raises(ConfigurationError, match="règles du simulateur"):
        charger_regles(chemin)
    with pytest.raises(ConfigurationError):
        charger_regles(tmp_path / "absent.json")
    assert charger_regles(None) == Regles()


@pytest.mark.parametrize(
    ("nom", "attendu"),
    [
        ("V01_depense_1mandat_1pj.xml", ["1", "1"]),
        ("G09_IBAN_cle_fausse.xml", ["0", "1"]),
        ("I01_bordHt-casse.xml", ["0"]),
    ],
)
def test_avec_le_controle_du_produit(tmp_path: Path, nom: str, attendu: list[str]) -> None:
    contenu = donnees(f"pes-samples/{nom}").read_bytes()
    [acquit] = deposer(guichet(tmp_path, {}, controle_du_produit("5.30")), contenu)
    assert [v[1] for v in verdicts(acquit)] == attendu
