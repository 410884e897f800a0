"""Columns of `pj`: justificatifs that travel without their mandat or titre, one row per target.

Source: RefCompta, PES V2 Aller 5.30 (reference/pes.md §5.7, §8.5, §8.6).
"""

# ruff: noqa: E501  (tables set by hand, one line each, as in the specification)
from __future__ import annotations

from vaguemestre.intake.colonne import Colonne, Niveau, Sorte, codes

P, S, C = Niveau.PIECE, Sorte, Colonne

# fmt: off
PJ_SEULES = (
    C("budget",         P, S.CODE,   "Code du budget (CodBud), parmi ceux de la configuration", "EnTetePES/CodBud", "00", taille=2, defaut="le seul budget configuré ; obligatoire s'il y en a plusieurs"),
    C("fichier",        P, S.NOMS,   "Nom du fichier justificatif ; une ligne par pièce comptable qu'il justifie", "PJ", "facture-118.pdf", obligatoire=True),
    C("type",           P, S.CODE,   "Type du justificatif (003 dépense, 002 recette, 012 CFU…)", "PJ/TypePJ", "003", codes=codes(1, 14, largeur=3)),
    C("description",    P, S.TEXTE,  "Description", "PJ/Description", "Facture 118", taille=250, defaut="le nom du fichier"),
    C("id_unique",      P, S.ALNUM,  "Identifiant du justificatif, s'il est déjà cité dans un PES envoyé", "PJ/IdUnique", "21200014200012D2026AB12", taille=50, defaut="calculé d'après le contenu"),
    C("serveur",        P, S.ALNUM,  "Serveur, si Hélios est paramétré pour cela", "PJ/ServeurId", "SRV1", taille=20),
    C("domaine",        P, S.CODE,   "01 dépense, 02 recette, 04 budget, 06 marché", "RefCompta/Domaine", "01", codes=("01", "02", "04", "06"), obligatoire=True),
    C("exercice",       P, S.ENTIER, "Exercice de la pièce visée", "RefCompta/Exercice", "2026", taille=4, obligatoire=True),
    C("type_objet",     P, S.CODE,   "Type de bordereau (01, 02, 03, 06 rôle) ; budget : 01 BP, 02 DM, 03 BS, 10 CFU", "RefCompta/TypeObjet", "01", codes=codes(1, 10), defaut="01"),
    C("identifiant",    P, S.TEXTE,  "Numéro du mandat ou du titre ; du rôle pour un ORMC ; de la décision ; du marché", "RefCompta/Identifiant", "832", taille=20, obligatoire=True),
    C("ligne",          P, S.ENTIER, "Ligne de la pièce, si le justificatif ne concerne qu'elle", "RefCompta/ComplementIdentifiant", "1", taille=6, defaut="toutes les lignes"),
    C("tiers",          P, S.TEXTE,  "Tiers, pour un marché seulement", "RefCompta/IdTiers", "73282932000074", taille=15),
)
# fmt: on
