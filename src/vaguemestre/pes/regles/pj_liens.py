"""Rules of the links between a PJ and what it justifies: RefCompta, PJRef, supports (pes.md §8)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vaguemestre.pes.faits import FichierFaits, Noeud, PjFaits, ReferencePj, entier
from vaguemestre.pes.regles import codes
from vaguemestre.pes.regles.base import A, Confiance, Constat, Regle, regle

_DEPENSE, _RECETTE, _BUDGET, _MARCHE = "01", "02", "04", "06"
_ORMC = "06"
_BUDGETS_UNIQUES = frozenset({"01", "03"})
_DECISION, _CFU = "02", "10"
_MATERIELS = frozenset({"02", "03"})


@regle("pj.refcompta.typeobjet", A, "pes.md §5.7 (TypeObjet, effet non dit)", si="RefCompta")
def type_d_objet(pj: PjFaits) -> Iterator[Constat]:
    """TypeObjet: a TypBord, 01, 02, 03 or 10 for a budget, the nature of a marché (01 to 07)."""
    for reference in pj.references:
        permis = codes.TYPES_OBJET.get(reference.v("Domaine") or "")
        objet = reference.v("TypeObjet")
        if permis is not None and objet is not None and objet not in permis:
            yield Constat(
                reference,
                "TypeObjet",
                f"le type d'objet {objet} ne va pas avec le domaine {reference.v('Domaine')} "
                f"(admis : {', '.join(sorted(permis))})",
                "Dépense, recette : le type du bordereau ; budget : 01 BP, 02 DM, 03 BS, 10 CFU ; "
                "marché : sa nature.",
            )


def _defaut_du_numero(reference: Noeud) -> str | None:
    """What is wrong with Identifiant, by Domaine and TypeObjet."""
    numero = reference.v("Identifiant") or ""
    domaine, objet = reference.v("Domaine"), reference.v("TypeObjet")
    if domaine in {_DEPENSE, _RECETTE} and not entier(numero):
        return "un numéro de rôle" if objet == _ORMC else "un numéro de mandat ou de titre"
    if domaine == _BUDGET and objet in _BUDGETS_UNIQUES and entier(numero) != 1:
        return "1, le numéro d'un budget primitif ou supplémentaire"
    if domaine == _BUDGET and objet == _DECISION and not entier(numero):
        return "le numéro d'une décision modificative"
    if domaine == _MARCHE and not re.fullmatch(r"[0-9]{4}[0-9A-Za-z]{1,10}", numero):
        return "un numéro de marché : son année, puis sa référence"
    if domaine == _BUDGET and objet == _CFU and not re.fullmatch(r"[0-9]{4}", numero):
        return "l'année du compte financier unique"
    return None


@regle("pj.refcompta.numero", A, "pes.md §5.7 (Identifiant, forme)", si="RefCompta")
def numero_vise(pj: PjFaits) -> Iterator[Constat]:
    """Identifiant: an IdPce, a rôle, 1 for a BP or BS, a decision, a year for a CFU, a marché."""
    for reference in pj.references:
        attendu = _defaut_du_numero(reference) if reference.v("Identifiant") else None
        if attendu is not None:
            yield Constat(
                reference,
                "Identifiant",
                f"l'identifiant « {reference.v('Identifiant')} » n'est pas {attendu}",
                "Renseigner l'identifiant qui convient au domaine et au type d'objet visés.",
            )


@regle("pj.refcompta.exercice", A, "pes.md §5.7 (Exercice)", Confiance.INFERE, si="RefCompta")
def exercice_vise(pj: PjFaits) -> Iterator[Constat]:
    """A PJ goes with an exercice that has begun, or with the next one."""
    produit = pj.fichier.entete.date("DteStr")
    for reference in pj.references:
        exercice = entier(reference.v("Exercice"))
        if produit is not None and exercice is not None and exercice > produit.year + 1:
            yield Constat(
                reference,
                "Exercice",
                f"la pièce vise l'exercice {exercice}, après celui qui suit {produit.year}",
                "Corriger l'exercice de l'objet visé : faux, Hélios rejette la pièce.",
            )


@regle("pj.refcompta.idtiers", A, "pes.md §5.7 (IdTiers : marché, effet non dit)", si="RefCompta")
def tiers_de_marche(pj: PjFaits) -> Iterator[Constat]:
    """IdTiers of a RefCompta is for a marché only."""
    for reference in pj.references:
        if reference.v("IdTiers") and reference.v("Domaine") not in (None, _MARCHE):
            yield Constat(
                reference,
                "IdTiers",
                "l'identifiant de tiers d'une référence comptable est réservé aux marchés",
                "Retirer IdTiers, ou choisir le domaine 06 (marché).",
            )


@regle("pj.serveurid", A, "pes.md §5.7 (ServeurId, effet non dit)", si="ServeurId")
def serveur(pj: PjFaits) -> Iterator[Constat]:
    """ServeurId only where Hélios is set for it."""
    yield Constat(
        pj.noeud,
        "ServeurId",
        "la pièce nomme un serveur externe, ce qui demande un paramétrage d'Hélios",
        "Retirer ServeurId, sauf accord exprès du comptable.",
    )


def _presentes(f: FichierFaits) -> dict[str, PjFaits]:
    return {pj.id_unique: pj for pj in f.pjs if pj.id_unique}


@regle("pj.refcompta.superflue", A, "pes.md §8.5 (sans RefCompta, effet non dit)")
def reference_superflue(f: FichierFaits) -> Iterator[Constat]:
    """A PJ that a PJRef of the same file names has no RefCompta."""
    citees = {reference.id_unique for reference in f.references}
    for pj in f.pjs:
        if pj.references and pj.id_unique in citees:
            yield Constat(
                pj.references[0],
                "",
                "la pièce justificative est citée par une pièce du fichier et vise aussi un objet "
                "comptable (RefCompta)",
                "Retirer RefCompta : il ne sert qu'aux pièces envoyées seules.",
            )


@regle("pj.typepj.discordant", A, "pes.md §5.3, §5.7 (TypePJ)", Confiance.INFERE)
def types_discordants(f: FichierFaits) -> Iterator[Constat]:
    """The TypePJ of a PJRef is that of its PJ."""
    presentes = _presentes(f)
    for reference in f.references:
        pj = presentes.get(reference.id_unique)
        type_pj = pj.noeud.v("TypePJ") if pj is not None else None
        if reference.type is not None and type_pj is not None and reference.type != type_pj:
            yield Constat(
                reference.noeud,
                "TypePJ",
                f"la référence dit la pièce de type {reference.type}, la pièce se dit {type_pj}",
                "Donner le même type à la pièce justificative et à sa référence.",
            )


@regle("pj.typepj.reference", A, "pes.md §8.6 (effet non dit)")
def type_porte_par_la_reference(f: FichierFaits) -> Iterator[Constat]:
    """TypePJ 006, 007, 010, 011 and 014 only work when the PJRef carries the type."""
    presentes = _presentes(f)
    for reference in f.references:
        pj = presentes.get(reference.id_unique) if reference.type is None else None
        type_pj = pj.noeud.v("TypePJ") if pj is not None else None
        if type_pj in codes.TYPES_PORTES_PAR_PJREF:
            yield Constat(
                reference.noeud,
                "TypePJ",
                f"la pièce est de type {type_pj} et sa référence ne le dit pas",
                "Renseigner TypePJ dans la référence (PJRef) du titre.",
            )


@regle("pj.support.discordant", A, "pes.md §5.3 (Support)", Confiance.INFERE)
def supports_discordants(f: FichierFaits) -> Iterator[Constat]:
    """Pièces that share one PJ say the same support of it."""
    supports: dict[str, ReferencePj] = {}
    for reference in f.references:
        premiere = supports.setdefault(reference.id_unique, reference)
        if reference.id_unique and premiere.support != reference.support:
            yield Constat(
                reference.noeud,
                "Support",
                f"la pièce {reference.id_unique} est dite sur support {reference.support} ici et "
                f"{premiere.support} ailleurs ({premiere.noeud.ref})",
                "Donner le même support à toutes les références de cette pièce.",
            )


@regle("pj.support.nom", A, "pes.md §5.3 (NomPJ : supports non électroniques)", Confiance.INFERE)
def nom_du_materiel(f: FichierFaits) -> Iterator[Constat]:
    """A PJ on paper or disc has its name in the PJRef: there is no PJ block to tell it."""
    for reference in f.references:
        if reference.support in _MATERIELS and not reference.noeud.v("NomPJ"):
            yield Constat(
                reference.noeud,
                "Support",
                "la pièce est sur papier ou sur disque et sa référence ne la nomme pas",
                "Renseigner NomPJ dans la référence : c'est le seul nom que verra le comptable.",
            )


REGLES: tuple[Regle[PjFaits], ...] = (
    type_d_objet,
    numero_vise,
    exercice_vise,
    tiers_de_marche,
    serveur,
)
REGLES_FICHIER: tuple[Regle[FichierFaits], ...] = (
    reference_superflue,
    types_discordants,
    type_porte_par_la_reference,
    supports_discordants,
    nom_du_materiel,
)
