"""Valid domain documents, by construction: whatever comes out of here, the XSD 5.30 accepts.

Texts come from ISO-8859-1 with the signs that XML must escape; amounts sit on and inside the edges
of their type; every optional field is sometimes there.
"""

from __future__ import annotations

import string
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from vaguemestre.domain.comptable import (
    Adresse,
    Bordereau,
    CompteBancaire,
    Dgp,
    Domaine,
    EnTete,
    Enveloppe,
    Liens,
    Ligne,
    Majoration,
    Mandat,
    PesAller,
    PieceJustificative,
    PjRef,
    Prelevement,
    Rattachement,
    RefCompta,
    Rib,
    Tiers,
    Titre,
)
from vaguemestre.domain.particularites import (
    ArticleRole,
    Assure,
    CollectiviteBeneficiaire,
    LieuNaissance,
    NaissanceEnFrance,
    NaissanceEtranger,
    OperationSpecifique,
    TvaHlm,
    VentilationMarche,
)

_LETTRES = "Aé& <>\"'ÀçZ09-/ÿ«"
_ALNUM = string.ascii_letters + string.digits
# LibelleColBud and other texts differ in length only; the edges are what is worth drawing.
CATEGORIES = ["01", "20", "50", "74"]


def texte(maximum: int, minimum: int = 1) -> st.SearchStrategy[str]:
    """A significant text: never « nc », a lone point, or zeros alone."""
    corps = st.text(alphabet=_LETTRES, min_size=max(minimum - 1, 0), max_size=maximum - 1)
    return st.one_of(corps.map(lambda t: "E" + t), st.just("X" * maximum))


def alnum(maximum: int, minimum: int = 1) -> st.SearchStrategy[str]:
    corps = st.text(alphabet=_ALNUM, min_size=max(minimum - 1, 0), max_size=maximum - 1)
    return corps.map(lambda t: "A" + t)


def chiffres(maximum: int, minimum: int = 1) -> st.SearchStrategy[str]:
    return st.text(alphabet=string.digits, min_size=minimum, max_size=maximum)


def compte() -> st.SearchStrategy[str]:
    return st.integers(1, 10**12 - 1).map(str)


def numero(digits: int) -> st.SearchStrategy[int]:
    return st.integers(1, 10**digits - 1)


def dates() -> st.SearchStrategy[date]:
    return st.dates(date(1900, 1, 1), date(2100, 12, 31))


def montant(minimum: str = "0.01", maximum: str = "99999999.99") -> st.SearchStrategy[Decimal]:
    return st.decimals(Decimal(minimum), Decimal(maximum), places=2, allow_nan=False)


def peut(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def code(liste: str) -> st.SearchStrategy[str]:
    return st.sampled_from(liste.split())


adresses = st.builds(
    Adresse,
    adr2=texte(38),
    code_postal=chiffres(5, 5),
    ville=texte(38),
    type=code("0 1 2"),
    adr1=peut(texte(38)),
    adr3=peut(texte(38)),
    non_resident=st.booleans(),
    code_pays=peut(numero(3)),
    date_adresse=peut(dates()),
)

ribs = st.builds(
    Rib,
    code_etablissement=alnum(5),
    code_guichet=alnum(5),
    compte=texte(11),
    cle=chiffres(2),
    id_pays=peut(alnum(4)),
    id_banque=peut(alnum(11)),
)

_COMMUN_COMPTE: dict[str, Any] = {
    "titulaire": texte(32),
    "libelle_banque": peut(texte(24)),
    "date_compte": peut(dates()),
}
comptes = st.one_of(
    st.builds(
        CompteBancaire,
        iban=st.just("FR7630001007941234567890185"),
        bic=peut(st.just("BDFEFRPPCCT")),
        **_COMMUN_COMPTE,
    ),
    st.builds(CompteBancaire, rib=ribs, **_COMMUN_COMPTE),
)

_LIEU = "ABCZ -'()09"
lieux = st.text(alphabet=_LIEU, max_size=69).map("A".__add__)
en_france = st.builds(
    NaissanceEnFrance,
    departement=code("2A 34 971 988"),
    code_commune=peut(chiffres(3, 2).map(lambda t: "1" + t[1:])),
    commune=peut(lieux),
)
a_l_etranger = st.one_of(
    st.builds(NaissanceEtranger, code_pays=code("131 599")),
    st.builds(NaissanceEtranger, pays=lieux),
)
lieux_de_naissance = st.one_of(
    st.builds(LieuNaissance, france=en_france), st.builds(LieuNaissance, etranger=a_l_etranger)
)


def tiers(domaine: Domaine) -> st.SearchStrategy[Tiers]:
    recette = domaine is Domaine.RECETTE
    return st.builds(
        Tiers,
        nom=texte(38),
        categorie=st.sampled_from(CATEGORIES),
        nature_juridique=code("01 03 11"),
        type=code("01 15 30") if recette else st.none(),
        identifiant=peut(texte(80, 4)),
        nature_identifiant=peut(code("01 06 12")),
        date_identifiant=peut(dates()),
        reference=peut(texte(30)),
        civilite=peut(texte(10)),
        complement_nom=peut(texte(38)),
        prenom=peut(texte(38)),
        date_naissance=peut(dates()) if recette else st.none(),
        lieu_naissance=peut(lieux_de_naissance) if recette else st.none(),
        adresse=adresses if recette else peut(adresses),
        compte=peut(comptes),
    )


pj_refs = st.builds(
    PjRef,
    id_unique=alnum(50),
    support=code("01 02 03"),
    nom=peut(texte(100)),
    type=peut(code("001 014")),
)


def liens(domaine: Domaine) -> st.SearchStrategy[Liens]:
    return st.builds(
        Liens,
        convention=peut(texte(25)),
        marche=peut(texte(30)),
        caution=peut(texte(24)) if domaine is Domaine.RECETTE else st.none(),
        emprunt=peut(texte(24)),
        actif=peut(texte(25)),
        regie=peut(texte(10)),
    )


def rattachements(natures: str) -> st.SearchStrategy[Rattachement]:
    return st.builds(
        Rattachement,
        nature=code(natures),
        exercice=st.integers(1990, 2100),
        piece=numero(13),
        ligne=peut(chiffres(6)),
    )


def ventilations(domaine: Domaine) -> st.SearchStrategy[VentilationMarche]:
    """Amounts of either sign, but for the VAT held back."""
    signe = montant("-99999999.99")
    propres = ("retenue_recup_ht", "retenue_recup_tva", "penalite_regul")
    autres = (
        "avance_ht",
        "avance_tva",
        "acompte_ht",
        "acompte_tva",
        "retenue_ht",
        "penalite",
        "revision_ht",
        "revision_tva",
        "interet_moratoire",
        "divers_ht",
        "divers_tva",
        "avance_recup_ht",
        "avance_recup_tva",
    )
    noms = (*autres, *propres) if domaine is Domaine.RECETTE else autres
    return st.builds(
        VentilationMarche,
        marche=texte(30),
        tranche=peut(numero(3)),
        periode=peut(numero(3)),
        titulaire=peut(texte(80, 4)),
        retenue_tva=peut(montant("0")),
        **{nom: peut(signe) for nom in noms},
    )


_LIGNE: dict[str, Any] = {
    "numero": numero(6),
    "nature": compte(),
    "fonction": peut(chiffres(10)),
    "compte_tiers": peut(compte()),
    "tva_intracom": st.booleans(),
    "tva_importation": peut(st.booleans()),
    "pj_refs": st.lists(pj_refs, max_size=2).map(tuple),
}

lignes_depense = st.builds(
    Ligne,
    **_LIGNE,
    montant_ht=montant("0"),
    montant_tva=peut(montant("0")),
    operation=peut(chiffres(10)),
    compte_analytique=peut(alnum(10)),
    facture=peut(texte(20)),
    libelle_virement_1=peut(texte(70)),
    libelle_virement_2=peut(texte(70)),
    mode_reglement=peut(code("01 11 20")),
    montant_facture_ht=peut(montant("0", "999999999999.99")),
    rattachement=peut(rattachements("01 02 03 04 05")),
    liens=peut(liens(Domaine.DEPENSE)),
    ventilation=peut(ventilations(Domaine.DEPENSE)),
    tva_hlm=peut(st.builds(TvaHlm, recuperee=st.booleans(), montant_ht_residences=montant())),
    operation_specifique=peut(
        st.builds(OperationSpecifique, code=code("01 05"), identifiant=alnum(15))
    ),
    tiers=st.lists(tiers(Domaine.DEPENSE), max_size=1).map(tuple),
)

_SEPA = "AZaz09 /-?:().,'+"
_PRELEVEMENT: dict[str, Any] = {
    "nature": code("01 02"),
    "periodicite": code("01 07"),
    "date_prelevement": dates(),
    "montant": montant(),
}
prelevements = st.one_of(
    st.builds(Prelevement, **_PRELEVEMENT),
    st.builds(
        Prelevement,
        **_PRELEVEMENT,
        sequence=code("01 04"),
        date_mandat=dates(),
        rum=st.text(alphabet=_SEPA, min_size=1, max_size=35),
        libelle=peut(st.text(alphabet=_SEPA, min_size=1, max_size=140)),
        ancien_rum=peut(st.text(alphabet=_SEPA, min_size=1, max_size=35)),
        ancien_ics=peut(alnum(13)),
        ancien_creancier=peut(st.text(alphabet=_SEPA, min_size=1, max_size=70)),
        ancienne_banque=peut(st.booleans()),
        ancien_iban=peut(st.just("FR7630001007941234567890185")),
        titulaire_different=peut(st.booleans()),
    ),
)

lignes_recette = st.builds(
    Ligne,
    **_LIGNE,
    montant_ht=montant(),
    montant_tva=peut(montant()),
    operation=peut(alnum(10)),
    objet=peut(texte(160)),
    code_produit=alnum(4),
    taux_tva=peut(montant("0.01", "999.99")),
    majoration=peut(st.builds(Majoration, date_majoration=dates(), taux=montant("0.01", "999.99"))),
    montant_non_majorable=peut(montant()),
    prelevement=peut(prelevements),
    rattachement=peut(rattachements("01 02 03 05")),
    liens=peut(liens(Domaine.RECETTE)),
    ventilation=peut(ventilations(Domaine.RECETTE)),
    finess_geographique=peut(chiffres(9, 9)),
    code_etablissement_geographique=peut(alnum(3)),
    beneficiaire=peut(
        st.builds(
            CollectiviteBeneficiaire,
            siret=chiffres(14, 14),
            code=alnum(3),
            budget=peut(alnum(2)),
        )
    ),
    assure=peut(st.builds(Assure, debiteur=code("1 2 3"), ayant_droit=peut(code("01 02 03")))),
    tiers=st.lists(tiers(Domaine.RECETTE), max_size=2).map(tuple),
)

dgps = st.builds(
    Dgp,
    exclu=st.booleans(),
    debut=dates(),
    fin=dates(),
    duree=numero(2),
    interet_moratoire=peut(code("01 03")),
    taux=peut(montant("0.01", "99.99")),
)

mandats = st.builds(
    Mandat,
    numero=numero(8),
    type=code("01 02 13"),
    nature=code("01 14 18"),
    lignes=st.lists(lignes_depense, min_size=1, max_size=2).map(tuple),
    objet=peut(texte(100)),
    service=peut(texte(10)),
    affectation=peut(texte(10)),
    date_echeance=peut(dates()),
    liste_pj=peut(texte(250)),
    carte_achat=peut(st.booleans()),
    dgp=peut(dgps),
    pj_refs=st.lists(pj_refs, max_size=2).map(tuple),
)

titres = st.builds(
    Titre,
    numero=numero(8),
    type=code("01 07 15"),
    nature=code("01 11 18"),
    lignes=st.lists(lignes_recette, min_size=1, max_size=2).map(tuple),
    objet=peut(texte(160)),
    service=peut(texte(10)),
    affectation=peut(texte(10)),
    role=peut(numero(7)),
    date_asp=peut(dates()),
    edition=peut(code("01 10")),
    numero_facture=peut(
        st.text(alphabet=_ALNUM + " -/_+", min_size=0, max_size=19).map("F".__add__)
    ),
    numero_marche=peut(texte(50)),
    numero_engagement=peut(texte(50)),
    code_service=peut(texte(100)),
    nom_service=peut(texte(100)),
    cadre_facturation=peut(code("B1 S1 B8 S8 M8")),
    impaye_regie=peut(st.booleans()),
    enveloppe_retour=peut(st.booleans()),
    debut_facturation=peut(dates()),
    fin_facturation=peut(dates()),
    article=peut(
        st.builds(
            ArticleRole,
            dette=numero(15),
            periode=peut(chiffres(1, 1)),
            cle1=peut(chiffres(1, 1)),
            cle2=peut(code("A M Y")),
        )
    ),
    pj_refs=st.lists(pj_refs, max_size=2).map(tuple),
)


def bordereaux(domaine: Domaine) -> st.SearchStrategy[Bordereau]:
    pieces: st.SearchStrategy[Any] = mandats if domaine is Domaine.DEPENSE else titres
    return st.builds(
        Bordereau,
        domaine=st.just(domaine),
        exercice=st.integers(1990, 2100),
        numero=numero(7),
        date_emission=dates(),
        type=code("01 02 03") if domaine is Domaine.DEPENSE else code("01 02 03 06"),
        pieces=st.lists(pieces, min_size=1, max_size=2).map(tuple),
        date_asp=st.none() if domaine is Domaine.DEPENSE else peut(dates()),
        objet=st.none() if domaine is Domaine.DEPENSE else peut(texte(160)),
        cumul_annuel=peut(montant("0.01", "999999999999.99")),
    )


enveloppes = st.builds(
    Enveloppe,
    nom_fichier=texte(100),
    type_fichier=code("PESALR1 PESALR2"),
    editeur=texte(32),
    logiciel=texte(38),
)

entetes = st.builds(
    EnTete,
    date_production=dates(),
    id_poste=code("034011 02A123 0340110"),
    id_collectivite=chiffres(14, 9),
    code_collectivite=code("123 001"),
    code_budget=code("00 A1"),
    libelle_poste=peut(texte(38)),
    finess_juridique=peut(alnum(20)),
    libelle_budget=peut(texte(38)),
)

references = st.builds(
    RefCompta,
    domaine=code("01 09"),
    exercice=st.integers(1990, 2100),
    type_objet=code("01 10"),
    identifiant=peut(st.text(alphabet=_ALNUM + "/_", max_size=19).map("I".__add__)),
    complement=peut(alnum(20)),
    id_tiers=peut(texte(15)),
)

pieces_justificatives = st.builds(
    PieceJustificative,
    id_unique=alnum(50),
    nom=texte(95).map(lambda nom: nom + ".pdf"),
    description=texte(250),
    mime=code("application/pdf text/xml"),
    type=peut(code("001 014")),
    serveur=peut(alnum(20)),
    references=st.lists(references, max_size=2).map(tuple),
)


@st.composite
def documents(draw: st.DrawFn) -> PesAller:
    """A document with at least one bordereau; its PJ have no file yet."""
    depense = draw(st.lists(bordereaux(Domaine.DEPENSE), max_size=2))
    recette = draw(st.lists(bordereaux(Domaine.RECETTE), min_size=not depense, max_size=2))
    numerotes = [
        _avec_id(bordereau, f"B{rang}") if draw(st.booleans()) else bordereau
        for rang, bordereau in enumerate([*depense, *recette])
    ]
    return PesAller(
        enveloppe=draw(enveloppes),
        entete=draw(entetes),
        bordereaux=tuple(numerotes),
        pieces_justificatives=tuple(draw(st.lists(pieces_justificatives, max_size=2))),
        dematerialise=draw(st.booleans()),
    )


def _avec_id(bordereau: Bordereau, id_: str) -> Bordereau:
    champs = {nom: getattr(bordereau, nom) for nom in Bordereau.__slots__}
    return Bordereau(**{**champs, "id": id_})
