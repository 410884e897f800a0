"""libxml2 against the schema, at work while the facts of the same chunk are read.

Validation is a third of a check, and needs nothing of Python: in a thread of its own it costs no
time where a second processor is idle.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from types import TracebackType
from typing import Any, Self

from lxml import etree

# Below so many bytes a thread costs more than it saves.
_GROS = 1 << 20
# So does one for a chunk of less than that.
_PETIT = 1 << 13


class _SansArbre:
    """Takes nothing of what libxml2 reads: it is there to validate."""

    def close(self) -> None:
        """The file is read."""


class Validation:
    """One file read by libxml2, chunk after chunk: `donner`, then `attendre`; `clore` at the end.

    Only one chunk is under way at a time. Leaving the context waits for it.

    Args:
        taille: bytes of the file; a small one is validated while its caller waits.
    """

    def __init__(self, schema: etree.XMLSchema, taille: int) -> None:
        # With nobody to build a tree for, libxml2 validates twice as fast, in constant memory.
        personne: Any = _SansArbre()
        self._analyseur = etree.XMLParser(
            target=personne,
            schema=schema,
            huge_tree=True,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
        )
        self._fil = ThreadPoolExecutor(1, "validation") if taille > _GROS else None
        self._parti = Lock()
        self._parti.acquire()
        self._en_cours: Future[None] | None = None
        self._du = b""
        self._coupes: Sequence[int] = ()
        self.releves: list[tuple[int, int, int]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        sorte: type[BaseException] | None,
        faute: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._fil is not None:
            self._fil.shutdown()

    @property
    def journal(self) -> Any:
        """What libxml2 found so far; only to be asked for when nothing is under way."""
        return self._analyseur.feed_error_log

    def donner(self, octets: bytes, coupes: Sequence[int] = ()) -> None:
        """Begin with one more chunk; nothing is raised before `attendre`.

        Args:
            coupes: offsets where to look at the log; `releves` then tells between which two of
                them it grew, and how many errors there were by then.
        """
        self.releves = []
        if self._fil is None or len(octets) < _PETIT:
            self._du, self._coupes = octets, coupes
            return
        self._en_cours = self._fil.submit(self._valider, octets, coupes)
        # Whoever gives the chunk would else keep the interpreter for itself until it waits.
        self._parti.acquire()

    def _valider(self, octets: bytes, coupes: Sequence[int]) -> None:
        self._parti.release()
        self._nourrir(octets, coupes)

    def _nourrir(self, octets: bytes, coupes: Sequence[int]) -> None:
        debut = 0
        connues = len(self.journal) if coupes else 0
        for fin in coupes:
            self._analyseur.feed(octets[debut:fin])
            nombre = len(self.journal)
            if nombre != connues:
                self.releves.append((debut, fin, nombre))
                connues = nombre
            debut = fin
        if debut < len(octets):
            self._analyseur.feed(octets[debut:])

    def attendre(self) -> None:
        """Until the chunk is validated.

        Raises:
            XMLSyntaxError: libxml2 goes no further.
        """
        if self._en_cours is not None:
            en_cours, self._en_cours = self._en_cours, None
            en_cours.result()
        if self._du:
            octets, self._du = self._du, b""
            self._nourrir(octets, self._coupes)

    def clore(self) -> None:
        """The file is read.

        Raises:
            XMLSyntaxError: it is not valid, or not whole.
        """
        if self._fil is None:
            self._analyseur.close()
        else:
            self._fil.submit(self._analyseur.close).result()
