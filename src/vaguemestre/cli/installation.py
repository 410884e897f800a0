"""`init`, `doctor`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from vaguemestre.cli.options import EnJson, Fichier
from vaguemestre.cli.sortie import console, ecrire_json, tableau
from vaguemestre.config.lecture import NOM, charger, chercher
from vaguemestre.config.sections import Configuration
from vaguemestre.errors import ConfigurationError, UsageError, VaguemestreError
from vaguemestre.formats.donnees import donnees

__all__ = ["EnJson", "Fichier", "configuration", "doctor", "init"]

CLES = "cles-exemple"


def init(
    dossier: Path = Path(),
    /,
    *,
    exemple: Annotated[
        bool,
        Parameter(negative="", help="Signer avec la clé d'exemple, pour essayer tout de suite."),
    ] = False,
) -> int:
    """Créer une configuration commentée, les dossiers et la base.

    Args:
        dossier: où l'installer ; rien de ce qui existe n'est écrasé.
    """
    cible = dossier / NOM
    for chemin in (cible, dossier / CLES):
        if chemin.exists():
            raise UsageError(f"{chemin} existe déjà ; rien n'a été changé")
    dossier.mkdir(parents=True, exist_ok=True)
    _copier_les_cles(dossier / CLES)
    modele = (Path(__file__).parent / "modele.toml").read_text("utf-8")
    cible.write_text(modele.replace("#? ", "" if exemple else "# "), "utf-8")
    from vaguemestre.wiring import preparer

    preparer(charger(cible))
    sortie = console()
    sortie.print(f"Créé : {cible}", markup=False)
    quoi = "la collectivité" if exemple else "la collectivité et le signataire"
    sortie.print(f"1. Renseigner {quoi} dans ce fichier.")
    sortie.print("2. vaguemestre doctor")
    sortie.print("3. vaguemestre run")
    if exemple:
        sortie.print("Signature avec la clé d'exemple, publique : jamais vers un vrai partenaire.")
    return 0


def _copier_les_cles(vers: Path) -> None:
    """The sample keys beside the configuration, so that it holds no path of this machine."""
    from vaguemestre.wiring import EXEMPLE_MOT_DE_PASSE

    vers.mkdir()
    for nom in ("README.md", "signataire.p12", "racine.pem", "emettrice.pem", "revoquees.crl.pem"):
        (vers / nom).write_bytes((donnees("certs-sample") / nom).read_bytes())
    (vers / "mot-de-passe").write_text(EXEMPLE_MOT_DE_PASSE, "utf-8")


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
    from vaguemestre.cli.diagnostic import diagnostiquer

    try:
        reglages = configuration(fichier)
    except VaguemestreError as error:
        yield "configuration", False, f"{error.message}. {error.hint}"
        return
    yield "configuration", True, str(reglages.racine / NOM)
    yield from diagnostiquer(reglages)
