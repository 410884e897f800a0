"""A PES Aller without some of its pièces: cut out of the bytes of the original (accord local 1.3).

What stays is copied byte for byte. Only these change: NomFic and DteStr; the number, NbrPce, the
totals and MtCumulAnnuel of a bordereau that loses a pièce or whose place in the year is another,
and that number in the invoices of its titres; signatures, which no longer hold, are taken out, and
InfoDematerialisee of a file that bore some is 0 again until it is signed anew. Invoices, contracts
and links of a PJ go whole. Nothing is built again from what was read, and no key is computed anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from vaguemestre.errors import DocumentError
from vaguemestre.formats.plan import Element, elements, projeter
from vaguemestre.pes.hors_bordereau import FactureSituee, HorsBordereau, situer
from vaguemestre.pes.read import Carte, PjSituee, cartographier
from vaguemestre.pes.sortie import FichierNeuf
from vaguemestre.ports import Empreinte

_TRANCHE = 1 << 20
_BLANCS = b" \t\r\n"
_SIGNATURE = re.compile(rb"<((?:[A-Za-z_][\w.-]*:)?Signature)(?=[\s>/])")
_BLOCS = ("PES_DepenseAller", "PES_RecetteAller", "PES_Facture", "PES_Marche", "PES_PJ")
_TOTAUX = {"depense": "MtBordHT", "recette": "MtBordHt"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BordereauReduit:
    """What a bordereau becomes. `pieces`: places (from 0) of those that stay, in its own order.

    `cumul` None: MtCumulAnnuel stays as it is, and one that is absent stays absent in any case.
    """

    pieces: frozenset[int]
    numero: int
    montant_ht: Decimal
    montant_tva: Decimal
    cumul: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduction:
    """What the file becomes. `bordereaux` in the order of `read.lire`; None: taken out.

    All others by their place (from 0) in the file: the PJ, invoices (FactureIndiv) and contracts
    (Marche, Concession) that stay; `numeros` gives an invoice the new number of its bordereau,
    `liens` the RefCompta that a PJ loses. None where nobody has judged invoices or contracts: a
    file that holds some is then refused.
    """

    nomfic: str
    jour: date
    bordereaux: tuple[BordereauReduit | None, ...]
    pjs: frozenset[int]
    factures: frozenset[int] | None = None
    contrats: frozenset[int] | None = None
    numeros: Mapping[int, int] = field(default_factory=dict)
    liens: Mapping[int, frozenset[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, order=True)
class _Coupe:
    """`[debut, fin)` of the original becomes `par`."""

    debut: int
    fin: int
    par: bytes = b""


def reduire(source: Path, vers: Path, reduction: Reduction) -> Empreinte:
    """Write the reduced file `vers`, whole or not at all; `source` is never written.

    Raises:
        DocumentError: the file holds invoices or contracts of which nothing was said, a total
            that nobody knows how to redo, or is not what `reduction` was made from.
        IllisibleError: not a PES Aller. RessourceError: the disk refuses.
    """
    with projeter(source) as octets:
        carte = cartographier(octets)
        hors = situer(carte)
        _refuser(carte, hors, reduction, source.name)
        coupes = sorted(_coupes(carte, hors, reduction))
        with FichierNeuf(vers, source.stat().st_size, durable=False) as fichier:
            position = 0
            for coupe in coupes:
                if coupe.debut < position:
                    raise DocumentError("ce PES n'a pas la forme attendue", ref=source.name)
                _copier(carte, fichier, position, coupe.debut)
                fichier.ecrire(coupe.par)
                position = coupe.fin
            _copier(carte, fichier, position, len(octets))
    return fichier.empreinte


def _copier(carte: Carte, fichier: FichierNeuf, debut: int, fin: int) -> None:
    for position in range(debut, fin, _TRANCHE):
        fichier.ecrire(carte.octets[position : min(fin, position + _TRANCHE)])


def _refuser(carte: Carte, hors: HorsBordereau, reduction: Reduction, ref: str) -> None:
    """What cannot be cut without making something false."""
    if len(reduction.bordereaux) != len(carte.bordereaux):
        raise DocumentError("le PES n'a plus les bordereaux qui ont été lus")
    juges = {"PES_Facture": reduction.factures, "PES_Marche": reduction.contrats}
    for bloc in carte.autres:
        if juges[bloc.nom] is None:
            objet = "des marchés" if bloc.nom == "PES_Marche" else "des factures hors de toute PJ"
            raise DocumentError(
                f"ce PES porte {objet} ({bloc.nom}) : rien ne dit lesquels vont avec les pièces"
                " ôtées",
                ref=ref,
            )
    restent = reduction.factures or frozenset()
    if hors.repartition and 0 < len(restent) < len(hors.factures):
        raise DocumentError(
            "ce PES totalise ses factures dans RepartitionParNature ; la règle de ce total n'est"
            " pas publiée, il ne se refait pas sans les factures ôtées : refaire le flux dans le"
            " logiciel émetteur, sans les pièces rejetées, puis le redéposer",
            ref=ref,
        )


def _coupes(carte: Carte, hors: HorsBordereau, reduction: Reduction) -> Iterator[_Coupe]:
    yield _valeur(carte, carte.enveloppe, "NomFic", reduction.nomfic)
    yield _valeur(carte, carte.entete, "DteStr", reduction.jour.isoformat())
    sorts = list(_sorts(carte, hors, reduction))
    blocs = _blocs(carte)
    # A block, or a list of contracts, in which nothing stays would not be valid.
    porteurs = [*blocs, *hors.listes]
    vides = [b for b in porteurs if not any(reste and _dans(e, b) for e, reste in sorts)]
    otes = vides + [element for element, reste in sorts if not reste]
    yield from (_oter(carte, e) for e in otes if not any(_dans(e, b) and e != b for b in vides))
    for (domaine, element), reste in zip(carte.bordereaux, reduction.bordereaux, strict=True):
        if reste is not None:
            yield from _bordereau(carte, domaine.value, element, reste)
    for rang, numero in reduction.numeros.items():
        yield _renumeroter(carte, hors.factures[rang], numero)
    for rang, otees in reduction.liens.items():
        yield from _delier(carte, carte.pjs[rang], otees)
    fin = max((bloc.fin for bloc in blocs), default=carte.entete.fin)
    globales = list(_signatures(carte.octets[fin : carte.racine.fermeture], fin))
    yield from globales
    if globales or any(_SIGNATURE.search(_texte(carte, e)) for _, e in carte.bordereaux):
        restent = [e for e in carte.entetes if not any(_dans(e, bloc) for bloc in vides)]
        yield from (c for entete in restent for c in _a_signer_de_nouveau(carte, entete))


def _sorts(
    carte: Carte, hors: HorsBordereau, reduction: Reduction
) -> Iterator[tuple[Element, bool]]:
    """Everything that may go, and whether it stays."""
    for (_, element), reste in zip(carte.bordereaux, reduction.bordereaux, strict=True):
        yield element, reste is not None
    for rang, pj in enumerate(carte.pjs):
        yield pj.element, rang in reduction.pjs
    for rang, facture in enumerate(hors.factures):
        yield facture.element, rang in (reduction.factures or ())
    for rang, contrat in enumerate(hors.contrats):
        yield contrat.element, rang in (reduction.contrats or ())


def _renumeroter(carte: Carte, facture: FactureSituee, numero: int) -> _Coupe:
    """The bordereau that the invoice names; a plain reference, unlike the lines of its talon."""
    if facture.role or facture.optique:
        raise DocumentError(f"la facture {facture.numero} ne se renumérote pas")
    bloc = _decaler(
        elements(_texte(carte, facture.element), ["RefTitre"])["RefTitre"][0], facture.element.debut
    )
    return _valeur(carte, bloc, "NumBordereau", str(numero))


def _delier(carte: Carte, pj: PjSituee, otees: frozenset[int]) -> Iterator[_Coupe]:
    """The RefCompta stand after the content, which is never looked into."""
    debut = pj.contenu.fin
    trouvees = elements(carte.octets[debut : pj.element.fin], ["RefCompta"])["RefCompta"]
    for rang in otees:
        yield _oter(carte, _decaler(trouvees[rang], debut))


def _a_signer_de_nouveau(carte: Carte, entete: Element) -> Iterator[_Coupe]:
    """1 says « signed » (pes.md §9): no longer so once the signatures are taken out."""
    found = _feuille(carte, entete, "InfoDematerialisee")
    if found is not None and found.group(1).strip() in (b"1", b"true"):
        yield _valeur(carte, entete, "InfoDematerialisee", "0")


def _blocs(carte: Carte) -> list[Element]:
    trouves = elements(carte.octets, _BLOCS)
    return [bloc for nom in _BLOCS for bloc in trouves[nom]]


def _dans(element: Element, bloc: Element) -> bool:
    return bloc.debut <= element.debut and element.fin <= bloc.fin


def _oter(carte: Carte, element: Element) -> _Coupe:
    """The element with the blanks before it: no empty line stays in its place."""
    debut = element.debut
    while debut and carte.octets[debut - 1 : debut] in (b" ", b"\t", b"\r", b"\n"):
        debut -= 1
    return _Coupe(debut, element.fin)


def _bordereau(
    carte: Carte, domaine: str, element: Element, reste: BordereauReduit
) -> Iterator[_Coupe]:
    octets = carte.octets[element.debut : element.fin]
    trouves = elements(octets, ["BlocBordereau", "Piece"])
    if len(trouves["BlocBordereau"]) != 1 or max(reste.pieces) >= len(trouves["Piece"]):
        raise DocumentError(f"le bordereau {reste.numero} n'a pas la forme attendue")
    for rang, piece in enumerate(trouves["Piece"]):
        if rang not in reste.pieces:
            yield _oter(carte, _decaler(piece, element.debut))
    bloc = _decaler(trouves["BlocBordereau"][0], element.debut)
    yield from _valeur_si_autre(carte, bloc, "IdBord", Decimal(reste.numero), str(reste.numero))
    nombre = len(reste.pieces)
    yield from _valeur_si_autre(carte, bloc, "NbrPce", Decimal(nombre), str(nombre))
    yield from _montant(carte, bloc, _TOTAUX[domaine], reste.montant_ht)
    if reste.cumul is not None:
        yield from _montant(carte, bloc, "MtCumulAnnuel", reste.cumul)
    if reste.montant_tva:
        yield from _montant(carte, bloc, "MtBordTVA", reste.montant_tva)
    elif (tva := _feuille(carte, bloc, "MtBordTVA")) is not None and _nombre(tva):
        yield _oter(carte, _decaler(elements(_texte(carte, bloc), ["MtBordTVA"])["MtBordTVA"][0],
                                    bloc.debut))  # fmt: skip
    yield from _signatures(octets, element.debut)


def _decaler(element: Element, de: int) -> Element:
    return Element(
        element.nom, element.debut + de, element.contenu + de, element.fermeture + de,
        element.fin + de,
    )  # fmt: skip


def _texte(carte: Carte, element: Element) -> bytes:
    return carte.octets[element.debut : element.fin]


def _feuille(carte: Carte, bloc: Element, nom: str) -> re.Match[bytes] | None:
    """The value of a leaf of a small block: group 1, without its quotes."""
    motif = rb"<" + nom.encode("ascii") + rb"\s[^<>]*?\bV\s*=\s*[\"']([^\"'<]*)[\"']"
    return re.search(motif, _texte(carte, bloc))


def _nombre(found: re.Match[bytes]) -> Decimal | None:
    try:
        return Decimal(found.group(1).decode("ascii", "replace").strip())
    except InvalidOperation:
        return None


def _valeur(carte: Carte, bloc: Element, nom: str, texte: str) -> _Coupe:
    found = _feuille(carte, bloc, nom)
    if found is None:
        raise DocumentError(f"{nom} est absent de ce PES")
    debut, fin = found.span(1)
    return _Coupe(bloc.debut + debut, bloc.debut + fin, texte.encode("ascii"))


def _valeur_si_autre(
    carte: Carte, bloc: Element, nom: str, valeur: Decimal, texte: str
) -> Iterator[_Coupe]:
    """A value that says the same already keeps its writing; one that is absent stays so."""
    found = _feuille(carte, bloc, nom)
    if found is not None and _nombre(found) != valeur:
        yield _valeur(carte, bloc, nom, texte)


def _montant(carte: Carte, bloc: Element, nom: str, montant: Decimal) -> Iterator[_Coupe]:
    cents = montant.quantize(Decimal("0.01"))
    if cents != montant:
        raise DocumentError(f"{nom} : {montant} a plus de deux décimales")
    yield from _valeur_si_autre(carte, bloc, nom, montant, str(cents))


def _signatures(octets: bytes, de: int) -> Iterator[_Coupe]:
    """The signatures among these bytes, each with the blanks before it."""
    position = 0
    while (found := _SIGNATURE.search(octets, position)) is not None:
        fermante = b"</" + found.group(1) + b">"
        fin = octets.find(fermante, found.end())
        if fin < 0:
            raise DocumentError("une signature de ce PES n'est pas fermée")
        position = fin + len(fermante)
        debut = len(octets[: found.start()].rstrip(_BLANCS))
        yield _Coupe(de + debut, de + position)
