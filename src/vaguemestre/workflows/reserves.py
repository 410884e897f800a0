"""What a person should know of a re-issue: warnings, never more.

That MtCumulAnnuel is the total « up to and including this bordereau » (pes.md §7.3) and that Hélios
may know a refused number are inferred, so nothing here blocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from vaguemestre.domain.comptable import Bordereau, PieceJustificative
from vaguemestre.domain.flux import Etat
from vaguemestre.errors import Anomalie, Gravite, UsageError
from vaguemestre.pes.acquit_codes import explication
from vaguemestre.pes.asap import TYPE_PJ_FACTURE
from vaguemestre.store.vues import BordereauVu, FluxVu
from vaguemestre.workflows.dires import Dires, Jugement
from vaguemestre.workflows.maison import Maison
from vaguemestre.workflows.substitut import Substitut
from vaguemestre.workflows.tri import Reste, nom_de

_PAS_PARTIS = frozenset(
    {Etat.DEPOSE, Etat.CONTROLE, Etat.A_SIGNER, Etat.SIGNE, Etat.CONVERTI, Etat.RETENU}
)


def promesses_rompues(
    maison: Maison, ancien: FluxVu, memoire: Substitut, remplaces: Iterable[BordereauVu]
) -> Iterator[Anomalie]:
    """One warning for each later bordereau whose MtCumulAnnuel counted what is made again."""
    vues: set[tuple[str, int, str]] = set()
    for remplace in remplaces:
        serie = (remplace.domaine, remplace.exercice, remplace.type)
        if serie in vues:
            continue
        vues.add(serie)
        total = memoire.cumul(ancien.cod_col, ancien.cod_bud, *serie)
        suivants = maison.registre.suivants(remplace, ancien.ordre)
        for b in reversed(suivants):
            if total is None:
                break
            if b.cumul is not None and b.cumul != total:
                yield _rompue(maison, b, str(total))
            total -= memoire.compte(b)


def _rompue(maison: Maison, b: BordereauVu, attendu: str) -> Anomalie:
    flux = maison.registre.flux(b.flux)
    pas_parti = flux is not None and flux.etat in _PAS_PARTIS and not flux.recus
    return Anomalie(
        "registre.cumul.suite",
        f"bordereau {b.numero}",
        f"le bordereau {b.numero} (flux {b.flux}, {'en attente' if pas_parti else 'déjà parti'})"
        f" annonce un cumul annuel de {b.cumul} ; sans ce qui est refait, il serait {attendu}",
        Gravite.AVERTISSEMENT,
        chemin="MtCumulAnnuel",
        valeur=str(b.cumul),
        conseil=f"« vaguemestre flux cancel {b.flux} », puis redéposer après la réémission."
        if pas_parti
        else "Il ne se change plus : prévenir le comptable que l'écart vient du rejet.",
    )


def exiger_le_sort(tus: Sequence[BordereauVu]) -> None:
    """A bordereau that an acquit leaves out may be with the partner: sent again, paid twice.

    Raises:
        UsageError: some are left out.
    """
    if tus:
        noms = ", ".join(f"{b.domaine}/{b.numero}" for b in tus)
        raise UsageError(
            f"l'acquit ne dit rien de : {noms} ; demander au comptable s'il l'a reçu, puis dire"
            " avec --exclude ce qui ne doit pas repartir (« aucune » renvoie tout)"
        )


def exiger_un_rejet(inscrits: Iterable[BordereauVu], dires: Dires) -> None:
    """What is refused beside accepted bordereaux is mended alone: no mandat is sent twice.

    Raises:
        UsageError: every bordereau is accepted, and something else is not.
    """
    refuses = [e for e in dires.elements if not e.accepte]
    if refuses and all(b.accepte is True for b in inscrits):
        noms = ", ".join(dict.fromkeys(e.ref for e in refuses))
        raise UsageError(
            f"tous les bordereaux sont acceptés, rien à renvoyer ; ce que l'acquit refuse ({noms})"
            " se corrige dans le logiciel et se redépose seul"
        )


def sort_inconnu(b: BordereauVu) -> Anomalie:
    """A person has said what is left out, and this bordereau is not, or not whole."""
    return Anomalie(
        "registre.bordereau.tu",
        f"bordereau {b.numero}",
        f"l'acquit ne dit rien du bordereau {b.numero} ; ce qui n'en est pas ôté repart",
        Gravite.AVERTISSEMENT,
        chemin="IdBord",
        valeur=str(b.numero),
        conseil="S'il est déjà chez le comptable : « vaguemestre flux cancel » sur la réémission"
        " avant son départ, puis recommencer en l'ôtant.",
    )


def fichier_refuse(dit: Jugement) -> Anomalie:
    """The partner refused the file itself: its header leaves again as it is."""
    connues = (explication(erreur.code) for erreur in dit.erreurs)
    conseils = dict.fromkeys(connue.conseil for connue in connues if connue is not None)
    return Anomalie(
        "registre.flux.refuse",
        "fichier",
        f"l'acquit refuse le fichier lui-même{f' : {dit.raison}' if dit.raison else ''} ; ce qui"
        " repart garde le même en-tête",
        Gravite.AVERTISSEMENT,
        conseil=" ".join(conseils) or "Demander le motif au comptable avant de renvoyer.",
    )


def cumuls_a_reprendre(restes: Iterable[Reste], base: str) -> Iterator[Anomalie]:
    """Bordereaux split by the accountant: the register counts a bordereau whole or not at all.

    Sent again, it counts for what is sent again, and what is taken in charge no longer counts;
    with nothing left to send it goes on counting, rejected pièces included.
    """
    for reste in restes:
        if not reste.prises or not reste.exclues:
            continue
        repart = bool(reste.pieces)
        numeros = frozenset(reste.prises if repart else reste.exclues)
        b = replace(
            reste.bordereau,
            pieces=tuple(p for p in reste.bordereau.pieces if p.numero in numeros),
        )
        montant = b.montant_ht + (b.montant_tva if base == "ttc" else Decimal(0))
        noms = ", ".join(str(p.numero) for p in b.pieces)
        dit = f"ne compte plus {noms}, pris en charge" if repart else f"compte {noms}, rejeté"
        yield Anomalie(
            "registre.cumul.partage",
            b.ref,
            f"le cumul annuel tenu ici {dit} : {montant}",
            Gravite.AVERTISSEMENT,
            chemin="MtCumulAnnuel",
            valeur=str(montant),
            conseil=f"L'exploitant {'ajoute ce montant au' if repart else 'ôte ce montant du'}"
            " cumul de départ de la série ([[collectivite.budget.cumul]]) ; en convenir avec le"
            " comptable.",
        )


def meme_numero(b: Bordereau) -> Anomalie:
    """The number of a bordereau that the partner has accepted is used again."""
    return Anomalie(
        "registre.bordereau.repris",
        b.ref,
        f"le bordereau garde son numéro {b.numero} ; il a été accepté une première fois : Hélios"
        " peut y voir un doublon",
        Gravite.AVERTISSEMENT,
        chemin="IdBord",
        valeur=str(b.numero),
        conseil="En convenir avec le comptable ; « --numerotation nouveau » en donne un autre.",
    )


def factures_partagees(restes: Iterable[Reste]) -> Iterator[Anomalie]:
    """Invoices (PJ 006, a PES_Facture) that speak of a titre that stays and of one that goes.

    Nothing of a PJ is ever rewritten, and whether the partner then edits the avis of a titre that
    it has not got is said nowhere: a warning.
    """
    citees: dict[str, tuple[list[str], list[str]]] = {}
    for reste in restes:
        for rang, piece in enumerate(reste.bordereau.pieces):
            for ref in piece.pj_refs:
                if ref.type == TYPE_PJ_FACTURE:
                    restent, partent = citees.setdefault(ref.id_unique, ([], []))
                    nom = nom_de((*reste.cle, piece.numero))
                    (restent if rang in reste.pieces else partent).append(nom)
    for id_unique, (restent, partent) in citees.items():
        if restent and partent:
            yield Anomalie(
                "registre.pj.facture",
                f"PJ {id_unique}",
                f"cette PJ porte aussi les factures de ce qui est ôté ({', '.join(partent)}) ;"
                " elle reste telle quelle",
                Gravite.AVERTISSEMENT,
                valeur=id_unique,
                conseil="S'il ne faut pas éditer ces avis : « vaguemestre flux cancel » sur la"
                " réémission avant son départ, puis redéposer titres et factures corrigés.",
            )


def pj_refusee(pj: PieceJustificative, *, reprise: bool) -> Anomalie:
    """A PJ that the acquit refused, and what becomes of it."""
    suite = "elle repart telle quelle" if reprise else "elle n'est pas reprise"
    return Anomalie(
        "registre.pj.refusee",
        f"PJ {pj.id_unique}",
        f"l'acquit a refusé cette PJ ; {suite}",
        Gravite.AVERTISSEMENT,
        valeur=pj.id_unique,
        conseil="Si le fichier est en cause, corriger la PJ et la redéposer.",
    )


def pj_tue(pj: PieceJustificative) -> Anomalie:
    """A PJ on which the acquit is silent: without it what refers to it would be refused."""
    return Anomalie(
        "registre.pj.tue",
        f"PJ {pj.id_unique}",
        "l'acquit ne dit rien de cette PJ ; elle repart avec la pièce qui la cite",
        Gravite.AVERTISSEMENT,
        valeur=pj.id_unique,
        conseil="Si Hélios l'avait déjà, il n'en refuse que le double : rien à faire.",
    )
