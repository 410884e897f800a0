"""Parity of a PES and its INDIGO twin, computed from both files with their own readers.

Blocking: nothing leaves while the two disagree on a line, an amount, a sign, a count, a total, a
tiers, a service or an inventory number (accord local §1.3, « PES and INDIGO come from one single
entry »).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from vaguemestre.domain.comptable import Bordereau, Domaine, Ligne, PesAller, Piece, Tiers
from vaguemestre.errors import Anomalie, DocumentError
from vaguemestre.indigo.convert import FichierIndigo
from vaguemestre.indigo.dessins import Profil
from vaguemestre.indigo.lecture import Enregistrement, lire
from vaguemestre.indigo.sources import FAMILLES
from vaguemestre.indigo.zones import Valeur, Zone, normaliser, plier

_CONSEIL = "Ne rien envoyer ; prévenir l'exploitation : le dessin ou la conversion est en cause."
# Texts compared zone by zone, where the layout carries them.
_TEXTES = {
    "tiers.nom": "tiers",
    "ligne.code_service": "service",
    "piece.code_service": "service",
    "ligne.num_inventaire": "inventaire",
}


@dataclass(frozen=True, slots=True, order=True)
class Cle:
    """One line, or one pièce where the layout has no line records (`ligne` 0)."""

    famille: str
    exercice: int
    bordereau: int
    piece: int
    ligne: int

    @property
    def ref(self) -> str:
        mot = "titre" if self.famille == "TITRE" else "mandat"
        ref = f"bordereau {self.bordereau} / {mot} {self.piece}"
        return f"{ref} / ligne {self.ligne}" if self.ligne else ref


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cote:
    """What one side says of one line; None where that side does not carry it."""

    ht: Decimal | None
    tva: Decimal | None
    signe: int | None
    textes: dict[str, str]


def comparer(
    pes: PesAller, fichiers: Iterable[FichierIndigo], profil: Profil
) -> tuple[Anomalie, ...]:
    """Every difference, as blocking anomalies `indigo.parite.*`; empty when the two agree."""
    anomalies: list[Anomalie] = []
    indigo: dict[Cle, _Cote] = {}
    for fichier in fichiers:
        try:
            enregistrements = lire(fichier.contenu, profil, fichier.famille)
        except DocumentError as error:
            anomalies.append(_anomalie("lecture", fichier.nom, error.message))
            continue
        for cle, cote in _cote_indigo(enregistrements, profil):
            if cle in indigo:
                anomalies.append(_anomalie("doublon", cle.ref, "deux fois dans INDIGO"))
            indigo[cle] = cote
    attendu: dict[Cle, _Cote] = {}
    for cle, cote in _cote_pes(pes, profil):
        if cle in attendu:
            anomalies.append(_anomalie("doublon", cle.ref, "deux fois dans le PES"))
        attendu[cle] = cote
    anomalies += _ensembles(attendu, indigo)
    for cle in sorted(attendu.keys() & indigo.keys()):
        anomalies += _ligne(cle, attendu[cle], indigo[cle])
    anomalies += _totaux(attendu, indigo)
    return tuple(anomalies)


def _zones(profil: Profil, famille: str) -> dict[str, Zone]:
    """The zones of a family by source, whichever record carries them."""
    return {
        zone.source: zone
        for dessin in profil.dessins
        if dessin.famille == famille
        for zone in dessin.zones
        if zone.source
    }


@dataclass(frozen=True, slots=True)
class _Famille:
    """What a layout carries for TITRE or MANDAT."""

    zones: dict[str, Zone]
    detail: bool

    @property
    def niveau(self) -> str:
        """The record that is compared: « ligne », or « piece » where there is no line record."""
        return "ligne" if self.detail else "piece"


def _familles(profil: Profil) -> dict[str, _Famille]:
    return {
        famille: _Famille(_zones(profil, famille), bool(profil.de_famille(famille, "ligne")))
        for famille in FAMILLES.values()
    }


def _cote_indigo(
    enregistrements: list[Enregistrement], profil: Profil
) -> Iterator[tuple[Cle, _Cote]]:
    """Lines as the file tells them: a line takes what its bordereau and pièce records say."""
    bouts = {d.id for d in (profil.entete, profil.queue) if d is not None}
    familles = _familles(profil)
    portes: dict[str, dict[str, Valeur]] = {}
    for enregistrement in enregistrements:
        dessin = enregistrement.dessin
        if dessin.id in bouts:
            continue
        if dessin.par == "bordereau":
            portes = {}
        portes[dessin.par] = enregistrement.valeurs
        famille = familles[dessin.famille]
        if dessin.par == famille.niveau:
            valeurs = {
                source: valeur
                for par in ("bordereau", "piece", "ligne")
                for source, valeur in portes.get(par, {}).items()
            }
            yield _lu(dessin.famille, famille, valeurs)


def _lu(nom: str, famille: _Famille, valeurs: dict[str, Valeur]) -> tuple[Cle, _Cote]:
    niveau = famille.niveau
    cle = Cle(
        nom,
        _nombre(valeurs, "bordereau.exercice"),
        _nombre(valeurs, "bordereau.numero"),
        _nombre(valeurs, "piece.numero"),
        _nombre(valeurs, "ligne.numero") if famille.detail else 0,
    )
    tva = f"{niveau}.montant_tva"
    return cle, _Cote(
        ht=_absolu(valeurs.get(f"{niveau}.montant_ht")),
        tva=_absolu(valeurs[tva]) if tva in valeurs else None,
        signe=_signe_lu(valeurs, famille.zones.get(f"{niveau}.montant_ht"), niveau),
        textes={
            source: _comparable(str(valeurs[source] or ""))
            for source in _TEXTES
            if source in valeurs
        },
    )


def _nombre(valeurs: dict[str, Valeur], source: str) -> int:
    valeur = valeurs.get(source)
    return int(valeur) if isinstance(valeur, int | Decimal | str) and valeur != "" else 0


def _absolu(valeur: Valeur) -> Decimal:
    return abs(Decimal(valeur)) if isinstance(valeur, int | Decimal) else Decimal(0)


def _signe_lu(valeurs: dict[str, Valeur], zone: Zone | None, niveau: str) -> int | None:
    """The sign as the file writes it: in the amount, in a zone of its own, or in the type."""
    if zone is not None and _porte_son_signe(zone):
        valeur = valeurs[f"{niveau}.montant_ht"]
        return -1 if isinstance(valeur, int | Decimal) and valeur < 0 else 1
    for source in ("ligne.signe", "bordereau.signe"):
        if source in valeurs:
            return -1 if valeurs[source] == "-" else 1
    if "bordereau.type" in valeurs:
        return -1 if str(valeurs["bordereau.type"]).zfill(2) == "02" else 1
    return None


def _porte_son_signe(zone: Zone) -> bool:
    return zone.signe in {"leading", "trailing", "overpunch"} or (
        zone.type == "S9" and zone.usage == "packed"
    )


def _cote_pes(pes: PesAller, profil: Profil) -> Iterator[tuple[Cle, _Cote]]:
    familles = _familles(profil)
    for bordereau in pes.bordereaux:
        nom = "TITRE" if bordereau.domaine is Domaine.RECETTE else "MANDAT"
        famille = familles[nom]
        for piece in bordereau.pieces:
            groupes = (
                [(ligne.numero, (ligne,)) for ligne in piece.lignes]
                if famille.detail
                else [(0, piece.lignes)]
            )
            for numero, lignes in groupes:
                cle = Cle(nom, bordereau.exercice, bordereau.numero, piece.numero, numero)
                yield cle, _du_pes(bordereau, piece, lignes, famille.zones, profil)


def _du_pes(
    bordereau: Bordereau,
    piece: Piece,
    lignes: tuple[Ligne, ...],
    zones: dict[str, Zone],
    profil: Profil,
) -> _Cote:
    """What the PES says; TypBord 02 is what makes an amount negative in the accounts."""
    ligne = lignes[0]
    tiers = _principal(ligne)
    textes = {
        "tiers.nom": tiers.nom if tiers is not None else None,
        "ligne.code_service": piece.service,
        "piece.code_service": piece.service,
        "ligne.num_inventaire": ligne.liens.actif if ligne.liens is not None else None,
    }
    tva = sum((li.montant_tva or Decimal(0) for li in lignes), Decimal(0))
    return _Cote(
        ht=abs(sum((li.montant_ht for li in lignes), Decimal(0))),
        tva=abs(tva),
        signe=-1 if bordereau.type == "02" else 1,
        textes={
            source: _comparable(normaliser(zones[source], texte, profil.forme))
            for source, texte in textes.items()
            if source in zones
        },
    )


def _principal(ligne: Ligne) -> Tiers | None:
    debiteurs = [tiers for tiers in ligne.tiers if tiers.type == "01"]
    return next(iter(debiteurs or ligne.tiers), None)


@lru_cache(maxsize=4096)
def _comparable(texte: str) -> str:
    """Capitals, no accents, single blanks: a name is the same whatever its dress."""
    return " ".join(plier(texte).split())


def _ensembles(attendu: dict[Cle, _Cote], indigo: dict[Cle, _Cote]) -> Iterator[Anomalie]:
    for cle in sorted(attendu.keys() - indigo.keys()):
        yield _anomalie("absente", cle.ref, "dans le PES, absente d'INDIGO")
    for cle in sorted(indigo.keys() - attendu.keys()):
        yield _anomalie("en_trop", cle.ref, "dans INDIGO, absente du PES")


def _ligne(cle: Cle, pes: _Cote, indigo: _Cote) -> Iterator[Anomalie]:
    if pes.ht != indigo.ht:
        yield _ecart("ht", cle.ref, "montant HT", pes.ht, indigo.ht)
    if indigo.tva is not None and pes.tva != indigo.tva:
        yield _ecart("tva", cle.ref, "montant de TVA", pes.tva, indigo.tva)
    if indigo.signe is not None and pes.signe != indigo.signe:
        yield _ecart("signe", cle.ref, "signe", _signe(pes.signe), _signe(indigo.signe))
    for source, regle in _TEXTES.items():
        if source in indigo.textes and pes.textes.get(source) != indigo.textes[source]:
            yield _ecart(regle, cle.ref, source, pes.textes.get(source), indigo.textes[source])


def _signe(signe: int | None) -> str:
    return "-" if signe == -1 else "+"


def _totaux(attendu: dict[Cle, _Cote], indigo: dict[Cle, _Cote]) -> Iterator[Anomalie]:
    """Count and total of each bordereau: what the accountant sees first."""
    cote_pes, cote_indigo = (_par_bordereau(cote) for cote in (attendu, indigo))
    for bordereau in sorted(cote_pes.keys() | cote_indigo.keys()):
        nombre_pes, total_pes = cote_pes.get(bordereau, (0, Decimal(0)))
        nombre, total = cote_indigo.get(bordereau, (0, Decimal(0)))
        ref = f"bordereau {bordereau[2]}"
        if nombre_pes != nombre:
            yield _ecart("nombre", ref, "nombre de lignes", nombre_pes, nombre)
        if total_pes != total:
            yield _ecart("total", ref, "total HT", total_pes, total)


def _par_bordereau(cotes: dict[Cle, _Cote]) -> dict[tuple[str, int, int], tuple[int, Decimal]]:
    nombres: Counter[tuple[str, int, int]] = Counter()
    totaux: dict[tuple[str, int, int], Decimal] = {}
    for cle, cote in cotes.items():
        bordereau = (cle.famille, cle.exercice, cle.bordereau)
        nombres[bordereau] += 1
        totaux[bordereau] = totaux.get(bordereau, Decimal(0)) + (cote.ht or Decimal(0))
    return {bordereau: (nombres[bordereau], total) for bordereau, total in totaux.items()}


def _ecart(regle: str, ref: str, quoi: str, pes: object, indigo: object) -> Anomalie:
    message = f"{quoi} : le PES dit « {pes} », INDIGO dit « {indigo} »"
    return _anomalie(regle, ref, message, valeur=str(indigo))


def _anomalie(regle: str, ref: str, message: str, valeur: str | None = None) -> Anomalie:
    return Anomalie(f"indigo.parite.{regle}", ref, message, valeur=valeur, conseil=_CONSEIL)
