"""The first bytes of a file: is it XML we can read, in which encoding, with which root?"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from xml.parsers import expat

from vaguemestre.errors import Anomalie

ESPACE = "http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller"
RACINE = "PES_Aller"
TETE = 1 << 16
_BOM = b"\xef\xbb\xbf"
_ENCODAGE = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
# Encodings in which an ASCII byte is always that ASCII character: what the byte scan relies on.
_ENCODAGES = frozenset(
    [
        "UTF-8",
        "US-ASCII",
        "ASCII",
        "ISO-8859-1",
        "ISO-8859-15",
        "WINDOWS-1252",
        "CP1252",
        "LATIN1",
        "ISO_8859-1",
    ]
)
_REPONSES = {
    "PES_ACQUIT": "un acquit de la DGFiP",
    "PES_Retour": "un retour de la DGFiP",
    "PES_ACQUIT_RETOUR": "un acquit de retour",
}
_MAGIES = (
    (b"PK\x03\x04", "une archive zip"),
    (b"%PDF", "un PDF"),
    (b"\x1f\x8b", "un fichier gzip"),
    (b"\xd0\xcf\x11\xe0", "un document Office"),
)


@dataclass(frozen=True, slots=True)
class Tete:
    """What the first bytes say; `anomalie` when reading stops here."""

    encodage: str
    bom: bool
    anomalie: Anomalie | None = None


def lire(octets: bytes) -> Tete:
    """Judge the first 64 KB of a file."""
    bom = octets.startswith(_BOM)
    declare = _ENCODAGE.search(octets[:512])
    encodage = declare.group(1).decode("ascii").upper() if declare else "UTF-8"
    return Tete(encodage, bom, _refus(octets, encodage))


def _refus(octets: bytes, encodage: str) -> Anomalie | None:
    if not octets:
        return _anomalie(
            "xml.vide", "le fichier est vide", "Refaire l'export, puis redéposer le fichier."
        )
    if octets[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in octets[:64]:
        return _anomalie(
            "xml.encodage",
            "le fichier est en UTF-16, ou n'est pas du XML",
            "Produire le fichier en ISO-8859-1.",
        )
    for magie, nom in _MAGIES:
        if octets.startswith(magie):
            return _anomalie(
                "xml.nature",
                f"ce n'est pas un fichier PES : c'est {nom}",
                "Déposer le fichier XML.",
            )
    if encodage not in _ENCODAGES:
        return _anomalie(
            "xml.encodage",
            f"l'encodage « {encodage} » n'est pas admis",
            "Produire le fichier en ISO-8859-1.",
        )
    if b"<" not in octets:
        return _anomalie(
            "xml.nature", "le fichier n'est pas du XML", "Vérifier que le bon fichier est déposé."
        )
    return _racine(octets)


def _anomalie(regle: str, message: str, conseil: str) -> Anomalie:
    return Anomalie(regle, "fichier", message, ligne=1, conseil=conseil, chemin="/")


class _Vu(Exception):
    """The root element, found: leaves expat."""


def _racine(octets: bytes) -> Anomalie | None:
    """An anomaly when the root is not PES_Aller; None when it is, or when expat sees no root."""
    trouve: list[tuple[str, int]] = []
    analyseur = expat.ParserCreate(namespace_separator="}")

    def debut(nom: str, _: object) -> None:
        trouve.append((nom, analyseur.CurrentLineNumber))
        raise _Vu

    def doctype(*_: object) -> None:
        raise _Vu

    analyseur.StartElementHandler = debut
    analyseur.StartDoctypeDeclHandler = doctype
    with suppress(_Vu, expat.ExpatError, ValueError, LookupError):
        analyseur.Parse(octets, False)
    if not trouve:
        return None
    espace, _, nom = trouve[0][0].rpartition("}")
    if (nom, espace) == (RACINE, ESPACE):
        return None
    return _autre_racine(nom, espace, trouve[0][1])


def _autre_racine(nom: str, espace: str, ligne: int) -> Anomalie:
    if nom in _REPONSES:
        message = f"ce n'est pas un PES Aller : c'est {_REPONSES[nom]}"
        conseil = "Le lire avec « vaguemestre ack »."
    elif nom == RACINE:
        message = f"l'espace de noms « {espace} » n'est pas celui de PES Aller ({ESPACE})"
        conseil = "Régler le logiciel émetteur sur le protocole PES V2."
    else:
        message = f"ce n'est pas un PES Aller : l'élément racine est « {nom} »"
        conseil = "Vérifier que le bon fichier est déposé."
    return Anomalie(
        "xml.racine",
        "fichier",
        message,
        ligne=ligne,
        chemin=f"/{nom}",
        valeur=f"{nom} ({espace})" if espace else nom,
        attendu=f"{RACINE} ({ESPACE})",
        conseil=conseil,
    )
