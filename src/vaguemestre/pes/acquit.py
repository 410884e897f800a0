"""What a partner answered: an acquit or a retour, whatever its version, and its JSON.

`lire_reponse` is the only door: it looks at the root element, not at the name of the file.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Protocol, cast

from lxml import etree

from vaguemestre.domain.acquits import Acquit, ElementAcquit, PieceRetour, Retour
from vaguemestre.errors import Anomalie, ConfigurationError, Gravite, IllisibleError
from vaguemestre.formats.donnees import donnees
from vaguemestre.pes.acquit_codes import explication
from vaguemestre.pes.acquit_flux import premiere_balise
from vaguemestre.pes.acquit_lecture import lire_acquit
from vaguemestre.pes.retour import lire_retour

_ACQUITS = frozenset({"PES_ACQUIT", "PES_NONACQUIT", "PES_ACQUIT_RETOUR"})
# Above this an acquit is read but not compared with its schema, which needs the whole tree.
_TAILLE_SCHEMA = 32 << 20
_ECARTS_MAX = 100
_VERROU = Lock()


def lire_reponse(path: Path, schemas: Path | None = None) -> Acquit | Retour:
    """Read an answer of the DGFiP: PES_ACQUIT v1 or v2, PES_NonAcquit, PES_Retour.

    `schemas` is the folder of one schema version (default: the shipped 5.30). A departure from
    the schema is a warning (`xsd.*`), never a reason not to read: the acquit still settles its
    flux.

    Raises:
        IllisibleError: not XML, unsafe, cut short, or another kind of file.
    """
    racine, espace = premiere_balise(path)
    if racine.upper() == "PES_RETOUR":
        return lire_retour(path)
    if racine.upper() not in _ACQUITS:
        raise IllisibleError(
            f"la racine est « {racine} » : ce n'est ni un acquit ni un retour", ref=path.name
        )
    acquit = lire_acquit(path, racine, espace)
    ecarts = tuple(_ecarts(path, acquit, schemas))
    return Acquit(
        type=acquit.type,
        version=acquit.version,
        nomfic=acquit.nomfic,
        cod_col=acquit.cod_col,
        cod_bud=acquit.cod_bud,
        elements=acquit.elements,
        anomalies=ecarts + acquit.anomalies,
    )


def as_json(reponse: Acquit | Retour) -> dict[str, object]:
    """The document that `ack --json` prints (INTERFACE), with `anomalies` of the reading."""
    if isinstance(reponse, Retour):
        return {
            "type": "retour",
            "domaine": reponse.domaine,
            "nomfic": reponse.nomfic,
            "id_coll": reponse.id_coll,
            "restitution": reponse.restitution,
            "pieces": [_piece(piece) for piece in reponse.pieces],
            "anomalies": [anomalie.as_json() for anomalie in reponse.anomalies],
        }
    return {
        "type": reponse.type,
        "version": reponse.version,
        "nomfic": reponse.nomfic,
        "cod_col": reponse.cod_col,
        "cod_bud": reponse.cod_bud,
        "etat": reponse.etat,
        "elements": [_element(element) for element in reponse.elements],
        "anomalies": [anomalie.as_json() for anomalie in reponse.anomalies],
    }


def _element(element: ElementAcquit) -> dict[str, object]:
    return {
        "domaine": element.domaine,
        "ref": element.ref,
        "exercice": element.exercice,
        "etat": "accepte" if element.accepte else "rejete",
        "anomalies": [
            {
                "code": erreur.code,
                "libelle": erreur.libelle,
                "ref": erreur.ref,
                "sens": connue.sens if (connue := explication(erreur.code)) else "",
                "conseil": connue.conseil if connue else "",
            }
            for erreur in element.erreurs
        ],
    }


def _piece(piece: PieceRetour) -> dict[str, object]:
    return {
        "ref": piece.ref,
        "exercice": piece.exercice,
        "type_bordereau": piece.type_bordereau,
        "etat_piece": piece.etat,
        "montant_ht": str(piece.montant_ht),
        "montant_paye": None if piece.montant_paye is None else str(piece.montant_paye),
        "dates": piece.dates,
        "motifs": list(piece.motifs),
        "commentaire": piece.commentaire,
    }


def _ecarts(path: Path, acquit: Acquit, schemas: Path | None) -> list[Anomalie]:
    """Where the acquit departs from its own schema, at most a hundred places."""
    if acquit.type != "acquit" or path.stat().st_size > _TAILLE_SCHEMA:
        return []
    fichier = _dossier(schemas) / f"PES_Acquit_v{acquit.version}.xsd"
    if not fichier.exists():
        return []
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True
    )
    arbre = etree.parse(path, parser)
    # The list of errors belongs to the schema object, which several workers share.
    with _VERROU:
        schema = _schema(fichier)
        if schema.validate(arbre):
            return []
        journal = cast(Iterable[_Entree], schema.error_log)
        return [_ecart(erreur) for erreur in islice(journal, _ECARTS_MAX)]


def _dossier(schemas: Path | None) -> Path:
    try:
        return schemas if schemas is not None else donnees("schemas") / "5.30"
    except ConfigurationError:
        return Path()


@cache
def _schema(fichier: Path) -> etree.XMLSchema:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.XMLSchema(etree.parse(fichier, parser))


class _Entree(Protocol):
    """One entry of lxml's error log, which its stubs leave out."""

    message: str
    line: int
    path: str | None
    type_name: str


def _ecart(erreur: _Entree) -> Anomalie:
    return Anomalie(
        regle=f"xsd.{erreur.type_name.removeprefix('SCHEMAV_').lower()}",
        ref="acquit",
        message=f"l'acquit s'écarte de son schéma : {erreur.message}",
        gravite=Gravite.AVERTISSEMENT,
        ligne=erreur.line,
        chemin=erreur.path or "",
        conseil="Rien à corriger ici : l'acquit est lu quand même ; le dire au poste comptable.",
    )
