"""Entries of the log to canonical bytes and back, and the tree as the store asks for it. Pure."""

from __future__ import annotations

import hashlib
import json

from vaguemestre.audit import arbre
from vaguemestre.errors import IllisibleError
from vaguemestre.formats.canonique import canonique
from vaguemestre.ports import Entree, EtapeScellee, Objet, Passage, Transmission

VERSION = 1


def ecrire_feuille(entree: Entree) -> bytes:
    """Canonical JSON of an entry (sorted keys, UTF-8, no floats)."""
    return canonique(
        {
            "v": VERSION,
            "seq": entree.seq,
            "temps": entree.temps,
            "acteur": entree.acteur,
            "collectivite": entree.collectivite,
            "run": entree.run,
            "type": entree.etape,
            "empreinte": entree.empreinte,
            "precedent": entree.precedent,
            "objets": [_objet(objet) for objet in entree.objets],
            "passages": [[p.flux, p.de, p.vers] for p in entree.passages],
            "transmissions": [
                [t.flux, t.genre, t.nom, t.taille, t.sha1, t.sha256] for t in entree.transmissions
            ],
        }
    )


def lire_feuille(octets: bytes) -> Entree:
    """The entry behind a leaf.

    Raises:
        IllisibleError: not an entry of this version, or not in its canonical writing.
    """
    try:
        lu = json.loads(octets)
        entree = Entree(
            seq=lu["seq"],
            temps=lu["temps"],
            acteur=lu["acteur"],
            collectivite=lu["collectivite"],
            run=lu["run"],
            etape=lu["type"],
            empreinte=lu["empreinte"],
            precedent=lu["precedent"],
            objets=tuple(Objet(**objet) for objet in lu["objets"]),
            passages=tuple(Passage(*passage) for passage in lu["passages"]),
            transmissions=tuple(Transmission(*envoi) for envoi in lu["transmissions"]),
        )
        identique = ecrire_feuille(entree) == octets
    except (ValueError, KeyError, TypeError) as error:
        raise IllisibleError("entrée de journal illisible") from error
    if not identique:
        raise IllisibleError("entrée de journal d'une autre version, ou mal écrite")
    return entree


def empreinte_etape(etape: EtapeScellee) -> str:
    """Salted digest of what a step left: the leaf proves it, and survives its erasure."""
    contenu = [etape.sel, etape.run, etape.etape, etape.temps, etape.resultat, etape.faits]
    return hashlib.sha256(canonique(contenu)).hexdigest()


class ScelleurMerkle:
    """`ports.Scelleur` on the tree of RFC 6962."""

    def empreinte(self, etape: EtapeScellee) -> str:
        return empreinte_etape(etape)

    def feuille(self, entree: Entree) -> bytes:
        return ecrire_feuille(entree)

    def ajouter(
        self, taille: int, pics: tuple[bytes, ...], feuille: bytes
    ) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
        frontiere, noeuds = arbre.Frontiere(taille, pics).ajouter(arbre.hash_feuille(feuille))
        return frontiere.pics, noeuds

    def nombre_noeuds(self, taille: int) -> int:
        return arbre.nombre_noeuds(taille)

    def indices_pics(self, taille: int) -> tuple[int, ...]:
        return arbre.indices_pics(taille)

    def racine(self, pics: tuple[bytes, ...]) -> bytes:
        return arbre.Frontiere(0, pics).racine()


def _objet(objet: Objet) -> dict[str, str | int]:
    ecrit: dict[str, str | int] = {"sha256": objet.sha256}
    if objet.sha1 is not None:
        ecrit["sha1"] = objet.sha1
    if objet.taille is not None:
        ecrit["taille"] = objet.taille
    return ecrit
