"""Rules between titres and the invoices that they cite as a PJ 006 (pes.md §5.8, §6, §8.8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from vaguemestre.domain.asap import TYPE_DE_L_EDITION
from vaguemestre.pes.faits import FichierFaits, PjFaits, ReferencePj, entier
from vaguemestre.pes.regles.base import A, Confiance, Constat, Regle, regle

Cle = tuple[int | None, int | None, int | None]
# A reference of an invoice -> its leaves: exercice, bordereau or rôle, titre or article.
_FEUILLES = {
    "RefTitre": ("Exercice", "NumBordereau", "NumTitre"),
    "RefORMC": ("Exercice", "NumRole", "NumArticle"),
}
_MONTREES = 20


def _visees(pj: PjFaits) -> dict[Cle, tuple[Mapping[str, str], int | None]]:
    """Leaves and line of each reference of an invoice file, by what it names."""
    if pj.facture is None:
        return {}
    return {
        _cle(*(valeurs.get(champ) for champ in _FEUILLES[nom])): (valeurs, ligne)
        for nom, valeurs, ligne in pj.facture.references
    }


def _cle(exercice: str | None, bordereau: str | None, piece: str | None) -> Cle:
    return entier(exercice), entier(bordereau), entier(piece)


def _du_titre(reference: ReferencePj) -> Cle:
    """The titre that cites a PJ, named as an invoice names it."""
    bloc = None if reference.bordereau is None else reference.bordereau.bloc
    if bloc is None or reference.titre is None:
        return None, None, None
    return _cle(bloc.v("Exer"), bloc.v("IdBord"), reference.titre.get("IdPce"))


def _citations(f: FichierFaits) -> Iterator[tuple[ReferencePj, Mapping[str, str], PjFaits]]:
    """Each titre that cites an invoice of this file, with the PJ that holds it."""
    citees = [r for r in f.references if r.titre is not None]
    factures = {pj.id_unique: pj for pj in f.pjs if pj.facture is not None} if citees else {}
    for reference in citees:
        pj = factures.get(reference.id_unique)
        if pj is not None and reference.titre is not None:
            yield reference, reference.titre, pj


@regle("pes.asap.edition", A, "pes.md §6 « Edition » et « TypeFact » (effet non dit)")
def edition_et_type_de_facture(f: FichierFaits) -> Iterator[Constat]:
    """The TypeFact of the invoice (PJ 006) that a titre cites is that of its Edition."""
    for reference, titre, pj in _citations(f):
        edition, trouve = titre.get("Edition", ""), pj.facture.type if pj.facture else ""
        attendu = TYPE_DE_L_EDITION.get(edition)
        if attendu is not None and trouve != attendu:
            yield Constat(
                reference.noeud,
                "TypePJ",
                f"l'édition {edition} du titre va avec une facture de type {attendu} ; la pièce "
                f"{reference.id_unique} porte le type {trouve}",
                "Corriger l'édition du titre, ou le type (TypeFact) de la facture jointe.",
                attendu=attendu,
            )


@regle("pes.asap.titre", A, "pes.md §5.8 (RefTitre, RefORMC), §8.8", Confiance.INFERE)
def titre_sans_sa_facture(f: FichierFaits) -> Iterator[Constat]:
    """A titre that cites an invoice file is among those that the file invoices."""
    lues: dict[str, dict[Cle, tuple[Mapping[str, str], int | None]]] = {}
    for reference, titre, pj in _citations(f):
        visees = lues.setdefault(pj.id_unique, _visees(pj))
        if visees and _du_titre(reference) not in visees:
            yield Constat(
                reference.noeud,
                "IdUnique",
                f"la pièce {reference.id_unique} n'a pas de facture pour le titre "
                f"{titre.get('IdPce')}",
                "Joindre la facture de ce titre, ou corriger la référence (RefTitre, RefORMC).",
            )


@regle("pes.asap.titre.absent", A, "pes.md §5.8 (RefTitre, RefORMC)", Confiance.INFERE)
def facture_sans_son_titre(f: FichierFaits) -> Iterator[Constat]:
    """An invoice about a bordereau of this file names a titre that the bordereau holds."""
    factures = [pj for pj in f.pjs if pj.facture is not None]
    titres = {
        _cle(b.bloc.v("Exer"), b.bloc.v("IdBord"), None)[:2]: b.numeros
        for b in (f.bordereaux if factures else ())
        if not b.domaine.depense
    }
    for pj in factures:
        manquants = [
            (cle, ligne)
            for cle, (_, ligne) in _visees(pj).items()
            if cle[:2] in titres and cle[2] not in titres[cle[:2]]
        ]
        for (exercice, bordereau, numero), ligne in manquants[:_MONTREES]:
            yield Constat(
                pj.noeud,
                "",
                f"dans la facture jointe, ligne {ligne} : elle vise le titre {numero} du "
                f"bordereau {bordereau} de {exercice}, que ce bordereau ne contient pas",
                "Corriger le titre visé par la facture, ou ajouter ce titre au bordereau.",
            )


@regle(
    "pes.asap.role.dette",
    A,
    "pes.md §5.8 (RefORMC/NumDette, Per : ligne optique)",
    Confiance.INFERE,
)
def dette_de_la_facture(f: FichierFaits) -> Iterator[Constat]:
    """NumDette and Per of RefORMC are those of the article that cites the invoice."""
    lues: dict[str, dict[Cle, tuple[Mapping[str, str], int | None]]] = {}
    for reference, titre, pj in _citations(f):
        valeurs, _ = lues.setdefault(pj.id_unique, _visees(pj)).get(
            _du_titre(reference), ({}, None)
        )
        for champ in ("NumDette", "Per"):
            facture, article = entier(valeurs.get(champ)), entier(titre.get(champ))
            if facture is not None and article is not None and facture != article:
                yield Constat(
                    reference.noeud,
                    "IdUnique",
                    f"la facture de l'article {titre.get('IdPce')} donne {champ} {facture}, "
                    f"l'article {article}",
                    "Accorder la dette et la période de l'article et de sa facture.",
                )


REGLES: tuple[Regle[FichierFaits], ...] = (
    edition_et_type_de_facture,
    titre_sans_sa_facture,
    facture_sans_son_titre,
    dette_de_la_facture,
)
