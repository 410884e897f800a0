"""Changes that break a document, or come within a hair of it: what finance software really gets
wrong.
"""

from __future__ import annotations

from copy import deepcopy

from lxml import etree

from tests.unit.schemas.documents import ALLER, XADES, signature
from tests.unit.schemas.modele import DS, Modele
from tests.unit.schemas.tirage import Base, Tirage
from tests.unit.schemas.valeurs import bords, typique
from tests.unit.schemas.valides import Operation, bords_permis, noeud

_IDS = ("1BORD", "BORD 1", "", "a:b", "É1", "_ok", "BORD-1", "BORD_1", "-x", "x" * 200)
_ETRANGERS = (
    "Inconnu",
    "MtBordHt",
    "MtBordHT",
    "InfoPce",
    "PJRef",
    "CatTiers",
    "Tiers",
    "DGP",
    "Recouvrement",
    "VentilationMarche",
    "Bordereau",
    "TypePJ",
    "CodBud",
    "FactureIndiv",
    "RefORMC",
    "DossierFElectronique",
    "Marche",
    "Concessions",
    "IdContrat",
    "MontantHTNotifie",
)


_NON_SIGNES = ("Bordereau", "Piece", "PJ", "PES_PJ", "FactureIndiv", "Marche", "PES_Facture")


def hors_bord(racine: etree._Element, base: Base, modele: Modele, tirage: Tirage) -> None:
    """One value just outside its type."""
    lieu = tirage.choix(base.feuilles)
    _, outside = bords(modele.feuilles[lieu.balise.type])
    noeud(racine, lieu.rang).set("V", tirage.choix(outside))


def deux_hors_bord(racine: etree._Element, base: Base, modele: Modele, tirage: Tirage) -> None:
    """Two faults: the first one met must be the one blamed."""
    hors_bord(racine, base, modele, tirage)
    CASSES[tirage.entier(4)](racine, base, modele, tirage)


def permutation(racine: etree._Element, base: Base, modele: Modele, tirage: Tirage) -> None:
    """An element before its elder."""
    node = noeud(racine, tirage.choix(base.feuilles + base.blocs).rang)
    other = node.getnext() if node.getnext() is not None else node.getprevious()
    if other is None:
        hors_bord(racine, base, modele, tirage)
    elif node.getnext() is not None:
        other.addnext(node)
    else:
        other.addprevious(node)


def manque(racine: etree._Element, base: Base, modele: Modele, tirage: Tirage) -> None:
    """A mandatory element missing."""
    needed = [lieu for lieu in base.feuilles + base.blocs if lieu.balise.mini]
    node = noeud(racine, tirage.choix(needed).rang)
    parent = node.getparent()
    assert parent is not None
    parent.remove(node)


def doublon(racine: etree._Element, base: Base, modele: Modele, tirage: Tirage) -> None:
    """An element twice, here or at the end of its block."""
    node = noeud(racine, tirage.choix(base.feuilles + base.blocs).rang)
    parent = node.getparent()
    assert parent is not None
    if tirage.entier(2):
        node.addnext(deepcopy(node))
    else:
        parent.append(deepcopy(node))


def element_etranger(racine: etree._Element, base: Base, modele: Modele, tirage: Tirage) -> None:
    """An element that does not belong there, invented or from another block."""
    place = noeud(racine, tirage.choix(base.feuilles + base.blocs).rang)
    stranger = etree.Element(tirage.choix(_ETRANGERS))
    if tirage.entier(2):
        stranger.set("V", "01")
    (place.addnext, place.addprevious, place.append)[tirage.entier(3)](stranger)


def attribut(racine: etree._Element, base: Base, modele: Modele, tirage: Tirage) -> None:
    """An attribute missing, misnamed or too many."""
    node = noeud(racine, tirage.choix(base.feuilles).rang)
    value = node.get("V", "")
    kind = tirage.entier(5)
    if kind in (0, 1):
        del node.attrib["V"]
    if kind == 1:
        node.set("v", value)
    elif kind == 2:
        node.set("unite", "EUR")
    elif kind == 3:
        noeud(racine, tirage.choix(base.blocs).rang).set("V", "1")
    elif kind == 4:
        node.set(f"{{{ALLER}}}V", value)


def texte(racine: etree._Element, base: Base, modele: Modele, tirage: Tirage) -> None:
    """The value as text instead of V, or text where there is none."""
    node = noeud(racine, tirage.choix(base.feuilles + base.blocs).rang)
    node.text = tirage.choix(("1", " ", "\n", "texte libre", node.get("V", "x")))


def casse_du_nom(racine: etree._Element, base: Base, modele: Modele, tirage: Tirage) -> None:
    """A name in the wrong case, or in the namespace of the root."""
    node = noeud(racine, tirage.choix(base.feuilles + base.blocs).rang)
    name = str(node.tag)
    forms = (
        name.swapcase(),
        name[:-1] + name[-1].swapcase(),
        name.upper(),
        f"{{{ALLER}}}{name}",
        name + "s",
    )
    node.tag = tirage.choix(forms)


def identifiant(racine: etree._Element, base: Base, modele: Modele, tirage: Tirage) -> None:
    """@Id of any form, on the root and on bordereaux, also twice the same."""
    chosen = [racine, *racine.iter("Bordereau")]
    for node in tirage.quelques(chosen, 2):
        node.set("Id", tirage.choix(_IDS))
    if tirage.entier(4) == 0:
        noeud(racine, tirage.choix(base.blocs).rang).set("Id", "BORD_9")


def signature_de_trop(racine: etree._Element, base: Base, modele: Modele, tirage: Tirage) -> None:
    """A signature added: a second one, at a wrong place, or with clashing identifiers."""
    version = tirage.choix(tuple(XADES))
    added = signature(version, "BORD_1", 1 + tirage.entier(3))
    targets = [racine, *racine.iter(*_NON_SIGNES)]
    target = tirage.choix(targets)
    if tirage.entier(3):
        target.append(added)
    else:
        target.insert(0, added)


def signature_abimee(racine: etree._Element, base: Base, modele: Modele, tirage: Tirage) -> None:
    """Any element of a signature removed, doubled, moved, renamed or emptied."""
    if not base.signatures:
        hors_bord(racine, base, modele, tirage)
        return
    node = noeud(racine, tirage.choix(base.signatures))
    _abimer(node, tirage)


def _abimer(node: etree._Element, tirage: Tirage) -> None:
    parent = node.getparent()
    assert parent is not None
    kind = tirage.entier(8)
    if kind == 0:
        parent.remove(node)
    elif kind == 1:
        node.addnext(deepcopy(node))
    elif kind == 2:
        parent.insert(0, node)
    elif kind == 3:
        node.text = tirage.choix(("", "é&", "2026-11-21", " x  y ", "AAAA", "A"))
    elif kind == 4 and node.attrib:
        del node.attrib[tirage.choix(list(node.attrib))]
    elif kind == 5:
        node.set(
            tirage.choix(("Id", "Type", "URI", "Algorithm")),
            tirage.choix((*_IDS, "http://valfleuri.example/é")),
        )
    elif kind == 6:
        local = etree.QName(node).localname
        node.tag = f"{{{tirage.choix((DS, *XADES.values()))}}}{local}"
    else:
        node.append(etree.Element(f"{{{tirage.choix((DS, *XADES.values()))}}}Inconnu"))


def deux_branches(racine: etree._Element, base: Base, modele: Modele, tirage: Tirage) -> None:
    """Both ways of a choice at once: RIB and IBAN, two debits, both places of birth."""
    pairs = (
        ("IBAN", "CodeEtab"),
        ("CodeEtab", "IBAN"),
        ("InfoPrelevement", "InfoPrelevementSEPA"),
        ("InfoPrelevementSEPA", "InfoPrelevement"),
        ("MetropoleDomCom", "Etranger"),
        ("CodePays", "LibellePays"),
        ("DateDebut", "Date"),
        ("Date", "DateDebut"),
        ("MtBase", "MtRemise"),
        ("MtRemise", "MtBase"),
        ("Quantite", "MtBase"),
        ("RefTitre", "RefORMC"),
        ("RefORMC", "RefTitre"),
        ("LigneFacture", "DossierPatient"),
        ("LigneFacturePatient", "LigneFacture"),
        ("Taux", "Mt"),
        ("NumeroCompteEtranger", "IBAN"),
        ("Marches", "Concessions"),
        ("DeltaDureeEnMois", "DureeEnMois"),
    )
    there = [(node, new) for old, new in pairs for node in racine.iter(old)]
    if not there:
        permutation(racine, base, modele, tirage)
        return
    node, new = tirage.choix(there)
    (node.addnext if tirage.entier(2) else node.addprevious)(etree.Element(new, V="FR7612"))


def bloc_vide(racine: etree._Element, base: Base, modele: Modele, tirage: Tirage) -> None:
    """A block without any content, or a domain of nothing."""
    node = noeud(racine, tirage.choix(base.blocs).rang)
    for child in list(node):
        node.remove(child)


def demenagement(racine: etree._Element, base: Base, modele: Modele, tirage: Tirage) -> None:
    """An element carried into another block."""
    node = noeud(racine, tirage.choix(base.feuilles).rang)
    target = noeud(racine, tirage.choix(base.blocs).rang)
    target.append(deepcopy(node))


def code_au_hasard(racine: etree._Element, base: Base, modele: Modele, tirage: Tirage) -> None:
    """Any two- or three-digit code in any code list: what one list lacks another holds."""
    lists = [lieu for lieu in base.feuilles if modele.feuilles[lieu.balise.type].codes]
    lieu = tirage.choix(lists or list(base.feuilles))
    simple = modele.feuilles[lieu.balise.type]
    width = len(simple.codes[0]) if simple.codes else 2
    noeud(racine, lieu.rang).set("V", f"{tirage.entier(21 if tirage.entier(2) else 100):0{width}}")


def valeur_d_ailleurs(racine: etree._Element, base: Base, modele: Modele, tirage: Tirage) -> None:
    """A value good elsewhere: a date in an amount, a text in a code, zeros in a label."""
    lieu, source = tirage.choix(base.feuilles), tirage.choix(base.feuilles)
    noeud(racine, lieu.rang).set("V", typique(modele.feuilles[source.balise.type]))
    bords_permis(racine, base, modele, tirage)


CASSES: tuple[Operation, ...] = (
    hors_bord,
    permutation,
    manque,
    element_etranger,
    hors_bord,
    hors_bord,
    deux_hors_bord,
    doublon,
    attribut,
    texte,
    casse_du_nom,
    identifiant,
    signature_de_trop,
    signature_abimee,
    signature_abimee,
    deux_branches,
    bloc_vide,
    demenagement,
    code_au_hasard,
    valeur_d_ailleurs,
)
