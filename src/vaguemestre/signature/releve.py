"""What a ds:Signature says, read strictly and without judging it (reference A2).

A missing or doubled element is not guessed: its field stays empty and the controls say so.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from dataclasses import dataclass

from lxml import etree

from vaguemestre.signature.carte import DS, canonique
from vaguemestre.signature.proprietes import EXC_C14N, XADES

EXC_C14N_COMMENTAIRES = f"{EXC_C14N}WithComments"
_PROPRIETES = {f"{{{espace}}}SignedProperties" for espace in XADES.values()}


@dataclass(frozen=True, slots=True)
class Reference:
    """One ds:Reference. `inclusifs`: a transform carries an InclusiveNamespaces list."""

    uri: str | None
    transformations: tuple[str, ...]
    algorithme: str
    empreinte: bytes | None
    inclusifs: bool


@dataclass(frozen=True, slots=True)
class EmpreinteCertificat:
    """SigningCertificate/Cert."""

    algorithme: str
    empreinte: bytes | None
    emetteur: str
    numero: str


@dataclass(frozen=True, slots=True)
class Proprietes:
    """The SignedProperties that the second reference designates, with its canonical bytes."""

    canonique: bytes
    date: str
    certificats: tuple[EmpreinteCertificat, ...]
    politique: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Releve:
    """One ds:Signature. `proprietes` maps each SignedProperties @Id found inside to its content."""

    canonicalisation: str
    methode: str
    references: tuple[Reference, ...]
    signed_info: bytes
    valeur: bytes | None
    certificats: tuple[bytes, ...]
    proprietes: dict[str, Proprietes]
    nombre_proprietes: int
    enfants: tuple[str, ...]
    inclusifs: bool


def relever(signature: etree._Element) -> Releve | None:
    """Read the element; None when SignedInfo is not there exactly once."""
    infos = signature.findall(f"{{{DS}}}SignedInfo")
    if len(infos) != 1:
        return None
    info = infos[0]
    methode = _algorithme(info, f"{{{DS}}}CanonicalizationMethod")
    toutes = [e for e in signature.iter(*_PROPRIETES) if _a_sa_place(e, signature)]
    return Releve(
        canonicalisation=methode,
        methode=_algorithme(info, f"{{{DS}}}SignatureMethod"),
        references=tuple(_reference(r) for r in info.findall(f"{{{DS}}}Reference")),
        signed_info=canonique(info, commentaires=methode == EXC_C14N_COMMENTAIRES),
        valeur=_base64(_seul(signature, f"{{{DS}}}SignatureValue")),
        certificats=_certificats(signature),
        proprietes={e.get("Id", ""): _proprietes(e) for e in toutes},
        nombre_proprietes=sum(1 for _ in signature.iter(*_PROPRIETES)),
        enfants=tuple(etree.QName(e).localname for e in signature.iterchildren(etree.Element)),
        inclusifs=info.find(f"{{{DS}}}CanonicalizationMethod/*") is not None,
    )


def _a_sa_place(proprietes: etree._Element, signature: etree._Element) -> bool:
    """In QualifyingProperties, in a ds:Object of this very signature."""
    qualifiantes = proprietes.getparent()
    objet = None if qualifiantes is None else qualifiantes.getparent()
    return (
        qualifiantes is not None
        and objet is not None
        and etree.QName(qualifiantes).localname == "QualifyingProperties"
        and etree.QName(qualifiantes).namespace == etree.QName(proprietes).namespace
        and objet.tag == f"{{{DS}}}Object"
        and objet.getparent() is signature
    )


def _reference(element: etree._Element) -> Reference:
    transformations = element.findall(f"{{{DS}}}Transforms/{{{DS}}}Transform")
    return Reference(
        element.get("URI"),
        tuple(t.get("Algorithm", "") for t in transformations),
        _algorithme(element, f"{{{DS}}}DigestMethod"),
        _base64(_seul(element, f"{{{DS}}}DigestValue")),
        any(len(t) for t in transformations),
    )


def _certificats(signature: etree._Element) -> tuple[bytes, ...]:
    chemin = f"{{{DS}}}KeyInfo/{{{DS}}}X509Data/{{{DS}}}X509Certificate"
    lus = (_base64(element) for element in signature.findall(chemin))
    return tuple(der for der in lus if der)


def _proprietes(element: etree._Element) -> Proprietes:
    espace = f"{{{etree.QName(element).namespace}}}"
    base = f"{espace}SignedSignatureProperties/{espace}"
    politique = (
        f"{base}SignaturePolicyIdentifier/{espace}SignaturePolicyId/{espace}SigPolicyId/"
        f"{espace}Identifier"
    )
    roles = f"{base}SignerRole/{espace}ClaimedRoles/{espace}ClaimedRole"
    certificats = element.findall(f"{base}SigningCertificate/{espace}Cert")
    return Proprietes(
        canonique=canonique(element),
        date=_texte(_seul(element, f"{base}SigningTime")),
        certificats=tuple(_certificat(cert, espace) for cert in certificats),
        politique=_texte(_seul(element, politique)),
        roles=tuple(_texte(role) for role in element.findall(roles)),
    )


def _certificat(cert: etree._Element, espace: str) -> EmpreinteCertificat:
    # XAdES 1.1.1 has its own digest elements, 1.2.2 XMLDSig's; senders mix them, both are read.
    digest = f"{espace}CertDigest/"
    methode = cert.find(f"{digest}{espace}DigestMethod")
    if methode is None:
        methode = cert.find(f"{digest}{{{DS}}}DigestMethod")
    valeur = cert.find(f"{digest}{espace}DigestValue")
    if valeur is None:
        valeur = cert.find(f"{digest}{{{DS}}}DigestValue")
    serie = f"{espace}IssuerSerial/{{{DS}}}"
    return EmpreinteCertificat(
        "" if methode is None else methode.get("Algorithm", ""),
        _base64(valeur),
        _texte(cert.find(f"{serie}X509IssuerName")),
        _texte(cert.find(f"{serie}X509SerialNumber")),
    )


def _seul(element: etree._Element, chemin: str) -> etree._Element | None:
    trouves = element.findall(chemin)
    return trouves[0] if len(trouves) == 1 else None


def _algorithme(element: etree._Element, chemin: str) -> str:
    trouve = _seul(element, chemin)
    return "" if trouve is None else trouve.get("Algorithm", "")


def _texte(element: etree._Element | None) -> str:
    # A comment or a child would split the text; such an element is read as empty, then refused.
    return "" if element is None or len(element) else (element.text or "").strip()


def _base64(element: etree._Element | None) -> bytes | None:
    if element is None or len(element):
        return None
    try:
        return b64decode("".join((element.text or "").split()), validate=True)
    except (binascii.Error, ValueError):
        return None
