"""What is written: valid, read back equal, byte for byte the same twice, refused all at once."""

from __future__ import annotations

import base64
import gzip
import hashlib
import os
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree

from tests.unit.pes_build import exemples
from tests.unit.pes_build.conftest import Garnir
from tests.unit.pes_build.strategies import documents
from vaguemestre.domain.comptable import CompteBancaire, Domaine, PesAller, Titre
from vaguemestre.errors import DepotError, DocumentError, RessourceError
from vaguemestre.pes.build import ecrire, taille_bordereau, verifier
from vaguemestre.pes.read import lire, lire_bordereaux
from vaguemestre.pes.sortie import SEUIL_PARALLELE

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "pes"
LENT = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])


def sans_fichiers(document: PesAller) -> PesAller:
    """As a reader sees it: no path, no size of the originals."""
    pjs = tuple(replace(pj, chemin=None, taille=0) for pj in document.pieces_justificatives)
    return replace(document, pieces_justificatives=pjs)


@pytest.fixture
def facture(tmp_path: Path) -> Path:
    path = tmp_path / "facture.pdf"
    path.write_bytes(exemples.FACTURE)
    return path


@LENT
@given(document=documents())
def test_tout_document_valable_passe_le_schema_et_se_relit(
    document: PesAller, garnir: Garnir, atelier: Path, schema: etree.XMLSchema
) -> None:
    vers = atelier / "hypothese.xml"
    complet = garnir(document)
    assert verifier(complet) == ()
    ecrire(complet, vers, durable=False)
    tree = etree.parse(str(vers))
    assert schema.validate(tree), schema.error_log
    assert lire(vers) == sans_fichiers(complet)
    assert tuple(lire_bordereaux(vers)) == complet.du_domaine(Domaine.DEPENSE) + complet.du_domaine(
        Domaine.RECETTE
    )


@pytest.mark.parametrize("nom", ["depense", "recette"])
def test_octets_de_reference(nom: str, facture: Path, tmp_path: Path) -> None:
    """`VAGUEMESTRE_GOLDEN=1 pytest` writes the file again, to be read before it is committed."""
    document = getattr(exemples, nom)(facture)
    vers = tmp_path / f"{nom}.xml"
    ecrire(document, vers)
    attendu = GOLDEN / f"{nom}.xml"
    if os.environ.get("VAGUEMESTRE_GOLDEN"):
        attendu.write_bytes(vers.read_bytes())
    assert vers.read_bytes() == attendu.read_bytes()


@pytest.mark.parametrize("nom", ["depense", "recette"])
def test_les_references_passent_le_schema_et_se_relisent(
    nom: str, facture: Path, schema: etree.XMLSchema
) -> None:
    assert schema.validate(etree.parse(str(GOLDEN / f"{nom}.xml"))), schema.error_log
    assert lire(GOLDEN / f"{nom}.xml") == sans_fichiers(getattr(exemples, nom)(facture))


@pytest.mark.parametrize("taille", [1, 3, 100_000, SEUIL_PARALLELE + 12_345])
def test_le_contenu_d_une_pj_se_retrouve_et_les_empreintes_sont_justes(
    taille: int, tmp_path: Path
) -> None:
    """Below and above the size where threads come in: same promises, same bytes."""
    original = tmp_path / "gros.pdf"
    contenu = hashlib.shake_256(b"pj").digest(taille)
    original.write_bytes(contenu)
    document = exemples.document(
        exemples.bordereau(1, exemples.mandat(1, "PJ1")),
        pjs=(exemples.piece("PJ1", original, taille),),
    )
    ecrit = ecrire(document, tmp_path / "a.xml")
    octets = (tmp_path / "a.xml").read_bytes()
    assert ecrit.empreinte.taille == len(octets)
    assert ecrit.empreinte.sha256 == hashlib.sha256(octets).hexdigest()
    assert ecrit.empreinte.sha1 == hashlib.sha1(octets, usedforsecurity=False).hexdigest()
    tree = etree.fromstring(octets, etree.XMLParser(huge_tree=True))
    emballe = base64.b64decode(tree.findtext(".//Fichier") or "", validate=True)
    assert gzip.decompress(emballe) == contenu
    assert emballe[3:8] == bytes(5), "neither name nor time in the gzip header"
    assert ecrire(document, tmp_path / "b.xml").empreinte == ecrit.empreinte


def test_les_totaux_se_calculent(facture: Path, tmp_path: Path) -> None:
    ecrire(exemples.depense(facture), tmp_path / "d.xml")
    blocs = etree.parse(str(tmp_path / "d.xml")).findall(".//BlocBordereau")
    vus = [{enfant.tag: enfant.get("V") for enfant in bloc} for bloc in blocs]
    assert vus[0]["NbrPce"] == "1"
    assert vus[0]["MtBordHT"] == "100.50"
    assert vus[0]["MtBordTVA"] == "20.00"
    assert vus[0]["MtCumulAnnuel"] == "120.50"
    assert "MtBordTVA" not in vus[1]
    assert "MtCumulAnnuel" not in vus[1]


@pytest.mark.parametrize("demat", [True, False])
def test_info_dematerialisee_suit_le_document(demat: bool, tmp_path: Path) -> None:
    document = replace(exemples.document(exemples.bordereau(1)), dematerialise=demat)
    ecrire(document, tmp_path / "d.xml")
    assert f'<InfoDematerialisee V="{int(demat)}"/>' in (tmp_path / "d.xml").read_text("latin-1")
    assert lire(tmp_path / "d.xml").dematerialise is demat


def test_tout_ce_qui_ne_va_pas_se_dit_en_une_fois(tmp_path: Path) -> None:
    mauvais = replace(exemples.mandat(832), objet="O" * 101, service="Ω", nature="99")
    document = replace(
        exemples.document(
            replace(exemples.bordereau(72, mauvais), cumul_annuel=Decimal("-1"), id="1B"),
            pjs=(exemples.piece("PJ1", None), exemples.piece("PJ-2", tmp_path / "absent.pdf")),
        ),
        entete=replace(exemples.ENTETE, code_collectivite="12"),
    )
    with pytest.raises(DocumentError) as refus:
        ecrire(document, tmp_path / "d.xml")
    vues = {(a.regle, a.ref, a.chemin.rpartition("/")[2]) for a in refus.value.anomalies}
    mandat = "bordereau 72 / mandat 832"
    assert vues == {
        ("depot.zone.codcol", "en-tête", "CodCol"),
        ("depot.zone.id", "bordereau 72", "Id"),
        ("depot.zone.mtcumulannuel", "bordereau 72", "MtCumulAnnuel"),
        ("depot.zone.obj", mandat, "Obj"),
        ("depot.caractere", mandat, "CodServ"),
        ("depot.zone.natpce", mandat, "NatPce"),
        ("depot.zone.fichier", "PJ PJ1", "Fichier"),
        ("depot.zone.fichier", "PJ PJ-2", "Fichier"),
        ("depot.zone.idunique", "PJ PJ-2", "IdUnique"),
    }
    assert refus.value.anomalies == verifier(document)
    assert all(a.bloquante and a.conseil for a in refus.value.anomalies)
    assert list(tmp_path.iterdir()) == [], "nothing is left of a file that was refused"


def test_un_champ_sans_place_n_est_pas_oublie() -> None:
    """`code_produit` exists in recette only; written as dépense it would vanish."""
    perdu = replace(exemples.mandat(1), lignes=(exemples.ligne(code_produit="CANT"),))
    (anomalie,) = verifier(exemples.document(exemples.bordereau(1, perdu)))
    assert anomalie.ref == "bordereau 1 / mandat 1 / ligne 1"
    assert anomalie.valeur == "CANT"
    assert "pas de place" in anomalie.message


def test_un_titre_ne_va_pas_dans_un_bordereau_de_mandats() -> None:
    titre = Titre(numero=1, type="01", nature="01", lignes=(exemples.ligne(),))
    document = exemples.document(replace(exemples.bordereau(1), pieces=(titre,)))
    assert any("que des mandats" in a.message for a in verifier(document))


@pytest.mark.parametrize(
    ("compte", "dit"),
    [
        (CompteBancaire(titulaire="X"), "soit un IBAN, soit un RIB"),
        (CompteBancaire(titulaire="X", bic="BDFEFRPPCCT", rib=exemples.USAGER.compte.rib), "BIC"),  # type: ignore[union-attr]
        (CompteBancaire(titulaire="X", iban="fr76"), "sans espace"),
    ],
)
def test_un_compte_est_un_iban_ou_un_rib(compte: CompteBancaire, dit: str) -> None:
    tiers = replace(exemples.FOURNISSEUR, compte=compte)
    document = exemples.document(
        exemples.bordereau(1, replace(exemples.mandat(1), lignes=(exemples.ligne(tiers=(tiers,)),)))
    )
    assert any(dit in a.message for a in verifier(document))


def test_le_franc_pacifique_n_a_pas_de_centimes(tmp_path: Path) -> None:
    document = exemples.document(
        exemples.bordereau(1, replace(exemples.mandat(1), lignes=(exemples.ligne(1, "12.5"),)))
    )
    assert verifier(document) == ()
    anomalies = verifier(document, monnaie="XPF")
    assert {a.chemin.rpartition("/")[2] for a in anomalies} == {"MtHT", "MtBordHT"}
    rond = exemples.document(exemples.bordereau(1))
    ecrire(rond, tmp_path / "x.xml", monnaie="XPF")
    assert 'MtHT V="100.00"' in (tmp_path / "x.xml").read_text("latin-1")


def test_un_document_sans_rien_est_refuse() -> None:
    assert [a.regle for a in verifier(exemples.document())] == ["depot.vide"]


def test_une_pj_vide_est_refusee(tmp_path: Path) -> None:
    vide = tmp_path / "vide.pdf"
    vide.touch()
    (anomalie,) = verifier(exemples.document(pjs=(exemples.piece("PJ1", vide),)))
    assert "est vide" in anomalie.message


def test_une_pj_illisible_en_cours_de_route_ne_laisse_rien(tmp_path: Path) -> None:
    """A folder has a size and cannot be read: as a disk that fails after the check."""
    dossier = tmp_path / "piece.pdf"
    dossier.mkdir()
    (dossier / "x").touch()
    sorties = tmp_path / "sorties"
    sorties.mkdir()
    with pytest.raises(DepotError, match="illisible"):
        ecrire(exemples.document(pjs=(exemples.piece("PJ1", dossier),)), sorties / "a.xml")
    assert list(sorties.iterdir()) == []


@pytest.mark.parametrize("taille", [10, SEUIL_PARALLELE + 1])
def test_un_disque_plein_se_dit_et_s_essaie_de_nouveau(taille: int, tmp_path: Path) -> None:
    plein = Path("/dev/full")
    if not plein.exists():
        pytest.skip("pas de /dev/full sur ce système")
    original = tmp_path / "p.pdf"
    original.write_bytes(b"x" * taille)
    vers = tmp_path / "a.xml"
    (tmp_path / ".a.xml.part").symlink_to(plein)
    document = exemples.document(pjs=(exemples.piece("PJ1", original, taille),))
    with pytest.raises(RessourceError) as panne:
        ecrire(document, vers)
    assert panne.value.transient
    assert sorted(each.name for each in tmp_path.iterdir()) == ["p.pdf"]


def test_un_dossier_absent_se_dit(tmp_path: Path) -> None:
    with pytest.raises(RessourceError):
        ecrire(exemples.document(exemples.bordereau(1)), tmp_path / "nulle part" / "a.xml")


def test_la_taille_d_un_bordereau_est_celle_du_fichier(tmp_path: Path) -> None:
    un, deux = exemples.bordereau(1), exemples.bordereau(2, exemples.mandat(5, "PJ1"))
    avec = ecrire(exemples.document(un, deux), tmp_path / "a.xml").empreinte.taille
    sans = ecrire(exemples.document(un), tmp_path / "b.xml").empreinte.taille
    assert avec - sans == taille_bordereau(deux)


def test_une_date_d_avant_1900_n_entre_pas_dans_une_recette(facture: Path) -> None:
    document = exemples.recette(facture)
    vieux = replace(document.bordereaux[0], date_emission=date(1899, 12, 31))
    (anomalie,) = verifier(replace(document, bordereaux=(vieux,)))
    assert anomalie.chemin.endswith("DteBordEm")
