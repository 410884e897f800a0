"""PES_ACQUIT as the DGFiP writes it: facts in, ISO-8859-1 bytes out, nothing else.

Shapes: reference/pes.md §10 (v2: three places for an error; v1: flat, one element per error) and
the samples K01, K04. The envelope and header are those of the PES that is answered; NomFic is the
NomFic sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import quoteattr

ESPACE = "http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/retour"
TECHNIQUE, SIGNATURE_GLOBALE, SIGNATURE_BORDEREAU, PJ = 0, 2, 3, 4
DEPENSE, RECETTE, ROLE, MARCHE, FACTURE, PARAMETRAGE = 5, 6, 7, 11, 12, 99
LIBELLE_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Entete:
    """What an acquit copies from the PES it answers; '' for an absent optional value."""

    nomfic: str
    typfic: str
    sigle: str
    adresse: str
    date: str
    id_post: str
    id_coll: str
    cod_col: str
    cod_bud: str
    libelle: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Faute:
    """One error: `code` of CommunAck.xsd, free text, and how deep it blames.

    With `piece` and `ligne`: under DetailLigne; with `piece` alone: under DetailPiece; with
    neither: directly under ElementACQUIT.
    """

    code: str
    libelle: str
    piece: int | None = None
    ligne: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """The verdict on one bordereau, one PJ, one contract, the invoices or the whole file."""

    domaine: int
    accepte: bool
    bordereau: int | None = None
    exercice: int | None = None
    id_marche: str | None = None
    id_unique: str | None = None
    fautes: tuple[Faute, ...] = ()


def acquit(entete: Entete, elements: Iterable[Element], *, version: int = 2) -> bytes:
    """The whole acquit, version 2 or 1."""
    rendus = _v2 if version == 2 else _v1
    espace = f"{ESPACE}/v2" if version == 2 else ESPACE
    lignes = [
        '<?xml version="1.0" encoding="ISO-8859-1"?>',
        f'<n:PES_ACQUIT xmlns:n="{espace}">',
        *_tete(entete),
        "<ACQUIT>",
        f'<EnTeteAcquit><IdVer V="{version}"/></EnTeteAcquit>',
        *(ligne for element in elements for ligne in rendus(element)),
        "</ACQUIT>",
        "</n:PES_ACQUIT>",
    ]
    texte = "\n".join(ligne for ligne in lignes if ligne) + "\n"
    return texte.encode("iso-8859-1", "xmlcharrefreplace")


def hors_schema(contenu: bytes) -> bytes:
    """The same acquit, still XML and still naming its file, that its own schema refuses.

    A domain that is not in the list, and an element nobody knows.
    """
    contenu = contenu.replace(b'<DomaineAck V="', b'<DomaineAck V="7', 1)
    return contenu.replace(b"</ACQUIT>", b'<Inconnu V="1"/>\n</ACQUIT>', 1)


REBUT = b"503 Service momentanement indisponible\r\n\x00\x01<html"
"""What a partner under maintenance leaves in place of an acquit."""


def nom_acquit(entete: Entete, nom: str, instant: datetime, rang: int, forme: str) -> str:
    """`<IdPost>_<AAMMJJhhmmss>-ACK-<nom>.xml`, or `ACQUIT_<nom>`; `rang` counts the copies."""
    tige = nom.removesuffix(".xml").replace("%%", "-").replace("#", "_")
    suite = "" if rang <= 1 else f"_{rang}"
    if forme == "acquit":
        return f"ACQUIT_{tige}{suite}.xml"
    return f"{entete.id_post}_{instant:%y%m%d%H%M%S}-ACK-{tige}{suite}.xml"


def decouper(texte: str) -> Iterator[str]:
    """LibelleAnoAck holds 500 characters: a longer text goes on in the next error."""
    for debut in range(0, max(len(texte), 1), LIBELLE_MAX):
        yield texte[debut : debut + LIBELLE_MAX]


def _tete(entete: Entete) -> Iterator[str]:
    yield "<Enveloppe><Parametres>" + _v("Version", 2) + _v("TypFic", entete.typfic)
    yield _v("NomFic", entete.nomfic) + "</Parametres>"
    yield "<Emetteur>" + _v("Sigle", entete.sigle) + _v("Adresse", entete.adresse) + "</Emetteur>"
    yield "<Recepteur>" + _v("Sigle", "HELIOS") + "</Recepteur></Enveloppe>"
    yield "<EnTetePES>" + _v("DteStr", entete.date) + _v("IdPost", entete.id_post)
    yield _v("IdColl", entete.id_coll) + _v("CodCol", entete.cod_col) + _v("CodBud", entete.cod_bud)
    yield (_v("LibelleColBud", entete.libelle) if entete.libelle else "") + "</EnTetePES>"


def _v2(element: Element) -> Iterator[str]:
    yield "<ElementACQUIT>" + _v("DomaineAck", element.domaine) + _etat(element)
    yield _opt("NumBord", element.bordereau) + _opt("ExerciceBord", element.exercice)
    yield _opt("IdMarche", element.id_marche) + _opt("IdUnique", element.id_unique)
    yield from (_erreur(faute) for faute in element.fautes if faute.piece is None)
    for piece in dict.fromkeys(f.piece for f in element.fautes if f.piece is not None):
        fautes = [faute for faute in element.fautes if faute.piece == piece]
        yield "<DetailPiece>" + _v("NumPiece", piece)
        yield from (_erreur(faute) for faute in fautes if faute.ligne is None)
        for ligne in dict.fromkeys(f.ligne for f in fautes if f.ligne is not None):
            yield "<DetailLigne>" + _v("NumLigne", ligne)
            yield from (_erreur(faute) for faute in fautes if faute.ligne == ligne)
            yield "</DetailLigne>"
        yield "</DetailPiece>"
    yield "</ElementACQUIT>"


def _v1(element: Element) -> Iterator[str]:
    """Version 1 has room for one error: the element is repeated for the next; none for IdMarche."""
    for faute in element.fautes or (None,):
        yield "<ElementACQUIT>" + _v("DomaineAck", element.domaine) + _etat(element)
        yield _opt("ExerciceBord", element.exercice) + _opt("NumBord", element.bordereau)
        if faute is not None:
            yield _opt("NumPiece", faute.piece) + _opt("NumLigne", faute.ligne)
        yield _opt("IdUnique", element.id_unique)
        if faute is not None:
            yield _v("NumAnoAck", faute.code) + _v("LibelleAnoAck", faute.libelle)
        yield "</ElementACQUIT>"


def _erreur(faute: Faute) -> str:
    return (
        "<Erreur>" + _v("NumAnoAck", faute.code) + _v("LibelleAnoAck", faute.libelle) + "</Erreur>"
    )


def _etat(element: Element) -> str:
    return _v("EtatAck", int(element.accepte))


def _opt(nom: str, valeur: int | str | None) -> str:
    return "" if valeur is None else _v(nom, valeur)


def _v(nom: str, valeur: int | str) -> str:
    return f"<{nom} V={quoteattr(str(valeur))}/>"
