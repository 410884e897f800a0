"""Full PES documents made from the model: the ground the mutants stand on. All bodies and people
are invented.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from tests.unit.schemas.modele import DS, Balise, Groupe, Modele, Signature, lire
from tests.unit.schemas.valeurs import typique

ALLER = "http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller"
XADES = {"1.1.1": "http://uri.etsi.org/01903/v1.1.1#", "1.2.2": "http://uri.etsi.org/01903/v1.2.2#"}
NOUVEAUTES = frozenset(
    {
        "VentilationMarche",
        "TVAImportation",
        "ImpayeRegie",
        "EnvRetour",
        "CadreFacturation",
        "NatFacture",
        "CommentaireLibre",
        "DossierFElectronique",
    }
)
LIGNE = (("LigneFacture", 0),)
LIGNE_ET_TITRE = (("LigneFacture", 0), ("RefTitre", 0))
REMISE = (("RefTitre", 1), ("Quantite", 2), ("Quantite1", 2))
ROLE = (("RefTitre", 1),)
MARCHES = (("Marches", 0),)
AVENANT_NU = frozenset({"(DureeEnMois)", "(MontantHTNotifie)", "(MontantHTEstime)"})
_EXC = "http://www.w3.org/2001/10/xml-exc-c14n#"
_SHA = "http://www.w3.org/2001/04/xmlenc#sha256"
_FACTICE = base64.b64encode(bytes(range(32))).decode()


@dataclass(frozen=True, slots=True)
class Variante:
    """What one base document holds.

    `branche` chooses in every xs:choice, `choix` in the one whose first element has that name;
    `signature` is the XAdES version of each bordereau, `globale` that of the file; `sans` leaves
    out elements, and optional groups by the name of their first element in brackets.
    """

    nom: str
    domaines: tuple[str, ...]
    branche: int = 0
    signature: str = ""
    globale: str = ""
    sans: frozenset[str] = NOUVEAUTES
    minimal: bool = False
    choix: tuple[tuple[str, int], ...] = ()


VARIANTES = (
    Variante("depense_iban", ("PES_DepenseAller",), branche=1, signature="1.1.1"),
    Variante("depense_rib", ("PES_DepenseAller",), branche=0, signature="1.2.2"),
    Variante("depense_nouveautes", ("PES_DepenseAller",), branche=1, sans=frozenset()),
    Variante("recette_prelevement", ("PES_RecetteAller",), branche=0, signature="1.2.2"),
    Variante("recette_sepa", ("PES_RecetteAller",), branche=1, signature="1.1.1"),
    Variante("recette_nouveautes", ("PES_RecetteAller",), branche=1, sans=frozenset()),
    Variante("pj", ("PES_PJ",)),
    Variante("global_111", ("PES_DepenseAller", "PES_PJ"), globale="1.1.1", minimal=True),
    Variante("global_122", ("PES_RecetteAller", "PES_PJ"), globale="1.2.2", minimal=True),
    Variante("enveloppe", ("PES_DepenseAller",), minimal=True),
    Variante("recette_ormc", ("PES_RecetteAller", "PES_PJ"), branche=1, globale="1.1.1"),
)
# The domains of their own campaign: invoices (ASAP), public contracts and concessions.
VARIANTES_ASAP_MARCHE = (
    Variante("asap_quantite", ("PES_Facture",), branche=0),
    Variante("asap_periode", ("PES_Facture",), branche=1, choix=LIGNE_ET_TITRE),
    Variante("asap_remise", ("PES_Facture",), branche=2),
    Variante("asap_patient", ("PES_Facture",), branche=1, choix=(("RefTitre", 0),)),
    Variante("asap_electronique", ("PES_Facture",), branche=0, sans=frozenset()),
    Variante("asap_ormc", ("PES_Facture",), branche=1, choix=LIGNE, sans=frozenset()),
    Variante("asap_ormc_remise", ("PES_Facture",), choix=REMISE, sans=frozenset()),
    Variante("asap_role", ("PES_Facture",), choix=ROLE),
    Variante("asap_minimal", ("PES_Facture", "PES_PJ"), globale="1.1.1", minimal=True),
    Variante("marche_rib", ("PES_Marche",), branche=0),
    Variante("marche_iban", ("PES_Marche",), branche=1, choix=MARCHES),
    Variante("marche_etranger", ("PES_Marche",), branche=2, choix=MARCHES, sans=AVENANT_NU),
    Variante("concessions", ("PES_Marche",), branche=1),
    Variante("marche_minimal", ("PES_Marche", "PES_PJ"), globale="1.2.2", minimal=True),
    Variante("tout", ("PES_RecetteAller", "PES_Facture", "PES_Marche"), minimal=True),
)


def signature(version: str, cible: str, numero: int = 1) -> etree._Element:
    """A ds:Signature of the policy's shape; digests and certificate are fillers, only the
    structure is meant.
    """
    xad = XADES[version]
    p = "xad" if version == "1.1.1" else "ds"
    sig = f"SIG_{numero}"
    empreinte = f'<ds:DigestMethod Algorithm="{_SHA}"/><ds:DigestValue>{_FACTICE}</ds:DigestValue>'
    digest = f'<{p}:DigestMethod Algorithm="{_SHA}"/><{p}:DigestValue>{_FACTICE}</{p}:DigestValue>'
    return etree.fromstring(
        f'<ds:Signature xmlns:ds="{DS}" Id="{sig}"><ds:SignedInfo>'
        f'<ds:CanonicalizationMethod Algorithm="{_EXC}"/>'
        '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>'
        f'<ds:Reference URI="#{cible}"><ds:Transforms>'
        f'<ds:Transform Algorithm="{DS}enveloped-signature"/>'
        f'<ds:Transform Algorithm="{_EXC}"/></ds:Transforms>'
        f"{empreinte}</ds:Reference>"
        f'<ds:Reference Type="{xad}SignedProperties" URI="#{sig}_SP">'
        f'<ds:Transforms><ds:Transform Algorithm="{_EXC}"/></ds:Transforms>'
        f"{empreinte}</ds:Reference>"
        f'</ds:SignedInfo><ds:SignatureValue Id="{sig}_SV">{_FACTICE}</ds:SignatureValue>'
        f"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{_FACTICE}</ds:X509Certificate>"
        "</ds:X509Data></ds:KeyInfo>"
        f'<ds:Object><xad:QualifyingProperties xmlns:xad="{xad}" Target="#{sig}">'
        f'<xad:SignedProperties Id="{sig}_SP"><xad:SignedSignatureProperties>'
        "<xad:SigningTime>2026-11-21T08:30:00Z</xad:SigningTime>"
        f"<xad:SigningCertificate><xad:Cert><xad:CertDigest>{digest}</xad:CertDigest><xad:IssuerSerial>"
        "<ds:X509IssuerName>CN=AC Fictive,O=Mairie de Valfleuri,C=FR</ds:X509IssuerName>"
        "<ds:X509SerialNumber>340282366920938463463374607431768211455</ds:X509SerialNumber>"
        "</xad:IssuerSerial></xad:Cert></xad:SigningCertificate>"
        "<xad:SignaturePolicyIdentifier><xad:SignaturePolicyId><xad:SigPolicyId>"
        "<xad:Identifier>urn:oid:1.2.250.1.131.1.5.18.21.1.7</xad:Identifier></xad:SigPolicyId>"
        f"<xad:SigPolicyHash>{digest}</xad:SigPolicyHash><xad:SigPolicyQualifiers><xad:SigPolicyQualifier>"
        "<xad:SPURI>https://valfleuri.example/politique.pdf</xad:SPURI></xad:SigPolicyQualifier>"
        "</xad:SigPolicyQualifiers></xad:SignaturePolicyId></xad:SignaturePolicyIdentifier>"
        "<xad:SignatureProductionPlace><xad:City>Valfleuri</xad:City><xad:PostalCode>98800</xad:PostalCode>"
        "<xad:CountryName>France</xad:CountryName></xad:SignatureProductionPlace>"
        "<xad:SignerRole><xad:ClaimedRoles><xad:ClaimedRole>Maire</xad:ClaimedRole></xad:ClaimedRoles></xad:SignerRole>"
        "</xad:SignedSignatureProperties></xad:SignedProperties></xad:QualifyingProperties></ds:Object></ds:Signature>"
    )


def batir(modele: Modele, variante: Variante) -> etree._Element:
    """One base document, valid for our 5.30."""
    return _Batisseur(modele, variante).document()


def bases(version: str = "5.30") -> dict[str, etree._Element]:
    """Every base document by name."""
    modele = lire(version)
    every = (*VARIANTES, *VARIANTES_ASAP_MARCHE)
    return {variante.nom: batir(modele, variante) for variante in every}


class _Batisseur:
    def __init__(self, modele: Modele, variante: Variante) -> None:
        self.modele = modele
        self.variante = variante
        self.signatures = 0

    def document(self) -> etree._Element:
        root = etree.Element(f"{{{ALLER}}}PES_Aller", nsmap={"n": ALLER})
        wanted = {"Enveloppe", "EnTetePES", *self.variante.domaines}
        for balise in self.modele.balises(self.modele.racine):
            if balise.nom in wanted:
                root.append(self.element(balise))
        if self.variante.globale:
            root.set("Id", "FLUX_1")
            root.append(self._signature(self.variante.globale, "FLUX_1"))
        return root

    def element(self, balise: Balise) -> etree._Element:
        """One element with all it may hold."""
        node = etree.Element(balise.nom)
        if balise.type in self.modele.feuilles:
            node.set("V", typique(self.modele.feuilles[balise.type]))
        elif balise.type == "FichierPJ":
            node.set("MIMEType", "application/pdf")
            node.text = _FACTICE
        else:
            node.extend(self.contenu(self.modele.blocs[balise.type], node))
        return node

    def contenu(self, groupe: Groupe, parent: etree._Element) -> Iterator[etree._Element]:
        if groupe.genre == "choice":
            parts = [groupe.contenu[self._branche(groupe)]]
        else:
            parts = list(groupe.contenu)
        for part in parts:
            if isinstance(part, Groupe):
                if part.mini or self._garder_groupe(part):
                    yield from self.contenu(part, parent)
            elif isinstance(part, Signature):
                yield from self._signer(parent)
            elif part.nom not in self.variante.sans and (part.mini or self._garder(part)):
                yield self.element(part)

    def _branche(self, groupe: Groupe) -> int:
        first = self.modele.balises(groupe)[0].nom
        chosen = dict(self.variante.choix).get(first, self.variante.branche)
        return chosen % len(groupe.contenu)

    def _garder_groupe(self, groupe: Groupe) -> bool:
        first = self.modele.balises(groupe)[0].nom
        return not self.variante.minimal and f"({first})" not in self.variante.sans

    def _garder(self, balise: Balise) -> bool:
        """A minimal document keeps only what a one-line deposit needs beyond the mandatory."""
        return not self.variante.minimal or balise.nom in {"Tiers", "PJ"}

    def _signer(self, parent: etree._Element) -> Iterator[etree._Element]:
        if self.variante.signature:
            cible = f"BORD_{self.signatures + 1}"
            parent.set("Id", cible)
            yield self._signature(self.variante.signature, cible)

    def _signature(self, version: str, cible: str) -> etree._Element:
        self.signatures += 1
        return signature(version, cible, self.signatures)
