"""The justificatifs of a deposit: named, found, recognised by their content, identified once.

An IdUnique comes from the content: SIRET, D or R, exercice, then 24 hexadecimal digits of the
SHA-256. The same document named by two pièces of one exercice is one PJ; a second deposit of it
gets the same IdUnique, which the register recognises.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from vaguemestre.domain.comptable import Domaine, PieceJustificative, PjRef
from vaguemestre.domain.declaration import DeclarationPj
from vaguemestre.errors import Anomalie, Gravite
from vaguemestre.formats.caracteres import traduire
from vaguemestre.formats.codecs import hors_jeu
from vaguemestre.intake.colonnes import Genre, numero_de
from vaguemestre.intake.constats import Constats
from vaguemestre.intake.declarations import COLONNES, des_colonnes
from vaguemestre.intake.inventaire import Fichier, illisible
from vaguemestre.intake.lecture import Valeurs
from vaguemestre.intake.nature_pj import ATTENDUS, PREFERES, reconnaitre
from vaguemestre.intake.valeurs import en_texte

_NOM = re.compile(r".+\.[A-Za-z0-9]{2,4}")
_NOM_MAX = 100
_DESCRIPTION_MAX = 250
_ID = re.compile(r"(?=.*[1-9A-Za-z])[0-9A-Za-z]{1,50}")
_TETE = 2048
_MATERIELS = (("pj_papier", "02"), ("pj_disque", "03"))
_TRANCHE = 1 << 16


@dataclass(frozen=True, slots=True)
class _Lu:
    """What one reading of a file gave."""

    sha256: str
    tete: bytes


@dataclass(slots=True)
class Justificatifs:
    """The PJ files of one deposit; remembers which were named, builds each PJ once."""

    fichiers: Sequence[Fichier]
    siret: str
    caracteres: Mapping[str, str]
    constats: Constats
    genre: Genre = "mandats"
    declarations: dict[str, DeclarationPj] = field(default_factory=dict)
    _retenues: dict[str, PieceJustificative] = field(default_factory=dict)
    _cites: dict[str, str] = field(default_factory=dict)
    _lus: dict[str, _Lu | None] = field(default_factory=dict)
    _par_nom: dict[str, list[Fichier]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for fichier in self.fichiers:
            self._par_nom.setdefault(fichier.nom, []).append(fichier)
            if fichier.court != fichier.nom:
                self._par_nom.setdefault(fichier.court, []).append(fichier)

    @property
    def retenues(self) -> tuple[PieceJustificative, ...]:
        """Every PJ named so far, in the order they were first named."""
        return tuple(self._retenues.values())

    def citer(
        self, valeurs: Valeurs, colonne: str, domaine: Domaine, exercice: int
    ) -> tuple[PjRef, ...]:
        """The links for the names in one cell; names without a file are findings."""
        noms = valeurs.noms(colonne)
        if colonne == "pj":
            types = self._paralleles(valeurs, "pj_type", len(noms))
            descriptions = self._paralleles(valeurs, "pj_description", len(noms))
            declarees = self._declarees(valeurs, len(noms))
        else:
            types = descriptions = (None,) * len(noms)
            declarees = (DeclarationPj(),) * len(noms)
        refs: dict[str, PjRef] = {}
        for nom, type_, description, declaree in zip(
            noms, types, descriptions, declarees, strict=True
        ):
            fichier = self._trouver(valeurs, colonne, nom)
            if fichier is None:
                continue
            pj = self._retenir(fichier, domaine, exercice, type_, description)
            if pj is not None:
                refs.setdefault(pj.id_unique, PjRef(id_unique=pj.id_unique, type=pj.type))
                for certification in self._declarer(pj, declaree, valeurs, domaine, exercice):
                    refs.setdefault(certification.id_unique, certification)
        if colonne == "pj":
            for identifiant in self._deja_transmises(valeurs):
                refs.setdefault(identifiant, PjRef(id_unique=identifiant))
            for ref in self._materielles(valeurs, domaine, exercice):
                refs.setdefault(ref.id_unique, ref)
        return tuple(refs.values())

    def _materielles(self, valeurs: Valeurs, domaine: Domaine, exercice: int) -> Iterator[PjRef]:
        """What goes on paper or on a disc: only cited, under an IdUnique made of its place."""
        for colonne, support in _MATERIELS:
            for nom in valeurs.noms(colonne):
                cellules = valeurs.rangee.cellules
                lieu = (cellules.get(c, "") for c in ("bordereau", numero_de(self.genre)))
                source = "|".join((support, nom, *(en_texte(brut) for brut in lieu)))
                empreinte = hashlib.sha256(source.encode()).hexdigest()
                yield PjRef(
                    id_unique=self._id_unique(domaine, exercice, empreinte),
                    support=support,
                    nom=nom,
                )

    def _id_unique(self, domaine: Domaine, exercice: int, sha256: str) -> str:
        lettre = "D" if domaine is Domaine.DEPENSE else "R"
        return f"{self.siret}{lettre}{exercice}{sha256[:24].upper()}"

    def document(self, valeurs: Valeurs, colonne: str, nom: str) -> tuple[PieceJustificative, str]:
        """The file of that name as a PJ still without identity, and its SHA-256; '' = flawed."""
        fichier = self._trouver(valeurs, colonne, nom)
        lu = self._lire(fichier) if fichier is not None else None
        propre = self._nom(fichier) if fichier is not None and lu is not None else None
        if fichier is None or lu is None or propre is None:
            return PieceJustificative(id_unique="", nom=nom, description=nom, mime=""), ""
        mime = self._mime(fichier, lu.tete)
        pj = PieceJustificative(
            id_unique="",
            nom=propre,
            description=propre,
            mime=mime,
            chemin=fichier.chemin,
            taille=fichier.taille,
        )
        return pj, lu.sha256

    def _paralleles(self, valeurs: Valeurs, colonne: str, combien: int) -> tuple[str | None, ...]:
        donnes = valeurs.noms(colonne)
        if not donnes:
            return (None,) * combien
        if len(donnes) == 1:
            return donnes * combien
        if len(donnes) == combien:
            return donnes
        self._noter(
            valeurs,
            "depot.pj.liste",
            colonne,
            f"{colonne} a {len(donnes)} valeurs pour {combien} fichier(s) dans pj",
            "Donner autant de valeurs que de fichiers, dans le même ordre, ou une seule.",
        )
        return (None,) * combien

    def _declarees(self, valeurs: Valeurs, combien: int) -> tuple[DeclarationPj, ...]:
        """What the columns beside `pj` declare of each file."""
        listes = [self._paralleles(valeurs, colonne, combien) for colonne in COLONNES]
        if any(bool(motif) != bool(auteur) for motif, auteur in zip(*listes[-2:], strict=True)):
            self._noter(
                valeurs,
                "depot.pj.derogation",
                "pj_derogation",
                "une dérogation a un motif (pj_derogation) et un auteur (pj_derogation_auteur)",
                "Remplir les deux colonnes, ou vider les deux.",
            )
        return des_colonnes(listes)

    def _declarer(
        self,
        pj: PieceJustificative,
        declaree: DeclarationPj,
        valeurs: Valeurs,
        domaine: Domaine,
        exercice: int,
    ) -> tuple[PjRef, ...]:
        """Remember what is declared of a PJ; the link to what certifies it, sent along."""
        if declaree == DeclarationPj():
            return ()
        refs: tuple[PjRef, ...] = ()
        if declaree.certification:
            fichier = self._trouver(valeurs, "pj_certification", declaree.certification)
            certification = fichier and self._retenir(
                fichier, domaine, exercice, pj.type, _mention(pj.nom)
            )
            if certification:
                refs = (PjRef(id_unique=certification.id_unique, type=certification.type),)
                declaree = replace(declaree, certification=certification.id_unique)
        self.declarations[pj.id_unique] = declaree
        return refs

    def _deja_transmises(self, valeurs: Valeurs) -> tuple[str, ...]:
        identifiants = valeurs.noms("pj_deja_transmise")
        for identifiant in identifiants:
            if not _ID.fullmatch(identifiant):
                self._noter(
                    valeurs,
                    "depot.pj.identifiant",
                    "pj_deja_transmise",
                    f"« {identifiant} » n'est pas un IdUnique (1 à 50 lettres ou chiffres)",
                    "Recopier l'IdUnique du rapport du premier envoi.",
                )
        return identifiants

    def _trouver(self, valeurs: Valeurs, colonne: str, nom: str) -> Fichier | None:
        compose = unicodedata.normalize("NFC", nom).replace("\\", "/").removeprefix("./")
        trouves = self._par_nom.get(compose, [])
        if len(trouves) == 1:
            return trouves[0]
        if trouves:
            endroits = ", ".join(fichier.nom for fichier in trouves)
            self._noter(
                valeurs,
                "depot.pj.double",
                colonne,
                f"deux fichiers portent le nom « {nom} » ({endroits})",
                "Écrire le nom avec son dossier, ou renommer l'un des deux fichiers.",
            )
            return None
        self._noter(
            valeurs,
            "depot.pj.absente",
            colonne,
            f"le fichier « {nom} » n'est pas dans le dépôt{self._proche(compose)}",
            "Ajouter le fichier au dépôt, ou corriger son nom dans le tableau "
            "(majuscules et accents comptent).",
        )
        return None

    def _proche(self, nom: str) -> str:
        connus = {connu.casefold(): connu for connu in self._par_nom}
        proches = difflib.get_close_matches(nom.casefold(), connus, n=1, cutoff=0.6)
        return f", vouliez-vous dire « {connus[proches[0]]} » ?" if proches else ""

    def _retenir(
        self,
        fichier: Fichier,
        domaine: Domaine,
        exercice: int,
        type_: str | None,
        description: str | None,
    ) -> PieceJustificative | None:
        lu = self._lire(fichier)
        if lu is None:
            return None
        id_unique = self._id_unique(domaine, exercice, lu.sha256)
        connue = self._retenues.get(id_unique)
        if connue is not None:
            self._deja_la(fichier, connue, type_, self._cites[id_unique])
            return connue
        nom = self._nom(fichier)
        if nom is None:
            return None
        self._cites[id_unique] = fichier.nom
        pj = PieceJustificative(
            id_unique=id_unique,
            nom=nom,
            description=description or nom,
            mime=self._mime(fichier, lu.tete),
            type=type_,
            chemin=fichier.chemin,
            taille=fichier.taille,
        )
        self._retenues[id_unique] = pj
        return pj

    def _deja_la(
        self, fichier: Fichier, connue: PieceJustificative, type_: str | None, premier: str
    ) -> None:
        if fichier.nom != premier:
            self._depot(
                "depot.pj.doublon",
                fichier,
                f"« {fichier.nom} » et « {premier} » ont le même contenu : une seule PJ est "
                "envoyée, sous le premier nom",
                "Rien à faire si les deux noms désignent bien le même document.",
                Gravite.AVERTISSEMENT,
            )
        if type_ is not None and type_ != connue.type:
            self._depot(
                "depot.pj.type",
                fichier,
                f"« {fichier.nom} » a deux types : {connue.type or 'aucun'} et {type_}",
                "Donner le même pj_type partout où le fichier est cité.",
            )

    def _lire(self, fichier: Fichier) -> _Lu | None:
        """Digest and first bytes, read once per file; None when it cannot be read."""
        if fichier.nom not in self._lus:
            try:
                with fichier.chemin.open("rb", buffering=0) as flux:
                    tete = flux.read(_TRANCHE) or b""
                    calcul = hashlib.sha256(tete)
                    while morceau := flux.read(_TRANCHE):
                        calcul.update(morceau)
                self._lus[fichier.nom] = _Lu(calcul.hexdigest(), tete[:_TETE])
            except OSError as error:
                illisible(fichier.nom, error, self.constats)
                self._lus[fichier.nom] = None
        return self._lus[fichier.nom]

    def _nom(self, fichier: Fichier) -> str | None:
        """The name in the PES; its characters are those of ISO-8859-1, its length is limited."""
        nom, compte = traduire(fichier.court, self.caracteres)
        self.constats.remplacements.update(compte)
        if intrus := hors_jeu(nom):
            message = f"le nom contient des caractères sans place dans le PES : {intrus}"
        elif not _NOM.fullmatch(nom):
            message = "le nom d'une PJ finit par une extension de 2 à 4 lettres ou chiffres"
        elif len(nom) > _NOM_MAX:
            message = f"le nom a {len(nom)} caractères, le PES en admet {_NOM_MAX}"
        else:
            return nom
        self._depot(
            "depot.pj.nom",
            fichier,
            message,
            "Renommer le fichier, ici et dans le tableau, puis redéposer.",
        )
        return None

    def _mime(self, fichier: Fichier, tete: bytes) -> str:
        """By content; what contradicts the extension is a finding."""
        if not tete:
            self._pj("pj.vide", fichier, "le fichier est vide", "Redéposer le document complet.")
            return "application/octet-stream"
        mime, appellation = reconnaitre(tete, fichier.extension)
        attendus = ATTENDUS.get(fichier.extension)
        if attendus and mime not in attendus:
            regle = "pj.pdf" if fichier.extension == "pdf" else "pj.extension"
            self._pj(
                regle,
                fichier,
                f"le fichier s'appelle .{fichier.extension} mais c'est {appellation}",
                "Exporter le document au bon format, ou corriger son extension.",
            )
        elif mime not in PREFERES:
            self._pj(
                "pj.format",
                fichier,
                f"{appellation} : les formats préférés sont PDF et XML",
                "Vérifier que la convention admet ce format pour cette pièce.",
                Gravite.AVERTISSEMENT,
            )
        return mime

    def signaler_non_citees(self) -> None:
        """A file that no pièce names is not sent: said, never forgotten."""
        cites = set(self._lus)
        for fichier in self.fichiers:
            if fichier.nom not in cites:
                self._depot(
                    "depot.pj.non_citee",
                    fichier,
                    f"« {fichier.nom} » n'est cité par aucune pièce : il n'est pas envoyé",
                    "Citer le fichier dans la colonne pj, ou le retirer du dépôt.",
                    Gravite.AVERTISSEMENT,
                )

    def _noter(
        self, valeurs: Valeurs, regle: str, colonne: str, message: str, conseil: str
    ) -> None:
        valeurs.fautives.add(colonne)
        anomalie = valeurs.rangee.anomalie(self.genre, regle, colonne, message, conseil)
        self.constats.noter(anomalie)

    def _pj(
        self,
        regle: str,
        fichier: Fichier,
        message: str,
        conseil: str,
        gravite: Gravite = Gravite.REJET_PJ,
    ) -> None:
        self.constats.noter(
            Anomalie(
                regle,
                f"PJ {fichier.nom}",
                f"{fichier.nom} : {message}",
                gravite,
                conseil=conseil,
                fichier=fichier.nom,
            )
        )

    def _depot(
        self,
        regle: str,
        fichier: Fichier,
        message: str,
        conseil: str,
        gravite: Gravite = Gravite.REJET_FLUX,
    ) -> None:
        self.constats.depot(regle, message, conseil, fichier=fichier.nom, gravite=gravite)


def _mention(nom: str) -> str:
    """The Description of what certifies a PJ enforceable (accord local 1.3)."""
    return f"Certification du caractère exécutoire : {nom}"[:_DESCRIPTION_MAX]
