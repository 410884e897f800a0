"""The skeleton cut into elements, fast: what the rules read.

One regular expression takes a tag or a whole run of leaves at once; a ligne or the head of a pièce
goes into its mould in one stroke (see moules.py). It is exact for a well-formed file, and only a
well-formed file can be accepted: libxml2 judges that.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping

from vaguemestre.pes import balises
from vaguemestre.pes.balises import FEUILLE, TEXTE, Balise
from vaguemestre.pes.faits import Noeud
from vaguemestre.pes.moules import Moules
from vaguemestre.pes.repetables import REPETABLES

# Elements that are read and forgotten one after the other: their parent does not keep them.
_COURANTS = frozenset(
    [
        "PES_DepenseAller",
        "PES_RecetteAller",
        "PES_Facture",
        "PES_Marche",
        "PES_PJ",
        "Enveloppe",
        "EnTetePES",
        "EnTeteDepense",
        "EnTeteRecette",
        "EnTetePES_PJ",
        "Bordereau",
        "BlocBordereau",
        "Piece",
        "BlocPiece",
        "LigneDePiece",
        "PJ",
        "FactureIndiv",
        "Marches",
        "Marche",
        "Concessions",
        "Concession",
    ]
)
# PES goes to depth 10; facts are not looked for deeper.
_PROFONDEUR = 64
_BALISE_MAX = 1 << 16
# Blocks taken at one stroke by their mould, unless they are larger than this.
_MOULES = frozenset({"LigneDePiece", "BlocPiece", "PJ"})
_BLOC_MAX = 1 << 16
_NUMERO = 8
_ENFANTS_MAX = 20_000
_JETON = balises.JETON
# A longer section gives up the columns of what follows it in its block.
_SECTION_MAX = 1 << 12
_VISIBLE = re.compile(r"[^\n]")
_CONTENU = re.compile(r"<Fichier[^>]*>([0-9]{8})\s*</Fichier>")
_SUITE = re.compile(r"([0-9]{8})?\s*(?:</|\Z)")
SANS_TEXTE = -1
Action = Callable[[Noeud], object]


class Flot:
    """Takes the skeleton piece by piece, gives each element that begins or ends to its action.

    `contenu`: number of the content of the last `Fichier`, SANS_TEXTE where it was empty, None
    where the parser saw its text.
    `defaut`: why no PES looks like this, or ''; the facts stop there.

    Args:
        survol: blocks whose inside nobody asks for: only that they end is told.
    """

    def __init__(
        self,
        encodage: str,
        racine: Noeud,
        ouvertures: Mapping[str, Action],
        fermetures: Mapping[str, Action],
        *,
        survol: frozenset[str] = frozenset(),
    ) -> None:
        self._survol = survol
        self.defaut = ""
        self.contenu: int | None = SANS_TEXTE
        self._racine = racine
        self._ouvertures = ouvertures
        self._fermetures = fermetures
        self._decoder = codecs.getincrementaldecoder(encodage)(errors="replace")
        self._texte = ""
        self._reste = ""
        self._anciens = 0
        self._ligne, self._colonne = 1, 0
        self._pile: list[Noeud | None] = []
        self._depart: list[tuple[Noeud, dict[str, int] | None]] = []
        self._moules = Moules()

    def feed(self, octets: bytes, *, section: bool = False) -> None:
        """More of the skeleton; `section`: a comment, CDATA or instruction, no tags in there."""
        if self.defaut:
            return
        self._avancer(len(self._texte) - len(self._reste))
        self._anciens = len(self._reste)
        texte = self._decoder.decode(octets)
        # A block that waits for its end goes on after the section.
        attend = section and bool(self._reste)
        self._texte = self._reste + (_blanchir(texte) if attend else texte)
        self._reste = ""
        self._depart = [(n, n.rangs and dict(n.rangs)) for n in self._pile if n is not None]
        if section and not attend:
            return
        debut = 0 if attend else self._texte.find("<", self._couper(self._texte))
        if debut >= 0:
            self._reste = self._texte[debut:]
            if len(self._reste) > _BLOC_MAX + _BALISE_MAX:
                self.defaut = f"une balise de plus de {_BALISE_MAX} caractères"

    def _avancer(self, jusque: int) -> None:
        """Line and column of the text to come."""
        lu = self._texte[:jusque]
        lignes = lu.count("\n")
        self._ligne += lignes
        self._colonne = len(lu) - lu.rfind("\n") - 1 if lignes else self._colonne + len(lu)

    def _couper(self, texte: str) -> int:
        """Take every whole tag and block of the text; gives where the last one ends."""
        fin, avant, ligne, pile = 0, 0, self._ligne, self._pile
        jeton = _suivant(texte, 0)
        while jeton is not None:
            debut = jeton.start()
            ligne += texte.count("\n", avant, debut)
            avant = debut
            serie, fermante, nom, _, _ = jeton.groups()
            apres: int | None = jeton.end()
            if serie:
                if pile and (noeud := pile[-1]) is not None:
                    _ajouter(noeud, serie, ligne)
            elif fermante:
                self._refermer(nom)
            else:
                apres = self._ouvrante(texte, jeton, ligne)
            if apres is None:
                break
            fin = apres
            jeton = _suivant(texte, fin)
        return fin

    def _ouvrante(self, texte: str, jeton: re.Match[str], ligne: int) -> int | None:
        """An element begins: offset after what was taken; None: wait for more text."""
        _, _, nom, attributs, seule = jeton.groups()
        if nom in _MOULES and not attributs and not seule:
            bloc = self._bloc(texte, jeton.start(), nom, ligne)
            if bloc != 0:
                return None if bloc is None else jeton.start() + bloc
        if nom == "Fichier":
            if len(texte) - jeton.end() < _NUMERO and not seule:
                return None
            suite = _SUITE.match(texte, jeton.end())
            numero = suite.group(1) if suite is not None else None
            self.contenu = None if suite is None and not seule else int(numero or SANS_TEXTE)
        self._pile.append(self._ouvrir(nom, attributs, ligne))
        if seule:
            self._refermer(nom)
        return jeton.end()

    def _bloc(self, texte: str, debut: int, nom: str, ligne: int) -> int | None:
        """Take a whole block by its mould: its length; None: not all there; 0: tag by tag."""
        fermante = f"</{nom}>"
        fin = texte.find(fermante, debut)
        if fin < 0:
            return 0 if len(texte) - debut > _BLOC_MAX else None
        parent = self._pile[-1] if self._pile else None
        if parent is None or texte.find(f"<{nom}>", debut + 1, fin) >= 0:
            return 0
        fin += len(fermante)
        bloc = texte[debut:fin]
        if nom == "PJ":
            # The number that the skeleton put for the content is no part of the shape.
            found = _CONTENU.search(bloc)
            if found is None:
                return 0
            self.contenu = int(found.group(1))
            bloc = bloc[: found.start(1)] + bloc[found.end(1) :]
        rang = parent.suivant(nom) if nom in REPETABLES else 0
        if nom in self._survol:
            self._fermer(Noeud(nom, ligne, parent, rang))
        else:
            self._fermer(self._moules.couler(bloc, parent, rang, ligne))
        return fin - debut

    def _refermer(self, nom: str) -> None:
        """A closing tag; one that closes nothing is for libxml2 to tell."""
        if not self._pile:
            return
        noeud = self._pile[-1]
        if noeud is None:
            self._pile.pop()
        elif noeud.nom == nom or len(self._pile) == 1:
            self._pile.pop()
            self._fermer(noeud)

    def _ouvrir(self, nom: str, attributs: str, ligne: int) -> Noeud | None:
        """The facts of an element that begins; None for a leaf, or where there are none."""
        pile = self._pile
        if not pile:
            self._racine.ligne = ligne
            return self._racine
        parent = pile[-1]
        if parent is None or len(pile) > _PROFONDEUR:
            return None
        autres = balises.attributs(attributs) if attributs else {}
        if "V" in autres:
            parent.feuille(nom, autres["V"], ligne)
            return None
        noeud = Noeud(nom, ligne, parent, parent.suivant(nom) if nom in REPETABLES else 0)
        if autres:
            noeud.attributs = autres
        if nom not in _COURANTS:
            parent.ranger(noeud)
            if len(parent.enfants) > _ENFANTS_MAX:
                self.defaut = f"plus de {_ENFANTS_MAX} éléments dans un bloc"
        ouverture = self._ouvertures.get(nom)
        if ouverture is not None:
            ouverture(noeud)
        return noeud

    def _fermer(self, noeud: Noeud) -> None:
        nom = noeud.nom
        fermeture = self._fermetures.get(nom)
        if fermeture is None and nom.endswith(":Signature"):
            fermeture = self._fermetures.get("Signature")
        if fermeture is not None:
            fermeture(noeud)

    @property
    def profondeur(self) -> int:
        """How many elements are open."""
        return len(self._pile)

    @property
    def chemin(self) -> str:
        """XPath of the innermost open element that has facts."""
        ouverts = [noeud for noeud in self._pile if noeud is not None]
        return ouverts[-1].chemin if ouverts else "/"

    @property
    def anciens(self) -> int:
        """How many characters, of those that tags are counted in, came before the last chunk."""
        return self._anciens

    def derniers(self, noms: frozenset[str] | None) -> list[Balise]:
        """Every tag that the last chunk completed; of plain leaves, those around these names.

        Last the text after them, in the element that is then open.
        """
        pile: list[Noeud] = []
        for noeud, rangs in self._depart:
            copie = noeud.copie(pile[-1] if pile else None)
            copie.rangs = dict(rangs) if rangs else None
            pile.append(copie)
        vues = balises.detailler(self._texte, pile, self._ligne, noms)
        if pile:
            dans = pile[-1]
            vues.append((dans.nom, dans.parent, dans.rang, TEXTE, dans, len(self._texte)))
        return [balise for balise in vues if balise[5] > self._anciens]

    def apres_texte(self, balise: Balise) -> bool:
        """Whether something else than white space stands right before this tag."""
        debut = self._texte.rfind("<", 0, balise[5]) if balise[3] != TEXTE else balise[5]
        avant = self._texte[self._texte.rfind(">", 0, max(debut, 0)) + 1 : max(debut, 0)]
        return bool(avant) and not avant.isspace()

    def place(self, balise: Balise) -> tuple[int, int, int]:
        """Line and column in the skeleton (from 1), and offset in what came last."""
        position = max(self._texte.rfind("<", 0, balise[5]), 0)
        ligne, colonne = self._ligne, self._colonne + position
        lignes = self._texte.count("\n", 0, position)
        if lignes:
            ligne += lignes
            colonne = position - self._texte.rfind("\n", 0, position) - 1
        return ligne, colonne + 1, position - self._anciens


def _suivant(texte: str, depuis: int) -> re.Match[str] | None:
    """The next tag; `find` crosses a certificate at memory speed, a regular expression does not."""
    debut = texte.find("<", depuis)
    return None if debut < 0 else _JETON.search(texte, debut)


def _blanchir(section: str) -> str:
    """A section as white space: no tags in there, but its lines count; CDATA leaves a mark."""
    if len(section) > _SECTION_MAX:
        return "\n" * section.count("\n")
    marque = "." if section.startswith("<![CDATA[") else ""
    return marque + _VISIBLE.sub(" ", section[len(marque) :])


def _ajouter(noeud: Noeud, serie: str, ligne: int) -> None:
    """A run of leaves that begins at this line."""
    paires = FEUILLE.findall(serie)
    if "\n" not in serie and not noeud.valeurs and ligne == noeud.ligne:
        noeud.valeurs = dict(paires[::-1])  # the first value of a name counts
        return
    position = 0
    for nom, valeur in paires:
        suivante = serie.index(f"<{nom} ", position)
        ligne += serie.count("\n", position, suivante)
        position = suivante
        noeud.feuille(nom, valeur, ligne)
