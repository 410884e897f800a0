"""Hostile files of real size: each gets a verdict and its reason, in bounded time and memory.

Time is a ratio to `xmllint --schema` where that reads the same file to its end, else in seconds.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pybase64

from tests.bench.cadre import MO, Faux, Mesure
from tests.bench.masse import MEMOIRE, SCHEMA, Passage, check, lancer
from tests.unit.pes_check import fabrique as f
from tests.unit.pj import pdfs
from vaguemestre.errors import DocumentError, Gravite
from vaguemestre.simulators.exemples import pdf

_DEMARRAGE, _PAR_CENT_MO = 1.0, 2.0
"""Seconds for a file that xmllint gives up: to start, and for each 100 MB."""
_PATIENCE, _DELAI_PASSE = "20", 124
_FOIS = 4.0
"""Times xmllint, which neither runs rules nor says where an error stands: no file takes longer."""
# A finding about the size of a sending, which says nothing of what is in the file.
_TROP_LOURD = "pes.fichier.taille"
_PDF_DELAI, _PDF_MEMOIRE = 15.0, 1100.0
"""A page has ten seconds and its reader 1 GiB (`[pj] delai` and `memoire`); then it is killed."""
Morceaux = Iterator[bytes]


@dataclass(frozen=True, slots=True)
class Entree:
    """One hostile file. `regle`: a finding that it must have, by the beginning of its name; ''
    where it is sound. `pdf`: the text of its pages is asked for, too."""

    nom: str
    regle: str
    ecrire: Callable[[], Morceaux]
    pdf: bool = False


def entrees(*, court: bool) -> list[Entree]:
    """Every file; `court`: a thirtieth of their size, and no PDF that makes a reader wait."""
    mo, part = (3, 40) if court else (100, 1)
    million = 1_000_000 // part
    toutes = [*_faux_xml(mo), *_sections(mo), *_nombreux(million), *_fautes(court), *_pj(mo)]
    return [entree for entree in toutes if not (court and entree.pdf)]


def mesurer(ou: Path, *, court: bool) -> list[Mesure]:
    """Check each of them alone; `court`: all in one call, as starting would take most of the time.

    Raises:
        Faux: no verdict, or another one than expected, or not the reason.
    """
    ou.mkdir()
    if court:
        return _ensemble(ou, entrees(court=True))
    mesures: list[Mesure] = []
    for entree in entrees(court=False):
        fichier = _ecrire(entree, ou / "hostile.xml")
        mesures += _seule(entree, fichier)
        fichier.unlink()  # together they would fill a disk
    return mesures


def _ecrire(entree: Entree, fichier: Path) -> Path:
    with fichier.open("wb") as sortie:
        sortie.writelines(entree.ecrire())
    return fichier


def _ensemble(ou: Path, toutes: list[Entree]) -> list[Mesure]:
    fichiers = [_ecrire(entree, ou / f"{rang:02d}.xml") for rang, entree in enumerate(toutes)]
    passage, vus = _verdicts(ou / "verdicts.json", *fichiers)
    for entree, vu in zip(toutes, vus, strict=True):
        _confronter(entree, vu)
    taille = sum(fichier.stat().st_size for fichier in fichiers) / MO
    nom = f"{len(toutes)} fichiers hostiles"
    return [
        Mesure(nom, passage.duree, "s", detail=f"{taille:.0f} Mo, chacun son verdict et sa raison"),
        Mesure(f"{nom} : mémoire du processus le plus gros", passage.memoire, "Mo", MEMOIRE),
    ]


def _seule(entree: Entree, fichier: Path) -> list[Mesure]:
    passage, (vu,) = _verdicts(fichier.with_name("verdict.json"), fichier, pdf=entree.pdf)
    raison = _confronter(entree, vu)
    detail = f"{raison}, {len(vu['anomalies'])} constat(s), {fichier.stat().st_size / MO:.0f} Mo"
    return [
        _temps(entree, fichier, passage.duree, detail),
        Mesure(
            f"{entree.nom} : mémoire",
            passage.memoire,
            "Mo",
            _PDF_MEMOIRE if entree.pdf else MEMOIRE,
        ),
    ]


def _verdicts(
    dits: Path, *fichiers: Path, pdf: bool = False
) -> tuple[Passage, list[dict[str, Any]]]:
    """What the command line says of each file."""
    option = "--pj-texte" if pdf else "--no-pj-texte"
    passage = lancer(check(option, *fichiers, json=True), dits)
    if passage.code not in (0, DocumentError.exit_code):
        raise Faux(f"code {passage.code} : {dits.read_text('utf-8')[-300:]}")
    lus = json.loads(dits.read_bytes())
    return passage, lus if isinstance(lus, list) else [lus]


def _confronter(entree: Entree, vu: dict[str, Any]) -> str:
    """The reason among the findings; raises when it is another verdict."""
    dits = vu["anomalies"]
    graves = {a["regle"] for a in dits if a["gravite"] != Gravite.AVERTISSEMENT.value}
    graves -= {_TROP_LOURD}
    trouvees = sorted({anomalie["regle"] for anomalie in dits} - {_TROP_LOURD})
    raison = next((regle for regle in trouvees if regle.startswith(entree.regle)), None)
    if bool(graves) != bool(entree.regle) or (entree.regle and raison is None):
        raise Faux(f"{entree.nom} : {vu['verdict']} pour {trouvees[:5]}")
    return raison if entree.regle and raison else "accepte"


def _temps(entree: Entree, fichier: Path, duree: float, detail: str) -> Mesure:
    if entree.pdf:
        return Mesure(entree.nom, duree, "s", _PDF_DELAI, detail=detail)
    reference = ["xmllint", "--noout", "--huge", "--schema", str(SCHEMA), str(fichier)]
    # Some of them keep xmllint busy for hours.
    xmllint = lancer(["timeout", _PATIENCE, *reference], fichier.with_name("xmllint.txt"))
    detail += f" ; {duree:.2f} s, xmllint {xmllint.duree:.2f} s et {xmllint.memoire:.0f} Mo"
    if xmllint.code != _DELAI_PASSE and xmllint.duree > 2 * _DEMARRAGE:
        return Mesure(f"{entree.nom} / xmllint", duree / xmllint.duree, "×", _FOIS, detail=detail)
    borne = _DEMARRAGE + _PAR_CENT_MO * fichier.stat().st_size / MO / 100
    return Mesure(entree.nom, duree, "s", borne, detail=f"{detail} (code {xmllint.code})")


def _autour(au_lieu: str, *, blocs: tuple[str, ...] = ()) -> tuple[bytes, bytes]:
    """A sound file cut at the first place where `au_lieu` begins."""
    octets = f.pes(*blocs)
    ou = octets.index(au_lieu.encode())
    return octets[:ou], octets[ou:]


def _dedans(plein: Callable[[], Morceaux], au_lieu: str = "<Piece>") -> Morceaux:
    """`plein` right before the first `au_lieu` of a sound file."""
    avant, apres = _autour(au_lieu)
    yield avant
    yield from plein()
    yield apres


def _repeter(un: bytes, nombre: int) -> Morceaux:
    """The same bytes so many times, some thousands at once."""
    lot = max(1, 1_000_000 // max(len(un), 1))
    for fait in range(0, nombre, lot):
        yield un * min(lot, nombre - fait)


def _faux_xml(mo: int) -> list[Entree]:
    """What is no PES, or stops being XML far from its beginning."""
    sain = partial(_lignes, mo * MO // 600)

    def en_utf8() -> Morceaux:
        morceaux = list(sain())
        yield morceaux[0].replace(b"ISO-8859-1", b"UTF-8", 1)
        yield from morceaux[1:-1]
        yield morceaux[-1].replace(b"</n:PES_Aller>", b"\xe9</n:PES_Aller>")

    def en_utf16() -> Morceaux:
        yield b"\xff\xfe"
        for morceau in sain():
            yield morceau.decode("latin-1").encode("utf-16-le")

    def rires() -> Morceaux:
        entites = (f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
        yield f'<!DOCTYPE b [<!ENTITY a0 "ha">{"".join(entites)}]><b>&a9;</b>'.encode()

    def coupe() -> Morceaux:
        yield from list(sain())[:-1]

    return [
        Entree("pas du XML", "xml.nature", partial(_repeter, b"Bonjour. ", mo * MO // 9)),
        Entree("une autre racine", "xml.racine", partial(_autre_racine, mo)),
        Entree("UTF-8 annoncé, latin-1 à la fin", "xml.encodage", en_utf8),
        Entree("UTF-16", "xml.encodage", en_utf16),
        Entree("mille millions de rires", "xml.doctype", rires),
        Entree("coupé avant la fin", "xml.coupe", coupe),
        Entree("rien que des octets nuls", "xml.encodage", partial(_repeter, b"\0", mo * MO)),
    ]


def _autre_racine(mo: int) -> Morceaux:
    yield b"<autre>"
    yield from _repeter(b"<a/>", mo * MO // 4)
    yield b"</autre>"


def _sections(mo: int) -> list[Entree]:
    """One thing of 100 MB: a text, a value, a comment, an instruction, a CDATA section."""

    def long(avant: bytes, apres: bytes, un: bytes = b"x") -> Morceaux:
        yield avant
        yield from _repeter(un, mo * MO // len(un))
        yield apres

    def dans(
        avant: bytes, apres: bytes, un: bytes = b"x", ou: str = "<Piece>"
    ) -> Callable[[], Morceaux]:
        return partial(_dedans, partial(long, avant, apres, un), ou)

    return [
        Entree("un texte", "xml.demesure", dans(b"", b"")),
        Entree("un texte de blancs", "xml.demesure", dans(b"", b"", b" \n")),
        Entree("un texte de références", "xsd.", dans(b"", b"", b"&#88;")),
        Entree("une valeur d'attribut", "xml.", dans(b'<a V="', b'"/>')),
        Entree("une valeur de références", "xml.", dans(b'<a V="', b'"/>', b"&amp;")),
        Entree("un nom de balise", "xml.", dans(b"<", b"/>")),
        Entree("des blancs dans une balise", "xml.", dans(b"<a", b"/>", b" ")),
        Entree("un commentaire", "xml.demesure", dans(b"<!--", b"-->", b"x \n")),
        Entree("une instruction", "xml.demesure", dans(b"<?x ", b"?>", b"x \n")),
        Entree("une section CDATA", "xml.demesure", dans(b"<![CDATA[", b"]]>")),
        Entree("des commentaires par millions", "xml.demesure", dans(b"", b"", b"<!--x-->")),
        Entree("des sections CDATA par millions", "xml.demesure", dans(b"", b"", b"<![CDATA[]]>")),
    ]


def _nombreux(million: int) -> list[Entree]:
    """Ten million elements, a million levels, hundreds of thousands of attributes."""

    def attributs(nombre: int) -> Morceaux:
        yield b"<Piece "
        for rang in range(nombre):
            yield b'a%d="x" ' % rang
        yield b"/>"

    def profond() -> Morceaux:
        yield from _repeter(b"<a>", million)
        yield from _repeter(b"</a>", million)

    def references(nombre: int) -> Morceaux:
        for rang in range(nombre):
            yield f.pj_ref(f"PJ{rang:08d}").encode()

    return [
        Entree(
            "10 M d'éléments inconnus",
            "x",
            partial(_dedans, partial(_repeter, b"<a/>", 10 * million)),
        ),
        Entree(
            "1 M d'éléments, chacun son nom",
            "x",
            partial(_dedans, lambda: (b"<a%d/>" % rang for rang in range(million))),
        ),
        Entree("10 M d'éléments d'un PES sain", "", partial(_lignes, 10 * million // 30)),
        Entree("300 000 attributs", "x", partial(_dedans, partial(attributs, 3 * million // 10))),
        Entree(
            "300 000 balises à un attribut inconnu",
            "xsd.",
            partial(_dedans, partial(_repeter, b'<Piece x="y"/>', 3 * million // 10)),
        ),
        Entree(
            "300 000 renvois à une PJ dans un mandat",
            "xml.demesure" if million > 100_000 else "",
            partial(_dedans, partial(references, 3 * million // 10), "</InfoPce>"),
        ),
        Entree("1 M de balises imbriquées", "xml.demesure", partial(_dedans, profond)),
    ]


def _lignes(nombre: int, faute: Callable[[int, str], str] | None = None) -> Morceaux:
    """A sound file of so many lignes, fifty a mandat; `faute` may spoil one, given its rank."""
    yield f.pes("@@").partition(b"@@")[0]
    yield b'<PES_DepenseAller><EnTeteDepense><IdVer V="2"/></EnTeteDepense>\n'
    mandats, fin = max(nombre // 50, 1), f.bordereau("@@").partition("@@")
    total = f"{100 * 50 * mandats}.00"
    entete = f.bordereau("@@", NbrPce=str(mandats), MtBordHT=total).partition("@@")[0]
    yield entete.encode()
    for mandat in range(mandats):
        lignes = []
        for rang in range(50):
            ligne = f.ligne(IdLigne=str(rang + 1)) + "\n"
            lignes.append(faute(mandat * 50 + rang, ligne) if faute is not None else ligne)
        yield f.piece(*lignes, IdPce=str(mandat + 1)).encode()
    yield fin[2].encode() + b"</PES_DepenseAller>"
    yield b"</n:PES_Aller>\n"


_GATER: tuple[Callable[[str], str], ...] = (
    lambda ligne: ligne.replace('<MtHT V="100.00"/>', ""),
    lambda ligne: ligne.replace("<MtHT V=", "<MtXX V="),
    lambda ligne: ligne.replace('<Nature V="60612"/>', '<Nature V="60612"/><Nature V="60612"/>'),
    lambda ligne: ligne.replace('<IdLigne V="', '<IdLigne W="'),
    lambda ligne: re.sub("<CpteBancaire>.*</CpteBancaire>", "<CpteBancaire/>", ligne),
    lambda ligne: ligne.replace('<MtHT V="100.00"/>', '<MtHT V="douze"/>'),
    lambda ligne: ligne.replace("<Adresse>", "<Adresse>texte"),
    lambda ligne: ligne.replace("<Tiers>", "<Tiers><Inconnu><Dedans/></Inconnu>"),
)


def _fautes(court: bool) -> list[Entree]:
    """Errors of structure spread over a large file."""
    petit, gros = (2, 4) if court else (60, 150)

    def gater(pas: int, gateurs: tuple[Callable[[str], str], ...], rang: int, ligne: str) -> str:
        return gateurs[rang // pas % len(gateurs)](ligne) if rang % pas == 0 else ligne

    def fichier(mo: int, erreurs: int, *quoi: Callable[[str], str]) -> Callable[[], Morceaux]:
        nombre = mo * MO // 640
        return partial(_lignes, nombre, partial(gater, max(nombre // erreurs, 1), quoi))

    return [
        Entree("1 000 éléments manquants", "xsd.", fichier(petit, 1000, _GATER[0])),
        Entree("1 000 erreurs de toutes sortes", "xsd.", fichier(gros, 1000, *_GATER)),
        Entree("100 000 erreurs de toutes sortes", "xsd.", fichier(gros, 100_000, *_GATER)),
        Entree("une erreur à chaque ligne", "xsd.", fichier(gros, 10**9, *_GATER)),
    ]


def _pj(mo: int) -> list[Entree]:
    """What stands in `Fichier`."""

    def joindre(texte: Callable[[], Morceaux]) -> Morceaux:
        avant, apres = _autour("@@", blocs=(f.domaine(), f.pes_pj(f.pj(texte="@@"))))
        yield avant
        yield from texte()
        yield apres.removeprefix(b"@@")

    def bombe() -> Morceaux:
        # A thousand to one, compressed member by member: 1 GB when `mo` is 100.
        yield pybase64.b64encode(gzip.compress(b"\0" * (3 * MO), 9) * (10 * mo // 3 + 1))

    def gater(nombre: int) -> Morceaux:
        hasard = random.Random(3)  # noqa: S311 - test data
        for rang in range(nombre):
            octets = f.contenu(pdf([f"Facture {rang}"], poids=20_000, graine=rang))
            ou = hasard.randrange(100, len(octets) - 8)
            faute = ("*", "é", "=", "&#65;", "&lt;", "-")[rang % 6]
            yield f.pj(texte=octets[:ou] + faute + octets[ou + 1 :], IdUnique=f"P{rang}").encode(
                "latin-1"
            )

    def gates() -> Morceaux:
        avant, apres = _autour("@@", blocs=(f.domaine(), f.pes_pj("@@")))
        yield avant
        yield from gater(mo * MO // 28_000)
        yield apres.removeprefix(b"@@")

    def texte(un: bytes) -> Callable[[], Morceaux]:
        return partial(joindre, partial(_repeter, un, mo * MO // len(un)))

    def un_pdf(octets: bytes) -> Callable[[], Morceaux]:
        return partial(joindre, lambda: iter([f.contenu(octets).encode()]))

    immense = pdfs.page(pdfs.TEXTE * (mo * 2_000))
    return [
        Entree("une bombe gzip", "pj.", partial(joindre, bombe)),
        Entree("des base64 faux", "xsd.fichier", gates),
        Entree("un Fichier de blancs", "pj.vide", texte(b" ")),
        Entree("un Fichier de tirets", "xsd.fichier", texte(b"-")),
        Entree("un Fichier d'étoiles", "xsd.fichier", texte(b"*")),
        Entree("un Fichier de références à l'espace", "pj.vide", texte(b"&#32;")),
        Entree("un Fichier de références à A", "xml.demesure", texte(b"&#65;")),
        Entree("un PDF sans fin", "pj.pdf", un_pdf(pdfs.SANS_FIN), pdf=True),
        Entree(
            "un PDF de formulaires en cascade",
            "pj.pdf",
            un_pdf(pdfs.bombe_de_formulaires()),
            pdf=True,
        ),
        Entree("un PDF d'une page immense", "pj.pdf", un_pdf(immense), pdf=True),
    ]
