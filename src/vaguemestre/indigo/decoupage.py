"""Where one record of an unknown INDIGO file ends and the next begins.

Records have one length; they stand one after the other, with CR LF, LF or nothing between. A
packed zone may hold the bytes of a line end, so a separator is believed only where it comes back
at every step, to the last byte of every file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd

from vaguemestre.errors import IllisibleError
from vaguemestre.indigo.profil import Fin

FINS: dict[Fin, bytes] = {"CRLF": b"\r\n", "LF": b"\n", "NONE": b""}
_LONGUEUR_MIN, _LONGUEUR_MAX = 8, 100_000
# A separator is looked for among this many of its first occurrences.
_ESSAIS = 400
# The bytes of a text file, with the mark that MS-DOS puts at its end.
_TEXTE = bytes([*b"\t\r\n\x1a", *range(0x20, 0x100)])


@dataclass(frozen=True, slots=True)
class Decoupage:
    """A record length in bytes (the end of line apart), and the end of line by its layout name."""

    longueur: int
    fin: Fin

    @property
    def pas(self) -> int:
        return self.longueur + len(FINS[self.fin])


def decoupages(contenus: Sequence[tuple[str, bytes]]) -> list[Decoupage]:
    """Every way to cut all the files (name, bytes) into equal records, most likely first.

    Raises:
        IllisibleError: one is empty, or no way holds for all of them; the message says which file
            and which line breaks the rule.
    """
    for nom, contenu in contenus:
        if not contenu:
            raise IllisibleError("le fichier INDIGO est vide", ref=nom)
    avec_fin: tuple[Fin, ...] = ("CRLF", "LF")
    for fin in avec_fin:
        trouves = _a_separateur([contenu for _, contenu in contenus], fin)
        if trouves:
            return trouves
    _refuser_lignes_inegales(contenus)
    possibles = _sans_separateur([len(contenu) for _, contenu in contenus])
    if not possibles:
        raise IllisibleError(
            "aucune longueur d'enregistrement ne convient à tous les fichiers INDIGO : l'un d'eux"
            " est tronqué, ou n'est pas du même dessin",
            ref=", ".join(nom for nom, _ in contenus),
        )
    return possibles


def decouper(contenu: bytes, decoupage: Decoupage) -> list[bytes]:
    """The records of a file, their end of line left out."""
    return [
        contenu[debut : debut + decoupage.longueur]
        for debut in range(0, len(contenu), decoupage.pas)
    ]


def _a_separateur(contenus: list[bytes], fin: Fin) -> list[Decoupage]:
    marque = FINS[fin]
    premier = contenus[0]
    position = premier.find(marque)
    for _ in range(_ESSAIS):
        if position < 0 or position > _LONGUEUR_MAX:
            return []
        essai = Decoupage(position, fin)
        if position and all(_tient(contenu, essai) for contenu in contenus):
            return [essai]
        position = premier.find(marque, position + 1)
    return []


def _tient(contenu: bytes, essai: Decoupage) -> bool:
    if len(contenu) % essai.pas:
        return False
    nombre = len(contenu) // essai.pas
    return all(
        contenu[essai.longueur + rang :: essai.pas] == bytes([octet]) * nombre
        for rang, octet in enumerate(FINS[essai.fin])
    )


def _sans_separateur(tailles: list[int]) -> list[Decoupage]:
    commune = gcd(*tailles)
    bornes = range(_LONGUEUR_MIN, min(commune, _LONGUEUR_MAX) + 1)
    return [Decoupage(longueur, "NONE") for longueur in bornes if commune % longueur == 0]


def _refuser_lignes_inegales(contenus: Sequence[tuple[str, bytes]]) -> None:
    """A text of lines that are not all as long as the others: say which."""
    if any(contenu.translate(None, _TEXTE) for _, contenu in contenus):
        return  # packed digits: what looks like an end of line may be none
    longueurs: Counter[int] = Counter()
    for _, contenu in contenus:
        longueurs.update(len(ligne) for ligne in contenu.splitlines(keepends=True))
    courante, fois = longueurs.most_common(1)[0]
    if len(longueurs) == 1 or fois * 2 <= sum(longueurs.values()):
        return
    for nom, contenu in contenus:
        lignes = contenu.splitlines(keepends=True)
        for rang, ligne in enumerate(lignes, 1):
            if len(ligne) != courante:
                raise IllisibleError(
                    f"ligne {rang} : {len(ligne)} octets, fin de ligne comprise, et les autres en"
                    f" ont {courante} ; {_cause(ligne, rang == len(lignes))}",
                    ref=nom,
                )


def _cause(ligne: bytes, derniere: bool) -> str:
    if ligne == b"\x1a":
        return "c'est la marque de fin de fichier de MS-DOS, la retirer d'une copie"
    if derniere and not ligne.endswith(b"\n"):
        return "le fichier est tronqué, ou sa dernière fin de ligne manque"
    return "le fichier est abîmé, ou n'est pas à enregistrements de longueur fixe"
