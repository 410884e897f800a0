"""Rules of a contract of concession sent in PES_Marche (official notes of NS_Marche, 5.17)."""

from __future__ import annotations

from collections.abc import Iterator

from vaguemestre.domain.identifiants import Siret
from vaguemestre.pes.faits import VIDE, entier
from vaguemestre.pes.faits_facture import ContratFaits
from vaguemestre.pes.regles.base import A, B, Confiance, Constat, Regle, regle
from vaguemestre.pes.regles.marche import TEXTE_LU, avant_l_heure

_SIRET = "01"
_PREMIERE = "00"


@regle(
    "pes.concession.concessionnaire.siret",
    B,
    "XSD NS_Marche 5.17, IdConcessionnaire",
    si="Concessionnaires",
    jusqu_a=TEXTE_LU,
)
def siret_du_concessionnaire(c: ContratFaits) -> Iterator[Constat]:
    """A concessionnaire known by SIRET has a right one."""
    for partie in (c.noeud.bloc("Concessionnaires") or VIDE).tous("Concessionnaire"):
        siret = partie.v("IdConcessionnaire")
        if partie.v("NatIdConcessionnaire") != _SIRET or not siret:
            continue
        if (defaut := Siret.defaut(siret)) is not None:
            yield Constat(
                partie, "IdConcessionnaire", defaut, "Recopier le SIRET du concessionnaire."
            )


@regle(
    "pes.concession.concessionnaire.double",
    B,
    "XSD NS_Marche 5.17, IdConcessionnaire (une seule fois)",
    si="Concessionnaires",
    jusqu_a=TEXTE_LU,
)
def concessionnaire_double(c: ContratFaits) -> Iterator[Constat]:
    """A concessionnaire stands once in the list."""
    vus: set[str] = set()
    for partie in (c.noeud.bloc("Concessionnaires") or VIDE).tous("Concessionnaire"):
        numero = partie.v("IdConcessionnaire") or ""
        if numero and numero in vus:
            yield Constat(
                partie,
                "IdConcessionnaire",
                f"le concessionnaire {numero} est deux fois dans la concession",
                "Ne garder qu'un concessionnaire par identifiant.",
            )
        vus.add(numero)


@regle(
    "pes.concession.modifications",
    A,
    "XSD NS_Marche 5.17, ModificationsConcession (effet non dit)",
    si="ModificationsConcession",
)
def modification_au_premier_envoi(c: ContratFaits) -> Iterator[Constat]:
    """A contract sent for the first time (change 00), or a correction of it, has no changes."""
    bloc = c.noeud.bloc("ModificationsConcession")
    if bloc is not None and c.identifiant.v("NumeroOrdreModification") == _PREMIERE:
        yield Constat(
            bloc,
            "",
            "le contrat initial (modification 00) ne porte pas de modifications",
            "Retirer ModificationsConcession, ou numéroter la modification envoyée.",
        )


@regle(
    "pes.concession.modification.duree",
    A,
    "XSD NS_Marche 5.17, DureeMoisInitiale (« non modifiable »), DureeMois",
    Confiance.INFERE,
    si="ModificationsConcession",
)
def modification_sans_effet(c: ContratFaits) -> Iterator[Constat]:
    """A change gives the new duration or the new value: what it repeats is no change."""
    bloc = c.noeud.bloc("ModificationsConcession") or VIDE
    initiale = entier(c.noeud.v("DureeMoisInitiale"))
    for modification in bloc.tous("ModificationConcession"):
        duree = entier(modification.v("DureeMois"))
        if duree is not None and duree == initiale:
            yield Constat(
                modification,
                "DureeMois",
                f"la modification donne comme nouvelle durée la durée initiale ({initiale} mois)",
                "Renseigner la durée modifiée ; DureeMoisInitiale ne change jamais.",
            )


# An event, the one it may not precede, and how a clerk calls both.
_ORDRE = (
    ("DateDebutExecution", "DateSignature", "exécutée", "signée"),
    ("DatePublicationDonnees", "DateSignature", "publiée", "signée"),
)


@regle(
    "pes.concession.dates",
    A,
    "XSD NS_Marche 5.17 (dates)",
    Confiance.INFERE,
    si="Concessionnaires",
)
def dates_dans_l_ordre(c: ContratFaits) -> Iterator[Constat]:
    """A concession is signed, then carried out and published."""
    yield from avant_l_heure(c, "la concession", _ORDRE)


REGLES: tuple[Regle[ContratFaits], ...] = (
    siret_du_concessionnaire,
    concessionnaire_double,
    modification_au_premier_envoi,
    modification_sans_effet,
    dates_dans_l_ordre,
)
