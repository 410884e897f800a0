"""The pièces of a flux in `flux show`: verdict, reason, mend, and what the retours said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console

from vaguemestre.cli.sortie import tableau
from vaguemestre.store.vues import ErreurVue, RemplacementVu, RestitutionVue
from vaguemestre.workflows.maison import Maison
from vaguemestre.workflows.reemission_dite import reemission_dite
from vaguemestre.workflows.suivi import (
    ACCEPTE,
    ENTRAINE,
    REFUSE,
    PieceSuivie,
    lieu,
    sens_et_conseil,
    suivre,
)

LIGNES_MAX = 200
_VERDICTS = {ACCEPTE: "acceptée", REFUSE: "refusée", ENTRAINE: "refusée avec son bordereau"}
_ETATS = {
    "instance": "en instance",
    "prise_en_charge": "prise en charge",
    "rejetee": "rejetée",
    "suspendue": "suspendue",
    "soldee": "soldée",
}
_PAIEMENTS = {"total": ", payée en entier", "partiel": ", payée en partie", "aucun": ""}


def pieces_json(maison: Maison, flux: str) -> dict[str, object]:
    """`pieces`, `erreurs_generales`, `remplace`, `remplace_par` and `reemission` of `flux show
    --json`."""
    suivi, dite = suivre(maison, flux), reemission_dite(maison, flux)
    registre = maison.registre
    return {
        "pieces": [_piece_json(piece) for piece in suivi.pieces],
        "erreurs_generales": [_erreur_json(erreur) for erreur in suivi.generales],
        "remplace": _lien_json(registre.remplace(flux), "ancien"),
        "remplace_par": _lien_json(registre.remplacant(flux), "nouveau"),
        "reemission": None if dite is None else dite.as_json(),
    }


def _lien_json(lien: RemplacementVu | None, cote: str) -> dict[str, object] | None:
    if lien is None:
        return None
    return {"flux": getattr(lien, cote), "motif": lien.motif, "le": lien.fait_le.isoformat()}


def _piece_json(piece: PieceSuivie) -> dict[str, object]:
    retours = [_retour_json(retour) for retour in piece.retours]
    return {
        "domaine": piece.domaine,
        "exercice": piece.exercice,
        "type_bordereau": piece.type,
        "bordereau": piece.bordereau,
        "piece": piece.piece,
        "acquit": {
            "etat": piece.acquit,
            "erreurs": [_erreur_json(erreur) for erreur in piece.erreurs],
        },
        "retour": retours[-1] if retours else None,
        "retours": retours,
    }


def _erreur_json(erreur: ErreurVue) -> dict[str, object]:
    sens, conseil = sens_et_conseil(erreur)
    return {
        "ref": lieu(erreur),
        "ligne": erreur.ligne or None,
        "code": erreur.code,
        "libelle": erreur.libelle,
        "sens": sens,
        "conseil": conseil,
    }


def _retour_json(r: RestitutionVue) -> dict[str, object]:
    dates = {
        "instance": r.instance_le,
        "prise_en_charge": r.prise_en_charge_le,
        "rejet": r.rejetee_le,
        "paiement": r.paye_le,
    }
    return {
        "etat": r.etat,
        "paiement": r.paiement,
        "montant_ht": None if r.montant_ht is None else str(r.montant_ht),
        "montant_paye": None if r.montant_paye is None else str(r.montant_paye),
        "dates": {nom: jour for nom, jour in dates.items() if jour},
        "motifs": list(r.motifs),
        "commentaire": r.commentaire,
        "conseil": r.conseil,
        "recu_le": r.recue_le.isoformat(),
        "sha256": r.reponse,
    }


def dire_pieces(maison: Maison, flux: str, sortie: Console) -> None:
    """The table, then each reproach with its meaning and its mend."""
    _dire_l_ancien(maison, flux, sortie)
    suivi = suivre(maison, flux)
    # What a person must act upon comes first; the sort keeps the order of the file.
    rangees = sorted(suivi.pieces, key=lambda p: not (p.erreurs or _rejetee(p)))
    colonnes = ("domaine", "bordereau", "pièce", "acquit", "retour du comptable")
    lignes = (_ligne(piece) for piece in rangees[:LIGNES_MAX])
    sortie.print(tableau("Pièces", colonnes, lignes, entieres=colonnes[:3]))
    if len(rangees) > LIGNES_MAX:
        reste = len(rangees) - LIGNES_MAX
        sortie.print(f"  … et {reste} autre(s) pièce(s) ; --json les montre toutes.")
    reproches = [*suivi.generales, *(e for p in rangees for e in p.erreurs)]
    if reproches:
        dire_reproches(reproches, sortie)
    _dire_la_suite(maison, flux, rangees, sortie)


def _dire_l_ancien(maison: Maison, flux: str, sortie: Console) -> None:
    """What this flux stands for, who asked for it, and what it left out."""
    lien, dite = maison.registre.remplace(flux), reemission_dite(maison, flux)
    if lien is None:
        return
    par = "" if dite is None else f" (demandé par {dite.auteur})"
    sortie.print(f"  remplace {lien.ancien} : {lien.motif}{par}", markup=False)
    if dite is None:
        return
    sortie.print(f"  pièces ôtées : {', '.join(dite.exclues) or 'aucune'}", markup=False)
    if dite.prises:
        prises = ", ".join(dite.prises)
        sortie.print(f"  déjà prises en charge, non reprises : {prises}", markup=False)
    for otee in dite.otees:
        sortie.print(f"  ne repart pas : {otee}", markup=False)


def _dire_la_suite(
    maison: Maison, flux: str, pieces: Sequence[PieceSuivie], sortie: Console
) -> None:
    """What the clerk may do now."""
    refusees = [p for p in pieces if p.acquit in (REFUSE, ENTRAINE) or _rejetee(p)]
    if not refusees:
        return
    if (lien := maison.registre.remplacant(flux)) is not None:
        sortie.print(
            f"{lien.nouveau} remplace ce flux ; « vaguemestre flux show {lien.nouveau} » dit ce"
            " qu'il n'a pas repris : cela se corrige dans le logiciel, puis se redépose.",
            markup=False,
        )
        return
    touches = {_bordereau(p) for p in refusees}
    if any(_peut_repartir(p) for p in pieces if _bordereau(p) in touches):
        sortie.print(
            "Pour renvoyer sans attendre ce qui n'est pas en cause : « vaguemestre flux reissue"
            f" {flux} --motif … » ; corriger dans le logiciel les pièces refusées, puis les"
            " redéposer."
        )
    else:
        sortie.print("Corriger ces pièces dans le logiciel, puis les redéposer.")


def _bordereau(p: PieceSuivie) -> tuple[str, int, str, int]:
    return p.domaine, p.exercice, p.type, p.bordereau


def _peut_repartir(p: PieceSuivie) -> bool:
    """Nothing is held against it, and the accountant has not taken it in charge."""
    if p.acquit == ENTRAINE:
        return True
    prise = p.retour is not None and p.retour.prise_en_charge_le
    return p.acquit == ACCEPTE and not _rejetee(p) and not prise


def dire_reproches(erreurs: Sequence[ErreurVue], sortie: Console) -> None:
    """What, why, and what to do; the same code on several pièces is explained once."""
    sortie.print("Ce que l'acquit reproche, et comment le corriger")
    for erreur in erreurs[:LIGNES_MAX]:
        sortie.print(f"  {lieu(erreur)} : {erreur.libelle or erreur.code}", markup=False)
    if len(erreurs) > LIGNES_MAX:
        sortie.print(f"  … et {len(erreurs) - LIGNES_MAX} autre(s) ; --json les montre toutes.")
    for texte in _conseils(erreurs):
        sortie.print(f"  → {texte}", markup=False)


def _conseils(erreurs: Sequence[ErreurVue]) -> Iterator[str]:
    for erreur in {e.code: e for e in erreurs}.values():
        sens, conseil = sens_et_conseil(erreur)
        if sens or conseil:
            yield f"{erreur.code} : {sens}. {conseil}"
        elif erreur.code:
            yield f"{erreur.code} : hors de la liste officielle ; demander au poste comptable."


def _rejetee(piece: PieceSuivie) -> bool:
    return piece.retour is not None and piece.retour.etat == "rejetee"


def _ligne(piece: PieceSuivie) -> tuple[object, ...]:
    domaine = f"{piece.domaine} {piece.exercice}"
    verdict = _VERDICTS.get(piece.acquit, "en attente")
    return domaine, piece.bordereau, piece.piece, verdict, _dire_retour(piece.retour)


def _dire_retour(r: RestitutionVue | None) -> str:
    if r is None:
        return ""
    jours = (
        ("mise en instance", r.instance_le),
        ("prise en charge", r.prise_en_charge_le),
        ("rejetée", r.rejetee_le),
        ("dernier paiement", r.paye_le),
    )
    premiere = _ETATS.get(r.etat, r.etat) + _PAIEMENTS.get(r.paiement, "")
    dates = ", ".join(f"{quoi} le {jour}" for quoi, jour in jours if jour)
    conseil = f"→ {r.conseil}" if r.conseil else ""
    montant = "" if r.montant_paye is None else f"{r.montant_paye} payé ou encaissé"
    return "\n".join(t for t in (premiere, dates, montant, *r.motifs, r.commentaire, conseil) if t)
