"""`audit verify`: is everything that was recorded still there, and still the same? Pure.

Every leaf, node, checkpoint, stored step, register row and object is looked at; each difference
is a French sentence that names its place. What a holder of both database and key could rewrite as
a whole shows only against a checkpoint kept elsewhere: give it as `temoin`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from vaguemestre.audit.arbre import Frontiere, hash_feuille
from vaguemestre.audit.feuille import empreinte_etape, lire_feuille
from vaguemestre.audit.point import Verificateur
from vaguemestre.errors import IllisibleError, VaguemestreError
from vaguemestre.ports import Entree, EtapeScellee, LectureJournal

_POINT = "point-"
_JOURNAL = "journal"


@dataclass(frozen=True, slots=True)
class Rapport:
    """What was looked at, and every difference found. `racine` is hex."""

    entrees: int
    noeuds: int
    points: int
    objets: int
    racine: str
    ecarts: tuple[str, ...]

    @property
    def intact(self) -> bool:
        return not self.ecarts

    def as_json(self) -> dict[str, object]:
        return {
            "intact": self.intact,
            "entrees": self.entrees,
            "noeuds": self.noeuds,
            "points": self.points,
            "objets": self.objets,
            "racine": self.racine,
            "ecarts": list(self.ecarts),
        }


@dataclass(slots=True)
class _Releve:
    """What the pass over the leaves leaves behind."""

    ecarts: list[str] = field(default_factory=list)
    frontiere: Frontiere = field(default_factory=Frontiere)
    noeuds: int = 0
    points: int = 0
    tailles_pointees: set[int] = field(default_factory=set)
    objets: dict[str, int | None] = field(default_factory=dict)
    dernieres: dict[str, int] = field(default_factory=dict)


def verifier(
    journal: LectureJournal,
    cle: Verificateur,
    *,
    objet: Callable[[str], int] | None = None,
    temoins: Iterable[str] = (),
    registre: bool = True,
) -> Rapport:
    """Look at everything, once, in order; memory grows with runs and objects, not with leaves.

    `objet` recomputes an archived object and gives its size, or raises a VaguemestreError; None
    leaves the archive aside. `temoins` are checkpoints (notes) that were kept elsewhere.
    `registre` makes the register again from the facts and compares it.
    """
    releve = _Releve()
    points = sorted([*((t, note) for t, note in journal.points()), *_temoins(temoins, releve)])
    _suivre(journal, cle, points, releve)
    if registre:
        releve.ecarts.extend(journal.ecarts_registre())
    if objet is not None:
        releve.ecarts.extend(_objets(releve.objets, objet))
    return Rapport(
        entrees=releve.frontiere.taille,
        noeuds=releve.noeuds,
        points=releve.points,
        objets=len(releve.objets),
        racine=releve.frontiere.racine().hex(),
        ecarts=tuple(releve.ecarts),
    )


def _temoins(notes: Iterable[str], releve: _Releve) -> Iterator[tuple[int, str]]:
    for note in notes:
        lignes = note.split("\n")
        if len(lignes) > 1 and lignes[1].isascii() and lignes[1].isdigit():
            yield int(lignes[1]), note
        else:
            releve.ecarts.append("point de contrôle témoin illisible")


def _suivre(
    journal: LectureJournal, cle: Verificateur, points: list[tuple[int, str]], releve: _Releve
) -> None:
    noeuds, etapes, restants = iter(journal.noeuds()), iter(journal.etapes()), iter(points)
    etape, attendu = next(etapes, None), next(restants, None)
    connues = {taille for taille, _ in points}
    for seq, feuille in journal.feuilles():
        if seq != releve.frontiere.taille:
            releve.ecarts.append(f"entrées {releve.frontiere.taille} à {seq - 1} disparues")
        while etape is not None and etape.seq < seq:
            releve.ecarts.append(f"étape {etape.run} / {etape.etape} sans entrée au journal")
            etape = next(etapes, None)
        entree = _entree(seq, feuille, releve)
        ici = etape if etape is not None and etape.seq == seq else None
        if entree is not None:
            _comparer_etape(entree, ici, releve)
            _noter(entree, connues, releve)
        if ici is not None:
            etape = next(etapes, None)
        _avancer(seq, feuille, noeuds, releve)
        while attendu is not None and attendu[0] <= releve.frontiere.taille:
            _verifier_point(*attendu, cle, releve)
            attendu = next(restants, None)
    if etape is not None:
        releve.ecarts.append(f"étape {etape.run} / {etape.etape} sans entrée au journal")
    if attendu is not None:
        releve.ecarts.append(f"le journal a perdu sa fin : un point signé en couvre {attendu[0]}")
    releve.ecarts.extend(f"nœud {indice} de trop" for indice, _ in noeuds)


def _entree(seq: int, feuille: bytes, releve: _Releve) -> Entree | None:
    try:
        entree = lire_feuille(feuille)
    except IllisibleError as error:
        releve.ecarts.append(f"entrée {seq} : {error.message}")
        return None
    if entree.seq != seq:
        releve.ecarts.append(f"entrée {seq} : se dit la {entree.seq}")
    if entree.precedent != releve.dernieres.get(entree.run):
        releve.ecarts.append(f"entrée {seq} : l'entrée précédente de son flux a changé")
    releve.dernieres[entree.run] = seq
    return entree


def _comparer_etape(entree: Entree, etape: EtapeScellee | None, releve: _Releve) -> None:
    if etape is None:
        releve.ecarts.append(f"entrée {entree.seq} : son étape a disparu")
        return
    memes = (etape.run, etape.etape, etape.temps) == (entree.run, entree.etape, entree.temps)
    if not memes or empreinte_etape(etape) != entree.empreinte:
        releve.ecarts.append(f"entrée {entree.seq} : le contenu de son étape a changé")


def _noter(entree: Entree, connues: set[int], releve: _Releve) -> None:
    for objet in entree.objets:
        if releve.objets.get(objet.sha256) is None:
            releve.objets[objet.sha256] = objet.taille
    if entree.run == _JOURNAL and entree.etape.startswith(_POINT):
        taille = entree.etape.removeprefix(_POINT)
        if not taille.isdigit() or int(taille) not in connues:
            releve.ecarts.append(f"le point de contrôle de taille {taille} a disparu")


def _avancer(
    seq: int, feuille: bytes, noeuds: Iterator[tuple[int, bytes]], releve: _Releve
) -> None:
    releve.frontiere, nouveaux = releve.frontiere.ajouter(hash_feuille(feuille))
    for nouveau in nouveaux:
        garde = next(noeuds, None)
        if garde is None or garde[0] != releve.noeuds or bytes(garde[1]) != nouveau:
            releve.ecarts.append(f"entrée {seq} : nœud {releve.noeuds} changé ou disparu")
        releve.noeuds += 1


def _verifier_point(taille: int, note: str, cle: Verificateur, releve: _Releve) -> None:
    releve.points += 1
    try:
        point = cle.ouvrir(note)
    except VaguemestreError as error:
        releve.ecarts.append(f"point de contrôle de taille {taille} : {error.message}")
        return
    if point.taille != taille:
        releve.ecarts.append(f"point de contrôle {taille} : signé pour la taille {point.taille}")
    elif point.racine != releve.frontiere.racine():
        releve.ecarts.append(f"point de contrôle {taille} : le journal d'alors a été changé")


def _objets(objets: dict[str, int | None], objet: Callable[[str], int]) -> Iterator[str]:
    for sha256, taille in sorted(objets.items()):
        try:
            trouvee = objet(sha256)
        except VaguemestreError as error:
            yield f"objet {sha256} : {error.message}"
            continue
        if taille is not None and trouvee != taille:
            yield f"objet {sha256} : {trouvee} octets au lieu de {taille}"
