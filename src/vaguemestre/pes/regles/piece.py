"""Rules of a mandat or titre (pes.md §5.5, §5.6, §6 « Edition », §13 rows 6, 9, 16)."""

from __future__ import annotations

from collections.abc import Iterator

from vaguemestre.pes.faits import VIDE, PieceFaits, entier
from vaguemestre.pes.regles import codes
from vaguemestre.pes.regles.base import A, B, Confiance, Constat, Regle, regle

_ORMC = "15"
_PROPRES_ORMC = ("NumDette", "Per", "Cle1", "Cle2")
_ASAP = "Voir le tableau « Edition » : le traitement choisi demande cette information."


def _titre(p: PieceFaits) -> bool:
    return not p.bordereau.domaine.depense


@regle("pes.piece.triplet", A, "pes.md §6, §13 ligne 9 (annexe 2)", Confiance.NON_TROUVE)
def triplet_connu(p: PieceFaits) -> Iterator[Constat]:
    """(TypBord, TypPce, NatPce) stands in the official grid; ours is incomplete, so it warns."""
    grilles = p.bordereau.fichier.reglages.grilles
    if p.triplet not in (grilles.recette if _titre(p) else grilles.depense) and all(p.triplet):
        yield Constat(
            p.info,
            "TypPce",
            f"la combinaison bordereau/pièce/nature {'/'.join(p.triplet)} n'est pas connue ici",
            "Vérifier la combinaison dans l'annexe 2 du protocole avec le comptable ; si elle est "
            "admise, l'exploitant l'ajoute à [pes.grilles].",
            valeur="/".join(p.triplet),
        )


@regle("pes.piece.typpce", B, "pes.md §5.6 (TypPce 08, 13)")
def type_interdit_en_recette(p: PieceFaits) -> Iterator[Constat]:
    """TypPce 08 and 13 do not exist in recette."""
    if _titre(p) and p.info.v("TypPce") in {"08", "13"}:
        yield Constat(
            p.info,
            "TypPce",
            f"le type de pièce {p.info.v('TypPce')} n'existe pas pour un titre",
            "Choisir un type de titre du protocole (01 ordinaire, 02 correctif…).",
        )


@regle("pes.piece.typpce_retour", A, "pes.md §5.5, §6 (TypPce 12)", Confiance.INFERE)
def type_de_retour(p: PieceFaits) -> Iterator[Constat]:
    """TypPce 12 of dépense has no label: it stands in the list for the retour only."""
    if not _titre(p) and p.info.v("TypPce") == "12":
        yield Constat(
            p.info,
            "TypPce",
            "le type de mandat 12 n'a pas de libellé officiel : il ne sert que dans les retours",
            "Choisir un autre type de mandat.",
        )


@regle("pes.piece.idrol", B, "pes.md §5.6 (IdRol)", si="IdRol")
def numero_de_role(p: PieceFaits) -> Iterator[Constat]:
    """IdRol only with 01/06/01."""
    if p.info.v("IdRol") is not None and p.triplet != ("01", "06", "01"):
        yield Constat(
            p.info,
            "IdRol",
            f"le numéro de rôle est réservé aux titres 01/06/01 ; ce titre est {_trio(p)}",
            "Retirer le numéro de rôle, ou émettre un titre récapitulatif avec rôle.",
        )


def _trio(p: PieceFaits) -> str:
    return "/".join(p.triplet)


@regle(
    "pes.piece.codserv", A, "pes.md §5.6 (CodServ, effet non dit)", Confiance.INFERE, si="CodServ"
)
def service_d_un_role(p: PieceFaits) -> Iterator[Constat]:
    """CodServ is not for TypPce 15."""
    if _titre(p) and p.info.v("TypPce") == _ORMC and p.info.v("CodServ") is not None:
        yield Constat(
            p.info,
            "CodServ",
            "le code service n'est pas admis dans un article de rôle ORMC",
            "Retirer le code service.",
        )


@regle(
    "pes.piece.ormc",
    A,
    "pes.md §5.6 (réservé à l'ORMC, effet non dit)",
    Confiance.INFERE,
    si="NumDette Per Cle1 Cle2",
)
def champs_de_role(p: PieceFaits) -> Iterator[Constat]:
    """NumDette, Per, Cle1, Cle2 are for ORMC only."""
    if not _titre(p) or p.info.v("TypPce") == _ORMC:
        return
    for champ in _PROPRES_ORMC:
        if champ in p.info.valeurs:
            yield Constat(
                p.info,
                champ,
                f"la balise {champ} est réservée aux rôles ORMC (type de pièce 15)",
                f"Retirer {champ}.",
            )


@regle("pes.piece.dteasp", A, "pes.md §5.6 (DteAsp ≥ DteBordEm, effet non dit)", si="DteAsp")
def date_asp(p: PieceFaits) -> Iterator[Constat]:
    """DteAsp of a titre is not before DteBordEm."""
    emission, asp = p.bordereau.bloc.date("DteBordEm"), p.info.date("DteAsp")
    if emission is not None and asp is not None and asp < emission:
        yield Constat(
            p.info,
            "DteAsp",
            f"la date de l'avis ({asp:%d/%m/%Y}) précède l'émission ({emission:%d/%m/%Y})",
            "Corriger la date d'envoi de l'avis des sommes à payer.",
        )


@regle("pes.piece.facturation", B, "pes.md §5.6 (DebFact, FinFact)", si="DebFact FinFact")
def periode_de_facturation(p: PieceFaits) -> Iterator[Constat]:
    """DebFact and FinFact: M21 and M22 only."""
    nomenclature = p.bordereau.fichier.nomenclature
    if nomenclature is None or nomenclature.startswith(codes.HOSPITALIERES):
        return
    for champ in ("DebFact", "FinFact"):
        if champ in p.info.valeurs:
            yield Constat(
                p.info,
                champ,
                f"la période de facturation est réservée aux budgets M21 et M22 ({nomenclature})",
                f"Retirer {champ}.",
            )


@regle(
    "pes.piece.envretour",
    A,
    "pes.md §5.6 (EnvRetour, effet non dit)",
    Confiance.INFERE,
    si="EnvRetour",
)
def enveloppe_retour(p: PieceFaits) -> Iterator[Constat]:
    """EnvRetour only with Edition 06."""
    if "EnvRetour" in p.info.valeurs and p.info.v("Edition") != "06":
        yield Constat(
            p.info,
            "EnvRetour",
            "l'enveloppe retour n'a de sens que pour l'édition 06",
            "Retirer EnvRetour, ou choisir l'édition 06.",
        )


@regle("pes.edition.type", B, "pes.md §6 « Edition »", si="Edition")
def edition_et_type(p: PieceFaits) -> Iterator[Constat]:
    """Editions 01, 02, 05 are refused for TypPce 15; 03, 06, 07, 08 for any other."""
    edition, ormc = p.info.v("Edition"), p.info.v("TypPce") == _ORMC
    interdites = codes.EDITIONS_INTERDITES_ORMC if ormc else codes.EDITIONS_RESERVEES_ORMC
    if edition in interdites:
        quoi = "un rôle ORMC" if ormc else "un titre"
        yield Constat(
            p.info,
            "Edition",
            f"l'édition {edition} n'est pas admise pour {quoi}",
            "Choisir l'édition qui convient au type de pièce, ou 04 (pas de traitement).",
        )


@regle(
    "pes.edition.douteuse",
    A,
    "pes.md §6 « Edition » (le texte contre ses propres libellés)",
    Confiance.CONTREDIT,
    si="Edition",
)
def edition_douteuse(p: PieceFaits) -> Iterator[Constat]:
    """The text refuses 10 for TypPce 15 and 09 for the rest, against their own labels: warn."""
    edition, ormc = p.info.v("Edition"), p.info.v("TypPce") == _ORMC
    if edition in codes.EDITIONS_DOUTEUSES and (edition == "10") == ormc:
        yield Constat(
            p.info,
            "Edition",
            f"le texte officiel se contredit sur l'édition {edition} pour ce type de pièce",
            "Demander au comptable quelle édition Hélios accepte.",
        )


@regle("pes.edition.numero_facture", A, "pes.md §6 « Edition » (effet non dit)", si="Edition")
def edition_et_facture(p: PieceFaits) -> Iterator[Constat]:
    """Editions 02, 03, 08, 09, 10 need NumeroFacture; 09 and 10 want it without space."""
    edition, facture = p.info.v("Edition"), p.info.v("NumeroFacture")
    if edition not in codes.EDITIONS_FACTURE:
        return
    if not facture:
        yield Constat(p.info, "Edition", f"l'édition {edition} exige un numéro de facture", _ASAP)
    elif edition in codes.EDITIONS_CADRE and " " in facture:
        yield Constat(
            p.info,
            "NumeroFacture",
            f"le numéro « {facture} » contient une espace, refusée pour l'édition {edition}",
            "Retirer les espaces du numéro de facture.",
        )


@regle("pes.edition.cadre", A, "pes.md §5.6 (CadreFacturation, effet non dit)", si="Edition")
def edition_et_cadre(p: PieceFaits) -> Iterator[Constat]:
    """CadreFacturation is mandatory for Editions 09 and 10."""
    edition = p.info.v("Edition")
    if edition in codes.EDITIONS_CADRE and not p.info.v("CadreFacturation"):
        yield Constat(
            p.info, "Edition", f"l'édition {edition} exige un cadre de facturation", _ASAP
        )


@regle("pes.edition.siret", A, "pes.md §6 « Edition » (effet non dit)", si="Edition")
def edition_et_siret(p: PieceFaits) -> Iterator[Constat]:
    """Editions 02, 03, 08, 09, 10 need a debtor known by SIRET (NatIdTiers 01)."""
    edition = p.info.v("Edition")
    if edition in codes.EDITIONS_SIRET and p.debiteur_sans_siret is not None:
        yield Constat(
            p.debiteur_sans_siret,
            "NatIdTiers",
            f"l'édition {edition} exige le SIRET du débiteur",
            "Renseigner le SIRET du débiteur (nature d'identifiant 01).",
        )


@regle("pes.edition.engagement", B, "pes.md §5.6 (NumeroEngagement)", si="Edition")
def edition_et_engagement(p: PieceFaits) -> Iterator[Constat]:
    """NumeroEngagement is mandatory for Edition 02 when the debtor is the State's generic SIRET."""
    sans = not p.info.v("NumeroEngagement")
    if p.info.v("Edition") == "02" and sans and codes.SIRET_ETAT in p.debiteurs:
        yield Constat(
            p.info,
            "Edition",
            "une facture adressée à l'Etat par Chorus Pro exige le numéro d'engagement",
            "Demander le numéro d'engagement au service de l'Etat.",
        )


@regle("pes.edition.debiteur", A, "pes.md §6 « Edition » (effet non dit)", si="Edition")
def edition_et_debiteur(p: PieceFaits) -> Iterator[Constat]:
    """Editions 01, 02, 05, 06, 07 and every ORMC need a single debtor."""
    edition, ormc = p.info.v("Edition"), p.info.v("TypPce") == _ORMC
    if p.nb_debiteurs > 1 and (edition in codes.EDITIONS_DEBITEUR_SEUL or (ormc and edition)):
        yield Constat(
            p.info,
            "Edition",
            f"l'édition {edition} exige un seul débiteur ; la pièce en porte {p.nb_debiteurs}",
            "Emettre un titre par débiteur, ou choisir l'édition 04.",
        )


@regle("pes.edition.pj", A, "pes.md §5.3 (TypePJ), §6 « Edition » (effet non dit)", si="Edition")
def edition_et_pj(p: PieceFaits) -> Iterator[Constat]:
    """Editions 01 and 05 need a PJRef; 02, 03, 05 to 10 one that carries its TypePJ."""
    edition = p.info.v("Edition") or ""
    if not _titre(p):
        return
    attendu = codes.EDITIONS_TYPE_PJ.get(edition)
    if edition in codes.EDITIONS_PJREF and not p.types_pj:
        yield Constat(
            p.info, "Edition", f"l'édition {edition} exige une pièce justificative", _ASAP
        )
    elif attendu is not None and attendu not in p.types_pj:
        yield Constat(
            p.info,
            "Edition",
            f"l'édition {edition} exige une référence de pièce justificative de type {attendu}",
            "Renseigner TypePJ dans la référence (PJRef) de la pièce justificative.",
        )


@regle("pes.ligne.double", A, "pes.md §10 (ERREUR_DOUBLON_LIGNE)", Confiance.INFERE)
def ligne_double(p: PieceFaits) -> Iterator[Constat]:
    """IdLigne is unique in a pièce."""
    for noeud, numero in p.lignes_doubles:
        yield Constat(
            noeud,
            "IdLigne",
            f"la ligne {numero} est deux fois dans la pièce",
            "Renuméroter les lignes de la pièce.",
        )


@regle("pes.dgp.dates", A, "pes.md §5.5 (DGP : dates non croisées par le Guichet)", si="DGP")
def dates_du_delai(p: PieceFaits) -> Iterator[Constat]:
    """DteFinDgp is not before DteDebDgp; the Guichet does not compare them, the accountant does."""
    dgp = p.bloc.bloc("DGP") or VIDE
    debut, fin = dgp.date("DteDebDgp"), dgp.date("DteFinDgp")
    if debut is not None and fin is not None and fin < debut:
        yield Constat(
            dgp,
            "DteFinDgp",
            f"le délai de paiement finit le {fin:%d/%m/%Y}, avant son début ({debut:%d/%m/%Y})",
            "Corriger les dates du délai global de paiement.",
        )


@regle("pes.dgp.duree", A, "pes.md §5.5 (DureeDgp)", Confiance.INFERE, si="DGP")
def duree_du_delai(p: PieceFaits) -> Iterator[Constat]:
    """DureeDgp counts the days from DteDebDgp to DteFinDgp, the first one or not."""
    dgp = p.bloc.bloc("DGP") or VIDE
    debut, fin, duree = dgp.date("DteDebDgp"), dgp.date("DteFinDgp"), entier(dgp.v("DureeDgp"))
    if debut is None or fin is None or duree is None or fin < debut:
        return
    if duree - (fin - debut).days not in (0, 1):
        yield Constat(
            dgp,
            "DureeDgp",
            f"le délai annoncé est de {duree} jour(s) ; les dates en comptent {(fin - debut).days}",
            "Accorder la durée et les dates du délai global de paiement.",
        )


@regle("pj.reference.double", A, "pes.md §5.3 (PJRef 0-n)", Confiance.INFERE, si="PJRef")
def reference_double(p: PieceFaits) -> Iterator[Constat]:
    """A pièce names each of its PJ once."""
    if len(p.info.enfants) == 1:
        return
    vues: set[str] = set()
    for reference in p.info.tous("PJRef"):
        id_unique = reference.v("IdUnique") or ""
        if id_unique and id_unique in vues:
            yield Constat(
                reference,
                "IdUnique",
                f"la pièce justificative {id_unique} est citée deux fois par la même pièce",
                "Retirer la référence en double.",
            )
        vues.add(id_unique)


REGLES: tuple[Regle[PieceFaits], ...] = (
    triplet_connu,
    type_interdit_en_recette,
    type_de_retour,
    numero_de_role,
    service_d_un_role,
    champs_de_role,
    date_asp,
    periode_de_facturation,
    enveloppe_retour,
    edition_et_type,
    edition_douteuse,
    edition_et_facture,
    edition_et_cadre,
    edition_et_siret,
    edition_et_engagement,
    edition_et_debiteur,
    edition_et_pj,
    ligne_double,
    dates_du_delai,
    duree_du_delai,
    reference_double,
)
