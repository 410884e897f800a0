"""The name pattern of old files: what of their names is fixed, and which value of the PES varies.

All the names are read at once, from left to right, in the cheapest way: a value of the PES where
all of them show theirs, else a character that they share, else the number of the envoi, else
something that nothing explains. A few names prove nothing: a word is a guess at best.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count, groupby

from vaguemestre.indigo.controles import defauts_nom
from vaguemestre.indigo.profil import Decoupe, MorceauJson, NomJson
from vaguemestre.indigo.structure import Portion

_ENTETE = {
    "famille": "fichier.famille",
    "cod_col": "entete.cod_col",
    "cod_bud": "entete.cod_bud",
    "id_coll": "entete.id_coll",
    "id_post": "entete.id_post",
}
_BORDEREAU = {"exercice": "bordereau.exercice", "bordereau": "bordereau.numero"}
_SEPARATEURS = "_-. "
_CHIFFRES = re.compile(r"[0-9]+")
_LARGEUR_MAX = 8
# What each reading costs: a value that varies with the names is the best reason for a word.
_VARIE, _FIXE, _LETTRE, _ENVOI, _CHIFFRE = 1.0, 1.5, 1.0, 1.4, 0.5
# What nothing explains, and each of its letters: dearer than any reading.
_INCONNU, _PAR_LETTRE = 100.0, 10.0
_ESSAIS = 20_000


@dataclass(frozen=True, slots=True)
class NomAppris:
    """The pattern for `file.name_pattern`, None where the names do not give one; what it rests on;
    what to tell, in French."""

    motif: str | None
    preuve: NomJson | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Morceau:
    """A stretch of the names: a text, a word as the pattern writes it, or neither."""

    fins: tuple[int, ...]
    cout: float
    texte: str = ""
    mot: str = ""


def apprendre_nom(
    noms: Sequence[str], choisies: Sequence[Portion], par: Decoupe, familles: int
) -> NomAppris:
    """What the names of accepted files say; `choisies` are the bordereaux that each one holds.

    `par` and `familles`: one file per what, and how many families the layout writes.
    """
    valeurs = _valeurs(choisies)
    morceaux = _lire(noms, valeurs)
    preuve = NomJson(names=len(noms), parts=tuple(_prouver(noms, morceaux, valeurs)))
    motif = "".join(p.text if p.word is None else f"{{{p.word}}}" for p in preuve.parts)
    inconnus = [p for p in preuve.parts if p.status == "unknown"]
    if inconnus:
        dits = " ; ".join(", ".join(f"« {un} »" for un in p.seen[:3]) for p in inconnus)
        note = (
            "Nom des fichiers : une partie ne s'explique par aucune donnée du PES"
            f" ({dits}). Écrire dans file.name_pattern celui que le comptable attend"
            " (« vaguemestre help indigo », Le nom des fichiers)."
        )
        return NomAppris(None, preuve, (note,))
    fautes = list(defauts_nom(motif, par, "draft", familles))
    if fautes:
        note = f"Nom des fichiers « {motif} » lu, mais inutilisable : {' ; '.join(fautes)}."
        return NomAppris(None, preuve, (note,))
    return NomAppris(motif, preuve, tuple(_notes(motif, preuve)))


def _valeurs(choisies: Sequence[Portion]) -> dict[str, tuple[str, ...]]:
    """The value of each word for each name; a word that some name lacks is left out, and the
    exercice where a file held several: the writer splits by what the name says."""
    lus = {mot: [p.fichier[source] for p in choisies] for mot, source in _ENTETE.items()}
    lus |= {
        mot: [p.etapes[0].releves[-1][source] for p in choisies]
        for mot, source in _BORDEREAU.items()
    }
    if any(len(_exercices(p)) > 1 for p in choisies):
        del lus["exercice"]
    return {mot: tuple(map(str, v)) for mot, v in lus.items() if all(v)}


def _exercices(portion: Portion) -> set[object]:
    return {
        etape.releves[-1]["bordereau.exercice"]
        for etape in portion.etapes
        if etape.niveau == "bordereau"
    }


def _lire(noms: Sequence[str], valeurs: dict[str, tuple[str, ...]]) -> list[_Morceau]:
    """The cheapest reading of all the names at once."""
    ordre = count()
    debut = (0,) * len(noms)
    file: list[tuple[float, int, tuple[int, ...], list[_Morceau]]] = [(0.0, next(ordre), debut, [])]
    vues: set[tuple[int, ...]] = set()
    while file and len(vues) < _ESSAIS:
        cout, _, ou, chemin = heappop(file)
        if all(position == len(nom) for position, nom in zip(ou, noms, strict=True)):
            return chemin
        if ou in vues:
            continue
        vues.add(ou)
        for pas in _pas(noms, valeurs, ou):
            if pas.fins != ou:
                heappush(file, (cout + pas.cout, next(ordre), pas.fins, [*chemin, pas]))
    return [_Morceau(tuple(map(len, noms)), _INCONNU)]


def _pas(
    noms: Sequence[str], valeurs: dict[str, tuple[str, ...]], ou: tuple[int, ...]
) -> Iterator[_Morceau]:
    for mot, siennes in valeurs.items():
        cout = _VARIE if len(set(siennes)) > 1 else _FIXE
        for forme, ecrites in _formes(mot, siennes):
            if len(set(ecrites)) == 1 and len(ecrites[0]) == 1:
                continue  # one letter, always the same: it shows nothing
            if all(n.startswith(e, o) for n, e, o in zip(noms, ecrites, ou, strict=True)):
                fins = tuple(o + len(e) for o, e in zip(ou, ecrites, strict=True))
                yield _Morceau(fins, cout, mot=f"{mot}{forme}")
    lettres = {nom[position : position + 1] for nom, position in zip(noms, ou, strict=True)}
    if len(lettres) == 1 and (lettre := next(iter(lettres))):
        yield _Morceau(tuple(o + 1 for o in ou), _LETTRE, texte=lettre)
    yield from _envoi(noms, ou)
    yield from _inexplique(noms, ou)


def _formes(mot: str, valeurs: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "", valeurs
    if mot == "bordereau":
        for largeur in range(max(map(len, valeurs)), _LARGEUR_MAX + 1):
            yield f":0{largeur}d", tuple(v.zfill(largeur) for v in valeurs)


def _envoi(noms: Sequence[str], ou: tuple[int, ...]) -> Iterator[_Morceau]:
    """The number of an envoi: all the digits there, padded to one width or not at all."""
    suites = [_CHIFFRES.match(nom, position) for nom, position in zip(noms, ou, strict=True)]
    lues = [suite[0] for suite in suites if suite is not None]
    if len(lues) < len(noms):
        return
    fins = tuple(o + len(lu) for o, lu in zip(ou, lues, strict=True))
    largeurs = {len(lu) for lu in lues}
    zeros = any(lu.startswith("0") for lu in lues)
    cout = _ENVOI + _CHIFFRE * max(largeurs)
    if len(largeurs) == 1 and 1 < max(largeurs) <= _LARGEUR_MAX and (zeros or len(set(lues)) > 1):
        yield _Morceau(fins, cout, mot=f"sequence:0{max(largeurs)}d")
    elif not zeros and len(set(lues)) > 1 and max(largeurs) <= _LARGEUR_MAX:
        yield _Morceau(fins, cout, mot="sequence")


def _inexplique(noms: Sequence[str], ou: tuple[int, ...]) -> Iterator[_Morceau]:
    """Up to the next separator of each name, whatever stands there."""
    for separateur in (*_SEPARATEURS, ""):
        fins = tuple(
            nom.find(separateur, position) if separateur else len(nom)
            for nom, position in zip(noms, ou, strict=True)
        )
        if min(fins) >= 0:
            large = max(fin - position for fin, position in zip(fins, ou, strict=True))
            yield _Morceau(fins, _INCONNU + _PAR_LETTRE * large)


def _prouver(
    noms: Sequence[str], morceaux: Sequence[_Morceau], valeurs: dict[str, tuple[str, ...]]
) -> Iterator[MorceauJson]:
    debuts = (0,) * len(noms)
    sortes = groupby(morceaux, key=lambda un: "texte" if un.texte else un)
    for _, suite in sortes:
        siens = list(suite)
        fins = siens[-1].fins
        lus = [nom[a:b] for nom, a, b in zip(noms, debuts, fins, strict=True)]
        debuts = fins
        yield _preuve(siens[-1], tuple(dict.fromkeys(lus)), lus, valeurs)


def _preuve(
    morceau: _Morceau, vus: tuple[str, ...], lus: list[str], valeurs: dict[str, tuple[str, ...]]
) -> MorceauJson:
    if morceau.texte:
        return MorceauJson(text=vus[0], status="constant", distinct=1, seen=vus)
    if not morceau.mot:
        return MorceauJson(status="unknown", distinct=len(vus), seen=vus)
    nom = morceau.mot.partition(":")[0]
    rivaux = [
        mot
        for mot, siennes in valeurs.items()
        if mot != nom and any(list(ecrites) == lus for _, ecrites in _formes(mot, siennes))
    ]
    if len(vus) == 1:
        rivaux.append(f"constante « {vus[0]} »")
    if nom == "sequence":
        rivaux.append("un autre numéro, que le PES ne porte pas")
    return MorceauJson(
        word=morceau.mot, status="guessed", distinct=len(vus), seen=vus, rivals=tuple(rivaux)
    )


def _notes(motif: str, preuve: NomJson) -> Iterator[str]:
    doutes = [f"{{{p.word}}} ({' | '.join(p.rivals)})" for p in preuve.parts if p.word and p.rivals]
    suite = f" Convient aussi : {', '.join(doutes)}." if doutes else ""
    yield (
        f"Nom des fichiers, supposé d'après {preuve.names} nom(s) : « {motif} »"
        f" (file.name_pattern), à relire avant « indigo valider ».{suite}"
    )
    if "{sequence" not in motif and "{bordereau" not in motif:
        yield (
            "Rien dans ce nom ne change d'un envoi à l'autre : deux envois d'un même exercice"
            " auraient le même nom. Y ajouter {sequence:04d} si le comptable attend un numéro."
        )
