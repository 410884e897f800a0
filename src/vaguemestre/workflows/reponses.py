"""retour -> register: whose it is, and what it says of each mandat and titre.

A yearly stock holds hundreds of thousands of pièces: the step that takes it keeps a summary and a
digest, the pièces follow in steps of a bounded size, each of them durable by itself.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from vaguemestre.config.sections import Collectivite, Configuration
from vaguemestre.domain.acquits import PieceRetour, Retour
from vaguemestre.domain.flux import Fait, PieceRestituee, ReponseRecue
from vaguemestre.engine.run import Resultat, Run
from vaguemestre.errors import Anomalie, IntegrityError
from vaguemestre.formats.canonique import canonique
from vaguemestre.pes.acquit import ecarts_de_retour, ouvrir_retour
from vaguemestre.pes.retour import LectureRetour
from vaguemestre.store.vues import BordereauVu, FluxVu
from vaguemestre.workflows.maison import Maison

LOT = 1_000
"""Facts of one step: some hundred kilobytes."""
ANOMALIES_MAX = 100
DOUBLE, TARDIF, INCONNU, AMBIGU = "double", "tardif", "inconnu", "ambigu"
ILLISIBLE, HORS_SCHEMA = "illisible", "hors_schema"
_ENTIER = re.compile(r"[0-9]{1,13}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Destinataire:
    """The body and the budget that a retour speaks of."""

    collectivite: str
    cod_col: str
    cod_bud: str


def proprietaire(config: Configuration, entete: Retour) -> tuple[Collectivite | None, str]:
    """The one body that this retour can belong to, or None and why nobody can tell.

    By SIRET (IdColl: the body's or one of its budgets'), then by CodColl where several bodies
    share it; a CodColl that says something else than the SIRET decides nothing.
    """
    if not entete.id_coll:
        return None, "le retour ne porte pas de SIRET (IdColl)"
    candidates = [
        c
        for c in config.collectivites
        if entete.id_coll in {c.siret, *(budget.siret for budget in c.budgets)}
    ]
    if not candidates:
        return None, f"aucune collectivité configurée n'a le SIRET {entete.id_coll}"
    exactes = [c for c in candidates if entete.cod_col in ("", c.code)]
    if not exactes:
        connus = ", ".join(sorted({c.code for c in candidates}))
        return None, (
            f"le SIRET {entete.id_coll} est connu sous le code {connus}, le retour porte le code"
            f" {entete.cod_col}"
        )
    if len(exactes) > 1:
        noms = ", ".join(sorted(c.dossier for c in exactes))
        return None, f"le SIRET {entete.id_coll} est celui de plusieurs collectivités : {noms}"
    return exactes[0], ""


def recevoir_retour(
    maison: Maison, objet: dict[str, object], chemin: Path, lecture: LectureRetour
) -> Resultat:
    """The summary of a retour; its pièces are left to `verser`.

    Held (remark `ambigu`) when two bodies could own it, or none.

    Raises:
        IllisibleError: not well-formed.
    """
    resume, retour = _sommaire(chemin, lecture)
    collectivite, motif = proprietaire(maison.config, retour)
    double = bool(maison.registre.reponses_de_contenu(str(objet["sha256"])))
    remarque = remarque_de(retour.anomalies)
    if double:
        remarque, motif = DOUBLE, "déjà reçu, octet pour octet"
    elif collectivite is None:
        remarque = AMBIGU
    recue = ReponseRecue(
        sha256=str(objet["sha256"]),
        nom=str(objet["nom"]),
        genre="retour",
        flux="",
        nomfic=retour.nomfic,
        etat="",
        motif=motif,
        remarque=remarque,
        collectivite="" if collectivite is None else collectivite.dossier,
    )
    vers = None if collectivite is None or double else _vers(collectivite, retour)
    return Resultat({**objet, **resume, "motif": motif, "vers": _dire(vers)}, (recue,))


def rattacher_retour(chemin: Path, lecture: LectureRetour, flux: FluxVu) -> dict[str, object]:
    """The summary of a held retour that a person gives to the body of one of its flux.

    The person's word counts: whatever code the retour bears, it is that body's.

    Raises:
        IllisibleError: not well-formed.
    """
    resume, retour = _sommaire(chemin, lecture)
    vers = Destinataire(
        collectivite=flux.collectivite,
        cod_col=flux.cod_col,
        cod_bud=retour.cod_bud or flux.cod_bud,
    )
    return {**resume, "vers": _dire(vers)}


def remarque_de(anomalies: tuple[Anomalie, ...]) -> str:
    """What stands against an answer that could be read all the same."""
    return HORS_SCHEMA if any(a.regle.startswith("xsd.") for a in anomalies) else ""


def dites(anomalies: tuple[Anomalie, ...]) -> list[dict[str, object]]:
    """The first of them, for a step that must stay small."""
    return [anomalie.as_json() for anomalie in anomalies[:ANOMALIES_MAX]]


def _vers(collectivite: Collectivite, entete: Retour) -> Destinataire:
    budgets = collectivite.budgets
    du_siret = [b.code for b in budgets if b.siret == entete.id_coll]
    seul = du_siret or ([budgets[0].code] if len(budgets) == 1 else [""])
    return Destinataire(
        collectivite=collectivite.dossier,
        cod_col=entete.cod_col or collectivite.code,
        cod_bud=entete.cod_bud or seul[0],
    )


def _dire(vers: Destinataire | None) -> dict[str, object] | None:
    return None if vers is None else asdict(vers)


def _sommaire(chemin: Path, lecture: LectureRetour) -> tuple[dict[str, object], Retour]:
    """What a step remembers of a retour, and its head with what is odd. Read as a stream."""
    condense, nombre = hashlib.sha256(), 0
    for piece in lecture.pieces():
        condense.update(canonique(_neutre(piece)))
        nombre += 1
    bilan = lecture.bilan()
    retour = replace(bilan, anomalies=(*ecarts_de_retour(chemin), *bilan.anomalies))
    resume: dict[str, object] = {
        "genre": "retour",
        "flux": "",
        "nomfic": retour.nomfic,
        "domaine": retour.domaine,
        "restitution": retour.restitution,
        "pieces": nombre,
        "etats": dict(sorted(lecture.comptes.items())),
        "condense": condense.hexdigest(),
        "anomalies": dites(retour.anomalies),
        "nombre_anomalies": len(retour.anomalies),
    }
    return resume, retour


def _neutre(piece: PieceRetour) -> list[object]:
    return [
        piece.ref,
        piece.exercice,
        piece.type_bordereau,
        piece.etat,
        str(piece.montant_ht),
        None if piece.montant_paye is None else str(piece.montant_paye),
        dict(piece.dates),
        list(piece.motifs),
        piece.commentaire,
    ]


def verser(
    run: Run,
    maison: Maison,
    resume: Mapping[str, Any],
    sha256: str,
    arret: Callable[[], bool] = lambda: False,
) -> bool:
    """Write the pièces of a retour into the register, `LOT` at a time; False when stopped.

    Again is the same: what is written already is not written twice.
    """
    vers, nombre = resume["vers"], int(resume["pieces"])
    if vers is None or nombre == 0:
        return True
    lots = -(-nombre // LOT)
    premier = next((rang for rang in range(lots) if not run.fait(_etape(rang))), lots)
    if premier == lots:
        return True
    lecture = ouvrir_retour(maison.coffre.chemin(sha256))
    if lecture is None:
        raise IntegrityError("ce qui a été lu comme un retour n'en est plus un", ref=sha256)
    destinataire, porteurs = Destinataire(**vers), _Porteurs(maison)
    pieces = islice(lecture.pieces(), premier * LOT, None)
    for rang in range(premier, lots):
        if arret():
            return False
        lot = list(islice(pieces, LOT))
        run.step(_etape(rang), _lot, lot, destinataire, sha256, porteurs)
    return True


def _etape(rang: int) -> str:
    return f"pieces.{rang + 1:06d}"


def _lot(
    lot: list[PieceRetour],
    vers: Destinataire,
    sha256: str,
    porteurs: _Porteurs,
) -> Resultat:
    faits: list[Fait] = []
    inconnues = 0
    for piece in lot:
        fait = _fait(piece, vers, sha256)
        fait = replace(fait, flux=porteurs.flux(fait))
        inconnues += not fait.flux
        faits.append(fait)
    valeur = {"sha256": sha256, "pieces": len(faits), "sans_flux": inconnues}
    return Resultat(valeur, tuple(faits))


def _fait(piece: PieceRetour, vers: Destinataire, sha256: str) -> PieceRestituee:
    dates = piece.dates
    return PieceRestituee(
        reponse=sha256,
        flux="",
        cod_col=vers.cod_col,
        cod_bud=vers.cod_bud,
        domaine="depense" if " / mandat " in piece.ref else "recette",
        exercice=piece.exercice,
        type=piece.type_bordereau,
        bordereau=piece.bordereau,
        piece=str(int(piece.numero)) if _ENTIER.fullmatch(piece.numero) else piece.numero,
        etat=piece.etat,
        montant_ht=_cents(piece.montant_ht),
        montant_paye=_cents(piece.montant_paye),
        instance_le=dates.get("instance", ""),
        prise_en_charge_le=dates.get("prise_en_charge", ""),
        rejetee_le=dates.get("rejet", ""),
        paye_le=dates.get("dernier_paiement", "") or dates.get("dernier_encaissement", ""),
        paiement=piece.paiement,
        motifs=piece.motifs,
        commentaire=piece.commentaire,
        conseil=piece.conseil,
    )


def _cents(montant: Decimal | None) -> Decimal | None:
    """None for an amount finer than the register keeps: it is never rounded; the file stays."""
    if montant is None or montant * 100 != (montant * 100).to_integral_value():
        return None
    return montant


class _Porteurs:
    """Which of our flux carried a pièce; each bordereau is asked for once."""

    def __init__(self, maison: Maison) -> None:
        self._maison = maison
        self._connus: dict[tuple[str, int, str, int], list[BordereauVu]] = {}

    def flux(self, fait: PieceRestituee) -> str:
        """The flux, '' when none of ours did: a flux that counts first, then the latest."""
        cle = (fait.domaine, fait.exercice, fait.type, fait.bordereau)
        if cle not in self._connus:
            if len(self._connus) >= LOT:
                self._connus.clear()
            porteurs = self._maison.registre.porteurs(fait.cod_col, fait.cod_bud, *cle)
            self._connus[cle] = porteurs
        for porteur in self._connus[cle]:
            if not fait.piece or (fait.piece.isdigit() and int(fait.piece) in porteur.pieces):
                return porteur.flux
        return ""


def pieces_par_lots(faits: list[Fait]) -> Iterator[tuple[Fait, ...]]:
    """The same facts in portions that one step can bear."""
    reste = iter(faits)
    while lot := tuple(islice(reste, LOT)):
        yield lot
