"""The text of a ds:Signature in the DGFiP's profile: enveloped XAdES-EPES (reference A1-A2).

One line, prefixes `ds` and `xad` as the DGFiP's extractor needs them, namespaces declared on
Signature and on QualifyingProperties themselves, so that the signature means the same wherever
it stands.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from vaguemestre.config.sections import Politique
from vaguemestre.signature.carte import DS, canonique
from vaguemestre.signature.certificats import titulaire

EXC_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPPEE = f"{DS}enveloped-signature"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
XADES = {
    "1.1.1": "http://uri.etsi.org/01903/v1.1.1#",
    "1.2.2": "http://uri.etsi.org/01903/v1.2.2#",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionsSignature:
    """How to sign; the names and defaults are those of `[signature]` in the configuration."""

    mode: Literal["bordereau", "globale"] = "bordereau"
    xades: Literal["1.1.1", "1.2.2"] = "1.1.1"
    role: str = "Ordonnateur"
    ville: str = "PARIS"
    code_postal: str = "75000"
    pays: str = "France"
    politique: Politique = field(default_factory=Politique)


@dataclass(frozen=True, slots=True)
class Modele:
    """All that does not change from one bordereau to the next."""

    certificat: str
    proprietes: str
    espace: str

    def proprietes_de(self, id_signature: str) -> str:
        """QualifyingProperties of one signature."""
        return (
            f'<xad:QualifyingProperties xmlns:xad="{self.espace}" Target="#{id_signature}">'
            f'<xad:SignedProperties Id="{id_signature}_SP">{self.proprietes}'
            "</xad:SignedProperties></xad:QualifyingProperties>"
        )


def modele(certificat: bytes, options: OptionsSignature, quand: datetime) -> Modele:
    """Prepare the constant part. `certificat` is DER, `quand` aware."""
    espace = XADES[options.xades]
    # XAdES 1.1.1 has digest elements of its own; from 1.2.2 on they are XMLDSig's.
    prefixe = "xad" if options.xades == "1.1.1" else "ds"
    texte = "".join(
        [
            "<xad:SignedSignatureProperties><xad:SigningTime>",
            quand.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "</xad:SigningTime>",
            _certificat(certificat, prefixe),
            _politique(options.politique, prefixe),
            "<xad:SignatureProductionPlace>",
            _balise("City", options.ville),
            _balise("PostalCode", options.code_postal),
            _balise("CountryName", options.pays),
            "</xad:SignatureProductionPlace><xad:SignerRole><xad:ClaimedRoles>",
            _balise("ClaimedRole", " ".join(options.role.split())),
            "</xad:ClaimedRoles></xad:SignerRole></xad:SignedSignatureProperties>",
        ]
    )
    return Modele(b64encode(certificat).decode("ascii"), texte, espace)


def _balise(nom: str, texte: str) -> str:
    return f"<xad:{nom}>{escape(texte)}</xad:{nom}>"


def _empreinte(prefixe: str, algorithme: str, valeur: str) -> str:
    return (
        f"<{prefixe}:DigestMethod Algorithm={quoteattr(algorithme)}></{prefixe}:DigestMethod>"
        f"<{prefixe}:DigestValue>{escape(valeur)}</{prefixe}:DigestValue>"
    )


def _certificat(certificat: bytes, prefixe: str) -> str:
    qui = titulaire(certificat)
    empreinte = b64encode(hashlib.sha256(certificat).digest()).decode("ascii")
    return (
        "<xad:SigningCertificate><xad:Cert><xad:CertDigest>"
        f"{_empreinte(prefixe, SHA256, empreinte)}</xad:CertDigest><xad:IssuerSerial>"
        f"<ds:X509IssuerName>{escape(qui.emetteur)}</ds:X509IssuerName>"
        f"<ds:X509SerialNumber>{qui.numero}</ds:X509SerialNumber>"
        "</xad:IssuerSerial></xad:Cert></xad:SigningCertificate>"
    )


def _politique(politique: Politique, prefixe: str) -> str:
    return (
        "<xad:SignaturePolicyIdentifier><xad:SignaturePolicyId><xad:SigPolicyId>"
        f"{_balise('Identifier', politique.identifiant)}"
        f"{_balise('Description', politique.description)}</xad:SigPolicyId><xad:SigPolicyHash>"
        f"{_empreinte(prefixe, politique.algorithme, politique.empreinte)}</xad:SigPolicyHash>"
        "<xad:SigPolicyQualifiers><xad:SigPolicyQualifier>"
        f"{_balise('SPURI', politique.url)}</xad:SigPolicyQualifier></xad:SigPolicyQualifiers>"
        "</xad:SignaturePolicyId></xad:SignaturePolicyIdentifier>"
    )


def signed_info(modele: Modele, id_element: str, id_signature: str, empreinte: bytes) -> str:
    """SignedInfo of one signature; `empreinte` is the SHA-256 of the canonical element."""
    proprietes = empreinte_canonique(modele.proprietes_de(id_signature))
    return (
        f'<ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{EXC_C14N}"/>'
        f'<ds:SignatureMethod Algorithm="{RSA_SHA256}"/>'
        f"{_reference(id_element, '', (ENVELOPPEE, EXC_C14N), empreinte)}"
        f"{_reference(f'{id_signature}_SP', modele.espace, (EXC_C14N,), proprietes)}"
        "</ds:SignedInfo>"
    )


def _reference(cible: str, espace: str, transformations: tuple[str, ...], empreinte: bytes) -> str:
    genre = f' Type="{espace}SignedProperties"' if espace else ""
    suite = "".join(f'<ds:Transform Algorithm="{t}"/>' for t in transformations)
    return (
        f'<ds:Reference{genre} URI="#{cible}"><ds:Transforms>{suite}</ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{SHA256}"/>'
        f"<ds:DigestValue>{b64encode(empreinte).decode('ascii')}</ds:DigestValue></ds:Reference>"
    )


def _analyser(texte: str) -> etree._Element:
    analyseur = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.fromstring(f'<ds:Signature xmlns:ds="{DS}">{texte}</ds:Signature>', analyseur)[0]


def empreinte_canonique(qualifiantes: str) -> bytes:
    """SHA-256 of the canonical SignedProperties inside QualifyingProperties."""
    return hashlib.sha256(canonique(_analyser(qualifiantes)[0])).digest()


def a_signer(signed: str) -> bytes:
    """The bytes that the key signs: canonical SignedInfo."""
    return canonique(_analyser(signed))


def signature(modele: Modele, id_signature: str, signed: str, valeur: bytes) -> str:
    """The whole ds:Signature element."""
    return (
        f'<ds:Signature xmlns:ds="{DS}" Id="{id_signature}">{signed}'
        f'<ds:SignatureValue Id="{id_signature}_SV">{b64encode(valeur).decode("ascii")}'
        "</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>"
        f"{modele.certificat}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
        f"<ds:Object>{modele.proprietes_de(id_signature)}</ds:Object></ds:Signature>"
    )
