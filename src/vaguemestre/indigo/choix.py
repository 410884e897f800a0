"""Of the candidates of a record, those that are kept: each byte explained once.

What explains more bytes comes first. An explanation that fits as well as the one kept is its
rival, and is named. A width that the records do not settle stays open: the zone is then guessed,
however sure its source and its writing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from vaguemestre.indigo.alignement import Candidat, Grille
from vaguemestre.indigo.profil import Preuve, Reste
from vaguemestre.indigo.sources import RANGS, SOURCES

PREUVE_RECORDS, PREUVE_VALEURS = 50, 3
_SANS_SIGNE = frozenset({"none", "separate_field"})
_ORDRE = {source: rang for rang, source in enumerate(SOURCES)}
# The width that a PES gives to a text (pes.md §4-6): what an open width most likely is.
_LARGEURS = {
    "tiers.nom": 38, "tiers.complement_nom": 38, "tiers.prenom": 38, "tiers.civilite": 10,
    "tiers.id": 18, "tiers.adresse.ligne1": 38, "tiers.adresse.ligne2": 38,
    "tiers.adresse.ligne3": 38, "tiers.adresse.cp": 5, "tiers.adresse.ville": 38,
    "piece.objet": 100,
    "tiers.banque.titulaire": 32, "tiers.banque.compte": 34, "tiers.banque.bic": 11,
    "ligne.nature": 12, "ligne.fonction": 10, "ligne.operation": 10, "ligne.code_service": 10,
    "ligne.num_inventaire": 25, "entete.id_coll": 14,
}  # fmt: skip
_CHIFFRES = {"bordereau.exercice": 4, "bordereau.numero": 7, "piece.numero": 8, "ligne.numero": 6}
# Blanks beyond the usual width are an empty neighbour from this many on; fewer belong to the zone.
_TROP_LARGE = 16
_CHIFFRES_MAX = {"montant": (18, 15), "entier": (12, 8), "taux": (12, 5)}


@dataclass(slots=True, kw_only=True)
class Choix:
    """One zone of a record: where, what, how sure. `candidat` None: constant, filler, unknown.

    `table`: each code of the PES with the code that is written.
    """

    debut: int
    longueur: int
    statut: Preuve
    candidat: Candidat | None = None
    distinctes: int = 0
    largeurs: tuple[int, int] | None = None
    rivaux: list[str] = field(default_factory=list)
    reste: tuple[Reste, ...] = ()
    table: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Prise:
    """A candidate with the variable columns that it explains."""

    candidat: Candidat
    explique: frozenset[int]


def choisir(
    grille: Grille,
    candidats: Sequence[Candidat],
    *,
    interdits: range = range(0),
    ecartes: Sequence[Candidat] = (),
) -> list[Choix]:
    """The zones of a record that a source explains, in order; `interdits` are left alone.

    `ecartes` may be no zone, but are rivals of those that are: what was left out without a proof.
    """
    possibles = _prises(grille, candidats, interdits)
    rivales = [*possibles, *_prises(grille, ecartes, interdits)]
    gardees = _retenir(possibles)
    choisis = []
    fin = 0
    for rang, prise in enumerate(gardees):
        suivante = gardees[rang + 1].candidat if rang + 1 < len(gardees) else None
        voisinage = _Voisinage(
            gauche=max(fin, _apres(interdits, prise)),
            droite=grille.longueur if suivante is None else suivante.empreinte.start,
            suivante=suivante,
            codes=grille.codes_constants,
            visibles=grille.visibles,
        )
        candidat, debut, longueur = _placer(prise.candidat, voisinage)
        fin = debut + longueur
        choisis.append(_juger(grille, prise, candidat, (debut, longueur), rivales))
    return choisis


def _prises(grille: Grille, candidats: Sequence[Candidat], interdits: range) -> list[_Prise]:
    """Bytes that never change bear out no value that does, nor the beginning of one."""
    prises = (
        _Prise(c, frozenset(c.empreinte) & grille.variables)
        for c in candidats
        if not set(c.empreinte) & set(interdits)
    )
    return [
        p for p in prises if p.explique or (p.candidat.distinctes == 1 and not p.candidat.coupe)
    ]


@dataclass(frozen=True, slots=True)
class _Voisinage:
    """What stands around a zone: the end of the one before, the value of the one after, and the
    columns that are the same in every record and no padding (the ends of a record are)."""

    gauche: int
    droite: int
    suivante: Candidat | None
    codes: frozenset[str]
    visibles: frozenset[int]


def _retenir(possibles: Sequence[_Prise]) -> list[_Prise]:
    """Disjoint explanations, the strongest first; then those of bytes that never change."""
    mal_signes = _mal_signes([prise.candidat for prise in possibles])
    voix = _voix([prise.candidat for prise in possibles])
    pris: set[int] = set()
    gardees: list[_Prise] = []
    sources: set[str] = set()

    def force(prise: _Prise) -> tuple[object, ...]:
        c = prise.candidat
        penalite = (c.ecriture.zone.signe, _octet_du_signe(c)) in mal_signes
        return (
            not prise.explique,
            c.distinctes < PREUVE_VALEURS,
            penalite,
            -len(prise.explique),
            c.coupe,
            -voix.get(c.ecriture.zone.signe, 0),
            c.source in sources,
            -_rang_portee(c.source),
            _ORDRE[c.source],
            c.ecriture.rang,
        )

    restantes = list(possibles)
    while restantes:
        meilleure = min(restantes, key=force)
        gardees.append(meilleure)
        sources.add(meilleure.candidat.source)
        pris.update(meilleure.candidat.empreinte)
        restantes = [p for p in restantes if pris.isdisjoint(p.candidat.empreinte)]
    return sorted(gardees, key=lambda p: p.candidat.empreinte.start)


def _rang_portee(source: str) -> int:
    """An amount of the ligne is a likelier guess than a sum over the pièce that equals it."""
    fiche = SOURCES[source]
    if fiche.nature == "montant":
        return 1 + RANGS[fiche.portee]
    return 0 if source.startswith("fichier.") else 1


def _mal_signes(candidats: Sequence[Candidat]) -> set[tuple[str, int]]:
    """Signs (their writing and their byte) that most likely stand in a zone of their own.

    Where some amount has no sign, the layout is of those that write one sign for all.
    """
    if not _signe_a_part(candidats):
        return set()
    return {
        (ecriture, c.bord)
        for c in candidats
        if c.source in {"ligne.signe", "bordereau.signe"}
        for ecriture in ("leading", "trailing")
    }


def _voix(candidats: Sequence[Candidat]) -> dict[str, int]:
    """How many amounts each writing of the sign suits: a layout has one for all of them."""
    par_signe: dict[str, set[tuple[str, int]]] = {}
    for c in candidats:
        signe = c.ecriture.zone.signe
        if signe not in _SANS_SIGNE and c.distinctes >= PREUVE_VALEURS:
            chiffres = c.bord - (signe == "trailing")
            par_signe.setdefault(signe, set()).add((c.source, chiffres))
    return {signe: len(places) for signe, places in par_signe.items()}


def _octet_du_signe(candidat: Candidat) -> int:
    debut, fin = candidat.place(candidat.minimum)
    return fin - 1 if candidat.ecriture.zone.signe == "trailing" else debut


def _signe_a_part(candidats: Sequence[Candidat]) -> bool:
    signes = {
        (c.source, c.bord - (c.ecriture.zone.signe == "trailing"))
        for c in candidats
        if c.ecriture.zone.signe in {"leading", "trailing"}
    }
    return any(
        c.ecriture.exposant is not None
        and c.ecriture.zone.usage == "display"
        and c.ecriture.zone.signe in _SANS_SIGNE
        and c.distinctes >= PREUVE_VALEURS
        and (c.source, c.bord) not in signes
        for c in candidats
    )


def _apres(interdits: range, prise: _Prise) -> int:
    """The offset from which a zone may stretch, where forbidden bytes stand before it."""
    stop = interdits.stop if len(interdits) else 0
    return stop if stop <= prise.candidat.empreinte.start else 0


def _placer(candidat: Candidat, voisinage: _Voisinage) -> tuple[Candidat, int, int]:
    """The likeliest width between two neighbours: the writing, the offset and the length."""
    if candidat.ecriture.a_gauche:
        droite = voisinage.droite
        if not candidat.rembourre and _reclame(voisinage.suivante, candidat):
            droite = candidat.bord + candidat.minimum
        place = min(candidat.maximum, droite - candidat.bord)
    else:
        place = min(candidat.maximum, candidat.bord - voisinage.gauche)
    largeur = _largeur(candidat, max(place, candidat.minimum), voisinage.codes)
    debut, fin = candidat.place(largeur)
    if largeur == candidat.minimum:
        for autre in candidat.variantes:
            if autre.ecriture.a_gauche and _reclame(voisinage.suivante, autre):
                continue
            essai = _placer(replace(autre, variantes=()), voisinage)
            if _comble(essai, voisinage, (debut, fin)):
                restes = [v for v in (candidat, *candidat.variantes) if v is not autre]
                return replace(essai[0], variantes=tuple(restes)), *essai[1:]
    return candidat, debut, largeur


def _comble(
    essai: tuple[Candidat, int, int], voisinage: _Voisinage, place: tuple[int, int]
) -> bool:
    """Whether another side or padding takes all that stands free up to the neighbour."""
    _, debut, longueur = essai
    fin = debut + longueur
    if essai[0].ecriture.a_gauche:
        return fin > place[1] and (fin == voisinage.droite or fin in voisinage.visibles)
    return debut < place[0] and (debut == voisinage.gauche or debut - 1 in voisinage.visibles)


def _reclame(suivante: Candidat | None, candidat: Candidat) -> bool:
    """Whether the zone that follows may take the padding between the two as its own."""
    return (
        suivante is not None
        and not suivante.ecriture.a_gauche
        and suivante.maximum > suivante.minimum
        and suivante.place(suivante.maximum)[0] <= candidat.bord + candidat.minimum
    )


def _largeur(candidat: Candidat, place: int, codes: frozenset[str]) -> int:
    nature = SOURCES[candidat.source].nature
    if nature == "texte":
        sans_blanc = candidat.minimum if not candidat.rembourre else place
        naturelle = _LARGEURS.get(candidat.source, sans_blanc)
        # a letter may take several bytes: the usual width, in letters, says nothing there
        trop = place - naturelle >= _TROP_LARGE and candidat.ecriture.encodage != "utf-8"
        return naturelle if candidat.minimum <= naturelle and trop else place
    if candidat.source == "bordereau.exercice" and "0" * (place - candidat.minimum) in codes:
        return candidat.minimum
    if nature not in _CHIFFRES_MAX or candidat.ecriture.zone.usage != "display":
        return place
    plafond, usuelle = _CHIFFRES_MAX[nature]
    if place <= plafond:
        return place
    return max(candidat.minimum, min(place, _CHIFFRES.get(candidat.source, usuelle)))


def _juger(
    grille: Grille,
    prise: _Prise,
    candidat: Candidat,
    place: tuple[int, int],
    possibles: Sequence[_Prise],
) -> Choix:
    debut, longueur = place
    rivaux = _rivaux(prise, possibles)
    larges = (candidat, *candidat.variantes)
    doutes = dict(_doutes(candidat, negatifs=_negatifs(grille, candidat.source)))
    if _sans_remplissage(candidat):
        doutes["pad"] = (
            "remplissage : zéros ou blancs, aucun nombre n'est plus court que les autres"
        )
    reste: set[Reste] = set(doutes)
    if rivaux:
        reste.add("source")
    if grille.nombre < PREUVE_RECORDS:
        reste.add("records")
    if candidat.distinctes < PREUVE_VALEURS or not prise.explique:
        reste.add("values")
    return Choix(
        debut=debut,
        longueur=longueur,
        statut="guessed" if reste else "proved",
        reste=tuple(sorted(reste)),
        candidat=candidat,
        distinctes=candidat.distinctes,
        largeurs=(
            min(longueur, *(un.minimum for un in larges)),
            max(longueur, *(un.maximum for un in larges)),
        ),
        rivaux=[*rivaux, *doutes.values()],
    )


def _rivaux(prise: _Prise, possibles: Sequence[_Prise]) -> list[str]:
    """What fits as well: as many bytes explained, or all of them by several zones."""
    rivaux: dict[str, None] = {}
    contenues: set[int] = set()
    for autre in possibles:
        if autre is prise or not _se_touchent(prise, autre):
            continue
        if autre.explique < prise.explique:
            contenues |= autre.explique
        else:
            rivaux[decrire(autre.candidat)] = None
    if contenues and contenues == prise.explique:
        rivaux["plusieurs zones plus petites, qui couvrent les mêmes octets"] = None
    return [rival for rival in rivaux if rival != decrire(prise.candidat)]


def _se_touchent(une: _Prise, autre: _Prise) -> bool:
    if une.explique:
        return not une.explique.isdisjoint(autre.explique)
    return not autre.explique and not set(une.candidat.empreinte).isdisjoint(
        autre.candidat.empreinte
    )


def _sans_remplissage(candidat: Candidat) -> bool:
    """Whether no number was short enough to show what stands before it; an exercice never is, nor
    can one be shorter than a digit."""
    zone = candidat.ecriture.zone
    nombre = zone.type in {"9", "S9"} and zone.usage == "display"
    court = candidat.minimum - (zone.signe in {"leading", "trailing"}) > 1
    exercice = candidat.source == "bordereau.exercice"
    return nombre and court and not candidat.rembourre and not exercice


def _negatifs(grille: Grille, source: str) -> bool:
    valeurs = grille.genre.valeurs[source]
    return any(isinstance(v, int | Decimal) and v < 0 for v in valeurs)


def _doutes(candidat: Candidat, *, negatifs: bool) -> Iterable[tuple[Reste, str]]:
    zone = candidat.ecriture.zone
    if zone.montant and zone.type == "9":
        yield (
            "sign",
            "écriture des montants négatifs : aucun dans les exemples (sans signe, ou signe dans"
            " une zone à part)",
        )
    elif zone.signe in {"leading", "trailing"} and not negatifs:
        yield "sign", "« + » partout : signe du montant, ou zone à part qui porte le signe"
    larges = [un for un in (candidat, *candidat.variantes) if un.minimum != un.maximum]
    if larges:
        yield "width", _doute_largeur(larges)
        return
    texte = zone.type == "X" and candidat.ecriture.a_gauche
    if candidat.coupe and candidat.pleines < PREUVE_VALEURS:
        yield "width", "texte coupé : moins de trois valeurs plus longues que la zone"
    elif texte and candidat.rembourre and candidat.pleines < 2:
        yield "width", "largeur : une seule valeur remplit la zone"


def _doute_largeur(larges: Sequence[Candidat]) -> str:
    """Each side that the value may stand against, with its narrowest and its widest place."""
    dites: dict[str, None] = {}
    for un in larges:
        debut, fin = un.place(un.maximum)
        court, stop = un.place(un.minimum)
        dites[
            f"largeur {un.minimum} à {un.maximum} (de {court + 1}-{stop} à {debut + 1}-{fin})"
        ] = None
    return f"{', ou '.join(dites)} : aucune valeur ne remplit la zone"


def decrire(candidat: Candidat) -> str:
    """« ligne.montant_ttc, S9 leading, centièmes, 80-94 »."""
    zone = candidat.ecriture.zone
    mots = [candidat.source, zone.type]
    if zone.type in {"9", "S9"}:
        mots += [zone.signe] if zone.signe not in _SANS_SIGNE else []
        mots += [f"cadré à {'gauche' if candidat.ecriture.a_gauche else 'droite'}"]
    if zone.format_date:
        mots.append(zone.format_date)
    if zone.usage != "display":
        mots.append(zone.usage)
    if candidat.ecriture.exposant is not None:
        mots.append("centièmes" if candidat.ecriture.exposant == 2 else "unités")
    if zone.decimales:
        mots.append(f"{zone.decimales} décimales")
    debut, fin = candidat.place(candidat.minimum)
    return f"{', '.join(mots)}, {debut + 1}-{fin}"
