"""Acquits: each error shape, v1 and v2, old roots, broken schemas, hostile files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.partage import donnees
from vaguemestre.domain.acquits import Acquit, Retour
from vaguemestre.errors import Gravite, IllisibleError
from vaguemestre.pes.acquit import as_json, lire_reponse
from vaguemestre.pes.acquit_codes import ERREURS

V2 = "http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/retour/v2"
V1 = "http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/retour"
TETE = (
    '<Enveloppe><Parametres><Version V="2"/><TypFic V="PESALR2"/><NomFic V="FIC1"/></Parametres>'
    '<Emetteur><Sigle V="HELIOS"/><Adresse V="HELIOS"/></Emetteur>'
    '<Recepteur><Sigle V="VILLE"/></Recepteur></Enveloppe>'
    '<EnTetePES><DteStr V="2026-01-05"/><IdPost V="034001"/><IdColl V="21980000000016"/>'
    '<CodCol V="042"/><CodBud V="00"/></EnTetePES>'
)


def acquit(corps: str, *, ns: str = V2, racine: str = "PES_ACQUIT", tete: str = TETE) -> bytes:
    version = "2" if ns == V2 else "1"
    return (
        f'<?xml version="1.0" encoding="ISO-8859-1"?><n:{racine} xmlns:n="{ns}">{tete}<ACQUIT>'
        f'<EnTeteAcquit><IdVer V="{version}"/></EnTeteAcquit>{corps}</ACQUIT></n:{racine}>'
    ).encode("latin-1")


def element(domaine: int, etat: int | str, reste: str = "") -> str:
    return f'<ElementACQUIT><DomaineAck V="{domaine}"/><EtatAck V="{etat}"/>{reste}</ElementACQUIT>'


def bord(numero: int) -> str:
    return f'<NumBord V="{numero}"/><ExerciceBord V="2026"/>'


def erreur(code: str, libelle: str) -> str:
    return f'<Erreur><NumAnoAck V="{code}"/><LibelleAnoAck V="{libelle}"/></Erreur>'


def lire(tmp_path: Path, contenu: bytes) -> Acquit:
    fichier = tmp_path / "reponse.xml"
    fichier.write_bytes(contenu)
    reponse = lire_reponse(fichier)
    assert isinstance(reponse, Acquit)
    return reponse


def test_an_accepted_acquit(tmp_path: Path) -> None:
    lu = lire(tmp_path, acquit(element(5, 1, bord(72)) + element(4, 1, '<IdUnique V="PJ1"/>')))
    assert (lu.type, lu.version, lu.nomfic, lu.cod_col, lu.cod_bud) == (
        "acquit",
        2,
        "FIC1",
        "042",
        "00",
    )
    assert lu.etat == "accepte"
    assert [(e.domaine, e.ref, e.exercice, e.id_unique) for e in lu.elements] == [
        ("depense", "bordereau 72", 2026, None),
        ("pj", "PJ PJ1", None, "PJ1"),
    ]
    assert lu.anomalies == ()


def test_the_three_error_shapes(tmp_path: Path) -> None:
    corps = (
        element(5, 0, bord(1) + erreur("ERREUR_DOUBLON_BORDEREAU", "déjà reçu"))
        + element(
            6,
            0,
            bord(2)
            + '<DetailPiece><NumPiece V="7"/>'
            + erreur("ERREUR_CODIFICATION", "TypPce")
            + "</DetailPiece>",
        )
        + element(
            5,
            0,
            bord(3)
            + '<DetailPiece><NumPiece V="8"/><DetailLigne><NumLigne V="4"/>'
            + erreur("ERREUR_AUTRE", "1963 - Domiciliation erronée")
            + "</DetailLigne></DetailPiece>",
        )
        + element(4, 1, '<IdUnique V="A"/>')
    )
    lu = lire(tmp_path, acquit(corps))
    assert lu.etat == "partiel"
    assert [(e.code, e.libelle, e.ref) for el in lu.elements for e in el.erreurs] == [
        ("ERREUR_DOUBLON_BORDEREAU", "déjà reçu", "bordereau 1"),
        ("ERREUR_CODIFICATION", "TypPce", "bordereau 2 / titre 7"),
        ("ERREUR_AUTRE", "1963 - Domiciliation erronée", "bordereau 3 / mandat 8 / ligne 4"),
    ]
    assert [el.pieces for el in lu.elements] == [(), (7,), (8,), ()]
    assert lu.anomalies == ()


def test_version_1_repeats_the_bordereau_for_each_error(tmp_path: Path) -> None:
    def plat(ligne: int, code: str) -> str:
        return (
            '<ElementACQUIT><DomaineAck V="5"/><EtatAck V="0"/><ExerciceBord V="2026"/>'
            f'<NumBord V="9"/><NumPiece V="30"/><NumLigne V="{ligne}"/><NumAnoAck V="{code}"/>'
            '<LibelleAnoAck V="x"/></ElementACQUIT>'
        )

    lu = lire(tmp_path, acquit(plat(1, "ERREUR_CODIFICATION") + plat(2, "ERREUR_AUTRE"), ns=V1))
    assert (lu.version, lu.etat) == (1, "rejete")
    (seul,) = lu.elements
    assert [(e.code, e.ref) for e in seul.erreurs] == [
        ("ERREUR_CODIFICATION", "bordereau 9 / mandat 30 / ligne 1"),
        ("ERREUR_AUTRE", "bordereau 9 / mandat 30 / ligne 2"),
    ]
    assert (seul.bordereau, seul.exercice, seul.pieces) == (9, 2026, (30,))
    assert lu.anomalies == ()


def test_a_technical_refusal_of_the_whole_file(tmp_path: Path) -> None:
    lu = lire(tmp_path, acquit(element(0, 0, erreur("ERREUR_SCHEMA_INCOMPLET", "NbrPce"))))
    assert lu.etat == "rejete"
    assert (lu.elements[0].ref, lu.elements[0].domaine) == ("fichier", "technique")


def test_a_market_is_named(tmp_path: Path) -> None:
    lu = lire(tmp_path, acquit(element(11, 1, '<IdMarche V="2026M1"/>')))
    assert lu.elements[0].ref == "marché 2026M1"


@pytest.mark.parametrize("code", sorted(ERREURS))
def test_every_official_code_is_explained(tmp_path: Path, code: str) -> None:
    lu = lire(tmp_path, acquit(element(5, 0, bord(1) + erreur(code, ""))))
    assert [a.regle for a in lu.anomalies if a.regle.startswith("pes.")] == []
    detail = as_json(lu)["elements"][0]["anomalies"][0]  # type: ignore[index]
    assert detail["sens"]
    assert detail["conseil"].endswith((".", "?"))


def test_there_are_34_codes() -> None:
    assert len(ERREURS) == 34


def test_an_acquit_that_breaks_its_schema_is_read_and_said(tmp_path: Path) -> None:
    corps = element(42, "peut-être", bord(1) + '<Nouveau V="1"/>' + erreur("ERREUR_2030", "neuf"))
    lu = lire(tmp_path, acquit(corps, tete=TETE.replace('<CodCol V="042"/>', "")))
    assert lu.etat == "rejete"
    assert lu.elements[0].domaine == "42"
    assert lu.elements[0].erreurs[0].code == "ERREUR_2030"
    assert {a.gravite for a in lu.anomalies} == {Gravite.AVERTISSEMENT}
    regles = {a.regle for a in lu.anomalies}
    assert {
        "pes.acquit.etat",
        "pes.acquit.domaine",
        "pes.acquit.code",
        "pes.acquit.codcol",
    } <= regles
    assert any(regle.startswith("xsd.") for regle in regles)


def test_a_missing_state_never_counts_as_accepted(tmp_path: Path) -> None:
    corps = f'<ElementACQUIT><DomaineAck V="5"/>{bord(1)}</ElementACQUIT>'
    assert lire(tmp_path, acquit(corps)).etat == "rejete"


def test_accepted_with_errors_is_said(tmp_path: Path) -> None:
    lu = lire(tmp_path, acquit(element(5, 1, bord(1) + erreur("ERREUR_AUTRE", "?"))))
    assert lu.etat == "accepte"
    assert [a.regle for a in lu.anomalies] == ["pes.acquit.etat"]


@pytest.mark.parametrize(
    ("racine", "etat"),
    [("PES_NonAcquit", "rejete"), ("PES_Acquit", "accepte"), ("PES_ACQUIT", "rejete")],
)
def test_old_roots_speak_by_their_name(tmp_path: Path, racine: str, etat: str) -> None:
    lu = lire(tmp_path, acquit("", racine=racine, ns="urn:ancien"))
    assert (lu.etat, lu.nomfic) == (etat, "FIC1")
    assert any(a.regle == "pes.acquit.vide" for a in lu.anomalies)


def test_an_old_refusal_keeps_its_reasons(tmp_path: Path) -> None:
    lu = lire(
        tmp_path,
        acquit('<Anomalie><LibelleAnoAck V="doublon"/></Anomalie>', racine="PES_NonAcquit"),
    )
    assert [e.libelle for e in lu.elements[0].erreurs] == ["doublon"]


def test_the_answer_to_a_retour(tmp_path: Path) -> None:
    contenu = (
        '<n:PES_ACQUIT_RETOUR xmlns:n="http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller/ack">'
        f'{TETE}<ACQUIT_RETOUR><EnTeteAcquit_Retour><IdVer V="2"/></EnTeteAcquit_Retour>'
        '<ElementACQUIT_RETOUR><DomaineAckRetour V="13"/><NomFichierRetour V="PES2R_DEP_1"/>'
        '<TypRestit V="01"/><DateAcquit V="2026-01-05"/></ElementACQUIT_RETOUR></ACQUIT_RETOUR>'
        "</n:PES_ACQUIT_RETOUR>"
    ).encode()
    lu = lire(tmp_path, contenu)
    assert (lu.type, lu.etat, lu.elements[0].ref) == ("acquit_retour", "accepte", "PES2R_DEP_1")


BOMBE = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "xxxxxxxxxx">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><PES_ACQUIT V="&c;&c;&c;"/>'
)


@pytest.mark.parametrize(
    "contenu",
    [
        b"",
        b"   ",
        b"bonjour",
        b"%PDF-1.7 <<>>",
        b"\xff\xfe<\x00a\x00",
        b"<!-- jamais ferme",
        b"<PES_ACQUIT><ACQUIT>",
        b"<a/>",
        b'<?xml version="1.0"?><n:PES_Aller xmlns:n="urn:x"/>',
        BOMBE,
        b"<!-- " + b" " * 70_000 + b" -->" + BOMBE[21:],
        b'<?xml version="1.0" encoding="UTF-7"?><PES_ACQUIT/>',
        b'<!DOCTYPE PES_ACQUIT SYSTEM "file:///etc/passwd"><PES_ACQUIT/>',
    ],
)
def test_what_is_no_answer_is_unreadable(tmp_path: Path, contenu: bytes) -> None:
    fichier = tmp_path / "r.xml"
    fichier.write_bytes(contenu)
    with pytest.raises(IllisibleError):
        lire_reponse(fichier)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_acquit_is_read_or_unreadable(tmp_path: Path, data: st.DataObject) -> None:
    contenu = bytearray(acquit(element(5, 0, bord(1) + erreur("ERREUR_AUTRE", "x"))))
    for _ in range(data.draw(st.integers(1, 4))):
        contenu[data.draw(st.integers(0, len(contenu) - 1))] = data.draw(st.integers(0, 255))
    fichier = tmp_path / "r.xml"
    fichier.write_bytes(bytes(contenu))
    try:
        reponse = lire_reponse(fichier)
    except IllisibleError:
        return
    assert as_json(reponse)


def test_samples_say_what_is_expected() -> None:
    k01 = lire_reponse(donnees("pes-samples/K01_acquit_v2_OK_bord+4PJ.xml"))
    k04 = lire_reponse(donnees("pes-samples/K04_acquit_v2_KO_ligne_1963-domiciliation.xml"))
    r01 = lire_reponse(donnees("pes-samples/R01_retour_depense_simu.xml"))
    assert isinstance(k01, Acquit)
    assert isinstance(k04, Acquit)
    assert isinstance(r01, Retour)
    assert (k01.etat, len(k01.elements)) == ("accepte", 5)
    assert k04.etat == "partiel"
    assert [e.accepte for e in k04.elements] == [False] + [True] * 8
    assert k04.elements[0].erreurs[0].ref == "bordereau 140 / mandat 514 / ligne 1"
    assert k04.elements[0].erreurs[0].libelle == "1963 - Domiciliation erronée"
    assert [(p.ref, p.etat) for p in r01.pieces] == [("bordereau 1234567 / mandat 832", "instance")]
