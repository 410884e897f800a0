"""One dépense and one recette, fictitious, with every kind of thing a clerk meets in a year."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

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

JOUR = date(2026, 11, 21)
FACTURE = b"%PDF-1.4\n% facture fictive\n" + bytes(range(256)) + b"\n%%EOF\n"

ENTETE = EnTete(
    date_production=JOUR,
    id_poste="034011",
    libelle_poste="SGC DE DÉMONSTRATION",
    id_collectivite="21340172300019",
    code_collectivite="123",
    code_budget="00",
    libelle_budget="COMMUNE DE DÉMONSTRATION",
)

FOURNISSEUR = Tiers(
    identifiant="73282932000074",
    nature_identifiant="01",
    reference="F0042",
    categorie="50",
    nature_juridique="03",
    nom='SOCIÉTÉ "EXEMPLE" & FILS',
    adresse=Adresse(adr2="12 RUE DES TESTS", code_postal="34000", ville="MONTPELLIER"),
    compte=CompteBancaire(
        titulaire="SOCIETE EXEMPLE", iban="FR7630001007941234567890185", bic="BDFEFRPPCCT"
    ),
)

USAGER = Tiers(
    reference="U0099",
    categorie="01",
    nature_juridique="01",
    type="01",
    civilite="MME",
    nom="EXEMPLE",
    prenom="ALICE",
    date_naissance=date(1980, 2, 29),
    adresse=Adresse(
        adr2="3 PLACE DU TEST",
        code_postal="99999",
        ville="1000 BRUXELLES",
        non_resident=True,
        code_pays=131,
    ),
    compte=CompteBancaire(
        titulaire="ALICE EXEMPLE",
        rib=Rib(code_etablissement="30001", code_guichet="00794", compte="12345678901", cle="85"),
    ),
)


def ligne(numero: int = 1, montant: str = "100.00", **champs: object) -> Ligne:
    return Ligne(numero=numero, nature="60612", montant_ht=Decimal(montant), **champs)  # type: ignore[arg-type]


def mandat(numero: int, pj: str = "", **champs: object) -> Mandat:
    refs = (PjRef(id_unique=pj, nom="facture.pdf", type="003"),) if pj else ()
    return Mandat(numero=numero, type="01", nature="01", lignes=(ligne(),), pj_refs=refs, **champs)  # type: ignore[arg-type]


def bordereau(numero: int, *mandats: Mandat, type_: str = "1", **champs: object) -> Bordereau:
    return Bordereau(
        domaine=Domaine.DEPENSE,
        exercice=2026,
        numero=numero,
        date_emission=JOUR,
        type=f"0{type_}",
        pieces=mandats or (mandat(numero * 10),),
        **champs,  # type: ignore[arg-type]
    )


def document(*bordereaux: Bordereau, pjs: tuple[PieceJustificative, ...] = ()) -> PesAller:
    return PesAller(
        enveloppe=Enveloppe(nom_fichier="PESALR2_213401723_261121_001"),
        entete=ENTETE,
        bordereaux=bordereaux,
        pieces_justificatives=pjs,
    )


def piece(nom: str, chemin: Path | None, taille: int = 0) -> PieceJustificative:
    return PieceJustificative(
        id_unique=nom,
        nom=f"{nom}.pdf",
        description="Facture",
        mime="application/pdf",
        type="003",
        chemin=chemin,
        taille=taille,
    )


def depense(facture: Path) -> PesAller:
    complet = Mandat(
        numero=411,
        type="01",
        nature="01",
        service="ECOLES",
        objet="Fournitures & petit matériel",
        date_echeance=date(2026, 12, 21),
        liste_pj="1 facture",
        carte_achat=False,
        dgp=Dgp(exclu=False, debut=JOUR, fin=date(2026, 12, 21), duree=30, taux=Decimal("8.25")),
        pj_refs=(PjRef(id_unique="21340172300019DEP1", nom="facture.pdf", type="003"),),
        lignes=(
            ligne(
                montant_tva=Decimal("20.00"),
                fonction="020",
                facture="FA2026-0001",
                libelle_virement_1="FACTURE FA2026-0001",
                mode_reglement="03",
                liens=Liens(marche="M2026-07"),
                tiers=(FOURNISSEUR,),
            ),
            ligne(2, "0.50", pj_refs=(PjRef(id_unique="21340172300019DEP2", support="02"),)),
        ),
    )
    annulation = Mandat(
        numero=412,
        type="02",
        nature="06",
        lignes=(
            ligne(
                rattachement=Rattachement(nature="01", exercice=2026, piece=87, ligne="1"),
                tiers=(FOURNISSEUR,),
            ),
        ),
    )
    return document(
        bordereau(12, complet, cumul_annuel=Decimal("120.50"), id="BORD12"),
        Bordereau(
            domaine=Domaine.DEPENSE,
            exercice=2026,
            numero=3,
            date_emission=JOUR,
            type="02",
            pieces=(annulation,),
        ),
        pjs=(piece("21340172300019DEP1", facture, len(FACTURE)),),
    )


def recette(facture: Path) -> PesAller:
    titre = Titre(
        numero=87,
        type="01",
        nature="01",
        objet="Restauration scolaire",
        edition="01",
        date_asp=JOUR,
        numero_facture="2026-87",
        lignes=(
            Ligne(
                numero=1,
                nature="7067",
                montant_ht=Decimal("31.50"),
                montant_tva=Decimal("1.73"),
                taux_tva=Decimal("5.5"),
                fonction="251",
                objet="CANTINE D'OCTOBRE",
                code_produit="CANT",
                majoration=Majoration(date_majoration=JOUR, taux=Decimal(10)),
                prelevement=Prelevement(
                    nature="01",
                    periodicite="07",
                    date_prelevement=date(2026, 12, 5),
                    montant=Decimal("33.23"),
                    sequence="01",
                    date_mandat=date(2026, 1, 5),
                    rum="RUM 0001",
                    libelle="Cantine",
                ),
                rattachement=Rattachement(nature="05", exercice=2026, piece=1),
                pj_refs=(PjRef(id_unique="21340172300019REC1"),),
                tiers=(USAGER,),
            ),
        ),
    )
    versement = Titre(
        numero=88,
        type="01",
        nature="05",
        objet="Régie piscine, octobre",
        lignes=(
            Ligne(
                numero=1,
                nature="70631",
                montant_ht=Decimal(412),
                code_produit="PISC",
                liens=Liens(regie="PISCINE"),
            ),
        ),
    )
    quittances = PieceJustificative(
        id_unique="21340172300019REC1",
        nom="quittances.pdf",
        description="Récapitulatif quittances n° 120 à n° 163 (44)",
        mime="application/pdf",
        type="002",
        references=(RefCompta(domaine="02", exercice=2026, type_objet="01", identifiant="88"),),
        chemin=facture,
        taille=len(FACTURE),
    )
    return document(
        Bordereau(
            domaine=Domaine.RECETTE,
            exercice=2026,
            numero=7,
            date_emission=JOUR,
            type="01",
            pieces=(titre, versement),
        ),
        pjs=(quittances,),
    )
