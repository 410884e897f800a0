"""The columns told to people (`help depot`, Markdown) and to programs (JSON Schema).

Both are made from the tables of `colonnes`, so that they cannot say anything else than what is
read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vaguemestre.intake.colonnes import Colonne, Genre, Niveau, Sorte, colonnes

_INTRO = """# Le dépôt

Déposer dans `<racine>/<collectivité>/depot/`, sous l'une de trois formes :

1. **un PES Aller `.xml`** fait par le logiciel financier ; les PJ qui n'y sont pas peuvent être à
   côté, dans un dossier ou un `.zip` du même nom, chaque fichier portant le nom de son IdUnique ou
   de son NomPJ. Le fichier part tel quel, signature en plus ;
2. **un dossier ou un `.zip`** avec `mandats.csv`, `.xlsx` ou `.json` (ou `titres…`) et les
   fichiers PJ qu'il cite ; avec `titres`, un tableau `factures` donne les factures des avis des
   sommes à payer ; un tableau `pj`, seul ou non, transmet des PJ sans leur pièce comptable ;
3. **des fichiers en vrac** et, déposé en dernier, un `manifeste.json` (ou `xxx.manifeste.json`) :
   `{"fichiers": ["mandats.csv", {"nom": "facture.pdf", "taille": 30211, "sha256": "…"}]}`, taille
   et sha256 facultatifs. Une clé `"pj": [{…}]` y tient lieu de tableau `pj`, avec les mêmes noms.

Un dépôt est pris quand plus rien n'y bouge. Les noms en `.part`, `.tmp`, `.filepart`, `~$…` ou
commençant par un point attendent. Il finit dans `traites/` ou `rejets/`, avec `rapport.html`.
Pour corriger un dépôt refusé : reprendre son dossier dans `rejets/`, corriger, redéposer.

## Le tableau

- La **première ligne** porte les noms de colonnes ci-dessous, dans l'ordre que l'on veut.
- **Une ligne du tableau = une ligne de pièce.** Les lignes de même budget, exercice, bordereau,
  type de bordereau et numéro forment une pièce ; ce qui décrit la pièce ou le bordereau peut être
  laissé vide sur les lignes suivantes, jamais se contredire.
- Séparateur `;`, `,` ou tabulation ; UTF-8 ou Windows-1252 ; XLSX : la feuille nommée `mandats` ou
  `titres`, ou la seule remplie.
- **Montants** : `1234,56`, `1234.56` ou `1 234,56`, jamais négatifs. `1,234` est refusé, car il se
  lit de deux façons. En francs CFP, pas de décimales.
- **Dates** : `31/12/2026` ou `2026-12-31`. **Oui/non** : `1`, `oui`, `vrai`, ou `0`, `non`, `faux`.
- **Codes et numéros** : mettre la colonne au format *Texte* dans le tableur, sinon les zéros de
  tête sont perdus (`1` au lieu de `01`) ; cela est signalé, jamais deviné.
- **PJ** : les noms des fichiers, séparés par `|`. Un même fichier cité deux fois part une fois.
  Une PJ sur papier (`pj_papier`) ou sur disque (`pj_disque`) est citée par son nom, sans fichier.
- Les espaces en début et fin de valeur sont retirés, et les caractères hors ISO-8859-1 remplacés
  selon la table publiée (’ → ', œ → oe, € → EUR…) ; le rapport les compte.
"""

_JSON = """## En JSON

Les clés sont les noms de colonnes. Soit une liste d'objets, un par ligne, soit imbriqué :
`{"bordereaux": [{…, "%(genre)s": [{…, "lignes": [{…}]}]}]}`, chaque clé dans l'objet de son
niveau ; les clés du tiers se placent dans la ligne, ou dans une liste `"tiers": [{…}]` de la ligne.
`pj`, `pj_ligne` et les clés qui commencent par `pj_` peuvent être des listes.
"""

_NIVEAUX = {
    Niveau.BORDEREAU: "Le bordereau",
    Niveau.PIECE: "La pièce",
    Niveau.LIGNE: "La ligne",
    Niveau.TIERS: "Le tiers",
}


_AVANT: dict[Genre, tuple[str, ...]] = {
    "titres": (
        "**Rôle ORMC** : `type_bordereau` 06 ; `bordereau` est le numéro du rôle, `titre` celui de "
        "l'article, chaque ligne un sous-article ; `dette` et `periode` l'identifient, `cle1` et "
        "`cle2` se recopient de votre logiciel et ne bloquent jamais ; vides, elles sont calculées "
        "si `[collectivite.ormc]` dit par quelle formule ; un article se règle en "
        "plusieurs fois par les colonnes `prelevement_…`.",
    ),
    "factures": (
        "Une ligne par ligne de facture ; les lignes de même budget, exercice, bordereau et titre "
        "font une facture. Le titre est dans `titres`, avec une édition qui a une facture : 01, 02 "
        "(avis), 05 (patients), 07, 08 (rôle), 09, 10 (facture électronique). Débiteur, date "
        "d'émission et objet viennent du titre ; émetteur, signataire et centres, de "
        "`[collectivite.asap]`. Les factures partent en une PJ de type 006, que chaque titre cite. "
        "Pour un patient, une seule ligne, avec `date_debut`, `date_fin` et `libelle` du séjour. "
        "Une remise est une ligne à elle, en positif : elle est déduite du total.",
    ),
    "pj": (
        "Des justificatifs sans leur pièce comptable : une ligne par pièce visée, plusieurs lignes "
        "pour un même fichier s'il en justifie plusieurs. Le tableau est plat, en JSON une liste "
        "d'objets. Si la pièce a déjà cité le justificatif, donner le même `id_unique`.",
    ),
}


def aide_markdown() -> str:
    """The help page `depot`, French, complete."""
    genres: tuple[Genre, ...] = ("mandats", "titres", "factures", "pj")
    parts = [_INTRO, *(_tables(genre) for genre in genres), _JSON % {"genre": "mandats"}]
    return "\n".join(parts)


def _tables(genre: Genre) -> str:
    lignes = [f"## Colonnes de `{genre}`", ""]
    lignes += [*_AVANT.get(genre, ()), ""] if genre in _AVANT else []
    if genre == "titres":
        lignes += [
            "Un titre à plusieurs débiteurs répète sa ligne (même numéro de ligne) en ne changeant "
            "que le tiers. Pour une régie, seul le récapitulatif des quittances (première, "
            "dernière, nombre) est transmis : il est ajouté à l'objet du titre.",
            "",
        ]
    for niveau, titre in _NIVEAUX.items():
        propres = [c for c in colonnes(genre) if c.niveau is niveau]
        if not propres:
            continue
        lignes += [
            f"### {titre}",
            "",
            "| Colonne | Contenu | Obligatoire | Forme | Exemple | PES |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        lignes += [_rang(c) for c in propres]
        lignes.append("")
    return "\n".join(lignes)


def _rang(colonne: Colonne) -> str:
    if colonne.obligatoire:
        devoir = f"avec {colonne.groupe}" if colonne.groupe else "oui"
    else:
        devoir = f"non ; vide = {colonne.defaut}" if colonne.defaut else "non"
    cases = (
        f"`{colonne.nom}`",
        colonne.libelle,
        devoir,
        _forme(colonne),
        f"`{colonne.exemple}`",
        colonne.pes,
    )
    return "| " + " | ".join(case.replace("|", "\\|") for case in cases) + " |"


def _forme(colonne: Colonne) -> str:
    if colonne.codes and colonne.sorte is Sorte.CODE:
        return "code : " + " ".join(colonne.codes)
    if not colonne.taille:
        return colonne.sorte.value
    if colonne.mini == colonne.taille > 1:
        return f"{colonne.sorte.value}, {colonne.taille} exactement"
    return f"{colonne.sorte.value}, {colonne.taille} au plus"


def schema_json(genre: Genre) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a table: mandats.json, titres.json, factures.json, pj.json."""
    plat: dict[str, Any] = {
        "type": "array",
        "minItems": 1,
        "items": _objet(genre, tuple(Niveau), {}),
    }
    formes = [plat] if genre == "pj" else [plat, _imbrique(genre)]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{genre}.json",
        "oneOf": formes,
    }


def _imbrique(genre: Genre) -> dict[str, Any]:
    tiers = {"tiers": _objet(genre, (Niveau.TIERS,), {})} if genre != "factures" else {}
    ligne = _objet(genre, (Niveau.LIGNE, Niveau.TIERS), tiers, facultatif=True)
    piece = _objet(genre, (Niveau.PIECE,), {"lignes": ligne})
    bordereau = _objet(genre, (Niveau.BORDEREAU,), {genre: piece})
    return {
        "type": "object",
        "properties": {"bordereaux": {"type": "array", "minItems": 1, "items": bordereau}},
        "required": ["bordereaux"],
        "additionalProperties": False,
    }


def _objet(
    genre: Genre,
    niveaux: tuple[Niveau, ...],
    enfants: dict[str, dict[str, Any]],
    *,
    facultatif: bool = False,
) -> dict[str, Any]:
    """The object of some levels; groups that go together become `dependentRequired`."""
    propres = [c for c in colonnes(genre) if c.niveau in niveaux]
    proprietes: dict[str, Any] = {c.nom: _propriete(c) for c in propres}
    for nom, enfant in enfants.items():
        proprietes[nom] = {"type": "array", "minItems": 1, "items": enfant}
    exigees = [c.nom for c in propres if c.obligatoire and not c.groupe]
    schema: dict[str, Any] = {
        "type": "object",
        "properties": proprietes,
        "required": exigees + ([] if facultatif else list(enfants)),
        "additionalProperties": False,
    }
    groupes = dict(_groupes(propres))
    if groupes:
        schema["dependentRequired"] = groupes
    return schema


def _groupes(propres: list[Colonne]) -> Iterator[tuple[str, list[str]]]:
    for colonne in propres:
        if not colonne.groupe:
            continue
        exigees = [
            c.nom
            for c in propres
            if c.groupe == colonne.groupe and c.obligatoire and c.nom != colonne.nom
        ]
        if exigees:
            yield colonne.nom, exigees


def _propriete(colonne: Colonne) -> dict[str, Any]:
    forme = {"description": f"{colonne.libelle} (PES : {colonne.pes})"}
    sorte = colonne.sorte
    if sorte is Sorte.CODE:
        code: dict[str, Any] = {"type": "string"}
        return forme | (code | {"enum": list(colonne.codes)} if colonne.codes else code)
    if sorte is Sorte.ENTIER:
        return forme | {"type": ["integer", "string"], "minimum": 1, "pattern": "^[0-9]+$"}
    if sorte is Sorte.MONTANT_SIGNE:
        return forme | {"type": ["number", "string"]}
    if sorte in (Sorte.MONTANT, Sorte.TAUX, Sorte.QUANTITE):
        return forme | {"type": ["number", "string"], "minimum": 0}
    if sorte is Sorte.BOOLEEN:
        return forme | {"enum": [True, False, 0, 1, "0", "1", "oui", "non", "vrai", "faux"]}
    if sorte is Sorte.DATE:
        motif = "^([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}/[0-9]{1,2}/[0-9]{4})$"
        return forme | {"type": "string", "pattern": motif}
    if sorte is Sorte.NOMS:
        noms = {"type": "array", "items": {"type": "string", "minLength": 1}}
        return forme | {"anyOf": [{"type": "string", "minLength": 1}, noms]}
    if sorte is Sorte.CHIFFRES:
        motif = f"^[0-9]{{{colonne.mini},{colonne.taille}}}$"
        return forme | {"type": ["string", "integer"], "pattern": motif}
    return forme | {"type": "string", "minLength": 1, "maxLength": colonne.taille}
