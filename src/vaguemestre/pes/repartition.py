"""Which bordereau and which PJ go into which file: the rule alone, in sizes and names.

* A file stays under the limit; the cut is between bordereaux, never inside one.
* Two bordereaux of one Exer + IdBord never share a file: an acquit names them by these two only.
* Within a series (domaine, exercice, type) the order of the bordereaux is the order of the files,
  because Hélios checks the sequence of numbers.
* A PJ travels with the first file that uses it and is only referenced afterwards (accord local
  1.3: « au premier titre ou mandat mettant en œuvre le document »).
* A bordereau whose own PJ pass the limit travels without them; they go in files of their own.

Sizes come as upper bounds first. Only when something does not fit are exact sizes asked for,
because knowing them means compressing the PJ.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Unite:
    """A bordereau as the rule sees it: `cle` is (Exer, IdBord), `taille` bytes with signature."""

    cle: tuple[int, int]
    serie: Hashable
    taille: int
    pj: tuple[str, ...]


@dataclass(slots=True)
class Part:
    """One file: positions of its bordereaux, names of the PJ it carries, bytes at most.

    `detachees`: positions of bordereaux whose PJ travel apart; `pour` is the position of the
    bordereau whose PJ this file carries, None for an ordinary file.
    """

    unites: list[int] = field(default_factory=list)
    pj: list[str] = field(default_factory=list)
    detachees: list[int] = field(default_factory=list)
    pour: int | None = None
    taille: int = 0


class Poids:
    """Size of each PJ in the file: a bound until `preciser` measures it."""

    def __init__(self, bornes: dict[str, int], exacte: Callable[[str], int]) -> None:
        self._tailles, self._exacte = dict(bornes), exacte
        self._mesurees: set[str] = set()

    def somme(self, noms: Iterable[str]) -> int:
        return sum(self._tailles[nom] for nom in noms)

    def preciser(self, noms: Iterable[str]) -> bool:
        """Measure those not yet measured; True when that changed anything."""
        a_faire = [nom for nom in noms if nom not in self._mesurees]
        for nom in a_faire:
            self._tailles[nom] = min(self._tailles[nom], self._exacte(nom))
            self._mesurees.add(nom)
        return bool(a_faire)


class Repartiteur:
    """The rule at work on one budget.

    `limite` and `cadre` (what a file costs before its first bordereau) in bytes; `parties`: names
    of PJ that need not travel. The caller has made sure that every bordereau and every PJ alone
    fits into a file.
    """

    def __init__(
        self, poids: Poids, *, limite: int, cadre: int, parties: Iterable[str] = ()
    ) -> None:
        self._poids, self._limite, self._cadre = poids, limite, cadre
        self._deja = set(parties)

    def repartir(self, unites: Sequence[Unite]) -> list[Part]:
        """The files, in the order in which they are to be sent."""
        reste = list(enumerate(unites))
        files: list[Part] = []
        while reste:
            part = Part()
            reste = self._remplir(part, reste)
            files.append(part)
            for position in part.detachees:
                files += self.pj_seules(unites[position].pj, pour=position)
        return files

    def pj_seules(self, noms: Iterable[str], pour: int | None) -> list[Part]:
        """Files that carry these PJ and nothing else, but for those that travelled before."""
        files: list[Part] = []
        for nom in self._neuves(noms):
            taille = self._poids.somme([nom])
            if not files or files[-1].taille + taille > self._limite:
                files.append(Part(pour=pour, taille=self._cadre))
            files[-1].pj.append(nom)
            files[-1].taille += taille
            self._deja.add(nom)
        return files

    def _remplir(self, part: Part, reste: Sequence[tuple[int, Unite]]) -> list[tuple[int, Unite]]:
        """Put into one file all that may go there; what is left comes back, in order."""
        refuses: list[tuple[int, Unite]] = []
        series: set[Hashable] = set()
        cles: set[tuple[int, int]] = set()
        texte = self._cadre
        for position, unite in reste:
            neuves = self._neuves(unite.pj)
            libre = unite.serie not in series and unite.cle not in cles and not part.detachees
            if not (libre and self._tient(texte + unite.taille, part.pj + neuves)):
                if part.unites:
                    refuses.append((position, unite))
                    series.add(unite.serie)
                    continue
                part.detachees.append(position)  # alone in a file, and its PJ still do not fit
                neuves = []
            texte += unite.taille
            part.unites.append(position)
            part.pj += neuves
            self._deja.update(neuves)
            cles.add(unite.cle)
        part.taille = texte + self._poids.somme(part.pj)
        return refuses

    def _neuves(self, noms: Iterable[str]) -> list[str]:
        return [nom for nom in dict.fromkeys(noms) if nom not in self._deja]

    def _tient(self, texte: int, pj: Sequence[str]) -> bool:
        if texte + self._poids.somme(pj) <= self._limite:
            return True
        if texte > self._limite or not self._poids.preciser(pj):
            return False
        return texte + self._poids.somme(pj) <= self._limite
