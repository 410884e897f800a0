"""What every case of this folder is made of: a file, the finding it must give, and its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from tests.unit.pes_check import fabrique as f
from vaguemestre.errors import Anomalie, Gravite
from vaguemestre.pes.examen import Examen, Reglages, examiner
from vaguemestre.pes.schema import Schemas
from vaguemestre.pes.souvenirs import Souvenirs
from vaguemestre.ports import Memoire

F = Gravite.REJET_FLUX
B = Gravite.REJET_BORDEREAU
P = Gravite.REJET_PJ
A = Gravite.AVERTISSEMENT

# Where the base files have their one ligne, as a clerk says it and as XPath says it.
BORD = "bordereau 12"
MANDAT = f"{BORD} / mandat 411"
MANDAT_1 = f"{MANDAT} / ligne 1"
TITRE = f"{BORD} / titre 87"
TITRE_1 = f"{TITRE} / ligne 1"
X_DEP = "/n:PES_Aller/PES_DepenseAller"
X_REC = "/n:PES_Aller/PES_RecetteAller"
X_DB = f"{X_DEP}/Bordereau[1]"
X_RB = f"{X_REC}/Bordereau[1]"
X_DP = f"{X_DB}/Piece[1]"
X_RP = f"{X_RB}/Piece[1]"
X_DL = f"{X_DP}/LigneDePiece[1]"
X_RL = f"{X_RP}/LigneDePiece[1]"
X_PJ = "/n:PES_Aller/PES_PJ/PJ[1]"

Valeurs = dict[str, str | None]


Registre = Souvenirs


@dataclass(frozen=True, slots=True, kw_only=True)
class Cas:
    """One faulty file. `voisin` is nearly the same file, which the rule lets pass.

    `chemin`: the XPath of the element blamed. `xsd`: the schema refuses the file as well.
    """

    regle: str
    quoi: str
    gravite: Gravite
    octets: bytes
    ref: str
    chemin: str
    voisin: bytes | None = None
    reglages: Reglages = field(default_factory=Reglages)
    registre: Registre | None = None
    xsd: bool = False


def cas(
    regle: str, gravite: Gravite, quoi: str, octets: bytes, ref: str, chemin: str, **k: object
) -> Cas:
    return Cas(
        regle=regle,
        quoi=quoi,
        gravite=gravite,
        octets=octets,
        ref=ref,
        chemin=chemin,
        **k,  # type: ignore[arg-type]
    )


def depense(
    *lignes: str,
    p: Valeurs | None = None,
    b: Valeurs | None = None,
    refs: str = "",
    suite: str = "",
    dematerialise: str | None = "0",
    **entete: str | None,
) -> bytes:
    """A file of one mandat: `p` and `b` change leaves of its pièce and bordereau."""
    bordereau = f.bordereau(f.piece(*lignes, refs=refs, **(p or {})), **(b or {}))  # type: ignore[arg-type]
    return f.pes(f.domaine(bordereau, dematerialise=dematerialise), suite, **entete)  # type: ignore[arg-type]


def recette(
    *lignes: str,
    p: Valeurs | None = None,
    b: Valeurs | None = None,
    refs: str = "",
    facture: Valeurs | None = None,
    dematerialise: str | None = "0",
    **entete: str | None,
) -> bytes:
    """A file of one titre; `facture`: the leaves that follow its PJRef."""
    piece = f.piece(*lignes, recette=True, refs=refs, suite=facture, **(p or {}))
    bordereau = f.bordereau(piece, recette=True, **(b or {}))  # type: ignore[arg-type]
    return f.pes(f.domaine(bordereau, recette=True, dematerialise=dematerialise), **entete)  # type: ignore[arg-type]


def en_m(nomenclature: str, **k: object) -> Reglages:
    """The set-up of a budget 00 in that nomenclature."""
    return Reglages(nomenclatures={"00": nomenclature}, **k)  # type: ignore[arg-type]


def etaler(octets: bytes) -> bytes:
    """The same file with one tag a line."""
    return octets.replace(b"><", b">\n<")


def examiner_octets(
    dossier: Path,
    octets: bytes,
    schemas: Schemas,
    *,
    registre: Memoire | None = None,
    reglages: Reglages | None = None,
) -> Examen:
    chemin = dossier / "essai.xml"
    chemin.write_bytes(octets)
    return examiner(chemin, schemas=schemas, memoire=registre, reglages=reglages)


def regles_de(examen: Examen) -> list[str]:
    return [a.regle for a in examen.anomalies]


def resoudre(octets: bytes, anomalie: Anomalie) -> etree._Element:
    """The one element that the XPath of a finding names, found by a tree that knows nothing."""
    analyseur = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    racine = etree.fromstring(octets, analyseur)
    espaces = {"n": f.ESPACE, "ds": "http://www.w3.org/2000/09/xmldsig#"}
    trouves = racine.xpath(anomalie.chemin, namespaces=espaces)
    assert isinstance(trouves, list)
    assert len(trouves) == 1, f"{anomalie.chemin} désigne {len(trouves)} éléments"
    trouve = trouves[0]
    assert isinstance(trouve, etree._Element)
    return trouve
