"""Tiers, addresses, accounts: one faulty file for each rule."""

from __future__ import annotations

from tests.unit.pes_check import fabrique as f
from tests.unit.pes_regles.epreuve import (
    MANDAT_1,
    TITRE_1,
    X_DL,
    X_RL,
    A,
    B,
    Cas,
    F,
    Valeurs,
    cas,
    depense,
    en_m,
    recette,
)

_DT = f"{X_DL}/Tiers[1]"
_RT = f"{X_RL}/Tiers[1]"
_D = f"{_DT}/InfoTiers"
_R = f"{_RT}/InfoTiers"
_C = f"{_DT}/CpteBancaire"
_NIR = "185057800608491"
_PERSONNE = f.PERSONNE
_RIB: Valeurs = {
    "CodeEtab": "30001",
    "CodeGuic": "00794",
    "IdCpte": "12345678901",
    "CleRib": "85",
    "IBAN": None,
    "BIC": None,
}


def _d(*, adr: str | None = None, cpte: str | None = None, **c: str | None) -> bytes:
    return depense(f.ligne(qui=f.tiers(adr=adr, cpte=cpte, **c)))  # type: ignore[arg-type]


def _r(*, lieu: str = "", adr: str | None = None, **c: str | None) -> bytes:
    return recette(f.ligne(recette=True, qui=f.tiers(recette=True, lieu=lieu, adr=adr, **c)))


def _compte(**c: str | None) -> bytes:
    return _d(cpte=f.compte(**c))


def _nir(**p: str | None) -> bytes:
    qui = f.tiers(**{**_PERSONNE, "IdTiers": _NIR, "NatIdTiers": "04"})
    return depense(f.ligne(qui=qui), p=p)


_EN_FRANCE = '<MetropoleDomCom><CodeDeptDomCom V="75"/></MetropoleDomCom>'
_AILLEURS = '<Etranger><LibellePays V="BELGIQUE"/></Etranger>'


def _ne(en_france: str, ou: str) -> str:
    return f'<LieuNaissance><NeEnFrance V="{en_france}"/>{ou}</LieuNaissance>'


IDENTITE: tuple[Cas, ...] = (
    cas(
        "pes.tiers.identifiant.seul",
        B,
        "a number without its nature",
        _d(NatIdTiers=None),
        MANDAT_1,
        f"{_D}/IdTiers",
        voisin=_d(NatIdTiers=None, IdTiers=None),
    ),
    cas(
        "pes.tiers.identifiant.seul",
        B,
        "a nature without its number",
        _d(IdTiers=None),
        MANDAT_1,
        f"{_D}/NatIdTiers",
        voisin=_d(IdTiers=None, NatIdTiers="09"),
    ),
    cas(
        "pes.tiers.identifiant",
        B,
        "a SIRET whose key is wrong",
        _d(IdTiers="73282932000075"),
        MANDAT_1,
        f"{_D}/IdTiers",
        voisin=_d(IdTiers="732829320", NatIdTiers="02"),
    ),
    cas(
        "pes.tiers.identifiant.personne",
        A,
        "an NFP for a company",
        _r(IdTiers="0123456789012", NatIdTiers="12"),
        TITRE_1,
        f"{_R}/NatIdTiers",
        voisin=_r(**{**_PERSONNE, "IdTiers": "0123456789012", "NatIdTiers": "12"}),
    ),
    cas(
        "pes.tiers.nir",
        B,
        "a NIR in M57",
        _nir(TypPce="02", NatPce="09"),
        MANDAT_1,
        f"{_D}/NatIdTiers",
        reglages=en_m("M57"),
    ),
    cas(
        "pes.tiers.nir",
        B,
        "a NIR in a mandat 01",
        _nir(),
        MANDAT_1,
        f"{_D}/NatIdTiers",
        voisin=_nir(TypPce="02", NatPce="09"),
    ),
    cas(
        "pes.tiers.civilite",
        B,
        "a person without civility",
        _d(**{**_PERSONNE, "Civilite": None}),
        MANDAT_1,
        _D,
        voisin=_d(**_PERSONNE),
    ),
    cas(
        "pes.tiers.civilite",
        B,
        "a company called MME",
        _d(Civilite="MME"),
        MANDAT_1,
        f"{_D}/Civilite",
        voisin=_r(Civilite="MME"),
    ),
    cas(
        "pes.tiers.mademoiselle",
        B,
        "Mlle",
        _d(**{**_PERSONNE, "Civilite": "Mlle"}),
        MANDAT_1,
        f"{_D}/Civilite",
        voisin=_d(**_PERSONNE),
    ),
    cas(
        "pes.tiers.prenom",
        B,
        "a person without first name",
        _r(**{**_PERSONNE, "Prenom": None}),
        TITRE_1,
        _R,
        voisin=_r(**_PERSONNE),
    ),
    cas(
        "pes.tiers.prenom",
        B,
        "a company with a first name",
        _d(Prenom="ALICE"),
        MANDAT_1,
        f"{_D}/Prenom",
        voisin=_r(Prenom="ALICE"),
    ),
    cas(
        "pes.tiers.naissance",
        B,
        "a company with a birthday",
        _r(DteNaissance="1980-02-29"),
        TITRE_1,
        f"{_R}/DteNaissance",
        voisin=_r(**{**_PERSONNE, "DteNaissance": "1980-02-29"}),
    ),
    cas(
        "pes.tiers.naissance",
        B,
        "a company born somewhere",
        _r(lieu=_ne("1", _EN_FRANCE)),
        TITRE_1,
        _R,
        voisin=_r(lieu=_ne("1", _EN_FRANCE), **_PERSONNE),
    ),
    cas(
        "pes.tiers.lieu_naissance",
        B,
        "born in France, abroad",
        _r(lieu=_ne("1", _AILLEURS), **_PERSONNE),
        TITRE_1,
        f"{_R}/LieuNaissance/NeEnFrance",
        voisin=_r(lieu=_ne("0", _AILLEURS), **_PERSONNE),
    ),
    cas(
        "pes.tiers.couple",
        A,
        "a person who is a company",
        _d(**{**_PERSONNE, "NatJur": "11"}),
        MANDAT_1,
        f"{_D}/NatJur",
        voisin=_d(**{**_PERSONNE, "NatJur": "02"}),
    ),
    cas(
        "pes.tiers.employeur",
        B,
        "an employer in M57",
        _r(TypTiers="05"),
        TITRE_1,
        f"{_R}/TypTiers",
        voisin=_r(TypTiers="02"),
        reglages=en_m("M57"),
    ),
)

ADRESSES: tuple[Cas, ...] = (
    cas(
        "pes.adresse.cp",
        B,
        "a post code of four digits",
        _d(adr=f.adresse(CP="9880")),
        MANDAT_1,
        f"{_DT}/Adresse/CP",
        voisin=_d(adr=f.adresse(CP="99999")),
    ),
    cas(
        "pes.adresse.pays",
        B,
        "abroad without country",
        _d(adr=f.adresse(CodRes="1")),
        MANDAT_1,
        f"{_DT}/Adresse/CodRes",
        voisin=_d(adr=f.adresse(CodRes="1", CodPays="131")),
    ),
    cas(
        "pes.adresse.pays",
        B,
        "at home in Belgium",
        _r(adr=f.adresse(CodPays="131")),
        TITRE_1,
        f"{_RT}/Adresse/CodPays",
        voisin=_r(adr=f.adresse(CodPays="100")),
    ),
)

COMPTES: tuple[Cas, ...] = (
    cas(
        "pes.compte.iban",
        B,
        "an IBAN whose key is wrong",
        _compte(IBAN="FR7730001007941234567890185"),
        MANDAT_1,
        f"{_C}/IBAN",
        voisin=_compte(),
    ),
    cas(
        "pes.compte.iban.casse",
        F,
        "an IBAN in small letters",
        _compte(IBAN="fr7630001007941234567890185"),
        MANDAT_1,
        f"{_C}/IBAN",
        voisin=_compte(),
        xsd=True,
    ),
    cas(
        "pes.compte.rib",
        B,
        "a RIB whose key is wrong",
        _compte(**{**_RIB, "CleRib": "11"}),
        MANDAT_1,
        f"{_C}/CleRib",
        voisin=_compte(**{**_RIB, "CleRib": "85"}),
    ),
    cas(
        "pes.compte.banque_internationale",
        B,
        "IdPayInt alone",
        _compte(**{**_RIB, "IdPayInt": "BE"}),
        MANDAT_1,
        f"{_C}/IdPayInt",
        voisin=_compte(**{**_RIB, "IdPayInt": "BE", "IdBancInt": "BANQUE"}),
    ),
    cas(
        "pes.compte.bic",
        B,
        "a Belgian IBAN without BIC",
        _compte(IBAN="BE68539007547034", BIC=None),
        MANDAT_1,
        f"{_C}/IBAN",
        voisin=_compte(BIC=None),
    ),
    cas(
        "pes.compte.bic.inconnu",
        B,
        "a BIC of a country that does not exist",
        _compte(BIC="BDFEZZPPCCT"),
        MANDAT_1,
        f"{_C}/BIC",
        voisin=_compte(BIC="BDFEFRPP"),
    ),
)

CAS = IDENTITE + ADRESSES + COMPTES
