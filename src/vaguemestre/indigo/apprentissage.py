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
from vaguemestre.indigo.choix import Choix, choisir
from vaguemestre.indigo.ecritures import ecritures
from vaguemestre.indigo.figees import figees
from vaguemestre.indigo.noms import NomAppris, apprendre_nom
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
from vaguemestre.indigo.tables import traduire
from vaguemestre.indigo.unites import Unite, trancher

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
    unite = trancher([(releve.grille, releve.candidats) for releve in releves])
    records = [_enregistrement(releve, _choisir(releve, unite), reconnue) for releve in releves]
    return _profil(paires, reconnue, records, nom, monnaie, unite)


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


def _choisir(releve: _Releve, unite: Unite) -> list[Choix]:
    """The zones of a kind of record; amounts of the other unit are rivals while it is not sure."""
    ecartes = [c for c in releve.candidats if not unite.admet(c)]
    return choisir(
        releve.grille,
        [c for c in releve.candidats if unite.admet(c)],
        interdits=releve.interdits,
        ecartes=() if unite.sure else ecartes,
    )


def _profil(
    paires: Sequence[Paire],
    reconnue: Reconnue,
    records: Sequence[EnregistrementJson],
    nom: str,
    monnaie: Literal["EUR", "XPF"] | None,
    unite: Unite,
) -> ProfilJson:
    nomme = _nommer(paires, reconnue)
    return ProfilJson(
        profile=nom,
        status="draft",
        authority=Autorite(
            kind="assumed",
            reference=f"Déduit de {len(paires)} paire(s) de fichiers acceptés (indigo learn).",
        ),
        notes=(*nomme.notes, *reconnue.notes, *unite.notes),
        evidence=ProvenanceJson(
            learned_from=provenance(paires, reconnue.enregistrements), file_name=nomme.preuve
        ),
        file=_fichier(paires, reconnue, monnaie, unite.exposant, nomme.motif),
        records=tuple(sorted(records, key=lambda e: e.family != "TITRE")),
    )


def _nommer(paires: Sequence[Paire], reconnue: Reconnue) -> NomAppris:
    """The name pattern, where every INDIGO file has a name."""
    noms = [paire.nom_indigo for paire in paires]
    if not all(noms):
        return NomAppris(None, None, (_NOTE_NOM,))
    structure = reconnue.structure
    return apprendre_nom(noms, reconnue.choisies, structure.un_fichier_par, len(structure.fois))


def _fichier(
    paires: Sequence[Paire],
    reconnue: Reconnue,
    monnaie: Literal["EUR", "XPF"] | None,
    exposant: int | None,
    motif: str | None,
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
        name_pattern=motif or _NOMS[par],
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
            "unvaried": tuple(figees(releve.grille, zones, releve.interdits)),
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
        elif sorte == "unknown" and (traduites := traduire(grille, debut, longueur)) is not None:
            yield from traduites
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
        seen=_seule(choix, releve.grille),
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
        if choix.table:
            commun["map"] = choix.table
        nom = choix.candidat.source.replace(".", "_")
        noms[nom] = noms.get(nom, 0) + 1
        commun["name"] = nom if noms[nom] == 1 else f"{nom}_{noms[nom]}"
    else:
        commun |= _sans_source(choix, releve.grille)
    return ZoneJson.model_validate(commun)


def _seule(choix: Choix, grille: Grille) -> str | None:
    """The only text that a source shows in the examples: it may be a constant. A number or a date
    that is found to the last digit is no constant by chance."""
    lus = grille.fixes[choix.debut : choix.debut + choix.longueur]
    if choix.candidat is None or None in lus or choix.candidat.ecriture.zone.type != "X":
        return None
    octets = bytes(octet or 0 for octet in lus)
    texte = octets.decode(grille.base.encodage, "replace")
    return texte if texte.encode(grille.base.encodage, "replace") == octets else None


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
        if not record["unvaried"]:
            del record["unvaried"]
        for zone in record["fields"]:
            for cle, defaut in (("usage", "display"), ("decimals", 0), ("required", False)):
                if zone.get(cle) == defaut:
                    del zone[cle]
    return brut
