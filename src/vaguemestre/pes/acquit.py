"""What a partner answered: an acquit or a retour, whatever its version, and its JSON.

`lire_reponse` is the only door: it looks at the root element, not at the name of the file. A
retour may be huge; `ouvrir_retour` reads it pièce by pièce.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from vaguemestre.domain.acquits import Acquit, ElementAcquit, PieceRetour, Retour
from vaguemestre.errors import Anomalie, ConfigurationError, Gravite, IllisibleError
from vaguemestre.formats.donnees import donnees
from vaguemestre.pes.acquit_codes import explication
from vaguemestre.pes.acquit_flux import premiere_balise
from vaguemestre.pes.acquit_lecture import lire_acquit
from vaguemestre.pes.reponse_schema import ecarts, verifier
from vaguemestre.pes.retour import LectureRetour

_ACQUITS = frozenset({"PES_ACQUIT", "PES_NONACQUIT", "PES_ACQUIT_RETOUR"})
_VERSION = "5.30"
# Root element and version -> entry file: ours under `schemas/`, then that of an official pack.
_ENTREES: dict[tuple[str, int], tuple[str, str]] = {
    ("PES_ACQUIT", 1): (f"{_VERSION}/PES_Acquit_v1.xsd", "Rev0/PES_V2_Acquit_Autonome.xsd"),
    ("PES_ACQUIT", 2): (f"{_VERSION}/PES_Acquit_v2.xsd", "Rev0/PES_V2_Acquit_Autonome_V2.xsd"),
    ("PES_Acquit", 1): ("reponses/PES_Acquit_ancien.xsd", ""),
    ("PES_NonAcquit", 1): ("reponses/PES_Acquit_ancien.xsd", ""),
    ("PES_Retour", 1): ("reponses/PES_Retour.xsd", "RETOUR/Rev0/PES_Retour.xsd"),
    ("PES_ACQUIT_RETOUR", 1): (
        "reponses/PES_Acquit_Retour.xsd",
        "RETOUR/Rev0/PES_V2_Acquit_Retour.xsd",
    ),
}


def lire_reponse(
    path: Path, schemas: Path | None = None, *, pieces: bool = True
) -> Acquit | Retour:
    """Read an answer of the DGFiP: PES_ACQUIT v1 or v2, the old roots, PES_Retour.

    `schemas` is the folder of an official pack, which then judges instead of our schemas. A
    departure from the schema is a warning (`xsd.*`), never a reason not to read: the answer still
    settles its flux. `pieces=False` leaves the pièces of a retour out: its head says to whom it
    is addressed, in memory that does not grow with the file.

    Raises:
        IllisibleError: not XML, unsafe, cut short, or another kind of file.
    """
    racine, espace = premiere_balise(path)
    if racine.upper() == "PES_RETOUR":
        constats = ecarts_de_retour(path, schemas)
        lecture = LectureRetour(path)
        lues = tuple(lecture.pieces(lue=True)) if pieces else ()
        if not pieces:
            lecture.compter(lue=True)
        retour = lecture.bilan()
        return replace(retour, pieces=lues, anomalies=constats + retour.anomalies)
    if racine.upper() not in _ACQUITS:
        raise IllisibleError(
            f"la racine est « {racine} » : ce n'est ni un acquit ni un retour", ref=path.name
        )
    acquit = lire_acquit(path, racine, espace)
    version = acquit.version if racine == "PES_ACQUIT" else 1
    constats = _ecarts(path, racine, version, schemas) + acquit.anomalies
    return replace(acquit, anomalies=constats)


def ouvrir_retour(path: Path) -> LectureRetour | None:
    """The reading of a PES_Retour, pièce by pièce; None when the file is another answer.

    Raises:
        IllisibleError: not XML, unsafe.
    """
    racine, _ = premiere_balise(path)
    return LectureRetour(path) if racine.upper() == "PES_RETOUR" else None


def ecarts_de_retour(path: Path, schemas: Path | None = None) -> tuple[Anomalie, ...]:
    """Where a PES_Retour departs from its schema, as warnings; `schemas` as in `lire_reponse`.

    The file is read to its end: its pièces may then be read as `lue`.

    Raises:
        IllisibleError: not well-formed, or beyond reason.
    """
    return _ecarts(path, "PES_Retour", 1, schemas)


def as_json(reponse: Acquit | Retour) -> dict[str, object]:
    """The document that `ack --json` prints (INTERFACE), with `anomalies` of the reading."""
    if isinstance(reponse, Retour):
        return {
            **tete_json(reponse),
            "pieces": [piece_json(piece) for piece in reponse.pieces],
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


def tete_json(retour: Retour) -> dict[str, object]:
    """The head of a retour, as `ack --json` prints it."""
    return {
        "type": "retour",
        "domaine": retour.domaine,
        "nomfic": retour.nomfic,
        "id_coll": retour.id_coll,
        "cod_col": retour.cod_col,
        "cod_bud": retour.cod_bud,
        "poste": retour.poste,
        "restitution": retour.restitution,
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


def piece_json(piece: PieceRetour) -> dict[str, object]:
    """One pièce of a retour, as `ack --json` prints it."""
    return {
        "ref": piece.ref,
        "exercice": piece.exercice,
        "type_bordereau": piece.type_bordereau,
        "etat_piece": piece.etat,
        "montant_ht": str(piece.montant_ht),
        "montant_tva": None if piece.montant_tva is None else str(piece.montant_tva),
        "montant_paye": None if piece.montant_paye is None else str(piece.montant_paye),
        "paiement": piece.paiement,
        "dates": piece.dates,
        "motifs": list(piece.motifs),
        "commentaire": piece.commentaire,
        "objet": piece.objet,
        "nature": piece.nature,
        "conseil": piece.conseil,
    }


def _paquet_inutile(error: ConfigurationError) -> Anomalie:
    return Anomalie(
        "reponse.schema",
        "fichier",
        f"le paquet officiel ne peut pas juger les réponses ({error.message})",
        Gravite.AVERTISSEMENT,
        conseil="Le retirer, puis le remettre avec « vaguemestre schemas add » ; d'ici là notre"
        " propre schéma juge.",
    )


def _ecarts(path: Path, racine: str, version: int, schemas: Path | None) -> tuple[Anomalie, ...]:
    """Where an answer departs from its own schema; nothing when no schema of it is at hand.

    Either way it is read to its end.
    """
    notre, officiel = _ENTREES.get((racine, version), ("", ""))
    if schemas is not None and officiel:
        trouve = next(schemas.glob(f"**/PES_V2/{officiel}"), None)
        if trouve is not None:
            try:
                return ecarts(path, trouve)
            except ConfigurationError as error:
                # A pack that is broken must not keep an answer from settling its flux.
                return (_paquet_inutile(error), *_ecarts(path, racine, version, None))
    if (fichier := _notre_schema(notre)) is not None:
        return ecarts(path, fichier)
    verifier(path)
    return ()


def _notre_schema(nom: str) -> Path | None:
    """None in an installation that lost its schemas: an answer settles its flux all the same."""
    try:
        fichier = donnees("schemas") / nom
    except ConfigurationError:
        return None
    return fichier if nom and fichier.exists() else None
