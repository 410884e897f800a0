"""A second opinion: the cryptography of every signature, checked again by `signxml`.

Another implementation of XMLDSig than ours, on a tree of the whole file; `verify --second` shows
both. It says nothing of certificates, dates or roles, which `verification` judges. The settings
follow reference A6: the place of each signature is given, never searched, and two references are
expected. Memory is several times the file's size, once per signature in turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from vaguemestre.errors import IllisibleError
from vaguemestre.formats.mal_forme import raison
from vaguemestre.signature.carte import DS, cartographier
from vaguemestre.signature.epissure import FichierLu

_SIGNATURE = f"{{{DS}}}Signature"


@dataclass(frozen=True, slots=True)
class SecondAvis:
    """One signature: @Id of the element that holds it, verdict, the library's reason."""

    id: str
    valide: bool
    motif: str = ""

    def as_json(self) -> dict[str, object]:
        return {"id": self.id, "valide": self.valide, "motif": self.motif}


def verifier_avec_signxml(path: Path, *, sha1: bool = False) -> tuple[SecondAvis, ...]:
    """Verify digests and signature value of every ds:Signature, in document order.

    `sha1` accepts SHA-1 (archives). The certificate is the first of each KeyInfo; whether to
    trust it is not asked here.

    Raises:
        IllisibleError: not well-formed XML, a DOCTYPE.
    """
    with FichierLu(path) as lecture:
        # The strict map refuses what a tree would let through (DOCTYPE, odd encodings).
        cartographier(lecture)
        octets = lecture.lire(0, lecture.taille)
    try:
        racine = etree.fromstring(octets, _analyseur())
    except etree.XMLSyntaxError as error:
        raise IllisibleError(f"XML mal formé : {raison(error)}") from error
    return tuple(_avis(racine, signature, sha1) for signature in racine.iter(_SIGNATURE))


def _analyseur() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)


def _avis(racine: etree._Element, signature: etree._Element, sha1: bool) -> SecondAvis:
    parent = signature.getparent()
    if parent is None:
        return SecondAvis("", False, "la signature est l'élément racine")
    identifiant = parent.get("Id", "")
    certificat = signature.find(f"{{{DS}}}KeyInfo/{{{DS}}}X509Data/{{{DS}}}X509Certificate")
    if certificat is None:
        return SecondAvis(identifiant, False, "la signature ne porte pas de certificat")
    if sum(1 for enfant in parent if enfant.tag == _SIGNATURE) > 1:
        return SecondAvis(identifiant, False, "plusieurs signatures sur un même élément")
    try:
        resultats = XMLVerifier().verify(
            racine,
            x509_cert=_pem("".join((certificat.text or "").split())),
            id_attribute="Id",
            parser=_analyseur(),
            expect_config=_configuration(racine, parent, sha1),
        )
    except (SignXMLException, InvalidSignature, ValueError) as error:
        return SecondAvis(identifiant, False, str(error) or type(error).__name__)
    signe = resultats[0].signed_xml if isinstance(resultats, list) else resultats.signed_xml
    if signe is None or signe.tag != parent.tag or signe.get("Id") != parent.get("Id"):
        return SecondAvis(identifiant, False, "ce qui est signé n'est pas l'élément porteur")
    return SecondAvis(identifiant, True)


def _configuration(
    racine: etree._Element, parent: etree._Element, sha1: bool
) -> SignatureConfiguration:
    chemin = racine.getroottree().getelementpath(parent)
    lieu = "./" if chemin == "." else f"./{chemin}/"
    if sha1:
        return SignatureConfiguration(
            location=lieu,
            expect_references=2,
            signature_methods=frozenset(SignatureMethod),
            digest_algorithms=frozenset(DigestAlgorithm),
        )
    return SignatureConfiguration(location=lieu, expect_references=2)


def _pem(base64: str) -> str:
    lignes = "\n".join(base64[i : i + 64] for i in range(0, len(base64), 64))
    return f"-----BEGIN CERTIFICATE-----\n{lignes}\n-----END CERTIFICATE-----\n"
