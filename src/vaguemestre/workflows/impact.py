"""What of the archive a schema version would refuse: every PES sent, checked again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vaguemestre.domain.flux import Etat
from vaguemestre.errors import Anomalie, IntegrityError
from vaguemestre.pes.examen import Reglages, examiner
from vaguemestre.pes.schema import Schemas
from vaguemestre.store.vues import FluxVu
from vaguemestre.workflows.maison import Maison

_PAGE = 200
_ELEMENTS_MAX = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Rupture:
    """One flux under another version. `ecarts` is empty when it would pass.

    `schema`: the version that it was checked under, '' when the log does not say; `absent`: its
    PES is not in the coffre any more, so nothing can be told.
    """

    flux: str
    nomfic: str
    etat: Etat
    schema: str
    ecarts: tuple[Anomalie, ...] = ()
    absent: bool = False

    @property
    def casse(self) -> bool:
        return bool(self.ecarts)

    def as_json(self) -> dict[str, object]:
        return {
            "flux": self.flux,
            "nomfic": self.nomfic,
            "etat": self.etat.value,
            "schema": self.schema,
            "casse": self.casse,
            "absent": self.absent,
            "ecarts": [ecart.as_json() for ecart in self.ecarts],
        }


def mesurer(maison: Maison, schemas: Schemas) -> Iterator[Rupture]:
    """Every flux of the register whose PES is known, latest first; the schema alone is asked."""
    _ = schemas.xmlschema  # a broken pack is said before the first flux
    for vu in _tous(maison):
        sha256 = _pes(maison, vu)
        if sha256 is not None:
            yield _un(maison, vu, sha256, schemas)


def schema_du_flux(maison: Maison, flux: FluxVu) -> str:
    """The version that judged the deposit of this flux, from the log; '' when it does not say."""
    versions = [
        str(etape.resultat["schema"])
        for etape in maison.registre.historique(flux.id)
        if etape.etape == "controler" and "schema" in etape.resultat
    ]
    return versions[-1] if versions else ""


def _pes(maison: Maison, flux: FluxVu) -> str | None:
    """The PES as it was sent, else as it was controlled."""
    for membre in maison.registre.membres(flux.id):
        if membre.genre == "pes":
            return membre.sha256
    for etape in maison.registre.historique(flux.id):
        fichiers = etape.resultat.get("fichiers") if etape.etape == "controler" else None
        for fichier in fichiers if isinstance(fichiers, list) else ():
            if isinstance(fichier, dict) and fichier.get("flux") == flux.id:
                return str(fichier["sha256"])
    return None


def _tous(maison: Maison) -> Iterator[FluxVu]:
    avant: int | None = None
    while page := maison.registre.lister(limite=_PAGE, avant=avant):
        yield from page
        avant = page[-1].ordre


def _un(maison: Maison, vu: FluxVu, sha256: str, schemas: Schemas) -> Rupture:
    schema = schema_du_flux(maison, vu)
    try:
        chemin = maison.coffre.chemin(sha256)
    except IntegrityError:
        return Rupture(flux=vu.id, nomfic=vu.nomfic, etat=vu.etat, schema=schema, absent=True)
    examen = examiner(
        chemin,
        schemas=schemas,
        reglages=Reglages(schema_seul=True, erreurs_max=_ELEMENTS_MAX),
    )
    return Rupture(
        flux=vu.id,
        nomfic=vu.nomfic,
        etat=vu.etat,
        schema=schema,
        ecarts=tuple(anomalie for anomalie in examen.anomalies if anomalie.bloquante),
    )
