"""The skeleton of a PES: the file as libxml2 reads it, without the base64 of its PJ.

A PES is nine tenths base64. `Squelette` is the file-like object that the XML parser reads: it
passes every byte through, except the text of each `<Fichier>`, which goes to an `Ouvreur` and is
replaced by eight digits (valid base64, the number of the content) and by as many line ends, so
that line numbers stay right. Nothing that could break or mend the XML is hidden: only base64
characters, white space and references to white space are taken out, anything odd is passed on.
Memory is constant. A DOCTYPE stops everything before the parser sees it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from vaguemestre.errors import VaguemestreError
from vaguemestre.pes.contenu import ContenuVu

GRAIN = 1 << 15
"""Bytes of the skeleton read at once, where nobody asks for less."""
_LECTURE = 1 << 18
_BALISE_MAX = 1 << 16
# What was taken out waits in memory until its PJ is judged: not for more than so many bytes.
_RETIRE_MAX = 1 << 20
_SPECIAL = re.compile(rb"<(?:Fichier(?=[\s/>])|!|\?)")
_OUVRANTE = re.compile(rb"<Fichier(?:[^\"'>]|\"[^\"]*\"|'[^']*')*>")
_BLANC_REF = re.compile(rb"&#(?:0*(?:9|10|13|32)|x0*(?:9|[aA]|[dD]|20));")
_ALPHABET = bytes(range(0x20, 0x7F)).replace(b"<", b"").replace(b"&", b"") + b"\t\r\n"
_APERCU_ETRANGERS = 4096
_FERMETURES = {b"<!--": b"-->", b"<![CDATA[": b"]]>", b"<?": b"?>"}
# Longest opening that must not be cut between two reads: « <Fichier », « <![CDATA[ ».
_JETON = 10


class Doctype(VaguemestreError):
    """A document type declaration was met, at this line."""

    def __init__(self, ligne: int) -> None:
        super().__init__("DOCTYPE")
        self.ligne = ligne


class Puits(Protocol):
    """Where the base64 of one `Fichier` goes; `feed` says whether all is well so far."""

    def feed(self, texte: bytes) -> bool: ...

    def fin(self) -> ContenuVu: ...


class _Illisible(Exception):
    """The text of a `Fichier` is no plain base64: let the XML parser see it whole."""


@dataclass(frozen=True, slots=True)
class Texte:
    """The text of one `Fichier`: where it lies in the file, what replaces it, line and column."""

    debut: int
    fin: int
    remplacement: bytes
    ligne: int
    colonne: int


class Squelette:
    """Read side of the skeleton. `contenus[i]` is what stood where the text is `i` in 8 digits.

    `ligne` and `colonne` are those of the file, after what was read. `section`: what was read last
    is a comment, CDATA section or processing instruction. `grain` may change between two readings.

    Args:
        fichier: the file, binary, seekable, at its start.
        ouvrir: makes an `Ouvreur` for each `Fichier`.
        textes: those of a first reading: they are jumped over, and nothing is opened.
    """

    def __init__(
        self,
        fichier: BinaryIO,
        ouvrir: Callable[[], Puits],
        *,
        textes: Sequence[Texte] = (),
        grain: int = GRAIN,
    ) -> None:
        self._fichier = fichier
        self._ouvrir = ouvrir
        self.grain = grain
        self._octets = b""
        self._position = 0
        self._fini = False
        self._attente = b""
        self._jusque = b""
        self._entree = 0
        self._connus = {texte.debut: texte for texte in textes}
        self.textes: list[Texte] = []
        self.contenus: list[ContenuVu] = []
        self.ligne = 1
        self.colonne = 1
        self._retire = 0
        self._ote = 0
        self._retraits: list[tuple[int, int]] = []
        self.section = False

    def read(self, _taille: int = -1) -> bytes:
        """The next bytes of the skeleton, `grain` or a little more; b'' at the end."""
        self._retraits = [(0, self._retire)]
        self._ote = 0
        morceaux: list[bytes] = []
        total = 0
        while total < self.grain and self._ote < _RETIRE_MAX:
            if total and bool(self._jusque) != self.section:
                break
            self.section = bool(self._jusque)
            if self._attente:
                sortie, self._attente = self._attente, b""
                self._retraits.append((total + len(sortie), self._retire))
            elif self._fini and self._position >= len(self._octets):
                break
            else:
                sortie = self._dans_section() if self._jusque else self._dans_texte(total)
            morceaux.append(sortie)
            total += len(sortie)
        return b"".join(morceaux)

    def retrait(self, position: int) -> int:
        """Columns to add for a tag at this offset of what was read last."""
        # The skeleton lacks the columns of the base64 that stands before on the same line.
        colonnes = self._retraits[0][1]
        for debut, retrait in self._retraits:
            if debut <= position:
                colonnes = retrait
        return colonnes

    def _remplir(self) -> bool:
        """More bytes in the buffer, or False at the end of the file."""
        bloc = self._fichier.read(_LECTURE)
        if not bloc:
            self._fini = True
            return False
        self._octets = self._octets[self._position :] + bloc
        self._position = 0
        return True

    def _reste(self) -> int:
        return len(self._octets) - self._position

    def _avancer(self, jusque: int) -> bytes:
        sortie = self._octets[self._position : jusque]
        self._position = jusque
        lignes = sortie.count(b"\n")
        if lignes:
            self.ligne += lignes
            self.colonne = len(sortie) - sortie.rfind(b"\n")
            self._retire = 0
        else:
            self.colonne += len(sortie)
        return sortie

    def _dans_texte(self, deja: int) -> bytes:
        if self._reste() < self.grain + _JETON and not self._fini:
            self._remplir()
        debut = self._position
        fin = min(debut + self.grain - deja, len(self._octets))
        found = _SPECIAL.search(self._octets, debut, min(fin + _JETON, len(self._octets)))
        if found is None:
            # An opening must not be cut by the end of the buffer; better to end on a whole tag.
            sur = len(self._octets) if self._fini else len(self._octets) - _JETON
            fin = max(debut, min(fin, sur))
            return self._avancer(self._octets.rfind(b">", debut, fin) + 1 or fin)
        if found.start() > debut:
            return self._avancer(found.start())
        return self._ouvrir_section(found.group())

    def _ouvrir_section(self, jeton: bytes) -> bytes:
        if self._reste() < _JETON and not self._fini:
            self._remplir()
        if jeton == b"<Fichier":
            return self._fichier_pj()
        suite = self._octets[self._position : self._position + 9]
        if suite == b"<!DOCTYPE":
            raise Doctype(self.ligne)
        for ouvrante, fermante in _FERMETURES.items():
            if suite.startswith(ouvrante):
                self._jusque, self._entree = fermante, len(ouvrante)
                return b""
        return self._avancer(self._position + 2)

    def _dans_section(self) -> bytes:
        """Inside a comment, CDATA section or processing instruction: pass until its end."""
        trouve = self._octets.find(self._jusque, self._position + self._entree)
        if trouve >= 0:
            fin = trouve + len(self._jusque)
            self._jusque = b""
            return self._avancer(fin)
        sortie = self._avancer(max(self._position, len(self._octets) - 2))
        self._entree = max(0, self._entree - len(sortie))
        if not sortie and not self._remplir():
            self._jusque = b""
            return self._avancer(len(self._octets))
        return sortie

    def _fichier_pj(self) -> bytes:
        """At `<Fichier`: pass its opening tag, take its text away."""
        balise = _OUVRANTE.match(self._octets, self._position)
        while balise is None and self._reste() < _BALISE_MAX and self._remplir():
            balise = _OUVRANTE.match(self._octets, self._position)
        if balise is None:
            return self._avancer(self._position + len(b"<Fichier"))
        sortie = self._avancer(balise.end())
        if not sortie.endswith(b"/>"):
            self._texte_pj()
        return sortie

    @property
    def octet(self) -> int:
        """How many bytes of the file are behind."""
        return self._fichier.tell() - self._reste()

    def _aller(self, ou: int, ligne: int, colonne: int) -> None:
        self._fichier.seek(ou)
        self._octets, self._position, self._fini = b"", 0, False
        self.ligne, self.colonne = ligne, colonne

    def _texte_pj(self) -> None:
        debut, ligne, colonne = self.octet, self.ligne, self.colonne
        connu = self._connus.get(debut)
        if connu is not None:
            self._attente = connu.remplacement
            self._ote += connu.fin - debut
            if connu.fin - debut <= self._reste():
                self._avancer(self._position + connu.fin - debut)
            else:
                self._aller(connu.fin, connu.ligne, connu.colonne)
            return
        if self._connus:
            return
        try:
            self._attente = self._avaler()
        except _Illisible:
            self._aller(debut, ligne, colonne)
            return
        if self.ligne > ligne:
            self._retire = self.colonne - 1
        else:
            self._retire += self.octet - debut - len(self._attente)
        fin = self.octet
        self._ote += fin - debut
        self.textes.append(Texte(debut, fin, self._attente, self.ligne, self.colonne))

    def _avaler(self) -> bytes:
        """Swallow the text up to `</Fichier`; gives what replaces it."""
        puits = self._ouvrir()
        avant, etrangers, precedent, vide, fin = self.ligne, b"", b"", True, -1
        while fin < 0:
            fin = self._octets.find(b"<", self._position)
            morceau = _sans_references(self._morceau(fin))
            vide = vide and not morceau.strip()
            if not puits.feed(morceau) and len(etrangers) < _APERCU_ETRANGERS:
                etrangers += (precedent[-3:] + morceau).translate(None, _ALPHABET)
            precedent = morceau
            if fin < 0 and not self._remplir():
                raise _Illisible
        while self._reste() < _JETON and self._remplir():
            continue
        if not self._octets.startswith(b"</Fichier", self._position):
            raise _Illisible
        numero = b"" if vide else b"%08d" % len(self.contenus)
        self.contenus.append(puits.fin())
        return numero + etrangers[:_APERCU_ETRANGERS] + b"\n" * (self.ligne - avant)

    def _morceau(self, fin: int) -> bytes:
        if fin >= 0:
            return self._avancer(fin)
        # A reference to a line end must not be cut in two.
        esperluette = self._octets.rfind(b"&", max(self._position, len(self._octets) - _JETON))
        return self._avancer(esperluette if esperluette >= 0 else len(self._octets))


def _sans_references(morceau: bytes) -> bytes:
    """References to white space become a space; any other is for the XML parser to judge."""
    if b"&" in morceau:
        morceau = _BLANC_REF.sub(b" ", morceau)
        if b"&" in morceau:
            raise _Illisible
    return morceau
