"""Rules of a tiers: who, where, which account (pes.md §5.1, §5.2, §5.5, §5.6, §6, §13)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from vaguemestre.domain.identifiants import Bic, Iban, controler_identifiant, defaut_rib
from vaguemestre.pes.faits import TiersFaits, entier, vrai
from vaguemestre.pes.regles import codes
from vaguemestre.pes.regles.base import A, B, Confiance, Constat, F, Regle, regle

_FRANCE = 100
_RIB = ("CodeEtab", "CodeGuic", "IdCpte", "CleRib")
# Territories whose IBAN begins with FR or with their own letters, and Monaco: not « abroad ».
_PAYS_DOMESTIQUES = frozenset(
    ["FR", "GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF", "NC", "PF", "WF", "TF", "MC"]
)
_SANS_NUMERO = "09"
_NIR = "04"
_PERSONNES = frozenset({"04", "11", "12"})

# The same supplier comes back on many lignes: its key is computed once.
_identifiant = lru_cache(4096)(controler_identifiant)
_iban = lru_cache(4096)(Iban.defaut)
_bic = lru_cache(4096)(Bic.defaut)
_rib = lru_cache(4096)(defaut_rib)


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
    "pes.tiers.identifiant", B, "pes.md §6 « NatIdTiers and IdTiers », §13 ligne 10", si="IdTiers"
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
    if valeur in {"MADEMOISELLE", "MLLE", "MELLE", "MADEMOISEL"}:
        yield Constat(
            t.info, "Civilite", f"la civilité « {valeur} » est refusée", "Remplacer par MME."
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


@regle("pes.tiers.couple", A, "pes.md §6, §13 ligne 9 (annexe 3 non trouvée)", Confiance.INFERE)
def categorie_et_nature(t: TiersFaits) -> Iterator[Constat]:
    """(CatTiers, NatJur) stands in the official grid; ours is incomplete, so it warns."""
    couple = (t.info.v("CatTiers") or "", t.info.v("NatJur") or "")
    if all(couple) and couple not in codes.COUPLES_TIERS:
        yield Constat(
            t.info,
            "NatJur",
            f"le couple catégorie/nature juridique {couple[0]}/{couple[1]} n'est pas connu ici",
            "Vérifier le couple dans l'annexe 3 du protocole avec le comptable.",
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


@regle("pes.edition.patient", B, "pes.md §5.6 (CatTiers), §6 « Edition » 05", si="TypTiers")
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


@regle("pes.adresse.cp", B, "pes.md §5.1 (CP), §13 ligne 11", si="Adresse")
def code_postal(t: TiersFaits) -> Iterator[Constat]:
    """CP has exactly five digits; 99999 for abroad."""
    cp = t.adresse.v("CP") if t.adresse is not None else None
    if t.adresse is not None and cp is not None and not re.fullmatch(r"[0-9]{5}", cp):
        yield Constat(
            t.adresse,
            "CP",
            f"le code postal « {cp} » n'a pas exactement cinq chiffres",
            "Corriger le code postal ; 99999 pour l'étranger.",
        )


@regle("pes.adresse.pays", B, "pes.md §5.1 (CodRes, CodPays), §13 ligne 11", si="Adresse")
def pays(t: TiersFaits) -> Iterator[Constat]:
    """CodRes 1 needs CodPays; CodRes 0: CodPays absent or 100."""
    if t.adresse is None or "CodRes" not in t.adresse.valeurs:
        return
    code = t.adresse.v("CodPays")
    if vrai(t.adresse.v("CodRes")):
        if not code:
            yield Constat(
                t.adresse,
                "CodRes",
                "le tiers est non résident et son code pays manque",
                "Renseigner le code pays INSEE (CodPays).",
            )
    elif code is not None and entier(code) != _FRANCE:
        yield Constat(
            t.adresse,
            "CodPays",
            f"le tiers est résident et son code pays est {code}",
            "Retirer le code pays (ou 100), ou mettre CodRes à 1.",
        )


@regle("pes.compte.iban", B, "pes.md §5.2 (IBAN), §13 ligne 12", si="CpteBancaire")
def iban(t: TiersFaits) -> Iterator[Constat]:
    """The key of the IBAN is right (mod 97), and it has the length of its country."""
    numero = t.compte.v("IBAN") if t.compte is not None else None
    if t.compte is None or not numero or numero != numero.upper() or " " in numero:
        return
    ecart = _iban(numero)
    if ecart is not None:
        yield Constat(
            t.compte, "IBAN", ecart, "Recopier l'IBAN du relevé d'identité bancaire du tiers."
        )


@regle(
    "pes.compte.iban.casse", F, "pes.md §5.2 (IBAN en capitales), §13 ligne 12", si="CpteBancaire"
)
def iban_en_capitales(t: TiersFaits) -> Iterator[Constat]:
    """The IBAN is in capitals, without spaces."""
    numero = t.compte.v("IBAN") if t.compte is not None else None
    if t.compte is not None and numero and (numero != numero.upper() or " " in numero):
        yield Constat(
            t.compte,
            "IBAN",
            f"l'IBAN « {numero} » doit s'écrire en capitales et sans espace",
            "Ressaisir l'IBAN en capitales, sans espace.",
        )


@regle("pes.compte.rib", B, "pes.md §5.2 (RIB), §13 ligne 12", si="CpteBancaire")
def rib(t: TiersFaits) -> Iterator[Constat]:
    """The four RIB leaves are there together and the key is right."""
    if t.compte is None or "CodeEtab" not in t.compte.valeurs:
        return
    etablissement, guichet, compte, cle = (t.compte.v(champ) or "" for champ in _RIB)
    ecart = _rib(etablissement, guichet, compte, cle)
    if ecart is not None:
        yield Constat(
            t.compte, "CleRib", ecart, "Recopier les quatre zones du relevé d'identité bancaire."
        )


@regle(
    "pes.compte.banque_internationale", B, "pes.md §5.2 (IdPayInt, IdBancInt)", si="CpteBancaire"
)
def banque_internationale(t: TiersFaits) -> Iterator[Constat]:
    """IdPayInt goes with IdBancInt, or neither."""
    if t.compte is None:
        return
    presents = [champ for champ in ("IdPayInt", "IdBancInt") if champ in t.compte.valeurs]
    if len(presents) == 1:
        yield Constat(
            t.compte,
            presents[0],
            f"{presents[0]} est donné seul ; IdPayInt et IdBancInt vont ensemble",
            "Renseigner les deux, ou aucun.",
        )


@regle("pes.compte.bic", B, "pes.md §5.2 (BIC)", Confiance.OFFICIEL, si="CpteBancaire")
def bic_obligatoire(t: TiersFaits) -> Iterator[Constat]:
    """BIC is mandatory when the bank is abroad."""
    numero = t.compte.v("IBAN") if t.compte is not None else None
    if t.compte is None or not numero or t.compte.v("BIC"):
        return
    if numero[:2].isalpha() and numero[:2] not in _PAYS_DOMESTIQUES:
        yield Constat(
            t.compte,
            "IBAN",
            f"la banque est à l'étranger ({numero[:2]}) et le BIC manque",
            "Renseigner le BIC de la banque du tiers.",
        )


@regle("pes.compte.bic.inconnu", B, "pes.md §5.2 (BIC)", si="CpteBancaire")
def bic_connu(t: TiersFaits) -> Iterator[Constat]:
    """The BIC has its form and an existing country; the list of banks is not known here."""
    code = t.compte.v("BIC") if t.compte is not None else None
    ecart = _bic(code) if code else None
    if t.compte is not None and ecart is not None:
        yield Constat(t.compte, "BIC", ecart, "Recopier le BIC du relevé d'identité du tiers.")


REGLES: tuple[Regle[TiersFaits], ...] = (
    identifiant_seul,
    identifiant_du_tiers,
    identifiant_de_personne,
    nir_reserve,
    civilite,
    mademoiselle,
    prenom,
    naissance,
    lieu_de_naissance,
    categorie_et_nature,
    employeur,
    patient,
    code_postal,
    pays,
    iban,
    iban_en_capitales,
    rib,
    banque_internationale,
    bic_obligatoire,
    bic_connu,
)
