"""Le fichier de règles du simulateur : ce que la DGFiP répondra, et les pannes qu'elle aura.

Un objet JSON ; toutes les clés sont facultatives, une clé inconnue est une erreur.

    {
      "controle": true,            vérifier schéma et règles comme le ferait le Guichet XML
      "schema": "5.30",            version du schéma avec laquelle vérifier
      "schemas": null,             dossier de schémas, à la place de ceux du produit
      "signature": "coherente",    "coherente" (InfoDematerialisee et signature vont ensemble),
                                   "exigee" (tout flux doit être signé) ou "libre"
      "version": 2,                version des acquits, 1 ou 2
      "nom_acquit": "poste",       "poste" : <IdPost>_<AAMMJJhhmmss>-ACK-<nom>.xml
                                   "acquit" : ACQUIT_<nom>.xml
      "retrait_apres_lecture": true,   l'acquit lu jusqu'au bout disparaît de retrait/
      "doublons": true,            refuser un bordereau, une PJ ou un NomFic déjà acceptés
      "regles": [ … ],             la première règle qui convient s'applique, sinon « accepte »
      "pannes": { … }
    }

Une règle :

    {
      "si": {                      toutes les conditions données doivent être vraies
        "bordereau": 102,          un bordereau du fichier porte ce numéro (IdBord)
        "objet": "*refus*",        l'objet d'une pièce (jokers * et ?, casse indifférente)
        "nomfic": "PESALR2_*",     le NomFic de l'enveloppe (jokers)
        "nom": "*_003.xml",        le nom du fichier déposé (jokers)
        "position": 3              le troisième PES reçu depuis le début
      },                           (un marché, des factures ou une PJ sans bordereau se désignent
                                   par « nomfic », « nom » ou « position »)
      "reponse": "partiel",        "accepte"  tout est accepté
                                   "partiel"  les bordereaux visés (à défaut le premier) sont
                                              refusés, le reste et toutes les PJ acceptés
                                   "refuse"   tout est refusé, PJ comprises
                                   "schema"   acquit lisible mais contraire à son schéma
                                   "rebut"    un fichier qui n'est pas du XML
                                   "aucun"    pas de réponse du tout
      "forme": "ligne",            où se trouve l'erreur : "ligne" (DetailLigne), "piece"
                                   (DetailPiece) ou "element" (directement sous ElementACQUIT)
      "code": "ERREUR_AUTRE",      NumAnoAck
      "libelle": "1963 - Domiciliation erronée",
      "delai": 0,                  secondes avant la réponse (un redémarrage ne l'oublie pas)
      "exemplaires": 1,            2 : le même acquit arrive deux fois
      "retour": "pec",             après l'acquit, un PES_Retour dit ce que deviennent les pièces
                                   des bordereaux acceptés : "pec" (prises en charge), "paye"
                                   (soldées), "rejet" (rejetées au visa : celles dont l'objet
                                   convient à « si.objet », à défaut la première de chaque
                                   bordereau ; les autres prises en charge)
      "fois": 1                    la règle ne sert qu'une fois, ensuite elle est ignorée
    }

Les pannes (durables, sauf « fois » qui en compte les occurrences) :

    { "fois": 1,
      "refuser_connexions": true,  couper avant l'identification
      "couper_apres": 100000,      couper la ligne après ce nombre d'octets écrits
      "couper_renommage": "avant", couper au moment du renommage, "avant" ou "apres" l'avoir fait
      "couper_fermeture": true,    couper quand le fichier est fermé, contenu complet
      "disque_plein_apres": 100000,    refuser d'écrire au-delà
      "refuser_renommage": true,
      "sans_posix": true,          ne pas connaître posix-rename@openssh.com
      "lenteur": 0.05 }            secondes d'attente à chaque écriture
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vaguemestre.errors import ConfigurationError
from vaguemestre.simulators.lecture import BordereauLu, FluxLu


class _Modele(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Condition(_Modele):
    """`si`: every given condition must hold; none given: always."""

    bordereau: int | None = None
    objet: str | None = None
    nomfic: str | None = None
    nom: str | None = None
    position: int | None = None

    def convient(self, flux: FluxLu, nom: str, position: int) -> bool:
        """Whether the rule applies to this file, the `position`-th since the beginning."""
        vise = self.bordereau is None and self.objet is None
        return (
            (self.position is None or self.position == position)
            and _ressemble(self.nom, nom)
            and _ressemble(self.nomfic, flux.entete.nomfic)
            and (vise or any(self.vise(bordereau) for bordereau in flux.bordereaux))
        )

    def vise(self, bordereau: BordereauLu) -> bool:
        """This bordereau is meant by « bordereau » and « objet »."""
        if self.bordereau is not None and bordereau.numero != self.bordereau:
            return False
        return self.objet is None or any(_ressemble(self.objet, p.objet) for p in bordereau.pieces)


class Regle(_Modele):
    """One rule; see the module's page."""

    si: Condition = Condition()
    reponse: Literal["accepte", "partiel", "refuse", "schema", "rebut", "aucun"] = "accepte"
    forme: Literal["ligne", "piece", "element"] = "ligne"
    code: str = "ERREUR_AUTRE"
    libelle: str = "1963 - Domiciliation erronée"
    delai: float = Field(default=0.0, ge=0)
    exemplaires: int = Field(default=1, ge=1, le=20)
    retour: Literal["pec", "paye", "rejet"] | None = None
    fois: int | None = Field(default=None, ge=1)


class Pannes(_Modele):
    """Faults of the line and of the disk; `fois` counts how often they still strike."""

    fois: int | None = None
    refuser_connexions: bool = False
    couper_apres: int | None = None
    couper_renommage: Literal["avant", "apres"] | None = None
    couper_fermeture: bool = False
    disque_plein_apres: int | None = None
    refuser_renommage: bool = False
    sans_posix: bool = False
    lenteur: float = 0.0

    def frapper(self) -> bool:
        """Whether the fault strikes once more; counts it."""
        if self.fois is None:
            return True
        self.fois -= 1
        return self.fois >= 0


class Regles(_Modele):
    """The whole file."""

    controle: bool = True
    version_schema: str = Field(default="5.30", alias="schema")
    schemas: Path | None = None
    signature: Literal["coherente", "exigee", "libre"] = "coherente"
    version: Literal[1, 2] = 2
    nom_acquit: Literal["poste", "acquit"] = "poste"
    retrait_apres_lecture: bool = True
    doublons: bool = True
    regles: list[Regle] = Field(default_factory=list)
    pannes: Pannes = Field(default_factory=Pannes)

    def choisir(self, flux: FluxLu, nom: str, position: int) -> Regle:
        """The first rule that fits and still serves; counts its use."""
        for regle in self.regles:
            if regle.fois != 0 and regle.si.convient(flux, nom, position):
                if regle.fois is not None:
                    regle.fois -= 1
                return regle
        return Regle()


def charger_regles(path: Path | None) -> Regles:
    """Read the file of rules; None: everything that passes the checks is accepted.

    Raises:
        ConfigurationError: unreadable, not JSON, unknown key, wrong value; all at once.
    """
    if path is None:
        return Regles()
    try:
        return Regles.model_validate(json.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ConfigurationError(f"règles du simulateur {path} : {error}") from error
    except ValidationError as error:
        phrases = [f"{'.'.join(map(str, e['loc']))} : {e['msg']}" for e in error.errors()]
        raise ConfigurationError(f"règles du simulateur {path} : " + " ; ".join(phrases)) from error


def _ressemble(motif: str | None, texte: str) -> bool:
    return motif is None or fnmatchcase(texte.casefold(), motif.casefold())
