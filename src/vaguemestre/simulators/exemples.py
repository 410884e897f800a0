"""Fictitious bodies, creditors and deposits: the demo, the rehearsals and the benches use them.

Everything is invented and deterministic; keys (SIRET, IBAN) pass their control so that nothing is
refused for the wrong reason.
"""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass
from decimal import Decimal
from io import StringIO
from pathlib import Path

COLONNES_MANDATS = (
    "budget;exercice;bordereau;date_emission;mandat;objet;ligne;nature;fonction;montant_ht;"
    "montant_tva;mode_reglement;facture;tiers_nature_identifiant;tiers_identifiant;"
    "tiers_categorie;tiers_nature_juridique;tiers_nom;adresse_2;code_postal;ville;"
    "titulaire_compte;iban;bic;pj"
).split(";")
COLONNES_TITRES = (
    "budget;exercice;bordereau;date_emission;titre;objet;ligne;nature;code_produit;montant_ht;"
    "tiers_type;tiers_categorie;tiers_nature_juridique;tiers_nom;adresse_2;code_postal;ville;pj"
).split(";")
COLONNES_ROLE = (
    "budget;exercice;bordereau;type_bordereau;date_emission;role_date_asp;role_objet;titre;objet;"
    "dette;periode;cle1;cle2;ligne;nature;code_produit;montant_ht;tiers_categorie;tiers_nature_juridique;"
    "tiers_civilite;tiers_nom;tiers_prenom;adresse_2;code_postal;ville"
).split(";")
COLONNES_PJ = "budget;fichier;description;type;domaine;exercice;identifiant".split(";")


@dataclass(frozen=True, slots=True)
class Organisme:
    """A fictitious body: folder, names, keys, currency."""

    dossier: str
    nom: str
    siret: str
    code: str
    poste: str
    monnaie: str = "EUR"


def siret(siren8: str, nic4: str = "0001") -> str:
    """A SIRET whose two Luhn keys are right, from 8 and 4 digits."""
    siren = siren8 + _luhn(siren8)
    return siren + nic4 + _luhn(siren + nic4)


def _luhn(chiffres: str) -> str:
    total = 0
    for rang, chiffre in enumerate(reversed(chiffres)):
        valeur = int(chiffre) * (2 if rang % 2 == 0 else 1)
        total += valeur - 9 if valeur > 9 else valeur
    return str(-total % 10)


def iban(compte: int) -> str:
    """A French IBAN of the fictitious bank 30001, both keys right."""
    banque, guichet, numero = "30001", "00794", f"{compte:011d}"
    cle = 97 - (89 * int(banque) + 15 * int(guichet) + 3 * int(numero)) % 97
    bban = f"{banque}{guichet}{numero}{cle:02d}"
    return f"FR{98 - int(bban + '152700') % 97:02d}{bban}"


VALOMBRE = Organisme("valombre", "Commune de Valombre", siret("21340999"), "123", "034011")
LAGON = Organisme("lagon", "Syndicat mixte du Lagon", siret("20009988"), "045", "098001", "XPF")
FOURNISSEURS = (
    ("PAPETERIE DES TROIS RIVIERES", siret("73100245", "0012"), "12 RUE DES LILAS", 4121),
    ("ATELIERS MECANIQUES DU VAL", siret("44890123", "0003"), "ZONE ARTISANALE DU VAL", 9876),
    ("IMPRIMERIE DU BEFFROI", siret("33210987", "0021"), "3 PLACE DU BEFFROI", 5512),
)
ABONNES = (
    ("MME", "MARTIN", "CLAIRE", "3 RUE DES SOURCES"),
    ("M", "LEROY", "PAUL", "8 CHEMIN DU LAVOIR"),
    ("MME", "PETIT", "ANNE", "21 RUE DU MOULIN"),
)


def pdf(lignes: list[str], *, poids: int = 0, graine: int = 0) -> bytes:
    """A one-page PDF with readable text; `poids` bytes of noise make it as heavy as asked."""
    texte = "BT /F1 12 Tf 60 760 Td 16 TL " + "".join(
        "(" + ligne.translate({40: "\\(", 41: "\\)", 92: "\\\\"}) + ") Tj T* " for ligne in lignes
    )
    contenu = (texte + "ET").encode("latin-1")
    bruit = random.Random(graine).randbytes(poids)  # noqa: S311 — bulk, not a secret
    objets = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(contenu), contenu),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(bruit), bruit),
    ]
    sortie = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    positions = []
    for numero, objet in enumerate(objets, 1):
        positions.append(len(sortie))
        sortie += b"%d 0 obj\n%s\nendobj\n" % (numero, objet)
    table = len(sortie)
    sortie += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objets) + 1)
    for position in positions:
        sortie += b"%010d 00000 n \n" % position
    sortie += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objets) + 1,
        table,
    )
    return bytes(sortie)


def depot_mandats(
    dossier: Path,
    *,
    bordereau: int,
    premier: int,
    nombre: int,
    date: str,
    exercice: int = 2026,
    budget: str = "00",
    poids: int = 2000,
    entier: bool = False,
    objet: str = "Fournitures",
) -> Path:
    """A deposit folder: `mandats.csv` and one PDF per mandat. `entier`: amounts without cents."""
    dossier.mkdir(parents=True)
    lignes = []
    for rang in range(nombre):
        numero = premier + rang
        nom, cle, rue, compte = FOURNISSEURS[rang % len(FOURNISSEURS)]
        ht = Decimal(1000 + 137 * numero) if entier else Decimal(10000 + 1370 * numero) / 100
        tva = Decimal(0) if entier else (ht / 5).quantize(Decimal("0.01"))
        fichier = f"Facture_{numero}_{exercice}_{nom.split()[0]}.pdf"
        facture = pdf(
            [f"Facture FA{exercice}-{numero:05d}", nom, f"{objet} : {ht} HT"],
            poids=poids,
            graine=bordereau * 1_000_003 + numero,
        )
        (dossier / fichier).write_bytes(facture)
        lignes.append(
            [budget, exercice, bordereau, date, numero, f"{objet} n° {numero}", 1, "60632", "020"]
            + [_virgule(ht), _virgule(tva) if tva else "", "03", f"FA{exercice}-{numero:05d}"]
            + ["01", cle, "50", "03", nom, rue, "34000", "VALOMBRE", nom[:32], iban(compte)]
            + ["BDFEFRPPCCT", fichier]
        )
    _ecrire_csv(dossier / "mandats.csv", COLONNES_MANDATS, lignes)
    return dossier


def depot_titres(
    dossier: Path, *, bordereau: int, premier: int, nombre: int, date: str, exercice: int = 2026
) -> Path:
    """A deposit folder: `titres.csv` and one PDF per titre, debtors are persons of private law."""
    dossier.mkdir(parents=True)
    lignes = []
    for rang in range(nombre):
        numero = premier + rang
        nom, _, rue, _ = FOURNISSEURS[rang % len(FOURNISSEURS)]
        fichier = f"Redevance_{numero}_{exercice}.pdf"
        (dossier / fichier).write_bytes(pdf([f"Redevance {numero}", nom]))
        lignes.append(
            ["00", exercice, bordereau, date, numero, f"Redevance d'occupation n° {numero}", 1]
            + ["70323", "RODP", _virgule(Decimal(4000 + 250 * rang) / 10), "01", "50", "03", nom]
            + [rue, "34000", "VALOMBRE", fichier]
        )
    _ecrire_csv(dossier / "titres.csv", COLONNES_TITRES, lignes)
    return dossier


def depot_role(
    dossier: Path, *, bordereau: int, premier: int, nombre: int, date: str, exercice: int = 2026
) -> Path:
    """A deposit folder: a rôle (ORMC) of the water service, one article per subscriber, no PJ."""
    dossier.mkdir(parents=True)
    lignes = []
    for rang in range(nombre):
        numero = premier + rang
        civilite, nom, prenom, rue = ABONNES[rang % len(ABONNES)]
        lignes.append(
            ["00", exercice, bordereau, "06", date, date, "Eau, second semestre", numero]
            + [f"Abonnement n° {numero}", 900_000 + numero, "0", "8", "M", 1, "70111"]
            + ["EAU"]
            + [_virgule(Decimal(6000 + 425 * rang) / 100), "01", "01", civilite, nom, prenom, rue]
            + ["34000", "VALOMBRE"]
        )
    _ecrire_csv(dossier / "titres.csv", COLONNES_ROLE, lignes)
    return dossier


def depot_pj(dossier: Path, *, mandat: int, exercice: int = 2026) -> Path:
    """A deposit folder: `pj.csv` and the PDF that a mandat sent before did not bring with it."""
    dossier.mkdir(parents=True)
    fichier = f"PV_reception_{mandat}_{exercice}.pdf"
    (dossier / fichier).write_bytes(pdf([f"Proces-verbal de reception, mandat {mandat}"]))
    ligne = ["00", fichier, "PV de réception", "003", "01", exercice, mandat]
    _ecrire_csv(dossier / "pj.csv", COLONNES_PJ, [ligne])
    return dossier


def _virgule(montant: Decimal) -> str:
    return f"{montant:.2f}".replace(".", ",")


def _ecrire_csv(path: Path, colonnes: list[str], lignes: list[list[object]]) -> None:
    """As French offices export: `;`, decimal comma, Windows-1252, CRLF."""
    tampon = StringIO()
    table = csv.writer(tampon, delimiter=";", lineterminator="\r\n")
    table.writerow(colonnes)
    table.writerows(lignes)
    path.write_bytes(tampon.getvalue().encode("cp1252"))
