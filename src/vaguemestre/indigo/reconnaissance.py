"""How accepted files are cut and what their records stand for: the hypothesis that the values of
the PES bear out best.

A hypothesis is a record length, a structure, and for each pair the bordereaux that its file holds.
Values that vary from record to record and are found where they should be decide between them; a
pair where none is found is no pair.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from vaguemestre.errors import DocumentError
from vaguemestre.indigo.decoupage import Decoupage, decoupages, decouper
from vaguemestre.indigo.ecritures import DATES
from vaguemestre.indigo.profil import Discriminant
from vaguemestre.indigo.structure import (
    Cle,
    Genre,
    Paire,
    Portion,
    Structure,
    portions,
    regrouper,
    structures,
)
from vaguemestre.indigo.zones import Format, Valeur, plier

ENCODAGES = ("iso-8859-1", "utf-8", "cp1252", "cp850")
EBCDIC = ("cp500", "cp037", "cp1140")
_ECHANTILLON = 24
_HYPOTHESES = 160
# Share of the records where a value that varies must be found for it to count.
_CERTAIN = 0.9
_DISCRIMINANT_MAX = 8


@dataclass(frozen=True, slots=True)
class Reconnue:
    """The hypothesis kept. `choisies`: what the file of each pair holds; `notes`: another
    structure fits as well, in French."""

    decoupage: Decoupage
    structure: Structure
    genres: tuple[Genre, ...]
    choisies: tuple[Portion, ...]
    enregistrements: tuple[int, ...]
    discriminants: dict[Cle, Discriminant]
    base: Format
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Hypothese:
    decoupage: Decoupage
    structure: Structure
    choisies: tuple[Portion, ...]
    valeur: float
    par_paire: tuple[float, ...]


def reconnaitre(paires: Sequence[Paire]) -> Reconnue:
    """Cut the files and say what each record stands for.

    Raises:
        IllisibleError: a file that no record length suits.
        DocumentError: no structure gives the right number of records, or a pair whose two files
            do not belong together; the message names it.
    """
    encodages = _encodages(paires)
    possibles = decoupages([(paire.nom, paire.contenu) for paire in paires])
    hypotheses = sorted(
        _hypotheses(paires, possibles, encodages[0]), key=lambda h: -round(h.valeur, 2)
    )
    if not hypotheses:
        raise _sans_structure(paires, possibles)
    _exiger_appariement(paires, hypotheses[0])
    for hypothese in hypotheses:
        contenus = [decouper(paire.contenu, hypothese.decoupage) for paire in paires]
        genres = tuple(regrouper(hypothese.structure, hypothese.choisies, contenus))
        base = _forme(genres, encodages)
        discriminants = _discriminer(hypothese.structure, genres, base.encodage)
        if discriminants is not None:
            return Reconnue(
                decoupage=hypothese.decoupage,
                structure=hypothese.structure,
                genres=genres,
                choisies=hypothese.choisies,
                enregistrements=tuple(len(contenu) for contenu in contenus),
                discriminants=discriminants,
                base=base,
                notes=tuple(_ambiguites(hypothese, hypotheses)),
            )
    raise DocumentError(
        "les enregistrements sont de plusieurs sortes et rien ne les distingue : aucun octet"
        " n'est constant dans chaque sorte et différent d'une sorte à l'autre"
    )


def _encodages(paires: Sequence[Paire]) -> tuple[str, ...]:
    """EBCDIC files are told by their blanks; the others are close to ASCII."""
    blancs = sum(paire.contenu.count(b" ") for paire in paires)
    chiffres = sum(paire.contenu.count(bytes([c])) for paire in paires for c in b"0123456789")
    etendus = sum(
        paire.contenu.count(bytes([c])) for paire in paires for c in (0x40, *range(0xF0, 0xFA))
    )
    return EBCDIC if etendus > blancs + chiffres else ENCODAGES


def _hypotheses(
    paires: Sequence[Paire], possibles: Sequence[Decoupage], encodage: str
) -> Iterator[_Hypothese]:
    candidats = [portions(paire.pes) for paire in paires]
    essais = 0
    for decoupage in possibles:
        contenus = [decouper(paire.contenu, decoupage) for paire in paires]
        nombres = [len(contenu) for contenu in contenus]
        for structure in structures(candidats, nombres):
            if (essais := essais + 1) > _HYPOTHESES:
                return
            choix = [
                [p for p in liste[structure.un_fichier_par] if structure.compter(p) == nombre]
                for liste, nombre in zip(candidats, nombres, strict=True)
            ]
            yield _evaluer(decoupage, structure, choix, contenus, encodage)


def _evaluer(
    decoupage: Decoupage,
    structure: Structure,
    choix: Sequence[list[Portion]],
    contenus: Sequence[list[bytes]],
    encodage: str,
) -> _Hypothese:
    choisies: list[Portion] = []
    notes: list[float] = []
    for liste, contenu in zip(choix, contenus, strict=True):
        pas = max(1, len(contenu) // _ECHANTILLON)
        essais = [
            (_noter(regrouper(structure, [portion], [contenu], pas), encodage), -rang, portion)
            for rang, portion in enumerate(liste[:_ECHANTILLON])
        ]
        note, _, portion = max(essais, key=lambda essai: essai[:2])
        choisies.append(portion)
        notes.append(note)
    return _Hypothese(decoupage, structure, tuple(choisies), sum(notes) / len(notes), tuple(notes))


def _noter(genres: Sequence[Genre], encodage: str) -> float:
    """How many varying values, on the average, are found in the records that should hold them."""
    total = sum(len(genre.octets) for genre in genres)
    points = 0.0
    for genre in genres:
        lus = [_lisible(octets, encodage) for octets in genre.octets]
        for source, valeurs in genre.valeurs.items():
            if source == "fichier.rang" or len(set(valeurs)) < min(2, len(valeurs)):
                continue
            presences = [
                any(forme in lu for forme in formes)
                for lu, valeur in zip(lus, valeurs, strict=True)
                if (formes := _formes(valeur))
            ]
            if presences and sum(presences) >= _CERTAIN * len(presences):
                points += len(presences)
    return points / total


def _lisible(octets: bytes, encodage: str) -> str:
    """The text and the half bytes of a record, where any writing of a value may be found."""
    return f"{plier(octets.decode(encodage, 'replace'))}\n{octets.hex()}"


def _formes(valeur: Valeur) -> tuple[str, ...]:
    """Ways in which a value of three characters or more shows, whatever its writing."""
    if isinstance(valeur, date):
        return tuple(valeur.strftime(motif) for motif in DATES)
    if isinstance(valeur, int | Decimal):
        texte = str(abs(int(valeur)))
        return (texte, texte[:-1]) if len(texte) > 3 else (texte,) * (len(texte) == 3)
    texte = plier(valeur or "")
    return (texte[:12],) if len(texte) >= 3 else ()


def _exiger_appariement(paires: Sequence[Paire], hypothese: _Hypothese) -> None:
    """Refuse pairs whose files say different things.

    Raises:
        DocumentError: naming every pair where less is found than half of what the best shows.
    """
    meilleure = max(hypothese.par_paire)
    mauvaises = [
        paire.nom
        for paire, note in zip(paires, hypothese.par_paire, strict=True)
        if note < max(0.5, meilleure / 3)
    ]
    if mauvaises:
        raise DocumentError(
            "ces fichiers ne vont pas ensemble : les valeurs du PES ne se retrouvent pas dans"
            f" l'INDIGO de {', '.join(mauvaises)}",
            ref=mauvaises[0],
        )


def _sans_structure(paires: Sequence[Paire], possibles: Sequence[Decoupage]) -> DocumentError:
    """Which pair breaks the count, when only one does."""
    decoupage = possibles[0]
    nombres = [len(paire.contenu) // decoupage.pas for paire in paires]
    candidats = [portions(paire.pes) for paire in paires]
    details = "; ".join(
        f"{paire.nom} : {nombre} enregistrement(s) pour {_compte(candidat)}"
        for paire, nombre, candidat in zip(paires, nombres, candidats, strict=True)
    )
    coupables = [
        paires[rang].nom
        for rang in range(len(paires))
        if len(paires) > 2
        and structures(
            [*candidats[:rang], *candidats[rang + 1 :]], [*nombres[:rang], *nombres[rang + 1 :]]
        )
    ]
    seule = f" ; sans {coupables[0]}, les autres s'accordent" if len(coupables) == 1 else ""
    return DocumentError(
        "aucune structure ne donne le bon nombre d'enregistrements pour chaque paire : fichier"
        f" tronqué, ou PES et INDIGO qui ne vont pas ensemble ({details}){seule}",
        ref=coupables[0] if len(coupables) == 1 else "",
    )


def _compte(candidat: dict[str, list[Portion]]) -> str:
    totaux = [nombres for portion in candidat["domain"] for nombres in portion.nombres.values()]
    if not totaux:
        return "un PES sans bordereau"
    noms = ("bordereau(x)", "pièce(s)", "ligne(s)")
    return ", ".join(
        f"{sum(niveau)} {nom}" for niveau, nom in zip(zip(*totaux, strict=True), noms, strict=True)
    )


def _ambiguites(gardee: _Hypothese, toutes: Sequence[_Hypothese]) -> Iterator[str]:
    for autre in toutes:
        if autre is not gardee and round(autre.valeur, 2) == round(gardee.valeur, 2):
            yield (
                "Plusieurs structures conviennent aussi bien à ces exemples (par exemple une ligne"
                " par pièce, ou un bordereau par fichier) : en donner de plus variés."
            )
            return


def _forme(genres: Sequence[Genre], encodages: Sequence[str]) -> Format:
    """The character set and the capitals under which most texts are found."""
    essais = [
        Format(encodage=encodage, sans_accent=capitales)
        for encodage in encodages
        for capitales in (False, True)
    ]
    return max(essais, key=lambda forme: (_textes_trouves(genres, forme), -essais.index(forme)))


def _textes_trouves(genres: Sequence[Genre], forme: Format) -> int:
    trouves = 0
    for genre in genres:
        pas = max(1, len(genre.octets) // (4 * _ECHANTILLON))
        for valeurs in genre.valeurs.values():
            for octets, valeur in zip(genre.octets[::pas], valeurs[::pas], strict=True):
                if isinstance(valeur, str) and len(valeur) >= 3:
                    texte = plier(valeur) if forme.sans_accent else valeur
                    trouves += texte.encode(forme.encodage, "replace")[:26] in octets
    return trouves


def _discriminer(
    structure: Structure, genres: Sequence[Genre], encodage: str
) -> dict[Cle, Discriminant] | None:
    """Where each kind says which it is: the same bytes for all that may meet in one file.

    None where it takes one and there is none; empty where one kind stands alone.
    """
    bouts = [g for g in genres if not g.cle.famille]
    familles = sorted({g.cle.famille for g in genres if g.cle.famille})
    tous = _marquer(genres, encodage)
    if tous is not None:
        return tous
    trouves: dict[Cle, Discriminant] = {}
    if structure.un_fichier_par == "budget" or bouts:
        return None
    for famille in familles:
        siens = [g for g in genres if g.cle.famille == famille]
        if len(siens) > 1:
            marques = _marquer(siens, encodage)
            if marques is None:
                return None
            trouves |= marques
    return trouves


def _marquer(genres: Sequence[Genre], encodage: str) -> dict[Cle, Discriminant] | None:
    if len(genres) == 1:
        return {}
    constantes = [
        [c[0] if len(set(c)) == 1 else None for c in zip(*genre.octets, strict=True)]
        for genre in genres
    ]
    for longueur in range(1, _DISCRIMINANT_MAX + 1):
        for debut in range(len(constantes[0]) - longueur + 1):
            marques = [tuple(colonne[debut : debut + longueur]) for colonne in constantes]
            if len(set(marques)) == len(genres) and not any(None in marque for marque in marques):
                textes = [bytes(o or 0 for o in m).decode(encodage, "replace") for m in marques]
                if all(texte.isascii() and texte.isprintable() for texte in textes):
                    return {
                        genre.cle: Discriminant(start=debut + 1, length=longueur, value=texte)
                        for genre, texte in zip(genres, textes, strict=True)
                    }
    return None
