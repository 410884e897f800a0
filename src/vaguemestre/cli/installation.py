"""`init`, `doctor`, `schemas list`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from vaguemestre.cli.sortie import console, ecrire_json, tableau
from vaguemestre.config import NOM, Configuration, charger, chercher
from vaguemestre.errors import ConfigurationError, UsageError, VaguemestreError
from vaguemestre.formats.donnees import donnees

EnJson = Annotated[bool, Parameter(name="--json", negative="", help="Un document JSON.")]
Fichier = Annotated[
    Path | None, Parameter(name=["--config", "-c"], help="Le fichier vaguemestre.toml.")
]


def init(dossier: Path = Path(), /) -> int:
    """Créer une configuration commentée, les dossiers et la base.

    Args:
        dossier: où l'installer ; rien de ce qui existe n'est écrasé.
    """
    cible = dossier / NOM
    if cible.exists():
        raise UsageError(f"{cible} existe déjà ; rien n'a été changé")
    dossier.mkdir(parents=True, exist_ok=True)
    modele = (Path(__file__).parent / "modele.toml").read_text("utf-8")
    cible.write_text(modele, "utf-8")
    from vaguemestre.wiring import preparer

    preparer(charger(cible))
    sortie = console()
    sortie.print(f"Créé : {cible}", markup=False)
    sortie.print("1. Renseigner la collectivité et le signataire dans ce fichier.")
    sortie.print("2. vaguemestre doctor")
    sortie.print("3. vaguemestre run")
    return 0


def configuration(fichier: Path | None) -> Configuration:
    """The configuration that a command works with.

    Raises:
        ConfigurationError: there is none.
    """
    path = chercher(fichier)
    if path is None:
        raise ConfigurationError(
            f"pas de configuration : ni -c, ni {NOM} ici, ni VAGUEMESTRE_CONFIG ;"
            " « vaguemestre init » en crée une"
        )
    return charger(path)


def doctor(*, config: Fichier = None, json: EnJson = False) -> int:
    """Tout va bien, ou ce qu'il faut faire."""
    constats = list(_constats(config))
    if json:
        ecrire_json(
            {
                "sain": all(bon for _, bon, _ in constats),
                "constats": [
                    {"sujet": sujet, "sain": bon, "detail": detail}
                    for sujet, bon, detail in constats
                ],
            }
        )
    else:
        lignes = [("✔" if bon else "✘", sujet, detail) for sujet, bon, detail in constats]
        console().print(tableau("État de l'installation", ("", "sujet", "détail"), lignes))
    return 0 if all(bon for _, bon, _ in constats) else ConfigurationError.exit_code


def _constats(fichier: Path | None) -> Iterator[tuple[str, bool, str]]:
    from vaguemestre.wiring import diagnostiquer

    try:
        reglages = configuration(fichier)
    except VaguemestreError as error:
        yield "configuration", False, f"{error.message}. {error.hint}"
        return
    yield "configuration", True, str(reglages.racine / NOM)
    yield from diagnostiquer(reglages)


def schemas_list(*, json: EnJson = False) -> int:
    """Lister les schémas et leurs dates d'effet."""
    versions = [
        {
            "version": dossier.name,
            "origine": "vaguemestre",
            "statut": "écrit d'après les faits publics, non officiel",
            "effet": None,
        }
        for dossier in sorted(donnees("schemas").iterdir())
        if (dossier / "PES_Aller.xsd").exists()
    ]
    if json:
        ecrire_json(versions)
    else:
        lignes = [
            (v["version"], v["origine"], v["statut"], v["effet"] or "inconnue") for v in versions
        ]
        console().print(
            tableau("Schémas", ("version", "origine", "statut", "date d'effet"), lignes)
        )
    return 0
