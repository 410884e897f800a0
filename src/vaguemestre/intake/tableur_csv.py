"""CSV as French finance offices make it: `;`, `,` or tab; UTF-8 or Windows-1252.

The encoding is decided by the bytes: BOM, then strict UTF-8, then Windows-1252. A file that mixes
both is refused at the first place that shows it. The separator is the one under which the header
holds the most known columns.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from vaguemestre.errors import Anomalie
from vaguemestre.intake.colonnes import Genre, par_nom
from vaguemestre.intake.constats import Constats
from vaguemestre.intake.tableau import Cellules, Feuille, Rangee, ranger, rogner

SEPARATEURS = (";", ",", "\t")
_DECLARE = re.compile(r'"?sep=(.)"?\r?\n', re.IGNORECASE)
# What UTF-8 accents look like once read as Windows-1252: « Ã© », « â€™ ».
_MELANGE = re.compile("Ã[\u00a0-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€[™œ˜¦“”]")
_BOM_UTF8 = b"\xef\xbb\xbf"
_BOMS_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def lire_csv(octets: bytes, fichier: str, genre: Genre, constats: Constats) -> list[Rangee]:
    """The rows of a CSV; what cannot be read becomes findings."""
    texte = decoder(octets, fichier, constats)
    if texte is None:
        return []
    decalage = 0
    declare = _DECLARE.match(texte)
    if declare:
        texte, decalage = texte[declare.end() :], 1
    separateur = declare[1] if declare else _separateur(texte, genre)
    lignes = _lignes(texte, separateur, decalage, fichier, constats)
    if lignes is None:
        return []
    return ranger(Feuille(fichier, lignes), genre, constats)


def decoder(octets: bytes, fichier: str, constats: Constats) -> str | None:
    """The text of the file, or None with a finding."""
    if octets.startswith(_BOM_UTF8):
        octets = octets[len(_BOM_UTF8) :]
    if octets.startswith(_BOMS_UTF16) or b"\0" in octets or octets.startswith(b"PK\x03\x04"):
        _pas_du_texte(octets, fichier, constats)
        return None
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        texte = octets.decode("cp1252")
    except UnicodeDecodeError as error:
        ligne = octets.count(b"\n", 0, error.start) + 1
        colonne = error.start - octets.rfind(b"\n", 0, error.start)
        _refuser_encodage(
            f"l'octet 0x{octets[error.start]:02X} (position {colonne} de la ligne) n'est un "
            "caractère ni en UTF-8 ni en Windows-1252",
            fichier,
            ligne,
            constats,
        )
        return None
    if melange := _MELANGE.search(texte):
        _refuser_encodage(
            f"le fichier mélange deux encodages : « {melange.group()} »",
            fichier,
            texte.count("\n", 0, melange.start()) + 1,
            constats,
        )
        return None
    return texte


def _pas_du_texte(octets: bytes, fichier: str, constats: Constats) -> None:
    if octets.startswith(b"PK\x03\x04"):
        message = "ce n'est pas un CSV mais un classeur ou un zip renommé"
        conseil = "Redonner au fichier son extension .xlsx, ou l'enregistrer au format CSV."
    else:
        message = "le fichier est en UTF-16 (« Texte Unicode » d'Excel) ou n'est pas du texte"
        conseil = "Enregistrer au format « CSV UTF-8 (délimité par des virgules) »."
    constats.depot("depot.encodage", message, conseil, fichier=fichier)


def _refuser_encodage(message: str, fichier: str, ligne: int, constats: Constats) -> None:
    constats.noter(
        Anomalie(
            "depot.encodage",
            f"{fichier} ligne {ligne}",
            message,
            ligne=ligne,
            conseil="Réenregistrer tout le fichier en « CSV UTF-8 », puis redéposer.",
            fichier=fichier,
        )
    )


def _separateur(texte: str, genre: Genre) -> str:
    connus = par_nom(genre).keys()
    tete = texte.lstrip("\r\n").split("\n", 1)[0].strip().lower().replace('"', "")
    # At equal known columns (a one-column file, an unknown header) the French `;` stands first.
    return max(SEPARATEURS, key=lambda s: len({nom.strip() for nom in tete.split(s)} & connus))


def _lignes(
    texte: str, separateur: str, decalage: int, fichier: str, constats: Constats
) -> Sequence[tuple[int, Cellules]] | None:
    lecteur = csv.reader(io.StringIO(texte, newline=""), delimiter=separateur, strict=True)
    lignes: list[tuple[int, Cellules]] = []
    debut = 1
    try:
        for cellules in lecteur:
            lignes.append((debut + decalage, rogner(cellules, constats)))
            debut = lecteur.line_num + 1
    except csv.Error:
        ligne = debut + decalage
        constats.noter(
            Anomalie(
                "depot.csv.guillemets",
                f"{fichier} ligne {ligne}",
                "un guillemet ouvert à cette ligne n'est pas refermé, ou se trouve au milieu "
                "d'une valeur",
                ligne=ligne,
                conseil="Doubler les guillemets à l'intérieur d'une valeur, ou les retirer.",
                fichier=fichier,
            )
        )
        return None
    return lignes
