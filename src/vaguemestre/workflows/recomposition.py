"""What the replacement of a settled flux holds, before any byte of it is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal

from vaguemestre.config.sections import Collectivite
from vaguemestre.domain.comptable import PesAller
from vaguemestre.domain.flux import BordereauInscrit, Fait
from vaguemestre.errors import Anomalie, UsageError
from vaguemestre.formats.plan import projeter
from vaguemestre.pes.hors_bordereau import HorsBordereau, situer
from vaguemestre.pes.read import cartographier
from vaguemestre.pes.reduction import BordereauReduit, Reduction
from vaguemestre.store.vues import BordereauVu, FluxVu
from vaguemestre.transport.nommage import nom_pesalr2
from vaguemestre.workflows import reserves
from vaguemestre.workflows.annexes import Annexes, Marches, TriAnnexes
from vaguemestre.workflows.dires import Dires
from vaguemestre.workflows.fabrique import Cumuls
from vaguemestre.workflows.maison import Maison, departs_de
from vaguemestre.workflows.pj_reprises import PjReprises, exiger_les_numeros, trier_pjs
from vaguemestre.workflows.substitut import Substitut
from vaguemestre.workflows.tri import Cle, Reste, cle_de, sans

Numerotation = Literal["meme", "nouveau"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The settled flux, read back: `source` its file, `dires` what its acquits say."""

    flux: FluxVu
    source: Path
    document: PesAller
    inscrits: Sequence[BordereauVu]
    dires: Dires


@dataclass(frozen=True, slots=True, kw_only=True)
class Choix:
    """What a person chose; `choisi`: they named what is left out themselves."""

    numerotation: Numerotation
    marches: Marches | None
    choisi: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """`cumuls`: MtCumulAnnuel of each bordereau that stays, under its new number."""

    reduction: Reduction
    cumuls: Mapping[Cle, Decimal | None]
    annexes: Annexes
    anomalies: tuple[Anomalie, ...]


@dataclass(slots=True)
class Recomposition:
    """One replacement being thought out; `memoire` sees what it stands for as not sent."""

    maison: Maison
    collectivite: Collectivite
    jour: date
    original: Original
    restes: tuple[Reste, ...]
    choix: Choix
    memoire: Substitut
    _anomalies: list[Anomalie] = field(default_factory=list)

    def composer(self) -> Composition:
        """Decide of every bordereau, invoice, contract and PJ.

        Raises:
            UsageError: a thing of which nobody knows whether it may leave again.
        """
        numeros = self._numeros()
        exiger_les_numeros(self.original.document, self.restes, numeros)
        annexes = self._annexes(numeros)
        pjs = self._pjs(annexes)
        cumuls: dict[Cle, Decimal | None] = {}
        siren = self.collectivite.siret[:9]
        rang = self.maison.registre.reserver(f"fil {siren} {self.jour:%y%m%d}")
        reduction = Reduction(
            nomfic=nom_pesalr2(siren, self.jour, rang).removesuffix(".xml"),
            jour=self.jour,
            bordereaux=tuple(self._reduits(numeros, cumuls)),
            pjs=pjs.gardees,
            factures=annexes.factures,
            contrats=annexes.contrats,
            numeros=annexes.numeros,
            liens=pjs.liens,
        )
        anomalies = (*self._anomalies, *annexes.anomalies, *pjs.anomalies)
        return Composition(
            reduction=reduction,
            cumuls=cumuls,
            annexes=annexes,
            anomalies=(*anomalies, *reserves.factures_partagees(self.restes)),
        )

    def _reduits(
        self, numeros: Mapping[Cle, int], cumuls: dict[Cle, Decimal | None]
    ) -> Iterator[BordereauReduit | None]:
        annee = Cumuls(
            self.memoire,
            self.collectivite.code,
            self.maison.config.pes.cumul_base,
            frozenset(departs_de(self.collectivite)),
        )
        for reste in self.restes:
            if not reste.pieces:
                yield None
                continue
            b = sans(reste)
            serie = (self.original.flux.cod_bud, b.domaine.value, b.exercice, b.type)
            cumul = annee.ajouter(serie, b.montant_ht, b.montant_tva)
            numero = numeros[reste.cle]
            cumuls[cle_de(replace(b, numero=numero))] = cumul
            yield BordereauReduit(
                pieces=reste.pieces,
                numero=numero,
                montant_ht=b.montant_ht,
                montant_tva=b.montant_tva,
                cumul=cumul,
            )

    def _numeros(self) -> dict[Cle, int]:
        """The same number or the next free one. What Hélios makes of a number that it has seen
        is not known for sure: the rule `registre.bordereau.refuse` says so of a refused one."""
        numeros: dict[Cle, int] = {}
        derniers: dict[tuple[str, int, str], int] = {}
        for reste in self.restes:
            if not reste.pieces:
                continue
            b, serie = reste.bordereau, reste.cle[:3]
            if self.choix.numerotation == "meme":
                numeros[reste.cle] = b.numero
                if reste.accepte:
                    self._anomalies.append(reserves.meme_numero(b))
                continue
            if serie not in derniers:
                code, budget = self.original.flux.cod_col, self.original.flux.cod_bud
                connu = self.memoire.dernier_bordereau(code, budget, *serie)
                derniers[serie] = max(connu or 0, b.numero)
            derniers[serie] += 1
            numeros[reste.cle] = derniers[serie]
        return numeros

    def _annexes(self, numeros: Mapping[Cle, int]) -> Annexes:
        hors = self._hors_bordereau()
        if not hors.contrats and self.choix.marches is not None:
            raise UsageError(f"{self.original.flux.id} ne porte aucun marché : retirer --marches")
        tri = TriAnnexes(
            dires=self.original.dires,
            restes=self.restes,
            numeros=numeros,
            marches=self.choix.marches,
            choisi=self.choix.choisi,
        )
        return tri.trier(hors)

    def _hors_bordereau(self) -> HorsBordereau:
        with projeter(self.original.source) as octets:
            return situer(cartographier(octets))

    def _pjs(self, annexes: Annexes) -> PjReprises:
        flux, dires = self.original.flux, self.original.dires
        vues = self.maison.registre.pjs(flux.id)
        return trier_pjs(
            self.original.document,
            self.restes,
            annexes,
            lambda nom: self.memoire.pj_connue(flux.cod_col, nom) is not None,
            {pj.id_unique: pj.etat for pj in vues},
            frozenset() if dires.tout_refuse else dires.pjs_tues(vues),
        )


def reprend(inscrit: BordereauVu, restes: Iterable[Reste]) -> bool:
    """It is sent again, or nothing of it holds any more, not even with the accountant."""
    cle = (inscrit.domaine, inscrit.exercice, inscrit.type, inscrit.numero)
    return any(
        reste.cle == cle and (reste.pieces or (reste.exclues and not reste.prises))
        for reste in restes
    )


def avec_cumul(fait: Fait, cumuls: Mapping[Cle, Decimal | None]) -> Fait:
    """The same fact, with the running total that was written."""
    if not isinstance(fait, BordereauInscrit):
        return fait
    return replace(fait, cumul=cumuls[fait.domaine, fait.exercice, fait.type, fait.numero])
