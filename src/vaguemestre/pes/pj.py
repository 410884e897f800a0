"""Table of PES_PJ (reference/pes.md §5.7), in the order of the XSD 5.30.

`Contenu` stands before these members; `pj_flux` writes it, straight from the disk.

For a régie's receipts the titre carries one PJ that sums them up (accord local 1.3: « seul l'état
récapitulant les numéros et le nombre des quittances délivrées sera produit »): an ordinary PJ of
TypePJ 002 whose Description says « Récapitulatif quittances n° A à n° B (N) ». Intake writes that
text; nothing here knows the receipts themselves.
"""

from __future__ import annotations

from vaguemestre.domain.comptable import PieceJustificative, RefCompta
from vaguemestre.formats.balise import HorsTable, balise
from vaguemestre.formats.bloc import Bloc, objets
from vaguemestre.formats.codecs import Alnum, Annee, Texte, code
from vaguemestre.pes.communs import TYPES_PJ, texte

_NOM_PJ = Texte(
    100,
    significatif=False,
    motif="(?s:.+)\\.[A-Za-z0-9]{2,4}",
    attendu="un nom avec une extension de 2 à 4 lettres ou chiffres",
)
_IDENTIFIANT = Texte(
    20, significatif=True, motif="[0-9a-zA-Z/_]*", attendu="lettres, chiffres, / et _"
)
MIME = Texte(127, motif="[!-~]+/[!-~]+", attendu="type/sous-type, par exemple application/pdf")

# fmt: off
REF_COMPTA = Bloc[RefCompta](
    "RefCompta", RefCompta,
    balise("Domaine", code("01 02 03 04 05 06 07 08 09"), lambda r: r.domaine, "domaine",
           requis=True),
    balise("Exercice", Annee(), lambda r: r.exercice, "exercice", requis=True),
    balise("TypeObjet", code("01 02 03 04 05 06 07 08 09 10"), lambda r: r.type_objet, "type_objet",
           requis=True),
    balise("Identifiant", _IDENTIFIANT, lambda r: r.identifiant, "identifiant"),
    balise("ComplementIdentifiant", Alnum(20), lambda r: r.complement, "complement"),
    balise("IdTiers", texte(15), lambda r: r.id_tiers, "id_tiers"),
)

PJ = Bloc[PieceJustificative](
    "PJ", PieceJustificative,
    HorsTable("Contenu", requis=True, tu=True),
    balise("IdUnique", Alnum(50), lambda p: p.id_unique, "id_unique", requis=True),
    balise("ServeurId", Alnum(20), lambda p: p.serveur, "serveur"),
    balise("NomPJ", _NOM_PJ, lambda p: p.nom, "nom", requis=True),
    balise("TypePJ", TYPES_PJ, lambda p: p.type, "type"),
    balise("Description", texte(250), lambda p: p.description, "description", requis=True),
    objets(REF_COMPTA, lambda p: p.references, "references"),
    ref=lambda p: f"PJ {p.id_unique}",
    a_la_ligne=True,
)
# fmt: on
