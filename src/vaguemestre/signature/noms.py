"""RFC 2253 names exactly as Java's X500Principal.getName() writes them.

The DGFiP's verifier compares X509IssuerName with that form, and a difference is a control error
(reference A2). Most specific RDN first, no blanks, nine keywords only; any other type is its
dotted number with the value's DER in hexadecimal, such as `1.2.840.113549.1.9.1=#1614…` for an
e-mail address.
"""

from __future__ import annotations

from asn1crypto import core, parser

_MOTS = {
    "2.5.4.3": "CN",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "0.9.2342.19200300.100.1.25": "DC",
    "0.9.2342.19200300.100.1.1": "UID",
}
_CODAGES = {
    12: "utf-8",
    19: "ascii",
    20: "latin-1",
    22: "ascii",
    27: "ascii",
    28: "utf-32-be",
    30: "utf-16-be",
}
_RESERVES = ',=+<>#;"\\'


def rfc2253(nom: bytes) -> str:
    """The name, given as the DER of an X.501 Name.

    Raises:
        ValueError: not a Name.
    """
    rdns = [_rdn(contenu) for _, contenu, _ in _enfants(_contenu(nom))]
    return ",".join(reversed(rdns))


def _rdn(octets: bytes) -> str:
    return "+".join(_attribut(contenu) for _, contenu, _ in _enfants(octets))


def _attribut(octets: bytes) -> str:
    (_, _, oid_der), (etiquette, valeur, valeur_der) = _enfants(octets)
    oid = core.ObjectIdentifier.load(oid_der).dotted
    codage = _CODAGES.get(etiquette)
    if oid not in _MOTS or codage is None:
        return f"{_MOTS.get(oid, oid)}=#{valeur_der.hex()}"
    return f"{_MOTS[oid]}={_echapper(valeur.decode(codage))}"


def _echapper(texte: str) -> str:
    nu = texte.strip(" ")
    tete = len(texte) - len(texte.lstrip(" "))
    queue = len(texte) - tete - len(nu)
    echappe = "".join(f"\\{c}" if c in _RESERVES else c for c in nu)
    return "\\ " * tete + echappe + "\\ " * queue


def _contenu(octets: bytes) -> bytes:
    return bytes(parser.parse(octets, strict=True)[4])


def _enfants(octets: bytes) -> list[tuple[int, bytes, bytes]]:
    """(tag, content, whole DER) of each element of a constructed value."""
    trouves: list[tuple[int, bytes, bytes]] = []
    while octets:
        longueur = parser.peek(octets)
        entier = octets[:longueur]
        _, _, etiquette, _, contenu, _ = parser.parse(entier)
        trouves.append((etiquette, bytes(contenu), entier))
        octets = octets[longueur:]
    return trouves


def compacter(nom: str) -> str:
    """Without blanks: how two names are compared (reference A2)."""
    return "".join(nom.split())


def nom_commun(nom: bytes) -> str:
    """What a person calls the holder: CN, else the whole name."""
    for _, rdn, _ in reversed(_enfants(_contenu(nom))):
        for _, attribut, _ in _enfants(rdn):
            (_, _, oid_der), (etiquette, valeur, _) = _enfants(attribut)
            if core.ObjectIdentifier.load(oid_der).dotted == "2.5.4.3" and etiquette in _CODAGES:
                return valeur.decode(_CODAGES[etiquette])
    return rfc2253(nom)
