"""Verify every signature of a PES Aller, with its reasons (reference A4).

One bordereau is parsed at a time, a global signature is digested as a stream: memory does not
grow with the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Literal

from vaguemestre.errors import Anomalie, Gravite
from vaguemestre.signature.canon import canoniser
from vaguemestre.signature.carte import (
    DOMAINES,
    SIGNATURE,
    Carte,
    Noeud,
    canonique,
    cartographier,
    fragment,
)
from vaguemestre.signature.certificats import titulaire
from vaguemestre.signature.chaine import Demande, Etat, juger
from vaguemestre.signature.confiance import Confiance
from vaguemestre.signature.controles import CONTROLES, RESIGNER, Examen
from vaguemestre.signature.epissure import Epissure, FichierLu, Retouche, tranches
from vaguemestre.signature.releve import Releve, relever

REVOCATION_INCONNUE = "sig.revocation.inconnue"
_CHAINE = {
    Etat.INCONNUE: ("sig.chaine", "le certificat ne remonte à aucune autorité de confiance"),
    Etat.EXPIREE: ("sig.certificat.expire", "le certificat ou son autorité a expiré"),
    Etat.FUTURE: ("sig.certificat.futur", "le certificat ou son autorité n'est pas encore valable"),
    Etat.REVOQUEE: ("sig.certificat.revoque", "le certificat ou son autorité a été révoqué"),
    Etat.REVOCATION_INCONNUE: (
        REVOCATION_INCONNUE,
        "on ne sait pas si le certificat a été révoqué : liste de révocation absente ou périmée",
    ),
    Etat.REFUSEE: ("sig.chaine", "la chaîne de certification n'est pas conforme"),
}
_CONSEILS = {
    Etat.INCONNUE: "L'exploitant ajoute l'autorité aux ancres, ou le signataire change de clé.",
    Etat.REVOCATION_INCONNUE: "L'exploitant met à jour les listes de révocation.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureVerifiee:
    """One signature. `element` reads « bordereau 12 » or « flux »; `date` as it is written."""

    element: str
    domaine: str
    id: str
    signataire: str
    role: str
    date: str
    anomalies: tuple[Anomalie, ...]
    certificat: bytes | None = None

    @property
    def valide(self) -> bool:
        return not any(anomalie.bloquante for anomalie in self.anomalies)

    def as_json(self) -> dict[str, object]:
        return {
            "element": self.element,
            "domaine": self.domaine,
            "id": self.id,
            "signataire": self.signataire,
            "role": self.role,
            "date": self.date,
            "anomalies": [anomalie.as_json() for anomalie in self.anomalies],
        }


@dataclass(frozen=True, slots=True)
class Verification:
    """The verdict on a file; `anomalies` are those of the file itself, not of one signature."""

    verdict: Literal["valide", "invalide", "non_signe"]
    signatures: tuple[SignatureVerifiee, ...]
    anomalies: tuple[Anomalie, ...] = ()

    @property
    def toutes(self) -> tuple[Anomalie, ...]:
        """Every anomaly, of the file and of its signatures."""
        return (*self.anomalies, *(a for s in self.signatures for a in s.anomalies))

    @property
    def revocation_inconnue(self) -> bool:
        """Only the revocation status stands in the way: hold the flux and try again later."""
        bloquantes = {anomalie.regle for anomalie in self.toutes if anomalie.bloquante}
        return bloquantes == {REVOCATION_INCONNUE}

    def as_json(self) -> dict[str, object]:
        """The shape that INTERFACE promises, with the anomalies of the file beside."""
        return {
            "verdict": self.verdict,
            "signatures": [signature.as_json() for signature in self.signatures],
            "anomalies": [anomalie.as_json() for anomalie in self.anomalies],
        }


def verifier(path: Path, confiance: Confiance, quand: datetime) -> Verification:
    """Every signature of the file, with all that is wrong, as received at `quand` (aware).

    Not to be called from a running event loop.

    Raises:
        IllisibleError: not well-formed XML, a DOCTYPE.
        ValueError: a certificate or a CRL of `confiance` is not one.
    """
    with FichierLu(path) as lecture:
        verificateur = _Verificateur(lecture, confiance, quand)
        signatures = tuple(verificateur.signatures())
        anomalies = tuple(verificateur.du_fichier())
    if not signatures:
        return Verification("non_signe", (), anomalies)
    valide = not any(a.bloquante for a in anomalies) and all(s.valide for s in signatures)
    return Verification("valide" if valide else "invalide", signatures, anomalies)


class _Verificateur:
    def __init__(self, lecture: FichierLu, confiance: Confiance, quand: datetime) -> None:
        self._lecture = lecture
        self._confiance = confiance
        self._quand = quand
        self._carte: Carte = cartographier(lecture)
        self._refs: dict[int, str] = {}

    def du_fichier(self) -> Iterator[Anomalie]:
        """Root, unique @Id, coverage, InfoDematerialisee."""
        carte = self._carte
        if not carte.est_pes:
            yield _anomalie("sig.racine", "enveloppe", "ce fichier n'est pas un PES Aller")
            return
        for valeur, nombre in carte.identifiants.items():
            if nombre > 1:
                message = f"l'identifiant Id « {valeur} » figure {nombre} fois dans le fichier"
                yield _anomalie("sig.id.double", "enveloppe", message)
        places = [b for b in carte.noeuds if b.nom == "Bordereau"]
        if len(places) != len(carte.bordereaux):
            message = (
                "un Bordereau se trouve ailleurs que dans PES_DepenseAller ou PES_RecetteAller"
            )
            yield _anomalie("sig.emplacement", "enveloppe", message)
        if not carte.signatures:
            yield from self._dematerialise(False)
            return
        globale = bool(carte.racine.directs(SIGNATURE))
        for noeud in carte.bordereaux:
            if not globale and not noeud.directs(SIGNATURE):
                ref = self._ref(noeud)
                yield _anomalie("sig.couverture", ref, f"{ref} n'est pas signé")
        yield from self._dematerialise(True)

    def _dematerialise(self, signe: bool) -> Iterator[Anomalie]:
        for domaine in self._carte.domaines:
            entetes = [e for e in domaine.enfants if e.nom in {"EnTeteDepense", "EnTeteRecette"}]
            drapeaux = [d for e in entetes for d in e.directs("InfoDematerialisee")]
            valeur = drapeaux[0].attributs.get("V", "").strip() if drapeaux else "0"
            if (valeur in {"1", "true"}) != signe:
                etat = "signé" if signe else "sans signature"
                message = f"{domaine.nom} est {etat} alors que InfoDematerialisee vaut {valeur}"
                yield _anomalie("sig.demat", "en-tête", f"{message} : Hélios rejette le flux")

    def signatures(self) -> Iterator[SignatureVerifiee]:
        return (self._verifier(noeud) for noeud in self._carte.signatures)

    def _verifier(self, noeud: Noeud) -> SignatureVerifiee:
        parent = self._porteur(noeud)
        ref = "signature égarée" if parent is None else self._ref(parent)
        if parent is None:
            message = "une signature se trouve hors d'un Bordereau et de la racine"
            return _illisible(ref, _anomalie("sig.emplacement", ref, message))
        octets = self._lecture.lire(noeud.debut, noeud.fin)
        releve = relever(fragment(self._lecture, self._carte, noeud, octets))
        if releve is None:
            message = f"{ref} : la signature n'a pas de SignedInfo, ou en a plusieurs"
            return _illisible(ref, _anomalie("sig.structure", ref, message))
        examen = self._examen(noeud, parent, releve)
        anomalies = [a for controle in CONTROLES for a in controle(examen)]
        anomalies += self._place(noeud, parent)
        anomalies += self._chaine(examen)
        qui, proprietes = examen.titulaire, examen.proprietes
        return SignatureVerifiee(
            element=ref,
            domaine=DOMAINES.get(parent.parent.nom, "") if parent.parent else "",
            id=parent.id or "",
            signataire=qui.nom if qui else "",
            role=" ".join(proprietes.roles) if proprietes else "",
            date=proprietes.date if proprietes else "",
            anomalies=tuple(dict.fromkeys(anomalies)),
            certificat=examen.certificat,
        )

    def _porteur(self, noeud: Noeud) -> Noeud | None:
        """The Bordereau or the root that holds the signature as a child proper."""
        racine = self._carte.racine
        porteurs = [racine, *self._carte.bordereaux] if self._carte.est_pes else [racine]
        return next((p for p in porteurs if any(n is noeud for n in p.directs(noeud.nom))), None)

    def _ref(self, noeud: Noeud) -> str:
        """How a clerk calls it; asked several times, read once."""
        ref = self._refs.get(noeud.debut)
        if ref is None:
            ref = self._refs[noeud.debut] = self._nommer(noeud)
        return ref

    def _nommer(self, noeud: Noeud) -> str:
        if noeud is self._carte.racine:
            return "flux"
        for bloc in noeud.directs("BlocBordereau"):
            lu = fragment(
                self._lecture, self._carte, bloc, self._lecture.lire(bloc.debut, bloc.fin)
            )
            numero = lu.find("IdBord")
            if numero is not None and numero.get("V"):
                return f"bordereau {numero.get('V')}"
        return f"bordereau de rang {self._carte.bordereaux.index(noeud) + 1}"

    def _examen(self, noeud: Noeud, parent: Noeud, releve: Releve) -> Examen:
        sans = [Retouche(noeud.debut, noeud.fin, b"")]

        @cache
        def digest(nom: str) -> bytes:
            hache = hashlib.new(nom, usedforsecurity=nom != "sha1")
            if parent is self._carte.racine:
                canoniser(Epissure(self._lecture, sans), hache.update)
            else:
                reste = Epissure(self._lecture, sans, parent.debut, parent.fin).tout()
                hache.update(canonique(fragment(self._lecture, self._carte, parent, reste)))
            return hache.digest()

        return Examen(
            ref=self._ref(parent),
            releve=releve,
            id_parent=parent.id,
            ids_uniques=lambda valeur: self._carte.identifiants[valeur] == 1,
            digest=digest,
            confiance=self._confiance,
            quand=self._quand,
        )

    def _place(self, noeud: Noeud, parent: Noeud) -> Iterator[Anomalie]:
        """One signature per element, last child of it (PS 2.1, schema)."""
        ref = self._ref(parent)
        if len(parent.directs(noeud.nom)) > 1:
            message = f"{ref} porte plusieurs signatures : ni co-signature ni sur-signature"
            yield _anomalie("sig.multiple", ref, message)
            return
        suite = b"".join(tranches(self._lecture, noeud.fin, parent.fermeture))
        if b"<" in suite.replace(b"<!--", b""):
            message = f"{ref} : la signature n'est pas le dernier élément"
            yield _anomalie("sig.emplacement", ref, message)

    def _chaine(self, examen: Examen) -> Iterator[Anomalie]:
        """Path to an anchor when received, revocation included, and at SigningTime."""
        if examen.titulaire is None or examen.certificat is None:
            return
        autres = tuple(
            c for c in examen.releve.certificats if c != examen.certificat and _lisible(c)
        )
        avec, sans = (
            Demande(examen.certificat, autres, self._confiance, revocation, examen.sha1_admis)
            for revocation in (True, False)
        )
        etat = juger(avec, self._quand).etat
        if etat is not Etat.SURE:
            yield self._motif(examen, etat, "à la réception")
        # An unknown status must not hide what no revocation list will cure.
        nu = juger(sans, self._quand).etat if etat is Etat.REVOCATION_INCONNUE else Etat.SURE
        if nu is not Etat.SURE:
            yield self._motif(examen, nu, "à la réception")
        if examen.signee_le is None or etat is Etat.INCONNUE:
            return
        etat = juger(sans, examen.signee_le).etat
        if etat is not Etat.SURE:
            yield self._motif(examen, etat, "à la date de signature")

    def _motif(self, examen: Examen, etat: Etat, quand: str) -> Anomalie:
        regle, message = _CHAINE[etat]
        souple = etat is Etat.REVOCATION_INCONNUE and self._confiance.revocation == "souple"
        return Anomalie(
            regle,
            examen.ref,
            f"{examen.ref} : {message} ({quand})",
            Gravite.AVERTISSEMENT if souple else Gravite.REJET_FLUX,
            conseil=_CONSEILS.get(etat, RESIGNER),
        )


def _lisible(certificat: bytes) -> bool:
    try:
        titulaire(certificat)
    except ValueError:
        return False
    return True


def _illisible(ref: str, anomalie: Anomalie) -> SignatureVerifiee:
    return SignatureVerifiee(
        element=ref, domaine="", id="", signataire="", role="", date="", anomalies=(anomalie,)
    )


def _anomalie(regle: str, ref: str, message: str) -> Anomalie:
    return Anomalie(regle, ref, message, conseil=RESIGNER)
