"""`help [TOPIC]`: the French help pages, some written, some generated from the code itself."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from pathlib import Path

from pydantic import BaseModel

from vaguemestre.cli.sortie import console, page_d_aide
from vaguemestre.cli.tables import DESCRIPTIONS
from vaguemestre.config import sections
from vaguemestre.errors import UsageError, VaguemestreError

COLONNES_A_L_ECRAN = 4
_AIDE = Path(__file__).parent / "aide"


def aide(sujet: str | None = None, detail: str | None = None, /) -> int:
    """Les pages d'aide.

    Args:
        sujet: la page voulue ; sans sujet, la liste des pages.
        detail: pour « regles », l'identifiant d'une règle ou d'une famille de règles.
    """
    pages = sommaire()
    if sujet is None:
        sortie = console()
        sortie.print("Pages d'aide : vaguemestre help SUJET\n")
        for nom in sorted(pages):
            premiere = page(nom).splitlines()[0].lstrip("# ")
            sortie.print(f"  {nom:<14} {premiere}", markup=False)
        return 0
    if sujet not in pages:
        proche = get_close_matches(sujet, sorted(pages), n=1)
        suite = f", vouliez-vous dire « {proche[0]} » ?" if proche else ""
        liste = ", ".join(sorted(pages))
        raise UsageError(f"pas de page « {sujet} »{suite} Il y a : {liste}")
    if detail is not None and sujet != _AVEC_DETAIL:
        raise UsageError(f"la page « {sujet} » n'a pas de détail ; seule « {_AVEC_DETAIL} » en a")
    from rich.markdown import Markdown

    texte = page(sujet) if detail is None else _regle(detail)
    page_d_aide().print(Markdown(pour_ecran(texte)))
    return 0


def sommaire() -> frozenset[str]:
    """Every topic."""
    return frozenset({path.stem for path in _AIDE.glob("*.md")} | set(_GENEREES))


def page(sujet: str) -> str:
    """One page, Markdown."""
    ecrite = _AIDE / f"{sujet}.md"
    texte = ecrite.read_text("utf-8") if ecrite.exists() else ""
    engendree = _GENEREES[sujet]() if sujet in _GENEREES else ""
    return f"{texte}\n{engendree}".strip() + "\n"


def pour_ecran(markdown: str) -> str:
    """The same page where a table too wide for a screen is a list, nothing cut away."""
    lignes: list[str] = []
    tableau: list[list[str]] = []
    for ligne in [*markdown.splitlines(), ""]:
        if ligne.startswith("|"):
            tableau.append([case.strip() for case in ligne.strip("| ").split(" | ")])
            continue
        lignes += _en_liste(tableau)
        tableau = []
        lignes.append(ligne)
    return "\n".join(lignes)


def _en_liste(tableau: list[list[str]]) -> Iterator[str]:
    if not tableau:
        return
    entete, _, *rangs = tableau
    if len(entete) <= COLONNES_A_L_ECRAN:
        yield from (f"| {' | '.join(rang)} |" for rang in tableau)
        return
    for nom, contenu, *reste in rangs:
        details = (f"{titre} : {valeur}" for titre, valeur in zip(entete[2:], reste, strict=True))
        yield f"- **{nom.strip('`')}** : {contenu}. {' ; '.join(details)}"


def classes(racine: type[VaguemestreError] = VaguemestreError) -> Iterator[type[VaguemestreError]]:
    """The error classes that have a code of their own, depth first.

    A room may refine one for itself; to the person it stays the class whose code it bears.
    """
    if "code" in vars(racine):
        yield racine
    for fille in racine.__subclasses__():
        yield from classes(fille)


def _erreurs() -> str:
    lignes = [
        "| code | sortie | nouvel essai | ce qui s'est passé, qui agit |",
        "| --- | --- | --- | --- |",
    ]
    for classe in sorted(set(classes()), key=lambda c: c.code):
        seul = "automatique" if classe.transient else "non"
        sens = _SENS.get(classe.__name__, "")
        lignes.append(f"| {classe.code} | {classe.exit_code} | {seul} | {sens} {classe.hint} |")
    return "\n".join(lignes)


_SENS = {
    "VaguemestreError": "Erreur sans classe plus précise.",
    "ConfigurationError": "La configuration est fausse ou incomplète.",
    "UsageError": "La commande est mal écrite.",
    "DepotError": "Le dépôt est incomplet ou illisible.",
    "DocumentError": "Le document contrevient à une règle.",
    "IllisibleError": "Le fichier ne se lit pas pour ce qu'il devrait être.",
    "ZoneError": "Une valeur ne tient pas dans sa zone ; rien n'est jamais tronqué.",
    "SignatureInvalideError": "Une signature manque ou n'est pas valide.",
    "SignatureError": "La signature n'a pas pu être faite.",
    "ExchangeError": "Le partenaire a mal répondu.",
    "ExchangeInterruptedError": "L'échange a été coupé.",
    "ExchangeRefusedError": "Le partenaire refuse.",
    "ExchangeUncertainError": "Nul ne sait si le partenaire a reçu le fichier.",
    "RessourceError": "Disque plein, base ou fichier occupé.",
    "VerrouError": "Un autre démon travaille déjà dans ce dossier.",
    "IntegrityError": "Une preuve ne correspond plus : tout s'arrête.",
}


def _configuration() -> str:
    blocs: list[str] = []
    for nom, modele, repetee in _tables(sections.Configuration, ""):
        titre = f"[[{nom}]]" if repetee else f"[{nom}]"
        blocs.append(f"## `{titre}`\n\n{_prose(modele)}\n\n| clé | défaut |\n| --- | --- |")
        for cle, champ in modele.model_fields.items():
            if _sous_modele(champ.annotation) is not None:
                continue
            defaut = (
                "obligatoire"
                if champ.is_required()
                else _valeur(champ.get_default(call_default_factory=True, validated_data={}))
            )
            blocs[-1] += f"\n| `{champ.alias or cle}` | {defaut} |"
    return "\n\n".join(blocs)


def _valeur(defaut: object) -> str:
    if defaut in (None, "", (), {}):
        return "—"
    return f"`{defaut}`".replace("|", "\\|")


def _prose(modele: type[BaseModel]) -> str:
    return DESCRIPTIONS.get(modele.__name__) or inspect.getdoc(modele) or ""


def _sous_modele(annotation: object) -> tuple[type[BaseModel], bool] | None:
    """The model behind a field, and whether it repeats."""
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return annotation, False
    arguments = getattr(annotation, "__args__", ())
    for argument in arguments:
        if inspect.isclass(argument) and issubclass(argument, BaseModel):
            return argument, getattr(annotation, "__origin__", None) is tuple
    return None


def _tables(modele: type[BaseModel], prefixe: str) -> Iterator[tuple[str, type[BaseModel], bool]]:
    for cle, champ in modele.model_fields.items():
        if (found := _sous_modele(champ.annotation)) is not None:
            sous, repetee = found
            nom = f"{prefixe}{champ.alias or cle}"
            yield nom, sous, repetee
            yield from _tables(sous, f"{nom}.")


def _depot() -> str:
    from vaguemestre.intake.documentation import aide_markdown

    return aide_markdown()


def _regles() -> str:
    from vaguemestre.cli.catalogue import page_regles

    return page_regles()


def _regle(id_: str) -> str:
    from vaguemestre.cli.catalogue import page_regle

    return page_regle(id_)


_AVEC_DETAIL = "regles"
_GENEREES: dict[str, Callable[[], str]] = {
    "errors": _erreurs,
    "configuration": _configuration,
    "depot": _depot,
    "regles": _regles,
}
