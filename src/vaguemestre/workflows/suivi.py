"""What became of each mandat and titre of a flux: its acquit, then what the retours said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from vaguemestre.pes.acquit_codes import explication
from vaguemestre.store.vues import BordereauVu, ErreurVue, RestitutionVue
from vaguemestre.workflows.maison import Maison
from vaguemestre.workflows.reponses import DOUBLE, TARDIF

ACCEPTE, REFUSE, ENTRAINE, ATTENTE = "accepte", "refuse", "refuse_avec_son_bordereau", "en_attente"


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceSuivie:
    """One mandat or titre. `acquit`: accepte, refuse, refuse_avec_son_bordereau (the acquit
    reproaches nothing to this pièce itself), en_attente. `retours`: oldest first."""

    domaine: str
    exercice: int
    type: str
    bordereau: int
    piece: int
    acquit: str
    erreurs: tuple[ErreurVue, ...] = ()
    retours: tuple[RestitutionVue, ...] = ()

    @property
    def retour(self) -> RestitutionVue | None:
        """The latest word of the accountant."""
        return self.retours[-1] if self.retours else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suivi:
    """A flux pièce by pièce; `generales`: errors that name no pièce of it."""

    pieces: tuple[PieceSuivie, ...]
    generales: tuple[ErreurVue, ...]


def suivre(maison: Maison, flux: str) -> Suivi:
    """Everything that is known of the pièces of a flux, in the order of its bordereaux."""
    registre = maison.registre
    juges = [r for r in registre.reponses(flux) if r.remarque not in (DOUBLE, TARDIF)]
    dernier = juges[-1].sha256 if juges else ""
    erreurs = [e for e in registre.erreurs(flux) if e.reponse == dernier]
    retours: dict[tuple[object, ...], list[RestitutionVue]] = defaultdict(list)
    for r in registre.restitutions(flux):
        retours[r.domaine, r.exercice, r.type, r.bordereau, r.piece].append(r)
    bordereaux = registre.bordereaux(flux)
    pieces = tuple(
        _piece(b, numero, erreurs, retours[b.domaine, b.exercice, b.type, b.numero, str(numero)])
        for b in bordereaux
        for numero in b.pieces
    )
    dites = {e for p in pieces for e in p.erreurs}
    return Suivi(pieces=pieces, generales=tuple(e for e in erreurs if e not in dites))


def _piece(
    b: BordereauVu, numero: int, erreurs: Iterable[ErreurVue], retours: Iterable[RestitutionVue]
) -> PieceSuivie:
    siennes = tuple(
        e
        for e in erreurs
        if (e.bordereau, e.exercice, e.piece) == (b.numero, b.exercice, numero)
        and e.domaine in ("", b.domaine)
    )
    return PieceSuivie(
        domaine=b.domaine,
        exercice=b.exercice,
        type=b.type,
        bordereau=b.numero,
        piece=numero,
        acquit=_verdict(b.accepte, bool(siennes)),
        erreurs=siennes,
        retours=tuple(retours),
    )


def _verdict(accepte: bool | None, nommee: bool) -> str:
    if accepte is None:
        return ATTENTE
    if accepte:
        return ACCEPTE
    return REFUSE if nommee else ENTRAINE


def sens_et_conseil(erreur: ErreurVue) -> tuple[str, str]:
    """What the code means and how it is mended; '' for a code that no list holds."""
    connue = explication(erreur.code)
    return ("", "") if connue is None else (connue.sens, connue.conseil)


def lieu(erreur: ErreurVue) -> str:
    """`bordereau 72 / mandat 832 / ligne 1`, as far as the acquit says."""
    mot = {"depense": "mandat", "recette": "titre"}.get(erreur.domaine, "pièce")
    morceaux = [f"PJ {erreur.id_unique}"] if erreur.id_unique else []
    morceaux += [
        f"{nom} {numero}"
        for nom, numero in (
            ("bordereau", erreur.bordereau),
            (mot, erreur.piece),
            ("ligne", erreur.ligne),
        )
        if numero
    ]
    return " / ".join(morceaux) or "fichier"
