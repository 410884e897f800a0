"""The convention: which flux are ticked, from which day, for which budgets and PJ.

Accord local §2.1: « seuls les flux cochés » are dematerialised, each from its date of effect; after
the end of the convention nothing is sent (§1.9). A body whose configuration holds no convention at
all is not restricted: it has not yet written it down.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from vaguemestre.config.sections import Collectivite, Volet
from vaguemestre.domain.comptable import Bordereau, Domaine, PieceJustificative
from vaguemestre.domain.declaration import DeclarationPj
from vaguemestre.errors import Anomalie, Gravite
from vaguemestre.formats.motif_nom import compiler

_NOMS = {Domaine.DEPENSE: "PES Dépense", Domaine.RECETTE: "PES Recette"}
_CONSEIL = (
    "Transmettre cette pièce comme avant la convention (papier), ou faire compléter la convention "
    "avec le comptable puis le volet [[collectivite.convention]] de vaguemestre.toml."
)


def controler_convention(
    bordereaux: Iterable[Bordereau],
    pjs: Iterable[PieceJustificative],
    collectivite: Collectivite,
    budget: str,
    jour: date,
    declarations: Mapping[str, DeclarationPj] | None = None,
) -> tuple[Anomalie, ...]:
    """Every document of one budget that the convention does not let through, and why.

    `jour` is the day of the sending: after the end of a volet nothing of it leaves, whatever
    its date. A PJ is dated by the first bordereau that refers to it, or by `jour`.
    `declarations`: what the sender says of a PJ, by IdUnique or name.

    Raises:
        ConfigurationError: a naming pattern that cannot be used.
    """
    if not collectivite.convention:
        return ()
    liste = tuple(bordereaux)
    volets = [v for v in collectivite.convention if not v.budgets or budget in v.budgets]
    anomalies = [a for b in liste for a in _bordereau(b, volets, budget, jour)]
    dates: dict[str, date] = {}
    for bordereau in liste:
        for ref in bordereau.pj_refs:
            connue = dates.get(ref.id_unique, bordereau.date_emission)
            dates[ref.id_unique] = min(connue, bordereau.date_emission)
    du_volet = [volet for volet in volets if volet.domaine == "pj"]
    dites = declarations or {}
    for pj in pjs:
        dite = dites.get(pj.id_unique) or dites.get(pj.nom)
        categorie = dite.categorie if dite is not None else ""
        emission = dates.get(pj.id_unique, jour)
        anomalies += _pj(pj, categorie, du_volet, emission, budget, jour)
    return tuple(anomalies)


def _bordereau(
    bordereau: Bordereau, volets: list[Volet], budget: str, jour: date
) -> Iterator[Anomalie]:
    du_flux = [volet for volet in volets if volet.domaine == bordereau.domaine.value]
    motif = _motif(du_flux, bordereau.date_emission, jour, _NOMS[bordereau.domaine], budget)
    if motif is None:
        return
    regle, raison = motif
    yield Anomalie(
        f"depot.convention.{regle}",
        bordereau.ref,
        f"bordereau {bordereau.numero} du {_lisible(bordereau.date_emission)} : {raison}",
        valeur=bordereau.date_emission.isoformat(),
        chemin="date_emission",
        conseil=_CONSEIL,
    )


def _motif(
    volets: list[Volet], emission: date, jour: date, nom: str, budget: str
) -> tuple[str, str] | None:
    """(rule, reason) of the refusal; None when one of the volets lets the date through."""
    if not volets:
        return "flux", f"le flux {nom} n'est pas coché dans la convention pour le budget {budget}"
    for volet in volets:
        if volet.effet <= emission and not (volet.fin and max(emission, jour) > volet.fin):
            return None
    effet = min(volet.effet for volet in volets)
    if emission < effet:
        return "effet", f"le flux {nom} ne prend effet que le {_lisible(effet)}"
    fins = [volet.fin for volet in volets if volet.fin]
    fin = _lisible(max(fins)) if fins else ""
    return "fin", f"la convention a pris fin le {fin} pour le flux {nom}"


def _pj(
    pj: PieceJustificative,
    categorie: str,
    volets: list[Volet],
    emission: date,
    budget: str,
    jour: date,
) -> Iterator[Anomalie]:
    precis = [v for v in volets if pj.type in v.categories or categorie in v.categories]
    admis = precis or [v for v in volets if _peut_etre(v, categorie)]
    sorte = f"de catégorie {categorie}" if categorie else f"de type {pj.type}"
    nom = f"PJ {sorte if categorie or pj.type else 'sans type'}"
    motif = _motif(admis, emission, jour, nom, budget)
    if motif is not None:
        regle, raison = motif
        yield _refus_pj(pj, regle, f"« {pj.nom} » : {raison}", _CONSEIL)
        return
    motifs = [compiler(v.motif_nom_pj) for v in admis if v.motif_nom_pj]
    if len(motifs) == len(admis) and not any(m.accepte(pj.nom) for m in motifs):
        attendus = " ou ".join(m.attendu for m in motifs)
        yield _refus_pj(
            pj,
            "nom_pj",
            f"« {pj.nom} » ne suit pas la règle de nommage convenue : {attendus}",
            "Renommer le fichier selon la règle convenue avec le comptable, puis redéposer.",
        )


def _peut_etre(volet: Volet, categorie: str) -> bool:
    """Nobody said what the PJ is: a volet of categories (not of TypePJ) may be meant."""
    if not volet.categories:
        return True
    return not categorie and not all(code.isdigit() for code in volet.categories)


def _refus_pj(pj: PieceJustificative, regle: str, message: str, conseil: str) -> Anomalie:
    return Anomalie(
        f"depot.convention.{regle}",
        f"PJ {pj.id_unique}",
        message,
        Gravite.REJET_PJ,
        valeur=pj.nom,
        conseil=conseil,
        fichier=pj.nom,
    )


def _lisible(jour: date) -> str:
    return jour.strftime("%d/%m/%Y")
