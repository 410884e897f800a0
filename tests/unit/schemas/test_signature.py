"""The signature schemas: both XAdES namespaces, and what PES_Aller.xsd really checks of them."""

from __future__ import annotations

from copy import deepcopy

import pytest

from tests.unit.schemas.classes import nom
from tests.unit.schemas.documents import VARIANTES, XADES, batir, signature
from tests.unit.schemas.modele import DS, SCHEMAS, lire
from tests.unit.schemas.verdicts import blame, charger, notre

STRICT = SCHEMAS / "signature" / "signature_stricte.xsd"


@pytest.mark.parametrize("version", sorted(XADES))
def test_la_structure_signee_est_valide_dans_les_deux_espaces_de_noms(version: str) -> None:
    assert blame(charger(STRICT), signature(version, "BORD_1")) == ""


@pytest.mark.parametrize("version", sorted(XADES))
@pytest.mark.parametrize(
    ("element", "blamed"),
    [
        ("Cert", "SigningCertificate"),
        ("SPURI", "SigPolicyQualifier"),
        ("ClaimedRole", "ClaimedRoles"),
        ("SigPolicyHash", None),
    ],
)
def test_un_element_manquant_est_vu(version: str, element: str, blamed: str | None) -> None:
    root = signature(version, "BORD_1")
    node = next(root.iter(f"{{{XADES[version]}}}{element}"))
    parent = node.getparent()
    assert parent is not None
    parent.remove(node)
    said = blame(charger(STRICT), root)
    if version == "1.2.2" and element == "SPURI":
        assert said == "", "1.2.2 laisse libre le contenu d'un qualifieur de politique"
    else:
        assert said != ""
        assert blamed is None or nom(said) == blamed


@pytest.mark.parametrize(("version", "attendu"), [("1.1.1", DS), ("1.2.2", XADES["1.2.2"])])
def test_l_empreinte_du_certificat_est_dans_le_bon_espace_de_noms(
    version: str, attendu: str
) -> None:
    root = signature(version, "BORD_1")
    digest = next(root.iter(f"{{{XADES[version]}}}CertDigest"))
    digest[0].tag = f"{{{attendu}}}DigestMethod"
    assert nom(blame(charger(STRICT), root)) == "DigestMethod"


def test_un_numero_de_serie_long_passe() -> None:
    root = signature("1.1.1", "BORD_1")
    next(root.iter(f"{{{DS}}}X509SerialNumber")).text = "9" * 60
    assert blame(charger(STRICT), root) == ""


def test_pes_aller_verifie_xades_1_1_1_et_laisse_1_2_2_comme_l_original() -> None:
    model = lire("5.30")
    for variante in VARIANTES[:2]:
        root = deepcopy(batir(model, variante))
        namespace = XADES[variante.signature]
        node = next(root.iter(f"{{{namespace}}}SigningTime"))
        node.text = "hier"
        said = blame(notre("5.30"), root)
        assert nom(said) == ("SigningTime" if variante.signature == "1.1.1" else "")


@pytest.mark.parametrize("place", ["Bordereau", "PES_Aller"])
def test_une_seconde_signature_est_refusee(place: str) -> None:
    model = lire("5.30")
    root = batir(model, VARIANTES[0] if place == "Bordereau" else VARIANTES[7])
    target = root if place == "PES_Aller" else next(root.iter("Bordereau"))
    target.append(signature("1.1.1", "X", 9))
    assert nom(blame(notre("5.30"), root)) == "Signature"
