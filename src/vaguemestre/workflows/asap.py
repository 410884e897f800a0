"""Invoices of a deposit -> the PJ 006 that carry them, cited by the titres they are about."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vaguemestre.domain.asap import Facturation
from vaguemestre.domain.comptable import (
    Bordereau,
    Domaine,
    EnTete,
    Enveloppe,
    PieceJustificative,
    PjRef,
    Titre,
)
from vaguemestre.errors import RessourceError
from vaguemestre.pes.asap import MIME_FACTURE, TYPE_PJ_FACTURE, octets_facture
from vaguemestre.pes.build import Monnaie


@dataclass(frozen=True, slots=True, kw_only=True)
class FacturesJointes:
    """The bordereaux, whose titres now cite their invoice, and the PJ that carry the invoices."""

    bordereaux: tuple[Bordereau, ...]
    pjs: tuple[PieceJustificative, ...]


def joindre(
    bordereaux: Sequence[Bordereau],
    facturations: Sequence[Facturation],
    *,
    enveloppe: Enveloppe,
    entete: EnTete,
    monnaie: Monnaie,
    dossier: Path,
) -> FacturesJointes:
    """Write each Facturation as a file in `dossier` and link it to its titres.

    `enveloppe` names the files: a suffix tells bordereau and TypeFact. The IdUnique comes from
    the content, as for any PJ of ours.

    Raises:
        DocumentError: a value that does not fit; all those of one Facturation.
        RessourceError: the disk is full, the folder refuses.
    """
    pjs, resultat = [], list(bordereaux)
    for facturation in facturations:
        cle, numeros = _visee(facturation)
        nom = f"ASAP_{entete.id_collectivite[:9]}_{entete.code_budget}_{cle[0]}_{cle[1]}"
        nom = f"{nom}_{facturation.type}"
        octets = octets_facture(
            facturation, replace(enveloppe, nom_fichier=nom), entete, monnaie=monnaie
        )
        pj = _pj(octets, f"{nom}.xml", dossier, entete, cle[0])
        pjs.append(pj)
        resultat = [
            _citer(un, pj, numeros)
            if un.domaine is Domaine.RECETTE and (un.exercice, un.numero) == cle
            else un
            for un in resultat
        ]
    return FacturesJointes(bordereaux=tuple(resultat), pjs=tuple(pjs))


def _visee(facturation: Facturation) -> tuple[tuple[int, int], frozenset[int]]:
    """(exercice, bordereau or rôle) and numbers of the pièces that it invoices."""
    numeros = set()
    cle = (facturation.exercice, 0)
    for facture in facturation.factures:
        if facture.titre is not None:
            cle = (facture.titre.exercice, facture.titre.bordereau)
            numeros.add(facture.titre.titre)
        elif facture.article is not None:
            cle = (facture.article.exercice, facture.article.role)
            numeros.add(facture.article.article)
    return cle, frozenset(numeros)


def _pj(
    octets: bytes, nom: str, dossier: Path, entete: EnTete, exercice: int
) -> PieceJustificative:
    chemin = dossier / nom
    try:
        chemin.write_bytes(octets)
    except OSError as error:
        raise RessourceError(f"impossible d'écrire {nom} : {error.strerror}", ref=nom) from error
    empreinte = hashlib.sha256(octets).hexdigest()[:24].upper()
    return PieceJustificative(
        id_unique=f"{entete.id_collectivite}R{exercice}{empreinte}",
        nom=nom,
        description="Factures des avis des sommes à payer (PES_Facture)",
        mime=MIME_FACTURE,
        type=TYPE_PJ_FACTURE,
        chemin=chemin,
        taille=len(octets),
    )


def _citer(bordereau: Bordereau, pj: PieceJustificative, numeros: frozenset[int]) -> Bordereau:
    ref = PjRef(id_unique=pj.id_unique, type=TYPE_PJ_FACTURE)
    pieces = tuple(
        replace(piece, pj_refs=(*piece.pj_refs, ref))
        if isinstance(piece, Titre) and piece.numero in numeros
        else piece
        for piece in bordereau.pieces
    )
    return replace(bordereau, pieces=pieces)
