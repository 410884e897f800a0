"""More rules of a titre's Edition: what only some treatments read (pes.md §5.3, §5.6, §6)."""

from __future__ import annotations

from collections.abc import Iterator

from vaguemestre.pes.faits import PieceFaits
from vaguemestre.pes.regles import codes
from vaguemestre.pes.regles.base import A, Constat, Regle, regle

_ORMC = "15"
_SANS_TRAITEMENT = "04"


@regle(
    "pes.edition.complement",
    A,
    "pes.md §5.3 (TypePJ), §6 « Edition » (document non repris)",
    si="PJRef",
)
def document_complementaire(p: PieceFaits) -> Iterator[Constat]:
    """A complementary document 008, 011 or 014 goes with an Edition that takes one up."""
    if p.bordereau.domaine.depense:
        return
    edition = p.info.v("Edition") or ""
    for reference in p.info.tous("PJRef"):
        editions = codes.EDITIONS_DU_COMPLEMENT.get(reference.v("TypePJ") or "")
        if editions is not None and edition not in editions:
            yield Constat(
                reference,
                "TypePJ",
                f"un document complémentaire de type {reference.v('TypePJ')} ne va qu'avec les "
                f"éditions {', '.join(sorted(editions))} ; trouvé {edition or 'aucune'}",
                "Corriger l'édition du titre ou le type de la pièce jointe.",
            )


@regle(
    "pes.edition.champs",
    A,
    "pes.md §5.6 (NumeroFacture, NumeroMarche, NumeroEngagement, CodeService, CadreFacturation)",
    si="NumeroFacture NumeroMarche NumeroEngagement CodeService NomService CadreFacturation",
)
def champs_d_une_autre_edition(p: PieceFaits) -> Iterator[Constat]:
    """What Chorus Pro or an e-invoice needs goes with their Editions, and with no other."""
    edition = p.info.v("Edition") or ""
    for champ, editions in codes.CHAMPS_D_EDITION.items():
        if p.info.v(champ) and edition not in editions:
            yield Constat(
                p.info,
                champ,
                f"{champ} ne sert qu'aux éditions {', '.join(sorted(editions))} ; "
                f"trouvé {edition or 'aucune'}",
                f"Choisir l'édition qui convient, ou retirer {champ}.",
            )


@regle("pes.piece.dteasp.edition", A, "pes.md §5.6 (DteAsp : envoi par l'ordonnateur)", si="DteAsp")
def date_d_un_avis_que_la_dgfip_envoie(p: PieceFaits) -> Iterator[Constat]:
    """DteAsp only when the ordonnateur sends the avis himself: no Edition, or 04."""
    edition = p.info.v("Edition")
    if p.info.v("DteAsp") and edition not in (None, _SANS_TRAITEMENT):
        yield Constat(
            p.info,
            "DteAsp",
            f"la date d'envoi de l'avis est donnée et l'édition {edition} le fait envoyer par la "
            "DGFiP",
            "Retirer DteAsp, ou choisir l'édition 04 si vous envoyez l'avis.",
        )


@regle("pes.piece.ligne_unique", A, "pes.md §5.5 (IdLigne, effet non dit)")
def ligne_unique(p: PieceFaits) -> Iterator[Constat]:
    """The only ligne of a pièce is number 1; a sous-article of a rôle keeps its own number."""
    if len(p.lignes) != 1 or 1 in p.lignes or p.info.v("TypPce") == _ORMC:
        return
    (numero,) = p.lignes
    if not any(p.lignes_doubles):
        yield Constat(
            p.info,
            "IdPce",
            f"la pièce n'a qu'une ligne, numérotée {numero}",
            "Numéroter 1 la ligne d'une pièce qui n'a qu'une imputation et qu'un tiers.",
        )


REGLES: tuple[Regle[PieceFaits], ...] = (
    document_complementaire,
    champs_d_une_autre_edition,
    date_d_un_avis_que_la_dgfip_envoie,
    ligne_unique,
)
