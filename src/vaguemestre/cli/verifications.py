"""`check`, `build`: what a file says, without touching anything."""

from __future__ import annotations

import sys
from collections.abc import Generator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from vaguemestre.cli.lecteurs import ouvrir_lecteurs
from vaguemestre.cli.options import EnJson, Fichier, Rapports
from vaguemestre.cli.rapports import ecrire_rapports, verifier_rapports
from vaguemestre.cli.sortie import (
    ListeJson,
    a_ecrire,
    attente,
    console,
    dire_anomalies,
    discours,
    ecrire_json,
    existants,
    progression,
)
from vaguemestre.config.emplacement import chercher
from vaguemestre.errors import DocumentError, UsageError
from vaguemestre.pes.schema import versions
from vaguemestre.rapport.modele import FichierVu
from vaguemestre.workflows.explications import vu
from vaguemestre.workflows.pieces import Pieces
from vaguemestre.workflows.verdict import Essai, Verdict

if TYPE_CHECKING:
    from rich.console import Console

    from vaguemestre.config.sections import Configuration

Organisme = Annotated[
    str | None, Parameter(help="Le dossier de la collectivité, s'il y en a plusieurs.")
]

PjStructure = Annotated[
    bool, Parameter(help="Ouvrir les PDF : protection, scripts, pages (« help pj »).")
]
PjTexte = Annotated[
    bool | None, Parameter(help="Lire le texte de chaque page des PDF ; sinon selon [pj].")
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
    rapport: Rapports = None,
    pj_structure: PjStructure = True,
    pj_texte: PjTexte = None,
) -> int:
    """Que dirait Hélios ? Ne touche à rien.

    Args:
        fichiers: des PES Aller, des dossiers de dépôt ou des zip.
    """
    chemins = existants(fichiers)
    verifier_rapports(rapport or ())
    essai = _essai(
        config,
        collectivite,
        schema=schema,
        schema_seul=schema_only,
        lire_pj=(pj_structure, pj_texte),
    )
    recueil: list[FichierVu] = []
    rejete = False
    with closing(_juger(essai, chemins, json=json)) as verdicts:
        for verdict in verdicts:
            rejete = rejete or not verdict.accepte
            if rapport:
                recueil.append(vu(verdict))
    ecrire_rapports(recueil, rapport or ())
    return DocumentError.exit_code if rejete else 0


def _juger(essai: Essai, chemins: Sequence[Path], *, json: bool) -> Generator[Verdict, None, None]:
    """Say each verdict as it comes, in the order of the files, then give it."""
    if len(chemins) == 1:
        with attente(f"Contrôle de {chemins[0].name}"):
            verdict = essai.controler(chemins[0])
        if json:
            ecrire_json(verdict.as_json())
        else:
            _dire_verdict(console(), verdict)
        yield verdict
        return
    from vaguemestre.workflows.parallele import Equipe, effectif

    essai.preparer(chemins)
    sortie, liste = console(), ListeJson()
    muet = not json and sortie.is_terminal
    # The processes begin before anything else runs beside this one.
    with (
        Equipe(essai, effectif(chemins)) as equipe,
        progression("Contrôle", 0 if muet else len(chemins)) as avancer,
    ):
        for verdict in equipe.controler(chemins):
            if json:
                liste.ajouter(verdict.as_json())
            else:
                _dire_verdict(sortie, verdict)
            yield verdict
            avancer()
    if json:
        liste.finir()


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


def _essai(
    config: Path | None,
    collectivite: str | None,
    *,
    schema: str | None = None,
    schema_seul: bool = False,
    lire_pj: tuple[bool, bool | None] = (True, None),
) -> Essai:
    """`lire_pj`: open PDFs, read their pages (None: as configured)."""
    reglages = _configuration(config)
    if collectivite is not None and (
        reglages is None or reglages.collectivite(collectivite) is None
    ):
        raise UsageError(f"collectivité inconnue : {collectivite}")
    connues = versions(_schemas_ajoutes(reglages))
    if schema is not None and schema not in connues:
        raise UsageError(f"pas de schéma PES {schema} ; versions présentes : {', '.join(connues)}")
    structure, texte = lire_pj
    if texte is None:
        texte = reglages is not None and reglages.pj.texte
    return Essai(
        reglages,
        collectivite,
        schema=schema,
        schema_seul=schema_seul,
        dire=_signaler,
        pieces=Pieces(reglages, structure=structure, texte=texte, ouvrir=ouvrir_lecteurs),
    )


def _configuration(fichier: Path | None) -> Configuration | None:
    """None where there is none: a PES needs none, and reading one takes its time."""
    path = chercher(fichier)
    if path is None:
        return None
    from vaguemestre.config.lecture import charger

    return charger(path)


def _schemas_ajoutes(reglages: Configuration | None) -> Path | None:
    return None if reglages is None else reglages.chemin(reglages.pes.schemas)


def _signaler(texte: str) -> None:
    print(texte, file=sys.stderr)  # noqa: T201


def _dire_verdict(sortie: Console, verdict: Verdict) -> None:
    couleur, mot = ("green", "accepté") if verdict.accepte else ("red", "rejeté")
    sortie.print(f"{verdict.fichier} : ", end="", markup=False)
    sortie.print(f"[{couleur}]{mot}[/] (schéma {verdict.schema})")
    sortie.print(
        f"  {verdict.bordereaux} bordereau(x), {verdict.pieces} pièce(s),"
        f" {verdict.pj} PJ, total HT {verdict.total_ht}"
    )
    if verdict.pdf is not None:
        sortie.print(f"  {verdict.pdf.phrase}")
    dire_anomalies(sortie, verdict.anomalies)
