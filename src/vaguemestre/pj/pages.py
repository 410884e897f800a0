"""What a reader saw of a PDF, page by page, and what that makes of it: numérisé or scanné.

Accord local 1.4: « Lorsque les pièces sont converties en format PDF, elles sont numérisées et pas
scannées. […] La pièce scannée présente une image du fichier sans possibilité de lecture ».
Classes and thresholds: archive-and-audit.md §6.1; they were tried on two dozen samples only, so
every one of them is a setting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from concurrent.futures import Future


class Classe(Enum):
    """What a page is, as far as its text can be read by a machine."""

    TEXTE = "texte"
    SCAN_OCR = "scan+ocr"
    SCAN = "scan"
    ILLISIBLE = "texte-illisible"
    VECTORIEL = "vectoriel"
    COURT = "texte-court"
    VIDE = "vide"


@dataclass(frozen=True, slots=True)
class Seuils:
    """Where one class ends and the next begins.

    Characters: `texte_min` letters or digits make a page of text, `texte_sur_image` over a
    full-page image; `invisibles_min` of them invisible: an OCR layer. Shares of the page, 0 to 1:
    `image_pleine` a scan, `image_seule` a scan when there is no text at all. Shares of the
    characters: `illisibles_max` beyond which the text is unreadable, `controle_max` beyond which
    accents are probably lost. `traces_min`: drawn paths that make text turned into outlines.
    """

    texte_min: int = 20
    texte_sur_image: int = 80
    invisibles_min: int = 20
    image_pleine: float = 0.70
    image_seule: float = 0.10
    illisibles_max: float = 0.30
    controle_max: float = 0.005
    traces_min: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class PageVue:
    """Raw facts of one page; `numero` from 1.

    `caracteres`: all that the text layer gives; `lettres`: letters and digits among them;
    `controle`: control characters; `prives`: U+FFFD and private use; `invisibles`: characters
    drawn in render mode 3. `image`: share of the page under images, 0 to 1. `traces` and `textes`
    count drawn paths and text objects. `complete` is False when the page holds more objects than
    were looked at. `ms`: what reading it took.
    """

    numero: int
    caracteres: int = 0
    lettres: int = 0
    controle: int = 0
    prives: int = 0
    invisibles: int = 0
    image: float = 0.0
    traces: int = 0
    textes: int = 0
    complete: bool = True
    ms: float = 0.0

    @property
    def visibles(self) -> int:
        return max(self.lettres - self.invisibles, 0)

    @property
    def part_illisible(self) -> float:
        return (self.controle + self.prives) / self.caracteres if self.caracteres else 0.0

    def accents_perdus(self, seuils: Seuils) -> bool:
        """A font without its Unicode table loses its accents to control characters."""
        return bool(self.caracteres) and self.controle / self.caracteres > seuils.controle_max


def classer(page: PageVue, seuils: Seuils) -> Classe:
    """The class of a page (archive-and-audit.md §6.1)."""
    if page.visibles < seuils.texte_sur_image and page.image >= seuils.image_pleine:
        ocr = page.invisibles >= seuils.invisibles_min
        return Classe.SCAN_OCR if ocr else Classe.SCAN
    if page.part_illisible > seuils.illisibles_max or (page.textes and not page.caracteres):
        return Classe.ILLISIBLE
    if page.lettres >= seuils.texte_min:
        return Classe.TEXTE
    return _presque_sans_texte(page, seuils)


def _presque_sans_texte(page: PageVue, seuils: Seuils) -> Classe:
    if page.lettres:
        return Classe.COURT
    if page.image > seuils.image_seule:
        return Classe.SCAN
    return Classe.VECTORIEL if page.traces > seuils.traces_min else Classe.VIDE


class Genre(Enum):
    """Why a reader could not read a PDF to its end."""

    MOT_DE_PASSE = "mot_de_passe"
    ILLISIBLE = "illisible"
    DELAI = "delai"
    ARRET = "arret"
    MEMOIRE = "memoire"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Faute:
    """The reader gave up: why, in French, and at which page (0: before the first one)."""

    genre: Genre
    detail: str
    page: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """What a PDF holds beside its pages.

    `chiffre`: protected, but opens without a password. `scripts`: JavaScript anywhere.
    `actions`: kinds of automatic actions (« Launch »…). `jointes`: names of embedded files.
    `pdfa`: what the file claims (« 3B »), never verified. `signatures`: signed fields.
    """

    chiffre: bool = False
    scripts: bool = False
    actions: tuple[str, ...] = ()
    jointes: tuple[str, ...] = ()
    xfa: bool = False
    pdfa: str = ""
    signatures: int = 0
    pages: int | None = None
    faute: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lecture:
    """What one reading of one PDF gave. `nombre` of pages is None when it did not open.

    `pages` may be fewer than `nombre`: at most so many are read, or the reader gave up (`faute`).
    `ms`: time of the reading, all pages.
    """

    nombre: int | None = None
    pages: tuple[PageVue, ...] = ()
    structure: Structure | None = None
    faute: Faute | None = None
    ms: float = 0.0


class LecteurPdf(Protocol):
    """Reads PDFs outside of this process, in bounded time and memory; never raises for content."""

    def lire(self, pdf: bytes | Path, *, texte: bool, structure: bool) -> Lecture: ...

    def soumettre(self, pdf: bytes | Path, *, texte: bool, structure: bool) -> Future[Lecture]:
        """The same, while the caller goes on; waits first when too many are under way."""
        ...


def suites(numeros: Sequence[int]) -> str:
    """« 1, 3 à 5 »: page numbers as a person writes them; they come in increasing order."""
    groupes: list[list[int]] = []
    for numero in numeros:
        if groupes and numero == groupes[-1][-1] + 1:
            groupes[-1].append(numero)
        else:
            groupes.append([numero])
    return ", ".join(_suite(groupe) for groupe in groupes)


def _suite(groupe: Sequence[int]) -> str:
    if len(groupe) < 3:
        return ", ".join(map(str, groupe))
    return f"{groupe[0]} à {groupe[-1]}"
