"""settled -> archived: the manifest that names every byte of a flux, with each step's proof."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from vaguemestre.archive.paquet import Paquet, Piece, PreuveEntree
from vaguemestre.audit.extraits import preuves
from vaguemestre.audit.point import lire_point
from vaguemestre.domain.flux import Etat, EtatChange, Fait
from vaguemestre.engine.run import Resultat
from vaguemestre.ports import LectureJournal
from vaguemestre.store.vues import EtapeVue, FluxVu
from vaguemestre.workflows.maison import Maison, empreinte_json
from vaguemestre.workflows.rapports import actualiser

# What the objects in a step's result are to the flux, in the words of the package.
_ROLES = {"controler": "pes", "signer": "pes_signe", "convertir": "indigo"}


@dataclass(frozen=True, slots=True)
class _Point:
    """A signed checkpoint that covers every step to be archived under it."""

    note: str
    taille: int
    racine: str


def archiver(maison: Maison, flux: Sequence[str]) -> None:
    """Close settled flux, each with its manifest; a refusal stays visible as such.

    One checkpoint serves them all. Again is the same: a flux already closed with these answers
    is left alone.
    """
    reste = [vu for id_ in flux if (vu := maison.registre.flux(id_)) is not None]
    if not reste:
        return
    note = maison.pointer()
    point = lire_point(note.partition("\n\n")[0] + "\n")
    signe = _Point(note, point.taille, point.racine.hex())
    with maison.lecture() as lecture:
        paquets = [(vu, _paquet(maison, vu, signe, lecture)) for vu in reste]
    for vu, paquet in paquets:
        with maison.verrous.pour(f"flux {vu.id}"):
            maison.run(vu.id).step(_etape(maison, vu.id), _clore, maison, vu.id, paquet)


def a_archiver(maison: Maison, partenaire: str) -> list[str]:
    """Flux that this partner settled and that nobody archived: an earlier life ended in between."""
    return [
        vu.id
        for etat in (Etat.ACQUITTE, Etat.PARTIEL, Etat.REFUSE, Etat.SANS_ACQUIT)
        for vu in maison.registre.lister(etat=etat, limite=1_000_000)
        if vu.partenaire == partenaire and not maison.run(vu.id).fait(_etape(maison, vu.id))
    ]


def _etape(maison: Maison, flux: str) -> str:
    """One manifest for each number of answers: what is settled again is archived again."""
    return f"archiver.{len(maison.registre.reponses(flux))}"


def _clore(maison: Maison, flux: str, paquet: Paquet) -> Resultat:
    empreinte = maison.coffre.ranger_octets(paquet.ecrire())
    faits: tuple[Fait, ...] = ()
    vu = maison.registre.flux(flux)
    if vu is not None and vu.etat is Etat.ACQUITTE:
        faits = (EtatChange(flux=flux, etat=Etat.ARCHIVE),)
        vu = replace(vu, etat=Etat.ARCHIVE, motif="")
    if vu is not None:
        actualiser(maison, vu)
    return Resultat(empreinte_json(f"manifeste-{flux}.json", empreinte), faits)


def _paquet(maison: Maison, flux: FluxVu, point: _Point, lecture: LectureJournal) -> Paquet:
    historique = maison.registre.historique(flux.id)
    recu = _du_depot(maison, flux)
    pieces = [piece for etape in (*recu, *historique) for piece in _pieces(flux, etape)]
    acquits = [dict(e.resultat) for e in historique if e.resultat.get("genre") == "acquit"]
    return Paquet(
        flux=flux.id,
        depot=flux.depot,
        collectivite=flux.collectivite,
        cod_col=flux.cod_col,
        cod_bud=flux.cod_bud,
        nomfic=flux.nomfic,
        etat=flux.etat.value,
        date=maison.horloge.now().isoformat(),
        conservation=maison.config.archive.conservation,
        pieces=tuple(dict.fromkeys(pieces)),
        acquit=tuple(acquits),
        journal=tuple(_preuves(historique, point, lecture)),
        taille_journal=point.taille,
        racine_journal=point.racine,
        cle=maison.vkey(),
    )


def _du_depot(maison: Maison, flux: FluxVu) -> list[EtapeVue]:
    return [e for e in maison.registre.historique(flux.depot) if e.etape == "recevoir"]


def _pieces(flux: FluxVu, etape: EtapeVue) -> Iterator[Piece]:
    role = _ROLES.get(etape.etape, "depot" if etape.run == flux.depot else "reponse")
    for objet in _objets(etape.resultat):
        if "flux" in objet and role == "pes" and objet["flux"] != flux.id:
            continue
        yield Piece(
            role=role,
            nom=str(objet["nom"]),
            date=etape.temps.isoformat(),
            sha256=str(objet["sha256"]),
            sha1=str(objet["sha1"]),
            taille=int(objet["taille"]),
        )


def _objets(valeur: Any) -> Iterator[dict[str, Any]]:
    """Every stored object that a step's result names, however deep."""
    if isinstance(valeur, dict):
        if {"nom", "sha256", "sha1", "taille"} <= valeur.keys():
            yield valeur
        else:
            for un in valeur.values():
                yield from _objets(un)
    elif isinstance(valeur, list):
        for un in valeur:
            yield from _objets(un)


def _preuves(
    historique: Sequence[EtapeVue], point: _Point, lecture: LectureJournal
) -> Iterator[PreuveEntree]:
    couvertes = [etape for etape in historique if etape.seq < point.taille]
    prouvees = preuves(lecture, (etape.seq for etape in couvertes), point.note)
    for etape, prouvee in zip(couvertes, prouvees, strict=True):
        ((_, feuille),) = lecture.feuilles(etape.seq, etape.seq + 1)
        yield PreuveEntree(
            seq=etape.seq,
            etape=etape.etape,
            date=etape.temps.isoformat(),
            feuille=feuille.decode("utf-8"),
            preuve=prouvee.ecrire(),
        )
