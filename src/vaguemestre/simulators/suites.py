"""After the acquit: what the accountant makes of the pièces of accepted bordereaux."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from fnmatch import fnmatchcase

from vaguemestre.simulators.acquits import DEPENSE, RECETTE, ROLE, Element
from vaguemestre.simulators.lecture import BordereauLu, FluxLu, PieceLue
from vaguemestre.simulators.regles import Regle
from vaguemestre.simulators.retours import PRISE_EN_CHARGE, REJETEE, SOLDEE, PieceRendue, retour

_DOMAINES = {DEPENSE: "depense", RECETTE: "recette", ROLE: "recette"}


def suites(
    flux: FluxLu, elements: Iterable[Element], regle: Regle, instant: datetime, rang: int
) -> Iterator[tuple[str, bytes]]:
    """(name, content) of the retour that the rule asks for; nothing when all was refused."""
    acceptes = {(_DOMAINES.get(e.domaine), e.exercice, e.bordereau) for e in elements if e.accepte}
    if regle.retour is None:
        return
    jour = f"{instant:%Y-%m-%d}"
    rendues = [
        _rendre(bordereau, piece, regle, jour)
        for bordereau in flux.bordereaux
        if (bordereau.domaine, bordereau.exercice, bordereau.numero) in acceptes
        for piece in bordereau.pieces
    ]
    if rendues:
        nom = f"PES2R_{flux.entete.cod_col}_{flux.entete.cod_bud}_{instant:%y%m%d%H%M%S}_{rang:05d}"
        restitution = "01" if regle.retour == "rejet" else "02"
        yield f"{nom}.xml", retour(flux.entete, rendues, nomfic=nom, restitution=restitution)


def _rendre(bordereau: BordereauLu, piece: PieceLue, regle: Regle, jour: str) -> PieceRendue:
    rejetee = regle.retour == "rejet" and _visee(bordereau, piece, regle.si.objet)
    recette = bordereau.domaine == "recette"
    etat = SOLDEE if regle.retour == "paye" and not recette else PRISE_EN_CHARGE
    return PieceRendue(
        domaine=bordereau.domaine,
        exercice=bordereau.exercice,
        type=bordereau.type,
        bordereau=bordereau.numero,
        numero=piece.numero,
        etat=REJETEE if rejetee else etat,
        prise_en_charge="" if rejetee else jour,
        rejet=jour if rejetee else "",
        motif=("03" if recette else "09") if rejetee else "",
        commentaire="voir le poste comptable" if rejetee else "",
        paye="100.00" if regle.retour == "paye" else "",
        paye_le=jour if regle.retour == "paye" else "",
    )


def _visee(bordereau: BordereauLu, piece: PieceLue, objet: str | None) -> bool:
    if objet is None:
        return piece is bordereau.pieces[0]
    return fnmatchcase(piece.objet.casefold(), objet.casefold())
