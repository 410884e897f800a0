"""`sign` and `verify`."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from vaguemestre import wiring
from vaguemestre.cli.installation import EnJson, Fichier
from vaguemestre.cli.sortie import (
    a_ecrire,
    attente,
    console,
    dire_anomalies,
    ecrire_json,
    existants,
    jour_et_heure,
    lisible,
)
from vaguemestre.config.lecture import charger, chercher
from vaguemestre.config.sections import Configuration, Signature
from vaguemestre.errors import SignatureError, SignatureInvalideError, UsageError
from vaguemestre.signature.confiance import Confiance, lire_ders
from vaguemestre.signature.verification import Verification, verifier
from vaguemestre.signature.xades import PesSigne
from vaguemestre.workflows.fabrique import Cumuls
from vaguemestre.workflows.maison import depart_de
from vaguemestre.workflows.paraphe import CumulsDuFichier, entete_de, options, parapher

if TYPE_CHECKING:
    from vaguemestre.signature.seconde import SecondAvis

_CUMUL = re.compile(r"(?P<bordereau>[0-9]{1,7})=(?P<montant>[0-9]+(?:\.[0-9]{1,2})?)")
_Xades = Literal["1.1.1", "1.2.2"]


def sign(
    fichier: Path,
    /,
    *,
    sortie: Annotated[Path, Parameter(name=["--output", "-o"], help="Le PES signé à écrire.")],
    role: Annotated[str | None, Parameter(help="La qualité du signataire (Maire…).")] = None,
    globale: Annotated[
        bool, Parameter(name="--global", negative="", help="Une signature pour tout le fichier.")
    ] = False,
    cumul: Annotated[
        tuple[str, ...],
        Parameter(help="BORDEREAU=MONTANT : le cumul annuel, là où il manque ; répétable."),
    ] = (),
    xades: Annotated[_Xades | None, Parameter(help="1.1.1 (défaut) ou 1.2.2.")] = None,
    config: Fichier = None,
) -> int:
    """Signer les bordereaux d'un PES (XAdES).

    Args:
        fichier: le PES Aller, non signé ; il n'est pas modifié.
    """
    chemin = lisible(fichier)
    if a_ecrire(sortie).exists() and sortie.samefile(chemin):
        raise UsageError("la sortie ne peut pas être le fichier d'entrée")
    dits = dict(_cumul(texte) for texte in cumul)
    path = chercher(config)

    def avec(reglages: Signature) -> Signature:
        voulu = {"role": role, "xades": xades, "mode": "globale" if globale else None}
        return reglages.model_copy(update={c: v for c, v in voulu.items() if v is not None})

    with attente(f"Signature de {chemin.name}"):
        if path is None:
            signe = _signer_d_exemple(chemin, sortie, avec, dits)
        else:
            signe = _signer(chemin, sortie, charger(path), avec, dits)
    for element in signe.signatures:
        quoi = "le fichier entier" if element.numero is None else f"bordereau {element.numero}"
        console().print(f"signé : {quoi} ({element.id})", markup=False)
    return 0


def _signer_d_exemple(
    chemin: Path,
    sortie: Path,
    avec: Callable[[Signature], Signature],
    dits: dict[int, Decimal],
) -> PesSigne:
    print(  # noqa: T201
        "Pas de configuration : signature avec la clé d'exemple de certs-sample,"
        " à laquelle personne ne doit se fier.",
        file=sys.stderr,
    )
    return parapher(
        chemin,
        sortie,
        signataire=wiring.signataire_d_exemple(),
        voulu=options(avec(Signature())),
        quand=datetime.now(UTC),
        cumul=CumulsDuFichier(dits),
        schemas=wiring.schemas(Configuration()),
    )


def _signer(
    chemin: Path,
    sortie: Path,
    config: Configuration,
    avec: Callable[[Signature], Signature],
    dits: dict[int, Decimal],
) -> PesSigne:
    tete = entete_de(chemin)
    collectivite = config.du_code(tete.code_collectivite, tete.id_collectivite)
    reglages = config.signature if collectivite is None else config.signature_de(collectivite)
    signataire = wiring.signataire(config, reglages)
    if signataire is None:
        raise SignatureError("aucun certificat n'est configuré ([signature] p12)")
    with wiring.portes(config) as portes:
        cumuls = None
        memoire = None
        if collectivite is not None:
            memoire = portes.maison.registre.memoire(
                frozenset(), depart_de(collectivite), cumul_base=config.pes.cumul_base
            )
            cumuls = Cumuls(memoire, tete.code_collectivite, config.pes.cumul_base)
        return parapher(
            chemin,
            sortie,
            signataire=signataire,
            voulu=options(avec(reglages)),
            quand=portes.horloge.now(),
            cumul=CumulsDuFichier(dits, cumuls, tete.code_budget),
            schemas=portes.maison.schemas,
            memoire=memoire,
        )


def _cumul(texte: str) -> tuple[int, Decimal]:
    found = _CUMUL.fullmatch(texte)
    if found is None:
        raise UsageError(f"--cumul {texte} : on attend BORDEREAU=MONTANT, par exemple 12=120.00")
    return int(found["bordereau"]), Decimal(found["montant"])


def verify(
    fichier: Path,
    /,
    *,
    json: EnJson = False,
    strict: Annotated[
        bool, Parameter(negative="", help="Sortie 32 si une signature manque ou est invalide.")
    ] = False,
    second: Annotated[
        bool, Parameter(negative="", help="Vérifier aussi avec une seconde implantation (signxml).")
    ] = False,
    ancre: Annotated[
        tuple[Path, ...], Parameter(help="Autorité de confiance (PEM) ; répétable.")
    ] = (),
    intermediaire: Annotated[
        tuple[Path, ...], Parameter(help="Autorité intermédiaire (PEM) ; répétable.")
    ] = (),
    crl: Annotated[tuple[Path, ...], Parameter(help="Liste de révocation (PEM) ; répétable.")] = (),
    config: Fichier = None,
) -> int:
    """Vérifier chaque signature, avec ses raisons.

    Args:
        fichier: un PES Aller.
    """
    chemin = lisible(fichier)
    confiance = _confiance(config, ancre, intermediaire, crl)
    with attente(f"Vérification de {chemin.name}"):
        verification = verifier(chemin, confiance, datetime.now(UTC))
    avis = _second_avis(chemin) if second else ()
    if json:
        document = verification.as_json()
        ecrire_json(document | ({"second": [un.as_json() for un in avis]} if second else {}))
    else:
        _dire(fichier, verification)
        for un in avis:
            mot = "d'accord" if un.valide else f"pas d'accord : {un.motif}"
            console().print(f"  seconde implantation, {un.id} : {mot}", markup=False)
    valide = verification.verdict == "valide" and all(un.valide for un in avis)
    return SignatureInvalideError.exit_code if strict and not valide else 0


def _confiance(
    config: Path | None,
    ancres: tuple[Path, ...],
    intermediaires: tuple[Path, ...],
    crls: tuple[Path, ...],
) -> Confiance:
    path = chercher(config)
    reglages = Configuration() if path is None else charger(path)
    confiance = wiring.confiance(reglages, reglages.signature)
    return replace(
        confiance,
        ancres=(*confiance.ancres, *_ders(ancres)),
        intermediaires=(*confiance.intermediaires, *_ders(intermediaires)),
        crls=(*confiance.crls, *_ders(crls)),
    )


def _ders(paths: tuple[Path, ...]) -> tuple[bytes, ...]:
    return tuple(der for path in existants(paths) for der in lire_ders(path)) if paths else ()


def _second_avis(chemin: Path) -> tuple[SecondAvis, ...]:
    from vaguemestre.signature.seconde import verifier_avec_signxml

    return verifier_avec_signxml(chemin)


def _dire(fichier: Path, verification: Verification) -> None:
    sortie = console()
    sortie.print(f"{fichier} : {_MOTS[verification.verdict]}", markup=False)
    for signature in verification.signatures:
        sortie.print(
            f"  {signature.element} — {signature.signataire or 'signataire inconnu'},"
            f" {signature.role or 'sans qualité'}, {_quand(signature.date)}",
            markup=False,
        )
        dire_anomalies(sortie, signature.anomalies)
    dire_anomalies(sortie, verification.anomalies)


_MOTS = {"valide": "valide", "invalide": "invalide", "non_signe": "non signé"}


def _quand(date: str) -> str:
    """SigningTime for a person; as it stands where it is no instant."""
    try:
        return jour_et_heure(datetime.fromisoformat(date))
    except ValueError:
        return date or "sans date"
