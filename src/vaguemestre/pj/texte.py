"""Door: PDFs are read by a few processes of their own, killed and replaced when one hangs.

A PDF is a program for a reader written in C++: it may loop for ever, eat all memory or crash.
So no PDF is ever opened in this process. Each reader is a child with a bound on its memory; one
that is silent for `delai` seconds, or takes more than `delai_total`, is killed, and a new one
takes its place: the PDF gets its `Faute`, the others are read as if nothing had happened.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from vaguemestre.errors import RessourceError
from vaguemestre.pj import ouvrier
from vaguemestre.pj.pages import Faute, Genre, Lecture, PageVue, Structure

if TYPE_CHECKING:
    from vaguemestre.config.sections import Pj

_SCRIPT = Path(ouvrier.__file__)
_LECTURE = 1 << 16
# Passwords may stand in the environment: a hostile PDF has no business with them.
_ENVIRONNEMENT = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH", "TMPDIR")
_MOTS = {
    "mot_de_passe": (Genre.MOT_DE_PASSE, "il faut un mot de passe pour l'ouvrir"),
    "illisible": (Genre.ILLISIBLE, "le lecteur PDF ne peut pas l'ouvrir"),
    "memoire": (Genre.MEMOIRE, "le lire demande trop de mémoire"),
}


class _Silence(Exception):
    """The reader did not answer in time."""


class _Mort(Exception):
    """The reader ended by itself."""


class _Lecteur:
    """One child process; talked to by one thread at a time."""

    def __init__(self, script: Path, memoire: int, demarrage: float) -> None:
        try:
            self._processus = subprocess.Popen(  # noqa: S603 — our own script and interpreter
                [sys.executable, "-P", str(script), str(memoire)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                env={cle: os.environ[cle] for cle in _ENVIRONNEMENT if cle in os.environ},
            )
        except OSError as error:
            raise RessourceError(f"le lecteur PDF ne démarre pas : {error.strerror}") from error
        if self._processus.stdin is None or self._processus.stdout is None:
            raise _Mort
        self._entree = self._processus.stdin.fileno()
        self._sortie = self._processus.stdout.fileno()
        os.set_blocking(self._entree, False)
        self._reste = bytearray()
        self._lignes: deque[bytes] = deque()
        self._pret, self._demarrage = False, demarrage
        self.lus = 0

    def demander(self, demande: dict[str, Any], octets: bytes, limite: float) -> None:
        """Send one request.

        Raises:
            _Silence: it takes nothing before the time `limite` (monotonic seconds).
            _Mort: it is dead.
        """
        self.lus += 1
        reste = memoryview(json.dumps(demande).encode("ascii") + b"\n" + octets)
        while reste:
            self._attendre(self._entree, select.POLLOUT, limite)
            try:
                reste = reste[os.write(self._entree, reste) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise _Mort from error

    def attendre_pret(self) -> None:
        """Until it has begun; raises as `demander` does."""
        if not self._pret:
            self.reponse(time.monotonic() + self._demarrage)
            self._pret = True

    def reponse(self, limite: float) -> dict[str, Any]:
        """The next answer; raises as `demander` does."""
        while not self._lignes:
            self._attendre(self._sortie, select.POLLIN, limite)
            bloc = os.read(self._sortie, _LECTURE)
            if not bloc:
                raise _Mort
            self._reste += bloc
            *lignes, reste = bytes(self._reste).split(b"\n")
            self._lignes.extend(lignes)
            self._reste = bytearray(reste)
        reponse: dict[str, Any] = json.loads(self._lignes.popleft())
        return reponse

    @staticmethod
    def _attendre(descripteur: int, quoi: int, limite: float) -> None:
        guet = select.poll()
        guet.register(descripteur, quoi)
        reste = limite - time.monotonic()
        if reste <= 0 or not guet.poll(reste * 1000):
            raise _Silence

    def tuer(self) -> int:
        """End it now, whatever it does; its exit status."""
        self._processus.kill()
        return self._finir()

    def congedier(self) -> None:
        """It has nothing left to do: it ends when its input does."""
        if self._processus.stdin is not None:
            self._processus.stdin.close()
        try:
            self._processus.wait(timeout=1)
        except subprocess.TimeoutExpired:
            self._processus.kill()
        self._finir()

    def _finir(self) -> int:
        for tuyau in (self._processus.stdin, self._processus.stdout):
            if tuyau is not None:
                tuyau.close()
        return self._processus.wait()


class LecteurTexte:
    """A small pool of readers, shared by threads, kept from one file to the next.

    Readers are started when first needed. Use as a context manager, or call `fermer`.

    Args:
        processus: how many PDFs are read at once.
        delai: seconds that one page (or the opening) may take.
        delai_total: seconds for one PDF.
        memoire: bytes of address space of one reader.
        pages_max: pages read of one PDF.
        objets_max: things drawn that are looked at on one page.
        usage: PDFs after which a reader is replaced by a fresh one.
        demarrage: seconds that a reader may take to begin.
        script: what a reader runs.
    """

    def __init__(
        self,
        *,
        processus: int = 2,
        delai: float = 10.0,
        delai_total: float = 60.0,
        memoire: int = 1 << 30,
        pages_max: int = 1000,
        objets_max: int = 20_000,
        usage: int = 5000,
        demarrage: float = 30.0,
        script: Path = _SCRIPT,
    ) -> None:
        self._delai, self._delai_total = delai, delai_total
        self._neuf = (script, memoire, demarrage)
        self._usage = usage
        self._bornes = {"pages_max": pages_max, "objets_max": objets_max}
        self._libres: list[_Lecteur] = []
        self._verrou = threading.Lock()
        self._places = threading.BoundedSemaphore(processus)
        self._attente = threading.BoundedSemaphore(2 * processus)
        self._fils = ThreadPoolExecutor(processus, thread_name_prefix="pdf")
        self._absent = next((m for m in ("pypdfium2", "pypdf") if find_spec(m) is None), "")

    @classmethod
    def selon(cls, reglages: Pj | None) -> Self:
        """As the table `[pj]` says; None: the usual bounds."""
        if reglages is None:
            return cls()
        return cls(
            processus=reglages.processus,
            delai=reglages.delai,
            delai_total=reglages.delai_total,
            memoire=reglages.memoire,
            pages_max=reglages.pages_max,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        type_: type[BaseException] | None,
        valeur: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.fermer()

    def fermer(self) -> None:
        """End every reader; what is under way is finished first."""
        self._fils.shutdown()
        with self._verrou:
            libres, self._libres = self._libres, []
        for lecteur in libres:
            lecteur.congedier()

    def pages(self, pdf: bytes | Path) -> tuple[PageVue, ...] | Faute:
        """Every page of a PDF (at most `pages_max`), or why it could not be read to its end."""
        lecture = self.lire(pdf, texte=True, structure=False)
        return lecture.faute or lecture.pages

    def soumettre(self, pdf: bytes | Path, *, texte: bool, structure: bool) -> Future[Lecture]:
        """`lire` in the background; waits while twice the pool is already under way."""
        self._attente.acquire()
        try:
            futur = self._fils.submit(self.lire, pdf, texte=texte, structure=structure)
        except RuntimeError:
            self._attente.release()
            raise
        futur.add_done_callback(lambda _: self._attente.release())
        return futur

    def lire(self, pdf: bytes | Path, *, texte: bool, structure: bool) -> Lecture:
        """Read one PDF, given by its bytes or its path; what goes wrong is in `faute`.

        Raises:
            RessourceError: the system gives no more process or memory.
        """
        if self._absent:
            return Lecture(faute=Faute(Genre.ABSENT, f"le module {self._absent} n'est pas là"))
        en_memoire = isinstance(pdf, bytes)
        demande = {
            **self._bornes,
            "texte": texte,
            "structure": structure,
            **({"octets": len(pdf)} if isinstance(pdf, bytes) else {"chemin": str(pdf.resolve())}),
        }
        with self._places:
            lecteur = self._prendre()
            suivi = _Suivi()
            try:
                self._suivre(lecteur, demande, pdf if en_memoire else b"", suivi)
            except _Silence:
                lecteur.tuer()
                suivi.faute = Faute(Genre.DELAI, "le lecteur PDF ne répond plus", suivi.en_cours)
            except _Mort:
                suivi.faute = _arret(lecteur.tuer(), suivi.en_cours)
            else:
                self._rendre(lecteur)
        return suivi.lecture()

    def _suivre(
        self, lecteur: _Lecteur, demande: dict[str, Any], octets: Any, suivi: _Suivi
    ) -> None:
        lecteur.attendre_pret()
        fin = time.monotonic() + self._delai_total
        lecteur.demander(demande, octets, fin)
        while suivi.continuer(lecteur.reponse(min(time.monotonic() + self._delai, fin))):
            continue

    def _prendre(self) -> _Lecteur:
        with self._verrou:
            if self._libres:
                return self._libres.pop()
        return _Lecteur(*self._neuf)

    def _rendre(self, lecteur: _Lecteur) -> None:
        if lecteur.lus >= self._usage:
            lecteur.congedier()
            return
        with self._verrou:
            self._libres.append(lecteur)


class _Suivi:
    """The answers about one PDF as they come."""

    def __init__(self) -> None:
        self.faute: Faute | None = None
        self._nombre: int | None = None
        self._pages: list[PageVue] = []
        self._structure: Structure | None = None
        self._ms = 0.0

    @property
    def en_cours(self) -> int:
        """The page being read; 0 before the document is open."""
        return 0 if self._nombre is None else len(self._pages) + 1

    def continuer(self, reponse: dict[str, Any]) -> bool:
        """Take one answer; False: it was the last one."""
        if "page" in reponse:
            self._pages.append(_page(reponse["page"]))
        elif "nombre" in reponse:
            self._nombre = int(reponse["nombre"])
        elif "structure" in reponse:
            self._structure = _structure(reponse["structure"])
        elif "refus" in reponse:
            self.faute = Faute(*_MOTS[reponse["refus"]], self.en_cours)
        elif "fin" in reponse:
            self._ms = float(reponse["fin"])
            return False
        return True

    def lecture(self) -> Lecture:
        return Lecture(
            nombre=self._nombre,
            pages=tuple(self._pages),
            structure=self._structure,
            faute=self.faute,
            ms=self._ms,
        )


def _page(vu: list[Any]) -> PageVue:
    noms = ("numero", "caracteres", "lettres", "controle", "prives", "invisibles")
    return PageVue(
        **dict(zip(noms, vu[:6], strict=True)),
        image=vu[6],
        traces=vu[7],
        textes=vu[8],
        complete=vu[9],
        ms=vu[10],
    )


def _structure(vu: dict[str, Any]) -> Structure:
    valeurs: dict[str, Any] = {
        cle: tuple(valeur) if isinstance(valeur, list) else valeur for cle, valeur in vu.items()
    }
    return Structure(**valeurs)


def _arret(statut: int, page: int) -> Faute:
    comment = f"signal {-statut}" if statut < 0 else f"code {statut}"
    return Faute(Genre.ARRET, f"le lecteur PDF s'est arrêté ({comment})", page)
