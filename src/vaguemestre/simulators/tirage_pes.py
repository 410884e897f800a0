"""Valid PES Aller files drawn by a seed: fictitious bodies and people, keys that pass."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from vaguemestre.domain.comptable import (
    Adresse,
    Bordereau,
    CompteBancaire,
    Domaine,
    EnTete,
    Enveloppe,
    Ligne,
    Mandat,
    PesAller,
    Piece,
    PieceJustificative,
    PjRef,
    Tiers,
    Titre,
)
from vaguemestre.pes.build import ecrire
from vaguemestre.simulators.exemples import iban, pdf, siret

_VOIES = ("RUE DES LILAS", "PLACE DU BEFFROI", "CHEMIN DU LAVOIR", "AVENUE DES ÉCOLES")
_VILLES = (
    ("34000", "MONTPELLIER"),
    ("44000", "NANTES"),
    ("98800", "NOUMEA"),
    ("67000", "STRASBOURG"),
)
_RAISONS = ("PAPETERIE", "IMPRIMERIE", "ATELIERS", "GARAGE", "MENUISERIE", "TRANSPORTS")
_NOMS = ("EXEMPLE", "FICTIF", "MODÈLE", "SPÉCIMEN", "TÉMOIN")
_PRENOMS = ("ALICE", "ZOÉ", "BRUNO", "HÉLÈNE", "LUC")
_OBJETS = (
    "Fournitures",
    "Réparation de véhicule",
    "Repas d'octobre",
    "Livres & revues",
    "Entretien",
)
_PREMIER = date(2026, 1, 5)


def tirer(hasard: Random, domaine: Domaine, rang: int) -> bytes:
    """One file of one to three bordereaux, with a PDF for each pièce of a dépense.

    Args:
        rang: number of the file in its series; it goes into NomFic.
    """
    with tempfile.TemporaryDirectory(prefix="vaguemestre-") as dossier:
        document = _document(hasard, domaine, rang, Path(dossier))
        fichier = Path(dossier) / "pes.xml"
        ecrire(document, fichier, durable=False)
        return fichier.read_bytes()


def _document(hasard: Random, domaine: Domaine, rang: int, dossier: Path) -> PesAller:
    siren8 = f"21{hasard.randrange(10**6):06d}"
    identite = siret(siren8)
    jour = _PREMIER + timedelta(days=hasard.randrange(340))
    bordereaux = []
    pjs: list[PieceJustificative] = []
    numero_de_piece = hasard.randrange(1, 9000)
    premier = hasard.randrange(1, 900)
    for b in range(hasard.randrange(1, 4)):
        pieces: list[Piece] = []
        for _ in range(hasard.randrange(1, 5)):
            numero_de_piece += 1
            if domaine is Domaine.DEPENSE:
                pj = _pj(hasard, dossier, f"{identite}DEP{numero_de_piece}", numero_de_piece)
                pjs.append(pj)
                pieces.append(_mandat(hasard, numero_de_piece, pj))
            else:
                pieces.append(_titre(hasard, numero_de_piece))
        bordereaux.append(
            Bordereau(
                domaine=domaine,
                exercice=jour.year,
                numero=premier + b,
                date_emission=jour,
                type="01",
                pieces=tuple(pieces),
            )
        )
    return PesAller(
        enveloppe=Enveloppe(nom_fichier=f"PESALR2_{identite[:9]}_{jour:%y%m%d}_{rang % 1000:03d}"),
        entete=EnTete(
            date_production=jour,
            id_poste=f"{hasard.randrange(1, 96):02d}{hasard.randrange(1, 10_000):04d}",
            id_collectivite=identite,
            code_collectivite=f"{hasard.randrange(1, 1000):03d}",
            code_budget=f"{hasard.randrange(0, 100):02d}",
        ),
        bordereaux=tuple(bordereaux),
        pieces_justificatives=tuple(pjs),
    )


def _montant(hasard: Random) -> Decimal:
    return Decimal(hasard.randrange(100, 500_000)) / 100


def _mandat(hasard: Random, numero: int, pj: PieceJustificative) -> Mandat:
    fournisseur = _fournisseur(hasard)
    # All lignes bear VAT or none: the total of the bordereau tells either.
    taxe = hasard.randrange(2) == 1
    lignes = []
    for rang in range(1, hasard.randrange(2, 5)):
        ht = _montant(hasard)
        lignes.append(
            Ligne(
                numero=rang,
                nature=("60632", "6156", "6182", "615231")[hasard.randrange(4)],
                montant_ht=ht,
                montant_tva=(ht / 5).quantize(Decimal("0.01")) if taxe else None,
                mode_reglement="03",
                facture=f"FA{hasard.randrange(10**6):06d}",
                tiers=(fournisseur,),
            )
        )
    return Mandat(
        numero=numero,
        type="01",
        nature="01",
        objet=_OBJETS[hasard.randrange(len(_OBJETS))],
        pj_refs=(PjRef(id_unique=pj.id_unique, nom=pj.nom, type=pj.type),),
        lignes=tuple(lignes),
    )


def _titre(hasard: Random, numero: int) -> Titre:
    usager = _usager(hasard)
    lignes = tuple(
        Ligne(
            numero=rang,
            nature="7067",
            objet="RESTAURATION SCOLAIRE",
            code_produit="CANT",
            montant_ht=_montant(hasard),
            tiers=(usager,),
        )
        for rang in range(1, hasard.randrange(2, 4))
    )
    objet = _OBJETS[hasard.randrange(len(_OBJETS))]
    return Titre(numero=numero, type="01", nature="01", objet=objet, lignes=lignes)


def _adresse(hasard: Random) -> Adresse:
    code, ville = _VILLES[hasard.randrange(len(_VILLES))]
    voie = _VOIES[hasard.randrange(len(_VOIES))]
    return Adresse(adr2=f"{hasard.randrange(1, 200)} {voie}", code_postal=code, ville=ville)


def _fournisseur(hasard: Random) -> Tiers:
    nom = f"{_RAISONS[hasard.randrange(len(_RAISONS))]} {_NOMS[hasard.randrange(len(_NOMS))]}"
    return Tiers(
        identifiant=siret(f"7{hasard.randrange(10**7):07d}", f"{hasard.randrange(1, 99):04d}"),
        nature_identifiant="01",
        reference=f"F{hasard.randrange(10**5):05d}",
        categorie="50",
        nature_juridique="03",
        nom=nom,
        adresse=_adresse(hasard),
        compte=CompteBancaire(
            titulaire=nom, iban=iban(hasard.randrange(10**10)), bic="BDFEFRPPCCT"
        ),
    )


def _usager(hasard: Random) -> Tiers:
    return Tiers(
        reference=f"U{hasard.randrange(10**5):05d}",
        categorie="01",
        nature_juridique="01",
        type="01",
        civilite=("M", "MME")[hasard.randrange(2)],
        nom=_NOMS[hasard.randrange(len(_NOMS))],
        prenom=_PRENOMS[hasard.randrange(len(_PRENOMS))],
        adresse=_adresse(hasard),
    )


def _pj(hasard: Random, dossier: Path, id_unique: str, numero: int) -> PieceJustificative:
    contenu = pdf(
        [f"Facture du mandat {numero}", "Document fictif"],
        poids=hasard.randrange(2000),
        graine=hasard.randrange(2**31),
    )
    chemin = dossier / f"{numero}.pdf"
    chemin.write_bytes(contenu)
    return PieceJustificative(
        id_unique=id_unique,
        nom=f"facture_{numero}.pdf",
        description="Facture",
        mime="application/pdf",
        type="003",
        chemin=chemin,
        taille=len(contenu),
    )
