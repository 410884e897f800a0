"""A PES of a fictitious body in XPF, and layouts to write it with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from vaguemestre.domain.comptable import (
    Adresse,
    Bordereau,
    CompteBancaire,
    Domaine,
    EnTete,
    Enveloppe,
    Liens,
    Ligne,
    Mandat,
    PesAller,
    Rattachement,
    Tiers,
    Titre,
)
from vaguemestre.indigo.dessins import Profil, charger, livres

FICTIF = next(path for path in livres() if path.name == "fictif-essai.json")
BROUILLON = next(path for path in livres() if path.name == "brouillon-clara-nc.json")


def tiers(nom: str = "Librairie du Récif") -> Tiers:
    return Tiers(
        nom=nom,
        categorie="50",
        nature_juridique="03",
        type="01",
        identifiant="1234567001",
        nature_identifiant="08",
        adresse=Adresse(adr2="12 rue de l'Alma", code_postal="98800", ville="Nouméa"),
        compte=CompteBancaire(titulaire="LIBRAIRIE DU RECIF", iban="FR7617939091100000000000072"),
    )


def mandat(numero: int, *montants: str, nom: str = "Librairie du Récif") -> Mandat:
    lignes = tuple(
        Ligne(
            numero=rang,
            nature="6065",
            montant_ht=Decimal(montant),
            montant_tva=Decimal(110) if rang == 1 else None,
            mode_reglement="03",
            liens=Liens(actif="INV-2026-0001") if rang == 1 else None,
            tiers=(tiers(nom),),
        )
        for rang, montant in enumerate(montants, 1)
    )
    return Mandat(
        numero=numero,
        type="01",
        nature="01",
        objet="Achat de livres d'été",
        service="SERV1",
        date_echeance=date(2026, 3, 31),
        lignes=lignes,
    )


def titre(numero: int, montant: str, *, annule: int | None = None) -> Titre:
    origine = (
        None
        if annule is None
        else Rattachement(nature="01", exercice=2026, piece=annule, ligne="1")
    )
    return Titre(
        numero=numero,
        type="01" if annule is None else "02",
        nature="01" if annule is None else "06",
        objet="Cantine",
        service="RECET",
        lignes=(
            Ligne(
                numero=1,
                nature="7067",
                montant_ht=Decimal(montant),
                code_produit="CANT",
                taux_tva=Decimal("5.5"),
                rattachement=origine,
                tiers=(
                    Tiers(
                        nom="Wénéhoua",
                        prenom="Élise",
                        civilite="MME",
                        categorie="01",
                        nature_juridique="01",
                        type="01",
                    ),
                ),
            ),
        ),
    )


def bordereau(
    domaine: Domaine, numero: int, *pieces: Mandat | Titre, type_: str = "01"
) -> Bordereau:
    return Bordereau(
        domaine=domaine,
        exercice=2026,
        numero=numero,
        date_emission=date(2026, 2, 3),
        type=type_,
        pieces=pieces,
    )


def pes(*bordereaux: Bordereau) -> PesAller:
    return PesAller(
        enveloppe=Enveloppe(nom_fichier="FIC1"),
        entete=EnTete(
            date_production=date(2026, 2, 4),
            id_poste="988001",
            id_collectivite="21980000000016",
            code_collectivite="042",
            code_budget="00",
        ),
        bordereaux=bordereaux,
    )


def exemple() -> PesAller:
    """Two mandats, two titres, one annulation of a titre."""
    return pes(
        bordereau(Domaine.DEPENSE, 72, mandat(832, "1000", "250"), mandat(833, "99")),
        bordereau(Domaine.RECETTE, 12, titre(51, "4500"), titre(52, "600")),
        bordereau(Domaine.RECETTE, 13, titre(53, "600", annule=52), type_="02"),
    )


def modifier(source: PesAller, montant: str) -> PesAller:
    """The same PES with another amount on its first ligne."""
    premier = source.bordereaux[0]
    piece = premier.pieces[0]
    ligne = replace(piece.lignes[0], montant_ht=Decimal(montant))
    neuve = replace(piece, lignes=(ligne, *piece.lignes[1:]))
    return replace(
        source,
        bordereaux=(
            replace(premier, pieces=(neuve, *premier.pieces[1:])),
            *source.bordereaux[1:],
        ),
    )


def zone(
    nom: str, type_: str, longueur: int, source: str | None = None, **autres: Any
) -> dict[str, Any]:
    """A field for `mini`; positions are given by `mini` in order."""
    return {
        "name": nom,
        "type": type_,
        "length": longueur,
        "source": source,
        "confidence": "assumed",
        **autres,
    }


LIGNE = (
    zone("marque", "CONST", 1, value="L"),
    zone("exercice", "9", 4, "bordereau.exercice"),
    zone("bordereau", "9", 7, "bordereau.numero"),
    zone("piece", "9", 8, "piece.numero"),
    zone("ligne", "9", 6, "ligne.numero"),
    zone("ht", "S9", 16, "ligne.montant_ht", sign="trailing"),
    zone("tva", "S9", 16, "ligne.montant_tva", sign="leading"),
    zone("tiers", "X", 38, "tiers.nom"),
)


def mini(*champs: dict[str, Any], famille: str = "MANDAT") -> dict[str, Any]:
    """A small fictional layout of one line record, as JSON."""
    places = list(placer(champs or LIGNE))
    longueur = places[-1]["start"] + places[-1]["length"] - 1
    return {
        "profile": "mini",
        "status": "fictional",
        "authority": {"kind": "test", "reference": "essai"},
        "file": {
            "encoding": "iso-8859-1",
            "eol": "LF",
            "record_length": longueur,
            "name_pattern": "ESSAI_{famille}_{sequence:04d}.txt",
            "one_file_per": "domain",
            "currency": {"code": "XPF", "decimals": 0, "unit": "unit"},
            "charset_policy": "keep",
        },
        "records": [
            {
                "id": "LIGNE",
                "family": famille,
                "per": "ligne",
                "discriminator": {"start": 1, "length": 1, "value": "L"},
                "fields": places,
            }
        ],
    }


def placer(champs: tuple[dict[str, Any], ...]) -> Iterator[dict[str, Any]]:
    debut = 1
    for champ in deepcopy(champs):
        yield {"start": debut, **champ}
        debut += champ["length"]


def profil(dossier: Path, brut: dict[str, Any]) -> Profil:
    chemin = dossier / "dessin.json"
    chemin.write_text(json.dumps(brut), encoding="utf-8")
    return charger(chemin)
