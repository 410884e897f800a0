"""One fault for each rule: what editors try their own checks with.

Each takes a valid file apart and spoils one thing; the rule named is among those that `check` then
tells. The faults are a table, in the order of the catalogue's families.
"""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from vaguemestre.domain.comptable import Domaine
from vaguemestre.simulators.gestes import (
    Abimer,
    apres,
    bordereau_jumeau,
    contenu,
    doubler,
    mettre,
    mime,
    oter,
    rattacher,
    ref_compta,
    rib,
    sans_piece,
    sans_tva,
    seule_ligne,
    suite,
    texte,
    vider,
)

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


_PDF_COURT = b"%PDF-1.4\n%%EOF\n"
_COMPTA = {"Domaine": "01", "Exercice": "2026", "TypeObjet": "01"}

FAUTES: tuple[Faute, ...] = (
    Faute(
        "pes.enveloppe.version", D, "une enveloppe de version 3", mettre("Parametres/Version", "3")
    ),
    Faute("pes.enveloppe.typfic", D, "un type de fichier inconnu", mettre("TypFic", "PESX")),
    Faute("pes.fichier.vide", D, "aucun bordereau, aucune pièce", vider),
    Faute(
        "pes.entete.idcoll",
        D,
        "un SIRET dont la clé est fausse",
        mettre("EnTetePES/IdColl", "21980001800019"),
    ),
    Faute(
        "pes.entete.finjur.cle",
        D,
        "un FINESS dont la clé est fausse",
        apres("EnTetePES/IdColl", ("FinJur", "750712185")),
    ),
    Faute(
        "pes.domaine.idver",
        D,
        "un bloc des dépenses de version 3",
        mettre("EnTeteDepense/IdVer", "3"),
    ),
    Faute("pes.pes_pj.idver", D, "un bloc des PJ de version 2", mettre("EnTetePES_PJ/IdVer", "2")),
    Faute("pes.bordereau.double", D, "deux fois le même bordereau", doubler("Bordereau")),
    Faute(
        "pes.bordereau.indistinct",
        D,
        "deux bordereaux que le type seul distingue",
        bordereau_jumeau,
    ),
    Faute("pes.bordereau.nbrpce", D, "un nombre de pièces faux", mettre("NbrPce", "99")),
    Faute("pes.bordereau.nbrpce", R, "un nombre de titres faux", mettre("NbrPce", "99")),
    Faute("pes.bordereau.montant_ht", D, "un total HT faux", mettre("MtBordHT", "0.01")),
    Faute("pes.bordereau.montant_ht", R, "un total HT de titres faux", mettre("MtBordHt", "0.01")),
    Faute(
        "pes.bordereau.montant_tva",
        D,
        "un total de TVA faux",
        suite(
            sans_tva,
            apres("MtBordHT", ("MtBordTVA", "1.00")),
            apres("InfoLignePce/MtHT", ("MtTVA", "2.00")),
        ),
    ),
    Faute(
        "pes.bordereau.tva_sans_ligne",
        D,
        "une TVA que nulle ligne ne porte",
        suite(sans_tva, apres("MtBordHT", ("MtBordTVA", "20.00"))),
    ),
    Faute(
        "pes.bordereau.tva_absente",
        D,
        "une ligne avec TVA, aucune au bordereau",
        suite(sans_tva, apres("InfoLignePce/MtHT", ("MtTVA", "20.00"))),
    ),
    Faute(
        "pes.bordereau.cumul",
        D,
        "dématérialisé, sans cumul annuel",
        mettre("InfoDematerialisee", "1"),
    ),
    Faute(
        "pes.bordereau.cumul_inferieur",
        D,
        "un cumul annuel plus petit que le bordereau",
        apres("NbrPce", ("MtCumulAnnuel", "0.01")),
    ),
    Faute("pes.bordereau.typbord", D, "un type de bordereau de recette", mettre("TypBord", "04")),
    Faute("pes.bordereau.typbord", R, "un type de bordereau de dépense", mettre("TypBord", "05")),
    Faute("pes.bordereau.date", R, "un bordereau émis en 1899", mettre("DteBordEm", "1899-12-31")),
    Faute("pes.bordereau.exercice", D, "un exercice trop ancien", mettre("Exer", "2020")),
    Faute(
        "pes.bordereau.reserve_ormc",
        R,
        "un objet réservé aux rôles",
        apres("MtBordHt", ("Objet", "ROLE")),
    ),
    Faute("pes.piece.double", D, "deux fois le même mandat", doubler("Piece")),
    Faute("pes.piece.double", R, "deux fois le même titre", doubler("Piece")),
    Faute(
        "pes.piece.triplet",
        D,
        "une nature de mandat qui ne va pas avec son type",
        mettre("NatPce", "12"),
    ),
    Faute("pes.piece.typpce", R, "un type de titre réservé", mettre("TypPce", "08")),
    Faute("pes.piece.typpce_retour", D, "un type de pièce des retours", mettre("TypPce", "12")),
    Faute("pes.ligne.double", D, "deux fois la même ligne", doubler("LigneDePiece")),
    Faute("pes.ligne.modregl", D, "un virement sans compte bancaire", oter("CpteBancaire")),
    Faute(
        "pes.ligne.mttva",
        R,
        "une TVA nulle dans un titre",
        apres("InfoLignePiece/MtHT", ("MtTVA", "0")),
    ),
    Faute(
        "pes.ligne.majoration",
        R,
        "une majoration sans date ni taux",
        apres("InfoLignePiece/Nature", ("Majo", "1")),
    ),
    Faute("pes.piece.ligne_unique", D, "une ligne seule, numérotée 3", seule_ligne("3")),
    Faute("pes.ligne.lien.emprunt", D, "un emprunt sans son numéro", mettre("NatPce", "04")),
    Faute("pes.ligne.lien.actif", D, "un inventaire sans numéro", mettre("NatPce", "03")),
    Faute("pes.ligne.lien.regie", R, "une régie sans son numéro", mettre("NatPce", "05")),
    Faute("pes.ligne.lien.marche", D, "un mandat sur marché sans marché", mettre("TypPce", "09")),
    Faute(
        "pes.ligne.rattachement.marche",
        D,
        "un mandat sur marché rattaché à un mandat",
        suite(mettre("TypPce", "09"), rattacher("InfoLignePce", "01", ligne="1")),
    ),
    Faute(
        "pes.ligne.rattachement.encaissement",
        R,
        "un titre ordinaire rattaché à un encaissement",
        rattacher("InfoLignePiece", "03"),
    ),
    Faute(
        "pes.ligne.rattachement.majoration",
        R,
        "une liste de majoration sans majoration",
        rattacher("InfoLignePiece", "05"),
    ),
    Faute(
        "pes.piece.dteasp.edition",
        R,
        "un avis daté, que la DGFiP envoie",
        apres("NatPce", ("DteAsp", "2026-12-31"), ("Edition", "01")),
    ),
    Faute(
        "pes.tiers.identifiant.seul",
        D,
        "un identifiant sans sa nature",
        oter("InfoTiers/NatIdTiers"),
    ),
    Faute(
        "pes.tiers.identifiant",
        D,
        "un SIRET de tiers dont la clé est fausse",
        mettre("InfoTiers/IdTiers", "73282932000075"),
    ),
    Faute(
        "pes.tiers.nir",
        D,
        "un numéro de sécurité sociale",
        suite(mettre("InfoTiers/IdTiers", "255081416802538"), mettre("InfoTiers/NatIdTiers", "04")),
    ),
    Faute(
        "pes.tiers.civilite",
        D,
        "une civilité pour une société",
        apres("InfoTiers/NatJur", ("Civilite", "M")),
    ),
    Faute(
        "pes.tiers.mademoiselle",
        R,
        "une civilité qui n'a plus cours",
        mettre("InfoTiers/Civilite", "MLLE"),
    ),
    Faute("pes.tiers.prenom", R, "une personne sans prénom", oter("InfoTiers/Prenom")),
    Faute(
        "pes.tiers.couple", D, "une société qui serait un couple", mettre("InfoTiers/NatJur", "10")
    ),
    Faute("pes.adresse.cp", D, "un code postal de quatre chiffres", mettre("Adresse/CP", "9880")),
    Faute("pes.adresse.pays", D, "un non-résident sans pays", mettre("Adresse/CodRes", "1")),
    Faute(
        "pes.compte.iban",
        D,
        "un IBAN dont la clé est fausse",
        mettre("CpteBancaire/IBAN", "FR7630001007941234567890186"),
    ),
    Faute(
        "pes.compte.iban.casse",
        D,
        "un IBAN en minuscules",
        mettre("CpteBancaire/IBAN", "fr7630001007941234567890185"),
    ),
    Faute("pes.compte.rib", D, "un RIB dont la clé est fausse", rib("86")),
    Faute(
        "pes.compte.bic",
        D,
        "un IBAN étranger sans BIC",
        suite(oter("CpteBancaire/BIC"), mettre("CpteBancaire/IBAN", "DE89370400440532013000")),
    ),
    Faute(
        "pes.compte.bic.inconnu",
        D,
        "un BIC d'un pays qui n'existe pas",
        mettre("CpteBancaire/BIC", "BDFEZZPPCCT"),
    ),
    Faute(
        "sig.absente",
        D,
        "dématérialisé, et pas signé",
        suite(mettre("InfoDematerialisee", "1"), apres("NbrPce", ("MtCumulAnnuel", "99999999.00"))),
    ),
    Faute("xsd.fichier.base64", D, "une PJ qui n'est pas du base64", texte("AAA*")),
    Faute("pj.vide", D, "une PJ vide", texte("")),
    Faute(
        "pj.gzip",
        D,
        "une PJ qui n'est pas comprimée",
        contenu(b"%PDF-1.4\n1 0 obj<<>>endobj\n%%EOF\n", comprimer=False),
    ),
    Faute("pj.abimee", D, "un PDF coupé", contenu(b"%PDF-1.4\n1 0 obj<</Type/Ca")),
    Faute("pj.fragile", D, "un PDF sans table des objets", contenu(_PDF_COURT)),
    Faute("pj.mime", D, "un PDF annoncé comme une image", mime("image/png")),
    Faute("pj.mime.inconnu", D, "un type MIME inconnu", mime("application/x-inconnu")),
    Faute("pj.extension", D, "un PDF nommé .png", mettre("PES_PJ/PJ/NomPJ", "facture.png")),
    Faute(
        "pj.refcompta.identifiant",
        D,
        "un rattachement comptable sans identifiant",
        ref_compta(**_COMPTA),
    ),
    Faute("pj.double", D, "deux fois la même PJ", doubler("PES_PJ/PJ")),
    Faute("pj.orpheline", D, "une PJ que rien ne cite", oter("PJRef")),
    Faute(
        "pj.support", D, "une PJ présente et dite absente du flux", mettre("PJRef/Support", "02")
    ),
    Faute("registre.pjref.inconnue", D, "une PJ citée, et absente du fichier", oter("PES_PJ/PJ")),
    Faute("xsd.nbrpce.nombre", D, "un nombre de pièces en lettres", mettre("NbrPce", "abc")),
    Faute("xsd.typbord.code", D, "un type de bordereau qui n'existe pas", mettre("TypBord", "99")),
    Faute("xsd.dtebordem.date", D, "une date à la française", mettre("DteBordEm", "31/12/2026")),
    Faute("xsd.mtbordht.nombre", D, "un montant avec une virgule", mettre("MtBordHT", "12,50")),
    Faute("xsd.ville.longueur", D, "une ville trop longue", mettre("Adresse/Ville", "A" * 40)),
    Faute("xsd.bordereau.incomplet", D, "un bordereau sans pièce", sans_piece),
)
