"""« What would Hélios say? » One PES Aller file: its findings, all at once, and its summary.

The first reading validates, opens the PJ and runs the rules; only when the schema or the parser
complains, a second reading finds the exact place of each error.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from lxml import etree

from vaguemestre.errors import Anomalie, Gravite
from vaguemestre.pes import tete
from vaguemestre.pes.contenu import ContenuVu, Ouvreur
from vaguemestre.pes.facture_en_pj import FactureEnPj
from vaguemestre.pes.faits import FichierFaits, Noeud
from vaguemestre.pes.lecture import Lecture
from vaguemestre.pes.localisation import Comptage
from vaguemestre.pes.phrases import traduire
from vaguemestre.pes.place import Place
from vaguemestre.pes.reglages import Reglages
from vaguemestre.pes.relecture import localiser
from vaguemestre.pes.schema import Schemas
from vaguemestre.pes.sommaire import Sommaire, resumer
from vaguemestre.pes.squelette import Doctype, Squelette, Texte
from vaguemestre.pes.validation import Validation
from vaguemestre.ports import Memoire

__all__ = ["Examen", "Reglages", "examiner"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Examen:
    """The verdict on one file. `sommaire` is None when the file could not be read at all."""

    fichier: str
    schema: str
    anomalies: tuple[Anomalie, ...]
    sommaire: Sommaire | None

    @property
    def verdict(self) -> str:
        """« rejete » as soon as one finding is more than a warning."""
        return "rejete" if any(a.bloquante for a in self.anomalies) else "accepte"

    def as_json(self) -> dict[str, object]:
        """The document of INTERFACE, « check --json »."""
        vu = self.sommaire
        return {
            "file": self.fichier,
            "verdict": self.verdict,
            "schema": self.schema,
            "anomalies": [a.as_json() for a in self.anomalies],
            "bordereaux": len(vu.bordereaux) if vu else 0,
            "pieces": vu.nb_pieces if vu else 0,
            "pj": len(vu.pjs) if vu else 0,
            "total_ht": str(vu.total_ht) if vu else "0",
        }


def examiner(
    path: Path,
    *,
    schemas: Schemas,
    memoire: Memoire | None = None,
    reglages: Reglages | None = None,
) -> Examen:
    """Every finding about one file, in document order of discovery; content never raises.

    Args:
        memoire: the register; None: rules that need it are silent, or warn.

    Raises:
        ConfigurationError: the schema itself cannot be used.
    """
    reglages = reglages or Reglages()
    try:
        with path.open("rb") as fichier:
            anomalies, sommaire = _examiner(fichier, path, schemas, memoire, reglages)
    except OSError as error:
        anomalies, sommaire = [_illisible(error)], None
    return Examen(
        fichier=str(path),
        schema=schemas.version,
        anomalies=tuple(replace(a, fichier=a.fichier or path.name) for a in anomalies),
        sommaire=sommaire,
    )


def _illisible(error: OSError) -> Anomalie:
    return Anomalie(
        "xml.illisible",
        "fichier",
        f"le fichier ne peut pas être lu : {error.strerror or error}",
        ligne=1,
        chemin="/",
        conseil="Vérifier les droits du fichier et qu'aucun logiciel ne le tient ouvert.",
    )


def _examiner(
    fichier: BinaryIO, path: Path, schemas: Schemas, memoire: Memoire | None, reglages: Reglages
) -> tuple[list[Anomalie], Sommaire | None]:
    debut = tete.lire(fichier.read(tete.TETE))
    if debut.anomalie is not None:
        return [debut.anomalie], None
    fichier.seek(0)
    faits = FichierFaits(
        taille=path.stat().st_size,
        encodage=debut.encodage,
        bom=debut.bom,
        reglages=reglages,
        memoire=memoire,
        racine=Noeud("n:PES_Aller", 1),
        version=schemas.version,
    )
    premiere = _Premiere(fichier, faits, schemas)
    interrompu = premiere.lire()
    trouvees = list(interrompu)
    if premiere.erreurs:
        fichier.seek(0)
        comptage = premiere.comptage
        places = list(comptage.places.values())
        if comptage.fautifs:
            places = localiser(
                fichier,
                Validation(schemas.xmlschema, faits.taille),
                comptage,
                premiere.textes,
                debut.encodage,
            )
        trouvees += _dire(places, premiere.erreurs - comptage.dites)
    trouvees += premiere.lecture.anomalies
    if reglages.pieces is not None:
        trouvees += reglages.pieces.conclure()
    # What stopped half-way cannot be summed up.
    return trouvees, None if interrompu else resumer(faits)


def _dire(places: list[Place], autres: int) -> list[Anomalie]:
    dites = [traduire(place) for place in places]
    if autres > 0:
        dites.append(
            Anomalie(
                "xsd.suite",
                "fichier",
                f"{autres} autre(s) erreur(s) de schéma non détaillée(s)",
                chemin="/n:PES_Aller",
                ligne=1,
                conseil="Corriger les premières, puis contrôler de nouveau.",
            )
        )
    return dites


class _Premiere:
    """The first reading: everything but the exact place of schema errors."""

    def __init__(self, fichier: BinaryIO, faits: FichierFaits, schemas: Schemas) -> None:
        reglages = faits.reglages
        gunzip = reglages.contenu and not reglages.schema_seul
        pieces = reglages.pieces

        def ouvrir() -> Ouvreur:
            receveur = pieces.ouvrir() if pieces is not None and gunzip else None
            return Ouvreur(
                gunzip=gunzip,
                expansion_max=reglages.expansion_max,
                receveur=receveur,
                suite=FactureEnPj,
            )

        squelette = Squelette(fichier, ouvrir)
        self.textes: list[Texte] = squelette.textes
        contenus: list[ContenuVu] = squelette.contenus
        self.lecture = Lecture(faits, contenus, controler=not reglages.schema_seul)
        self.comptage = Comptage(squelette, self.lecture, erreurs_max=reglages.erreurs_max)
        self._validation = Validation(schemas.xmlschema, faits.taille)

    @property
    def erreurs(self) -> int:
        """How many the schema has to complain about."""
        return max(self.comptage.erreurs, self.comptage.dites)

    def lire(self) -> list[Anomalie]:
        """Read to the end; the finding that stopped the reading, if one did."""
        arret: list[Anomalie] = []
        try:
            with self._validation:
                self._tout_lire()
        except etree.XMLSyntaxError as error:
            arret = self._refus(error)
        except Doctype as doctype:
            arret = [_doctype(doctype.ligne)]
        except Comptage.Arret as raison:
            arret = [raison.anomalie]
        if not arret:
            self.lecture.fin()
        return arret

    def _tout_lire(self) -> None:
        comptage, validation = self.comptage, self._validation
        octets = b"?"
        while octets:
            octets = comptage.lire()
            if octets:
                validation.donner(octets, comptage.coupes())
            comptage.suivre(octets)
            validation.attendre()
            comptage.relever(validation.journal, validation.releves)
        validation.clore()
        comptage.relever(validation.journal)

    def _refus(self, error: etree.XMLSyntaxError) -> list[Anomalie]:
        """Schema errors end like this too: those are placed one by one."""
        try:
            self.comptage.relever(self._validation.journal)
        except Comptage.Arret as raison:
            return [raison.anomalie]
        if getattr(error, "code", 0) in _CODES_XSD:
            return []
        return [_incomplet(error.lineno or 1)]


def _incomplet(ligne: int) -> Anomalie:
    return Anomalie(
        "xml.mal_forme",
        "fichier",
        "le fichier n'est pas lisible jusqu'au bout : le lecteur XML s'arrête à cette ligne",
        ligne=ligne,
        chemin="/n:PES_Aller",
        conseil="Refaire l'export ; si l'erreur demeure, la signaler à l'éditeur.",
    )


# libxml2's numbers for errors of schema validation (XML_SCHEMAV_*).
_CODES_XSD = range(1801, 1900)


def _doctype(ligne: int) -> Anomalie:
    return Anomalie(
        "xml.doctype",
        "fichier",
        "le fichier porte un DOCTYPE, refusé par sécurité",
        Gravite.REJET_FLUX,
        ligne=ligne,
        chemin="/",
        conseil="Produire le fichier sans DOCTYPE : le protocole PES n'en emploie pas.",
    )
