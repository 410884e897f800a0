"""Deposit -> PES -> read back: rôles ORMC, invoices (ASAP), lone PJ, and what few bodies send."""

from __future__ import annotations

import base64
import gzip
import json
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from tests.partage import donnees
from tests.unit.intake.fabrique import MANDAT, regles
from tests.unit.pes_regles_asap.fabrique import (
    FACTURE,
    PDF,
    ROLE,
    TITRE,
    collectivite,
    construire,
    deposer,
    en_csv,
    relire,
)
from vaguemestre.domain.asap import Facturation
from vaguemestre.domain.comptable import Titre
from vaguemestre.pes.asap import lire_facture
from vaguemestre.pes.examen import Examen, examiner
from vaguemestre.pes.read import lire
from vaguemestre.pes.schema import Schemas, charger


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    return charger("5.30")


def bloquantes(examen: Examen) -> list[str]:
    return [f"{a.regle} {a.message}" for a in examen.anomalies if a.bloquante]


def factures_de(pes: Path) -> list[bytes]:
    """The originals of the PJ of type 006."""
    racine = etree.parse(str(pes)).getroot()
    return [
        gzip.decompress(base64.b64decode(pj.findtext("Contenu/Fichier") or ""))
        for pj in racine.iter("PJ")
        if pj.find("TypePJ") is not None and pj.find("TypePJ").get("V") == "006"  # type: ignore[union-attr]
    ]


def test_un_role_part_et_se_relit(tmp_path: Path, schemas: Schemas) -> None:
    lu = deposer(tmp_path, titres__csv=en_csv(ROLE, {**ROLE, "titre": "216", "dette": "900002"}))
    assert regles(lu) == []
    (pes,) = construire(tmp_path, lu)
    examen = examiner(pes, schemas=schemas)
    assert bloquantes(examen) == []
    assert {a.regle for a in examen.anomalies} & {"pes.ormc.dette", "pes.piece.triplet"} == set()
    (role,) = lu.bordereaux["00"]
    assert (role.type, role.objet) == ("06", "Eau, second semestre")
    premier, second = role.pieces
    assert isinstance(premier, Titre)
    assert isinstance(second, Titre)
    assert premier.type == "15"
    assert premier.article is not None
    assert (premier.article.dette, premier.article.cle1, premier.article.cle2) == (900001, "8", "M")


def test_ce_que_peu_envoient_se_relit(tmp_path: Path) -> None:
    mandat = {
        **MANDAT,
        "pj": "facture.pdf",
        "pj_papier": "Plan du lot 3",
        "pj_disque": "DCE.zip",
        "ventilation_marche": "2026-14",
        "ventilation_acompte_ht": "1000,00",
        "ventilation_penalite": "-12,50",
        "tva_hlm_recuperee": "1",
        "tva_hlm_residences": "800,00",
        "operation_specifique": "02",
        "operation_specifique_numero": "OP12",
        "date_adresse": "01/02/2026",
    }
    titre = {
        **TITRE,
        "impaye_regie": "0",
        "facturation_debut": "01/10/2026",
        "facturation_fin": "31/10/2026",
        "assure_debiteur": "1",
        "etablissement_finess": "980000123",
        "naissance_departement": "988",
        "naissance_commune": "NOUMEA",
        "ventilation_marche": "2026-14",
        "ventilation_retenue_recup_ht": "-3,00",
    }
    lu = deposer(tmp_path, mandats__csv=en_csv(mandat), titres__csv=en_csv(titre), facture__pdf=PDF)
    assert regles(lu) == []
    (pes,) = construire(tmp_path, lu)
    relu = lire(pes)
    assert relu.bordereaux == lu.bordereaux["00"]
    ligne = next(relu.bordereaux[0].lignes)
    assert ligne.ventilation is not None
    assert ligne.ventilation.penalite == Decimal("-12.50")
    assert [ref.support for ref in relu.bordereaux[0].pj_refs] == ["01", "02", "03"]
    assert len(relu.pieces_justificatives) == 1


SOCIETE = {
    "tiers_nom": "PAPETERIE DU LAGON",
    "tiers_prenom": "",
    "tiers_civilite": "",
    "tiers_categorie": "50",
    "tiers_nature_juridique": "03",
    "tiers_identifiant": "73282932000074",
    "tiers_nature_identifiant": "01",
}


@pytest.mark.parametrize(
    ("edition", "type_fact", "titre", "facture"),
    [
        ("01", "09", {}, {}),
        ("02", "09", {**SOCIETE, "numero_facture": "T1"}, {"avec_tip": "1"}),
        ("07", "11", {**ROLE, "bordereau": "15"}, {}),
        (
            "09",
            "12",
            {**SOCIETE, "numero_facture": "T1", "cadre_facturation": "S1"},
            {
                "acheteur_raison_sociale": "PAPETERIE DU LAGON",
                "acheteur_siret": "73282932000074",
                "acheteur_adresse_electronique": "73282932000074",
            },
        ),
        (
            "05",
            "10",
            {},
            {
                "date": "",
                "date_debut": "01/10/2026",
                "date_fin": "02/10/2026",
                "quantite": "",
                "prix_unitaire": "",
                "montant_ht": "",
                "patient_dossier": "D1",
                "patient_nom": "MARTIN",
                "hopital_nom": "HOPITAL",
                "hopital_finess_juridique": "980000115",
                "hopital_finess_geographique": "980000123",
                "hopital_siret": "21340999800019",
                "restant_du": "45,00",
            },
        ),
    ],
)
def test_une_facture_part_dans_sa_pj(
    edition: str,
    type_fact: str,
    titre: dict[str, str],
    facture: dict[str, str],
    tmp_path: Path,
    schemas: Schemas,
) -> None:
    lu = deposer(
        tmp_path,
        titres__csv=en_csv({**TITRE, **titre, "edition": edition}),
        factures__csv=en_csv({**FACTURE, **facture}),
    )
    assert regles(lu) == []
    (attendue,) = lu.factures["00"]
    assert isinstance(attendue, Facturation)
    (pes,) = construire(tmp_path, lu)
    (octets,) = factures_de(pes)
    relue = lire_facture(octets)
    assert relue == attendue
    assert relue.type == type_fact
    examen = examiner(pes, schemas=schemas)
    assert bloquantes(examen) == []
    seule = tmp_path / "facture.xml"
    seule.write_bytes(octets)
    assert bloquantes(examiner(seule, schemas=schemas)) == []
    arbre = donnees("pes-xsd/schemas_pes_v5.30_rebuilt/PES_V2/Rev0/PES_Aller.xsd")
    officiel = etree.XMLSchema(etree.parse(str(arbre)))
    officiel.assertValid(etree.fromstring(octets))


def test_une_facture_sans_titre_ou_sans_reglage_est_dite(tmp_path: Path) -> None:
    titre = {**TITRE, "edition": "01"}
    lu = deposer(
        tmp_path / "a",
        titres__csv=en_csv(titre),
        factures__csv=en_csv(FACTURE, {**FACTURE, "titre": "999"}),
    )
    assert regles(lu) == ["depot.facture.titre"]
    sans = collectivite(asap=None)
    lu = deposer(tmp_path / "b", sans, titres__csv=en_csv(titre), factures__csv=en_csv(FACTURE))
    assert regles(lu) == ["depot.facture.reglage"]
    lu = deposer(tmp_path / "c", titres__csv=en_csv(TITRE), factures__csv=en_csv(FACTURE))
    assert regles(lu) == ["depot.facture.edition"]
    vide = {**FACTURE, "montant_ht": "", "date": ""}
    lu = deposer(tmp_path / "d", titres__csv=en_csv(titre), factures__csv=en_csv(vide))
    assert sorted(regles(lu)) == ["depot.facture.incomplete", "depot.valeur.obligatoire"]


SEULE = {"fichier": "bon.pdf", "domaine": "01", "exercice": 2026, "identifiant": "832"}


@pytest.mark.parametrize("forme", ["csv", "json", "manifeste"])
def test_une_pj_seule_part_avec_ses_references(
    forme: str, tmp_path: Path, schemas: Schemas
) -> None:
    rangees = [
        {**SEULE, "type": "003", "description": "Bon 42"},
        {**SEULE, "identifiant": "833", "ligne": 2},
    ]
    if forme == "csv":
        texte = {cle: str(v) for cle, v in rangees[0].items()}
        autre = {cle: str(v) for cle, v in rangees[1].items()}
        lu = deposer(tmp_path, pj__csv=en_csv(texte, autre), bon__pdf=PDF)
    elif forme == "json":
        lu = deposer(tmp_path, pj__json=json.dumps(rangees), bon__pdf=PDF)
    else:
        manifeste = json.dumps({"fichiers": ["bon.pdf"], "pj": rangees})
        lu = deposer(tmp_path, manifeste__json=manifeste, bon__pdf=PDF)
    assert regles(lu) == []
    assert (lu.forme, lu.bordereaux) == ("pj", {})
    (pj,) = lu.seules["00"]
    assert [(r.identifiant, r.complement) for r in pj.references] == [("832", None), ("833", "2")]
    (pes,) = construire(tmp_path, lu)
    examen = examiner(pes, schemas=schemas)
    assert bloquantes(examen) == []
    assert examen.sommaire is not None
    assert [un.id_unique for un in examen.sommaire.pjs] == [pj.id_unique]
    assert examen.sommaire.bordereaux == ()


def test_une_pj_seule_qui_se_contredit_est_dite(tmp_path: Path) -> None:
    rangees = [{**SEULE, "type": "003"}, {**SEULE, "identifiant": "833", "type": "002"}]
    lu = deposer(tmp_path, pj__json=json.dumps(rangees), bon__pdf=PDF)
    assert regles(lu) == ["depot.piece.incoherente"]
    absente = [{**SEULE, "fichier": "autre.pdf"}]
    lu = deposer(tmp_path / "b", pj__json=json.dumps(absente), bon__pdf=PDF)
    assert "depot.pj.absente" in regles(lu)


def test_un_id_unique_donne_est_garde(tmp_path: Path) -> None:
    rangee = [{**SEULE, "id_unique": "21340999800019D2026AB12"}]
    relu = relire(tmp_path, pj__json=json.dumps(rangee), bon__pdf=PDF)
    assert [pj.id_unique for pj in relu.pieces_justificatives] == ["21340999800019D2026AB12"]


def test_une_facture_jointe_est_jugee_dans_sa_pj(tmp_path: Path, schemas: Schemas) -> None:
    """The rules of an invoice are those of a PES_Facture, told at the PJ that carries it."""
    lu = deposer(
        tmp_path, titres__csv=en_csv({**TITRE, "edition": "01"}), factures__csv=en_csv(FACTURE)
    )
    (pes,) = construire(tmp_path, lu)
    (octets,) = factures_de(pes)
    assert bloquantes(examiner(pes, schemas=schemas)) == []
    faux = octets.replace(b'<NumLigne V="1"/>', b'<NumLigne V="2"/>').replace(
        b'<MtTotalTTC V="45.00"/>', b'<MtTotalTTC V="44.00"/>'
    )
    avant = base64.b64encode(gzip.compress(faux)).decode()
    texte = pes.read_text("iso-8859-1")
    debut = texte.index('MIMEType="application/xml">') + len('MIMEType="application/xml">')
    pes.write_text(texte[:debut] + avant + texte[texte.index("</Fichier>") :], "iso-8859-1")
    trouvees = {a.regle: a for a in examiner(pes, schemas=schemas).anomalies}
    assert {"pes.asap.reference.ligne", "pes.asap.total"} <= set(trouvees)
    ligne = trouvees["pes.asap.reference.ligne"]
    assert ligne.chemin == "/n:PES_Aller/PES_PJ/PJ[1]"
    assert ligne.ref.endswith("/ facture 2026-15-215")
    assert ligne.message.startswith("dans la facture jointe, ligne ")
    assert ligne.valeur == "2"
