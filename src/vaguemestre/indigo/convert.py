"""PES -> INDIGO: the twin of a PES Aller, in fixed-width records.

The input is the PES *read back from disk*, so that what the two programs of the accountant
receive cannot differ. Same input, same bytes. Nothing is cut, rounded or left out silently: what
does not fit is a ZoneError with every finding, what the layout cuts is reported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal

from vaguemestre.domain.comptable import Bordereau, PesAller
from vaguemestre.errors import Anomalie, ConfigurationError, DocumentError, Gravite, ZoneError
from vaguemestre.indigo.dessins import Dessin, Profil
from vaguemestre.indigo.sources import (
    FAMILLES,
    SOURCES,
    Contexte,
    Fichier,
    montant_ht,
    reference,
    tiers_principal,
)
from vaguemestre.indigo.veille import Veille
from vaguemestre.indigo.zones import Valeur, Zone, ecrire, tronquee

# A zone remembers this many written values: codes and names come back all the time.
_MEMOIRE = 4096
_CONSEIL_TABLE = (
    "Si ce code est juste, l'ajouter dans « map » de cette zone du dessin, avec ce que le comptable"
    " attend ; sinon corriger la valeur dans le logiciel émetteur, puis redéposer."
)
_CONSEIL_SIGNE = (
    "Le dessin ne sait pas écrire un montant négatif. S'il vient de « vaguemestre indigo learn »,"
    " c'est qu'aucune paire ne portait d'annulation : en redonner une que le comptable a acceptée."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FichierIndigo:
    """One INDIGO file. `statut` is that of its layout; `total_ht` is signed.

    `anomalies`: warnings only (a text cut by the layout, a second tiers that has no zone).
    """

    nom: str
    contenu: bytes
    statut: str
    famille: str
    enregistrements: int
    total_ht: Decimal
    anomalies: tuple[Anomalie, ...] = ()


def convertir(
    pes: PesAller, profil: Profil, *, sequence: int, monnaie: str, epreuve: bool = False
) -> tuple[FichierIndigo, ...]:
    """Every INDIGO file of one PES: none when it carries no bordereau.

    `sequence` numbers the envoi (1 and up); `monnaie` is the currency of the body, EUR or XPF.
    `epreuve`: a draft that lacks nothing may be tried too; the file keeps its status, so the doors
    still refuse it.

    Raises:
        ConfigurationError: a draft layout, or one in another currency.
        DocumentError: a bordereau without pièce, or a pièce without ligne.
        ZoneError: values that do not fit; `anomalies` holds all of them.
    """
    _permettre(profil, monnaie, epreuve=epreuve)
    fichiers = []
    fautes: list[Anomalie] = []
    for famille, bordereaux in _grouper(pes, profil):
        ecrivain = _Ecrivain(pes, profil, famille, bordereaux, sequence)
        fichiers.append(ecrivain.fichier())
        fautes += ecrivain.fautes
    if fautes:
        raise ZoneError(
            f"{len(fautes)} valeur(s) du PES n'entrent pas dans le dessin {profil.nom} : "
            f"{fautes[0].ref}, {fautes[0].message}",
            ref=fautes[0].ref,
            anomalies=tuple(fautes),
        )
    noms = [fichier.nom for fichier in fichiers]
    if len(set(noms)) != len(noms):
        raise ConfigurationError(
            f"dessin INDIGO {profil.nom} : « {profil.motif_nom} » donne deux fois le même nom"
        )
    return tuple(fichiers)


def apercu(pes: PesAller, profil: Profil) -> Iterator[tuple[str, dict[str, Valeur]]]:
    """What each ligne would carry, zone by zone, positions or not: all that a draft can show."""
    for domaine, famille in FAMILLES.items():
        bordereaux = pes.du_domaine(domaine)
        dessins = [d for d in profil.dessins if d.famille == famille and d.par == "ligne"]
        for bordereau in bordereaux:
            fichier = Fichier(famille=famille, sequence=0, bordereaux=bordereaux, enregistrements=0)
            contexte = Contexte(pes, fichier, bordereau)
            for _ in _parcourir_lignes(contexte):
                for dessin in dessins:
                    yield reference(contexte, "ligne"), _valeurs(dessin, contexte)


def _permettre(profil: Profil, monnaie: str, *, epreuve: bool) -> None:
    if profil.statut == "draft" and (profil.manques or not epreuve):
        reste = (
            f"{len(profil.manques)} inconnue(s), aperçu seulement. Demander le dessin officiel à la"
            " direction des finances publiques, ou l'apprendre (« vaguemestre help indigo »)"
            if profil.manques
            else "le valider sur des fichiers acceptés (« vaguemestre indigo valider »)"
        )
        raise ConfigurationError(f"le dessin INDIGO {profil.nom} est un brouillon : {reste}")
    if profil.monnaie != monnaie:
        raise ConfigurationError(
            f"le dessin INDIGO {profil.nom} est en {profil.monnaie}, la collectivité en {monnaie}"
        )


def _grouper(pes: PesAller, profil: Profil) -> Iterator[tuple[str, tuple[Bordereau, ...]]]:
    """Bordereaux of each file: by family, or one by one, or all; and by exercice when named."""
    groupes: dict[tuple[object, ...], list[Bordereau]] = {}
    for bordereau in pes.bordereaux:
        if not bordereau.pieces or not all(piece.lignes for piece in bordereau.pieces):
            raise DocumentError("bordereau sans pièce, ou pièce sans ligne", ref=bordereau.ref)
        famille = FAMILLES[bordereau.domaine]
        if not any(d.famille == famille and d.par != "file" for d in profil.dessins):
            raise ConfigurationError(
                f"le dessin INDIGO {profil.nom} ne décrit pas la famille {famille}"
            )
        cle: tuple[object, ...] = (bordereau.exercice,) if "{exercice" in profil.motif_nom else ()
        if profil.un_fichier_par == "domain":
            cle += (famille,)
        elif profil.un_fichier_par == "bordereau":
            cle += (famille, bordereau.exercice, bordereau.numero, bordereau.type)
        groupes.setdefault(cle, []).append(bordereau)
    for bordereaux in groupes.values():
        familles = dict.fromkeys(FAMILLES[b.domaine] for b in bordereaux)
        yield "+".join(familles), tuple(bordereaux)


def _parcourir_lignes(contexte: Contexte) -> Iterator[None]:
    """Put the context on each ligne of its bordereau in turn."""
    for piece in contexte.bordereau.pieces:
        contexte.piece = piece
        for ligne in piece.lignes:
            contexte.ligne = ligne
            contexte.tiers = tiers_principal(ligne)
            yield


def _valeurs(dessin: Dessin, contexte: Contexte) -> dict[str, Valeur]:
    return {
        zone.nom: SOURCES[zone.source].prendre(contexte)
        for zone in dessin.zones
        if zone.source in SOURCES
    }


@dataclass(slots=True)
class _Case:
    """A zone with the getter of its source and the values it has already written.

    `suspecte`: what it writes is watched.
    """

    zone: Zone
    prendre: Callable[[Contexte], Valeur]
    suspecte: bool
    memoire: dict[Valeur, bytes] = field(default_factory=dict)


@dataclass(slots=True)
class _Plan:
    """A record, ready to be written many times."""

    dessin: Dessin
    cases: tuple[_Case, ...]


class _Ecrivain:
    """Writes the records of one file; collects every value that does not fit."""

    def __init__(
        self,
        pes: PesAller,
        profil: Profil,
        famille: str,
        bordereaux: tuple[Bordereau, ...],
        sequence: int,
    ) -> None:
        self._profil = profil
        self._bordereaux = bordereaux
        self._plans = {dessin.id: _plan(dessin) for dessin in profil.dessins}
        self.fautes: list[Anomalie] = []
        self._rapport: list[Anomalie] = []
        self._veille = Veille(profil)
        fichier = Fichier(
            famille=famille,
            sequence=sequence,
            bordereaux=bordereaux,
            enregistrements=self._compter(),
        )
        self._contexte = Contexte(pes, fichier, bordereaux[0])

    def fichier(self) -> FichierIndigo:
        fin = self._profil.fin_de_ligne
        enregistrements = list(self._enregistrements())
        contexte = self._contexte
        return FichierIndigo(
            nom=self._nom(),
            contenu=b"".join(octets + fin for octets in enregistrements),
            statut=self._profil.statut,
            famille=contexte.fichier.famille,
            enregistrements=len(enregistrements),
            total_ht=sum(
                (montant_ht(b, ligne) for b in self._bordereaux for ligne in b.lignes), Decimal(0)
            ),
            anomalies=(*self._rapport, *self._veille.rapport()),
        )

    def _enregistrements(self) -> Iterator[bytes]:
        if self._profil.entete is not None:
            yield self._ecrire(self._profil.entete)
        for bordereau in self._bordereaux:
            yield from self._du_bordereau(bordereau)
        if self._profil.queue is not None:
            yield self._ecrire(self._profil.queue)

    def _du_bordereau(self, bordereau: Bordereau) -> Iterator[bytes]:
        famille = FAMILLES[bordereau.domaine]
        tete, par_piece, par_ligne = (
            self._profil.de_famille(famille, par) for par in ("bordereau", "piece", "ligne")
        )
        contexte = self._contexte
        contexte.bordereau = bordereau
        for dessin in tete:
            yield self._ecrire(dessin)
        derniere = None
        for _ in _parcourir_lignes(contexte):
            if contexte.piece is not derniere:
                derniere = contexte.piece
                for dessin in par_piece:
                    yield self._ecrire(dessin)
            self._compter_tiers()
            for dessin in par_ligne:
                yield self._ecrire(dessin)

    def _ecrire(self, dessin: Dessin) -> bytes:
        contexte = self._contexte
        contexte.rang += 1
        morceaux = []
        for case in self._plans[dessin.id].cases:
            valeur = case.prendre(contexte)
            octets = case.memoire.get(valeur)
            if octets is None:
                octets = self._ecrire_neuf(case, valeur, dessin)
            if case.suspecte:
                self._veille.voir(dessin, case.zone, octets, contexte)
            morceaux.append(octets)
        if dessin.figees:
            self._veille.passer(dessin, contexte)
        return b"".join(morceaux)

    def _ecrire_neuf(self, case: _Case, valeur: Valeur, dessin: Dessin) -> bytes:
        zone, forme = case.zone, self._profil.forme
        try:
            octets = ecrire(zone, valeur, forme)
        except ZoneError as error:
            self.fautes.append(self._faute(dessin, zone, valeur, error.message))
            return b""
        if tronquee(zone, valeur, forme):
            self._rapport.append(self._coupure(dessin, zone, valeur))
        elif len(case.memoire) < _MEMOIRE:
            case.memoire[valeur] = octets
        return octets

    def _faute(self, dessin: Dessin, zone: Zone, valeur: Valeur, message: str) -> Anomalie:
        return Anomalie(
            regle="indigo.zone",
            ref=reference(self._contexte, dessin.par),
            message=f"enregistrement {dessin.id}, {message}",
            colonne=zone.debut,
            chemin=f"{dessin.id}/{zone.nom}",
            valeur=None if valeur is None else str(valeur),
            conseil=_conseil(zone, valeur),
        )

    def _coupure(self, dessin: Dessin, zone: Zone, valeur: Valeur) -> Anomalie:
        message = f"zone « {zone.nom} » : texte coupé à {zone.longueur} octets par le dessin"
        return replace(
            self._faute(dessin, zone, valeur, message),
            regle="indigo.tronquee",
            gravite=Gravite.AVERTISSEMENT,
            conseil="Rien à faire : le dessin le prévoit ; le PES garde le texte entier.",
        )

    def _compter_tiers(self) -> None:
        if len(self._contexte.ligne.tiers) < 2:
            return
        self._rapport.append(
            Anomalie(
                "indigo.tiers",
                reference(self._contexte, "ligne"),
                f"{len(self._contexte.ligne.tiers)} tiers dans le PES, INDIGO nomme le principal",
                Gravite.AVERTISSEMENT,
                conseil="Rien à faire : le PES porte tous les tiers.",
            )
        )

    def _compter(self) -> int:
        """Records of the file, header and trailer included, known before it is written."""
        nombre = sum(bout is not None for bout in (self._profil.entete, self._profil.queue))
        for bordereau in self._bordereaux:
            famille = FAMILLES[bordereau.domaine]
            fois = {
                "bordereau": 1,
                "piece": len(bordereau.pieces),
                "ligne": sum(len(piece.lignes) for piece in bordereau.pieces),
            }
            nombre += sum(len(self._profil.de_famille(famille, p)) * n for p, n in fois.items())
        return nombre

    def _nom(self) -> str:
        """The name of the file; a fictional one says so in its first letters.

        Raises:
            ConfigurationError: the pattern gives something that is no plain file name.
        """
        contexte = self._contexte
        entete, premier = contexte.pes.entete, self._bordereaux[0]
        nom = self._profil.motif_nom.format(
            famille=contexte.fichier.famille,
            cod_col=entete.code_collectivite,
            cod_bud=entete.code_budget,
            id_coll=entete.id_collectivite,
            id_post=entete.id_poste,
            exercice=premier.exercice,
            sequence=contexte.fichier.sequence,
            bordereau=premier.numero,
        )
        if self._profil.statut != "validated" and not nom.startswith("ESSAI_"):
            nom = f"ESSAI_{nom}"
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]*", nom):
            raise ConfigurationError(f"nom de fichier INDIGO impossible : « {nom} »")
        return nom


def _conseil(zone: Zone, valeur: Valeur) -> str:
    """Who mends what: the layout, where it has no writing for a value that is right."""
    if zone.type == "9" and zone.montant and isinstance(valeur, Decimal) and valeur < 0:
        return _CONSEIL_SIGNE
    if zone.table and str(valeur) not in zone.table:
        return _CONSEIL_TABLE
    return "Corriger la valeur dans le logiciel émetteur, puis redéposer."


def _plan(dessin: Dessin) -> _Plan:
    cases = []
    for zone in dessin.zones:
        source = SOURCES.get(zone.source)
        prendre = _rien if source is None else source.prendre
        suspecte = bool(zone.rivales) or zone.vue is not None or zone.plein_suppose > 0
        cases.append(_Case(zone, prendre, suspecte))
    return _Plan(dessin, tuple(cases))


def _rien(contexte: Contexte) -> Valeur:
    """CONST and FILLER take nothing from the PES."""
    return None
