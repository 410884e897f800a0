"""`indigo learn`: a draft layout from files that the accountant has already accepted.

Nothing is guessed silently: each zone says what bears it out, how many values, and what would fit
as well. A draft never leaves: it becomes a layout by `validation`, on pairs it has not seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from vaguemestre.errors import DocumentError
from vaguemestre.indigo.alignement import Candidat, Grille, candidats
from vaguemestre.indigo.choix import PREUVE_VALEURS, Choix, choisir, exposants
from vaguemestre.indigo.ecritures import ecritures
from vaguemestre.indigo.profil import (
    Autorite,
    Discriminant,
    EnregistrementJson,
    FichierJson,
    Monnaie,
    PaireJson,
    Preuve,
    PreuveJson,
    ProfilJson,
    ProvenanceJson,
    ZoneJson,
)
from vaguemestre.indigo.reconnaissance import Reconnue, reconnaitre
from vaguemestre.indigo.sources import SOURCES
from vaguemestre.indigo.structure import Cle, Genre, Paire

_NOMS = {
    "domain": "{famille}_{cod_col}_{cod_bud}_{exercice}_{sequence:04d}.txt",
    "budget": "INDIGO_{cod_col}_{cod_bud}_{exercice}_{sequence:04d}.txt",
    "bordereau": "{famille}_{cod_col}_{cod_bud}_{exercice}_{bordereau}_{sequence:04d}.txt",
}
# Codes of the PES that a constant may be.
_CODE_MAX = 3
_NOTE_NOM = (
    "Le nom des fichiers ne s'apprend pas de leur contenu : écrire dans file.name_pattern du"
    " brouillon celui que le comptable attend (« vaguemestre help indigo », Le nom des fichiers)."
)
_NOTE_UNITE = (
    "Montants en centièmes ou en unités : les exemples ne tranchent pas, aucun montant n'a de"
    " fraction et des zéros suivent chaque montant."
)


@dataclass(frozen=True, slots=True)
class _Releve:
    """A kind of record with its candidates."""

    genre: Genre
    grille: Grille
    candidats: list[Candidat]
    interdits: range


def apprendre(
    paires: Sequence[Paire], *, nom: str, monnaie: Literal["EUR", "XPF"] | None = None
) -> ProfilJson:
    """The draft that these pairs bear out.

    `monnaie`: EUR or XPF; None: EUR where an amount has cents, else XPF.

    Raises:
        DocumentError: no pair, no structure for all of them, or a pair whose files do not belong
            together.
        IllisibleError: an INDIGO file without equal records.
    """
    if not paires:
        raise DocumentError("aucune paire : il faut au moins un PES et son fichier INDIGO accepté")
    for paire in paires:
        if not paire.pes.bordereaux:
            raise DocumentError("ce PES n'a aucun bordereau : rien à comparer", ref=paire.nom)
    reconnue = reconnaitre(paires)
    releves = [_relever(genre, reconnue) for genre in reconnue.genres]
    exposant, notes = _exposant(releves)
    records = []
    for releve in releves:
        retenus = [
            c
            for c in releve.candidats
            if exposant is None or c.ecriture.exposant in {None, exposant}
        ]
        choix = choisir(releve.grille, retenus, interdits=releve.interdits)
        records.append(_enregistrement(releve, choix, reconnue))
    return _profil(paires, reconnue, records, nom, monnaie, exposant, notes)


def empreinte(contenu: bytes) -> str:
    """SHA-256 in hexadecimal digits."""
    return hashlib.sha256(contenu).hexdigest()


def provenance(paires: Sequence[Paire], enregistrements: Sequence[int]) -> tuple[PaireJson, ...]:
    """The digests of pairs, with how many records each file has."""
    return tuple(
        PaireJson(pes=paire.empreinte_pes, indigo=empreinte(paire.contenu), records=nombre)
        for paire, nombre in zip(paires, enregistrements, strict=True)
    )


def _relever(genre: Genre, reconnue: Reconnue) -> _Releve:
    grille = Grille(genre, reconnue.decoupage.longueur, reconnue.base)
    marque = reconnue.discriminants.get(genre.cle)
    interdits = (
        range(0) if marque is None else range(marque.start - 1, marque.start - 1 + marque.length)
    )
    return _Releve(genre, grille, candidats(grille), interdits)


def _exposant(releves: Sequence[_Releve]) -> tuple[int | None, list[str]]:
    """The power of ten of amounts, one for the whole file; None where there is no amount."""
    ensembles = [
        ensemble for releve in releves for ensemble in exposants(releve.grille, releve.candidats)
    ]
    if not ensembles:
        return None, []
    communs = frozenset.intersection(*ensembles) or frozenset.union(*ensembles)
    if len(communs) == 1:
        return max(communs), []
    return (2 if any(_centimes_nets(releve) for releve in releves) else 0), [_NOTE_UNITE]


def _centimes_nets(releve: _Releve) -> bool:
    """Whether some amount ends in two zeros, and what follows is no third one."""
    zero = _zero(releve.grille)
    return any(
        c.ecriture.exposant == 2
        and c.ecriture.zone.usage == "display"
        and c.distinctes >= PREUVE_VALEURS
        and (c.bord >= releve.grille.longueur or releve.grille.fixes[c.bord] != zero)
        for c in releve.candidats
        if not c.ecriture.a_gauche
    )


def _profil(
    paires: Sequence[Paire],
    reconnue: Reconnue,
    records: Sequence[EnregistrementJson],
    nom: str,
    monnaie: Literal["EUR", "XPF"] | None,
    exposant: int | None,
    notes: Sequence[str],
) -> ProfilJson:
    return ProfilJson(
        profile=nom,
        status="draft",
        authority=Autorite(
            kind="assumed",
            reference=f"Déduit de {len(paires)} paire(s) de fichiers acceptés (indigo learn).",
        ),
        notes=(_NOTE_NOM, *reconnue.notes, *notes),
        evidence=ProvenanceJson(learned_from=provenance(paires, reconnue.enregistrements)),
        file=_fichier(paires, reconnue, monnaie, exposant),
        records=tuple(sorted(records, key=lambda e: e.family != "TITRE")),
    )


def _fichier(
    paires: Sequence[Paire],
    reconnue: Reconnue,
    monnaie: Literal["EUR", "XPF"] | None,
    exposant: int | None,
) -> FichierJson:
    fraction = any(_fractions(paire) for paire in paires)
    code: Literal["EUR", "XPF"] = monnaie or ("EUR" if fraction else "XPF")
    par = reconnue.structure.un_fichier_par
    bouts = {
        g.cle.rang: _identifiant(g.cle, reconnue) for g in reconnue.genres if not g.cle.famille
    }
    return FichierJson(
        encoding=reconnue.base.encodage,
        eol=reconnue.decoupage.fin,
        record_length=reconnue.decoupage.longueur,
        name_pattern=_NOMS[par],
        one_file_per=par,
        header_record=bouts.get(0),
        trailer_record=bouts.get(1),
        currency=Monnaie(
            code=code,
            decimals=2 if fraction or code == "EUR" else 0,
            unit="cent" if exposant == 2 else "unit",
        ),
        charset_policy="upper_no_accent" if reconnue.base.sans_accent else "keep",
    )


def _fractions(paire: Paire) -> bool:
    return any(
        montant is not None and montant != montant.to_integral_value()
        for bordereau in paire.pes.bordereaux
        for ligne in bordereau.lignes
        for montant in (ligne.montant_ht, ligne.montant_tva)
    )


def _identifiant(cle: Cle, reconnue: Reconnue) -> str:
    if not cle.famille:
        return "QUEUE" if cle.rang else "ENTETE"
    pareils = [g for g in reconnue.genres if (g.cle.famille, g.cle.par) == (cle.famille, cle.par)]
    suffixe = f"_{cle.rang + 1}" if len(pareils) > 1 else ""
    return f"{cle.famille}_{cle.par.upper()}{suffixe}"


def _enregistrement(
    releve: _Releve, choix: Sequence[Choix], reconnue: Reconnue
) -> EnregistrementJson:
    cle = releve.genre.cle
    familles = sorted(reconnue.structure.fois)
    marque = reconnue.discriminants.get(cle)
    zones = [*choix, *_restes(releve, choix, marque)]
    noms: dict[str, int] = {}
    return EnregistrementJson.model_validate(
        {
            "id": _identifiant(cle, reconnue),
            "family": cle.famille or familles[0],
            "per": cle.par,
            "discriminator": marque,
            "fields": [_zone(un, releve, noms) for un in sorted(zones, key=lambda un: un.debut)],
        }
    )


def _restes(
    releve: _Releve, choix: Sequence[Choix], marque: Discriminant | None
) -> Iterator[Choix]:
    """What no source explains: constants, blanks, zeros, and what varies without a reason."""
    grille = releve.grille
    pris = {octet for un in choix for octet in range(un.debut, un.debut + un.longueur)}
    if marque is not None:
        debut = marque.start - 1
        yield Choix(debut=debut, longueur=marque.length, statut="constant", distinctes=1)
        pris.update(range(debut, debut + marque.length))
    libres = [i for i in range(grille.longueur) if i not in pris]
    for _, suite in groupby(
        enumerate(libres), key=lambda un: (un[1] - un[0], _sorte(grille.fixes[un[1]], grille))
    ):
        octets = [octet for _, octet in suite]
        debut, longueur = octets[0], len(octets)
        sorte = _sorte(grille.fixes[debut], grille)
        if (un := _constante_connue(debut, octets, releve)) is not None:
            yield un
        elif sorte == "unknown":
            vus = {octets[debut : debut + longueur] for octets in releve.genre.octets}
            yield Choix(debut=debut, longueur=longueur, statut="unknown", distinctes=len(vus))
        else:
            zeros = {grille.fixes[octet] for octet in octets} == {_zero(grille)}
            statut: Preuve = "filler" if zeros or sorte == " " else "constant"
            yield Choix(debut=debut, longueur=longueur, statut=statut, distinctes=1)


def _zero(grille: Grille) -> int:
    return "0".encode(grille.base.encodage)[0]


def _sorte(octet: int | None, grille: Grille) -> str:
    if octet is None:
        return "unknown"
    return " " if octet == " ".encode(grille.base.encodage)[0] else "constant"


def _constante_connue(debut: int, octets: Sequence[int], releve: _Releve) -> Choix | None:
    """A short code that never changes and fills its place exactly: likelier than a constant."""
    grille = releve.grille
    lus = [grille.fixes[octet] for octet in octets]
    if None in lus or not 2 <= len(lus) <= _CODE_MAX:
        return None
    texte = bytes(octet or 0 for octet in lus).decode(grille.base.encodage, "replace")
    codes = [
        source
        for source, valeurs in releve.genre.valeurs.items()
        if valeurs[0] == texte and SOURCES[source].nature == "texte" and len(set(valeurs)) == 1
    ]
    if not codes:
        return None
    ecriture = next(iter(ecritures(codes[0], [texte], grille.base.encodage)))
    return Choix(
        debut=debut,
        longueur=len(lus),
        statut="guessed",
        candidat=Candidat(
            source=codes[0],
            ecriture=ecriture,
            bord=debut,
            minimum=len(lus),
            maximum=len(lus),
            distinctes=1,
            pleines=1,
        ),
        distinctes=1,
        reste=("source", "values"),
        rivaux=[*codes[1:], f"constante « {texte} »"],
    )


def _zone(choix: Choix, releve: _Releve, noms: dict[str, int]) -> ZoneJson:
    preuve = PreuveJson(
        status=choix.statut,
        records=releve.grille.nombre,
        distinct=choix.distinctes,
        width_min=None if choix.largeurs is None else choix.largeurs[0],
        width_max=None if choix.largeurs is None else choix.largeurs[1],
        open=choix.reste,
        rivals=tuple(choix.rivaux),
        pairs=tuple(sorted(set(releve.genre.paires))),
    )
    confiance = {"proved": "confirmed", "unknown": "unknown"}.get(choix.statut, "assumed")
    commun: dict[str, object] = {
        "start": choix.debut + 1,
        "length": choix.longueur,
        "confidence": confiance,
        "evidence": preuve,
    }
    if choix.candidat is not None:
        commun |= _ecriture(choix.candidat)
        nom = choix.candidat.source.replace(".", "_")
        noms[nom] = noms.get(nom, 0) + 1
        commun["name"] = nom if noms[nom] == 1 else f"{nom}_{noms[nom]}"
    else:
        commun |= _sans_source(choix, releve.grille)
    return ZoneJson.model_validate(commun)


def _ecriture(candidat: Candidat) -> dict[str, object]:
    zone = candidat.ecriture.zone
    decrit: dict[str, object] = {
        "type": zone.type,
        "source": candidat.source,
        "align": zone.cadrage,
        "pad": zone.remplissage,
        "usage": zone.usage,
        "decimals": zone.decimales,
        "overflow": "truncate" if candidat.coupe else "error",
    }
    if zone.type == "D":
        decrit["date_format"] = zone.format_date
    if zone.type == "S9" and zone.usage == "display":
        decrit["sign"] = zone.signe
    return decrit


def _sans_source(choix: Choix, grille: Grille) -> dict[str, object]:
    debut, fin = choix.debut, choix.debut + choix.longueur
    if choix.statut == "unknown":
        return {"name": f"inconnu_{debut + 1}", "type": "X", "source": None}
    octets = bytes(octet or 0 for octet in grille.fixes[debut:fin])
    if choix.statut == "filler":
        plein = octets[:1].decode(grille.base.encodage)
        return {"name": f"remplissage_{debut + 1}", "type": "FILLER", "pad": plein}
    texte = octets.decode(grille.base.encodage, "replace")
    if texte.isascii() and texte.isprintable() and len(texte) == len(octets):
        return {"name": f"constante_{debut + 1}", "type": "CONST", "value": texte}
    return {
        "name": f"constante_{debut + 1}",
        "type": "CONST",
        "value": octets.hex().upper(),
        "usage": "hex",
    }


def en_json(profil: ProfilJson) -> dict[str, object]:
    """The layout as it is written to a file, without what says nothing."""
    return _alleger(profil.model_dump(mode="json", by_alias=True, exclude_none=True))


def _alleger(brut: dict[str, object]) -> dict[str, object]:
    for record in brut["records"]:  # type: ignore[attr-defined]
        for zone in record["fields"]:
            for cle, defaut in (("usage", "display"), ("decimals", 0), ("required", False)):
                if zone.get(cle) == defaut:
                    del zone[cle]
    return brut
