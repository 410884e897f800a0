"""An answer of the DGFiP against its schema, at any size: no tree is built.

libxml2 validates while it reads (about 40 MB a second, 20 MB of memory) but does not say where an
error stands. So the parts in which the log grew are read again tag by tag: what the log gains
after one tag is about that tag.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Any

from lxml import etree

from vaguemestre.errors import Anomalie, ConfigurationError, Gravite, IllisibleError
from vaguemestre.formats.mal_forme import raison
from vaguemestre.pes.phrases import traduire
from vaguemestre.pes.place import Place
from vaguemestre.pes.reponse_flux import BORNES, Bornes, morceaux

_ECARTS_MAX = 100
_VERROU = Lock()
_BALISE = re.compile(
    rb"[^<]*<(?:!--.*?--|\?.*?\?|!\[CDATA\[.*?\]\]"
    rb"|(/?)([^\s/>!?]+)((?:[^>\"']|\"[^\"]*\"|'[^']*')*?)(/?))>",
    re.DOTALL,
)
_VALEUR = re.compile(rb"\sV\s*=\s*[\"']([^\"']*)")
_BLAME = re.compile(r"Element '(?:\{[^}]*\})?([^']+)'")
_REPETES = frozenset(
    {"Bordereau", "Piece", "LigneDePiece", "PaiementEmargement", "EncaissementEmargement"}
    | {"ElementACQUIT", "ElementACQUIT_RETOUR", "Erreur", "DetailPiece", "DetailLigne"}
    | {"Client", "ResteARecouvrer"}
)
_NUMEROS = {
    "IdBord": "bordereau",
    "NumBord": "bordereau",
    "IdPce": "mandat",
    "NumPiece": "pièce",
    "IdLigne": "ligne",
    "NumLigne": "ligne",
    "IdUnique": "PJ",
}
_CONSEIL = "Rien à corriger ici : la réponse est lue quand même ; le dire au poste comptable."


class _Rien:
    """A parser target that keeps nothing: libxml2 then builds no tree."""

    def close(self) -> None:
        return None


def verifier(path: Path, bornes: Bornes = BORNES) -> None:
    """Read the file to its end and keep nothing.

    Raises:
        IllisibleError: not well-formed, or beyond `bornes`.
    """
    analyseur = _analyseur(None)
    try:
        for morceau in morceaux(path, bornes, noms=True):
            analyseur.feed(morceau)
        analyseur.close()
    except etree.XMLSyntaxError as error:
        raise IllisibleError(f"XML mal formé : {raison(error)}") from error


def ecarts(path: Path, xsd: Path, bornes: Bornes = BORNES) -> tuple[Anomalie, ...]:
    """Where an answer departs from its schema: at most a hundred places, as warnings.

    What is not well-formed never gets past this: `verifier` need not read it again.

    Raises:
        IllisibleError: not well-formed, or beyond `bornes`.
        ConfigurationError: the schema cannot be used.
    """
    # The error log belongs to the schema object, which several workers would share.
    with _VERROU:
        schema = _schema(xsd)
        fautifs = _parcourir(path, schema, bornes)
        if not fautifs:
            return ()
        # A fault of XML ends the validation too, and hides behind the first finding.
        verifier(path, bornes)
        places = _Localisation(schema, frozenset(fautifs)).places(path, bornes)
        dites = tuple(islice(places, _ECARTS_MAX))
        return dites if next(places, None) is None else (*dites, _suite())


def _suite() -> Anomalie:
    return Anomalie(
        "xsd.suite",
        "fichier",
        f"plus de {_ECARTS_MAX} écarts au schéma : les autres ne sont pas détaillés",
        Gravite.AVERTISSEMENT,
        conseil=_CONSEIL,
    )


def _parcourir(path: Path, schema: etree.XMLSchema, bornes: Bornes) -> list[int]:
    """Ranks of the parts in which the log grew; stops once a hundred errors are known."""
    analyseur = _analyseur(schema)
    fautifs: list[int] = []
    connues = rang = 0
    try:
        for rang, morceau in enumerate(morceaux(path, bornes)):
            analyseur.feed(morceau)
            nombre = len(analyseur.feed_error_log)
            if nombre > connues:
                connues = nombre
                fautifs.append(rang)
            if connues > _ECARTS_MAX:
                return fautifs
        analyseur.close()
    except etree.XMLSyntaxError:
        return [*fautifs, rang]
    return fautifs


def _analyseur(schema: etree.XMLSchema | None) -> Any:
    cible: Any = _Rien()
    return etree.XMLParser(
        target=cible,
        schema=schema,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
    )


@cache
def _schema(xsd: Path) -> etree.XMLSchema:
    analyseur = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.XMLSchema(etree.parse(xsd, analyseur))
    except (OSError, etree.LxmlError) as error:
        raise ConfigurationError(f"schéma XSD inutilisable : {xsd} ({error})") from error


@dataclass(slots=True)
class _Cadre:
    """One open element, with how many children of each name it had so far."""

    nom: str
    pas: str
    valeur: str | None = None
    ref: str = ""
    enfants: dict[str, int] = field(default_factory=dict)


class _Localisation:
    """The second reading: parts in `fautifs` tag by tag, the others whole."""

    def __init__(self, schema: etree.XMLSchema, fautifs: frozenset[int]) -> None:
        self._analyseur = _analyseur(schema)
        self._fautifs = fautifs
        self._pile = [_Cadre("", "")]
        self._clos: _Cadre | None = None
        self._connues = 0
        self._titre = False
        self._ligne = 1

    def places(self, path: Path, bornes: Bornes) -> Iterator[Anomalie]:
        dernier = max(self._fautifs)
        for rang, morceau in enumerate(morceaux(path, bornes)):
            if rang in self._fautifs:
                yield from self._par_balise(morceau)
            else:
                for balise in _BALISE.finditer(morceau):
                    self._suivre(balise)
                self._ligne += morceau.count(b"\n")
                self._analyseur.feed(morceau)
            if rang == dernier:
                return

    def _par_balise(self, morceau: bytes) -> Iterator[Anomalie]:
        fin = 0
        for balise in _BALISE.finditer(morceau):
            fin = balise.end()
            self._ligne += balise.group().count(b"\n")
            self._suivre(balise)
            self._analyseur.feed(balise.group())
            yield from self._relever()
        self._analyseur.feed(morceau[fin:])
        yield from self._relever()
        self._ligne += morceau[fin:].count(b"\n")

    def _suivre(self, balise: re.Match[bytes]) -> None:
        fermante, nom, attributs, vide = balise.groups()
        if nom is None:
            return
        if fermante:
            self._clos = self._pile.pop() if len(self._pile) > 1 else None
            return
        cadre = self._ouvrir(nom.decode("latin-1"), attributs)
        if vide:
            self._clos = cadre
        else:
            self._pile.append(cadre)
            self._clos = None

    def _ouvrir(self, ecrit: str, attributs: bytes) -> _Cadre:
        nom = ecrit.rpartition(":")[2]
        enfants = self._pile[-1].enfants
        rang = enfants[nom] = enfants.get(nom, 0) + 1
        numero = f"[{rang}]" if rang > 1 or nom in _REPETES else ""
        valeur = _VALEUR.search(attributs)
        cadre = _Cadre(nom, f"/{ecrit}{numero}", valeur and valeur[1].decode("latin-1"))
        if nom in {"PES_DepenseRetour", "PES_RecetteRetour"}:
            self._titre = nom == "PES_RecetteRetour"
        if nom in _NUMEROS:
            mot = "titre" if nom == "IdPce" and self._titre else _NUMEROS[nom]
            self._numeroter(f"{mot} {cadre.valeur or '?'}")
        return cadre

    def _numeroter(self, ref: str) -> None:
        """Give the nearest repeated block its number, as a clerk says it."""
        for cadre in reversed(self._pile):
            if cadre.nom in _REPETES and not cadre.ref:
                cadre.ref = ref
                return

    def _relever(self) -> Iterator[Anomalie]:
        """New entries of the log are about the tag just fed; the first one about it says enough."""
        journal = list(self._analyseur.feed_error_log)
        nouvelles, self._connues = journal[self._connues :], len(journal)
        sujets: set[str] = set()
        for erreur in nouvelles:
            sujet = erreur.message.partition(": [facet")[0]
            if sujet not in sujets:
                yield self._ecart(erreur)
            sujets.add(sujet)

    def _ecart(self, erreur: Any) -> Anomalie:
        blame = _BLAME.match(erreur.message)
        ouverts = [*self._pile[1:], self._clos] if self._clos is not None else self._pile[1:]
        while len(ouverts) > 1 and blame is not None and ouverts[-1].nom != blame.group(1):
            ouverts.pop()
        place = Place(
            type=erreur.type_name,
            message=erreur.message,
            element=ouverts[-1].nom if ouverts else "",
            chemin="".join(cadre.pas for cadre in ouverts) or "/",
            ref=" / ".join(cadre.ref for cadre in ouverts if cadre.ref) or "fichier",
            ligne=self._ligne,
            colonne=None,
            valeur=ouverts[-1].valeur if ouverts else None,
        )
        return replace(traduire(place), gravite=Gravite.AVERTISSEMENT, conseil=_CONSEIL)
