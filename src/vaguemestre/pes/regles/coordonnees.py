"""Rules of where a tiers lives and is paid: address, account (pes.md §5.1, §5.2, §13 11-12)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from vaguemestre.domain.identifiants import Bic, Iban, defaut_rib
from vaguemestre.pes.faits import TiersFaits, entier, vrai
from vaguemestre.pes.regles.base import A, B, Confiance, Constat, F, Regle, regle

_FRANCE = 100
_ETRANGER = "99999"
_PAYS_INSEE = range(100, 600)
_RIB = ("CodeEtab", "CodeGuic", "IdCpte", "CleRib")
# Territories whose IBAN begins with FR or with their own letters, and Monaco: not « abroad ».
_PAYS_DOMESTIQUES = frozenset(
    ["FR", "GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF", "NC", "PF", "WF", "TF", "MC"]
)
# The same supplier comes back on many lignes: its key is computed once.
_iban = lru_cache(4096)(Iban.defaut)
_bic = lru_cache(4096)(Bic.defaut)
_rib = lru_cache(4096)(defaut_rib)


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


@regle("pes.adresse.cp_etranger", A, "pes.md §5.1 (CP)", Confiance.INFERE, si="Adresse")
def code_postal_etranger(t: TiersFaits) -> Iterator[Constat]:
    """An address abroad has CP 99999 (its own code goes in Ville), and 99999 is for abroad only."""
    if t.adresse is None or "CodRes" not in t.adresse.valeurs or not t.adresse.v("CP"):
        return
    etranger = vrai(t.adresse.v("CodRes")) and entier(t.adresse.v("CodPays")) != _FRANCE
    if etranger != (t.adresse.v("CP") == _ETRANGER):
        yield Constat(
            t.adresse,
            "CP",
            "le tiers est à l'étranger et son code postal n'est pas 99999"
            if etranger
            else "le code postal 99999 est celui de l'étranger, et le tiers est résident",
            "A l'étranger : CodRes 1, le code pays, CP 99999, et le code postal local dans Ville.",
        )


@regle("pes.adresse.pays.inconnu", A, "pes.md §5.1 (CodPays)", Confiance.INFERE, si="Adresse")
def pays_inconnu(t: TiersFaits) -> Iterator[Constat]:
    """CodPays is an INSEE code, from 100 to 599; Hélios takes another one and opens an incident."""
    code = t.adresse.v("CodPays") if t.adresse is not None else None
    numero = entier(code)
    if t.adresse is not None and numero is not None and numero not in _PAYS_INSEE:
        yield Constat(
            t.adresse,
            "CodPays",
            f"le code pays {code} n'est pas un code INSEE (de 100 à 599)",
            "Reprendre le code du pays dans la nomenclature de l'INSEE.",
            attendu="un code INSEE de 100 à 599",
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
    code_postal,
    pays,
    code_postal_etranger,
    pays_inconnu,
    iban,
    iban_en_capitales,
    rib,
    banque_internationale,
    bic_obligatoire,
    bic_connu,
)
