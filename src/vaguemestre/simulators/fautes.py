"""One fault for each rule: what editors try their own checks with.

Each takes a valid file apart and spoils one thing; the rule named is among those that `check` then
tells. The faults are a table, in the order of the catalogue's families.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass

from lxml import etree

from vaguemestre.domain.comptable import Domaine
from vaguemestre.errors import DocumentError

Racine = etree._Element
Abimer = Callable[[Racine], None]
D, R = Domaine.DEPENSE, Domaine.RECETTE


@dataclass(frozen=True, slots=True)
class Faute:
    """`regle` is what `check` says of it; `quoi` what was done, in French."""

    regle: str
    domaine: Domaine
    quoi: str
    abimer: Abimer


def appliquer(faute: Faute, octets: bytes) -> bytes:
    """The same file, with that fault."""
    analyseur = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True
    )
    racine = etree.fromstring(octets, analyseur)
    faute.abimer(racine)
    neuf = etree.tostring(racine, encoding="ISO-8859-1", xml_declaration=True)
    return neuf if isinstance(neuf, bytes) else neuf.encode("iso-8859-1")


def _premier(racine: Racine, chemin: str) -> Racine:
    trouve = racine.find(f".//{chemin}")
    if trouve is None:
        raise DocumentError(f"le fichier n'a pas de {chemin}")
    return trouve


def _parent(noeud: Racine) -> Racine:
    parent = noeud.getparent()
    if parent is None:
        raise DocumentError("la racine n'a pas de parent")
    return parent


def _mettre(chemin: str, valeur: str) -> Abimer:
    return lambda racine: _premier(racine, chemin).set("V", valeur)


def _oter(chemin: str) -> Abimer:
    def faire(racine: Racine) -> None:
        noeud = _premier(racine, chemin)
        _parent(noeud).remove(noeud)

    return faire


def _apres(chemin: str, *feuilles: tuple[str, str]) -> Abimer:
    """Leaves added after an element; those that stand there already are replaced."""

    def faire(racine: Racine) -> None:
        noeud = _premier(racine, chemin)
        for nom, valeur in feuilles:
            for ancien in _parent(noeud).findall(nom):
                _parent(noeud).remove(ancien)
            neuf = etree.Element(nom, V=valeur)
            noeud.addnext(neuf)
            noeud = neuf

    return faire


def _doubler(chemin: str) -> Abimer:
    def faire(racine: Racine) -> None:
        noeud = _premier(racine, chemin)
        noeud.addnext(deepcopy(noeud))

    return faire


def _suite(*gestes: Abimer) -> Abimer:
    def faire(racine: Racine) -> None:
        for geste in gestes:
            geste(racine)

    return faire


def _sans_tva(racine: Racine) -> None:
    for nom in ("MtTVA", "MtBordTVA"):
        for noeud in list(racine.iter(nom)):
            _parent(noeud).remove(noeud)


def _vider(racine: Racine) -> None:
    for enfant in list(racine)[2:]:
        racine.remove(enfant)


def _sans_piece(racine: Racine) -> None:
    bordereau = _premier(racine, "Bordereau")
    for piece in bordereau.findall("Piece"):
        bordereau.remove(piece)


def _contenu(octets: bytes, *, comprimer: bool = True) -> Abimer:
    paquet = gzip.compress(octets, mtime=0) if comprimer else octets

    def faire(racine: Racine) -> None:
        _premier(racine, "Fichier").text = base64.b64encode(paquet).decode("ascii")

    return faire


def _texte(texte: str) -> Abimer:
    def faire(racine: Racine) -> None:
        _premier(racine, "Fichier").text = texte

    return faire


def _mime(valeur: str) -> Abimer:
    return lambda racine: _premier(racine, "Fichier").set("MIMEType", valeur)


def _bordereau_jumeau(racine: Racine) -> None:
    """The same number under another type."""
    _doubler("Bordereau")(racine)
    _mettre("TypBord", "03")(racine)


def _rib(cle: str) -> Abimer:
    feuilles = {
        "CodeEtab": "30001",
        "CodeGuic": "00794",
        "IdCpte": "12345678901",
        "CleRib": cle,
    }

    def faire(racine: Racine) -> None:
        compte = _premier(racine, "CpteBancaire")
        for nom in ("BIC", "IBAN"):
            for noeud in compte.findall(nom):
                compte.remove(noeud)
        for rang, (nom, valeur) in enumerate(feuilles.items()):
            compte.insert(rang, etree.Element(nom, V=valeur))

    return faire


def _ref_compta(**feuilles: str) -> Abimer:
    def faire(racine: Racine) -> None:
        pj = _premier(racine, "PJ")
        bloc = etree.SubElement(pj, "RefCompta")
        for nom, valeur in feuilles.items():
            etree.SubElement(bloc, nom, V=valeur)

    return faire


_PDF_COURT = b"%PDF-1.4\n%%EOF\n"
_COMPTA = {"Domaine": "01", "Exercice": "2026", "TypeObjet": "01"}

FAUTES: tuple[Faute, ...] = (
    Faute(
        "pes.enveloppe.version", D, "une enveloppe de version 3", _mettre("Parametres/Version", "3")
    ),
    Faute("pes.enveloppe.typfic", D, "un type de fichier inconnu", _mettre("TypFic", "PESX")),
    Faute("pes.fichier.vide", D, "aucun bordereau, aucune pièce", _vider),
    Faute(
        "pes.entete.idcoll",
        D,
        "un SIRET dont la clé est fausse",
        _mettre("EnTetePES/IdColl", "21980001800019"),
    ),
    Faute(
        "pes.entete.finjur.cle",
        D,
        "un FINESS dont la clé est fausse",
        _apres("EnTetePES/IdColl", ("FinJur", "750712185")),
    ),
    Faute(
        "pes.domaine.idver",
        D,
        "un bloc des dépenses de version 3",
        _mettre("EnTeteDepense/IdVer", "3"),
    ),
    Faute("pes.pes_pj.idver", D, "un bloc des PJ de version 2", _mettre("EnTetePES_PJ/IdVer", "2")),
    Faute("pes.bordereau.double", D, "deux fois le même bordereau", _doubler("Bordereau")),
    Faute(
        "pes.bordereau.indistinct",
        D,
        "deux bordereaux que le type seul distingue",
        _bordereau_jumeau,
    ),
    Faute("pes.bordereau.nbrpce", D, "un nombre de pièces faux", _mettre("NbrPce", "99")),
    Faute("pes.bordereau.nbrpce", R, "un nombre de titres faux", _mettre("NbrPce", "99")),
    Faute("pes.bordereau.montant_ht", D, "un total HT faux", _mettre("MtBordHT", "0.01")),
    Faute("pes.bordereau.montant_ht", R, "un total HT de titres faux", _mettre("MtBordHt", "0.01")),
    Faute(
        "pes.bordereau.montant_tva",
        D,
        "un total de TVA faux",
        _suite(
            _sans_tva,
            _apres("MtBordHT", ("MtBordTVA", "1.00")),
            _apres("InfoLignePce/MtHT", ("MtTVA", "2.00")),
        ),
    ),
    Faute(
        "pes.bordereau.tva_sans_ligne",
        D,
        "une TVA que nulle ligne ne porte",
        _suite(_sans_tva, _apres("MtBordHT", ("MtBordTVA", "20.00"))),
    ),
    Faute(
        "pes.bordereau.tva_absente",
        D,
        "une ligne avec TVA, aucune au bordereau",
        _suite(_sans_tva, _apres("InfoLignePce/MtHT", ("MtTVA", "20.00"))),
    ),
    Faute(
        "pes.bordereau.cumul",
        D,
        "dématérialisé, sans cumul annuel",
        _mettre("InfoDematerialisee", "1"),
    ),
    Faute(
        "pes.bordereau.cumul_inferieur",
        D,
        "un cumul annuel plus petit que le bordereau",
        _apres("NbrPce", ("MtCumulAnnuel", "0.01")),
    ),
    Faute("pes.bordereau.typbord", D, "un type de bordereau de recette", _mettre("TypBord", "04")),
    Faute("pes.bordereau.typbord", R, "un type de bordereau de dépense", _mettre("TypBord", "05")),
    Faute("pes.bordereau.date", R, "un bordereau émis en 1899", _mettre("DteBordEm", "1899-12-31")),
    Faute("pes.bordereau.exercice", D, "un exercice trop ancien", _mettre("Exer", "2020")),
    Faute(
        "pes.bordereau.reserve_ormc",
        R,
        "un objet réservé aux rôles",
        _apres("MtBordHt", ("Objet", "ROLE")),
    ),
    Faute("pes.piece.double", D, "deux fois le même mandat", _doubler("Piece")),
    Faute("pes.piece.double", R, "deux fois le même titre", _doubler("Piece")),
    Faute(
        "pes.piece.triplet",
        D,
        "une nature de mandat qui ne va pas avec son type",
        _mettre("NatPce", "12"),
    ),
    Faute("pes.piece.typpce", R, "un type de titre réservé", _mettre("TypPce", "08")),
    Faute("pes.piece.typpce_retour", D, "un type de pièce des retours", _mettre("TypPce", "12")),
    Faute("pes.ligne.double", D, "deux fois la même ligne", _doubler("LigneDePiece")),
    Faute("pes.ligne.modregl", D, "un virement sans compte bancaire", _oter("CpteBancaire")),
    Faute(
        "pes.ligne.mttva",
        R,
        "une TVA nulle dans un titre",
        _apres("InfoLignePiece/MtHT", ("MtTVA", "0")),
    ),
    Faute(
        "pes.ligne.majoration",
        R,
        "une majoration sans date ni taux",
        _apres("InfoLignePiece/Nature", ("Majo", "1")),
    ),
    Faute(
        "pes.tiers.identifiant.seul",
        D,
        "un identifiant sans sa nature",
        _oter("InfoTiers/NatIdTiers"),
    ),
    Faute(
        "pes.tiers.identifiant",
        D,
        "un SIRET de tiers dont la clé est fausse",
        _mettre("InfoTiers/IdTiers", "73282932000075"),
    ),
    Faute(
        "pes.tiers.nir",
        D,
        "un numéro de sécurité sociale",
        _suite(
            _mettre("InfoTiers/IdTiers", "255081416802538"), _mettre("InfoTiers/NatIdTiers", "04")
        ),
    ),
    Faute(
        "pes.tiers.civilite",
        D,
        "une civilité pour une société",
        _apres("InfoTiers/NatJur", ("Civilite", "M")),
    ),
    Faute(
        "pes.tiers.mademoiselle",
        R,
        "une civilité qui n'a plus cours",
        _mettre("InfoTiers/Civilite", "MLLE"),
    ),
    Faute("pes.tiers.prenom", R, "une personne sans prénom", _oter("InfoTiers/Prenom")),
    Faute(
        "pes.tiers.couple", D, "une société qui serait un couple", _mettre("InfoTiers/NatJur", "10")
    ),
    Faute("pes.adresse.cp", D, "un code postal de quatre chiffres", _mettre("Adresse/CP", "9880")),
    Faute("pes.adresse.pays", D, "un non-résident sans pays", _mettre("Adresse/CodRes", "1")),
    Faute(
        "pes.compte.iban",
        D,
        "un IBAN dont la clé est fausse",
        _mettre("CpteBancaire/IBAN", "FR7630001007941234567890186"),
    ),
    Faute(
        "pes.compte.iban.casse",
        D,
        "un IBAN en minuscules",
        _mettre("CpteBancaire/IBAN", "fr7630001007941234567890185"),
    ),
    Faute("pes.compte.rib", D, "un RIB dont la clé est fausse", _rib("86")),
    Faute(
        "pes.compte.bic",
        D,
        "un IBAN étranger sans BIC",
        _suite(_oter("CpteBancaire/BIC"), _mettre("CpteBancaire/IBAN", "DE89370400440532013000")),
    ),
    Faute(
        "pes.compte.bic.inconnu",
        D,
        "un BIC d'un pays qui n'existe pas",
        _mettre("CpteBancaire/BIC", "BDFEZZPPCCT"),
    ),
    Faute(
        "sig.absente",
        D,
        "dématérialisé, et pas signé",
        _suite(
            _mettre("InfoDematerialisee", "1"), _apres("NbrPce", ("MtCumulAnnuel", "99999999.00"))
        ),
    ),
    Faute("xsd.fichier.base64", D, "une PJ qui n'est pas du base64", _texte("AAA*")),
    Faute("pj.vide", D, "une PJ vide", _texte("")),
    Faute(
        "pj.gzip",
        D,
        "une PJ qui n'est pas comprimée",
        _contenu(b"%PDF-1.4\n1 0 obj<<>>endobj\n%%EOF\n", comprimer=False),
    ),
    Faute("pj.abimee", D, "un PDF coupé", _contenu(b"%PDF-1.4\n1 0 obj<</Type/Ca")),
    Faute("pj.fragile", D, "un PDF sans table des objets", _contenu(_PDF_COURT)),
    Faute("pj.mime", D, "un PDF annoncé comme une image", _mime("image/png")),
    Faute("pj.mime.inconnu", D, "un type MIME inconnu", _mime("application/x-inconnu")),
    Faute("pj.extension", D, "un PDF nommé .png", _mettre("PES_PJ/PJ/NomPJ", "facture.png")),
    Faute(
        "pj.refcompta.identifiant",
        D,
        "un rattachement comptable sans identifiant",
        _ref_compta(**_COMPTA),
    ),
    Faute("pj.double", D, "deux fois la même PJ", _doubler("PES_PJ/PJ")),
    Faute("pj.orpheline", D, "une PJ que rien ne cite", _oter("PJRef")),
    Faute(
        "pj.support", D, "une PJ présente et dite absente du flux", _mettre("PJRef/Support", "02")
    ),
    Faute("registre.pjref.inconnue", D, "une PJ citée, et absente du fichier", _oter("PES_PJ/PJ")),
    Faute("xsd.nbrpce.nombre", D, "un nombre de pièces en lettres", _mettre("NbrPce", "abc")),
    Faute("xsd.typbord.code", D, "un type de bordereau qui n'existe pas", _mettre("TypBord", "99")),
    Faute("xsd.dtebordem.date", D, "une date à la française", _mettre("DteBordEm", "31/12/2026")),
    Faute("xsd.mtbordht.nombre", D, "un montant avec une virgule", _mettre("MtBordHT", "12,50")),
    Faute("xsd.ville.longueur", D, "une ville trop longue", _mettre("Adresse/Ville", "A" * 40)),
    Faute("xsd.bordereau.incomplet", D, "un bordereau sans pièce", _sans_piece),
)
