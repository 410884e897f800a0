"""retour -> register: whose it is, and what it says of each mandat and titre.

A yearly stock holds hundreds of thousands of pièces: the step that takes it keeps a summary, the
pièces follow in steps of a bounded size, each of them durable by itself.
"""

from __future__ import annotations

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
from vaguemestre.errors import Anomalie, IntegrityError, UsageError
from vaguemestre.pes.acquit import ecarts_de_retour, ouvrir_retour
from vaguemestre.pes.retour import LectureRetour
from vaguemestre.store.vues import FluxVu
from vaguemestre.workflows.maison import Maison
from vaguemestre.workflows.schemas import paquet_des_reponses

LOT = 1_000
"""Facts of one step: some hundred kilobytes."""
ANOMALIES_MAX = 100
DOUBLE, TARDIF, INCONNU, AMBIGU = "double", "tardif", "inconnu", "ambigu"
ILLISIBLE, HORS_SCHEMA, ECHEC = "illisible", "hors_schema", "echec"
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
    resume, retour = _sommaire(maison, chemin, lecture)
    collectivite, motif = proprietaire(maison.config, retour)
    double = bool(maison.registre.reponses_de_contenu(str(objet["sha256"])))
    remarque = remarque_de(retour.anomalies)
    if double:
        remarque, motif = DOUBLE, "déjà reçu, octet pour octet"
    elif collectivite is None:
        remarque = AMBIGU
    elif remarque:
        motif = premier_ecart(retour.anomalies)
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


def adresser(maison: Maison, chemin: Path, flux: FluxVu | None) -> dict[str, object]:
    """The summary of a held retour, and to whom it goes: to the body of a flux that a person
    names (whatever code the retour bears), else to the body that the configuration now says.

    Raises:
        UsageError: no flux is named, and nobody can tell whose it is.
        IllisibleError: not well-formed.
    """
    lecture = ouvrir_retour(chemin)
    if lecture is None:
        raise IntegrityError("ce qui a été lu comme un retour n'en est plus un", ref=chemin.name)
    resume, retour = _sommaire(maison, chemin, lecture)
    if flux is not None:
        vers = Destinataire(
            collectivite=flux.collectivite,
            cod_col=flux.cod_col,
            cod_bud=retour.cod_bud or flux.cod_bud,
        )
        return {**resume, "vers": _dire(vers)}
    collectivite, motif = proprietaire(maison.config, retour)
    if collectivite is None:
        raise UsageError(f"{motif} : nommer un flux de la collectivité qu'il concerne")
    return {**resume, "vers": _dire(_vers(collectivite, retour))}


def a_un_proprietaire(maison: Maison, sha256: str) -> bool:
    """Does the configuration now say whose this held retour is? Only its head is read."""
    lecture = ouvrir_retour(maison.coffre.chemin(sha256))
    if lecture is None:
        return False
    next(lecture.pieces(lue=True), None)
    return proprietaire(maison.config, lecture.entete)[0] is not None


def remarque_de(anomalies: tuple[Anomalie, ...]) -> str:
    """What stands against an answer that could be read all the same."""
    return HORS_SCHEMA if any(a.regle.startswith("xsd.") for a in anomalies) else ""


def premier_ecart(anomalies: tuple[Anomalie, ...]) -> str:
    """Where an answer first departs from its schema, and how often it does."""
    ecarts = [a for a in anomalies if a.regle.startswith("xsd.")]
    suite = f" (et {len(ecarts) - 1} autre(s))" if len(ecarts) > 1 else ""
    return f"ligne {ecarts[0].ligne}, {ecarts[0].ref} : {ecarts[0].message}{suite}"


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


def _sommaire(
    maison: Maison, chemin: Path, lecture: LectureRetour
) -> tuple[dict[str, object], Retour]:
    """What a step remembers of a retour, and its head with what is odd. Read as a stream."""
    constats = ecarts_de_retour(chemin, paquet_des_reponses(maison.config))
    nombre = lecture.compter(lue=True)
    bilan = lecture.bilan()
    retour = replace(bilan, anomalies=(*constats, *bilan.anomalies))
    resume: dict[str, object] = {
        "genre": "retour",
        "flux": "",
        "nomfic": retour.nomfic,
        "domaine": retour.domaine,
        "restitution": retour.restitution,
        "pieces": nombre,
        "etats": dict(sorted(lecture.comptes.items())),
        "anomalies": dites(retour.anomalies),
        "nombre_anomalies": len(retour.anomalies),
    }
    return resume, retour


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
    destinataire = Destinataire(**vers)
    porteurs = _Porteurs(maison, destinataire)
    pieces = islice(lecture.pieces(lue=True), premier * LOT, None)
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
        fait = _fait(piece, vers, sha256, porteurs)
        inconnues += not fait.flux
        faits.append(fait)
    valeur = {"sha256": sha256, "pieces": len(faits), "sans_flux": inconnues}
    return Resultat(valeur, tuple(faits))


def _fait(
    piece: PieceRetour, vers: Destinataire, sha256: str, porteurs: _Porteurs
) -> PieceRestituee:
    dates, domaine = piece.dates, "depense" if " / mandat " in piece.ref else "recette"
    numero = str(int(piece.numero)) if _ENTIER.fullmatch(piece.numero) else piece.numero
    cle = (domaine, piece.exercice, piece.type_bordereau, piece.bordereau)
    return PieceRestituee(
        reponse=sha256,
        flux=porteurs.flux(cle, numero),
        cod_col=vers.cod_col,
        cod_bud=vers.cod_bud,
        domaine=domaine,
        exercice=piece.exercice,
        type=piece.type_bordereau,
        bordereau=piece.bordereau,
        piece=numero,
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

    def __init__(self, maison: Maison, vers: Destinataire) -> None:
        self._maison, self._vers = maison, vers
        self._connus: dict[tuple[str, int, str, int], list[tuple[str, frozenset[str]]]] = {}

    def flux(self, cle: tuple[str, int, str, int], piece: str) -> str:
        """The flux, '' when none of ours did: a flux that counts first, then the latest.

        `cle`: domaine, exercice, TypBord, IdBord; `piece` '' for a whole rôle.
        """
        porteurs = self._connus.get(cle)
        if porteurs is None:
            if len(self._connus) >= LOT:
                self._connus.clear()
            porteurs = self._connus[cle] = [
                (b.flux, frozenset(map(str, b.pieces)))
                for b in self._maison.registre.porteurs(
                    self._vers.cod_col, self._vers.cod_bud, *cle
                )
            ]
        return next((flux for flux, pieces in porteurs if not piece or piece in pieces), "")


def pieces_par_lots(faits: list[Fait]) -> Iterator[tuple[Fait, ...]]:
    """The same facts in portions that one step can bear."""
    reste = iter(faits)
    while lot := tuple(islice(reste, LOT)):
        yield lot
