"""`sign` on one file: signed, checked again, and only then put in its place."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

from vaguemestre.config.sections import Signature
from vaguemestre.domain.comptable import EnTete
from vaguemestre.errors import DocumentError, Gravite
from vaguemestre.formats.plan import projeter
from vaguemestre.pes.communs import ENTETE
from vaguemestre.pes.examen import Reglages, examiner
from vaguemestre.pes.read import cartographier
from vaguemestre.pes.schema import Schemas
from vaguemestre.ports import Memoire, Signer
from vaguemestre.signature.proprietes import OptionsSignature
from vaguemestre.signature.xades import BordereauASigner, PesSigne, signer
from vaguemestre.workflows.fabrique import Cumuls

Mode = Literal["bordereau", "globale"]


def options(
    reglages: Signature, *, role: str | None = None, mode: Mode | None = None
) -> OptionsSignature:
    """The options of a signature from its settings; what is given here wins."""
    return OptionsSignature(
        mode=mode or reglages.mode,
        xades=reglages.xades,
        role=role or reglages.role,
        ville=reglages.ville,
        code_postal=reglages.code_postal,
        pays=reglages.pays,
        politique=reglages.politique,
    )


def entete_de(chemin: Path) -> EnTete:
    """The header of a PES, without reading its bordereaux.

    Raises:
        IllisibleError: not a PES Aller.
    """
    with projeter(chemin) as octets:
        carte = cartographier(octets)
        return ENTETE.lire(carte.element(carte.entete), Counter())


class CumulsDuFichier:
    """MtCumulAnnuel for a bordereau that lacks it: as the person said, else from the register."""

    def __init__(
        self, dits: dict[int, Decimal], cumuls: Cumuls | None = None, cod_bud: str = ""
    ) -> None:
        self._dits, self._cumuls, self._cod_bud = dits, cumuls, cod_bud

    def __call__(self, bordereau: BordereauASigner) -> Decimal | None:
        if bordereau.numero in self._dits:
            return self._dits[bordereau.numero]
        if self._cumuls is None:
            return None
        serie = (self._cod_bud, bordereau.domaine, bordereau.exercice, bordereau.type)
        return self._cumuls.ajouter(serie, bordereau.montant_ht, bordereau.montant_tva)


def parapher(
    source: Path,
    vers: Path,
    *,
    signataire: Signer,
    voulu: OptionsSignature,
    quand: datetime,
    cumul: CumulsDuFichier,
    schemas: Schemas,
    memoire: Memoire | None = None,
) -> PesSigne:
    """Sign `source` into `vers`; `vers` appears only when Hélios would take it.

    PJ that the file only references are not held against it: they may have been sent before.

    Raises:
        DocumentError: what is missing or wrong, all of it, before and after the signature.
    """
    essai = vers.with_name(f".{vers.name}.signature")
    try:
        signe = signer(source, essai, signataire, voulu, quand, cumul)
        examen = examiner(essai, schemas=schemas, memoire=memoire, reglages=Reglages())
        graves = tuple(a for a in examen.anomalies if a.gravite is not Gravite.AVERTISSEMENT)
        if graves:
            raise DocumentError(
                "signé, ce fichier serait rejeté par Hélios ; rien n'a été écrit",
                ref=source.name,
                anomalies=tuple(replace(a, fichier=source.name) for a in graves),
            )
        essai.replace(vers)
    finally:
        essai.unlink(missing_ok=True)
    return replace(signe, chemin=vers)
