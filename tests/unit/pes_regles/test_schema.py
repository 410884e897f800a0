"""Schema findings: exact place and French words for every kind of error, however many there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.partage import donnees
from tests.unit.pes_check import fabrique as f
from tests.unit.pes_regles.epreuve import (
    BORD,
    MANDAT,
    MANDAT_1,
    X_DB,
    X_DEP,
    X_DL,
    X_DP,
    X_PJ,
    depense,
    etaler,
    examiner_octets,
    recette,
    regles_de,
    resoudre,
)
from tests.unit.pes_regles.test_regles import verifier_la_phrase, verifier_la_place
from vaguemestre.errors import Gravite
from vaguemestre.pes.examen import Reglages, examiner
from vaguemestre.pes.schema import Schemas

BON = depense(refs=f.pj_ref(), suite=f.pes_pj(f.pj()))
_ENV, _ENT = "/n:PES_Aller/Enveloppe", "/n:PES_Aller/EnTetePES"
_COMPTE = f"{X_DL}/Tiers[1]/CpteBancaire"
_DI = f"{X_DL}/BlocLignePiece/InfoLignePce"

# What is replaced, by what, the rule, how a clerk calls the place, its XPath.
FAUTES: dict[str, tuple[str, str, str, str, str]] = {
    "child missing": (
        '<NomFic V="PESALR2_219800014_261121_001"/>',
        "",
        "xsd.parametres.incomplet",
        "enveloppe",
        f"{_ENV}/Parametres",
    ),
    "child missing in the middle": (
        '<IdPost V="988001"/>',
        "",
        "xsd.idcoll.inattendu",
        "en-tête",
        f"{_ENT}/IdColl",
    ),
    "block missing": (
        "<Emetteur>",
        "<Recepteur>",
        "xsd.recepteur.inattendu",
        "enveloppe",
        f"{_ENV}/Recepteur",
    ),
    "unknown leaf": (
        '<Obj V="FOURNITURES"/>',
        '<Objet V="FOURNITURES"/>',
        "xsd.objet.inattendu",
        MANDAT,
        f"{X_DP}/BlocPiece/InfoPce/Objet",
    ),
    "wrong order": (
        '<TypPce V="01"/><NatPce V="01"/>',
        '<NatPce V="01"/><TypPce V="01"/>',
        "xsd.natpce.inattendu",
        MANDAT,
        f"{X_DP}/BlocPiece/InfoPce/NatPce",
    ),
    "wrong case of a name": (
        '<MtBordHT V="100.00"/>',
        '<MtBordHt V="100.00"/>',
        "xsd.mtbordht.inattendu",
        BORD,
        f"{X_DB}/BlocBordereau/MtBordHt",
    ),
    "repeated leaf": (
        '<Nature V="60612"/>',
        '<Nature V="60612"/><Nature V="60612"/>',
        "xsd.nature.inattendu",
        MANDAT_1,
        f"{_DI}/Nature[2]",
    ),
    "second tiers of a mandat": (
        "</LigneDePiece>",
        f"{f.tiers()}</LigneDePiece>",
        "xsd.tiers.inattendu",
        MANDAT_1,
        f"{X_DL}/Tiers[2]",
    ),
    "enumeration": (
        '<ModRegl V="03"/>',
        '<ModRegl V="3"/>',
        "xsd.modregl.code",
        MANDAT_1,
        f"{_DI}/ModRegl",
    ),
    "too long": (
        '<Nom V="SOCIETE EXEMPLE"/>',
        f'<Nom V="{"N" * 39}"/>',
        "xsd.nom.longueur",
        MANDAT_1,
        f"{X_DL}/Tiers[1]/InfoTiers/Nom",
    ),
    "pattern": (
        f'<IBAN V="{f.IBAN}"/>',
        '<IBAN V="FR76 3000 1007 9412"/>',
        "xsd.iban.format",
        MANDAT_1,
        f"{_COMPTE}/IBAN",
    ),
    "decimal comma": (
        '<MtHT V="100.00"/>',
        '<MtHT V="100,00"/>',
        "xsd.mtht.nombre",
        MANDAT_1,
        f"{_DI}/MtHT",
    ),
    "three decimals": (
        '<MtHT V="100.00"/>',
        '<MtHT V="100.001"/>',
        "xsd.mtht.decimales",
        MANDAT_1,
        f"{_DI}/MtHT",
    ),
    "negative amount": (
        '<MtHT V="100.00"/>',
        '<MtHT V="-100.00"/>',
        "xsd.mtht.valeur",
        MANDAT_1,
        f"{_DI}/MtHT",
    ),
    "date in French": (
        '<DteStr V="2026-11-21"/>',
        '<DteStr V="21/11/2026"/>',
        "xsd.dtestr.date",
        "en-tête",
        f"{_ENT}/DteStr",
    ),
    "day that does not exist": (
        '<DteBordEm V="2026-11-21"/>',
        '<DteBordEm V="2026-02-29"/>',
        "xsd.dtebordem.date",
        BORD,
        f"{X_DB}/BlocBordereau/DteBordEm",
    ),
    "empty value": (
        '<Ville V="NOUMEA"/>',
        '<Ville V=""/>',
        "xsd.ville.vide",
        MANDAT_1,
        f"{X_DL}/Tiers[1]/Adresse/Ville",
    ),
    "no attribute V": (
        '<TypAdr V="1"/>',
        "<TypAdr/>",
        "xsd.typadr.attribut",
        MANDAT_1,
        f"{X_DL}/Tiers[1]/Adresse/TypAdr",
    ),
    "value as text": (
        '<TypAdr V="1"/>',
        "<TypAdr>1</TypAdr>",
        "xsd.typadr.attribut",
        MANDAT_1,
        f"{X_DL}/Tiers[1]/Adresse/TypAdr",
    ),
    "unknown attribute": (
        "<Piece>",
        '<Piece Id="P1">',
        "xsd.piece.attribut",
        MANDAT,
        X_DP,
    ),
    "Id that is no identifier": (
        "<Bordereau>",
        '<Bordereau Id="12">',
        "xsd.bordereau.identifiant",
        BORD,
        X_DB,
    ),
    "PJ outside PES_PJ": (
        "<PES_PJ>",
        f"{f.pj()}<PES_PJ>",
        "xsd.pj.inattendu",
        "PJ PJ0001",
        "/n:PES_Aller/PJ[1]",
    ),
    "two domains in the wrong order": (
        "<PES_DepenseAller>",
        f"{f.domaine(recette=True)}<PES_DepenseAller>",
        "xsd.pes_depensealler.inattendu",
        "fichier",
        X_DEP,
    ),
    "PJ without description": (
        '<Description V="Facture"/>',
        "",
        "xsd.pj.incomplet",
        "PJ PJ0001",
        X_PJ,
    ),
    "Fichier without content type": (
        ' MIMEType="application/pdf"',
        "",
        "xsd.fichier.attribut",
        "PJ PJ0001",
        f"{X_PJ}/Contenu/Fichier",
    ),
}


@pytest.mark.parametrize("etale", [False, True], ids=["deux-lignes", "une-balise-par-ligne"])
@pytest.mark.parametrize("nom", FAUTES)
def test_each_kind_of_error_stands_at_its_element(
    nom: str, etale: bool, tmp_path: Path, schemas: Schemas
) -> None:
    bon, faux, regle, ref, chemin = FAUTES[nom]
    octets = BON.replace(bon.encode(), faux.encode(), 1)
    assert octets != BON
    octets = octets.replace(b"</Emetteur>", b"</Recepteur>") if "Recepteur" in faux else octets
    octets = etaler(octets) if etale else octets
    dites = [
        a
        for a in examiner_octets(tmp_path, octets, schemas).anomalies
        if a.regle.startswith("xsd.")
    ]
    premiere = dites[0]
    assert premiere.regle == regle
    assert premiere.gravite is Gravite.REJET_FLUX
    assert premiere.chemin == chemin
    assert premiere.ref == ref
    for anomalie in dites:
        if anomalie.regle.endswith(".incomplet"):
            # Something is missing before the end of the element: its closing tag is the place.
            assert (anomalie.ligne or 0) >= int(str(resoudre(octets, anomalie).sourceline))
        else:
            verifier_la_place(octets, anomalie)
        verifier_la_phrase(anomalie)
        assert not re.search(r" (de|à) les? ", anomalie.message)


def test_column_points_at_the_tag(tmp_path: Path, schemas: Schemas) -> None:
    octets = BON.replace(b'<ModRegl V="03"/>', b'<ModRegl V="99"/>')
    (anomalie,) = examiner_octets(tmp_path, octets, schemas).anomalies
    ligne = octets.split(b"\n")[(anomalie.ligne or 0) - 1]
    assert ligne[(anomalie.colonne or 0) - 1 :].startswith(b'<ModRegl V="99"/>')


def _mandats(nombre: int, **faux: str) -> bytes:
    pieces = [f.piece(f.ligne(**faux), IdPce=str(n)) for n in range(1, nombre + 1)]  # type: ignore[arg-type]
    return f.pes(f.domaine(f.bordereau(*pieces, MtBordHT=f"{100 * nombre}.00")))


@pytest.mark.parametrize("etale", [False, True])
def test_each_of_a_thousand_errors_has_its_line_and_path(
    etale: bool, tmp_path: Path, schemas: Schemas
) -> None:
    octets = _mandats(1000, ModRegl="99")
    octets = etaler(octets) if etale else octets
    examen = examiner_octets(tmp_path, octets, schemas)
    dites = [a for a in examen.anomalies if a.regle == "xsd.modregl.code"]
    assert [a.chemin for a in dites] == [
        f"{X_DB}/Piece[{n}]/LigneDePiece[1]/BlocLignePiece/InfoLignePce/ModRegl"
        for n in range(1, 1001)
    ]
    assert [a.ref for a in dites] == [f"{BORD} / mandat {n} / ligne 1" for n in range(1, 1001)]
    lignes = [n for n, texte in enumerate(octets.split(b"\n"), 1) if b'<ModRegl V="99"' in texte]
    assert [a.ligne for a in dites] == (lignes if etale else [2] * 1000)
    assert "xsd.suite" not in regles_de(examen)


def test_more_than_a_thousand_errors_are_counted(tmp_path: Path, schemas: Schemas) -> None:
    examen = examiner_octets(tmp_path, _mandats(1500, ModRegl="99"), schemas)
    dites = [a for a in examen.anomalies if a.regle == "xsd.modregl.code"]
    assert len(dites) == 1000
    (suite,) = [a for a in examen.anomalies if a.regle == "xsd.suite"]
    assert "500" in suite.message
    assert suite.conseil


def test_a_file_wrong_everywhere_is_given_up(tmp_path: Path, schemas: Schemas) -> None:
    """Twenty times the limit of errors teach nothing more: reading stops, and says so."""
    reglages = Reglages(erreurs_max=10)
    examen = examiner_octets(tmp_path, _mandats(400, ModRegl="99"), schemas, reglages=reglages)
    assert sum(r == "xsd.modregl.code" for r in regles_de(examen)) == 10
    assert "xsd.trop" in regles_de(examen)
    assert examen.verdict == "rejete"


def test_different_errors_in_one_block_are_all_said(tmp_path: Path, schemas: Schemas) -> None:
    octets = recette(
        f.ligne(recette=True, CodProdLoc="TROPLONG", Majo="non", MtHT="1,0"),
        b={"IdBord": "douze", "NbrPce": "un"},
    )
    dites = examiner_octets(tmp_path, etaler(octets), schemas).anomalies
    assert [a.chemin.rpartition("/")[2] for a in dites if a.regle.startswith("xsd.")] == [
        "IdBord",
        "NbrPce",
        "CodProdLoc",
        "Majo",
        "MtHT",
    ]
    for anomalie in dites:
        verifier_la_place(etaler(octets), anomalie)


@pytest.mark.parametrize("nom", ["I01_bordHt-casse", "I25_PJ_hors_PES_PJ", "G09_IBAN_cle_fausse"])
def test_xpath_of_the_samples_leads_to_one_element(nom: str, schemas: Schemas) -> None:
    """Samples stand on two physical lines: the line alone would say nothing."""
    chemin = donnees(f"pes-samples/{nom}.xml")
    dites = [a for a in examiner(chemin, schemas=schemas).anomalies if a.bloquante]
    assert dites
    for anomalie in dites:
        verifier_la_place(chemin.read_bytes(), anomalie)
