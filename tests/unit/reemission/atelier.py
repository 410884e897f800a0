"""A settled PES in hand: its acquit is said, what is left out is named, and it is made again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from vaguemestre.domain.acquits import Acquit
from vaguemestre.domain.comptable import PesAller
from vaguemestre.formats.plan import projeter
from vaguemestre.pes.acquit import lire_reponse
from vaguemestre.pes.examen import Examen, examiner
from vaguemestre.pes.hors_bordereau import situer
from vaguemestre.pes.read import cartographier, lire
from vaguemestre.pes.reduction import BordereauReduit, Reduction, reduire
from vaguemestre.pes.schema import Schemas, charger
from vaguemestre.simulators.acquits import Element, Faute, acquit
from vaguemestre.simulators.lecture import lire_flux
from vaguemestre.store.vues import BordereauVu
from vaguemestre.workflows.annexes import Annexes, Marches, TriAnnexes
from vaguemestre.workflows.dires import Dires
from vaguemestre.workflows.entraines import entrainees
from vaguemestre.workflows.pj_reprises import PjReprises, exiger_les_numeros, trier_pjs
from vaguemestre.workflows.tri import Piece, Reste, choisies, cle_de, sans, trier

JOUR = date(2026, 12, 1)


@cache
def schemas() -> Schemas:
    return charger("5.30")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refait:
    """The replacement, read back and examined."""

    octets: bytes
    document: PesAller
    restes: tuple[Reste, ...]
    annexes: Annexes
    pjs: PjReprises
    examen: Examen

    @property
    def bloquantes(self) -> list[str]:
        return [f"{a.regle} {a.ref} : {a.message}" for a in self.examen.anomalies if a.bloquante]


@dataclass(slots=True)
class Atelier:
    """`accepte`: what the register holds of each IdBord; `etats`: of each PJ."""

    dossier: Path
    octets: bytes
    accepte: Mapping[int, bool] = field(default_factory=dict)
    dires: Dires = field(default_factory=Dires)
    connues: frozenset[str] = frozenset()
    etats: Mapping[str, str] = field(default_factory=dict)

    @property
    def source(self) -> Path:
        chemin = self.dossier / "original.xml"
        if not chemin.exists():
            chemin.write_bytes(self.octets)
        return chemin

    def acquitter(
        self, *elements: Element, marches: Mapping[str, bool | str] | None = None
    ) -> None:
        """The partner answers; `marches`: IdMarche accepted or not, or the words of its refusal."""
        faits = [
            Element(
                domaine=11,
                accepte=dit is True,
                id_unique=f"M{rang}",
                fautes=(Faute(code="ERREUR_AUTRE", libelle=dit),) if isinstance(dit, str) else (),
            )
            for rang, dit in enumerate((marches or {}).values())
        ]
        contenu = acquit(lire_flux(self.source).entete, [*elements, *faits])
        for rang, nom in enumerate(marches or {}):
            avant, apres = f'<IdUnique V="M{rang}"/>', f'<IdMarche V="{nom}"/>' if nom else ""
            contenu = contenu.replace(avant.encode(), apres.encode())
        chemin = self.dossier / "acquit.xml"
        chemin.write_bytes(contenu)
        lu = lire_reponse(chemin)
        assert isinstance(lu, Acquit)
        assert [a for a in lu.anomalies if a.regle.startswith("xsd.")] == []
        self.dires = Dires(verdict=lu.etat, elements=lu.elements)

    def inscrits(self, document: PesAller) -> list[BordereauVu]:
        return [
            BordereauVu(
                flux="F00000001",
                cod_col="123",
                cod_bud="00",
                domaine=b.domaine.value,
                exercice=b.exercice,
                type=b.type,
                numero=b.numero,
                pieces=tuple(p.numero for p in b.pieces),
                montant_ht=b.montant_ht,
                montant_tva=b.montant_tva,
                cumul=None,
                accepte=self.accepte.get(b.numero),
                vivant=True,
            )
            for b in document.bordereaux
        ]

    def refaire(
        self,
        *exclure: str,
        marches: Marches | None = None,
        choisi: bool = False,
        ecart: int = 0,
    ) -> Refait:
        """Without these pièces and what corrects them; `ecart` is added to every IdBord."""
        document = lire(self.source)
        exclues = choisies(document.bordereaux, exclure or ("aucune",))
        suites = {s.piece for s in entrainees(document.bordereaux, exclues)}
        inscrits = self.dires.bordereaux(self.inscrits(document))
        restes = trier(document.bordereaux, inscrits, exclues | suites, ())
        numeros = {r.cle: r.bordereau.numero + ecart for r in restes if r.pieces}
        exiger_les_numeros(document, restes, numeros)
        tri = TriAnnexes(
            dires=self.dires, restes=restes, numeros=numeros, marches=marches, choisi=choisi
        )
        with projeter(self.source) as octets:
            annexes = tri.trier(situer(cartographier(octets)))
        pjs = trier_pjs(document, restes, annexes, self.connues.__contains__, self.etats)
        reduction = Reduction(
            nomfic="REFAIT",
            jour=JOUR,
            bordereaux=tuple(_reduit(reste, numeros) for reste in restes),
            pjs=pjs.gardees,
            factures=annexes.factures,
            contrats=annexes.contrats,
            numeros=annexes.numeros,
            liens=pjs.liens,
        )
        vers = self.dossier / "refait.xml"
        reduire(self.source, vers, reduction)
        return Refait(
            octets=vers.read_bytes(),
            document=lire(vers),
            restes=restes,
            annexes=annexes,
            pjs=pjs,
            examen=examiner(vers, schemas=schemas()),
        )


def _reduit(
    reste: Reste, numeros: Mapping[tuple[str, int, str, int], int]
) -> BordereauReduit | None:
    if not reste.pieces:
        return None
    b = sans(reste)
    return BordereauReduit(
        pieces=reste.pieces,
        numero=numeros[reste.cle],
        montant_ht=b.montant_ht,
        montant_tva=b.montant_tva,
    )


def refuse(bordereau: int, *pieces: int, domaine: int = 5, accepte: bool = False) -> Element:
    """The line of an acquit on a bordereau, with the pièces that it blames."""
    return Element(
        domaine=domaine,
        accepte=accepte,
        bordereau=bordereau,
        exercice=2026,
        fautes=tuple(Faute(code="ERREUR_AUTRE", libelle="essai", piece=p) for p in pieces),
    )


def sans_piece(document: PesAller, exclues: Iterable[Piece]) -> PesAller:
    """The same document without these pièces, nor bordereaux that are then empty."""
    otees = set(exclues)
    gardes = (
        replace(b, pieces=tuple(p for p in b.pieces if (*cle_de(b), p.numero) not in otees))
        for b in document.bordereaux
    )
    return replace(document, bordereaux=tuple(b for b in gardes if b.pieces))


def total(document: PesAller) -> Decimal:
    return sum((b.montant_ht for b in document.bordereaux), Decimal(0))
