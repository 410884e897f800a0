"""Signatures that others make: SHA-1 archives, a global one over signed bordereaux, 1.2.2 mixes.

They are made with `xmlsec`, from a file of ours whose ds:Signature serves as template.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import xmlsec
from lxml import etree

from tests.unit.signature.fabrique import (
    CERTS,
    QUAND,
    cent_vingt,
    cle,
    complet,
    confiance,
    depense,
    domaine_depense,
    pes,
)
from vaguemestre.signature.confiance import Confiance
from vaguemestre.signature.seconde import verifier_avec_signxml
from vaguemestre.signature.verification import Verification, verifier
from vaguemestre.signature.xades import OptionsSignature, signer

DS = "{http://www.w3.org/2000/09/xmldsig#}"
_SHA256 = b"http://www.w3.org/2001/04/xmlenc#sha256"
_RSA_SHA256 = b"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"


def _resigner(octets: bytes, dossier: Path) -> Path:
    """Every signature of the file made again, in document order, by another implementation."""
    racine = etree.fromstring(octets, etree.XMLParser(huge_tree=True))
    xmlsec.tree.add_ids(racine, ["Id"])
    for signature in racine.iter(f"{DS}Signature"):
        contexte = xmlsec.SignatureContext()
        p12 = (CERTS / "signataire.p12").read_bytes()
        contexte.key = xmlsec.Key.from_memory(p12, xmlsec.KeyFormat.PKCS12_PEM, "vaguemestre")
        for donnees in signature.iter(f"{DS}X509Data"):
            parent = donnees.getparent()
            assert parent is not None
            parent.remove(donnees)
        certificat = octets.split(b"<ds:X509Certificate>")[1].split(b"<")[0]
        contexte.sign(signature)
        cle_info = signature.find(f"{DS}KeyInfo")
        assert cle_info is not None
        bloc = etree.SubElement(cle_info, f"{DS}X509Data")
        etree.SubElement(bloc, f"{DS}X509Certificate").text = certificat.decode()
    path = dossier / "autre.xml"
    etree.ElementTree(racine).write(path, xml_declaration=True, encoding="ISO-8859-1")
    return path


def _signe(dossier: Path, octets: bytes, mode: str = "bordereau") -> bytes:
    source, vers = dossier / "s.xml", dossier / "v.xml"
    source.write_bytes(octets)
    signer(source, vers, cle(), OptionsSignature(mode=mode), QUAND, cent_vingt)  # type: ignore[arg-type]
    return vers.read_bytes()


def _regles(verification: Verification) -> set[str]:
    return {anomalie.regle for anomalie in verification.toutes}


UN = pes(domaine_depense(depense()))


def test_une_autre_implementation_signe_de_meme(tmp_path: Path) -> None:
    path = _resigner(_signe(tmp_path, complet()), tmp_path)
    assert verifier(path, confiance(), QUAND).verdict == "valide"


def test_une_globale_sur_des_bordereaux_signes(tmp_path: Path) -> None:
    """Allowed when the bordereaux were signed first (reference A5)."""
    globale = _signe(tmp_path, UN, "globale")
    signature = globale[globale.index(b"<ds:Signature ") : globale.rindex(b"</n:PES_Aller>")]
    signe = _signe(tmp_path, UN).replace(b"<n:PES_Aller ", b'<n:PES_Aller Id="PES1" ')
    path = _resigner(signe.replace(b"</n:PES_Aller>", signature + b"</n:PES_Aller>"), tmp_path)
    verification = verifier(path, confiance(), QUAND)
    assert verification.verdict == "valide", _regles(verification)
    assert [s.element for s in verification.signatures] == ["bordereau 12", "flux"]
    assert [avis.valide for avis in verifier_avec_signxml(path)] == [True, True]
    path.write_bytes(path.read_bytes().replace(b"ESSAI_001", b"ESSAI_002"))
    verification = verifier(path, confiance(), QUAND)
    assert [s.valide for s in verification.signatures] == [True, False]


def test_sha1_seulement_pour_les_archives(tmp_path: Path) -> None:
    octets = _signe(tmp_path, UN).replace(
        _RSA_SHA256, b"http://www.w3.org/2000/09/xmldsig#rsa-sha1"
    )
    tete, reste = octets.split(b"<ds:SignedInfo>")
    info, suite = reste.split(b"</ds:SignedInfo>")
    info = info.replace(_SHA256, b"http://www.w3.org/2000/09/xmldsig#sha1")
    path = _resigner(tete + b"<ds:SignedInfo>" + info + b"</ds:SignedInfo>" + suite, tmp_path)
    assert _regles(verifier(path, confiance(), QUAND)) == {"sig.algorithme"}
    apres = replace(confiance(), sha1_avant=date(2026, 11, 22))
    assert verifier(path, apres, QUAND).verdict == "valide"
    avant = replace(confiance(), sha1_avant=date(2026, 11, 21))
    assert _regles(verifier(path, avant, QUAND)) == {"sig.algorithme"}
    assert [a.valide for a in verifier_avec_signxml(path)] == [False]
    assert [a.valide for a in verifier_avec_signxml(path, sha1=True)] == [True]


_DECLARATIONS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "date sans Z": (lambda o: o.replace(b"T10:00:00Z", b"T10:00:00"), "sig.date"),
    "date illisible": (lambda o: o.replace(b"T10:00:00Z", b"T25:00:00Z"), "sig.date"),
    "rôle vide": (lambda o: o.replace(b">Ordonnateur<", b"> <"), "sig.role"),
    "sans politique": (
        lambda o: o.replace(b"urn:oid:1.2.250.1.131.1.5.18.21.1.7", b""),
        "sig.politique",
    ),
    "émetteur": (
        lambda o: o.replace(b"C=FR</ds:X509Iss", b"C=BE</ds:X509Iss"),
        "sig.certificat.emetteur",
    ),
    "numéro": (
        lambda o: o.replace(b"<ds:X509SerialNumber>", b"<ds:X509SerialNumber>1"),
        "sig.certificat.numero",
    ),
    "empreinte": (
        lambda o: o.replace(b"<xad:DigestValue>", b"<xad:DigestValue>AAAA", 1),
        "sig.certificat.empreinte",
    ),
    "sans SigningCertificate": (
        lambda o: o.replace(b"xad:Cert>", b"xad:Autre>"),
        "sig.certificat.propriete",
    ),
    "liste inclusive": (
        lambda o: o.replace(
            b'<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>',
            b'<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#">'
            b'<InclusiveNamespaces xmlns="http://www.w3.org/2001/10/xml-exc-c14n#" '
            b'PrefixList="zz"/>'
            b"</ds:Transform>",
            1,
        ),
        "sig.transformation",
    ),
}


@pytest.mark.parametrize("nom", _DECLARATIONS)
def test_une_declaration_fausse_mais_signee(nom: str, tmp_path: Path) -> None:
    alterer, regle = _DECLARATIONS[nom]
    avant = _signe(tmp_path, UN)
    apres = alterer(avant)
    assert apres != avant
    assert _regles(verifier(_resigner(apres, tmp_path), confiance(), QUAND)) == {regle}


@pytest.mark.parametrize(
    "alterer",
    [
        lambda o: o.replace(b",CN=", b", CN="),
        lambda o: o.replace(b'Target="#', b'Target="'),
        lambda o: o.replace(
            b'xml-exc-c14n#"/><ds:SignatureM', b'xml-exc-c14n#WithComments"/><ds:SignatureM'
        ),
    ],
)
def test_les_variantes_admises(alterer: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = _resigner(alterer(_signe(tmp_path, UN)), tmp_path)
    assert verifier(path, confiance(), QUAND).verdict == "valide"


def test_les_intermediaires_de_keyinfo_servent(tmp_path: Path) -> None:
    octets = _signe(tmp_path, UN)
    emettrice = b64encode(confiance().intermediaires[0])
    chaine = octets.replace(
        b"</ds:X509Certificate>",
        b"</ds:X509Certificate><ds:X509Certificate>" + emettrice + b"</ds:X509Certificate>",
    )
    path = tmp_path / "x.xml"
    path.write_bytes(chaine)
    sans: Confiance = replace(confiance(), intermediaires=())
    assert verifier(path, sans, QUAND).verdict == "valide"
    path.write_bytes(octets)
    assert _regles(verifier(path, sans, QUAND)) == {"sig.chaine"}
    path.write_bytes(chaine.replace(emettrice, b64encode(b"rien")))
    assert verifier(path, confiance(), QUAND).verdict == "valide"
