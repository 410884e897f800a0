"""From a draft to a layout one may send with: the twin of pairs it was not learned from.

A draft is verified by converting each PES and comparing the bytes with the file that the
accountant accepted. It is validated only where every byte is equal, by a person who signs with a
name, a reference and a date; what it was verified on stays written in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from vaguemestre.errors import Anomalie, DocumentError, IllisibleError, ZoneError
from vaguemestre.indigo.apprentissage import empreinte, provenance
from vaguemestre.indigo.comparaison import Ecart, differences
from vaguemestre.indigo.controles import defauts
from vaguemestre.indigo.convert import FichierIndigo, convertir
from vaguemestre.indigo.dessins import Profil
from vaguemestre.indigo.profil import Autorite, ProfilJson, ProvenanceJson, lire_json
from vaguemestre.indigo.structure import Paire

Appui = Literal["accepted_files", "official", "dfip_letter", "editor"]


class NonProuveError(DocumentError):
    """The layout does not give back what the accountant accepted, or nothing shows that it does."""

    hint = (
        "Voir les zones avec « vaguemestre indigo learn --verifier », corriger le brouillon ou"
        " donner d'autres paires à « indigo learn » (« vaguemestre help indigo »)."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Epreuve:
    """What became of one pair. `connue`: the layout was learned from it, which proves little."""

    paire: str
    egale: bool
    connue: bool
    enregistrements: int
    ecarts: tuple[Ecart, ...] = ()
    fautes: tuple[Anomalie, ...] = ()

    @property
    def raison(self) -> str:
        """In French, for the table: what differs."""
        if self.egale:
            return "octets égaux"
        if self.fautes:
            return self.fautes[0].message
        zones = dict.fromkeys(f"{e.enregistrement}/{e.zone}" for e in self.ecarts if e.zone)
        autres = sum(1 for ecart in self.ecarts if not ecart.zone)
        morceaux = [*list(zones)[:4], *([f"{autres} enregistrement(s)"] if autres else [])]
        return f"{len(self.ecarts)} écart(s) : {', '.join(morceaux)}"


def eprouver(profil: Profil, paires: Sequence[Paire], *, sequence: int = 1) -> tuple[Epreuve, ...]:
    """Convert the PES of each pair and compare with the accepted bytes.

    Raises:
        ConfigurationError: the layout is not whole.
    """
    apprises = {paire.indigo for paire in _provenance(profil.chemin).learned_from}
    return tuple(
        _eprouver(profil, paire, sequence, connue=empreinte(paire.contenu) in apprises)
        for paire in paires
    )


def valider(
    profil: Profil,
    paires: Sequence[Paire],
    *,
    auteur: str,
    reference: str,
    autorite: Appui,
    jour: date,
    sequence: int = 1,
) -> tuple[ProfilJson, tuple[Epreuve, ...]]:
    """The same layout, validated: who, when, on what.

    Raises:
        NonProuveError: no pair, none but those it was learned from, a pair whose twin is not equal
            byte for byte, or a layout that the controls of a validated one refuse.
        ConfigurationError: the layout is not whole.
    """
    if not paires:
        raise NonProuveError("aucune paire : un dessin se valide sur des fichiers acceptés")
    epreuves = eprouver(profil, paires, sequence=sequence)
    _exiger_egales(profil, epreuves)
    brut = lire_json(profil.chemin)
    neuves = provenance(paires, [epreuve.enregistrements for epreuve in epreuves])
    valide = brut.model_copy(
        update={
            "status": "validated",
            "authority": Autorite(
                kind=autorite, reference=reference, validated_by=auteur, validated_on=jour
            ),
            "evidence": _provenance(profil.chemin).model_copy(update={"validated_on": neuves}),
        }
    )
    if trouves := defauts(valide):
        raise NonProuveError(
            f"le dessin {profil.nom} ne peut pas être validé, {len(trouves)} défaut(s) : "
            + " ; ".join(trouves),
            ref=profil.chemin.name,
        )
    return valide, epreuves


def _exiger_egales(profil: Profil, epreuves: Sequence[Epreuve]) -> None:
    inegales = [e for e in epreuves if not e.egale]
    if inegales:
        raise NonProuveError(
            f"{len(inegales)} paire(s) sur {len(epreuves)} ne sont pas rendues octet pour octet :"
            f" {inegales[0].paire}, {inegales[0].raison}",
            ref=inegales[0].paire,
            anomalies=tuple(_anomalie(profil, epreuve) for epreuve in inegales),
        )
    if all(epreuve.connue for epreuve in epreuves):
        raise NonProuveError(
            "ce dessin est tiré de ces mêmes paires : il faut au moins une paire qu'il n'a pas vue"
        )


def _provenance(chemin: Path) -> ProvenanceJson:
    return lire_json(chemin).evidence or ProvenanceJson()


def _eprouver(profil: Profil, paire: Paire, sequence: int, *, connue: bool) -> Epreuve:
    nombre = len(paire.contenu) // (profil.longueur + len(profil.fin_de_ligne))
    if not paire.pes.bordereaux:
        raise DocumentError("ce PES n'a aucun bordereau : rien à convertir", ref=paire.nom)
    try:
        fichiers = convertir(
            paire.pes, profil, sequence=sequence, monnaie=profil.monnaie, epreuve=True
        )
        egaux = [f for f in fichiers if f.contenu == paire.contenu]
        ecarts = () if egaux else _au_plus_pres(fichiers, paire.contenu, profil)
    except (ZoneError, IllisibleError, DocumentError) as error:
        fautes = error.anomalies or (Anomalie("indigo.epreuve", paire.nom, error.message),)
        return Epreuve(
            paire=paire.nom, egale=False, connue=connue, enregistrements=nombre, fautes=fautes
        )
    return Epreuve(
        paire=paire.nom,
        egale=bool(egaux),
        connue=connue,
        enregistrements=nombre,
        ecarts=ecarts,
    )


def _au_plus_pres(
    fichiers: Sequence[FichierIndigo], accepte: bytes, profil: Profil
) -> tuple[Ecart, ...]:
    """The differences with the twin that is least unlike: a PES may give one file a family."""
    essais = [differences(accepte, fichier.contenu, profil) for fichier in fichiers]
    return tuple(sorted(essais, key=len)[0])


def _anomalie(profil: Profil, epreuve: Epreuve) -> Anomalie:
    return Anomalie(
        "indigo.epreuve",
        epreuve.paire,
        epreuve.raison,
        conseil=(
            f"Voir « vaguemestre indigo diff » avec --layout {profil.chemin.name}, corriger les"
            " zones supposées du brouillon, ou donner plus de paires à « indigo learn »."
        ),
    )
