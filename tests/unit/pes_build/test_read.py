"""Files that others wrote: other prefixes, UTF-8, comments, and what cannot be read at all."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.partage import donnees
from tests.unit.pes_build import exemples
from vaguemestre.domain.comptable import Domaine
from vaguemestre.errors import DocumentError, IllisibleError, VaguemestreError
from vaguemestre.pes.build import ecrire
from vaguemestre.pes.read import lire, lire_bordereaux

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "pes"


@pytest.fixture
def texte() -> str:
    return (GOLDEN / "depense.xml").read_text("latin-1")


def relire(texte: str, tmp_path: Path, encodage: str = "iso-8859-1") -> object:
    path = tmp_path / "autre.xml"
    path.write_bytes(texte.encode(encodage))
    return lire(path)


def test_un_autre_prefixe(texte: str, tmp_path: Path) -> None:
    autre = texte.replace("n:PES_Aller", "pes_v2:PES_Aller").replace("xmlns:n=", "xmlns:pes_v2=")
    assert relire(autre, tmp_path) == lire(GOLDEN / "depense.xml")


@pytest.mark.parametrize("declaration", ['<?xml version="1.0" encoding="UTF-8"?>', ""])
def test_utf_8_dit_ou_tu(texte: str, declaration: str, tmp_path: Path) -> None:
    autre = declaration + texte.partition("?>")[2]
    assert relire(autre.lstrip(), tmp_path, "utf-8") == lire(GOLDEN / "depense.xml")


def test_commentaires_et_instructions(texte: str, tmp_path: Path) -> None:
    autre = texte.replace("<Piece>", "<!-- <Piece> un & deux --><Piece><?editeur x?>")
    autre = autre.replace("<Bordereau", "<!-- <Bordereau> --><Bordereau")
    assert relire(autre, tmp_path) == lire(GOLDEN / "depense.xml")


def test_blancs_et_balises_ouvertes(texte: str, tmp_path: Path) -> None:
    autre = texte.replace("><", ">\r\n  <").replace(
        '<CodRes V="0"/>', '<CodRes V=" false "></CodRes>'
    )
    assert relire(autre, tmp_path) == lire(GOLDEN / "depense.xml")


def test_une_signature_avec_les_prefixes_de_la_racine(texte: str, tmp_path: Path) -> None:
    signee = texte.replace("xmlns:n=", 'xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:n=')
    signee = signee.replace(
        "</Bordereau>", "<ds:Signature><ds:SignedInfo/></ds:Signature></Bordereau>"
    )
    compte: Counter[str] = Counter()
    path = tmp_path / "signe.xml"
    path.write_bytes(signee.encode("iso-8859-1"))
    assert lire(path, compte) == lire(GOLDEN / "depense.xml")
    assert not compte, "a signature is nobody's business here"


def test_ce_que_le_domaine_ne_garde_pas_est_compte(texte: str, tmp_path: Path) -> None:
    autre = texte.replace("<LiensIdent>", '<Demain><Code V="01"/></Demain><LiensIdent>')
    autre = autre.replace("</EnTetePES>", '<Nouveau V="1"/></EnTetePES>')
    autre = autre.replace("<PES_PJ>", "<PES_Facture/><PES_PJ>")
    path = tmp_path / "autre.xml"
    path.write_bytes(autre.encode("iso-8859-1"))
    compte: Counter[str] = Counter()
    assert lire(path, compte) == lire(GOLDEN / "depense.xml")
    assert compte == Counter(
        {
            "/Bordereau/Piece/LigneDePiece/Demain": 1,
            "/EnTetePES/Nouveau": 1,
            "/PES_Facture": 1,
        }
    )


def test_une_valeur_vide_facultative_est_une_valeur_absente(texte: str, tmp_path: Path) -> None:
    autre = texte.replace('<Fonction V="020"/>', '<Fonction V=""/>')
    path = tmp_path / "autre.xml"
    path.write_bytes(autre.encode("iso-8859-1"))
    assert next(lire(path).bordereaux[0].lignes).fonction is None


@pytest.mark.parametrize(
    ("avant", "apres", "dit"),
    [
        ('<IdPce V="411"/>', '<IdPce V="x"/>', "IdPce"),
        ('<IdPce V="411"/>', "<IdPce/>", "attribut V"),
        ('<IdPce V="411"/>', "", "il manque IdPce"),
        ('<DteBordEm V="2026-11-21"/>', '<DteBordEm V="21/11/2026"/>', "DteBordEm"),
        ("<EnTetePES>", "<EnTetePes>", "EnTetePES"),
        (' MIMEType="application/pdf"', "", "MIMEType"),
        ("<Contenu>", "<Contenant>", "contenu"),
        ("</LigneDePiece>", "</LigneDePece>", "mal formé"),
    ],
)
def test_ce_qui_empeche_de_lire_est_nomme(
    avant: str, apres: str, dit: str, texte: str, tmp_path: Path
) -> None:
    assert avant in texte
    with pytest.raises(DocumentError, match=dit):
        relire(texte.replace(avant, apres), tmp_path)


@pytest.mark.parametrize(
    "contenu",
    [
        b"",
        b"pas du XML",
        b"<autre/>",
        b'<n:PES_Aller xmlns:n="urn:autre"><Enveloppe/><EnTetePES/></n:PES_Aller>',
        b'<?xml version="1.0" encoding="martien"?><n:PES_Aller/>',
        b"<!DOCTYPE x [<!ENTITY a 'b'>]><n:PES_Aller/>",
        "<n:PES_Aller/>".encode("utf-16"),
    ],
)
def test_ce_qui_n_est_pas_un_pes(contenu: bytes, tmp_path: Path) -> None:
    path = tmp_path / "autre.xml"
    path.write_bytes(contenu)
    with pytest.raises(DocumentError):
        lire(path)


@settings(max_examples=150)
@given(data=st.data())
def test_un_fichier_abime_se_lit_ou_se_dit(data: st.DataObject, atelier: Path) -> None:
    """Any byte changed, cut or doubled: a document, or one of our errors; nothing else."""
    octets = bytearray((GOLDEN / "depense.xml").read_bytes())
    place = data.draw(st.integers(0, len(octets) - 1))
    geste = data.draw(st.sampled_from(["coupe", "change", "double", "retire"]))
    if geste == "coupe":
        del octets[place:]
    elif geste == "change":
        octets[place] = data.draw(st.integers(0, 255))
    elif geste == "double":
        octets[place:place] = octets[place : place + 40]
    else:
        del octets[place : place + data.draw(st.integers(1, 40))]
    path = atelier / "abime.xml"
    path.write_bytes(bytes(octets))
    try:
        document = lire(path)
    except VaguemestreError:
        return
    assert document.enveloppe.nom_fichier is not None


def test_les_bordereaux_se_lisent_un_a_un(tmp_path: Path) -> None:
    document = exemples.document(*(exemples.bordereau(n) for n in range(1, 6)))
    ecrire(document, tmp_path / "d.xml")
    assert [b.numero for b in lire_bordereaux(tmp_path / "d.xml")] == [1, 2, 3, 4, 5]


def test_les_exemples_partages_se_lisent() -> None:
    depense = lire(donnees("pes-samples/V01_depense_1mandat_1pj.xml"))
    (bordereau,) = depense.bordereaux
    assert (bordereau.domaine, bordereau.numero) == (Domaine.DEPENSE, 12)
    assert bordereau.montant_ht == Decimal(100)
    assert depense.entete.libelle_budget == "COMMUNE DE DÉMONSTRATION"
    assert [pj.nom for pj in depense.pieces_justificatives] == ["facture_2026_0001.pdf"]
    recette = lire(donnees("pes-samples/V06_recette_reduction_02-02-06.xml"))
    (ligne,) = recette.bordereaux[0].lignes
    assert ligne.rattachement is not None
    assert ligne.rattachement.piece == 87


def test_un_acquit_n_est_pas_un_pes_aller() -> None:
    with pytest.raises(IllisibleError, match="PES_ACQUIT"):
        lire(donnees("pes-samples/K01_acquit_v2_OK_bord+4PJ.xml"))
