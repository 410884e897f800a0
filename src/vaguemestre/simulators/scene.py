"""The stage of the demo: fictitious bodies, their configuration, their deposits, and the answers
that the simulated DGFiP is told to give.

Nothing in the line knows that it is a demo but this configuration.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from vaguemestre.domain.flux import Etat
from vaguemestre.formats.donnees import donnees
from vaguemestre.simulators.exemples import (
    LAGON,
    VALOMBRE,
    depot_mandats,
    depot_pj,
    depot_role,
    depot_titres,
)

PARTIEL, REFUSE = 102, 201


@dataclass(frozen=True, slots=True)
class Attendu:
    """One sample deposit and how it must end; `etat` None: refused by us, before it leaves."""

    collectivite: str
    depot: str
    etat: Etat | None
    membres: int
    recit: str


ATTENDUS = (
    Attendu("valombre", "mandats-acceptes", Etat.ARCHIVE, 1, "accepté par la DGFiP, archivé"),
    Attendu(
        "valombre", "mandats-partiels", Etat.PARTIEL, 1, "un bordereau refusé, ses PJ acceptées"
    ),
    Attendu("valombre", "role-eau", Etat.ARCHIVE, 1, "rôle ORMC, accepté, archivé"),
    Attendu("valombre", "pj-seule", Etat.ARCHIVE, 1, "PJ d'un mandat déjà envoyé, acceptée"),
    Attendu("valombre", "titres-refuses", Etat.REFUSE, 1, "refusé par la DGFiP"),
    Attendu("valombre", "mandats-fautifs", None, 0, "rejeté par nous, avec son rapport"),
    Attendu("lagon", "mandats-indigo", Etat.ARCHIVE, 2, "PES et INDIGO (dessin fictif), acceptés"),
)


_COLLECTIVITES = f"""[[collectivite]]
dossier = "{VALOMBRE.dossier}"
nom = "{VALOMBRE.nom}"
siret = "{VALOMBRE.siret}"
code = "{VALOMBRE.code}"
poste = "{VALOMBRE.poste}"
partenaire = "dgfip"
[[collectivite.budget]]
code = "00"
libelle = "BUDGET PRINCIPAL"

[[collectivite]]
dossier = "{LAGON.dossier}"
nom = "{LAGON.nom}"
siret = "{LAGON.siret}"
code = "{LAGON.code}"
poste = "{LAGON.poste}"
monnaie = "XPF"
partenaire = "dgfip"
[collectivite.indigo]
layout = "fictif-essai.json"    # inventé : le dessin officiel n'est pas public
[[collectivite.budget]]
code = "00"
libelle = "BUDGET PRINCIPAL"
"""


def monter(dossier: Path, port: int, hotes_connus: str) -> Path:
    """Write the configuration of the demo; returns its path."""
    certs = donnees("certs-sample")
    texte = f"""# Démonstration : données fictives, clés d'exemple, DGFiP simulée.
[depots]
calme = 0.5
periode = 0.5

[pes]
logiciel = "VAGUEMESTRE DEMONSTRATION"

[signature]
p12 = {_toml(certs / "signataire.p12")}
mot_de_passe = "env:VAGUEMESTRE_DEMO_P12"
role = "Maire"
ville = "VALOMBRE"
code_postal = "34000"
ancres = [{_toml(certs / "racine.pem")}]
intermediaires = [{_toml(certs / "emettrice.pem")}]
crls = [{_toml(certs / "revoquees.crl.pem")}]

[[partenaire]]
nom = "dgfip"
type = "sftp"
hote = "127.0.0.1"
port = {port}
utilisateur = "vaguemestre"
mot_de_passe = "env:VAGUEMESTRE_SIMULATEUR_MOT_DE_PASSE"
hotes_connus = {_toml(Path(hotes_connus))}
simulateur = true
periode_acquits = 1.0

{_COLLECTIVITES}"""
    path = dossier / "vaguemestre.toml"
    path.write_text(texte, "utf-8")
    return path


def regles(path: Path) -> None:
    """What the simulated DGFiP answers."""
    contenu = {
        "regles": [
            {"si": {"bordereau": PARTIEL}, "reponse": "partiel", "forme": "ligne"},
            {
                "si": {"bordereau": REFUSE},
                "reponse": "refuse",
                "forme": "piece",
                "libelle": "2035 - Code produit local inconnu",
            },
        ]
    }
    path.write_text(json.dumps(contenu), "utf-8")


def deposer(racine: Path, jour: date) -> None:
    """Drop every sample deposit, as a finance software would: aside, then one rename."""
    ecrit = f"{jour:%d/%m/%Y}"
    valombre, lagon = racine / VALOMBRE.dossier, racine / LAGON.dossier
    coulisse = racine.parent / "coulisse"
    for nom, ou, bordereau, nombre in (
        ("mandats-acceptes", valombre, 101, 10),
        ("mandats-partiels", valombre, PARTIEL, 3),
        ("mandats-fautifs", valombre, 103, 2),
        ("mandats-indigo", lagon, 301, 4),
    ):
        depot = depot_mandats(
            coulisse / nom,
            bordereau=bordereau,
            premier=bordereau * 10,
            nombre=nombre,
            entier=ou is lagon,
            date=ecrit,
            exercice=jour.year,
        )
        if nom == "mandats-fautifs":
            _gater(depot)
        depot.rename(ou / "depot" / nom)
    for depot in _autres(coulisse, ecrit, jour.year):
        depot.rename(valombre / "depot" / depot.name)
    coulisse.rmdir()


def _autres(coulisse: Path, ecrit: str, exercice: int) -> tuple[Path, ...]:
    """What is no mandat: titres, a rôle, a PJ that goes alone."""
    return (
        depot_titres(
            coulisse / "titres-refuses",
            bordereau=REFUSE,
            premier=2010,
            nombre=2,
            date=ecrit,
            exercice=exercice,
        ),
        depot_role(
            coulisse / "role-eau",
            bordereau=401,
            premier=4010,
            nombre=3,
            date=ecrit,
            exercice=exercice,
        ),
        depot_pj(coulisse / "pj-seule", mandat=1010, exercice=exercice),
    )


def _gater(depot: Path) -> None:
    """Three faults that people make: a wrong key, a day that is not, a PDF that is none."""
    tableau = depot / "mandats.csv"
    lignes = tableau.read_bytes().split(b"\r\n")
    lignes[1] = lignes[1].replace(b"FR76", b"FR77").replace(b";020;", b";020;", 1)
    champs = lignes[2].split(b";")
    champs[3] = b"31/02/2026"
    lignes[2] = b";".join(champs)
    tableau.write_bytes(b"\r\n".join(lignes))
    premier = sorted(depot.glob("*.pdf"))[0]
    premier.write_bytes(b"ceci n'est pas un PDF")


def _toml(path: Path) -> str:
    return json.dumps(str(path))
