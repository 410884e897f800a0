"""Sign a PES Aller: XAdES-EPES per bordereau or over the whole file, spliced in as bytes.

One bordereau is parsed at a time; every byte of the source that is no InfoDematerialisee value
stays where it was, in order. Source: reference A1-A2, INTERFACE `sign`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from vaguemestre.errors import Anomalie, DocumentError, SignatureError
from vaguemestre.ports import Empreinte, Signer
from vaguemestre.signature import proprietes
from vaguemestre.signature.canon import canoniser
from vaguemestre.signature.carte import Carte, canonique, cartographier, fragment
from vaguemestre.signature.certificats import apte_a_signer
from vaguemestre.signature.epissure import Epissure, FichierLu, Retouche, ecrire, empreinte
from vaguemestre.signature.preparation import (
    BordereauASigner,
    Cumul,
    Preparation,
    Pret,
    identifiant,
    preparer,
)
from vaguemestre.signature.proprietes import Modele, OptionsSignature

__all__ = ["BordereauASigner", "ElementSigne", "OptionsSignature", "PesSigne", "signer"]


@dataclass(frozen=True, slots=True)
class ElementSigne:
    """What one signature covers: its @Id; `domaine` and `numero` are None for the whole file."""

    id: str
    domaine: str | None
    numero: int | None


@dataclass(frozen=True)
class PesSigne:
    """A signed PES Aller on disk. Its digests are computed when they are first asked for."""

    chemin: Path
    signatures: tuple[ElementSigne, ...]

    @cached_property
    def empreinte(self) -> Empreinte:
        """Both digests of the file, read back from the disk."""
        return empreinte(self.chemin)


def a_signer(source: Path) -> bool:
    """Does the file hold a bordereau and no signature yet? A PJ-only flux is sent unsigned.

    Raises:
        IllisibleError: not well-formed XML.
    """
    with FichierLu(source) as lecture:
        carte = cartographier(lecture, stricte=False)
    return carte.est_pes and bool(carte.bordereaux) and not carte.signatures


def signer(
    source: Path,
    vers: Path,
    signataire: Signer,
    options: OptionsSignature,
    quand: datetime,
    cumul: Cumul,
) -> PesSigne:
    """Write to `vers` the file `source`, signed.

    `quand` (aware) is the SigningTime. `cumul` gives the running total of the year, this
    bordereau included, and is asked only for a bordereau that lacks MtCumulAnnuel and needs it;
    None means unknown. `vers` appears whole or not at all; `source` is never written.

    Raises:
        IllisibleError: `source` is not well-formed XML.
        DocumentError: Hélios would reject the signed file; carries every anomaly, naming the
            missing value. Also: already signed, or nothing to sign.
        SignatureError: the certificate may not sign at `quand`, or no role is given.
        RessourceError: `vers` cannot be written.
    """
    apte_a_signer(signataire.certificat, quand)
    if not options.role.strip():
        raise SignatureError("la qualité du signataire (rôle) est obligatoire et manque")
    with FichierLu(source) as lecture:
        carte = cartographier(lecture, stricte=False)
        prete = preparer(lecture, carte, cumul)
        if prete.anomalies:
            raise _refus(prete.anomalies)
        modele = proprietes.modele(signataire.certificat, options, quand)
        atelier = _Atelier(lecture, carte, signataire, modele)
        if options.mode == "globale":
            retouches, signes = atelier.globale(prete)
        else:
            retouches, signes = atelier.par_bordereau(prete)
        ecrire(Epissure(lecture, retouches), vers)
    return PesSigne(vers, signes)


def _refus(anomalies: list[Anomalie]) -> DocumentError:
    premiere = anomalies[0].message
    suite = f" (et {len(anomalies) - 1} autres)" if len(anomalies) > 1 else ""
    ref = anomalies[0].ref
    return DocumentError(
        f"le fichier ne peut pas être signé : {premiere}{suite}",
        ref=ref,
        anomalies=tuple(anomalies),
    )


class _Atelier:
    """Makes the signatures of one file."""

    def __init__(
        self, lecture: FichierLu, carte: Carte, signataire: Signer, modele: Modele
    ) -> None:
        self._lecture = lecture
        self._carte = carte
        self._signataire = signataire
        self._modele = modele

    def par_bordereau(self, prete: Preparation) -> tuple[list[Retouche], tuple[ElementSigne, ...]]:
        retouches = list(prete.retouches)
        pris = set(self._carte.identifiants) | {pret.id for pret in prete.bordereaux}
        for pret in prete.bordereaux:
            retouches += pret.retouches
            texte = self._signature(pret.id, self._empreinte(pret), pris)
            retouches.append(Retouche(pret.noeud.fermeture, pret.noeud.fermeture, texte))
        return retouches, tuple(
            ElementSigne(pret.id, pret.bordereau.domaine, pret.bordereau.numero)
            for pret in prete.bordereaux
        )

    def globale(self, prete: Preparation) -> tuple[list[Retouche], tuple[ElementSigne, ...]]:
        racine = self._carte.racine
        retouches = [*prete.retouches, *(r for pret in prete.bordereaux for r in pret.retouches)]
        pris = set(self._carte.identifiants) | {pret.id for pret in prete.bordereaux}
        id_racine = racine.id
        if id_racine is None:
            id_racine = identifiant("PES1", pris)
            # A blank or `>` follows the name; the @Id goes right before it.
            balise = self._lecture.lire(racine.debut, racine.contenu)
            apres = racine.debut + len(balise[:-1].split(maxsplit=1)[0])
            retouches.append(Retouche(apres, apres, f' Id="{id_racine}"'.encode("ascii")))
        hache = hashlib.sha256()
        canoniser(Epissure(self._lecture, retouches), hache.update)
        texte = self._signature(id_racine, hache.digest(), pris)
        retouches.append(Retouche(racine.fermeture, racine.fermeture, texte))
        return retouches, (ElementSigne(id_racine, None, None),)

    def _empreinte(self, pret: Pret) -> bytes:
        noeud = pret.noeud
        octets = Epissure(self._lecture, pret.retouches, noeud.debut, noeud.fin).tout()
        element = fragment(self._lecture, self._carte, noeud, octets)
        return hashlib.sha256(canonique(element)).digest()

    def _signature(self, id_element: str, empreinte: bytes, pris: set[str]) -> bytes:
        rang = 1
        while pris & {f"{id_element}_SIG_{rang}{fin}" for fin in ("", "_SP", "_SV")}:
            rang += 1
        id_signature = f"{id_element}_SIG_{rang}"
        signed = proprietes.signed_info(self._modele, id_element, id_signature, empreinte)
        valeur = self._signataire.sign(proprietes.a_signer(signed))
        texte = proprietes.signature(self._modele, id_signature, signed, valeur)
        # `xmlcharrefreplace`: a name of Id outside the file's encoding cannot be; a role can.
        return texte.encode(self._carte.encodage, "xmlcharrefreplace")
