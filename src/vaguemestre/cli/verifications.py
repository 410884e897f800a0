"""`check`, `build`, `ack`: what a file says, without touching anything."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from vaguemestre.cli.installation import EnJson, Fichier
from vaguemestre.cli.sortie import (
    a_ecrire,
    attente,
    console,
    dire_anomalies,
    discours,
    ecrire_json,
    existants,
    lisible,
    tableau,
)
from vaguemestre.config.lecture import charger, chercher
from vaguemestre.config.sections import Configuration
from vaguemestre.domain.acquits import Acquit, Retour
from vaguemestre.errors import DocumentError, UsageError
from vaguemestre.pes.schema import versions
from vaguemestre.workflows.verdict import Essai, Verdict

Organisme = Annotated[
    str | None, Parameter(help="Le dossier de la collectivité, s'il y en a plusieurs.")
]


def check(
    *fichiers: Annotated[Path, Parameter(required=True)],
    json: EnJson = False,
    schema: Annotated[str | None, Parameter(help="Version du schéma (5.30, 5.17).")] = None,
    schema_only: Annotated[
        bool, Parameter(negative="", help="Le schéma seul, sans les règles ni les PJ.")
    ] = False,
    config: Fichier = None,
    collectivite: Organisme = None,
) -> int:
    """Que dirait Hélios ? Ne touche à rien.

    Args:
        fichiers: des PES Aller, des dossiers de dépôt ou des zip.
    """
    chemins = existants(fichiers)
    essai = _essai(config, collectivite, schema=schema, schema_seul=schema_only)
    verdicts: list[Verdict] = []
    for rang, chemin in enumerate(chemins, 1):
        with attente(f"Contrôle de {chemin.name} ({rang}/{len(chemins)})"):
            verdict = essai.controler(chemin)
        if not json:
            _dire_verdict(verdict)
        verdicts.append(verdict)
    if json:
        documents = [verdict.as_json() for verdict in verdicts]
        ecrire_json(documents[0] if len(documents) == 1 else documents)
    rejete = any(verdict.verdict == "rejete" for verdict in verdicts)
    return DocumentError.exit_code if rejete else 0


def build(
    depot: Path,
    /,
    *,
    sortie: Annotated[Path, Parameter(name=["--output", "-o"], help="Le PES Aller à écrire.")],
    config: Fichier = None,
    collectivite: Organisme = None,
) -> int:
    """Un dépôt devient un PES Aller, non signé ; rien d'autre n'est touché.

    Args:
        depot: un dossier ou un zip de mandats ou de titres.
    """
    (chemin,) = existants([depot])
    essai = _essai(config, collectivite)
    with attente(f"Construction du PES de {chemin.name}"):
        verdict = essai.construire(chemin, a_ecrire(sortie))
    dire_anomalies(discours(), verdict.anomalies)
    if not verdict.fichiers:
        raise DocumentError("le dépôt ne peut pas devenir un PES", ref=str(depot))
    for fichier in verdict.fichiers:
        console().print(f"écrit : {fichier}", markup=False)
    return DocumentError.exit_code if verdict.verdict == "rejete" else 0


def ack(fichier: Path, /, *, json: EnJson = False) -> int:
    """Lire un acquit ou un retour.

    Args:
        fichier: le fichier reçu de la DGFiP.
    """
    from vaguemestre.pes.acquit import as_json, lire_reponse

    reponse = lire_reponse(lisible(fichier))
    if json:
        ecrire_json(as_json(reponse))
    elif isinstance(reponse, Acquit):
        _dire_acquit(reponse)
    else:
        _dire_retour(reponse)
    return 0


def _essai(
    config: Path | None,
    collectivite: str | None,
    *,
    schema: str | None = None,
    schema_seul: bool = False,
) -> Essai:
    path = chercher(config)
    reglages = charger(path) if path is not None else None
    if collectivite is not None and (
        reglages is None or reglages.collectivite(collectivite) is None
    ):
        raise UsageError(f"collectivité inconnue : {collectivite}")
    connues = versions(_schemas_ajoutes(reglages))
    if schema is not None and schema not in connues:
        raise UsageError(f"pas de schéma PES {schema} ; versions présentes : {', '.join(connues)}")
    return Essai(reglages, collectivite, schema=schema, schema_seul=schema_seul, dire=_signaler)


def _schemas_ajoutes(reglages: Configuration | None) -> Path | None:
    if reglages is None or reglages.pes.schemas is None:
        return None
    return reglages.chemin(reglages.pes.schemas)


def _signaler(texte: str) -> None:
    print(texte, file=sys.stderr)  # noqa: T201


def _dire_verdict(verdict: Verdict) -> None:
    sortie = console()
    couleur, mot = ("green", "accepté") if verdict.verdict == "accepte" else ("red", "rejeté")
    sortie.print(f"{verdict.fichier} : ", end="", markup=False)
    sortie.print(f"[{couleur}]{mot}[/] (schéma {verdict.schema})")
    compte = verdict.as_json()
    sortie.print(
        f"  {compte['bordereaux']} bordereau(x), {compte['pieces']} pièce(s),"
        f" {compte['pj']} PJ, total HT {compte['total_ht']}"
    )
    dire_anomalies(sortie, verdict.anomalies)


def _dire_acquit(acquit: Acquit) -> None:
    sortie = console()
    sortie.print(f"Acquit v{acquit.version} de {acquit.nomfic} : ", end="", markup=False)
    sortie.print(
        {"accepte": "[green]accepté[/]", "rejete": "[red]rejeté[/]"}.get(
            acquit.etat, "[yellow]partiel[/]"
        )
    )
    sortie.print(
        tableau(
            "Éléments",
            ("domaine", "quoi", "verdict", "erreurs"),
            (
                (
                    element.domaine,
                    element.ref,
                    "accepté" if element.accepte else "rejeté",
                    "\n".join(f"{e.ref} : {e.libelle} ({e.code})" for e in element.erreurs),
                )
                for element in acquit.elements
            ),
        )
    )
    dire_anomalies(sortie, acquit.anomalies)


def _dire_retour(retour: Retour) -> None:
    sortie = console()
    sortie.print(f"Retour de {retour.domaine}, {retour.nomfic}", markup=False)
    sortie.print(
        tableau(
            "Pièces",
            ("pièce", "état", "montant HT", "payé ou encaissé", "dates", "motifs"),
            (
                (
                    piece.ref,
                    piece.etat.replace("_", " "),
                    piece.montant_ht,
                    piece.montant_paye,
                    "\n".join(
                        f"{nom.replace('_', ' ')} le {jour}" for nom, jour in piece.dates.items()
                    ),
                    "\n".join((*piece.motifs, piece.commentaire)).strip(),
                )
                for piece in retour.pieces
            ),
        )
    )
    dire_anomalies(sortie, retour.anomalies)
