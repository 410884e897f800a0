"""One deposit of one budget -> the files it takes (`Lot`), each below the legal limit.

Limit: 100 MB a file, arrêté of 27 June 2007 (E2-3); the setting `pes.taille_max`.

A bordereau whose PJ pass the limit sends them in files that hold nothing but PES_PJ. There each
PJ carries one RefCompta per mandat, titre or ligne that uses it (pes.md §8.5), and the PJRef in
the bordereau stay, so that the link is there whichever file is read first. No text says which
goes first; ours (inferred) is the bordereau first, because the targets of RefCompta must exist.
`pj_dabord` turns that round.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vaguemestre.domain.comptable import Bordereau, Domaine, PieceJustificative, RefCompta
from vaguemestre.errors import Anomalie, DocumentError, Gravite
from vaguemestre.formats.plan import projeter
from vaguemestre.pes.build import taille_bordereau, taille_cadre_pj
from vaguemestre.pes.pj_flux import taille_bornee, taille_exacte, taille_originale
from vaguemestre.pes.read import Carte, cartographier, lire_bordereau, lire_pj
from vaguemestre.pes.repartition import Part, Poids, Repartiteur, Unite

Tailles = Callable[[PieceJustificative], int]

LIMITE = 100_000_000
# What the signature of a bordereau adds (measured: about 8 KB), and Id plus MtCumulAnnuel.
RESERVE_SIGNATURE = 10_000
# The longest RefCompta that a PJ gains, per use, when it travels apart from its bordereau.
RESERVE_REFERENCE = 170
# Prolog, Enveloppe, EnTetePES, the tags of the three domains and their headers, at their longest.
CADRE = 4_000

_CODES_DOMAINE = {Domaine.DEPENSE: "01", Domaine.RECETTE: "02"}
_TYPE_ORMC = "06"


@dataclass(frozen=True, slots=True)
class Lot:
    """One PES file to build. `taille` in bytes is an upper bound, signatures included."""

    bordereaux: tuple[Bordereau, ...]
    pieces_justificatives: tuple[PieceJustificative, ...]
    taille: int

    @property
    def pj_seules(self) -> bool:
        """A file that holds nothing but PES_PJ."""
        return not self.bordereaux


def decouper(
    bordereaux: Sequence[Bordereau],
    pjs: Sequence[PieceJustificative],
    *,
    limite: int = LIMITE,
    tailles: Tailles = taille_exacte,
    pj_envoyees: frozenset[str] = frozenset(),
    pj_dabord: bool = False,
) -> tuple[Lot, ...]:
    """The files for these bordereaux of one budget, in the order in which they are to be sent.

    `tailles` gives the exact bytes of a PJ's content in the file, and is asked only when upper
    bounds do not settle it; `pj_envoyees` are the IdUnique that the partner already has, which
    are referenced and not sent again. PJ that no bordereau uses go in files of their own at the
    end, with the RefCompta they came with.

    Raises:
        DocumentError: a PJ or a bordereau that is over the limit alone, all of them named.
        DepotError: a PJ cannot be read.
    """
    par_nom = {pj.id_unique: pj for pj in pjs}
    unites = [_unite(bordereau, par_nom) for bordereau in bordereaux]
    poids = _poids(par_nom, unites, tailles)
    _refuser_trop_gros(bordereaux, unites, par_nom, poids, limite)
    repartiteur = Repartiteur(poids, limite=limite, cadre=CADRE, parties=pj_envoyees)
    parts = repartiteur.repartir(unites)
    parts += repartiteur.pj_seules(par_nom, pour=None)
    if pj_dabord:
        parts = list(_pj_en_tete(parts))
    return tuple(_lot(part, bordereaux, par_nom) for part in parts)


def references(pj: str, bordereau: Bordereau) -> Iterator[RefCompta]:
    """One RefCompta per place of this bordereau that uses the PJ (pes.md §5.7, §8.5).

    A titre of an ORMC is named by its bordereau, everything else by its own number; a ligne is
    the complement.
    """
    for piece in bordereau.pieces:
        ormc = bordereau.domaine is Domaine.RECETTE and bordereau.type == _TYPE_ORMC
        cible = RefCompta(
            domaine=_CODES_DOMAINE[bordereau.domaine],
            exercice=bordereau.exercice,
            type_objet=bordereau.type,
            identifiant=str(bordereau.numero if ormc else piece.numero),
        )
        if any(ref.id_unique == pj for ref in piece.pj_refs):
            yield cible
            continue  # seen on every ligne already
        for ligne in piece.lignes:
            if any(ref.id_unique == pj for ref in ligne.pj_refs):
                yield replace(cible, complement=str(ligne.numero))


def _unite(bordereau: Bordereau, par_nom: dict[str, PieceJustificative]) -> Unite:
    return Unite(
        cle=(bordereau.exercice, bordereau.numero),
        serie=(bordereau.domaine, bordereau.exercice, bordereau.type),
        taille=taille_bordereau(bordereau) + RESERVE_SIGNATURE,
        pj=tuple(ref.id_unique for ref in bordereau.pj_refs if ref.id_unique in par_nom),
    )


def _poids(
    par_nom: dict[str, PieceJustificative], unites: Sequence[Unite], tailles: Tailles
) -> Poids:
    usages: Counter[str] = Counter()
    for unite in unites:
        usages |= Counter(unite.pj)  # the most that one bordereau asks for
    autour = {
        nom: taille_cadre_pj(pj) + RESERVE_REFERENCE * usages[nom] for nom, pj in par_nom.items()
    }
    bornes = {nom: autour[nom] + taille_bornee(taille_originale(pj)) for nom, pj in par_nom.items()}
    return Poids(bornes, lambda nom: autour[nom] + tailles(par_nom[nom]))


def _refuser_trop_gros(
    bordereaux: Sequence[Bordereau],
    unites: Sequence[Unite],
    par_nom: dict[str, PieceJustificative],
    poids: Poids,
    limite: int,
) -> None:
    place = limite - CADRE
    anomalies = []
    for bordereau, unite in zip(bordereaux, unites, strict=True):
        if unite.taille > place:
            quoi = f"le {bordereau.ref} occupe à lui seul"
            conseil = "Répartir ses pièces sur plusieurs bordereaux."
            anomalies.append(_trop_gros(bordereau.ref, quoi, unite.taille, limite, conseil))
    for nom, pj in par_nom.items():
        if poids.somme([nom]) > place and poids.preciser([nom]) and poids.somme([nom]) > place:
            quoi = f"la pièce justificative « {pj.nom} » occupe à elle seule"
            conseil = "Alléger ou scinder ce document, ou le transmettre sur un autre support."
            anomalies.append(_trop_gros(f"PJ {nom}", quoi, poids.somme([nom]), limite, conseil))
    if anomalies:
        raise DocumentError(anomalies[0].message, ref=anomalies[0].ref, anomalies=tuple(anomalies))


def _trop_gros(ref: str, quoi: str, taille: int, limite: int, conseil: str) -> Anomalie:
    return Anomalie(
        regle="depot.taille",
        ref=ref,
        message=f"{quoi} {mo(taille)} dans le PES, où la limite est de {mo(limite)} par fichier",
        gravite=Gravite.REJET_FLUX,
        valeur=str(taille),
        conseil=conseil,
    )


def mo(octets: int) -> str:
    """« 12,3 Mo »: millions of bytes, as the legal limit counts."""
    return f"{octets / 1_000_000:.1f} Mo".replace(".", ",")


def _pj_en_tete(parts: Iterable[Part]) -> Iterator[Part]:
    """The files of a bordereau's PJ before the file of that bordereau."""
    retenue: Part | None = None
    for part in parts:
        if part.pour is None and retenue is not None:
            yield retenue
            retenue = None
        if part.detachees:
            retenue = part
        else:
            yield part
    if retenue is not None:
        yield retenue


def _lot(
    part: Part, bordereaux: Sequence[Bordereau], par_nom: dict[str, PieceJustificative]
) -> Lot:
    pjs = tuple(par_nom[nom] for nom in part.pj)
    if part.pour is not None:
        bordereau = bordereaux[part.pour]
        pjs = tuple(
            replace(
                pj,
                references=tuple(
                    dict.fromkeys((*pj.references, *references(pj.id_unique, bordereau)))
                ),
            )
            for pj in pjs
        )
    return Lot(tuple(bordereaux[position] for position in part.unites), pjs, part.taille)


@dataclass(frozen=True, slots=True)
class Morceau:
    """One file of the split: what it would hold, in the clerk's words, and its bytes at most."""

    bordereaux: tuple[str, ...]
    pj: tuple[str, ...]
    taille: int


def decoupe_possible(path: Path, limite: int = LIMITE) -> tuple[Morceau, ...]:
    """The files that a ready-made file over the limit would have to be.

    We never cut it ourselves: that would break what its sender signed and named. But the sender
    is told which bordereaux and which PJ belong together, and what each file would weigh.

    A piece that is over the limit alone still makes a Morceau, whose `taille` says so.

    Raises:
        IllisibleError, DocumentError: the file cannot be read.
    """
    with projeter(path) as octets:
        carte = cartographier(octets)
        noms, unites = _unites(carte)
        spans = {lire_pj(carte, pj).id_unique: pj.element for pj in carte.pjs}
        tailles = {nom: element.fin - element.debut for nom, element in spans.items()}
    poids = Poids(tailles, tailles.__getitem__)
    repartiteur = Repartiteur(poids, limite=limite, cadre=CADRE)
    connues = [_sans_inconnues(unite, tailles) for unite in unites]
    parts = repartiteur.repartir(connues) + repartiteur.pj_seules(tailles, pour=None)
    return tuple(_morceau(part, noms) for part in parts)


def proposer_decoupe(path: Path, limite: int = LIMITE) -> str:
    """`decoupe_possible` as a sentence for the sender.

    Raises: as `decoupe_possible`.
    """
    morceaux = decoupe_possible(path, limite)
    lignes = []
    for numero, morceau in enumerate(morceaux, 1):
        contenu = list(morceau.bordereaux)
        if morceau.pj:
            contenu.append(f"{len(morceau.pj)} PJ")
        trop = " (encore trop gros : à alléger)" if morceau.taille > limite else ""
        lignes.append(f"fichier {numero} : {', '.join(contenu)}, {mo(morceau.taille)}{trop}")
    return f"Produire {len(morceaux)} fichiers au lieu d'un : " + " ; ".join(lignes) + "."


def _unites(carte: Carte) -> tuple[list[str], list[Unite]]:
    noms, unites = [], []
    for domaine, element in carte.bordereaux:
        bordereau = lire_bordereau(carte, domaine, element)
        cote = "mandats" if domaine is Domaine.DEPENSE else "titres"
        noms.append(f"bordereau de {cote} {bordereau.numero} de {bordereau.exercice}")
        unites.append(
            Unite(
                cle=(bordereau.exercice, bordereau.numero),
                serie=(domaine, bordereau.exercice, bordereau.type),
                taille=element.fin - element.debut + RESERVE_SIGNATURE,
                pj=tuple(ref.id_unique for ref in bordereau.pj_refs),
            )
        )
    return noms, unites


def _sans_inconnues(unite: Unite, tailles: dict[str, int]) -> Unite:
    pj = tuple(nom for nom in unite.pj if nom in tailles)
    return Unite(unite.cle, unite.serie, unite.taille, pj)


def _morceau(part: Part, noms: list[str]) -> Morceau:
    return Morceau(tuple(noms[position] for position in part.unites), tuple(part.pj), part.taille)
