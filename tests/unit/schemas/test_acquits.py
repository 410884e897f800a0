"""The acquit schemas: v1 and v2, whole and broken, against our own samples and the shared ones."""

from __future__ import annotations

import pytest
from lxml import etree

from tests.partage import DONNEES, donnees
from tests.unit.schemas.classes import nom
from tests.unit.schemas.modele import SCHEMAS
from tests.unit.schemas.verdicts import analyseur, blame, charger

RETOUR = "http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/retour"
ESPACES = {"v1": RETOUR, "v2": f"{RETOUR}/v2"}
ORIGINAUX = {"v1": "PES_V2_Acquit_Autonome.xsd", "v2": "PES_V2_Acquit_Autonome_V2.xsd"}
_ERREUR = '<NumAnoAck V="ERREUR_AUTRE"/><LibelleAnoAck V="1963 - Domiciliation erronée"/>'
CORPS = {
    "v1": '<DomaineAck V="5"/><EtatAck V="0"/><ExerciceBord V="2026"/><NumBord V="72"/>'
    f'<NumPiece V="832"/><NumLigne V="1"/>{_ERREUR}',
    "v2": '<DomaineAck V="5"/><EtatAck V="0"/><NumBord V="72"/><ExerciceBord V="2026"/>'
    f"<Erreur>{_ERREUR}</Erreur>"
    f'<DetailPiece><NumPiece V="832"/><Erreur>{_ERREUR}</Erreur>'
    f'<DetailLigne><NumLigne V="1"/><Erreur>{_ERREUR}</Erreur></DetailLigne></DetailPiece>',
}
PJ = '<DomaineAck V="4"/><EtatAck V="true"/><IdUnique V="PJ001"/>'
BRISES = (
    ('<EtatAck V="0"/>', '<EtatAck V="KO"/>', "EtatAck"),
    ('<EtatAck V="0"/>', "", None),
    ('<DomaineAck V="5"/>', '<DomaineAck V="13"/>', "DomaineAck"),
    ('V="ERREUR_AUTRE"', 'V="ERREUR_INCONNUE"', "NumAnoAck"),
    ('<NumPiece V="832"/>', '<NumPiece V="83-2"/>', "NumPiece"),
    ('<NumLigne V="1"/>', '<Ligne V="1"/>', "Ligne"),
    ('<NumBord V="72"/>', '<NumBord V="12345678"/>', "NumBord"),
    ("</ElementACQUIT><ElementACQUIT>", "</ElementACQUIT><Element/><ElementACQUIT>", "Element"),
)


def acquit(version: str, corps: str | None = None) -> str:
    """An acquit of one refused bordereau and one accepted PJ, invented."""
    body = CORPS[version] if corps is None else corps
    return (
        f'<n:PES_ACQUIT xmlns:n="{ESPACES[version]}"><Enveloppe><Parametres><Version V="2"/>'
        '<TypFic V="PESALR2"/><NomFic V="PESALR2_VALFLEURI"/></Parametres>'
        '<Emetteur><Sigle V="HELIOS"/><Adresse V="Guichet 1"/></Emetteur></Enveloppe>'
        '<EnTetePES><DteStr V="2026-11-21"/><IdPost V="988001"/><IdColl V="98800112345678"/>'
        '<CodCol V="400"/><CodBud V="00"/></EnTetePES>'
        f'<ACQUIT><EnTeteAcquit><IdVer V="2"/></EnTeteAcquit><ElementACQUIT>{body}</ElementACQUIT>'
        f"<ElementACQUIT>{PJ}</ElementACQUIT></ACQUIT></n:PES_ACQUIT>"
    )


def schema(version: str) -> etree.XMLSchema:
    return charger(SCHEMAS / "5.30" / f"PES_Acquit_{version}.xsd")


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_un_acquit_complet_est_valide(version: str) -> None:
    assert blame(schema(version), etree.fromstring(acquit(version))) == ""


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("brise", BRISES, ids=[str(brise[2]) for brise in BRISES])
def test_un_acquit_brise_est_blame_comme_par_l_original(
    version: str, brise: tuple[str, str, str | None]
) -> None:
    before, after, element = brise
    text = acquit(version)
    assert before in text
    root = etree.fromstring(text.replace(before, after, 1))
    blamed = blame(schema(version), root)
    assert blamed != ""
    if element is not None:
        assert nom(blamed) == element
    original = DONNEES / "pes-xsd/schemas_pes_v5.30_rebuilt/PES_V2/Rev0" / ORIGINAUX[version]
    if original.exists():
        assert blame(charger(original), root) == blamed


def test_une_version_ne_prend_pas_l_acquit_de_l_autre() -> None:
    assert nom(blame(schema("v1"), etree.fromstring(acquit("v2")))) == "PES_ACQUIT"
    assert nom(blame(schema("v2"), etree.fromstring(acquit("v1")))) == "PES_ACQUIT"


def test_v2_accepte_un_acquit_de_pj_seule_et_de_marche() -> None:
    marche = '<DomaineAck V="11"/><EtatAck V="1"/><IdMarche V="2026-014"/>'
    assert blame(schema("v2"), etree.fromstring(acquit("v2", PJ))) == ""
    assert blame(schema("v2"), etree.fromstring(acquit("v2", marche))) == ""


@pytest.mark.parametrize(
    "fichier", ["K01_acquit_v2_OK_bord+4PJ.xml", "K04_acquit_v2_KO_ligne_1963-domiciliation.xml"]
)
def test_les_acquits_de_reference_sont_valides(fichier: str) -> None:
    path = donnees("pes-samples") / fichier
    assert blame(schema("v2"), etree.parse(str(path), analyseur()).getroot()) == ""
