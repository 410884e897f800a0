"""PES_ACQUIT v1 and v2, the old roots, and PES_ACQUIT_RETOUR -> `Acquit` (pes.md §10).

Reading is tolerant on purpose: an acquit that breaks its own schema still says what became of a
bordereau. What is odd is kept verbatim and said in `anomalies`, always as a warning. What is not
clearly accepted counts as refused.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from lxml import etree

from vaguemestre.domain.acquits import Acquit, ElementAcquit, Erreur
from vaguemestre.pes.acquit_codes import DOMAINES, ERREURS
from vaguemestre.pes.acquit_flux import enfant, enfants, fins, oublier, valeur
from vaguemestre.pes.reponse_avis import Avis
from vaguemestre.pes.reponse_flux import Bornes

_ACCEPTE = frozenset({"1", "true"})
_REFUSE = frozenset({"0", "false"})
_PIECE = {"5": "mandat", "6": "titre"}
# An acquit is kept whole in memory: one of a thousand bordereaux holds some ten thousand tags.
BORNES_ACQUIT = Bornes(octets=64 << 20, texte=1 << 17, balises=500_000)
_SIGNALER = "L'acquit est lu quand même ; signaler l'écart au poste comptable s'il se répète."


@dataclass(slots=True)
class _Lecture:
    """What has been read so far."""

    version: int
    nomfic: str = ""
    cod_col: str = ""
    cod_bud: str = ""
    elements: list[ElementAcquit] = field(default_factory=list)
    avis: Avis = field(default_factory=Avis)

    def avertir(self, regle: str, ref: str, message: str, valeur: str | None = None) -> None:
        self.avis.avertir(regle, ref, message, valeur, _SIGNALER)


def lire_acquit(path: Path, racine: str, espace: str, bornes: Bornes = BORNES_ACQUIT) -> Acquit:
    """Read an acquit whose root has the local name `racine` in the namespace `espace`.

    Raises:
        IllisibleError: not well-formed, or beyond `bornes`.
    """
    lecture = _Lecture(version=2 if espace.rstrip("/").endswith("/v2") else 1)
    bloc_element = "ElementACQUIT_RETOUR" if _retour(racine) else "ElementACQUIT"
    for nom, element in fins(path, ("Enveloppe", "EnTetePES", "IdVer", bloc_element), bornes):
        if nom == "Enveloppe":
            lecture.nomfic = valeur(enfant(element, "Parametres"), "NomFic") or ""
        elif nom == "EnTetePES":
            lecture.cod_col = valeur(element, "CodCol") or valeur(element, "CodColl") or ""
            lecture.cod_bud = valeur(element, "CodBud") or ""
        elif nom == bloc_element:
            lecture.elements.append(_lire_element(element, lecture))
            oublier(element)
        elif not espace and element.get("V") == "2":
            lecture.version = 2
    if not lecture.elements:
        lecture.elements.append(_sans_element(path, racine, lecture, bornes))
    _completer(lecture, racine)
    return Acquit(
        type="acquit_retour" if _retour(racine) else "acquit",
        version=lecture.version,
        nomfic=lecture.nomfic,
        cod_col=lecture.cod_col,
        cod_bud=lecture.cod_bud,
        elements=tuple(_regrouper(lecture.elements) if lecture.version == 1 else lecture.elements),
        anomalies=lecture.avis.tous(),
    )


def _retour(racine: str) -> bool:
    return racine.upper() == "PES_ACQUIT_RETOUR"


def _completer(lecture: _Lecture, racine: str) -> None:
    if not lecture.nomfic:
        lecture.avertir(
            "pes.acquit.nomfic", "enveloppe", "l'acquit ne nomme aucun fichier (NomFic)"
        )
    if not lecture.cod_col and not _retour(racine):
        lecture.avertir("pes.acquit.codcol", "en-tête", "l'acquit ne porte pas de CodCol")


def _sans_element(path: Path, racine: str, lecture: _Lecture, bornes: Bornes) -> ElementAcquit:
    """The old roots PES_Acquit and PES_NonAcquit speak by their name alone."""
    codes: list[tuple[str, str]] = []
    for nom, element in fins(path, ("NumAnoAck", "LibelleAnoAck"), bornes):
        codes.append((nom, element.get("V") or element.text or ""))
    erreurs = tuple(
        Erreur(code=texte, libelle="", ref="fichier")
        if nom == "NumAnoAck"
        else Erreur(code="", libelle=texte, ref="fichier")
        for nom, texte in codes
    )
    accepte = racine == "PES_Acquit" and not erreurs
    verdict = "accepté" if accepte else "refusé"
    lecture.avertir(
        "pes.acquit.vide",
        "fichier",
        f"aucun ElementACQUIT sous {racine} : le flux compte {verdict}",
    )
    return ElementAcquit(
        code_domaine="0", domaine=DOMAINES["0"], accepte=accepte, ref="fichier", erreurs=erreurs
    )


def _lire_element(element: etree._Element, lecture: _Lecture) -> ElementAcquit:
    code = valeur(element, "DomaineAck") or valeur(element, "DomaineAckRetour") or ""
    bordereau, exercice = valeur(element, "NumBord"), valeur(element, "ExerciceBord")
    id_unique = valeur(element, "IdUnique")
    ref = _ref(element, bordereau, id_unique)
    pieces: list[int] = []
    erreurs = tuple(_erreurs(element, ref, _PIECE.get(code, "pièce"), pieces))
    if code not in DOMAINES:
        lecture.avertir("pes.acquit.domaine", ref, "DomaineAck inconnu, gardé tel quel", code)
    for erreur in erreurs:
        if erreur.code and erreur.code not in ERREURS:
            lecture.avertir(
                "pes.acquit.code",
                erreur.ref,
                "code d'erreur hors liste, gardé tel quel",
                erreur.code,
            )
    return ElementAcquit(
        code_domaine=code,
        domaine=DOMAINES.get(code, code),
        accepte=_accepte(element, ref, erreurs, lecture),
        ref=ref,
        bordereau=_entier(bordereau),
        exercice=_entier(exercice),
        id_unique=id_unique,
        erreurs=erreurs,
        pieces=tuple(dict.fromkeys(pieces)),
        id_marche=valeur(element, "IdMarche"),
    )


def _ref(element: etree._Element, bordereau: str | None, id_unique: str | None) -> str:
    if id_unique is not None:
        return f"PJ {id_unique}"
    if bordereau is not None:
        return f"bordereau {bordereau}"
    marche = valeur(element, "IdMarche")
    if marche is not None:
        return f"marché {marche}"
    return valeur(element, "NomFichierRetour") or "fichier"


def _accepte(
    element: etree._Element, ref: str, erreurs: tuple[Erreur, ...], lecture: _Lecture
) -> bool:
    if enfant(element, "DomaineAckRetour") is not None:
        return True  # a PES_ACQUIT_RETOUR only says that the retour came in
    etat = valeur(element, "EtatAck")
    if etat not in _ACCEPTE | _REFUSE:
        lecture.avertir(
            "pes.acquit.etat", ref, "EtatAck absent ou inconnu : compté comme refusé", etat
        )
    if etat in _ACCEPTE and erreurs:
        lecture.avertir("pes.acquit.etat", ref, "accepté, mais avec des erreurs : EtatAck fait foi")
    return etat in _ACCEPTE


def _erreurs(element: etree._Element, ref: str, mot: str, pieces: list[int]) -> Iterator[Erreur]:
    """The shapes of §10: on the element, on a pièce, on a ligne; and the flat one of v1."""
    piece, ligne = valeur(element, "NumPiece"), valeur(element, "NumLigne")
    _noter(piece, pieces)
    yield from _plates(element, _sous(ref, mot, piece, ligne))
    for detail in enfants(element, "DetailPiece"):
        piece = valeur(detail, "NumPiece")
        _noter(piece, pieces)
        yield from _plates(detail, _sous(ref, mot, piece, None))
        for sous_detail in enfants(detail, "DetailLigne"):
            ligne = valeur(sous_detail, "NumLigne")
            yield from _plates(sous_detail, _sous(ref, mot, piece, ligne))


def _plates(element: etree._Element, ref: str) -> Iterator[Erreur]:
    """Errors held by `element`: NumAnoAck itself (v1), or in Erreur children (v2)."""
    for porteur in (element, *enfants(element, "Erreur")):
        code, libelle = valeur(porteur, "NumAnoAck"), valeur(porteur, "LibelleAnoAck")
        if code or libelle:
            yield Erreur(code=code or "", libelle=libelle or "", ref=ref)


def _noter(numero: str | None, pieces: list[int]) -> None:
    entier = _entier(numero)
    if entier is not None:
        pieces.append(entier)


def _sous(ref: str, mot: str, piece: str | None, ligne: str | None) -> str:
    if piece is not None:
        ref += f" / {mot} {piece}"
    return ref if ligne is None else f"{ref} / ligne {ligne}"


def _entier(texte: str | None) -> int | None:
    return int(texte) if texte is not None and re.fullmatch(r"[0-9]{1,13}", texte) else None


def _regrouper(elements: list[ElementAcquit]) -> Iterator[ElementAcquit]:
    """One verdict per thing: v1 repeats the element of a bordereau for each of its errors."""
    par_chose: dict[tuple[object, ...], list[ElementAcquit]] = defaultdict(list)
    for element in elements:
        par_chose[element.code_domaine, element.exercice, element.ref].append(element)
    for memes in par_chose.values():
        yield replace(
            memes[0],
            accepte=all(un.accepte for un in memes),
            erreurs=tuple(erreur for un in memes for erreur in un.erreurs),
            pieces=tuple(dict.fromkeys(piece for un in memes for piece in un.pieces)),
        )
