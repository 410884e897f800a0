"""The acquits that the simulator writes: golden bytes, official order, every shape."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from tests.partage import donnees
from vaguemestre.simulators.acquits import (
    DEPENSE,
    PJ,
    REBUT,
    Element,
    Entete,
    Faute,
    acquit,
    decouper,
    hors_schema,
    nom_acquit,
)

DORES = Path(__file__).parent / "dores"
ENTETE = Entete(
    nomfic="FLUX_1",
    typfic="PESALR2",
    sigle="ÉDITEUR",
    adresse="LOGICIEL 1 & 2",
    date="2026-11-21",
    id_post="034011",
    id_coll="21340172300019",
    cod_col="123",
    cod_bud="00",
    libelle="COMMUNE DE L'ÉTÉ",
)
PARTIEL = (
    Element(
        domaine=DEPENSE,
        accepte=False,
        bordereau=140,
        exercice=2026,
        fautes=(
            Faute(code="ERREUR_AUTRE", libelle="1963 - Domiciliation erronée", piece=514, ligne=1),
            Faute(code="ERREUR_AUTRE", libelle="2001 - Pièce douteuse ’", piece=514),
            Faute(code="ERREUR_CUMUL_MONTANTS", libelle="cumul <faux>"),
        ),
    ),
    Element(domaine=PJ, accepte=True, id_unique="21340172300019DEP1"),
)


def parse(contenu: bytes) -> Any:
    """The tree, untyped: a missing element fails the test anyway."""
    analyseur = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.fromstring(contenu, analyseur)


@pytest.mark.parametrize("version", [1, 2])
def test_octets_dores(version: int) -> None:
    attendu = (DORES / f"acquit_v{version}.xml").read_bytes()
    assert acquit(ENTETE, PARTIEL, version=version) == attendu


@pytest.mark.parametrize(
    ("version", "nom"), [(2, "PES_V2_Acquit_Autonome_V2.xsd"), (1, "PES_V2_Acquit_Autonome.xsd")]
)
def test_conforme_au_schema_officiel(version: int, nom: str) -> None:
    schema = etree.XMLSchema(etree.parse(donnees(f"pes-xsd/schemas_pes_v5.17/PES_V2/Rev0/{nom}")))
    bon = acquit(ENTETE, PARTIEL, version=version)
    schema.assertValid(parse(bon))
    casse = parse(hors_schema(bon))
    assert not schema.validate(casse)
    assert casse.find(".//NomFic").get("V") == "FLUX_1"


def test_les_trois_places_d_une_erreur() -> None:
    racine = parse(acquit(ENTETE, PARTIEL))
    element = racine.find(".//ElementACQUIT")
    assert element.find("Erreur/NumAnoAck").get("V") == "ERREUR_CUMUL_MONTANTS"
    assert element.find("DetailPiece/NumPiece").get("V") == "514"
    assert element.find("DetailPiece/Erreur/LibelleAnoAck").get("V") == "2001 - Pièce douteuse ’"
    assert element.find("DetailPiece/DetailLigne/NumLigne").get("V") == "1"
    assert [e.find("EtatAck").get("V") for e in racine.iter("ElementACQUIT")] == ["0", "1"]


def test_le_rebut_n_est_pas_du_xml() -> None:
    with pytest.raises(etree.XMLSyntaxError):
        parse(REBUT)


def test_noms() -> None:
    instant = datetime(2026, 11, 21, 12, 30, 5, tzinfo=UTC)
    nom = "PESALR2_213401723_261121_001.xml"
    assert nom_acquit(ENTETE, nom, instant, 1, "poste") == (
        "034011_261121123005-ACK-PESALR2_213401723_261121_001.xml"
    )
    assert nom_acquit(ENTETE, nom, instant, 2, "poste").endswith("_001_2.xml")
    assert nom_acquit(ENTETE, nom, instant, 1, "acquit") == f"ACQUIT_{nom}"
    passtrans = nom_acquit(ENTETE, "VHPCE11%%GHELPES2%%PES#1#2#3%%ab", instant, 1, "poste")
    assert passtrans == "034011_261121123005-ACK-VHPCE11-GHELPES2-PES_1_2_3-ab.xml"


@given(st.text(max_size=1800))
def test_un_long_libelle_n_est_jamais_tronque(texte: str) -> None:
    morceaux = list(decouper(texte))
    assert "".join(morceaux) == texte
    assert all(len(morceau) <= 500 for morceau in morceaux)


@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"], max_codepoint=0xFFFD)))
def test_tout_libelle_revient_tel_quel(texte: str) -> None:
    element = Element(
        domaine=PJ, accepte=False, id_unique="A", fautes=(Faute(code="E", libelle=texte),)
    )
    racine = parse(acquit(ENTETE, [element]))
    assert racine.find(".//LibelleAnoAck").get("V") == texte
