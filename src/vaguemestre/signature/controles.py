"""The controls of one signature (reference A4, steps 2 to 7), one small function each.

Each takes the `Examen` of a signature and yields what is wrong; all are run, so that a sender
learns everything at once.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from vaguemestre.errors import Anomalie, Gravite
from vaguemestre.signature.carte import DS
from vaguemestre.signature.certificats import BITS_MIN, Titulaire, titulaire
from vaguemestre.signature.confiance import Confiance
from vaguemestre.signature.noms import compacter
from vaguemestre.signature.proprietes import ENVELOPPEE, EXC_C14N, RSA_SHA256, SHA256
from vaguemestre.signature.releve import (
    EXC_C14N_COMMENTAIRES,
    EmpreinteCertificat,
    Proprietes,
    Reference,
    Releve,
)

RESIGNER = "Faire signer de nouveau le bordereau par l'ordonnateur."
SHA1 = f"{DS}sha1"
RSA_SHA1 = f"{DS}rsa-sha1"
DIGESTS = {
    SHA256: "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
    SHA1: "sha1",
}
_METHODES: dict[str, hashes.HashAlgorithm] = {
    RSA_SHA256: hashes.SHA256(),
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384": hashes.SHA384(),
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512": hashes.SHA512(),
    # Only where the trust says so, for archives.
    RSA_SHA1: hashes.SHA1(),  # noqa: S303
}
_EXC = frozenset({EXC_C14N, EXC_C14N_COMMENTAIRES})
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")
# Two clocks are never quite equal.
_AVANCE = timedelta(minutes=5)


@dataclass
class Examen:
    """One signature under examination; what several controls ask is worked out once.

    `id_parent` is the @Id of the element that holds it, `digest` computes the digest of that
    element without the signature, by the name of a hash.
    """

    ref: str
    releve: Releve
    id_parent: str | None
    ids_uniques: Callable[[str], bool]
    digest: Callable[[str], bytes]
    confiance: Confiance
    quand: datetime

    @cached_property
    def proprietes(self) -> Proprietes | None:
        """The SignedProperties found by following the second reference, never another."""
        uri = self.releve.references[1].uri if len(self.releve.references) == 2 else None
        if not uri or not uri.startswith("#") or not self.ids_uniques(uri[1:]):
            return None
        return self.releve.proprietes.get(uri[1:])

    @cached_property
    def signee_le(self) -> datetime | None:
        """SigningTime, aware, UTC; None when it cannot be read as a moment."""
        date = self.proprietes.date if self.proprietes else ""
        if not _DATE.fullmatch(date):
            return None
        try:
            lue = datetime.fromisoformat(date)
        except ValueError:
            return None
        return lue.astimezone(UTC) if lue.tzinfo else lue.replace(tzinfo=UTC)

    @cached_property
    def sha1_admis(self) -> bool:
        borne, signee = self.confiance.sha1_avant, self.signee_le
        return borne is not None and signee is not None and signee.date() < borne

    @cached_property
    def certificat(self) -> bytes | None:
        """The certificate of KeyInfo that SigningCertificate designates, else the first."""
        certificats = self.releve.certificats
        attendus = self.proprietes.certificats if self.proprietes else ()
        for certificat in certificats:
            if any(_est_celui(attendu, certificat) for attendu in attendus):
                return certificat
        return certificats[0] if certificats else None

    @cached_property
    def titulaire(self) -> Titulaire | None:
        try:
            return titulaire(self.certificat) if self.certificat else None
        except ValueError:
            return None

    def anomalie(
        self,
        regle: str,
        message: str,
        conseil: str = RESIGNER,
        gravite: Gravite = Gravite.REJET_FLUX,
    ) -> Anomalie:
        return Anomalie(f"sig.{regle}", self.ref, message, gravite, conseil=conseil)


def _est_celui(attendu: EmpreinteCertificat, certificat: bytes) -> bool:
    nom = DIGESTS.get(attendu.algorithme)
    return nom is not None and attendu.empreinte == _hacher(nom, certificat)


def _hacher(nom: str, octets: bytes) -> bytes:
    return hashlib.new(nom, octets, usedforsecurity=nom != "sha1").digest()


def structure(examen: Examen) -> Iterator[Anomalie]:
    releve = examen.releve
    ordre = ("SignedInfo", "SignatureValue", "KeyInfo", "Object")
    if tuple(dict.fromkeys(releve.enfants)) != ordre or len(releve.enfants) != len(ordre):
        yield examen.anomalie(
            "structure",
            "la signature n'est pas faite de SignedInfo, SignatureValue, KeyInfo et Object",
        )
    if releve.canonicalisation not in _EXC or releve.inclusifs:
        yield examen.anomalie(
            "transformation",
            f"forme canonique « {releve.canonicalisation} » refusée (xml-exc-c14n attendue)",
        )
    if releve.nombre_proprietes > 1:
        yield examen.anomalie(
            "proprietes", "la signature porte plusieurs SignedProperties : on ne sait laquelle lire"
        )


def algorithmes(examen: Examen) -> Iterator[Anomalie]:
    """RSA with SHA-256 or better; SHA-1 for old archives only."""
    releve = examen.releve
    nommes = [(releve.methode, releve.methode in _METHODES, releve.methode == RSA_SHA1)]
    nommes += [
        (r.algorithme, r.algorithme in DIGESTS, r.algorithme == SHA1) for r in releve.references
    ]
    for nom in dict.fromkeys(
        nom for nom, connu, faible in nommes if not connu or (faible and not examen.sha1_admis)
    ):
        yield examen.anomalie(
            "algorithme", f"algorithme « {nom} » refusé (RSA et SHA-256 attendus)"
        )


def references(examen: Examen) -> Iterator[Anomalie]:
    """Exactly two: the element that holds the signature, and its SignedProperties."""
    deux = examen.releve.references
    if len(deux) != 2:
        message = f"la signature porte {len(deux)} références au lieu de deux"
        yield examen.anomalie("references", message)
        return
    yield from _transformations(examen, deux[0], (ENVELOPPEE, EXC_C14N))
    yield from _transformations(examen, deux[1], (EXC_C14N,))
    if not deux[0].uri:
        yield examen.anomalie(
            "reference.vide",
            "la première référence est vide : elle doit nommer l'élément signé (#Id)",
        )
    elif examen.id_parent is None or deux[0].uri != f"#{examen.id_parent}":
        yield examen.anomalie(
            "reference",
            f"la signature porte sur « {deux[0].uri} » et non sur l'élément qui la contient",
        )
    elif not examen.ids_uniques(examen.id_parent):
        message = f"l'identifiant « {examen.id_parent} » figure plusieurs fois dans le fichier"
        yield examen.anomalie("id.double", message)
    if examen.proprietes is None:
        yield examen.anomalie(
            "reference.proprietes",
            "la seconde référence ne mène pas aux SignedProperties de cette signature",
        )


def _transformations(
    examen: Examen, reference: Reference, voulues: tuple[str, ...]
) -> Iterator[Anomalie]:
    lues = tuple(EXC_C14N if t in _EXC else t for t in reference.transformations)
    if lues != voulues or reference.inclusifs:
        yield examen.anomalie(
            "transformation", f"transformations de la référence « {reference.uri} » refusées"
        )


def empreintes(examen: Examen) -> Iterator[Anomalie]:
    """Digests of the element and of the SignedProperties."""
    deux = examen.releve.references
    if len(deux) != 2:
        return
    nom = DIGESTS.get(deux[0].algorithme)
    designe = examen.id_parent is not None and deux[0].uri == f"#{examen.id_parent}"
    if nom and designe and examen.digest(nom) != deux[0].empreinte:
        yield examen.anomalie(
            "empreinte", "le contenu signé a été modifié après la signature (empreinte différente)"
        )
    nom = DIGESTS.get(deux[1].algorithme)
    proprietes = examen.proprietes
    if nom and proprietes and _hacher(nom, proprietes.canonique) != deux[1].empreinte:
        yield examen.anomalie(
            "empreinte.proprietes",
            "la date, le rôle ou le certificat déclarés ont été modifiés après la signature",
        )


def valeur(examen: Examen) -> Iterator[Anomalie]:
    """SignatureValue over SignedInfo with the key of the certificate."""
    qui = examen.titulaire
    if not examen.releve.certificats:
        yield examen.anomalie("certificat.absent", "la signature ne porte pas de certificat")
        return
    if qui is None:
        yield examen.anomalie("certificat.illisible", "le certificat de la signature est illisible")
        return
    if qui.cle is None or qui.cle.key_size < BITS_MIN:
        yield examen.anomalie(
            "certificat.cle", f"la clé de {qui.nom} n'est pas RSA d'au moins {BITS_MIN} bits"
        )
    hache = _METHODES.get(examen.releve.methode)
    if qui.cle is None or hache is None:
        return
    try:
        qui.cle.verify(
            examen.releve.valeur or b"", examen.releve.signed_info, padding.PKCS1v15(), hache
        )
    except InvalidSignature:
        yield examen.anomalie(
            "valeur", f"la signature n'est pas celle de {qui.nom}, ou elle a été modifiée"
        )


def certificat(examen: Examen) -> Iterator[Anomalie]:
    """SigningCertificate names the certificate of KeyInfo, which may sign."""
    qui, proprietes, der = examen.titulaire, examen.proprietes, examen.certificat
    if qui is None or proprietes is None or der is None:
        return
    if not qui.non_repudiation:
        yield examen.anomalie(
            "certificat.usage", f"le certificat de {qui.nom} n'a pas vocation à signer"
        )
    if len(proprietes.certificats) != 1:
        yield examen.anomalie("certificat.propriete", "SigningCertificate manque ou est multiple")
        return
    declare = proprietes.certificats[0]
    if not _est_celui(declare, der):
        yield examen.anomalie(
            "certificat.empreinte", "le certificat déclaré n'est pas celui de la signature"
        )
    if compacter(declare.emetteur) != compacter(qui.emetteur):
        yield examen.anomalie(
            "certificat.emetteur",
            f"l'émetteur déclaré « {declare.emetteur} » n'est pas celui du certificat",
        )
    if declare.numero.lstrip("0") != str(qui.numero):
        yield examen.anomalie(
            "certificat.numero", "le numéro de série déclaré n'est pas celui du certificat"
        )


def declarations(examen: Examen) -> Iterator[Anomalie]:
    """SigningTime in UTC and not to come, role, policy (PS 4.2.2)."""
    proprietes = examen.proprietes
    if proprietes is None:
        return
    signee = examen.signee_le
    if signee is None or not proprietes.date.endswith("Z"):
        yield examen.anomalie(
            "date", f"la date de signature « {proprietes.date} » n'est pas au format UTC (…Z)"
        )
    if signee is not None and signee > examen.quand + _AVANCE:
        yield examen.anomalie("date.future", f"la signature est datée du futur : {proprietes.date}")
    if len(proprietes.roles) != 1 or not proprietes.roles[0]:
        yield examen.anomalie("role", "la qualité du signataire (rôle) manque ou est multiple")
    acceptees = {_oid(politique) for politique in examen.confiance.politiques}
    if not proprietes.politique:
        yield examen.anomalie("politique", "la politique de signature manque")
    elif acceptees and _oid(proprietes.politique) not in acceptees:
        yield examen.anomalie(
            "politique", f"la politique de signature « {proprietes.politique} » n'est pas acceptée"
        )


def _oid(texte: str) -> str:
    return texte.lower().removeprefix("urn:oid:")


CONTROLES: tuple[Callable[[Examen], Iterator[Anomalie]], ...] = (
    structure,
    algorithmes,
    references,
    empreintes,
    valeur,
    certificat,
    declarations,
)
