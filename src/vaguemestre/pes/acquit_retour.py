"""PES_ACQUIT_RETOUR: the ordonnateur says that a retour came in (pes.md §11).

Sent like a PES Aller; nothing answers it. One element per domaine of the retour. It is compared
with its schema before anybody gets it.
"""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from vaguemestre.domain.acquits import RetourRecu
from vaguemestre.domain.comptable import EnTete, Enveloppe
from vaguemestre.errors import DocumentError
from vaguemestre.formats.balise import Ecriture, balise
from vaguemestre.formats.bloc import Bloc
from vaguemestre.formats.codecs import JEU, Date, code
from vaguemestre.formats.donnees import donnees
from vaguemestre.pes.communs import ENTETE, ENVELOPPE, VERSION_DOMAINE, texte

ESPACE = "http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller/ack"

# fmt: off
RETOUR_RECU = Bloc[RetourRecu](
    "ElementACQUIT_RETOUR", RetourRecu,
    balise("DomaineAckRetour", code("13 14"), lambda r: r.code_domaine, "code_domaine",
           requis=True),
    balise("NomFichierRetour", texte(100), lambda r: r.nomfic, "nomfic", requis=True),
    balise("TypRestit", code("01 02 03"), lambda r: r.restitution, "restitution", requis=True),
    balise("DateAcquit", Date(), lambda r: r.date, "date", requis=True),
    ref=lambda r: f"retour {r.nomfic}",
)
# fmt: on


def octets_acquit_retour(
    enveloppe: Enveloppe, entete: EnTete, recus: Sequence[RetourRecu]
) -> bytes:
    """The whole file, in ISO-8859-1; equal values give equal bytes.

    Raises:
        DocumentError: nothing to acknowledge, or values that do not fit; all in `.anomalies`.
    """
    if not recus:
        raise DocumentError("le retour ne porte ni dépense ni recette : rien à acquitter")
    sortie = Ecriture()
    sortie.parts.append(
        f'<?xml version="1.0" encoding="ISO-8859-1"?>\n<n:PES_ACQUIT_RETOUR xmlns:n="{ESPACE}">\n'
    )
    ENVELOPPE.ecrire(enveloppe, sortie)
    sortie.parts.append("\n")
    ENTETE.ecrire(entete, sortie)
    sortie.parts.append(
        f'\n<ACQUIT_RETOUR><EnTeteAcquit_Retour><IdVer V="{VERSION_DOMAINE}"/>'
        "</EnTeteAcquit_Retour>"
    )
    for recu in recus:
        RETOUR_RECU.ecrire(recu, sortie)
    sortie.parts.append("\n</ACQUIT_RETOUR>\n</n:PES_ACQUIT_RETOUR>\n")
    if sortie.anomalies:
        premiere = sortie.anomalies[0]
        raise DocumentError(
            f"l'acquit du retour ne peut pas être écrit : {premiere.message}",
            ref=premiere.ref,
            anomalies=tuple(sortie.anomalies),
        )
    octets = sortie.vider().encode(JEU, "xmlcharrefreplace")
    _valider(octets)
    return octets


def _valider(octets: bytes) -> None:
    """What the tables let through and the schema does not is a defect, and must not leave."""
    analyseur = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    chemin = donnees("schemas") / "reponses" / "PES_Acquit_Retour.xsd"
    schema = etree.XMLSchema(etree.parse(chemin, analyseur))
    if not schema.validate(etree.fromstring(octets, analyseur)):
        raise DocumentError(f"l'acquit du retour s'écarte de son schéma : {schema.error_log}")
