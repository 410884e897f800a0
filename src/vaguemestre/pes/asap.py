"""Facturation -> the XML file that a PES carries as a PJ of TypePJ 006, and back.

The file is a PES_Aller of its own, with envelope and header, whose one domain is PES_Facture: the
XSD has no other root for it (« PES_Facture encapsulé dans un PESPJ », reference/pes.md §8.8).
Equal values give equal bytes; what does not fit is refused with its place, all at once.
"""

from __future__ import annotations

from collections import Counter

from lxml import etree

from vaguemestre.domain.asap import Facturation
from vaguemestre.domain.comptable import EnTete, Enveloppe
from vaguemestre.errors import DocumentError, IllisibleError
from vaguemestre.formats.balise import Ecriture
from vaguemestre.formats.codecs import JEU
from vaguemestre.formats.mal_forme import raison
from vaguemestre.pes.build import FERMANTE, OUVRANTE, Monnaie
from vaguemestre.pes.communs import ENTETE, ENVELOPPE
from vaguemestre.pes.facture import PES_FACTURE

MIME_FACTURE = "application/xml"
TYPE_PJ_FACTURE = "006"


def octets_facture(
    facturation: Facturation, enveloppe: Enveloppe, entete: EnTete, *, monnaie: Monnaie = "EUR"
) -> bytes:
    """The file, in ISO-8859-1.

    Raises:
        DocumentError: values that do not fit; all of them in `.anomalies`.
    """
    sortie = Ecriture(sans_centimes=monnaie == "XPF")
    sortie.parts.append(OUVRANTE)
    ENVELOPPE.ecrire(enveloppe, sortie)
    sortie.parts.append("\n")
    ENTETE.ecrire(entete, sortie)
    PES_FACTURE.ecrire(facturation, sortie)
    sortie.parts.append("\n" + FERMANTE)
    if sortie.anomalies:
        premiere = sortie.anomalies[0]
        raise DocumentError(
            f"la facture n'entre pas dans le PES : {premiere.message}",
            ref=premiere.ref,
            anomalies=tuple(sortie.anomalies),
        )
    return sortie.vider().encode(JEU, "xmlcharrefreplace")


def lire_facture(octets: bytes, non_lus: Counter[str] | None = None) -> Facturation:
    """What a PES_Facture says; `non_lus` counts elements without a place in the domain.

    Raises:
        IllisibleError: not XML, or without a PES_Facture.
        DocumentError: an element that has no value, or without which there is no record.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        remove_comments=True,
    )
    try:
        racine = etree.fromstring(octets, parser)
    except etree.XMLSyntaxError as error:
        raise IllisibleError(f"XML mal formé : {raison(error)}") from error
    if racine.getroottree().docinfo.internalDTD is not None:
        raise IllisibleError("le fichier porte un DOCTYPE, refusé par sécurité")
    element = racine.find("PES_Facture")
    if element is None:
        raise IllisibleError("ce fichier ne porte pas de PES_Facture")
    return PES_FACTURE.lire(element, Counter() if non_lus is None else non_lus)
