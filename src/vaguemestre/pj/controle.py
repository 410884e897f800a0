"""The PJ of one PES against the local agreement, while they flow past: one `ControlePj` a file.

It takes the decoded bytes of each PJ, gives PDFs to the readers without waiting for them, and
gathers what they found at the end of the file. Sources: accord local 1.3 to 1.5 and 2.2
(accord-local-nc NC-23 to NC-30, NC-44 to NC-53).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from vaguemestre.domain.declaration import DeclarationPj
from vaguemestre.errors import Anomalie, Gravite
from vaguemestre.formats.examen_pj import PjLue, Receveur
from vaguemestre.formats.motif_nom import MotifNom
from vaguemestre.pj.categories import PjDeclaree, Referentiel, controler_categorie, referentiel
from vaguemestre.pj.constats import constat, de_la_lecture
from vaguemestre.pj.contenu import Recueil, vue_du_pdf
from vaguemestre.pj.pages import LecteurPdf, Lecture, Seuils, Structure

if TYPE_CHECKING:
    from concurrent.futures import Future

TOUTES = "*"
"""Key of what a deposit declares for all its PJ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What is asked of the PJ of a body.

    `cochees`: category to label, as the convention lists them; empty: nothing is restricted.
    `hors_competence`: categories whose enforceability the signer may not certify (NC-23).
    `motifs`: naming pattern to the one category that it stands for. `scan`: gravity of a page
    that is an image. `declarations`: by IdUnique or name, `TOUTES` for the whole deposit.
    `connues`: IdUnique and names of the PJ of the deposit that stand in another file of it.
    """

    liste: Referentiel = field(default_factory=referentiel)
    cochees: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    hors_competence: frozenset[str] = frozenset()
    motifs: tuple[tuple[MotifNom, str], ...] = ()
    structure: bool = True
    texte: bool = False
    seuils: Seuils = field(default_factory=Seuils)
    scan: Gravite = Gravite.REJET_PJ
    declarations: Mapping[str, DeclarationPj] = field(default_factory=lambda: MappingProxyType({}))
    connues: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bilan:
    """What was looked at: PDFs, those of them given to a reader (`lus`), pages read, and what
    reading took in milliseconds. `pdfa`: how many claim each kind (« 3B »), never verified.
    """

    documents: int = 0
    lus: int = 0
    pages: int = 0
    ms: float = 0.0
    pdfa: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def de(cls, lecture: Lecture, *, lu: bool) -> Bilan:
        """Of one PDF."""
        pdfa = lecture.structure.pdfa if lecture.structure is not None else ""
        return cls(
            documents=1,
            lus=int(lu),
            pages=len(lecture.pages),
            ms=lecture.ms,
            pdfa={pdfa: 1} if pdfa else {},
        )

    def plus(self, autre: Bilan) -> Bilan:
        return Bilan(
            documents=self.documents + autre.documents,
            lus=self.lus + autre.lus,
            pages=self.pages + autre.pages,
            ms=self.ms + autre.ms,
            pdfa=dict(Counter(self.pdfa) + Counter(autre.pdfa)),
        )

    @property
    def phrase(self) -> str:
        """« 3 PDF (2 déclarés PDF/A-3B, non vérifié), 4 pages lues en 6 ms »."""
        pdfa = ", ".join(f"{n} déclaré(s) PDF/A-{de}" for de, n in sorted(self.pdfa.items()))
        texte = f"{self.documents} PDF" + (f" ({pdfa}, non vérifié)" if pdfa else "")
        return texte + (f", {self.pages} page(s) lues en {self.ms:.0f} ms" if self.pages else "")

    def as_json(self) -> dict[str, object]:
        return {
            "documents": self.documents,
            "lus": self.lus,
            "pages": self.pages,
            "ms": round(self.ms, 1),
            "pdfa": dict(sorted(self.pdfa.items())),
        }


@dataclass(slots=True)
class _EnCours:
    pj: PjLue
    declaration: DeclarationPj
    futur: Future[Lecture] | None
    lecture: Lecture
    recueil: Recueil | None


class ControlePj:
    """Looks into the PJ of one file (the `ExamenPj` of ports). `lecteur` None: no PDF is read."""

    def __init__(self, conditions: Conditions, lecteur: LecteurPdf | None = None) -> None:
        self._conditions = conditions
        self._lecteur = lecteur
        self._en_cours: list[_EnCours] = []
        self._vues: list[tuple[PjLue, DeclarationPj, str]] = []
        self._signees: dict[str, bool] = {}
        self._anomalies: list[Anomalie] = []
        self.bilan = Bilan()

    def ouvrir(self) -> Recueil | None:
        """Where the bytes of the next PJ go; None: they are not wanted."""
        lire = self._conditions.structure or self._conditions.texte
        return Recueil() if lire and self._lecteur is not None else None

    def juger(self, recu: Receveur | None, pj: PjLue) -> None:
        """The PJ is read to its end and named."""
        declaration = self._declaration(pj)
        categorie = declaration.categorie or self._deduite(pj.nom)
        self._vues.append((pj, declaration, categorie))
        declaree = PjDeclaree(
            ref=pj.ref,
            nom=pj.nom,
            nature=pj.nature,
            type=pj.type,
            categorie=categorie,
            origine=declaration.origine,
            libelle=declaration.libelle,
        )
        conditions = self._conditions
        self._anomalies += controler_categorie(declaree, conditions.liste, conditions.cochees)
        if isinstance(recu, Recueil):
            self._lire(recu, pj, declaration)

    def _lire(self, recueil: Recueil, pj: PjLue, declaration: DeclarationPj) -> None:
        pdf = recueil.pdf
        if pdf is None or self._lecteur is None:
            recueil.vider()
            return
        directe = vue_du_pdf(pdf) if self._conditions.structure else None
        structure = self._conditions.structure and directe is None
        if not structure and not self._conditions.texte:
            recueil.vider()
            lecture = Lecture(structure=directe, nombre=directe.pages if directe else None)
            self._en_cours.append(_EnCours(pj, declaration, None, lecture, None))
            return
        futur = self._lecteur.soumettre(pdf, texte=self._conditions.texte, structure=structure)
        vue = Lecture(structure=directe)
        garde = None if isinstance(pdf, bytes) else recueil
        if garde is None:
            recueil.vider()
        self._en_cours.append(_EnCours(pj, declaration, futur, vue, garde))

    def _declaration(self, pj: PjLue) -> DeclarationPj:
        """Its own declaration; a waiver for the whole deposit goes with it."""
        declarations = self._conditions.declarations
        commune = declarations.get(TOUTES, DeclarationPj())
        sienne = declarations.get(pj.id_unique) or declarations.get(pj.nom) or DeclarationPj()
        return sienne.avec_defaut(commune)

    def _deduite(self, nom: str) -> str:
        """The category whose agreed name this is."""
        return next((code for motif, code in self._conditions.motifs if motif.accepte(nom)), "")

    def conclure(self) -> list[Anomalie]:
        """Wait for the readers; every finding, each PJ in its order. Called once."""
        for un in self._en_cours:
            lecture = un.lecture
            if un.futur is not None:
                lecture = _complete(un.futur.result(), lecture.structure)
            self.bilan = self.bilan.plus(Bilan.de(lecture, lu=un.futur is not None))
            if un.recueil is not None:
                un.recueil.vider()
            if lecture.structure is not None:
                self._signees[un.pj.id_unique] = lecture.structure.signatures > 0
            self._anomalies += de_la_lecture(
                un.pj,
                lecture,
                self._conditions.seuils,
                scan=self._conditions.scan,
                exiger=self._conditions.texte,
                derogation=un.declaration.derogation,
            )
        self._en_cours.clear()
        self._anomalies += self._accompagnees()
        self._anomalies += self._certifications()
        return self._anomalies

    def _accompagnees(self) -> Iterator[Anomalie]:
        """NC-45: pay statements come with the archive of the decisions that they refer to."""
        liste, dites = self._conditions.liste, self._conditions.declarations
        presentes = {categorie for _, _, categorie in self._vues}
        presentes |= {dite.categorie for dite in dites.values()}
        for pj, _, code in self._vues:
            categorie = liste.trouver(code)
            for manquante in categorie.avec if categorie is not None else ():
                autre = liste.trouver(manquante)
                if autre is not None and manquante not in presentes:
                    yield constat(
                        "pj.categorie.avec",
                        pj,
                        f"« {autre.libelle} » ({autre.reference}) n'est pas dans l'envoi",
                        "Joindre la pièce qui l'accompagne et déclarer sa catégorie"
                        f" ({manquante}), ou vérifier qu'aucune n'est due.",
                    )

    def _certifications(self) -> Iterator[Anomalie]:
        """Accord local 1.3 (NC-23): the justification « devra être transmise avec la pièce »."""
        par_nom = {cle: pj for pj, _, _ in self._vues for cle in (pj.nom, pj.id_unique)}
        for pj, declaration, categorie in self._vues:
            exigee = categorie in self._conditions.hors_competence
            if not (exigee or declaration.certification):
                continue
            certification = par_nom.get(declaration.certification)
            if not declaration.certification:
                yield constat(
                    "pj.certification",
                    pj,
                    "le signataire n'est pas compétent pour certifier cette pièce exécutoire, et"
                    " aucune certification ne l'accompagne (accord local 1.3)",
                    "Joindre la certification signée par l'autorité compétente et la nommer dans"
                    " pj_certification.",
                    Gravite.REJET_PJ,
                )
            elif certification is not None:
                yield from self._signee(certification)
            elif declaration.certification not in self._conditions.connues:
                yield constat(
                    "pj.certification.absente",
                    pj,
                    f"sa certification « {declaration.certification} » n'est pas dans l'envoi",
                    "Joindre la certification avec la pièce qu'elle certifie.",
                    Gravite.REJET_PJ,
                )

    def _signee(self, certification: PjLue) -> Iterator[Anomalie]:
        if self._signees.get(certification.id_unique) is False:
            yield constat(
                "pj.certification.signature",
                certification,
                "cette certification du caractère exécutoire ne porte pas de signature"
                " électronique",
                "Rien à faire si elle est signée à la main ; sinon la faire signer.",
            )


def _complete(lecture: Lecture, directe: Structure | None) -> Lecture:
    """The reading, with the structure that the plain bytes had already told."""
    return lecture if lecture.structure is not None else replace(lecture, structure=directe)
