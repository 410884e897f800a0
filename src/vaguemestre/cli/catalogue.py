"""`help regles`: the catalogue of rules, made from the rules themselves and their cards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from vaguemestre.errors import Gravite, UsageError
from vaguemestre.pes import regles
from vaguemestre.pes.regles import autres
from vaguemestre.pes.regles.base import Confiance
from vaguemestre.pes.regles.couverture import marques
from vaguemestre.pes.regles.fiches import Exemple, Fiche, fiches

_EFFETS = {
    Gravite.REJET_FLUX: "rejet du fichier entier",
    Gravite.REJET_BORDEREAU: "rejet du bordereau",
    Gravite.REJET_PJ: "rejet de la pièce justificative",
    Gravite.AVERTISSEMENT: "avertissement, ne bloque pas",
}
_CONFIANCES = {
    Confiance.OFFICIEL: "texte officiel",
    Confiance.TERRAIN: "vu sur le terrain",
    Confiance.INFERE: "inféré (notre lecture, aucun texte ne le dit)",
    Confiance.CONTREDIT: "texte officiel, contredit par une autre source",
    Confiance.NON_TROUVE: "liste officielle non trouvée (la nôtre est incomplète)",
}
_INTRODUCTION = """# Les règles contrôlées

Une fiche par règle : ce qu'elle demande, l'effet d'un manquement, d'où elle vient, comment on le
sait, un extrait fautif et un extrait conforme. « vaguemestre help regles IDENTIFIANT » n'en montre
qu'une, ou toutes celles d'une famille (pes.compte). Ne bloque que ce qu'affirme un texte officiel,
ou le terrain : ce qui est inféré, contredit par une autre source, ou tiré d'une liste non trouvée,
avertit seulement. Ce que le schéma refuse (« xsd. ») n'a pas de
fiche : le message dit la place, la valeur et ce qui était attendu."""


def page_regles() -> str:
    """Every card, by what the rule looks at; then what no check here can see."""
    groupes: tuple[tuple[str, Iterable[_Regle]], ...] = (
        ("Le fichier entier", regles.FICHIER.regles),
        ("Le bordereau", regles.BORDEREAU.regles),
        ("Le mandat ou le titre", regles.PIECE.regles),
        ("La ligne", regles.LIGNE.regles),
        ("Le tiers", regles.TIERS.regles),
        ("La pièce justificative", regles.PJ.regles),
        ("L'ensemble d'une facturation (ASAP)", autres.FACTURATION.regles),
        ("L'avis des sommes à payer (ASAP)", autres.FACTURE.regles),
        ("Le marché ou la concession", autres.CONTRATS.regles),
        ("Le marché", autres.CONTRAT.regles),
        ("La concession", autres.CONCESSION.regles),
    )
    morceaux = [_INTRODUCTION]
    for titre, membres in groupes:
        morceaux.append(f"## {titre}")
        morceaux += [_fiche(regle) for regle in sorted(membres, key=lambda r: r.id)]
    morceaux.append("## Ce qui ne se voit pas ici")
    raisons = sorted({marque.dehors for marque in marques().values() if marque.dehors})
    morceaux.append("\n".join(f"- {raison}" for raison in raisons))
    return "\n\n".join(morceaux) + "\n"


def page_regle(id_: str) -> str:
    """One card, or those of the family that `id_` begins.

    Raises:
        UsageError: no rule of that name.
    """
    choisies = [r for r in regles.TOUTES if r.id == id_ or r.id.startswith(f"{id_}.")]
    if not choisies:
        proche = get_close_matches(id_, [r.id for r in regles.TOUTES], n=1)
        suite = f", vouliez-vous dire « {proche[0]} » ?" if proche else ""
        raise UsageError(f"pas de règle « {id_} »{suite} « vaguemestre help regles » les liste")
    return "\n\n".join(_fiche(regle) for regle in sorted(choisies, key=lambda r: r.id)) + "\n"


_Regle = regles.UneRegle


def _fiche(regle: _Regle) -> str:
    fiche = fiches()[regle.id]
    return "\n\n".join(
        [
            f"### `{regle.id}`",
            fiche.enonce,
            f"- Effet : {_effet(regle)}.\n"
            f"- Source : {regle.source.replace('pes.md', 'référence PES')}.\n"
            f"- Certitude : {_CONFIANCES[regle.confiance]}.",
            *_exemples(fiche),
        ]
    )


def _effet(regle: _Regle) -> str:
    dit = _EFFETS[regle.gravite]
    if not regle.jusqu_a:
        return dit
    return f"{dit} jusqu'au schéma {regle.jusqu_a} ; ensuite (texte non trouvé), avertissement"


def _exemples(fiche: Fiche) -> Iterator[str]:
    yield f"Fautif{_cadre(fiche.fautif)} :\n\n```xml\n{_court(fiche.fautif.extrait)}\n```"
    yield f"Conforme{_cadre(fiche.conforme)} :\n\n```xml\n{_court(fiche.conforme.extrait)}\n```"


def _cadre(exemple: Exemple) -> str:
    """What must be known beside the fragment: the nomenclature of the budget, the register."""
    nomenclature = next(iter(exemple.reglages.nomenclatures.values()), "")
    dits = [f"budget en {nomenclature}"] if nomenclature else []
    formules = [f for f in (exemple.reglages.cles.cle1, exemple.reglages.cles.cle2) if f]
    if formules:
        dits.append(f"formule choisie : {', '.join(formules)}")
    if exemple.souvenirs is not None:
        dits.append(exemple.souvenirs.resume)
    return f" ({' ; '.join(dits)})" if dits else ""


def _court(extrait: str) -> str:
    """The fragment with one tag a line; the base64 of a document is cut, and says so."""
    lignes: list[str] = []
    for ligne in extrait.replace("><", ">\n<").splitlines():
        trop = len(ligne) - _LARGEUR
        lignes.append(ligne if trop <= 0 else f"{ligne[:_LARGEUR]}… ({trop} caractères de plus)")
    return "\n".join(lignes)


_LARGEUR = 78
