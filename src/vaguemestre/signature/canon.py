"""Exclusive canonical form (xml-exc-c14n, no comments) of a whole document, as a stream.

A global signature covers the PJ, so the file may weigh 100 MB; a tree would not fit. The base64
text of each `Fichier` goes to the digest straight from the file. Rules: W3C « Exclusive XML
Canonicalization 1.0 » and « Canonical XML 1.0 » §2.3.
"""

from __future__ import annotations

from collections.abc import Callable
from xml.parsers import expat

from vaguemestre.errors import IllisibleError
from vaguemestre.signature.epissure import Lecture, tranches
from vaguemestre.signature.squelette import Alimentation, base64_pur, encodage_de

XML = "http://www.w3.org/XML/1998/namespace"
_TAMPON = 1 << 12


class _Ecrivain:
    """Turns expat events into canonical bytes.

    `_portees[i]` maps prefixes to URIs in scope at depth i; `_rendus[i]` those an output ancestor
    has declared. Both maps are shared between depths until one of them changes.
    """

    def __init__(self, lecture: Lecture, vers: Callable[[bytes], object]) -> None:
        self._lecture = lecture
        self._vers = vers
        self._texte: list[str] = []
        self._portees: list[dict[str, str]] = [{"": "", "xml": XML}]
        self._rendus: list[dict[str, str]] = [{"": ""}]
        self._fil = Alimentation(lecture, lambda debut, fin: base64_pur(lecture, debut, fin))
        self._analyseur = expat.ParserCreate()
        self._analyseur.buffer_text = True
        self._analyseur.ordered_attributes = True
        self._analyseur.StartElementHandler = self._debut
        self._analyseur.EndElementHandler = self._fin
        self._analyseur.CharacterDataHandler = self._caracteres
        self._analyseur.ProcessingInstructionHandler = self._instruction

    def ecrire(self) -> None:
        self._fil.nourrir(self._analyseur)
        self._vider()

    def _vider(self) -> None:
        self._vers("".join(self._texte).encode("utf-8"))
        self._texte.clear()

    def _debut(self, nom: str, plats: list[str]) -> None:
        attributs = list(zip(plats[::2], plats[1::2], strict=True))
        portee = self._portees[-1]
        espaces = {n[6:]: v for n, v in attributs if n.startswith("xmlns:")}
        for nom_attribut, uri in attributs:
            if nom_attribut == "xmlns":
                espaces[""] = uri
        if espaces:
            portee = {**portee, **espaces}
            attributs = [(n, v) for n, v in attributs if n != "xmlns" and n[:6] != "xmlns:"]
        self._portees.append(portee)
        utilises = {_prefixe(nom)} | {p for n, _ in attributs if (p := _prefixe(n))}
        declares = self._declarations(utilises - {"xml"}, portee)
        if len(attributs) > 1:
            attributs.sort(key=lambda a: _cle(a[0], portee))
        ecrits = "".join(f' {n}="{_valeur(v)}"' for n, v in attributs)
        self._texte.append(f"<{nom}{declares}{ecrits}>")
        coupe = None
        if self._fil.coupes:
            coupe = self._fil.coupes.get(self._fil.position(self._analyseur.CurrentByteIndex))
        if coupe is not None:
            self._vider()
            self._base64(*coupe)
        elif len(self._texte) > _TAMPON:
            self._vider()

    def _declarations(self, utilises: set[str], portee: dict[str, str]) -> str:
        rendus = self._rendus[-1]
        nouveaux: dict[str, str] = {}
        for prefixe in utilises:
            uri = portee.get(prefixe)
            if uri is None or (prefixe and not uri):
                raise IllisibleError(f"XML mal formé : préfixe « {prefixe} » sans espace de noms")
            if rendus.get(prefixe) != uri:
                nouveaux[prefixe] = uri
        self._rendus.append({**rendus, **nouveaux} if nouveaux else rendus)
        return "".join(
            f' xmlns:{p}="{_valeur(nouveaux[p])}"' if p else f' xmlns="{_valeur(nouveaux[p])}"'
            for p in sorted(nouveaux)
        )

    def _base64(self, debut: int, fin: int) -> None:
        retour = False
        for tranche in tranches(self._lecture, debut, fin):
            if b"\r" in tranche or retour:
                propre = tranche[1:] if retour and tranche.startswith(b"\n") else tranche
                retour = tranche.endswith(b"\r")
                self._vers(propre.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
            else:
                self._vers(tranche)

    def _fin(self, nom: str) -> None:
        self._portees.pop()
        self._rendus.pop()
        self._texte.append(f"</{nom}>")

    def _caracteres(self, texte: str) -> None:
        texte = texte.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        self._texte.append(texte.replace("\r", "&#xD;"))

    def _instruction(self, cible: str, texte: str) -> None:
        # Outside the root element it is no part of the signed element.
        if len(self._portees) > 1:
            suite = f" {texte}" if texte else ""
            self._texte.append(f"<?{cible}{suite}?>")


def _prefixe(nom: str) -> str:
    return nom.partition(":")[0] if ":" in nom else ""


def _cle(nom: str, portee: dict[str, str]) -> tuple[str, str]:
    prefixe, deux_points, local = nom.partition(":")
    return (portee.get(prefixe, ""), local) if deux_points else ("", nom)


def _valeur(texte: str) -> str:
    texte = texte.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    if "\t" in texte or "\n" in texte or "\r" in texte:
        texte = texte.replace("\t", "&#x9;").replace("\n", "&#xA;").replace("\r", "&#xD;")
    return texte


def canoniser(lecture: Lecture, vers: Callable[[bytes], object]) -> None:
    """Give the canonical form of the root element to `vers`, piece by piece.

    Raises:
        IllisibleError: not well-formed XML, a DOCTYPE, an unbound prefix.
    """
    encodage_de(lecture)
    _Ecrivain(lecture, vers).ecrire()
