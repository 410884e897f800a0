"""PES_Facture (ASAP), PES_Marche and ORMC through `check`: whole is accepted, each schema fault is
said in French at its place, under the name a clerk knows it by.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from tests.unit.pes_check import domaines as d
from tests.unit.pes_check import fabrique as f
from tests.unit.pes_check.outillage import Examinateur
from tests.unit.schemas.modele import Modele, lire
from vaguemestre.errors import Anomalie, Gravite
from vaguemestre.pes.examen import examiner
from vaguemestre.pes.libelles import LIBELLES, libelle
from vaguemestre.pes.schema import charger

ASAP = d.asap(d.facture(), d.facture("F-2026-002", titre=88))
CONTRATS = d.contrats(d.marche(), d.marche("2026FOURN02"), concessions=d.concession())
VALIDES = {"asap": ASAP, "marche": CONTRATS, "ormc": d.ormc()}

FACTURE_1, FACTURE_2 = "facture F-2026-001", "facture F-2026-002"
MARCHE_1, MARCHE_2 = "marché 2026TRAVAUX01", "marché 2026FOURN02"
Faute = tuple[bytes, bytes, bytes, str, str, str]
# file, right, wrong, rule, place as a clerk says it, a word of the sentence
FAUTES: list[Faute] = [
    (ASAP, b'<IdVer V="2"/>', b"", "xsd.annee.inattendu", "fichier", "année de facturation"),
    (ASAP, b'TypeFact V="09"', b'TypeFact V="14"', "xsd.typefact.code", "fichier", "« 14 »"),
    (
        ASAP,
        b'<Quantite V="12.5"/>',
        b'<Quantite V="12.50001"/>',
        "xsd.quantite.chiffres",
        FACTURE_1,
        "la quantité",
    ),
    (
        ASAP,
        b'<TauxTVA V="0"/>',
        b'<TauxTVA V="-1"/>',
        "xsd.tauxtva.valeur",
        FACTURE_1,
        "au moins 0",
    ),
    (
        ASAP,
        b'<Ligne1 V="0123456789 AB"/>',
        b'<Ligne1 V="talon-1"/>',
        "xsd.ligne1.format",
        FACTURE_1,
        "première ligne du talon",
    ),
    (
        ASAP,
        b'<DateFin V="2026-10-31"/>',
        b"",
        "xsd.libelle.inattendu",
        FACTURE_1,
        "date de fin de la prestation",
    ),
    (ASAP, b'NumTitre V="88"', b'NumTitre V="T88"', "xsd.numtitre.nombre", FACTURE_2, "T88"),
    (ASAP, b"<Nomenclatures/>", b"", "xsd.pes_facture.incomplet", "fichier", "nomenclatures"),
    (
        CONTRATS,
        b'<IdContrat V="2026TRAVAUX01"/>',
        b'<IdContrat V="TRAVAUX01"/>',
        "xsd.idcontrat.format",
        "marché TRAVAUX01",
        "le numéro du contrat",
    ),
    (
        CONTRATS,
        b'<NumeroOrdreModification V="00"/>',
        b'<NumeroOrdreModification V="000"/>',
        "xsd.numeroordremodification.longueur",
        MARCHE_1,
        "il en faut 2",
    ),
    (
        CONTRATS,
        b'<CodeCPV V="45260000-7"/>',
        b'<CodeCPV V="4526000"/>',
        "xsd.codecpv.format",
        MARCHE_1,
        "code CPV",
    ),
    (
        CONTRATS,
        b'<IdAcheteur V="21980001800018"/>',
        b'<IdAcheteur V="219800018"/>',
        "xsd.idacheteur.longueur",
        MARCHE_1,
        "au moins 14",
    ),
    (
        CONTRATS,
        b'2026FOURN02"/><NumeroOrdreModification V="00"/>',
        b'2026FOURN02"/><NumeroOrdreModification V=""/>',
        "xsd.numeroordremodification.vide",
        MARCHE_2,
        "est vide",
    ),
    (
        CONTRATS,
        b'<DureeMoisInitiale V="120"/>',
        b'<DureeMoisInitiale V="0"/>',
        "xsd.dureemoisinitiale.valeur",
        "concession 2026EAU01",
        "durée initiale",
    ),
    (
        CONTRATS,
        b'<NatureConcession V="03"/>',
        b'<NatureConcession V="05"/>',
        "xsd.natureconcession.code",
        "concession 2026EAU01",
        "« 05 »",
    ),
    (
        CONTRATS,
        b'<VariationPrix V="01"/></ConditionsExecutionTitulaire>',
        b"</ConditionsExecutionTitulaire>",
        "xsd.conditionsexecutiontitulaire.incomplet",
        MARCHE_1,
        "variation du prix",
    ),
]


def _xsd(anomalies: list[Anomalie]) -> list[Anomalie]:
    return [a for a in anomalies if a.regle.startswith("xsd.")]


@pytest.mark.parametrize("version", ["5.30", "5.17"])
@pytest.mark.parametrize("nom", sorted(VALIDES))
def test_a_whole_file_is_accepted(nom: str, version: str, voir: Examinateur) -> None:
    examen = voir(VALIDES[nom])
    assert examen.verdict == "accepte", examen.anomalies
    assert charger(version).xmlschema.validate(etree.fromstring(VALIDES[nom]))


@pytest.mark.parametrize("faute", FAUTES, ids=[faute[3] for faute in FAUTES])
def test_a_schema_fault_is_said_at_its_place(faute: Faute, voir: Examinateur) -> None:
    octets, bon, faux, regle, ref, mot = faute
    assert octets.count(bon) >= 1
    abime = octets.replace(bon, faux, 1)
    (dite,) = _xsd(list(voir(abime).anomalies))
    assert (dite.regle, dite.ref, dite.gravite) == (regle, ref, Gravite.REJET_FLUX)
    assert mot in dite.message
    assert dite.conseil
    assert "motif" not in f"{dite.message} {dite.conseil}"
    arbre, schema = etree.fromstring(abime), charger("5.30").xmlschema
    assert not schema.validate(arbre)
    attendue = next(e for e in schema.error_log)
    # What is missing is missed at the end of its block, where libxml2 says its beginning.
    assert dite.ligne is not None
    assert dite.ligne == attendue.line or regle.endswith(".incomplet")
    assert _noeud(arbre, dite.chemin) is _noeud(arbre, attendue.path)


def _noeud(arbre: etree._Element, chemin: str) -> object:
    found = arbre.xpath(chemin, namespaces={"n": f.ESPACE})
    assert isinstance(found, list)
    return found[0]


def test_the_position_holds_across_a_long_facture(voir: Examinateur) -> None:
    lignes = [d.ligne_facture(ordre % 999 + 1) for ordre in range(400)]
    lignes[350] = d.ligne_facture(351, mt_ht="abc")
    (dite,) = _xsd(list(voir(d.asap(d.facture(), d.facture("F-2", *lignes))).anomalies))
    assert dite.ref == "facture F-2"
    assert dite.chemin.endswith("/FactureIndiv[2]/LigneFacture[351]/MtHT")


def test_faults_that_only_a_second_reading_places_bear_their_marche(voir: Examinateur) -> None:
    """The same wrong structure twice close together: no name or value tells them apart."""
    bons = [d.titulaire() for _ in range(6)]
    faux = [t.replace('<FormePrix V="02"/>', "") for t in bons]
    examen = voir(d.contrats(d.marche("2026A", *bons), d.marche("2026B", *faux)))
    dites = _xsd(list(examen.anomalies))
    assert [a.regle for a in dites] == ["xsd.variationprix.inattendu"] * 6
    assert {a.ref for a in dites} == {"marché 2026B"}
    assert [f"Titulaire[{n}]/" in a.chemin for n, a in enumerate(dites, 1)] == [True] * 6


def test_more_than_two_megabytes_of_marches_are_no_excess(voir: Examinateur) -> None:
    """A block without end stops the reading at two megabytes; a list of marchés is none."""
    octets = d.contrats(*(d.marche(f"2026M{n:05d}") for n in range(1_700)))
    assert len(octets) > 2_200_000
    assert voir(octets).verdict == "accepte"


def test_a_pj_that_only_a_marche_cites_is_cited(voir: Examinateur) -> None:
    refs = (
        '<PJRefs><PJRef><Support V="01"/><IdUnique V="PJ0001"/><TypePJ V="009"/>'
        '<NomPJ V="acte.pdf"/></PJRef></PJRefs>'
    )
    citee = f.pes(d.bloc_marche(d.marche(refs=refs)), f.pes_pj(f.pj(TypePJ="009")))
    seule = f.pes(d.bloc_marche(), f.pes_pj(f.pj(TypePJ="009")))
    assert not voir(citee).anomalies
    assert [a.regle for a in voir(seule).anomalies] == ["pj.orpheline"]


def test_a_pj_that_a_marche_says_on_paper_is_not_in_the_file(voir: Examinateur) -> None:
    refs = (
        '<PJRefs><PJRef><Support V="02"/><IdUnique V="PJ0001"/><TypePJ V="009"/>'
        '<NomPJ V="acte.pdf"/></PJRef></PJRefs>'
    )
    octets = f.pes(d.bloc_marche(d.marche(refs=refs)), f.pes_pj(f.pj(TypePJ="009")))
    (dite,) = voir(octets).anomalies
    assert (dite.regle, dite.ref) == ("pj.support", MARCHE_1)


def _noms(modele: Modele, nom: str, vus: set[str]) -> set[str]:
    if nom in vus or nom not in modele.blocs:
        return set()
    vus.add(nom)
    found: set[str] = set()
    for balise in modele.balises(modele.blocs[nom]):
        found |= {balise.nom} | _noms(modele, balise.type, vus)
    return found


@pytest.mark.parametrize("bloc", ["EtatDeFacturation", "MarchesEtConcessions"])
def test_every_element_has_a_french_name(bloc: str) -> None:
    noms = _noms(lire("5.30"), bloc, set())
    assert len(noms) > 100
    assert sorted(nom for nom in noms if nom not in LIBELLES) == []
    assert all(libelle(nom).endswith(f"({nom})") for nom in noms)


@pytest.mark.parametrize(("version", "verdict"), [("5.17", "rejete"), ("5.30", "accepte")])
def test_notes_of_5_17_block_under_that_schema_and_warn_after(
    version: str, verdict: str, tmp_path: Path
) -> None:
    """Nothing was found of NS_Marche after 5.17: a later schema does not make it a rejection."""
    chemin = tmp_path / "marche.xml"
    abime = CONTRATS.replace(b'<MontantHTNotifie V="120000.00"/>', b'<MontantHTNotifie V="1.00"/>')
    chemin.write_bytes(abime.replace(b'<IdVer V="2"/>', b'<IdVer V="1"/>'))
    examen = examiner(chemin, schemas=charger(version))
    assert {"pes.marche.idver"} <= {a.regle for a in examen.anomalies}
    assert examen.verdict == verdict
    assert [a.regle for a in examen.anomalies].count("pes.marche.idver") == 1


@pytest.mark.parametrize("version", ["5.30", "5.17"])
@pytest.mark.parametrize("nom", sorted(VALIDES))
def test_no_rule_blocks_a_valid_file_under_either_version(
    nom: str, version: str, tmp_path: Path
) -> None:
    chemin = tmp_path / "valide.xml"
    chemin.write_bytes(VALIDES[nom])
    examen = examiner(chemin, schemas=charger(version))
    assert [a.regle for a in examen.anomalies if a.bloquante] == []
