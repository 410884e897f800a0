"""What is asked of the PJ of a body, from its configuration and from what a deposit declares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from typing_extensions import override

from vaguemestre.domain.declaration import DeclarationPj
from vaguemestre.errors import Gravite
from vaguemestre.formats.motif_nom import compiler
from vaguemestre.pj.categories import referentiel
from vaguemestre.pj.controle import Conditions, ControlePj
from vaguemestre.pj.pages import LecteurPdf, Seuils

if TYPE_CHECKING:
    from vaguemestre.config.sections import Collectivite, Configuration, Volet
    from vaguemestre.domain.comptable import PieceJustificative

Ouvrir = Callable[["Configuration | None"], LecteurPdf]
"""Opens the readers of PDFs; called at most once, when the first PDF may come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envoi:
    """Whose PJ they are, what their sender declares, and which PJ go along in other files."""

    collectivite: Collectivite | None = None
    declarations: Mapping[str, DeclarationPj] = field(default_factory=lambda: MappingProxyType({}))
    pjs: tuple[PieceJustificative, ...] = ()


class Pieces:
    """Makes the `ControlePj` of each file. It may be handed to another process.

    Args:
        config: None where there is none: the national list, the usual thresholds.
        structure, texte: whether PDFs are opened, and their pages read.
        ouvrir: a function of a module; None: no PDF is ever read.
    """

    def __init__(
        self,
        config: Configuration | None,
        *,
        structure: bool,
        texte: bool,
        ouvrir: Ouvrir | None,
    ) -> None:
        self._config = config
        self._structure, self._texte, self._ouvrir = structure, texte, ouvrir
        self._lecteur: LecteurPdf | None = None

    @classmethod
    def du_demon(cls, config: Configuration, ouvrir: Ouvrir) -> Pieces:
        """What `[pj]` asks of every deposit; no reader is opened where it asks for nothing."""
        pj = config.pj
        return cls(config, structure=pj.structure, texte=pj.texte, ouvrir=ouvrir)

    @override
    def __reduce__(self) -> tuple[object, ...]:
        return _refaire, (self._config, self._structure, self._texte, self._ouvrir)

    def pour(self, envoi: Envoi | None = None) -> ControlePj:
        """For one file of that sending.

        Raises:
            ConfigurationError: a list of categories or a naming pattern that cannot be used.
        """
        reglages = self._config.pj if self._config is not None else None
        propre = reglages.categories if reglages is not None else None
        envoi = envoi or Envoi()
        volets = _volets(envoi.collectivite)
        liste = referentiel(
            self._config.chemin(propre) if self._config is not None and propre else None
        )
        codes = frozenset(categorie.code for categorie in liste.categories)
        conditions = Conditions(
            liste=liste,
            cochees={c: v.libelle for v in volets for c in v.categories if c in codes},
            hors_competence=frozenset(
                c for v in volets if v.hors_competence for c in v.categories if c in codes
            ),
            motifs=tuple(
                (compiler(v.motif_nom_pj), v.categories[0])
                for v in volets
                if v.motif_nom_pj and len(v.categories) == 1 and v.categories[0] in codes
            ),
            structure=self._structure,
            texte=self._texte,
            seuils=Seuils(**reglages.seuils.model_dump()) if reglages is not None else Seuils(),
            scan=(
                Gravite.AVERTISSEMENT
                if reglages is not None and reglages.scan == "avertissement"
                else Gravite.REJET_PJ
            ),
            declarations=envoi.declarations,
            connues=frozenset(cle for pj in envoi.pjs for cle in (pj.id_unique, pj.nom)),
        )
        return ControlePj(conditions, self._lecteurs())

    def _lecteurs(self) -> LecteurPdf | None:
        if self._lecteur is None and self._ouvrir is not None and (self._structure or self._texte):
            self._lecteur = self._ouvrir(self._config)
        return self._lecteur


def aucune_lecture() -> Pieces:
    """Categories and certifications only; no PDF is opened."""
    return Pieces(None, structure=False, texte=False, ouvrir=None)


def _volets(collectivite: Collectivite | None) -> list[Volet]:
    """Of every budget: which one a file is for is known only once it is read."""
    if collectivite is None:
        return []
    return [volet for volet in collectivite.convention if volet.domaine == "pj"]


def _refaire(
    config: Configuration | None, structure: bool, texte: bool, ouvrir: Ouvrir | None
) -> Pieces:
    """The same, in another process: it opens readers of its own."""
    return Pieces(config, structure=structure, texte=texte, ouvrir=ouvrir)
