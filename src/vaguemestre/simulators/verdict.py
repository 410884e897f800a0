"""From what was read, found and ruled to the elements of an acquit. Pure.

Steps of the Guichet (reference/pes.md §2): schema and signature block the whole flux; business
controls refuse one bordereau; a PJ is judged apart from its bordereau.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace

from vaguemestre.errors import Anomalie, Gravite
from vaguemestre.simulators.acquits import (
    DEPENSE,
    FACTURE,
    MARCHE,
    PJ,
    RECETTE,
    ROLE,
    SIGNATURE_BORDEREAU,
    SIGNATURE_GLOBALE,
    TECHNIQUE,
    Element,
    Faute,
    decouper,
)
from vaguemestre.simulators.lecture import BordereauLu, FluxLu
from vaguemestre.simulators.regles import Regle

_NUMEROS = re.compile(r"(bordereau|mandat|titre|pièce|ligne) (\d+)")
_FAMILLES = (
    ("xsd.", "ERREUR_SCHEMA_INCOMPLET"),
    ("xml.", "ERREUR_ENCODING"),
    ("sig.", "ERREUR_SIGNATURE_BORDEREAU_INVALIDE"),
    ("pj.", "ERREUR_PJ"),
)
_FAUTES_MAX = 50
_ROLE_ORMC = "06"

Cle = tuple[str, ...]


def cle_flux(flux: FluxLu) -> Cle:
    """NomFic + CodCol: what must not come twice."""
    return ("flux", flux.entete.nomfic, flux.entete.cod_col)


def cle_bordereau(flux: FluxLu, bordereau: BordereauLu) -> Cle:
    e, b = flux.entete, bordereau
    numero = f"{b.exercice}/{b.type}/{b.numero}"
    return ("bordereau", e.id_post, e.cod_col, e.cod_bud, b.domaine, numero)


def cle_pj(flux: FluxLu, id_unique: str) -> Cle:
    return ("pj", flux.entete.cod_col, id_unique)


def juger(
    flux: FluxLu,
    anomalies: Sequence[Anomalie],
    regle: Regle,
    *,
    signature: str,
    connus: Set[Cle],
) -> list[Element]:
    """The elements of the acquit; `connus` empty: duplicates do not matter."""
    bloquantes = [a for a in anomalies if a.bloquante]
    flux_entier = list(_fautes_du_flux(flux, bloquantes, connus))
    if flux_entier:
        return [Element(domaine=TECHNIQUE, accepte=False, fautes=tuple(flux_entier[:_FAUTES_MAX]))]
    if absente := _signature(flux, signature):
        domaine = SIGNATURE_GLOBALE if flux.globale else SIGNATURE_BORDEREAU
        return [Element(domaine=domaine, accepte=False, fautes=(absente,))]
    elements = [
        *_bordereaux(flux, bloquantes, connus),
        *_hors_bordereau(flux),
        *_pjs(flux, bloquantes, connus),
    ]
    return _appliquer(flux, elements, regle) or [Element(domaine=TECHNIQUE, accepte=True)]


def acceptes(flux: FluxLu, elements: Sequence[Element]) -> list[Cle]:
    """The keys to remember: what was refused may come again."""
    numeros = {(e.bordereau, e.exercice, e.domaine) for e in elements if e.accepte}
    pjs = {e.id_unique for e in elements if e.accepte}
    cles = [
        cle_bordereau(flux, b)
        for b in flux.bordereaux
        if (b.numero, b.exercice, _domaine(b)) in numeros
    ]
    cles += [cle_pj(flux, pj) for pj in flux.pjs if pj in pjs]
    autres = any(e.accepte and e.domaine in (FACTURE, MARCHE) for e in elements)
    return [cle_flux(flux), *cles] if cles or autres else []


def _fautes_du_flux(flux: FluxLu, anomalies: list[Anomalie], connus: Set[Cle]) -> Iterator[Faute]:
    if cle_flux(flux) in connus:
        yield Faute(code="ERREUR_AUTRE", libelle=f"NomFic {flux.entete.nomfic} : flux déjà reçu")
    if not (flux.bordereaux or flux.pjs or flux.marches or flux.facture):
        yield Faute(code="ERREUR_FLUX_VIDE", libelle="aucun bordereau ni aucune PJ")
    for anomalie in anomalies:
        if anomalie.gravite is Gravite.REJET_FLUX or not _attribuable(flux, anomalie):
            yield from _fautes(anomalie)


def _attribuable(flux: FluxLu, anomalie: Anomalie) -> bool:
    if anomalie.gravite is Gravite.REJET_PJ:
        return any(_vise_pj(anomalie, pj) for pj in flux.pjs)
    return any(_vise(anomalie, b) for b in flux.bordereaux)


def _vise(anomalie: Anomalie, bordereau: BordereauLu) -> bool:
    if anomalie.gravite is not Gravite.REJET_BORDEREAU:
        return False
    return dict(_NUMEROS.findall(anomalie.ref)).get("bordereau") == str(bordereau.numero)


def _vise_pj(anomalie: Anomalie, id_unique: str) -> bool:
    return anomalie.gravite is Gravite.REJET_PJ and anomalie.ref.split(" / ")[-1] == (
        f"PJ {id_unique}"
    )


def _fautes(anomalie: Anomalie) -> Iterator[Faute]:
    numeros = dict(_NUMEROS.findall(anomalie.ref))
    piece = next((int(numeros[m]) for m in ("mandat", "titre", "pièce") if m in numeros), None)
    ligne = int(numeros["ligne"]) if piece is not None and "ligne" in numeros else None
    code = next((c for famille, c in _FAMILLES if anomalie.regle.startswith(famille)), "")
    for morceau in decouper(f"{anomalie.regle} - {anomalie.message}"):
        yield Faute(code=code or "ERREUR_AUTRE", libelle=morceau, piece=piece, ligne=ligne)


def _signature(flux: FluxLu, exigence: str) -> Faute | None:
    """1 without a signature and 0 with one are refused (signature-and-transmission A1)."""
    if exigence == "libre" or not flux.bordereaux:
        return None
    signe = flux.globale or all(b.signe for b in flux.bordereaux)
    une = flux.globale or any(b.signe for b in flux.bordereaux)
    if not signe and (flux.dematerialise or exigence == "exigee"):
        return Faute(code="ERREUR_PES_SIGNATURE", libelle="signature absente")
    if une and not flux.dematerialise:
        return Faute(
            code="ERREUR_PES_PARAM_SIGNATURE", libelle="signature présente, InfoDematerialisee à 0"
        )
    return None


def _bordereaux(flux: FluxLu, anomalies: list[Anomalie], connus: Set[Cle]) -> Iterator[Element]:
    for bordereau in flux.bordereaux:
        fautes = [f for a in anomalies if _vise(a, bordereau) for f in _fautes(a)]
        if cle_bordereau(flux, bordereau) in connus:
            fautes.append(Faute(code="ERREUR_DOUBLON_BORDEREAU", libelle="bordereau déjà reçu"))
        yield Element(
            domaine=_domaine(bordereau),
            accepte=not fautes,
            bordereau=bordereau.numero,
            exercice=bordereau.exercice,
            fautes=tuple(fautes[:_FAUTES_MAX]),
        )


def _hors_bordereau(flux: FluxLu) -> Iterator[Element]:
    """One element for each contract, one for the invoices: whatever blames them blames the flux."""
    if flux.facture:
        yield Element(domaine=FACTURE, accepte=True)
    for marche in flux.marches:
        yield Element(domaine=MARCHE, accepte=True, id_marche=marche)


def _pjs(flux: FluxLu, anomalies: list[Anomalie], connus: Set[Cle]) -> Iterator[Element]:
    for pj in flux.pjs:
        fautes = [
            replace(f, piece=None, ligne=None)
            for a in anomalies
            if _vise_pj(a, pj)
            for f in _fautes(a)
        ]
        if cle_pj(flux, pj) in connus:
            fautes.append(Faute(code="ERREUR_DOUBLON_PJ", libelle="PJ déjà reçue"))
        yield Element(domaine=PJ, accepte=not fautes, id_unique=pj, fautes=tuple(fautes))


def _appliquer(flux: FluxLu, elements: list[Element], regle: Regle) -> list[Element]:
    """Refuse what the rule means: these bordereaux, or everything."""
    if regle.reponse not in ("partiel", "refuse"):
        return elements
    vises = [b for b in flux.bordereaux if regle.reponse == "refuse" or regle.si.vise(b)]
    if regle.si.bordereau is None and regle.si.objet is None and regle.reponse == "partiel":
        vises = vises[:1]
    refus = {(_domaine(b), b.numero, b.exercice): _faute_de_regle(b, regle) for b in vises}
    return [_refuse(element, refus, regle) for element in elements]


def _refuse(element: Element, refus: dict[tuple[int, int, int], Faute], regle: Regle) -> Element:
    cle = (element.domaine, element.bordereau or 0, element.exercice or 0)
    faute = refus.get(cle)
    if faute is None and regle.reponse == "refuse":
        faute = Faute(code=regle.code, libelle=regle.libelle)
        if refus and element.domaine == PJ:
            faute = Faute(code="ERREUR_PJ", libelle="bordereau refusé")
    if faute is None:
        return element
    return replace(element, accepte=False, fautes=(*element.fautes, faute))


def _faute_de_regle(bordereau: BordereauLu, regle: Regle) -> Faute:
    faute = Faute(code=regle.code, libelle=regle.libelle)
    if regle.forme == "element" or not bordereau.pieces:
        return faute
    piece = bordereau.pieces[0]
    ligne = piece.lignes[0] if piece.lignes and regle.forme == "ligne" else None
    return replace(faute, piece=piece.numero, ligne=ligne)


def _domaine(bordereau: BordereauLu) -> int:
    if bordereau.domaine == "depense":
        return DEPENSE
    return ROLE if bordereau.type == _ROLE_ORMC else RECETTE
