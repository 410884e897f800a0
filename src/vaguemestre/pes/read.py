"""One PES Aller file -> PesAller, whoever wrote it: any prefix, ISO-8859-1 or UTF-8, comments.

The file is mapped and cut by its byte map (`formats.plan`); one bordereau at a time is parsed, and
the content of a PJ is never looked at. The tables that write are the tables that read. What they
have no place for is counted, path by path, in the `Counter` that a caller may hand in: an INDIGO
twin made from this reading cannot show it.

Reading judges nothing: that is what `check` is for. It raises only where there is no value to
read.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from vaguemestre.domain.comptable import Bordereau, Domaine, PesAller, PieceJustificative
from vaguemestre.errors import DocumentError, IllisibleError
from vaguemestre.formats.bloc import Bloc
from vaguemestre.formats.codecs import Booleen
from vaguemestre.formats.mal_forme import raison
from vaguemestre.formats.plan import Element, Octets, elements, encodage, projeter, racine
from vaguemestre.pes import depense, recette
from vaguemestre.pes.build import ESPACE
from vaguemestre.pes.communs import ENTETE, ENVELOPPE
from vaguemestre.pes.pj import PJ

_DOMAINES: tuple[tuple[str, str, Bloc[Bordereau]], ...] = (
    ("PES_DepenseAller", "EnTeteDepense", depense.BORDEREAU),
    ("PES_RecetteAller", "EnTeteRecette", recette.BORDEREAU),
)
_AUTRES = ("PES_Facture", "PES_Marche")
_NOMS = (
    "Enveloppe",
    "EnTetePES",
    *(nom for racine_, entete, _ in _DOMAINES for nom in (racine_, entete)),
    *_AUTRES,
    "Bordereau",
    "PES_PJ",
    "PJ",
    "Contenu",
    "Fichier",
)


@dataclass(frozen=True, slots=True)
class PjSituee:
    """A PJ of a file: its span, and the span of the `Fichier` that holds base64(gzip(original))."""

    element: Element
    contenu: Element
    fichier: Element


@dataclass(frozen=True, slots=True)
class Carte:
    """Where everything is in a PES Aller file, in bytes; nothing has been parsed."""

    octets: Octets
    encodage: str
    racine: Element
    enveloppe: Element
    entete: Element
    entetes: tuple[Element, ...]
    bordereaux: tuple[tuple[Domaine, Element], ...]
    pjs: tuple[PjSituee, ...]
    autres: tuple[Element, ...]

    def arbre(self, fragment: bytes) -> etree._Element:
        """Parse the bytes of one element, inside the namespaces that the root declares.

        Raises:
            IllisibleError: not well formed.
        """
        racine = self.dans_la_racine(fragment)
        if len(racine) != 1:
            raise IllisibleError("XML mal formé : un élément était attendu")
        return racine[0]

    def dans_la_racine(self, contenu: bytes) -> etree._Element:
        """The root with nothing but these bytes inside."""
        ouvrante = self.octets[self.racine.debut : self.racine.contenu]
        fermante = b"</" + self.racine.nom.encode("latin-1") + b">"
        try:
            parser = etree.XMLParser(
                resolve_entities=False,
                no_network=True,
                load_dtd=False,
                huge_tree=True,
                remove_comments=True,
                remove_pis=True,
                encoding=self.encodage,
            )
            return etree.fromstring(ouvrante + contenu + fermante, parser)
        except etree.XMLSyntaxError as error:
            raise IllisibleError(f"XML mal formé : {raison(error)}") from error
        except LookupError as error:
            raise IllisibleError(f"encodage inconnu : {self.encodage}") from error

    def element(self, element: Element) -> etree._Element:
        return self.arbre(self.octets[element.debut : element.fin])


def cartographier(octets: Octets) -> Carte:
    """The byte map of a PES Aller.

    Raises:
        IllisibleError: not XML, or not a PES Aller.
    """
    code = encodage(octets)
    root = racine(octets)
    if root.nom.rpartition(":")[2] != "PES_Aller":
        raise IllisibleError(f"ce fichier n'est pas un PES Aller : sa racine est {root.nom}")
    trouves = elements(octets, _NOMS)
    par_domaine = zip(Domaine, _DOMAINES, strict=True)
    carte = Carte(
        octets=octets,
        encodage=code,
        racine=root,
        enveloppe=_seul(trouves, "Enveloppe"),
        entete=_seul(trouves, "EnTetePES"),
        entetes=tuple(each for _, nom, _ in _DOMAINES for each in trouves[nom]),
        bordereaux=tuple(
            (domaine, bordereau)
            for domaine, (nom, _, _) in par_domaine
            for bloc in trouves[nom]
            for bordereau in _dans(trouves["Bordereau"], bloc)
        ),
        pjs=tuple(_situer(trouves)),
        autres=tuple(each for nom in _AUTRES for each in trouves[nom]),
    )
    if carte.dans_la_racine(b"").tag != f"{{{ESPACE}}}PES_Aller":
        raise IllisibleError("ce fichier n'est pas un PES Aller : son espace de noms est autre")
    return carte


def lire(path: Path, non_lus: Counter[str] | None = None) -> PesAller:
    """The content of the file, but for what PJ contain (`chemin` is None, `taille` 0).

    `non_lus` receives how often each element without a place in the domain occurs, by its path.

    Raises:
        IllisibleError: not a PES Aller, or not well formed where it was read.
        DocumentError: an element that has no value, or without which there is no record.
    """
    inconnus: Counter[str] = Counter() if non_lus is None else non_lus
    with projeter(path) as octets:
        carte = cartographier(octets)
        inconnus.update(f"/{autre.nom}" for autre in carte.autres)
        return PesAller(
            enveloppe=ENVELOPPE.lire(carte.element(carte.enveloppe), inconnus),
            entete=ENTETE.lire(carte.element(carte.entete), inconnus),
            bordereaux=tuple(_bordereaux(carte, inconnus)),
            pieces_justificatives=tuple(_pj(carte, situee, inconnus) for situee in carte.pjs),
            dematerialise=any(_dematerialise(carte.element(each)) for each in carte.entetes),
        )


def lire_bordereaux(path: Path, non_lus: Counter[str] | None = None) -> Iterator[Bordereau]:
    """The bordereaux one by one; the file stays open until the last is taken.

    Raises: as `lire`.
    """
    with projeter(path) as octets:
        yield from _bordereaux(cartographier(octets), Counter() if non_lus is None else non_lus)


def lire_pj(carte: Carte, situee: PjSituee) -> PieceJustificative:
    """A PJ's description, without its content."""
    return _pj(carte, situee, Counter())


def lire_bordereau(carte: Carte, domaine: Domaine, element: Element) -> Bordereau:
    """One bordereau of a mapped file."""
    return _bordereau(carte, domaine, element, Counter())


def _bordereaux(carte: Carte, inconnus: Counter[str]) -> Iterator[Bordereau]:
    for domaine, element in carte.bordereaux:
        yield _bordereau(carte, domaine, element, inconnus)


def _bordereau(
    carte: Carte, domaine: Domaine, element: Element, inconnus: Counter[str]
) -> Bordereau:
    bloc = depense.BORDEREAU if domaine is Domaine.DEPENSE else recette.BORDEREAU
    return bloc.lire(carte.element(element), inconnus, domaine=domaine)


def _pj(carte: Carte, situee: PjSituee, inconnus: Counter[str]) -> PieceJustificative:
    octets, pj, contenu = carte.octets, situee.element, situee.contenu
    fragment = octets[pj.debut : contenu.debut] + octets[contenu.fin : pj.fin]
    fichier = situee.fichier
    balise = octets[fichier.debut : fichier.contenu]
    mime = carte.arbre(balise if fichier.vide else balise + b"</Fichier>").get("MIMEType")
    if mime is None:
        raise DocumentError("le fichier d'une PJ n'a pas d'attribut MIMEType")
    return PJ.lire(carte.arbre(fragment), inconnus, mime=str(mime))


def _dematerialise(entete: etree._Element) -> bool:
    found = entete.find("InfoDematerialisee")
    return found is not None and Booleen().decode(str(found.get("V", "0")))


def _situer(trouves: dict[str, list[Element]]) -> Iterator[PjSituee]:
    """Only blocks of PES_PJ: `InfoPce/PJ` is a text, and bears the same name."""
    for bloc in trouves["PES_PJ"]:
        for pj in _dans(trouves["PJ"], bloc):
            contenus = _dans(trouves["Contenu"], pj)
            fichiers = _dans(trouves["Fichier"], pj)
            if not contenus or not fichiers:
                raise DocumentError("une PJ de PES_PJ n'a pas de contenu")
            yield PjSituee(pj, contenus[0], fichiers[0])


def _dans(candidats: list[Element], bloc: Element) -> list[Element]:
    """Those of `candidats` (in document order) that lie inside `bloc`."""
    debut = bisect_left(candidats, bloc.contenu, key=lambda each: each.debut)
    fin = bisect_left(candidats, bloc.fermeture, key=lambda each: each.debut)
    return candidats[debut:fin]


def _seul(trouves: dict[str, list[Element]], nom: str) -> Element:
    if len(trouves[nom]) != 1:
        raise DocumentError(f"{nom} : un élément attendu, {len(trouves[nom])} dans le fichier")
    return trouves[nom][0]
