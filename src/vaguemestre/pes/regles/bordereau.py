"""Rules of a bordereau: totals, type, dates (pes.md §5.5, §5.6, §7, §13 rows 6 to 8)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from vaguemestre.pes.faits import BordereauFaits, entier
from vaguemestre.pes.regles.base import A, B, Confiance, Constat, F, Regle, regle

_DEBUT_DES_DATES = date(1900, 1, 1)
_DATE_NUE = len("2026-11-21")
_ORMC = "06"
_SIGNE = "Refaire le bordereau dans le logiciel émetteur : le total doit être celui des lignes."


@regle("pes.bordereau.nbrpce", B, "pes.md §5.5, §7.1, §13 ligne 7")
def nombre_de_pieces(b: BordereauFaits) -> Iterator[Constat]:
    """NbrPce is the number of Piece in the bordereau."""
    annonce = entier(b.bloc.v("NbrPce"))
    if annonce is not None and annonce != b.nombre:
        yield Constat(
            b.bloc,
            "NbrPce",
            f"le bordereau annonce {annonce} {b.domaine.mot}(s) et en contient {b.nombre}",
            "Corriger le nombre de pièces ou compléter le bordereau dans le logiciel émetteur.",
            attendu=str(b.nombre),
        )


@regle("pes.bordereau.montant_ht", A, "pes.md §7.1, §13 ligne 7", Confiance.INFERE)
def total_ht(b: BordereauFaits) -> Iterator[Constat]:
    """MtBordHT (MtBordHt in recette) is the sum of the MtHT of its lignes; stated for ORMC only."""
    if not b.role:
        yield from ecart_ht(b)


def ecart_ht(b: BordereauFaits) -> Iterator[Constat]:
    """The HT total against the lignes."""
    annonce = b.bloc.montant(b.total_attendu)
    if annonce is not None and b.ht is not None and annonce != b.ht:
        yield Constat(
            b.bloc,
            b.total_attendu,
            f"le total HT annoncé est {annonce} ; la somme des lignes est {b.ht}",
            _SIGNE,
            attendu=str(b.ht),
        )


@regle("pes.bordereau.montant_tva", A, "pes.md §7.1, §13 ligne 7", Confiance.INFERE)
def total_tva(b: BordereauFaits) -> Iterator[Constat]:
    """MtBordTVA is the sum of the MtTVA of its lignes; stated for ORMC only."""
    if not b.role:
        yield from ecart_tva(b)


def ecart_tva(b: BordereauFaits) -> Iterator[Constat]:
    """The VAT against the lignes."""
    annonce = b.bloc.montant("MtBordTVA")
    # A VAT that stands on one side only is the matter of the two rules below.
    if annonce and b.tva and annonce != b.tva:
        yield Constat(
            b.bloc,
            "MtBordTVA",
            f"le total de TVA annoncé est {annonce} ; la somme des lignes est {b.tva}",
            _SIGNE,
            attendu=str(b.tva),
        )


@regle("pes.bordereau.tva_sans_ligne", B, "pes.md §5.5, §5.6 (MtBordTVA)")
def tva_sans_ligne(b: BordereauFaits) -> Iterator[Constat]:
    """MtBordTVA above zero needs at least one ligne with MtTVA above zero."""
    annonce = b.bloc.montant("MtBordTVA")
    if annonce and annonce > 0 and not b.ligne_tva and b.tva is not None:
        yield Constat(
            b.bloc,
            "MtBordTVA",
            f"le bordereau annonce {annonce} de TVA mais aucune ligne n'en porte",
            "Renseigner la TVA des lignes concernées, ou retirer celle du bordereau.",
        )


@regle("pes.bordereau.tva_absente", B, "pes.md §5.5, §5.6 (MtTVA)")
def tva_absente(b: BordereauFaits) -> Iterator[Constat]:
    """A ligne with MtTVA above zero needs MtBordTVA above zero."""
    if b.ligne_tva and not b.bloc.montant("MtBordTVA"):
        yield Constat(
            b.bloc,
            "MtBordTVA",
            f"des lignes portent de la TVA ({b.tva}) mais le bordereau n'en annonce pas",
            "Renseigner le total de TVA du bordereau (MtBordTVA).",
            attendu=str(b.tva),
        )


@regle("pes.bordereau.tva_nulle", B, "pes.md §5.6 (recette : absente ou > 0)")
def tva_nulle(b: BordereauFaits) -> Iterator[Constat]:
    """In recette MtBordTVA is absent or above zero."""
    if not b.domaine.depense and b.bloc.montant("MtBordTVA") == Decimal(0):
        yield Constat(
            b.bloc,
            "MtBordTVA",
            "le total de TVA du bordereau de titres est nul ; il doit être absent ou positif",
            "Retirer la balise MtBordTVA quand il n'y a pas de TVA.",
        )


@regle("pes.bordereau.cumul", B, "pes.md §5.5, §5.6, §13 ligne 8")
def cumul_annuel(b: BordereauFaits) -> Iterator[Constat]:
    """MtCumulAnnuel is mandatory and above zero when InfoDematerialisee is 1, but for an ORMC."""
    if not b.domaine.dematerialise or b.role:
        return
    if "MtCumulAnnuel" in b.bloc.valeurs and b.bloc.montant("MtCumulAnnuel") is None:
        return
    if not b.bloc.montant("MtCumulAnnuel"):
        yield Constat(
            b.bloc,
            "MtCumulAnnuel",
            "le bordereau est dématérialisé et son cumul annuel (MtCumulAnnuel) manque ou est nul",
            "Renseigner le cumul annuel, ce bordereau compris, ou signer avec « --cumul ».",
        )


@regle("pes.bordereau.cumul_inferieur", A, "pes.md §7.3", Confiance.INFERE)
def cumul_inferieur(b: BordereauFaits) -> Iterator[Constat]:
    """MtCumulAnnuel is the total of the year up to and including this bordereau."""
    cumul, montant = b.bloc.montant("MtCumulAnnuel"), b.bloc.montant(b.total_attendu)
    if cumul is not None and montant is not None and cumul < montant:
        yield Constat(
            b.bloc,
            "MtCumulAnnuel",
            f"le cumul annuel ({cumul}) est inférieur au bordereau lui-même ({montant})",
            "Vérifier le cumul annuel : il comprend le bordereau envoyé.",
        )


@regle("pes.bordereau.typbord", B, "pes.md §5.5 (04), §5.6 (04, 05)")
def type_de_retour(b: BordereauFaits) -> Iterator[Constat]:
    """TypBord 04 (and 05 in recette) exists for the retour only."""
    interdits = {"04"} if b.domaine.depense else {"04", "05"}
    if b.type in interdits:
        yield Constat(
            b.bloc,
            "TypBord",
            f"le type de bordereau {b.type} n'existe que dans les retours de la DGFiP",
            "Choisir 01 ordinaire, 02 annulation ou réduction, 03 ordres"
            + ("." if b.domaine.depense else ", 06 ORMC."),
        )


@regle("pes.bordereau.date", B, "pes.md §5.6 (DteBordEm)")
def date_d_emission(b: BordereauFaits) -> Iterator[Constat]:
    """In recette DteBordEm is not before 1900-01-01."""
    emission = b.bloc.date("DteBordEm")
    if not b.domaine.depense and emission is not None and emission < _DEBUT_DES_DATES:
        yield Constat(
            b.bloc,
            "DteBordEm",
            f"la date d'émission {emission:%d/%m/%Y} est antérieure à 1900",
            "Corriger la date d'émission du bordereau.",
        )


@regle("pes.bordereau.dteasp", A, "pes.md §5.6 (DteAsp ≥ DteBordEm, effet non dit)")
def date_asp_bordereau(b: BordereauFaits) -> Iterator[Constat]:
    """DteAsp of a bordereau is not before DteBordEm."""
    emission, asp = b.bloc.date("DteBordEm"), b.bloc.date("DteAsp")
    if emission is not None and asp is not None and asp < emission:
        yield Constat(
            b.bloc,
            "DteAsp",
            f"la date de l'avis ({asp:%d/%m/%Y}) précède l'émission ({emission:%d/%m/%Y})",
            "Corriger la date d'envoi de l'avis des sommes à payer.",
        )


@regle("pes.bordereau.reserve_ormc", A, "pes.md §5.6 (réservé à l'ORMC, effet non dit)")
def reserve_a_l_ormc(b: BordereauFaits) -> Iterator[Constat]:
    """DteAsp and Objet of a bordereau are for an ORMC (TypBord 06) only."""
    for champ in ("DteAsp", "Objet"):
        if champ in b.bloc.valeurs and b.type != _ORMC:
            yield Constat(
                b.bloc,
                champ,
                f"la balise {champ} du bordereau est réservée aux rôles ORMC (type 06)",
                f"Retirer {champ}, ou envoyer le bordereau en type 06.",
            )


@regle("pes.piece.double", B, "pes.md §13 ligne 6 (IdPce unique)")
def piece_double(b: BordereauFaits) -> Iterator[Constat]:
    """IdPce is unique in a bordereau."""
    for noeud, numero in b.pieces_doubles:
        yield Constat(
            noeud,
            "IdPce",
            f"le {b.domaine.mot} {numero} est deux fois dans le bordereau",
            "Retirer le doublon ou renuméroter la pièce.",
        )


@regle("pes.bordereau.exercice", A, "pes.md §5.5 (Exer, DteBordEm)", Confiance.INFERE)
def exercice_et_date(b: BordereauFaits) -> Iterator[Constat]:
    """A bordereau is issued in its exercice or in the complementary day of January after it."""
    emission, exercice = b.bloc.date("DteBordEm"), entier(b.bloc.v("Exer"))
    if emission is None or exercice is None:
        return
    if emission.year not in (exercice, exercice + 1):
        yield Constat(
            b.bloc,
            "Exer",
            f"l'exercice est {exercice} et le bordereau est daté du {emission:%d/%m/%Y}",
            "Vérifier l'exercice et la date d'émission.",
        )


@regle("pes.bordereau.date_future", A, "pes.md §4.2 (DteStr), §5.5 (DteBordEm)", Confiance.INFERE)
def emis_apres_le_fichier(b: BordereauFaits) -> Iterator[Constat]:
    """A bordereau is not issued after the file that carries it was produced."""
    emission, produit = b.bloc.date("DteBordEm"), b.fichier.entete.date("DteStr")
    if emission is not None and produit is not None and emission > produit:
        yield Constat(
            b.bloc,
            "DteBordEm",
            f"le bordereau est daté du {emission:%d/%m/%Y} et le fichier a été produit avant, "
            f"le {produit:%d/%m/%Y}",
            "Vérifier la date d'émission du bordereau et l'horloge du poste.",
        )


@regle("pes.date.fuseau", A, "pes.md §1.6 (jamais de fuseau)", Confiance.INFERE)
def date_sans_fuseau(b: BordereauFaits) -> Iterator[Constat]:
    """Dates carry no timezone: the schema lets « 2026-11-21+11:00 » pass, Hélios may not."""
    for champ in ("DteBordEm", "DteAsp"):
        valeur = (b.bloc.v(champ) or "").strip()
        if len(valeur) > _DATE_NUE and valeur[_DATE_NUE] in "Z+-":
            yield Constat(
                b.bloc,
                champ,
                f"la date « {valeur} » porte un fuseau horaire",
                "Ecrire la date seule : AAAA-MM-JJ.",
            )


@regle("sig.bordereau.id", F, "pes.md §5.5 (@Id), §9.1, §13 ligne 4")
def identifiant_du_signe(b: BordereauFaits) -> Iterator[Constat]:
    """Bordereau/@Id is mandatory when the bordereau carries its own signature."""
    if b.signatures and not b.id:
        yield Constat(
            b.noeud,
            "",
            "le bordereau est signé mais ne porte pas d'identifiant (attribut Id)",
            "Faire signer de nouveau le bordereau par un outil qui pose l'attribut Id.",
        )


@regle("sig.bordereau.multiple", A, "pes.md §5.5 (Signature 0-1)")
def signature_multiple(b: BordereauFaits) -> Iterator[Constat]:
    """One bordereau carries at most one signature."""
    if b.signatures > 1:
        yield Constat(
            b.noeud,
            "",
            f"le bordereau porte {b.signatures} signatures ; une seule est attendue",
            "Repartir du fichier non signé et le faire signer une seule fois.",
        )


REGLES: tuple[Regle[BordereauFaits], ...] = (
    nombre_de_pieces,
    total_ht,
    total_tva,
    tva_sans_ligne,
    tva_absente,
    tva_nulle,
    cumul_annuel,
    cumul_inferieur,
    type_de_retour,
    date_d_emission,
    date_asp_bordereau,
    reserve_a_l_ormc,
    piece_double,
    exercice_et_date,
    emis_apres_le_fichier,
    date_sans_fuseau,
    identifiant_du_signe,
    signature_multiple,
)
