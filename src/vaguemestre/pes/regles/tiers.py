"""Rules of a tiers: who it is (pes.md §5.5, §5.6, §6, §13 rows 9 and 10)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from vaguemestre.domain.identifiants import controler_identifiant
from vaguemestre.pes.faits import VIDE, TiersFaits, vrai
from vaguemestre.pes.regles import codes
from vaguemestre.pes.regles.base import A, B, Confiance, Constat, Regle, regle

_SANS_NUMERO = "09"
_CODE_INSEE = 5
_NIR = "04"
_MADEMOISELLE = frozenset({"MADEMOISELLE", "MLLE", "MELLE", "MADEMOISEL"})
_PERSONNES = frozenset({"04", "11", "12"})

# The same supplier comes back on many lignes: its key is computed once.
_identifiant = lru_cache(4096)(controler_identifiant)


@regle(
    "pes.tiers.identifiant.seul",
    B,
    "pes.md §5.5 (IdTiers, NatIdTiers), §13 ligne 10",
    si="IdTiers NatIdTiers",
)
def identifiant_seul(t: TiersFaits) -> Iterator[Constat]:
    """IdTiers and NatIdTiers go together; NatIdTiers 09 (being registered) has no IdTiers."""
    numero, nature = t.info.v("IdTiers"), t.info.v("NatIdTiers")
    if numero and nature is None:
        yield Constat(
            t.info,
            "IdTiers",
            "l'identifiant du tiers est donné sans sa nature (NatIdTiers)",
            "Indiquer la nature de l'identifiant : 01 SIRET, 02 SIREN, 08 RIDET…",
        )
    elif nature is not None and nature != _SANS_NUMERO and not numero:
        yield Constat(
            t.info,
            "NatIdTiers",
            f"la nature d'identifiant {nature} est donnée sans identifiant (IdTiers)",
            "Renseigner l'identifiant du tiers, ou retirer sa nature.",
        )


@regle(
    "pes.tiers.identifiant", B, "pes.md §6 « NatIdTiers et IdTiers », §13 ligne 10", si="IdTiers"
)
def identifiant_du_tiers(t: TiersFaits) -> Iterator[Constat]:
    """IdTiers has the form and the key of its nature (SIRET, SIREN, FINESS, NIR, RIDET…)."""
    numero, nature = t.info.v("IdTiers"), t.info.v("NatIdTiers")
    if not numero or nature is None:
        return
    ecart = _identifiant(nature, numero)
    if ecart is not None:
        yield Constat(
            t.info, "IdTiers", ecart, "Vérifier l'identifiant auprès du tiers et le ressaisir."
        )


@regle(
    "pes.tiers.identifiant.personne",
    A,
    "pes.md §6 (04, 11, 12 : personnes)",
    Confiance.INFERE,
    si="NatIdTiers",
)
def identifiant_de_personne(t: TiersFaits) -> Iterator[Constat]:
    """NIR, IREP and NFP identify natural persons (CatTiers 01)."""
    nature = t.info.v("NatIdTiers")
    if nature in _PERSONNES and not t.personne:
        yield Constat(
            t.info,
            "NatIdTiers",
            f"la nature d'identifiant {nature} est réservée aux personnes physiques",
            "Corriger la catégorie du tiers ou la nature de son identifiant.",
        )


@regle("pes.tiers.nir", B, "pes.md §6 (NIR)", si="NatIdTiers")
def nir_reserve(t: TiersFaits) -> Iterator[Constat]:
    """NIR: M21 and M22 only; in dépense only for TypPce 02, NatPce 09."""
    if t.info.v("NatIdTiers") != _NIR:
        return
    nomenclature = t.ligne.bordereau.fichier.nomenclature
    if nomenclature is not None and not nomenclature.startswith(codes.HOSPITALIERES):
        yield Constat(
            t.info,
            "NatIdTiers",
            f"le NIR n'est admis que pour les budgets M21 et M22 ({nomenclature})",
            "Employer un autre identifiant, ou NFP (12) à défaut.",
        )
    elif t.ligne.depense and t.ligne.piece.triplet[1:] != ("02", "09"):
        yield Constat(
            t.info,
            "NatIdTiers",
            "le NIR n'est admis en dépense que pour un mandat 02 de nature 09",
            "Employer un autre identifiant.",
        )


@regle("pes.tiers.civilite", B, "pes.md §5.5, §5.6 (Civilite), §13 ligne 10")
def civilite(t: TiersFaits) -> Iterator[Constat]:
    """Civilite: mandatory for CatTiers 01, forbidden otherwise (dépense)."""
    valeur = t.info.v("Civilite")
    if t.personne and not valeur:
        yield Constat(
            t.info,
            "Civilite",
            "la civilité manque ; elle est obligatoire pour une personne physique",
            "Renseigner M ou MME.",
        )
    elif not t.personne and valeur and t.ligne.depense:
        yield Constat(
            t.info,
            "Civilite",
            f"la civilité « {valeur} » est interdite : le tiers n'est pas une personne physique",
            "Retirer la civilité, ou corriger la catégorie du tiers (01).",
        )


@regle("pes.tiers.mademoiselle", B, "pes.md §5.6, §6 « Civilite »", si="Civilite")
def mademoiselle(t: TiersFaits) -> Iterator[Constat]:
    """Mademoiselle is refused (MLLE and MELLE stand in an old sample: refused all the same)."""
    valeur = (t.info.v("Civilite") or "").upper().rstrip(".")
    if valeur in _MADEMOISELLE:
        yield Constat(
            t.info,
            "Civilite",
            f"la civilité « {valeur} » est refusée",
            "Remplacer par MME.",
            attendu="MME",
        )


@regle(
    "pes.tiers.civilite.inconnue",
    A,
    "pes.md §6 « Civilite » (liste fermée)",
    Confiance.NON_TROUVE,
    si="Civilite",
)
def civilite_connue(t: TiersFaits) -> Iterator[Constat]:
    """Civilite stands in a closed list; it was not found, so what is unusual warns."""
    valeur = (t.info.v("Civilite") or "").upper()
    connues = t.ligne.bordereau.fichier.reglages.grilles.civilites
    if valeur and valeur not in connues and valeur.rstrip(".") not in _MADEMOISELLE:
        yield Constat(
            t.info,
            "Civilite",
            f"la civilité « {t.info.v('Civilite')} » n'est pas connue ici",
            "Employer M ou MME ; si le comptable admet celle-ci, l'exploitant l'ajoute à "
            "[pes.grilles].",
        )


@regle("pes.tiers.prenom", B, "pes.md §5.5, §5.6 (Prenom), §13 ligne 10")
def prenom(t: TiersFaits) -> Iterator[Constat]:
    """Prenom: mandatory for CatTiers 01, forbidden otherwise (dépense)."""
    valeur = t.info.v("Prenom")
    if t.personne and not valeur:
        yield Constat(
            t.info,
            "Prenom",
            "le prénom manque ; il est obligatoire pour une personne physique",
            "Renseigner le prénom du tiers.",
        )
    elif not t.personne and valeur and t.ligne.depense:
        yield Constat(
            t.info,
            "Prenom",
            f"le prénom « {valeur} » est interdit : le tiers n'est pas une personne physique",
            "Retirer le prénom, ou corriger la catégorie du tiers (01).",
        )


@regle(
    "pes.tiers.naissance",
    B,
    "pes.md §5.6 (DteNaissance, LieuNaissance)",
    si="DteNaissance LieuNaissance",
)
def naissance(t: TiersFaits) -> Iterator[Constat]:
    """DteNaissance and LieuNaissance: CatTiers 01 only."""
    if t.personne:
        return
    lieu = t.info.bloc("LieuNaissance")
    if "DteNaissance" in t.info.valeurs or lieu is not None:
        yield Constat(
            t.info,
            "DteNaissance",
            "date ou lieu de naissance pour un tiers qui n'est pas une personne physique",
            "Retirer ces informations, ou corriger la catégorie du tiers (01).",
        )


@regle("pes.tiers.lieu_naissance", B, "pes.md §5.6 (NeEnFrance)", si="LieuNaissance")
def lieu_de_naissance(t: TiersFaits) -> Iterator[Constat]:
    """NeEnFrance 1 goes with MetropoleDomCom, 0 with Etranger."""
    lieu = t.info.bloc("LieuNaissance")
    if lieu is None or "NeEnFrance" not in lieu.valeurs:
        return
    en_france = vrai(lieu.v("NeEnFrance"))
    attendu, interdit = ("MetropoleDomCom", "Etranger")[:: 1 if en_france else -1]
    if lieu.bloc(interdit) is not None:
        yield Constat(
            lieu,
            "NeEnFrance",
            f"NeEnFrance vaut {lieu.v('NeEnFrance')} : le lieu attendu est {attendu}",
            "Accorder NeEnFrance et le lieu de naissance.",
        )


@regle(
    "pes.tiers.commune",
    A,
    "XSD NS_Recette 5.30, CodeCommune (inconnue, Hélios rejette le bordereau)",
    si="LieuNaissance",
)
def commune_de_naissance(t: TiersFaits) -> Iterator[Constat]:
    """CodeCommune: three digits in metropolitan France, two overseas, so that five make one."""
    lieu = (t.info.bloc("LieuNaissance") or VIDE).bloc("MetropoleDomCom") or VIDE
    departement, commune = lieu.v("CodeDeptDomCom"), lieu.v("CodeCommune")
    if departement and commune and len(departement) + len(commune) != _CODE_INSEE:
        yield Constat(
            lieu,
            "CodeCommune",
            f"le code de commune « {commune} » ne va pas avec le département {departement} : "
            f"il en faut {_CODE_INSEE - len(departement)} chiffres",
            "Recopier le code INSEE de la commune de naissance, département compris.",
        )


@regle("pes.tiers.couple", A, "pes.md §6, §13 ligne 9 (annexe 3)", Confiance.NON_TROUVE)
def categorie_et_nature(t: TiersFaits) -> Iterator[Constat]:
    """(CatTiers, NatJur) stands in the official grid; ours is incomplete, so it warns."""
    couple = (t.info.v("CatTiers") or "", t.info.v("NatJur") or "")
    if all(couple) and couple not in t.ligne.bordereau.fichier.reglages.grilles.tiers:
        yield Constat(
            t.info,
            "NatJur",
            f"le couple catégorie/nature juridique {couple[0]}/{couple[1]} n'est pas connu ici",
            "Vérifier le couple dans l'annexe 3 du protocole avec le comptable ; s'il est admis, "
            "l'exploitant l'ajoute à [pes.grilles].",
            valeur="/".join(couple),
        )


@regle("pes.tiers.employeur", B, "pes.md §5.6 (TypTiers 05)", si="TypTiers")
def employeur(t: TiersFaits) -> Iterator[Constat]:
    """TypTiers 05 (employer): hospitals only."""
    nomenclature = t.ligne.bordereau.fichier.nomenclature
    if nomenclature is None or nomenclature.startswith("M21"):
        return
    if t.info.v("TypTiers") == "05":
        yield Constat(
            t.info,
            "TypTiers",
            f"le type de tiers 05 (employeur) est réservé aux hôpitaux ({nomenclature})",
            "Choisir un autre type de débiteur.",
        )


@regle("pes.edition.patient", A, "pes.md §5.6 (CatTiers, effet non dit)", si="TypTiers")
def patient(t: TiersFaits) -> Iterator[Constat]:
    """Edition 05: the main debtor (TypTiers 01) is a natural person."""
    if t.ligne.depense or t.ligne.piece.info.v("Edition") != "05":
        return
    if t.info.v("TypTiers") == "01" and not t.personne:
        yield Constat(
            t.info,
            "CatTiers",
            "l'édition 05 (patients) exige un débiteur principal personne physique",
            "Corriger la catégorie du tiers (01) ou l'édition.",
        )


REGLES: tuple[Regle[TiersFaits], ...] = (
    identifiant_seul,
    identifiant_du_tiers,
    identifiant_de_personne,
    nir_reserve,
    civilite,
    mademoiselle,
    civilite_connue,
    prenom,
    naissance,
    lieu_de_naissance,
    commune_de_naissance,
    categorie_et_nature,
    employeur,
    patient,
)
